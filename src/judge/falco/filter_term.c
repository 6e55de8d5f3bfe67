// What stands on the sides of an operator: fields, transformers, texts, numbers, lists.
#include <string.h>

#include "judge/falco/filter_impl.h"

// Transformers, and how many operands those have that take several.
typedef enum shape {
    SHAPE_ONE,    // f(x)
    SHAPE_JOIN,   // join(separator, (a, b)) or join(separator, field)
    SHAPE_CONCAT, // concat(a, b, …)
    SHAPE_GETOPT, // getopt(arguments, "ab:"), and behind it maybe [a]
} shape;

typedef struct transformer {
    const char *opens; // with its parenthesis: nothing may stand between
    shape shape;
} transformer;

static const transformer transformers[] = {
    {"tolower(", SHAPE_ONE},   {"toupper(", SHAPE_ONE},   {"b64(", SHAPE_ONE},
    {"basename(", SHAPE_ONE},  {"len(", SHAPE_ONE},       {"join(", SHAPE_JOIN},
    {"concat(", SHAPE_CONCAT}, {"getopt(", SHAPE_GETOPT},
};
#define TRANSFORMERS \
    "'val', 'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'"

typedef PT_VEC(pt_filter_transform) transform_vec;
typedef PT_VEC(pt_filter_term) term_vec;

static pt_code out_of_memory(pt_filter_parser *p) {
    return pt_err_set(p->e, PT_E_NOMEM, "out of memory");
}

static const transformer *take_transformer(pt_filter_parser *p) {
    for (size_t i = 0; i < PT_COUNT(transformers); i++)
        if (pt_filter_take(p, transformers[i].opens))
            return &transformers[i];
    return NULL;
}

// [argument], if it stands here.
static pt_code read_argument(pt_filter_parser *p, pt_str *ret, bool *ret_is) {
    *ret_is = false;
    if (!pt_filter_take(p, "["))
        return PT_OK;
    bool quoted = false;
    pt_code code = pt_filter_quoted(p, ret, &quoted);
    if (code)
        return code;
    if (!quoted && !pt_filter_bare_argument(p, ret))
        return pt_filter_fail(p,
                              "expected a valid field argument: a quoted string or a bare string");
    if (!pt_filter_take(p, "]"))
        return pt_filter_fail(p, "expected a ']' token");
    *ret_is = true;
    return PT_OK;
}

static pt_code read_field(pt_filter_parser *p, pt_filter_term *ret, bool *ret_is) {
    size_t at = p->at;
    *ret_is = pt_filter_field_name(p, &ret->text);
    if (!*ret_is)
        return PT_OK;
    ret->is_field = true;
    ret->at = (uint32_t)at;
    return read_argument(p, &ret->argument, &ret->has_argument);
}

static pt_code close_call(pt_filter_parser *p) {
    pt_filter_blank(p);
    if (!pt_filter_take(p, ")"))
        return pt_filter_fail(p, "expected a ')' token closing the transformer");
    return PT_OK;
}

static pt_code read_call(pt_filter_parser *p, const transformer *of, pt_filter_term *ret,
                         transform_vec *v);

// A field, or a transformer of one. *ret_is false: neither.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_field_or_call(pt_filter_parser *p, pt_filter_term *ret, transform_vec *v,
                                  bool *ret_is) {
    const transformer *of = take_transformer(p);
    *ret_is = of != NULL;
    return of ? read_call(p, of, ret, v) : read_field(p, ret, ret_is);
}

static void put_transforms(pt_filter_term *t, const transform_vec *v) {
    t->transforms = v->v;
    t->n_transforms = v->n;
}

