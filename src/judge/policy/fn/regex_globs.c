// regex.globs_match: have two patterns of characters, '.', sets, '+' and '*' a common string? As
// the package glob-intersection answers, its shortcomings included, but by a table over the
// suffixes of both patterns, where the package backtracks.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/regex.h"

#define STATES_MAX ((size_t)4 << 20) // suffixes of one pattern times suffixes of the other

typedef struct range {
    int32_t from, to;
} range;

typedef enum kind {
    CHARACTER,
    DOT,
    CHOICE,
} kind;

typedef struct token {
    kind kind;
    char flag;      // 0, '+', '*'
    const range *v; // sorted, apart; one for a character
    size_t n;
} token;

typedef struct glob {
    PT_VEC(token) t;
} glob;

typedef struct scan {
    pt_call *c;
    pt_str text; // of the whole pattern, for messages
    const int32_t *r;
    size_t n, at;
} scan;

static bool bad(scan *s, size_t pos, const char *what) {
    pt_call_fault(s->c, PT_FAULT_BUILTIN, "input:%.*s, pos:%zu, %s: the input provided is invalid",
                  PT_PRI(s->text), pos, what);
    return false;
}

// The next rune; 0 at the end, -1 after a fault.
static int next(scan *s, int32_t *ret, bool *ret_escaped) {
    if (s->at >= s->n)
        return 0;
    *ret_escaped = s->r[s->at] == '\\';
    if (*ret_escaped && s->at + 1 >= s->n)
        return bad(s, s->at, "input ends with a \\ (escape) character") - 1;
    *ret = s->r[s->at + *ret_escaped];
    s->at += 1 + (size_t)*ret_escaped;
    return 1;
}

static int by_from(const void *x, const void *y) {
    const range *a = x;
    const range *b = y;
    return a->from < b->from ? -1 : a->from > b->from;
}

static size_t settle(range *v, size_t n) {
    size_t m = 0;
    qsort(v, n, sizeof *v, by_from);
    for (size_t i = 0; i < n; i++) {
        if (m && v[i].from <= v[m - 1].to + 1)
            v[m - 1].to = v[i].to > v[m - 1].to ? v[i].to : v[m - 1].to;
        else
            v[m++] = v[i];
    }
    return m;
}

// Behind the '-' of a set: the range's end.
static bool read_range(scan *s, bool from_known, int32_t from, range *ret) {
    if (!from_known)
        return bad(s, s->at, "range character '-' must be preceded by a Unicode character");
    if (s->at + 1 >= s->n)
        return bad(s, s->at, "range character '-' must be followed by a Unicode character");
    int32_t to;
    bool escaped;
    if (next(s, &to, &escaped) <= 0)
        return false;
    if (!escaped && (to == ']' || to == '-'))
        return bad(s, s->at, "range character '-' cannot be followed by a special symbol");
    if (to < from) {
        pt_buf b = PT_BUF(256);
        pt_buf_putz(&b, "range is out of order: '");
        pt_utf8_put(&b, (uint32_t)to);
        pt_buf_putz(&b, "' comes before '");
        pt_utf8_put(&b, (uint32_t)from);
        pt_buf_putz(&b, "' in Unicode");
        pt_buf_putc(&b, 0);
        bad(s, s->at, b.full ? "range is out of order" : b.p);
        pt_buf_done(&b);
        return false;
    }
    *ret = (range){from, to};
    return true;
}

static bool read_set(scan *s, token *ret) {
    PT_VEC(range) v = {0};
    int32_t r;
    int32_t before = 0;
    bool escaped, known = false;
    int got;
    while ((got = next(s, &r, &escaped)) > 0) {
        if (!escaped && r == ']') {
            *ret = (token){.kind = CHOICE, .v = v.v, .n = v.n ? settle(v.v, v.n) : 0};
            return true;
        }
        range one = {r, r};
        if (!escaped && r == '-') {
            if (!read_range(s, known, before, &one))
                return false;
            known = false;
        } else {
            before = r;
            known = true;
        }
        range *p = PT_PUSH(s->c->arena, &v);
        if (!p)
            return pt_defined(pt_call_full(s->c));
        *p = one;
    }
    return got < 0 ? false : bad(s, s->at, "found [ without matching ]");
}

