#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pt_buf_done(pt_buf *b) {
    free(b->p);
    *b = (pt_buf){.max = b->max};
}

void pt_buf_clear(pt_buf *b) {
    b->n = 0;
    b->full = false;
}

char *pt_buf_room(pt_buf *b, size_t n) {
    if (b->full || n > b->max - b->n) {
        b->full = true;
        return NULL;
    }
    if (n > b->cap - b->n) {
        size_t cap = b->cap < 256 ? 256 : b->cap * 2;
        if (cap < b->n + n)
            cap = b->n + n;
        if (cap > b->max)
            cap = b->max;
        char *p = realloc(b->p, cap);
        if (!p) {
            b->full = true;
            return NULL;
        }
        b->p = p;
        b->cap = cap;
    }
    return b->p + b->n;
}

void pt_buf_took(pt_buf *b, size_t used) {
    pt_assert(used <= b->cap - b->n);
    b->n += used;
}

void pt_buf_put(pt_buf *b, pt_str s) {
    char *p = s.n ? pt_buf_room(b, s.n) : NULL;
    if (!p)
        return;
    memcpy(p, s.p, s.n);
    b->n += s.n;
}

void pt_buf_putz(pt_buf *b, const char *z) {
    pt_buf_put(b, pt_str_of(z));
}

void pt_buf_putc(pt_buf *b, char c) {
    pt_buf_put(b, (pt_str){&c, 1});
}

void pt_buf_fill(pt_buf *b, char c, size_t n) {
    char *p = n ? pt_buf_room(b, n) : NULL;
    if (!p)
        return;
    memset(p, c, n);
    b->n += n;
}

void pt_buf_vprintf(pt_buf *b, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    char *p = n < 0 || b->full ? NULL : malloc((size_t)n + 1);
    if (!p) {
        b->full = true;
        return;
    }
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    pt_buf_put(b, (pt_str){p, (size_t)n});
    free(p);
}

void pt_buf_printf(pt_buf *b, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    pt_buf_vprintf(b, fmt, ap);
    va_end(ap);
}

pt_str pt_buf_str(const pt_buf *b) {
    return (pt_str){b->p, b->n};
}
