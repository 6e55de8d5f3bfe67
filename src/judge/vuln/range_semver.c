// The ranges of semver's family: npm (node-semver), Cargo, pub, Hex, NuGet.
#include "judge/vuln/vuln_impl.h"

// A version of which the last numbers may be missing or wildcards: "1.2", "1.x", "*".
typedef struct partial {
    pt_semver s;
    size_t n; // how many numbers are given
} partial;

static bool is_wildcard(pt_str word) {
    return word.n == 1 && (word.p[0] == '*' || word.p[0] == 'x' || word.p[0] == 'X');
}

static bool read_partial(const pt_version_rules *r, pt_str text, partial *ret) {
    partial p = {.s = pt_semver_parts(r, text)};
    pt_str rest = p.s.core;
    pt_str word;
    bool wild = false;
    size_t bytes = 0;
    while (pt_str_split(&rest, '.', &word)) {
        wild = wild || is_wildcard(word);
        if (wild ? !is_wildcard(word) : !pt_vtext_is_number(word))
            return false;
        p.n += !wild;
        if (!wild)
            bytes = (size_t)(word.p + word.n - p.s.core.p);
    }
    if (!p.s.core.n || (p.n >= 3 && !wild && !r->valid(r, text)))
        return false;
    p.s.core = pt_str_sub(p.s.core, 0, bytes);
    if (p.n < 3 || wild)
        p.s.has_pre = false; // "1.2-beta": npm takes no notice of it
    p.n = wild && p.n >= 3 ? 2 : p.n;
    *ret = p;
    return true;
}

