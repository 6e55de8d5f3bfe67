// What the JSON sources share: scanning of blanks and strings, and the reader under parse and
// stream.
#pragma once

#if defined(__SSE2__)
#    include <emmintrin.h>
#endif

#include "value/impl.h"
#include "value/json.h"

enum {
    PT_JSON_SCAN = 16 // bytes looked at in one step, where so many are left
};

#if defined(__SSE2__)
static inline __m128i pt_json_load(const char *p) {
    // NOLINTNEXTLINE(bugprone-casting-through-void): -Wcast-align has it so
    return _mm_loadu_si128((const __m128i_u *)(const void *)p);
}

// One bit a byte that ends a run of plain text: quote, backslash, below 0x20, 0x80 and above.
static inline unsigned pt_json_specials(const char *p) {
    __m128i v = pt_json_load(p);
    __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    __m128i escape = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    // Only the highest bit counts. Signed, so that 0x80 and above are below 0x20 too.
    __m128i low = _mm_subs_epi8(v, _mm_set1_epi8(0x20));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, escape), low));
}

// Copy one step. One bit a byte that is `c`.
static inline unsigned pt_json_copy(char *to, const char *p, char c) {
    __m128i v = pt_json_load(p);
    _mm_storeu_si128((__m128i_u *)(void *)to, v);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
}

// One bit a byte that is no blank.
static inline unsigned pt_json_inks(const char *p) {
    __m128i v = pt_json_load(p);
    __m128i space = _mm_cmpeq_epi8(v, _mm_set1_epi8(' '));
    __m128i line = _mm_cmpeq_epi8(v, _mm_set1_epi8('\n'));
    __m128i tab = _mm_cmpeq_epi8(v, _mm_set1_epi8('\t'));
    __m128i cr = _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'));
    __m128i blank = _mm_or_si128(_mm_or_si128(space, line), _mm_or_si128(tab, cr));
    return (unsigned)_mm_movemask_epi8(blank) ^ 0xffffu;
}
#endif

// One store of sixteen bytes: a load of all of them soon after waits behind two stores of eight.
static inline void pt_json_put(pt_value *to, pt_value v) {
#if defined(__SSE2__)
    __m128i whole = _mm_set_epi64x(v.i, (int64_t)pt_impl_head(v));
    _mm_storeu_si128((__m128i_u *)(void *)to, whole);
#else
    *to = v;
#endif
}

// The first byte at or behind p that is no plain text of a string, or `end`.
static inline const char *pt_json_plain(const char *p, const char *end) {
#if defined(__SSE2__)
    for (; end - p >= PT_JSON_SCAN; p += PT_JSON_SCAN) {
        unsigned found = pt_json_specials(p);
        if (found)
            return p + __builtin_ctz(found);
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20 &&
           (unsigned char)*p < 0x80)
        p++;
    return p;
}

// The quote at p + n, if the n bytes before it are those at `known`, which lies in the same source
// and not behind p. Else NULL.
static inline const char *pt_json_same(const char *p, const char *end, const char *known,
                                       size_t n) {
    size_t left = (size_t)(end - p);
#if defined(__SSE2__)
    if (n <= PT_JSON_SCAN && left > PT_JSON_SCAN) {
        __m128i same = _mm_cmpeq_epi8(pt_json_load(p), pt_json_load(known));
        unsigned other = ~(unsigned)_mm_movemask_epi8(same) & ((1u << n) - 1);
        return other == 0 && p[n] == '"' ? p + n : NULL;
    }
#endif
    return left > n && p[n] == '"' && pt_impl_bytes_eq(p, known, n) ? p + n : NULL;
}

// The closing quote of a plain string that begins at p and ends within one step, else NULL.
static inline const char *pt_json_short(const char *p, const char *end) {
#if defined(__SSE2__)
    unsigned found = end - p >= PT_JSON_SCAN ? pt_json_specials(p) : 0;
    if (found && p[__builtin_ctz(found)] == '"')
        return p + __builtin_ctz(found);
#endif
    return NULL;
}

static inline bool pt_json_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// The first byte at or behind p that is no blank, or `end`.
static inline const char *pt_json_ink(const char *p, const char *end) {
    if (p < end && (unsigned char)*p > ' ') // compact documents
        return p;
#if defined(__SSE2__)
    for (; end - p >= PT_JSON_SCAN; p += PT_JSON_SCAN) {
        unsigned found = pt_json_inks(p);
        if (found)
            return p + __builtin_ctz(found);
    }
#endif
    while (p < end && pt_json_blank(*p))
        p++;
    return p;
}

// -- json_string.c --------------------------------------------------------------------------------

// A string as it stands in the source.
typedef struct pt_json_raw {
    const char *from, *to; // between the quotes
    const char *end;       // of the source
    bool escaped;
    const char *bad; // what is wrong, at `to`, or NULL
} pt_json_raw;

// The string whose opening quote stands before p.
pt_json_raw pt_json_raw_string(const char *p, const char *end);

// The string as a slice of the source, or of `a` when something is escaped; p == NULL: `a` is full.
pt_str pt_json_cook(const pt_json_raw *raw, pt_arena *a);

// -- json_read.c ----------------------------------------------------------------------------------

typedef struct pt_json_job {
    pt_str bytes;
    size_t at;      // where the value begins; blanks before it are skipped
    uint32_t depth; // of the composites around it
    const pt_json_opts *opts;
    bool stop_at_items;        // at the first array under the key "items" of the outermost object
    size_t hole_from, hole_to; // that array, when it has been read before; else 0, 0
    // results
    bool stopped; // at `end`, the opening bracket
    size_t begin, end;
    pt_value value;
    pt_value dup;
} pt_json_job;

PT_CHECK pt_code pt_json_run(pt_json_job *job, pt_arena *a, pt_err *e);

// "not valid JSON: `what`" with the place of `offset`.
pt_code pt_json_fault(pt_str bytes, size_t offset, pt_code code, const char *what, pt_err *e);
