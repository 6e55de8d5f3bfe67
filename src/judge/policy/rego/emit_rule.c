// Procedures: one for each node of the tree where rules stand, and one for a query.
#include "judge/policy/rego/emit_rule.h"

pt_emit_frame pt_emit_frame_of(pt_emitter *m, uint32_t args, pt_str name) {
    pt_emit_frame f = {args, args, args + 1, args + 2, args + 3, name};
    m->regs = m->regs_max = f.first;
    m->hoisted.n = 0;
    m->fail = 0;
    return f;
}

void pt_emit_clause_begin(pt_emitter *m, const pt_emit_frame *f) {
    m->c->epoch++;
    m->trail.n = 0;
    m->hoisted.n = 0;
    m->tables.n = 0;
    m->regs = f->first;
}

size_t pt_emit_tables_begin(pt_emitter *m, const pt_rule *r) {
    m->clause_fail = m->fail;
    size_t at = m->insns.n;
    if (r->grouped)
        pt_emit_insn(m, PT_OP_RESET, 0, 0, 0);
    return at;
}

void pt_emit_tables_end(pt_emitter *m, const pt_rule *r, size_t at) {
    if (!r->grouped || m->c->full)
        return;
    m->insns.v[at].b = pt_emit_list(m, m->tables.v, m->tables.n);
    m->insns.v[at].n = (uint16_t)m->tables.n;
}

// The head of this rule, which its `else` shares.
static void match_args(pt_emitter *m, const pt_rule *rule) {
    for (size_t i = 0; i < rule->args.n; i++)
        pt_emit_match(m, rule->args.v[i], (uint32_t)i);
}

// -- complete rules and functions -----------------------------------------------------------------

// Do all candidates give the same scalar, so that the first answer is the answer?
static bool one_value(const pt_rule_node *n) {
    const pt_term *first = NULL;
    for (size_t i = 0; i < n->rules.n; i++)
        for (const pt_rule *r = n->rules.v[i]; r; r = r->orelse) {
            if (r->is_default)
                continue;
            if (!pt_term_scalar(r->value) || (first && !pt_eq(first->value, r->value->value)))
                return false;
            first = r->value;
        }
    return first != NULL;
}

static void emit_clause(pt_emitter *m, const pt_rule *rule, pt_rule *r, const pt_emit_frame *f,
                        uint16_t how) {
    pt_emit_clause_begin(m, f);
    m->loc = r->loc;
    size_t tables = pt_emit_tables_begin(m, r);
    pt_tell_scope around = pt_tell_rule(m, r->head_loc, f->name);
    match_args(m, rule);
    pt_emit_hoist_inputs(m, &r->body);
    pt_emit_body(m, &r->body);
    uint32_t value = pt_emit_term(m, r->value, PT_OPERAND_NONE);
    m->loc = r->loc;
    pt_tell_answer(m);
    pt_emit_insn(m, PT_OP_YIELD, f->result, value, 0)->n = how;
    if (rule->orelse)
        pt_emit_insn(m, PT_OP_MOVE, f->hit, pt_emit_const(m, pt_bool(true)), 0);
    pt_tell_again(m);
    pt_tell_leave(m, around);
    pt_emit_jump(m, m->fail);
    pt_emit_tables_end(m, r, tables);
}

// A rule and its else branches: the next one runs if this one gave nothing.
static void emit_chain(pt_emitter *m, pt_rule *rule, const pt_emit_frame *f, uint16_t how,
                       uint32_t next) {
    if (rule->orelse)
        pt_emit_insn(m, PT_OP_MOVE, f->hit, pt_emit_const(m, pt_bool(false)), 0);
    for (pt_rule *r = rule; r; r = r->orelse) {
        uint32_t over = r->orelse ? pt_emit_label(m) : next;
        m->fail = over;
        emit_clause(m, rule, r, f, how);
        if (!r->orelse)
            break;
        uint32_t orelse = pt_emit_label(m);
        pt_emit_place(m, over);
        pt_emit_insn(m, PT_OP_TRUE, 0, f->hit, 0)->fail = orelse;
        pt_emit_jump(m, next);
        pt_emit_place(m, orelse);
    }
}

static void emit_default(pt_emitter *m, pt_rule *r, const pt_emit_frame *f) {
    if (!r)
        return;
    uint32_t missing = pt_emit_label(m);
    uint32_t done = pt_emit_label(m);
    pt_emit_clause_begin(m, f);
    m->fail = missing;
    pt_emit_insn(m, PT_OP_DEFINED, 0, f->result, 0);
    pt_emit_jump(m, done);
    pt_emit_place(m, missing);
    m->fail = done;
    size_t tables = pt_emit_tables_begin(m, r);
    pt_tell_scope around = pt_tell_rule(m, r->head_loc, f->name);
    match_args(m, r);
    pt_emit_body(m, &r->body);
    uint32_t value = pt_emit_term(m, r->value, PT_OPERAND_NONE);
    pt_tell_answer(m);
    pt_tell_leave(m, around);
    pt_emit_insn(m, PT_OP_MOVE, f->result, value, 0);
    pt_emit_tables_end(m, r, tables);
    pt_emit_place(m, done);
}

