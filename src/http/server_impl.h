// Within the server: what came over a connection, read strictly. Whatever two programs might read
// in two ways is refused.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "http/server.h"

#define PT_HTTP_HEADERS_MAX 100u

typedef struct pt_http_header {
    const char *name, *value; // with a NUL behind them
} pt_http_header;

// The head of a request; everything points into the text it was read from.
typedef struct pt_http_head {
    const char *method;
    pt_str target;
    bool keep;    // the connection stays open after the answer
    bool chunked; // else `length` bytes of body
    bool expects; // to be told "100 Continue" before the body is sent
    uint64_t length;
    pt_http_header headers[PT_HTTP_HEADERS_MAX];
    size_t n;
} pt_http_head;

// Read the head `text`, from the method to the empty line and its CR LF; names and values get a NUL
// in `text`. 0, or the status to refuse it with: 400, 417 (an Expect that is not known), 431 (more
// headers than PT_HTTP_HEADERS_MAX), 501 (a Transfer-Encoding that is not known), 505.
int pt_http_head_read(char *text, size_t n, pt_http_head *ret);

// Of several the first; NULL: none.
const char *pt_http_head_get(const pt_http_head *h, const char *name);

// A chunked body (RFC 9112, section 7.1), as its bytes come. No extensions, no trailers.
typedef struct pt_http_chunks {
    uint64_t left; // of the chunk that is being read
    enum {
        PT_CHUNK_SIZE,
        PT_CHUNK_DATA,
        PT_CHUNK_END, // the CR LF behind the data
        PT_CHUNK_LAST,
        PT_CHUNK_DONE,
    } at;
} pt_http_chunks;

// Take what can be taken of `bytes`, put the data into `body`, and say how many were taken. Done
// when c->at is PT_CHUNK_DONE. *ret_status is 400 or, past body->max, 413.
size_t pt_http_chunks_take(pt_http_chunks *c, pt_str bytes, pt_buf *body, int *ret_status);

// "Bad Request"
const char *pt_http_reason(int status);

// One thread's connections.
typedef struct pt_http_worker pt_http_worker;

// Make the worker `index` of a server with these options, which outlive it; `stop_fd` becomes
// readable when it is to end.
PT_CHECK pt_code pt_http_worker_new(pt_http_worker **ret, const pt_http_server_opts *opts,
                                    size_t index, int stop_fd, pt_err *e);
PT_CHECK pt_code pt_http_worker_run(pt_http_worker *w, pt_err *e); // until it is to end
void pt_http_worker_free(pt_http_worker *w);                       // NULL is fine
