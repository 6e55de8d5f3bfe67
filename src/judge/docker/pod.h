// The pod that a container amounts to, field by field as docs/guard-docker.md lists it. Private to
// docker/.
#pragma once

#include "judge/docker/mounts.h"
#include "value/path.h"

typedef struct pt_docker_podding {
    pt_arena *a;
    const pt_docker_host *h;
    const pt_docker_container *c;
    const pt_docker_mounts *mounts;
    pt_fact daemon, image; // what the host knows of them
    pt_str unknown;        // what could not be read; empty: nothing
} pt_docker_podding;

pt_value pt_docker_pod_of(pt_arena *a, const pt_docker_host *h, const pt_docker_container *c,
                          const pt_docker_mounts *mounts, pt_str *ret_unknown);

// The value at `path` of HostConfig.
static inline pt_value pt_docker_pod_hc(const pt_docker_podding *p, const char *path) {
    return pt_path_get(p->c->host, path);
}

// A list or object that has something in it, else undefined.
static inline pt_value pt_docker_some(pt_value v) {
    return pt_len(v) ? v : pt_undefined();
}

// What could not be read: the first such thing is told.
void pt_docker_pod_unknown(pt_docker_podding *p, pt_str what, pt_fact why);

// -- pod_volumes.c --------------------------------------------------------------------------------

pt_value pt_docker_pod_volumes(pt_docker_podding *p);
pt_value pt_docker_pod_volume_mounts(pt_docker_podding *p);
pt_value pt_docker_pod_ports(pt_docker_podding *p);
pt_value pt_docker_pod_resources(pt_docker_podding *p);

// -- pod_security.c -------------------------------------------------------------------------------

pt_value pt_docker_pod_container_security(pt_docker_podding *p);
pt_value pt_docker_pod_security(pt_docker_podding *p);
