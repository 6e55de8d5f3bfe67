// Exceptions of rules: read, checked, and written as a part of the condition.
#include "judge/falco/rules_impl.h"

// -- reading --------------------------------------------------------------------------------------

enum {
    ENTRY_DEPTH_MAX = 2 // a list in a row of values; what is deeper means nothing
};

// What is neither a scalar nor a list is an empty entry, which is as none.
static bool read_entry(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *node,
                       unsigned depth, pt_falco_entry *ret);

// NOLINTNEXTLINE(misc-no-recursion): ENTRY_DEPTH_MAX
static bool read_entries(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *node,
                         unsigned depth, pt_falco_entry *ret) {
    size_t n = pt_len(node->v);
    pt_falco_entry *items = PT_NEW(l->a, pt_falco_entry, n);
    if (!items)
        return pt_falco_no_memory(l);
    for (size_t i = 0; i < n && depth < ENTRY_DEPTH_MAX; i++) {
        pt_falco_node one = pt_falco_item(node, i);
        if (!read_entry(l, about, &one, depth + 1, &items[i]))
            return false;
    }
    *ret = (pt_falco_entry){.is_list = true, .items = items, .n = n};
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): ENTRY_DEPTH_MAX
static bool read_entry(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *node,
                       unsigned depth, pt_falco_entry *ret) {
    if (node->v.tag == PT_ARRAY)
        return read_entries(l, about, node, depth, ret);
    if (pt_falco_scalar(l, node, &ret->item) && !ret->item.n) {
        pt_falco_about at = pt_falco_about_node(l, node, about->type, about->name);
        return pt_falco_refuse(l, PT_LOAD_SHAPE, &at, "Value must be non-empty");
    }
    return true;
}

static bool is_there(const pt_falco_entry *e) {
    return e->is_list || e->item.n > 0;
}

static bool read_values(pt_falco_loader *l, const pt_falco_node *node, pt_falco_exception *ret) {
    if (node->v.tag != PT_ARRAY) {
        pt_falco_about at = pt_falco_about_node(l, node, "exception values", ret->name);
        return pt_falco_refuse(l, PT_LOAD_SHAPE, &at, "Rule exception values must be a sequence");
    }
    for (size_t i = 0; i < pt_len(node->v); i++) {
        pt_falco_node one = pt_falco_item(node, i);
        pt_falco_entry *slot = PT_PUSH(l->a, &ret->values);
        if (!slot)
            return pt_falco_no_memory(l);
        *slot = (pt_falco_entry){0};
        if (!read_entry(l, &ret->about, &one, 0, slot))
            return false;
    }
    return true;
}

static void warn_of_keys(pt_falco_loader *l, const pt_falco_node *node,
                         const pt_falco_exception *x) {
    for (size_t i = 0; i < pt_len(node->v); i++) {
        pt_str key = pt_text(pt_key_at(node->v, i));
        pt_falco_node one = pt_falco_child(node, key);
        pt_falco_about at = pt_falco_about_node(l, &one, "exception", x->name);
        if (!pt_str_in_list(key, PT_STR("name fields comps values"), ' '))
            pt_falco_warn(l, "LOAD_UNKNOWN_KEY", &at, "Unknown key '%.*s'", PT_PRI(key));
    }
}

static bool read_exception(pt_falco_loader *l, const pt_falco_node *node, bool append,
                           pt_falco_exception *ret) {
    ret->about = pt_falco_about_node(l, node, "exception", (pt_str){0});
    if (node->v.tag != PT_OBJECT)
        return pt_falco_refuse(l, PT_LOAD_SHAPE, &ret->about, "Rule exception must be a mapping");
    if (!pt_falco_read_text(l, &ret->about, node, "name", &ret->name))
        return false;
    ret->about.name = ret->name;
    warn_of_keys(l, node, ret);
    pt_falco_node fields = pt_falco_child(node, PT_STR("fields"));
    pt_falco_node comps = pt_falco_child(node, PT_STR("comps"));
    pt_falco_node values = pt_falco_child(node, PT_STR("values"));
    if (!append && !pt_defined(fields.v))
        return pt_falco_refuse(l, PT_LOAD_SHAPE, &ret->about,
                               "Item has no mapping for key 'fields'");
    if (!read_entry(l, &ret->about, &fields, 1, &ret->fields) ||
        !read_entry(l, &ret->about, &comps, 1, &ret->comps))
        return false;
    if (pt_defined(values.v))
        return read_values(l, &values, ret);
    if (append)
        pt_falco_warn(l, "LOAD_APPEND_NO_VALUES", &ret->about,
                      "Overriding/appending exception with no values");
    return true;
}

