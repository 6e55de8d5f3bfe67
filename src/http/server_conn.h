// Within the server: connections, what is spoken on them, and who answers.
//
// A worker is an event loop with its connections; all of them belong to its thread. A request that
// has come as a whole is handed to the handler: on this thread, or, if one of the connections
// speaks HTTP/2 and so must not wait for it, on a thread of the pool, which gives it back by the
// worker's mail. (With the pool for all of HTTP/1.1, eight clients got a fourth less answers a
// second.) What is being handled there stays as it is until then: a connection that ends meanwhile
// is freed when the last has come back.
#pragma once

#include <event2/event.h>

#include "http/libnghttp2.h"
#include "http/server_impl.h"

typedef struct pt_http_worker pt_http_worker;
typedef struct pt_http_conn pt_http_conn;

// A request that has come as a whole, and its answer. It is its protocol's, which may not touch it
// between pt_http_conn_submit and `answered`, except for pt_http_conn_cancel.
typedef struct pt_http_exchange {
    pt_http_conn *conn;
    pt_http_call call;                     // all but .thread
    pt_http_reply reply;                   // .body has its maximum
    struct pt_http_exchange *next, **slot; // of the queue, or of the mail
} pt_http_exchange;

// Where an answer that is larger than this is none: 500.
#define PT_HTTP_REPLY_BYTES_MAX ((size_t)16 << 20)
// Of what one client sent and was not answered, read in any case.
#define PT_HTTP_SMALL_BYTES ((size_t)64 << 10)

// -- threads that handle --------------------------------------------------------------------------

// Who made a request gets it back here, from the threads that handle.
typedef struct pt_http_mail {
    pthread_mutex_t lock;
    pt_http_exchange *first, **end;
    int fd; // readable while there is something
} pt_http_mail;

PT_CHECK pt_code pt_http_mail_open(pt_http_mail *m, pt_err *e);
pt_http_exchange *pt_http_mail_take(pt_http_mail *m); // all of it, by x->next
void pt_http_mail_close(pt_http_mail *m);             // of one that was not opened, too

typedef struct pt_http_pool pt_http_pool;

PT_CHECK pt_code pt_http_pool_new(pt_http_pool **ret, const pt_http_server_opts *opts, pt_err *e);
PT_CHECK pt_code pt_http_pool_begin(pt_http_pool *p, pt_err *e); // all of its threads, or none
// False: too many wait already.
PT_CHECK bool pt_http_pool_put(pt_http_pool *p, pt_http_exchange *x);
// True: no thread has begun it, and none will. False: it comes back by the mail.
bool pt_http_pool_cancel(pt_http_pool *p, pt_http_exchange *x);
void pt_http_pool_end(pt_http_pool *p);  // wait for what is being handled; nothing more is
void pt_http_pool_free(pt_http_pool *p); // NULL is fine; what waits is forgotten

// -- what is spoken -------------------------------------------------------------------------------

typedef enum pt_http_next {
    PT_NEXT_READ,   // what comes
    PT_NEXT_TURN,   // what has come, after others had their turn
    PT_NEXT_ANSWER, // of a handler; nothing is read until then
    PT_NEXT_SEND,   // what was put just now
    PT_NEXT_LINGER, // that was the last: what comes is thrown away for a while, so that the client
                    // sees what was said (a socket that is closed with bytes unread is reset)
    PT_NEXT_CLOSE,
} pt_http_next;

typedef struct pt_http_protocol {
    bool (*begin)(pt_http_conn *c); // c->state; false: no memory
    void (*came)(pt_http_conn *c);  // something is in c->stream.in, or may go on
    void (*answered)(pt_http_conn *c, pt_http_exchange *x);
    pt_http_next (*sent)(pt_http_conn *c); // all that was put
    bool (*late)(pt_http_conn *c);         // what it waited for; false: close
    bool (*stop)(pt_http_conn *c);         // the server ends; false: nothing is under way
    bool (*idle)(const pt_http_conn *c);   // nothing is under way
    void (*cancel)(pt_http_conn *c);       // it ends: take back what no handler has begun with
    void (*end)(pt_http_conn *c);          // free c->state, which may be NULL
} pt_http_protocol;

