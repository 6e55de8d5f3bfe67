// What one open ledger knows, and the steps that open, append and checkpoint share. Private.
#pragma once

#include "record/ledger/folder.h"
#include "record/ledger/journal.h"
#include "record/ledger/tile.h"

struct pt_ledger {
    pt_folder folder; // folder.fd, folder.io, folder.failed
    char *path;
    pt_ledger_io real_io;
    bool read_only;
    uint32_t lock_timeout_ms;
    int lock;

    pt_buf pub; // holds key.name
    pt_vkey key;
    pt_ed25519_seed seed; // of a writer

    pt_buf note; // the last checkpoint's text; empty before the first
    pt_checkpoint signed_tree;
    unsigned witnesses;
    pt_merkle_edge edge; // of the signed tree

    int journal;          // this file is the journal as long as its inode bears that name
    uint64_t first, size; // its first sequence; entries of the log as last seen
    uint64_t end;         // bytes of the journal that hold valid records
    uint64_t durable;     // entries that are known to be durable
    pt_cursor cursor;
    pt_buf batch;
};

// lock.c: one lock for all who change the ledger (exclusive) or read its moving parts (shared).
PT_CHECK pt_code pt_ledger_lock(pt_ledger *l, pt_err *e);
void pt_ledger_unlock(pt_ledger *l);

// key.c, under the lock. Make the key, an empty journal and, last, the pub file, unless pub is
// there.
PT_CHECK pt_code pt_ledger_make(pt_ledger *l, pt_str origin, pt_err *e);
PT_CHECK pt_code pt_ledger_load_pub(pt_ledger *l, pt_err *e);
PT_CHECK pt_code pt_ledger_load_seed(pt_ledger *l, pt_err *e);

// load.c, under the lock; none of these writes.
// Read and verify the checkpoint, which must not be older than what this handle has seen.
PT_CHECK pt_code pt_ledger_load_checkpoint(pt_ledger *l, pt_err *e);
// The edge of the signed tree from its tiles; PT_E_CORRUPT if its root is another.
PT_CHECK pt_code pt_ledger_load_edge(pt_ledger *l, pt_err *e);
// Open the journal and walk it to the end of its valid records, which must reach from below the
// signed size to at or above it.
PT_CHECK pt_code pt_ledger_load_journal(pt_ledger *l, pt_err *e);
// Bytes behind the valid records, as of now.
PT_CHECK pt_code pt_ledger_torn(pt_ledger *l, uint64_t *ret, pt_err *e);

// recover.c, under the lock.
// Mend what a crash left: flush names, drop what the checkpoint covers, cut a torn end.
PT_CHECK pt_code pt_ledger_mend(pt_ledger *l, pt_err *e);
// See what other processes did since: their entries, their checkpoint, their torn end.
PT_CHECK pt_code pt_ledger_catch_up(pt_ledger *l, pt_err *e);
// Replace the journal by its records from the last signed one on.
PT_CHECK pt_code pt_ledger_trim(pt_ledger *l, pt_err *e);

// open.c: without the edge, for verify, which then says what differs. `key` replaces the pub file.
PT_CHECK pt_code pt_ledger_snapshot(pt_ledger **ret, const char *dir, const pt_vkey *key,
                                    pt_err *e);

// Refuse a handle that failed or only reads.
PT_CHECK pt_code pt_ledger_writable(const pt_ledger *l, pt_err *e);
