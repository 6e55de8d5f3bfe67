// Symbols and nodes of the syntax tree.
#include "judge/policy/rego/ast.h"

#include <string.h>

// -- symbols --------------------------------------------------------------------------------------

enum {
    SLOTS_MIN = 256,
};

static uint32_t hash(pt_str s) {
    uint32_t h = 2166136261u; // FNV-1a
    for (size_t i = 0; i < s.n; i++)
        h = (uint32_t)((uint64_t)(h ^ (unsigned char)s.p[i]) * 16777619u);
    return h ^ h >> 15;
}

static bool grow(pt_symbols *t) {
    uint32_t cap = t->cap ? t->cap * 2 : SLOTS_MIN;
    pt_sym **slots = PT_NEW(t->arena, pt_sym *, cap);
    if (!slots)
        return false;
    for (uint32_t i = 0; i < t->cap; i++) {
        for (pt_sym *s = t->slots[i], *next; s; s = next) {
            next = s->next;
            pt_sym **slot = &slots[hash(s->name) & (cap - 1)];
            s->next = *slot;
            *slot = s;
        }
    }
    t->slots = slots;
    t->cap = cap;
    return true;
}

static pt_sym *sym_new(pt_symbols *t, pt_str name) {
    pt_sym *s = PT_NEW(t->arena, pt_sym, 1);
    if (!s || !name.p)
        return NULL;
    s->name = name;
    s->id = t->n++;
    return s;
}

pt_sym *pt_sym_of(pt_symbols *t, pt_str name) {
    if (t->n >= t->cap && !grow(t))
        return NULL;
    pt_sym **slot = &t->slots[hash(name) & (t->cap - 1)];
    for (pt_sym *s = *slot; s; s = s->next) {
        if (pt_str_eq(s->name, name))
            return s;
    }
    pt_sym *s = sym_new(t, name);
    if (!s)
        return NULL;
    s->next = *slot;
    *slot = s;
    return s;
}

pt_sym *pt_sym_wildcard(pt_symbols *t) {
    pt_sym *s = sym_new(t, pt_arena_printf(t->arena, "$%u", t->wildcards));
    if (!s)
        return NULL;
    t->wildcards++;
    s->wildcard = true;
    return s;
}

pt_sym *pt_sym_made(pt_symbols *t, pt_sym *from) {
    pt_sym *s = sym_new(t, pt_arena_printf(t->arena, "__local%u__", t->locals));
    if (!s)
        return NULL;
    t->locals++;
    s->made = true;
    s->from = from;
    return s;
}

// -- makers ---------------------------------------------------------------------------------------

pt_term *pt_term_new(pt_arena *a, pt_term_kind kind, pt_loc loc) {
    pt_term *t = PT_NEW(a, pt_term, 1);
    if (!t)
        return NULL;
    t->kind = kind;
    t->loc = loc;
    return t;
}

pt_term *pt_term_const(pt_arena *a, pt_loc loc, pt_value v) {
    pt_term *t = pt_term_new(a, PT_TERM_CONST, loc);
    if (t)
        t->value = v;
    return t;
}

pt_term *pt_term_var(pt_arena *a, pt_loc loc, pt_sym *sym) {
    pt_term *t = sym ? pt_term_new(a, PT_TERM_VAR, loc) : NULL;
    if (t)
        t->sym = sym;
    return t;
}

pt_expr *pt_expr_new(pt_arena *a, pt_expr_kind kind, pt_loc loc) {
    pt_expr *e = PT_NEW(a, pt_expr, 1);
    if (!e)
        return NULL;
    e->kind = kind;
    e->loc = loc;
    return e;
}

static bool add(pt_arena *a, pt_terms *items, pt_term *t) {
    pt_term **slot = t ? PT_PUSH(a, items) : NULL;
    if (!slot)
        return false;
    *slot = t;
    return true;
}

// "plus" is a variable, "internal.member_2" a ref.
static pt_term *operator_of(pt_symbols *t, pt_loc loc, pt_str name) {
    pt_str piece;
    if (!pt_str_split(&name, '.', &piece))
        return NULL;
    pt_term *head = pt_term_var(t->arena, loc, pt_sym_of(t, piece));
    if (!name.n || !head)
        return head;
    pt_term *ref = pt_term_new(t->arena, PT_TERM_REF, loc);
    if (!ref || !add(t->arena, &ref->items, head))
        return NULL;
    while (pt_str_split(&name, '.', &piece)) {
        if (!add(t->arena, &ref->items, pt_term_const(t->arena, loc, pt_string(piece))))
            return NULL;
    }
    return ref;
}

pt_term *pt_term_call(pt_symbols *t, pt_loc loc, const char *name, pt_term *const *args, size_t n) {
    pt_term *call = pt_term_new(t->arena, PT_TERM_CALL, loc);
    if (!call || !add(t->arena, &call->items, operator_of(t, loc, pt_str_of(name))))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (!add(t->arena, &call->items, args[i]))
            return NULL;
    }
    return call;
}
