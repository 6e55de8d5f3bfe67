// What the sources of containers.h share.
#pragma once

#include "collect/runtime/containers.h"
#include "fact/process.h"

// Asking one engine (ask.c). All in `a`.
typedef enum pt_asked {
    PT_ASKED_FOUND,
    PT_ASKED_NONE,   // it has no such container
    PT_ASKED_FAILED, // it could not be asked: *ret_reason
} pt_asked;
pt_asked pt_container_ask(pt_http_client *http, const pt_container_engine *engine, pt_arena *a,
                          pt_str id, pt_container *ret, pt_str *ret_reason);
// The names of users and groups of that container, read out of its files into `c`; without them it
// stays as it is.
void pt_container_ask_names(pt_http_client *http, const pt_container_engine *engine, pt_arena *a,
                            pt_container *c);

// Follow the engine's events until `stop` says so; `created` is called with each new container's
// id. Comes back when the connection ends.
typedef struct pt_container_watch {
    bool (*stop)(void *ctx);
    void (*created)(void *ctx, pt_str id);
    void *ctx;
} pt_container_watch;
void pt_container_follow(pt_http_client *http, const pt_container_engine *engine,
                         const pt_container_watch *watch);

bool pt_container_is_id(pt_str id); // hexadecimal digits, 12 to 64
