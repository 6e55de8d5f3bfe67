// Within the server: what came over a connection, read strictly. Whatever two programs might read
// in two ways is refused. What connections do with it: server_conn.h.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "http/server.h"
#include "http/tls_impl.h"

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
size_t pt_http_head_count(const pt_http_head *h, const char *name);

// "POST"; and what may be asked for: "/path?query", in printable ASCII.
bool pt_http_is_token(pt_str s);
bool pt_http_is_target(pt_str s);

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

// A connection's bytes, in clear here, on the other side as they are sent.
typedef struct pt_http_stream {
    int fd;
    pt_http_tls_link *tls; // NULL: plain
    struct evbuffer *in;   // what came and was not yet looked at
    struct evbuffer *out;  // what waits to be sent, as it will be
    bool ended;            // nothing more will come
    bool broken;           // what came is no TLS, or nobody's who is let in: `out` may say why
    bool failed;           // nothing more can be sent
} pt_http_stream;

// A thread's, for what is read at a time.
typedef struct pt_http_room {
    char wire[64 << 10];
    char record[PT_TLS_RECORD_BYTES];
} pt_http_room;

// `fd` is the stream's in any case; pt_http_stream_close. False: no memory.
PT_CHECK bool pt_http_stream_open(pt_http_stream *s, int fd, pt_http_server_tls *tls);
void pt_http_stream_close(pt_http_stream *s);

// Read what has come, sizeof room->wire at most, into s->in; or away.
void pt_http_stream_take(pt_http_stream *s, pt_http_room *room);
void pt_http_stream_skip(pt_http_stream *s, pt_http_room *room);

// Hand over all of `clear` to be sent.
void pt_http_stream_put(pt_http_stream *s, struct evbuffer *clear);
void pt_http_stream_end(pt_http_stream *s); // nothing follows

typedef enum pt_stream_sent {
    PT_STREAM_SENT,
    PT_STREAM_WAITS, // for the other side to take it
    PT_STREAM_FAILED,
} pt_stream_sent;
pt_stream_sent pt_http_stream_flush(pt_http_stream *s);

// Nothing has come that was not answered, and nothing waits in the socket.
bool pt_http_stream_untouched(const pt_http_stream *s);
