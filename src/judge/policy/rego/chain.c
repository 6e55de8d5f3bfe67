// rego.metadata.rule() and rego.metadata.chain(): what the annotations say, known when compiling.
#include "judge/policy/rego/impl.h"

typedef PT_VEC(pt_value) values;

static void push(pt_compiler *c, values *to, pt_value v) {
    pt_value *slot = pt_defined(v) ? PT_PUSH(c->arena, to) : NULL;
    if (slot)
        *slot = v;
    else
        c->full = true;
}

pt_value pt_annotated_path(pt_compiler *c, const pt_module *m, const pt_rule *r, size_t ground) {
    values path = {0};
    for (size_t i = 1; i < m->package->items.n; i++)
        push(c, &path, m->package->items.v[i]->value);
    if (r)
        push(c, &path,
             pt_string(r->ref->kind == PT_TERM_VAR ? r->ref->sym->name
                                                   : r->ref->items.v[0]->sym->name));
    for (size_t i = 1; r && i < ground; i++)
        push(c, &path, r->ref->items.v[i]->value);
    return pt_array_of(c->arena, path.v, path.n);
}

static pt_value path_of(pt_compiler *c, const pt_module *m, const pt_rule *r) {
    return pt_annotated_path(c, m, r, r ? r->ground : 0);
}

static void add(pt_compiler *c, values *chain, pt_value path, const pt_annotations *a) {
    pt_obj o = {.a = c->arena};
    pt_obj_set(&o, "path", path);
    if (a)
        pt_obj_set(&o, "annotations", a->value);
    push(c, chain, pt_obj_end(&o));
}

static bool same_package(const pt_module *a, const pt_module *b) {
    if (a->package->items.n != b->package->items.n)
        return false;
    for (size_t i = 1; i < a->package->items.n; i++)
        if (!pt_eq(a->package->items.v[i]->value, b->package->items.v[i]->value))
            return false;
    return true;
}

// Annotations of `scope` on the rule itself, the last written first. How many.
static size_t add_rule(pt_compiler *c, values *chain, const pt_rule *r, pt_value path) {
    size_t n = 0;
    for (size_t i = r->module->annotations.n; i > 0; i--) {
        const pt_annotations *a = r->module->annotations.v[i - 1];
        if (a->rule != r || a->scope != PT_SCOPE_RULE)
            continue;
        add(c, chain, path, a);
        n++;
    }
    return n;
}

static void add_document(pt_compiler *c, values *chain, const pt_rule *r, pt_value path) {
    for (size_t m = 0; m < c->n_modules; m++)
        for (size_t i = 0;
             same_package(c->modules[m], r->module) && i < c->modules[m]->annotations.n; i++) {
            const pt_annotations *a = c->modules[m]->annotations.v[i];
            if (a->rule && a->scope == PT_SCOPE_DOCUMENT &&
                pt_eq(path_of(c, a->rule->module, a->rule), path))
                add(c, chain, path, a);
        }
}

static void add_package(pt_compiler *c, values *chain, const pt_module *of) {
    pt_value path = path_of(c, of, NULL);
    for (size_t m = 0; m < c->n_modules; m++)
        for (size_t i = 0; same_package(c->modules[m], of) && i < c->modules[m]->annotations.n; i++)
            if (c->modules[m]->annotations.v[i]->scope == PT_SCOPE_PACKAGE)
                add(c, chain, path, c->modules[m]->annotations.v[i]);
}

static bool package_within(const pt_module *outer, const pt_module *inner, size_t depth) {
    if (outer->package->items.n != depth || inner->package->items.n < depth)
        return false;
    for (size_t i = 1; i < depth; i++)
        if (!pt_eq(outer->package->items.v[i]->value, inner->package->items.v[i]->value))
            return false;
    return true;
}

static void add_subpackages(pt_compiler *c, values *chain, const pt_module *of) {
    for (size_t depth = of->package->items.n; depth > 0; depth--)
        for (size_t m = 0; m < c->n_modules; m++) {
            const pt_module *outer = c->modules[m];
            for (size_t i = 0; package_within(outer, of, depth) && i < outer->annotations.n; i++)
                if (outer->annotations.v[i]->scope == PT_SCOPE_SUBPACKAGES)
                    add(c, chain, path_of(c, outer, NULL), outer->annotations.v[i]);
        }
}

static pt_value chain_of(pt_compiler *c, const pt_rule *r) {
    values chain = {0};
    pt_value path = path_of(c, r->module, r);
    if (add_rule(c, &chain, r, path) == 0)
        add(c, &chain, path, NULL);
    add_document(c, &chain, r, path);
    add_package(c, &chain, r->module);
    add_subpackages(c, &chain, r->module);
    return pt_array_of(c->arena, chain.v, chain.n);
}

static pt_value rule_of(pt_compiler *c, const pt_rule *r) {
    for (size_t i = r->module->annotations.n; i > 0; i--) {
        const pt_annotations *a = r->module->annotations.v[i - 1];
        if (a->rule == r && a->scope == PT_SCOPE_RULE)
            return a->value;
    }
    return pt_object_of(c->arena, NULL, 0, NULL);
}

pt_term *pt_metadata_term(pt_compiler *c, pt_term *t) {
    bool chain = pt_term_calls(t, "rego.metadata.chain");
    if (t->items.n != 1 || (!chain && !pt_term_calls(t, "rego.metadata.rule")))
        return NULL;
    pt_value v;
    if (!c->rule)
        v = chain ? pt_array_of(c->arena, NULL, 0) : pt_object_of(c->arena, NULL, 0, NULL);
    else
        v = chain ? chain_of(c, c->rule) : rule_of(c, c->rule);
    pt_term *n = pt_defined(v) ? pt_term_const(c->arena, t->loc, v) : NULL;
    c->full |= !n;
    return n;
}
