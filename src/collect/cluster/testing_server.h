// For tests: an API server that says what the test tells it to, over TLS on a port of 127.0.0.1.
#pragma once

#include <stdatomic.h>

#include "base/buf.h"
#include "collect/cluster/cluster.h"

typedef struct fake fake;

// A request, as its handler sees it.
typedef struct fake_call {
    fake *server;
    void *ctx;
    void *tls;
    int index;          // of the request, over all connections
    const char *method; // "GET"
    const char *target; // path and query
    const char *head;   // all of it
    pt_str body;
    bool certified; // the client showed our certificate
} fake_call;

// Answers; false: the connection is closed. Runs on a thread of the connection.
typedef bool fake_handler(fake_call *c);

// What it is reached by: `ca` is its own certificate, which signs itself for 127.0.0.1 and
// fake.example; `cert` and `key` are the same pair.
fake *pt_fake_start(fake_handler *handle, void *ctx, pt_kubeconfig *ret);
void pt_fake_stop(fake *f);
bool pt_fake_stopping(const fake *f);
int pt_fake_requests(const fake *f);
uint16_t pt_fake_port(const fake *f);

void pt_fake_put(fake_call *c, pt_str bytes);
// An answer with a body, whole; `headers`: more lines, each with its CR LF.
bool pt_fake_answer(fake_call *c, int status, const char *headers, pt_str body);
bool pt_fake_json(fake_call *c, const char *body); // 200
// A body in pieces.
void pt_fake_begin(fake_call *c);
void pt_fake_piece(fake_call *c, pt_str bytes);
bool pt_fake_end(fake_call *c);
void pt_fake_sleep_ms(int ms);
