// What the files of `paratia eval` share.
#pragma once

#include <stdatomic.h>

#include "cli/verb.h"
#include "judge/policy/capabilities.h"
#include "judge/policy/eval.h"
#include "judge/policy/explain.h"
#include "judge/policy/load.h"
#include "judge/policy/profile.h"
#include "judge/policy/rego/compile.h"
#include "judge/policy/rego/coverage.h"

// One error as it is shown.
typedef struct pt_eval_fault {
    pt_str message;
    const char *code; // "rego_parse_error"; NULL: none
    bool placed;      // file, row and column count
    pt_str file;
    uint32_t row, column;
    bool has_line; // of a parse error
    pt_str line;
    uint32_t caret;
    pt_str text; // as people read it: "a.rego:3: rego_parse_error: …"
    pt_trace trace;
} pt_eval_fault;

// How long a stage took.
typedef enum pt_eval_stage {
    PT_EVAL_LOAD_BUNDLES,
    PT_EVAL_LOAD_FILES,
    PT_EVAL_MODULE_COMPILE,
    PT_EVAL_QUERY_COMPILE,
    PT_EVAL_QUERY_EVAL,
    PT_EVAL_QUERY_PARSE,
    PT_EVAL_STAGES,
} pt_eval_stage;

typedef struct pt_eval_times {
    int64_t ns[PT_EVAL_STAGES]; // -1: it was not reached, or there was nothing to do
} pt_eval_times;

// What evaluation shall tell of itself.
typedef struct pt_eval_telling {
    bool explain, profile, coverage;
    pt_explain_mode mode;
    pt_profile_key keys[PT_PROFILE_KEYS]; // to sort by
    size_t n_keys;
    int64_t lines_max; // of the profile
} pt_eval_telling;

// What it told.
typedef struct pt_eval_told {
    const pt_eval_telling *telling;
    pt_explain explain;
    pt_profile profile;
    pt_profile_lines lines;
    pt_coverage coverage;
    pt_value report;
} pt_eval_told;

// What was asked.
typedef struct pt_eval_job {
    const pt_args *args;
    pt_str query;
    pt_value input;                      // undefined: none
    const pt_load_trust *trust;          // NULL: signatures of bundles are not looked at
    const pt_capabilities *capabilities; // NULL: all that there is
    size_t bytes_max;
    const atomic_bool *cancel;
    const struct pt_net *net; // NULL: none
    pt_eval_telling telling;
    pt_machine *machine;
} pt_eval_job;

// What came of it. Everything lives in `arena` but what is said of faults, which has to be said
// when that is full: it lives in `spare`.
typedef struct pt_eval_outcome {
    pt_arena *arena, *spare;
    PT_VEC(pt_eval_fault) faults;
    size_t n_soft;         // so many of the faults are errors of functions, which end nothing
    const pt_query *query; // NULL: there were faults before it was compiled
    pt_answers answers;    // as JSON has them
    pt_eval_times times;
    pt_eval_told told;
    pt_load_names unverified; // bundles, as pt_load says it
} pt_eval_outcome;

// -- eval_run.c: load, compile, evaluate ----------------------------------------------------------
void pt_eval_run(const pt_eval_job *j, pt_eval_outcome *o);

// -- eval_error.c ---------------------------------------------------------------------------------
void pt_eval_add_plain(pt_eval_outcome *o, pt_str message);
void pt_eval_add_diagnostics(pt_eval_outcome *o, const pt_diagnostics *d, size_t from, size_t to);
void pt_eval_add_load(pt_eval_outcome *o, const pt_load *l);
void pt_eval_add_error(pt_eval_outcome *o, const pt_eval_error *e);
void pt_eval_put_errors_json(pt_buf *b, const pt_eval_outcome *o);
void pt_eval_put_errors_text(pt_buf *b, const pt_eval_outcome *o);

// -- eval_output.c --------------------------------------------------------------------------------
// A format: what it shows of an outcome, results and perhaps errors in `out`, or errors in `err`;
// then the times of n runs; then its end.
typedef struct pt_eval_format {
    const char *name;
    void (*write)(pt_buf *out, pt_buf *err, const pt_eval_outcome *o);
    void (*metrics)(pt_buf *out, const pt_eval_times *times, size_t n); // NULL: shows none
    void (*told)(pt_buf *out, pt_arena *a, const pt_eval_told *t);      // likewise
    void (*end)(pt_buf *out, bool defined);                             // NULL: nothing follows
} pt_eval_format;
const pt_eval_format *pt_eval_format_of(const char *name); // NULL: there is none

// A value over several lines, HTML-safe; those behind the first begin with `indent` blanks.
void pt_eval_put_value(pt_buf *b, pt_value v, size_t indent);

// A value as compact JSON, HTML-safe.
void pt_eval_put_compact(pt_buf *b, pt_value v);

// -- eval_table.c: format pretty ------------------------------------------------------------------
void pt_eval_put_pretty(pt_buf *out, const pt_eval_outcome *o);

// -- eval_times.c: metrics ------------------------------------------------------------------------
void pt_eval_put_metrics_json(pt_buf *out, const pt_eval_times *times, size_t n);
void pt_eval_put_metrics_table(pt_buf *out, const pt_eval_times *times, size_t n);

// -- eval_told.c: --explain, --profile, --coverage
// -------------------------------------------------
PT_CHECK pt_code pt_eval_telling_read(const pt_args *args, pt_eval_telling *ret, pt_err *e);
bool pt_eval_telling_any(const pt_eval_telling *t);

// Around an evaluation; false: the arena is full.
PT_CHECK bool pt_eval_told_begin(const pt_eval_telling *t, pt_arena *a, const pt_program *p,
                                 const pt_proc *query, pt_eval_told *ret);
void pt_eval_told_hear(void *told, const pt_eval_event *e);
PT_CHECK bool pt_eval_told_end(pt_arena *a, pt_eval_told *t);

void pt_eval_told_json(pt_buf *out, pt_arena *a, const pt_eval_told *t);
void pt_eval_told_pretty(pt_buf *out, pt_arena *a, const pt_eval_told *t); // without what explains
