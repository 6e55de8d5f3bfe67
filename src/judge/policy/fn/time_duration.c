// time.parse_duration_ns: Go's durations ("1h15m30.5s"), and d, w and y as 24, 168 and 8760 hours.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/time.h"

#define LIMIT (UINT64_C(1) << 63)

static const struct unit {
    const char *name;
    uint64_t ns;
} units[] = {
    {"ns", 1},
    {"us", 1000},
    {"\u00b5s", 1000},
    {"\u03bcs", 1000},
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", UINT64_C(60000000000)},
    {"h", UINT64_C(3600000000000)},
};

static bool is_digit(pt_str s, size_t i) {
    return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

// -- Go's durations -------------------------------------------------------------------------------

// Why a text is no duration: "invalid duration", "missing unit in duration", "unknown unit …".
typedef struct why {
    const char *before; // of the unit
    pt_str unit;
} why;

// [0-9]* as a number; false beyond 2^63.
static bool whole(pt_str *s, uint64_t *ret, size_t *ret_digits) {
    size_t n = 0;
    uint64_t v = 0;
    for (; is_digit(*s, n); n++) {
        if (v > LIMIT / 10)
            return false;
        v = v * 10 + (uint64_t)(s->p[n] - '0');
        if (v > LIMIT)
            return false;
    }
    *s = pt_str_sub(*s, n, s->n);
    *ret = v;
    *ret_digits = n;
    return true;
}

// The digits behind the point, as far as 63 bits hold them; *ret_scale is their power of ten.
static size_t part(pt_str *s, uint64_t *ret, double *ret_scale) {
    size_t n = 0;
    bool over = false;
    *ret = 0;
    *ret_scale = 1;
    for (; is_digit(*s, n); n++) {
        uint64_t v = *ret * 10 + (uint64_t)(s->p[n] - '0');
        over = over || *ret > (LIMIT - 1) / 10 || v > LIMIT;
        if (!over) {
            *ret = v;
            *ret_scale *= 10;
        }
    }
    *s = pt_str_sub(*s, n, s->n);
    return n;
}

static const struct unit *unit_of(pt_str name) {
    for (size_t i = 0; i < PT_COUNT(units); i++)
        if (pt_str_eqz(name, units[i].name))
            return &units[i];
    return NULL;
}

static bool segment(pt_str *s, uint64_t *sum, why *w) {
    uint64_t v;
    uint64_t f = 0;
    double scale = 1;
    size_t before;
    size_t behind = 0;
    size_t n = 0;
    *w = (why){"invalid duration", {0}};
    if (!whole(s, &v, &before))
        return false;
    if (s->n && s->p[0] == '.') {
        *s = pt_str_sub(*s, 1, s->n);
        behind = part(s, &f, &scale);
    }
    if (!before && !behind)
        return false;
    while (n < s->n && s->p[n] != '.' && !is_digit(*s, n))
        n++;
    *w = (why){n ? "unknown unit" : "missing unit in duration", pt_str_sub(*s, 0, n)};
    const struct unit *u = unit_of(w->unit);
    if (!u)
        return false;
    *s = pt_str_sub(*s, n, s->n);
    *w = (why){"invalid duration", {0}};
    if (v > LIMIT / u->ns)
        return false;
    v *= u->ns;
    if (f)
        v += (uint64_t)((double)f * ((double)u->ns / scale));
    *sum += v;
    return v <= LIMIT && *sum <= LIMIT;
}

static bool duration(pt_str s, int64_t *ret, why *w) {
    bool neg = s.n && s.p[0] == '-';
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = pt_str_sub(s, 1, s.n);
    uint64_t sum = 0;
    *w = (why){"invalid duration", {0}};
    *ret = 0;
    if (pt_str_eqz(s, "0"))
        return true;
    if (!s.n)
        return false;
    while (s.n)
        if (!segment(&s, &sum, w))
            return false;
    *w = (why){"invalid duration", {0}};
    if (sum == LIMIT && !neg)
        return false;
    *ret = neg ? (sum == LIMIT ? INT64_MIN : -(int64_t)sum) : (int64_t)sum;
    return true;
}

// -- days, weeks and years ------------------------------------------------------------------------

// v hours as Go's FormatFloat(v, 'f', -1) writes them: the shortest decimal that reads back.
static void put_hours(pt_buf *b, double v) {
    char text[64];
    for (int digits = 0; digits < 40; digits++) {
        pt_buf t = PT_BUF(sizeof text);
        pt_buf_printf(&t, "%.*f", digits, v);
        pt_buf_putc(&t, 0);
        bool same = !t.full && strtod(t.p, NULL) == v;
        if (same)
            pt_buf_putz(b, t.p);
        pt_buf_done(&t);
        if (same)
            break;
    }
    pt_buf_putc(b, 'h');
}

static uint64_t hours_of(char unit) {
    return unit == 'd' ? 24 : unit == 'w' ? 168 : unit == 'y' ? 8760 : 0;
}

// Digits and points as a number; false if there are two points or no digit.
static bool read_decimal(pt_str s, double *ret) {
    char text[400];
    if (s.n >= sizeof text || pt_str_find(s, '.') != pt_str_rfind(s, '.') || pt_str_eqz(s, "."))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    *ret = strtod(text, NULL);
    return isfinite(*ret);
}

// Bytes of the unit that s begins with; 0: none.
static size_t unit_bytes(pt_str s) {
    if (pt_str_starts(s, PT_STR("ms")) || pt_str_starts(s, PT_STR("us")) ||
        pt_str_starts(s, PT_STR("ns")))
        return 2;
    if (pt_str_starts(s, PT_STR("\u00b5s")))
        return 3;
    return s.n && s.p[0] >= 'a' && s.p[0] <= 'z';
}

// Write s with all its d, w and y as hours; false if it is no sequence of numbers and units.
static bool rewrite(pt_buf *b, pt_str s) {
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
        pt_buf_putc(b, s.p[0]);
        s = pt_str_sub(s, 1, s.n);
    }
    if (!s.n)
        return false;
    while (s.n) {
        size_t n = 0;
        while (is_digit(s, n) || (n < s.n && s.p[n] == '.'))
            n++;
        pt_str rest = pt_str_sub(s, n, s.n);
        if (n == 0 || !rest.n)
            return false;
        size_t u = unit_bytes(rest);
        if (u == 0)
            return false;
        uint64_t hours = u == 1 ? hours_of(rest.p[0]) : 0;
        double v;
        if (hours && !read_decimal(pt_str_sub(s, 0, n), &v))
            return false;
        if (hours)
            put_hours(b, v * (double)hours);
        else
            pt_buf_put(b, pt_str_sub(s, 0, n + u));
        s = pt_str_sub(rest, u, rest.n);
    }
    return true;
}

