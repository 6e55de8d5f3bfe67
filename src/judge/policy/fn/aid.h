// What several families of built-in functions share: things kept in the cache, and Go's quoting.
#pragma once

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/utf8.h"

// A thing from the cache, or one that the cache did not take and that ends with the call:
// PT_AUTO(pt_kept_done) pt_kept k = pt_kept_put(c, …).
typedef struct pt_kept {
    void *thing;               // NULL: there is none
    void (*drop)(void *thing); // NULL: the cache owns it
} pt_kept;
pt_kept pt_kept_put(pt_call *c, const void *kind, pt_str key, void *thing,
                    void (*drop)(void *thing));
void pt_kept_done(pt_kept *k);

// As Go's strconv.Quote, in the call's arena.
pt_str pt_call_quoted(pt_call *c, pt_str s);

// The next code point of s at *at, which moves behind it; a broken byte is U+FFFD. -1 at the end.
int32_t pt_rune_next(pt_str s, size_t *at);
