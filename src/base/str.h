// Text as a slice: {pointer, bytes}. Never needs a NUL, never owns; the bytes live where the maker
// says. Every function takes empty slices, {NULL, 0} included.
#pragma once

#include "base/base.h"

typedef struct pt_str {
    const char *p;
    size_t n;
} pt_str;

// A slice of a string literal, usable in constant tables.
#define PT_STR(lit) ((pt_str){"" lit, sizeof(lit) - 1})

// For printf: printf("%.*s", PT_PRI(s)).
#define PT_PRI(s) (int)(s).n, (s).n ? (s).p : ""

pt_str pt_str_of(const char *z); // z may be NULL: empty
bool pt_str_eq(pt_str a, pt_str b);
bool pt_str_eqz(pt_str a, const char *z);
bool pt_str_eq_nocase(pt_str a, pt_str b); // ASCII only
int pt_str_cmp(pt_str a, pt_str b);        // by bytes, unsigned; then length
bool pt_str_starts(pt_str s, pt_str prefix);
bool pt_str_ends(pt_str s, pt_str suffix);

// Offset of the first `c` or `needle`, or s.n.
size_t pt_str_find(pt_str s, char c);
size_t pt_str_find_str(pt_str s, pt_str needle);
size_t pt_str_rfind(pt_str s, char c); // offset of the last `c`, or s.n
bool pt_str_has(pt_str s, pt_str needle);

// s[from, to), clamped to the slice.
pt_str pt_str_sub(pt_str s, size_t from, size_t to);

// Without blanks (space, \t, \r, \n) at both ends.
pt_str pt_str_trim(pt_str s);

// Take the next piece of *rest up to `sep` (dropped). False when nothing is left; an empty rest
// gives no piece, "a," gives "a" and then "".
bool pt_str_split(pt_str *rest, char sep, pt_str *ret);

// The next run of non-blanks of *rest. False when only blanks are left.
bool pt_str_word(pt_str *rest, pt_str *ret);

// Is `word` one of the pieces of `list`, which `sep` separates?
bool pt_str_in_list(pt_str word, pt_str list, char sep);

// The whole slice is one integer: decimal, or with base 8 or 16 without a prefix. An optional
// leading '-'. False on anything else and on overflow; *ret is then untouched.
bool pt_str_int(pt_str s, int base, int64_t *ret);

// Is the whole slice well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)?
// *ret_bad (may be NULL) is the offset of the first bad byte.
bool pt_str_utf8(pt_str s, size_t *ret_bad);
