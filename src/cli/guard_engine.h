// The engine that asks the guard, looked at again and again: is it there, does it ask, what is it?
#pragma once

#include <stdatomic.h>

#include "collect/docker/state.h"
#include "record/ledger/ledger.h"
#include "respond/guard/receipts.h"

enum {
    PT_ENGINE_SECRET_BYTES = 33,
};

typedef enum pt_engine_seen {
    PT_ENGINE_NEVER,   // not looked at yet
    PT_ENGINE_AWAY,    // it does not answer
    PT_ENGINE_ASKS,    // it answers, and has asked the guard before
    PT_ENGINE_IGNORES, // it answers without having asked the guard
} pt_engine_seen;

typedef struct pt_guard_engine {
    const char *path;        // of the daemon's socket
    pt_docker_state *docker; // what the daemon keeps
    pt_receipts *receipts;
    bool quiet;  // say only that it does not ask
    bool shared; // by tenants
    int end;     // readable when it is over
    // In the query of each of its requests, so that they are known when the daemon asks about them.
    char secret[PT_ENGINE_SECRET_BYTES];
    atomic_bool asked; // about the one that is under way
    atomic_int seen;   // pt_engine_seen
    atomic_size_t remarks;
    atomic_ullong ignored; // times that it was found not to ask
} pt_guard_engine;

void pt_guard_engine_init(pt_guard_engine *g); // the secret

// A document of the daemon: is it about a request of ours?
void pt_guard_engine_note(pt_guard_engine *g, pt_str document);

// A thread, until g->end.
void *pt_guard_engine_run(void *engine);

void pt_guard_engine_put_metrics(pt_guard_engine *g, pt_buf *b);
