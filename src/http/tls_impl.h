// Within the server: TLS of one connection, as a change of bytes into bytes; no sockets.
#pragma once

#include <event2/buffer.h>
#include <pthread.h>

#include "http/libssl.h"
#include "http/tls.h"

#define PT_TLS_RECORD_BYTES ((size_t)16 << 10) // RFC 8446, section 5.1

struct pt_http_server_tls {
    pt_libssl ssl;
    BIO_METHOD *wire; // of links
    bool http2;       // is offered; said before there is a link
    pthread_mutex_t lock;
    SSL_CTX *now; // under `lock`: the identity of connections to come
};

typedef struct pt_http_tls_link pt_http_tls_link;

typedef enum pt_tls_end {
    PT_TLS_OPEN,
    PT_TLS_CLOSED, // by the other side, in order
    PT_TLS_BROKEN, // no TLS, none that we speak, or a client that is not let in
} pt_tls_end;

BIO_METHOD *pt_http_tls_link_method(void); // NULL: no memory

// The server's side of a new connection; what is to be sent is appended to `out`, which lives
// longer, as `t` does. NULL: no memory.
pt_http_tls_link *pt_http_tls_link_new(pt_http_server_tls *t, struct evbuffer *out);
void pt_http_tls_link_free(pt_http_tls_link *l); // NULL is fine

// Take `wire`, which came; what it says is appended to `in`. `room` has PT_TLS_RECORD_BYTES.
pt_tls_end pt_http_tls_link_take(pt_http_tls_link *l, pt_str wire, struct evbuffer *in, char *room);
// Take all of `clear`, which is to be sent. False: no memory, nothing more can be said.
PT_CHECK bool pt_http_tls_link_put(pt_http_tls_link *l, struct evbuffer *clear);
// Nothing more is to be sent: close_notify, once, and where it has a meaning.
void pt_http_tls_link_end(pt_http_tls_link *l);

// The client has chosen HTTP/2; false, too, while it has not come to that.
bool pt_http_tls_link_http2(const pt_http_tls_link *l);
bool pt_http_tls_link_midway(const pt_http_tls_link *l);      // part of a record has come
const char *pt_http_tls_link_peer(const pt_http_tls_link *l); // as pt_http_call.peer_name
