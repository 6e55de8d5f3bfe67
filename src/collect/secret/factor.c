// What every match of a pattern has in it: texts without it need not be asked. A factor is a row of
// bytes, each one of a set: of ['"]([a-z]{16,99}) a quote and 16 letters. It is read off the
// pattern: what repeats without a fixed count ends one factor and begins the next; what may be left
// out, and alternatives, end it. Whatever is not understood here means: no factor.
#include <math.h>
#include <string.h>

#include "collect/secret/secret_impl.h"

enum {
    PATTERN_MAX = 4096,
    DEPTH_MAX = 32,
    ANCHOR_MAX = 2, // bytes, at one place
    COMMON = 96,    // bytes that texts are made of
};

// That a factor tells: else it stands everywhere.
static const double least_bits = 5;

typedef struct set {
    bool has[256];
    bool wide; // a character of it may be of several bytes, or of one
} set;

typedef struct row {
    uint8_t n;
    set of[PT_SECRET_FACTOR_MAX];
} row;

typedef struct cursor {
    pt_str s;
    size_t at;
    bool lost; // there is something that is not understood
} cursor;

typedef struct reader {
    cursor in;            // the pattern
    bool fold[DEPTH_MAX]; // letters of either case, of each group that is open
    unsigned depth;
    row now;
    const pt_secret_rule *rule;
    row best[PT_SECRET_FACTORS];
    double bits[PT_SECRET_FACTORS]; // that each of them tells
} reader;

static bool more(const cursor *c) {
    return c->at < c->s.n && !c->lost;
}

static bool is_at(const cursor *c, char ch) {
    return c->at < c->s.n && c->s.p[c->at] == ch;
}

// -- factors --------------------------------------------------------------------------------------

static double bits_of(const set *x) {
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
    r->now.n = 0;
}

static void put(reader *r, const set *x, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        if (r->now.n == PT_SECRET_FACTOR_MAX)
            return;
        r->now.of[r->now.n++] = *x;
    }
}

// `x` between `least` and `most` times.
static void put_times(reader *r, const set *x, unsigned least, unsigned most) {
    bool fixed = least == most && !x->wide;
    bool fits = r->now.n + least <= PT_SECRET_FACTOR_MAX;
    put(r, x, least);
    if (fixed && fits)
        return;
    end_row(r); // what follows stands behind the last ones of them
    put(r, x, least);
}

// -- sets -----------------------------------------------------------------------------------------

static void add(set *x, unsigned from, unsigned to, bool fold) {
    for (unsigned c = from; c <= to && c < 256; c++) {
        bool letter = (c | 0x20u) >= 'a' && (c | 0x20u) <= 'z';
        x->has[c] = true;
        if (fold && letter)
            x->has[c ^ 0x20u] = true;
        if (fold && ((c | 0x20u) == 'k' || (c | 0x20u) == 's'))
            x->wide = true; // the signs of Kelvin and the long s are them, too
    }
}

static void negate(set *x) {
    for (unsigned c = 0; c < 128; c++)
        x->has[c] = !x->has[c];
    x->wide = true;
}

// Every byte of a character that is not ASCII may be one of a wide set's.
static void end_set(set *x) {
    for (unsigned c = 128; c < 256; c++)
        x->has[c] = x->wide;
}

static void add_perl(set *x, char c) {
    static const char *const blanks = "\t\n\v\f\r ";
    set y = {.wide = false};
    char lower = (char)(c | 0x20);
    if (lower == 'd' || lower == 'w')
        add(&y, '0', '9', false);
    if (lower == 'w') {
        add(&y, 'a', 'z', false);
        add(&y, 'A', 'Z', false);
        add(&y, '_', '_', false);
    }
    for (const char *b = blanks; lower == 's' && *b; b++)
        add(&y, (unsigned char)*b, (unsigned char)*b, false);
    if (lower != c)
        negate(&y);
    for (unsigned i = 0; i < 128; i++)
        x->has[i] = x->has[i] || y.has[i];
    x->wide = x->wide || y.wide;
}

