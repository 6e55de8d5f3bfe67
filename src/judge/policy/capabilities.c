#include "judge/policy/capabilities_impl.h"
#include "judge/policy/rego/ast_visit.h"
#include "value/json.h"

typedef PT_VEC(pt_value) values;

static bool has(pt_value names, const char *name) {
    return pt_set_has(names, pt_stringz(name));
}

// -- the file -------------------------------------------------------------------------------------

static pt_code refuse(pt_err *e, const char *what) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "%s", what);
    pt_err_remedy(e, "a file as `opa capabilities --current` prints it");
    return code;
}

// The set of the texts of an array, or of the names of its items; without the member it is empty.
static pt_code read_names(pt_arena *a, pt_value file, const char *member, pt_value *ret,
                          pt_err *e) {
    pt_value from = pt_getz(file, member);
    values all = {0};
    if (pt_defined(from) && pt_tag_of(from) != PT_ARRAY)
        return refuse(e, "builtins, features, future_keywords and allow_net are lists");
    for (size_t i = 0; i < pt_len(from); i++) {
        pt_value item = pt_at(from, i);
        pt_value name = pt_tag_of(item) == PT_OBJECT ? pt_getz(item, "name") : item;
        pt_value *slot = PT_PUSH(a, &all);
        if (pt_tag_of(name) != PT_STRING)
            return refuse(e, "built-ins, features, keywords and hosts have names, which are texts");
        if (slot)
            *slot = name;
    }
    *ret = pt_set_of(a, all.v, all.n);
    return a->full || !pt_defined(*ret) ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

const char *const pt_capabilities_keywords[PT_CAPABILITIES_KEYWORDS] = {
    "contains", "every", "if", "in", "and", "not", "or"};

static bool among(pt_str name, const char *const *v, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(name, v[i]))
            return true;
    return false;
}

static pt_code check_keywords(pt_value keywords, pt_err *e) {
    for (size_t i = 0; i < pt_len(keywords); i++) {
        pt_str name = pt_text(pt_at(keywords, i));
        if (!among(name, pt_capabilities_keywords, PT_CAPABILITIES_KEYWORDS))
            return pt_err_set(e, PT_E_FORMAT, "illegal capabilities: unknown keyword: %.*s",
                              PT_PRI(name));
    }
    return PT_OK;
}

pt_code pt_capabilities_read(pt_arena *a, pt_str text, pt_capabilities *ret, pt_err *e) {
    pt_value file;
    pt_capabilities c = {0};
    pt_code code = pt_json_parse(a, text, NULL, &file, e);
    if (!code && pt_tag_of(file) != PT_OBJECT)
        code = refuse(e, "capabilities are a JSON object");
    if (!code)
        code = read_names(a, file, "builtins", &c.builtins, e);
    if (!code)
        code = read_names(a, file, "features", &c.features, e);
    if (!code)
        code = read_names(a, file, "future_keywords", &c.keywords, e);
    if (!code && pt_defined(pt_getz(file, "allow_net")))
        code = read_names(a, file, "allow_net", &c.hosts, e);
    if (!code)
        code = check_keywords(c.keywords, e);
    if (!code)
        *ret = c;
    return code;
}

// -- syntax ---------------------------------------------------------------------------------------

typedef struct checker {
    const pt_capabilities *c;
    pt_diagnostics *d;
} checker;

bool pt_capabilities_version(const pt_capabilities *c, pt_rego_version v, pt_diagnostics *d) {
    if (!c || v == PT_REGO_V0 || has(c->features, "rego_v1"))
        return true;
    pt_diagnose(d, PT_REGO_PARSE, NULL,
                "illegal capabilities: rego_v1 feature required for parsing v1 Rego");
    return false;
}

// What the parser of OPA says, with the line and a caret.
PT_FORMAT(3, 4) static void refuse_syntax(checker *k, pt_loc loc, const char *fmt, ...) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    size_t before = k->d->v.n;
    va_list ap;
    va_start(ap, fmt);
    pt_buf_vprintf(&b, fmt, ap);
    va_end(ap);
    pt_diagnose(k->d, PT_REGO_PARSE, &loc, "%.*s", PT_PRI(pt_buf_str(&b)));
    if (k->d->v.n == before)
        return;
    pt_str text = loc.source->text;
    size_t from = loc.at;
    while (from > 0 && text.p[from - 1] != '\n')
        from--;
    pt_diagnostic *x = &k->d->v.v[before];
    x->line = pt_str_sub(text, from, from + pt_str_find(pt_str_sub(text, from, text.n), '\n'));
    x->caret = (uint32_t)(loc.at - from);
}

