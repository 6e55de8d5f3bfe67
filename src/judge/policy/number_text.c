// Floats to text as Go's math/big writes them: the shortest decimal within half a unit of the last
// place. Go takes the lower half as wide as the upper one below powers of two, too, and compares
// the digits of the bounds by position even where a bound has one digit less: so do we, or texts
// differ.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "judge/policy/number_float.h"

static void digits_done(pt_digits *d) {
    free(d->v);
}

// All decimal digits of mantissa * 2^exp, which is positive.
static void digits_of(pt_digits *d, const mpz_t mantissa, int64_t exp) {
    PT_MPZ(z);
    mpz_set(z, mantissa);
    if (exp < 0) {
        mp_bitcnt_t zeros = mpz_scan1(z, 0);
        if ((int64_t)zeros > -exp)
            zeros = (mp_bitcnt_t)-exp;
        mpz_tdiv_q_2exp(z, z, zeros);
        exp += (int64_t)zeros;
    }
    if (exp >= 0) {
        mpz_mul_2exp(z, z, (mp_bitcnt_t)exp);
        exp = 0;
    } else {
        PT_MPZ(power);
        mpz_ui_pow_ui(power, 5, (unsigned long)-exp);
        mpz_mul(z, z, power);
    }
    d->v = mpz_get_str(NULL, 10, z);
    d->n = strlen(d->v);
    d->exp = (int64_t)d->n + exp;
    while (d->n > 0 && d->v[d->n - 1] == '0')
        d->n--;
}

static char at(const pt_digits *d, size_t i) {
    if (i >= d->n)
        return '0';
    return d->v[i];
}

static void round_down(pt_digits *d, size_t n) {
    d->n = n;
    while (d->n > 0 && d->v[d->n - 1] == '0')
        d->n--;
}

static void round_up(pt_digits *d, size_t n) {
    while (n > 0 && d->v[n - 1] == '9')
        n--;
    if (n == 0) {
        d->v[0] = '1';
        d->n = 1;
        d->exp++;
        return;
    }
    d->v[n - 1]++;
    d->n = n;
}

static void round_near(pt_digits *d, size_t n) {
    if (n >= d->n)
        return;
    bool tie = d->v[n] == '5' && n + 1 == d->n;
    bool up = tie ? n > 0 && (d->v[n - 1] - '0') % 2 != 0 : d->v[n] >= '5';
    if (up)
        round_up(d, n);
    else
        round_down(d, n);
}

static void shorten(pt_digits *d, const pt_digits *lower, const pt_digits *upper, bool inclusive) {
    for (size_t i = 0; i < d->n; i++) {
        char m = d->v[i];
        char u = at(upper, i);
        bool down = at(lower, i) != m || (inclusive && i + 1 == lower->n);
        bool up = m != u && (inclusive || m + 1 < u || i + 1 < upper->n);
        if (!down && !up)
            continue;
        if (i + 1 >= d->n)
            return;
        if (down && up)
            round_near(d, i + 1);
        else if (down)
            round_down(d, i + 1);
        else
            round_up(d, i + 1);
        return;
    }
}

static bool put_plain(pt_buf *b, const pt_digits *d) {
    if (d->exp > PT_NUMBER_DIGITS_MAX || d->exp < -PT_NUMBER_DIGITS_MAX)
        return false;
    if (d->exp <= 0) {
        pt_buf_putz(b, "0.");
        pt_buf_fill(b, '0', (size_t)-d->exp);
        pt_buf_put(b, (pt_str){d->v, d->n});
        return true;
    }
    size_t whole = (size_t)d->exp;
    if (whole >= d->n) {
        pt_buf_put(b, (pt_str){d->v, d->n});
        pt_buf_fill(b, '0', whole - d->n);
        return true;
    }
    pt_buf_put(b, (pt_str){d->v, whole});
    pt_buf_putc(b, '.');
    pt_buf_put(b, (pt_str){d->v + whole, d->n - whole});
    return true;
}

static void put_scientific(pt_buf *b, const pt_digits *d) {
    int64_t exp = d->exp - 1;
    pt_buf_putc(b, d->v[0]);
    if (d->n > 1) {
        pt_buf_putc(b, '.');
        pt_buf_put(b, (pt_str){d->v + 1, d->n - 1});
    }
    pt_buf_printf(b, "e%c%02lld", exp < 0 ? '-' : '+', (long long)(exp < 0 ? -exp : exp));
}

pt_value pt_num_of_digits(pt_call *c, bool minus, const pt_digits *d, bool integral) {
    enum {
        PLAIN_MIN = -4, // exponents of %e's form that are written plainly
        PLAIN_MAX = 5,
    };
    int64_t exp = d->exp - 1;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)2 * PT_NUMBER_DIGITS_MAX);
    if (minus)
        pt_buf_putc(&b, '-');
    bool fits = true;
    if (!integral && (exp < PLAIN_MIN || exp > PLAIN_MAX))
        put_scientific(&b, d);
    else
        fits = put_plain(&b, d);
    if (!fits || b.full || exp > PT_NUMBER_EXPONENT_MAX || exp < -PT_NUMBER_EXPONENT_MAX)
        return pt_call_fault(c, PT_FAULT_LIMIT, "a number of more than %d digits",
                             PT_NUMBER_DIGITS_MAX);
    pt_str text = pt_arena_str(c->arena, pt_buf_str(&b));
    return text.p ? pt_number(text) : pt_call_full(c);
}

pt_value pt_num_of_float(pt_call *c, const mpz_t mantissa, int64_t exp, unsigned bits) {
    PT_MPZ(m);
    mpz_abs(m, mantissa);
    size_t have = mpz_sizeinbase(m, 2);
    int64_t lowest = exp + (int64_t)mpz_scan1(m, 0);
    PT_AUTO(digits_done) pt_digits d = {0};
    PT_AUTO(digits_done) pt_digits lower = {0};
    PT_AUTO(digits_done) pt_digits upper = {0};
    digits_of(&d, m, exp);
    // Exactly `bits` and one more, whose unit is half a unit of the last place.
    pt_assert(have <= bits);
    mpz_mul_2exp(m, m, bits - have + 1);
    exp -= (int64_t)(bits - have) + 1;
    bool inclusive = !mpz_tstbit(m, 1);
    mpz_sub_ui(m, m, 1);
    digits_of(&lower, m, exp);
    mpz_add_ui(m, m, 2);
    digits_of(&upper, m, exp);
    shorten(&d, &lower, &upper, inclusive);
    return pt_num_of_digits(c, mpz_sgn(mantissa) < 0, &d, lowest >= 0);
}
