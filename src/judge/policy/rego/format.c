// Modules: what is known before anything is written, then packages, imports and rules in turn.
#include "judge/policy/rego/format.h"

#include <stdlib.h>

#include "judge/policy/builtin.h"
#include "judge/policy/rego/ast_impl.h"
#include "judge/policy/rego/ast_visit.h"
#include "judge/policy/rego/format_impl.h"
#include "judge/policy/rego/parse_impl.h"

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

const pt_parse_opts pt_fmt_parse = {.builtin = is_builtin, .plain_comments = true};

// -- before ---------------------------------------------------------------------------------------

static size_t steps(const pt_rule *r) {
    return r->ref->kind == PT_TERM_REF ? r->ref->items.n : 1;
}

static void see_term(void *to, pt_term *t) {
    pt_fmt *w = to;
    if (t->kind == PT_TERM_VAR && t->sym->wildcard && w->wildcards[t->sym->id] < 2)
        w->wildcards[t->sym->id]++;
}

static void see_expr(void *to, pt_expr *e) {
    static const unsigned keywords[] = {[PT_EXPR_EVERY] = PT_KEYWORD(PT_TOK_EVERY),
                                        [PT_EXPR_NOT] = PT_KEYWORD(PT_TOK_NOT),
                                        [PT_EXPR_AND] = PT_KEYWORD(PT_TOK_LOGICAL_AND),
                                        [PT_EXPR_OR] = PT_KEYWORD(PT_TOK_LOGICAL_OR)};
    pt_fmt *w = to;
    w->used |= e->kind < PT_COUNT(keywords) ? keywords[e->kind] : 0;
    if (e->negated && pt_fmt_is_logical(e))
        w->used |= PT_KEYWORD(PT_TOK_NOT);
    if (pt_is_call(e) && (pt_operator_is(e->term, "internal.member_2") ||
                          pt_operator_is(e->term, "internal.member_3")))
        w->used |= PT_KEYWORD(PT_TOK_IN);
}

// OPA's places: an `else` ends where its chain does, and a literal of its own stands where it does;
// so does a head that was copied. A value that the parser made stands nowhere.
static void place(pt_rule *first) {
    uint32_t end = first->loc.at + first->loc.n;
    for (pt_rule *r = first; r; r = r->orelse) {
        bool nowhere = r->value_made && !r->is_else && !r->chained &&
                       !(r->with_if && steps(r) == 2 && !r->function) && !r->bodiless;
        if (nowhere)
            r->value->loc.row = 1;
        if (r->chained)
            pt_term_place(r->ref, r->loc);
        if (!r->is_else || end < r->loc.at)
            continue;
        r->loc.n = end - r->loc.at;
        if (r->one_line_body)
            pt_body_place(&r->body, r->loc);
    }
}

static void see_rule(pt_fmt *w, pt_rule *first) {
    pt_visit visit = {.term = see_term, .expr = see_expr, .to = w};
    place(first);
    for (const pt_rule *r = first; r; r = r->orelse) {
        w->ref_heads = w->ref_heads || steps(r) > 2 || (steps(r) == 2 && r->key && !r->value);
        pt_visit_rule(&visit, r);
        if (!r->key)
            pt_visit_term(&visit, pt_ast_head_key(r)); // it is in the ref, too
    }
}

static void see_import(pt_fmt *w, const pt_import *i) {
    const pt_term *path = i->path;
    if (path->kind != PT_TERM_REF || path->items.v[0]->kind != PT_TERM_VAR)
        return;
    pt_str head = path->items.v[0]->sym->name;
    bool rego = pt_str_eqz(head, "rego") && path->items.n == 2;
    bool v2 = rego && pt_str_eqz(pt_text(path->items.v[1]->value), "v2");
    bool future = pt_str_eqz(head, "future");
    if (v2)
        w->keywords |= PT_KEYWORDS_BASE | PT_KEYWORDS_FUTURE;
    if (rego || (future && path->items.n == 2))
        w->contains = w->ifs = true;
    if (!future || path->items.n != 3)
        return;
    pt_token word = pt_keyword(pt_text(path->items.v[2]->value), PT_KEYWORDS_FUTURE);
    w->keywords |= word == PT_TOK_IDENT ? 0 : PT_KEYWORD(word);
    w->contains = w->contains || word == PT_TOK_CONTAINS;
    w->ifs = w->ifs || word == PT_TOK_IF;
}

