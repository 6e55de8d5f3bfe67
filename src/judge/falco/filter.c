// Conditions: how they are joined, and which operator takes what on its right.
#include "judge/falco/filter.h"

#include <string.h>

#include "judge/falco/filter_impl.h"

const char *const pt_filter_op_names[PT_FILTER_COUNT] = {
    "=",        "!=",        "<",         "<=",         ">",           ">=",
    "contains", "icontains", "bcontains", "startswith", "bstartswith", "endswith",
    "glob",     "iglob",     "regex",     "in",         "intersects",  "pmatch",
};

// In the order in which they are tried; of the texts among them a blank must follow.
static const struct {
    const char *word;
    pt_filter_op op;
    pt_filter_side side;
    bool blank_follows;
} operators[] = {
    {"<=", PT_FILTER_LE, PT_SIDE_NUMBER, false},
    {"<", PT_FILTER_LT, PT_SIDE_NUMBER, false},
    {">=", PT_FILTER_GE, PT_SIDE_NUMBER, false},
    {">", PT_FILTER_GT, PT_SIDE_NUMBER, false},
    {"==", PT_FILTER_EQ, PT_SIDE_TEXT, false},
    {"=", PT_FILTER_EQ, PT_SIDE_TEXT, false},
    {"!=", PT_FILTER_NE, PT_SIDE_TEXT, false},
    {"glob", PT_FILTER_GLOB, PT_SIDE_TEXT, true},
    {"iglob", PT_FILTER_IGLOB, PT_SIDE_TEXT, true},
    {"contains", PT_FILTER_CONTAINS, PT_SIDE_TEXT, true},
    {"icontains", PT_FILTER_ICONTAINS, PT_SIDE_TEXT, true},
    {"bcontains", PT_FILTER_BCONTAINS, PT_SIDE_TEXT, true},
    {"startswith", PT_FILTER_STARTSWITH, PT_SIDE_TEXT, true},
    {"bstartswith", PT_FILTER_BSTARTSWITH, PT_SIDE_TEXT, true},
    {"endswith", PT_FILTER_ENDSWITH, PT_SIDE_TEXT, true},
    {"regex", PT_FILTER_REGEX, PT_SIDE_TEXT, true},
    {"intersects", PT_FILTER_INTERSECTS, PT_SIDE_LIST, false},
    {"in", PT_FILTER_IN, PT_SIDE_LIST, false},
    {"pmatch", PT_FILTER_PMATCH, PT_SIDE_LIST, false},
};
#define OPERATORS                                                                                 \
    "'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', 'iglob', 'contains', 'icontains', " \
    "'bcontains', 'startswith', 'bstartswith', 'endswith', 'regex', 'intersects', 'in', 'pmatch'"

static pt_filter *new_filter(pt_filter_parser *p, pt_filter_kind kind, size_t at) {
    pt_filter *f = PT_NEW(p->a, pt_filter, 1);
    if (!f) {
        pt_err_set(p->e, PT_E_NOMEM, "out of memory");
        return NULL;
    }
    f->kind = kind;
    f->at = (uint32_t)at;
    return f;
}

// oneof, anyof, allof: only between blanks, and only if a list follows; else that is a text.
static pt_filter_quantifier take_quantifier(pt_filter_parser *p) {
    static const char *const words[] = {"", "oneof", "anyof", "allof"};
    static_assert(PT_COUNT(words) == PT_QUANT_ALL + 1, "a word each");
    pt_filter_parser before = *p;
    for (size_t i = 1; i < PT_COUNT(words); i++) {
        if (!pt_filter_word_then_blank(p, words[i]))
            continue;
        pt_filter_parser list = *p;
        pt_str name = {0};
        if (pt_filter_is(p, "(") || (pt_filter_identifier(&list, &name) &&
                                     !pt_str_eqz(name, "and") && !pt_str_eqz(name, "or")))
            return (pt_filter_quantifier)i;
        break;
    }
    *p = before;
    return PT_QUANT_NONE;
}

// What stands behind the left side.
static pt_code read_comparison(pt_filter_parser *p, pt_filter *f) {
    pt_filter_blank(p);
    if (pt_filter_take(p, "exists")) {
        f->kind = PT_FILTER_EXISTS;
        return PT_OK;
    }
    for (size_t i = 0; i < PT_COUNT(operators); i++) {
        bool blank = operators[i].blank_follows;
        if (blank ? !pt_filter_word_then_blank(p, operators[i].word)
                  : !pt_filter_take(p, operators[i].word))
            continue;
        blank = pt_filter_blank(p) || blank;
        f->op = operators[i].op;
        if (operators[i].side == PT_SIDE_TEXT && blank)
            f->quantifier = take_quantifier(p);
        return pt_filter_right(p, f->quantifier ? PT_SIDE_LIST : operators[i].side, f);
    }
    return pt_filter_fail(p, "expected a valid check operator: one of %s", OPERATORS);
}