// The clauses of a node, without its default.
static size_t clauses_of(pt_emitter *m, pt_rule_node *n, pt_rule ***ret, pt_rule **ret_default) {
    size_t k = 0;
    *ret_default = NULL;
    *ret = PT_NEW(m->c->arena, pt_rule *, n->rules.n);
    m->c->full |= !*ret;
    for (size_t i = 0; *ret && i < n->rules.n; i++)
        if (n->rules.v[i]->is_default)
            *ret_default = n->rules.v[i];
        else
            (*ret)[k++] = n->rules.v[i];
    return k;
}

// p.b := v beside p[x] := w
static bool part_of_partial(const pt_rule_node *n) {
    for (const pt_rule_node *up = n->parent; up && !n->function; up = up->parent)
        if (up->open)
            return true;
    return false;
}

static void emit_complete(pt_emitter *m, pt_rule_node *n, pt_emit_frame *f) {
    bool part = part_of_partial(n);
    uint16_t how = n->function ? PT_YIELD_FUNCTION : part ? PT_YIELD_KEY : PT_YIELD_RULE;
    if (one_value(n))
        how |= PT_YIELD_LAST;
    pt_rule *fallback;
    pt_rule **clauses;
    size_t count = clauses_of(m, n, &clauses, &fallback);
    pt_indexer ix;
    pt_emit_insn(m, PT_OP_MOVE, f->result, pt_emit_const(m, pt_undefined()), 0);
    pt_rule_index_begin(m, &ix, clauses, count);
    f->first = m->regs;
    for (size_t i = 0; i < count; i++) {
        uint32_t next = ix.key ? ix.next : pt_emit_label(m);
        pt_rule_index_clause(m, &ix);
        emit_chain(m, clauses[i], f, how, next);
        if (!ix.key)
            pt_emit_place(m, next);
    }
    pt_rule_index_end(m, &ix);
    emit_default(m, part ? NULL : fallback, f); // OPA asks for none there
    pt_emit_insn(m, PT_OP_RETURN, f->result, 0, 0);
}

// -- the program ----------------------------------------------------------------------------------

static bool set_node(const pt_rule_node *n) {
    const pt_rule *r = n->rules.v[0];
    size_t steps = r->ref->kind == PT_TERM_REF ? r->ref->items.n : 1;
    return !r->value && r->ground == steps && !n->open;
}

static void emit_proc(pt_emitter *m, pt_rule_node *n, pt_node *out) {
    uint32_t args = n->function ? (uint32_t)n->rules.v[0]->args.n : 0;
    pt_emit_frame f = pt_emit_frame_of(m, args, out->name);
    m->loc = n->rules.v[0]->loc;
    out->proc.start = (uint32_t)m->insns.n;
    out->proc.args = args;
    if (n->open || set_node(n))
        pt_emit_partial(m, n, &f);
    else
        emit_complete(m, n, &f);
    out->proc.regs = m->regs_max;
}

static pt_str node_name(pt_compiler *c, const pt_node *parent, pt_value key) {
    char room[PT_NUMBER_ROOM];
    pt_str text = key.tag == PT_STRING ? pt_text(key) : pt_number_text(key, room);
    return pt_arena_printf(c->arena, "%.*s.%.*s", PT_PRI(parent->name), PT_PRI(text));
}

static void fill_nodes(pt_compiler *c, pt_node *nodes) {
    for (size_t i = 0; i < c->nodes.n; i++) {
        const pt_rule_node *n = c->nodes.v[i];
        const pt_node *parent = n->parent ? &nodes[n->parent->id] : NULL;
        nodes[i].key = n->key;
        nodes[i].parent = n->parent ? n->parent->id : 0;
        nodes[i].first = n->kids.n ? n->kids.v[0]->id : 0;
        nodes[i].n = (uint32_t)n->kids.n;
        nodes[i].depth = parent ? parent->depth + 1 : 0;
        nodes[i].has_proc = n->rules.n > 0;
        nodes[i].function = n->function;
        nodes[i].open = n->open;
        nodes[i].says = n->says;
        nodes[i].multi = n->rules.n > 0 && set_node(n);
        nodes[i].name = parent ? node_name(c, parent, n->key) : PT_STR("data");
    }
}

// Programs that tell have marks for what queries may ask for, too: coverage counts those of rules.
static void ask_for_all(pt_emitter *m) {
    for (size_t i = 0; i < m->c->nodes.n && !m->c->full; i++) {
        uint32_t keys = pt_emit_keys_of(m->c->nodes.v[i]);
        for (uint32_t k = 1; k <= keys; k++)
            (void)pt_emit_entry(m, m->c->nodes.v[i], (1u << k) - 1);
    }
}

// What others would notice, if it was called once more.
static bool reaches_out(const pt_compiler *c) {
    for (size_t i = 0; i < c->fns.n; i++) {
        pt_str name = pt_str_of(c->fns.v[i]->name);
        if (pt_str_eqz(name, "http.send") || pt_str_eqz(name, "net.lookup_ip_addr") ||
            pt_fn_own_find(&c->opts.own, name))
            return true;
    }
    return false;
}

