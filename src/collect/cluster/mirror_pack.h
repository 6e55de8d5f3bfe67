// Inside the mirror: texts that are much alike, packed small (DEFLATE, RFC 1951, with one of them
// as what all others are compared to).
#pragma once

#include "base/buf.h"

typedef struct pt_mirror_pack pt_mirror_pack;

// For texts like this one, of which it keeps what it needs. NULL: no memory.
pt_mirror_pack *pt_mirror_pack_new(pt_str like);
void pt_mirror_pack_free(pt_mirror_pack *p); // NULL is fine

// Append to `ret`. The same text always gives the same bytes. False: `ret` is full.
bool pt_mirror_pack_put(pt_mirror_pack *p, pt_str text, pt_buf *ret);
// Append what was packed of a text of n bytes. False: `ret` is full.
bool pt_mirror_pack_get(pt_mirror_pack *p, pt_str packed, size_t n, pt_buf *ret);
