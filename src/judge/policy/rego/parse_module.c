// Modules, queries and terms: what the statements make together.
#include "judge/policy/rego/parse_impl.h"

// -- rules without a body -------------------------------------------------------------------------

// `p if { … }` without the import is `p`, and a rule named `if`.
static const char *head_keyword(const pt_stmt *s) {
    static const char *const words[] = {"if", "contains"};
    const pt_term *t = NULL;
    if (s->kind == PT_STMT_RULE)
        t = s->rule->ref;
    else if (s->kind == PT_STMT_BODY && s->body.n == 1 && s->body.v[0]->kind == PT_EXPR_TERM)
        t = s->body.v[0]->term;
    for (size_t i = 0; i < PT_COUNT(words) && t && t->kind == PT_TERM_VAR; i++) {
        if (pt_str_eqz(t->sym->name, words[i]))
            return words[i];
    }
    return NULL;
}

static const char *missing_keyword(const pt_parser *p, const pt_module *m, size_t i) {
    if (m->version != PT_REGO_V0)
        return NULL;
    const pt_stmt *s = &p->stmts.v[i];
    const char *word = head_keyword(s);
    if (!word && i + 1 < p->stmts.n && s[1].loc.row == s->loc.row)
        word = head_keyword(&s[1]);
    return word;
}

static void add_rule(pt_parser *p, pt_module *m, pt_rule *r) {
    pt_rule **slot = PT_PUSH(p->arena, &m->rules);
    if (slot)
        *slot = r;
    else
        p->full = true;
    for (; r; r = r->orelse)
        r->module = m;
}

static void add_body(pt_parser *p, pt_module *m, size_t i, pt_diagnostics *d) {
    const pt_stmt *s = &p->stmts.v[i];
    pt_str why = {NULL, 0};
    pt_rule *r = pt_rule_of_body(p, &s->body, &why);
    if (r) {
        add_rule(p, m, r);
        return;
    }
    const char *word = missing_keyword(p, m, i);
    pt_diagnose(d, PT_REGO_PARSE, &s->loc, "%.*s", PT_PRI(why));
    if (word)
        pt_diagnose_hint(d, "`import future.keywords.%s` for `%s` rules", word,
                         word[0] == 'i' ? "p if { ... }" : "p contains x");
}

// -- what v1 asks of every rule -------------------------------------------------------------------

static void check_v1(const pt_rule *r, pt_diagnostics *d) {
    const char *kind = r->function ? "function" : "rule";
    const pt_term *name = r->ref;
    if (name->kind == PT_TERM_VAR && pt_keyword_name(name->sym->name, PT_REGO_V1))
        pt_diagnose(d, PT_REGO_PARSE, &r->loc, "%.*s keyword cannot be used for rule name",
                    PT_PRI(name->sym->name));
    if (r->bodiless && r->value_made && !r->is_default)
        pt_diagnose(d, PT_REGO_PARSE, &r->loc,
                    "%s must have value assignment and/or body declaration", kind);
    if (!r->bodiless && !r->with_if && !r->is_default)
        pt_diagnose(d, PT_REGO_PARSE, &r->loc, "`if` keyword is required before %s body", kind);
    if (!r->value && !r->contains)
        pt_diagnose(d, PT_REGO_PARSE, &r->loc,
                    "`contains` keyword is required for partial set rules");
}

// -- modules --------------------------------------------------------------------------------------

static bool rego_import(const pt_import *imp) {
    const pt_term *t = imp->path;
    return t->kind == PT_TERM_REF && t->items.n == 2 && t->items.v[0]->kind == PT_TERM_VAR &&
           pt_str_eqz(t->items.v[0]->sym->name, "rego");
}

static void add_import(pt_parser *p, pt_module *m, const pt_import *imp) {
    pt_import *slot = pt_made(p, PT_PUSH(p->arena, &m->imports));
    if (slot)
        *slot = *imp;
    if (rego_import(imp) && m->version == PT_REGO_V0)
        m->version = PT_REGO_V0_V1;
}

static void add_stmt(pt_parser *p, pt_module *m, size_t i, pt_diagnostics *d) {
    const pt_stmt *s = &p->stmts.v[i];
    switch (s->kind) {
    case PT_STMT_PACKAGE:
        if (i > 0)
            pt_diagnose(d, PT_REGO_PARSE, &s->loc, "unexpected package");
        break;
    case PT_STMT_IMPORT:
        add_import(p, m, &s->import);
        break;
    case PT_STMT_RULE:
        add_rule(p, m, s->rule);
        break;
    case PT_STMT_BODY:
        add_body(p, m, i, d);
        break;
    }
}

