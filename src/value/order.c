// The total order, equality and hashing.
#include "base/watch.h"
#include "value/impl.h"

// -- order ----------------------------------------------------------------------------------------

int pt_impl_long_cmp(const char *a, const char *b, size_t n) {
    return pt_watch_spend(n / PT_WATCH_BYTES) ? 1 : memcmp(a, b, n);
}

static int scalar_cmp(pt_value a, pt_value b) {
    switch (a.tag) {
    case PT_BOOL:
        return (a.i > b.i) - (a.i < b.i);
    case PT_NUMBER:
        return pt_impl_number_cmp(a, b);
    case PT_STRING:
        return pt_impl_str_cmp(a, b);
    default:
        return 0;
    }
}

int pt_cmp(pt_value a, pt_value b) { // NOLINT(misc-no-recursion): PT_VALUE_DEPTH_MAX
    if (a.tag != b.tag)
        return a.tag < b.tag ? -1 : 1;
    if (a.tag == PT_STRING)
        return a.s == b.s && a.n == b.n ? 0 : pt_impl_str_cmp(a, b);
    if (!pt_impl_composite(a))
        return scalar_cmp(a, b);
    if (a.n == b.n && a.seq == b.seq)
        return 0;
    bool keys = a.tag == PT_OBJECT && a.n && b.n && pt_keys_of(a) != pt_keys_of(b);
    size_t i = 0;
    int c = 0;
    for (; c == 0 && i < a.n && i < b.n; i++) {
        if (keys)
            c = pt_cmp(pt_keys_of(a)[i], pt_keys_of(b)[i]);
        if (c == 0)
            c = pt_cmp(pt_vals(a)[i], pt_vals(b)[i]);
    }
    if (pt_watch_spend(i + 1))
        return 1;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static bool all_eq(const pt_value *a, const pt_value *b, size_t n);

bool pt_eq(pt_value a, pt_value b) { // NOLINT(misc-no-recursion): PT_VALUE_DEPTH_MAX
    if (a.tag == PT_STRING)
        return pt_impl_str_eq(a, b);
    if (a.tag != b.tag)
        return false;
    if (!pt_impl_composite(a))
        return scalar_cmp(a, b) == 0;
    if (a.n != b.n)
        return false;
    if (a.n == 0 || a.seq == b.seq)
        return true;
    if (a.tag == PT_OBJECT && !all_eq(pt_keys_of(a), pt_keys_of(b), a.n))
        return false;
    return all_eq(pt_vals(a), pt_vals(b), a.n);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_VALUE_DEPTH_MAX
static bool all_eq(const pt_value *a, const pt_value *b, size_t n) {
    if (a == b)
        return true;
    size_t i = 0;
    while (i < n && pt_eq(a[i], b[i]))
        i++;
    return !pt_watch_spend(i + 1) && i == n;
}

// -- hash -----------------------------------------------------------------------------------------
// Folded 64x64 multiplications. Both factors are masked with secrets made of the seed: with public
// masks, as wyhash has them, an attacker zeroes a factor and collides under every seed.

typedef struct mixer {
    uint64_t h;
    uint64_t secret[2];
} mixer;

static uint64_t fold(uint64_t a, uint64_t b) {
    unsigned __int128 wide = (unsigned __int128)a * b;
    return (uint64_t)wide ^ (uint64_t)(wide >> 64);
}

// splitmix64 (Steele, Lea, Flood 2014): a bijection, so that no two seeds give the same secret.
static uint64_t scramble(uint64_t x) {
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static void mix(mixer *m, uint64_t a, uint64_t b) {
    m->h = fold(a ^ m->h ^ m->secret[0], b ^ m->secret[1]);
}

static void mix_word(void *to, uint64_t word) {
    mix(to, word, PT_NUMBER);
}

static void mix_bytes(mixer *m, const char *p, size_t n) {
    mix(m, n, PT_STRING);
    if (n > PT_LONG_TEXT && pt_watch_spend(n / PT_WATCH_BYTES))
        return;
    for (; n > 16; p += 16, n -= 16)
        mix(m, pt_impl_load(p, 8), pt_impl_load(p + 8, 8));
    if (n >= 8) // the two words overlap; the length before them tells which text it is
        mix(m, pt_impl_load(p, 8), pt_impl_load(p + n - 8, 8));
    else if (n >= 4)
        mix(m, pt_impl_load(p, 4), pt_impl_load(p + n - 4, 4));
    else if (n > 0)
        mix(m,
            pt_impl_load(p, 1) | pt_impl_load(p + n / 2, 1) << 8 | pt_impl_load(p + n - 1, 1) << 16,
            0);
}

static void mix_value(mixer *m, pt_value v) { // NOLINT(misc-no-recursion): PT_VALUE_DEPTH_MAX
    int64_t i;
    if (v.tag == PT_STRING) {
        mix_bytes(m, v.s, v.n);
    } else if (v.tag == PT_NUMBER) {
        if (!(v.flags & PT_FLAG_INT) && pt_watch_spend(1 + v.n / PT_STEP_DIGITS))
            return;
        if (pt_to_int(v, &i))
            mix(m, (uint64_t)i, PT_NUMBER);
        else
            pt_impl_number_feed(v, mix_word, m);
    } else if (!pt_impl_composite(v)) {
        mix(m, v.tag == PT_BOOL ? (uint64_t)v.i : 0, v.tag);
    } else if (!pt_watch_spend((size_t)v.n + 1)) {
        mix(m, v.n, v.tag);
        for (size_t at = 0; at < v.n; at++) {
            if (v.tag == PT_OBJECT)
                mix_value(m, pt_keys_of(v)[at]);
            mix_value(m, pt_vals(v)[at]);
        }
    }
}

uint64_t pt_hash(pt_value v, uint64_t seed) {
    uint64_t secret = scramble(seed);
    mixer m = {.h = 0, .secret = {secret, scramble(secret)}};
    mix_value(&m, v);
    return scramble(m.h);
}
