// What is known, for those who scan (known.h for those who ask for it).
#pragma once

#include "collect/image/known.h"
#include "collect/image/source.h"

// -- layers ---------------------------------------------------------------------------------------

typedef struct pt_known_layer {
    pt_str digest;  // as the image says; empty: it says none
    pt_str diff_id; // likewise
    uint64_t flags; // of its job
} pt_known_layer;

// A worker's answer for the layer, in `a`. `part`: its bytes, if they are there; a layer that was
// taken needs none.
bool pt_known_layer_find(pt_known *k, const pt_known_layer *l, const pt_part *part, pt_arena *a,
                         pt_str *ret);
bool pt_known_layer_taken(const pt_known *k, const pt_known_layer *l, pt_str *ret);

void pt_known_untake(pt_known *k); // what was taken: the bytes come nevertheless

// May an answer about these bytes be kept? Then this process hashes them, while a worker reads them
// and need not: *ret tells whether the file is still the same. What could not be hashed is empty.
bool pt_known_layer_stamp(pt_known *k, const pt_part *part, pt_hash256 *ret);
pt_str pt_known_layer_hash(pt_known *k, const pt_part *part, pt_arena *a);

// `hash`: of pt_known_layer_hash; `result`: the answer's object. It is kept if all that it says of
// the digests is true.
void pt_known_layer_keep(pt_known *k, const pt_known_layer *l, pt_str hash, pt_value result,
                         pt_str answer);

// -- documents, lists of members ------------------------------------------------------------------

typedef enum pt_known_kind {
    PT_KNOWN_DOCUMENT, // known by its bytes
    PT_KNOWN_MEMBERS,  // of an archive: by its file alone, since to hash all of it takes as long as
                       // to read it
} pt_known_kind;

typedef struct pt_known_file {
    pt_known_kind kind;
    const pt_part *part;
    pt_str digest; // as the image says; empty: it says none
} pt_known_file;

// The answer for it. *ret_key is for keeping one.
bool pt_known_file_find(pt_known *k, const pt_known_file *f, pt_arena *a, pt_hash256 *ret_key,
                        pt_str *ret);
// Unless it has changed since the key was made.
void pt_known_file_keep(pt_known *k, const pt_known_file *f, const pt_hash256 *key, pt_str answer);

// -- anything else --------------------------------------------------------------------------------

// Anything else: `id` and `more` say together what it is about.
bool pt_known_find(pt_known *k, pt_str id, pt_str more, pt_arena *a, pt_str *ret);
void pt_known_keep(pt_known *k, pt_str id, pt_str more, pt_str what);
