// What the files of `paratia guard k8s` share.
#pragma once

#include "cli/guard_k8s_known.h"
#include "cli/guard_life.h"
#include "http/tls.h"
#include "respond/guard/k8s/webhook.h"
#include "respond/rest/rest.h"

// What the options and --config say; texts and values live in the arena, objects do not.
typedef struct pt_guard_k8s_settings {
    pt_webhook_settings webhook;
    pt_admission_podsec podsec;
    pt_guard_known known;    // of --objects
    const char *const *data; // of --data
    size_t n_data;
    uint64_t print; // of the files that were read: pt_guard_print
} pt_guard_k8s_settings;
void pt_guard_k8s_settings_done(pt_guard_k8s_settings *s); // as zeroed is fine

// PT_E_USAGE, PT_E_FORMAT with file and line, PT_E_DENIED, PT_E_IO, PT_E_NOMEM.
PT_CHECK pt_code pt_guard_k8s_settings_of(const pt_args *args, pt_arena *a,
                                          pt_guard_k8s_settings *ret, pt_err *e);

// A print of what the settings are read from (names, sizes, times): another one where something has
// changed.
uint64_t pt_guard_k8s_print(const pt_args *args);

// What was judged until now, as people read it.
void pt_guard_k8s_put_summary(pt_buf *b, pt_webhook *w, pt_guard_mode mode,
                              const pt_webhook_counts *c, const pt_terminal *screen);

// --usage: which policy and which kind of objects takes how much memory. The exit code.
int pt_guard_k8s_usage(const pt_args *args);

#define PT_GUARD_LISTEN       "127.0.0.1:8443"
#define PT_GUARD_PROBE_LISTEN "127.0.0.1:8888"

// -- guard_k8s_audit.c ----------------------------------------------------------------------------

// --audit: judge what the cluster holds. The exit code.
int pt_guard_k8s_audit(const pt_args *args);

// Options of audits and of serving are not mixed. PT_E_USAGE.
PT_CHECK pt_code pt_guard_k8s_audit_words(const pt_args *args, pt_err *e);

// -- guard_certs.c --------------------------------------------------------------------------------

// What is shown over TLS: --cert and --key as they are now, or what is made and renewed below the
// state folder, or in the Secret of --cert-secret. *ret_bundle is the caBundle (empty: not ours),
// *ret_next_ns when to ask again.
typedef struct pt_guard_identity {
    pt_http_identity shown;
    pt_str bundle;
    int64_t next_ns;
} pt_guard_identity;
struct pt_guard_cluster;
PT_CHECK pt_code pt_guard_identity_of(const pt_args *args, pt_str state,
                                      struct pt_guard_cluster *cluster, pt_arena *a,
                                      pt_guard_identity *ret, pt_err *e);

// The caBundle alone, of what is in the state folder; made where there is none yet. PT_E_USAGE.
PT_CHECK pt_code pt_guard_bundle_of(const pt_args *args, pt_str state, pt_arena *a, pt_str *ret,
                                    pt_err *e);

// -- guard_k8s_rest.c -----------------------------------------------------------------------------

// OPA's REST API over the policies and data that --data names.
typedef struct pt_guard_k8s_rest {
    // Of the caller:
    pt_receipts *receipts;
    bool strict; // without a receipt there is no answer
    bool lines;  // of the decision log

    pt_rest *rest; // NULL: there is no --data
} pt_guard_k8s_rest;
PT_CHECK pt_code pt_guard_k8s_rest_begin(pt_guard_k8s_rest *r, const pt_guard_k8s_settings *s,
                                         size_t threads, uint32_t timeout_ms, pt_err *e);
// PT_E_UNSUPPORTED: there was no --data before, and now there is.
PT_CHECK pt_code pt_guard_k8s_rest_reload(pt_guard_k8s_rest *r, const pt_guard_k8s_settings *s,
                                          pt_err *e);
