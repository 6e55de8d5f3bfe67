// Configurations of two images. Values of variables are told only where they are no secrets
// (collect/image/settings.c).
#include "judge/image/difference_impl.h"

typedef struct telling {
    pt_arena *a;
    pt_list all;
} telling;

static void tell(telling *t, const char *what, pt_value name, pt_value from, pt_value to) {
    bool came = !pt_defined(from);
    bool went = !pt_defined(to);
    pt_obj o = {.a = t->a};
    pt_obj_set(&o, "what", pt_stringz(what));
    if (pt_defined(name))
        pt_obj_set(&o, "name", name);
    pt_obj_set(&o, "how", pt_stringz(came ? "added" : went ? "removed" : "changed"));
    if (!pt_eq(from, name)) // an item of a list is its name
        pt_obj_maybe(&o, "from", from);
    if (!pt_eq(to, name))
        pt_obj_maybe(&o, "to", to);
    pt_list_add(&t->all, pt_obj_end(&o));
}

static void compare_one(telling *t, const char *what, pt_value now, pt_value before) {
    if (!pt_eq(now, before) && (pt_defined(now) || pt_defined(before)))
        tell(t, what, pt_undefined(), before, now);
}

static pt_value name_of(pt_value item) {
    return pt_tag_of(item) == PT_OBJECT ? pt_getz(item, "name") : item;
}

static void add(pt_sides *s, bool before, pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++) {
        const pt_str part = pt_text(name_of(pt_at(list, i)));
        pt_sides_add(s, before, pt_at(list, i), &part, 1);
    }
}

static void compare_list(telling *t, const char *what, pt_value now, pt_value before) {
    pt_sides s = {.a = t->a};
    size_t was;
    size_t is;
    add(&s, true, before);
    add(&s, false, now);
    pt_sides_sort(&s);
    size_t at = 0;
    const pt_side *one;
    while ((one = pt_sides_next(&s, &at, &was, &is)) != NULL) {
        pt_value from = was ? one->of : pt_undefined();
        pt_value to = is ? one[was + is - 1].of : pt_undefined();
        if (!pt_eq(from, to))
            tell(t, what, name_of(one->of), from, to);
    }
}

pt_value pt_difference_settings(pt_value now, pt_value before, pt_arena *a) {
    static const struct {
        const char *key;
        bool list;
    } rows[] = {
        {"user", false},    {"entrypoint", false},  {"cmd", false},    {"workdir", false},
        {"env", true},      {"ports", true},        {"volumes", true}, {"labels", true},
        {"onbuild", false}, {"healthcheck", false},
    };
    telling t = {.a = a, .all = {.a = a}};
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        pt_value x = pt_getz(now, rows[i].key);
        pt_value y = pt_getz(before, rows[i].key);
        if (rows[i].list)
            compare_list(&t, rows[i].key, x, y);
        else
            compare_one(&t, rows[i].key, x, y);
    }
    return pt_list_end(&t.all);
}