// A step that is written like a name (a.if), where it is a word of the language.
static void check_step(checker *k, const pt_term *t) {
    static const char *const words[] = {"as",    "contains", "default", "else", "every",
                                        "false", "if",       "import",  "in",   "not",
                                        "null",  "package",  "some",    "true", "with"};
    if (t->kind != PT_TERM_CONST || pt_tag_of(t->value) != PT_STRING)
        return;
    pt_str name = pt_text(t->value);
    if (pt_str_eq(name, pt_loc_text(t->loc)) && among(name, words, PT_COUNT(words)))
        refuse_syntax(k, t->loc, "unexpected %.*s keyword: expected identifier", PT_PRI(name));
}

static void check_syntax(void *to, pt_term *t) {
    checker *k = to;
    if (t->kind == PT_TERM_TEMPLATE && !has(k->c->features, "template_strings"))
        refuse_syntax(k, t->loc, "template strings are not supported by current capabilities");
    bool words = t->kind == PT_TERM_REF && !has(k->c->features, "keywords_in_refs");
    for (size_t i = 1; words && i < t->items.n; i++)
        check_step(k, t->items.v[i]);
}

pt_str pt_capabilities_step(const pt_term *path, size_t i) {
    const pt_term *t = path->kind == PT_TERM_REF && i < path->items.n ? path->items.v[i] : NULL;
    if (!t)
        return (pt_str){NULL, 0};
    return t->kind == PT_TERM_VAR     ? t->sym->name
           : t->kind == PT_TERM_CONST ? pt_text(t->value)
                                      : (pt_str){NULL, 0};
}

static bool importable(const checker *k, pt_str keyword) {
    bool old = among(keyword, pt_capabilities_keywords, PT_CAPABILITIES_OLD_KEYWORDS);
    return pt_set_has(k->c->keywords, pt_string(keyword)) ||
           (old && has(k->c->features, "rego_v1"));
}

// future.keywords alone is those that became part of the language.
static void check_keyword(checker *k, const pt_import *i, pt_str keyword) {
    for (size_t n = 0; !keyword.n && n < PT_CAPABILITIES_OLD_KEYWORDS; n++)
        if (!importable(k, pt_str_of(pt_capabilities_keywords[n])))
            keyword = pt_str_of(pt_capabilities_keywords[n]);
    if (keyword.n && !importable(k, keyword))
        refuse_syntax(k, i->path->loc, "unexpected keyword: %.*s is not one of the capabilities",
                      PT_PRI(keyword));
}

static void check_import(checker *k, const pt_import *i) {
    pt_str head = pt_capabilities_step(i->path, 0);
    pt_str next = pt_capabilities_step(i->path, 1);
    if (pt_str_eqz(head, "future") && pt_str_eqz(next, "keywords"))
        check_keyword(k, i, pt_capabilities_step(i->path, 2));
    if (pt_str_eqz(head, "rego") && pt_str_eqz(next, "v1") && !has(k->c->features, "rego_v1") &&
        !has(k->c->features, "rego_v1_import"))
        refuse_syntax(k, i->path->loc,
                      "invalid import, `rego.v1` is not supported by current capabilities");
}

// p.a.b, p[x].b: heads that versions before OPA 0.46 and 0.59 cannot read.
static void check_head(checker *k, const pt_rule *r) {
    bool general = has(k->c->features, "rule_head_refs");
    if (r->ref->kind != PT_TERM_REF || r->ref->items.n < 3 || general ||
        has(k->c->features, "rego_v1"))
        return;
    bool variables = false;
    for (size_t i = 1; i + 1 < r->ref->items.n; i++)
        variables = variables || r->ref->items.v[i]->kind != PT_TERM_CONST;
    if (variables || !has(k->c->features, "rule_head_ref_string_prefixes"))
        pt_diagnose(k->d, PT_REGO_COMPILE, &r->loc, "rule heads with refs are not supported");
}

static void check_module(checker *k, const pt_module *m) {
    const pt_visit w = {.term = check_syntax, .to = k};
    for (size_t i = 0; i < m->imports.n; i++)
        check_import(k, &m->imports.v[i]);
    pt_visit_term(&w, m->package);
    for (size_t i = 0; i < m->rules.n; i++) {
        check_head(k, m->rules.v[i]);
        for (const pt_rule *r = m->rules.v[i]; r; r = r->orelse)
            pt_visit_rule(&w, r);
    }
}

void pt_capabilities_syntax(const pt_capabilities *c, pt_module *const *modules, size_t n,
                            pt_diagnostics *d) {
    checker k = {c, d};
    for (size_t i = 0; c && i < n; i++)
        check_module(&k, modules[i]);
}

