// rpm: [epoch:]version[-release], rpm-version(7), compared by rpmvercmp. pacman's vercmp has the
// same ancestor, and differs in what separators and a text behind the end mean.
#include "judge/vuln/vuln_impl.h"

typedef struct evr {
    pt_str epoch, version, release;
    bool has_release;
} evr;

// As rpm's parseEVR: only digits before a colon are an epoch; the hyphen begins the release. A text
// with several hyphens is no EVR: it has no release, and they separate like all that is no letter.
static evr split(pt_str v) {
    evr s = {0};
    size_t digits = pt_vtext_run(v, 0, pt_vtext_digit);
    if (pt_vtext_at(v, digits) == ':') {
        s.epoch = pt_vtext_take(&v, digits);
        v = pt_str_sub(v, 1, v.n);
    }
    size_t hyphen = pt_str_find(v, '-');
    if (hyphen != pt_str_rfind(v, '-'))
        hyphen = v.n;
    s.version = pt_str_sub(v, 0, hyphen);
    s.has_release = hyphen < v.n;
    s.release = pt_str_sub(v, hyphen + 1, v.n);
    return s;
}

static bool is_separator(char c) {
    return !pt_vtext_alnum(c);
}

static bool is_rpm_separator(char c) {
    return !pt_vtext_alnum(c) && c != '~' && c != '^';
}

// Two segments of which at least one is not empty: numbers are newer than letters.
static int compare_segments(pt_str *a, pt_str *b) {
    bool a_number = pt_vtext_digit(pt_vtext_at(*a, 0));
    bool b_number = pt_vtext_digit(pt_vtext_at(*b, 0));
    if (a_number != b_number)
        return a_number ? 1 : -1;
    if (a_number) {
        pt_str x = pt_vtext_take_digits(a);
        return pt_vtext_cmp_number(x, pt_vtext_take_digits(b));
    }
    pt_str x = pt_vtext_take_letters(a);
    return pt_str_cmp(x, pt_vtext_take_letters(b));
}

// '~' comes before everything, the end too; '^' after the end and before everything else.
// False: neither side has such a mark here. *ret is 0 when both had it.
static bool compare_marks(pt_str *a, pt_str *b, int *ret) {
    for (const char *mark = "~^"; *mark; mark++) {
        bool on_a = pt_vtext_at(*a, 0) == *mark;
        bool on_b = pt_vtext_at(*b, 0) == *mark;
        if (!on_a && !on_b)
            continue;
        *ret = 0;
        if (on_a && on_b) {
            *a = pt_str_sub(*a, 1, a->n);
            *b = pt_str_sub(*b, 1, b->n);
        } else if (*mark == '~')
            *ret = on_a ? -1 : 1;
        else if (on_a)
            *ret = b->n ? -1 : 1;
        else
            *ret = a->n ? 1 : -1;
        return true;
    }
    return false;
}

static int rpmvercmp(pt_str a, pt_str b) {
    for (;;) {
        pt_vtext_take(&a, pt_vtext_run(a, 0, is_rpm_separator));
        pt_vtext_take(&b, pt_vtext_run(b, 0, is_rpm_separator));
        int order = 0;
        bool marked = compare_marks(&a, &b, &order);
        if (order)
            return order;
        if (marked)
            continue;
        if (!a.n || !b.n)
            return pt_vtext_cmp_bool(a.n, b.n);
        order = compare_segments(&a, &b);
        if (order)
            return order;
    }
}

static bool of_part(char c) {
    return pt_vtext_alnum(c) || c == '.' || c == '_' || c == '+' || c == '~' || c == '^';
}

bool pt_rpm_valid(const pt_version_rules *r, pt_str v) {
    (void)r;
    evr s = split(v);
    if (!s.version.n || (s.has_release && !s.release.n))
        return false;
    return pt_vtext_run(s.version, 0, of_part) == s.version.n &&
           pt_vtext_run(s.release, 0, of_part) == s.release.n;
}

int pt_rpm_order(const pt_version_rules *r, pt_str a, pt_str b) {
    (void)r;
    evr x = split(a);
    evr y = split(b);
    int order = pt_vtext_cmp_number(x.epoch, y.epoch);
    if (!order)
        order = rpmvercmp(x.version, y.version);
    if (!order)
        order = pt_vtext_cmp_bool(x.has_release, y.has_release);
    return order ? order : rpmvercmp(x.release, y.release);
}

// -- pacman ---------------------------------------------------------------------------------------

// What comes next decides first: a text makes a version older ("1.0rc"), a number newer ("1.0.1")
// than its end. (vercmp compares the separators before that, and has circles: 1 < 1.0 < 1..rc < 1.)
static int rank_of_next(pt_str s) {
    return !s.n ? 1 : pt_vtext_letter(s.p[0]) ? 0 : 2;
}

static int alpm_vercmp(pt_str a, pt_str b) {
    for (;;) {
        size_t between_a = pt_vtext_run(a, 0, is_separator);
        size_t between_b = pt_vtext_run(b, 0, is_separator);
        a = pt_str_sub(a, between_a, a.n);
        b = pt_str_sub(b, between_b, b.n);
        int order = rank_of_next(a) - rank_of_next(b);
        if (order || !a.n)
            return order;
        if (between_a != between_b)
            return between_a < between_b ? -1 : 1;
        order = compare_segments(&a, &b);
        if (order)
            return order;
    }
}

bool pt_alpm_valid(const pt_version_rules *r, pt_str v) {
    return pt_rpm_valid(r, v);
}

// pacman calls a version without a release equal to all of its releases, which is no order: here
// it comes before them.
int pt_alpm_order(const pt_version_rules *r, pt_str a, pt_str b) {
    (void)r;
    evr x = split(a);
    evr y = split(b);
    int order = pt_vtext_cmp_number(x.epoch, y.epoch);
    if (!order)
        order = alpm_vercmp(x.version, y.version);
    if (!order)
        order = pt_vtext_cmp_bool(x.has_release, y.has_release);
    return order ? order : alpm_vercmp(x.release, y.release);
}