static bool prints(const pt_emitter *m) {
    for (size_t i = 0; i < m->insns.n; i++)
        if (m->insns.v[i].op == PT_OP_PRINT)
            return true;
    return false;
}

void pt_emit_program(pt_compiler *c) {
    pt_program *p = PT_NEW(c->arena, pt_program, 1);
    pt_node *nodes = PT_NEW(c->arena, pt_node, c->nodes.n);
    if (!p || !nodes) {
        c->full = true;
        return;
    }
    pt_find_remembered(c);
    fill_nodes(c, nodes);
    pt_emitter m = {.c = c, .nodes = nodes};
    (void)pt_emit_label(&m);
    for (size_t i = 0; i < c->nodes.n && !c->full; i++)
        if (c->nodes.v[i]->rules.n > 0)
            emit_proc(&m, c->nodes.v[i], &nodes[i]);
    if (c->opts.tell)
        ask_for_all(&m);
    pt_emit_entries(&m);
    const pt_chunk *chunk = pt_emit_chunk(&m);
    for (size_t i = 0; i < c->nodes.n; i++)
        nodes[i].proc.code = chunk;
    *p = (pt_program){.arena = c->arena,
                      .nodes = nodes,
                      .n_nodes = (uint32_t)c->nodes.n,
                      .fns = c->fns.v,
                      .n_fns = (uint32_t)c->fns.n,
                      .entries = m.entries.v,
                      .n_entries = (uint32_t)m.entries.n,
                      .prints = prints(&m),
                      .reaches_out = reaches_out(c),
                      .marks = m.marks.v,
                      .n_marks = (uint32_t)m.marks.n};
    c->program = p;
}

// -- queries --------------------------------------------------------------------------------------

typedef struct chosen {
    pt_compiler *c;
    PT_VEC(pt_sym *) v;
} chosen;

static void choose(void *to, pt_sym *s) {
    chosen *ch = to;
    if (s->wildcard || (s->made && !s->from))
        return;
    for (size_t i = 0; i < ch->v.n; i++)
        if (ch->v.v[i] == s)
            return;
    pt_sym **slot = PT_PUSH(ch->c->arena, &ch->v);
    if (slot)
        *slot = s;
    else
        ch->c->full = true;
}

static void emit_answer(pt_emitter *m, const chosen *ch, const pt_captures *captures, pt_query *q) {
    uint32_t *regs = PT_NEW(m->c->arena, uint32_t, ch->v.n + captures->n);
    pt_str *names = PT_NEW(m->c->arena, pt_str, ch->v.n);
    pt_query_expr *exprs = PT_NEW(m->c->arena, pt_query_expr, captures->n);
    if (!regs || !names || !exprs) {
        m->c->full = true;
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < ch->v.n; i++) {
        const pt_sym *s = ch->v.v[i];
        if (!pt_emit_bound(m, s))
            continue;
        regs[n] = s->var;
        names[n++] = s->from ? s->from->name : s->name;
    }
    q->vars = names;
    q->n_vars = n;
    for (size_t i = 0; i < captures->n; i++) {
        const pt_captured *k = &captures->v[i];
        exprs[i] = (pt_query_expr){pt_loc_text(k->loc), k->loc.row, k->loc.column, PT_OPERAND_NONE};
        if (!k->var || !pt_emit_bound(m, k->var))
            continue;
        exprs[i].value = (uint32_t)n;
        regs[n++] = k->var->var;
    }
    q->exprs = exprs;
    q->n_exprs = captures->n;
    pt_emit_insn(m, PT_OP_ANSWER, 0, pt_emit_list(m, regs, n), 0)->n = (uint16_t)n;
}

const pt_query *pt_emit_query(pt_compiler *c, pt_body *body, const pt_captures *captures) {
    pt_query *q = PT_NEW(c->arena, pt_query, 1);
    pt_proc *proc = PT_NEW(c->arena, pt_proc, 1);
    if (!q || !proc) {
        c->full = true;
        return NULL;
    }
    chosen ch = {.c = c};
    pt_walk_body(c, body, PT_SKIP_CLOSURES, choose, &ch);
    pt_emitter m = {.c = c, .query = true, .nodes = c->program->nodes};
    (void)pt_emit_label(&m);
    c->epoch++;
    uint32_t done = m.fail = pt_emit_label(&m);
    uint32_t nothing = pt_emit_reg(&m);
    pt_tell_scope around = pt_tell_body(&m, body);
    pt_emit_body(&m, body);
    emit_answer(&m, &ch, captures, q);
    pt_tell_answer(&m);
    pt_tell_again(&m);
    pt_tell_leave(&m, around);
    pt_emit_jump(&m, m.fail);
    pt_emit_place(&m, done);
    pt_emit_insn(&m, PT_OP_RETURN, nothing, 0, 0);
    uint32_t regs = m.regs_max;
    pt_emit_entries(&m);
    *proc = (pt_proc){pt_emit_chunk(&m), 0, regs, 0};
    q->proc = proc;
    c->program->fns = c->fns.v;
    c->program->n_fns = (uint32_t)c->fns.n;
    return q;
}
