// Procedures of partial rules: for their document, and for the part of it that known keys leave. To
// such an entry the keys are arguments, which the heads are matched with before the bodies run.
#include "judge/policy/rego/emit_rule.h"

// NOLINTBEGIN(misc-no-recursion): heads nest up to PT_REGO_NESTING_MAX, paths have 1,000 steps

// -- what a procedure is made of ------------------------------------------------------------------

typedef struct clause {
    pt_rule *rule;
    pt_terms path; // below the node: keys of nodes between, the head's, and of a set its item
} clause;

typedef enum gives {
    GIVES_SET,    // items
    GIVES_OBJECT, // one key and one value
    GIVES_PATHS,
    GIVES_ITEM,  // of an entry: that the item is in the set
    GIVES_VALUE, // of an entry: what stands below all its keys
} gives;

typedef struct plan {
    pt_emitter *m;
    const pt_entry *entry; // NULL: the whole document
    PT_VEC(clause) clauses;
    PT_VEC(pt_rule *) rules; // the same; with what an entry's arguments are matched with as `args`
    uint32_t nearest;        // at how many keys from the node the first value or set stands
    bool even;               // all of them stand there
    bool sets, values;       // there are such
    bool documents;          // complete rules stand below: PUT_UNDER
    gives gives;
    uint32_t depth; // the answer stands below so many keys
} plan;

static size_t ref_steps(const pt_rule *r) {
    return r->ref->kind == PT_TERM_REF ? r->ref->items.n : 1;
}

static bool partial(const pt_rule_node *n) {
    return n->rules.n > 0 && !n->function &&
           (n->open ||
            (!n->rules.v[0]->value && n->rules.v[0]->ground == ref_steps(n->rules.v[0])));
}

static void push_term(pt_emitter *m, pt_terms *to, pt_term *t) {
    pt_term **slot = PT_PUSH(m->c->arena, to);
    if (slot)
        *slot = t;
    else
        m->c->full = true;
}

static void add_clause(plan *p, pt_rule *r, const pt_terms *above) {
    clause *k = PT_PUSH(p->m->c->arena, &p->clauses);
    pt_rule **slot = PT_PUSH(p->m->c->arena, &p->rules);
    if (!k || !slot) {
        p->m->c->full = true;
        return;
    }
    *k = (clause){.rule = r};
    *slot = r;
    for (size_t i = 0; i < above->n; i++)
        push_term(p->m, &k->path, above->v[i]);
    for (size_t i = r->ground; i < ref_steps(r); i++)
        push_term(p->m, &k->path, r->ref->items.v[i]);
    uint32_t depth = (uint32_t)k->path.n;
    p->even &= p->nearest == UINT32_MAX || p->nearest == depth;
    p->nearest = depth < p->nearest ? depth : p->nearest;
    p->sets |= !r->value;
    p->values |= r->value != NULL;
    if (!r->value)
        push_term(p->m, &k->path, r->key);
}

static void add_node(plan *p, pt_rule_node *n, pt_terms *above);

// Of the nodes below, open ones add clauses; complete rules remain documents.
static void add_kids(plan *p, const pt_rule_node *n, pt_terms *above) {
    for (size_t i = 0; i < n->kids.n; i++) {
        pt_rule_node *kid = n->kids.v[i];
        pt_term *key = pt_term_const(p->m->c->arena, (pt_loc){0}, kid->key);
        if (kid->function)
            continue;
        push_term(p->m, above, key);
        p->m->c->full |= !key;
        if (kid->rules.n == 0)
            add_kids(p, kid, above);
        else if (partial(kid))
            add_node(p, kid, above);
        else {
            p->documents = true;
            p->nearest = above->n < p->nearest ? (uint32_t)above->n : p->nearest;
        }
        above->n--;
        if (p->m->c->full)
            return;
    }
}

static void add_node(plan *p, pt_rule_node *n, pt_terms *above) {
    for (size_t i = 0; i < n->rules.n; i++)
        add_clause(p, n->rules.v[i], above);
    add_kids(p, n, above);
}

