// What `watch --record` keeps and `--replay` reads: records as the sensor gave them (wire.h), among
// them descriptions of containers, behind a head that says of which host they are.
//
//   0      8      12     16          24           32        96       160       256
//   | PARATIAR | version | 0 | boot epoch | started at | host | kernel | reserved | record | record
//   …
//
// Little endian. The last record is an end mark; without it the recording was cut off, which the
// reader says, and which makes what was read before no less true. Not compressed: `zstd` of a
// finished file takes a tenth of it.
#pragma once

#include "base/err.h"
#include "collect/runtime/wire.h"
#include "fact/process.h"

#define PT_RECORDING_HEAD       256
#define PT_RECORDING_TEXT_BYTES 64 // of the host's and the kernel's name

typedef struct pt_recording_about {
    uint64_t boot_epoch_ns; // pt_runtime_options
    uint64_t started_ns;    // since the epoch
    char host[PT_RECORDING_TEXT_BYTES + 1], kernel[PT_RECORDING_TEXT_BYTES + 1];
} pt_recording_about;

// -- writing --------------------------------------------------------------------------------------
typedef struct pt_recorder pt_recorder;
// To `fd`, which stays the caller's; at most bytes_max bytes (0: no bound).
PT_CHECK pt_code pt_recorder_new(int fd, const pt_recording_about *about, uint64_t bytes_max,
                                 pt_recorder **ret, pt_err *e);
// Gathered and written by and by. PT_E_LIMIT: it would be longer than bytes_max; it is then ended,
// and whatever follows is PT_E_LIMIT, too. PT_E_IO.
PT_CHECK pt_code pt_recorder_put(pt_recorder *r, const struct pt_wire_head *record, pt_err *e);
PT_CHECK pt_code pt_recorder_flush(pt_recorder *r, pt_err *e);
// Write the end mark and what is left.
PT_CHECK pt_code pt_recorder_end(pt_recorder *r, pt_err *e);
uint64_t pt_recorder_bytes(const pt_recorder *r); // written and gathered
void pt_recorder_free(pt_recorder *r);

// -- reading --------------------------------------------------------------------------------------
// Where the bytes come from: like read(2), -1 with errno set for an error.
typedef struct pt_recording_source {
    long (*read)(void *ctx, void *to, size_t n);
    void *ctx;
} pt_recording_source;
// `ctx` is an int: a descriptor.
long pt_recording_read_fd(void *ctx, void *to, size_t n);

typedef struct pt_recording pt_recording;
// PT_E_FORMAT: not a recording. PT_E_UNSUPPORTED: of a later version. PT_E_IO.
PT_CHECK pt_code pt_recording_open(const pt_recording_source *from, pt_recording **ret,
                                   pt_recording_about *ret_about, pt_err *e);
// The next record, valid until the next call; NULL: there are no more. Its head is whole and its
// length true; what is in it pt_runtime_apply checks. PT_E_FORMAT: what follows is no record,
// e->offset says where; nothing behind it can be read.
PT_CHECK pt_code pt_recording_next(pt_recording *r, const struct pt_wire_head **ret, pt_err *e);
// After the last record: the end mark is missing, the recording was cut off.
bool pt_recording_cut(const pt_recording *r);
void pt_recording_free(pt_recording *r);
