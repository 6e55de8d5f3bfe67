// Reading a time by one of Go's layouts; what Go refuses is refused in Go's words.
#include <string.h>

#include "judge/policy/fn/time.h"

typedef struct parse {
    pt_call *c;
    pt_str layout, value; // whole, for messages
    pt_str left;          // of the value
    pt_str next;          // of the layout, behind the present element
    const char *range;    // set if a number is out of its range
    int64_t year;
    int month, day, year_day; // -1: not seen
    int hour, minute, second, ns;
    bool am, pm;
    int64_t offset; // seconds east of UTC
} parse;

// Go's package time quotes without strconv: what is not ASCII becomes bytes in hexadecimal.
pt_str pt_time_quoted(pt_call *c, pt_str s) {
    pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_buf_putc(&b, '"');
    for (size_t i = 0; i < s.n; i++) {
        uint8_t ch = (uint8_t)s.p[i];
        if (ch >= 0x80 || ch < ' ') {
            pt_buf_printf(&b, "\\x%02x", ch);
            continue;
        }
        if (ch == '"' || ch == '\\')
            pt_buf_putc(&b, '\\');
        pt_buf_putc(&b, (char)ch);
    }
    pt_buf_putc(&b, '"');
    pt_str r = pt_arena_str(c->arena, pt_buf_str(&b));
    pt_buf_done(&b);
    return r;
}

static pt_str quoted(parse *p, pt_str s) {
    return pt_time_quoted(p->c, s);
}

static bool bad(parse *p, pt_str element, pt_str at) {
    pt_str value = quoted(p, p->value);
    pt_str layout = quoted(p, p->layout);
    pt_str got = quoted(p, at);
    pt_str want = quoted(p, element);
    pt_call_fault(p->c, PT_FAULT_BUILTIN, "parsing time %.*s as %.*s: cannot parse %.*s as %.*s",
                  PT_PRI(value), PT_PRI(layout), PT_PRI(got), PT_PRI(want));
    return false;
}

static bool wrong(parse *p, const char *what) {
    pt_str value = quoted(p, p->value);
    pt_call_fault(p->c, PT_FAULT_BUILTIN, "parsing time %.*s: %s", PT_PRI(value), what);
    return false;
}

// -- pieces ---------------------------------------------------------------------------------------

static void drop(parse *p, size_t n) {
    p->left = pt_str_sub(p->left, n, p->left.n);
}