static plan plan_whole(pt_emitter *m, pt_rule_node *n) {
    plan p = {.m = m, .nearest = UINT32_MAX, .even = true};
    for (size_t i = 0; i < n->rules.n; i++)
        add_clause(&p, n->rules.v[i], &(pt_terms){0});
    bool plain = p.even && p.nearest == 1 && !p.sets && n->kids.n == 0;
    p.gives = !n->open ? GIVES_SET : plain ? GIVES_OBJECT : GIVES_PATHS;
    return p;
}

static plan plan_part(pt_emitter *m, pt_rule_node *n, const pt_entry *e) {
    plan p = {.m = m, .entry = e, .nearest = UINT32_MAX, .even = true};
    add_node(&p, n, &(pt_terms){0});
    bool even = p.even && !p.documents;
    p.depth = e->lead < p.nearest ? e->lead : p.nearest;
    p.gives = GIVES_PATHS;
    if (even && !p.sets && e->lead >= p.nearest)
        p.gives = GIVES_VALUE;
    if (even && !p.values && e->lead > p.nearest) {
        p.gives = GIVES_ITEM;
        p.depth = p.nearest + 1;
    }
    return p;
}

// -- the keys of an entry -------------------------------------------------------------------------

// Can the head's term be matched with a key before the body has bound its variables?
static bool matchable(const pt_emitter *m, const pt_term *t) {
    bool object = t->kind == PT_TERM_OBJECT;
    if (t->kind == PT_TERM_VAR || pt_term_ground(m->c, t))
        return true;
    if (t->kind != PT_TERM_ARRAY && !object)
        return false;
    for (size_t i = 0; i < t->items.n; i++)
        if (object && i % 2 == 0 ? t->items.v[i]->kind != PT_TERM_CONST
                                 : !matchable(m, t->items.v[i]))
            return false;
    return true;
}

// Rules of their own, with the terms of their heads that are given as arguments: so the index finds
// them by constants there. A variable nobody knows stands for a key beyond the head.
static void give_args(plan *p) {
    pt_emitter *m = p->m;
    for (size_t i = 0; i < p->rules.n && !m->c->full; i++) {
        pt_rule *r = PT_NEW(m->c->arena, pt_rule, 1);
        if (!r) {
            m->c->full = true;
            return;
        }
        *r = *p->rules.v[i];
        r->args = (pt_terms){0};
        p->rules.v[i] = r;
        const pt_terms *path = &p->clauses.v[i].path;
        for (uint32_t k = 0; k < PT_KEYS_MAX; k++)
            if (p->entry->mask & 1u << k)
                push_term(m, &r->args, k < path->n ? path->v[k] : pt_new_local(m->c, r->loc, NULL));
    }
}

static bool beyond(const plan *p, size_t nth, uint32_t arg) {
    uint32_t at = 0;
    for (uint32_t k = 0; k < PT_KEYS_MAX; k++)
        if (p->entry->mask & 1u << k && at++ == arg)
            return k >= p->clauses.v[nth].path.n;
    return true;
}

static void match_keys(const plan *p, size_t nth) {
    const pt_terms *args = &p->rules.v[nth]->args;
    for (uint32_t i = 0; p->entry && i < args->n; i++)
        if (!beyond(p, nth, i) && matchable(p->m, args->v[i]))
            pt_emit_match(p->m, args->v[i], i);
}

static void compare_keys(const plan *p, size_t nth) {
    const pt_terms *args = &p->rules.v[nth]->args;
    for (uint32_t i = 0; p->entry && i < args->n; i++)
        if (!beyond(p, nth, i) && !matchable(p->m, args->v[i]))
            pt_emit_match(p->m, args->v[i], i);
}

// -- clauses --------------------------------------------------------------------------------------

static void emit_path(const plan *p, const clause *k, const pt_emit_frame *f) {
    pt_emitter *m = p->m;
    PT_VEC(uint32_t) path = {0};
    size_t n = k->path.n + (k->rule->value ? 1 : 0);
    for (size_t i = p->depth; i < n; i++) {
        uint32_t *slot = PT_PUSH(m->c->arena, &path);
        if (!slot) {
            m->c->full = true;
            return;
        }
        pt_term *t = i < k->path.n ? k->path.v[i] : k->rule->value;
        *slot = pt_emit_term(m, t, PT_OPERAND_NONE);
    }
    uint32_t list = pt_emit_list(m, path.v, path.n);
    uint32_t leaf = k->rule->value ? PT_LEAF_VALUE : PT_LEAF_ITEM;
    pt_emit_insn(m, PT_OP_PUT_PATH, f->gather, list, leaf)->n = (uint16_t)path.n;
}

