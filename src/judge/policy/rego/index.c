#include "judge/policy/rego/index.h"

// NOLINTBEGIN(misc-no-recursion): terms nest up to PT_REGO_NESTING_MAX

enum {
    CLAUSES_MIN = 3,
    KEYS_MAX = 32, // different refs of one rule that are counted
};

// -- what a clause compares -----------------------------------------------------------------------

typedef struct comparison {
    pt_term *key;
    const pt_term *value; // a constant; of `in`, a collection of constants
    bool among;           // it is `key in value`
} comparison;

static bool input_path(const pt_compiler *c, const pt_term *t) {
    if (t->kind != PT_TERM_REF || t->items.n < 2 || t->items.v[0]->kind != PT_TERM_VAR ||
        t->items.v[0]->sym != c->input)
        return false;
    for (size_t i = 1; i < t->items.n; i++)
        if (t->items.v[i]->kind != PT_TERM_CONST)
            return false;
    return true;
}

static uint32_t arg_number(const pt_rule *r, const pt_term *t) {
    for (size_t i = 0; i < r->args.n; i++)
        if (t->kind == PT_TERM_VAR && r->args.v[i]->kind == PT_TERM_VAR &&
            r->args.v[i]->sym == t->sym)
            return (uint32_t)i;
    return PT_OPERAND_NONE;
}

static bool can_be_key(const pt_compiler *c, const pt_rule *r, const pt_term *t) {
    return input_path(c, t) || arg_number(r, t) != PT_OPERAND_NONE;
}

static bool compares(const pt_compiler *c, const pt_rule *r, const pt_expr *e, comparison *ret) {
    if (e->kind != PT_EXPR_TERM || e->negated || e->with.n > 0 || e->term->kind != PT_TERM_CALL ||
        e->term->items.n != 3)
        return false;
    pt_term *a = e->term->items.v[1];
    pt_term *b = e->term->items.v[2];
    if (pt_expr_calls(e, "internal.member_2")) {
        *ret = (comparison){a, b, true};
        return (b->kind == PT_TERM_ARRAY || b->kind == PT_TERM_SET) && pt_term_ground(c, b) &&
               can_be_key(c, r, a);
    }
    if (!pt_expr_calls(e, "eq") && !pt_expr_calls(e, "equal"))
        return false;
    *ret = b->kind == PT_TERM_CONST ? (comparison){a, b, false} : (comparison){b, a, false};
    return ret->value->kind == PT_TERM_CONST && can_be_key(c, r, ret->key);
}

static bool same_path(const pt_term *a, const pt_term *b) {
    if (a->items.n != b->items.n)
        return false;
    for (size_t i = 1; i < a->items.n; i++)
        if (!pt_eq(a->items.v[i]->value, b->items.v[i]->value))
            return false;
    return true;
}

// A key of rule `r`, as another rule of the same node may name it.
static bool same_key(const pt_rule *ra, const pt_term *a, const pt_rule *rb, const pt_term *b) {
    if (a->kind != b->kind)
        return false;
    return a->kind == PT_TERM_REF ? same_path(a, b) : arg_number(ra, a) == arg_number(rb, b);
}

// Constant arguments of a head are comparisons as well.
static pt_term *constant_arg(const pt_rule *r, uint32_t arg) {
    if (arg >= r->args.n || r->args.v[arg]->kind != PT_TERM_CONST)
        return NULL;
    return r->args.v[arg];
}

// The comparison of `key` in a clause, if it has one.
static bool find_comparison(const pt_compiler *c, const pt_indexer *ix, const pt_rule *of,
                            const pt_rule *r, comparison *ret) {
    pt_term *constant = ix->arg != PT_OPERAND_NONE ? constant_arg(r, ix->arg) : NULL;
    if (constant) {
        *ret = (comparison){constant, constant, false};
        return true;
    }
    for (size_t i = 0; i < r->body.n && !r->orelse; i++)
        if (compares(c, r, r->body.v[i], ret) && same_key(of, ix->key, r, ret->key))
            return true;
    return false;
}

// -- choosing -------------------------------------------------------------------------------------

typedef struct candidate {
    const pt_rule *of;
    pt_term *key;
    size_t n;
} candidate;

static void count_key(candidate *all, size_t *n, const pt_rule *r, pt_term *key) {
    for (size_t i = 0; i < *n; i++)
        if (same_key(all[i].of, all[i].key, r, key)) {
            all[i].n++;
            return;
        }
    if (*n < KEYS_MAX)
        all[(*n)++] = (candidate){r, key, 1};
}

