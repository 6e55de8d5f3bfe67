// Composer's constraints (VersionParser): versions have four numbers, and a bound without a
// stability means its earliest: "<1.0" has no 1.0.0-beta, ">=1.0", "~1.0" and "^1.0" have it.
#include "judge/vuln/packagist.h"

enum {
    NUMBERS = 4
};

typedef struct bound {
    pt_str text;
    size_t n; // numbers given before a wildcard, a text or the end
    bool wild, has_text;
} bound;

// "1.2.*", "v1.2-beta1@dev", "1.2#c0ffee".
static bool read_bound(pt_range_case *c, pt_str text, bound *ret) {
    text = pt_str_sub(text, 0, pt_str_find(text, '@'));
    text = pt_str_sub(text, 0, pt_str_find(text, '#'));
    pt_str rest = text;
    bound b = {.text = text};
    pt_vtext_take_prefix(&rest, PT_STR("v"), true);
    for (pt_str number = pt_vtext_take_digits(&rest); number.n && !b.wild;
         number = pt_vtext_take_digits(&rest)) {
        b.n++;
        b.wild = pt_str_eq(rest, PT_STR(".*")) || pt_str_eq(rest, PT_STR(".x"));
        if (!pt_vtext_take_prefix(&rest, PT_STR("."), false))
            break;
    }
    b.wild = b.wild || pt_str_eq(text, PT_STR("*"));
    b.has_text = !b.wild && rest.n;
    if (b.wild && b.n)
        b.text = pt_str_sub(text, 0, text.n - 2);
    *ret = b;
    return pt_str_eq(text, PT_STR("*")) || c->rules->valid(c->rules, b.text);
}

static bool has_same_numbers(pt_range_case *c, bound b, size_t n) {
    return pt_packagist_cmp_numbers(c->version, b.text, n) == 0;
}

// At least the bound, or a pre-release of it.
static bool is_at_least(pt_range_case *c, bound b) {
    return pt_packagist_cmp(c->version, b.text, NUMBERS) >= 0 ||
           (!b.has_text && has_same_numbers(c, b, NUMBERS));
}

static size_t caret_numbers(bound b) {
    pt_str rest = b.text;
    pt_vtext_take_prefix(&rest, PT_STR("v"), true);
    for (size_t i = 1; i <= b.n; i++) {
        if (!pt_vtext_is_zero(pt_vtext_take_digits(&rest)))
            return i;
        pt_vtext_take(&rest, 1);
    }
    return b.n;
}

static bool holds_numbers(pt_range_case *c, pt_range_op op, bound b) {
    int order = b.n ? pt_packagist_cmp_numbers(c->version, b.text, b.n) : 0;
    return pt_range_holds(op, order);
}

// "1.0 - 2.0" goes on to the end of 2.0, "1.0 - 2.0.0" only to 2.0.0.
static bool is_up_to(pt_range_case *c, bound b) {
    if (b.n < 3 && !b.has_text)
        return holds_numbers(c, PT_RANGE_LE, b);
    return pt_packagist_cmp(c->version, b.text, NUMBERS) <= 0;
}

static bool clause(pt_range_case *c, pt_range_op op, pt_str text, bool *ret_holds) {
    bound b;
    if (!read_bound(c, text, &b))
        return false;
    int order = pt_packagist_cmp(c->version, b.text, NUMBERS);
    switch (op) {
    case PT_RANGE_TILDE:
        *ret_holds = is_at_least(c, b) && has_same_numbers(c, b, b.n > 2 ? b.n - 1 : 1);
        return b.n && !b.wild;
    case PT_RANGE_CARET:
        *ret_holds = is_at_least(c, b) && has_same_numbers(c, b, caret_numbers(b));
        return b.n && !b.wild;
    case PT_RANGE_UP_TO:
        *ret_holds = is_up_to(c, b);
        return !b.wild;
    case PT_RANGE_LT:
        *ret_holds = order < 0 && (b.has_text || !has_same_numbers(c, b, NUMBERS));
        return !b.wild;
    case PT_RANGE_GE:
        *ret_holds = b.wild ? holds_numbers(c, op, b) : is_at_least(c, b);
        return true;
    default:
        *ret_holds = b.wild ? holds_numbers(c, op, b) : pt_range_holds(op, order);
        return pt_range_is_comparison(op);
    }
}

static bool alternative(pt_range_case *c, pt_str text) {
    return pt_range_all(c, text, clause);
}

bool pt_range_packagist(pt_range_case *c, pt_str range) {
    return pt_range_any(c, range, alternative);
}
