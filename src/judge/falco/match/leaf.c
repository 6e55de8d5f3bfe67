// One comparison: may its operator stand between its sides, and for which events can it be true?
#include <string.h>

#include "judge/falco/match/match_impl.h"

// -- operators and types --------------------------------------------------------------------------
#define OP(o) (UINT32_C(1) << PT_FILTER_##o)
enum {
    EQUALITY = OP(EQ) | OP(NE) | OP(IN) | OP(INTERSECTS),
    ORDER = OP(LT) | OP(LE) | OP(GT) | OP(GE),
};
static const struct {
    uint32_t ops;
    const char *word; // as the field's own messages call what is compared
} kinds[] = {
    [PT_FALCO_STRING] = {EQUALITY | ORDER | OP(CONTAINS) | OP(ICONTAINS) | OP(STARTSWITH) |
                             OP(ENDSWITH) | OP(GLOB) | OP(IGLOB) | OP(REGEX) | OP(PMATCH),
                         "string filters"},
    [PT_FALCO_NUMBER] = {EQUALITY | ORDER, "numeric filters"},
    [PT_FALCO_BOOL] = {EQUALITY, "numeric filters"},
    [PT_FALCO_BUFFER] = {EQUALITY | OP(CONTAINS) | OP(STARTSWITH) | OP(ENDSWITH) | OP(BCONTAINS) |
                             OP(BSTARTSWITH),
                         "buffer filters"},
    [PT_FALCO_ADDRESS] = {EQUALITY, "ip address and network filters"},
    [PT_FALCO_NET] = {EQUALITY, "ip address and network filters"},
    [PT_FALCO_PORT] = {EQUALITY | ORDER, "numeric filters"},
};
static_assert(PT_COUNT(kinds) == PT_FALCO_PORT + 1, "a row each");

static pt_code check_operator(const pt_leaf *leaf, pt_err *e) {
    const char *op = pt_filter_op_names[leaf->op];
    uint32_t bit = UINT32_C(1) << leaf->op;
    if (leaf->left.list) {
        if (leaf->quantifier || !(bit & (OP(IN) | OP(INTERSECTS))))
            return pt_err_set(e, PT_E_FORMAT, "'%s' operator not supported list filters", op);
        return PT_OK;
    }
    if (!(bit & kinds[leaf->left.type].ops))
        return pt_err_set(e, PT_E_FORMAT, "'%s' operator not supported for %s", op,
                          kinds[leaf->left.type].word);
    return PT_OK;
}

// -- a field on the right -------------------------------------------------------------------------
static bool takes_field(const pt_ref *r) {
    return !r->several && !(r->field && (r->field->flags & PT_FIELD_NO_RIGHT)) &&
           r->type != PT_FALCO_NET;
}

static pt_code check_pair(const pt_leaf *leaf, pt_err *e) {
    const pt_ref *l = &leaf->left;
    const pt_ref *r = leaf->field;
    pt_assert(r);
    if (leaf->op == PT_FILTER_PMATCH || leaf->op == PT_FILTER_REGEX || leaf->quantifier)
        return pt_err_set(e, PT_E_FORMAT, "operator '%s' doesn't support right-hand side fields",
                          pt_filter_op_names[leaf->op]);
    if (!takes_field(l))
        return pt_err_set(e, PT_E_FORMAT, "field '%.*s' doesn't support right-hand side fields",
                          PT_PRI(l->text));
    if (!takes_field(r))
        return pt_err_set(e, PT_E_FORMAT, "field '%.*s' can't be used as a right-hand side field",
                          PT_PRI(r->text));
    if (l->type != r->type || l->list != r->list)
        return pt_err_set(e, PT_E_FORMAT,
                          "left and right-hand side fields '%.*s' (%s%s) and '%.*s' (%s%s) have "
                          "incompatible types",
                          PT_PRI(l->text), l->list ? "list of " : "", pt_type_name(l->type),
                          PT_PRI(r->text), r->list ? "list of " : "", pt_type_name(r->type));
    return PT_OK;
}

// -- what is said of literals ---------------------------------------------------------------------
static void warn(pt_arena *a, pt_falco_checked *said, pt_str message) {
    pt_str *slot = PT_PUSH(a, &said->warnings);
    if (slot)
        *slot = message;
}

// "toupper( proc.pname)" where a text is expected.
static bool looks_transformed(pt_str text) {
    for (size_t i = 0; i < PT_TRANSFORMS; i++) {
        pt_str name = pt_str_of(pt_transform_names[i]);
        if (pt_str_starts(text, name) && text.n > name.n && text.p[name.n] == '(')
            return true;
    }
    return pt_str_starts(text, PT_STR("val("));
}

