// What the files of http.send share.
#pragma once

#include "judge/policy/fn/aid.h"
#include "judge/policy/network.h"

// Why there is no answer. It is an error of the function, or with raise_error false its answer.
typedef struct pt_send_problem {
    pt_fault fault; // PT_FAULT_NONE: there is none
    bool network;   // eval_http_send_network_error; otherwise …_internal_error
    bool placed;    // OPA's text of it has the place of the call
    pt_str text;
    pt_str raised; // the text where it is raised; p is NULL: the same
} pt_send_problem;

// One call: the request, read.
typedef struct pt_send_job {
    pt_call *c;
    pt_value request;
    pt_value key; // of caches: the request without headers that do not count

    // of every call
    bool raise, shared, json, yaml; // shared: between evaluations
    int64_t force_seconds;          // > 0: how long an answer stays fresh, whatever it says
    int64_t retries;

    // of those that are sent
    pt_str method;
    pt_net_url url;
    pt_value headers; // canonical names
    pt_str host;      // a Host that the policy gives; empty: the URL's
    pt_str body;
    pt_net_tls tls;
    int64_t timeout_ns; // 0: none
    bool redirects;

    pt_send_problem problem;
} pt_send_job;

// Answers and problems of one evaluation, the newest first.
typedef struct pt_send_kept {
    const struct pt_send_kept *next;
    pt_value key, answer;
    pt_send_problem problem; // if there is no answer
} pt_send_kept;

// False, always: j->problem is set, or c->fault if there is no memory.
bool pt_send_wrong(pt_send_job *j, pt_fault fault, const char *fmt, ...) PT_FORMAT(3, 4);
// … in the words of Go's client: `Get "http://…": why`. A problem of the network.
bool pt_send_failed(pt_send_job *j, pt_str url, pt_str why);
pt_str pt_send_operation(const pt_send_job *j); // "Get"

// Both objects' entries, of equal names those of `y`; undefined: the arena is full.
pt_value pt_send_merged(pt_arena *a, pt_value x, pt_value y);

// -- aws.c: are the keys those of a request? Otherwise a fault ------------------------------------
bool pt_send_keys_good(pt_call *c, pt_value request);

// -- send_request.c -------------------------------------------------------------------------------
bool pt_send_read_options(pt_send_job *j); // what is looked at before caches are
bool pt_send_read(pt_send_job *j, pt_value request);
bool pt_send_good_value(pt_str s); // of a header: without control characters

// -- send_hops.c: send, with redirects and retries ------------------------------------------------
// `conditions`: headers besides the request's, an object; or undefined.
bool pt_send_go(pt_send_job *j, pt_value conditions, pt_net_answer *ret);

// -- send_answer.c --------------------------------------------------------------------------------
pt_value pt_send_answer(pt_send_job *j, const pt_net_answer *a);
pt_str pt_send_header(pt_value headers, const char *name); // the first one of that name

// -- send_cache.c: what stays for later evaluations -----------------------------------------------
bool pt_send_cacheable(int status);
// A fresh answer, or one that the server says is still good. Undefined without a problem: send it.
pt_value pt_send_recall(pt_send_job *j);
void pt_send_remember(pt_send_job *j, const pt_net_answer *a);
