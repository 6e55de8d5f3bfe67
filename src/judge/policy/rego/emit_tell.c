// Instructions that tell what happens, for --explain, --profile, --coverage and tests.
//
// A literal that is told of becomes
//
//         hit = false, tell EVAL
//         the literal                       fails to `failed`
//         hit = true, go on
// again:  tell AGAIN, back into the literal  a later failure comes here
// failed: unless hit, tell FAIL              then on to where it would have failed
#include "judge/policy/rego/emit.h"

static pt_location place_of(pt_loc loc) {
    return (pt_location){loc.source ? loc.source->file : (pt_str){NULL, 0}, loc.row, loc.column};
}

static uint32_t new_mark(pt_emitter *m, pt_loc loc, bool scope, pt_str name) {
    pt_mark *k = PT_PUSH(m->c->arena, &m->marks);
    if (!k) {
        m->c->full = true;
        return 0;
    }
    *k = (pt_mark){.place = place_of(loc),
                   .written = pt_loc_text(loc),
                   .scope = scope,
                   .name = name,
                   .depth = m->depth};
    return (uint32_t)m->marks.n - 1;
}

static pt_insn *tell(pt_emitter *m, pt_told told, uint32_t mark) {
    pt_insn *i = pt_emit_insn(m, PT_OP_TELL, mark, 0, 0);
    i->n = (uint16_t)told;
    return i;
}

static void set(pt_emitter *m, uint32_t reg, bool v) {
    pt_emit_insn(m, PT_OP_MOVE, reg, pt_emit_const(m, pt_bool(v)), 0);
}

// -- rules and bodies -----------------------------------------------------------------------------

static pt_tell_scope enter(pt_emitter *m, uint32_t depth, pt_loc loc, pt_str name) {
    pt_tell_scope around = {m->scope, m->depth};
    m->depth = depth;
    m->scope = new_mark(m, loc, true, name);
    tell(m, PT_TOLD_ENTER, m->scope);
    return around;
}

pt_tell_scope pt_tell_rule(pt_emitter *m, pt_loc head, pt_str name) {
    return m->c->opts.tell ? enter(m, 0, head, name) : (pt_tell_scope){0};
}

// From the first literal to the end of the last; they may have been put in another order.
static pt_loc body_loc(const pt_body *b) {
    pt_loc loc = b->v[0]->loc;
    uint32_t end = loc.at + loc.n;
    for (size_t i = 1; i < b->n; i++) {
        pt_loc l = b->v[i]->loc;
        if (l.source != loc.source)
            continue;
        end = l.at + l.n > end ? l.at + l.n : end;
        loc = l.at < loc.at ? l : loc;
    }
    loc.n = end - loc.at;
    return loc;
}

pt_tell_scope pt_tell_body(pt_emitter *m, const pt_body *b) {
    if (!m->c->opts.tell || !b->n)
        return (pt_tell_scope){m->scope, m->depth};
    return enter(m, m->depth + 1, body_loc(b), (pt_str){NULL, 0});
}

void pt_tell_answer(pt_emitter *m) {
    if (m->c->opts.tell)
        tell(m, PT_TOLD_EXIT, m->scope);
}

void pt_tell_again(pt_emitter *m) {
    if (m->c->opts.tell)
        tell(m, PT_TOLD_AGAIN, m->scope);
}

void pt_tell_leave(pt_emitter *m, pt_tell_scope around) {
    m->scope = around.mark;
    m->depth = around.depth;
}

// -- literals -------------------------------------------------------------------------------------

pt_tell_literal pt_tell_begin(pt_emitter *m, const pt_expr *e) {
    pt_tell_literal t = {.outer = m->fail,
                         .failed = pt_emit_label(m),
                         .hit = pt_emit_reg(m),
                         .mark = new_mark(m, e->loc, false, (pt_str){NULL, 0}),
                         .around = m->literal,
                         .watched = m->watched.n,
                         .trail = m->trail.n};
    if (m->marks.n) {
        m->marks.v[t.mark].made = e->made;
        m->marks.v[t.mark].every = e->kind == PT_EXPR_EVERY;
    }
    t.regs = m->regs;
    m->literal = t.mark;
    m->loc = e->loc;
    set(m, t.hit, false);
    t.reset = m->insns.n;
    pt_emit_insn(m, PT_OP_RESET, 0, 0, 0);
    tell(m, PT_TOLD_EVAL, t.mark);
    m->fail = t.failed;
    return t;
}

