// Memory by lifetime: an arena grows by blocks and dies whole. Nodes are never freed one by one.
// An arena belongs to one thread. A zeroed pt_arena is valid and has the default limit.
#pragma once

#include <stdatomic.h>

#include "base/base.h"
#include "base/str.h"

#define PT_ARENA_BYTES_MAX_DEFAULT ((size_t)1 << 30)

typedef struct pt_arena_block pt_arena_block;

typedef struct pt_arena {
    pt_arena_block *blocks;  // newest first
    pt_arena_block *spare;   // what pt_arena_clear kept, the biggest first
    char *at, *end;          // free room of the newest block
    size_t bytes;            // of `blocks`; together with `spare` never more than the limit
    size_t bytes_max;        // 0: PT_ARENA_BYTES_MAX_DEFAULT
    bool full;               // something was refused since it was last cleared
    const atomic_bool *stop; // set by another thread: it grows no more. NULL: nobody does
} pt_arena;

void pt_arena_init(pt_arena *a, size_t bytes_max);
void pt_arena_done(pt_arena *a);  // free all; the arena is then as zeroed, with its limit kept
void pt_arena_clear(pt_arena *a); // forget all, keep the memory for reuse
void pt_arena_rest(pt_arena *a, size_t kept_max); // … unless that is more than these bytes

static inline bool pt_arena_stopped(const pt_arena *a) {
    return a->stop && atomic_load_explicit(a->stop, memory_order_relaxed);
}
// Nobody need go on with what is made in it: it refused something, or was told to stop.
static inline bool pt_arena_ended(const pt_arena *a) {
    return a->full || pt_arena_stopped(a);
}

// What was taken until now, with the rest of blocks that were too small for what came next.
static inline size_t pt_arena_used(const pt_arena *a) {
    return a->bytes - (size_t)(a->end - a->at);
}

// `n` bytes aligned to 16, not zeroed; for n == 0 still a pointer. NULL past the limit.
#define PT_ARENA_ALIGN ((size_t)16)
void *pt_arena_take_more(pt_arena *a, size_t n); // what the newest block has no room for
static inline void *pt_arena_take(pt_arena *a, size_t n) {
    size_t room = (size_t)(a->end - a->at); // a multiple of 16
    if (n > room || room == 0)
        return pt_arena_take_more(a, n);
    void *p = a->at;
    a->at += (n + PT_ARENA_ALIGN - 1) & ~(PT_ARENA_ALIGN - 1);
    return p;
}

// `n` zeroed elements of `size`; checks the multiplication. NULL past the limit.
void *pt_arena_zero(pt_arena *a, size_t size, size_t n);
#define PT_NEW(a, T, n) ((T *)pt_arena_zero((a), sizeof(T), (n)))

// Copies live in the arena and have a NUL behind them that n does not count. On a full arena the
// copy is empty with p == NULL.
pt_str pt_arena_str(pt_arena *a, pt_str s);
pt_str pt_arena_lower(pt_arena *a, pt_str s); // the ASCII letters in lower case
pt_str pt_arena_printf(pt_arena *a, const char *fmt, ...) PT_FORMAT(2, 3);

// A growing array in an arena: PT_VEC(int) v = {0}; *PT_PUSH(a, &v) = 1; PT_PUSH gives NULL past
// the limit. It grows where it is if nothing else was taken since; else its old copy stays in the
// arena until that dies: sizes double, so at most as much again.
#define PT_VEC(T)      \
    struct {           \
        T *v;          \
        size_t n, cap; \
    }
#define PT_PUSH(a, vec)                                                                 \
    ((__typeof__((vec)->v))pt_vec_push((a), (void **)&(vec)->v, &(vec)->n, &(vec)->cap, \
                                       sizeof(*(vec)->v)))
void *pt_vec_push(pt_arena *a, void **v, size_t *n, size_t *cap, size_t size);
