// Python's version specifiers. "=1" is "==1", a bare version too, '*' is any; blanks separate
// clauses as commas do. Pre-releases are in: whether to install one is not asked here.
#include "judge/vuln/pep440.h"

static bool is_pre_release(pt_pep440 v) {
    return v.has_pre || v.has_dev;
}

static bool is_same_release(pt_pep440 a, pt_pep440 b) {
    return pt_pep440_cmp_release(a, b, SIZE_MAX) == 0;
}

static size_t numbers(pt_pep440 v) {
    size_t n = 1;
    for (size_t i = 0; i < v.release.n; i++)
        n += v.release.p[i] == '.';
    return n;
}

// "==2.0.*" and "==2.0.post1.*": all that is written is the same, whatever follows.
static bool matches_prefix(pt_pep440 v, pt_pep440 p) {
    if (!p.has_pre && !p.has_post)
        return pt_pep440_cmp_release(v, p, numbers(p)) == 0;
    bool pre = v.has_pre == p.has_pre && v.pre_kind == p.pre_kind &&
               pt_vtext_cmp_number(v.pre, p.pre) == 0;
    bool post = !p.has_post || (v.has_post && pt_vtext_cmp_number(v.post, p.post) == 0);
    return is_same_release(v, p) && pre && post;
}

// The local part counts only where the specifier has one.
static bool is_equal(pt_pep440 v, pt_pep440 s) {
    return pt_pep440_cmp_public(v, s) == 0 &&
           (!s.local.n || !pt_pep440_cmp_local(v.local, s.local));
}

// "<2" has no pre-release of 2 ("<2.post1": of 2.post1, which is not 2rc1).
static bool is_less(pt_pep440 v, pt_pep440 s) {
    bool of_post = !v.has_pre && v.has_post && pt_vtext_cmp_number(v.post, s.post) == 0;
    bool own = is_pre_release(v) && !is_pre_release(s) && is_same_release(v, s) &&
               (of_post || !s.has_post);
    return pt_pep440_cmp_public(v, s) < 0 && !own;
}

// ">2" has no post-release of 2 (">2rc1": of 2rc1).
static bool is_greater(pt_pep440 v, pt_pep440 s) {
    bool own = v.has_post && !s.has_post && !s.has_dev && is_same_release(v, s) &&
               v.has_pre == s.has_pre && v.pre_kind == s.pre_kind &&
               pt_vtext_cmp_number(v.pre, s.pre) == 0;
    return pt_pep440_cmp_public(v, s) > 0 && !own;
}

static bool clause(pt_range_case *c, pt_range_op op, pt_str text, bool *ret_holds) {
    pt_pep440 v;
    pt_pep440 s;
    bool equality = op == PT_RANGE_NONE || op == PT_RANGE_EQ || op == PT_RANGE_NE;
    if (op == PT_RANGE_IDENTICAL) {
        *ret_holds = pt_str_eq_nocase(pt_str_trim(c->version), text);
        return true;
    }
    if (equality && pt_str_eq(text, PT_STR("*"))) {
        *ret_holds = op != PT_RANGE_NE;
        return true;
    }
    bool prefix = equality && pt_str_ends(text, PT_STR(".*"));
    if (!pt_pep440_parse(prefix ? pt_str_sub(text, 0, text.n - 2) : text, &s) ||
        !pt_pep440_parse(c->version, &v) || (prefix && (s.has_dev || s.local.n)))
        return false;
    bool equal = prefix ? matches_prefix(v, s) : is_equal(v, s);
    int order = pt_pep440_cmp_public(v, s);
    switch (op) {
    case PT_RANGE_NONE:
    case PT_RANGE_EQ:
        *ret_holds = equal;
        return true;
    case PT_RANGE_NE:
        *ret_holds = !equal;
        return true;
    case PT_RANGE_LE:
    case PT_RANGE_GE:
        *ret_holds = pt_range_holds(op, order);
        return true;
    case PT_RANGE_LT:
        *ret_holds = is_less(v, s);
        return true;
    case PT_RANGE_GT:
        *ret_holds = is_greater(v, s);
        return true;
    case PT_RANGE_COMPATIBLE:
        *ret_holds = order >= 0 && !pt_pep440_cmp_release(v, s, numbers(s) - 1);
        return numbers(s) > 1;
    default:
        return false;
    }
}

static bool alternative(pt_range_case *c, pt_str text) {
    return pt_range_all(c, text.n ? text : PT_STR("*"), clause);
}

bool pt_range_pep440(pt_range_case *c, pt_str range) {
    return pt_range_any(c, range, alternative);
}
