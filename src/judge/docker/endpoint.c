#include "judge/docker/endpoint.h"

#define NONE   PT_DOCKER_BODY_NONE, PT_DOCKER_TYPE_COUNT
#define STREAM PT_DOCKER_BODY_STREAM, PT_DOCKER_TYPE_COUNT
#define IMPORT PT_DOCKER_BODY_IMPORT, PT_DOCKER_TYPE_COUNT
#define J(t)   PT_DOCKER_BODY_JSON, PT_DOCKER_TYPE_##t

#define HARMLESS PT_DOCKER_HARMLESS
#define READS    PT_DOCKER_READS
#define TOUCHES  PT_DOCKER_TOUCHES
#define CHANGES  PT_DOCKER_CHANGES
#define STARTS   PT_DOCKER_STARTS
#define ENTERS   PT_DOCKER_ENTERS
#define PLUGINS  PT_DOCKER_PLUGINS
#define CLUSTERS PT_DOCKER_CLUSTERS
#define SECRETS  PT_DOCKER_SECRETS

// In the order in which the daemon's router asks them: checkpoints, containers, images, system,
// volumes, build, session, swarm, plugins, distribution, networks, debug, gRPC.
// clang-format off
static const pt_docker_endpoint endpoints[] = {
    {"GET", "/containers/{id*}/checkpoints", "checkpoints", NONE, HARMLESS},
    {"POST", "/containers/{id*}/checkpoints", "checkpoints/create", J(CHECKPOINT), PT_DOCKER_CHECKPOINTS | TOUCHES},
    {"DELETE", "/containers/{id}/checkpoints/{checkpoint}", "checkpoints/delete", NONE, PT_DOCKER_CHECKPOINTS | TOUCHES},

    {"HEAD", "/containers/{id*}/archive", "containers/archive-stat", NONE, READS},
    {"GET", "/containers/json", "containers", NONE, HARMLESS},
    {"GET", "/containers/{id*}/export", "containers/export", NONE, READS | TOUCHES},
    {"GET", "/containers/{id*}/changes", "containers/changes", NONE, HARMLESS},
    {"GET", "/containers/{id*}/json", "containers/inspect", NONE, READS},
    {"GET", "/containers/{id*}/top", "containers/top", NONE, HARMLESS},
    {"GET", "/containers/{id*}/logs", "containers/logs", NONE, READS},
    {"GET", "/containers/{id*}/stats", "containers/stats", NONE, HARMLESS},
    {"GET", "/containers/{id*}/attach/ws", "containers/attach-ws", NONE, ENTERS | TOUCHES | READS},
    {"GET", "/exec/{id*}/json", "exec/inspect", NONE, HARMLESS},
    {"GET", "/containers/{id*}/archive", "containers/archive", NONE, READS | TOUCHES},
    {"POST", "/containers/create", "containers/create", J(CREATE), PT_DOCKER_MAKES},
    {"POST", "/containers/{id*}/kill", "containers/kill", NONE, TOUCHES},
    {"POST", "/containers/{id*}/pause", "containers/pause", NONE, TOUCHES},
    {"POST", "/containers/{id*}/unpause", "containers/unpause", NONE, TOUCHES},
    {"POST", "/containers/{id*}/restart", "containers/restart", NONE, STARTS | TOUCHES},
    {"POST", "/containers/{id*}/start", "containers/start", NONE, STARTS | PT_DOCKER_CHECKPOINTS},
    {"POST", "/containers/{id*}/stop", "containers/stop", NONE, TOUCHES},
    {"POST", "/containers/{id*}/wait", "containers/wait", NONE, HARMLESS},
    {"POST", "/containers/{id*}/resize", "containers/resize", NONE, TOUCHES},
    {"POST", "/containers/{id*}/attach", "containers/attach", STREAM, ENTERS | TOUCHES | READS},
    {"POST", "/containers/{id*}/exec", "containers/exec", J(EXEC), ENTERS | PT_DOCKER_EXECS | TOUCHES},
    {"POST", "/exec/{id*}/start", "exec/start", J(EXEC_START), CHANGES},
    {"POST", "/exec/{id*}/resize", "exec/resize", NONE, CHANGES},
    {"POST", "/containers/{id*}/rename", "containers/rename", NONE, PT_DOCKER_RENAMES | TOUCHES},
    {"POST", "/containers/{id*}/update", "containers/update", J(UPDATE), PT_DOCKER_UPDATES | TOUCHES},
    {"POST", "/containers/prune", "containers/prune", NONE, PT_DOCKER_PRUNES},
    {"POST", "/commit", "commit", PT_DOCKER_BODY_EITHER, PT_DOCKER_TYPE_COMMIT, PT_DOCKER_COMMITS | TOUCHES},
    {"PUT", "/containers/{id*}/archive", "containers/archive-put", STREAM, PT_DOCKER_COPIES_IN | ENTERS | TOUCHES},
    {"DELETE", "/containers/{id*}", "containers/delete", NONE, TOUCHES},

    {"GET", "/images/json", "images", NONE, HARMLESS},
    {"GET", "/images/search", "images/search", NONE, HARMLESS},
    {"GET", "/images/get", "images/get-many", NONE, READS},
    {"GET", "/images/{id*}/get", "images/get", NONE, READS},
    {"GET", "/images/{id*}/history", "images/history", NONE, HARMLESS},
    {"GET", "/images/{id*}/json", "images/inspect", NONE, HARMLESS},
    {"GET", "/images/{id*}/attestations", "images/attestations", NONE, HARMLESS},
    {"POST", "/images/load", "images/load", STREAM, PT_DOCKER_LOADS},
    {"POST", "/images/create", "images/create", IMPORT, PT_DOCKER_PULLS},
    {"POST", "/images/{id*}/push", "images/push", NONE, PT_DOCKER_PUSHES | READS},
    {"POST", "/images/{id*}/tag", "images/tag", NONE, PT_DOCKER_TAGS},
    {"POST", "/images/prune", "images/prune", NONE, CHANGES},
    {"DELETE", "/images/{id*}", "images/delete", NONE, CHANGES},

    {"OPTIONS", "/{any*}", "options", NONE, HARMLESS},
    {"GET", "/_ping", "ping", NONE, HARMLESS},
    {"HEAD", "/_ping", "ping", NONE, HARMLESS},
    {"GET", "/events", "events", NONE, HARMLESS},
    {"GET", "/info", "info", NONE, HARMLESS},
    {"GET", "/version", "version", NONE, HARMLESS},
    {"GET", "/system/df", "system/df", NONE, HARMLESS},
    {"POST", "/auth", "auth", STREAM, CHANGES},

    {"GET", "/volumes", "volumes", NONE, HARMLESS},
    {"GET", "/volumes/{id*}", "volumes/inspect", NONE, HARMLESS},
    {"POST", "/volumes/create", "volumes/create", J(VOLUME), PT_DOCKER_VOLUMES},
    {"POST", "/volumes/prune", "volumes/prune", NONE, CHANGES},
    {"PUT", "/volumes/{id*}", "volumes/update", J(VOLUME_UPDATE), PT_DOCKER_CLUSTER_VOLUMES},
    {"DELETE", "/volumes/{id*}", "volumes/delete", NONE, CHANGES},

    {"POST", "/build", "build", STREAM, PT_DOCKER_BUILDS},
    {"POST", "/build/prune", "build/prune", NONE, CHANGES},
    {"POST", "/build/cancel", "build/cancel", NONE, CHANGES},

    {"POST", "/session", "session", STREAM, PT_DOCKER_TUNNELS},

    {"POST", "/swarm/init", "swarm/init", J(SWARM_INIT), CLUSTERS},
    {"POST", "/swarm/join", "swarm/join", J(SWARM_JOIN), CLUSTERS},
    {"POST", "/swarm/leave", "swarm/leave", NONE, CLUSTERS},
    {"GET", "/swarm", "swarm", NONE, CLUSTERS},
    {"GET", "/swarm/unlockkey", "swarm/unlockkey", NONE, CLUSTERS},
    {"POST", "/swarm/update", "swarm/update", J(SWARM_UPDATE), CLUSTERS},
    {"POST", "/swarm/unlock", "swarm/unlock", J(SWARM_UNLOCK), CLUSTERS},
    {"GET", "/services", "services", NONE, READS},
    {"GET", "/services/{id}", "services/inspect", NONE, READS},
    {"POST", "/services/create", "services/create", J(SERVICE), PT_DOCKER_SERVES},
    {"POST", "/services/{id}/update", "services/update", J(SERVICE), PT_DOCKER_SERVES},
    {"DELETE", "/services/{id}", "services/delete", NONE, CHANGES},
    {"GET", "/services/{id}/logs", "services/logs", NONE, READS},
    {"GET", "/nodes", "nodes", NONE, HARMLESS},
    {"GET", "/nodes/{id}", "nodes/inspect", NONE, HARMLESS},
    {"DELETE", "/nodes/{id}", "nodes/delete", NONE, CLUSTERS},
    {"POST", "/nodes/{id}/update", "nodes/update", J(NODE), CLUSTERS},
    {"GET", "/tasks", "tasks", NONE, READS},
    {"GET", "/tasks/{id}", "tasks/inspect", NONE, READS},
    {"GET", "/tasks/{id}/logs", "tasks/logs", NONE, READS},
    {"GET", "/secrets", "secrets", NONE, HARMLESS},
    {"POST", "/secrets/create", "secrets/create", J(SECRET), SECRETS},
    {"DELETE", "/secrets/{id}", "secrets/delete", NONE, SECRETS},
    {"GET", "/secrets/{id}", "secrets/inspect", NONE, HARMLESS},
    {"POST", "/secrets/{id}/update", "secrets/update", J(SECRET), SECRETS},
    {"GET", "/configs", "configs", NONE, READS},
    {"POST", "/configs/create", "configs/create", J(CONFIG), SECRETS},
    {"DELETE", "/configs/{id}", "configs/delete", NONE, SECRETS},
    {"GET", "/configs/{id}", "configs/inspect", NONE, READS},
    {"POST", "/configs/{id}/update", "configs/update", J(CONFIG), SECRETS},

    {"GET", "/plugins", "plugins", NONE, HARMLESS},
    {"GET", "/plugins/{id*}/json", "plugins/inspect", NONE, HARMLESS},
    {"GET", "/plugins/privileges", "plugins/privileges", NONE, CHANGES},
    {"DELETE", "/plugins/{id*}", "plugins/delete", NONE, PT_DOCKER_UNPLUGS},
    {"POST", "/plugins/{id*}/enable", "plugins/enable", NONE, PLUGINS},
    {"POST", "/plugins/{id*}/disable", "plugins/disable", NONE, PT_DOCKER_UNPLUGS},
    {"POST", "/plugins/pull", "plugins/pull", J(PRIVILEGES), PLUGINS | PT_DOCKER_GRANTS},
    {"POST", "/plugins/{id*}/push", "plugins/push", NONE, PLUGINS},
    {"POST", "/plugins/{id*}/upgrade", "plugins/upgrade", J(PRIVILEGES), PLUGINS | PT_DOCKER_GRANTS},
    {"POST", "/plugins/{id*}/set", "plugins/set", J(PLUGIN_SET), PLUGINS},
    {"POST", "/plugins/create", "plugins/create", STREAM, PLUGINS},

    {"GET", "/distribution/{id*}/json", "distribution", NONE, CHANGES},

    {"GET", "/networks", "networks", NONE, HARMLESS},
    {"GET", "/networks/", "networks", NONE, HARMLESS},
    {"GET", "/networks/{id*}", "networks/inspect", NONE, HARMLESS},
    {"POST", "/networks/create", "networks/create", J(NETWORK), PT_DOCKER_NETWORKS},
    {"POST", "/networks/{id*}/connect", "networks/connect", J(CONNECT), PT_DOCKER_CONNECTS | TOUCHES},
    {"POST", "/networks/{id*}/disconnect", "networks/disconnect", J(DISCONNECT), TOUCHES},
    {"POST", "/networks/prune", "networks/prune", NONE, CHANGES},
    {"DELETE", "/networks/{id*}", "networks/delete", NONE, CHANGES},

    {"GET", "/debug/vars", "debug", NONE, PT_DOCKER_DEBUGS},
    {"GET", "/debug/pprof/{any*}", "debug", NONE, PT_DOCKER_DEBUGS},
    {"GET", "/vars", "debug", NONE, PT_DOCKER_DEBUGS},
    {"GET", "/pprof/{any*}", "debug", NONE, PT_DOCKER_DEBUGS},
    {"POST", "/grpc", "grpc", STREAM, PT_DOCKER_TUNNELS},
};
// clang-format on

