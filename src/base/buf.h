// A growing byte buffer with a hard maximum. The first failure sticks: write on, ask once at the
// end. A pt_buf owns its bytes: pt_buf_done frees them.
#pragma once

#include <stdarg.h>

#include "base/base.h"
#include "base/str.h"

typedef struct pt_buf {
    char *p;
    size_t n, cap;
    size_t max;
    bool full; // something did not fit, or no memory: the content is cut
} pt_buf;

#define PT_BUF(bytes_max) ((pt_buf){.max = (bytes_max)})

void pt_buf_done(pt_buf *b);
void pt_buf_clear(pt_buf *b); // keep the memory

void pt_buf_put(pt_buf *b, pt_str s);
void pt_buf_putz(pt_buf *b, const char *z);
void pt_buf_putc(pt_buf *b, char c);
void pt_buf_fill(pt_buf *b, char c, size_t n);
void pt_buf_printf(pt_buf *b, const char *fmt, ...) PT_FORMAT(2, 3);
void pt_buf_vprintf(pt_buf *b, const char *fmt, va_list ap) PT_FORMAT(2, 0);

// `n` bytes of room to write into, or NULL when they do not fit; then pt_buf_took(b, used).
char *pt_buf_room(pt_buf *b, size_t n);
void pt_buf_took(pt_buf *b, size_t used);

// The content; dies with the next write.
pt_str pt_buf_str(const pt_buf *b);

// Bytes from outside made safe to show: printable UTF-8 stays, every control byte, broken byte and
// bidirectional control becomes \xNN or \u{NNNN}.
void pt_buf_put_safe(pt_buf *b, pt_str s);
void pt_buf_put_safe_text(pt_buf *b, pt_str s); // line feeds and tabs stay, too
// A JSON text, which says the same afterwards: what is hidden in its strings becomes \uXXXX.
void pt_buf_put_safe_json(pt_buf *b, pt_str json);