// `plain`: Go itself refuses, and quotes in its own way.
static pt_value refuse(pt_call *c, pt_str s, const why *w, bool plain) {
    pt_str q = plain ? pt_time_quoted(c, s) : pt_call_quoted(c, s);
    pt_str unit = pt_time_quoted(c, w->unit);
    if (w->unit.n)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "time: %s %.*s in duration %.*s", w->before,
                             PT_PRI(unit), PT_PRI(q));
    return pt_call_fault(c, PT_FAULT_BUILTIN, "time: %s %.*s", w->before, PT_PRI(q));
}

bool pt_go_duration(pt_call *c, pt_str s, int64_t *ret_ns) {
    why w = {"invalid duration", {0}};
    if (s.n && duration(s, ret_ns, &w))
        return true;
    refuse(c, s, &w, true);
    return false;
}

pt_value pt_time_parse_duration_ns(pt_call *c, const pt_value *args) {
    pt_str s = pt_text(args[0]);
    int64_t ns;
    why w = {"invalid duration", {0}};
    bool longer = false;
    for (size_t i = 0; i < s.n && !longer; i++)
        longer = hours_of(s.p[i]) != 0;
    if (!longer)
        return pt_go_duration(c, s, &ns) ? pt_int(ns) : pt_undefined();
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    if (!rewrite(&b, s) || !duration(pt_buf_str(&b), &ns, &w))
        return refuse(c, s, &w, false);
    return pt_int(ns);
}