static candidate choose(const pt_compiler *c, pt_rule *const *clauses, size_t n) {
    candidate all[KEYS_MAX];
    candidate best = {NULL, NULL, 1};
    size_t keys = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < clauses[i]->body.n && !clauses[i]->orelse; k++) {
            comparison found;
            if (compares(c, clauses[i], clauses[i]->body.v[k], &found))
                count_key(all, &keys, clauses[i], found.key);
        }
    for (size_t i = 0; i < keys; i++)
        if (all[i].n > best.n)
            best = all[i];
    return best;
}

// The argument that most heads write as a constant.
static uint32_t choose_arg(pt_rule *const *clauses, size_t n, size_t *ret_n) {
    uint32_t best = PT_OPERAND_NONE;
    *ret_n = 1;
    for (uint32_t arg = 0; arg < clauses[0]->args.n; arg++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++)
            count += constant_arg(clauses[i], arg) != NULL;
        if (count > *ret_n) {
            *ret_n = count;
            best = arg;
        }
    }
    return best;
}

// -- the table ------------------------------------------------------------------------------------

static void add_entry(pt_emitter *m, pt_rule_index *table, pt_value v, uint32_t clause) {
    pt_rule_index_entry *e = PT_PUSH(m->c->arena, &table->entries);
    if (e)
        *e = (pt_rule_index_entry){v, clause};
    else
        m->c->full = true;
}

static void add_values(pt_emitter *m, pt_rule_index *table, const comparison *found,
                       uint32_t clause) {
    if (!found->among) {
        add_entry(m, table, found->value->value, clause);
        return;
    }
    for (size_t i = 0; i < found->value->items.n; i++)
        add_entry(m, table, pt_emit_fold(m, found->value->items.v[i]), clause);
}

static void fill_table(pt_emitter *m, const pt_indexer *ix, const pt_rule *of,
                       pt_rule *const *clauses, size_t n) {
    pt_rule_index *table = &m->indexes.v[ix->table];
    for (size_t i = 0; i < n; i++) {
        comparison found;
        if (find_comparison(m->c, ix, of, clauses[i], &found)) {
            add_values(m, table, &found, (uint32_t)i);
            continue;
        }
        uint32_t *slot = PT_PUSH(m->c->arena, &table->always);
        if (slot)
            *slot = (uint32_t)i;
        else
            m->c->full = true;
    }
    m->c->full |= !pt_rule_index_seal(m->c->arena, table);
}

void pt_rule_index_begin(pt_emitter *m, pt_indexer *ix, pt_rule *const *clauses, size_t n) {
    *ix = (pt_indexer){.arg = PT_OPERAND_NONE};
    if (n < CLAUSES_MIN)
        return;
    candidate best = choose(m->c, clauses, n);
    size_t args;
    uint32_t arg = choose_arg(clauses, n, &args);
    if (arg != PT_OPERAND_NONE && args >= best.n)
        best = (candidate){clauses[0], clauses[0]->args.v[arg], args};
    else
        arg = best.key ? arg_number(best.of, best.key) : PT_OPERAND_NONE;
    pt_rule_index *table = best.key ? PT_PUSH(m->c->arena, &m->indexes) : NULL;
    if (!table)
        return;
    *table = (pt_rule_index){0};
    ix->table = (uint32_t)m->indexes.n - 1;
    ix->key = best.key;
    ix->arg = arg;
    fill_table(m, ix, best.of, clauses, n);
    uint32_t it = pt_emit_reg(m);
    uint32_t key = arg;
    (void)pt_emit_reg(m);
    if (arg == PT_OPERAND_NONE) {
        key = pt_emit_reg(m);
        uint32_t looked = pt_emit_label(m);
        pt_emit_insn(m, PT_OP_MOVE, key, pt_emit_const(m, pt_undefined()), 0);
        m->fail = looked;
        (void)pt_emit_term(m, best.key, key);
        pt_emit_place(m, looked);
    }
    ix->next = pt_emit_label(m);
    ix->end = pt_emit_label(m);
    pt_emit_insn(m, PT_OP_LOOK, it, key, ix->table);
    pt_emit_place(m, ix->next);
    pt_emit_insn(m, PT_OP_CLAUSE, it, ix->table, 0)->fail = ix->end;
}

void pt_rule_index_clause(pt_emitter *m, pt_indexer *ix) {
    if (!ix->key)
        return;
    uint32_t *slot = PT_PUSH(m->c->arena, &ix->labels);
    if (!slot) {
        m->c->full = true;
        return;
    }
    *slot = pt_emit_label(m);
    pt_emit_place(m, *slot);
}

void pt_rule_index_end(pt_emitter *m, pt_indexer *ix) {
    if (!ix->key)
        return;
    m->indexes.v[ix->table].starts = ix->labels.v; // labels until the chunk is made
    m->indexes.v[ix->table].n_starts = (uint32_t)ix->labels.n;
    pt_emit_place(m, ix->end);
}

// NOLINTEND(misc-no-recursion)