bool pt_falco_read_exceptions(pt_falco_loader *l, const pt_falco_about *about,
                              const pt_falco_node *item, bool append, pt_falco_exceptions *ret) {
    pt_falco_node all = pt_falco_child(item, PT_STR("exceptions"));
    if (!pt_defined(all.v) || all.v.tag == PT_NULL)
        return true;
    pt_falco_about at = pt_falco_about_node(l, &all, about->type, about->name);
    if (all.v.tag != PT_ARRAY)
        return pt_falco_refuse(l, PT_LOAD_SHAPE, &at, "Rule exceptions must be a sequence");
    for (size_t i = 0; i < pt_len(all.v); i++) {
        pt_falco_node node = pt_falco_item(&all, i);
        pt_falco_exception x = {0};
        if (!read_exception(l, &node, append, &x))
            return false;
        for (size_t k = 0; k < ret->n; k++)
            if (pt_str_eq(ret->v[k].name, x.name)) {
                pt_falco_warn(l, "LOAD_EXCEPTION_NAME_NOT_UNIQUE", &x.about,
                              "Multiple definitions of exception '%.*s' in the same rule",
                              PT_PRI(x.name));
                break;
            }
        pt_falco_exception *slot = PT_PUSH(l->a, ret);
        if (!slot)
            return pt_falco_no_memory(l);
        *slot = x;
    }
    return true;
}

// -- checking -------------------------------------------------------------------------------------

typedef enum comparison {
    COMPARES_NOT, // there is no such one
    COMPARES_ONE,
    COMPARES_LIST, // in, intersects, pmatch, and what has oneof, anyof, allof
} comparison;

static bool takes_quantifier(pt_filter_op op) {
    return !(op >= PT_FILTER_LT && op <= PT_FILTER_GE) && op < PT_FILTER_IN;
}

static comparison comparison_of(pt_str text) {
    pt_str word = {0};
    pt_str second = {0};
    pt_str third = {0};
    if (!pt_str_word(&text, &word))
        return COMPARES_NOT;
    bool quantified = pt_str_word(&text, &second);
    if (pt_str_word(&text, &third))
        return COMPARES_NOT;
    if (pt_str_eqz(word, "exists"))
        return quantified ? COMPARES_NOT : COMPARES_ONE;
    if (pt_str_eqz(word, "=="))
        word = PT_STR("=");
    size_t op = 0;
    while (op < PT_FILTER_COUNT && !pt_str_eqz(word, pt_filter_op_names[op]))
        op++;
    if (op == PT_FILTER_COUNT)
        return COMPARES_NOT;
    if (!quantified)
        return op >= PT_FILTER_IN ? COMPARES_LIST : COMPARES_ONE;
    bool known = pt_str_in_list(second, PT_STR("oneof anyof allof"), ' ');
    return known && takes_quantifier((pt_filter_op)op) ? COMPARES_LIST : COMPARES_NOT;
}

// A field with transformers, as the left side of a condition takes it.
static bool is_field(pt_falco_loader *l, const pt_falco_source *source, pt_str text) {
    const pt_filter *f = NULL;
    pt_falco_checked checked = {0};
    pt_str probe = pt_arena_printf(l->a, "%.*s exists", PT_PRI(text));
    return pt_filter_parse(l->a, probe, &f, NULL) == PT_OK && f->kind == PT_FILTER_EXISTS &&
           pt_falco_check(l->a, source, f, &checked, NULL) == PT_OK;
}

static bool check_field(pt_falco_loader *l, const pt_falco_source *source,
                        const pt_falco_exception *x, pt_str field) {
    if (!source || is_field(l, source, field))
        return true;
    return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about, "'%.*s' is not a supported filter field",
                           PT_PRI(field));
}

static bool check_fields(pt_falco_loader *l, const pt_falco_source *source, pt_falco_exception *x) {
    if (!is_there(&x->comps)) {
        pt_falco_entry *comps = PT_NEW(l->a, pt_falco_entry, x->fields.n);
        if (!comps)
            return pt_falco_no_memory(l);
        for (size_t i = 0; i < x->fields.n; i++)
            comps[i].item = PT_STR("=");
        x->comps = (pt_falco_entry){.is_list = true, .items = comps, .n = x->fields.n};
    }
    if (x->fields.n != x->comps.n)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about,
                               "Fields and comps lists must have equal length");
    for (size_t i = 0; i < x->comps.n; i++)
        if (comparison_of(x->comps.items[i].item) == COMPARES_NOT)
            return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about,
                                   "'%.*s' is not a supported comparison operator",
                                   PT_PRI(x->comps.items[i].item));
    for (size_t i = 0; i < x->fields.n; i++)
        if (!check_field(l, source, x, x->fields.items[i].item))
            return false;
    return true;
}