static bool prepare(pt_fmt *w, const pt_symbols *symbols, const pt_module *m, bool v1) {
    w->v1 = w->ifs = w->contains = v1;
    w->keywords = v1 ? PT_KEYWORDS_BASE | PT_KEYWORDS_V0_FUTURE : PT_KEYWORDS_BASE;
    w->wildcards = PT_NEW(w->a, uint8_t, symbols->n);
    const pt_comment **notes = PT_NEW(w->a, const pt_comment *, m->comments.n);
    if (!w->wildcards || !notes || !pt_ast_number_wildcards(w->a, symbols, m))
        return false;
    for (size_t i = 0; i < m->comments.n; i++)
        notes[i] = &m->comments.v[i];
    w->notes = (pt_notes){notes, m->comments.n};
    for (size_t i = 0; i < m->imports.n; i++)
        see_import(w, &m->imports.v[i]);
    for (size_t i = 0; i < m->rules.n; i++)
        see_rule(w, m->rules.v[i]);
    return true;
}

// -- writing --------------------------------------------------------------------------------------

static pt_fmt_code put_package(pt_fmt *w, const pt_module *m) {
    pt_fmt_code code = pt_fmt_insert(w, m->package_loc.row);
    if (code)
        return code;
    pt_term path = *m->package;
    pt_term head = *m->package->items.v[1];
    pt_notes notes = w->notes;
    pt_fmt_start_line(w);
    pt_fmt_put(w, "package ");
    pt_fmt_put_str(w, pt_text(head.value));
    w->notes.n = 0;
    for (size_t i = 2; i < path.items.n && !code; i++)
        code = pt_fmt_ref_step(w, path.items.v[i]);
    w->notes = notes;
    pt_fmt_blank_line(w);
    return code;
}

// Is an import of the formatter's at or below the first rule? It would have no effect there.
static bool below_rule(const pt_fmt_imports *imports, const pt_module *m) {
    uint32_t row = m->rules.n ? m->rules.v[0]->loc.row : UINT32_MAX;
    for (size_t i = 0; i < imports->v.n; i++) {
        if (imports->v.v[i].added && imports->v.v[i].row >= row)
            return true;
    }
    return false;
}

