// Inside collect/pack: a way to pack.
#pragma once

#include "collect/pack/pack.h"

enum {
    PT_UNPACK_ROOM_BYTES = 256 << 10,
};

struct pt_unpack_way {
    pt_str magic;
    // Make u->state. PT_E_UNSUPPORTED, PT_E_NOMEM.
    pt_code (*open)(pt_unpack *u, pt_arena *a, pt_err *e);
    // Read of u->rest, write to u->room. *ret: bytes there. Sets u->between. PT_E_FORMAT, …
    pt_code (*step)(pt_unpack *u, size_t *ret, pt_err *e);
    void (*done)(pt_unpack *u);
};

extern const pt_unpack_way pt_unpack_gzip, pt_unpack_zstd, pt_unpack_bzip2;

// Inputs are not written to, but their libraries have no `const`.
typedef union pt_pack_in {
    const char *from;
    char *to;
} pt_pack_in;
