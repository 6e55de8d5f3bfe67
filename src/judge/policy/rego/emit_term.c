// Terms: each is computed into a register, or is a constant.
#include <string.h>

#include "judge/policy/rego/emit.h"

enum {
    ENTRIES_FEW = 32, // that are sorted here
};

// NOLINTBEGIN(misc-no-recursion): terms nest up to PT_REGO_NESTING_MAX

bool pt_emit_ready(const pt_emitter *m, const pt_term *t) {
    switch (t->kind) {
    case PT_TERM_VAR:
        return pt_emit_bound(m, t->sym);
    case PT_TERM_REF: {
        const pt_term *head = t->items.v[0];
        bool root =
            head->kind == PT_TERM_VAR && (head->sym == m->c->input || head->sym == m->c->data);
        return root || pt_emit_ready(m, head);
    }
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
        for (size_t i = 0; i < t->items.n; i++)
            if (!pt_emit_ready(m, t->items.v[i]))
                return false;
        return true;
    case PT_TERM_CONST:
    case PT_TERM_CALL:
    case PT_TERM_TEMPLATE:
    case PT_TERM_LITERAL:
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        return true;
    }
    return true;
}

static uint32_t dest(pt_emitter *m, uint32_t want) {
    return want == PT_OPERAND_NONE ? pt_emit_reg(m) : want;
}

// -- composites -----------------------------------------------------------------------------------

pt_value pt_emit_fold(pt_emitter *m, const pt_term *t) {
    if (t->kind == PT_TERM_CONST)
        return t->value;
    PT_VEC(pt_value) items = {0};
    for (size_t i = 0; i < t->items.n; i++) {
        pt_value *slot = PT_PUSH(m->c->arena, &items);
        if (!slot)
            break;
        *slot = pt_emit_fold(m, t->items.v[i]);
    }
    pt_arena *a = m->c->arena;
    pt_value v = t->kind == PT_TERM_ARRAY ? pt_array_of(a, items.v, items.n)
                 : t->kind == PT_TERM_SET ? pt_set_of(a, items.v, items.n)
                                          : pt_object_of(a, items.v, items.n / 2, NULL);
    m->c->full |= items.n != t->items.n || !pt_defined(v);
    return v;
}

static pt_value const_of(const pt_emitter *m, uint32_t operand) {
    return m->consts.v[operand & ~PT_OPERAND_CONST];
}

// Entries in the order of their keys, if those are known: then the machine need not sort. Of equal
// ones the last one written wins.
static void sort_entries(const pt_emitter *m, uint32_t *items, size_t n) {
    for (size_t i = 0; i < n; i += 2)
        if (!(items[i] & PT_OPERAND_CONST))
            return;
    for (size_t i = 2; i < n; i += 2) {
        uint32_t key = items[i];
        uint32_t value = items[i + 1];
        size_t to = i;
        for (; to > 0 && pt_cmp(const_of(m, items[to - 2]), const_of(m, key)) > 0; to -= 2)
            memcpy(items + to, items + to - 2, 2 * sizeof *items);
        items[to] = key;
        items[to + 1] = value;
    }
}

static uint32_t emit_composite(pt_emitter *m, pt_term *t, uint32_t want) {
    if (pt_term_ground(m->c, t))
        return pt_emit_const(m, pt_emit_fold(m, t));
    PT_VEC(uint32_t) items = {0};
    for (size_t i = 0; i < t->items.n; i++) {
        uint32_t *slot = PT_PUSH(m->c->arena, &items);
        if (!slot) {
            m->c->full = true;
            return 0;
        }
        *slot = pt_emit_term(m, t->items.v[i], PT_OPERAND_NONE);
    }
    if (t->items.n > UINT16_MAX) {
        pt_diagnose(m->c->d, PT_REGO_COMPILE, &t->loc,
                    "a collection of more than %d items holds variables", UINT16_MAX);
        return 0;
    }
    pt_op op = t->kind == PT_TERM_ARRAY ? PT_OP_ARRAY
               : t->kind == PT_TERM_SET ? PT_OP_SET
                                        : PT_OP_OBJECT;
    if (op == PT_OP_OBJECT && items.n <= 2 * (size_t)ENTRIES_FEW)
        sort_entries(m, items.v, items.n);
    uint32_t list = pt_emit_list(m, items.v, items.n);
    uint32_t a = dest(m, want);
    pt_emit_insn(m, op, a, list, 0)->n = (uint16_t)items.n;
    return a;
}

