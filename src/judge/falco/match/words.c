// Sets of texts by hash, and trees of paths by their components. Found without allocation.
#include <string.h>

#include "judge/falco/match/match_impl.h"

typedef struct entry {
    uint64_t hash; // 0: nothing stands there
    pt_str text;
    uint32_t under; // of trees: the node it hangs on
    uint32_t number;
    bool ends; // of trees: a path ends here
} entry;

struct pt_words {
    entry *v;
    uint64_t mask;
    uint64_t lengths; // bit n: there is a word of n bytes (63: of that many or more)
    bool root_ends;   // of trees: "/" is in it
};

static uint64_t load(const char *p, size_t n) {
    uint64_t x = 0;
    memcpy(&x, p, n);
    return x;
}

static uint64_t mix(uint64_t a, uint64_t b) {
    __extension__ unsigned __int128 m =
        (unsigned __int128)(a ^ UINT64_C(0x9e3779b97f4a7c15)) * (b ^ UINT64_C(0xd1b54a32d192ed03));
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

// Words are the rules', so nobody chooses them to collide; never 0.
static uint64_t hash_of(pt_str s, uint32_t under) {
    uint64_t h = mix(s.n, under);
    const char *p = s.p;
    size_t n = s.n;
    for (; n > 8; p += 8, n -= 8)
        h = mix(h, load(p, 8));
    if (n)
        h = mix(h, load(p, n));
    return h | 1;
}

static uint64_t length_bit(size_t n) {
    return UINT64_C(1) << (n < 63 ? n : 63);
}

static pt_words *table(pt_arena *a, size_t n) {
    size_t room = 8;
    while (room < 2 * n)
        room *= 2;
    pt_words *w = PT_NEW(a, pt_words, 1);
    entry *v = w ? PT_NEW(a, entry, room) : NULL;
    if (!v)
        return NULL;
    w->v = v;
    w->mask = room - 1;
    return w;
}

static entry *place_of(const pt_words *w, pt_str s, uint32_t under) {
    uint64_t h = hash_of(s, under);
    for (uint64_t i = h >> 1 & w->mask;; i = (i + 1) & w->mask) {
        entry *x = &w->v[i];
        if (!x->hash || (x->hash == h && x->under == under && pt_str_eq(x->text, s)))
            return x;
    }
}

static entry *put(pt_words *w, pt_str s, uint32_t under, uint32_t number) {
    entry *x = place_of(w, s, under);
    if (!x->hash)
        *x = (entry){hash_of(s, under), s, under, number, false};
    w->lengths |= length_bit(s.n);
    return x;
}

pt_words *pt_words_new(pt_arena *a, const pt_str *words, size_t n) {
    pt_words *w = table(a, n);
    for (size_t i = 0; w && i < n; i++)
        put(w, words[i], 0, (uint32_t)i + 1);
    return w;
}

uint32_t pt_words_find(const pt_words *w, pt_str s) {
    return w->lengths & length_bit(s.n) ? place_of(w, s, 0)->number : 0;
}

// -- paths ----------------------------------------------------------------------------------------
// The next component; slashes in a row are one.
static bool component(pt_str *rest, pt_str *ret) {
    while (pt_str_split(rest, '/', ret))
        if (ret->n)
            return true;
    return false;
}

pt_words *pt_paths_new(pt_arena *a, const pt_str *paths, size_t n) {
    size_t parts = 0;
    pt_str one;
    for (size_t i = 0; i < n; i++)
        for (pt_str rest = paths[i]; component(&rest, &one);)
            parts++;
    pt_words *w = table(a, parts);
    uint32_t nodes = 0;
    for (size_t i = 0; w && i < n; i++) {
        entry *at = NULL;
        for (pt_str rest = paths[i]; component(&rest, &one);) {
            at = put(w, one, at ? at->number : 0, nodes + 1);
            nodes = at->number > nodes ? at->number : nodes;
        }
        *(at ? &at->ends : &w->root_ends) = true;
    }
    return w;
}

bool pt_paths_match(const pt_words *w, pt_str path) {
    pt_str one;
    uint32_t under = 0;
    if (w->root_ends)
        return true;
    while (component(&path, &one)) {
        const entry *x = w->lengths & length_bit(one.n) ? place_of(w, one, under) : NULL;
        if (!x || !x->hash)
            return false;
        if (x->ends)
            return true;
        under = x->number;
    }
    return false;
}