static pt_code read_or(pt_filter_parser *p, const pt_filter **ret);

// Behind an opening parenthesis.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_embedded(pt_filter_parser *p, const pt_filter **ret) {
    pt_code code = pt_filter_deeper(p);
    if (!code)
        code = read_or(p, ret);
    if (code)
        return code;
    p->depth--;
    pt_filter_blank(p);
    return pt_filter_take(p, ")") ? PT_OK : pt_filter_fail(p, "expected a ')' token");
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_check(pt_filter_parser *p, const pt_filter **ret) {
    pt_filter_blank(p);
    if (pt_filter_take(p, "("))
        return read_embedded(p, ret);
    pt_filter *f = new_filter(p, PT_FILTER_COMPARE, p->at);
    if (!f)
        return PT_E_NOMEM;
    *ret = f;
    bool is = false;
    pt_code code = pt_filter_left(p, &f->left, &is);
    if (code)
        return code;
    if (is)
        return read_comparison(p, f);
    f->kind = PT_FILTER_MACRO;
    if (pt_filter_identifier(p, &f->name))
        return PT_OK;
    return pt_filter_fail(p, "expected a '(' token, a field check, or an identifier");
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_not(pt_filter_parser *p, const pt_filter **ret) {
    pt_filter_blank(p);
    size_t at = p->at;
    bool is_not = false;
    const pt_filter *child = NULL;
    while (pt_filter_word_then_blank(p, "not"))
        is_not = !is_not;
    pt_code code;
    if (pt_filter_take(p, "not(")) {
        is_not = !is_not;
        code = read_embedded(p, &child);
    } else {
        code = read_check(p, &child);
    }
    *ret = child;
    if (code || !is_not)
        return code;
    pt_filter *f = new_filter(p, PT_FILTER_NOT, at);
    const pt_filter **kids = f ? PT_NEW(p->a, const pt_filter *, 1) : NULL;
    if (!kids)
        return pt_err_set(p->e, PT_E_NOMEM, "out of memory");
    kids[0] = child;
    f->kids = kids;
    f->n_kids = 1;
    *ret = f;
    return PT_OK;
}

typedef struct joined {
    const char *word;
    pt_filter_kind kind;
    pt_code (*part)(pt_filter_parser *p, const pt_filter **ret);
} joined;

// Parts with `and` or `or` between them; one part stands for itself.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_joined(pt_filter_parser *p, const joined *j, const pt_filter **ret) {
    PT_VEC(const pt_filter *) kids = {0};
    pt_filter_blank(p);
    size_t at = p->at;
    pt_code code = j->part(p, ret);
    const pt_filter *kid = *ret;
    while (!code) {
        const pt_filter **slot = PT_PUSH(p->a, &kids);
        if (!slot)
            return pt_err_set(p->e, PT_E_NOMEM, "out of memory");
        *slot = kid;
        pt_filter_blank(p);
        if (!pt_filter_take(p, j->word))
            break;
        if (pt_filter_blank(p))
            code = j->part(p, &kid);
        else if (pt_filter_take(p, "("))
            code = read_embedded(p, &kid);
        else
            code = pt_filter_fail(p, "expected blank or '(' after '%s'", j->word);
    }
    if (code || kids.n == 1)
        return code;
    pt_filter *f = new_filter(p, j->kind, at);
    if (!f)
        return PT_E_NOMEM;
    f->kids = kids.v;
    f->n_kids = kids.n;
    *ret = f;
    return PT_OK;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_and(pt_filter_parser *p, const pt_filter **ret) {
    return read_joined(p, &(joined){"and", PT_FILTER_AND, read_not}, ret);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_or(pt_filter_parser *p, const pt_filter **ret) {
    return read_joined(p, &(joined){"or", PT_FILTER_OR, read_and}, ret);
}

pt_code pt_filter_parse(pt_arena *a, pt_str text, const pt_filter **ret, pt_err *e) {
    pt_filter_parser p = {.a = a, .in = text, .e = e};
    if (text.n > PT_FILTER_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a condition of more than %zu bytes", PT_FILTER_BYTES_MAX);
    if (!text.n)
        return pt_filter_fail(&p, "filter input string is empty");
    const pt_filter *f = NULL;
    pt_code code = read_or(&p, &f);
    if (code)
        return code;
    if (p.at < text.n)
        return pt_filter_fail(&p, "unexpected token after '%.*s', expecting 'or', 'and'",
                              PT_PRI(p.last));
    *ret = f;
    return PT_OK;
}
