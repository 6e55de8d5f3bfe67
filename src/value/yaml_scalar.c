// A scalar's text to a value: Go's yaml v2 (resolve.go, and sigs.k8s.io/yaml for keys) in the
// Kubernetes dialect, v3 in Go's, which differ in the words of YAML 1.1 alone; YAML 1.2's core
// schema (section 10.3.2) in the other.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "value/yaml_impl.h"

#define TAG(name) "tag:yaml.org,2002:" name

enum {
    DOUBLE_ROOM = 400, // digits of the greatest double, and its sign
    DIGITS_ROOM = 40   // "-1.7976931348623157e+308"
};

static pt_code wrong(pt_yaml_scalar *s, const char *what) {
    s->what = what;
    return PT_E_FORMAT;
}

static pt_code full(pt_yaml_scalar *s) {
    s->what = "the document needs more memory than it may take";
    return PT_E_NOMEM;
}

static pt_code is(pt_yaml_scalar *s, pt_yaml_kind kind, pt_value v) {
    s->kind = kind;
    s->value = v;
    return PT_OK;
}

// -- words ----------------------------------------------------------------------------------------

typedef struct word {
    pt_str text;
    pt_yaml_kind kind;
    bool yes;
    bool core; // of the core schema, too
    double number;
} word;

static const word words[] = {
    {PT_STR(""), PT_YAML_NULL, .core = true},
    {PT_STR("~"), PT_YAML_NULL, .core = true},
    {PT_STR("null"), PT_YAML_NULL, .core = true},
    {PT_STR("Null"), PT_YAML_NULL, .core = true},
    {PT_STR("NULL"), PT_YAML_NULL, .core = true},
    {PT_STR("true"), PT_YAML_BOOL, true, .core = true},
    {PT_STR("True"), PT_YAML_BOOL, true, .core = true},
    {PT_STR("TRUE"), PT_YAML_BOOL, true, .core = true},
    {PT_STR("false"), PT_YAML_BOOL, false, .core = true},
    {PT_STR("False"), PT_YAML_BOOL, false, .core = true},
    {PT_STR("FALSE"), PT_YAML_BOOL, false, .core = true},
    {PT_STR("y"), PT_YAML_BOOL, true},
    {PT_STR("Y"), PT_YAML_BOOL, true},
    {PT_STR("yes"), PT_YAML_BOOL, true},
    {PT_STR("Yes"), PT_YAML_BOOL, true},
    {PT_STR("YES"), PT_YAML_BOOL, true},
    {PT_STR("on"), PT_YAML_BOOL, true},
    {PT_STR("On"), PT_YAML_BOOL, true},
    {PT_STR("ON"), PT_YAML_BOOL, true},
    {PT_STR("n"), PT_YAML_BOOL, false},
    {PT_STR("N"), PT_YAML_BOOL, false},
    {PT_STR("no"), PT_YAML_BOOL, false},
    {PT_STR("No"), PT_YAML_BOOL, false},
    {PT_STR("NO"), PT_YAML_BOOL, false},
    {PT_STR("off"), PT_YAML_BOOL, false},
    {PT_STR("Off"), PT_YAML_BOOL, false},
    {PT_STR("OFF"), PT_YAML_BOOL, false},
    {PT_STR(".nan"), PT_YAML_INFINITE, .core = true, .number = (double)NAN},
    {PT_STR(".NaN"), PT_YAML_INFINITE, .core = true, .number = (double)NAN},
    {PT_STR(".NAN"), PT_YAML_INFINITE, .core = true, .number = (double)NAN},
    {PT_STR(".inf"), PT_YAML_INFINITE, .core = true, .number = (double)INFINITY},
    {PT_STR(".Inf"), PT_YAML_INFINITE, .core = true, .number = (double)INFINITY},
    {PT_STR(".INF"), PT_YAML_INFINITE, .core = true, .number = (double)INFINITY},
    {PT_STR("+.inf"), PT_YAML_INFINITE, .core = true, .number = (double)INFINITY},
    {PT_STR("+.Inf"), PT_YAML_INFINITE, .core = true, .number = (double)INFINITY},
    {PT_STR("+.INF"), PT_YAML_INFINITE, .core = true, .number = (double)INFINITY},
    {PT_STR("-.inf"), PT_YAML_INFINITE, .core = true, .number = -(double)INFINITY},
    {PT_STR("-.Inf"), PT_YAML_INFINITE, .core = true, .number = -(double)INFINITY},
    {PT_STR("-.INF"), PT_YAML_INFINITE, .core = true, .number = -(double)INFINITY},
};

