// What every match of a pattern has in it: texts without it need not be asked. A factor is a row of
// bytes, each one of a set: of ['"]([a-z]{16,99}) a quote and 16 letters. It is read off the
// pattern: what repeats without a fixed count ends one factor and begins the next; what may be left
// out, and alternatives, end it. Whatever is not understood here means: no factor.
#include <math.h>
#include <string.h>
#if defined(__SSE2__)
#    include <emmintrin.h>
#endif

#include "collect/secret/secret_impl.h"
#include "collect/secret/sets.h"

enum {
    PATTERN_MAX = 4096,
    DEPTH_MAX = 32,
    ANCHOR_MAX = 2, // bytes, at one place
    COMMON = 96,    // bytes that texts are made of
};

// That a factor tells: else it stands everywhere.
static const double least_bits = 5;

typedef struct row {
    uint8_t n;
    pt_secret_set of[PT_SECRET_FACTOR_MAX];
} row;

typedef struct reader {
    pt_secret_cursor in;  // the pattern
    bool fold[DEPTH_MAX]; // letters of either case, of each group that is open
    unsigned depth;
    row now;
    const pt_secret_rule *rule;
    row best[PT_SECRET_FACTORS];
    double bits[PT_SECRET_FACTORS]; // that each of them tells
    row around;                     // of those with a keyword in it
    double around_bits;
    pt_secret_around its;
} reader;

// -- factors --------------------------------------------------------------------------------------

static double bits_of(const pt_secret_set *x) {
    unsigned n = 0;
    for (unsigned c = 0; c < 128; c++)
        n += x->has[c];
    return n && n < COMMON ? log2((double)COMMON / n) : 0;
}

// Does the keyword stand at `from` of the row? It was found already, and tells nothing new.
static bool is_keyword(const row *x, size_t from, pt_str word) {
    if (from + word.n > x->n)
        return false;
    for (size_t i = 0; i < word.n; i++) {
        unsigned char c = (unsigned char)word.p[i];
        if (!x->of[from + i].has[c] && !x->of[from + i].has[c ^ 0x20u])
            return false;
    }
    return true;
}

// Is it the keyword and nothing else, in the case that is searched for?
static bool is_literally(const reader *r, size_t from, pt_str word) {
    bool exact = pt_secret_is_exact(r->rule, word);
    if (from + word.n > r->now.n)
        return false;
    for (size_t i = 0; i < word.n; i++) {
        unsigned char c = (unsigned char)word.p[i];
        bool letter = (c | 0x20u) >= 'a' && (c | 0x20u) <= 'z';
        const pt_secret_set *x = &r->now.of[from + i];
        size_t n = 0;
        for (unsigned k = 0; k < 256; k++)
            n += x->has[k] && (k == c || (letter && !exact && (k ^ 0x20u) == c)) ? 1
                                                                                 : x->has[k] * 256u;
        if (n == 0 || n >= 256)
            return false;
    }
    return true;
}

static void see_keywords(reader *r) {
    const pt_secret_words *words = &r->rule->keywords;
    for (size_t k = 0; k < words->n; k++)
        for (size_t i = 0; i < r->now.n; i++) {
            double bits = 0;
            for (size_t j = 0; j < r->now.n; j++)
                bits += j < i || j >= i + words->v[k].n ? bits_of(&r->now.of[j]) : 0;
            if (bits <= r->around_bits || !is_literally(r, i, words->v[k]))
                continue;
            r->around = r->now;
            r->around_bits = bits;
            r->its = (pt_secret_around){.word = k, .before = i + words->v[k].n};
        }
}

static double tells(const row *x, const pt_secret_words *keywords) {
    double bits[PT_SECRET_FACTOR_MAX] = {0};
    double sum = 0;
    for (size_t i = 0; i < x->n; i++)
        bits[i] = bits_of(&x->of[i]);
    for (size_t k = 0; k < keywords->n; k++)
        for (size_t i = 0; i < x->n; i++)
            for (size_t j = 0; j < keywords->v[k].n && is_keyword(x, i, keywords->v[k]); j++)
                bits[i + j] = bits[i + j] > 2 ? 0 : bits[i + j];
    for (size_t i = 0; i < x->n; i++)
        sum += bits[i];
    return sum;
}

static void end_row(reader *r) {
    double bits = tells(&r->now, &r->rule->keywords);
    size_t last = PT_SECRET_FACTORS - 1;
    if (bits >= least_bits && bits > r->bits[last]) {
        size_t i = last;
        for (; i > 0 && bits > r->bits[i - 1]; i--) {
            r->best[i] = r->best[i - 1];
            r->bits[i] = r->bits[i - 1];
        }
        r->best[i] = r->now;
        r->bits[i] = bits;
    }
    see_keywords(r);
    r->now.n = 0;
}

