// Packed bytes that lie in memory: gzip (RFC 1952), zstd (RFC 8878), bzip2, found by how they
// begin, of one member or several. Feeds of advisories come so, and an index goes so. libzstd and
// libbz2 are loaded when the first of their bytes come: most verbs never see any.
#pragma once

#include "base/arena.h"
#include "collect/image/flow.h"

typedef struct pt_unpack_way pt_unpack_way;

typedef struct pt_unpack {
    pt_flow flow; // first: what is handed in is cast back
    // private
    const pt_unpack_way *way;
    void *state;
    pt_str rest;     // what was not yet read
    char *room;      // what comes out
    uint64_t left;   // bytes that may still come out
    bool between;    // members
    uint32_t stalls; // steps one after another of which nothing came
} pt_unpack;

// Is it packed in one of these ways?
bool pt_unpack_is(pt_str bytes);

// What `bytes` hold, as a flow; what is not packed comes as it is. `bytes` outlive it, memory in
// `a`. PT_E_UNSUPPORTED: the library is not installed; PT_E_NOMEM. The flow then says PT_E_FORMAT:
// broken, or cut off; PT_E_LIMIT: more than bytes_max come out.
PT_CHECK pt_code pt_unpack_open(pt_unpack *u, pt_arena *a, pt_str bytes, uint64_t bytes_max,
                                pt_err *e);
void pt_unpack_done(pt_unpack *u); // valid on a zeroed one

// Write `bytes` as one frame of zstd with a checksum to `fd`. The same bytes give the same frame by
// one version of the library.
PT_CHECK pt_code pt_pack_zstd(pt_str bytes, int fd, pt_err *e);
