// Go's layouts: the reference time, Mon Jan 2 15:04:05 MST 2006, as the pattern.
#include <string.h>

#include "judge/policy/fn/time.h"

const char *const pt_month_names[12] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
const char *const pt_day_names[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                     "Thursday", "Friday", "Saturday"};

pt_str pt_layout_named(pt_str s) {
    static const char *const names[][2] = {
        {"ANSIC", "Mon Jan _2 15:04:05 2006"},
        {"UnixDate", "Mon Jan _2 15:04:05 MST 2006"},
        {"RubyDate", "Mon Jan 02 15:04:05 -0700 2006"},
        {"RFC822", "02 Jan 06 15:04 MST"},
        {"RFC822Z", "02 Jan 06 15:04 -0700"},
        {"RFC850", "Monday, 02-Jan-06 15:04:05 MST"},
        {"RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"},
        {"RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"},
        {"RFC3339", "2006-01-02T15:04:05Z07:00"},
        {"RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"},
    };
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eqz(s, names[i][0]))
            return pt_str_of(names[i][1]);
    return s;
}

// -- elements -------------------------------------------------------------------------------------

// In the order in which they are tried; `word`: no lower-case letter may follow. "_2006" is a '_'
// before "2006".
static const struct element {
    const char *text;
    pt_std std;
    bool word;
} elements[] = {
    {"January", STD_LONG_MONTH},
    {"Jan", STD_MONTH, true},
    {"Monday", STD_LONG_WEEK_DAY},
    {"Mon", STD_WEEK_DAY, true},
    {"MST", STD_TZ},
    {"01", STD_ZERO_MONTH},
    {"02", STD_ZERO_DAY},
    {"03", STD_ZERO_HOUR12},
    {"04", STD_ZERO_MINUTE},
    {"05", STD_ZERO_SECOND},
    {"06", STD_YEAR},
    {"002", STD_ZERO_YEAR_DAY},
    {"15", STD_HOUR},
    {"1", STD_NUM_MONTH},
    {"2006", STD_LONG_YEAR},
    {"2", STD_DAY},
    {"_2006", STD_NONE},
    {"_2", STD_UNDER_DAY},
    {"__2", STD_UNDER_YEAR_DAY},
    {"3", STD_HOUR12},
    {"4", STD_MINUTE},
    {"5", STD_SECOND},
    {"PM", STD_PM},
    {"pm", STD_PM_LOW},
    {"-070000", STD_NUM_SECONDS},
    {"-07:00:00", STD_NUM_COLON_SECONDS},
    {"-0700", STD_NUM},
    {"-07:00", STD_NUM_COLON},
    {"-07", STD_NUM_SHORT},
    {"Z070000", STD_ISO_SECONDS},
    {"Z07:00:00", STD_ISO_COLON_SECONDS},
    {"Z0700", STD_ISO},
    {"Z07:00", STD_ISO_COLON},
    {"Z07", STD_ISO_SHORT},
};