enum {
    WORD_BYTES_MAX = 5
};

static bool is_word(pt_yaml_scalar *s, bool core) {
    // Most texts are too long, or do not begin like a word.
    if (s->text.n > WORD_BYTES_MAX || (s->text.n > 0 && !strchr("~nNtTfFyYoO.+-", s->text.p[0])))
        return false;
    for (size_t i = 0; i < PT_COUNT(words); i++) {
        const word *w = &words[i];
        if ((core && !w->core) || !pt_str_eq(s->text, w->text))
            continue;
        s->kind = w->kind;
        s->number = w->number;
        s->value = w->kind == PT_YAML_NULL   ? pt_null()
                   : w->kind == PT_YAML_BOOL ? pt_bool(w->yes)
                                             : pt_undefined();
        return true;
    }
    return false;
}

// -- numbers --------------------------------------------------------------------------------------

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

static size_t digits(pt_str s, size_t at) {
    size_t n = 0;
    while (at + n < s.n && digit(s.p[at + n]))
        n++;
    return n;
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
static bool looks_float(pt_str s) {
    size_t at = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+');
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
    if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
        at++;
        at += at < s.n && (s.p[at] == '-' || s.p[at] == '+');
        size_t power = digits(s, at);
        if (power == 0)
            return false;
        at += power;
    }
    return at == s.n;
}

// The magnitude in `base` of all of s. False: another character, none at all, or beyond 64 bits.
static bool magnitude(pt_str s, unsigned base, uint64_t *ret) {
    uint64_t sum = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        char low = (char)(c | 0x20);
        unsigned d = digit(c)                   ? (unsigned)(c - '0')
                     : low >= 'a' && low <= 'f' ? (unsigned)(low - 'a') + 10
                                                : base;
        if (d >= base || __builtin_mul_overflow(sum, base, &sum) ||
            __builtin_add_overflow(sum, d, &sum))
            return false;
    }
    *ret = sum;
    return s.n > 0;
}

static pt_code unsigned_text(pt_yaml_scalar *s, uint64_t m, pt_arena *a) {
    pt_str text = pt_arena_printf(a, "%llu", (unsigned long long)m);
    return text.p ? is(s, PT_YAML_UINT, pt_number(text)) : full(s);
}

// strconv.ParseInt and ParseUint with base 0, without underscores. *ret_is: it is an integer.
static pt_code go_int(pt_yaml_scalar *s, pt_str plain, pt_arena *a, bool *ret_is) {
    static const struct {
        pt_str prefix;
        unsigned base;
    } forms[] = {{PT_STR("0x"), 16}, {PT_STR("0X"), 16}, {PT_STR("0b"), 2}, {PT_STR("0B"), 2},
                 {PT_STR("0o"), 8},  {PT_STR("0O"), 8},  {PT_STR("0"), 8},  {PT_STR(""), 10}};
    bool sign = plain.n > 0 && (plain.p[0] == '-' || plain.p[0] == '+');
    bool minus = sign && plain.p[0] == '-';
    pt_str rest = pt_str_sub(plain, sign, plain.n);
    size_t form = 0;
    while (!pt_str_starts(rest, forms[form].prefix))
        form++;
    uint64_t m;
    // "0" is an octal prefix only when something follows.
    bool zero = pt_str_eqz(rest, "0");
    *ret_is =
        zero || magnitude(pt_str_sub(rest, forms[form].prefix.n, rest.n), forms[form].base, &m);
    if (zero)
        m = 0;
    if (!*ret_is)
        return PT_OK;
    if (minus && m == (uint64_t)INT64_MAX + 1)
        return is(s, PT_YAML_INT, pt_int(INT64_MIN));
    if (m <= INT64_MAX)
        return is(s, PT_YAML_INT, pt_int(minus ? -(int64_t)m : (int64_t)m));
    *ret_is = !sign; // ParseUint takes no sign
    return sign ? PT_OK : unsigned_text(s, m, a);
}

// The shortest digits that read back as d, as "%e" writes them.
static void shortest(double d, bool single, char out[DIGITS_ROOM]) {
    // DBL_DIG digits always survive, so that fewer are found by dropping zeros; below the normal
    // range fewer are enough.
    int least = single || fabs(d) < DBL_MIN ? 0 : DBL_DIG - 1;
    for (int precision = least; precision < 17; precision++) {
        snprintf(out, DIGITS_ROOM, "%.*e", precision, d);
        if (single ? strtof(out, NULL) == (float)d : strtod(out, NULL) == d)
            break;
    }
}

