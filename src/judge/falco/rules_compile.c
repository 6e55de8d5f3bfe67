// All that was read, made into rules: their texts are put together, parsed, and checked against the
// fields of their source.
#include "judge/falco/rules_impl.h"

bool pt_falco_parse(pt_falco_loader *l, const pt_falco_condition *c, const pt_filter **ret) {
    pt_err e = {0};
    pt_falco_about about = *c->about;
    pt_code code = pt_filter_parse(l->a, c->text, ret, &e);
    if (code == PT_E_NOMEM)
        return pt_falco_no_memory(l);
    if (!code)
        return true;
    pt_falco_point_at_fault(l, c->pieces, c->written, &about);
    return pt_falco_refuse(l, PT_LOAD_CONDITION, &about, "%s", e.what);
}

// -- outputs --------------------------------------------------------------------------------------

static bool has_tag(const pt_falco_rule_def *r, pt_str tag) {
    for (size_t i = 0; i < r->tags.n; i++)
        if (pt_str_eq(r->tags.v[i], tag))
            return true;
    return false;
}

static bool goes_to(const struct pt_falco_append *x, const pt_falco_rule_def *r) {
    if ((x->rule.n && !pt_str_eq(x->rule, r->rule.name)) ||
        (x->source.n && !pt_str_eq(x->source, r->rule.source)))
        return false;
    for (size_t i = 0; i < x->n_tags; i++)
        if (!has_tag(r, x->tags[i]))
            return false;
    return true;
}

static const char container_info[] = "%container.info";

// The text without what stood for the container's fields before they came by themselves.
static void put_output(pt_buf *b, pt_str text) {
    for (;;) {
        size_t at = pt_str_find_str(text, pt_str_of(container_info));
        pt_buf_put(b, pt_str_sub(text, 0, at));
        if (at == text.n)
            return;
        text = pt_str_sub(text, at + sizeof container_info - 1, text.n);
    }
}

static bool compile_output(pt_falco_loader *l, pt_falco_rule_def *r) {
    pt_buf b = PT_BUF(PT_FILTER_BYTES_MAX);
    bool old = pt_str_has(r->rule.output, pt_str_of(container_info));
    put_output(&b, r->rule.output);
    for (size_t i = 0; i < l->o->n_appends; i++) {
        const struct pt_falco_append *x = &l->o->appends[i];
        if (!goes_to(x, r))
            continue;
        old = old || pt_str_has(x->output, pt_str_of(container_info));
        pt_buf_putc(&b, ' ');
        put_output(&b, x->output);
    }
    bool fits = !b.full;
    if (fits)
        r->rule.compiled_output = pt_arena_str(l->a, pt_buf_str(&b));
    pt_buf_done(&b);
    if (!fits)
        return pt_falco_too_much(l, "an output that is too long");
    if (old)
        pt_falco_warn(l, "LOAD_DEPRECATED_ITEM", &r->about,
                      "%%container.info is deprecated and no more useful, and will be dropped by "
                      "Falco 1.0.0. The container plugin will automatically add required fields to "
                      "the output message.");
    return r->rule.compiled_output.p || pt_falco_no_memory(l);
}

// -- rules ----------------------------------------------------------------------------------------

// What the check of a condition or of an output found wrong: the rule is skipped, or refused.
static bool refuse_check(pt_falco_loader *l, pt_falco_rule_def *r, const pt_falco_about *about,
                         bool unknown_field, const pt_err *e) {
    bool output = about == &r->about;
    if (e->code == PT_E_NOMEM)
        return pt_falco_no_memory(l);
    if (!unknown_field || !r->rule.skip_if_unknown_filter)
        return pt_falco_refuse(l, output ? PT_LOAD_OUTPUT : PT_LOAD_CONDITION, about, "%s",
                               e->what);
    pt_falco_warn(l, "LOAD_UNKNOWN_FILTER", about, "%s", e->what);
    r->skipped = true;
    return true;
}

static void warn_of_deprecated(pt_falco_loader *l, const pt_falco_rule_def *r,
                               const pt_falco_checked *c, const char *where) {
    for (size_t i = 0; i < c->deprecated.n; i++)
        pt_falco_warn(l, "LOAD_DEPRECATED_ITEM", &r->about,
                      "usage of deprecated field '%.*s' has been detected in the rule %s",
                      PT_PRI(c->deprecated.v[i]), where);
}

