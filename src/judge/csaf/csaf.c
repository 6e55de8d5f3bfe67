#include "judge/csaf/csaf.h"

#include <stdlib.h>

#include "judge/csaf/impl.h"

static const struct {
    const char *id, *title;
    pt_csaf_rule *run;
} rules[] = {
#define ROW(id, name, title) {id, title, pt_csaf_##name},
    PT_CSAF_RULES(ROW)
#undef ROW
};

// -- shared ---------------------------------------------------------------------------------------

pt_str pt_csaf_text(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

pt_value pt_csaf_list(pt_value v, const char *key) {
    pt_value list = pt_getz(v, key);
    return pt_tag_of(list) == PT_ARRAY ? list : pt_undefined();
}

void pt_csaf_found(pt_csaf *c, const char *what, pt_str which) {
    pt_obj o = {.a = c->a};
    pt_obj_set(&o, "test", pt_stringz(c->test));
    pt_obj_set(&o, "title", pt_stringz(c->title));
    pt_obj_set(&o, "what",
               pt_string(which.n ? pt_arena_printf(c->a, "%s: %.*s", what, PT_PRI(which))
                                 : pt_str_of(what)));
    pt_list_add(&c->found, pt_obj_end(&o));
}

void pt_csaf_push(pt_csaf *c, pt_csaf_ids *ids, pt_str id) {
    pt_str *slot = PT_PUSH(c->a, ids);
    c->full = c->full || !slot;
    if (slot)
        *slot = id;
}

static int by_text(const void *x, const void *y) {
    return pt_str_cmp(*(const pt_str *)x, *(const pt_str *)y);
}

pt_value pt_csaf_set(pt_csaf *c, const pt_csaf_ids *ids) {
    pt_list l = {.a = c->a};
    for (size_t i = 0; i < ids->n; i++)
        pt_list_add(&l, pt_string(ids->v[i]));
    return pt_set_of(c->a, l.items.v, l.items.n);
}

void pt_csaf_missing(pt_csaf *c, const pt_csaf_ids *want, const pt_csaf_ids *have,
                     const char *what) {
    pt_value w = pt_csaf_set(c, want);
    pt_value h = pt_csaf_set(c, have);
    for (size_t i = 0; i < pt_len(w); i++)
        if (!pt_set_has(h, pt_at(w, i)))
            pt_csaf_found(c, what, pt_text(pt_at(w, i)));
}

void pt_csaf_twice(pt_csaf *c, const pt_csaf_ids *ids, const char *what) {
    pt_csaf_ids sorted = {0};
    for (size_t i = 0; i < ids->n; i++)
        pt_csaf_push(c, &sorted, ids->v[i]);
    if (sorted.n)
        qsort(sorted.v, sorted.n, sizeof *sorted.v, by_text);
    for (size_t i = 1; i < sorted.n; i++) {
        bool again = i > 1 && pt_str_eq(sorted.v[i], sorted.v[i - 2]); // told already
        if (pt_str_eq(sorted.v[i], sorted.v[i - 1]) && !again)
            pt_csaf_found(c, what, sorted.v[i]);
    }
}

void pt_csaf_push_all(pt_csaf *c, pt_csaf_ids *ids, pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++)
        pt_csaf_push(c, ids, pt_text(pt_at(list, i)));
}

void pt_csaf_push_named(pt_csaf *c, pt_csaf_ids *ids, pt_value item) {
    pt_value groups = pt_csaf_list(c->tree, "product_groups");
    pt_value named = pt_csaf_list(item, "group_ids");
    pt_csaf_push_all(c, ids, pt_csaf_list(item, "product_ids"));
    for (size_t i = 0; i < pt_len(named); i++)
        for (size_t k = 0; k < pt_len(groups); k++)
            if (pt_str_eq(pt_text(pt_at(named, i)), pt_csaf_text(pt_at(groups, k), "group_id")))
                pt_csaf_push_all(c, ids, pt_csaf_list(pt_at(groups, k), "product_ids"));
}

void pt_csaf_push_states(pt_csaf *c, pt_csaf_ids *ids, pt_value vuln, const char *const *states,
                         size_t n) {
    pt_value status = pt_getz(vuln, "product_status");
    for (size_t i = 0; i < n; i++)
        pt_csaf_push_all(c, ids, pt_csaf_list(status, states[i]));
}

bool pt_csaf_category(const pt_csaf *c, const char *names) {
    return c->category.n && pt_str_in_list(c->category, pt_str_of(names), ' ');
}

// -- products -------------------------------------------------------------------------------------

static void put_product(pt_csaf *c, pt_value product, pt_value path) {
    pt_csaf_product *p = pt_defined(product) ? PT_PUSH(c->a, &c->products) : NULL;
    c->full = c->full || (pt_defined(product) && !p);
    if (p)
        *p = (pt_csaf_product){product, path};
}

static void put_branches(pt_csaf *c, pt_value list) {
    struct {
        pt_value list;
        size_t at;
    } stack[PT_CSAF_DEPTH_MAX] = {{list, 0}};
    pt_value path[PT_CSAF_DEPTH_MAX];
    size_t depth = 1;
    while (depth) {
        pt_value branch = pt_at(stack[depth - 1].list, stack[depth - 1].at++);
        if (!pt_defined(branch)) {
            depth--;
            continue;
        }
        path[depth - 1] = branch;
        pt_list_add(&c->branches, branch);
        put_product(c, pt_getz(branch, "product"), pt_array_of(c->a, path, depth));
        pt_value inner = pt_csaf_list(branch, "branches");
        if (pt_len(inner) && depth < PT_CSAF_DEPTH_MAX) {
            stack[depth].list = inner;
            stack[depth++].at = 0;
        }
    }
}

static void put_products(pt_csaf *c) {
    pt_value names = pt_csaf_list(c->tree, "full_product_names");
    pt_value relations = pt_csaf_list(c->tree, "relationships");
    put_branches(c, pt_csaf_list(c->tree, "branches"));
    for (size_t i = 0; i < pt_len(names); i++)
        put_product(c, pt_at(names, i), pt_undefined());
    for (size_t i = 0; i < pt_len(relations); i++)
        put_product(c, pt_getz(pt_at(relations, i), "full_product_name"), pt_undefined());
}

pt_code pt_csaf_check(pt_arena *a, pt_value doc, pt_value *ret, pt_err *e) {
    pt_csaf c = {.a = a,
                 .doc = doc,
                 .document = pt_getz(doc, "document"),
                 .tree = pt_getz(doc, "product_tree"),
                 .vulns = pt_csaf_list(doc, "vulnerabilities"),
                 .branches = {.a = a},
                 .found = {.a = a}};
    c.tracking = pt_getz(c.document, "tracking");
    c.category = pt_csaf_text(c.document, "category");
    put_products(&c);
    for (size_t i = 0; i < PT_COUNT(rules) && !c.full; i++) {
        c.test = rules[i].id;
        c.title = rules[i].title;
        rules[i].run(&c);
    }
    pt_value found = pt_list_end(&c.found);
    if (c.full || a->full || !pt_defined(found))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = found;
    return PT_OK;
}
