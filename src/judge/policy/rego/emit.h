// Making instructions; what the sources of emit*.c share.
#pragma once

#include "judge/policy/rego/impl.h"

typedef struct pt_emit_input { // an input path that a register holds
    const pt_term *ref;
    uint32_t reg;
} pt_emit_input;

typedef struct pt_watched { // a term, and the register that holds what it is worth
    pt_loc loc;
    const pt_sym *sym; // of a variable
    uint32_t reg;
} pt_watched;

typedef struct pt_emitter {
    pt_compiler *c;
    PT_VEC(pt_insn) insns; // `fail` is a label until pt_emit_chunk
    PT_VEC(pt_location) places;
    PT_VEC(pt_value) consts;
    PT_VEC(uint32_t) lists;
    PT_VEC(pt_with_plan) withs;
    PT_VEC(pt_rule_index) indexes;
    PT_VEC(pt_entry) entries;      // without code until pt_emit_entries, but those of the program
    const pt_node *nodes;          // by id
    PT_VEC(uint32_t) labels;       // where they are
    PT_VEC(pt_sym *) trail;        // what became bound, in order
    PT_VEC(pt_emit_input) hoisted; // of the clause
    PT_VEC(uint32_t) tables;       // registers of groupings, of the clause
    uint32_t clause_fail;          // label: where the clause ends; elsewhere, a loop is open
    PT_VEC(pt_mark) marks;
    PT_VEC(pt_watched) watched; // of the literals that are being told of
    uint32_t literal;           // … of the literal that is being told of
    uint32_t scope;             // mark of the rule or body around
    uint32_t depth;             // of bodies around
    uint32_t withs_around;      // literals with `with` that are being emitted
    pt_loc loc;                 // of what is being emitted
    uint32_t fail;              // label: where it goes on if something fails
    bool query;                 // `==` of a query is a call, not a unification
    pt_insn nowhere;            // what is written to when the arena is full
    uint32_t regs, regs_max;    // of the clause; of the procedure
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
// variables. Terms stay as they are, what comes back is a copy: a rule is compiled for its document
// and again for known keys of it.
pt_term *pt_emit_hoist(pt_emitter *m, pt_term *t);
pt_term *pt_emit_hoist_items(pt_emitter *m, pt_term *t, size_t first); // of t, from that one on
pt_term *pt_emit_copy(pt_emitter *m, pt_term *t);                      // with the same items

// -- emit_part.c: parts of partial rules' documents
// At how many steps below the node keys are looked up: 0 unless its rules are partial.
uint32_t pt_emit_keys_of(pt_rule_node *n);
// The number of the entry for these keys (bit k: the k-th step is known).
uint32_t pt_emit_entry(pt_emitter *m, pt_rule_node *n, uint32_t mask);

void pt_emit_unify(pt_emitter *m, pt_term *a, pt_term *b);
void pt_emit_match(pt_emitter *m, pt_term *t, uint32_t from); // binds what is unbound

void pt_emit_body(pt_emitter *m, pt_body *b);

// -- emit_tell.c: instructions that tell what happens; without opts.tell they are not made
// ---------

// Begin to tell of a rule or a body; pt_tell_answer says that it has an answer, pt_tell_again that
// it is asked for more.
typedef struct pt_tell_scope {
    uint32_t mark, depth;
} pt_tell_scope;
pt_tell_scope pt_tell_rule(pt_emitter *m, pt_loc head, pt_str name);
pt_tell_scope pt_tell_body(pt_emitter *m, const pt_body *b);
void pt_tell_answer(pt_emitter *m);
void pt_tell_again(pt_emitter *m);
void pt_tell_leave(pt_emitter *m, pt_tell_scope around);

// Tell of a literal: between these two it is emitted.
typedef struct pt_tell_literal {
    uint32_t mark, hit;     // the register: did it have an answer?
    uint32_t outer, failed; // labels
    uint32_t around;        // mark of the literal around
    uint32_t regs;          // the first register of its own
    size_t reset, watched, trail;
} pt_tell_literal;
pt_tell_literal pt_tell_begin(pt_emitter *m, const pt_expr *e);
void pt_tell_end(pt_emitter *m, const pt_tell_literal *t);

// The register holds what the term is worth.
void pt_tell_watch(pt_emitter *m, const pt_term *t, uint32_t reg);

// Tell of the value of an operand: NOTE or CASE.
void pt_tell_value(pt_emitter *m, pt_told told, uint32_t operand);

// Read the input paths of the clause's loops, before its body; and is this one of them?
void pt_emit_hoist_inputs(pt_emitter *m, const pt_body *b);
bool pt_emit_hoisted(const pt_emitter *m, const pt_term *ref, uint32_t *ret);