static void build(pt_parser *p, pt_module *m, pt_diagnostics *d) {
    const pt_stmt *first = &p->stmts.v[0];
    m->package_loc = first->loc;
    if (first->kind == PT_STMT_PACKAGE)
        m->package = first->package;
    else
        pt_diagnose(d, PT_REGO_PARSE, &first->loc, "package expected");
    for (size_t i = 1; i < p->stmts.n; i++)
        add_stmt(p, m, i, d);
    for (size_t i = 0; i < m->rules.n && m->version != PT_REGO_V0; i++) {
        for (const pt_rule *r = m->rules.v[i]; r; r = r->orelse)
            check_v1(r, d);
    }
}

static pt_module *module_of(pt_parser *p, pt_diagnostics *d) {
    pt_loc nowhere = {.source = p->source};
    if (p->stmts.n == 0) {
        const pt_loc *first = p->annotations.n ? &p->annotations.v[0]->loc : NULL;
        pt_diagnose(d, PT_REGO_PARSE, first ? first : &nowhere,
                    first ? "package expected" : "empty module");
        return NULL;
    }
    pt_module *m = pt_made(p, PT_NEW(p->arena, pt_module, 1));
    if (!m)
        return NULL;
    size_t before = d->v.n;
    m->source = p->source;
    m->version = p->opts->version;
    build(p, m, d);
    m->comments.v = p->comments.v;
    m->comments.n = p->comments.n;
    m->annotations.v = p->annotations.v;
    m->annotations.n = p->annotations.n;
    if (d->v.n == before && !d->truncated)
        pt_attach_annotations(p, m, d);
    return d->v.n == before && !d->truncated ? m : NULL;
}

pt_module *pt_parse_module(pt_symbols *symbols, const pt_source *source, const pt_parse_opts *opts,
                           pt_diagnostics *d) {
    pt_parser p;
    pt_parser_init(&p, symbols, source, opts);
    pt_read_statements(&p, true);
    if (!opts->plain_comments)
        pt_read_annotations(&p);
    pt_module *m = pt_parser_report(&p, d) ? module_of(&p, d) : NULL;
    d->full = d->full || p.full;
    pt_parser_done(&p);
    return d->full ? NULL : m;
}

// -- queries --------------------------------------------------------------------------------------

static bool query_of(pt_parser *p, pt_body *body, pt_diagnostics *d) {
    for (size_t i = 0; i < p->stmts.n; i++) {
        const pt_stmt *s = &p->stmts.v[i];
        if (s->kind != PT_STMT_BODY) {
            pt_diagnose(d, PT_REGO_PARSE, &s->loc, "expected body but got %s",
                        s->kind == PT_STMT_PACKAGE ? "package" : "import");
            return false;
        }
        for (size_t k = 0; k < s->body.n; k++) {
            if (!pt_add_expr(p, body, s->body.v[k]))
                return false;
        }
    }
    return true;
}

bool pt_parse_query(pt_symbols *symbols, const pt_source *source, const pt_parse_opts *opts,
                    pt_body *ret, pt_diagnostics *d) {
    pt_parser p;
    pt_body body = {0};
    pt_parser_init(&p, symbols, source, opts);
    p.lex.keywords |= PT_KEYWORDS_V0_FUTURE;
    pt_read_statements(&p, false);
    bool good = pt_parser_report(&p, d) && query_of(&p, &body, d);
    d->full = d->full || p.full;
    pt_parser_done(&p);
    if (!good || d->full)
        return false;
    *ret = body;
    return true;
}

pt_term *pt_parse_term(pt_symbols *symbols, const pt_source *source, const pt_parse_opts *opts,
                       pt_diagnostics *d) {
    pt_body body = {0};
    if (!pt_parse_query(symbols, source, opts, &body, d))
        return NULL;
    const pt_expr *e = body.n == 1 ? body.v[0] : NULL;
    if (e && e->kind == PT_EXPR_TERM && !pt_is_call(e) && !e->negated && e->with.n == 0)
        return e->term;
    pt_loc nowhere = {.source = source, .row = 1, .column = 1};
    pt_diagnose(d, PT_REGO_PARSE, e ? &e->loc : &nowhere,
                body.n == 1 ? "expected term" : "expected exactly one term");
    return NULL;
}
