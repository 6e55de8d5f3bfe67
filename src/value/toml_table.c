// The tables of a document while it is read: a tree, and one index of all keys of all tables.
#include "value/toml_impl.h"

enum {
    SLOTS_MIN = 256,
};

// The seed holds addresses: nobody outside knows them.
static size_t place_of(const pt_toml *t, const pt_toml_node *table, pt_str key) {
    uint64_t seed = (uint64_t)(uintptr_t)table + ((uint64_t)(uintptr_t)t << 20);
    return (size_t)pt_hash(pt_string(key), seed) & (t->cap - 1);
}

static size_t slot_of(const pt_toml *t, const pt_toml_node *table, pt_str key) {
    size_t i = place_of(t, table, key);
    for (const pt_toml_node *n; (n = t->slots[i]); i = (i + 1) & (t->cap - 1))
        if (n->parent == table && pt_str_eq(n->key, key))
            break;
    return i;
}

pt_toml_node *pt_toml_find(const pt_toml *t, const pt_toml_node *table, pt_str key) {
    return t->cap ? t->slots[slot_of(t, table, key)] : NULL;
}

static bool grow(pt_toml *t) {
    size_t old_cap = t->cap;
    pt_toml_node **old = t->slots;
    size_t cap = old_cap ? 2 * old_cap : SLOTS_MIN;
    pt_toml_node **slots = PT_NEW(&t->scratch, pt_toml_node *, cap);
    if (!slots)
        return pt_toml_no_memory(t);
    t->slots = slots;
    t->cap = cap;
    for (size_t i = 0; i < old_cap; i++)
        if (old[i])
            slots[slot_of(t, old[i]->parent, old[i]->key)] = old[i];
    return true;
}

pt_toml_node *pt_toml_add(pt_toml *t, pt_toml_node *parent, pt_str key, const char *at) {
    bool keyed = parent && parent->kind == PT_TOML_TABLE;
    if (keyed && 2 * t->used >= t->cap && !grow(t))
        return NULL;
    size_t slot = keyed ? slot_of(t, parent, key) : 0;
    if (keyed && t->slots[slot]) {
        pt_toml_fault(t, at, "a key that is there already");
        return NULL;
    }
    pt_toml_node *node = PT_NEW(&t->scratch, pt_toml_node, 1);
    if (!node) {
        pt_toml_no_memory(t);
        return NULL;
    }
    node->parent = parent;
    node->key = key;
    node->depth = parent ? parent->depth + 1 : 1;
    if (keyed) {
        t->slots[slot] = node;
        t->used++;
    }
    if (parent && parent->last)
        parent->last->next = node;
    else if (parent)
        parent->first = node;
    if (parent) {
        parent->last = node;
        parent->n++;
    }
    return node;
}

pt_toml_node *pt_toml_nest(pt_toml *t, pt_toml_node *parent, pt_str key, const char *at) {
    if (parent && parent->depth >= PT_TOML_DEPTH_MAX) {
        pt_toml_limit(t, at, "nested too deeply");
        return NULL;
    }
    pt_toml_node *node = pt_toml_add(t, parent, key, at);
    if (node)
        node->kind = PT_TOML_TABLE;
    return node;
}

// NOLINTNEXTLINE(misc-no-recursion): to PT_TOML_DEPTH_MAX
pt_value pt_toml_freeze(pt_toml *t, const pt_toml_node *node) {
    if (node->kind == PT_TOML_VALUE)
        return node->value;
    pt_value *v = pt_arena_zero(&t->scratch, sizeof *v, 2 * node->n);
    size_t n = 0;
    for (const pt_toml_node *c = node->first; v && c; c = c->next) {
        if (node->kind == PT_TOML_TABLE)
            v[n++] = pt_string(c->key);
        v[n++] = pt_toml_freeze(t, c);
        if (t->code)
            return pt_undefined();
    }
    pt_value made = !v                            ? pt_undefined()
                    : node->kind == PT_TOML_TABLE ? pt_object_of(t->a, v, n / 2, NULL)
                                                  : pt_array_of(t->a, v, n);
    if (!pt_defined(made))
        pt_toml_no_memory(t);
    return made;
}