static void emit_answer(const plan *p, const clause *k, const pt_emit_frame *f) {
    pt_emitter *m = p->m;
    uint32_t last;
    switch (p->gives) {
    case GIVES_SET:
        last = pt_emit_term(m, k->rule->key, PT_OPERAND_NONE);
        pt_emit_insn(m, PT_OP_ADD, f->gather, last, 0);
        return;
    case GIVES_OBJECT:
        last = pt_emit_term(m, k->path.v[0], PT_OPERAND_NONE);
        pt_emit_insn(m, PT_OP_PUT, f->gather, pt_emit_term(m, k->rule->value, PT_OPERAND_NONE),
                     last);
        return;
    case GIVES_PATHS:
        emit_path(p, k, f);
        return;
    case GIVES_ITEM:
        pt_emit_insn(m, PT_OP_YIELD, f->result, p->depth - 1, 0)->n = PT_YIELD_KEY;
        return;
    case GIVES_VALUE:
        last = pt_emit_term(m, k->rule->value, PT_OPERAND_NONE);
        pt_emit_insn(m, PT_OP_YIELD, f->result, last, 0)->n = PT_YIELD_KEY;
        return;
    }
}

static void emit_clause(const plan *p, size_t nth, const pt_emit_frame *f, uint32_t next) {
    pt_emitter *m = p->m;
    pt_rule *r = p->rules.v[nth];
    pt_emit_clause_begin(m, f);
    m->fail = next;
    m->loc = r->loc;
    size_t tables = pt_emit_tables_begin(m, r);
    pt_tell_scope around = pt_tell_rule(m, r->head_loc, f->name);
    match_keys(p, nth);
    pt_emit_hoist_inputs(m, &r->body);
    pt_emit_body(m, &r->body);
    m->loc = r->loc;
    compare_keys(p, nth);
    emit_answer(p, &p->clauses.v[nth], f);
    pt_tell_answer(m);
    pt_tell_again(m);
    pt_tell_leave(m, around);
    pt_emit_jump(m, m->fail);
    pt_emit_tables_end(m, r, tables);
}

static void emit_clauses(const plan *p, pt_emit_frame *f) {
    pt_emitter *m = p->m;
    pt_indexer ix;
    pt_rule_index_begin(m, &ix, p->rules.v, p->rules.n);
    f->first = m->regs;
    for (size_t i = 0; i < p->rules.n && !m->c->full; i++) {
        uint32_t next = ix.key ? ix.next : pt_emit_label(m);
        pt_rule_index_clause(m, &ix);
        emit_clause(p, i, f, next);
        if (!ix.key)
            pt_emit_place(m, next);
    }
    pt_rule_index_end(m, &ix);
}

// -- procedures -----------------------------------------------------------------------------------

// The documents of complete rules that the keys leave; each key's operand is its argument.
static void emit_under(const plan *p) {
    pt_emitter *m = p->m;
    uint32_t operands[PT_KEYS_MAX];
    uint32_t arg = 0;
    for (uint32_t k = 0; k < PT_KEYS_MAX; k++)
        operands[k] = p->entry->mask & 1u << k ? arg++ : PT_OPERAND_NONE;
    uint32_t list = pt_emit_list(m, operands, PT_KEYS_MAX);
    pt_emit_insn(m, PT_OP_PUT_UNDER, p->depth, p->entry->node, list)->n = PT_KEYS_MAX;
}

static void emit_gathered(const plan *p, const pt_rule_node *n, pt_emit_frame *f) {
    static const uint32_t tags[] = {
        [GIVES_SET] = PT_SET, [GIVES_OBJECT] = PT_OBJECT, [GIVES_PATHS] = PT_UNDEFINED};
    bool part = p->entry && p->depth > 0;
    uint32_t tag = part ? PT_GATHER_PART : tags[p->gives];
    pt_emit_insn(p->m, PT_OP_GATHER, f->gather, tag, 0);
    emit_clauses(p, f);
    if (p->entry && p->documents)
        emit_under(p);
    else if (!p->entry && p->gives == GIVES_PATHS)
        pt_emit_insn(p->m, PT_OP_PUT_KIDS, f->gather, n->id, 0);
    pt_emit_insn(p->m, PT_OP_GATHERED, f->result, f->gather, 0);
    pt_emit_insn(p->m, PT_OP_RETURN, f->result, 0, 0);
}

