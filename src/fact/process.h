// Processes and containers of a host as they are known at an event. collect/runtime fills and owns
// the table; whoever judges follows pointers only while the event lasts.
#pragma once

#include "base/arena.h"
#include "base/str.h"

typedef struct pt_mount {
    pt_str source, destination, mode, propagation;
    bool writable;
} pt_mount;

typedef enum pt_known {
    PT_KNOWN_PENDING,
    PT_KNOWN_YES,
    PT_KNOWN_FAILED
} pt_known;

// A name of /etc/passwd or /etc/group inside a container.
typedef struct pt_id_name {
    uint32_t id;
    pt_str name;
    pt_str home, shell; // of users
} pt_id_name;

typedef struct pt_label {
    pt_str name, value;
} pt_label;

// What is outside of containers is one of id "host": its metadata is known and its texts are empty.
typedef struct pt_container {
    pt_known
        metadata;  // what its engine says of it; until YES only id, full_id and runtime are known
    pt_str reason; // of FAILED: why nobody can say
    pt_str id;     // 12 characters, or "host"
    pt_str full_id;
    pt_str runtime; // "docker", "containerd", "cri-o", "podman"
    pt_str name;
    pt_str image;      // as it was asked for
    pt_str image_id;   // 12 characters
    pt_str repository; // of the first repository digest, else of the first tag
    pt_str tag, digest;
    bool privileged;
    bool host_pid, host_network, host_ipc;
    const pt_mount *mounts;
    size_t n_mounts;
    const pt_label *labels;
    size_t n_labels;
    const pt_id_name *users, *groups; // sorted by id
    size_t n_users, n_groups;
    pt_str ip;
    pt_str pod_name, pod_namespace, pod_uid, pod_sandbox; // empty: not of Kubernetes
    uint64_t start_ns; // of the first process of its pid namespace, since the epoch; 0: unknown
    uint64_t created_ns;
    uint64_t cgroup_id; // in the unified hierarchy
} pt_container;

// The name of a user or group there; empty if it has none (0 without a file is "root").
pt_str pt_container_user(const pt_container *c, uint32_t uid);
pt_str pt_container_group(const pt_container *c, uint32_t gid);

typedef enum pt_exe_flag {
    PT_EXE_WRITABLE = 1 << 0,    // by its own user
    PT_EXE_UPPER_LAYER = 1 << 1, // of an overlay: not what the image brought
    PT_EXE_MEMFD = 1 << 2,
    PT_EXE_LOWER_LAYER = 1 << 3,
} pt_exe_flag;

// A process (thread group). Texts end where the kernel or a bound cut them.
typedef struct pt_process pt_process;
struct pt_process {
    uint32_t pid, vpid; // in the first pid namespace, and in its own
    uint64_t start_ns;  // since boot; with pid the process's key
    uint64_t clone_ns;  // since the epoch, as proc.duration counts
    uint32_t ppid;
    pt_process *parent; // NULL: unknown. Who reaped its parent, once that is gone
    uint32_t sid, vsid, pgid, vpgid;
    uint32_t pidns; // inode of the namespace
    pt_str comm;    // of the main thread, 15 bytes at most
    pt_str exe;     // argv[0]
    pt_str exe_path;
    pt_str args;        // argv[1…], each with a NUL behind it
    pt_str environment; // likewise, as far as it is wanted
    pt_str cwd;         // ends with /
    uint32_t tty;       // 0: none
    uint32_t uid, gid;
    int64_t login_uid;
    uint64_t cap_effective, cap_permitted;
    unsigned exe_flags; // pt_exe_flag
    uint64_t exe_dev, exe_ino, exe_ctime_ns, exe_mtime_ns;
    const pt_container *container;
    bool dead;         // it ended; kept while it has children or events drain
    uint64_t end_ns;   // since boot; set before pt_process_end
    bool stale;        // events were lost since this was read
    uint64_t image_ns; // since boot: when what it runs (texts, program) was told last; 0: never
    bool reaper;       // orphans below it become its children (PR_SET_CHILD_SUBREAPER)
};

// The table. A zeroed one is empty and finds nothing.
typedef struct pt_processes pt_processes;
// The live or last known process of this id, NULL if there is none.
const pt_process *pt_process_find(const pt_processes *all, uint32_t pid);

// -- for whoever fills it (collect/runtime)
// ---------------------------------------------------------
#define PT_PROCESSES_MAX_DEFAULT 65536
pt_processes *pt_processes_new(size_t processes_max); // NULL: no memory
void pt_processes_free(pt_processes *all);
// A new entry in the place of one that the same pid had (which stays readable until the next call
// of pt_processes_sweep). NULL: no memory. When the table is full the oldest dead one makes room,
// else the oldest; *evicted of the table counts.
pt_process *pt_process_add(pt_processes *all, uint32_t pid, uint64_t start_ns);
pt_process *pt_process_get(pt_processes *all, uint32_t pid);
// Set a text: copied, owned by the process. False: no memory, it is then empty.
bool pt_process_set(pt_process *p, pt_str *field, pt_str text);
// Begin with the texts and numbers of `parent` as fork does, whatever is the child's own (ids,
// start) excepted. Texts are shared until one of the two is set.
void pt_process_inherit(pt_process *child, const pt_process *parent);
// Who its parent is: NULL for unknown, and so is one that is not older than the child (by start_ns,
// then pid), so that ancestors never go in a circle. Nobody else sets `parent`.
void pt_process_adopt(pt_process *child, pt_process *parent);
// Its first child, and the next child of the same parent, dead ones too; NULL: no more.
pt_process *pt_process_first_child(const pt_process *p);
pt_process *pt_process_next_child(const pt_process *child);
// It ended: it is dead, its living children are its `heir`'s (NULL: unknown).
void pt_process_end(pt_processes *all, pt_process *p, pt_process *heir);
// Forget dead ones without children that ended before `before_ns` (since boot), and free what was
// replaced or evicted. Costs what it frees.
void pt_processes_sweep(pt_processes *all, uint64_t before_ns);
typedef struct pt_processes_count {
    size_t live, dead, evicted;
} pt_processes_count;
// Call with each entry, dead ones too; `each` may set fields and texts of it.
void pt_processes_each(pt_processes *all, void (*each)(void *ctx, pt_process *p), void *ctx);
pt_processes_count pt_processes_counted(const pt_processes *all);
