// Formats as Go's fmt/format.go, strconv and math/big do.
#include "judge/policy/fn/gofmt.h"

#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/utf8.h"
#include "judge/policy/number_impl.h"

static void put_padding(pt_buf *b, const pt_gofmt *f, int64_t n, bool zeros) {
    if (n > 0)
        pt_buf_fill(b, zeros && f->zero && !f->minus ? '0' : ' ', (size_t)n);
}

static void put_padded(pt_buf *b, const pt_gofmt *f, pt_str s, bool zeros) {
    int64_t n = f->has_width ? f->width - (int64_t)pt_utf8_count(s) : 0;
    if (!f->minus)
        put_padding(b, f, n, zeros);
    pt_buf_put(b, s);
    if (f->minus)
        put_padding(b, f, n, zeros);
}

static void put_padded_buf(pt_buf *b, const pt_gofmt *f, const pt_buf *s, bool zeros) {
    b->full = b->full || s->full;
    put_padded(b, f, pt_buf_str(s), zeros);
}

// -- integers -------------------------------------------------------------------------------------

static unsigned base_of(uint32_t verb) {
    switch (verb) {
    case 'b':
        return 2;
    case 'o':
    case 'O':
        return 8;
    case 'x':
    case 'X':
        return 16;
    default:
        return 10;
    }
}

static void put_digits(pt_buf *b, uint64_t u, unsigned base, bool upper) {
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char room[64];
    size_t at = sizeof room;
    do
        room[--at] = digits[u % base];
    while ((u /= base) != 0);
    pt_buf_put(b, (pt_str){room + at, sizeof room - at});
}

static void put_sign(pt_buf *b, const pt_gofmt *f, bool negative) {
    if (negative || f->plus || f->space)
        pt_buf_putz(b, negative ? "-" : f->plus ? "+" : " ");
}

static void put_int(pt_buf *b, const pt_gofmt *f, uint32_t verb, int64_t i) {
    bool negative = i < 0;
    uint64_t u = negative ? -(uint64_t)i : (uint64_t)i;
    unsigned base = base_of(verb);
    if (f->has_precision && f->precision == 0 && u == 0) {
        put_padding(b, f, f->width, false);
        return;
    }
    PT_AUTO(pt_buf_done) pt_buf digits = PT_BUF(128);
    PT_AUTO(pt_buf_done) pt_buf all = PT_BUF((size_t)2 * PT_GOFMT_WIDTH_MAX);
    put_digits(&digits, u, base, verb == 'X');
    int64_t zeros = 0;
    if (f->has_precision)
        zeros = f->precision;
    else if (f->zero && !f->minus && f->has_width)
        zeros = f->width - (negative || f->plus || f->space);
    zeros -= (int64_t)digits.n;
    put_sign(&all, f, negative);
    if (verb == 'O')
        pt_buf_putz(&all, "0o");
    if (f->sharp && (base == 2 || base == 16))
        pt_buf_putz(&all, base == 2 ? "0b" : verb == 'X' ? "0X" : "0x");
    if (f->sharp && base == 8 && zeros <= 0 && digits.p[0] != '0')
        pt_buf_putc(&all, '0');
    pt_buf_fill(&all, '0', zeros > 0 ? (size_t)zeros : 0);
    pt_buf_put(&all, pt_buf_str(&digits));
    put_padded_buf(b, f, &all, false);
}

static void put_unicode(pt_buf *b, const pt_gofmt *f, uint64_t u) {
    PT_AUTO(pt_buf_done) pt_buf digits = PT_BUF(64);
    PT_AUTO(pt_buf_done) pt_buf all = PT_BUF((size_t)2 * PT_GOFMT_WIDTH_MAX);
    put_digits(&digits, u, 16, true);
    int64_t zeros = (f->has_precision && f->precision > 4 ? f->precision : 4) - (int64_t)digits.n;
    pt_buf_putz(&all, "U+");
    pt_buf_fill(&all, '0', zeros > 0 ? (size_t)zeros : 0);
    pt_buf_put(&all, pt_buf_str(&digits));
    if (f->sharp && u <= 0x10ffff && pt_rune_print((uint32_t)u)) {
        pt_buf_putz(&all, " '");
        pt_utf8_put(&all, (uint32_t)u);
        pt_buf_putc(&all, '\'');
    }
    put_padded_buf(b, f, &all, false);
}

static void put_rune(pt_buf *b, const pt_gofmt *f, uint32_t verb, uint64_t u) {
    PT_AUTO(pt_buf_done) pt_buf rune = PT_BUF(16);
    pt_utf8_put(&rune, u > 0x10ffff ? PT_RUNE_BAD : (uint32_t)u);
    if (verb == 'c') {
        put_padded_buf(b, f, &rune, true);
        return;
    }
    PT_AUTO(pt_buf_done) pt_buf quoted = PT_BUF(32);
    pt_utf8_quote_as(&quoted, pt_buf_str(&rune), '\'', f->plus);
    put_padded_buf(b, f, &quoted, true);
}

