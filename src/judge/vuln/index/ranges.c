// The versions and events of a statement, sorted once, so that who asks need not.
#include <stdlib.h>

#include "judge/vuln/index/build_impl.h"
#include "judge/vuln/index/plain.h"

static int by_order(const void *a, const void *b, void *scheme) {
    const pt_str *x = a;
    const pt_str *y = b;
    int order = pt_ix_version_order(*(const pt_version_scheme *)scheme, *x, *y);
    return order ? order : pt_str_cmp(*x, *y);
}

static bool is_first(const pt_ix_version_event *v) {
    return v->what == PT_IX_INTRODUCED && pt_str_eqz(v->text, "0");
}

// Where versions are equal: what is fixed there began before, what begins there goes on. Else as
// written: a last version may be the first, too.
static int by_kind(const pt_ix_version_event *x, const pt_ix_version_event *y) {
    if (x->what == PT_IX_FIXED && y->what == PT_IX_INTRODUCED)
        return -1;
    if (x->what == PT_IX_INTRODUCED && y->what == PT_IX_FIXED)
        return 1;
    return (x->written > y->written) - (x->written < y->written);
}

// By range, then by version; "0" is before all.
static int by_event(const void *a, const void *b, void *scheme) {
    const pt_ix_version_event *x = a;
    const pt_ix_version_event *y = b;
    int order = (x->range > y->range) - (x->range < y->range);
    if (!order && !x->unordered)
        order = is_first(y) - is_first(x);
    if (!order && !x->unordered)
        order = pt_ix_version_order(*(const pt_version_scheme *)scheme, x->text, y->text);
    if (!order && x->unordered)
        return (x->written > y->written) - (x->written < y->written);
    return order ? order : by_kind(x, y);
}

// "introduced 1.0, fixed 1.0" speaks of no version.
static bool is_empty(const pt_ix_ranges *r, size_t i) {
    const pt_ix_version_event *from = &r->events.v[i];
    const pt_ix_version_event *to = from + 1;
    return i + 1 < r->events.n && from->range == to->range && !from->unordered &&
           from->what == PT_IX_INTRODUCED && to->what == PT_IX_FIXED &&
           (is_first(from) ? pt_str_eqz(to->text, "0")
                           : pt_ix_version_order(r->scheme, from->text, to->text) == 0);
}

static void drop_empty(pt_ix_ranges *r) {
    size_t n = 0;
    for (size_t i = 0; i < r->events.n; i++) {
        if (is_empty(r, i))
            i++;
        else
            r->events.v[n++] = r->events.v[i];
    }
    r->events.n = n;
}

static void put_word(pt_buf *b, size_t word) {
    uint32_t w = (uint32_t)word;
    pt_buf_put(b, (pt_str){(const char *)&w, sizeof w});
}

static void put_text(pt_buf *b, pt_str text) {
    uint16_t n = (uint16_t)text.n;
    pt_buf_put(b, (pt_str){(const char *)&n, sizeof n});
    pt_buf_put(b, text);
}

// Versions that are written the same twice are there once.
static void unique(pt_ix_ranges *r) {
    size_t n = 0;
    for (size_t i = 0; i < r->versions.n; i++)
        if (!n || !pt_str_eq(r->versions.v[n - 1], r->versions.v[i]))
            r->versions.v[n++] = r->versions.v[i];
    r->versions.n = n;
}

static void put_words(pt_buf *b, const pt_ix_ranges *r) {
    size_t at = (PT_IX_RANGES_HEAD + r->versions.n + 2 * r->events.n) * sizeof(uint32_t);
    size_t texts = at;
    for (size_t i = 0; i < r->versions.n; i++)
        texts += sizeof(uint16_t) + r->versions.v[i].n;
    for (size_t i = 0; i < r->events.n; i++)
        texts += sizeof(uint16_t) + r->events.v[i].text.n;
    put_word(b, (texts + 3) & ~(size_t)3);
    put_word(b, r->versions.n);
    put_word(b, r->events.n);
    for (size_t i = 0; i < r->versions.n; i++) {
        put_word(b, at);
        at += sizeof(uint16_t) + r->versions.v[i].n;
    }
    for (size_t i = 0; i < r->events.n; i++) {
        const pt_ix_version_event *v = &r->events.v[i];
        size_t flags = (v->unordered ? PT_IX_UNORDERED : 0U) | (v->commits ? PT_IX_COMMITS : 0U);
        put_word(b, (size_t)v->what | flags | (size_t)v->range << PT_IX_RANGE_SHIFT);
        put_word(b, at);
        at += sizeof(uint16_t) + v->text.n;
    }
}

void pt_ix_ranges_put(pt_buf *b, pt_ix_ranges *r) {
    size_t from = b->n;
    drop_empty(r);
    if (r->versions.n)
        qsort_r(r->versions.v, r->versions.n, sizeof *r->versions.v, by_order, &r->scheme);
    if (r->events.n)
        qsort_r(r->events.v, r->events.n, sizeof *r->events.v, by_event, &r->scheme);
    unique(r);
    put_words(b, r);
    for (size_t i = 0; i < r->versions.n; i++)
        put_text(b, r->versions.v[i]);
    for (size_t i = 0; i < r->events.n; i++)
        put_text(b, r->events.v[i].text);
    pt_buf_fill(b, '\0', (4 - (b->n - from) % 4) % 4);
}
