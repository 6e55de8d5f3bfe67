// A copy of some kinds of objects, kept up to date by watches, each on a thread of its own: a kind
// that hangs keeps no other from being fresh. Which kinds may change.
#pragma once

#include "collect/cluster/cluster.h"

typedef struct pt_mirror pt_mirror;

typedef struct pt_mirror_opts {
    const pt_kubeconfig *config;
    const pt_cluster_kind *kinds; // each lists and watches
    size_t n_kinds;
    // Called from threads of the mirror, one at a time, without its locks. They may be NULL.
    void (*changed)(void *ctx, const pt_cluster_kind *k); // after a batch of changes
    void (*trouble)(void *ctx, const pt_err *e); // a kind cannot be kept fresh, and why, once for
                                                 // each; NULL: all can again
    void *ctx;
    uint32_t retry_ms; // the pause after a failure, which doubles up to 64 times; 0: 500
} pt_mirror_opts;

// Make it; everything in `opts` but ctx is copied. It asks the resolver and loads libcurl, so it
// comes before pt_rights_drop. PT_E_USAGE: a kind that does not list or watch; errors of
// pt_cluster_new.
PT_CHECK pt_code pt_mirror_new(pt_mirror **ret, const pt_mirror_opts *opts, pt_err *e);

// Start its threads: after pt_rights_drop, which counts for the calling thread and those it makes
// only, and needs pt_rights.threads and .internet. PT_E_IO: no threads.
PT_CHECK pt_code pt_mirror_start(pt_mirror *m, pt_err *e);

enum {
    PT_MIRROR_KINDS_MAX = 512,
};

// Keep one more kind from now on, after pt_mirror_start; nothing if it is kept already. When the
// server says that it has no such kind (404), that is no trouble yet: `changed` is called for it.
// Adding, dropping and visiting are of one thread. PT_E_USAGE: it does not list or watch;
// PT_E_LIMIT: too many kinds; PT_E_IO: no thread; PT_E_NOMEM.
PT_CHECK pt_code pt_mirror_add(pt_mirror *m, const pt_kubeconfig *config, const pt_cluster_kind *k,
                               pt_err *e);
void pt_mirror_drop(pt_mirror *m, const pt_cluster_kind *k); // one that was added

// Did the server say last that it has no such kind (404)?
bool pt_mirror_absent(const pt_mirror *m, const pt_cluster_kind *k);

// Was this kind listed once, or is it not kept?
bool pt_mirror_listed(pt_mirror *m, const pt_cluster_kind *k);

void pt_mirror_free(pt_mirror *m); // ends its threads, within a second or two; NULL is fine

bool pt_mirror_synced(pt_mirror *m);            // every kind was listed once
uint64_t pt_mirror_version(const pt_mirror *m); // grows with each change

// pt_monotonic_ns of when every kind was last known to be fresh; 0: not yet. While nothing changes
// the server tells so about once a minute.
int64_t pt_mirror_in_touch_ns(pt_mirror *m);

// Visit the objects of a kind (by group, version and resource) as they are now, without
// metadata.managedFields, in no order. The kind stands still meanwhile. PT_E_USAGE: it is not kept;
// PT_E_TIMEOUT: it was not listed yet; what `take` says; PT_E_NOMEM.
PT_CHECK pt_code pt_mirror_visit(pt_mirror *m, const pt_cluster_kind *k, pt_cluster_take *take,
                                 void *ctx, pt_err *e);
