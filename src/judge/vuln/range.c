// What the syntaxes of ranges share.
#include "judge/vuln/vuln_impl.h"

bool pt_range_bad(pt_range_case *c, pt_str text) {
    c->bad = text;
    return false;
}

static const struct {
    pt_str text;
    pt_range_op op;
} operators[] = {
    // the longer before what they begin with
    {PT_STR("==="), PT_RANGE_IDENTICAL}, {PT_STR("=="), PT_RANGE_EQ},
    {PT_STR("!="), PT_RANGE_NE},         {PT_STR("<>"), PT_RANGE_NE},
    {PT_STR("<="), PT_RANGE_LE},         {PT_STR(">="), PT_RANGE_GE},
    {PT_STR("~="), PT_RANGE_COMPATIBLE}, {PT_STR("~>"), PT_RANGE_PESSIMISTIC},
    {PT_STR("="), PT_RANGE_EQ},          {PT_STR("<"), PT_RANGE_LT},
    {PT_STR(">"), PT_RANGE_GT},          {PT_STR("~"), PT_RANGE_TILDE},
    {PT_STR("^"), PT_RANGE_CARET},
};

static void skip_blanks(pt_str *s) {
    pt_vtext_take(s, pt_vtext_run(*s, 0, pt_vtext_blank));
}

static bool of_clause(char c) {
    return !pt_vtext_blank(c) && c != ',';
}

bool pt_range_take_clause(pt_str *rest, pt_range_op *ret_op, pt_str *ret_text) {
    skip_blanks(rest);
    if (pt_vtext_take_prefix(rest, PT_STR(","), false))
        skip_blanks(rest);
    if (!rest->n)
        return false;
    *ret_op = PT_RANGE_NONE;
    for (size_t i = 0; i < PT_COUNT(operators) && *ret_op == PT_RANGE_NONE; i++)
        if (pt_vtext_take_prefix(rest, operators[i].text, false))
            *ret_op = operators[i].op;
    if (*ret_op != PT_RANGE_NONE)
        skip_blanks(rest);
    *ret_text = pt_vtext_take(rest, pt_vtext_run(*rest, 0, of_clause));
    return true;
}

bool pt_range_any(pt_range_case *c, pt_str range, pt_range_fn *alternative) {
    bool in = false;
    for (bool more = true; more;) {
        size_t bar = pt_str_find(range, '|');
        pt_str one = pt_str_trim(pt_vtext_take(&range, bar));
        more = pt_vtext_take_prefix(&range, PT_STR("|"), false);
        pt_vtext_take_prefix(&range, PT_STR("|"), false);
        if (!alternative(c, one))
            return false;
        in = in || c->in;
    }
    c->in = in;
    return true;
}

// Is this the A of "A - B"? Then the B is taken.
static bool take_up_to(pt_str *rest, pt_str *ret_text) {
    pt_str s = *rest;
    skip_blanks(&s);
    if (s.n == rest->n || pt_vtext_at(s, 0) != '-' || !pt_vtext_blank(pt_vtext_at(s, 1)))
        return false;
    pt_vtext_take(&s, 1);
    skip_blanks(&s);
    *ret_text = pt_vtext_take(&s, pt_vtext_run(s, 0, of_clause));
    *rest = s;
    return true;
}

bool pt_range_all(pt_range_case *c, pt_str clauses, pt_range_clause_fn *clause) {
    pt_str rest = clauses;
    pt_range_op op;
    pt_str text;
    pt_str up_to;
    bool in = true;
    bool any = false;
    while (pt_range_take_clause(&rest, &op, &text)) {
        bool holds = false;
        bool below = true;
        bool is_span = op == PT_RANGE_NONE && take_up_to(&rest, &up_to);
        if (!text.n || !clause(c, is_span ? PT_RANGE_GE : op, text, &holds))
            return pt_range_bad(c, text.n ? text : clauses);
        if (is_span && (!up_to.n || !clause(c, PT_RANGE_UP_TO, up_to, &below)))
            return pt_range_bad(c, up_to.n ? up_to : clauses);
        in = in && holds && below;
        any = true;
    }
    c->in = in;
    return any ? true : pt_range_bad(c, clauses);
}

