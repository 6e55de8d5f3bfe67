// What the files of this module share.
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "judge/policy/eval.h"
#include "judge/policy/explain.h"
#include "judge/policy/rego/compile.h"
#include "respond/rest/rest.h"

enum {
    PT_REST_BELOW_MAX = 1000,       // documents below rules that are compiled for one set
    PT_REST_BELOW_BYTES_MAX = 1024, // of the name of one
    PT_REST_SEGMENTS_MAX = 1000,    // of a path
};

// A query that was compiled.
typedef struct pt_rest_query {
    pt_str text;           // "data.rbac.allow"
    const pt_query *query; // NULL: it does not compile, `wrong` says why
    pt_program program;    // as it was then: later queries append functions
    pt_str wrong;
} pt_rest_query;

typedef _Atomic(const pt_rest_query *) pt_rest_slot;

// A second compilation of the modules of a set, for queries that come once: it is made anew when
// they have made it grow.
typedef struct pt_rest_desk {
    size_t uses; // under the set's lock
    pt_arena arena;
    pt_symbols symbols;
    pt_compiler *compiler;
    size_t fresh_bytes; // of the arena, before the first query
} pt_rest_desk;

// What is loaded and compiled. Frozen, but for what is under `compiling` and `desks_lock`, and for
// pointers that appear once.
typedef struct pt_rest_set {
    struct pt_rest_set *next; // of those that are replaced
    pt_arena arena;
    pt_symbols symbols;
    pt_load load;
    pt_value bundles; // {"NAME": {"revision": …}}; undefined: none
    pt_value runtime; // of opa.runtime
    uint64_t seed;
    pt_value data;
    const pt_node *nodes; // of rules; 0 is `data`
    pthread_mutex_t compiling;
    pt_compiler *compiler;
    pt_rest_slot *by_node;
    pt_rest_slot *below; // a hash by their text
    size_t n_below;
    pthread_mutex_t desks_lock;
    pt_rest_desk *desks[2]; // the second one tells what it does
} pt_rest_set;

// One per thread.
typedef struct pt_rest_worker {
    _Atomic(pt_rest_set *) set; // that it works with: nobody frees it
    pt_machine *machine;
    pt_fn_cache *cache;
    pt_arena arena;
    uint64_t random;
} pt_rest_worker;

struct pt_rest {
    pt_rest_opts opts;
    _Atomic(pt_rest_set *) set;
    pthread_mutex_t replacing; // guards `replaced`
    pt_rest_set *replaced;     // and perhaps in use
    atomic_bool waste;         // there are some
    pt_rest_worker *workers;
};

// -- set.c ----------------------------------------------------------------------------------------

PT_CHECK pt_code pt_rest_set_new(pt_rest_set **ret, const pt_rest_source *source, pt_err *e);
void pt_rest_set_free(pt_rest_set *s); // NULL is fine

// What a path means.
typedef enum pt_rest_kind {
    PT_REST_NOTHING, // there is no rule and no base document
    PT_REST_BASE,    // a base document that no rule touches: `value`
    PT_REST_NODE,    // the document of a node
    PT_REST_BELOW,   // what is below a rule's document: steps from `rest` on
} pt_rest_kind;

typedef struct pt_rest_place {
    pt_rest_kind kind;
    pt_value value;
    uint32_t node;
    size_t rest;
} pt_rest_place;

// `steps` are strings and integers; integers that are keys of objects become their texts.
pt_rest_place pt_rest_find(const pt_rest_set *s, pt_arena *a, pt_value *steps, size_t n);

// "data.rbac.allow", "data[\"a b\"][0]". p NULL: no room.
pt_str pt_rest_ref(pt_arena *a, const pt_value *steps, size_t n);

// The compiled query of a place; *ret_new: it was compiled now. NULL: there is no memory, or (of
// PT_REST_BELOW) there are too many; then the node's own is to be asked.
const pt_rest_query *pt_rest_query_of(pt_rest_set *s, const pt_rest_place *p, pt_str text,
                                      bool *ret_new);

// -- desk.c ---------------------------------------------------------------------------------------

// A desk, to be dropped. NULL: no memory.
pt_rest_desk *pt_rest_desk_hold(pt_rest_set *s, bool tell);
void pt_rest_desk_drop(pt_rest_set *s, pt_rest_desk *d);
void pt_rest_desk_free(pt_rest_desk *d); // NULL is fine

// Parse and compile; *ret_parsed: it did the first. False with what is wrong in `d`.
PT_CHECK bool pt_rest_desk_compile(pt_rest_set *s, pt_rest_desk *desk, pt_str text,
                                   pt_diagnostics *d, bool *ret_parsed, pt_rest_query *ret);

// -- request.c ------------------------------------------------------------------------------------

// What stands behind the question mark.
typedef struct pt_rest_params {
    bool pretty, metrics, provenance, strict;
    bool explains;
    pt_explain_mode explain;
    bool has_input, has_query;
    pt_str input, query; // the last of each
} pt_rest_params;