static bool bound_before(const pt_emitter *m, const pt_tell_literal *t, const pt_sym *s) {
    for (size_t i = 0; i < t->trail && i < m->trail.n; i++)
        if (m->trail.v[i] == s)
            return true;
    return false;
}

// Registers that the literal sets are unknown until it does.
static void reset(pt_emitter *m, const pt_tell_literal *t) {
    uint32_t n = 0;
    uint32_t list = (uint32_t)m->lists.n;
    for (size_t i = t->watched; i < m->watched.n && n < UINT16_MAX; i++) {
        const pt_watched *w = &m->watched.v[i];
        if (w->reg < t->regs && (!w->sym || bound_before(m, t, w->sym)))
            continue;
        (void)pt_emit_list(m, &w->reg, 1);
        n++;
    }
    if (m->c->full)
        return;
    m->insns.v[t->reset].b = list;
    m->insns.v[t->reset].n = (uint16_t)n;
}

static void fail_with_values(pt_emitter *m, const pt_tell_literal *t) {
    size_t n = m->watched.n - t->watched;
    n = n < PT_MARK_VALUES_MAX ? n : PT_MARK_VALUES_MAX;
    pt_mark_value *values = PT_NEW(m->c->arena, pt_mark_value, n);
    uint32_t list = (uint32_t)m->lists.n;
    m->c->full |= !values;
    for (size_t i = 0; i < n && !m->c->full; i++) {
        const pt_watched *w = &m->watched.v[t->watched + i];
        values[i] = (pt_mark_value){pt_loc_text(w->loc), w->loc.row, w->loc.column};
        (void)pt_emit_list(m, &w->reg, 1);
    }
    if (m->c->full)
        return;
    m->marks.v[t->mark].values = values;
    m->marks.v[t->mark].n = (uint32_t)n;
    tell(m, PT_TOLD_FAIL, t->mark)->b = list;
}

void pt_tell_end(pt_emitter *m, const pt_tell_literal *t) {
    uint32_t on = pt_emit_label(m);
    uint32_t again = pt_emit_label(m);
    uint32_t never = pt_emit_label(m);
    uint32_t inside = m->fail;
    set(m, t->hit, true);
    pt_emit_jump(m, on);
    pt_emit_place(m, again);
    tell(m, PT_TOLD_AGAIN, t->mark);
    pt_emit_jump(m, inside);
    pt_emit_place(m, t->failed);
    pt_emit_insn(m, PT_OP_TRUE, 0, t->hit, 0)->fail = never;
    pt_emit_jump(m, t->outer);
    pt_emit_place(m, never);
    fail_with_values(m, t);
    pt_emit_jump(m, t->outer);
    pt_emit_place(m, on);
    reset(m, t);
    m->watched.n = t->watched;
    m->literal = t->around;
    m->fail = again;
}

void pt_tell_watch(pt_emitter *m, const pt_term *t, uint32_t reg) {
    bool shown = t->kind == PT_TERM_VAR || t->kind == PT_TERM_REF || pt_term_closure(t);
    if (!m->c->opts.tell || !shown || reg & PT_OPERAND_CONST || !t->loc.source || !t->loc.n)
        return;
    for (size_t i = 0; i < m->watched.n; i++)
        if (m->watched.v[i].reg == reg && m->watched.v[i].loc.at == t->loc.at)
            return;
    pt_watched *w = PT_PUSH(m->c->arena, &m->watched);
    if (w)
        *w = (pt_watched){t->loc, t->kind == PT_TERM_VAR ? t->sym : NULL, reg};
    else
        m->c->full = true;
}

void pt_tell_value(pt_emitter *m, pt_told told, uint32_t operand) {
    uint32_t list = pt_emit_list(m, &operand, 1);
    tell(m, told, m->c->opts.tell ? m->literal : new_mark(m, m->loc, false, (pt_str){NULL, 0}))->b =
        list;
}
