// Procedures: one for each node of the tree where rules stand, and one for a query.
#include "judge/policy/rego/index.h"

// Registers of a procedure's frame behind its arguments; clauses begin behind `first`.
typedef struct frame {
    uint32_t args, result, gather, hit, first;
    pt_str name; // "data.a.p"
} frame;

static void begin_clause(pt_emitter *m, const frame *f) {
    m->c->epoch++;
    m->trail.n = 0;
    m->hoisted.n = 0;
    m->tables.n = 0;
    m->regs = f->first;
}

// The tables of a clause's comprehensions are unknown when it begins. Gives the instruction's
// number.
static size_t begin_tables(pt_emitter *m, const pt_rule *r) {
    m->clause_fail = m->fail;
    size_t at = m->insns.n;
    if (r->grouped)
        pt_emit_insn(m, PT_OP_RESET, 0, 0, 0);
    return at;
}

static void end_tables(pt_emitter *m, const pt_rule *r, size_t at) {
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

static void emit_clause(pt_emitter *m, const pt_rule *rule, pt_rule *r, const frame *f,
                        uint16_t how) {
    begin_clause(m, f);
    m->loc = r->loc;
    size_t tables = begin_tables(m, r);
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
    end_tables(m, r, tables);
}

// A rule and its else branches: the next one runs if this one gave nothing.
static void emit_chain(pt_emitter *m, pt_rule *rule, const frame *f, uint16_t how, uint32_t next) {
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

static void emit_default(pt_emitter *m, pt_rule *r, const frame *f) {
    if (!r)
        return;
    uint32_t missing = pt_emit_label(m);
    uint32_t done = pt_emit_label(m);
    begin_clause(m, f);
    m->fail = missing;
    pt_emit_insn(m, PT_OP_DEFINED, 0, f->result, 0);
    pt_emit_jump(m, done);
    pt_emit_place(m, missing);
    m->fail = done;
    size_t tables = begin_tables(m, r);
    pt_tell_scope around = pt_tell_rule(m, r->head_loc, f->name);
    match_args(m, r);
    pt_emit_body(m, &r->body);
    uint32_t value = pt_emit_term(m, r->value, PT_OPERAND_NONE);
    pt_tell_answer(m);
    pt_tell_leave(m, around);
    pt_emit_insn(m, PT_OP_MOVE, f->result, value, 0);
    end_tables(m, r, tables);
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

static void emit_complete(pt_emitter *m, pt_rule_node *n, frame *f) {
    uint16_t how = n->function ? PT_YIELD_FUNCTION : PT_YIELD_RULE;
    if (one_value(n))
        how |= PT_YIELD_LAST;
    pt_rule *fallback;
    pt_rule **clauses;
    size_t count = clauses_of(m, n, &clauses, &fallback);
    pt_indexer ix;
    pt_emit_insn(m, PT_OP_MOVE, f->result, pt_emit_const(m, pt_undefined()), 0);
    pt_index_begin(m, &ix, clauses, count);
    f->first = m->regs;
    for (size_t i = 0; i < count; i++) {
        uint32_t next = ix.key ? ix.next : pt_emit_label(m);
        pt_index_clause(m, &ix);
        emit_chain(m, clauses[i], f, how, next);
        if (!ix.key)
            pt_emit_place(m, next);
    }
    pt_index_end(m, &ix);
    emit_default(m, fallback, f);
    pt_emit_insn(m, PT_OP_RETURN, f->result, 0, 0);
}

// -- partial rules --------------------------------------------------------------------------------

static size_t ref_steps(const pt_rule *r) {
    return r->ref->kind == PT_TERM_REF ? r->ref->items.n : 1;
}

// One key and one value below the node, and nothing else: an object with clashes to find.
static bool plain_object(const pt_rule_node *n) {
    if (n->kids.n > 0)
        return false;
    for (size_t i = 0; i < n->rules.n; i++)
        if (ref_steps(n->rules.v[i]) != n->rules.v[i]->ground + 1 || !n->rules.v[i]->value ||
            n->rules.v[i]->orelse)
            return false;
    return true;
}

static void emit_path(pt_emitter *m, const pt_rule *r, const frame *f) {
    PT_VEC(uint32_t) path = {0};
    size_t steps = ref_steps(r);
    for (size_t i = r->ground; i <= steps; i++) {
        pt_term *t = i < steps ? r->ref->items.v[i] : r->value ? r->value : r->key;
        uint32_t *slot = PT_PUSH(m->c->arena, &path);
        if (!slot) {
            m->c->full = true;
            return;
        }
        *slot = pt_emit_term(m, t, PT_OPERAND_NONE);
    }
    uint32_t list = pt_emit_list(m, path.v, path.n);
    pt_emit_insn(m, PT_OP_PUT_PATH, f->gather, list, r->value ? PT_LEAF_VALUE : PT_LEAF_ITEM)->n =
        (uint16_t)path.n;
}

static void emit_partial(pt_emitter *m, pt_rule *r, const frame *f, bool plain, uint32_t next) {
    begin_clause(m, f);
    m->fail = next;
    m->loc = r->loc;
    size_t tables = begin_tables(m, r);
    pt_tell_scope around = pt_tell_rule(m, r->head_loc, f->name);
    pt_emit_hoist_inputs(m, &r->body);
    pt_emit_body(m, &r->body);
    m->loc = r->loc;
    size_t steps = ref_steps(r);
    if (plain) {
        uint32_t key = pt_emit_term(m, r->ref->items.v[steps - 1], PT_OPERAND_NONE);
        pt_emit_insn(m, PT_OP_PUT, f->gather, pt_emit_term(m, r->value, PT_OPERAND_NONE), key);
    } else if (r->ground == steps && r->key)
        pt_emit_insn(m, PT_OP_ADD, f->gather, pt_emit_term(m, r->key, PT_OPERAND_NONE), 0);
    else
        emit_path(m, r, f);
    pt_tell_answer(m);
    pt_tell_again(m);
    pt_tell_leave(m, around);
    pt_emit_jump(m, m->fail);
    end_tables(m, r, tables);
}

static bool set_node(const pt_rule_node *n) {
    const pt_rule *r = n->rules.v[0];
    return !r->value && r->ground == ref_steps(r) && !n->open;
}

static void emit_gathered(pt_emitter *m, pt_rule_node *n, frame *f) {
    bool plain = n->open && plain_object(n);
    // an undefined tag: a document of paths
    pt_tag tag = set_node(n) ? PT_SET : plain ? PT_OBJECT : PT_UNDEFINED;
    pt_emit_insn(m, PT_OP_GATHER, f->gather, (uint32_t)tag, 0);
    pt_indexer ix;
    pt_index_begin(m, &ix, n->rules.v, n->rules.n);
    f->first = m->regs;
    for (size_t i = 0; i < n->rules.n; i++) {
        uint32_t next = ix.key ? ix.next : pt_emit_label(m);
        pt_index_clause(m, &ix);
        emit_partial(m, n->rules.v[i], f, plain, next);
        if (!ix.key)
            pt_emit_place(m, next);
    }
    pt_index_end(m, &ix);
    if (tag == PT_UNDEFINED)
        pt_emit_insn(m, PT_OP_PUT_KIDS, f->gather, n->id, 0);
    pt_emit_insn(m, PT_OP_GATHERED, f->result, f->gather, 0);
    pt_emit_insn(m, PT_OP_RETURN, f->result, 0, 0);
}

// -- the program ----------------------------------------------------------------------------------

static void emit_proc(pt_emitter *m, pt_rule_node *n, pt_node *out) {
    uint32_t args = n->function ? (uint32_t)n->rules.v[0]->args.n : 0;
    frame f = {args, args, args + 1, args + 2, args + 3, out->name};
    m->regs = m->regs_max = f.first;
    m->hoisted.n = 0;
    m->fail = 0;
    m->loc = n->rules.v[0]->loc;
    out->proc.start = (uint32_t)m->insns.n;
    out->proc.args = args;
    if (n->open || set_node(n))
        emit_gathered(m, n, &f);
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
        nodes[i].multi = n->rules.n > 0 && set_node(n);
        nodes[i].name = parent ? node_name(c, parent, n->key) : PT_STR("data");
    }
}

void pt_emit_program(pt_compiler *c) {
    pt_program *p = PT_NEW(c->arena, pt_program, 1);
    pt_node *nodes = PT_NEW(c->arena, pt_node, c->nodes.n);
    if (!p || !nodes) {
        c->full = true;
        return;
    }
    fill_nodes(c, nodes);
    pt_emitter m = {.c = c};
    (void)pt_emit_label(&m);
    for (size_t i = 0; i < c->nodes.n && !c->full; i++)
        if (c->nodes.v[i]->rules.n > 0)
            emit_proc(&m, c->nodes.v[i], &nodes[i]);
    const pt_chunk *chunk = pt_emit_chunk(&m);
    for (size_t i = 0; i < c->nodes.n; i++)
        nodes[i].proc.code = chunk;
    *p = (pt_program){.arena = c->arena,
                      .nodes = nodes,
                      .n_nodes = (uint32_t)c->nodes.n,
                      .fns = c->fns.v,
                      .n_fns = (uint32_t)c->fns.n,
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
    pt_emitter m = {.c = c, .query = true};
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
    *proc = (pt_proc){pt_emit_chunk(&m), 0, m.regs_max, 0};
    q->proc = proc;
    c->program->fns = c->fns.v;
    c->program->n_fns = (uint32_t)c->fns.n;
    return q;
}
