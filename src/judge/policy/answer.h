// Answers of queries as they are shown.
#pragma once

#include "judge/policy/eval.h"
#include "judge/policy/rego/compile.h"

// Not `_`, and not made by the compiler.
bool pt_answer_shown(pt_str var);

// Replace an answer by what is shown of it, as JSON has it: arrays for sets, texts for keys. False:
// the arena is full.
PT_CHECK bool pt_answer_as_json(pt_arena *a, const pt_query *q, const pt_value **answer);

// The variables of an answer that are shown, as an object. Undefined: the arena is full.
pt_value pt_answer_bindings(pt_arena *a, const pt_query *q, const pt_value *answer);

// What literal i is worth.
pt_value pt_answer_expression(const pt_query *q, size_t i, const pt_value *answer);

// `,\n      "stack_trace": [ … ]` behind a member of an error, as OPA's commands indent them;
// nothing where the trace is empty.
void pt_trace_put(pt_buf *b, const pt_trace *t);
