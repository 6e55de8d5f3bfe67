// Inside collect/docker: one conversation with an engine.
#pragma once

#include "collect/docker/docker.h"
#include "http/client.h"

// A process of a container of this machine.
typedef struct pt_engine_process {
    int64_t pid;
    pt_str container; // its id, 64 hexadecimal digits
    pt_str command;   // one line
} pt_engine_process;

typedef struct pt_engine {
    pt_world *w;
    pt_arena *a;
    pt_http_client *http;
    const char *base;  // what stands before the path of a request: "http://127.0.0.1"
    const char *where; // for the operator: "/run/docker.sock", "tcp://10.0.0.5:2376"
    bool remote;       // over TCP: this host's files and processes are not the daemon's
    PT_VEC(pt_engine_process) processes;
    bool processes_whole; // every process could be looked at: `processes` leaves none out
    int peer_pid;         // of the process that listens on the socket; 0: not known
} pt_engine;

// The first default socket that is there; NULL: none is. `runtime` is XDG_RUNTIME_DIR, or NULL.
const char *pt_engine_socket_path(pt_world *w, pt_arena *a, pt_docker_which which,
                                  const char *runtime);

// A GET whose answer is no fact, but goes into `body` or, piece by piece, to `take`.
typedef struct pt_engine_ask {
    const pt_docker_save_ask *ask; // which engine; ask->image is for errors, NULL: a list
    const char *thing;             // "image", "container"
    bool container;
    pt_str path;  // of the request; {0}: there was no memory for it
    pt_str *body; // in the arena; NULL: `take` gets it
    pt_code (*take)(void *of, pt_str piece, pt_err *e);
    void *of;
} pt_engine_ask;

// The errors and *ret_where of pt_docker_save.
PT_CHECK pt_code pt_engine_fetch(pt_world *w, pt_arena *a, const pt_engine_ask *q,
                                 pt_str *ret_where, pt_err *e);

// GET `path` ("/info") as a fact: the parsed JSON answer, or why there is none.
pt_fact pt_engine_get(pt_engine *g, const char *path);

void pt_engine_set(pt_engine *g, pt_subject *s, const char *name, pt_fact f);

// Is this one of info.SecurityOptions ("rootless")?
bool pt_engine_has_option(pt_value info, const char *name);

// The configuration of the dockerd behind the socket: flags and daemon.json merged. Where
// daemon.json is depends on whether the engine is rootless, which `info` says.
pt_fact pt_engine_config(pt_engine *g, pt_fact info);

// The flags of a dockerd's argv (NUL-separated, as in /proc/PID/cmdline), under the names that
// daemon.json uses. Unknown flags are kept as they are.
pt_value pt_dockerd_flags(pt_arena *a, pt_str cmdline);
bool pt_dockerd_is(pt_str cmdline); // of a dockerd

// Facts that follow from the configuration: activation, no-new-privileges, tlscacert, tlscert,
// tlskey (collect/docker/docker.h).
void pt_engine_follow(pt_engine *g, pt_subject *daemon, pt_fact config, pt_fact info);

// The addresses of docker.socket and its drop-ins as {"hosts": ["tcp://[::]:2375", …]}.
pt_fact pt_docker_socket_unit(pt_world *w, pt_arena *a);

// Read the processes of this machine's containers, once for all of them.
void pt_engine_processes(pt_engine *g);

// What runs in a running container, as {"Processes": [[…, command], …]}: from /proc if its first
// process (State.Pid of `inspect`) is seen there, else the engine's own answer.
pt_fact pt_engine_top(pt_engine *g, pt_str id, pt_fact inspect);

// swarm and nodes of the daemon.
void pt_engine_swarm(pt_engine *g, pt_subject *daemon, pt_fact info);

// Of every container whose "inspect" is set: the namespaces that it ends up in, and nnp.
void pt_engine_resolve(pt_engine *g, const pt_subject *daemon, pt_subjects *containers);

// The fact "mounts" of every container whose "inspect" is set. `volumes`: GET /volumes.
void pt_engine_mounts(pt_engine *g, const pt_subject *daemon, pt_fact volumes,
                      pt_subjects *containers);

// The fact "socket" of the daemon.
pt_fact pt_engine_socket(pt_engine *g, pt_fact info);
