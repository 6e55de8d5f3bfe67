// The tree of rules: which stand where below data, and what clashes.
#include "judge/policy/rego/impl.h"

// NOLINTBEGIN(misc-no-recursion): paths have PATH_MAX_STEPS

enum {
    PATH_MAX_STEPS = 1000, // of a package, and of a rule's head below it
};

pt_rule_node *pt_tree_kid(const pt_rule_node *n, pt_value key) {
    size_t lo = 0;
    size_t hi = n->kids.n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int cmp = pt_cmp(n->kids.v[mid]->key, key);
        if (cmp == 0)
            return n->kids.v[mid];
        if (cmp < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static pt_rule_node *new_node(pt_compiler *c, pt_rule_node *parent, pt_value key) {
    pt_rule_node *n = PT_NEW(c->arena, pt_rule_node, 1);
    if (!n) {
        c->full = true;
        return NULL;
    }
    n->key = key;
    n->parent = parent;
    return n;
}

// The child under `key`, made if it is not there; children stay sorted.
static pt_rule_node *grow_kid(pt_compiler *c, pt_rule_node *n, pt_value key) {
    pt_rule_node *kid = n ? pt_tree_kid(n, key) : NULL;
    if (kid || !n)
        return kid;
    kid = new_node(c, n, key);
    pt_rule_node **slot = kid ? PT_PUSH(c->arena, &n->kids) : NULL;
    if (!slot) {
        c->full = true;
        return NULL;
    }
    size_t at = n->kids.n - 1;
    for (; at > 0 && pt_cmp(n->kids.v[at - 1]->key, key) > 0; at--)
        n->kids.v[at] = n->kids.v[at - 1];
    n->kids.v[at] = kid;
    return kid;
}

pt_rule_node *pt_tree_find(const pt_compiler *c, const pt_term *ref, size_t *ret_n) {
    pt_rule_node *n = c->root;
    size_t i = 1;
    for (; i < ref->items.n && ref->items.v[i]->kind == PT_TERM_CONST; i++) {
        pt_rule_node *kid = pt_tree_kid(n, ref->items.v[i]->value);
        if (!kid)
            break;
        n = kid;
    }
    *ret_n = i - 1;
    return n;
}

int pt_arity(const pt_compiler *c, const pt_term *op, const pt_fn **ret_fn,
             pt_rule_node **ret_node) {
    if (op->kind != PT_TERM_REF && op->kind != PT_TERM_VAR)
        return -1;
    if (op->kind == PT_TERM_REF && op->items.v[0]->kind == PT_TERM_VAR &&
        op->items.v[0]->sym == c->data) {
        size_t n;
        pt_rule_node *node = pt_tree_find(c, op, &n);
        if (n + 1 != op->items.n || !node->function)
            return -1;
        if (ret_node)
            *ret_node = node;
        return (int)node->rules.v[0]->args.n;
    }
    pt_str name = pt_ref_text(c->arena, op);
    const pt_fn *fn = name.n ? pt_fn_find(name) : NULL;
    if (!fn && name.n)
        fn = pt_fn_own_find(&c->opts.own, name);
    if (fn && ret_fn)
        *ret_fn = fn;
    return fn ? fn->arity : -1;
}

int pt_call_arity(const pt_compiler *c, const pt_term *op, const pt_fn **ret_fn,
                  pt_rule_node **ret_node) {
    int arity = pt_arity(c, op, ret_fn, ret_node);
    bool data = op->kind == PT_TERM_REF && op->items.v[0]->kind == PT_TERM_VAR &&
                op->items.v[0]->sym == c->data;
    if (arity >= 0 || !data)
        return arity;
    size_t n;
    pt_rule_node *node = pt_tree_find(c, op, &n);
    if (n + 1 != op->items.n || node->rules.n == 0)
        return -1;
    if (ret_node)
        *ret_node = node;
    return 0;
}

// -- packages and rules ---------------------------------------------------------------------------

// Paths lead to nodes within one another, which are walked by recursion.
static bool path_fits(pt_compiler *c, const pt_term *ref, const pt_loc *loc) {
    if (ref->kind != PT_TERM_REF || ref->items.n <= PATH_MAX_STEPS)
        return true;
    pt_diagnose(c->d, PT_REGO_COMPILE, loc, "a path of more than %d steps", PATH_MAX_STEPS);
    return false;
}

static pt_rule_node *package_node(pt_compiler *c, const pt_module *m) {
    if (!path_fits(c, m->package, &m->package_loc))
        return NULL;
    pt_rule_node *n = c->root;
    for (size_t i = 1; n && i < m->package->items.n; i++)
        n = grow_kid(c, n, m->package->items.v[i]->value);
    return n;
}

static pt_sym *rule_name(const pt_rule *r) {
    return r->ref->kind == PT_TERM_VAR ? r->ref->sym : r->ref->items.v[0]->sym;
}

static void add_name(pt_compiler *c, pt_rule_node *package, pt_sym *name) {
    if (name->global_epoch == c->epoch) // known in this package already
        return;
    name->global_epoch = c->epoch;
    pt_sym **slot = PT_PUSH(c->arena, &package->names);
    if (slot)
        *slot = name;
    else
        c->full = true;
}

void pt_tree_packages(pt_compiler *c) {
    c->root = new_node(c, NULL, pt_stringz("data"));
    for (size_t i = 0; c->root && i < c->n_modules; i++) {
        pt_rule_node *n = package_node(c, c->modules[i]);
        if (!n)
            return;
        n->package = true;
        c->epoch++;
        for (size_t k = 0; k < n->names.n; k++)
            n->names.v[k]->global_epoch = c->epoch;
        for (size_t k = 0; k < c->modules[i]->rules.n; k++)
            add_name(c, n, rule_name(c->modules[i]->rules.v[k]));
    }
}

static void add_rule(pt_compiler *c, pt_rule_node *package, pt_rule *r) {
    if (!path_fits(c, r->ref, &r->loc))
        return;
    pt_rule_node *n = grow_kid(c, package, pt_string(rule_name(r)->name));
    size_t steps = r->ref->kind == PT_TERM_REF ? r->ref->items.n : 1;
    size_t i = 1;
    for (; n && i < steps && r->ref->items.v[i]->kind == PT_TERM_CONST; i++)
        n = grow_kid(c, n, r->ref->items.v[i]->value);
    pt_rule **slot = n ? PT_PUSH(c->arena, &n->rules) : NULL;
    if (!slot) {
        c->full = true;
        return;
    }
    *slot = r;
    n->open |= i < steps;
    n->function |= r->function;
    r->ground = (uint32_t)i;
}

// -- clashes --------------------------------------------------------------------------------------

static bool rule_multi(const pt_rule *r) {
    return !r->value;
}

static pt_str node_text(pt_compiler *c, const pt_rule_node *n) {
    const pt_rule_node *path[64];
    size_t depth = 0;
    for (; n->parent && depth < PT_COUNT(path); n = n->parent)
        path[depth++] = n;
    pt_str s = PT_STR("data");
    char room[PT_NUMBER_ROOM];
    while (depth > 0) {
        pt_value key = path[--depth]->key;
        pt_str text = key.tag == PT_STRING ? pt_text(key) : pt_number_text(key, room);
        s = pt_arena_printf(c->arena, "%.*s.%.*s", PT_PRI(s), PT_PRI(text));
    }
    return s;
}

static const pt_rule *second_default(const pt_rule_node *n, const pt_rule **ret_first) {
    *ret_first = NULL;
    for (size_t i = 0; i < n->rules.n; i++) {
        if (!n->rules.v[i]->is_default)
            continue;
        if (*ret_first)
            return n->rules.v[i];
        *ret_first = n->rules.v[i];
    }
    return NULL;
}

static void check_defaults(pt_compiler *c, const pt_rule_node *n) {
    const pt_rule *first;
    const pt_rule *again = second_default(n, &first);
    if (!again)
        return;
    pt_diagnose(c->d, PT_REGO_TYPE, &again->module->package_loc,
                "multiple default rules %.*s found at %.*s:%u, %.*s:%u", PT_PRI(node_text(c, n)),
                PT_PRI(first->loc.source->file), first->loc.row, PT_PRI(again->loc.source->file),
                again->loc.row);
}

// Rules of one place are all values, all sets, or all functions of as many arguments.
static bool alike(const pt_rule_node *n) {
    size_t sets = 0;
    for (size_t i = 0; i < n->rules.n; i++) {
        const pt_rule *r = n->rules.v[i];
        size_t steps = r->ref->kind == PT_TERM_REF ? r->ref->items.n : 1;
        sets += r->ground == steps && rule_multi(r);
        if (r->args.n != n->rules.v[0]->args.n || r->function != n->rules.v[0]->function)
            return false;
    }
    return sets == 0 || sets == n->rules.n;
}

static const pt_rule_node *rule_below(const pt_rule_node *n) {
    for (size_t i = 0; i < n->kids.n; i++) {
        const pt_rule_node *kid = n->kids.v[i];
        const pt_rule_node *found = kid->rules.n > 0 ? kid : rule_below(kid);
        if (found && !kid->package)
            return found;
    }
    return NULL;
}

// The path of a node, as store paths are told: "a/b".
static pt_str store_path(pt_compiler *c, const pt_rule_node *n) {
    if (!n->parent || !n->parent->parent)
        return pt_text(n->key);
    return pt_arena_printf(c->arena, "%.*s/%.*s", PT_PRI(store_path(c, n->parent)),
                           PT_PRI(pt_text(n->key)));
}

// `base`: what base data holds at the node.
static void check_node(pt_compiler *c, const pt_rule_node *n, pt_value base) {
    for (size_t i = 0; i < n->kids.n; i++)
        check_node(c, n->kids.v[i], pt_get_value(base, n->kids.v[i]->key));
    if (n->rules.n == 0)
        return;
    if (pt_defined(base))
        pt_diagnose(c->d, PT_REGO_COMPILE, &n->rules.v[0]->loc,
                    "conflicting rule for data path %.*s found", PT_PRI(store_path(c, n)));
    const pt_loc *loc = &n->rules.v[0]->loc;
    check_defaults(c, n);
    if (!alike(n))
        pt_diagnose(c->d, PT_REGO_TYPE, loc, "conflicting rules %.*s found",
                    PT_PRI(node_text(c, n)));
    if (n->package)
        pt_diagnose(c->d, PT_REGO_TYPE, loc, "package %.*s conflicts with rule defined at %.*s:%u",
                    PT_PRI(node_text(c, n)), PT_PRI(loc->source->file), loc->row);
    const pt_rule_node *below = n->open ? NULL : rule_below(n);
    if (below)
        pt_diagnose(c->d, PT_REGO_TYPE, loc, "rule %.*s conflicts with:\n  rule %.*s at %.*s:%u",
                    PT_PRI(node_text(c, n)), PT_PRI(node_text(c, below)),
                    PT_PRI(below->rules.v[0]->loc.source->file), below->rules.v[0]->loc.row);
}

// Ids in breadth-first order, so that siblings stand together.
static void number_nodes(pt_compiler *c) {
    pt_rule_node **slot = PT_PUSH(c->arena, &c->nodes);
    if (!slot) {
        c->full = true;
        return;
    }
    *slot = c->root;
    for (size_t i = 0; i < c->nodes.n; i++) {
        pt_rule_node *n = c->nodes.v[i];
        n->id = (uint32_t)i;
        for (size_t k = 0; k < n->kids.n; k++) {
            slot = PT_PUSH(c->arena, &c->nodes);
            if (!slot) {
                c->full = true;
                return;
            }
            *slot = n->kids.v[k];
        }
    }
}

void pt_tree_build(pt_compiler *c) {
    for (size_t i = 0; i < c->n_modules && !c->full; i++) {
        size_t n;
        pt_rule_node *package = pt_tree_find(c, c->modules[i]->package, &n);
        for (size_t k = 0; k < c->modules[i]->rules.n; k++)
            add_rule(c, package, c->modules[i]->rules.v[k]);
    }
    if (c->full)
        return;
    check_node(c, c->root, c->opts.data);
    number_nodes(c);
}

// NOLINTEND(misc-no-recursion)