bool pt_falco_check_exception(pt_falco_loader *l, const pt_falco_source *source,
                              pt_falco_exception *x) {
    if (!is_there(&x->fields))
        return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about,
                               "Rule exception must have fields property with a list of fields");
    if (x->fields.is_list)
        return check_fields(l, source, x);
    if (!is_there(&x->comps))
        x->comps = (pt_falco_entry){.item = PT_STR("in")};
    if (x->comps.is_list)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about,
                               "Fields and comps must both be strings");
    if (comparison_of(x->comps.item) != COMPARES_LIST)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about,
                               "When fields is a single value, comps must be one of (in, pmatch, "
                               "intersects), or compare with oneof, anyof or allof");
    return check_field(l, source, x, x->fields.item);
}

// -- writing --------------------------------------------------------------------------------------

static void put_item(pt_buf *b, pt_str item) {
    bool quote = pt_str_find(item, ' ') < item.n && item.p[0] != '"' && item.p[0] != '\'';
    if (quote)
        pt_buf_putc(b, '"');
    pt_buf_put(b, item);
    if (quote)
        pt_buf_putc(b, '"');
}

static void put_list(pt_buf *b, const pt_falco_entry *items, size_t n) {
    pt_buf_putc(b, '(');
    for (size_t i = 0; i < n; i++) {
        if (i)
            pt_buf_putz(b, ", ");
        put_item(b, items[i].item);
    }
    pt_buf_putc(b, ')');
}

static void put_compared(pt_buf *b, pt_str field, pt_str comp) {
    pt_buf_put(b, field);
    pt_buf_putc(b, ' ');
    pt_buf_put(b, pt_str_trim(comp));
    pt_buf_putc(b, ' ');
}

// One row of values: f1 c1 v1 and f2 c2 v2.
static void put_row(pt_buf *b, const pt_falco_exception *x, const pt_falco_entry *row) {
    pt_buf_putc(b, '(');
    for (size_t i = 0; i < x->fields.n; i++) {
        const pt_falco_entry *value = &row->items[i];
        pt_str comp = x->comps.items[i].item;
        if (i)
            pt_buf_putz(b, " and ");
        put_compared(b, x->fields.items[i].item, comp);
        if (value->is_list)
            put_list(b, value->items, value->n);
        else if (comparison_of(comp) != COMPARES_LIST)
            put_item(b, value->item);
        else if (value->item.n && value->item.p[0] == '(')
            pt_buf_put(b, value->item);
        else
            pt_buf_printf(b, "(%.*s)", PT_PRI(value->item));
    }
    pt_buf_putc(b, ')');
}

static bool put_rows(pt_falco_loader *l, pt_buf *b, const pt_falco_exception *x) {
    for (size_t i = 0; i < x->values.n; i++) {
        if (x->values.v[i].n != x->fields.n || !x->values.v[i].is_list)
            return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about,
                                   "Fields and values lists must have equal length");
        if (i)
            pt_buf_putz(b, " or ");
        put_row(b, x, &x->values.v[i]);
    }
    return true;
}

static bool put_scalars(pt_falco_loader *l, pt_buf *b, const pt_falco_exception *x) {
    for (size_t i = 0; i < x->values.n; i++)
        if (x->values.v[i].is_list)
            return pt_falco_refuse(l, PT_LOAD_MEANING, &x->about,
                                   "Expected values array to contain a list of strings");
    put_compared(b, x->fields.item, x->comps.item);
    put_list(b, x->values.v, x->values.n);
    return true;
}

bool pt_falco_put_exceptions(pt_falco_loader *l, const pt_falco_rule_def *r, pt_str *ret) {
    *ret = r->rule.condition;
    if (!r->exceptions.n)
        return true;
    pt_buf b = PT_BUF(PT_FILTER_BYTES_MAX);
    bool ok = true;
    pt_buf_putc(&b, '(');
    pt_buf_put(&b, r->rule.condition);
    pt_buf_putc(&b, ')');
    for (size_t i = 0; ok && i < r->exceptions.n; i++) {
        const pt_falco_exception *x = &r->exceptions.v[i];
        if (!x->values.n)
            continue;
        pt_buf_putz(&b, " and not (");
        ok = x->fields.is_list ? put_rows(l, &b, x) : put_scalars(l, &b, x);
        pt_buf_putc(&b, ')');
    }
    if (ok && b.full)
        ok = pt_falco_too_much(l, "a condition with more exceptions than can be read");
    if (ok) {
        *ret = pt_arena_str(l->a, pt_buf_str(&b));
        ok = ret->p || pt_falco_no_memory(l);
    }
    pt_buf_done(&b);
    return ok;
}