// False: no room.
PT_CHECK bool pt_rest_params_read(pt_arena *a, pt_str query, pt_rest_params *ret);

typedef struct pt_rest_path {
    pt_value *steps;
    size_t n;
    const char *wrong; // NULL: it is fine
} pt_rest_path;
pt_rest_path pt_rest_path_read(pt_arena *a, pt_str path);
pt_str pt_rest_decoded(pt_arena *a, pt_str s); // p NULL: it is not encoded as it should be

// -- a request on its way -------------------------------------------------------------------------

typedef struct pt_rest_ask {
    pt_rest *rest;
    pt_rest_set *set;
    pt_rest_worker *worker;
    pt_arena *arena; // the worker's
    const pt_http_call *call;
    pt_http_reply *reply;
    pt_str rest_of_path; // behind "/v1/data/", as it came
    pt_rest_params params;
    pt_value input;              // undefined: none
    char id[PT_REST_UUID_BYTES]; // empty: there are no decision logs
    int64_t begun_ns;
    int64_t parse_ns, compile_ns, eval_ns; // -1: it was not done
    int64_t cached;                        // -1: nobody looked
    pt_explain explanation;
    pt_value told; // it, as it is answered
} pt_rest_ask;

typedef struct pt_rest_error {
    int status;       // 0: there is none
    const char *code; // "internal_error"
    pt_str message;
    const pt_diagnostics *diagnostics; // NULL: none
    const pt_eval_error *eval;         // likewise
} pt_rest_error;

// Read the body, or the parameter, into ask->input. False with *ret filled.
typedef enum pt_rest_body {
    PT_REST_V0,    // the body is the input
    PT_REST_V1,    // {"input": …}
    PT_REST_QUERY, // {"query": …, "input": …}
} pt_rest_body;
PT_CHECK bool pt_rest_input_body(pt_rest_ask *k, pt_rest_body kind, pt_rest_error *ret);
PT_CHECK bool pt_rest_input_param(pt_rest_ask *k, pt_rest_error *ret);

// -- eval.c ---------------------------------------------------------------------------------------

// Evaluate; false with *ret filled.
PT_CHECK bool pt_rest_eval(pt_rest_ask *k, const pt_rest_query *q, const pt_net *net,
                           pt_answers *ret_answers, pt_rest_error *ret);
// All answers, as JSON has them. False: no room, *ret says so.
PT_CHECK bool pt_rest_as_json(pt_rest_ask *k, const pt_rest_query *q, pt_answers *all,
                              pt_rest_error *ret);
// The document at the path; undefined: there is none.
PT_CHECK bool pt_rest_document(pt_rest_ask *k, const pt_rest_path *path, pt_value *ret_value,
                               pt_rest_place *ret_place, pt_rest_error *ret);

// -- answer.c -------------------------------------------------------------------------------------

// An object that is written member by member.
typedef struct pt_rest_object {
    pt_buf *b;
    bool pretty;
    size_t n;
} pt_rest_object;
pt_rest_object pt_rest_object_begin(pt_buf *b, bool pretty);
void pt_rest_object_put(pt_rest_object *o, const char *name, pt_value v);
void pt_rest_object_provenance(pt_rest_object *o, const pt_rest_ask *k);
void pt_rest_object_end(pt_rest_object *o);

void pt_rest_put_value(pt_buf *b, pt_value v, bool pretty); // with a line end
void pt_rest_put_error(pt_http_reply *reply, const pt_rest_error *e);
pt_rest_error pt_rest_full(void); // memory is out
pt_value pt_rest_metrics(const pt_rest_ask *k, bool handler);
pt_value pt_rest_explanation(const pt_rest_ask *k); // undefined: no room

// -- decision.c -----------------------------------------------------------------------------------

uint64_t pt_rest_random(pt_rest_worker *w);
void pt_rest_uuid(pt_rest_ask *k); // k->id, if there are decision logs

// Tell of a decision. False with *ret filled: it could not be kept. `why` may be NULL.
PT_CHECK bool pt_rest_tell(pt_rest_ask *k, pt_str query, pt_value result, const pt_rest_error *why,
                           pt_rest_error *ret);

// -- data.c, query.c, others.c: handlers ----------------------------------------------------------

void pt_rest_v1_data_get(pt_rest_ask *k);
void pt_rest_v1_data_post(pt_rest_ask *k);
void pt_rest_v0_data(pt_rest_ask *k);
void pt_rest_main(pt_rest_ask *k);
void pt_rest_query_get(pt_rest_ask *k);
void pt_rest_query_post(pt_rest_ask *k);
void pt_rest_policies(pt_rest_ask *k);
void pt_rest_policy(pt_rest_ask *k);
void pt_rest_health(pt_rest_ask *k);
void pt_rest_health_policy(pt_rest_ask *k);
