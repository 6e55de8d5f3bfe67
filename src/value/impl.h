// What the sources of value/ share; nobody else includes it.
//
// How the 16 bytes of a pt_value are used:
//   string     spare: its first two bytes, big endian, zero-filled, so that most orders and nearly
//              all inequalities are decided without touching the text; flags: 0. Two strings with
//              different first eight bytes of pt_value are different.
//   number     PT_FLAG_INT: the integer `i`, whose canonical decimal is the text as it was written;
//              n is 0. Without it: the text at `s`, whatever it denotes ("1e2", "-0", "0.5"); what
//              it is worth is computed when somebody asks, which is rare.
//   composite  spare: its height (1: holds only scalars); seq: NULL when it is empty.
//
// An object's sequence is one slot that points to its keys, then its n values. The keys stand
// behind the values, or are those of another object of the same document that has the same ones: a
// list of Pods costs half the memory, and objects with the same keys are known by that pointer.
#pragma once

#include <string.h>

#include "base/watch.h"
#include "value/value.h"

enum {
    PT_FLAG_INT = 1,
    PT_FLAG_HOLE = 2, // an array whose items a stream has given before (json_stream.c)
};

static inline pt_value pt_impl_string(const char *p, size_t n) {
    unsigned head = 0;
    if (n > 1)
        head = (unsigned)(unsigned char)p[0] << 8 | (unsigned char)p[1];
    else if (n > 0)
        head = (unsigned)(unsigned char)p[0] << 8;
    return (pt_value){.tag = PT_STRING, .spare = (uint16_t)head, .n = (uint32_t)n, .s = p};
}

static inline pt_value pt_impl_int(int64_t i) {
    return (pt_value){.tag = PT_NUMBER, .flags = PT_FLAG_INT, .i = i};
}

// Tag, flags, spare and length as one word.
static inline uint64_t pt_impl_head(pt_value v) {
    uint64_t head;
    memcpy(&head, &v, sizeof head);
    return head;
}

// Copy values that were just written one by one: memcpy reads two or four at once, and such a load
// waits until the stores have left the processor.
static inline void pt_impl_copy(pt_value *to, const pt_value *from, size_t n) {
    enum {
        FEW = 16
    };
    if (n > FEW) {
        memcpy(to, from, n * sizeof *to);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
        __asm__("" : : : "memory"); // or the compiler makes it a call of memcpy
    }
}

static inline uint64_t pt_impl_load(const char *p, size_t n) {
    uint64_t word = 0;
    memcpy(&word, p, n);
    return word;
}

// Comparing, hashing or writing a longer one counts: the same text may stand at a million places.
#define PT_LONG_TEXT 1024u
// … and so do numbers that have a text.
#define PT_STEP_DIGITS ((size_t)8)

int pt_impl_long_cmp(const char *a, const char *b, size_t n); // order.c

// Keys are short: a call of memcmp costs more than comparing them does. Words may overlap.
static inline bool pt_impl_bytes_eq(const char *a, const char *b, size_t n) {
    if (n < 4)
        return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
    if (n < 8)
        return pt_impl_load(a, 4) == pt_impl_load(b, 4) &&
               pt_impl_load(a + n - 4, 4) == pt_impl_load(b + n - 4, 4);
    if (n > 32)
        return n > PT_LONG_TEXT ? pt_impl_long_cmp(a, b, n) == 0 : memcmp(a, b, n) == 0;
    for (size_t i = 0; i + 8 < n; i += 8)
        if (pt_impl_load(a + i, 8) != pt_impl_load(b + i, 8))
            return false;
    return pt_impl_load(a + n - 8, 8) == pt_impl_load(b + n - 8, 8);
}

static inline bool pt_impl_str_eq(pt_value a, pt_value b) {
    return pt_impl_head(a) == pt_impl_head(b) && (a.n <= 2 || pt_impl_bytes_eq(a.s, b.s, a.n));
}

static inline int pt_impl_str_cmp(pt_value a, pt_value b) {
    if (a.spare != b.spare)
        return a.spare < b.spare ? -1 : 1;
    uint32_t n = a.n < b.n ? a.n : b.n;
    int c = n <= 2              ? 0
            : n <= PT_LONG_TEXT ? memcmp(a.s + 2, b.s + 2, n - 2)
                                : pt_impl_long_cmp(a.s + 2, b.s + 2, n - 2);
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static inline bool pt_impl_composite(pt_value v) {
    return v.tag >= PT_ARRAY;
}

// -- freeze.c: undefined, or NULL, when the arena is full -----------------------------------------

// The objects of one document that were frozen lately, by what keys they have in which order: most
// objects of a long list look like one before them, are not sorted again and share its keys. They
// must all live in one arena, the shapes too.
enum {
    PT_SHAPE_KEYS_MAX = 15,
    PT_SHAPES_BITS = 7,
};

typedef struct pt_shape {
    uint64_t signature;
    const struct pt_seq *keys;
    uint8_t rank[PT_SHAPE_KEYS_MAX]; // where the i-th key as written stands in the total order
    uint8_t n;
} pt_shape;

typedef struct pt_shapes {
    const pt_shape *v[1 << PT_SHAPES_BITS];
    const char *from, *to; // only keys that are slices of this source make a shape
    uint8_t latest;        // the place in v of the shape that was found or made last
} pt_shapes;

pt_value pt_impl_array(pt_arena *a, const pt_value *items, size_t n, uint16_t height);

// Its height is left to the caller. With `shapes`, all keys must be strings.
pt_value pt_impl_object(pt_arena *a, const pt_value *pairs, size_t n, pt_shapes *shapes,
                        pt_value *ret_dup);

// The same for pairs whose keys are known to be those of `shape`, in the order as written.
static inline pt_value pt_impl_of_shape(pt_arena *a, const pt_value *pairs, const pt_shape *shape) {
    size_t n = shape->n;
    struct pt_seq *s = pt_arena_take(a, (n + 1) * sizeof(pt_value));
    if (!s)
        return (pt_value){0};
    __builtin_prefetch((char *)s + 1024, 1); // where the next ones will stand: 4 % of a long list
    s->v[0] = (pt_value){.seq = shape->keys};
    for (size_t i = 0; i < n; i++)
        s->v[1 + shape->rank[i]] = pairs[2 * i + 1];
    return (pt_value){.tag = PT_OBJECT, .n = (uint32_t)n, .seq = s};
}

// A composite of n > 0 whose items the caller writes to the n slots that are given; an object's
// keys go to the n slots behind them. Its height is left to the caller.
pt_value *pt_impl_room(pt_arena *a, pt_tag tag, size_t n, pt_value *ret);

// -- number.c -------------------------------------------------------------------------------------

// Read the longest number at the beginning of [p, end). NULL if none begins there or it is too
// long: *ret_bad is then what is wrong, at *ret_at, and *ret_code PT_E_FORMAT or PT_E_LIMIT.
typedef struct pt_number_fault {
    pt_code code;
    const char *at;
    const char *what;
} pt_number_fault;
const char *pt_impl_number(const char *p, const char *end, pt_value *ret, pt_number_fault *ret_bad);

int pt_impl_number_cmp(pt_value a, pt_value b);

// A number that is not within int64: sign, exponent and significant digits, fed word by word.
typedef void pt_feed(void *to, uint64_t word);
void pt_impl_number_feed(pt_value v, pt_feed *feed, void *to);
