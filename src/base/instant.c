#include "base/instant.h"

#include <stdio.h>
#include <time.h>

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back (Hinnant's
// "chrono-compatible low-level date algorithms": eras of 400 years, years that begin in March).
static int64_t days_of_date(int64_t y, int m, int d) {
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void date_of_days(int64_t days, int *ret_y, int *ret_m, int *ret_d) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *ret_d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *ret_m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *ret_y = (int)(yoe + era * 400 + (*ret_m <= 2));
}

pt_str pt_time_rfc3339(pt_time_ns t, char out[PT_RFC3339_BYTES]) {
    int64_t s = t / PT_SECOND_NS - (t % PT_SECOND_NS < 0);
    int64_t days = s / 86400 - (s % 86400 < 0);
    int sec = (int)(s - days * 86400);
    int y;
    int m;
    int d;
    date_of_days(days, &y, &m, &d);
    int n = snprintf(out, PT_RFC3339_BYTES, "%04d-%02d-%02dT%02d:%02d:%02dZ", y, m, d, sec / 3600,
                     sec / 60 % 60, sec % 60);
    return (pt_str){out, (size_t)n};
}

// `n` digits at s[*at]; false if they are not there or not within [min, max].
static bool digits(pt_str s, size_t *at, size_t n, int min, int max, int *ret) {
    int64_t v;
    pt_str part = pt_str_sub(s, *at, *at + n);
    if (part.n != n || part.p[0] == '-' || !pt_str_int(part, 10, &v) || v < min || v > max)
        return false;
    *at += n;
    *ret = (int)v;
    return true;
}

static bool sign(pt_str s, size_t *at, const char *any) {
    pt_str set = pt_str_of(any);
    if (*at >= s.n || pt_str_find(set, s.p[*at]) == set.n)
        return false;
    (*at)++;
    return true;
}

static int days_in_month(int y, int m) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return days[m - 1] + (m == 2 && leap);
}

// ".25" to nanoseconds; digits past the ninth are dropped.
static bool fraction(pt_str s, size_t *at, int64_t *ret_ns) {
    size_t from = *at;
    int64_t unit = PT_SECOND_NS / 10;
    for (*ret_ns = 0; *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9'; (*at)++, unit /= 10)
        *ret_ns += (s.p[*at] - '0') * unit;
    return *at > from;
}

// "Z" or "+01:00"; gives the offset in minutes.
static bool zone(pt_str s, size_t *at, int *ret_min) {
    *ret_min = 0;
    if (sign(s, at, "Zz"))
        return true;
    bool minus = *at < s.n && s.p[*at] == '-';
    int h;
    int m;
    if (!sign(s, at, "+-") || !digits(s, at, 2, 0, 23, &h) || !sign(s, at, ":") ||
        !digits(s, at, 2, 0, 59, &m))
        return false;
    *ret_min = minus ? -(h * 60 + m) : h * 60 + m;
    return true;
}

bool pt_time_parse(pt_str s, pt_time_ns *ret) {
    size_t at = 0;
    int y;
    int mo;
    int d;
    int h;
    int mi;
    int sec;
    int off;
    int64_t ns = 0;
    bool ok = digits(s, &at, 4, 0, 9999, &y) && sign(s, &at, "-") &&
              digits(s, &at, 2, 1, 12, &mo) && sign(s, &at, "-") &&
              digits(s, &at, 2, 1, days_in_month(y, mo), &d) && sign(s, &at, "Tt") &&
              digits(s, &at, 2, 0, 23, &h) && sign(s, &at, ":") && digits(s, &at, 2, 0, 59, &mi) &&
              sign(s, &at, ":") && digits(s, &at, 2, 0, 60, &sec);
    if (!ok || (sign(s, &at, ".") && !fraction(s, &at, &ns)) || !zone(s, &at, &off) || at != s.n)
        return false;
    int64_t secs =
        days_of_date(y, mo, d) * 86400 + (int64_t)h * 3600 + (int64_t)(mi - off) * 60 + sec;
    int64_t t;
    if (__builtin_mul_overflow(secs, PT_SECOND_NS, &t) || __builtin_add_overflow(t, ns, &t))
        return false;
    *ret = t;
    return true;
}

bool pt_duration_parse(pt_str s, int64_t *ret_seconds) {
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    const int64_t max = INT64_C(366) * 86400;
    int64_t n;
    if (s.n < 2 || !pt_str_int(pt_str_sub(s, 0, s.n - 1), 10, &n) || n <= 0 || n > max)
        return false;
    for (size_t i = 0; i < PT_COUNT(units); i++)
        if (units[i].unit == s.p[s.n - 1] && n <= max / units[i].seconds) {
            *ret_seconds = n * units[i].seconds;
            return true;
        }
    return false;
}

// -- clocks ---------------------------------------------------------------------------------------

static int64_t read_clock(clockid_t clock) {
    struct timespec t = {0};
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * PT_SECOND_NS + t.tv_nsec;
}

pt_time_ns pt_now(void) {
    return read_clock(CLOCK_REALTIME);
}

int64_t pt_monotonic_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}
