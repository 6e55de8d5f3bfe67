// time.*: instants are nanoseconds since 1970, or [ns, zone], or [ns, zone, layout].
#include "judge/policy/fn/time.h"

#include <string.h>

typedef struct instant {
    int64_t seconds;
    int ns;
    pt_kept kept; // the zone's owner
    const pt_zone *zone;
    pt_str layout;
} instant;

static void instant_done(instant *t) {
    pt_kept_done(&t->kept);
}

static int64_t floor_mod(int64_t a, int64_t b) {
    int64_t m = a % b;
    return m < 0 ? m + b : m;
}

static bool no_instant(pt_call *c, pt_value got) {
    pt_call_fault(c, PT_FAULT_TYPE,
                  "operand 1 must be either number (ns) or [number (ns), string (tz)] but got %s",
                  pt_tag_name(pt_tag_of(got)));
    return false;
}

static bool wants(pt_call *c, pt_value v, pt_tag tag) {
    if (pt_tag_of(v) == tag)
        return true;
    pt_call_fault(c, PT_FAULT_TYPE, "operand 1 must be %s but got %s", pt_tag_name(tag),
                  pt_tag_name(pt_tag_of(v)));
    return false;
}

static bool read_instant(pt_call *c, pt_value v, instant *ret) {
    pt_value n = v;
    int64_t ns;
    *ret = (instant){0};
    if (pt_tag_of(v) == PT_ARRAY && pt_len(v)) {
        n = pt_at(v, 0);
        if (!wants(c, n, PT_NUMBER))
            return false;
        if (pt_len(v) > 1) {
            if (!wants(c, pt_at(v, 1), PT_STRING))
                return false;
            ret->zone = pt_zone_get(c, pt_text(pt_at(v, 1)), &ret->kept);
        }
        if (c->fault || (pt_len(v) > 2 && !wants(c, pt_at(v, 2), PT_STRING)))
            return false;
        ret->layout = pt_text(pt_at(v, 2));
    } else if (pt_tag_of(v) != PT_NUMBER) {
        return no_instant(c, v);
    }
    if (!pt_to_int(n, &ns))
        return pt_defined(pt_call_fault(c, PT_FAULT_BUILTIN, "timestamp too big"));
    ret->ns = (int)floor_mod(ns, PT_NS);
    ret->seconds = ns / PT_NS - (ns % PT_NS < 0);
    return true;
}

static void civil_of(const instant *t, pt_civil *ret) {
    pt_zone_at at;
    pt_zone_look(t->zone, t->seconds, &at);
    *ret = (pt_civil){.ns = t->ns};
    pt_civil_of(t->seconds + at.offset, ret);
}

// Nanoseconds, where int64 has them (1677 to 2262).
static pt_value instant_value(pt_call *c, int64_t seconds, int ns) {
    int64_t v;
    if (__builtin_mul_overflow(seconds + (seconds < 0), PT_NS, &v) ||
        __builtin_add_overflow(v, seconds < 0 ? ns - PT_NS : ns, &v))
        return pt_call_fault(c, PT_FAULT_BUILTIN, "time outside of valid range");
    return pt_int(v);
}

static pt_value ints(pt_call *c, const int64_t *v, size_t n) {
    pt_list l = {.a = c->arena};
    for (size_t i = 0; i < n; i++)
        pt_list_add(&l, pt_int(v[i]));
    return pt_call_made(c, pt_list_end(&l));
}

// -- the functions --------------------------------------------------------------------------------

static pt_value time_now_ns(pt_call *c, const pt_value *args) {
    PT_IGNORE(args == NULL); // it has none
    return pt_int(c->world ? c->world->now_ns : 0);
}

static pt_value time_parse_ns(pt_call *c, const pt_value *args) {
    int64_t seconds;
    int ns;
    if (!pt_layout_read(c, pt_layout_named(pt_text(args[0])), pt_text(args[1]), &seconds, &ns))
        return pt_undefined();
    return instant_value(c, seconds, ns);
}

static pt_value time_parse_rfc3339_ns(pt_call *c, const pt_value *args) {
    return time_parse_ns(c, (const pt_value[]){pt_stringz("RFC3339"), args[0]});
}

static pt_value time_format(pt_call *c, const pt_value *args) {
    PT_AUTO(instant_done) instant t;
    if (!read_instant(c, args[0], &t))
        return pt_undefined();
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_str layout = t.layout.n ? t.layout : PT_STR("RFC3339Nano");
    pt_layout_put(&b, pt_layout_named(layout), t.zone, t.seconds, t.ns);
    return pt_call_text(c, &b);
}

static pt_value time_date(pt_call *c, const pt_value *args) {
    PT_AUTO(instant_done) instant t;
    if (!read_instant(c, args[0], &t))
        return pt_undefined();
    pt_civil d;
    civil_of(&t, &d);
    return ints(c, (const int64_t[]){d.year, d.month, d.day}, 3);
}

static pt_value time_clock(pt_call *c, const pt_value *args) {
    PT_AUTO(instant_done) instant t;
    if (!read_instant(c, args[0], &t))
        return pt_undefined();
    pt_civil d;
    civil_of(&t, &d);
    return ints(c, (const int64_t[]){d.hour, d.minute, d.second}, 3);
}

