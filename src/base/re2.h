// Regular expressions through RE2 (linear in the text, whatever the pattern), for C.
// The only C++ of the house; re2.cc is the wall: no exception comes through.
#pragma once

#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

// Memory that one compiled pattern may use, its automata included.
#define PT_RE2_BYTES_MAX ((int64_t)16 << 20)

typedef struct pt_re2 pt_re2; // immutable and usable from any thread

typedef enum pt_re2_error {
    PT_RE2_OK,
    PT_RE2_INTERNAL,
    PT_RE2_BAD_ESCAPE,
    PT_RE2_BAD_CLASS,
    PT_RE2_BAD_RANGE,
    PT_RE2_MISSING_BRACKET,
    PT_RE2_MISSING_PAREN,
    PT_RE2_UNEXPECTED_PAREN,
    PT_RE2_TRAILING_BACKSLASH,
    PT_RE2_REPEAT_ARGUMENT,
    PT_RE2_REPEAT_SIZE,
    PT_RE2_REPEAT_OP,
    PT_RE2_BAD_PERL,
    PT_RE2_BAD_UTF8,
    PT_RE2_BAD_NAME,
    PT_RE2_TOO_LARGE,
    PT_RE2_NO_MEMORY,
} pt_re2_error;

typedef struct pt_re2_span { // bytes of the text; `from` SIZE_MAX: the group took no part
    size_t from, to;
} pt_re2_span;

// Perl syntax, leftmost-first. On an error NULL, and `arg` gets the offending piece of the pattern
// with a NUL, cut to its room.
pt_re2 *pt_re2_new(pt_str pattern, pt_re2_error *ret, char *arg, size_t arg_room);
// The same in POSIX's syntax (egrep: no \d, no \b, no flags; ^ and $ at each line's ends).
pt_re2 *pt_re2_new_posix(pt_str pattern, pt_re2_error *ret, char *arg, size_t arg_room);
void pt_re2_free(pt_re2 *re);
const char *pt_re2_error_text(pt_re2_error e); // "missing closing )", as Go's package regexp says

pt_str pt_re2_pattern(const pt_re2 *re);         // as it was given; lives as long as it
unsigned pt_re2_groups(const pt_re2 *re);        // without group 0
int pt_re2_group(const pt_re2 *re, pt_str name); // -1: none is called so

// The first match at or after `from`; ^ and \b see the whole text. `ret` has room for n spans.
// 1, 0, or -1 without memory.
int pt_re2_match(const pt_re2 *re, pt_str text, size_t from, pt_re2_span *ret, unsigned n);
// Does it match the whole text? Without memory: no.
bool pt_re2_matches(const pt_re2 *re, pt_str text);

#ifdef __cplusplus
}
#endif