static pt_tag closure_tag(const pt_term *t) {
    return t->kind == PT_TERM_ARRAY_COMPR ? PT_ARRAY
           : t->kind == PT_TERM_SET_COMPR ? PT_SET
                                          : PT_OBJECT;
}

// The answers of `body`, gathered into `a`; `key`: of an object, or of a table's groups.
typedef uint32_t key_fn(pt_emitter *m, const pt_term *t);

static void emit_gather(pt_emitter *m, pt_term *t, pt_body *body, key_fn *key, uint32_t a) {
    uint32_t gather = pt_emit_reg(m);
    bool groups = body != &t->compr.body;
    uint32_t tag = (uint32_t)closure_tag(t) | (groups ? PT_GATHER_GROUPS : 0);
    pt_emit_insn(m, PT_OP_GATHER, gather, tag, 0);
    uint32_t outer = m->fail;
    uint32_t done = pt_emit_label(m);
    size_t trail = m->trail.n;
    m->fail = done;
    pt_tell_scope around = pt_tell_body(m, body);
    pt_emit_body(m, body);
    uint32_t under = key ? key(m, t) : 0;
    uint32_t value = pt_emit_term(m, t->compr.term, PT_OPERAND_NONE);
    pt_emit_insn(m, key ? PT_OP_PUT : PT_OP_ADD, gather, value, under);
    pt_tell_answer(m);
    pt_tell_again(m);
    pt_tell_leave(m, around);
    pt_emit_jump(m, m->fail);
    pt_emit_forget(m, trail);
    m->fail = outer;
    pt_emit_place(m, done);
    pt_emit_insn(m, PT_OP_GATHERED, a, gather, 0);
}

static uint32_t object_key(pt_emitter *m, const pt_term *t) {
    return pt_emit_term(m, t->compr.key, PT_OPERAND_NONE);
}

// What a group is known by: the variable, or an array of them.
static uint32_t group_key(pt_emitter *m, const pt_term *t) {
    const pt_grouping *g = t->compr.group;
    if (g->by.n == 1)
        return pt_emit_var(m, g->by.v[0]);
    uint32_t list = (uint32_t)m->lists.n;
    for (size_t i = 0; i < g->by.n; i++) {
        uint32_t reg = pt_emit_var(m, g->by.v[i]);
        (void)pt_emit_list(m, &reg, 1);
    }
    uint32_t a = pt_emit_reg(m);
    pt_emit_insn(m, PT_OP_ARRAY, a, list, 0)->n = (uint16_t)g->by.n;
    return a;
}

// In the table's body the loop's variables are its own.
static void emit_table(pt_emitter *m, pt_term *t, uint32_t table) {
    pt_grouping *g = t->compr.group;
    uint32_t *around = PT_NEW(m->c->arena, uint32_t, g->by.n);
    if (!around) {
        m->c->full = true;
        return;
    }
    for (size_t i = 0; i < g->by.n; i++) {
        around[i] = g->by.v[i]->var;
        g->by.v[i]->var = pt_emit_reg(m);
        g->by.v[i]->bound = false;
    }
    emit_gather(m, t, &g->body, group_key, table);
    for (size_t i = 0; i < g->by.n; i++) {
        g->by.v[i]->var = around[i];
        g->by.v[i]->bound = true;
    }
}

