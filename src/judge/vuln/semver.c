// Semantic Versioning 2.0.0 and its family. The tolerance is the same for all: "v1.2.3", "=1.2.3",
// blanks around it, and a core of any count of numbers (what is missing is 0).
#include "judge/vuln/vuln_impl.h"

static pt_str cut_at(pt_str *s, char mark) {
    size_t i = pt_str_find(*s, mark);
    pt_str behind = pt_str_sub(*s, i + 1, s->n);
    *s = pt_str_sub(*s, 0, i);
    return behind;
}

// Go's toolchains: "go1.21rc2", "go1.22.1 X:rangefunc", "go1.22.1-X:rangefunc". A distributor's
// ("go1.21.13 (Red Hat 1.21.13-2.el9)") stays no version: its own release decides, not the number.
static pt_semver toolchain_parts(pt_str v) {
    pt_semver s = {.core = v};
    s.core = pt_str_sub(s.core, 0, pt_str_find_str(s.core, PT_STR(" X:")));
    s.core = pt_str_sub(s.core, 0, pt_str_find_str(s.core, PT_STR("-X:")));
    size_t letters = 0;
    while (letters < s.core.n && !pt_vtext_letter(s.core.p[letters]))
        letters++;
    s.has_pre = letters < s.core.n;
    s.pre = pt_str_sub(s.core, letters, s.core.n);
    s.core = pt_str_sub(s.core, 0, letters);
    return s;
}

pt_semver pt_semver_parts(const pt_version_rules *r, pt_str v) {
    v = pt_str_trim(v);
    if ((r->flags & PT_SEMVER_GO) && pt_vtext_take_prefix(&v, PT_STR("go"), false))
        return toolchain_parts(v);
    pt_vtext_take_prefix(&v, PT_STR("="), false);
    pt_vtext_take_prefix(&v, PT_STR("v"), true);
    pt_semver s = {.core = v};
    s.has_build = pt_str_find(s.core, '+') < s.core.n;
    s.build = cut_at(&s.core, '+');
    s.has_pre = pt_str_find(s.core, '-') < s.core.n;
    s.pre = cut_at(&s.core, '-');
    return s;
}

// Numbers by value, before texts.
static int compare_identifiers(pt_str a, pt_str b, bool fold) {
    bool a_number = pt_vtext_is_number(a);
    bool b_number = pt_vtext_is_number(b);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (a_number)
        return pt_vtext_cmp_number(a, b);
    return fold ? pt_vtext_cmp_fold(a, b) : pt_str_cmp(a, b);
}

// The next identifier, up to a dot. Go's "rc2" and "beta1" are two: "rc", "2". What begins inside
// an identifier has no dot before it, so *rest carries on at the digits.
static bool next_identifier(pt_str *rest, bool split_digits, pt_str *ret) {
    if (!rest->p)
        return false;
    size_t dot = pt_str_find(*rest, '.');
    pt_str word = pt_str_sub(*rest, 0, dot);
    size_t letters = pt_vtext_run(word, 0, pt_vtext_letter);
    pt_str digits = pt_str_sub(word, letters, word.n);
    pt_str name = pt_str_sub(word, 0, letters);
    bool splits = split_digits && pt_vtext_is_number(digits) &&
                  (pt_str_eq(name, PT_STR("rc")) || pt_str_eq(name, PT_STR("beta")));
    if (splits) {
        *ret = name;
        *rest = pt_str_sub(*rest, letters, rest->n);
        return true;
    }
    *ret = word;
    bool last = dot == rest->n;
    *rest = pt_str_sub(*rest, dot + 1, rest->n);
    if (last)
        rest->p = NULL;
    return true;
}

// Identifier by identifier; more of them come after fewer.
static int compare_lists(pt_str a, pt_str b, unsigned flags) {
    for (;;) {
        pt_str x = {0};
        pt_str y = {0};
        bool more_a = next_identifier(&a, flags & PT_SEMVER_GO, &x);
        bool more_b = next_identifier(&b, flags & PT_SEMVER_GO, &y);
        if (!more_a || !more_b)
            return pt_vtext_cmp_bool(more_a, more_b);
        int order = compare_identifiers(x, y, flags & PT_SEMVER_FOLD);
        if (order)
            return order;
    }
}

int pt_semver_cmp_core(pt_semver a, pt_semver b, size_t n) {
    for (size_t i = 0; i < n && (a.core.n || b.core.n); i++) {
        pt_str x = {0};
        pt_str y = {0};
        PT_IGNORE(pt_str_split(&a.core, '.', &x)); // what is missing is empty: 0
        PT_IGNORE(pt_str_split(&b.core, '.', &y));
        bool text_x = pt_vtext_run(x, 0, pt_vtext_digit) < x.n;
        bool text_y = pt_vtext_run(y, 0, pt_vtext_digit) < y.n;
        int order = text_x || text_y ? pt_vtext_cmp_bool(text_x, text_y) : 0;
        if (!order)
            order = text_x ? pt_vtext_cmp_fold(x, y) : pt_vtext_cmp_number(x, y);
        if (order)
            return order;
    }
    return 0;
}

// A pre-release before the release; Bitnami's number behind a hyphen after it, but for 0: the first
// packaging is the release.
static int rank(const pt_version_rules *r, pt_semver s) {
    bool revision = (r->flags & PT_SEMVER_REVISION) && pt_vtext_is_number(s.pre);
    if (revision)
        return pt_vtext_is_zero(s.pre) ? 0 : 1;
    return s.has_pre ? -1 : 0;
}

int pt_semver_cmp(const pt_version_rules *r, pt_semver a, pt_semver b) {
    int order = pt_semver_cmp_core(a, b, SIZE_MAX);
    if (!order)
        order = rank(r, a) - rank(r, b);
    if (!order && rank(r, a))
        order = compare_lists(a.pre, b.pre, r->flags);
    if (order || !(r->flags & PT_SEMVER_BUILD_COUNTS))
        return order;
    order = pt_vtext_cmp_bool(a.has_build, b.has_build);
    return order || !a.has_build ? order : compare_lists(a.build, b.build, r->flags);
}

int pt_semver_order(const pt_version_rules *r, pt_str a, pt_str b) {
    return pt_semver_cmp(r, pt_semver_parts(r, a), pt_semver_parts(r, b));
}

static bool of_identifier(char c) {
    return pt_vtext_alnum(c) || c == '-';
}

static bool are_identifiers(pt_str list, pt_vtext_kind *kind) {
    pt_str word = {0};
    bool more = list.n && list.p[list.n - 1] != '.';
    while (more && list.n) {
        PT_IGNORE(pt_str_split(&list, '.', &word));
        more = word.n && pt_vtext_run(word, 0, kind) == word.n;
    }
    return more;
}

bool pt_semver_valid(const pt_version_rules *r, pt_str v) {
    pt_semver s = pt_semver_parts(r, v);
    return are_identifiers(s.core, pt_vtext_digit) &&
           (!s.has_pre || are_identifiers(s.pre, of_identifier)) &&
           (!s.has_build || are_identifiers(s.build, of_identifier));
}
