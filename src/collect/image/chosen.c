// What was chosen, as a value: an image that is known needs not be looked for again.
#include "collect/image/choose.h"
#include "collect/image/limits.h"

static pt_value told_layer(const pt_chosen_layer *l, pt_arena *a) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "member", pt_string(l->member));
    pt_obj_set(&o, "digest", pt_string(l->digest));
    pt_obj_set(&o, "foreign", pt_bool(l->foreign));
    return pt_obj_end(&o);
}

pt_value pt_chosen_told(const pt_chosen *c, pt_arena *a) {
    pt_obj o = {.a = a};
    pt_list layers = {.a = a};
    for (size_t i = 0; i < c->layers.n; i++)
        pt_list_add(&layers, told_layer(&c->layers.v[i], a));
    pt_obj_set(&o, "names", c->names);
    pt_obj_set(&o, "manifest", pt_string(c->manifest));
    pt_obj_set(&o, "config", pt_string(c->config));
    pt_obj_set(&o, "settings", c->settings);
    pt_obj_set(&o, "layers", pt_list_end(&layers));
    pt_obj_set(&o, "against", pt_array_of(a, c->against.items.v, c->against.items.n));
    return pt_obj_end(&o);
}

pt_code pt_chosen_of(pt_value v, pt_arena *a, pt_chosen *ret, pt_err *e) {
    pt_value layers = pt_getz(v, "layers");
    pt_value against = pt_getz(v, "against");
    pt_chosen c = {.names = pt_getz(v, "names"),
                   .manifest = pt_text(pt_getz(v, "manifest")),
                   .config = pt_text(pt_getz(v, "config")),
                   .settings = pt_getz(v, "settings"),
                   .against = {.a = a}};
    if (pt_tag_of(c.names) != PT_ARRAY || pt_tag_of(c.settings) != PT_OBJECT ||
        pt_tag_of(layers) != PT_ARRAY || pt_len(layers) > PT_LAYERS_MAX)
        return pt_err_set(e, PT_E_CORRUPT, "it is no image that was chosen");
    for (size_t i = 0; i < pt_len(layers); i++) {
        pt_value d = pt_at(layers, i);
        pt_chosen_layer *l = PT_PUSH(a, &c.layers);
        if (!l)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        *l = (pt_chosen_layer){.member = pt_text(pt_getz(d, "member")),
                               .digest = pt_text(pt_getz(d, "digest")),
                               .foreign = pt_true(pt_getz(d, "foreign"))};
    }
    for (size_t i = 0; i < pt_len(against); i++)
        pt_list_add(&c.against, pt_at(against, i));
    *ret = c;
    return PT_OK;
}