static uint32_t emit_found(pt_emitter *m, pt_term *t, uint32_t a) {
    uint32_t table = pt_emit_reg(m);
    uint32_t *slot = PT_PUSH(m->c->arena, &m->tables);
    if (!slot) {
        m->c->full = true;
        return a;
    }
    *slot = table;
    uint32_t missing = pt_emit_label(m);
    uint32_t there = pt_emit_label(m);
    pt_emit_insn(m, PT_OP_DEFINED, 0, table, 0)->fail = missing;
    pt_emit_jump(m, there);
    pt_emit_place(m, missing);
    emit_table(m, t, table);
    pt_emit_place(m, there);
    pt_emit_insn(m, PT_OP_FIND, a, table, group_key(m, t))->n = (uint16_t)closure_tag(t);
    return a;
}

static bool all_bound(const pt_emitter *m, const pt_grouping *g) {
    for (size_t i = 0; i < g->by.n; i++)
        if (!pt_emit_bound(m, g->by.v[i]))
            return false;
    return true;
}

static uint32_t emit_closure(pt_emitter *m, pt_term *t, uint32_t want) {
    uint32_t a = dest(m, want);
    bool looping = m->fail != m->clause_fail && m->withs_around == 0 && !m->query &&
                   !m->c->opts.tell; // where every literal would look like a loop
    if (t->compr.group && looping && all_bound(m, t->compr.group))
        return emit_found(m, t, a);
    emit_gather(m, t, &t->compr.body, t->compr.key ? object_key : NULL, a);
    return a;
}

// -- refs -----------------------------------------------------------------------------------------

// How a ref is walked: through values, or through documents that rules and base data make up.
typedef struct walk_ops {
    pt_op get, iter, next;
    uint32_t regs; // of a loop
} walk_ops;

static const walk_ops VALUES = {PT_OP_GET, PT_OP_ITER, PT_OP_NEXT, 2};
static const walk_ops NODES = {PT_OP_NODE_GET, PT_OP_NODE_ITER, PT_OP_NODE_NEXT, 3};

static uint32_t emit_loop(pt_emitter *m, const walk_ops *ops, uint32_t from, pt_term *step) {
    uint32_t it = pt_emit_reg(m);
    for (uint32_t i = 1; i < ops->regs; i++)
        (void)pt_emit_reg(m);
    pt_emit_insn(m, ops->iter, it, from, 0);
    uint32_t next = pt_emit_label(m);
    uint32_t value = pt_emit_reg(m);
    pt_emit_place(m, next);
    if (step->kind == PT_TERM_VAR) {
        uint32_t key = step->sym->wildcard ? PT_OPERAND_NONE : pt_emit_var(m, step->sym);
        pt_emit_insn(m, ops->next, it, value, key);
        if (step->sym->wildcard)
            (void)pt_emit_var(m, step->sym);
        pt_emit_bind(m, step->sym);
        m->fail = next;
        return value;
    }
    uint32_t key = pt_emit_reg(m);
    pt_emit_insn(m, ops->next, it, value, key);
    m->fail = next;
    pt_emit_match(m, step, key);
    return value;
}

// `known`: the step's operand, if it has been computed.
static uint32_t emit_step(pt_emitter *m, const walk_ops *ops, uint32_t from, pt_term *step,
                          uint32_t known) {
    if (known == PT_OPERAND_NONE && !pt_emit_ready(m, step))
        return emit_loop(m, ops, from, step);
    uint32_t key = known == PT_OPERAND_NONE ? pt_emit_term(m, step, PT_OPERAND_NONE) : known;
    uint32_t a = pt_emit_reg(m);
    pt_emit_insn(m, ops->get, a, from, key);
    return a;
}

