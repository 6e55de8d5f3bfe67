// What the sources of state.h share.
#pragma once

#include "collect/runtime/decode.h"
#include "collect/runtime/state.h"

// -- paths (path.c)
// ---------------------------------------------------------------------------------
// base and path joined, without "//", ".", "name/..": by the text alone, links are not followed. A
// path that starts with '/' needs no base; an empty base is an unknown one.
pt_str pt_path_resolve(pt_arena *a, pt_str base, pt_str path);

// The pod's uid in a cgroup's path, as Kubernetes writes it. False: none.
#define PT_POD_UID 36
bool pt_cgroup_pod(pt_str path, char ret_uid[PT_POD_UID + 1]);

// -- what was used last (recent.c)
// ----------------------------------------------------------------------------
// A table of at most `max` entries of one size by a key of two numbers; the one that was not used
// for the longest time makes room. Zeroed entries are new ones.
typedef struct pt_recent pt_recent;
pt_recent *pt_recent_new(size_t max, size_t size, void (*drop)(void *entry)); // NULL: no memory
void pt_recent_free(pt_recent *r);
void pt_recent_clear(pt_recent *r);
void *pt_recent_find(pt_recent *r, uint64_t a, uint64_t b); // NULL: not there
void *pt_recent_of(pt_recent *r, uint64_t a, uint64_t b);   // there or new; never NULL

// -- sockets (sockets.c)
// ----------------------------------------------------------------------------
// How the file of an event looks after the call, and what is remembered of its socket by its
// cookie.
#define PT_SOCKETS_MAX 16384
pt_recent *pt_sockets_new(void);
void pt_socket_apply(pt_recent *sockets, const pt_record *r, pt_file_ref *f);

// -- names of opened files (opened.c)
// ---------------------------------------------------------------
// Under which path a process opened a descriptor, for its later events.
#define PT_OPENED_MAX 16384
pt_recent *pt_opened_new(void);
void pt_opened_put(pt_recent *opened, uint32_t pid, const pt_file_ref *f);
// The path, if that descriptor still is that file, of the process or of who made it; empty: not
// known. It lives until the next put.
pt_str pt_opened_find(pt_recent *opened, const pt_process *p, const pt_file_ref *f);

// -- containers (known.c)
// ---------------------------------------------------------------------------
typedef struct pt_met_containers pt_met_containers;
pt_met_containers *pt_met_new(void);
void pt_met_free(pt_met_containers *all);
pt_container *pt_met_host(pt_met_containers *all);
// By a cgroup's id; NULL: no path of that cgroup was seen.
pt_container *pt_met_of_cgroup(pt_met_containers *all, uint64_t cgroup);
// The container of a cgroup's path, remembered for its id; *ret_new: it was met the first time.
// NULL: no memory.
pt_container *pt_met_meet(pt_met_containers *all, uint64_t cgroup, pt_str path, bool *ret_new);
pt_container *pt_met_find(pt_met_containers *all, pt_str full_id);
// Known by its id alone; NULL: no memory.
pt_container *pt_met_add(pt_met_containers *all, pt_str full_id, pt_str runtime);
// Take what `from` says into `c`, copied. Users and groups that `from` does not tell stay.
PT_CHECK bool pt_met_set(pt_met_containers *all, pt_container *c, const pt_container *from);
PT_CHECK bool pt_met_set_names(pt_met_containers *all, pt_container *c, pt_str passwd,
                               pt_str group);
PT_CHECK bool pt_met_fail(pt_met_containers *all, pt_container *c, pt_str reason);
// A record of this time (since boot) comes. Forget containers that none of the processes is in,
// once there are many: keeps cost and memory in proportion to what is alive.
void pt_met_sweep(pt_met_containers *all, pt_processes *processes, uint64_t now_ns);

// -- the whole (state.c)
// ----------------------------------------------------------------------------
struct pt_runtime {
    pt_runtime_options o;
    pt_processes *processes;
    pt_recent *sockets, *opened;
    pt_met_containers *containers;
    pt_runtime_counts counts;
    pt_arena scratch; // of the event
    pt_event event;
    pt_process nobody;   // who a container's own event is about
    uint64_t lost_ns;    // when events were lost last, since boot; 0: never
    uint64_t *sequences; // of each processor, the last
    size_t n_sequences;
    uint8_t (*sources)[PT_EVENT_ARGS_MAX]; // by type and argument: where it is taken from (args.c)
};

// The process of a record, made from its head if it was not known. NULL: no memory.
pt_process *pt_state_process(pt_runtime *rt, const pt_record *r);
// What the call changed: of the process, of others, of containers.
PT_CHECK bool pt_state_change(pt_runtime *rt, const pt_record *r, pt_process *p);
pt_container *pt_state_container(pt_runtime *rt, const pt_record *r);

bool pt_args_sources(pt_runtime *rt); // false: no memory
void pt_args_fill(pt_runtime *rt, const pt_record *r, pt_event *ev);
void pt_file_fill(pt_runtime *rt, const pt_record *r, pt_event *ev);

// Which container a cgroup's path belongs to: the last 64 hexadecimal digits after '/', "docker-",
// "cri-containerd-", "crio-", "libpod-", without ".scope". False: none, the host.
bool pt_cgroup_container(pt_str path, pt_str *ret_full_id, pt_str *ret_runtime);

// A container by its id (12 digits at least); NULL: not met.
const pt_container *pt_runtime_container(const pt_runtime *rt, pt_str id);

// What an engine says of a container (collect/runtime/containers.h), copied. Its processes' events
// show it from now on.
PT_CHECK pt_code pt_runtime_named(pt_runtime *rt, const pt_container *c, pt_err *e);
