// Pieces are bytes: of a text, or of the values in a sequence whose parts are pieces themselves, so
// that two equal ones have the same pointers in them and are equal byte by byte.
//
// They lie in chunks of the arena, texts from the left and sequences, which are aligned, from the
// right. A piece is known by its place, chunk and offset in 32 bits, beside 24 bits of its hash and
// its length: 8 bytes for each, and a table that grows hashes the pieces again.
#include "value/intern.h"

#include <stdlib.h>
#include <sys/random.h>

#include "value/impl.h"

enum {
    CHUNK_BITS = 18,
    CHUNK_BYTES = (1 << CHUNK_BITS) - 64, // four, and a head, in the arena's largest block
    CHUNKS_MAX = 1 << (32 - CHUNK_BITS),
    TEXT_BYTES_MAX = 127, // longer ones are copied without being looked up
    SEQ_ITEMS_MAX = 127,  // likewise
    LENGTH_BITS = 8,      // 2 * length + (is it a sequence?)
    SLOTS_MIN = 1024,
};

typedef struct slot {
    uint32_t at;   // the piece
    uint32_t mark; // hash and length; 0: free, for the empty text is none
} slot;

struct pt_interner {
    pt_arena *a;
    uint64_t seed;
    char **chunks;
    size_t n_chunks;
    char *left, *right; // the room of the last chunk
    size_t bytes;       // of all copies
    slot *slots;
    size_t used, mask;
    pt_value *stack; // the parts of what is being copied
    size_t top, cap;
};

pt_interner *pt_interner_new(pt_arena *a) {
    pt_interner *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->a = a;
    t->mask = SLOTS_MIN - 1;
    t->slots = calloc(SLOTS_MIN, sizeof *t->slots);
    if (t->slots && getrandom(&t->seed, sizeof t->seed, 0) == sizeof t->seed)
        return t;
    pt_interner_free(t);
    return NULL;
}

size_t pt_interner_bytes(const pt_interner *t) {
    return t->bytes;
}

void pt_interner_free(pt_interner *t) {
    if (!t)
        return;
    free((void *)t->chunks);
    free(t->slots);
    free(t->stack);
    free(t);
}

// -- chunks ---------------------------------------------------------------------------------------

static bool more_room(pt_interner *t) {
    if (t->n_chunks == CHUNKS_MAX)
        return false;
    if ((t->n_chunks & (t->n_chunks - 1)) == 0) { // a power of two: full
        size_t cap = t->n_chunks ? 2 * t->n_chunks : 1;
        char **grown = (char **)realloc((void *)t->chunks, cap * sizeof *grown);
        if (!grown)
            return false;
        t->chunks = grown;
    }
    char *chunk = pt_arena_take(t->a, CHUNK_BYTES);
    if (!chunk)
        return false;
    t->chunks[t->n_chunks++] = chunk;
    t->left = chunk;
    t->right = chunk + CHUNK_BYTES;
    return true;
}

static char *take(pt_interner *t, size_t bytes, bool sequence) {
    if ((size_t)(t->right - t->left) < bytes && !more_room(t))
        return NULL;
    t->bytes += bytes;
    if (sequence)
        return t->right -= bytes;
    char *p = t->left;
    t->left += bytes;
    return p;
}

static uint32_t place_of(const pt_interner *t, const char *p) {
    size_t last = t->n_chunks - 1;
    return (uint32_t)(last << CHUNK_BITS | (size_t)(p - t->chunks[last]));
}

static const char *piece_at(const pt_interner *t, uint32_t at) {
    return t->chunks[at >> CHUNK_BITS] + (at & ((1U << CHUNK_BITS) - 1));
}

// -- pieces ---------------------------------------------------------------------------------------

// What is looked for: n bytes of a text, or n values.
typedef struct piece {
    const void *p;
    size_t n;
    bool sequence;
} piece;

static size_t bytes_of(size_t n, bool sequence) {
    return sequence ? n * sizeof(pt_value) : n;
}

static uint64_t hash_of(const pt_interner *t, piece x) {
    return pt_hash(pt_string((pt_str){x.p, bytes_of(x.n, x.sequence)}), t->seed + x.sequence);
}

static uint32_t mark_of(piece x, uint64_t hash) {
    uint32_t length = (uint32_t)(2 * x.n + x.sequence);
    return (uint32_t)(hash >> 32) << LENGTH_BITS | length;
}

static piece piece_of(const pt_interner *t, slot s) {
    size_t length = s.mark & ((1U << LENGTH_BITS) - 1);
    return (piece){piece_at(t, s.at), length / 2, length & 1};
}

// Where it stands, or the free place where it is to stand.
static slot *find(const pt_interner *t, piece x, uint64_t hash) {
    uint32_t mark = mark_of(x, hash);
    size_t i = (size_t)hash & t->mask;
    while (t->slots[i].mark) {
        if (t->slots[i].mark == mark &&
            memcmp(piece_at(t, t->slots[i].at), x.p, bytes_of(x.n, x.sequence)) == 0)
            break;
        i = (i + 1) & t->mask;
    }
    return &t->slots[i];
}

