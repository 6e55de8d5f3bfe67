// POSIX TZ strings (IEEE 1003.1, section 8.3), with the wider hours of RFC 9636.
#include <string.h>

#include "judge/policy/fn/time.h"

#define DAY 86400

typedef enum rule_kind {
    JULIAN,    // J60: 1 to 365, February never has 29 days
    YEAR_DAY,  // 60: 0 to 365
    MONTH_DAY, // M3.2.0: month, week (5: the last), day (0: Sunday)
} rule_kind;

typedef struct rule {
    rule_kind kind;
    int64_t day, week, month;
    int64_t time;
} rule;

static bool number(pt_str *s, int64_t min, int64_t max, int64_t *ret) {
    int64_t v = 0;
    size_t i = 0;
    for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
        v = v * 10 + (s->p[i] - '0');
        if (v > max)
            return false;
    }
    *s = pt_str_sub(*s, i, s->n);
    *ret = v;
    return i > 0 && v >= min;
}

static bool taken(pt_str *s, char ch) {
    if (!s->n || s->p[0] != ch)
        return false;
    *s = pt_str_sub(*s, 1, s->n);
    return true;
}

static bool name(pt_str *s, char ret[32]) {
    size_t from = 0;
    size_t end = 0;
    if (s->n && s->p[0] == '<') {
        from = 1;
        end = pt_str_find(*s, '>');
        if (end == s->n)
            return false;
    } else {
        while (end < s->n && !strchr("0123456789,-+", s->p[end]))
            end++;
        if (end < 3)
            return false;
    }
    size_t n = end - from < 31 ? end - from : 31;
    memcpy(ret, s->p + from, n);
    ret[n] = 0;
    *s = pt_str_sub(*s, end + from, s->n);
    return true;
}

// [+-]hh[:mm[:ss]]
static bool clock_of(pt_str *s, int64_t *ret) {
    bool neg = taken(s, '-');
    if (!neg)
        taken(s, '+');
    int64_t h;
    int64_t m = 0;
    int64_t sec = 0;
    if (!number(s, 0, INT64_C(24) * 7, &h))
        return false;
    if (taken(s, ':') && !number(s, 0, 59, &m))
        return false;
    if (taken(s, ':') && !number(s, 0, 59, &sec))
        return false;
    *ret = h * 3600 + m * 60 + sec;
    if (neg)
        *ret = -*ret;
    return true;
}

static bool read_rule(pt_str *s, rule *r) {
    *r = (rule){.kind = YEAR_DAY, .time = INT64_C(2) * 3600};
    bool ok;
    if (taken(s, 'J')) {
        r->kind = JULIAN;
        ok = number(s, 1, 365, &r->day);
    } else if (taken(s, 'M')) {
        r->kind = MONTH_DAY;
        ok = number(s, 1, 12, &r->month) && taken(s, '.') && number(s, 1, 5, &r->week) &&
             taken(s, '.') && number(s, 0, 6, &r->day);
    } else {
        ok = number(s, 0, 365, &r->day);
    }
    return ok && (!taken(s, '/') || clock_of(s, &r->time));
}

// Seconds from the start of the year (UTC) to the change.
static int64_t change(int64_t year, const rule *r, int64_t offset) {
    int64_t start = pt_civil_days(year, 1, 1);
    int64_t d = r->day;
    if (r->kind == JULIAN) {
        d = r->day - 1 + (pt_month_days(year, 2) == 29 && r->day >= 60);
    } else if (r->kind == MONTH_DAY) {
        int month = (int)r->month;
        int64_t first = pt_civil_days(year, month, 1);
        d = r->day - pt_week_day(first * DAY);
        d = d < 0 ? d + 7 : d;
        for (int64_t i = 1; i < r->week && d + 7 < pt_month_days(year, month); i++)
            d += 7;
        d += first - start;
    }
    return d * DAY + r->time - offset;
}

typedef struct side {
    char name[32];
    int64_t offset;
} side;

static void say(pt_zone_at *ret, const side *s, int64_t from, int64_t to) {
    memcpy(ret->name, s->name, sizeof ret->name);
    ret->offset = s->offset;
    ret->from = from;
    ret->to = to;
}

static bool read_sides(pt_str *s, side *std, side *dst) {
    if (!name(s, std->name) || !clock_of(s, &std->offset))
        return false;
    std->offset = -std->offset; // written as what is added to local time
    if (!s->n || s->p[0] == ',')
        return true;
    if (!name(s, dst->name))
        return false;
    dst->offset = std->offset + 3600;
    if (!s->n || s->p[0] == ',')
        return true;
    if (!clock_of(s, &dst->offset))
        return false;
    dst->offset = -dst->offset;
    return true;
}

bool pt_tz_look(pt_str tz, int64_t last, int64_t seconds, pt_zone_at *ret) {
    side std = {0};
    side dst = {0};
    if (!read_sides(&tz, &std, &dst))
        return false;
    if (!dst.name[0]) {
        say(ret, &std, last, INT64_MAX);
        return true;
    }
    rule to_dst;
    rule to_std;
    if (!tz.n)
        tz = PT_STR(",M3.2.0,M11.1.0");
    if (!taken(&tz, ',') || !read_rule(&tz, &to_dst) || !taken(&tz, ',') ||
        !read_rule(&tz, &to_std) || tz.n)
        return false;
    pt_civil t = {0};
    pt_civil_of(seconds, &t);
    int64_t start = pt_civil_days(t.year, 1, 1) * DAY;
    int64_t at = seconds - start;
    int64_t a = change(t.year, &to_dst, std.offset);
    int64_t b = change(t.year, &to_std, dst.offset);
    if (b < a) { // the south
        int64_t x = a;
        a = b;
        b = x;
        side y = std;
        std = dst;
        dst = y;
    }
    if (at < a)
        say(ret, &std, start, start + a);
    else if (at >= b)
        say(ret, &std, start + b, start + INT64_C(365) * DAY);
    else
        say(ret, &dst, start + a, start + b);
    return true;
}
