// Myers' algorithm: the shortest way from one list of lines to the other, with its track kept.
#include "cli/diff.h"

#include <string.h>

enum {
    CONTEXT = 3,
    EDITS_MAX = 2000, // the track is as large as the square of it
};

typedef struct lines {
    PT_VEC(pt_str) v; // with their ends
} lines;

// What became of the lines: kept, taken from `from`, or put from `to`.
typedef struct edit {
    char mark; // ' ', '-', '+'
    size_t from, to;
} edit;

typedef struct edits {
    PT_VEC(edit) v;
} edits;

static bool split(pt_arena *a, pt_str s, lines *ret) {
    while (s.n) {
        size_t end = pt_str_find(s, '\n');
        size_t n = end < s.n ? end + 1 : s.n;
        pt_str *slot = PT_PUSH(a, &ret->v);
        if (!slot)
            return false;
        *slot = pt_str_sub(s, 0, n);
        s = pt_str_sub(s, n, s.n);
    }
    return true;
}

static pt_str line_at(const lines *l, size_t i) {
    return l->v.v && i < l->v.n ? l->v.v[i] : (pt_str){NULL, 0};
}

static bool add(pt_arena *a, edits *e, char mark, size_t from, size_t to) {
    edit *slot = PT_PUSH(a, &e->v);
    if (slot)
        *slot = (edit){mark, from, to};
    return slot;
}

// -- the way --------------------------------------------------------------------------------------

typedef struct way {
    pt_arena *a;
    const lines *from, *to;
    int64_t **track; // of each number of edits: how far the diagonals came
    int64_t n;       // of edits
} way;

static bool same(const way *w, int64_t x, int64_t y) {
    return x < (int64_t)w->from->v.n && y < (int64_t)w->to->v.n &&
           pt_str_eq(line_at(w->from, (size_t)x), line_at(w->to, (size_t)y));
}

// Does diagonal k of d edits come from above, with a line that was put?
static bool from_above(const int64_t *far, int64_t k, int64_t d) {
    return k == -d || (k != d && far[k - 1] < far[k + 1]);
}

// One edit more. `far` is what d - 1 edits reached, indexed from -d - 1 to d + 1.
static bool extend(way *w, int64_t *far, int64_t d) {
    bool there = false;
    for (int64_t k = -d; k <= d && !there; k += 2) {
        int64_t x = from_above(far, k, d) ? far[k + 1] : far[k - 1] + 1;
        while (same(w, x, x - k))
            x++;
        far[k] = x;
        there = x >= (int64_t)w->from->v.n && x - k >= (int64_t)w->to->v.n;
    }
    return there;
}

// False: the arena is full. w->n is -1 where it takes too many.
static bool find(way *w) {
    int64_t *room = PT_NEW(w->a, int64_t, 2 * EDITS_MAX + 5);
    w->track = PT_NEW(w->a, int64_t *, EDITS_MAX + 1);
    w->n = -1;
    if (!room || !w->track)
        return false;
    int64_t *far = room + EDITS_MAX + 2;
    for (int64_t d = 0; d <= EDITS_MAX; d++) {
        int64_t *kept = PT_NEW(w->a, int64_t, 2 * (size_t)d + 3);
        if (!kept)
            return false;
        memcpy(kept, far - d - 1, (2 * (size_t)d + 3) * sizeof *kept);
        w->track[d] = kept + d + 1;
        if (extend(w, far, d)) {
            w->n = d;
            return true;
        }
    }
    return true;
}

