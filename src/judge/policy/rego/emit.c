// Instructions, labels, registers.
#include "judge/policy/rego/emit.h"

uint32_t pt_emit_label(pt_emitter *m) {
    uint32_t *l = PT_PUSH(m->c->arena, &m->labels);
    if (!l) {
        m->c->full = true;
        return 0;
    }
    *l = UINT32_MAX;
    return (uint32_t)m->labels.n - 1;
}

void pt_emit_place(pt_emitter *m, uint32_t label) {
    if (label < m->labels.n)
        m->labels.v[label] = (uint32_t)m->insns.n;
}

uint32_t pt_emit_reg(pt_emitter *m) {
    uint32_t r = m->regs++;
    if (m->regs > m->regs_max)
        m->regs_max = m->regs;
    return r;
}

uint32_t pt_emit_const(pt_emitter *m, pt_value v) {
    pt_value *slot = PT_PUSH(m->c->arena, &m->consts);
    if (!slot) {
        m->c->full = true;
        return PT_OPERAND_CONST;
    }
    *slot = v;
    return PT_OPERAND_CONST | (uint32_t)(m->consts.n - 1);
}

pt_insn *pt_emit_insn(pt_emitter *m, pt_op op, uint32_t a, uint32_t b, uint32_t c) {
    pt_insn *i = PT_PUSH(m->c->arena, &m->insns);
    pt_location *p = PT_PUSH(m->c->arena, &m->places);
    if (!i || !p) {
        m->c->full = true;
        return &m->nowhere;
    }
    *i = (pt_insn){.op = (uint16_t)op, .a = a, .b = b, .c = c, .fail = m->fail};
    pt_str file = m->loc.source ? m->loc.source->file : (pt_str){NULL, 0};
    *p = (pt_location){file, m->loc.row, m->loc.column};
    return i;
}

void pt_emit_jump(pt_emitter *m, uint32_t label) {
    pt_emit_insn(m, PT_OP_JUMP, 0, 0, 0)->fail = label;
}

uint32_t pt_emit_list(pt_emitter *m, const uint32_t *v, size_t n) {
    uint32_t at = (uint32_t)m->lists.n;
    for (size_t i = 0; i < n; i++) {
        uint32_t *slot = PT_PUSH(m->c->arena, &m->lists);
        if (!slot) {
            m->c->full = true;
            return 0;
        }
        *slot = v[i];
    }
    return at;
}

const pt_chunk *pt_emit_chunk(pt_emitter *m) {
    static const uint32_t none[1]; // `input` alone is a path of no keys: list 0 of no lists
    pt_chunk *chunk = PT_NEW(m->c->arena, pt_chunk, 1);
    if (!chunk || m->c->full) {
        m->c->full = true;
        return NULL;
    }
    for (size_t i = 0; i < m->insns.n; i++) {
        uint32_t label = m->insns.v[i].fail;
        m->insns.v[i].fail = label < m->labels.n ? m->labels.v[label] : 0;
    }
    for (size_t i = 0; i < m->indexes.n; i++) {
        uint32_t *starts = m->indexes.v[i].starts; // labels so far
        for (uint32_t k = 0; k < m->indexes.v[i].n_starts; k++)
            starts[k] = m->labels.v[starts[k]];
    }
    for (size_t i = 0; i < m->entries.n; i++)
        if (!m->entries.v[i].proc.code)
            m->entries.v[i].proc.code = chunk;
    *chunk = (pt_chunk){.insns = m->insns.v,
                        .places = m->places.v,
                        .consts = m->consts.v,
                        .lists = m->lists.n ? m->lists.v : none,
                        .withs = m->withs.v,
                        .indexes = m->indexes.v,
                        .entries = m->entries.v,
                        .marks = m->marks.v,
                        .n_insns = (uint32_t)m->insns.n,
                        .n_marks = (uint32_t)m->marks.n};
    return chunk;
}

bool pt_emit_bound(const pt_emitter *m, const pt_sym *s) {
    return s->var_epoch == m->c->epoch && s->bound;
}

uint32_t pt_emit_var(pt_emitter *m, pt_sym *s) {
    if (s->var_epoch != m->c->epoch) {
        s->var_epoch = m->c->epoch;
        s->bound = false;
        s->var = pt_emit_reg(m);
    }
    return s->var;
}

void pt_emit_bind(pt_emitter *m, pt_sym *s) {
    (void)pt_emit_var(m, s);
    s->bound = true;
    pt_sym **slot = PT_PUSH(m->c->arena, &m->trail);
    if (slot)
        *slot = s;
    else
        m->c->full = true;
}

void pt_emit_forget(pt_emitter *m, size_t trail) {
    while (m->trail.n > trail)
        m->trail.v[--m->trail.n]->bound = false;
}
