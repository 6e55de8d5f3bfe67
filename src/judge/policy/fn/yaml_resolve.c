// Which plain texts yaml.v3 takes for null, a boolean, a number or a time, or took in YAML 1.1.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/yaml_out.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool in_words(pt_str s) {
    static const char *const words[] = {
        "",      "~",     "null",  "Null", "NULL", "true", "True", "TRUE",  "false", "False",
        "FALSE", ".nan",  ".NaN",  ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF",
        "-.inf", "-.Inf", "-.INF", "y",    "Y",    "yes",  "Yes",  "YES",   "on",    "On",
        "ON",    "n",     "N",     "no",   "No",   "NO",   "off",  "Off",   "OFF"};
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (pt_str_eqz(s, words[i]))
            return true;
    return false;
}

static size_t digits(pt_str s, size_t at) {
    size_t n = 0;
    while (at + n < s.n && is_digit(s.p[at + n]))
        n++;
    return n;
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
static bool is_float(pt_str s) {
    size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+');
    size_t whole = digits(s, at);
    at += whole;
    if (at < s.n && s.p[at] == '.') {
        size_t part = digits(s, at + 1);
        if (whole + part == 0)
            return false;
        at += 1 + part;
    } else if (whole == 0) {
        return false;
    }
    if (at < s.n && (s.p[at] | 32) == 'e') {
        at++;
        at += at < s.n && (s.p[at] == '-' || s.p[at] == '+');
        size_t exp = digits(s, at);
        if (exp == 0)
            return false;
        at += exp;
    }
    return at == s.n;
}

// 0x, 0o and 0b; decimals are floats, too.
static bool is_based(pt_str s) {
    size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+');
    if (s.n < at + 3 || s.p[at] != '0')
        return false;
    char mark = (char)(s.p[at + 1] | 32);
    for (size_t i = at + 2; i < s.n; i++) {
        char c = s.p[i];
        bool fits = mark == 'x'   ? is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f')
                    : mark == 'o' ? c >= '0' && c <= '7'
                                  : mark == 'b' && (c == '0' || c == '1');
        if (!fits)
            return false;
    }
    return true;
}

// A number with its underscores left out.
static bool is_number(pt_str s) {
    char plain[400];
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '_')
            continue;
        if (n == sizeof plain - 1)
            return false;
        plain[n++] = s.p[i];
    }
    plain[n] = '\0';
    return is_float((pt_str){plain, n}) || is_based((pt_str){plain, n});
}

// [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?
static bool is_base60(pt_str s) {
    size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+');
    size_t groups = 0;
    if (digits(s, at) == 0)
        return false;
    while (at < s.n && (is_digit(s.p[at]) || s.p[at] == '_'))
        at++;
    for (; at < s.n && s.p[at] == ':'; groups++) {
        size_t n = digits(s, at + 1);
        if (n == 0 || n > 2 || (n == 2 && s.p[at + 1] > '5'))
            return false;
        at += 1 + n;
    }
    if (at < s.n && s.p[at] == '.')
        at++;
    else
        return groups > 0 && at == s.n;
    while (at < s.n && (is_digit(s.p[at]) || s.p[at] == '_'))
        at++;
    return groups > 0 && at == s.n;
}

// One or two digits of at most `max`, and `sep` behind them unless it is 0.
static bool field(pt_str s, size_t *at, unsigned min, unsigned max, char sep) {
    size_t n = digits(s, *at);
    unsigned value = 0;
    for (size_t i = 0; i < n && i < 2; i++)
        value = value * 10 + (unsigned)(s.p[*at + i] - '0');
    if (n == 0 || n > 2 || value < min || value > max)
        return false;
    *at += n;
    if (sep && (*at == s.n || s.p[*at] != sep))
        return false;
    *at += sep != 0;
    return true;
}

// 2006-1-2, and with a time behind T, t or a blank
static bool is_time(pt_str s) {
    size_t at = 5;
    if (digits(s, 0) != 4 || s.n < 8 || s.p[4] != '-' || !field(s, &at, 1, 12, '-') ||
        !field(s, &at, 1, 31, 0))
        return false;
    if (at == s.n)
        return true;
    bool mark = s.p[at] == 'T' || s.p[at] == 't' || s.p[at] == ' ';
    at++;
    if (!mark || !field(s, &at, 0, 23, ':') || !field(s, &at, 0, 59, ':') ||
        !field(s, &at, 0, 59, 0))
        return false;
    if (at < s.n && s.p[at] == '.')
        at += 1 + digits(s, at + 1);
    if (at == s.n || (s.p[at] == 'Z' && at + 1 == s.n))
        return true;
    if (s.p[at] != '+' && s.p[at] != '-')
        return false;
    at++;
    return field(s, &at, 0, 23, ':') && field(s, &at, 0, 59, 0) && at == s.n;
}

bool pt_yaml_resolves(pt_str s) {
    if (in_words(s))
        return true;
    char c = s.p[0];
    return (is_digit(c) || c == '.' || c == '+' || c == '-') &&
           (is_number(s) || is_base60(s) || is_time(s));
}
