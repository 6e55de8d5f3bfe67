// Packages of two scans: those of one type and name are one, with all of its versions.
#include "judge/image/difference_impl.h"
#include "judge/vuln/version.h"

typedef struct versions {
    pt_str v[2]; // the first that only the earlier one has, and the later one
    size_t n[2]; // how many
    pt_list list[2];
} versions;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static void add(pt_sides *s, bool before, pt_value packages) {
    for (size_t i = 0; i < pt_len(packages); i++) {
        pt_value p = pt_at(packages, i);
        const pt_str parts[] = {text_of(p, "type"), text_of(p, "name"), text_of(p, "version")};
        if (parts[1].n)
            pt_sides_add(s, before, p, parts, PT_COUNT(parts));
    }
}

static bool same_name(pt_value a, pt_value b) {
    return pt_str_eq(text_of(a, "type"), text_of(b, "type")) &&
           pt_str_eq(text_of(a, "name"), text_of(b, "name"));
}

static const char *how_of(pt_value package, const versions *v) {
    pt_version_scheme scheme;
    int order = 0;
    bool known = v->n[0] == 1 && v->n[1] == 1 &&
                 pt_version_scheme_of(text_of(package, "type"), &scheme) &&
                 !pt_version_compare(scheme, v->v[0], v->v[1], &order, NULL);
    if (!known || !order)
        return "changed";
    return order < 0 ? "upgraded" : "downgraded";
}

static pt_value value_of(pt_arena *a, pt_value package, versions *v, const char *how) {
    static const char *const keys[2] = {"from", "to"};
    pt_obj o = {.a = a};
    pt_obj_set(&o, "type", pt_string(text_of(package, "type")));
    pt_obj_set(&o, "name", pt_string(text_of(package, "name")));
    for (size_t i = 0; i < 2; i++)
        if (v->n[i])
            pt_obj_set(&o, keys[i], pt_list_end(&v->list[i]));
    if (how)
        pt_obj_set(&o, "how", pt_stringz(how));
    return pt_obj_end(&o);
}

typedef struct told {
    pt_list added, removed, changed;
    int64_t same;
} told;

// One type and name: `both` says that some version is on both sides.
static void tell(told *t, pt_arena *a, pt_value package, versions *v, bool both) {
    if (!v->n[0] && !v->n[1])
        t->same++;
    else if (both || (v->n[0] && v->n[1]))
        pt_list_add(&t->changed, value_of(a, package, v, how_of(package, v)));
    else
        pt_list_add(v->n[0] ? &t->removed : &t->added, value_of(a, package, v, NULL));
}

static versions none(pt_arena *a) {
    return (versions){.list = {{.a = a}, {.a = a}}};
}

pt_value pt_difference_packages(pt_value now, pt_value before, pt_arena *a) {
    pt_sides s = {.a = a};
    told t = {.added = {.a = a}, .removed = {.a = a}, .changed = {.a = a}};
    versions v = none(a);
    pt_value package = pt_undefined();
    bool both = false;
    size_t was;
    size_t is;
    pt_obj o = {.a = a};
    add(&s, true, before);
    add(&s, false, now);
    pt_sides_sort(&s); // type and name come first in the key
    size_t at = 0;
    const pt_side *first;
    while ((first = pt_sides_next(&s, &at, &was, &is)) != NULL) {
        pt_value p = first->of;
        if (pt_defined(package) && !same_name(package, p)) {
            tell(&t, a, package, &v, both);
            v = none(a);
            both = false;
        }
        package = p;
        both = both || (was && is);
        if (was && is)
            continue;
        size_t side = was ? 0 : 1;
        v.v[side] = text_of(p, "version");
        v.n[side]++;
        pt_list_add(&v.list[side], pt_string(v.v[side]));
    }
    if (pt_defined(package))
        tell(&t, a, package, &v, both);
    pt_obj_set(&o, "added", pt_list_end(&t.added));
    pt_obj_set(&o, "removed", pt_list_end(&t.removed));
    pt_obj_set(&o, "changed", pt_list_end(&t.changed));
    pt_obj_set(&o, "same", pt_int(t.same));
    return s.full ? pt_undefined() : pt_obj_end(&o);
}
