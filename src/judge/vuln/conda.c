// conda: VersionOrder (conda/models/version.py): [epoch!]version[+local]. Parts between '.' or '_'
// are lists of numbers and texts; "dev" comes before every text, "post" after every number, and
// what is missing is 0.
#include "judge/vuln/vuln_impl.h"

typedef struct conda {
    pt_str epoch, version, local;
} conda;

static conda split(pt_str v) {
    conda s = {.version = pt_str_trim(v)};
    size_t mark = pt_str_find(s.version, '!');
    if (mark < s.version.n) {
        s.epoch = pt_vtext_take(&s.version, mark);
        pt_vtext_take(&s.version, 1);
    }
    size_t plus = pt_str_find(s.version, '+');
    s.local = pt_str_sub(s.version, plus + 1, s.version.n);
    s.version = pt_str_sub(s.version, 0, plus);
    return s;
}

static bool is_between(char c) {
    return c == '.' || c == '_' || c == '-';
}

static bool is_text(char c) {
    return !is_between(c) && !pt_vtext_digit(c);
}

static bool of_part(char c) {
    return !is_between(c);
}

// The next part; an underscore at the very end belongs to the part before it ("1.0.1_" of openssl,
// which comes before 1.0.1a).
static pt_str next_part(pt_str *rest) {
    size_t n = pt_vtext_run(*rest, 0, of_part);
    if (n + 1 == rest->n && pt_vtext_at(*rest, n) == '_')
        return pt_vtext_take(rest, n + 1);
    pt_str part = pt_vtext_take(rest, n);
    pt_vtext_take(rest, 1);
    return part;
}

// Texts, numbers, "post": dev < _ < others < number < post.
static int rank(pt_str atom) {
    if (!atom.n || pt_vtext_digit(atom.p[0]))
        return 3;
    if (pt_str_eq_nocase(atom, PT_STR("dev")))
        return 0;
    if (pt_str_eq_nocase(atom, PT_STR("post")))
        return 4;
    return atom.p[0] == '_' ? 1 : 2;
}

static pt_str next_atom(pt_str *part) {
    pt_str digits = pt_vtext_take_digits(part);
    if (digits.n)
        return digits;
    if (pt_vtext_at(*part, 0) == '_')
        return pt_vtext_take(part, 1);
    return pt_vtext_take(part, pt_vtext_run(*part, 0, is_text));
}

// A part that begins with a text has a 0 before it.
static int compare_parts(pt_str a, pt_str b) {
    bool zero_a = a.n && !pt_vtext_digit(a.p[0]);
    bool zero_b = b.n && !pt_vtext_digit(b.p[0]);
    while (a.n || b.n || zero_a || zero_b) {
        pt_str x = {0};
        pt_str y = {0};
        if (!zero_a)
            x = next_atom(&a);
        if (!zero_b)
            y = next_atom(&b);
        zero_a = zero_b = false;
        int order = rank(x) - rank(y);
        if (!order)
            order = rank(x) == 2 ? pt_vtext_cmp_fold(x, y) : 0;
        if (!order && rank(x) == 3)
            order = pt_vtext_cmp_number(x, y);
        if (order)
            return order;
    }
    return 0;
}

static int compare_texts(pt_str a, pt_str b) {
    int order = 0;
    while (!order && (a.n || b.n)) {
        pt_str x = next_part(&a);
        order = compare_parts(x, next_part(&b));
    }
    return order;
}

int pt_conda_order(const pt_version_rules *r, pt_str a, pt_str b) {
    (void)r;
    conda x = split(a);
    conda y = split(b);
    int order = compare_texts(x.epoch, y.epoch);
    if (!order)
        order = compare_texts(x.version, y.version);
    return order ? order : compare_texts(x.local, y.local);
}

static bool of_version(char c) {
    return pt_vtext_alnum(c) || is_between(c) || c == '*';
}

static bool are_parts(pt_str s) {
    char last = '\0';
    for (size_t i = 0; i < s.n; i++) {
        if (is_between(s.p[i]) && is_between(last))
            return false;
        last = s.p[i];
    }
    return pt_vtext_run(s, 0, of_version) == s.n && !is_between(pt_vtext_at(s, 0)) && last != '.' &&
           last != '-';
}

bool pt_conda_valid(const pt_version_rules *r, pt_str v) {
    (void)r;
    conda s = split(v);
    bool has_epoch = pt_str_find(v, '!') < v.n;
    bool has_local = pt_str_find(v, '+') < v.n;
    return s.version.n && are_parts(s.version) && (!has_epoch || pt_vtext_is_number(s.epoch)) &&
           (has_local ? s.local.n && are_parts(s.local) : true);
}
