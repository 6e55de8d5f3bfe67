// Facts of a Docker daemon (or Podman's compatible socket) through the Engine API.
//
// Facts of the daemon (PT_KIND_DOCKER): version, info: the answers of GET /version and /info;
//   config: daemon.json merged with the flags of the running dockerd, {"icc": false, …} with list
//   options as arrays, booleans as booleans; activation: {"hosts": […], "tlsverify", …} where
//   systemd listens for it, absent without fd://; reached: {"address", "tls", "certificate"} of a
//   TCP connection, absent over a Unix socket; no-new-privileges: the default of containers, absent
//   when it is not set; tlscacert, tlscert, tlskey: stat of the file of that option, absent when it
//   is not set; bridge: GET /networks/bridge; swarm, nodes: GET /swarm and /nodes of a manager,
//   absent without Swarm; socket: {"stat": as pt_world_stat, "rootless": bool} of the Unix socket
//   that it was asked through, absent over TCP and for /run/docker.sock, a fact of the host.
// Facts of a container: inspect: GET /containers/ID/json; top: GET /containers/ID/top of a running
//   one; info of its daemon; nnp: {"options": […], "default": bool}; NetworkMode, PidMode, IpcMode,
//   UTSMode: {"mode": "host", "of": "the container whose it is"}, "container:X" followed to its
//   end; mounts: {"mounts": [{"source", "destination", "rw", "type", "propagation", "resolved":
//   where symbolic links lead if that is elsewhere, "socket": true, "holds": "docker.sock" in a
//   folder, "why": what is not known of it}], sorted by source and destination, "sockets": [the
//   daemon's own and its containerd's], "data": DockerRootDir, "followed": whether links were}. The
//   source of a local volume is the device that it mounts.
// Facts of an image: inspect, history. Facts of a network: inspect.
#pragma once

#include "fact/subject.h"
#include "fact/world.h"
#include "http/client.h"

// What the operator says about which engine is meant. NULL or "": nothing.
typedef struct pt_docker_ask {
    const char *address;    // --docker
    const char *context;    // --context
    const char *host;       // DOCKER_HOST
    const char *of_env;     // DOCKER_CONTEXT
    const char *tls_verify; // DOCKER_TLS_VERIFY: anything means TLS
    const char *cert_path;  // DOCKER_CERT_PATH: the folder of ca.pem, cert.pem, key.pem
    const char *config;     // DOCKER_CONFIG, else below `home`
    const char *home;       // HOME
    const char *runtime;    // XDG_RUNTIME_DIR: where the sockets of rootless engines are
} pt_docker_ask;

// Where the engine is. Zeroed: one of the default sockets.
typedef struct pt_docker_target {
    pt_str shown;       // as it was named: "tcp://10.0.0.5:2376"
    const char *socket; // path of its Unix socket
    const char *url;    // or TCP: "https://10.0.0.5:2376"
    pt_host host;       // of that URL
    bool uses_tls;
    pt_http_tls tls;
    const char *runtime;   // XDG_RUNTIME_DIR, for the default sockets
    pt_str reason, remedy; // why it cannot be asked; empty: it can
} pt_docker_target;

// Find the engine as docker's client does: --docker or --context, DOCKER_HOST, DOCKER_CONTEXT,
// currentContext of config.json, the default sockets. Reads the operator's own files and asks the
// resolver, so it comes before pt_rights_drop. All in `a`. PT_E_USAGE: the operator's words are off
// (no such context, an address of an unknown kind); what merely cannot be asked is ret->reason.
PT_CHECK pt_code pt_docker_find(pt_world *w, pt_arena *a, const pt_docker_ask *ask,
                                pt_docker_target *ret, pt_err *e);

typedef struct pt_docker_opts {
    const pt_docker_target *target;
    uint32_t timeout_ms;                                                 // per request; 0: 10 s
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

// Which of the default sockets count, where the operator named no engine.
typedef enum pt_docker_which {
    PT_DOCKER_ANY, // Docker's first
    PT_DOCKER_ONLY,
    PT_PODMAN_ONLY,
} pt_docker_which;

typedef struct pt_docker_save_ask {
    const pt_docker_target *target; // of pt_docker_find; zeroed: a default socket
    pt_docker_which which;
    const char *image;  // a name with or without a tag or a digest, or an id
    int to;             // a file that may be written from its beginning on; not for pt_docker_id
    uint64_t bytes_max; // of what is written
} pt_docker_save_ask;

// Can it be an image's name, or an id? Nothing else goes into the path of a request.
bool pt_docker_image_name(pt_str s);

// Write an image to a file as `docker save` does (GET /images/NAME/get). *ret_where: the engine
// that was asked, in `a`; empty: there is none. PT_E_ABSENT: there is no engine, or it has no such
// image. PT_E_USAGE: it is no name. PT_E_LIMIT: more than bytes_max. PT_E_DENIED, PT_E_TIMEOUT,
// PT_E_IO.
PT_CHECK pt_code pt_docker_save(pt_world *w, pt_arena *a, const pt_docker_save_ask *ask,
                                pt_str *ret_where, pt_err *e);

// What the engine calls that image (GET /images/NAME/json): while this stays the same, so does the
// image. *ret_where and the errors are those of pt_docker_save; PT_E_FORMAT: it calls it nothing.
PT_CHECK pt_code pt_docker_id(pt_world *w, pt_arena *a, const pt_docker_save_ask *ask,
                              pt_str *ret_where, pt_str *ret, pt_err *e);

// Write a container, as it is now, to a file as `docker save` writes an image of one layer: its
// root (GET /containers/NAME/export), and the configuration that it was made with. Nothing of it is
// run. What is mounted into it is not in it. *ret: {"id", "name", "image": as it was named,
// "image_id", "created", "state", "mounts": [where something is mounted]}, in `a`. ask->image is
// its name or id. PT_E_USAGE: it is no name; PT_E_FORMAT: no such answer; PT_E_IO: the engine ended
// before the end; else the errors of pt_docker_save.
PT_CHECK pt_code pt_docker_export(pt_world *w, pt_arena *a, const pt_docker_save_ask *ask,
                                  pt_str *ret_where, pt_value *ret, pt_err *e);

// The images of an engine (GET /images/json): an array of {"Id", "RepoTags", "RepoDigests", "Size",
// …}, in `a`. Of `ask` only `target` and `which` count. The errors of pt_docker_save, and
// PT_E_FORMAT.
PT_CHECK pt_code pt_docker_list(pt_world *w, pt_arena *a, const pt_docker_save_ask *ask,
                                pt_value *ret, pt_err *e);