typedef struct decimal { // 0.digits * 10^point
    bool minus;
    char digits[DIGITS_ROOM];
    int n;
    int point;
} decimal;

static decimal decimal_of(double d, bool single) {
    decimal ret = {.minus = signbit(d)};
    char text[DIGITS_ROOM];
    shortest(fabs(d), single, text);
    const char *c = text;
    for (; *c && *c != 'e'; c++)
        if (digit(*c))
            ret.digits[ret.n++] = *c;
    ret.point = (int)strtol(*c ? c + 1 : "0", NULL, 10) + 1;
    while (ret.n > 1 && ret.digits[ret.n - 1] == '0')
        ret.n--;
    return ret;
}

// strconv.FormatFloat(d, 'e', -1, …); exponents have `width` digits at least.
static void put_e(pt_buf *b, const decimal *d, int width) {
    pt_buf_putc(b, d->digits[0]);
    if (d->n > 1)
        pt_buf_printf(b, ".%.*s", d->n - 1, d->digits + 1);
    int power = d->point - 1;
    pt_buf_printf(b, "e%c%0*d", power < 0 ? '-' : '+', width, power < 0 ? -power : power);
}

// strconv.FormatFloat(d, 'f', -1, …)
static void put_f(pt_buf *b, const decimal *d) {
    int whole = d->point <= 0 ? 0 : d->point < d->n ? d->point : d->n;
    if (whole == 0)
        pt_buf_putc(b, '0');
    pt_buf_put(b, (pt_str){d->digits, (size_t)whole});
    if (d->point >= d->n) {
        pt_buf_fill(b, '0', (size_t)(d->point - d->n));
        return;
    }
    pt_buf_putc(b, '.');
    if (d->point < 0)
        pt_buf_fill(b, '0', (size_t)-d->point);
    pt_buf_put(b, (pt_str){d->digits + whole, (size_t)(d->n - whole)});
}

// As encoding/json writes a float64 (encode.go, floatEncoder), or a key as a float32.
static pt_str float_text(double v, bool key, pt_arena *a) {
    decimal d = v == 0 ? (decimal){signbit(v), "0", 1, 1} : decimal_of(v, key);
    bool e = key ? v != 0 && (d.point - 1 < -4 || d.point - 1 >= 6)
                 : v != 0 && (fabs(v) < 1e-6 || fabs(v) >= 1e21);
    pt_buf b = PT_BUF(DOUBLE_ROOM);
    if (d.minus)
        pt_buf_putc(&b, '-');
    if (e)
        put_e(&b, &d, key ? 2 : 1);
    else
        put_f(&b, &d);
    pt_str text = b.full ? pt_str_of(NULL) : pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return text;
}

// A text that looks_float. *ret_is: it is within a double's range.
static pt_code go_float(pt_yaml_scalar *s, pt_str plain, pt_arena *a, bool *ret_is) {
    pt_str z = pt_arena_str(a, plain); // strtod wants a NUL
    if (!z.p)
        return full(s);
    s->number = strtod(z.p, NULL);
    *ret_is = isfinite(s->number);
    if (!*ret_is)
        return PT_OK;
    pt_str text = float_text(s->number, false, a);
    return text.p ? is(s, PT_YAML_FLOAT, pt_number(text)) : full(s);
}

static pt_code without_underscores(pt_yaml_scalar *s, pt_arena *a, pt_str *ret) {
    *ret = s->text;
    if (pt_str_find(s->text, '_') == s->text.n)
        return PT_OK;
    char *p = pt_arena_take(a, s->text.n);
    if (!p)
        return full(s);
    size_t n = 0;
    for (size_t i = 0; i < s->text.n; i++)
        if (s->text.p[i] != '_')
            p[n++] = s->text.p[i];
    *ret = (pt_str){p, n};
    return PT_OK;
}

// resolve() of yaml v2 and v3, for the tags "", !!bool, !!int, !!float, !!null and !!timestamp.
static pt_code go_resolve(pt_yaml_scalar *s, bool v3, pt_arena *a) {
    char first = '\0';
    if (s->text.n > 0)
        first = s->text.p[0];
    bool found = is_word(s, v3);
    if (found)
        return PT_OK;
    if (first == '.' && looks_float(s->text)) {
        pt_code code = go_float(s, s->text, a, &found);
        if (code || found)
            return code;
    } else if (digit(first) || first == '-' || first == '+') {
        pt_str plain;
        pt_code code = without_underscores(s, a, &plain);
        if (!code)
            code = go_int(s, plain, a, &found);
        if (!code && !found && looks_float(plain))
            code = go_float(s, plain, a, &found);
        if (code || found)
            return code;
    }
    return is(s, PT_YAML_TEXT, pt_string(s->text));
}