// A pattern that another operator says more cheaply; NULL: none does.
static const char *instead_of(pt_str pattern) {
    bool open = pt_str_starts(pattern, PT_STR(".*"));
    pt_str rest = pt_str_sub(pattern, open ? 2 : 0, pattern.n);
    bool ends = pt_str_ends(rest, PT_STR(".*"));
    rest = pt_str_sub(rest, 0, rest.n - (ends ? 2 : 0));
    if (!rest.n)
        return NULL;
    for (size_t i = 0; i < rest.n; i++)
        if (strchr(".*+?()[]{}|^$\\", rest.p[i]))
            return NULL;
    return open ? (ends ? "contains" : "endswith") : ends ? "startswith" : "=";
}

static void warn_of_text(pt_arena *a, const pt_falco_source *s, const pt_leaf *leaf, pt_str text,
                         pt_falco_checked *said) {
    if (leaf->left.type != PT_FALCO_STRING)
        return;
    bool audit = pt_str_starts(leaf->left.text, PT_STR("ka.")) ||
                 pt_str_starts(leaf->left.text, PT_STR("jevt."));
    if (audit && pt_str_eqz(text, "<NA>"))
        said->unsafe_na = true;
    if (pt_falco_field_named(s, pt_str_trim(text), NULL))
        warn(a, said,
             pt_arena_printf(a, "'%.*s' may be a valid field misused as a const string value",
                             PT_PRI(text)));
    else if (looks_transformed(text))
        warn(a, said,
             pt_arena_printf(
                 a, "'%.*s' may be a valid field transformer misused as a const string value",
                 PT_PRI(text)));
    const char *other = leaf->op == PT_FILTER_REGEX ? instead_of(text) : NULL;
    if (other)
        warn(a, said,
             pt_arena_printf(a, "regex '%.*s' may be replaced by the operator '%s'", PT_PRI(text),
                             other));
}

// -- the right side -------------------------------------------------------------------------------
static bool names_event(const pt_leaf *leaf) {
    bool equals = leaf->op == PT_FILTER_EQ || leaf->op == PT_FILTER_NE ||
                  leaf->op == PT_FILTER_IN || leaf->op == PT_FILTER_INTERSECTS;
    return equals && !leaf->left.n_transforms && leaf->left.field &&
           pt_str_eqz(leaf->left.text, "evt.type");
}

static pt_code check_text(pt_resolver *r, const pt_leaf *leaf, pt_str text, pt_operand *ret) {
    if (names_event(leaf) && pt_event_named(text) == PT_EVENT_UNKNOWN) {
        r->unknown = true;
        return pt_err_set(r->e, PT_E_FORMAT, "unknown event type '%.*s'", PT_PRI(text));
    }
    struct pt_re2 *regex;
    pt_code code = pt_literal(r->a, &leaf->left, leaf->op, text, ret, r->e);
    return !code && leaf->op == PT_FILTER_REGEX ? pt_regex_make(r, text, true, &regex) : code;
}

static pt_code check_right(pt_resolver *r, const pt_filter *f, pt_leaf *ret,
                           pt_falco_checked *said) {
    bool field = f->n_right == 1 && (f->right[0].is_field || f->right[0].n_transforms);
    if (field) {
        pt_ref *right = PT_NEW(r->a, pt_ref, 1);
        pt_code code = right ? pt_ref_resolve(r, &f->right[0], right)
                             : pt_err_set(r->e, PT_E_NOMEM, "out of memory");
        ret->field = right;
        return code ? code : check_pair(ret, r->e);
    }
    pt_operand *right = PT_NEW(r->a, pt_operand, f->n_right);
    pt_str *texts = PT_NEW(r->a, pt_str, f->n_right);
    if (!right || !texts)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; i < f->n_right; i++) {
        texts[i] = f->right[i].text;
        pt_code code = check_text(r, ret, texts[i], &right[i]);
        if (code) {
            if (r->e)
                r->e->offset = f->right[i].at;
            return code;
        }
        warn_of_text(r->a, r->source, ret, texts[i], said);
    }
    ret->right = right;
    ret->texts = texts;
    ret->n_right = f->n_right;
    return PT_OK;
}

static void note_deprecated(pt_arena *a, const pt_ref *ref, pt_falco_checked *said) {
    if (!ref->field || !(ref->field->flags & PT_FIELD_DEPRECATED))
        return;
    pt_str *slot = PT_PUSH(a, &said->deprecated);
    if (slot)
        *slot = pt_str_of(ref->field->name);
}