static bool read_token(scan *s, int32_t r, bool escaped, token *ret) {
    if (!escaped && r == '[')
        return read_set(s, ret);
    if (!escaped && r == ']')
        return bad(s, s->at, "set-close ']' with no preceding '['");
    if (!escaped && (r == '+' || r == '*'))
        return bad(s, s->at,
                   r == '+' ? "flag '+' must be preceded by a non-flag"
                            : "flag '*' must be preceded by a non-flag");
    if (!escaped && r == '.') {
        *ret = (token){.kind = DOT};
        return true;
    }
    range *v = PT_NEW(s->c->arena, range, 1);
    if (!v)
        return pt_defined(pt_call_full(s->c));
    *v = (range){r, r};
    *ret = (token){.kind = CHARACTER, .v = v, .n = 1};
    return true;
}

static bool same(const token *a, const token *b) {
    return a->kind == b->kind && a->n == b->n &&
           (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof *a->v) == 0);
}

// Add a token; t*t+ is t+.
static bool push(scan *s, glob *g, token t) {
    token *last = g->t.n ? &g->t.v[g->t.n - 1] : NULL;
    if (last && t.flag && last->flag && same(&t, last)) {
        last->flag = t.flag == '+' || last->flag == '+' ? '+' : '*';
        return true;
    }
    token *p = PT_PUSH(s->c->arena, &g->t);
    if (!p)
        return pt_defined(pt_call_full(s->c));
    *p = t;
    return true;
}

static bool read_glob(pt_call *c, pt_str text, glob *g) {
    int32_t *runes = PT_NEW(c->arena, int32_t, text.n + 1);
    if (!runes)
        return pt_defined(pt_call_full(c));
    scan s = {.c = c, .text = text, .r = runes};
    for (size_t at = 0; at < text.n;)
        runes[s.n++] = pt_rune_next(text, &at);
    int32_t r;
    bool escaped;
    int got;
    while ((got = next(&s, &r, &escaped)) > 0) {
        token t = {0};
        if (!read_token(&s, r, escaped, &t))
            return false;
        size_t back = s.at;
        got = next(&s, &r, &escaped);
        if (got < 0)
            return false;
        if (got && !escaped && (r == '+' || r == '*'))
            t.flag = (char)r;
        else
            s.at = back;
        if (!push(&s, g, t))
            return false;
    }
    return got == 0;
}

static bool meet(const token *a, const token *b) {
    if (a->kind == DOT || b->kind == DOT)
        return true;
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        if (a->v[i].to < b->v[j].from)
            i++;
        else if (b->v[j].to < a->v[i].from)
            j++;
        else
            return true;
    }
    return false;
}

// What is known of the suffixes (i, j) of both patterns; bit 0 and 1 differ in who is asked first.
enum {
    NORMAL = 1, // << side: the suffixes meet, `side` looked at first
    STAR = 4,   // << side: they do, with the first token of `side` starred
};

typedef struct table {
    const token *v[2];
    size_t n[2];
    uint8_t *known; // (n[0] + 1) * (n[1] + 1)
} table;

static bool knows(const table *t, size_t i, size_t j, int what) {
    return t->known[i * (t->n[1] + 1) + j] & what;
}

// The suffixes with the first token of `side` taken off, or of the other side.
static bool after(const table *t, size_t i, size_t j, int side, int what) {
    return side == 0 ? knows(t, i + 1, j, what) : knows(t, i, j + 1, what);
}

