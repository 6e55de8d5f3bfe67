// The ledger: one append-only Merkle log per host. Entries are made durable before they are
// acknowledged; a checkpoint signs the tree over them. Anyone with the public key (and, against
// root on the host, a checkpoint that is kept elsewhere) verifies it offline.
//
// On disk, below one folder (0700):
//   key                   the Ed25519 seed, 0600, made on first use      pub    its vkey
//   lock                  flock'ed by whoever changes anything; never renamed or removed
//   journal               the last signed entry and the acknowledged ones behind it:  u16 length,
//                         u16 lag, u32 CRC-32C, u64 sequence (all little-endian), entry bytes
//                         (journal.h). Never truncated but to cut a torn end: replaced by rename
//   tile/…, tile/entries/…  C2SP tlog-tiles          checkpoint   C2SP tlog-checkpoint, signed
// Order on disk, never changed: journal, fdatasync, acknowledge; tiles, fsync, folders; checkpoint;
// journal trimmed. (design: RFC 6962, RFC 8785; every write goes through pt_ledger_io, so that a
// test can fail or kill at each.)
//
// Several processes may append at once. One pt_ledger is used by one thread at a time.
#pragma once

#include "base/err.h"
#include "base/instant.h"
#include "crypto/note.h"
#include "record/ledger/merkle.h"

#define PT_LEDGER_ENTRY_BYTES_MAX 65535u // 16 bits of length in an entry bundle
#define PT_LEDGER_BATCH_MAX       4096u

typedef struct pt_ledger pt_ledger;

// The system calls that change the ledger, so that tests can fail, tear or kill at each of them.
// Each returns what the call returns, with errno.
typedef struct pt_ledger_io {
    int64_t (*write)(struct pt_ledger_io *io, int fd, const void *p, size_t n);
    int (*sync)(struct pt_ledger_io *io, int fd); // fdatasync or fsync
    int (*rename)(struct pt_ledger_io *io, int dir, const char *from, const char *to);
    int (*truncate)(struct pt_ledger_io *io, int fd, uint64_t size);
} pt_ledger_io;

typedef struct pt_ledger_opts {
    pt_str origin;            // of a ledger that is made now, e.g. "paratia.invalid/hel-07"
    uint32_t lock_timeout_ms; // 0: 10 s
    bool read_only;           // PT_E_ABSENT if there is none; never writes, needs no key
    pt_ledger_io *io;         // NULL: the real calls
} pt_ledger_opts;

// What opening found and mended; a caller reports it. Zero: nothing to say.
typedef struct pt_ledger_recovery {
    uint64_t replayed;   // entries that the journal held and no checkpoint covered
    uint64_t torn_bytes; // cut from the journal's end: never acknowledged
} pt_ledger_recovery;

// Open, or make with a new key. Recovers: verifies the last checkpoint, rebuilds the tree's edge
// from the tiles, replays the journal, cuts a torn tail.
// PT_E_CORRUPT: damage before the end, a checkpoint that is not ours, or a rollback (less on disk
// than was signed): nothing is written then, and e says which.
PT_CHECK pt_code pt_ledger_open(pt_ledger **ret, const char *dir, const pt_ledger_opts *opts,
                                pt_ledger_recovery *ret_recovery, pt_err *e);
void pt_ledger_free(pt_ledger *l); // NULL is fine. Does not make a checkpoint

// Append n entries (1..PT_LEDGER_BATCH_MAX) as one batch with one flush; durable on PT_OK, and
// *ret_first is the index of the first. On any error none of them is acknowledged. PT_E_LIMIT,
// PT_E_TIMEOUT (the lock): try again. After any other the ledger takes nothing more until it is
// opened again (a failed flush is final).
PT_CHECK pt_code pt_ledger_append(pt_ledger *l, const pt_str *entries, size_t n,
                                  uint64_t *ret_first, pt_err *e);

// Write the tiles and sign a checkpoint over all that is acknowledged, other processes' entries
// included. Does nothing if the last checkpoint covers it all.
PT_CHECK pt_code pt_ledger_checkpoint(pt_ledger *l, pt_err *e);

uint64_t pt_ledger_size(const pt_ledger *l);        // acknowledged entries, as last seen
uint64_t pt_ledger_signed_size(const pt_ledger *l); // under the checkpoint, as last seen
const pt_vkey *pt_ledger_key(const pt_ledger *l);
pt_str pt_ledger_checkpoint_text(const pt_ledger *l); // the signed note; empty before the first

// Entry `index`; lives in `a`. PT_E_ABSENT past the end.
PT_CHECK pt_code pt_ledger_entry(pt_ledger *l, pt_arena *a, uint64_t index, pt_str *ret, pt_err *e);

// Proofs within the tree of `size` leaves; size <= signed size.
PT_CHECK pt_code pt_ledger_inclusion(pt_ledger *l, uint64_t index, uint64_t size, pt_proof *ret,
                                     pt_err *e);
PT_CHECK pt_code pt_ledger_consistency(pt_ledger *l, uint64_t old_size, uint64_t size,
                                       pt_proof *ret, pt_err *e);

// Read the whole ledger again with `key` (NULL: its own pub file): every entry is hashed anew,
// every tile compared, the checkpoint's root recomputed and its signature verified. PT_E_CORRUPT
// names the entry or the file and what is wrong with it.
typedef struct pt_ledger_audit {
    uint64_t size, signed_size; // acknowledged; under the checkpoint
    pt_hash256 root;
    unsigned witnesses;  // signatures beside ours on the checkpoint
    uint64_t torn_bytes; // behind the journal's last record: never acknowledged, or cut since
} pt_ledger_audit;
PT_CHECK pt_code pt_ledger_verify(const char *dir, const pt_vkey *key, pt_ledger_audit *ret,
                                  pt_err *e);

// Is the ledger an extension of a checkpoint that was kept elsewhere? PT_E_CORRUPT: another root,
// or smaller than what was signed then: the log was rewritten.
PT_CHECK pt_code pt_ledger_extends(const char *dir, const pt_vkey *key, pt_str saved, pt_err *e);
