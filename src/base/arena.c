#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALIGN = 16,
    BLOCK_MIN = 4096,
    BLOCK_MAX = 1 << 20,
};

struct pt_arena_block {
    pt_arena_block *next;
    size_t bytes; // with this head
};
static_assert(sizeof(struct pt_arena_block) == ALIGN, "blocks keep their content aligned");

void pt_arena_init(pt_arena *a, size_t bytes_max) {
    *a = (pt_arena){.bytes_max = bytes_max};
}

static void free_blocks(pt_arena_block *b) {
    while (b) {
        pt_arena_block *next = b->next;
        free(b);
        b = next;
    }
}

void pt_arena_done(pt_arena *a) {
    free_blocks(a->blocks);
    *a = (pt_arena){.bytes_max = a->bytes_max};
}

void pt_arena_clear(pt_arena *a) {
    pt_arena_block *keep = a->blocks;
    if (!keep)
        return;
    free_blocks(keep->next);
    keep->next = NULL;
    a->bytes = keep->bytes;
    a->at = (char *)keep + sizeof *keep;
    a->end = (char *)keep + keep->bytes;
}

// A new block with room for at least n bytes. Blocks double, so that a big document costs few.
static bool grow(pt_arena *a, size_t n) {
    size_t max = a->bytes_max ? a->bytes_max : PT_ARENA_BYTES_MAX_DEFAULT;
    size_t want = a->bytes < BLOCK_MIN ? BLOCK_MIN : a->bytes > BLOCK_MAX ? BLOCK_MAX : a->bytes;
    size_t need;
    if (__builtin_add_overflow(n, sizeof(pt_arena_block), &need))
        return false;
    if (want < need)
        want = need;
    if (a->bytes > max || want > max - a->bytes) {
        want = need;
        if (a->bytes > max || want > max - a->bytes)
            return false;
    }
    pt_arena_block *b = malloc(want);
    if (!b)
        return false;
    *b = (pt_arena_block){.next = a->blocks, .bytes = want};
    a->blocks = b;
    a->bytes += want;
    a->at = (char *)b + sizeof *b;
    a->end = (char *)b + want;
    return true;
}

void *pt_arena_take(pt_arena *a, size_t n) {
    if (n > SIZE_MAX - ALIGN)
        return NULL;
    size_t round = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if ((size_t)(a->end - a->at) < round && !grow(a, round))
        return NULL;
    if (!a->at) // n == 0 on an empty arena: still a pointer, never NULL
        return grow(a, ALIGN) ? a->at : NULL;
    void *p = a->at;
    a->at += round;
    return p;
}

void *pt_arena_zero(pt_arena *a, size_t size, size_t n) {
    size_t bytes;
    if (__builtin_mul_overflow(size, n, &bytes))
        return NULL;
    void *p = pt_arena_take(a, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

pt_str pt_arena_str(pt_arena *a, pt_str s) {
    char *p = pt_arena_take(a, s.n + 1);
    if (!p)
        return (pt_str){0};
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (pt_str){p, s.n};
}

pt_str pt_arena_printf(pt_arena *a, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : pt_arena_take(a, (size_t)n + 1);
    if (!p)
        return (pt_str){0};
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return (pt_str){p, (size_t)n};
}

void *pt_vec_push(pt_arena *a, void **v, size_t *n, size_t *cap, size_t size) {
    if (*n == *cap) {
        size_t more = *cap ? *cap * 2 : 8;
        void *grown = pt_arena_zero(a, size, more);
        if (!grown)
            return NULL;
        if (*n)
            memcpy(grown, *v, *n * size);
        *v = grown;
        *cap = more;
    }
    return (char *)*v + (*n)++ * size;
}
