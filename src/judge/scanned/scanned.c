#include "judge/scanned/scanned.h"

#include "base/buf.h"

enum {
    WHY_BYTES_MAX = 200,
    HOUR_S = 3600,
    DAY_S = 24 * HOUR_S,
};

static const char *const severities[] = {"critical", "high", "medium", "low", "negligible"};

bool pt_scanned_severity(pt_str word) {
    for (size_t i = 0; i < PT_COUNT(severities); i++)
        if (pt_str_eqz(word, severities[i]))
            return true;
    return false;
}

pt_str pt_scanned_excepted(const pt_scanned_policy *p, pt_str name) {
    for (size_t i = 0; name.n && i < p->n_except; i++) {
        pt_str from = p->except[i];
        bool whole = from.n && (name.n == from.n || from.p[from.n - 1] == '/' ||
                                (name.n > from.n && name.p[from.n] == '/'));
        if (whole && pt_str_starts(name, from))
            return p->reasons[i];
    }
    return (pt_str){0};
}

// -- one record -----------------------------------------------------------------------------------

static pt_str shown(pt_arena *a, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)WHY_BYTES_MAX * 8);
    pt_buf_put_safe(&b, pt_str_sub(s, 0, WHY_BYTES_MAX));
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_str age_of(pt_arena *a, int64_t s) {
    return s >= (int64_t)2 * DAY_S ? pt_arena_printf(a, "%lld days", (long long)(s / DAY_S))
                                   : pt_arena_printf(a, "%lld hours", (long long)(s / HOUR_S));
}

// A time that is not there, or in the future, proves nothing.
static pt_str why_old(pt_arena *a, const pt_scanned_policy *p, pt_value record) {
    static const struct {
        const char *member, *what;
    } ages[] = {{"age_s", "its last scan"}, {"index_age_s", "the advisory index of its last scan"}};
    for (size_t i = 0; i < PT_COUNT(ages); i++) {
        int64_t s = -1;
        if (!pt_to_int(pt_getz(record, ages[i].member), &s) || s < 0)
            return pt_arena_printf(a, "the age of %s is not known", ages[i].what);
        if (s > p->age_s_max)
            return pt_arena_printf(a, "%s is %.*s old", ages[i].what, PT_PRI(age_of(a, s)));
    }
    return (pt_str){0};
}

static pt_str why_over(pt_arena *a, const pt_scanned_policy *p, pt_value record) {
    pt_str word = p->fail_on.n ? p->fail_on : PT_STR("high");
    pt_value over = pt_getz(record, p->ignore_unfixed ? "over_fixable" : "over");
    int64_t n = 0;
    if (!pt_to_int(pt_get(over, word), &n) || n < 0)
        return PT_STR("its last scan counted no findings");
    if (!n)
        return (pt_str){0};
    return pt_arena_printf(a, "its last scan has %lld finding%s at or above %.*s", (long long)n,
                           n == 1 ? "" : "s", PT_PRI(word));
}

static pt_str why_one(pt_arena *a, const pt_scanned_policy *p, pt_value record) {
    pt_str verdict = pt_text(pt_getz(record, "verdict"));
    pt_str because = shown(a, pt_text(pt_getz(record, "why")));
    bool passed = pt_str_eqz(verdict, "pass");
    if (!passed && pt_str_eqz(verdict, "fail"))
        return pt_arena_printf(a, "its last scan failed: %.*s", PT_PRI(because));
    if (!passed)
        return pt_arena_printf(a, "its last scan could not judge it: %.*s", PT_PRI(because));
    pt_str old = why_old(a, p, record);
    return old.n ? old : why_over(a, p, record);
}

// -- all of them ----------------------------------------------------------------------------------

pt_str pt_scanned_why(pt_arena *a, const pt_scanned_policy *p, pt_fact scan, int64_t *ret_receipt) {
    *ret_receipt = -1;
    if (scan.state == PT_UNKNOWN)
        return pt_arena_printf(a, "its scan is not known: %.*s", PT_PRI(shown(a, scan.reason)));
    if (scan.state == PT_ABSENT || pt_len(scan.value) == 0)
        return PT_STR("nobody has scanned it");
    for (size_t i = 0; i < pt_len(scan.value); i++) {
        pt_value record = pt_at(scan.value, i);
        pt_str why = why_one(a, p, record);
        PT_IGNORE(!pt_to_int(pt_getz(record, "receipt"), ret_receipt)); // it left none
        if (why.n || a->full)
            return why.n ? why : PT_STR("there is no memory to judge its scan");
    }
    return (pt_str){0};
}