// INPUT or BASE with the constant steps t[first, last).
static uint32_t emit_path(pt_emitter *m, pt_op op, pt_term *t, size_t last) {
    uint32_t list = (uint32_t)m->lists.n;
    for (size_t i = 1; i < last; i++) {
        uint32_t key = pt_emit_const(m, t->items.v[i]->value);
        (void)pt_emit_list(m, &key, 1);
    }
    uint32_t a = pt_emit_reg(m);
    pt_emit_insn(m, op, a, list, 0)->n = (uint16_t)(last - 1);
    return a;
}

static size_t const_steps(const pt_term *t) {
    size_t i = 1;
    while (i < t->items.n && i < UINT16_MAX && t->items.v[i]->kind == PT_TERM_CONST)
        i++;
    return i;
}

// Operands of the steps of a ref that were computed before their turn.
typedef struct steps {
    pt_term *t;
    uint32_t *known; // by step; PT_OPERAND_NONE: not yet
} steps;

// Refs within the steps are looked up first, as OPA does.
static steps steps_of(pt_emitter *m, pt_term *t) {
    steps s = {t, PT_NEW(m->c->arena, uint32_t, t->items.n)};
    m->c->full |= !s.known;
    for (size_t i = 0; s.known && i < t->items.n; i++) {
        pt_term *step = t->items.v[i];
        bool early = i > 0 && pt_term_needs_eval(step) && pt_emit_ready(m, step);
        s.known[i] = early ? pt_emit_term(m, step, PT_OPERAND_NONE) : PT_OPERAND_NONE;
    }
    return s;
}

static uint32_t emit_rest(pt_emitter *m, uint32_t from, const steps *s, size_t first) {
    for (size_t i = first; s->known && i < s->t->items.n; i++)
        from = emit_step(m, &VALUES, from, s->t->items.v[i], s->known[i]);
    return from;
}

// -- refs to documents of rules -------------------------------------------------------------------

// Compute those of the n steps from `first` on that can be known here. Gives their mask.
static uint32_t know(pt_emitter *m, steps *s, size_t first, uint32_t n) {
    uint32_t mask = 0;
    for (size_t i = first; s->known && i < s->t->items.n && i < first + n; i++) {
        if (s->known[i] == PT_OPERAND_NONE && pt_emit_ready(m, s->t->items.v[i]))
            s->known[i] = pt_emit_term(m, s->t->items.v[i], PT_OPERAND_NONE);
        if (s->known[i] != PT_OPERAND_NONE)
            mask |= 1u << (i - first);
    }
    return mask;
}

// The rest of a ref that has come to rules: step i is the first below them.
static uint32_t emit_document(pt_emitter *m, pt_rule_node *n, steps *s, size_t i) {
    uint32_t mask = know(m, s, i, pt_emit_keys_of(n));
    uint32_t operands[PT_KEYS_MAX];
    size_t keys = 0;
    for (size_t k = 0; k < PT_KEYS_MAX; k++)
        if (mask & 1u << k)
            operands[keys++] = s->known[i + k];
    uint32_t a = pt_emit_reg(m);
    if (!mask) {
        pt_emit_insn(m, PT_OP_RULE, a, n->id, 0);
        return emit_rest(m, a, s, i);
    }
    uint32_t entry = pt_emit_entry(m, n, mask);
    pt_emit_insn(m, PT_OP_PART, a, entry, pt_emit_list(m, operands, keys));
    return m->c->full ? a : emit_rest(m, a, s, i + m->entries.v[entry].depth);
}

typedef PT_VEC(pt_rule_node *) level; // nodes that a walk may have come to

static level next_level(pt_emitter *m, const level *from, const pt_term *step) {
    level to = {0};
    for (size_t i = 0; i < from->n; i++)
        for (size_t k = 0; from->v[i]->rules.n == 0 && k < from->v[i]->kids.n; k++) {
            pt_rule_node *kid = from->v[i]->kids.v[k];
            if (step->kind == PT_TERM_CONST && !pt_eq(step->value, kid->key))
                continue;
            pt_rule_node **slot = PT_PUSH(m->c->arena, &to);
            if (slot)
                *slot = kid;
            else
                m->c->full = true;
        }
    return to;
}

