// Receipts of decisions: entries of the ledger, written by a thread of their own, many with one
// flush. Who decides never waits for the disk longer than he says; what is not sealed yet is
// counted.
#pragma once

#include "record/ledger/ledger.h"

typedef struct pt_receipts pt_receipts;

typedef struct pt_receipts_opts {
    // The ledger to begin with; the writer's from then on.
    pt_ledger *ledger;
    // Open it again after a write that failed; NULL: it stays broken.
    pt_code (*open)(void *context, pt_ledger **ret, pt_err *e);
    // Told from the writer's thread, in order, when a receipt is sealed: `line` as it was given to
    // pt_receipts_put. Not sealed: it was given up (the queue was full). NULL: nobody.
    void (*told)(void *context, pt_str line, bool sealed, uint64_t index);
    // The ledger takes nothing (once for each time that begins), and takes entries again (e NULL).
    void (*broken)(void *context, const pt_err *e);
    void *context;
    // How long receipts are gathered that nobody waits for, so that they share a flush. 0: not.
    uint32_t gather_ms;
    size_t queue_bytes_max; // waiting entries and lines; 0: 64 MiB. Beyond, receipts are lost
    // When receipts count as stuck: some have waited for so long and none was sealed meanwhile, or
    // the ledger refuses and so many wait.
    uint32_t stuck_ms;    // 0: 5 s
    uint32_t stuck_after; // 0: 1000
} pt_receipts_opts;

typedef struct pt_receipts_counts {
    uint64_t sealed;  // since the start
    uint64_t waiting; // not sealed yet
    uint64_t lost;    // given up; the ledger gets an entry of kind "lost receipts" that counts them
} pt_receipts_counts;

// Start the writer. On an error the ledger is still the caller's.
PT_CHECK pt_code pt_receipts_new(pt_receipts **ret, const pt_receipts_opts *opts, pt_err *e);

// Hand over an entry (copied, like `line`), and wait at most `wait_ms` until it is sealed: true,
// and its index in *ret_index. False: not yet, or (wait_ms 0) not asked. From any thread.
bool pt_receipts_put(pt_receipts *r, pt_str entry, pt_str line, uint32_t wait_ms,
                     uint64_t *ret_index);

pt_receipts_counts pt_receipts_count(pt_receipts *r);

// Are receipts stuck? Then *ret_why in `a` is why, as the ledger says it (empty: it is slow).
bool pt_receipts_stuck(pt_receipts *r, pt_arena *a, pt_str *ret_why);

// Seal what waits (at most `wait_ms`), sign the tree, end the writer. True: nothing is missing of
// which the ledger does not say so. NULL is fine.
bool pt_receipts_free(pt_receipts *r, uint32_t wait_ms);
