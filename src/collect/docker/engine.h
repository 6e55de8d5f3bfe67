// Inside collect/docker: one conversation with an engine.
#pragma once

#include "collect/docker/docker.h"
#include "http/client.h"

typedef struct pt_engine {
    pt_world *w;
    pt_arena *a;
    pt_http_client *http;
    const char *socket; // path of the Unix socket
    int peer_pid;       // of the process that listens on it; 0: not known
} pt_engine;

// The configuration of the dockerd behind the socket: flags and daemon.json merged.
pt_fact pt_engine_config(pt_engine *g);

// The flags of a dockerd's argv (NUL-separated, as in /proc/PID/cmdline), under the names that
// daemon.json uses. Unknown flags are kept as they are.
pt_value pt_dockerd_flags(pt_arena *a, pt_str cmdline);
