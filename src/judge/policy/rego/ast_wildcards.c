// Numbers for `_`, in the order in which they stand in the source. The parser's own have gaps where
// it read a text twice.
#include <stdlib.h>

#include "judge/policy/rego/ast_impl.h"
#include "judge/policy/rego/ast_visit.h"

typedef struct pt_found {
    pt_sym *sym;
    uint32_t at;
    size_t order; // of those that were copied with a head
} pt_found;

typedef struct pt_finder {
    pt_arena *a;
    PT_VEC(pt_found) v;
    bool *seen; // by the symbol's number
    bool copied;
    uint32_t at; // where the copy stands
    bool full;
} pt_finder;

static void find(void *to, pt_term *t) {
    pt_finder *f = to;
    if (t->kind != PT_TERM_VAR || !t->sym->wildcard || f->seen[t->sym->id])
        return;
    f->seen[t->sym->id] = true;
    pt_found *slot = PT_PUSH(f->a, &f->v);
    f->full = f->full || !slot;
    if (slot)
        *slot = (pt_found){t->sym, f->copied ? f->at : t->loc.at, f->v.n};
}

static int by_place(const void *a, const void *b) {
    const pt_found *x = a;
    const pt_found *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

bool pt_ast_number_wildcards(pt_arena *a, const pt_symbols *symbols, const pt_module *m) {
    pt_finder f = {.a = a, .seen = PT_NEW(a, bool, symbols->n)};
    pt_visit visit = {.term = find, .to = &f};
    if (!f.seen)
        return false;
    for (size_t i = 0; i < m->rules.n; i++) {
        for (const pt_rule *r = m->rules.v[i]; r; r = r->orelse) {
            f.copied = r->is_else || r->chained;
            f.at = r->loc.at;
            for (size_t k = 0; f.copied && k < r->args.n; k++)
                pt_visit_term(&visit, r->args.v[k]);
            f.copied = false;
            pt_visit_rule(&visit, r);
        }
    }
    if (f.v.n)
        qsort(f.v.v, f.v.n, sizeof *f.v.v, by_place);
    for (size_t i = 0; i < f.v.n && !f.full; i++) {
        f.v.v[i].sym->name = pt_arena_printf(symbols->arena, "$%zu", i);
        f.full = !f.v.v[i].sym->name.p;
    }
    return !f.full;
}
