// The one HTTP server (libevent): HTTP/1.1 with keep-alive over a Unix socket or TCP, with TLS
// where a context is given, and there HTTP/2 (nghttp2) where it is wished for; bounded in header,
// body, time and connections. Handlers run on the server's own threads, one request at a time on
// each.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "http/tls.h"

typedef struct pt_http_server pt_http_server;

typedef struct pt_http_call {
    const char *method;    // "POST"
    pt_str target;         // as it came: path and query
    pt_str body;           // whole; dechunked
    int peer_pid;          // of the process that connected a Unix socket; 0: not known
    const char *peer_name; // the common name in the client's verified certificate, in UTF-8, not
                           // made safe to show; NULL: no certificate was asked for, or it has none
    size_t thread;         // 0 … threads + http2_threads - 1: which one runs the handler
    void *connection;      // private
    // Header `name`, ignoring case; NULL: there is none. Of several the first. "Host" is what
    // HTTP/2 calls :authority, too.
    const char *(*header)(const struct pt_http_call *c, const char *name);
} pt_http_call;

typedef struct pt_http_reply {
    int status;       // 0: 200
    const char *type; // of the body: "application/json"
    pt_buf body;      // the server sends and empties it; the handler only appends
} pt_http_reply;

typedef struct pt_http_server_opts {
    int listener;            // a listening socket, the server's from then on
    size_t threads;          // 0: 1
    size_t head_bytes_max;   // 0: 64 KiB
    size_t body_bytes_max;   // 0: 1 MiB; beyond: 413, connection (of HTTP/2: stream) closed.
                             // Requests that come at a time have as much and 4 MiB more on each
                             // thread: beyond, 503, and those of HTTP/2 wait
    uint32_t read_timeout_s; // for TLS's handshake with the first bytes of a request, for a whole
                             // request, and for its answer; 0: 60
    uint32_t idle_timeout_s; // between two requests; 0: as read_timeout_s
    pt_http_server_tls *tls; // outlives the server; NULL: plain
    // With `tls`, HTTP/2 is spoken to clients that ask for it (ALPN); 0: not at all. Many requests
    // come at once on a connection: so that none of them waits for another's handler, these threads
    // run the handlers. pt_http_server_new: PT_E_UNSUPPORTED without libnghttp2.
    size_t http2_threads;
    size_t connections_max; // 0: 1024. Beyond, new ones take the place of one that has asked
                            // nothing for a second, or wait in the backlog
    void (*handle)(void *context, const pt_http_call *c, pt_http_reply *r);
    void *context;
} pt_http_server_opts;

// Make it; nothing is served before pt_http_server_run. PT_E_NOMEM, PT_E_IO.
PT_CHECK pt_code pt_http_server_new(pt_http_server **ret, const pt_http_server_opts *opts,
                                    pt_err *e);
// Serve until pt_http_server_stop; requests that are being answered then are answered.
PT_CHECK pt_code pt_http_server_run(pt_http_server *s, pt_err *e);
void pt_http_server_stop(pt_http_server *s); // from a signal handler or another thread, too
void pt_http_server_free(pt_http_server *s); // NULL is fine; not while it runs
