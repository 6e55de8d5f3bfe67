// Procedures of rules; what emit_rule.c and emit_part.c share.
#pragma once

#include "judge/policy/rego/index.h"

// Registers of a procedure's frame behind its arguments; clauses begin behind `first`.
typedef struct pt_emit_frame {
    uint32_t args, result, gather, hit, first;
    pt_str name; // "data.a.p"
} pt_emit_frame;

// Begin a procedure of `args` arguments.
pt_emit_frame pt_emit_frame_of(pt_emitter *m, uint32_t args, pt_str name);

void pt_emit_clause_begin(pt_emitter *m, const pt_emit_frame *f);

// The tables of a clause's comprehensions are unknown when it begins. Gives the instruction's
// number, for pt_emit_tables_end.
size_t pt_emit_tables_begin(pt_emitter *m, const pt_rule *r);
void pt_emit_tables_end(pt_emitter *m, const pt_rule *r, size_t at);

// The document of a node with partial rules.
void pt_emit_partial(pt_emitter *m, pt_rule_node *n, pt_emit_frame *f);

// All entries that were asked for, and those that they ask for.
void pt_emit_entries(pt_emitter *m);
