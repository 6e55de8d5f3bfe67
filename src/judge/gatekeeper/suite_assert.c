// What a case expects: how many violations, of which messages. Sentences are gator's.
#include "base/buf.h"
#include "base/re2.h"
#include "judge/gatekeeper/suite_impl.h"

enum {
    WHY_BYTES_MAX = 1 << 16,
};

typedef struct expected {
    bool some;       // at least one
    int64_t n;       // exactly so many, unless `some`
    pt_re2 *message; // NULL: any
    pt_str pattern;
} expected;

static const char VIOLATIONS[] = "assertion.violations, if set, must be a nonnegative integer, "
                                 "\"yes\", or \"no\"";

// NULL, or what is wrong with it.
static const char *read_count(pt_value v, expected *ret) {
    *ret = (expected){.some = true};
    if (!pt_defined(v) || pt_str_eqz(pt_text(v), "yes"))
        return NULL;
    ret->some = false;
    if (pt_str_eqz(pt_text(v), "no") || (pt_to_int(v, &ret->n) && ret->n >= 0))
        return NULL;
    return VIOLATIONS;
}

static const char *read(pt_value assertion, expected *ret) {
    pt_value message = pt_getz(assertion, "message");
    const char *wrong = read_count(pt_getz(assertion, "violations"), ret);
    pt_re2_error why;
    char bad[64];
    if (wrong || !pt_defined(message))
        return wrong;
    ret->pattern = pt_text(message);
    ret->message = pt_re2_new(ret->pattern, &why, bad, sizeof bad);
    return ret->message ? NULL : "assertion.message is not a regular expression";
}

static size_t count(const expected *want, const pt_gk_violations *got) {
    size_t n = 0;
    pt_re2_span span;
    for (size_t i = 0; i < got->n; i++)
        n += !want->message || pt_re2_match(want->message, got->v[i].message, 0, &span, 1) == 1;
    return n;
}

static void put_difference(pt_buf *b, const expected *want, size_t n, const pt_gk_violations *got) {
    pt_buf_printf(b, "unexpected number of violations: got %zu violations", n);
    if (want->message) {
        pt_buf_putz(b, " containing \"");
        pt_buf_put_safe(b, want->pattern);
        pt_buf_putc(b, '"');
    }
    if (want->some)
        pt_buf_putz(b, " but want at least 1");
    else if (want->n)
        pt_buf_printf(b, " but want exactly %lld", (long long)want->n);
    else
        pt_buf_putz(b, " but want none");
    pt_buf_putz(b, ": got messages [");
    for (size_t i = 0; i < got->n; i++) {
        pt_buf_putz(b, i ? " " : "");
        pt_buf_put_safe(b, got->v[i].message);
    }
    pt_buf_putc(b, ']');
}

static pt_str differs(pt_arena *a, const expected *want, const pt_gk_violations *got) {
    size_t n = count(want, got);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(WHY_BYTES_MAX);
    if (want->some ? n > 0 : (int64_t)n == want->n)
        return PT_STR("");
    put_difference(&b, want, n, got);
    return pt_arena_str(a, pt_buf_str(&b));
}

bool pt_gk_assert(pt_arena *a, pt_value assertions, const pt_gk_violations *got, pt_str *ret_why) {
    expected none = {.n = 0};
    *ret_why = PT_STR("");
    if (pt_len(assertions) == 0)
        *ret_why = differs(a, &none, got);
    for (size_t i = 0; !ret_why->n && i < pt_len(assertions); i++) {
        expected want = {0};
        const char *wrong = read(pt_at(assertions, i), &want);
        *ret_why = wrong ? pt_str_of(wrong) : differs(a, &want, got);
        pt_re2_free(want.message);
    }
    return ret_why->p != NULL;
}
