// OPA's REST API (openpolicyagent.org/docs/rest-api) over policies and data that are compiled once:
// /v1/data, /v0/data, /v1/query, /v1/policies, /health and the default decision. What it answers is
// what `opa run --server` answers; docs/policy-engine.md says which OPA that is.
//
// Policies and data are files: requests that would change them are refused. A client has no way to
// make it keep memory: documents that are not there are not compiled, and what is compiled for
// clients is bounded.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "http/server.h"
#include "judge/policy/load.h"
#include "judge/policy/network.h"

enum {
    PT_REST_TIMEOUT_MS_DEFAULT = 5000,
    PT_REST_BODY_BYTES_MAX = 32 << 20,  // when it is unpacked; packed, the server's limit counts
    PT_REST_QUERY_BYTES_MAX = 64 << 10, // of /v1/query
    PT_REST_UUID_BYTES = 37,
};

typedef struct pt_rest pt_rest;

// Where policies and data come from, as `opa run --server` takes them.
typedef struct pt_rest_source {
    const char *const *paths; // files and folders: pt_load_path
    size_t n_paths;
    const char *const *bundles; // pt_load_bundle
    size_t n_bundles;
    const char *const *ignore; // patterns of names that are left out of folders
    size_t n_ignore;
    const pt_load_trust *trust; // NULL: signatures are not looked at
    bool v0;                    // the language before OPA 1.0
} pt_rest_source;

// One decision, for a decision log (openpolicyagent.org/docs/management-decision-logs). All of it
// is gone when the call is over. What is undefined or empty was not there.
typedef struct pt_rest_decision {
    pt_value labels; // of the options
    pt_str id;
    pt_value bundles; // {"NAME": {"revision": …}}
    pt_str path;      // "rbac/allow", as the client wrote it; empty for queries
    pt_str query;     // of /v1/query
    pt_value input;
    pt_value result;
    pt_value error;      // {"code", "message", "location"}
    pt_str requested_by; // for who calls pt_rest_put_decision to fill: ADDRESS:PORT
    pt_time_ns at_ns;
    pt_value metrics; // {"timer_server_handler_ns": …}
} pt_rest_decision;

typedef struct pt_rest_opts {
    size_t threads;        // that call pt_rest_handle; 0: 1
    uint32_t timeout_ms;   // of one evaluation; 0: the default
    size_t memory_bytes;   // of one request; 0: 256 MiB
    bool queries;          // /v1/query is answered: clients may have anything evaluated
    const pt_net *network; // for http.send of policies, never of queries; NULL: refused
    pt_value labels;       // of decision logs, an object that outlives it; undefined: {}
    // Hears of every decision before it is answered. False: it could not be kept, and the client
    // gets an error instead of it. NULL: there are no decision logs.
    bool (*decided)(void *context, const pt_rest_decision *d);
    pt_time_ns (*now)(void *context);                          // NULL: pt_now
    void (*uuid)(void *context, char ret[PT_REST_UUID_BYTES]); // NULL: random ones (RFC 9562, 4)
    void *context;
} pt_rest_opts;

// Load and compile. PT_E_FORMAT: what is loaded is wrong, or does not compile: e says what is
// first. PT_E_IO, PT_E_DENIED, PT_E_LIMIT, PT_E_NOMEM. `opts` is copied, but for what it points to.
PT_CHECK pt_code pt_rest_new(pt_rest **ret, const pt_rest_opts *opts, const pt_rest_source *source,
                             pt_err *e);

// Answer by these from now on. Requests that are being answered keep the old ones. The same errors,
// and then the old ones stay. From any thread, one at a time or several.
PT_CHECK pt_code pt_rest_replace(pt_rest *r, const pt_rest_source *source, pt_err *e);

// Answer a call; c->thread is below opts->threads, and each number is one thread's. False: it is
// not for this API, and *reply is as it was.
bool pt_rest_handle(pt_rest *r, const pt_http_call *c, pt_http_reply *reply);

// A decision as one line of JSON, as OPA sends them to a log service.
void pt_rest_put_decision(pt_buf *b, const pt_rest_decision *d);

void pt_rest_free(pt_rest *r); // NULL is fine; not while calls are answered
