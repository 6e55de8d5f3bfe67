// How often the literals of each line were evaluated, and how long that took: --profile.
#pragma once

#include "judge/policy/eval.h"

typedef struct pt_profile_count { // of one mark
    int64_t ns;
    uint64_t evals, redos;
} pt_profile_count;

// The marks of a program and of a query, and what was counted for each.
typedef struct pt_profile_part {
    const pt_mark *marks;
    uint32_t n;
    pt_profile_count *counts;
} pt_profile_part;

typedef struct pt_profile {
    pt_profile_part parts[2]; // private
    int64_t since;            // when the literal began that runs now, of CLOCK_MONOTONIC
    pt_profile_count *running;
} pt_profile;

// Begin; counts live in `a`. False: it is full.
PT_CHECK bool pt_profile_begin(pt_arena *a, const pt_program *p, const pt_proc *query,
                               pt_profile *ret);
void pt_profile_hear(void *profile, const pt_eval_event *e); // pt_eval_opts.tell

typedef struct pt_profile_line {
    pt_location place; // of its first literal; without a file: the query's
    pt_str text;       // of that literal
    int64_t ns;
    uint64_t evals, redos;
    uint32_t literals; // that were evaluated; the compiler's too
} pt_profile_line;
typedef PT_VEC(pt_profile_line) pt_profile_lines;

// What to sort by.
typedef enum pt_profile_key {
    PT_PROFILE_NS,
    PT_PROFILE_EVALS,
    PT_PROFILE_REDOS,
    PT_PROFILE_LITERALS,
    PT_PROFILE_FILE,
    PT_PROFILE_LINE,
    PT_PROFILE_KEYS,
} pt_profile_key;
// total_time_ns, num_eval, num_redo, num_gen_expr, file, line. False: no such name.
bool pt_profile_key_of(pt_str name, pt_profile_key *ret);

// The lines with something evaluated, sorted by the keys, one behind another: numbers from the
// largest, places as they stand. False: the arena is full.
PT_CHECK bool pt_profile_end(pt_arena *a, pt_profile *p, const pt_profile_key *keys, size_t n,
                             pt_profile_lines *ret);