static bool check_output(pt_falco_loader *l, const pt_falco_source *s, pt_falco_rule_def *r) {
    pt_falco_checked c = {0};
    pt_err e = {0};
    if (pt_falco_check_output(l->a, s, r->rule.compiled_output, &c, &e))
        return refuse_check(l, r, &r->about, c.unknown_field, &e);
    warn_of_deprecated(l, r, &c, "output");
    return true;
}

typedef struct checker {
    pt_falco_loader *l;
    const pt_falco_source *source;
} checker;

// By itself, or as what the macro says.
static bool is_refused(void *context, const pt_filter *part) {
    const checker *by = context;
    pt_falco_checked c = {0};
    const pt_falco_macro_def *m = NULL;
    if (part->kind == PT_FILTER_MACRO)
        m = pt_falco_find(&by->l->macros, part->name);
    return pt_falco_check(by->l->a, by->source, m ? m->resolved : part, &c, NULL) != PT_OK;
}

static bool check_condition(pt_falco_loader *l, const pt_falco_source *s, pt_falco_rule_def *r,
                            const pt_filter *parsed) {
    pt_falco_checked c = {0};
    pt_err e = {0};
    if (pt_falco_check(l->a, s, r->rule.filter, &c, &e)) {
        pt_falco_about at = r->about;
        checker by = {l, s};
        size_t n = pt_falco_find_part(parsed, is_refused, &by);
        pt_falco_point_at_part(l, &r->pieces, r->rule.condition, n, &at);
        return refuse_check(l, r, &at, c.unknown_field, &e);
    }
    for (size_t i = 0; i < c.warnings.n; i++) {
        bool unsafe = pt_str_has(c.warnings.v[i], PT_STR("<NA>"));
        pt_falco_warn(l, unsafe ? "LOAD_UNSAFE_NA_CHECK" : "LOAD_COMPILE_CONDITION", &r->about,
                      "%.*s", PT_PRI(c.warnings.v[i]));
    }
    warn_of_deprecated(l, r, &c, "condition");
    if (c.all_types && r->rule.warn_event_types && pt_str_eqz(r->rule.source, "syscall"))
        pt_falco_warn(l, "LOAD_NO_EVTTYPE", &r->about,
                      "Rule matches too many evt.type values. This has a significant performance "
                      "penalty.");
    return true;
}

static bool compile_rule(pt_falco_loader *l, pt_falco_rule_def *r) {
    const pt_falco_source *s = pt_falco_source_named(l->o->sources, r->rule.source);
    pt_falco_condition c = {&r->about, &r->pieces, r->rule.condition, {0}};
    const pt_filter *parsed = NULL;
    pt_falco_macro_def whole = {0};
    r->skipped = false;
    if (!pt_falco_put_exceptions(l, r, &c.text) || !compile_output(l, r) || !check_output(l, s, r))
        return false;
    if (r->skipped)
        return true;
    if (!pt_falco_put_lists(l, c.text, &c.text) || !pt_falco_parse(l, &c, &parsed) ||
        !pt_falco_put_macros(l, &c, UINT32_MAX, parsed, &whole))
        return false;
    r->rule.filter = whole.resolved;
    return check_condition(l, s, r, parsed);
}

static void warn_of_unused(pt_falco_loader *l) {
    for (size_t i = 0; i < l->macros.all.n; i++) {
        const pt_falco_macro_def *m = l->macros.all.v[i];
        if (!m->used)
            pt_falco_warn(l, "LOAD_UNUSED_MACRO", &m->about,
                          "Macro not referred to by any other rule/macro");
    }
    for (size_t i = 0; i < l->lists.all.n; i++) {
        const pt_falco_list_def *list = l->lists.all.v[i];
        if (!list->used)
            pt_falco_warn(l, "LOAD_UNUSED_LIST", &list->about,
                          "List not referred to by any other rule/macro");
    }
}

static bool compile(pt_falco_loader *l) {
    l->text_bytes = 0;
    l->nodes = 0;
    l->searched = 0;
    if (!pt_falco_expand_lists(l) || !pt_falco_resolve_macros(l))
        return false;
    for (size_t i = 0; i < l->rules.all.n; i++) {
        pt_falco_rule_def *r = l->rules.all.v[i];
        if (!r->unknown_source && !compile_rule(l, r))
            return false;
    }
    warn_of_unused(l);
    return !l->code;
}

bool pt_falco_compile_all(pt_falco_loader *l) {
    pt_falco_says before = l->compile_warnings;
    l->compile_warnings = (pt_falco_says){0};
    l->warn_to = &l->compile_warnings;
    bool ok = compile(l);
    l->warn_to = &l->warnings;
    if (!ok) // what was said of the files before this one stands
        l->compile_warnings = before;
    return ok;
}
