// What stands without quotes: booleans, integers, floats, dates and times.
#include "value/toml_impl.h"

// -- dates and times (RFC 3339, section 5.6; each part may stand alone) ---------------------------

typedef struct cursor {
    const char *p, *end;
} cursor;

static bool take(cursor *c, const char *any_of) {
    if (c->p == c->end || !*c->p || !strchr(any_of, *c->p))
        return false;
    c->p++;
    return true;
}

// Exactly n digits, from `min` to `max`.
static bool take_number(cursor *c, size_t n, unsigned min, unsigned max, unsigned *ret) {
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++, c->p++) {
        if (c->p == c->end || !pt_toml_digit(*c->p))
            return false;
        sum = sum * 10 + (unsigned)(*c->p - '0');
    }
    *ret = sum;
    return sum >= min && sum <= max;
}

static unsigned days_of(unsigned year, unsigned month) {
    static const uint8_t days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month] + (month == 2 && leap ? 1u : 0u);
}

static bool take_date(cursor *c) {
    unsigned year;
    unsigned month;
    unsigned day;
    return take_number(c, 4, 0, 9999, &year) && take(c, "-") && take_number(c, 2, 1, 12, &month) &&
           take(c, "-") && take_number(c, 2, 1, days_of(year, month), &day);
}

// The second 60 is a leap second's.
static bool take_time(cursor *c) {
    unsigned n;
    if (!take_number(c, 2, 0, 23, &n) || !take(c, ":") || !take_number(c, 2, 0, 59, &n) ||
        !take(c, ":") || !take_number(c, 2, 0, 60, &n))
        return false;
    if (!take(c, "."))
        return true;
    const char *from = c->p;
    while (c->p < c->end && pt_toml_digit(*c->p))
        c->p++;
    return c->p > from;
}

static bool take_offset(cursor *c) {
    unsigned n;
    return take(c, "Zz") || (take(c, "+-") && take_number(c, 2, 0, 23, &n) && take(c, ":") &&
                             take_number(c, 2, 0, 59, &n));
}

static bool is_moment(pt_str s) {
    cursor c = {s.p, s.p + s.n};
    if (s.p[2] == ':')
        return take_time(&c) && c.p == c.end;
    return take_date(&c) && (c.p == c.end || (take(&c, "Tt ") && take_time(&c) &&
                                              (c.p == c.end || (take_offset(&c) && c.p == c.end))));
}

// As far as its beginning shows.
static bool like_moment(pt_str s) {
    return s.n > 4 && pt_toml_digit(s.p[0]) && pt_toml_digit(s.p[1]) &&
           (s.p[2] == ':' || (pt_toml_digit(s.p[2]) && pt_toml_digit(s.p[3]) && s.p[4] == '-'));
}

// -- numbers --------------------------------------------------------------------------------------

static unsigned digit_of(char c) {
    char low = (char)(c | 0x20);
    return pt_toml_digit(c)           ? (unsigned)(c - '0')
           : low >= 'a' && low <= 'f' ? (unsigned)(low - 'a') + 10
                                      : UINT32_MAX;
}

// Without "_", each of which must stand between two digits. Empty: not so.
static pt_str plain_number(pt_toml *t, pt_str s, unsigned base) {
    if (pt_str_find(s, '_') == s.n)
        return s;
    char *room = pt_arena_take(t->a, s.n);
    if (!room) {
        pt_toml_no_memory(t);
        return (pt_str){0};
    }
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '_')
            room[n++] = s.p[i];
        else if (i == 0 || i + 1 == s.n || digit_of(s.p[i - 1]) >= base ||
                 digit_of(s.p[i + 1]) >= base)
            return (pt_str){0};
    }
    return (pt_str){room, n};
}

// "0x", "0o" and "0b" take no sign.
static unsigned base_of(pt_str s) {
    if (s.n < 2 || s.p[0] != '0')
        return 10;
    return s.p[1] == 'x' ? 16 : s.p[1] == 'o' ? 8 : s.p[1] == 'b' ? 2 : 10;
}

static bool number_of_base(pt_toml *t, const char *at, pt_str digits, unsigned base,
                           pt_value *ret) {
    int64_t sum = 0;
    for (size_t i = 0; i < digits.n; i++) {
        unsigned d = digit_of(digits.p[i]);
        if (d >= base)
            return pt_toml_fault(t, at, "a digit that the number's base does not have");
        if (__builtin_mul_overflow(sum, (int64_t)base, &sum) ||
            __builtin_add_overflow(sum, (int64_t)d, &sum))
            return pt_toml_fault(t, at, "an integer beyond 64 bits");
    }
    *ret = pt_int(sum);
    return true;
}

static bool is_integer(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!pt_toml_digit(s.p[i]) && !(i == 0 && s.p[i] == '-'))
            return false;
    return true;
}

// Without "_" and "+" the grammar of decimal numbers is that of JSON.
static bool read_number(pt_toml *t, const char *at, pt_str token, pt_value *ret) {
    unsigned base = base_of(token);
    size_t plus = token.n > 1 && token.p[0] == '+' && token.p[1] != '-';
    pt_str plain = plain_number(t, pt_str_sub(token, base == 10 ? plus : 2, token.n), base);
    if (t->code)
        return false;
    if (base != 10 && plain.n)
        return number_of_base(t, at, plain, base, ret);
    pt_value v = pt_number(plain);
    int64_t i;
    if (!pt_defined(v))
        return pt_toml_fault(t, at, "neither a value nor a number that can be read");
    if (is_integer(plain)) {
        if (!pt_to_int(v, &i))
            return pt_toml_fault(t, at, "an integer beyond 64 bits");
        v = pt_int(i);
    }
    *ret = v;
    return true;
}

// -- any ------------------------------------------------------------------------------------------

static bool of_token(char c) {
    return pt_toml_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '+' ||
           c == '-' || c == '.' || c == ':';
}

// A date's time may stand behind a space.
static pt_str take_token(pt_toml *t) {
    const char *from = t->p;
    const char *p = from;
    while (p < t->end && of_token(*p))
        p++;
    if (p - from == 10 && from[4] == '-' && t->end - p > 1 && *p == ' ' && pt_toml_digit(p[1]))
        for (p++; p < t->end && of_token(*p);)
            p++;
    t->p = p;
    return (pt_str){from, (size_t)(p - from)};
}

bool pt_toml_scalar(pt_toml *t, pt_value *ret) {
    const char *at = t->p;
    pt_str token = take_token(t);
    if (!token.n)
        return pt_toml_fault(t, at, "a value is missing");
    bool sign = token.p[0] == '+' || token.p[0] == '-';
    pt_str word = pt_str_sub(token, sign, token.n);
    bool moment = like_moment(token);
    if (moment && !is_moment(token))
        return pt_toml_fault(t, at, "a date or time that there is not");
    if (moment || pt_str_eqz(word, "inf") || pt_str_eqz(word, "nan"))
        *ret = pt_string(token);
    else if (pt_str_eqz(token, "true") || pt_str_eqz(token, "false"))
        *ret = pt_bool(token.p[0] == 't');
    else
        return read_number(t, at, token, ret);
    return true;
}
