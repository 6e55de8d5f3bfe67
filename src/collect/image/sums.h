// Checksums of the files of a layer, made while their content is read for other reasons, or passed:
// by packages' own lists it can be said later which were changed.
#pragma once

#include "collect/image/walk.h"
#include "crypto/crypto.h"

struct pt_sums {
    pt_tap tap; // first: what is handed in is cast back
    pt_digest_run *runs[PT_DIGEST_KINDS];
    bool on[PT_DIGEST_KINDS]; // of this file
    size_t at, n;             // where in w->told its text goes, and how long it is; n 0: nowhere
};

// A regular file of which nothing was read: listen, if PT_LAYER_SUMS and its place ask for it
// (pt_path_is_local, PT_LAYER_LOCAL_SUMS).
PT_CHECK pt_code pt_walk_sums_begin(pt_walk *w, const pt_tar_entry *t, pt_err *e);

// Leave room for it in w->told. *ret_n: bytes; 0: there is none of this file.
void pt_walk_sums_room(pt_walk *w, size_t *ret_n);

// Read what is left of the file, and fill the room.
PT_CHECK pt_code pt_walk_sums_end(pt_walk *w, pt_err *e);

void pt_sums_free(struct pt_sums *s); // NULL: nothing