bool pt_range_is_comparison(pt_range_op op) {
    return op == PT_RANGE_NONE || op == PT_RANGE_EQ || op == PT_RANGE_NE || op == PT_RANGE_LT ||
           op == PT_RANGE_LE || op == PT_RANGE_GT || op == PT_RANGE_GE;
}

bool pt_range_holds(pt_range_op op, int order) {
    switch (op) {
    case PT_RANGE_NONE:
    case PT_RANGE_EQ:
        return order == 0;
    case PT_RANGE_NE:
        return order != 0;
    case PT_RANGE_LT:
        return order < 0;
    case PT_RANGE_LE:
        return order <= 0;
    case PT_RANGE_GT:
        return order > 0;
    case PT_RANGE_GE:
        return order >= 0;
    case PT_RANGE_IDENTICAL:
    case PT_RANGE_TILDE:
    case PT_RANGE_COMPATIBLE:
    case PT_RANGE_PESSIMISTIC:
    case PT_RANGE_CARET:
    case PT_RANGE_UP_TO:
        break;
    }
    return false;
}

static bool comparison(pt_range_case *c, pt_range_op op, pt_str text, bool *ret_holds) {
    bool any = op == PT_RANGE_NONE && pt_str_eq(text, PT_STR("*"));
    if (!any && (!pt_range_is_comparison(op) || !c->rules->valid(c->rules, text)))
        return false;
    *ret_holds = any || pt_range_holds(op, c->rules->order(c->rules, c->version, text));
    return true;
}

static bool comparisons(pt_range_case *c, pt_str text) {
    return pt_range_all(c, text, comparison);
}

bool pt_range_comparisons(pt_range_case *c, pt_str range) {
    return pt_range_any(c, range, comparisons);
}

// -- intervals ------------------------------------------------------------------------------------

static bool holds_bound(pt_range_case *c, pt_str bound, pt_range_op op, bool *in) {
    if (bound.n && !c->rules->valid(c->rules, bound))
        return pt_range_bad(c, bound);
    if (bound.n && !pt_range_holds(op, c->rules->order(c->rules, c->version, bound)))
        *in = false;
    return true;
}

// "(1)" is refused by Maven, and found in advisories: it is "[1]".
static bool interval(pt_range_case *c, pt_str *rest) {
    pt_str whole = *rest;
    bool low_in = pt_vtext_at(*rest, 0) == '[';
    if (!low_in && pt_vtext_at(*rest, 0) != '(')
        return pt_range_bad(c, whole);
    size_t end = 1;
    while (end < rest->n && rest->p[end] != ']' && rest->p[end] != ')')
        end++;
    if (end == rest->n)
        return pt_range_bad(c, whole);
    bool high_in = rest->p[end] == ']';
    pt_str body = pt_str_sub(*rest, 1, end);
    *rest = pt_str_sub(*rest, end + 1, rest->n);
    size_t comma = pt_str_find(body, ',');
    pt_str low = pt_str_trim(pt_str_sub(body, 0, comma));
    pt_str high = pt_str_trim(pt_str_sub(body, comma + 1, body.n));
    c->in = true;
    if (comma == body.n)
        return low.n ? holds_bound(c, low, PT_RANGE_EQ, &c->in) : pt_range_bad(c, whole);
    return holds_bound(c, low, low_in ? PT_RANGE_GE : PT_RANGE_GT, &c->in) &&
           holds_bound(c, high, high_in ? PT_RANGE_LE : PT_RANGE_LT, &c->in);
}

bool pt_range_intervals(pt_range_case *c, pt_str range) {
    bool in = false;
    pt_str rest = pt_str_trim(range);
    do {
        skip_blanks(&rest);
        if (!interval(c, &rest))
            return false;
        in = in || c->in;
        skip_blanks(&rest);
    } while (pt_vtext_take_prefix(&rest, PT_STR(","), false));
    c->in = in;
    return rest.n ? pt_range_bad(c, rest) : true;
}

// Maven's dependency specification ("[1,2),[3,)"), or comparisons as advisories write them. A bare
// version is that version: Maven's "soft requirement" is a wish of a build and says nothing here.
bool pt_range_maven(pt_range_case *c, pt_str range) {
    char first = pt_vtext_at(pt_str_trim(range), 0);
    return first == '[' || first == '(' ? pt_range_intervals(c, range)
                                        : pt_range_comparisons(c, range);
}
