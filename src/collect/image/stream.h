// A part of a file as a flow: decompressed if it is gzip or zstd, and hashed on both sides.
#pragma once

#include "base/arena.h"
#include "collect/image/flow.h"
#include "crypto/crypto.h"

typedef struct pt_stream {
    pt_flow flow; // first: what is handed in is cast back
    int fd;
    uint64_t at, end;               // in the file: what is not yet read
    uint64_t in_bytes;              // read
    uint64_t out_bytes;             // given
    const char *compression;        // "gzip", "zstd", "none"
    pt_sha256_run *in, *out;        // NULL: not hashed
    uint64_t in_hashed, out_hashed; // bytes; who comes back to a mark has read more than he stands
    pt_str rest;                    // what was read and not yet decompressed
    char *chunk, *room;
    pt_arena *a;
    struct pt_stream_mark *mark; // NULL: none was asked for
    void *state;                 // of the decompressor
    bool member_ended;           // gzip, zstd: between two members
    bool ended;
    bool pipe;
} pt_stream;

// Bytes [offset, offset + size) of `fd`. PT_E_FORMAT: the file is shorter. Memory in `a`.
PT_CHECK pt_code pt_stream_open(pt_stream *s, pt_arena *a, int fd, uint64_t offset, uint64_t size,
                                pt_err *e);

// All that comes through a pipe, which is neither compressed nor hashed, until its other end is
// closed.
PT_CHECK pt_code pt_stream_open_pipe(pt_stream *s, pt_arena *a, int fd, pt_err *e);

// Let what is not asked for be skipped unread: there will be no digest. Of what is not compressed.
void pt_stream_seek(pt_stream *s);

// Let compressed bytes go unhashed: of them there will be no digest, of what is in them there will.
// False: they are not compressed, and are hashed.
bool pt_stream_trust(pt_stream *s);

// Read on to the end, so that the digests are of everything, and give them.
PT_CHECK pt_code pt_stream_finish(pt_stream *s, pt_hash256 *ret_in, pt_hash256 *ret_out, pt_err *e);

void pt_stream_done(pt_stream *s); // valid on a zeroed one
