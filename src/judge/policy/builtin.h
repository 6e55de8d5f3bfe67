// Built-in functions of Rego: what they are called, which operands they take, and how the engine
// calls them. The families are in fn/; fn/table.c knows them all.
//
// Names, declared types and error texts are OPA's (v1): policies and their tests match on them.
#pragma once

#include <stdatomic.h>

#include "base/arena.h"
#include "value/value.h"

enum {
    PT_FN_ARGS_MAX = 4,
};

// The version of OPA whose answers these are, which opa.runtime() says.
#define PT_OPA_VERSION "1.22.2"

// Kinds that an operand may have, as a set: PT_KIND(PT_ARRAY) | PT_KIND(PT_SET). 0: any kind.
#define PT_KIND(tag) (1u << (tag))

typedef enum pt_fault {
    PT_FAULT_NONE,
    PT_FAULT_TYPE,     // eval_type_error: an operand is of the wrong kind
    PT_FAULT_BUILTIN,  // eval_builtin_error: an operand of the right kind has no meaning
    PT_FAULT_CONFLICT, // eval_conflict_error: more than one answer; the evaluation ends
    PT_FAULT_LIMIT,    // memory, output or another limit: the evaluation ends
    PT_FAULT_CANCEL,   // cancelled, or out of time: the evaluation ends
    PT_FAULT_END, // eval_builtin_error of an embedder's function, or the network refused: likewise
} pt_fault;

struct pt_call;
struct pt_fn_cache;

// The result; undefined without a fault says that the function is undefined for these operands.
// `args` are `fn->arity` defined values whose kinds are those that `fn->takes` allows.
typedef pt_value pt_fn_body(struct pt_call *c, const pt_value *args);

typedef enum pt_fn_flag {
    PT_FN_RELATION = 1 << 0,   // walk: the body gives an array of results, each one an answer
    PT_FN_VARIES = 1 << 1,     // answers differ from query to query (time, randomness, network)
    PT_FN_DEPRECATED = 1 << 2, // refused by strict mode
    PT_FN_VOID = 1 << 3,       // no value: print
} pt_fn_flag;

typedef struct pt_fn {
    const char *name; // as policies call it: "array.concat"
    const char *type; // as OPA writes it: "(x: array[any], y: array[any]) => z: array[any]"
    pt_fn_body *body; // NULL: the compiler's own (eq, assign, print, rego.metadata.rule …)
    uint8_t arity;
    uint8_t flags;                  // pt_fn_flag
    uint16_t takes[PT_FN_ARGS_MAX]; // PT_KIND sets
} pt_fn;

// The functions of one family, for table.c.
typedef struct pt_fn_family {
    const pt_fn *v;
    size_t n;
} pt_fn_family;

// NULL if there is none of that name.
const pt_fn *pt_fn_find(pt_str name);

// Functions besides the built-in ones: the embedder's own. Zeroed: there are none.
typedef struct pt_fn_own {
    const pt_fn *const *v;
    size_t n;
} pt_fn_own;

// NULL if there is none of that name. Inline: the parser links to no functions.
static inline const pt_fn *pt_fn_own_find(const pt_fn_own *own, pt_str name) {
    for (size_t i = 0; i < own->n; i++)
        if (pt_str_eqz(name, own->v[i]->name))
            return own->v[i];
    return NULL;
}

// What one query sees of the world outside; constant while it is evaluated.
typedef struct pt_fn_world {
    int64_t now_ns;   // time.now_ns; since 1970, UTC
    uint64_t seed;    // rand.intn and uuid.rfc4122 derive from it, the operand and the call
    pt_value runtime; // opa.runtime: {"env": …, "version": …}
    const atomic_bool *cancel; // NULL: cannot be cancelled. Read in every long loop
    int64_t deadline_ns;       // of CLOCK_MONOTONIC, read where `cancel` is; 0: none
    const struct pt_net *net;  // http.send, net.lookup_ip_addr: network.h. NULL: refused
    // Hears of faults that leave a policy undefined, PT_FAULT_TYPE and PT_FAULT_BUILTIN, when they
    // come; NULL: nobody does.
    void (*fault)(void *to, const struct pt_call *c);
    void *fault_to;
    // The syntax tree of a module as a value: pt_ast_parse_module. NULL: there is no parser.
    pt_value (*parse_module)(struct pt_call *c, pt_str file, pt_str text);
} pt_fn_world;

// A place in a policy.
typedef struct pt_location {
    pt_str file; // empty: of a query
    uint32_t row, column;
} pt_location;

// One call. Results live in `arena`, or borrow from the operands.
typedef struct pt_call {
    pt_arena *arena;
    const pt_fn *fn;
    const pt_fn_world *world;
    struct pt_fn_cache *cache; // compiled patterns, zones, schemas; see below
    struct pt_send_kept *sent; // what http.send was answered within this evaluation
    const pt_location *place;  // of the call; NULL: not known
    const struct pt_vm *vm;    // whose call it is; NULL: no policy's
    pt_fault fault;
    pt_str message; // of the fault, without the function's name; in `arena`
} pt_call;

// Check the operands' kinds, then call: what the engine uses. Sets c->fn.
pt_value pt_fn_call(pt_call *c, const pt_fn *fn, const pt_value *args);

// Faults; each gives undefined, so that a body can return it. The first one stays.
pt_value pt_call_fault(pt_call *c, pt_fault fault, const char *fmt, ...) PT_FORMAT(3, 4);

// "operand 1 must be number but got string"; for several kinds
// "operand 1 must be one of {array, object, set} but got string". `pos` counts from 1.
pt_value pt_call_operand(pt_call *c, unsigned pos, pt_value got);

// "operand 1 must be array of strings but got array containing number": `of` is "array of strings".
pt_value pt_call_element(pt_call *c, unsigned pos, const char *of, pt_value operand, pt_value bad);

// The arena is full: PT_FAULT_LIMIT. For values that could not be made.
pt_value pt_call_full(pt_call *c);

// Must the call end now (cancelled, or out of time)? Sets the fault. Cheap; for every 1,000 steps
// or so.
bool pt_call_stop(pt_call *c);

// -- cache ----------------------------------------------------------------------------------------
// What is dear to make from a constant operand (a regular expression, a glob, a time zone, a JSON
// schema, a certificate), kept from call to call. One per evaluating thread. Bounded: when it is
// full the oldest entries go.

typedef struct pt_fn_cache pt_fn_cache;
pt_fn_cache *pt_fn_cache_new(size_t entries_max); // NULL: no memory
void pt_fn_cache_free(pt_fn_cache *cache);        // NULL is fine

// The thing under (kind, key), or NULL. `kind` is the address of a static object of the family.
void *pt_fn_cache_get(pt_fn_cache *cache, const void *kind, pt_str key);

// Keep `thing`, which `drop` frees; the key is copied. Without a cache (NULL) or memory, false, and
// the thing stays the caller's.
bool pt_fn_cache_put(pt_fn_cache *cache, const void *kind, pt_str key, void *thing,
                     void (*drop)(void *thing));
