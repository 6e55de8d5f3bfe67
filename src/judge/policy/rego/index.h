// Which clauses of a rule can hold at all, looked up by what most of them compare: an input path,
// or an argument, with constants. Clauses that are not looked up never run: as in OPA, they then
// cannot clash, print or fail.
#pragma once

#include "judge/policy/rego/emit.h"

typedef struct pt_indexer {
    pt_term *key;            // the ref or argument that is looked up; NULL: no index
    uint32_t arg;            // its number, if it is one; else PT_OPERAND_NONE
    PT_VEC(uint32_t) labels; // where each clause begins
    uint32_t next, end;      // labels: the next clause; after the last
    uint32_t table;          // number of the index in the chunk
} pt_indexer;

// Choose what to look up for `clauses`, and emit the look-up. Each clause must then begin with
// pt_rule_index_clause and go on to ix->next when it is through.
void pt_rule_index_begin(pt_emitter *m, pt_indexer *ix, pt_rule *const *clauses, size_t n);
void pt_rule_index_clause(pt_emitter *m, pt_indexer *ix);
void pt_rule_index_end(pt_emitter *m, pt_indexer *ix); // behind the last clause