// Where the walk has come to a partial rule: the part of it that the next steps leave.
static void emit_node_part(pt_emitter *m, uint32_t a, const level *at, steps *s, size_t i) {
    uint32_t most = 0;
    for (size_t k = 0; k < at->n; k++)
        most = pt_emit_keys_of(at->v[k]) > most ? pt_emit_keys_of(at->v[k]) : most;
    uint32_t mask = know(m, s, i, most);
    if (!mask)
        return;
    uint32_t operands[PT_KEYS_MAX];
    for (uint32_t k = 0; k < most; k++)
        operands[k] = mask & 1u << k ? s->known[i + k] : PT_OPERAND_NONE;
    uint32_t list = pt_emit_list(m, operands, most);
    uint32_t entries = 0;
    for (size_t k = 0; k < at->n; k++) {
        uint32_t own = mask & ((1u << pt_emit_keys_of(at->v[k])) - 1);
        if (!own)
            continue;
        uint32_t number = pt_emit_entry(m, at->v[k], own);
        (void)pt_emit_list(m, &number, 1);
        entries++;
    }
    if (entries)
        pt_emit_insn(m, PT_OP_NODE_PART, a, entries, list)->n = (uint16_t)most;
}

// Steps i … of a ref from node `n` on, where no rules are.
static uint32_t emit_walk(pt_emitter *m, pt_rule_node *n, steps *s, size_t i) {
    pt_term *t = s->t;
    level at = {0};
    pt_rule_node **slot = PT_PUSH(m->c->arena, &at);
    uint32_t a = pt_emit_reg(m);
    uint32_t end = pt_emit_reg(m);
    pt_emit_insn(m, PT_OP_NODE, a, n->id, 0);
    if (!slot || !s->known) {
        m->c->full = true;
        return a;
    }
    *slot = n;
    for (; i < t->items.n; i++) {
        a = emit_step(m, &NODES, a, t->items.v[i], s->known[i]);
        at = next_level(m, &at, t->items.v[i]);
        emit_node_part(m, a, &at, s, i + 1);
    }
    pt_emit_insn(m, PT_OP_NODE_END, end, a, 0);
    return end;
}

static uint32_t emit_data(pt_emitter *m, pt_term *t) {
    steps s = steps_of(m, t);
    pt_rule_node *n = m->c->root;
    size_t i = 1;
    for (; i < t->items.n && t->items.v[i]->kind == PT_TERM_CONST && !n->rules.n; i++) {
        pt_rule_node *kid = pt_tree_kid(n, t->items.v[i]->value);
        if (!kid)
            break;
        n = kid;
    }
    if (n->rules.n && !n->function)
        return emit_document(m, n, &s, i);
    if (i < t->items.n && t->items.v[i]->kind == PT_TERM_CONST) { // no rule on its way
        size_t last = const_steps(t);
        return emit_rest(m, emit_path(m, PT_OP_BASE, t, last), &s, last);
    }
    return emit_walk(m, n, &s, i);
}

static uint32_t emit_any(pt_emitter *m, pt_term *t, uint32_t want);

static uint32_t emit_ref(pt_emitter *m, pt_term *t) {
    pt_term *head = t->items.v[0];
    if (head->kind == PT_TERM_VAR && head->sym == m->c->data)
        return emit_data(m, t);
    uint32_t known;
    if (pt_emit_hoisted(m, t, &known))
        return known;
    if (!pt_emit_ready(m, t)) { // only what stands behind it binds its head: OPA finds nothing
        pt_emit_jump(m, m->fail);
        return pt_emit_const(m, pt_undefined());
    }
    steps s = steps_of(m, t);
    if (head->kind == PT_TERM_VAR && head->sym == m->c->input) {
        size_t last = const_steps(t);
        return emit_rest(m, emit_path(m, PT_OP_INPUT, t, last), &s, last);
    }
    return emit_rest(m, emit_any(m, head, PT_OPERAND_NONE), &s, 1); // its value is not told
}