// An operand of a transformer that takes several: a field, a transformer, a quoted text, a number.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_operand(pt_filter_parser *p, pt_filter_term *ret, transform_vec *v) {
    pt_filter_blank(p);
    ret->at = (uint32_t)p->at;
    bool is = false;
    pt_code code = read_field_or_call(p, ret, v, &is);
    if (code || is)
        return code;
    code = pt_filter_quoted(p, &ret->text, &ret->quoted);
    if (code || ret->quoted || pt_filter_number(p, &ret->text))
        return code;
    return pt_filter_fail(p, "expected a field, a transformer, a quoted string or a number");
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code push_operand(pt_filter_parser *p, term_vec *to) {
    pt_filter_term t = {0};
    transform_vec v = {0};
    pt_code code = read_operand(p, &t, &v);
    if (code)
        return code;
    put_transforms(&t, &v);
    pt_filter_term *slot = PT_PUSH(p->a, to);
    if (!slot)
        return out_of_memory(p);
    *slot = t;
    return PT_OK;
}

// Operands with commas between them, until what is no comma.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code push_operands(pt_filter_parser *p, term_vec *to) {
    pt_code code;
    do {
        code = push_operand(p, to);
        pt_filter_blank(p);
    } while (!code && pt_filter_take(p, ","));
    return code;
}

static pt_code need_comma(pt_filter_parser *p, const char *name) {
    pt_filter_blank(p);
    if (!pt_filter_take(p, ","))
        return pt_filter_fail(p, "expected a ',' token: %s() takes more than one argument", name);
    return PT_OK;
}

// join's: (a, b), or one field.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_joined(pt_filter_parser *p, pt_filter_transform *t, term_vec *to) {
    pt_filter_blank(p);
    t->listed = pt_filter_take(p, "(");
    if (!t->listed)
        return push_operand(p, to);
    pt_filter_blank(p);
    if (pt_filter_take(p, ")"))
        return PT_OK;
    pt_code code = push_operands(p, to);
    if (!code && !pt_filter_take(p, ")"))
        return pt_filter_fail(p, "expected a ')' token");
    return code;
}

// What stands behind the first operand of a transformer that takes several.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_more(pt_filter_parser *p, shape of, pt_filter_transform *t) {
    static const char *const names[] = {"", "join", "concat", "getopt"};
    term_vec operands = {0};
    pt_code code = need_comma(p, names[of]);
    if (code)
        return code;
    if (of == SHAPE_JOIN)
        code = read_joined(p, t, &operands);
    else if (of == SHAPE_CONCAT)
        code = push_operands(p, &operands);
    else
        code = push_operand(p, &operands);
    t->operands = operands.v;
    t->n_operands = operands.n;
    return code;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_first(pt_filter_parser *p, shape of, pt_filter_term *ret, transform_vec *v) {
    pt_filter_blank(p);
    if (of != SHAPE_ONE)
        return read_operand(p, ret, v);
    bool is = false;
    pt_code code = read_field_or_call(p, ret, v, &is);
    if (!code && !is)
        return pt_filter_fail(p, "expected a field or a nested valid transformer: %s",
                              TRANSFORMERS);
    return code;
}

// Behind the parenthesis that opens it. Inner transformers come into `v` before outer ones.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code read_call(pt_filter_parser *p, const transformer *of, pt_filter_term *ret,
                         transform_vec *v) {
    pt_filter_transform t = {.name = {of->opens, strlen(of->opens) - 1}};
    pt_code code = pt_filter_deeper(p);
    if (!code)
        code = read_first(p, of->shape, ret, v);
    if (!code && of->shape != SHAPE_ONE)
        code = read_more(p, of->shape, &t);
    if (!code)
        code = close_call(p);
    if (!code && of->shape == SHAPE_GETOPT)
        code = read_argument(p, &t.argument, &t.has_argument);
    if (code)
        return code;
    p->depth--;
    pt_filter_transform *slot = PT_PUSH(p->a, v);
    if (!slot)
        return out_of_memory(p);
    *slot = t;
    return PT_OK;
}

pt_code pt_filter_left(pt_filter_parser *p, pt_filter_term *ret, bool *ret_is) {
    pt_filter_term t = {.at = (uint32_t)p->at};
    transform_vec v = {0};
    size_t at = p->at;
    pt_code code = read_field_or_call(p, &t, &v, ret_is);
    if (code || !*ret_is)
        return code;
    put_transforms(&t, &v);
    t.at = (uint32_t)at;
    *ret = t;
    return PT_OK;
}