pt_code pt_leaf_check(pt_resolver *r, const pt_filter *f, pt_leaf *ret, pt_falco_checked *said) {
    *ret =
        (pt_leaf){.exists = f->kind == PT_FILTER_EXISTS, .op = f->op, .quantifier = f->quantifier};
    pt_code code = pt_ref_resolve(r, &f->left, &ret->left);
    if (code)
        return code;
    note_deprecated(r->a, &ret->left, said);
    if (ret->exists)
        return PT_OK;
    code = check_operator(ret, r->e);
    if (!code)
        code = check_right(r, f, ret, said);
    if (!code && ret->field)
        note_deprecated(r->a, ret->field, said);
    if (code && r->e && !r->e->offset)
        r->e->offset = f->at;
    return code;
}

// -- events ---------------------------------------------------------------------------------------
static void add_where(pt_event_set *to, const pt_event_set *all) {
    for (size_t i = 0; i < PT_COUNT(to->bits); i++)
        to->bits[i] |= all->bits[i];
}

// What is no system call's is an entry of another source, or told by the sensor.
static void all_types(pt_event_set *ret, const pt_falco_source *s) {
    *ret = (pt_event_set){0};
    pt_event_set_add(ret, PT_EVENT_ASYNC);
    if (s != &pt_falco_syscall) {
        pt_event_set_add(ret, PT_EVENT_PLUGIN);
        return;
    }
    for (unsigned t = 0; t < PT_EVENT_TYPES; t++)
        if (t != PT_EVENT_PLUGIN && pt_event_name((pt_event_type)t))
            pt_event_set_add(ret, (pt_event_type)t);
}

// evt.num counts from 1: to compare it with 0 is how rules say "never".
static bool of_number(const pt_leaf *leaf, pt_leaf_types *ret, const pt_event_set *all) {
    const pt_ref *l = &leaf->left;
    bool zero = l->field && pt_str_eqz(l->text, "evt.num") && !l->n_transforms && !leaf->exists &&
                !leaf->field && leaf->n_right == 1 && leaf->right[0].v.number == 0;
    if (zero && leaf->op == PT_FILTER_EQ)
        ret->no = *all;
    else if (zero && leaf->op == PT_FILTER_NE)
        ret->yes = *all;
    else
        return false;
    ret->decided = true;
    return true;
}

// Ask the comparison about an event of each type.
static void of_types(const pt_leaf *leaf, pt_leaf_types *ret, const pt_event_set *all) {
    pt_arena a = {0};
    pt_regexes regexes = {0};
    pt_resolver resolver = {.a = &a, .regexes = &regexes};
    pt_test test;
    if (!leaf->exists && pt_test_make(&resolver, leaf, &test)) {
        pt_regexes_free(&regexes);
        pt_arena_done(&a);
        return;
    }
    const pt_falco_context nothing = {0};
    const pt_falco_field *field = leaf->left.field;
    for (unsigned i = 0; i < PT_EVENT_TYPES; i++) {
        pt_event_type t = (pt_event_type)i;
        if (!pt_event_set_has(all, t) || t == PT_EVENT_ASYNC)
            continue;
        pt_event ev = {.type = t};
        pt_falco_look look = {.scratch = &a,
                              .field = field,
                              .ev = &ev,
                              .context = &nothing,
                              .argument = leaf->left.argument,
                              .index = leaf->left.index};
        pt_falco_values v = field->get(&look, field->what);
        bool is = v.n && (leaf->exists || test.one(&test, &a, v.v[0]));
        pt_event_set_add(is ? &ret->yes : &ret->no, t);
    }
    pt_event_set_add(&ret->yes, PT_EVENT_ASYNC);
    pt_event_set_add(&ret->no, PT_EVENT_ASYNC);
    ret->decided = true;
    pt_regexes_free(&regexes);
    pt_arena_done(&a);
}

void pt_leaf_types_of(const pt_falco_source *s, const pt_leaf *leaf, pt_leaf_types *ret) {
    const pt_falco_field *field = leaf->left.field;
    pt_event_set all;
    *ret = (pt_leaf_types){0};
    all_types(&all, s);
    if (of_number(leaf, ret, &all))
        return;
    if (field && (field->flags & PT_FIELD_BY_TYPE) && !leaf->left.n_transforms && !leaf->field)
        of_types(leaf, ret, &all);
    if (ret->decided)
        return;
    add_where(&ret->yes, &all);
    add_where(&ret->no, &all);
}
