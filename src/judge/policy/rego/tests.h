// For tests of the parser, behind base/testing.h: a module, and its tree as one line a rule.
#pragma once

#include <string.h>

#include "judge/policy/rego/parse_impl.h"
#include "value/json.h"

static inline void put_body(pt_buf *b, const pt_body *body);
static inline void put_expr(pt_buf *b, const pt_expr *e);

static inline void put_term(pt_buf *b, const pt_term *t);

static inline void put_terms(pt_buf *b, const pt_term *t, const char *open, const char *close) {
    pt_buf_putz(b, open);
    for (size_t i = 0; i < t->items.n; i++) {
        if (i > 0)
            pt_buf_putc(b, ' ');
        put_term(b, t->items.v[i]);
    }
    pt_buf_putz(b, close);
}

static inline void put_term(pt_buf *b, const pt_term *t) {
    static const struct {
        const char *open, *close;
    } brackets[] = {
        [PT_TERM_REF] = {"<", ">"},          [PT_TERM_CALL] = {"(", ")"},
        [PT_TERM_ARRAY] = {"[", "]"},        [PT_TERM_SET] = {"#{", "}"},
        [PT_TERM_OBJECT] = {"{", "}"},       [PT_TERM_TEMPLATE] = {"$\"", "\""},
        [PT_TERM_ARRAY_COMPR] = {"[", "]"},  [PT_TERM_SET_COMPR] = {"#{", "}"},
        [PT_TERM_OBJECT_COMPR] = {"{", "}"},
    };
    switch (t->kind) {
    case PT_TERM_CONST:
        assert_int_equal(pt_json_write(b, t->value, NULL, NULL), PT_OK);
        break;
    case PT_TERM_VAR:
        pt_buf_put(b, t->sym->wildcard ? PT_STR("_") : t->sym->name);
        break;
    case PT_TERM_LITERAL:
        put_expr(b, t->literal);
        break;
    case PT_TERM_ARRAY_COMPR:
    case PT_TERM_SET_COMPR:
    case PT_TERM_OBJECT_COMPR:
        pt_buf_putz(b, brackets[t->kind].open);
        if (t->compr.key) {
            put_term(b, t->compr.key);
            pt_buf_putz(b, ": ");
        }
        put_term(b, t->compr.term);
        pt_buf_putz(b, " | ");
        put_body(b, &t->compr.body);
        pt_buf_putz(b, brackets[t->kind].close);
        break;
    default:
        put_terms(b, t, brackets[t->kind].open, brackets[t->kind].close);
    }
}

static inline void put_braced(pt_buf *b, const pt_body *body) {
    pt_buf_putz(b, "{");
    put_body(b, body);
    pt_buf_putz(b, "}");
}

static inline void put_every(pt_buf *b, const pt_expr *e) {
    pt_buf_putz(b, "every ");
    if (e->every.key) {
        put_term(b, e->every.key);
        pt_buf_putz(b, ", ");
    }
    put_term(b, e->every.value);
    pt_buf_putz(b, " in ");
    put_term(b, e->every.domain);
    pt_buf_putz(b, " ");
    put_braced(b, &e->every.body);
}

static inline void put_expr(pt_buf *b, const pt_expr *e) {
    pt_buf_putz(b, e->negated ? "!" : "");
    switch (e->kind) {
    case PT_EXPR_TERM:
        put_term(b, e->term);
        break;
    case PT_EXPR_SOME:
        pt_buf_putz(b, "some");
        for (size_t i = 0; i < e->decl.n; i++) {
            pt_buf_putz(b, " ");
            put_term(b, e->decl.v[i]);
        }
        break;
    case PT_EXPR_EVERY:
        put_every(b, e);
        break;
    case PT_EXPR_NOT:
        pt_buf_putz(b, "not ");
        put_braced(b, &e->body);
        break;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        pt_buf_putz(b, e->kind == PT_EXPR_AND ? "and" : "or");
        for (size_t i = 0; i < e->sides.n; i++)
            put_braced(b, &e->sides.v[i]);
        break;
    }
    for (size_t i = 0; i < e->with.n; i++) {
        pt_buf_putz(b, " with ");
        put_term(b, e->with.v[i].target);
        pt_buf_putz(b, " as ");
        put_term(b, e->with.v[i].value);
    }
}

static inline void put_body(pt_buf *b, const pt_body *body) {
    for (size_t i = 0; i < body->n; i++) {
        pt_buf_putz(b, i > 0 ? "; " : "");
        put_expr(b, body->v[i]);
    }
}

static inline void put_rule(pt_buf *b, const pt_rule *r) {
    pt_buf_putz(b, r->is_default ? "default " : "");
    put_term(b, r->ref);
    if (r->function) {
        pt_buf_putz(b, "(");
        for (size_t i = 0; i < r->args.n; i++) {
            pt_buf_putz(b, i > 0 ? ", " : "");
            put_term(b, r->args.v[i]);
        }
        pt_buf_putz(b, ")");
    }
    if (r->key) {
        pt_buf_putz(b, " contains ");
        put_term(b, r->key);
    }
    if (r->value && !r->value_made) {
        pt_buf_putz(b, r->assigned ? " := " : " = ");
        put_term(b, r->value);
    }
    if (!r->bodiless) {
        pt_buf_putz(b, " if ");
        put_body(b, &r->body);
    }
    if (r->orelse) {
        pt_buf_putz(b, " else ");
        put_rule(b, r->orelse);
    }
}

// What a text gives: its rules, one a line, or what is wrong as "ROW:COLUMN: MESSAGE".
static inline void put_module(pt_buf *b, const char *text, pt_rego_version version) {
    pt_arena a = {0};
    pt_symbols symbols = {.arena = &a};
    pt_source source = {.text = pt_str_of(text)};
    pt_parse_opts opts = {.version = version};
    pt_diagnostics d = {.arena = &a};
    const pt_module *m = pt_parse_module(&symbols, &source, &opts, &d);
    assert_false(d.full);
    for (size_t i = 0; m && i < m->rules.n; i++) {
        pt_buf_putz(b, i > 0 ? "\n" : "");
        put_rule(b, m->rules.v[i]);
    }
    for (size_t i = 0; i < d.v.n; i++) {
        const pt_diagnostic *x = &d.v.v[i];
        pt_buf_printf(b, "%s%u:%u: %.*s", i > 0 ? "\n" : "", x->row, x->column, PT_PRI(x->message));
        if (x->hint.n)
            pt_buf_printf(b, " (hint: %.*s)", PT_PRI(x->hint));
    }
    pt_arena_done(&a);
}

typedef struct module_case {
    const char *text; // behind the package
    const char *want;
} module_case;

static inline void check_modules(const module_case *cases, size_t n, pt_rego_version version) {
    for (size_t i = 0; i < n; i++) {
        pt_buf text = PT_BUF(1 << 16);
        pt_buf got = PT_BUF(1 << 16);
        pt_buf_printf(&text, "package t\n%s", cases[i].text);
        pt_buf_putc(&text, 0);
        put_module(&got, text.p, version);
        if (!pt_str_eqz(pt_buf_str(&got), cases[i].want))
            print_error("%s\n gives\n%.*s\n", cases[i].text, PT_PRI(pt_buf_str(&got)));
        assert_str(pt_buf_str(&got), cases[i].want);
        pt_buf_done(&text);
        pt_buf_done(&got);
    }
}