void pt_capabilities_query_syntax(const pt_capabilities *c, const pt_body *query,
                                  pt_diagnostics *d) {
    checker k = {c, d};
    for (size_t i = 0; c && i < query->n; i++)
        pt_visit_expr(&(pt_visit){.term = check_syntax, .to = &k}, query->v[i]);
}

// -- calls ----------------------------------------------------------------------------------------

// Names of rules begin with data when they were compiled.
const pt_fn *pt_capabilities_called(const pt_term *op) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 10);
    if (op->kind == PT_TERM_VAR)
        pt_buf_put(&b, op->sym->name);
    for (size_t i = 0; op->kind == PT_TERM_REF && i < op->items.n; i++) {
        pt_buf_putz(&b, i ? "." : "");
        pt_buf_put(&b, pt_capabilities_step(op, i));
    }
    return pt_fn_find(pt_buf_str(&b));
}

// The name of a built-in function that is not listed; else empty.
static pt_str unlisted(const checker *k, const pt_term *op) {
    const pt_fn *fn = pt_capabilities_called(op);
    return fn && !has(k->c->builtins, fn->name) ? pt_str_of(fn->name) : (pt_str){NULL, 0};
}

static void check_call(void *to, pt_term *t) {
    checker *k = to;
    pt_str name = t->kind == PT_TERM_CALL ? unlisted(k, t->items.v[0]) : (pt_str){NULL, 0};
    if (name.n)
        pt_diagnose(k->d, PT_REGO_TYPE, &t->loc, "undefined function %.*s", PT_PRI(name));
}

static void check_with(void *to, pt_expr *e) {
    checker *k = to;
    for (size_t i = 0; i < e->with.n; i++) {
        const pt_term *target = e->with.v[i].target;
        if (unlisted(k, target).n)
            pt_diagnose(k->d, PT_REGO_TYPE, &target->loc,
                        "with keyword target must reference existing input, data, or a function");
        if (unlisted(k, e->with.v[i].value).n)
            pt_diagnose(k->d, PT_REGO_TYPE, &target->loc, "undefined function %.*s",
                        PT_PRI(unlisted(k, e->with.v[i].value)));
    }
}

// A stage before that of undefined functions found something: nothing else is said.
static bool stopped_before(const pt_diagnostics *d) {
    for (size_t i = 0; i < d->v.n; i++)
        if (d->v.v[i].code == PT_REGO_COMPILE || d->v.v[i].code == PT_REGO_PARSE)
            return true;
    return false;
}

// The literals that a stage makes of one share its place and its `with`.
static void drop_repeated(pt_diagnostics *d) {
    size_t kept = 0;
    for (size_t i = 0; i < d->v.n; i++) {
        const pt_diagnostic *x = &d->v.v[i];
        const pt_diagnostic *last = kept ? &d->v.v[kept - 1] : NULL;
        if (!last || last->row != x->row || last->column != x->column ||
            !pt_str_eq(last->file, x->file) || !pt_str_eq(last->message, x->message))
            d->v.v[kept++] = *x;
    }
    d->v.n = kept;
}

// Drop all but undefined functions, if there are any.
static void keep_calls(pt_diagnostics *d, size_t found) {
    size_t kept = 0;
    if (found == d->v.n)
        return;
    for (size_t i = 0; i < d->v.n; i++)
        if (i >= found || pt_str_starts(d->v.v[i].message, PT_STR("undefined function ")))
            d->v.v[kept++] = d->v.v[i];
    d->v.n = kept;
    pt_diagnostics_sort(d);
    drop_repeated(d);
}

static void check_rules(checker *k, const pt_module *m) {
    const pt_visit w = {.term = check_call, .expr = check_with, .to = k};
    for (size_t i = 0; i < m->rules.n; i++)
        for (const pt_rule *r = m->rules.v[i]; r; r = r->orelse)
            pt_visit_rule(&w, r);
}

void pt_capabilities_calls(const pt_capabilities *c, pt_module *const *modules, size_t n,
                           pt_diagnostics *d) {
    checker k = {c, d};
    size_t found = d->v.n;
    if (!c || stopped_before(d))
        return;
    for (size_t i = 0; i < n; i++)
        check_rules(&k, modules[i]);
    keep_calls(d, found);
}

void pt_capabilities_query_calls(const pt_capabilities *c, const pt_body *query,
                                 pt_diagnostics *d) {
    checker k = {c, d};
    size_t found = d->v.n;
    if (!c || stopped_before(d))
        return;
    for (size_t i = 0; i < query->n; i++)
        pt_visit_expr(&(pt_visit){.term = check_call, .expr = check_with, .to = &k}, query->v[i]);
    keep_calls(d, found);
}
