// A folder of what was found out once, for the next run: values under keys of 256 bits. It may be
// thrown away at any time, whole or in part, by anybody, also while it is in use.
//
// An entry is a file, its name the key in hexadecimal, which is written beside its place and then
// renamed: it is there whole or not at all, whoever else writes or throws away at the same time,
// and there is no lock that somebody who was killed could leave. What is not whole nevertheless (a
// disk, a hand) is as if it were not there.
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "crypto/crypto.h"

#define PT_CACHE_BYTES_DEFAULT ((uint64_t)2 << 30) // of all entries together
#define PT_CACHE_ENTRIES_MAX   ((size_t)200000)
#define PT_CACHE_VALUE_MAX     ((size_t)192 << 20)

typedef struct pt_cache {
    int fd;             // of the folder; -1: there is none, nothing is kept and nothing known
    uint64_t bytes_max; // 0: PT_CACHE_BYTES_DEFAULT
    bool wrote;
    pt_err note; // the first thing that went wrong, which is no error of a scan
} pt_cache;

#define PT_CACHE_NONE ((pt_cache){.fd = -1})

// Open the folder, made (0700) if only its last part is missing. Before pt_rights_drop.
// PT_E_DENIED: it is somebody else's, or others may write to it: who writes there says what an
// image holds. PT_E_IO: it can be neither opened nor made.
PT_CHECK pt_code pt_cache_open(pt_cache *c, const char *path, uint64_t bytes_max, pt_err *e);

// Throw away what was used longest ago if there is more than bytes_max, and what killed writers
// left.
void pt_cache_close(pt_cache *c);

// The value, in `a`. False: there is none.
bool pt_cache_get(pt_cache *c, const pt_hash256 *key, pt_arena *a, pt_str *ret);
bool pt_cache_has(const pt_cache *c, const pt_hash256 *key); // or so it seems: it was not read
void pt_cache_put(pt_cache *c, const pt_hash256 *key, pt_str value);

// A random key that stays with the folder, and is the same for all who use it. Without a folder, or
// where it cannot be kept, of this run alone.
void pt_cache_secret(pt_cache *c, uint8_t ret[PT_SHA256_BYTES]);
