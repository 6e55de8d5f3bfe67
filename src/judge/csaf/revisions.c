// Versions of the document and the history of its revisions.
#include <stdlib.h>

#include "base/instant.h"
#include "judge/csaf/impl.h"
#include "judge/vuln/version.h"

typedef struct revision {
    pt_str number;
    pt_time_ns date;
} revision;

typedef struct history {
    revision *v;
    size_t n;
} history;

static bool whole_number(pt_str s) {
    int64_t n = 0;
    return pt_str_int(s, 10, &n);
}

static pt_str without_build(pt_str s) {
    return pt_str_sub(s, 0, pt_str_find(s, '+'));
}

static pt_str core(pt_str s) {
    s = without_build(s);
    return pt_str_sub(s, 0, pt_str_find(s, '-'));
}

static bool pre_release(pt_str s) {
    s = without_build(s);
    return pt_str_find(s, '-') < s.n;
}

static int64_t major(pt_str s) {
    int64_t n = 0;
    PT_IGNORE(pt_str_int(pt_str_sub(s, 0, pt_str_find(s, '.')), 10, &n)); // none is 0
    return n;
}

static int by_number(pt_str a, pt_str b) {
    if (whole_number(a) && whole_number(b))
        return major(a) < major(b) ? -1 : major(a) > major(b);
    return pt_version_order(PT_VERSION_SEMVER, a, b);
}

static int by_date(const void *x, const void *y) {
    const revision *a = x;
    const revision *b = y;
    if (a->date != b->date)
        return a->date < b->date ? -1 : 1;
    return by_number(a->number, b->number);
}

// Sorted by date, then by number.
static history history_of(pt_csaf *c) {
    pt_value list = pt_csaf_list(c->tracking, "revision_history");
    history h = {PT_NEW(c->a, revision, pt_len(list)), pt_len(list)};
    c->full = c->full || !h.v;
    h.n = h.v ? h.n : 0;
    for (size_t i = 0; i < h.n; i++) {
        h.v[i].number = pt_csaf_text(pt_at(list, i), "number");
        PT_IGNORE(
            pt_time_parse(pt_csaf_text(pt_at(list, i), "date"), &h.v[i].date)); // the schema's
    }
    if (h.n)
        qsort(h.v, h.n, sizeof *h.v, by_date);
    return h;
}

static pt_str version_of(const pt_csaf *c) {
    return pt_csaf_text(c->tracking, "version");
}

static bool is_draft(const pt_csaf *c) {
    return pt_str_eqz(pt_csaf_text(c->tracking, "status"), "draft");
}

void pt_csaf_sorted_history(pt_csaf *c) {
    history h = history_of(c);
    for (size_t i = 1; i < h.n; i++)
        if (by_number(h.v[i - 1].number, h.v[i].number) > 0)
            pt_csaf_found(c, "a later revision has a lower number", h.v[i].number);
}

// Build metadata counts for nothing, nor does what makes a draft's version one before its release.
void pt_csaf_latest_version(pt_csaf *c) {
    history h = history_of(c);
    pt_str (*cut)(pt_str) = is_draft(c) ? core : without_build;
    if (h.n && !pt_str_eq(cut(version_of(c)), cut(h.v[h.n - 1].number)))
        pt_csaf_found(c, "the version is not that of the last revision", version_of(c));
}

void pt_csaf_draft(pt_csaf *c) {
    pt_str v = version_of(c);
    if (v.n && (major(v) == 0 || pre_release(v)) && !is_draft(c))
        pt_csaf_found(c, "a version before the first release, and no draft", v);
}

void pt_csaf_released_history(pt_csaf *c) {
    history h = history_of(c);
    for (size_t i = 0; i < h.n && !is_draft(c); i++)
        if (major(h.v[i].number) == 0)
            pt_csaf_found(c, "a revision before the first release", h.v[i].number);
}

void pt_csaf_history_pre_release(pt_csaf *c) {
    history h = history_of(c);
    for (size_t i = 0; i < h.n; i++)
        if (pre_release(h.v[i].number))
            pt_csaf_found(c, "a revision that was not released", h.v[i].number);
}

void pt_csaf_version_pre_release(pt_csaf *c) {
    if (!is_draft(c) && pre_release(version_of(c)))
        pt_csaf_found(c, "a version before its release, and no draft", version_of(c));
}

void pt_csaf_history_gap(pt_csaf *c) {
    history h = history_of(c);
    if (h.n && major(h.v[0].number) > 1)
        pt_csaf_found(c, "the first revision is missing", h.v[0].number);
    for (size_t i = 1; i < h.n; i++)
        if (major(h.v[i].number) > major(h.v[i - 1].number) + 1)
            pt_csaf_found(c, "a revision is missing before", h.v[i].number);
}

void pt_csaf_history_twice(pt_csaf *c) {
    history h = history_of(c);
    pt_csaf_ids ids = {0};
    for (size_t i = 0; i < h.n; i++)
        pt_csaf_push(c, &ids, h.v[i].number);
    pt_csaf_twice(c, &ids, "two revisions of one number");
}

void pt_csaf_mixed_versions(pt_csaf *c) {
    history h = history_of(c);
    bool whole = whole_number(version_of(c));
    for (size_t i = 0; i < h.n; i++)
        if (whole_number(h.v[i].number) != whole)
            pt_csaf_found(c, "numbers of two kinds", h.v[i].number);
}

void pt_csaf_history_build(pt_csaf *c) {
    history h = history_of(c);
    for (size_t i = 0; i < h.n; i++)
        if (without_build(h.v[i].number).n < h.v[i].number.n)
            pt_csaf_found(c, "build metadata", h.v[i].number);
}

static void older(pt_csaf *c, const char *key, bool newest) {
    history h = history_of(c);
    pt_time_ns t = 0;
    pt_str date = pt_csaf_text(c->tracking, key);
    if (h.n && pt_time_parse(date, &t) && t < h.v[newest ? h.n - 1 : 0].date)
        pt_csaf_found(c, "older than its revision", date);
}

void pt_csaf_initial_date(pt_csaf *c) {
    older(c, "initial_release_date", false);
}

void pt_csaf_current_date(pt_csaf *c) {
    older(c, "current_release_date", true);
}