static const char *big_prefix(const pt_gofmt *f, uint32_t verb) {
    if (verb == 'O')
        return "0o";
    if (!f->sharp && !f->sharp_v)
        return "";
    return verb == 'b' ? "0b" : verb == 'o' ? "0" : verb == 'x' ? "0x" : verb == 'X' ? "0X" : "";
}

// [left pad][sign][prefix][zeros][digits][right pad], as math/big's own formatter.
static void put_big_digits(pt_buf *b, const pt_gofmt *f, uint32_t verb, bool negative,
                           const char *digits) {
    const char *prefix = big_prefix(f, verb);
    pt_gofmt sign = {.plus = f->plus || f->plus_v, .space = f->space};
    int64_t n = (int64_t)strlen(digits);
    int64_t zeros = f->has_precision && n < f->precision ? f->precision - n : 0;
    int64_t length = (negative || sign.plus || sign.space) + (int64_t)strlen(prefix) + zeros + n;
    int64_t pad = f->has_width && length < f->width ? f->width - length : 0;
    bool fill = !f->minus && f->zero && !f->has_precision;
    if (!f->minus && !fill)
        pt_buf_fill(b, ' ', (size_t)pad);
    put_sign(b, &sign, negative);
    pt_buf_putz(b, prefix);
    pt_buf_fill(b, '0', (size_t)(zeros + (fill ? pad : 0)));
    pt_buf_putz(b, digits);
    if (f->minus)
        pt_buf_fill(b, ' ', (size_t)pad);
}

static void put_big(pt_buf *b, const pt_gofmt *f, uint32_t verb, pt_str text) {
    PT_MPZ(z);
    PT_AUTO(pt_buf_done) pt_buf digits = PT_BUF((size_t)8 * PT_NUMBER_DIGITS_MAX);
    int base = (int)base_of(verb);
    pt_buf_put(&digits, text);
    pt_buf_putc(&digits, '\0');
    bool good = !digits.full && mpz_set_str(z, digits.p, 10) == 0;
    char *room = good ? pt_buf_room(&digits, mpz_sizeinbase(z, base) + 2) : NULL;
    if (!room) {
        b->full = true;
        return;
    }
    bool negative = mpz_sgn(z) < 0;
    mpz_abs(z, z);
    mpz_get_str(room, verb == 'X' ? -base : base, z);
    put_big_digits(b, f, verb, negative, room);
}

// -- floats ---------------------------------------------------------------------------------------

// The least precision of %e that reads back as the same double.
static int shortest(double x) {
    char room[40];
    int n = 0;
    for (; n < 16; n++) {
        snprintf(room, sizeof room, "%.*e", n, x);
        if (strtod(room, NULL) == x)
            break;
    }
    return n;
}

static void put_shortest(pt_buf *b, uint32_t verb, double x) {
    enum {
        PLAIN_MIN = -4,
        PLAIN_MAX = 5,
    };
    int n = shortest(x);
    char room[40];
    snprintf(room, sizeof room, "%.*e", n, x);
    int exp = (int)strtol(strchr(room, 'e') + 1, NULL, 10);
    bool scientific = exp < PLAIN_MIN || exp > PLAIN_MAX;
    if (verb == 'e' || verb == 'E' || (verb != 'f' && scientific))
        pt_buf_printf(b, verb == 'E' || verb == 'G' ? "%.*E" : "%.*e", n, x);
    else
        pt_buf_printf(b, "%.*f", n > exp ? n - exp : 0, x);
}

static void put_binary(pt_buf *b, double x) {
    int exp;
    double m = frexp(fabs(x), &exp);
    int64_t mantissa = (int64_t)ldexp(m, 53);
    pt_buf_printf(b, "%s%lldp%+d", signbit(x) ? "-" : "", (long long)mantissa,
                  x == 0 ? -1074 : exp - 53);
}

static void put_hex(pt_buf *b, uint32_t verb, int precision, double x) {
    int exp;
    double m = frexp(fabs(x), &exp) * 2;
    char room[1100];
    exp = x == 0 ? 0 : exp - 1;
    if (precision > 1000)
        precision = 1000;
    if (precision < 0)
        snprintf(room, sizeof room, "%a", m);
    else
        snprintf(room, sizeof room, "%.*a", precision, m);
    *strchr(room, 'p') = '\0';
    if (room[2] == '2') { // rounded up
        room[2] = '1';
        exp++;
    }
    for (char *p = room; verb == 'X' && *p; p++)
        if (*p >= 'a')
            *p = (char)(*p - 32);
    pt_buf_printf(b, "%s%s%c%c%02d", signbit(x) ? "-" : "", room, verb == 'X' ? 'P' : 'p',
                  exp < 0 ? '-' : '+', abs(exp));
}