// -- tags -----------------------------------------------------------------------------------------

static int sextet(char c) {
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : digit(c)             ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

// base64 with padding; line breaks are skipped. False: it is not.
static bool decode(pt_str s, pt_buf *out) {
    uint32_t bits = 0;
    unsigned have = 0;
    unsigned pad = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n' || s.p[i] == '\r')
            continue;
        int six = sextet(s.p[i]);
        pad += s.p[i] == '=';
        if ((six < 0 && s.p[i] != '=') || (six >= 0 && pad) || pad > 2)
            return false;
        bits = bits << 6 | (six < 0 ? 0 : (uint32_t)six);
        if (++have < 4)
            continue;
        for (unsigned k = 0; k < 3 - pad; k++)
            pt_buf_putc(out, (char)(unsigned char)(bits >> (16 - 8 * k) & 0xff));
        bits = have = 0;
    }
    return have == 0;
}

static pt_code binary(pt_yaml_scalar *s, pt_arena *a) {
    pt_buf raw = PT_BUF(s->text.n + 1);
    pt_buf clean = PT_BUF(3 * s->text.n + 1);
    pt_code code = PT_OK;
    if (!decode(s->text, &raw))
        code = wrong(s, "the text of a !!binary is not base64");
    pt_str rest = pt_buf_str(&raw);
    size_t bad;
    while (!pt_str_utf8(rest, &bad)) { // JSON holds text only
        pt_buf_put(&clean, pt_str_sub(rest, 0, bad));
        pt_buf_putz(&clean, "\xef\xbf\xbd");
        rest = pt_str_sub(rest, bad + 1, rest.n);
    }
    pt_buf_put(&clean, rest);
    pt_str text = pt_arena_str(a, pt_buf_str(&clean));
    if (!code && (raw.full || clean.full || !text.p))
        code = full(s);
    pt_buf_done(&raw);
    pt_buf_done(&clean);
    return code ? code : is(s, PT_YAML_TEXT, pt_string(text));
}

static bool go_timestamp(pt_str s) {
    return s.n >= 10 && digits(s, 0) == 4 && s.p[4] == '-';
}

static const struct {
    const char *tag;
    const char *what;
    unsigned kinds; // that the text may turn out to be
} typed[] = {
    {TAG("bool"), "the text of a !!bool is no boolean", 1u << PT_YAML_BOOL},
    {TAG("int"), "the text of an !!int is no integer", 1u << PT_YAML_INT | 1u << PT_YAML_UINT},
    {TAG("float"), "the text of a !!float is no number",
     1u << PT_YAML_INT | 1u << PT_YAML_UINT | 1u << PT_YAML_FLOAT | 1u << PT_YAML_INFINITE},
    {TAG("null"), "the text of a !!null is not null", 1u << PT_YAML_NULL},
};

// Which row of `typed`, or their count.
static size_t typed_by(pt_str tag) {
    size_t i = tag.n ? 0 : PT_COUNT(typed);
    while (i < PT_COUNT(typed) && !pt_str_eqz(tag, typed[i].tag))
        i++;
    return i;
}

static pt_code check_type(pt_yaml_scalar *s) {
    size_t row = typed_by(s->tag);
    bool fits = row == PT_COUNT(typed) || (typed[row].kinds & 1u << s->kind);
    return fits ? PT_OK : wrong(s, typed[row].what);
}

static pt_code go(pt_yaml_scalar *s, bool v3, pt_arena *a) {
    if (s->tag.n == 0 || (v3 && pt_str_eqz(s->tag, "!")))
        return s->plain ? go_resolve(s, v3, a) : is(s, PT_YAML_TEXT, pt_string(s->text));
    if (pt_str_eqz(s->tag, TAG("binary")))
        return binary(s, a);
    if (pt_str_eqz(s->tag, TAG("timestamp")))
        return go_timestamp(s->text) ? is(s, PT_YAML_TEXT, pt_string(s->text))
                                     : wrong(s, "the text of a !!timestamp is no date");
    if (typed_by(s->tag) == PT_COUNT(typed))
        return is(s, PT_YAML_TEXT, pt_string(s->text));
    pt_code code = go_resolve(s, v3, a);
    return code ? code : check_type(s);
}

