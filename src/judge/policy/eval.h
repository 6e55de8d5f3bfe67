// Evaluation of compiled policies.
#pragma once

#include "judge/policy/program.h"

enum {
    PT_TRACE_MAX = 64, // calls; of deeper ones the outermost are left out
};

// How evaluation got to a place: that place, then those of the calls and references that led there,
// the query's last. Comprehensions are part of the rule that they stand in.
typedef struct pt_trace {
    const pt_location *v;
    uint32_t n;
} pt_trace;

// What went wrong while a policy was evaluated; codes as OPA names them.
typedef struct pt_eval_error {
    const char *code; // "eval_conflict_error"; NULL: nothing went wrong
    pt_str message;
    pt_location place;
    pt_trace trace; // empty: it is not known
} pt_eval_error;

// What an evaluation needs room for: registers, frames, what is being gathered. One per thread,
// used again and again; making one costs more than most evaluations.
typedef struct pt_machine pt_machine;
pt_machine *pt_machine_new(void);    // NULL: no memory
void pt_machine_free(pt_machine *m); // NULL is fine

// Something that evaluation tells; it is gone when the call is over.
typedef struct pt_eval_event {
    pt_told told;
    const pt_mark *mark;
    size_t frame;           // how deep rules call one another here
    const pt_value *values; // as many as the mark has, of FAIL; one, of NOTE and CASE
} pt_eval_event;

// Documents that are known already, from other programs or other rounds: share.h says which. What
// prints, tells, hears of faults or is strict about errors of built-ins neither asks nor adds any.
typedef struct pt_shared {
    const uint32_t *slots; // pt_sharer.ret_slots; NULL: there are none
    struct pt_shared_value {
        pt_value value;
        bool known;
        bool faulty; // a built-in failed while it was evaluated
    } *values;       // pt_share_counts.all; zeroed at first
    size_t n_round;  // pt_share_counts.round: so many are zeroed again when another round begins,
                     // and live where the evaluations' answers do
    pt_arena *kept;  // where the others live, as long as the values
} pt_shared;

typedef struct pt_eval_opts {
    pt_value input;     // undefined: there is none
    pt_value data;      // base documents: an object, or undefined for none
    bool strict_errors; // the first error of a built-in ends the evaluation
    const pt_fn_world *world;
    pt_machine *machine; // not to be used by two evaluations at a time
    pt_fn_cache *cache;  // may be NULL
    pt_shared shared;
    // What `print` says, at `place`; NULL: it is dropped.
    void (*print)(void *to, const pt_location *place, pt_str text);
    void *print_to;
    // Hears what programs tell that were compiled for it; NULL: nobody does.
    void (*tell)(void *to, const pt_eval_event *e);
    void *tell_to;
} pt_eval_opts;

// How it got to the call `c`, for pt_fn_world.fault; in the call's arena. Empty: no policy made the
// call, or there is no memory.
pt_trace pt_eval_trace(const pt_call *c);

// A query's answers: each the values of its variables, in the query's order.
typedef struct pt_answers {
    PT_VEC(const pt_value *) v;
    // Errors of built-ins that left what asked for them undefined; of a document that others share
    // one at most.
    uint32_t faults;
} pt_answers;

// Evaluate `query`, a procedure compiled against `p`. Everything that comes back lives in `a` or is
// borrowed from program, input and data. False with *ret_error filled.
PT_CHECK bool pt_eval(pt_arena *a, const pt_program *p, const pt_proc *query,
                      const pt_eval_opts *opts, pt_answers *ret, pt_eval_error *ret_error);
