// Maven: the version order of the POM reference, which ComparableVersion implements. Tokens stand
// behind '.', '-' or a change between digits and letters, which counts as '-'.
#include "judge/vuln/vuln_impl.h"

typedef struct token {
    pt_str text; // an empty one is 0
    bool number, hyphen, end;
    bool abbreviated; // 'a', 'b', 'm' right before a digit: alpha, beta, milestone
} token;

typedef struct walk {
    pt_str rest;
    bool hyphen; // what stands before the next token
    size_t kept; // nulls at the start of rest are not dropped while rest.n is more than this
} walk;

static const struct {
    pt_str name;
    int rank;
} qualifiers[] = {
    {PT_STR("alpha"), 0},   {PT_STR("beta"), 1},     {PT_STR("milestone"), 2}, {PT_STR("rc"), 3},
    {PT_STR("cr"), 3},      {PT_STR("snapshot"), 4}, {PT_STR("final"), 5},     {PT_STR("ga"), 5},
    {PT_STR("release"), 5}, {PT_STR("sp"), 6},
};
enum {
    RANK_RELEASE = 5,
    RANK_OTHER = 7,
    RANK_NUMBER = 9
};

static int rank(token t) {
    if (!t.text.n)
        return RANK_RELEASE;
    for (size_t i = 0; t.abbreviated && i < 3; i++)
        if (pt_vtext_lower(t.text.p[0]) == qualifiers[i].name.p[0])
            return qualifiers[i].rank;
    for (size_t i = 0; i < PT_COUNT(qualifiers); i++)
        if (pt_str_eq_nocase(t.text, qualifiers[i].name))
            return qualifiers[i].rank;
    return RANK_OTHER;
}

static bool is_word(char c) {
    return c != '.' && c != '-' && !pt_vtext_digit(c);
}

static token take_token(walk *w) {
    token t = {.number = true, .hyphen = w->hyphen, .end = !w->rest.n};
    t.text = pt_vtext_take_digits(&w->rest);
    if (!t.text.n) {
        t.text = pt_vtext_take(&w->rest, pt_vtext_run(w->rest, 0, is_word));
        t.number = !t.text.n;
        t.abbreviated = t.text.n == 1 && pt_vtext_digit(pt_vtext_at(w->rest, 0));
    }
    char c = pt_vtext_at(w->rest, 0);
    w->hyphen = c != '.';
    if (c == '.' || c == '-')
        pt_vtext_take(&w->rest, 1);
    return t;
}

static bool is_null(token t) {
    return !t.end && (t.number ? pt_vtext_is_zero(t.text) : rank(t) == RANK_RELEASE);
}

// Nulls before a hyphen, a qualifier or the end do not count: 1.0.0-foo is 1-foo.
static token next_token(walk *w) {
    for (;;) {
        size_t from = w->rest.n;
        token t = take_token(w);
        if (!is_null(t) || from > w->kept)
            return t;
        walk ahead = *w;
        walk behind = *w; // behind the nulls
        token q = take_token(&ahead);
        while (is_null(q)) {
            behind = ahead;
            q = take_token(&ahead);
        }
        if (q.number && !q.hyphen && !q.end) {
            w->kept = behind.rest.n;
            return t;
        }
        *w = behind;
    }
}

// alpha < … < snapshot < the end = release < sp < others < "-number" < ".number". Of numbers only
// those are left that another one follows, or that are no 0: all of them come after the end.
static int rank_of(token t) {
    if (t.end)
        return RANK_RELEASE;
    return t.number ? RANK_NUMBER - t.hyphen : rank(t);
}

// Of the same qualifier that behind a '.' comes first.
static int compare_tokens(token a, token b) {
    int order = rank_of(a) - rank_of(b);
    if (order || rank_of(a) == RANK_RELEASE)
        return order;
    if (a.number)
        return pt_vtext_cmp_number(a.text, b.text);
    order = pt_vtext_cmp_bool(a.hyphen, b.hyphen);
    return order || rank(a) != RANK_OTHER ? order : pt_vtext_cmp_fold(a.text, b.text);
}

int pt_maven_order(const pt_version_rules *r, pt_str a, pt_str b) {
    (void)r;
    walk x = {.rest = a, .kept = SIZE_MAX};
    walk y = {.rest = b, .kept = SIZE_MAX};
    for (;;) {
        token s = next_token(&x);
        token t = next_token(&y);
        int order = compare_tokens(s, t);
        if (order || (s.end && t.end))
            return order;
    }
}

static bool of_version(char c) {
    return (unsigned char)c > ' ' && (unsigned char)c < 0x7f && c != ',' && c != '[' && c != ']' &&
           c != '(' && c != ')';
}

// Maven takes any text; what would be a range, or holds blanks or control characters, is none.
bool pt_maven_valid(const pt_version_rules *r, pt_str v) {
    (void)r;
    return v.n && pt_vtext_run(v, 0, of_version) == v.n;
}
