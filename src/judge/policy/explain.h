// What happened in an evaluation, line by line: --explain.
#pragma once

#include "base/buf.h"
#include "judge/policy/eval.h"

typedef enum pt_explain_mode {
    PT_EXPLAIN_FULL,
    PT_EXPLAIN_NOTES, // what the function `trace` said, and how evaluation got there
    PT_EXPLAIN_FAILS, // the same of literals that had no answer
    PT_EXPLAIN_BOTH,
} pt_explain_mode;
bool pt_explain_mode_of(pt_str name, pt_explain_mode *ret); // full, notes, fails

typedef struct pt_explain_line {
    pt_told told;
    const pt_mark *mark;
    uint32_t depth; // from 1; of a rule that is entered, that of its caller
    pt_str note;    // of NOTE
} pt_explain_line;

typedef PT_VEC(pt_explain_line) pt_explain_lines;

enum {
    PT_EXPLAIN_LINES_MAX = 100000,
};

typedef struct pt_explain {
    // set by the caller
    pt_arena *arena; // lines live there
    pt_explain_mode mode;
    // what came of it
    pt_explain_lines lines;
    bool cut; // there is no more room, PT_EXPLAIN_LINES_MAX: the lines end too early
    // private
    PT_VEC(uint32_t) bases, at;   // by frame: the depth of its rule, of what was told last
    PT_VEC(pt_explain_line) path; // by depth: what was entered and not told yet
    size_t frames;
} pt_explain;

void pt_explain_hear(void *explain, const pt_eval_event *e); // pt_eval_opts.tell

// As a table without a head: place, then the event, further right the deeper it is.
// Bytes are shown safely for a terminal.
void pt_explain_write(pt_buf *b, const pt_explain *x);

// As Rego writes it: {"a", "b"} is a set, a text has its quotes; "undefined". What is long is cut.
// Bytes are shown safely for a terminal.
void pt_value_write(pt_buf *b, pt_value v);

// {"file": …, "row": …, "col": …}: a place as opa's JSON has it. Undefined: no room.
pt_value pt_location_value(pt_arena *a, const pt_location *p);

// [{"op": "enter", "depth": 1, "node": "data.a.p", "location": {…}}, …]. Undefined: no room.
pt_value pt_explain_value(pt_arena *a, const pt_explain *x);

// A literal's or rule's text on one line: each run of blanks with a line end in it is one blank.
void pt_mark_write(pt_buf *b, const pt_mark *m);