static bool is_digit(pt_str s, size_t i) {
    return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

// One or two digits (`fixed`: two), or up to three with `max` 3.
static bool number(parse *p, size_t max, bool fixed, int *ret) {
    size_t n = 0;
    int v = 0;
    for (; n < max && is_digit(p->left, n); n++)
        v = v * 10 + (p->left.p[n] - '0');
    if (n == 0 || (fixed && n != max))
        return false;
    drop(p, n);
    *ret = v;
    return true;
}

static bool ranged(parse *p, bool fixed, int from, int to, const char *what, int *ret) {
    if (!number(p, 2, fixed, ret))
        return false;
    if (*ret < from || *ret > to)
        p->range = what;
    return true;
}

// The text before an element: runs of blanks match each other.
static bool skip(parse *p, pt_str text) {
    size_t i = 0;
    while (i < text.n) {
        if (text.p[i] == ' ') {
            if (p->left.n && p->left.p[0] != ' ')
                break;
            while (i < text.n && text.p[i] == ' ')
                i++;
            while (p->left.n && p->left.p[0] == ' ')
                drop(p, 1);
            continue;
        }
        if (!p->left.n || p->left.p[0] != text.p[i])
            break;
        drop(p, 1);
        i++;
    }
    return i == text.n || bad(p, text, p->left);
}

static bool name(parse *p, const char *const *names, size_t n, size_t letters, int *ret) {
    for (size_t i = 0; i < n; i++) {
        size_t len = letters ? letters : strlen(names[i]);
        if (!pt_str_eq_nocase(pt_str_sub(p->left, 0, len), (pt_str){names[i], len}))
            continue;
        drop(p, len);
        *ret = (int)i;
        return true;
    }
    return false;
}

static bool month_name(parse *p, size_t letters) {
    bool ok = name(p, pt_month_names, 12, letters, &p->month);
    p->month += ok;
    return ok;
}

static bool day_name(parse *p, size_t letters) {
    int ignored;
    return name(p, pt_day_names, 7, letters, &ignored);
}

// As Go's atoi of exactly `n` bytes: a sign may come first.
static bool year(parse *p, size_t n) {
    int64_t v;
    pt_str s = pt_str_sub(p->left, 0, n);
    bool plus = s.n && s.p[0] == '+';
    if (s.n < n || !pt_str_int(pt_str_sub(s, plus, n), 10, &v))
        return false;
    if (n == 4 && !is_digit(s, 0))
        return false;
    p->year = n == 4 ? v : v >= 69 ? v + 1900 : v + 2000;
    drop(p, n);
    return true;
}

static bool padded(parse *p, size_t blanks, size_t max, bool fixed, int *ret) {
    for (size_t i = 0; i < blanks; i++)
        if (p->left.n && p->left.p[0] == ' ')
            drop(p, 1);
    return number(p, max, fixed, ret);
}

// '.' or ',' and digits, `n` bytes in all; nine digits count.
static bool fraction(parse *p, size_t n) {
    if (p->left.p[0] != '.' && p->left.p[0] != ',')
        return false;
    int v = 0;
    int digits = 0;
    for (size_t i = 1; i < n && digits < 9; i++, digits++) {
        if (!is_digit(p->left, i))
            return false;
        v = v * 10 + (p->left.p[i] - '0');
    }
    for (; digits < 9; digits++)
        v *= 10;
    p->ns = v;
    drop(p, n);
    return true;
}

static size_t fraction_bytes(pt_str s) {
    size_t n = 1;
    while (is_digit(s, n))
        n++;
    return n;
}

static bool has_fraction(pt_str s) {
    return s.n >= 2 && (s.p[0] == '.' || s.p[0] == ',') && is_digit(s, 1);
}

// Seconds may have a fraction that the layout does not name.
static bool second(parse *p, bool fixed) {
    if (!number(p, 2, fixed, &p->second))
        return false;
    if (p->second > 59) {
        p->range = "second";
        return true;
    }
    if (!has_fraction(p->left))
        return true;
    pt_std std = pt_layout_next(p->next).std;
    if (std == STD_FRACTION0 || std == STD_FRACTION9)
        return true;
    return fraction(p, fraction_bytes(p->left));
}

static bool half(parse *p, const char *am, const char *pm) {
    pt_str s = pt_str_sub(p->left, 0, 2);
    p->am |= pt_str_eqz(s, am);
    p->pm |= pt_str_eqz(s, pm);
    bool ok = pt_str_eqz(s, am) || pt_str_eqz(s, pm);
    if (ok)
        drop(p, 2);
    return ok;
}

// -- zones ----------------------------------------------------------------------------------------

static bool two_at(pt_str s, size_t at, int *ret) {
    if (!is_digit(s, at) || !is_digit(s, at + 1))
        return false;
    *ret = (s.p[at] - '0') * 10 + (s.p[at + 1] - '0');
    return true;
}

static bool offset(parse *p, pt_std std) {
    bool iso = std >= STD_ISO && std <= STD_ISO_COLON_SECONDS;
    if (iso && p->left.n && p->left.p[0] == 'Z') {
        drop(p, 1);
        return true;
    }
    // where hours, minutes and seconds stand, and the bytes of all; by distance from STD_NUM
    static const uint8_t at[][3] = {{3, 0, 5}, {3, 5, 7}, {0, 0, 3}, {4, 0, 6}, {4, 7, 9}};
    const uint8_t *x = at[(int)std - (iso ? STD_ISO : STD_NUM)];
    pt_str s = pt_str_sub(p->left, 0, x[2]);
    int h = 0;
    int m = 0;
    int sec = 0;
    if (s.n < x[2] || (x[0] == 4 && s.p[3] != ':') || (x[1] == 7 && s.p[6] != ':'))
        return false;
    drop(p, x[2]);
    bool ok =
        two_at(s, 1, &h) && (!x[0] || two_at(s, x[0], &m)) && (!x[1] || two_at(s, x[1], &sec));
    p->range = sec > 60 ? "time zone offset second"
               : m > 60 ? "time zone offset minute"
               : h > 24 ? "time zone offset hour"
                        : p->range;
    p->offset = (h * INT64_C(60) + m) * 60 + sec;
    if (s.p[0] == '-')
        p->offset = -p->offset;
    return ok && (s.p[0] == '+' || s.p[0] == '-');
}

// "+03", up to 23: its length, or 0.
static size_t signed_hours(pt_str s) {
    if (!s.n || (s.p[0] != '+' && s.p[0] != '-'))
        return 0;
    size_t n = 1;
    int v = 0;
    for (; is_digit(s, n); n++)
        v = v > 23 ? v : v * 10 + (s.p[n] - '0');
    return n == 1 || v > 23 ? 0 : n;
}

// How long an abbreviation like "CEST" at the start is; 0: there is none. Its time is read as if
// it were UTC: what the letters mean differs from place to place.
static size_t abbreviation(pt_str s) {
    if (s.n < 3)
        return 0;
    if (pt_str_starts(s, PT_STR("ChST")) || pt_str_starts(s, PT_STR("MeST")))
        return 4;
    if (pt_str_starts(s, PT_STR("GMT")))
        return 3 + signed_hours(pt_str_sub(s, 3, s.n));
    if (s.p[0] == '+' || s.p[0] == '-')
        return signed_hours(s);
    size_t n = 0;
    while (n < 6 && n < s.n && s.p[n] >= 'A' && s.p[n] <= 'Z')
        n++;
    bool t = n >= 4 && s.p[n - 1] == 'T';
    bool ok = n == 3 || (n == 5 && t) || (n == 4 && (t || pt_str_starts(s, PT_STR("WITA"))));
    return ok ? n : 0;
}

static bool abbreviated(parse *p) {
    size_t n = abbreviation(p->left);
    drop(p, n);
    return n > 0;
}

// -- all ------------------------------------------------------------------------------------------

static bool fraction9(parse *p) {
    return !has_fraction(p->left) || fraction(p, fraction_bytes(p->left));
}

static bool fraction0(parse *p, int digits) {
    size_t n = 1 + (size_t)digits;
    return p->left.n >= n && fraction(p, n);
}

static bool element(parse *p, const pt_chunk *c) {
    // clang-format off
    switch (c->std) {
    case STD_NONE: return true;
    case STD_LONG_MONTH: return month_name(p, 0);
    case STD_MONTH: return month_name(p, 3);
    case STD_NUM_MONTH: return ranged(p, false, 1, 12, "month", &p->month);
    case STD_ZERO_MONTH: return ranged(p, true, 1, 12, "month", &p->month);
    case STD_LONG_WEEK_DAY: return day_name(p, 0);
    case STD_WEEK_DAY: return day_name(p, 3);
    case STD_DAY: return padded(p, 0, 2, false, &p->day);
    case STD_UNDER_DAY: return padded(p, 1, 2, false, &p->day);
    case STD_ZERO_DAY: return padded(p, 0, 2, true, &p->day);
    case STD_UNDER_YEAR_DAY: return padded(p, 2, 3, false, &p->year_day);
    case STD_ZERO_YEAR_DAY: return padded(p, 0, 3, true, &p->year_day);
    case STD_HOUR: return ranged(p, false, 0, 23, "hour", &p->hour);
    case STD_HOUR12: return ranged(p, false, 0, 12, "hour", &p->hour);
    case STD_ZERO_HOUR12: return ranged(p, true, 0, 12, "hour", &p->hour);
    case STD_MINUTE: return ranged(p, false, 0, 59, "minute", &p->minute);
    case STD_ZERO_MINUTE: return ranged(p, true, 0, 59, "minute", &p->minute);
    case STD_SECOND: return second(p, false);
    case STD_ZERO_SECOND: return second(p, true);
    case STD_LONG_YEAR: return year(p, 4);
    case STD_YEAR: return year(p, 2);
    case STD_PM: return half(p, "AM", "PM");
    case STD_PM_LOW: return half(p, "am", "pm");
    case STD_TZ: return abbreviated(p);
    case STD_ISO: case STD_ISO_SECONDS: case STD_ISO_SHORT: case STD_ISO_COLON:
    case STD_ISO_COLON_SECONDS: case STD_NUM: case STD_NUM_SECONDS: case STD_NUM_SHORT:
    case STD_NUM_COLON: case STD_NUM_COLON_SECONDS: return offset(p, c->std);
    case STD_FRACTION0: return fraction0(p, c->digits);
    case STD_FRACTION9: return fraction9(p);
    }
    // clang-format on
    return false;
}

static bool elements(parse *p) {
    for (pt_str layout = p->layout;;) {
        pt_chunk c = pt_layout_next(layout);
        if (!skip(p, c.before))
            return false;
        if (c.std == STD_NONE)
            break;
        layout = p->next = c.rest;
        pt_str hold = p->left;
        bool ok = element(p, &c);
        if (p->range) {
            pt_str what = pt_arena_printf(p->c->arena, "%s out of range", p->range);
            return wrong(p, what.p ? what.p : p->range);
        }
        if (!ok)
            return bad(p, c.text, hold);
    }
    if (!p->left.n)
        return true;
    pt_str rest = quoted(p, p->left);
    pt_str what = pt_arena_printf(p->c->arena, "extra text: %.*s", PT_PRI(rest));
    return wrong(p, what.p ? what.p : "extra text");
}

// A day of the year gives month and day, and must not contradict them.
static bool from_year_day(parse *p) {
    bool leap = pt_month_days(p->year, 2) == 29;
    if (p->year_day < 1 || p->year_day > 365 + leap)
        return wrong(p, "day-of-year out of range");
    int m = 1;
    int d = p->year_day;
    while (d > pt_month_days(p->year, m))
        d -= pt_month_days(p->year, m++);
    if (p->month >= 0 && p->month != m)
        return wrong(p, "day-of-year does not match month");
    if (p->day >= 0 && p->day != d)
        return wrong(p, "day-of-year does not match day");
    p->month = m;
    p->day = d;
    return true;
}

bool pt_layout_read(pt_call *c, pt_str layout, pt_str value, int64_t *ret_seconds, int *ret_ns) {
    parse p = {.c = c, .layout = layout, .value = value, .left = value};
    p.month = p.day = p.year_day = -1;
    if (!elements(&p))
        return false;
    if (p.pm && p.hour < 12)
        p.hour += 12;
    else if (p.am && p.hour == 12)
        p.hour = 0;
    if (p.year_day >= 0 && !from_year_day(&p))
        return false;
    p.month = p.month < 0 ? 1 : p.month;
    p.day = p.day < 0 ? 1 : p.day;
    if (p.day < 1 || p.day > pt_month_days(p.year, p.month))
        return wrong(&p, "day out of range");
    *ret_seconds = pt_civil_days(p.year, p.month, p.day) * 86400 + p.hour * INT64_C(3600) +
                   p.minute * INT64_C(60) + p.second - p.offset;
    *ret_ns = p.ns;
    return true;
}
