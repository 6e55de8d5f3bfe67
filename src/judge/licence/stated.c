#include "judge/licence/stated.h"

#include "fact/licence.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// "License :: OSI Approved :: MIT License" of Python's, which its readers give beside a licence
// that is another one.
static bool is_classifier(pt_value declared) {
    return pt_str_starts(pt_text(declared), PT_STR("License ::"));
}

static pt_value all_of(pt_arena *a, pt_list *parts) {
    pt_obj all = {.a = a};
    size_t n = parts->items.n;
    if (n == 1)
        return parts->items.v[0];
    if (!n)
        return pt_undefined();
    pt_obj_set(&all, "all", pt_list_end(parts));
    return pt_obj_end(&all);
}

typedef struct metadata {
    pt_value tree;  // of all that is known; undefined: nothing
    pt_value hints; // what stands beside it and is another one
    bool whole;     // all is known
} metadata;

// Each must be an expression, and (if `listed`) one that SPDX knows.
static metadata metadata_of(pt_arena *a, pt_value list, bool listed) {
    pt_list parts = {.a = a};
    pt_list hints = {.a = a};
    metadata d = {.whole = true};
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_licence l = {.tree = pt_undefined()};
        bool hint = i > 0 && is_classifier(pt_at(list, i)) && !is_classifier(pt_at(list, 0));
        bool known = pt_licence_named(a, pt_text(pt_at(list, i)), &l, NULL) == PT_OK &&
                     (l.listed || !listed);
        d.whole = d.whole && known;
        if (known)
            pt_list_add(hint ? &hints : &parts, l.tree);
    }
    d.whole = d.whole && parts.items.n;
    d.tree = all_of(a, &parts);
    d.hints = all_of(a, &hints);
    return d;
}

// The parts of `tree` that all apply.
static void put_all(pt_list *l, pt_value tree) {
    pt_value all = pt_getz(tree, "all");
    for (size_t i = 0; i < pt_len(all); i++)
        pt_list_add(l, pt_at(all, i));
    if (!pt_len(all))
        pt_list_add(l, tree);
}

// What is said beside what is declared: more of it, or something else. Where what is declared says
// no version ("BSD"), what is found does.
static void join(pt_licence_stated *s, pt_list *parts, pt_value declared, pt_value other,
                 bool loose) {
    pt_list beside = {.a = parts->a};
    bool agrees = !pt_defined(other);
    if (pt_defined(other))
        put_all(&beside, other);
    for (size_t i = 0; i < beside.items.n; i++) {
        pt_value part = beside.items.v[i];
        bool covered = pt_licence_covers(declared, part, false);
        agrees = agrees || covered || (loose && pt_licence_covers(declared, part, true));
        if (!covered)
            pt_list_add(parts, part);
    }
    if (agrees || s->found.n)
        return;
    s->declared = pt_licence_text(parts->a, declared, false);
    s->found = pt_licence_text(parts->a, other, false);
}

static bool says_no_version(pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str said = pt_text(pt_at(list, i));
        for (size_t k = 0; k < said.n; k++)
            if (said.p[k] >= '0' && said.p[k] <= '9')
                return false;
    }
    return true;
}

// Of what is declared something is known, and what that is says no file.
static void join_known(pt_list *parts, const metadata *d, pt_value found) {
    pt_list known = {.a = parts->a};
    put_all(parts, found);
    if (pt_defined(d->tree))
        put_all(&known, d->tree);
    for (size_t i = 0; i < known.items.n; i++)
        if (!pt_licence_covers(found, known.items.v[i], false))
            pt_list_add(parts, known.items.v[i]);
}

pt_licence_stated pt_licence_stated_of(pt_arena *a, pt_value package) {
    pt_value list = pt_getz(package, "licences");
    pt_value recognised = pt_getz(package, "recognised");
    pt_licence found = {.tree = pt_undefined()};
    pt_licence_stated s = {.tree = pt_undefined(),
                           .said = pt_undefined(),
                           .source = text_of(package, "file"),
                           .unknown = pt_getz(recognised, "unknown")};
    pt_list parts = {.a = a};
    bool loose = says_no_version(list);
    PT_IGNORE(
        pt_licence_parse(a, text_of(recognised, "expression"), &found, NULL)); // or there is none
    const metadata d = metadata_of(a, list, pt_defined(found.tree));
    if (d.whole) {
        put_all(&parts, d.tree);
        join(&s, &parts, d.tree, found.tree, loose);
        join(&s, &parts, d.tree, d.hints, loose);
    } else if (pt_defined(found.tree))
        join_known(&parts, &d, found.tree);
    else if (pt_len(list))
        s.said = list;
    if (!d.whole && pt_defined(recognised))
        s.source = text_of(recognised, "file");
    s.tree = all_of(a, &parts);
    if (pt_defined(s.tree))
        s.expression = pt_licence_text(a, s.tree, false);
    return s;
}
