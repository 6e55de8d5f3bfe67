// Digests as text.
#pragma once

#include "base/arena.h"
#include "crypto/crypto.h"

// "sha256:" and 64 lower-case digits, in `a`.
pt_str pt_digest_text(pt_arena *a, const pt_hash256 *h);
bool pt_digest_is(pt_str s);
