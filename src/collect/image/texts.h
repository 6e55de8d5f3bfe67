// Which text the bytes of a file are, for who searches it: as they are, in UTF-16, or packed by
// gzip.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

typedef enum pt_text_kind {
    PT_TEXT_NONE,  // no text
    PT_TEXT_PLAIN, // UTF-8, or whatever has no NUL
    PT_TEXT_UTF16_LE,
    PT_TEXT_UTF16_BE,
    PT_TEXT_GZIP, // of what, only unpacking tells
} pt_text_kind;

// By how a file begins: a byte order mark (Unicode 15, 23.8), else where its NULs stand: in UTF-16
// of mostly ASCII every other byte is one.
pt_text_kind pt_text_kind_of(pt_str head);

// UTF-16 of this kind as UTF-8, appended to `to` without the mark; what is no character becomes
// U+FFFD. PT_E_LIMIT: it is more than fits in, and `to` has the beginning; PT_E_NOMEM.
PT_CHECK pt_code pt_text_utf8(pt_str bytes, pt_text_kind kind, pt_buf *to, pt_err *e);

// gzip (RFC 1952) unpacked and appended to `to`. PT_E_FORMAT: it is cut or damaged; PT_E_LIMIT: it
// is more than fits in. `to` then has what came before. PT_E_NOMEM. Memory in `a`.
PT_CHECK pt_code pt_text_gunzip(pt_arena *a, pt_str packed, pt_buf *to, pt_err *e);
