// Making instructions; what the sources of emit*.c share.
#pragma once

#include "judge/policy/rego/impl.h"

typedef struct pt_emit_input { // an input path that a register holds
    const pt_term *ref;
    uint32_t reg;
} pt_emit_input;

typedef struct pt_emitter {
    pt_compiler *c;
    PT_VEC(pt_insn) insns; // `fail` is a label until pt_emit_chunk
    PT_VEC(pt_location) places;
    PT_VEC(pt_value) consts;
    PT_VEC(uint32_t) lists;
    PT_VEC(pt_with_plan) withs;
    PT_VEC(pt_index) indexes;
    PT_VEC(uint32_t) labels;       // where they are
    PT_VEC(pt_sym *) trail;        // what became bound, in order
    PT_VEC(pt_emit_input) hoisted; // of the clause
    PT_VEC(uint32_t) tables;       // registers of groupings, of the clause
    uint32_t clause_fail;          // label: where the clause ends; elsewhere, a loop is open
    uint32_t withs_around;         // literals with `with` that are being emitted
    pt_loc loc;                    // of what is being emitted
    uint32_t fail;                 // label: where it goes on if something fails
    bool query;                    // `==` of a query is a call, not a unification
    pt_insn nowhere;               // what is written to when the arena is full
    uint32_t regs, regs_max;       // of the clause; of the procedure
} pt_emitter;

uint32_t pt_emit_label(pt_emitter *m);             // a new one, nowhere yet
void pt_emit_place(pt_emitter *m, uint32_t label); // it is here
uint32_t pt_emit_reg(pt_emitter *m);
uint32_t pt_emit_const(pt_emitter *m, pt_value v);
pt_insn *pt_emit_insn(pt_emitter *m, pt_op op, uint32_t a, uint32_t b, uint32_t c);
void pt_emit_jump(pt_emitter *m, uint32_t label);
uint32_t pt_emit_list(pt_emitter *m, const uint32_t *v, size_t n); // its offset
const pt_chunk *pt_emit_chunk(pt_emitter *m);                      // NULL: the arena is full

// The value of a term of constants.
pt_value pt_emit_fold(pt_emitter *m, const pt_term *t);

// Variables. A binding lasts until pt_emit_forget goes back behind it.
bool pt_emit_bound(const pt_emitter *m, const pt_sym *s);
uint32_t pt_emit_var(pt_emitter *m, pt_sym *s); // its register, bound or not
void pt_emit_bind(pt_emitter *m, pt_sym *s);
void pt_emit_forget(pt_emitter *m, size_t trail);

// Can the term be computed: are its variables bound? Brackets of refs need not be.
bool pt_emit_ready(const pt_emitter *m, const pt_term *t);

// Compute a term; gives its operand. `want` is the register that it shall go to, or
// PT_OPERAND_NONE: wherever it is. Loops over what is unbound in brackets stay open.
uint32_t pt_emit_term(pt_emitter *m, pt_term *t, uint32_t want);

// The operand of a VAR, computed before `not` is looked at: refs and comprehensions in `t` become
// variables.
pt_term *pt_emit_hoist(pt_emitter *m, pt_term *t);

void pt_emit_unify(pt_emitter *m, pt_term *a, pt_term *b);
void pt_emit_match(pt_emitter *m, pt_term *t, uint32_t from); // binds what is unbound

void pt_emit_body(pt_emitter *m, pt_body *b);

// Read the input paths of the clause's loops, before its body; and is this one of them?
void pt_emit_hoist_inputs(pt_emitter *m, const pt_body *b);
bool pt_emit_hoisted(const pt_emitter *m, const pt_term *ref, uint32_t *ret);
