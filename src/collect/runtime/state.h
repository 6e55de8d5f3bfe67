// From records (wire.h) to events (fact/event.h): keeps the processes, the containers and the
// sockets' roles, and gives each record what is known about it. The same for live records and for a
// recording. What it cannot know stays unknown.
#pragma once

#include "base/err.h"
#include "collect/runtime/wire.h"
#include "fact/event.h"

typedef struct pt_runtime pt_runtime;

typedef struct pt_runtime_options {
    size_t processes_max; // 0: PT_PROCESSES_MAX_DEFAULT
    // Realtime of boottime zero, ns since the epoch: times of events are told by it.
    uint64_t boot_epoch_ns;
    // Called when a container is met the first time, with its id of 64 digits (or 12…). It may
    // answer later, by a record. NULL: nobody knows names; metadata stays pending.
    void (*wanted)(void *ctx, pt_str full_id, pt_str runtime, uint32_t pid);
    void *ctx;
} pt_runtime_options;

PT_CHECK pt_code pt_runtime_new(const pt_runtime_options *o, pt_runtime **ret, pt_err *e);
void pt_runtime_free(pt_runtime *rt);

// One record. *ret is the event it amounts to (NULL: none, a snapshot or what only changes state);
// it and all that it points to live until the next call. PT_E_FORMAT: not a record; state is as it
// was, and e->offset says where. A record's head must be whole and its length true to `n` bytes.
PT_CHECK pt_code pt_runtime_apply(pt_runtime *rt, const struct pt_wire_head *record, size_t n,
                                  const pt_event **ret, pt_err *e);

// Nobody can say: the reason is kept for `paratia watch` to show.
void pt_runtime_nameless(pt_runtime *rt, pt_str full_id, pt_str reason);

// The names of the host's users and groups: texts of /etc/passwd and /etc/group.
PT_CHECK pt_code pt_runtime_host_names(pt_runtime *rt, pt_str passwd, pt_str group, pt_err *e);

// Those of a container, which must have been met (else PT_E_ABSENT); an empty id is the host.
PT_CHECK pt_code pt_runtime_names(pt_runtime *rt, pt_str full_id, pt_str passwd, pt_str group,
                                  pt_err *e);

typedef struct pt_runtime_counts {
    uint64_t events, malformed, unknown_process, evicted;
    uint64_t containers; // that were met, those that are gone included
} pt_runtime_counts;
pt_runtime_counts pt_runtime_counted(const pt_runtime *rt);
