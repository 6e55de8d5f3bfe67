// RubyGems: Gem::Version. Segments are numbers and texts ("1.0.a10" is 1, 0, "a", 10); a text comes
// before a number, and what is missing is 0. '-' is ".pre.".
#include "judge/vuln/vuln_impl.h"

typedef struct walk {
    pt_str rest;
    size_t kept; // zeros at the start of rest are not dropped while rest.n is more than this
    bool text;   // a text has gone by: zeros count from there on
} walk;

static bool is_between(char c) {
    return !pt_vtext_alnum(c) && c != '-';
}

static pt_str next_segment(walk *w) {
    pt_vtext_take(&w->rest, pt_vtext_run(w->rest, 0, is_between));
    if (pt_vtext_take_prefix(&w->rest, PT_STR("-"), false))
        return PT_STR("pre");
    if (pt_vtext_digit(pt_vtext_at(w->rest, 0)))
        return pt_vtext_take_digits(&w->rest);
    return pt_vtext_take_letters(&w->rest);
}

static bool is_text(pt_str segment) {
    return segment.n && !pt_vtext_digit(segment.p[0]);
}

// Zeros right before the first text do not count: 1.0.a is 1.a.
static pt_str next_canonical(walk *w) {
    pt_str from = w->rest;
    pt_str s = next_segment(w);
    w->text = w->text || is_text(s);
    if (!s.n || w->text || !pt_vtext_is_zero(s) || from.n > w->kept)
        return s;
    walk ahead = *w;
    pt_str q = s;
    while (q.n && !is_text(q) && pt_vtext_is_zero(q)) {
        w->kept = ahead.rest.n; // holds if the run is not dropped
        q = next_segment(&ahead);
    }
    if (!is_text(q))
        return s;
    w->text = true;
    w->rest = ahead.rest;
    return q;
}

int pt_rubygems_order(const pt_version_rules *r, pt_str a, pt_str b) {
    (void)r;
    walk x = {.rest = a, .kept = SIZE_MAX};
    walk y = {.rest = b, .kept = SIZE_MAX};
    for (;;) {
        pt_str s = next_canonical(&x);
        pt_str t = next_canonical(&y);
        if (!s.n && !t.n)
            return 0;
        int order = pt_vtext_cmp_bool(!is_text(s), !is_text(t));
        if (!order)
            order = is_text(s) ? pt_str_cmp(s, t) : pt_vtext_cmp_number(s, t);
        if (order)
            return order;
    }
}

static bool of_suffix(char c) {
    return pt_vtext_alnum(c) || c == '-';
}

// \s*([0-9]+(\.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?)?\s*
bool pt_rubygems_valid(const pt_version_rules *r, pt_str v) {
    (void)r;
    v = pt_str_trim(v);
    if (!v.n)
        return true; // Gem::Version reads the empty text as 0
    if (!pt_vtext_take_digits(&v).n)
        return false;
    pt_vtext_kind *kind = pt_vtext_alnum;
    while (v.n) {
        char c = v.p[0];
        pt_vtext_take(&v, 1);
        if (c == '-' && kind == pt_vtext_alnum)
            kind = of_suffix;
        else if (c != '.')
            return false;
        if (!pt_vtext_take(&v, pt_vtext_run(v, 0, kind)).n)
            return false;
    }
    return true;
}

// -- requirements ---------------------------------------------------------------------------------

static size_t numbers_before_text(pt_str v) {
    walk w = {.rest = v};
    size_t n = 0;
    for (pt_str s = next_segment(&w); s.n && !is_text(s); s = next_segment(&w))
        n++;
    return n;
}

static pt_str number_or_nothing(walk *w) {
    pt_str nothing = {0};
    if (w->text)
        return nothing;
    pt_str s = next_segment(w);
    w->text = is_text(s);
    return w->text ? nothing : s;
}

// "~> 1.2.3": at least that, and still 1.2; a pre-release of 1.3 is 1.3 here.
static bool is_pessimistic(pt_range_case *c, pt_str text) {
    size_t n = numbers_before_text(text);
    walk x = {.rest = c->version};
    walk y = {.rest = text};
    bool same = pt_rubygems_order(c->rules, c->version, text) >= 0;
    for (size_t i = 0; same && i < (n > 1 ? n - 1 : 1); i++) {
        pt_str number = number_or_nothing(&x);
        same = pt_vtext_cmp_number(number, number_or_nothing(&y)) == 0;
    }
    return same;
}

static bool clause(pt_range_case *c, pt_range_op op, pt_str text, bool *ret_holds) {
    if (!pt_rubygems_valid(c->rules, text))
        return false;
    if (op == PT_RANGE_PESSIMISTIC)
        *ret_holds = is_pessimistic(c, text);
    else
        *ret_holds = pt_range_holds(op, pt_rubygems_order(c->rules, c->version, text));
    return op == PT_RANGE_PESSIMISTIC || pt_range_is_comparison(op);
}

static bool alternative(pt_range_case *c, pt_str text) {
    return pt_range_all(c, text, clause);
}

bool pt_range_rubygems(pt_range_case *c, pt_str range) {
    return pt_range_any(c, range, alternative);
}
