// Numbers as exact decimals. Nothing here becomes a double and no exponent is ever expanded: two
// numbers are compared by sign, by the power of ten of their first significant digit, and then
// digit by digit.
#include <stdio.h>

#include "value/impl.h"

// sign, significant digits without zeros on either side, and their place:
//   "-0012.3400e5": digits 1234, first at 10^6. Zero has no digits and no sign.
typedef struct decimal {
    bool minus;
    const char *whole, *part; // digits before and behind the point
    size_t whole_n;
    size_t first, last; // significant: [first, last) of whole and part taken together
    int64_t power;      // of ten, of the first significant digit
} decimal;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static const char *digits(const char *p, const char *end) {
    while (p < end && is_digit(*p))
        p++;
    return p;
}

static unsigned digit_at(const decimal *d, size_t i) {
    return (unsigned)((i < d->whole_n ? d->whole[i] : d->part[i - d->whole_n]) - '0');
}

// The exponent's value behind 'e'; beyond the limit it stays just beyond it.
static int64_t exponent(const char *p, const char *end) {
    bool minus = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    int64_t sum = 0;
    for (; p < end && sum <= PT_NUMBER_EXPONENT_MAX; p++)
        sum = sum * 10 + (*p - '0');
    return minus ? -sum : sum;
}

// From a text that pt_impl_number took.
static decimal decimal_of(pt_str text) {
    pt_assert(text.n > 0);
    const char *p = text.p;
    const char *end = text.p + text.n;
    decimal d = {.minus = *p == '-'};
    p += d.minus;
    d.whole = p;
    p = digits(p, end);
    d.whole_n = (size_t)(p - d.whole);
    d.part = p;
    size_t n = d.whole_n;
    if (p < end && *p == '.') {
        d.part = ++p;
        p = digits(p, end);
        n += (size_t)(p - d.part);
    }
    int64_t exp = p < end ? exponent(p + 1, end) : 0;
    while (d.first < n && digit_at(&d, d.first) == 0)
        d.first++;
    d.last = n;
    while (d.last > d.first && digit_at(&d, d.last - 1) == 0)
        d.last--;
    if (d.first == d.last)
        d.minus = false;
    d.power = exp + (int64_t)d.whole_n - 1 - (int64_t)d.first;
    return d;
}

static decimal decimal_of_value(pt_value v, char room[PT_NUMBER_ROOM]) {
    return decimal_of(pt_number_text(v, room));
}

static bool decimal_to_int(const decimal *d, int64_t *ret) {
    size_t n = d->last - d->first;
    if (n == 0) {
        *ret = 0;
        return true;
    }
    if (d->power < 0 || d->power > 18 || (int64_t)n > d->power + 1)
        return false;
    int64_t sum = 0;
    for (size_t i = 0; i <= (size_t)d->power; i++) {
        int64_t digit = i < n ? (int64_t)digit_at(d, d->first + i) : 0;
        if (__builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, d->minus ? -digit : digit, &sum))
            return false;
    }
    *ret = sum;
    return true;
}

static const char *refuse(pt_number_fault *f, pt_code code, const char *at, const char *what) {
    *f = (pt_number_fault){code, at, what};
    return NULL;
}

// Where the number ends by the grammar of RFC 8259, section 6.
static const char *number_end(const char *p, const char *end, pt_number_fault *f) {
    const char *whole = p + (p < end && *p == '-');
    const char *at = digits(whole, end);
    size_t n = (size_t)(at - whole);
    if (n == 0)
        return refuse(f, PT_E_FORMAT, at, "a digit is missing at the beginning of a number");
    if (*whole == '0' && n > 1)
        return refuse(f, PT_E_FORMAT, whole, "a number with a leading zero");
    if (at < end && *at == '.') {
        const char *part = at + 1;
        at = digits(part, end);
        if (at == part)
            return refuse(f, PT_E_FORMAT, at, "a digit is missing after the decimal point");
        n += (size_t)(at - part);
    }
    if (n > PT_NUMBER_DIGITS_MAX)
        return refuse(f, PT_E_LIMIT, p, "a number with too many digits");
    if (at < end && (*at == 'e' || *at == 'E')) {
        const char *exp = at + 1;
        const char *from = exp + (exp < end && (*exp == '-' || *exp == '+'));
        at = digits(from, end);
        if (at == from)
            return refuse(f, PT_E_FORMAT, at, "a digit is missing in the exponent of a number");
        int64_t value = exponent(exp, at);
        if (value > PT_NUMBER_EXPONENT_MAX || value < -PT_NUMBER_EXPONENT_MAX)
            return refuse(f, PT_E_LIMIT, p, "a number with too large an exponent");
    }
    return at;
}

