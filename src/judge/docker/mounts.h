// A container as its creation and its stored configuration both describe it, and what it mounts.
// Private to docker/.
#pragma once

#include "judge/docker/docker_request.h"

typedef struct pt_docker_container {
    pt_value config; // Config of the API: Image, User, Env, …
    pt_value host;   // HostConfig
    pt_value points; // MountPoints of one that was made before; undefined: it is being made
    pt_str name;     // of one that was made before: what the request calls it
    pt_str called;   // the name that it has, or is to get; may be empty
    pt_str tenant;   // whose namespace its pod is in; empty: none
} pt_docker_container;

// Of what the host says: {"config": config.v2.json, "host": hostconfig.json}.
pt_docker_container pt_docker_container_of(pt_value known, pt_str name);
// A service's task, as the container that it becomes. Undefined members: the arena is full.
pt_docker_container pt_docker_container_of_service(pt_arena *a, pt_value service);

typedef enum pt_docker_mount_kind {
    PT_DOCKER_MOUNT_BIND,
    PT_DOCKER_MOUNT_VOLUME,
    PT_DOCKER_MOUNT_TMPFS,
    PT_DOCKER_MOUNT_IMAGE,
    PT_DOCKER_MOUNT_OTHER,   // npipe, cluster, and what is not known
    PT_DOCKER_MOUNT_FROM,    // a container of VolumesFrom that cannot be looked at: `why`
    PT_DOCKER_MOUNT_UNCLEAR, // a text of Binds that no one can read
} pt_docker_mount_kind;

typedef struct pt_docker_mount {
    pt_docker_mount_kind kind;
    pt_str field;                        // "HostConfig.Binds[0]"
    pt_str source;                       // a path, a volume's name (empty: a new one), an image
    pt_str type;                         // of OTHER
    pt_str target, options, propagation; // options: of tmpfs
    bool read_only;
    // Of a volume:
    pt_str driver; // empty: local
    pt_value driver_options;
    pt_fact why; // unknown: it could not be looked up; else known
    // Of a bind, and of a volume that binds: the folder of the host, cleaned; empty: none. And what
    // the host says of it.
    pt_str path;
    pt_fact walked;
} pt_docker_mount;

typedef PT_VEC(pt_docker_mount) pt_docker_mounts;

// All mounts of `c`, those of other containers' volumes too, with their volumes looked up and their
// folders walked. False: the arena is full.
bool pt_docker_mounts_read(pt_arena *a, const pt_docker_host *h, const pt_docker_container *c,
                           pt_docker_mounts *ret);

// The volume that a request makes, as one mount.
bool pt_docker_mounts_of_volume(pt_arena *a, const pt_docker_host *h, pt_value volume,
                                pt_docker_mounts *ret);

// What a volume of driver "local" mounts.
typedef enum pt_docker_local {
    PT_DOCKER_LOCAL_PLAIN, // a folder of the daemon's own
    PT_DOCKER_LOCAL_TMPFS,
    PT_DOCKER_LOCAL_BIND, // a folder of the host: option "device"
    PT_DOCKER_LOCAL_NFS,
    PT_DOCKER_LOCAL_OTHER,
} pt_docker_local;
pt_docker_local pt_docker_local_of(pt_value driver_options);
bool pt_docker_driver_is_local(pt_str driver);

// What a host knows that lacks a function.
pt_fact pt_docker_not_asked(void);

// A container by name, id or the beginning of one. Unknown for the name of a link (LINKER/ALIAS):
// whose that is, the daemon alone knows.
pt_fact pt_docker_find_container(pt_arena *a, const pt_docker_host *h, pt_str name);
// One that must be there: absent is unknown, too.
pt_fact pt_docker_need_container(pt_arena *a, const pt_docker_host *h, pt_str name);

// The containers that a list names, "NAME" or "NAME:…", each once: to look one up costs, and a body
// has room for a thousand. More than these are refused by whoever asks.
enum {
    PT_DOCKER_NAMED_MAX = 32,
};
typedef struct pt_docker_named {
    struct {
        pt_str name;
        size_t at; // where in the list it stands first
    } v[PT_DOCKER_NAMED_MAX];
    size_t n;
    bool more; // there are others
} pt_docker_named;
pt_docker_named pt_docker_named_in(pt_value list);
pt_fact pt_docker_too_many_named(void); // what is known of the others

// Is `path` the folder, or below it?
bool pt_docker_within(pt_str path, pt_str folder);
