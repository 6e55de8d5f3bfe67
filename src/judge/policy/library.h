// What the sources of libparatia-policy share; paratia-policy.h is its contract.
#pragma once

#include <pthread.h>

#include "base/buf.h"
#include "base/err.h"
#include "judge/policy/eval.h"
#include "judge/policy/load.h"
#include "judge/policy/network.h"
#include "judge/policy/paratia-policy.h"
#include "judge/policy/rego/compile.h"

#define PT_LIBRARY_DATA_BYTES_MAX ((size_t)4 << 30) // of one document
#define PT_LIBRARY_SAID_BYTES_MAX ((size_t)1 << 28) // of what is wrong, and of a formatted module

typedef enum pt_library_state {
    PT_LIBRARY_MAKING,
    PT_LIBRARY_COMPILED,
    PT_LIBRARY_REFUSED, // it did not compile
} pt_library_state;

// Base documents: shared by the policy and the evaluations that began with them.
typedef struct pt_library_data {
    size_t users; // under policy->sharing
    pt_arena arena;
    pt_value value;
} pt_library_data;

// What one evaluation works with.
typedef struct pt_worker {
    struct pt_worker *next;
    pt_machine *machine;
    pt_fn_cache *cache;
    pt_arena arena;
} pt_worker;

typedef struct pt_library_own {
    pt_fn fn; // first: what the engine gives back
    paratia_function *call;
    void *context;
} pt_library_own;

// Ask the embedder: JSON with its NUL in, malloc's JSON or NULL out.
char *pt_library_ask(paratia_function *call, void *context, const pt_buf *operands,
                     const char **ret_error);

// The embedder's network; `call` is NULL: none.
typedef struct pt_library_network {
    paratia_function *call;
    void *context;
} pt_library_network;

// A query that was compiled.
typedef struct pt_library_prepared {
    pt_str text;
    const pt_query *query;
    pt_program program; // as it was then: later queries append functions
} pt_library_prepared;

struct paratia_policy {
    pthread_mutex_t compiling; // guards what is up to `compiler`
    pt_arena arena;
    pt_symbols symbols;
    PT_VEC(pt_module *) modules;
    PT_VEC(const pt_fn *) own;
    pt_schemas schemas;
    PT_VEC(pt_library_prepared) prepared;
    pt_compiler *compiler;
    pt_arena said;
    pt_diagnostics diagnostics; // of modules and of the compiler, in `said`
    pt_load load;               // its arena is NULL: nothing was loaded
    pt_diagnostics loaded;      // of `load`

    pt_library_network network;

    pt_library_state state;
    pt_value runtime; // of opa.runtime

    pthread_mutex_t sharing; // guards what follows
    size_t users;            // the embedder and its queries
    pt_library_data *data;   // NULL: none
    pt_worker *idle;
    size_t n_idle;
};

struct paratia_value {
    pt_arena arena;
    pt_value value;
};

struct paratia_query {
    paratia_policy *policy;
    pt_library_prepared prepared;
};

// -- library.c: what is wrong, for paratia_policy_diagnostics and for *e; false -------------------
bool pt_library_keep(paratia_policy *p, const pt_diagnostics *d, paratia_error *e);

// -- library_load.c: modules and data that were loaded become the policy's; false with *e filled --
bool pt_library_load_end(paratia_policy *p, paratia_error *e);

// -- library_error.c: each fills *e, which may be NULL, and gives false ---------------------------
bool pt_library_fail(paratia_error *e, const char *code, const char *fmt, ...) PT_FORMAT(3, 4);
bool pt_library_diagnosed(paratia_error *e, const pt_diagnostics *d);
bool pt_library_halted(paratia_error *e, const pt_eval_error *why);
bool pt_library_no_json(paratia_error *e, const char *what, const pt_err *why);
bool pt_library_full(paratia_error *e);

// -- library_net.c: the network as evaluations see it ---------------------------------------------
pt_net pt_library_net(const paratia_policy *p); // lives no longer than the policy

// -- library_share.c: what threads share ----------------------------------------------------------
void pt_library_hold(paratia_policy *p); // one more user
void pt_library_drop(paratia_policy *p); // one less; the last one frees it

pt_library_data *pt_library_data_hold(paratia_policy *p); // NULL: there are none
void pt_library_data_drop(paratia_policy *p, pt_library_data *d);

// A worker whose arena has that limit; NULL: no memory. To be given back.
pt_worker *pt_library_worker(paratia_policy *p, size_t bytes_max);
void pt_library_worker_back(paratia_policy *p, pt_worker *w);
