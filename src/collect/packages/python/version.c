// Which of several versions a requirement means (PEP 440, "Version specifiers"; Poetry's caret and
// tilde). It decides between the few versions of one lock file only.
#include "collect/packages/python/python.h"

enum {
    PARTS = 6, // of a release that are compared
};

typedef struct version {
    int64_t part[PARTS];
    size_t n;  // written parts
    int stage; // .dev, a, b, rc, none, .post
    int64_t stage_n;
    bool any; // "1.*"
} version;

static int64_t take_number(pt_str *s) {
    int64_t sum = 0;
    size_t n = 0;
    for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        sum = sum < INT64_C(1) << 50 ? sum * 10 + (s->p[n] - '0') : sum;
    *s = pt_str_sub(*s, n, s->n);
    return sum;
}

static bool digit_at(pt_str s, size_t i) {
    return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

enum {
    FINAL = 4
};

static void read_stage(version *v, pt_str s) {
    static const struct {
        const char *name;
        int stage;
    } stages[] = {{"dev", 0}, {"alpha", 1}, {"a", 1},    {"beta", 2}, {"b", 2},
                  {"rc", 3},  {"c", 3},     {"post", 5}, {"rev", 5},  {"r", 5}};
    while (s.n && (s.p[0] == '.' || s.p[0] == '-' || s.p[0] == '_'))
        s = pt_str_sub(s, 1, s.n);
    v->stage = FINAL;
    for (size_t i = 0; i < PT_COUNT(stages); i++)
        if (pt_str_starts(s, pt_str_of(stages[i].name))) {
            s = pt_str_sub(s, pt_str_of(stages[i].name).n, s.n);
            v->stage = stages[i].stage;
            v->stage_n = take_number(&s);
            return;
        }
}

static version read_version(pt_str s) {
    version v = {0};
    size_t epoch = pt_str_find(s, '!');
    if (epoch < s.n)
        s = pt_str_sub(s, epoch + 1, s.n);
    s = pt_str_sub(s, s.n && (s.p[0] | 0x20) == 'v', s.n);
    while (digit_at(s, 0) && v.n < PARTS) {
        v.part[v.n++] = take_number(&s);
        if (s.n && s.p[0] == '.' && digit_at(s, 1))
            s = pt_str_sub(s, 1, s.n);
    }
    v.any = pt_str_eqz(s, ".*") || pt_str_eqz(s, "*");
    read_stage(&v, s);
    return v;
}

static int compare(const version *a, const version *b) {
    for (size_t i = 0; i < PARTS; i++)
        if (a->part[i] != b->part[i])
            return a->part[i] < b->part[i] ? -1 : 1;
    if (a->stage != b->stage)
        return a->stage < b->stage ? -1 : 1;
    return (a->stage_n > b->stage_n) - (a->stage_n < b->stage_n);
}

static bool same_start(const version *a, const version *b, size_t n) {
    for (size_t i = 0; i < n && i < PARTS; i++)
        if (a->part[i] != b->part[i])
            return false;
    return true;
}

// "^1.2" keeps the parts up to the first that is not 0.
static size_t caret_parts(const version *v) {
    for (size_t i = 0; i + 1 < v->n; i++)
        if (v->part[i])
            return i + 1;
    return v->n;
}

static bool fits_one(const version *v, pt_str asked) {
    static const char *const operators[] = {
        "===", "==", "!=", "<=", ">=", "~=", "<", ">", "^", "~", "="};
    enum {
        IS_SAME,
        IS,
        IS_NOT,
        AT_MOST,
        AT_LEAST,
        COMPATIBLE,
        BELOW,
        ABOVE,
        CARET,
        TILDE,
        EQUALS,
        NONE
    } op = IS_SAME;
    while (op < NONE && !pt_str_starts(asked, pt_str_of(operators[op])))
        op++;
    version w = read_version(
        pt_str_trim(pt_str_sub(asked, op < NONE ? pt_str_of(operators[op]).n : 0, asked.n)));
    int c = compare(v, &w);
    switch (op) {
    case IS_NOT:
        return w.any ? !same_start(v, &w, w.n) : c != 0;
    case AT_MOST:
        return c <= 0;
    case AT_LEAST:
        return c >= 0;
    case BELOW:
        return c < 0;
    case ABOVE:
        return c > 0;
    case COMPATIBLE:
        return c >= 0 && same_start(v, &w, w.n ? w.n - 1 : 0);
    case TILDE:
        return c >= 0 && same_start(v, &w, w.n > 1 ? 2 : 1);
    case CARET:
        return c >= 0 && same_start(v, &w, caret_parts(&w));
    case IS_SAME:
    case IS:
    case EQUALS:
    case NONE:
        break;
    }
    return w.any || !w.n ? same_start(v, &w, w.n) : c == 0;
}

// All parts of one alternative.
static bool fits_all(const version *v, pt_str asked) {
    pt_str part;
    bool fits = true;
    while (fits && pt_str_split(&asked, ',', &part))
        fits = fits_one(v, pt_str_trim(part));
    return fits;
}

bool pt_python_fits(pt_str text, pt_str asked) {
    version v = read_version(text);
    for (bool more = true; more;) {
        size_t n = pt_str_find_str(asked, PT_STR("||"));
        if (fits_all(&v, pt_str_trim(pt_str_sub(asked, 0, n))))
            return true;
        more = n < asked.n;
        asked = pt_str_sub(asked, n + 2, asked.n);
    }
    return false;
}