static bool digit_at(pt_str s, size_t i) {
    return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

// ".000" or ",999": a run of one digit that no other digit follows. Its length, else 0.
static size_t fraction(pt_str s, pt_chunk *c) {
    if (s.n < 2 || (s.p[0] != '.' && s.p[0] != ',') || (s.p[1] != '0' && s.p[1] != '9'))
        return 0;
    size_t end = 1;
    while (end < s.n && s.p[end] == s.p[1])
        end++;
    if (digit_at(s, end))
        return 0;
    c->std = s.p[1] == '0' ? STD_FRACTION0 : STD_FRACTION9;
    c->digits = (int)((end - 1) & 0xfff);
    c->mark = s.p[0];
    return end;
}

// The element at the start of s: its length, or 0.
static size_t element(pt_str s, pt_chunk *c) {
    for (size_t i = 0; i < PT_COUNT(elements); i++) {
        const struct element *e = &elements[i];
        if (s.p[0] != e->text[0])
            continue;
        size_t n = strlen(e->text);
        if (!pt_str_starts(s, (pt_str){e->text, n}))
            continue;
        if (e->std == STD_NONE)
            return 0;
        if (e->word && n < s.n && s.p[n] >= 'a' && s.p[n] <= 'z')
            return 0;
        c->std = e->std;
        return n;
    }
    return fraction(s, c);
}

pt_chunk pt_layout_next(pt_str layout) {
    pt_chunk c = {.before = layout};
    for (size_t i = 0; i < layout.n; i++) {
        pt_str s = pt_str_sub(layout, i, layout.n);
        size_t n = element(s, &c);
        if (n) {
            c.before = pt_str_sub(layout, 0, i);
            c.text = pt_str_sub(s, 0, n);
            c.rest = pt_str_sub(s, n, s.n);
            return c;
        }
    }
    return c;
}

// -- printing -------------------------------------------------------------------------------------

static void put_zone(pt_buf *b, pt_std std, int64_t offset) {
    bool iso = std >= STD_ISO && std <= STD_ISO_COLON_SECONDS;
    if (offset == 0 && iso) {
        pt_buf_putc(b, 'Z');
        return;
    }
    int base = (int)std - (iso ? STD_ISO : STD_NUM); // 0, seconds, short, colon, both
    // Go cuts towards zero before it looks at the sign.
    int64_t minutes = offset / 60;
    int64_t all = offset;
    pt_buf_putc(b, minutes < 0 ? '-' : '+');
    if (minutes < 0) {
        minutes = -minutes;
        all = -all;
    }
    bool colon = base >= 3, seconds = base == 1 || base == 4;
    pt_buf_printf(b, "%02d", (int)(minutes / 60));
    if (base != 2)
        pt_buf_printf(b, "%s%02d", colon ? ":" : "", (int)(minutes % 60));
    if (seconds)
        pt_buf_printf(b, "%s%02d", colon ? ":" : "", (int)(all % 60));
}

static void put_fraction(pt_buf *b, const pt_chunk *c, int ns) {
    bool trim = c->std == STD_FRACTION9;
    if (trim && ns == 0)
        return;
    char digits[16];
    int n = c->digits < 9 ? c->digits : 9;
    pt_buf d = PT_BUF(sizeof digits);
    pt_buf_printf(&d, "%09d", ns);
    while (trim && n > 0 && d.p && d.p[n - 1] == '0')
        n--;
    if (n > 0)
        pt_buf_putc(b, c->mark);
    pt_buf_put(b, pt_str_sub(pt_buf_str(&d), 0, (size_t)n));
    pt_buf_done(&d);
}

static int hour12(int hour) {
    return hour % 12 ? hour % 12 : 12;
}

static void put_element(pt_buf *b, const pt_chunk *c, const pt_civil *t, int64_t local,
                        const pt_zone_at *at) {
    const char *month = pt_month_names[t->month - 1];
    const char *day = pt_day_names[pt_week_day(local)];
    // clang-format off
    switch (c->std) {
    case STD_NONE: break;
    case STD_LONG_MONTH: pt_buf_putz(b, month); break;
    case STD_MONTH: pt_buf_printf(b, "%.3s", month); break;
    case STD_NUM_MONTH: pt_buf_printf(b, "%d", t->month); break;
    case STD_ZERO_MONTH: pt_buf_printf(b, "%02d", t->month); break;
    case STD_LONG_WEEK_DAY: pt_buf_putz(b, day); break;
    case STD_WEEK_DAY: pt_buf_printf(b, "%.3s", day); break;
    case STD_DAY: pt_buf_printf(b, "%d", t->day); break;
    case STD_UNDER_DAY: pt_buf_printf(b, "%2d", t->day); break;
    case STD_ZERO_DAY: pt_buf_printf(b, "%02d", t->day); break;
    case STD_UNDER_YEAR_DAY: pt_buf_printf(b, "%3d", pt_year_day(t)); break;
    case STD_ZERO_YEAR_DAY: pt_buf_printf(b, "%03d", pt_year_day(t)); break;
    case STD_HOUR: pt_buf_printf(b, "%02d", t->hour); break;
    case STD_HOUR12: pt_buf_printf(b, "%d", hour12(t->hour)); break;
    case STD_ZERO_HOUR12: pt_buf_printf(b, "%02d", hour12(t->hour)); break;
    case STD_MINUTE: pt_buf_printf(b, "%d", t->minute); break;
    case STD_ZERO_MINUTE: pt_buf_printf(b, "%02d", t->minute); break;
    case STD_SECOND: pt_buf_printf(b, "%d", t->second); break;
    case STD_ZERO_SECOND: pt_buf_printf(b, "%02d", t->second); break;
    case STD_LONG_YEAR: pt_buf_printf(b, "%04d", (int)t->year); break;
    case STD_YEAR: pt_buf_printf(b, "%02d", (int)(t->year % 100)); break;
    case STD_PM: pt_buf_putz(b, t->hour >= 12 ? "PM" : "AM"); break;
    case STD_PM_LOW: pt_buf_putz(b, t->hour >= 12 ? "pm" : "am"); break;
    case STD_TZ: pt_buf_putz(b, at->name); break;
    case STD_ISO: case STD_ISO_SECONDS: case STD_ISO_SHORT: case STD_ISO_COLON:
    case STD_ISO_COLON_SECONDS: case STD_NUM: case STD_NUM_SECONDS: case STD_NUM_SHORT:
    case STD_NUM_COLON: case STD_NUM_COLON_SECONDS: put_zone(b, c->std, at->offset); break;
    case STD_FRACTION0: case STD_FRACTION9: put_fraction(b, c, t->ns); break;
    }
    // clang-format on
}

void pt_layout_put(pt_buf *b, pt_str layout, const pt_zone *z, int64_t seconds, int ns) {
    pt_zone_at at;
    pt_civil t = {.ns = ns};
    pt_zone_look(z, seconds, &at);
    pt_civil_of(seconds + at.offset, &t);
    pt_chunk c;
    do {
        c = pt_layout_next(layout);
        pt_buf_put(b, c.before);
        put_element(b, &c, &t, seconds + at.offset, &at);
        layout = c.rest;
    } while (c.std != STD_NONE);
}
