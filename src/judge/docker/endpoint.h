// The endpoints of the Engine API, as data: what the daemon's router knows. Private to docker/.
#pragma once

#include "judge/docker/docker_request.h"
#include "judge/docker/fields.h"

// What an endpoint does, for rules to be asked of it; bits.
typedef enum pt_docker_effect {
    PT_DOCKER_HARMLESS = 0,     // changes nothing, tells nothing secret
    PT_DOCKER_MAKES = 1 << 0,   // a container from the body
    PT_DOCKER_STARTS = 1 << 1,  // a container that was made before
    PT_DOCKER_ENTERS = 1 << 2,  // runs, or writes, in a container that was made before
    PT_DOCKER_SERVES = 1 << 3,  // containers on the nodes of a swarm
    PT_DOCKER_UPDATES = 1 << 4, // the limits of a container
    PT_DOCKER_TOUCHES = 1 << 5, // what may not be done to a protected container
    PT_DOCKER_PRUNES = 1 << 6,  // any container that is stopped
    PT_DOCKER_READS = 1 << 7,   // data leave
    PT_DOCKER_EXECS = 1 << 8,
    PT_DOCKER_COPIES_IN = 1 << 9,
    PT_DOCKER_COMMITS = 1 << 10,
    PT_DOCKER_CHECKPOINTS = 1 << 11,
    PT_DOCKER_BUILDS = 1 << 12,
    PT_DOCKER_TUNNELS = 1 << 13, // a channel that nobody can look into
    PT_DOCKER_PULLS = 1 << 14,
    PT_DOCKER_LOADS = 1 << 15,
    PT_DOCKER_PUSHES = 1 << 16,
    PT_DOCKER_TAGS = 1 << 17,
    PT_DOCKER_VOLUMES = 1 << 18,
    PT_DOCKER_CLUSTER_VOLUMES = 1 << 19,
    PT_DOCKER_NETWORKS = 1 << 20,
    PT_DOCKER_CONNECTS = 1 << 21,
    PT_DOCKER_PLUGINS = 1 << 22,
    PT_DOCKER_UNPLUGS = 1 << 23,
    PT_DOCKER_CLUSTERS = 1 << 24, // a swarm, its nodes and its keys
    PT_DOCKER_SECRETS = 1 << 25,
    PT_DOCKER_DEBUGS = 1 << 26,
    PT_DOCKER_CHANGES = 1 << 27, // something, in a way that no rule asks about
    PT_DOCKER_UNKNOWN_ENDPOINT = 1 << 28,
    PT_DOCKER_GRANTS = 1 << 29, // privileges to a plugin
    PT_DOCKER_SHARED = 1 << 30, // anything at all, of a daemon that tenants share
    // Whose name changes is judged as who is entered: no request for another one may reach it.
    PT_DOCKER_RENAMES = PT_DOCKER_ENTERS,
    // Whatever makes or revives a container.
    PT_DOCKER_CONTAINERS = PT_DOCKER_MAKES | PT_DOCKER_STARTS | PT_DOCKER_ENTERS | PT_DOCKER_SERVES,
} pt_docker_effect;

typedef enum pt_docker_body {
    PT_DOCKER_BODY_NONE,   // the handler takes none: there must be none
    PT_DOCKER_BODY_JSON,   // needed
    PT_DOCKER_BODY_EITHER, // JSON, null or none
    PT_DOCKER_BODY_STREAM, // archives, upgraded connections and credentials: never shown to plugins
    PT_DOCKER_BODY_IMPORT, // a stream where the query names fromSrc, else none
} pt_docker_body;

struct pt_docker_endpoint {
    const char *method;
    // "{id}" is one step, "{id*}" any number of them; behind the second only plain text stands.
    const char *pattern;
    const char *name;
    pt_docker_body body;
    pt_docker_body_type type; // of JSON
    uint32_t does;            // pt_docker_effect
};

// The row for a decoded path, and in *ret_args what it names; NULL: none.
const pt_docker_endpoint *pt_docker_endpoint_find(pt_arena *a, pt_str method, pt_str path,
                                                  pt_value *ret_args);
