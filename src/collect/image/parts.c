#include "collect/image/parts.h"

#include <stdlib.h>

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

pt_value pt_image_steps(pt_value settings, pt_arena *a) {
    pt_value history = pt_getz(settings, "history");
    pt_list l = {.a = a};
    int64_t layer = 0;
    for (size_t i = 0; i < pt_len(history); i++) {
        pt_value h = pt_at(history, i);
        bool made = !pt_true(pt_getz(h, "empty"));
        pt_obj o = {.a = a};
        layer += made;
        pt_obj_set(&o, "step", pt_string(text_of(h, "shown")));
        if (made)
            pt_obj_set(&o, "layer", pt_int(layer));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

// Of the file, or (without one) of the configuration.
static pt_value secret_of(pt_arena *a, bool one, pt_value f, const pt_holder *h) {
    static const char *const keys[] = {"rule", "title",    "category", "severity", "config",
                                       "line", "line_end", "match",    "bytes",    "fingerprint"};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        pt_obj_maybe(&o, keys[i], pt_getz(f, keys[i]));
    if (h)
        pt_obj_set(&o, "file", pt_getz(h->event, "path"));
    if (h && !one)
        pt_obj_set(&o, "layer", pt_int(h->layer));
    if (h && h->gone_by)
        pt_obj_set(&o, "deleted_in", pt_int(h->gone_by));
    return pt_obj_end(&o);
}

static int by_place(const void *a, const void *b) {
    static const char *const keys[] = {"layer", "file", "line", "rule", "config", "match"};
    int order = 0;
    for (size_t i = 0; !order && i < PT_COUNT(keys); i++)
        order =
            pt_cmp(pt_getz(*(const pt_value *)a, keys[i]), pt_getz(*(const pt_value *)b, keys[i]));
    return order;
}

pt_value pt_image_secrets(const pt_layers *l, pt_value settings, pt_arena *a) {
    pt_list all = {.a = a};
    pt_value of = pt_getz(settings, "secrets");
    for (size_t i = 0; i < pt_len(of); i++)
        pt_list_add(&all, secret_of(a, l->one, pt_at(of, i), NULL));
    for (size_t i = 0; i < l->holders.n; i++) {
        const pt_holder *h = l->holders.v[i];
        pt_value found = h->owned ? pt_undefined() : pt_getz(h->event, "found");
        for (size_t k = 0; k < pt_len(found); k++)
            pt_list_add(&all, secret_of(a, l->one, pt_at(found, k), h));
    }
    if (all.items.n)
        qsort(all.items.v, all.items.n, sizeof(pt_value), by_place);
    return pt_list_end(&all);
}
