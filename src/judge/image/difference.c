#include "judge/image/difference.h"

#include <stdlib.h>

#include "base/buf.h"
#include "judge/image/difference_impl.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// -- two lists ------------------------------------------------------------------------------------

void pt_sides_add(pt_sides *s, bool before, pt_value of, const pt_str *parts, size_t n) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 20);
    for (size_t i = 0; i < n; i++) {
        pt_buf_printf(&b, "%s%zu:", i ? " " : "", parts[i].n);
        pt_buf_put(&b, parts[i]);
    }
    pt_side *x = PT_PUSH(s->a, &s->v);
    pt_str key = pt_arena_str(s->a, pt_buf_str(&b));
    s->full = s->full || b.full || !x || !key.p;
    if (x)
        *x = (pt_side){key, of, before};
}

static int by_key(const void *a, const void *b) {
    const pt_side *x = a;
    const pt_side *y = b;
    int order = pt_str_cmp(x->key, y->key);
    if (!order)
        order = (int)y->before - (int)x->before;
    return order ? order : pt_cmp(x->of, y->of); // two of one side: always in one order
}

void pt_sides_sort(pt_sides *s) {
    if (s->v.n)
        qsort(s->v.v, s->v.n, sizeof(pt_side), by_key);
}

const pt_side *pt_sides_next(const pt_sides *s, size_t *at, size_t *ret_before, size_t *ret_now) {
    size_t from = *at;
    size_t to = from;
    *ret_before = 0;
    while (to < s->v.n && pt_str_eq(s->v.v[to].key, s->v.v[from].key))
        *ret_before += s->v.v[to++].before;
    *ret_now = to - from - *ret_before;
    *at = to;
    return to > from ? &s->v.v[from] : NULL;
}

// {"added": [...], "removed": [...], "same": n}, by key.
static pt_value difference(pt_sides *s, const char *added, const char *removed) {
    pt_list came = {.a = s->a};
    pt_list went = {.a = s->a};
    pt_obj o = {.a = s->a};
    int64_t same = 0;
    size_t before;
    size_t now;
    pt_sides_sort(s);
    size_t at = 0;
    const pt_side *first;
    while ((first = pt_sides_next(s, &at, &before, &now)) != NULL) {
        same += before && now;
        if (!before || !now)
            pt_list_add(before ? &went : &came, first->of);
    }
    pt_obj_set(&o, added, pt_list_end(&came));
    pt_obj_set(&o, removed, pt_list_end(&went));
    pt_obj_set(&o, "same", pt_int(same));
    return s->full ? pt_undefined() : pt_obj_end(&o);
}

// -- what is told by id ---------------------------------------------------------------------------

// Both texts may be missing.
static void set_text(pt_obj *o, const char *key, pt_value of) {
    if (pt_tag_of(of) == PT_STRING)
        pt_obj_set(o, key, of);
}

static pt_value flaw(pt_arena *a, pt_value v) {
    pt_value package = pt_getz(v, "package");
    pt_obj o = {.a = a};
    set_text(&o, "id", pt_getz(v, "id"));
    set_text(&o, "severity", pt_getz(v, "severity"));
    set_text(&o, "type", pt_getz(package, "type"));
    set_text(&o, "package", pt_getz(package, "name"));
    set_text(&o, "version", pt_getz(package, "version"));
    return pt_obj_end(&o);
}

// The same flaw of the same package is the same one, whatever its version.
static void add_flaws(pt_sides *s, bool before, pt_value all) {
    for (size_t i = 0; i < pt_len(all); i++) {
        pt_value v = pt_at(all, i);
        pt_value package = pt_getz(v, "package");
        const pt_str parts[] = {text_of(v, "id"), text_of(package, "type"),
                                text_of(package, "name")};
        pt_sides_add(s, before, flaw(s->a, v), parts, PT_COUNT(parts));
    }
}

static pt_value secret(pt_arena *a, pt_value v) {
    static const char *const keys[] = {"rule", "title", "severity", "file", "config"};
    pt_obj o = {.a = a};
    int64_t layer = 0;
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        set_text(&o, keys[i], pt_getz(v, keys[i]));
    if (pt_to_int(pt_getz(v, "layer"), &layer))
        pt_obj_set(&o, "layer", pt_int(layer));
    return pt_obj_end(&o);
}

// By what it is, if both were read under one key; else by where it is. A file that is a secret by
// its name has no fingerprint.
static void add_secrets(pt_sides *s, bool before, pt_value all, bool by_print) {
    for (size_t i = 0; i < pt_len(all); i++) {
        pt_value v = pt_at(all, i);
        pt_str print = by_print ? text_of(v, "fingerprint") : (pt_str){0};
        pt_str parts[] = {text_of(v, "rule"), print, text_of(v, "file"), text_of(v, "config")};
        if (print.n)
            parts[2] = parts[3] = (pt_str){0};
        pt_sides_add(s, before, secret(s->a, v), parts, PT_COUNT(parts));
    }
}

