// Reading the kernel's ring buffers (kernel/bpf/ringbuf.c) from their mapped memory, and merging
// several of them by time.
//
//   one page: the consumer's position; one page: the producer's; then the data, mapped twice in a
//   row, so that what goes over the end is whole
//   data:  uint32 length, with two bits: 31 it is being written, 30 it is void | uint32 | bytes,
//   padded to 8
#pragma once

#include "base/err.h"
#include "collect/runtime/wire.h"

typedef struct pt_ring {
    uint64_t *consumed;       // shared: the kernel reads it
    const uint64_t *produced; // shared: the kernel writes it
    const uint8_t *data;
    uint64_t mask; // bytes of the data - 1
    // ours
    void *mapped;                    // what the last two lie in, for whoever made them
    int fd;                          // the map's, for whoever waits
    uint64_t at;                     // what is read next
    uint64_t length;                 // of the record at `at`, its header included
    const struct pt_wire_head *head; // it; NULL: none is known
} pt_ring;

typedef struct pt_rings {
    pt_ring *v;
    size_t n;
    pt_ring *taken; // whose record the caller has
} pt_rings;

// The next record in order of time; it stays until the next call. NULL: none yet, and then
// *ret_wait_ns says after what time it makes sense to look again: UINT64_MAX if nothing waits.
// Something waits when a ring holds a record and another holds none: an older one may still come
// from that one, for `order_ns` at most. PT_E_FORMAT: what lies in a ring is no record.
PT_CHECK pt_code pt_rings_next(pt_rings *r, uint64_t now_ns, uint64_t order_ns,
                               const struct pt_wire_head **ret, uint64_t *ret_wait_ns, pt_err *e);