// How many numbers '^' keeps: up to the first that is not 0.
static size_t caret_numbers(partial p) {
    pt_str rest = p.s.core;
    pt_str word;
    for (size_t i = 1; pt_str_split(&rest, '.', &word); i++)
        if (!pt_vtext_is_zero(word))
            return i;
    return p.n;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

// Not older, and with the same first n numbers: what "less than the next pre-release" comes to.
static bool is_series(pt_range_case *c, pt_semver v, partial p, size_t n) {
    return pt_semver_cmp(c->rules, v, p.s) >= 0 && pt_semver_cmp_core(v, p.s, n) == 0;
}

static bool holds_partial(pt_range_case *c, pt_range_op op, pt_semver v, partial p) {
    int order = pt_semver_cmp_core(v, p.s, p.n);
    switch (op) {
    case PT_RANGE_NONE:
    case PT_RANGE_EQ:
        return is_series(c, v, p, p.n);
    case PT_RANGE_NE:
        return !is_series(c, v, p, p.n);
    case PT_RANGE_GE:
        return pt_semver_cmp(c->rules, v, p.s) >= 0;
    default:
        return pt_range_holds(op, order);
    }
}

static bool holds(pt_range_case *c, pt_range_op op, partial p, bool *ret) {
    pt_semver v = pt_semver_parts(c->rules, c->version);
    if (!p.n) // '*'
        *ret = op != PT_RANGE_LT && op != PT_RANGE_GT && op != PT_RANGE_NE;
    else if (op == PT_RANGE_TILDE || op == PT_RANGE_PESSIMISTIC)
        *ret = is_series(c, v, p, least(p.n, 2));
    else if (op == PT_RANGE_CARET)
        *ret = is_series(c, v, p, caret_numbers(p));
    else if (!pt_range_is_comparison(op))
        return false;
    else if (p.n < 3)
        *ret = holds_partial(c, op, v, p);
    else
        *ret = pt_range_holds(op, pt_semver_cmp(c->rules, v, p.s));
    c->opened = c->opened || (p.s.has_pre && pt_semver_cmp_core(v, p.s, SIZE_MAX) == 0);
    return true;
}

static bool npm_clause(pt_range_case *c, pt_range_op op, pt_str text, bool *ret_holds) {
    partial p;
    return read_partial(c->rules, text, &p) &&
           holds(c, op == PT_RANGE_UP_TO ? PT_RANGE_LE : op, p, ret_holds);
}

// A pre-release is in only if a clause names one of the same core.
static void close_to_pre_releases(pt_range_case *c) {
    c->in = c->in && (c->opened || !pt_semver_parts(c->rules, c->version).has_pre);
    c->opened = false;
}

static bool npm_alternative(pt_range_case *c, pt_str text) {
    bool read = pt_range_all(c, text.n ? text : PT_STR("*"), npm_clause);
    close_to_pre_releases(c);
    return read;
}

bool pt_range_npm(pt_range_case *c, pt_str range) {
    return pt_range_any(c, range, npm_alternative);
}

// Cargo: a bare version is '^'.
static bool crates_clause(pt_range_case *c, pt_range_op op, pt_str text, bool *ret_holds) {
    partial p;
    if (!read_partial(c->rules, text, &p))
        return false;
    bool bare = op == PT_RANGE_NONE && p.n && pt_str_find(text, '*') == text.n;
    return holds(c, bare ? PT_RANGE_CARET : op, p, ret_holds);
}

static bool crates_alternative(pt_range_case *c, pt_str text) {
    bool read = pt_range_all(c, text, crates_clause);
    close_to_pre_releases(c);
    return read;
}

bool pt_range_crates(pt_range_case *c, pt_str range) {
    return pt_range_any(c, range, crates_alternative);
}

// pub: "any", '^', comparisons; "<2.0.0" has no pre-release of 2.0.0.
static bool pub_clause(pt_range_case *c, pt_range_op op, pt_str text, bool *ret_holds) {
    partial p;
    if (op == PT_RANGE_NONE && pt_str_eq(text, PT_STR("any")))
        return *ret_holds = true;
    if (!c->rules->valid(c->rules, text) || !read_partial(c->rules, text, &p))
        return false;
    p.n = p.n < 3 ? 3 : p.n; // pub knows no partial versions: what is missing is 0
    if (!holds(c, op, p, ret_holds))
        return false;
    pt_semver v = pt_semver_parts(c->rules, c->version);
    if (op == PT_RANGE_LT && v.has_pre && !p.s.has_pre && !pt_semver_cmp_core(v, p.s, SIZE_MAX))
        *ret_holds = false;
    return true;
}

static bool pub_alternative(pt_range_case *c, pt_str text) {
    return pt_range_all(c, text, pub_clause);
}

bool pt_range_pub(pt_range_case *c, pt_str range) {
    return pt_range_any(c, range, pub_alternative);
}

// Hex: comparisons between "and" and "or"; "~> 1.2" keeps 1, "~> 1.2.3" keeps 1.2.
bool pt_range_hex(pt_range_case *c, pt_str range) {
    pt_str rest = range;
    pt_range_op op;
    pt_str text;
    bool all = true;
    bool any = false;
    bool wants = true; // a clause is due
    while (pt_range_take_clause(&rest, &op, &text)) {
        bool is_or = op == PT_RANGE_NONE && pt_str_eq(text, PT_STR("or"));
        bool is_and = op == PT_RANGE_NONE && pt_str_eq(text, PT_STR("and"));
        if ((is_or || is_and) && wants)
            return pt_range_bad(c, text);
        wants = is_or || is_and;
        any = any || (is_or && all);
        all = all || is_or;
        if (wants)
            continue;
        partial p;
        bool in = false;
        if (!read_partial(c->rules, text, &p) || !p.n)
            return pt_range_bad(c, text);
        if (op == PT_RANGE_PESSIMISTIC)
            in = is_series(c, pt_semver_parts(c->rules, c->version), p, p.n < 3 ? 1 : 2);
        else if (!holds(c, op, p, &in))
            return pt_range_bad(c, text);
        all = all && in;
    }
    c->in = any || all;
    return wants ? pt_range_bad(c, range) : true;
}

// NuGet: intervals, or comparisons as advisories write them; a bare version is the least that will
// do, "1.*" a series.
static bool nuget_clause(pt_range_case *c, pt_range_op op, pt_str text, bool *ret_holds) {
    partial p;
    if (!read_partial(c->rules, text, &p))
        return false;
    bool floats = pt_str_find(text, '*') < text.n;
    bool bare = op == PT_RANGE_NONE && !floats;
    p.n = floats || p.n >= 3 ? p.n : 3; // "1.2" is 1.2.0
    return holds(c, bare ? PT_RANGE_GE : op, p, ret_holds);
}

static bool nuget_alternative(pt_range_case *c, pt_str text) {
    return pt_range_all(c, text, nuget_clause);
}

bool pt_range_nuget(pt_range_case *c, pt_str range) {
    char first = pt_vtext_at(pt_str_trim(range), 0);
    return first == '[' || first == '(' ? pt_range_intervals(c, range)
                                        : pt_range_any(c, range, nuget_alternative);
}