static int digit_of(char c) {
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

// Behind a backslash: a character (its code), or -1: it is in `x`, or is not understood.
static int read_escape(cursor *c, set *x) {
    static const char names[] = "tnrfva";
    static const char means[] = "\t\n\r\f\v\a";
    char ch = '\0';
    if (c->at < c->s.n)
        ch = c->s.p[c->at++];
    const char *named = ch ? strchr(names, ch) : NULL;
    if (named)
        return means[named - names];
    if (ch == 'x' && c->at + 1 < c->s.n) {
        int high = digit_of(c->s.p[c->at]);
        int low = digit_of(c->s.p[c->at + 1]);
        c->at += 2;
        c->lost = c->lost || high < 0 || high > 7 || low < 0;
        return high * 16 + low;
    }
    if (ch && strchr("dwsDWS", ch)) {
        add_perl(x, ch);
        return -1;
    }
    bool sign = ch && !((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z') && !(ch >= '0' && ch <= '9');
    c->lost = c->lost || !sign;
    return sign ? ch : -1;
}

// One end of a range in a class; -1: it was a set.
static int read_end(cursor *c, set *x) {
    if (c->s.p[c->at] != '\\')
        return (unsigned char)c->s.p[c->at++];
    c->at++;
    return read_escape(c, x);
}

static set read_class(cursor *c, bool fold) {
    set x = {.wide = false};
    bool no = is_at(c, '^');
    c->at += no;
    for (bool first = true; more(c) && (first || !is_at(c, ']')); first = false) {
        c->lost = c->lost || is_at(c, '['); // "[:alpha:]" among others
        int from = read_end(c, &x);
        int to = from;
        if (from >= 0 && is_at(c, '-') && c->at + 1 < c->s.n && c->s.p[c->at + 1] != ']') {
            c->at++;
            to = read_end(c, &x);
            c->lost = c->lost || to < from;
        }
        if (from >= 0 && !c->lost)
            add(&x, (unsigned)from, (unsigned)to, fold);
    }
    c->lost = c->lost || !is_at(c, ']');
    c->at++;
    if (no)
        negate(&x);
    return x;
}

// -- patterns -------------------------------------------------------------------------------------

static unsigned read_number(cursor *c, bool *ret) {
    unsigned n = 0;
    *ret = false;
    for (; c->at < c->s.n && c->s.p[c->at] >= '0' && c->s.p[c->at] <= '9' && n < 100000; c->at++) {
        n = n * 10 + (unsigned)(c->s.p[c->at] - '0');
        *ret = true;
    }
    return n;
}

// How often what stands before it; nothing said: once. True: it was said.
static bool read_times(cursor *c, unsigned *least, unsigned *most) {
    char ch = '\0';
    if (c->at < c->s.n)
        ch = c->s.p[c->at];
    bool is = true;
    *least = *most = 1;
    if (!ch || !strchr("?*+{", ch))
        return false;
    c->at++;
    if (ch != '{') {
        *least = ch == '+';
        *most = ch == '?' ? 1 : UINT32_MAX;
    } else {
        *least = *most = read_number(c, &is);
        if (is && is_at(c, ',')) {
            c->at++;
            *most = read_number(c, &is);
            *most = is ? *most : UINT32_MAX;
            is = true;
        }
        c->lost = c->lost || !is || !is_at(c, '}'); // "{" for itself
        c->at++;
    }
    c->at += is_at(c, '?'); // as few as possible
    return true;
}

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
static bool read_head(cursor *c, bool *fold) {
    bool on = true;
    if (!is_at(c, '?'))
        return true;
    for (c->at++; more(c) && !is_at(c, ')') && !is_at(c, ':'); c->at++) {
        char ch = c->s.p[c->at];
        if (ch == '-')
            on = false;
        else if (ch == 'i')
            *fold = on;
        else
            c->lost = c->lost || !strchr("smU", ch);
    }
    bool group = is_at(c, ':');
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
    cursor behind = {.s = r->in.s, .at = behind_group(r->in.s, r->in.at, &alternatives)};
    PT_IGNORE(read_times(&behind, &least, &most)); // nothing said: once
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
    if (read_times(&r->in, &least, &most))
        end_row(r);
}

static void read_one(reader *r) {
    char c = r->in.s.p[r->in.at++];
    bool fold = r->fold[r->depth];
    set x = {.wide = false};
    unsigned least;
    unsigned most;
    if (c == '^' || c == '$' ||
        (c == '\\' && r->in.at < r->in.s.n && strchr("bBAz", r->in.s.p[r->in.at]))) {
        r->in.at += c == '\\';
        return; // of no byte
    }
    int one = (unsigned char)c;
    if (c == '[')
        x = read_class(&r->in, fold);
    else if (c == '.')
        negate(&x);
    else {
        one = c == '\\' ? read_escape(&r->in, &x) : one;
        if (one >= 0 && !r->in.lost)
            add(&x, (unsigned)one, (unsigned)one, fold);
    }
    end_set(&x);
    PT_IGNORE(read_times(&r->in, &least, &most)); // nothing said: once
    r->in.lost = r->in.lost || least > most;
    put_times(r, &x, least < PT_SECRET_FACTOR_MAX ? least : PT_SECRET_FACTOR_MAX, most);
}

static void read_pattern(reader *r) {
    bool alternatives = false;
    size_t end = behind_group(r->in.s, 0, &alternatives);
    r->in.lost = alternatives || end != r->in.s.n || r->in.s.n > PATTERN_MAX;
    for (size_t i = 0; i < r->in.s.n; i++)
        r->in.lost = r->in.lost || (unsigned char)r->in.s.p[i] >= 128 || r->in.s.p[i] == '\0';
    while (more(&r->in)) {
        if (is_at(&r->in, '(') || is_at(&r->in, ')')) {
            bool opens = is_at(&r->in, '(');
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
        pt_secret_factor *f = PT_NEW(a, pt_secret_factor, 1);
        if (!f)
            return false;
        f->n = r->best[i].n;
        for (unsigned k = 0; k < f->n; k++)
            for (unsigned c = 0; c < 256; c++)
                f->at[c] |= r->best[i].of[k].has[c] ? 1u << k : 0;
        anchor(f);
        rule->factors[rule->n_factors++] = f;
    }
    return true;
}

static bool stands(const pt_secret_factor *f, const char *p) {
    unsigned k = 0;
    while (k < f->n && f->at[(unsigned char)p[k]] >> k & 1)
        k++;
    return k == f->n;
}

// By the place that seldom fits.
static bool anchored_in(const pt_secret_factor *f, pt_str text) {
    const char *end = text.p + (text.n - f->n) + f->rare; // where it may stand last
    for (const char *p = text.p + f->rare; p <= end; p++)
        if (f->at[(unsigned char)*p] >> f->rare & 1 && stands(f, p - f->rare))
            return true;
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