static bool grow(pt_interner *t) {
    size_t n = t->mask + 1;
    slot *old = t->slots;
    slot *grown = calloc(2 * n, sizeof *grown);
    if (!grown)
        return false;
    t->slots = grown;
    t->mask = 2 * n - 1;
    for (size_t i = 0; i < n; i++) {
        if (!old[i].mark)
            continue;
        size_t k = (size_t)hash_of(t, piece_of(t, old[i])) & t->mask;
        while (grown[k].mark)
            k = (k + 1) & t->mask;
        grown[k] = old[i];
    }
    free(old);
    return true;
}

static const void *copy_of(pt_interner *t, piece x) {
    size_t bytes = bytes_of(x.n, x.sequence);
    char *p = take(t, bytes + !x.sequence, x.sequence);
    if (!p)
        return NULL;
    memcpy(p, x.p, bytes);
    if (!x.sequence)
        p[bytes] = '\0';
    return p;
}

// The one that is kept of all that are equal; NULL: no room for it.
static const void *only(pt_interner *t, piece x) {
    uint64_t hash = hash_of(t, x);
    slot *s = find(t, x, hash);
    if (s->mark)
        return piece_at(t, s->at);
    if (t->used >= (t->mask + 1) / 4 * 3) {
        if (!grow(t))
            return NULL;
        s = find(t, x, hash);
    }
    const void *kept = copy_of(t, x);
    if (!kept)
        return NULL;
    *s = (slot){place_of(t, kept), mark_of(x, hash)};
    t->used++;
    return kept;
}

// Of what is not looked up. Texts are ended by a NUL, which does no harm to sequences.
static const void *copy_long(pt_interner *t, const void *p, size_t bytes) {
    pt_str copy = pt_arena_str(t->a, (pt_str){p, bytes});
    t->bytes += bytes;
    return copy.p;
}

static const struct pt_seq *sequence(pt_interner *t, const pt_value *v, size_t n) {
    if (n <= SEQ_ITEMS_MAX)
        return only(t, (piece){v, n, true});
    return copy_long(t, v, n * sizeof *v);
}

// -- values ---------------------------------------------------------------------------------------

static pt_value text(pt_interner *t, pt_value v) {
    if (v.n == 0)
        v.s = "";
    else if (v.n <= TEXT_BYTES_MAX)
        v.s = only(t, (piece){v.s, v.n, false});
    else
        v.s = copy_long(t, v.s, v.n);
    return v.s ? v : pt_undefined();
}

// Room for n parts, from t->top on.
static bool reserve(pt_interner *t, size_t n) {
    if (t->cap - t->top >= n)
        return true;
    size_t cap = 2 * t->cap > t->top + n ? 2 * t->cap : t->top + n;
    pt_value *grown = realloc(t->stack, cap * sizeof *grown);
    if (!grown)
        return false;
    t->stack = grown;
    t->cap = cap;
    return true;
}

// `first` (of an object's values, or nothing) and n parts: as a sequence.
// NOLINTNEXTLINE(misc-no-recursion): PT_VALUE_DEPTH_MAX
static const struct pt_seq *parts(pt_interner *t, const pt_value *from, size_t n,
                                  const pt_value *first) {
    size_t base = t->top;
    size_t slots = n + (first != NULL);
    const struct pt_seq *ret = NULL;
    if (!reserve(t, slots))
        return NULL;
    if (first)
        t->stack[base] = *first;
    t->top = base + slots;
    size_t i = 0;
    for (; i < n; i++) {
        pt_value part = pt_intern(t, from[i]);
        if (!pt_defined(part) && pt_defined(from[i]))
            break;
        t->stack[base + slots - n + i] = part; // the stack may have moved
    }
    if (i == n)
        ret = sequence(t, t->stack + base, slots);
    t->top = base;
    return ret;
}

pt_value pt_intern(pt_interner *t, pt_value v) { // NOLINT(misc-no-recursion): PT_VALUE_DEPTH_MAX
    if (v.tag == PT_STRING || (v.tag == PT_NUMBER && !(v.flags & PT_FLAG_INT)))
        return text(t, v);
    if (!pt_impl_composite(v) || v.n == 0)
        return v;
    if (pt_watch_spend((size_t)v.n + 1))
        return pt_undefined();
    pt_value keys = {0};
    if (v.tag == PT_OBJECT) {
        keys.seq = parts(t, pt_keys_of(v), v.n, NULL);
        if (!keys.seq)
            return pt_undefined();
    }
    v.flags = 0; // a copy has no hole
    v.seq = parts(t, pt_vals(v), v.n, v.tag == PT_OBJECT ? &keys : NULL);
    return v.seq ? v : pt_undefined();
}