void pt_emit_partial(pt_emitter *m, pt_rule_node *n, pt_emit_frame *f) {
    plan p = plan_whole(m, n);
    emit_gathered(&p, n, f);
}

static void emit_entry(pt_emitter *m, size_t number) {
    pt_entry *e = &m->entries.v[number];
    pt_rule_node *n = m->c->nodes.v[e->node];
    pt_emit_frame f = pt_emit_frame_of(m, e->proc.args, m->nodes[e->node].name);
    m->loc = n->rules.v[0]->loc;
    e->proc.start = (uint32_t)m->insns.n;
    pt_entry here = *e; // others that its clauses ask for may move it
    plan p = plan_part(m, n, &here);
    give_args(&p);
    if (p.gives == GIVES_PATHS)
        emit_gathered(&p, n, &f);
    else {
        pt_emit_insn(m, PT_OP_MOVE, f.result, pt_emit_const(m, pt_undefined()), 0);
        emit_clauses(&p, &f);
        pt_emit_insn(m, PT_OP_RETURN, f.result, 0, 0);
    }
    m->entries.v[number].proc.regs = m->regs_max;
}

void pt_emit_entries(pt_emitter *m) {
    bool query = m->query;
    m->query = false;
    for (size_t i = 0; i < m->entries.n && !m->c->full; i++)
        if (!m->entries.v[i].proc.code)
            emit_entry(m, i);
    m->query = query;
}

// -- asking for them ------------------------------------------------------------------------------

// How many keys below the node there may be.
static uint32_t keys_of(const pt_rule_node *n) {
    size_t most = 0;
    for (size_t i = 0; i < n->rules.n; i++) {
        const pt_rule *r = n->rules.v[i];
        size_t keys = ref_steps(r) - r->ground + (r->value ? 0 : 1);
        most = keys > most ? keys : most;
    }
    for (size_t i = 0; i < n->kids.n && most < PT_KEYS_MAX; i++) {
        size_t keys = n->kids.v[i]->function ? 0 : 1 + keys_of(n->kids.v[i]);
        most = keys > most ? keys : most;
    }
    return most < PT_KEYS_MAX ? (uint32_t)most : PT_KEYS_MAX;
}

uint32_t pt_emit_keys_of(pt_rule_node *n) {
    if (!partial(n))
        return 0;
    if (n->keys == 0)
        n->keys = keys_of(n);
    return n->keys;
}

static const pt_entry *known_entry(const pt_emitter *m, const pt_rule_node *n, uint32_t mask) {
    const pt_program *p = m->c->program; // NULL while it is being made
    for (uint32_t i = 0; p && i < p->n_entries; i++)
        if (p->entries[i].node == n->id && p->entries[i].mask == mask)
            return &p->entries[i];
    return NULL;
}

static pt_entry new_entry(pt_emitter *m, pt_rule_node *n, uint32_t mask) {
    pt_entry e = {.node = n->id, .mask = mask};
    while (e.lead < PT_KEYS_MAX && mask & 1u << e.lead)
        e.lead++;
    for (uint32_t k = 0; k < PT_KEYS_MAX; k++)
        e.proc.args += mask >> k & 1;
    plan p = plan_part(m, n, &e);
    e.depth = p.depth;
    e.item = p.gives == GIVES_ITEM;
    return e;
}

uint32_t pt_emit_entry(pt_emitter *m, pt_rule_node *n, uint32_t mask) {
    for (size_t i = 0; i < m->entries.n; i++)
        if (m->entries.v[i].node == n->id && m->entries.v[i].mask == mask)
            return (uint32_t)i;
    const pt_entry *known = known_entry(m, n, mask);
    pt_entry *e = PT_PUSH(m->c->arena, &m->entries);
    if (!e) {
        m->c->full = true;
        return 0;
    }
    *e = known ? *known : new_entry(m, n, mask);
    return (uint32_t)m->entries.n - 1;
}

// NOLINTEND(misc-no-recursion)
