// The one HTTP client (libcurl). Answers are bounded in bytes and time, redirects are not followed,
// no proxy and no configuration of the environment is used.
#pragma once

#include "base/buf.h"
#include "base/err.h"

typedef struct pt_http_client pt_http_client;

typedef struct pt_http_opts {
    // An O_PATH descriptor of the Unix socket to talk to, the caller's own, which must outlive the
    // client. The host of the URL is then only a label: use 127.0.0.1, which no resolver is asked
    // for.
    int unix_socket;
    uint32_t timeout_ms;   // of a whole request; 0: 10 s
    size_t body_bytes_max; // 0: 64 MiB
} pt_http_opts;

PT_CHECK pt_code pt_http_client_new(pt_http_client **ret, const pt_http_opts *opts, pt_err *e);
void pt_http_client_free(pt_http_client *c);

typedef struct pt_http_answer {
    int status;  // 200, 404, …
    pt_buf body; // pt_buf_done it
} pt_http_answer;

// GET a URL. PT_OK whatever the status is. PT_E_DENIED, PT_E_TIMEOUT, PT_E_LIMIT, PT_E_FORMAT (not
// HTTP), PT_E_IO with e->sys where the system said one.
PT_CHECK pt_code pt_http_get(pt_http_client *c, const char *url, pt_http_answer *ret, pt_err *e);

// The process that listened on the socket when the last request was connected; 0: not known.
int pt_http_peer_pid(pt_http_client *c);
