// Text in terminal cells: measuring, padding, cutting, wrapping, colour. What terminal.c writes
// with.
#pragma once

#include "base/buf.h"
#include "record/report/terminal.h"

typedef enum pt_role {
    PT_ROLE_PLAIN,
    PT_ROLE_HEAD,
    PT_ROLE_CRITICAL,
    PT_ROLE_HIGH,
    PT_ROLE_MEDIUM,
    PT_ROLE_PASS,
    PT_ROLE_UNKNOWN,
    PT_ROLE_MARK,
    PT_ROLE_QUIET,
    PT_ROLE_COUNT,
} pt_role;

typedef enum pt_sign {
    PT_SIGN_FAIL,
    PT_SIGN_PASS,
    PT_SIGN_NA,
    PT_SIGN_UNKNOWN,
    PT_SIGN_CUT,
    PT_SIGN_DOT,
    PT_SIGN_COUNT,
} pt_sign;

const char *pt_sign_text(const pt_terminal *t, pt_sign s);

// Append `s` in a role's colour, if there is colour.
void pt_paint(pt_buf *b, const pt_terminal *t, pt_role role, pt_str s);

// Append `s`, then blanks up to `cells`; a text that is wider is not cut.
void pt_paint_padded(pt_buf *b, const pt_terminal *t, pt_role role, pt_str s, size_t cells);

// Append `s` within `cells`; a wider one loses its middle, so that both ends stay.
void pt_put_cut_middle(pt_buf *b, const pt_terminal *t, pt_str s, size_t cells);