static pt_value time_weekday(pt_call *c, const pt_value *args) {
    PT_AUTO(instant_done) instant t;
    if (!read_instant(c, args[0], &t))
        return pt_undefined();
    pt_zone_at at;
    pt_zone_look(t.zone, t.seconds, &at);
    return pt_stringz(pt_day_names[pt_week_day(t.seconds + at.offset)]);
}

// What a clock in the zone shows, as an instant. A time that the zone skips or has twice is read
// as Go's Date does.
static int64_t from_local(const pt_zone *z, int64_t local) {
    pt_zone_at at;
    pt_zone_look(z, local, &at);
    if (at.offset == 0)
        return local;
    int64_t utc = local - at.offset;
    if (utc < at.from || utc >= at.to)
        pt_zone_look(z, utc, &at);
    return local - at.offset;
}

static pt_value time_add_date(pt_call *c, const pt_value *args) {
    PT_AUTO(instant_done) instant t;
    int64_t by[3]; // years, months, days
    if (!read_instant(c, args[0], &t))
        return pt_undefined();
    static const int64_t most = INT64_C(1000000000); // far beyond what an instant can be
    for (unsigned i = 0; i < 3; i++) {
        if (pt_tag_of(args[i + 1]) != PT_NUMBER)
            return pt_call_fault(c, PT_FAULT_TYPE, "operand %u must be number but got %s", i + 2,
                                 pt_tag_name(pt_tag_of(args[i + 1])));
        if (!pt_call_index(c, i + 2, args[i + 1], &by[i]))
            return pt_undefined();
    }
    for (unsigned i = 0; i < 3; i++)
        if (by[i] > most || by[i] < -most)
            return pt_call_fault(c, PT_FAULT_BUILTIN, "time outside of valid range");
    pt_civil d;
    civil_of(&t, &d);
    int64_t month = d.month - 1 + by[1];
    int64_t year = d.year + by[0] + (month - floor_mod(month, 12)) / 12;
    int64_t days = pt_civil_days(year, (int)floor_mod(month, 12) + 1, d.day + by[2]);
    int64_t local = days * 86400 + d.hour * INT64_C(3600) + d.minute * INT64_C(60) + d.second;
    return instant_value(c, from_local(t.zone, local), t.ns);
}

// b - a by years, months, …, seconds, each borrowing from the one before.
static void difference(const pt_civil *a, const pt_civil *b, int64_t d[6]) {
    const int64_t x[] = {a->year, a->month, a->day, a->hour, a->minute, a->second};
    const int64_t y[] = {b->year, b->month, b->day, b->hour, b->minute, b->second};
    const int size[] = {0, 12, pt_month_days(a->year, a->month), 24, 60, 60};
    for (size_t i = 0; i < 6; i++)
        d[i] = y[i] - x[i];
    for (size_t i = 5; i > 0; i--) {
        if (d[i] < 0) {
            d[i] += size[i];
            d[i - 1]--;
        }
    }
}

static pt_value time_diff(pt_call *c, const pt_value *args) {
    PT_AUTO(instant_done) instant a = {0};
    PT_AUTO(instant_done) instant b = {0};
    if (!read_instant(c, args[0], &a) || !read_instant(c, args[1], &b))
        return pt_undefined();
    bool later = a.seconds > b.seconds || (a.seconds == b.seconds && a.ns > b.ns);
    pt_zone_at at[2];
    pt_civil t[2] = {0}; // both in the first one's zone
    pt_zone_look(a.zone, a.seconds, &at[later]);
    pt_zone_look(a.zone, b.seconds, &at[!later]);
    pt_civil_of(a.seconds + at[later].offset, &t[later]);
    pt_civil_of(b.seconds + at[!later].offset, &t[!later]);
    int64_t d[6];
    difference(&t[0], &t[1], d);
    return ints(c, d, 6);
}

#define INSTANT "any<number, array<number, string>>"
static const pt_fn fns[] = {
    {"time.add_date",
     "(ns: number, years: number, months: number, days: number) => output: number",
     time_add_date,
     4,
     0,
     {0, 0, 0, 0}},
    {"time.clock",
     "(x: " INSTANT ") => output: array<number, number, number>",
     time_clock,
     1,
     0,
     {0}},
    {"time.date", "(x: " INSTANT ") => date: array<number, number, number>", time_date, 1, 0, {0}},
    {"time.diff",
     "(ns1: " INSTANT ", ns2: " INSTANT
     ") => output: array<number, number, number, number, number, number>",
     time_diff,
     2,
     0,
     {0, 0}},
    {"time.format",
     "(x: any<number, array<number, string>, array<number, string, string>>) => formatted "
     "timestamp: string",
     time_format,
     1,
     0,
     {0}},
    {"time.now_ns", "() => now: number", time_now_ns, 0, PT_FN_VARIES, {0}},
    {"time.parse_duration_ns",
     "(duration: string) => ns: number",
     pt_time_parse_duration_ns,
     1,
     0,
     {STR}},
    {"time.parse_ns",
     "(layout: string, value: string) => ns: number",
     time_parse_ns,
     2,
     0,
     {STR, STR}},
    {"time.parse_rfc3339_ns", "(value: string) => ns: number", time_parse_rfc3339_ns, 1, 0, {STR}},
    {"time.weekday", "(x: " INSTANT ") => day: string", time_weekday, 1, 0, {0}},
};
const pt_fn_family pt_fn_time = PT_FN_FAMILY(fns);
