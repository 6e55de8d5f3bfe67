// Inside collect/cluster: one conversation with an API server.
#pragma once

#include "base/buf.h"
#include "collect/cluster/cluster.h"
#include "http/client.h"

// -- watches --------------------------------------------------------------------------------------

typedef enum pt_cluster_event {
    PT_CLUSTER_ADDED,
    PT_CLUSTER_MODIFIED,
    PT_CLUSTER_DELETED,
    PT_CLUSTER_BOOKMARK, // only metadata.resourceVersion is told
} pt_cluster_event;

typedef struct pt_cluster_watch {
    // One event; gone afterwards. Not PT_OK ends the watch.
    pt_code (*event)(void *ctx, pt_cluster_event what, pt_value object, pt_err *e);
    bool (*stop)(void *ctx);    // asked at least each second; true: PT_E_TIMEOUT. May be NULL
    void (*drained)(void *ctx); // when the server has taken it, and after the events that came at
                                // once. May be NULL
    void *ctx;
    uint32_t timeout_s; // how long the server is asked to keep it open; 0: 300
} pt_cluster_watch;

// Watch from `version` on, until the server ends the watch (PT_OK: watch again from the last
// version seen), or PT_E_CONFLICT: the version is too old (410): list anew. PT_E_TIMEOUT too where
// nothing came for 15 s more than timeout_s. PT_E_LIMIT: an event of more than 8 MiB. Other errors
// as above.
PT_CHECK pt_code pt_cluster_watch_run(pt_cluster *c, const pt_cluster_kind *k, pt_str version,
                                      const pt_cluster_watch *w, pt_err *e);

// Reads events as pieces of them come, one in a line.
typedef struct pt_watch_reader {
    const pt_cluster *cluster; // NULL in tests
    const pt_cluster_kind *kind;
    const pt_cluster_watch *watch;
    pt_buf line; // what came of one that has not ended
    pt_arena a;  // of one event
    pt_err e;    // with its code: what ended it
} pt_watch_reader;

void pt_watch_reader_init(pt_watch_reader *r, const pt_cluster *c, const pt_cluster_kind *k,
                          const pt_cluster_watch *w);
void pt_watch_reader_done(pt_watch_reader *r);

// False: it ended, and r->e says why.
bool pt_watch_reader_feed(pt_watch_reader *r, pt_str piece);

#define PT_CLUSTER_CHUNK_BYTES_MAX  ((size_t)64 << 20)
#define PT_CLUSTER_LINE_BYTES_MAX   ((size_t)8 << 20)   // one event of a watch
#define PT_CLUSTER_OBJECT_BYTES_MAX ((size_t)256 << 20) // what one document may become as a value
#define PT_CLUSTER_KINDS_MAX        20000u
#define PT_CLUSTER_JSON_DEPTH_MAX   1000u

// Asked during every request and every pause; true: PT_E_TIMEOUT.
typedef struct pt_cluster_stop {
    bool (*stop)(void *ctx); // NULL: nobody is
    void *ctx;
} pt_cluster_stop;

struct pt_cluster {
    pt_arena own;
    pt_kubeconfig config; // a copy
    pt_http_tls tls;
    pt_http_client *http;
    pt_str base;   // what stands before a path
    pt_str host;   // "Host: 127.0.0.1:6443"
    pt_buf bearer; // "Authorization: Bearer …" with a NUL; empty: without a token
    pt_cluster_stop stop;
};

// Append what a regular file holds. PT_E_ABSENT, PT_E_FORMAT (not a regular file), PT_E_LIMIT (more
// than b->max), PT_E_DENIED, PT_E_IO.
PT_CHECK pt_code pt_cluster_file_read(const char *path, pt_buf *b, pt_err *e);
typedef pt_code pt_cluster_file(const char *path, pt_buf *b, pt_err *e);

// A kubeconfig's text.
typedef struct pt_kubeconfig_text {
    pt_str text;
    const char *file;      // where it stands
    const char *context;   // NULL: its current one
    pt_cluster_file *read; // what it names
} pt_kubeconfig_text;
PT_CHECK pt_code pt_kubeconfig_parse(pt_arena *a, const pt_kubeconfig_text *t, pt_kubeconfig *ret,
                                     pt_err *e);

// Like pt_cluster_new, with the server's addresses.
PT_CHECK pt_code pt_cluster_new_at(pt_cluster **ret, const pt_kubeconfig *c, const pt_host *to,
                                   pt_err *e);

typedef struct pt_cluster_ask {
    const char *method;
    pt_str path;        // with its query
    const char *accept; // NULL: application/json
    const char *type;   // of `body`
    pt_str body;
    bool unpack; // take it in gzip
    // As in pt_http_request.
    bool (*take)(void *ctx, pt_str piece);
    void *take_ctx;
    uint32_t idle_ms;
} pt_cluster_ask;

// Ask, again after a while where the server is busy (429, or 503 with Retry-After) a few times.
// PT_OK whatever the status is then. Errors say what was asked.
PT_CHECK pt_code pt_cluster_request(pt_cluster *c, const pt_cluster_ask *ask, pt_http_answer *ret,
                                    pt_err *e);

// What an answer of another status than 200 says, as an error.
pt_code pt_cluster_refused(const pt_cluster *c, const pt_cluster_ask *ask,
                           const pt_http_answer *answer, pt_err *e);

// Put what was asked before the places of an error, without its query: that is only how.
void pt_cluster_asked(const pt_cluster *c, const pt_cluster_ask *ask, pt_err *e);

// The same of a Status object (meta/v1) with its code.
pt_code pt_cluster_status(const pt_cluster *c, int64_t code, pt_value status, pt_err *e);

// Ask, and read the answer's JSON into `a`. Another status than 200 is an error, too.
PT_CHECK pt_code pt_cluster_get(pt_cluster *c, pt_arena *a, const pt_cluster_ask *ask,
                                pt_value *ret, pt_err *e);

// "/apis/apps/v1/namespaces/NAMESPACE/deployments" (`namespace` empty: without it). PT_E_USAGE:
// something in it is no name.
PT_CHECK pt_code pt_cluster_path(pt_arena *a, const pt_cluster_kind *k, pt_str namespace,
                                 pt_str *ret, pt_err *e);

// Append as a query's value (RFC 3986, section 2.1).
void pt_cluster_escape(pt_buf *b, pt_str s);

// A group, version, resource or namespace: lower-case letters, digits, '-', '.'.
bool pt_cluster_is_name(pt_str s);

// `object` with the apiVersion and kind of `k` where it has none. Undefined: no memory, or it is no
// object.
pt_value pt_cluster_named(pt_arena *a, const pt_cluster_kind *k, pt_value object);
