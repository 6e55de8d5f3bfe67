// An image written anew: one layer of what its layers hold when they are laid upon one another, as
// far as it is to be kept. The worker copies; what it gives is hashed and written here.
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "crypto/crypto.h"
#include "fact/file.h"

struct pt_image_inside;

// What pt_image_then gets: all of it lives until it returns.
typedef struct pt_image_open {
    const pt_files *files;
    pt_value doc; // docs/scan.schema.json
    pt_arena *a;
    const struct pt_image_inside *in;
} pt_image_open;

// The image's configuration, all of it: what stands in it may be secret. PT_E_ABSENT, PT_E_CORRUPT.
PT_CHECK pt_code pt_image_config(const pt_image_open *o, pt_value *ret, pt_err *e);

typedef struct pt_write_ask {
    const bool *keep; // one for each of files->all
    pt_str lose;      // names of packages, a line feed behind each, that lists of packages lose
    int out;          // the archive is written to it
} pt_write_ask;

typedef struct pt_written {
    uint64_t bytes;
    uint64_t entries;
    pt_hash256 digest;
} pt_written;

// Write the layer: a tar that is not compressed, so that its digest is its diff_id, and the same on
// every machine. What stands in `out` after an error is worth nothing. PT_E_UNSUPPORTED: an entry
// that cannot be copied; PT_E_CORRUPT: a layer's bytes are not those of its digest.
PT_CHECK pt_code pt_image_write(const pt_image_open *o, const pt_write_ask *ask, pt_written *ret,
                                pt_err *e);