// Take what the variable at *pattern stands for off *path; `rest` is the pattern behind it.
static bool take_variable(pt_str variable, pt_str rest, pt_str *path, pt_str *ret) {
    size_t n = pt_str_find(*path, '/');
    if (pt_str_ends(variable, PT_STR("*"))) {
        if (path->n < rest.n)
            return false;
        n = path->n - rest.n;
    } else if (n == 0) {
        return false;
    }
    *ret = pt_str_sub(*path, 0, n);
    *path = pt_str_sub(*path, n, path->n);
    return true;
}

static bool matches(pt_str pattern, pt_str path, pt_obj *args) {
    while (pattern.n) {
        size_t open = pt_str_find(pattern, '{');
        pt_str literal = pt_str_sub(pattern, 0, open);
        if (!pt_str_starts(path, literal))
            return false;
        path = pt_str_sub(path, open, path.n);
        if (open == pattern.n)
            break;
        size_t close = pt_str_find(pattern, '}');
        pt_str variable = pt_str_sub(pattern, open + 1, close);
        pattern = pt_str_sub(pattern, close + 1, pattern.n);
        pt_str value;
        if (!take_variable(variable, pattern, &path, &value))
            return false;
        const char *name = variable.p[0] == 'c' ? "checkpoint" : "id";
        pt_obj_set(args, name, pt_string(value));
    }
    return path.n == 0;
}

const pt_docker_endpoint *pt_docker_endpoint_find(pt_arena *a, pt_str method, pt_str path,
                                                  pt_value *ret_args) {
    for (size_t i = 0; i < PT_COUNT(endpoints); i++) {
        const pt_docker_endpoint *row = &endpoints[i];
        pt_str pattern = pt_str_of(row->pattern);
        pt_str head = pt_str_sub(pattern, 0, pt_str_find(pattern, '{'));
        if (!pt_str_eqz(method, row->method) || !pt_str_starts(path, head))
            continue;
        pt_obj args = {.a = a};
        if (!matches(pattern, path, &args))
            continue;
        *ret_args = pt_obj_end(&args);
        return row;
    }
    return NULL;
}

const char *pt_docker_endpoint_name(const pt_docker_endpoint *e) {
    return e ? e->name : "unknown";
}

bool pt_docker_endpoint_harmless(const pt_docker_endpoint *e) {
    return e && e->does == PT_DOCKER_HARMLESS;
}