// val(field)
static pt_code read_val(pt_filter_parser *p, pt_filter_term *ret) {
    pt_filter_blank(p);
    bool is = false;
    pt_code code = read_field(p, ret, &is);
    if (!code && !is)
        return pt_filter_fail(p, "expected a field within 'val' transformer");
    return code ? code : close_call(p);
}

// A field on the right, which only a transformer makes one: `a.b = c.d` compares with a text.
static pt_code right_field(pt_filter_parser *p, pt_filter_term *ret, bool *ret_is) {
    pt_filter_term t = {0};
    size_t at = p->at;
    pt_code code;
    *ret_is = pt_filter_take(p, "val(");
    if (*ret_is) {
        code = read_val(p, &t);
    } else {
        const transformer *of = take_transformer(p);
        transform_vec v = {0};
        *ret_is = of != NULL;
        code = of ? read_call(p, of, &t, &v) : PT_OK;
        put_transforms(&t, &v);
    }
    if (code || !*ret_is)
        return code;
    t.at = (uint32_t)at;
    *ret = t;
    return PT_OK;
}

static pt_code read_text(pt_filter_parser *p, pt_filter_term *ret, bool *ret_is) {
    ret->at = (uint32_t)p->at;
    pt_code code = pt_filter_quoted(p, &ret->text, &ret->quoted);
    *ret_is = ret->quoted || (!code && pt_filter_bare(p, &ret->text));
    return code;
}

// Behind its parenthesis: texts, never fields.
static pt_code read_list(pt_filter_parser *p, pt_filter *f) {
    term_vec items = {0};
    f->list = true;
    pt_filter_blank(p);
    if (pt_filter_take(p, ")"))
        return PT_OK;
    do {
        pt_filter_term t = {0};
        bool is = false;
        pt_filter_blank(p);
        pt_code code = read_text(p, &t, &is);
        if (code)
            return code;
        if (!is)
            return pt_filter_fail(p, "expected a string value");
        pt_filter_term *slot = PT_PUSH(p->a, &items);
        if (!slot)
            return out_of_memory(p);
        *slot = t;
        pt_filter_blank(p);
    } while (pt_filter_take(p, ","));
    if (!pt_filter_take(p, ")"))
        return pt_filter_fail(p, "expected a ')' token");
    f->right = items.v;
    f->n_right = items.n;
    return PT_OK;
}

static pt_code read_literal(pt_filter_parser *p, pt_filter_side side, pt_filter_term *ret) {
    bool is = false;
    pt_code code = PT_OK;
    ret->at = (uint32_t)p->at;
    switch (side) {
    case PT_SIDE_NUMBER:
        return pt_filter_number(p, &ret->text)
                   ? PT_OK
                   : pt_filter_fail(
                         p, "expected a number value or a field with a valid transformer: %s",
                         TRANSFORMERS);
    case PT_SIDE_TEXT:
        code = read_text(p, ret, &is);
        return code || is
                   ? code
                   : pt_filter_fail(
                         p, "expected a string value or a field with a valid transformer: %s",
                         TRANSFORMERS);
    case PT_SIDE_LIST:
        break;
    }
    return pt_filter_identifier(p, &ret->text)
               ? PT_OK
               : pt_filter_fail(p,
                                "expected a list, an identifier, or a field with a valid "
                                "transformer: %s",
                                TRANSFORMERS);
}

pt_code pt_filter_right(pt_filter_parser *p, pt_filter_side side, pt_filter *f) {
    pt_filter_blank(p);
    if (side == PT_SIDE_LIST && pt_filter_take(p, "("))
        return read_list(p, f);
    pt_filter_term t = {0};
    bool is = false;
    pt_code code = right_field(p, &t, &is);
    if (!code && !is)
        code = read_literal(p, side, &t);
    if (code)
        return code;
    pt_filter_term *right = PT_NEW(p->a, pt_filter_term, 1);
    if (!right)
        return out_of_memory(p);
    *right = t;
    f->right = right;
    f->n_right = 1;
    return PT_OK;
}
