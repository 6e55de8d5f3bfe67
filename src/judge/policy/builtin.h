// The built-in functions of the policy languages: one table, one way to be called.
//
// A body is pure: what it may know of the world (the time, randomness, the zones' files) it asks of
// the host that the caller handed in. It never sees an undefined operand, and never one whose kind
// `takes` does not allow: the machine has refused that before, with the text of the signature.
#pragma once

#include <stdatomic.h>

#include "value/value.h"

enum {
    PT_FN_ARGS_MAX = 4,
};

typedef struct pt_call pt_call;

// The result lives in c->a, in the operands or in constants. Undefined without a fault: the call is
// undefined. Undefined with one: it failed (pt_call_fault). A full arena needs no fault of its own:
// the machine asks the arena.
typedef pt_value pt_fn_body(pt_call *c, const pt_value *args);

typedef enum pt_fn_flags {
    PT_FN_ONCE = 1,     // not deterministic: constant per query and operands (time.now_ns)
    PT_FN_RELATION = 2, // gives an array of results, each of which is one (walk)
    PT_FN_DEPRECATED = 4,
    PT_FN_WORLD = 8, // needs the network: refused unless the host allows it
} pt_fn_flags;

typedef struct pt_fn {
    const char *name;      // "array.concat"
    pt_fn_body *body;      // NULL: the compiler makes instructions of it (eq, internal.member_2)
    const char *signature; // types as capabilities.json declares them: "array<any>, any -> any"
    uint8_t arity;
    uint8_t flags;
    uint16_t takes[PT_FN_ARGS_MAX]; // per operand, a bit 1 << tag for each kind that it may be
} pt_fn;

// NULL: there is none of this name.
const pt_fn *pt_fn_find(pt_str name);
const pt_fn *pt_fn_at(size_t i); // all of them, one by one; NULL behind the last

// -- a call ---------------------------------------------------------------------------------------

typedef enum pt_fault {
    PT_FAULT_NONE,
    PT_FAULT_TYPE,    // eval_type_error: an operand's kind, or the kind of what is in it
    PT_FAULT_BUILTIN, // eval_builtin_error: everything else that is wrong with operands
    PT_FAULT_LIMIT,   // a named limit of policy_limits.h
} pt_fault;

// What a policy may ask of the world. A NULL function is refused with a clear error.
typedef struct pt_fn_host {
    int64_t now_ns;   // the time of the query, Unix nanoseconds
    pt_value runtime; // what opa.runtime() gives; undefined: {}
    bool (*random)(void *with, void *to, size_t n);
    // The TZif file (RFC 8536) of a zone's name, in `a`. False: there is no such zone.
    bool (*zone)(void *with, pt_str name, pt_arena *a, pt_str *ret_tzif);
    pt_code (*send)(void *with, pt_value request, pt_arena *a, pt_value *ret, pt_err *e);
    pt_code (*lookup)(void *with, pt_str name, pt_arena *a, pt_value *ret, pt_err *e);
    void *with;
} pt_fn_host;

// Compiled patterns (regular expressions, globs, schemas) by their text; one thread's. Bounded:
// full, it forgets all.
typedef struct pt_fn_cache pt_fn_cache;
pt_fn_cache *pt_fn_cache_new(void);    // NULL: out of memory
void pt_fn_cache_free(pt_fn_cache *c); // NULL is fine
// What was kept for this text under this `kind` (a static string, compared by pointer), or NULL.
void *pt_fn_cache_get(pt_fn_cache *c, const char *kind, pt_str text);
// Keep `made`, which is owned from here on, also on failure (false: it has been freed).
PT_CHECK bool pt_fn_cache_put(pt_fn_cache *c, const char *kind, pt_str text, void *made,
                              void (*free_made)(void *));

struct pt_call {
    pt_arena *a; // results and scratch; dies with the evaluation
    const pt_fn *fn;
    const pt_fn_host *host;    // never NULL
    pt_fn_cache *cache;        // never NULL
    const atomic_bool *cancel; // asked inside of long loops; may be NULL
    pt_fault fault;
    pt_str what; // "operand 1 must be number but got string", in `a`
};

// Fail the call; gives undefined, so that `return pt_call_fault(…)` reads well. The text carries
// neither the function's name nor a place: the machine puts them before it.
pt_value pt_call_fault(pt_call *c, pt_fault fault, const char *fmt, ...) PT_FORMAT(3, 4);

// "operand `at` must be `want` but got KIND", or "… must be one of {a, b} …" where `want` holds
// several (as OPA's builtins.NewOperandTypeErr says it); `at` counts from 1.
pt_value pt_call_kind(pt_call *c, unsigned at, const char *want, pt_value got);
// "operand `at` must be `outer` of `want` but got `outer` containing KIND".
pt_value pt_call_element(pt_call *c, unsigned at, const char *outer, const char *want,
                         pt_value got);

// Was the evaluation cancelled? Then a body gives undefined at once.
bool pt_call_cancelled(const pt_call *c);
