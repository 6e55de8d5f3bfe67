// The journal: what is acknowledged and in no tile yet, record after record. Private to the ledger.
//
//   0        2        4                8                                16          16 + length
//   | length |  lag   |  CRC-32C       |  sequence                      |  entry …  |
//     u16      u16      u32              u64, all little-endian
//
// The CRC covers all but itself. `sequence` is the entry's index in the log; the records of a file
// count up by one. `lag`: when this record was written, every entry below sequence - lag was known
// to be durable. That tells damage from a torn end: the kernel may have written a later page of an
// unflushed batch and not an earlier one, so a bad record before a valid one is damage only if the
// valid one says that the bad one had been durable.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "record/ledger/ledger.h"

#define PT_RECORD_HEAD      16u
#define PT_RECORD_BYTES_MAX (PT_RECORD_HEAD + PT_LEDGER_ENTRY_BYTES_MAX)
#define PT_SEQUENCE_MAX     ((uint64_t)INT64_MAX)
#define PT_SEQUENCE_ANY     UINT64_MAX

// CRC-32C of the concatenation of n parts.
uint32_t pt_crc32c(const pt_str *parts, size_t n);

typedef struct pt_record {
    uint64_t sequence;
    uint64_t durable; // entries that were durable when it was written
    pt_str entry;
    size_t bytes; // of the record
} pt_record;

// Append one record; entry.n <= PT_LEDGER_ENTRY_BYTES_MAX, durable <= sequence.
void pt_record_put(pt_buf *b, uint64_t sequence, uint64_t durable, pt_str entry);

// The record at the start of `bytes`; borrows them. False: none that is whole and valid.
bool pt_record_get(pt_str bytes, pt_record *ret);

// Walks the bytes [at, end) of a file. A zeroed cursor with `fd` set is valid; pt_cursor_done
// frees.
typedef struct pt_cursor {
    int fd;
    uint64_t at, end; // next byte to read; bytes of the file that count
    uint64_t want;    // the next sequence, or PT_SEQUENCE_ANY
    pt_buf window;    // bytes of the file from `base`
    uint64_t base;
} pt_cursor;
void pt_cursor_done(pt_cursor *c);
void pt_cursor_start(pt_cursor *c, int fd, uint64_t at, uint64_t end, uint64_t want);

// The next record, borrowed until the next call. *ret_more is false at the end of the valid
// records: then c->at == c->end, or bytes of a torn record follow (never acknowledged).
// PT_E_CORRUPT: damage, see above; e->offset is the bad record's.
PT_CHECK pt_code pt_cursor_next(pt_cursor *c, pt_record *ret, bool *ret_more, pt_err *e);
