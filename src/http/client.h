// The one HTTP client (libcurl). Answers are bounded in bytes and time, redirects are not followed,
// no proxy and no configuration of the environment is used.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "http/resolve.h"

typedef struct pt_http_client pt_http_client;

// What the two sides of a TLS connection show each other, as PEM texts that outlive the client.
typedef struct pt_http_tls {
    pt_str ca;        // who may sign the server's certificate; empty: the system's own list
    bool system;      // the system's own list besides `ca`
    pt_str cert, key; // ours, where the server wants one; both or neither
    bool insecure;    // verify nothing
} pt_http_tls;

typedef struct pt_http_opts {
    // An O_PATH descriptor of the Unix socket to talk to, the caller's own, which must outlive the
    // client; the host of the URL is then only a label. -1: TCP to the URL's host.
    int unix_socket;
    const char *host;       // the Host header of every request; NULL: the URL's
    const pt_host *to;      // TCP: its addresses, tried in turn until one takes the connection, so
                            // that no resolver is asked (its thread is not possible after
                            // pt_rights_drop); copied; NULL: resolve
    const pt_http_tls *tls; // https, certificates and names verified; NULL: plain http
    uint32_t timeout_ms;    // of a whole request; 0: 10 s
    size_t body_bytes_max;  // of an answer; 0: 64 MiB
} pt_http_opts;

PT_CHECK pt_code pt_http_client_new(pt_http_client **ret, const pt_http_opts *opts, pt_err *e);
void pt_http_client_free(pt_http_client *c);

typedef struct pt_http_answer {
    int status;  // 200, 404, …
    pt_buf head; // of pt_http_send: its lines, from "HTTP/1.1 200 OK" on; pt_buf_done it
    pt_buf body; // pt_buf_done it
} pt_http_answer;

// What is sent: a GET without a body, else a POST.
typedef struct pt_http_body {
    const char *type; // "application/json"
    pt_str bytes;
} pt_http_body;

// GET a URL, or POST `body` to it (NULL: GET). PT_OK whatever the status is. PT_E_DENIED,
// PT_E_TIMEOUT, PT_E_LIMIT, PT_E_FORMAT (not HTTP), PT_E_IO (TLS that does not verify is one) with
// e->sys where the system said one.
PT_CHECK pt_code pt_http_ask(pt_http_client *c, const char *url, const pt_http_body *body,
                             pt_http_answer *ret, pt_err *e);

// A request in full.
typedef struct pt_http_request {
    const char *method;         // a token
    const char *const *headers; // as libcurl takes them: "Name: value"; "Name;" if that is empty
    size_t n_headers;           // others are not sent, but Host and what frames the body
    pt_str body;
    bool unpack; // offer gzip, and unpack it; the bound of bytes is that of what comes out
    // Asked at least each second: true ends the request. NULL: nobody is.
    bool (*stop)(void *context);
    void *stop_context;
    // Takes the body of an answer of status 200 or 206 as it comes, which nothing else bounds;
    // false ends the request with PT_E_IO. Not with `unpack`. NULL: the body is gathered.
    bool (*take)(void *context, pt_str piece);
    // Told of the answer's head before the first piece of such a body; false ends the request, too.
    // NULL: nobody is.
    bool (*begin)(void *context, int status, pt_str head);
    void *take_context;
    // PT_E_TIMEOUT when nothing of a body came or went for so long; the client's timeout_ms then
    // bounds connecting only. 0: no such limit.
    uint32_t idle_ms;
} pt_http_request;

// Send it by HTTP/1.1 and wait for the answer. The same errors; PT_E_TIMEOUT also where `stop`
// ended it.
PT_CHECK pt_code pt_http_send(pt_http_client *c, const char *url, const pt_http_request *r,
                              pt_http_answer *ret, pt_err *e);

// The status of the last answer, even if it did not come to its end; 0: there was none.
int pt_http_status(pt_http_client *c);

// The process that listened on the socket when the last request was connected; 0: not known.
int pt_http_peer_pid(pt_http_client *c);