// The '#' flag: a decimal point in any case, and %g keeps its zeros.
static void put_sharp(pt_buf *b, uint32_t verb, int precision, pt_str num) {
    int64_t digits = verb == 'g' || verb == 'G' || verb == 'x' ? precision < 0 ? 6 : precision : 0;
    bool point = false;
    bool nonzero = false;
    size_t tail = num.n; // where the exponent begins
    bool hex = verb == 'x' || verb == 'X';
    for (size_t i = 1; i < tail; i++) {
        char c = num.p[i];
        if (c == '.') {
            point = true;
        } else if (c == 'p' || c == 'P' || ((c == 'e' || c == 'E') && !hex)) {
            tail = i;
        } else {
            nonzero = nonzero || c != '0';
            digits -= nonzero;
        }
    }
    if (!point && tail == 2 && num.p[1] == '0')
        digits--;
    pt_buf_put(b, pt_str_sub(num, 0, tail));
    pt_buf_putz(b, point ? "" : ".");
    pt_buf_fill(b, '0', digits > 0 ? (size_t)digits : 0);
    pt_buf_put(b, pt_str_sub(num, tail, num.n));
}

static void put_conversion(pt_buf *b, uint32_t verb, int precision, double x) {
    if (verb == 'b')
        put_binary(b, x);
    else if (verb == 'x' || verb == 'X')
        put_hex(b, verb, precision, x);
    else if (precision < 0)
        put_shortest(b, verb, x);
    else if (verb == 'f')
        pt_buf_printf(b, "%.*f", precision, x);
    else if (verb == 'e')
        pt_buf_printf(b, "%.*e", precision, x);
    else if (verb == 'E')
        pt_buf_printf(b, "%.*E", precision, x);
    else
        pt_buf_printf(b, verb == 'G' ? "%.*G" : "%.*g", precision, x);
}

static void put_float(pt_buf *b, const pt_gofmt *f, uint32_t verb, int precision, double x) {
    PT_AUTO(pt_buf_done) pt_buf all = PT_BUF((size_t)4 * PT_GOFMT_WIDTH_MAX);
    PT_AUTO(pt_buf_done) pt_buf sharp = PT_BUF((size_t)4 * PT_GOFMT_WIDTH_MAX);
    if (f->has_precision)
        precision = (int)f->precision;
    if (!signbit(x))
        pt_buf_putc(&all, f->space && !f->plus ? ' ' : '+');
    put_conversion(&all, verb, precision, x);
    const pt_buf *num = &all;
    if (f->sharp && verb != 'b') {
        put_sharp(&sharp, verb, precision, pt_buf_str(&all));
        num = &sharp;
    }
    b->full = b->full || num->full;
    pt_str s = pt_buf_str(num);
    if (num->full)
        return;
    if (!f->plus && s.p[0] == '+') {
        put_padded(b, f, pt_str_sub(s, 1, s.n), true);
    } else if (f->zero && !f->minus && f->has_width && f->width > (int64_t)s.n) {
        pt_buf_putc(b, s.p[0]);
        put_padding(b, f, f->width - (int64_t)s.n, true);
        pt_buf_put(b, pt_str_sub(s, 1, s.n));
    } else {
        put_padded(b, f, s, true);
    }
}

// -- strings --------------------------------------------------------------------------------------

static pt_str cut(const pt_gofmt *f, pt_str s) {
    return f->has_precision ? pt_str_sub(s, 0, pt_utf8_skip(s, (size_t)f->precision)) : s;
}

static void put_hex_string(pt_buf *b, const pt_gofmt *f, uint32_t verb, pt_str s) {
    const char *prefix = verb == 'X' ? "0X" : "0x";
    if (f->has_precision && f->precision < (int64_t)s.n)
        s.n = (size_t)f->precision;
    int64_t n = (int64_t)s.n;
    int64_t width = 2 * n;
    if (n && f->space)
        width = width * (f->sharp ? 2 : 1) + n - 1;
    else if (n && f->sharp)
        width += 2;
    int64_t pad = f->has_width ? f->width - width : 0;
    if (n == 0 || !f->minus)
        put_padding(b, f, pad, true);
    if (n && f->sharp)
        pt_buf_putz(b, prefix);
    for (size_t i = 0; i < s.n; i++) {
        if (f->space && i > 0)
            pt_buf_printf(b, " %s", f->sharp ? prefix : "");
        pt_buf_printf(b, verb == 'X' ? "%02X" : "%02x", (unsigned)(unsigned char)s.p[i]);
    }
    if (n && f->minus)
        put_padding(b, f, pad, true);
}

