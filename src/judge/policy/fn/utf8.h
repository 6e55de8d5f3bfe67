// Strings as Go reads them: a byte that does not belong to well-formed UTF-8 is U+FFFD on its own.
#pragma once

#include "base/buf.h"
#include "base/str.h"
#include "judge/policy/fn/quote.h"

#define PT_RUNE_BAD 0xfffdu

// The code point at *at (below s.n), and *at behind it. *ret_bad (may be NULL): the byte there is
// broken, and the result U+FFFD.
uint32_t pt_utf8_next(pt_str s, size_t *at, bool *ret_bad);
size_t pt_utf8_count(pt_str s);
size_t pt_utf8_skip(pt_str s, size_t n); // the offset behind the first n code points, at most s.n
void pt_utf8_put(pt_buf *b, uint32_t rune); // what is no scalar value becomes U+FFFD

// As in Go's packages unicode and strconv (Unicode 15).
uint32_t pt_rune_lower(uint32_t rune);
uint32_t pt_rune_upper(uint32_t rune);
bool pt_rune_letter(uint32_t rune);
bool pt_rune_space(uint32_t rune);
bool pt_rune_print(uint32_t rune); // may it stand in a quoted string as it is

// As Go's strconv.Quote writes it; `mark` is the quote, and with `ascii` all else is escaped.
void pt_utf8_quote_as(pt_buf *b, pt_str s, char mark, bool ascii);

// The offset at which the last code point of s begins; s is not empty.
size_t pt_utf8_last(pt_str s);

// -- unicode_table.c ------------------------------------------------------------------------------

typedef struct pt_rune_range {
    uint32_t first, last;
} pt_rune_range;

typedef struct pt_rune_shift {
    uint32_t first, last; // every `step`-th code point
    uint8_t step;
    int32_t delta;
} pt_rune_shift;

extern const pt_rune_range pt_rune_prints[];
extern const size_t pt_rune_prints_n;
extern const pt_rune_range pt_rune_letters[];
extern const size_t pt_rune_letters_n;
extern const pt_rune_shift pt_rune_lowers[];
extern const size_t pt_rune_lowers_n;
extern const pt_rune_shift pt_rune_uppers[];
extern const size_t pt_rune_uppers_n;
