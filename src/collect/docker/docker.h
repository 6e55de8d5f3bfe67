// Facts of a Docker daemon (or Podman's compatible socket) through the Engine API.
//
// Facts of the daemon (PT_KIND_DOCKER): version, info: the answers of GET /version and /info;
//   config: daemon.json merged with the flags of the running dockerd, {"icc": false, …} with list
//   options as arrays, booleans as booleans; bridge: GET /networks/bridge.
// Facts of a container: inspect: GET /containers/ID/json; top: GET /containers/ID/top of a running
//   one; info and config of its daemon.
// Facts of an image: inspect, history. Facts of a network: inspect.
#pragma once

#include "fact/subject.h"
#include "fact/world.h"

typedef struct pt_docker_opts {
    const char *address; // "unix:///run/docker.sock"; NULL: DOCKER_HOST's value is the caller's to
                         // pass; the default sockets are tried: /run/docker.sock, then Podman's
    uint32_t timeout_ms; // per request; 0: 10 s
    void (*progress)(void *ctx, pt_str what, size_t done, size_t total); // may be NULL
    void *progress_ctx;
} pt_docker_opts;

typedef enum pt_docker_presence {
    PT_DOCKER_UNKNOWN, // we could not look; `reason` and `remedy` say why and how to
    PT_DOCKER_NONE,    // proved: no socket and no daemon
    PT_DOCKER_THERE,
} pt_docker_presence;

typedef struct pt_docker {
    pt_docker_presence presence;
    pt_str reason, remedy;
    bool podman;
    pt_subject daemon; // always judged unless NONE: its facts are then unknown
    // A list that could not be read is one subject, "every container", of which every fact is
    // unknown, so that nothing is silent.
    pt_subjects containers;
    pt_subjects images;
    pt_subjects networks;
} pt_docker;

// Never fails: what cannot be read is an unknown fact. All in `a`.
void pt_docker_collect(pt_world *w, pt_arena *a, const pt_docker_opts *opts, pt_docker *ret);