static int by_place(const void *a, const void *b) {
    const pt_fmt_import *x = a;
    const pt_fmt_import *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

// Imports that were added come first where they would come too late.
static pt_fmt_code put_added(pt_fmt *w, pt_fmt_imports *v, bool early, size_t *ret_kept) {
    pt_fmt_imports added = {0};
    size_t kept = 0;
    for (size_t i = 0; i < v->v.n; i++) {
        pt_fmt_import *slot = early && v->v.v[i].added ? PT_PUSH(w->a, &added.v) : NULL;
        if (slot)
            *slot = v->v.v[i];
        else
            v->v.v[kept++] = v->v.v[i];
    }
    *ret_kept = kept;
    return pt_fmt_write_imports(w, added.v.v, added.v.n);
}

static bool rule_first(const pt_rule *r, const pt_fmt_import *i) {
    return r->loc.row < i->row || (r->loc.row == i->row && r->loc.column < i->column);
}

// Imports and rules in the order of the source.
static pt_fmt_code put_rest(pt_fmt *w, pt_fmt_import *v, size_t n, const pt_module *m) {
    pt_fmt_code code = PT_FMT_OK;
    for (size_t i = 0, r = 0; !code && (i < n || r < m->rules.n);) {
        size_t from = i;
        while (i < n && (r == m->rules.n || !rule_first(m->rules.v[r], &v[i])))
            i++;
        if (i > from)
            code = pt_fmt_write_imports(w, v + from, i - from);
        from = r;
        while (r < m->rules.n && (i == n || rule_first(m->rules.v[r], &v[i])))
            r++;
        if (!code && r > from)
            code = pt_fmt_rules(w, m->rules.v + from, r - from);
    }
    return code;
}

static pt_fmt_code put_module(pt_fmt *w, pt_symbols *symbols, const pt_module *m) {
    pt_fmt_imports imports = {0};
    size_t n = 0;
    if (!pt_fmt_plan_imports(w, symbols, m, &imports))
        return pt_fmt_wrong(w, NULL, NULL);
    if (imports.v.n)
        qsort(imports.v.v, imports.v.n, sizeof *imports.v.v, by_place);
    pt_fmt_code code = put_package(w, m);
    if (!code)
        code = put_added(w, &imports, below_rule(&imports, m), &n);
    if (!code)
        code = put_rest(w, imports.v.v, n, m);
    for (size_t i = 0; !code && i < w->notes.n; i++) {
        pt_fmt_line_comment(w, w->notes.v[i]);
        pt_fmt_put(w, i + 1 == w->notes.n ? "\n" : "");
    }
    return code;
}

static void squash(pt_buf *out) {
    while (out->n > 1 && out->p[out->n - 1] == '\n' && out->p[out->n - 2] == '\n')
        out->n--;
}

// -- the module -----------------------------------------------------------------------------------

static bool refuse(const pt_fmt *w, const pt_source *source, pt_fmt_code code, pt_diagnostics *d) {
    pt_loc file = {.source = source};
    d->full = d->full || w->out->full || w->a->full;
    if (d->full)
        return false;
    pt_diagnose(d, PT_REGO_FORMAT, w->why_loc ? w->why_loc : &file, "cannot be formatted: %s",
                w->why                   ? w->why
                : code == PT_FMT_COMMENT ? "a comment stands where none can be kept"
                                         : "out of memory");
    return false;
}

// One round.
static bool format(pt_buf *out, pt_arena *a, const pt_source *source, pt_rego_version version,
                   pt_diagnostics *d) {
    pt_symbols symbols = {.arena = a};
    pt_parse_opts opts = pt_fmt_parse;
    opts.version = version;
    pt_module *m = pt_parse_module(&symbols, source, &opts, d);
    if (!m)
        return false;
    pt_fmt w = {.out = out, .a = a};
    pt_fmt_code code = prepare(&w, &symbols, m, version == PT_REGO_V1)
                           ? put_module(&w, &symbols, m)
                           : pt_fmt_wrong(&w, NULL, NULL);
    squash(out);
    if (code || w.why || out->full || a->full)
        return refuse(&w, source, code, d);
    return pt_str_eq(pt_buf_str(out), source->text) ||
           pt_fmt_check(&w, &symbols, m, pt_buf_str(out), d);
}

// Until it stays as it is: OPA's own format does nearly always after the first round.
static bool settle(pt_buf *text, pt_arena *a, const pt_source *source, pt_rego_version version,
                   pt_diagnostics *d) {
    enum {
        ROUNDS_MAX = 4
    };
    pt_loc file = {.source = source};
    pt_diagnostics later = {.arena = a};
    for (int i = 0; i < ROUNDS_MAX; i++) {
        PT_AUTO(pt_buf_done) pt_buf next = PT_BUF(text->max);
        pt_source s = {source->file, pt_buf_str(text)};
        if (!format(&next, a, i ? &s : source, version, i ? &later : d))
            break;
        if (i && pt_str_eq(s.text, pt_buf_str(&next)))
            return true;
        pt_buf_clear(text);
        pt_buf_put(text, pt_buf_str(&next));
        if (text->full)
            break;
    }
    d->full = d->full || later.full || text->full;
    if (d->full || d->v.n)
        return false;
    pt_str near = later.v.n ? pt_str_trim(later.v.v[0].line) : PT_STR("");
    pt_diagnose(d, PT_REGO_FORMAT, &file,
                near.n ? "cannot be formatted so that it stays as it is, near: %.*s"
                       : "cannot be formatted so that it stays as it is",
                PT_PRI(near));
    return false;
}

bool pt_format(pt_buf *out, const pt_source *source, pt_rego_version version, pt_diagnostics *d) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = d->arena->bytes_max};
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(out->max);
    size_t before = out->n;
    if (!settle(&text, &a, source, version, d))
        return false;
    pt_buf_put(out, pt_buf_str(&text));
    d->full = d->full || out->full;
    if (d->full)
        out->n = before;
    return !d->full;
}