static void add_licences(pt_sides *s, bool before, pt_value packages) {
    for (size_t i = 0; i < pt_len(packages); i++) {
        pt_value of = pt_getz(pt_at(packages, i), "licences");
        for (size_t k = 0; k < pt_len(of); k++) {
            const pt_str part = pt_text(pt_at(of, k));
            if (part.n)
                pt_sides_add(s, before, pt_at(of, k), &part, 1);
        }
    }
}

static void add_layers(pt_sides *s, bool before, pt_value layers) {
    for (size_t i = 0; i < pt_len(layers); i++) {
        pt_value layer = pt_at(layers, i);
        const pt_str part = text_of(layer, "diff_id");
        pt_obj o = {.a = s->a};
        pt_obj_set(&o, "layer", pt_int((int64_t)i + 1));
        set_text(&o, "diff_id", pt_getz(layer, "diff_id"));
        set_text(&o, "step", pt_getz(layer, "step"));
        if (part.n)
            pt_sides_add(s, before, pt_obj_end(&o), &part, 1);
    }
}

// -- all of it ------------------------------------------------------------------------------------

typedef struct comparing {
    const pt_compared *now, *before;
    pt_arena *a;
    pt_obj o;
    pt_list missing; // of which one of them says nothing
} comparing;

static void leave_out(comparing *c, const char *what, const char *why) {
    pt_obj o = {.a = c->a};
    pt_obj_set(&o, "what", pt_stringz(what));
    pt_obj_set(&o, "why", pt_stringz(why));
    pt_list_add(&c->missing, pt_obj_end(&o));
}

static bool both_have(const comparing *c, const char *key) {
    return pt_defined(pt_getz(c->now->doc, key)) && pt_defined(pt_getz(c->before->doc, key));
}

static bool one_has(const comparing *c, const char *key) {
    return pt_defined(pt_getz(c->now->doc, key)) || pt_defined(pt_getz(c->before->doc, key));
}

static void compare_judged(comparing *c) {
    pt_sides flaws = {.a = c->a};
    pt_sides secrets = {.a = c->a};
    pt_value now = c->now->doc;
    pt_value before = c->before->doc;
    add_flaws(&flaws, true, pt_getz(before, "vulnerabilities"));
    add_flaws(&flaws, false, pt_getz(now, "vulnerabilities"));
    if (both_have(c, "vulnerabilities"))
        pt_obj_set(&c->o, "vulnerabilities", difference(&flaws, "new", "fixed"));
    else
        leave_out(c, "vulnerabilities", "there is no advisory index: paratia db update");
    bool by_print = c->before->files && c->now->files;
    add_secrets(&secrets, true, pt_getz(before, "secrets"), by_print);
    add_secrets(&secrets, false, pt_getz(now, "secrets"), by_print);
    if (both_have(c, "secrets"))
        pt_obj_set(&c->o, "secrets", difference(&secrets, "new", "gone"));
    else if (one_has(c, "secrets"))
        leave_out(c, "secrets", "only one of the two was searched for them");
}

static void compare_lists(comparing *c) {
    pt_sides licences = {.a = c->a};
    pt_sides layers = {.a = c->a};
    pt_value now = c->now->doc;
    pt_value before = c->before->doc;
    add_licences(&licences, true, pt_getz(before, "packages"));
    add_licences(&licences, false, pt_getz(now, "packages"));
    add_layers(&layers, true, pt_getz(before, "layers"));
    add_layers(&layers, false, pt_getz(now, "layers"));
    pt_obj_set(&c->o, "packages",
               pt_difference_packages(pt_getz(now, "packages"), pt_getz(before, "packages"), c->a));
    pt_obj_set(&c->o, "licences", difference(&licences, "added", "removed"));
    if (pt_len(pt_getz(now, "layers")) && pt_len(pt_getz(before, "layers")))
        pt_obj_set(&c->o, "layers", difference(&layers, "added", "removed"));
}

static void compare_image(comparing *c) {
    pt_value now = pt_getz(pt_getz(c->now->doc, "image"), "settings");
    pt_value before = pt_getz(pt_getz(c->before->doc, "image"), "settings");
    if (pt_defined(now) && pt_defined(before))
        pt_obj_set(&c->o, "configuration", pt_difference_settings(now, before, c->a));
    else
        leave_out(c, "configuration", "one of the two tells none");
    if (!c->now->files || !c->before->files)
        leave_out(c, "files", "a bill and a saved report have none");
    else {
        pt_obj_set(&c->o, "files", pt_difference_files(c->now->files, c->before->files, c->a));
        if (c->now->files->cut || c->before->files->cut)
            leave_out(c, "some files", "not all of them were seen");
    }
}

pt_code pt_difference(const pt_compared *now, const pt_compared *before, pt_arena *a, pt_value *ret,
                      pt_err *e) {
    comparing c = {.now = now, .before = before, .a = a, .o = {.a = a}, .missing = {.a = a}};
    compare_judged(&c);
    compare_lists(&c);
    compare_image(&c);
    pt_obj_set(&c.o, "not_compared", pt_list_end(&c.missing));
    pt_value v = pt_obj_end(&c.o);
    if (a->full || !pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = v;
    return PT_OK;
}