const char *pt_impl_number(const char *p, const char *end, pt_value *ret,
                           pt_number_fault *ret_bad) {
    const char *at = number_end(p, end, ret_bad);
    if (!at)
        return NULL;
    if (at - p > (ptrdiff_t)UINT32_MAX) // a run of zeros in the exponent
        return refuse(ret_bad, PT_E_LIMIT, p, "a number with too many digits");
    pt_str text = {p, (size_t)(at - p)};
    int64_t i;
    // The grammar knows no leading zeros and no plus, so an integer other than "-0" is canonical.
    if (pt_str_int(text, 10, &i) && (i != 0 || text.n == 1))
        *ret = pt_impl_int(i);
    else
        *ret = (pt_value){.tag = PT_NUMBER, .n = (uint32_t)text.n, .s = p};
    return at;
}

pt_value pt_number(pt_str text) {
    pt_value v;
    pt_number_fault bad;
    const char *at = text.n ? pt_impl_number(text.p, text.p + text.n, &v, &bad) : NULL;
    return at && at == text.p + text.n ? v : pt_undefined();
}

pt_str pt_number_text(pt_value v, char room[PT_NUMBER_ROOM]) {
    if (v.tag != PT_NUMBER)
        return (pt_str){0};
    if (!(v.flags & PT_FLAG_INT))
        return (pt_str){v.s, v.n};
    char *p = room + PT_NUMBER_ROOM;
    uint64_t left = v.i < 0 ? -(uint64_t)v.i : (uint64_t)v.i;
    do
        *--p = (char)('0' + left % 10);
    while ((left /= 10) != 0);
    if (v.i < 0)
        *--p = '-';
    return (pt_str){p, (size_t)(room + PT_NUMBER_ROOM - p)};
}

bool pt_to_int(pt_value v, int64_t *ret) {
    if (v.tag != PT_NUMBER)
        return false;
    if (v.flags & PT_FLAG_INT) {
        *ret = v.i;
        return true;
    }
    decimal d = decimal_of((pt_str){v.s, v.n});
    return decimal_to_int(&d, ret);
}

static int digits_cmp(const decimal *a, const decimal *b) {
    size_t na = a->last - a->first;
    size_t nb = b->last - b->first;
    for (size_t i = 0; i < na && i < nb; i++) {
        unsigned da = digit_at(a, a->first + i);
        unsigned db = digit_at(b, b->first + i);
        if (da != db)
            return da < db ? -1 : 1;
    }
    return (na > nb) - (na < nb); // no zeros at the end, so that the longer one is the larger
}

static int sign(const decimal *d) {
    return d->first == d->last ? 0 : d->minus ? -1 : 1;
}

int pt_impl_number_cmp(pt_value a, pt_value b) {
    if (a.flags & b.flags & PT_FLAG_INT)
        return (a.i > b.i) - (a.i < b.i);
    if (pt_watch_spend(1 + ((size_t)a.n + b.n) / PT_STEP_DIGITS))
        return 1;
    char room_a[PT_NUMBER_ROOM] = {0};
    char room_b[PT_NUMBER_ROOM] = {0};
    decimal x = decimal_of_value(a, room_a);
    decimal y = decimal_of_value(b, room_b);
    int s = sign(&x);
    if (s != sign(&y))
        return s < sign(&y) ? -1 : 1;
    if (s == 0)
        return 0;
    if (x.power != y.power)
        return x.power < y.power ? -s : s;
    return s * digits_cmp(&x, &y);
}

void pt_impl_number_feed(pt_value v, pt_feed *feed, void *to) {
    enum {
        WORD_DIGITS = 19
    };
    char room[PT_NUMBER_ROOM] = {0};
    decimal d = decimal_of_value(v, room);
    feed(to, (uint64_t)d.power << 1 | d.minus);
    uint64_t word = 0;
    for (size_t i = d.first; i < d.last; i++) {
        word = word * 10 + digit_at(&d, i);
        if ((i - d.first) % WORD_DIGITS == WORD_DIGITS - 1 || i + 1 == d.last) {
            feed(to, word);
            word = 0;
        }
    }
    feed(to, d.last - d.first); // "12" and "012" after a word's end must not be one
}
