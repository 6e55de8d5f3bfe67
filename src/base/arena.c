#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/watch.h"

enum {
    BLOCK_MIN = 4096,
    BLOCK_MAX = 1 << 20,
};

struct pt_arena_block {
    pt_arena_block *next;
    size_t bytes; // with this head
};
static_assert(sizeof(struct pt_arena_block) == PT_ARENA_ALIGN, "blocks keep their content aligned");

void pt_arena_init(pt_arena *a, size_t bytes_max) {
    *a = (pt_arena){.bytes_max = bytes_max};
}

static void free_blocks(pt_arena_block **blocks) {
    while (*blocks) {
        pt_arena_block *b = *blocks;
        *blocks = b->next;
        free(b);
    }
}

void pt_arena_done(pt_arena *a) {
    free_blocks(&a->blocks);
    free_blocks(&a->spare);
    *a = (pt_arena){.bytes_max = a->bytes_max, .stop = a->stop};
}

// The biggest first, so that the small ones of the beginning are used last.
static void keep(pt_arena *a, pt_arena_block *b) {
    pt_arena_block **at = &a->spare;
    while (*at && (*at)->bytes > b->bytes)
        at = &(*at)->next;
    b->next = *at;
    *at = b;
}

void pt_arena_clear(pt_arena *a) {
    for (pt_arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        keep(a, b);
    }
    *a = (pt_arena){.spare = a->spare, .bytes_max = a->bytes_max, .stop = a->stop};
}

void pt_arena_rest(pt_arena *a, size_t kept_max) {
    size_t bytes = a->bytes;
    for (const pt_arena_block *b = a->spare; b; b = b->next)
        bytes += b->bytes;
    if (bytes > kept_max)
        pt_arena_done(a);
    else
        pt_arena_clear(a);
}

static void use(pt_arena *a, pt_arena_block *b) {
    b->next = a->blocks;
    a->blocks = b;
    a->bytes += b->bytes;
    a->at = (char *)b + sizeof *b;
    a->end = (char *)b + b->bytes;
}

// A block with room for at least n bytes: the biggest spare one or, when that is too small, a new
// one in the place of all of them. New blocks double, so that a big document costs few.
static bool grow(pt_arena *a, size_t n) {
    size_t max = a->bytes_max ? a->bytes_max : PT_ARENA_BYTES_MAX_DEFAULT;
    size_t want = a->bytes < BLOCK_MIN ? BLOCK_MIN : a->bytes > BLOCK_MAX ? BLOCK_MAX : a->bytes;
    size_t need;
    if (__builtin_add_overflow(n, sizeof(pt_arena_block), &need) || pt_arena_stopped(a) ||
        pt_watch_spend(PT_WATCH_STEPS / 16)) // to fill a block takes a while
        return false;
    pt_arena_block *spare = a->spare;
    if (spare && spare->bytes >= need) {
        a->spare = spare->next;
        use(a, spare);
        return true;
    }
    free_blocks(&a->spare);
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
    b->bytes = want;
    use(a, b);
    return true;
}

static void *refuse(pt_arena *a) {
    a->full = true;
    return NULL;
}

static size_t rounded(size_t n) {
    return (n + PT_ARENA_ALIGN - 1) & ~(PT_ARENA_ALIGN - 1);
}

void *pt_arena_take_more(pt_arena *a, size_t n) {
    if (n > SIZE_MAX - PT_ARENA_ALIGN)
        return refuse(a);
    size_t round = rounded(n);
    if ((size_t)(a->end - a->at) < round && !grow(a, round))
        return refuse(a);
    if (!a->at && !grow(a, PT_ARENA_ALIGN))
        return refuse(a);
    void *p = a->at;
    a->at += round;
    return p;
}

void *pt_arena_zero(pt_arena *a, size_t size, size_t n) {
    size_t bytes;
    if (__builtin_mul_overflow(size, n, &bytes))
        return refuse(a);
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

pt_str pt_arena_lower(pt_arena *a, pt_str s) {
    char *p = pt_arena_take(a, s.n + 1);
    if (!p)
        return (pt_str){0};
    for (size_t i = 0; i < s.n; i++) {
        bool upper = s.p[i] >= 'A' && s.p[i] <= 'Z';
        p[i] = (char)((unsigned char)s.p[i] | (upper ? 0x20u : 0u));
    }
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

// Let what was taken last have `more` bytes instead of `n`, where it is. False: something else was
// taken since, or the block has no room.
static bool stretch(pt_arena *a, char *p, size_t n, size_t more) {
    if (more > SIZE_MAX - PT_ARENA_ALIGN || p + rounded(n) != a->at ||
        rounded(more) - rounded(n) > (size_t)(a->end - a->at))
        return false;
    memset(p + n, 0, more - n);
    a->at = p + rounded(more);
    return true;
}

void *pt_vec_push(pt_arena *a, void **v, size_t *n, size_t *cap, size_t size) {
    if (*n == *cap) {
        size_t more = *cap ? *cap * 2 : 8;
        size_t bytes;
        if (__builtin_mul_overflow(size, more, &bytes) || !*cap ||
            !stretch(a, *v, *cap * size, bytes)) {
            void *grown = pt_arena_zero(a, size, more);
            if (!grown)
                return NULL;
            if (*n)
                memcpy(grown, *v, *n * size);
            *v = grown;
        }
        *cap = more;
    }
    return (char *)*v + (*n)++ * size;
}
