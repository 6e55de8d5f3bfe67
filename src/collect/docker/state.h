// What a Docker daemon keeps below its data root, read without asking the daemon: for who is called
// by the daemon in the middle of a request, and would wait for himself.
//
// Each answer is a fact: unknown with the reason where it cannot be read, absent only where that is
// proved. All live in `a`. A pt_docker_state may be shared between threads; `state` of the calls is
// one. (moby 20.10 to 29: volume/local, container, image stores with graph drivers.)
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "fact/world.h"

typedef struct pt_docker_state {
    pt_world *w;
    const char *root; // the daemon's data root: "/var/lib/docker"
    uint32_t keep_ms; // for how long the daemon's configuration is not read again
    // private
    atomic_int dockerd; // its process
    pthread_mutex_t lock;
    pt_arena kept; // under the lock, like what is below
    pt_fact daemon;
    int64_t kept_until_ns;
    pthread_mutex_t mounts_lock; // for what is below
    pt_arena mounts_kept;
    struct pt_state_container *containers; // by id
    size_t containers_n;
} pt_docker_state;
void pt_docker_state_done(pt_docker_state *s);

// The process that asked us something (of a socket that root alone can reach) is the daemon, if it
// is a dockerd with this data root. Until one is known, all answers but pt_docker_state_path's are
// unknown: a name in /proc proves nothing, any container can have a process of that name.
void pt_docker_state_asked_by(pt_docker_state *s, int pid);

// A volume: {"driver", "options": {"type", "o", "device", "size"}, "mountpoint"}. Of another driver
// than "local" the options are not known here: {"driver"} alone.
pt_fact pt_docker_state_volume(void *state, pt_arena *a, pt_str name);

// A container by id, name or the beginning of an id, in this order, as the daemon looks for it:
// {"id", "config": config.v2.json, "host": hostconfig.json}. Unknown where a name is also how
// another one's id begins: it would be that one as soon as the first is called otherwise.
pt_fact pt_docker_state_container(void *state, pt_arena *a, pt_str name);

// An image by id, reference or the beginning of an id: {"id": "sha256:…", "digests":
// ["web@sha256:…"], "config": {"User", "Volumes", …}}. Unknown with containerd's image store.
pt_fact pt_docker_state_image(void *state, pt_arena *a, pt_str reference);

// The running daemon: {"userns_remap": bool, "no_new_privileges": bool, "live_restore": bool,
// "containerd_images": bool, "seccomp_profile", "default_runtime": text, "data_root": path}.
pt_fact pt_docker_state_daemon(void *state, pt_arena *a);

// Where the running daemon listens, systemd's sockets for it too: {"hosts": ["unix://…",
// "tcp://…"], "tlsverify": bool}.
pt_fact pt_docker_state_listens(void *state, pt_arena *a);

// The process of the daemon that asked last; 0: none has yet.
int pt_docker_state_dockerd(pt_docker_state *s);

// What all containers that are stored mount of the host, by volumes too: [{"source": the path that
// was asked for, or the volume's device, "resolved" and "mounts" as below, when it was last read,
// "writable": bool}]. Only containers that changed are read again.
pt_fact pt_docker_state_mounts(void *state, pt_arena *a);

// A path of the host, walked part by part as root would: {"resolved": where it leads, "links":
// [the parts that are symbolic links], "open": [folders on the way, the path itself too, in which
// others than root may replace what lies there], "mounts": [the parts that another file system is
// mounted on], "type":
// "file|directory|symlink|socket|fifo|device"}. Absent: a part does not exist; the source is then
// the path where it would be, links resolved so far.
pt_fact pt_docker_state_path(void *state, pt_arena *a, pt_str path);
