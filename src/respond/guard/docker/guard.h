// The guard of a Docker daemon: an authorization plugin that asks the judge. It decides nothing
// itself, and when anything goes wrong it denies.
// (docs.docker.com/engine/extend/plugins_authorization; plugin API v1.2)
#pragma once

#include "http/server.h"
#include "judge/docker/docker_request.h"
#include "judge/podsec/podsec.h"
#include "respond/guard/receipts.h"
#include "respond/guard/terms.h"

enum {
    PT_GUARD_DOCUMENT_BYTES_MAX = 12 << 20, // of what the daemon sends; beyond, it is not read
    PT_GUARD_RULES_MAX = 128,
    PT_GUARD_SLOTS = 24, // of the histogram
};

// One of those who share the daemon.
typedef struct pt_guard_tenant {
    pt_str name;
    const pt_str *users; // common names of certificates
    size_t n_users;
    const pt_str *networks; // of others, that its containers may be in
    size_t n_networks;
    pt_value labels;        // of its namespace: {NAME: TEXT}; undefined: none
    pt_docker_policy rules; // in place of the guard's own, whose prohibitions are in it
    pt_podsec_level level;  // likewise
} pt_guard_tenant;

typedef struct pt_guard_tenants {
    bool given;              // else nobody is told apart
    bool no_socket;          // who shows no certificate is nobody, and not who operates the daemon
    const pt_str *operators; // common names
    size_t n_operators;
    const pt_str *revoked; // serial numbers, hexadecimal in small letters
    size_t n_revoked;
    const pt_guard_tenant *v;
    size_t n;
    // What the guard's own requests have in their query ("paratia"): they are allowed what is
    // harmless, even where no_socket is set, and not counted. Empty: it sends none.
    pt_str probe;
} pt_guard_tenants;

// By what is judged; what a reload replaces.
typedef struct pt_guard_settings {
    pt_docker_policy rules;
    pt_guard_tenants tenants;
    pt_podsec_level level; // of the pod that a container amounts to; privileged: rules alone
    const pt_guard_policy *policies; // by which that pod is judged as on its admission
    size_t n_policies;
} pt_guard_settings;

// How an answer came about.
typedef enum pt_guard_end {
    PT_GUARD_HARMLESS, // allowed without a look at the body
    PT_GUARD_ALLOWED,  // by all rules
    PT_GUARD_OFFENDS,  // a rule or the level: denied, or would be
    PT_GUARD_UNCLEAR,  // the request cannot be judged: likewise
    PT_GUARD_LATE,     // the judge did not answer in time: likewise
    PT_GUARD_UNKEPT,   // its receipt could not be kept: denied while it enforces
    PT_GUARD_END_COUNT,
} pt_guard_end;

typedef struct pt_guard_counts {
    uint64_t ends[PT_GUARD_END_COUNT];
    uint64_t denied;     // answers that said no
    uint64_t gathered;   // denials that left no receipt of their own: too many of one user
    uint64_t plugin_off; // requests to disable or remove a plugin, whatever became of them
    uint64_t reloads, reload_failures;
    uint64_t rules[PT_GUARD_RULES_MAX]; // by the order of pt_docker_rules
    uint64_t level;                     // requests whose pod offends against the level
    uint64_t policies;                  // … against policies
    // Answers by the time they took: slot i holds those below 2^i microseconds, and not in one
    // before.
    uint64_t took[PT_GUARD_SLOTS];
    uint64_t took_ns; // all together
    pt_receipts_counts receipts;
} pt_guard_counts;

typedef struct pt_guard_opts {
    pt_guard_mode mode;
    size_t threads;             // that call pt_guard_handle
    const pt_docker_host *host; // what the daemon knows; outlives the guard
    pt_receipts *receipts;      // NULL: none are kept. Outlives the guard
    bool best_effort;           // what is allowed is done even if receipts are stuck
    pt_guard_lines lines;       // what receipts tell of each
    uint32_t deadline_ms;       // 0: 2 s
    uint32_t receipt_wait_ms;   // how long a denial waits to name its receipt; 0: 50 ms
} pt_guard_opts;

typedef struct pt_guard pt_guard;

// PT_E_FORMAT: policies that cannot be evaluated, e says which and why: what they would deny must
// not pass. PT_E_NOMEM.
PT_CHECK pt_code pt_guard_new(pt_guard **ret, const pt_guard_opts *opts,
                              const pt_guard_settings *settings, pt_err *e);

// Judge by these from now on; copied. Requests that are being judged keep the old ones. The same
// errors, and then the old ones stay.
PT_CHECK pt_code pt_guard_reload(pt_guard *g, const pt_guard_settings *settings, pt_err *e);

void pt_guard_reload_failed(pt_guard *g); // settings could not even be read: counted

pt_guard_policies_id pt_guard_policies_in_force(pt_guard *g); // from any thread

// Append all that is counted, in Prometheus' text format.
void pt_guard_put_metrics(pt_guard *g, pt_buf *b);

// Answer one call of the daemon; `guard` is a pt_guard, and c->thread is below opts->threads.
void pt_guard_handle(void *guard, const pt_http_call *c, pt_http_reply *r);

void pt_guard_count(pt_guard *g, pt_guard_counts *ret);

// NULL is fine. A judge that never answered keeps its memory until it does.
void pt_guard_free(pt_guard *g);