// -- the core schema ------------------------------------------------------------------------------

// [-+]?[0-9]+ and floats, as JSON writes them: no plus, no zeros before, a digit on either side of
// the point.
static pt_code core_number(pt_yaml_scalar *s, pt_arena *a) {
    pt_str t = s->text;
    bool minus = t.p[0] == '-';
    t = pt_str_sub(t, minus || t.p[0] == '+', t.n);
    size_t whole = digits(t, 0);
    size_t zeros = 0;
    while (zeros + 1 < whole && t.p[zeros] == '0')
        zeros++;
    size_t point = whole < t.n && t.p[whole] == '.';
    size_t part = point ? digits(t, whole + 1) : 0;
    pt_str power = pt_str_sub(t, whole + point + part, t.n);
    pt_str text =
        pt_arena_printf(a, "%s%.*s%s%.*s%.*s", minus ? "-" : "", whole ? (int)(whole - zeros) : 1,
                        whole ? t.p + zeros : "0", part ? "." : "", (int)part,
                        part ? t.p + whole + 1 : "", PT_PRI(power));
    if (!text.p)
        return full(s);
    pt_value v = pt_number(text);
    if (!pt_defined(v)) {
        s->what = "a number with too many digits";
        return PT_E_LIMIT;
    }
    return is(s, point || power.n ? PT_YAML_FLOAT : PT_YAML_INT, v);
}

static pt_code core_resolve(pt_yaml_scalar *s, pt_arena *a) {
    if (is_word(s, true))
        return PT_OK;
    if (looks_float(s->text))
        return core_number(s, a);
    bool octal = pt_str_starts(s->text, PT_STR("0o"));
    uint64_t m;
    if ((octal || pt_str_starts(s->text, PT_STR("0x"))) &&
        magnitude(pt_str_sub(s->text, 2, s->text.n), octal ? 8 : 16, &m))
        return m <= INT64_MAX ? is(s, PT_YAML_INT, pt_int((int64_t)m)) : unsigned_text(s, m, a);
    return is(s, PT_YAML_TEXT, pt_string(s->text));
}

static pt_code core(pt_yaml_scalar *s, pt_arena *a) {
    bool known = typed_by(s->tag) < PT_COUNT(typed);
    if (!known && (s->tag.n > 0 || !s->plain))
        return is(s, PT_YAML_TEXT, pt_string(s->text));
    pt_code code = core_resolve(s, a);
    return code ? code : check_type(s);
}

pt_code pt_yaml_resolve(pt_yaml_scalar *s, pt_yaml_dialect dialect, pt_arena *a) {
    return dialect == PT_YAML_CORE ? core(s, a) : go(s, dialect == PT_YAML_GO, a);
}

// -- keys -----------------------------------------------------------------------------------------

// A float32 as sigs.k8s.io/yaml writes it: FormatFloat(f, 'g', -1, 32).
static pt_value float_key(double number, pt_arena *a) {
    if (isnan(number))
        return pt_stringz(".nan");
    if (isinf((float)number))
        return pt_stringz(number < 0 ? "-.inf" : ".inf");
    pt_str text = float_text((double)(float)number, true, a);
    return text.p ? pt_string(text) : pt_undefined();
}

pt_value pt_yaml_key(pt_yaml_scalar *s, pt_yaml_dialect dialect, pt_arena *a) {
    if (dialect == PT_YAML_CORE)
        return s->kind == PT_YAML_NODE ? s->value : pt_string(s->text);
    switch (s->kind) {
    case PT_YAML_TEXT:
        return s->value;
    case PT_YAML_BOOL:
        return pt_stringz(pt_true(s->value) ? "true" : "false");
    case PT_YAML_UINT:
        if (dialect == PT_YAML_KUBERNETES) {
            s->what = "an integer beyond 64 bits with sign cannot be a key";
            return pt_undefined();
        }
        __attribute__((fallthrough));
    case PT_YAML_INT: {
        char room[PT_NUMBER_ROOM];
        pt_str text = pt_arena_str(a, pt_number_text(s->value, room));
        return text.p ? pt_string(text) : pt_undefined();
    }
    case PT_YAML_FLOAT:
    case PT_YAML_INFINITE:
        return float_key(s->number, a);
    case PT_YAML_NULL:
        s->what = "null cannot be a key";
        return pt_undefined();
    case PT_YAML_NODE:
        break;
    }
    s->what = "a list or map cannot be a key";
    return pt_undefined();
}