// -- all ------------------------------------------------------------------------------------------

static uint32_t emit_any(pt_emitter *m, pt_term *t, uint32_t want) {
    switch (t->kind) {
    case PT_TERM_CONST:
        return pt_emit_const(m, t->value);
    case PT_TERM_VAR:
        return pt_emit_var(m, t->sym);
    case PT_TERM_REF:
        return emit_ref(m, t);
    case PT_TERM_ARRAY:
    case PT_TERM_SET:
    case PT_TERM_OBJECT:
        return emit_composite(m, t, want);
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        return emit_closure(m, t, want);
    case PT_TERM_CALL:
    case PT_TERM_TEMPLATE:
    case PT_TERM_LITERAL:
        break;
    }
    pt_diagnose(m->c->d, PT_REGO_COMPILE, &t->loc, "internal error: a nested call was left");
    return 0;
}

uint32_t pt_emit_term(pt_emitter *m, pt_term *t, uint32_t want) {
    size_t before = m->insns.n;
    uint32_t got = emit_any(m, t, want);
    if (want == PT_OPERAND_NONE || got == want) {
        pt_tell_watch(m, t, got);
        return got;
    }
    // what was just computed for this, and not for others as well, goes there at once
    pt_insn *last = m->insns.n > before ? &m->insns.v[m->insns.n - 1] : NULL;
    bool direct = last && t->kind == PT_TERM_REF && last->a == got && !(got & PT_OPERAND_CONST) &&
                  (last->op == PT_OP_GET || last->op == PT_OP_INPUT || last->op == PT_OP_BASE ||
                   last->op == PT_OP_RULE || last->op == PT_OP_PART || last->op == PT_OP_NODE_END);
    bool looped = last && t->kind == PT_TERM_REF && last->b == got &&
                  (last->op == PT_OP_NEXT || last->op == PT_OP_NODE_NEXT);
    if (direct)
        last->a = want;
    else if (looped)
        last->b = want;
    else
        pt_emit_insn(m, PT_OP_MOVE, want, got, 0);
    pt_tell_watch(m, t, want);
    return want;
}

static pt_term *hoist_one(pt_emitter *m, pt_term *t) {
    pt_term *v = pt_new_local(m->c, t->loc, NULL);
    if (!v)
        return t;
    uint32_t reg = pt_emit_var(m, v->sym);
    (void)pt_emit_term(m, t, reg);
    pt_emit_bind(m, v->sym);
    return v;
}

pt_term *pt_emit_copy(pt_emitter *m, pt_term *t) {
    pt_term *to = pt_term_new(m->c->arena, t->kind, t->loc);
    pt_term **v = PT_NEW(m->c->arena, pt_term *, t->items.n);
    if (!to || !v) {
        m->c->full = true;
        return t;
    }
    *to = *t;
    to->items = (pt_terms){.v = v, .n = t->items.n, .cap = t->items.n};
    for (size_t i = 0; i < t->items.n; i++)
        v[i] = t->items.v[i];
    return to;
}

pt_term *pt_emit_hoist_items(pt_emitter *m, pt_term *t, size_t first) {
    pt_term *to = pt_emit_copy(m, t);
    for (size_t i = first; i < t->items.n && !m->c->full; i++)
        to->items.v[i] = pt_emit_hoist(m, t->items.v[i]);
    return to;
}

pt_term *pt_emit_hoist(pt_emitter *m, pt_term *t) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR)
        return t;
    if (pt_term_closure(t) || t->kind == PT_TERM_REF)
        return hoist_one(m, t);
    return pt_emit_hoist_items(m, t, 0);
}

// NOLINTEND(misc-no-recursion)