static void put(reader *r, const pt_secret_set *x, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        if (r->now.n == PT_SECRET_FACTOR_MAX)
            return;
        r->now.of[r->now.n++] = *x;
    }
}

// `x` between `least` and `most` times.
static void put_times(reader *r, const pt_secret_set *x, unsigned least, unsigned most) {
    bool fixed = least == most && !x->wide;
    bool fits = r->now.n + least <= PT_SECRET_FACTOR_MAX;
    put(r, x, least);
    if (fixed && fits)
        return;
    end_row(r); // what follows stands behind the last ones of them
    put(r, x, least);
}

// -- patterns -------------------------------------------------------------------------------------

// Behind the group whose inside begins at `at`; *alternatives: it has them.
static size_t behind_group(pt_str s, size_t at, bool *alternatives) {
    unsigned depth = 1;
    for (; at < s.n && depth; at++) {
        char c = s.p[at];
        if (c == '\\')
            at++;
        else if (c == '[') {
            at += at + 1 < s.n && s.p[at + 1] == '^' ? 2 : 1;
            for (at++; at < s.n && s.p[at] != ']'; at++)
                at += s.p[at] == '\\';
        } else if (c == '(' || c == ')')
            depth += c == '(' ? 1u : -1u;
        else if (c == '|' && depth == 1)
            *alternatives = true;
    }
    return at;
}

// "(?i)", "(?i:", "(?:", "(?P<name>": the group's head. False: it only sets flags.
static bool read_head(pt_secret_cursor *c, bool *fold) {
    bool on = true;
    if (!pt_secret_is_at(c, '?'))
        return true;
    for (c->at++; pt_secret_more(c) && !pt_secret_is_at(c, ')') && !pt_secret_is_at(c, ':');
         c->at++) {
        char ch = c->s.p[c->at];
        if (ch == '-')
            on = false;
        else if (ch == 'i')
            *fold = on;
        else
            c->lost = c->lost || !strchr("smU", ch);
    }
    bool group = pt_secret_is_at(c, ':');
    c->at++;
    return group;
}

static void open_group(reader *r) {
    bool fold = r->fold[r->depth];
    bool alternatives = false;
    unsigned least;
    unsigned most;
    if (!read_head(&r->in, &fold)) {
        r->fold[r->depth] = fold;
        return;
    }
    pt_secret_cursor behind = {.s = r->in.s, .at = behind_group(r->in.s, r->in.at, &alternatives)};
    PT_IGNORE(pt_secret_read_times(&behind, &least, &most)); // nothing said: once
    if (alternatives || !least) {
        end_row(r);
        r->in.lost = r->in.lost || behind.lost;
        r->in.at = behind.at;
        return;
    }
    r->in.lost = r->in.lost || r->depth + 1 == DEPTH_MAX;
    r->depth += !r->in.lost;
    r->fold[r->depth] = fold;
}

static void close_group(reader *r) {
    unsigned least;
    unsigned most;
    r->in.lost = r->in.lost || r->depth == 0;
    r->depth -= !r->in.lost;
    if (pt_secret_read_times(&r->in, &least, &most))
        end_row(r);
}

static void read_one(reader *r) {
    pt_str rest = pt_str_sub(r->in.s, r->in.at, r->in.s.n);
    unsigned least;
    unsigned most;
    bool escape = rest.n > 1 && rest.p[0] == '\\';
    if (rest.p[0] == '^' || rest.p[0] == '$' || (escape && strchr("bBAz", rest.p[1]))) {
        r->in.at += escape ? 2 : 1;
        return; // of no byte
    }
    pt_secret_set x = pt_secret_read_set(&r->in, r->fold[r->depth]);
    PT_IGNORE(pt_secret_read_times(&r->in, &least, &most)); // nothing said: once
    r->in.lost = r->in.lost || least > most;
    put_times(r, &x, least < PT_SECRET_FACTOR_MAX ? least : PT_SECRET_FACTOR_MAX, most);
}