static bool star(const table *t, size_t i, size_t j, int side) {
    const size_t at[2] = {i, j};
    const token *starred = &t->v[side][at[side]];
    bool more = at[side] + 1 < t->n[side];
    if (at[!side] == t->n[!side])
        return !more;
    const token *other = &t->v[!side][at[!side]];
    if (more && meet(other, starred + 1) && after(t, i, j, side, NORMAL << side))
        return true;
    return meet(other, starred) && after(t, i, j, !side, STAR << side);
}

static bool special(const table *t, size_t i, size_t j, int side) {
    const size_t at[2] = {i, j};
    int flagged = t->v[side][at[side]].flag ? side : !side;
    const token *f = &t->v[flagged][at[flagged]];
    const token *other = &t->v[!flagged][at[!flagged]];
    if (f->flag == '*')
        return knows(t, i, j, STAR << flagged);
    if (!meet(f, other))
        return false;
    return after(t, i, j, !flagged, STAR << flagged) ||
           (other->flag && after(t, i, j, flagged, NORMAL << flagged));
}

static bool normal(const table *t, size_t i, size_t j, int side) {
    if (i == t->n[0] || j == t->n[1])
        return i == t->n[0] && j == t->n[1];
    if (t->v[0][i].flag || t->v[1][j].flag)
        return special(t, i, j, side);
    return meet(&t->v[0][i], &t->v[1][j]) && knows(t, i + 1, j + 1, NORMAL << side);
}

static void fill(table *t, size_t i, size_t j) {
    uint8_t *known = &t->known[i * (t->n[1] + 1) + j];
    for (int side = 0; side < 2; side++)
        if ((side == 0 ? i : j) < t->n[side] && star(t, i, j, side))
            *known |= (uint8_t)(STAR << side);
    for (int side = 0; side < 2; side++)
        if (normal(t, i, j, side))
            *known |= (uint8_t)(NORMAL << side);
}

// Take off what is plain at both ends and meets; false if something plain does not meet. One token
// of each end stays.
static bool trim(table *t, const glob *a, const glob *b) {
    size_t l = 0;
    size_t r1 = a->t.n;
    size_t r2 = b->t.n;
    for (; l < r1 && l < r2 && !a->t.v[l].flag && !b->t.v[l].flag; l++)
        if (!meet(&a->t.v[l], &b->t.v[l]))
            return false;
    l -= l > 0;
    for (; r1 > l && r2 > l && !a->t.v[r1 - 1].flag && !b->t.v[r2 - 1].flag; r1--, r2--)
        if (!meet(&a->t.v[r1 - 1], &b->t.v[r2 - 1]))
            return false;
    if (r1 < a->t.n) {
        r1++;
        r2++;
    }
    t->v[0] = a->t.v ? a->t.v + l : NULL;
    t->v[1] = b->t.v ? b->t.v + l : NULL;
    t->n[0] = r1 - l;
    t->n[1] = r2 - l;
    return true;
}

pt_value pt_regex_globs_match(pt_call *c, const pt_value *args) {
    glob a = {0};
    glob b = {0};
    table t = {0};
    if (!read_glob(c, pt_text(args[0]), &a) || !read_glob(c, pt_text(args[1]), &b))
        return pt_undefined();
    if (!trim(&t, &a, &b))
        return pt_bool(false);
    if ((t.n[0] + 1) > STATES_MAX / (t.n[1] + 1))
        return pt_call_fault(c, PT_FAULT_LIMIT, "the patterns are too long");
    t.known = PT_NEW(c->arena, uint8_t, (t.n[0] + 1) * (t.n[1] + 1));
    if (!t.known)
        return pt_call_full(c);
    for (size_t i = t.n[0] + 1; i-- > 0;) {
        if (pt_call_stop(c))
            return pt_undefined();
        for (size_t j = t.n[1] + 1; j-- > 0;)
            fill(&t, i, j);
    }
    return pt_bool(knows(&t, 0, 0, NORMAL));
}
