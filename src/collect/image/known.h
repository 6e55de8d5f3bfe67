// What is known of images from earlier scans, in a cache: what a worker answered, for the same
// bytes, with the same readers and rules. A scan that knows all of an image reads none of it.
//
// Whose word is it that these are the same bytes? Never an image's own: that a blob stands under
// the name of its digest proves nothing. It is hashed by this process each time, unless it is the
// very file that was hashed before: the same mount, inode, size, times of content and of state, a
// file that only we and root can write to. (Whoever can write to it can change it behind any scan's
// back, too.) What comes from a registry under a digest, and an engine's image of the same id, is
// what it was.
//
// And whose that this was the answer? A worker's, which a hostile image may have taken over. So an
// answer is kept under the digest that this process found, of a file that nobody else could change
// meanwhile: such an image can lie of itself alone.
#pragma once

#include "base/instant.h"
#include "collect/image/cache.h"

typedef struct pt_known_taken { // see pt_known_take
    pt_hash256 key;
    pt_str answer;
} pt_known_taken;

typedef struct pt_known {
    pt_cache *cache; // NULL: nothing is known, and nothing is kept
    pt_hash256 by;   // of what the answers depend on: see pt_known_init
    pt_hash256 boot; // of this machine: files are known for so long
    bool fresh;      // all is read anew; what is found is kept
    pt_time_ns now;  // a file that changed just before it may change again without looking so
    PT_VEC(pt_known_taken) taken;
} pt_known;

// `program`: the worker's, by whose bytes the readers are known; `rules`: a digest of those of
// secrets and of the key of fingerprints, or empty. Before pt_rights_drop. PT_E_IO: it cannot be
// read.
PT_CHECK pt_code pt_known_init(pt_known *k, pt_cache *cache, const char *program, pt_str rules,
                               pt_err *e);

// Of a layer whose bytes are not at hand, since its digest is somebody's word whom we believe: get
// the answer now, in `a`, for a scan of its image (`flags`: of pt_image_flags). False: it is not
// known, and its bytes are needed.
bool pt_known_take(pt_known *k, pt_str digest, uint64_t flags, pt_arena *a);