static bool can_backquote(pt_str s) {
    for (size_t at = 0; at < s.n;) {
        bool bad;
        uint32_t rune = pt_utf8_next(s, &at, &bad);
        if (bad || rune == 0xfeff || (rune < ' ' && rune != '\t') || rune == '`' || rune == 0x7f)
            return false;
    }
    return true;
}

static void put_quoted(pt_buf *b, const pt_gofmt *f, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf quoted = PT_BUF(b->max);
    s = cut(f, s);
    if (f->sharp && can_backquote(s))
        pt_buf_printf(&quoted, "`%.*s`", PT_PRI(s));
    else
        pt_utf8_quote_as(&quoted, s, '"', f->plus);
    put_padded_buf(b, f, &quoted, true);
}

// -- by kind --------------------------------------------------------------------------------------

const char *pt_gofmt_type(const pt_gofmt_arg *arg) {
    static const char *const types[] = {
        [PT_GOFMT_INT] = "int64",   [PT_GOFMT_BIG] = "*big.Int", [PT_GOFMT_FLOAT] = "float64",
        [PT_GOFMT_TEXT] = "string", [PT_GOFMT_BOOL] = "bool",    [PT_GOFMT_NIL] = "<nil>",
    };
    return arg->type ? arg->type : types[arg->kind];
}

static bool among(uint32_t verb, const char *verbs) {
    return verb < 0x80 && verb > 0 && strchr(verbs, (int)verb);
}

static bool format_int(pt_buf *b, const pt_gofmt *f, uint32_t verb, int64_t i) {
    if (among(verb, "vdboOxX"))
        put_int(b, f, verb, i);
    else if (among(verb, "cq"))
        put_rune(b, f, verb, (uint64_t)i);
    else if (verb == 'U')
        put_unicode(b, f, (uint64_t)i);
    else
        return false;
    return true;
}

static bool format_float(pt_buf *b, const pt_gofmt *f, uint32_t verb, double x) {
    if (among(verb, "vbgGxX"))
        put_float(b, f, verb == 'v' ? 'g' : verb, -1, x);
    else if (among(verb, "feEF"))
        put_float(b, f, verb == 'F' ? 'f' : verb, 6, x);
    else
        return false;
    return true;
}

static bool format_text(pt_buf *b, const pt_gofmt *f, uint32_t verb, pt_str s) {
    if (verb == 's' || (verb == 'v' && !f->sharp_v))
        put_padded(b, f, cut(f, s), true);
    else if (among(verb, "xX"))
        put_hex_string(b, f, verb, s);
    else if (verb == 'q' || verb == 'v')
        put_quoted(b, f, s);
    else
        return false;
    return true;
}

static bool format_big(pt_buf *b, const pt_gofmt *f, uint32_t verb, pt_str s) {
    if (among(verb, "wp"))
        return false;
    if (among(verb, "boOdsvxX")) {
        put_big(b, f, verb, s);
        return true;
    }
    pt_buf_putz(b, "%!");
    pt_utf8_put(b, verb);
    pt_buf_printf(b, "(big.Int=%.*s)", PT_PRI(s));
    return true;
}

static bool format_word(pt_buf *b, const pt_gofmt *f, bool fits, const char *word) {
    if (fits)
        put_padded(b, f, pt_str_of(word), true);
    return fits;
}

static bool format(pt_buf *b, const pt_gofmt *f, uint32_t verb, const pt_gofmt_arg *arg) {
    switch (arg->kind) {
    case PT_GOFMT_INT:
        return format_int(b, f, verb, arg->i);
    case PT_GOFMT_BIG:
        return format_big(b, f, verb, arg->text);
    case PT_GOFMT_FLOAT:
        return format_float(b, f, verb, arg->f);
    case PT_GOFMT_BOOL:
        return format_word(b, f, among(verb, "tv"), arg->i ? "true" : "false");
    case PT_GOFMT_NIL:
        return format_word(b, f, verb == 'v', "<nil>");
    default:
        return format_text(b, f, verb, arg->text);
    }
}

void pt_gofmt_put(pt_buf *b, pt_gofmt f, uint32_t verb, const pt_gofmt_arg *arg) {
    if (verb == 'T') {
        put_padded(b, &f, cut(&f, pt_str_of(pt_gofmt_type(arg))), true);
        return;
    }
    if (format(b, &f, verb, arg))
        return;
    pt_buf_putz(b, "%!");
    pt_utf8_put(b, verb);
    pt_buf_printf(b, "(%s", pt_gofmt_type(arg));
    if (arg->kind != PT_GOFMT_NIL) {
        pt_buf_putc(b, '=');
        format(b, &f, 'v', arg);
    }
    pt_buf_putc(b, ')');
}