extern const pt_http_protocol pt_http_1;
extern const pt_http_protocol pt_http_2;

// What sessions of HTTP/2 have in common.
typedef struct pt_http_2_shared {
    pt_libnghttp2 lib;
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
} pt_http_2_shared;

PT_CHECK pt_code pt_http_2_load(pt_http_2_shared *ret, pt_err *e); // PT_E_UNSUPPORTED, PT_E_NOMEM
void pt_http_2_unload(pt_http_2_shared *s);

// -- connections ----------------------------------------------------------------------------------

// What a request holds of its worker's memory.
typedef struct pt_http_share {
    pt_http_conn *conn; // NULL: nothing
    size_t held;
    size_t wanted; // waits for so much more
    bool granted;
    struct pt_http_share *next, **slot; // of those that wait
} pt_http_share;

struct pt_http_conn {
    pt_http_worker *worker;
    pt_http_conn *next, **slot; // of the worker's list
    pt_http_conn *due;          // the next of those that were answered at a time
    const pt_http_protocol *protocol;
    void *state; // the protocol's
    pt_http_stream stream;
    struct event *readable, *writable, *timer;
    int peer_pid;
    size_t held;      // bytes of its requests that are not answered
    size_t handled;   // requests that are at handlers
    int64_t since_ns; // when it began, or brought its last request
    bool asked;       // it has brought one
    bool lingers, is_due;
    bool closed; // and waits for them
};

void pt_http_conn_wait(pt_http_conn *c, uint32_t seconds); // then `late`; 0: for ever

// Hand it to the handler: `answered` is called, at once or later. False: too many wait.
PT_CHECK bool pt_http_conn_submit(pt_http_conn *c, pt_http_exchange *x);
bool pt_http_conn_cancel(pt_http_conn *c, pt_http_exchange *x); // as pt_http_pool_cancel

void pt_http_share_hold(pt_http_share *s, pt_http_conn *c, size_t now); // instead of before
// Wait for `more` in turn, until s->granted (it is held then) and `came` is called.
void pt_http_share_want(pt_http_share *s, size_t more);
void pt_http_share_drop(pt_http_share *s); // hold nothing, wait for nothing
// More than `times` as much is held as may be, and this connection has more than a little of it.
bool pt_http_conn_crowds(const pt_http_conn *c, size_t times);

// -- workers --------------------------------------------------------------------------------------

// What the workers of a server have in common.
typedef struct pt_http_plan {
    const pt_http_server_opts *opts;
    pt_http_pool *pool;            // NULL where no HTTP/2 is spoken
    const pt_http_2_shared *http2; // NULL: not spoken
    int stop;                      // becomes readable when they are to end
} pt_http_plan;

struct pt_http_worker {
    const pt_http_plan *plan;
    const pt_http_server_opts *opts;
    size_t index;
    struct event_base *base;
    struct event *accept, *again, *stop, *drain, *mailed;
    pt_http_mail mail;
    pt_http_conn *conns;
    size_t count, count_max;
    size_t http2;          // of them that speak it
    size_t held, held_max; // bytes of all its requests that are not answered
    pt_http_share *waiting, **waiting_end;
    bool stopping;
    struct evbuffer *clear; // what is handed over to be sent
    pt_http_room room;      // large, and touched where something is read only
};

// Make the worker `index` of the plan, which outlives it.
PT_CHECK pt_code pt_http_worker_new(pt_http_worker **ret, const pt_http_plan *plan, size_t index,
                                    pt_err *e);
PT_CHECK pt_code pt_http_worker_run(pt_http_worker *w, pt_err *e); // until it is to end
void pt_http_worker_free(pt_http_worker *w); // NULL is fine; no handler works any more