// Back along the track; the edits come out last first.
static bool collect(const way *w, edits *ret) {
    int64_t x = (int64_t)w->from->v.n;
    int64_t y = (int64_t)w->to->v.n;
    for (int64_t d = w->n; d >= 0; d--) {
        int64_t k = x - y;
        bool above = d > 0 && from_above(w->track[d], k, d);
        int64_t before = d == 0 ? 0 : above ? w->track[d][k + 1] : w->track[d][k - 1] + 1;
        for (; x > before || (d == 0 && x > 0); x--, y--) {
            if (!add(w->a, ret, ' ', (size_t)x - 1, (size_t)y - 1))
                return false;
        }
        if (d == 0)
            break;
        if (above)
            y--;
        else
            x--;
        if (!add(w->a, ret, above ? '+' : '-', (size_t)x, (size_t)y))
            return false;
    }
    for (size_t i = 0; i < ret->v.n / 2; i++) {
        edit e = ret->v.v[i];
        ret->v.v[i] = ret->v.v[ret->v.n - 1 - i];
        ret->v.v[ret->v.n - 1 - i] = e;
    }
    return true;
}

// All of the one for all of the other.
static bool replace(pt_arena *a, const lines *from, const lines *to, edits *ret) {
    for (size_t i = 0; i < from->v.n; i++) {
        if (!add(a, ret, '-', i, 0))
            return false;
    }
    for (size_t i = 0; i < to->v.n; i++) {
        if (!add(a, ret, '+', from->v.n, i))
            return false;
    }
    return true;
}

// -- hunks ----------------------------------------------------------------------------------------

static void put_edit(pt_buf *out, const edit *e, const lines *from, const lines *to) {
    pt_str s = e->mark == '+' ? line_at(to, e->to) : line_at(from, e->from);
    pt_buf_putc(out, e->mark);
    pt_buf_put(out, s);
    if (s.n && s.p[s.n - 1] != '\n')
        pt_buf_putz(out, "\n\\ No newline at end of file\n");
}

// "12,3": where, and how many, if not one.
static void put_range(pt_buf *out, char sign, size_t at, size_t n) {
    pt_buf_printf(out, " %c%zu", sign, n ? at + 1 : at);
    if (n != 1)
        pt_buf_printf(out, ",%zu", n);
}

static void put_hunk(pt_buf *out, const edits *e, size_t begin, size_t end,
                     const lines *const s[2]) {
    size_t taken = 0;
    size_t put = 0;
    for (size_t i = begin; i < end; i++) {
        taken += e->v.v[i].mark != '+';
        put += e->v.v[i].mark != '-';
    }
    pt_buf_putz(out, "@@");
    put_range(out, '-', e->v.v[begin].from, taken);
    put_range(out, '+', e->v.v[begin].to, put);
    pt_buf_putz(out, " @@\n");
    for (size_t i = begin; i < end; i++)
        put_edit(out, &e->v.v[i], s[0], s[1]);
}

static void put_hunks(pt_buf *out, const edits *e, const lines *const s[2]) {
    size_t begin = SIZE_MAX;
    size_t last = 0;
    for (size_t i = 0; i <= e->v.n; i++) {
        bool changed = i < e->v.n && e->v.v[i].mark != ' ';
        bool ends = i == e->v.n || (changed && begin != SIZE_MAX && i - last > 2 * CONTEXT + 1);
        if (ends && begin != SIZE_MAX) {
            size_t end = last + 1 + CONTEXT;
            put_hunk(out, e, begin, end < e->v.n ? end : e->v.n, s);
            begin = SIZE_MAX;
        }
        if (!changed)
            continue;
        if (begin == SIZE_MAX)
            begin = i > CONTEXT ? i - CONTEXT : 0;
        last = i;
    }
}

bool pt_diff(pt_buf *out, pt_arena *a, pt_str name, pt_str from, pt_str to) {
    lines x = {0};
    lines y = {0};
    edits e = {0};
    if (pt_str_eq(from, to))
        return true;
    if (!split(a, from, &x) || !split(a, to, &y))
        return false;
    way w = {.a = a, .from = &x, .to = &y};
    if (!find(&w) || !(w.n < 0 ? replace(a, &x, &y, &e) : collect(&w, &e)))
        return false;
    pt_buf_printf(out, "--- a/%.*s\n+++ b/%.*s\n", PT_PRI(name), PT_PRI(name));
    const lines *const both[2] = {&x, &y};
    put_hunks(out, &e, both);
    return true;
}