static void read_pattern(reader *r) {
    bool alternatives = false;
    size_t end = behind_group(r->in.s, 0, &alternatives);
    r->in.lost = alternatives || end != r->in.s.n || r->in.s.n > PATTERN_MAX;
    for (size_t i = 0; i < r->in.s.n; i++)
        r->in.lost = r->in.lost || (unsigned char)r->in.s.p[i] >= 128 || r->in.s.p[i] == '\0';
    while (pt_secret_more(&r->in)) {
        if (pt_secret_is_at(&r->in, '(') || pt_secret_is_at(&r->in, ')')) {
            bool opens = pt_secret_is_at(&r->in, '(');
            r->in.at++;
            opens ? open_group(r) : close_group(r);
        } else
            read_one(r);
    }
    end_row(r);
    r->in.lost = r->in.lost || r->depth;
}

static void anchor(pt_secret_factor *f) {
    unsigned fewest = UINT32_MAX;
    for (unsigned k = 0; k < f->n; k++) {
        unsigned n = 0;
        for (unsigned c = 0; c < 256; c++)
            n += f->at[c] >> k & 1;
        if (n < fewest) {
            fewest = n;
            f->rare = k;
        }
    }
    f->anchored = fewest <= ANCHOR_MAX;
    size_t n = 0;
    for (unsigned c = 0; f->anchored && c < 256; c++)
        if (f->at[c] >> f->rare & 1)
            f->only[n++] = (char)c;
    if (n == 1)
        f->only[1] = f->only[0];
}

static pt_secret_factor *factor_of(pt_arena *a, const row *x) {
    pt_secret_factor *f = PT_NEW(a, pt_secret_factor, 1);
    if (!f)
        return NULL;
    f->n = x->n;
    for (unsigned k = 0; k < f->n; k++)
        for (unsigned c = 0; c < 256; c++)
            f->at[c] |= x->of[k].has[c] ? 1u << k : 0;
    anchor(f);
    return f;
}

bool pt_secret_factors(pt_arena *a, pt_secret_rule *rule) {
    reader *r = PT_NEW(a, reader, 1);
    if (!r)
        return false;
    r->in.s = pt_re2_pattern(rule->pattern);
    r->rule = rule;
    read_pattern(r);
    rule->n_factors = 0;
    for (size_t i = 0; !r->in.lost && i < PT_SECRET_FACTORS && r->bits[i] > 0; i++) {
        rule->factors[i] = factor_of(a, &r->best[i]);
        rule->n_factors += rule->factors[i] != NULL;
    }
    rule->around = r->its;
    rule->around.row = r->in.lost || r->around_bits <= 0 ? NULL : factor_of(a, &r->around);
    return !a->full;
}

static bool stands(const pt_secret_factor *f, const char *p) {
    unsigned k = 0;
    while (k < f->n && f->at[(unsigned char)p[k]] >> k & 1)
        k++;
    return k == f->n;
}

bool pt_secret_factor_at(const pt_secret_factor *f, pt_str text, size_t at) {
    return at <= text.n && text.n - at >= f->n && stands(f, text.p + at);
}

// The next of two bytes from `p` on, or `end`.
static const char *next_of(const char *p, const char *end, const char only[2]) {
#if defined(__SSE2__)
    const __m128i a = _mm_set1_epi8(only[0]);
    const __m128i b = _mm_set1_epi8(only[1]);
    for (; end - p >= 16; p += 16) {
        const __m128i x = _mm_loadu_si128((const void *)p);
        int hits = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(x, a), _mm_cmpeq_epi8(x, b)));
        if (hits)
            return p + __builtin_ctz((unsigned)hits);
    }
#endif
    while (p < end && *p != only[0] && *p != only[1])
        p++;
    return p;
}

// By the place that seldom fits.
static bool anchored_in(const pt_secret_factor *f, pt_str text) {
    const char *end = text.p + (text.n - f->n) + f->rare + 1; // behind where it may stand last
    const char *p = text.p + f->rare;
    while ((p = next_of(p, end, f->only)) < end) {
        if (stands(f, p - f->rare))
            return true;
        p++;
    }
    return false;
}

// Boyer and Moore's way: from the end of a place backwards, and on by what the wrong byte allows.
bool pt_secret_factor_in(const pt_secret_factor *f, pt_str text) {
    size_t at = 0;
    if (text.n >= f->n && f->anchored)
        return anchored_in(f, text);
    while (at + f->n <= text.n) {
        unsigned k = f->n;
        uint32_t places = 0;
        do {
            k--;
            places = f->at[(unsigned char)text.p[at + k]];
        } while (k && places >> k & 1);
        if (places >> k & 1)
            return true;
        uint32_t before = places & ((1u << k) - 1);
        at += before ? k - (31u - (unsigned)__builtin_clz(before)) : k + 1;
    }
    return false;
}
