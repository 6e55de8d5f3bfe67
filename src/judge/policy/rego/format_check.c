// What was written, read again: the same rules, imports and comments?
#include <stdlib.h>

#include "judge/policy/rego/ast_impl.h"
#include "judge/policy/rego/ast_visit.h"
#include "judge/policy/rego/format_impl.h"
#include "judge/policy/rego/parse_impl.h"

// -- rules ----------------------------------------------------------------------------------------

static void add(pt_list *l, const pt_ast_maker *m, const pt_term *t) {
    pt_list_add(l, t ? pt_ast_of_term(m, t).key : pt_null());
}

// All that a rule means, but for how it was written.
static pt_value rule_key(const pt_ast_maker *m, const pt_rule *r) {
    pt_list l = {.a = m->a};
    pt_list args = {.a = m->a};
    for (size_t i = 0; i < r->args.n; i++)
        add(&args, m, r->args.v[i]);
    pt_list_add(&l, pt_bool(r->is_default));
    pt_list_add(&l, pt_bool(r->is_else));
    pt_list_add(&l, pt_list_end(&args));
    pt_list_add(&l, pt_ast_path(m, r->ref));
    add(&l, m, r->key);
    add(&l, m, r->value);
    pt_list_add(&l, pt_ast_of_body(m, &r->body).key);
    return pt_list_end(&l);
}

typedef struct pt_settling {
    pt_fmt *w;
    pt_symbols *symbols;
} pt_settling;

// Constants in a template are text: "{1} b" is "1 b".
static void join_text(pt_fmt *w, pt_term *t) {
    size_t n = 0;
    char room[PT_NUMBER_ROOM];
    for (size_t i = 0; i < t->items.n; i++) {
        pt_term *part = t->items.v[i];
        pt_term *last = n ? t->items.v[n - 1] : NULL;
        t->items.v[n++] = part;
        if (part->kind != PT_TERM_CONST)
            continue;
        pt_value v = part->value;
        pt_str text = pt_tag_of(v) == PT_NUMBER ? pt_number_text(v, room)
                      : pt_tag_of(v) == PT_BOOL ? pt_str_of(pt_true(v) ? "true" : "false")
                      : pt_tag_of(v) == PT_NULL ? PT_STR("null")
                                                : pt_text(v);
        bool joined = last && last->kind == PT_TERM_CONST;
        pt_str before = joined ? pt_text(last->value) : PT_STR("");
        n -= joined;
        t->items.v[n - 1]->value =
            pt_string(pt_arena_printf(w->a, "%.*s%.*s", PT_PRI(before), PT_PRI(text)));
    }
    t->items.n = n;
}

// Names that the writer had to make of `_` are such.
static void settle_term(void *to, pt_term *t) {
    pt_fmt *w = ((pt_settling *)to)->w;
    if (t->kind == PT_TERM_TEMPLATE)
        join_text(w, t);
    if (t->kind != PT_TERM_VAR || !w->wildcards || !t->sym->wildcard ||
        w->wildcards[t->sym->id] < 2)
        return;
    t->sym->wildcard = false;
    t->sym->name =
        pt_arena_printf(w->a, "_%.*s", PT_PRI(pt_str_sub(t->sym->name, 1, t->sym->name.n)));
}

// plus(x, y, z) is z = x + y, and written so.
static void settle_expr(void *to, pt_expr *e) {
    pt_settling *s = to;
    if (!pt_is_call(e) || !pt_fmt_infix(e->term) || e->term->items.n != pt_fmt_arity(e->term) + 2)
        return;
    pt_term *call = e->term;
    pt_term *sides[] = {call->items.v[--call->items.n], call};
    pt_term *eq = pt_term_call(s->symbols, call->loc, "eq", sides, 2);
    e->term = eq ? eq : call;
    s->w->a->full = s->w->a->full || !eq;
}

static bool settle(pt_fmt *w, pt_symbols *symbols, const pt_module *m) {
    pt_settling s = {w, symbols};
    pt_visit visit = {.term = settle_term, .expr = settle_expr, .to = &s};
    for (size_t i = 0; i < m->rules.n; i++) {
        for (const pt_rule *r = m->rules.v[i]; r; r = r->orelse)
            pt_visit_rule(&visit, r);
    }
    return pt_ast_number_wildcards(w->a, symbols, m);
}

// A rule that differs is *ret. Their keys live in an arena of their own, a rule at a time; `full`
// is marked where that is.
static bool same_rules(const pt_module *x, const pt_module *y, const pt_rule **ret,
                       pt_arena *full) {
    pt_arena a = {0};
    pt_ast_maker m = {.a = &a};
    bool same = x->rules.n == y->rules.n;
    *ret = NULL;
    for (size_t i = 0; same && i < x->rules.n; i++) {
        const pt_rule *p = x->rules.v[i];
        const pt_rule *q = y->rules.v[i];
        for (; same && p && q; p = p->orelse, q = q->orelse) {
            pt_value k = rule_key(&m, p);
            same = pt_defined(k) && pt_eq(k, rule_key(&m, q));
            *ret = p;
            pt_arena_clear(&a);
        }
        same = same && !p && !q;
    }
    full->full = full->full || a.full;
    pt_arena_done(&a);
    return same;
}

// -- imports --------------------------------------------------------------------------------------

static bool directive(const pt_import *i) {
    const pt_term *head = i->path->kind == PT_TERM_REF ? i->path->items.v[0] : i->path;
    return head->kind == PT_TERM_VAR &&
           (pt_str_eqz(head->sym->name, "future") || pt_str_eqz(head->sym->name, "rego"));
}

// Those that name documents.
static pt_value imports_of(pt_arena *a, const pt_module *m) {
    pt_ast_maker maker = {.a = a};
    PT_VEC(pt_value) v = {0};
    for (size_t i = 0; i < m->imports.n; i++) {
        const pt_import *imp = &m->imports.v[i];
        pt_value *slot = directive(imp) ? NULL : PT_PUSH(a, &v);
        pt_str alias = imp->alias ? imp->alias->name : PT_STR("");
        pt_value pair[] = {pt_ast_path(&maker, imp->path), pt_string(alias)};
        if (slot)
            *slot = pt_array_of(a, pair, 2);
    }
    return pt_set_of(a, v.v, v.n);
}

// -- comments -------------------------------------------------------------------------------------

// A comment as it is kept, and where.
typedef struct pt_kept {
    pt_str text;
    const pt_comment *comment;
} pt_kept;

static int by_text(const void *a, const void *b) {
    const pt_kept *x = a;
    const pt_kept *y = b;
    return pt_str_cmp(x->text, y->text);
}

static pt_kept *sorted(pt_arena *a, const pt_module *m) {
    pt_kept *v = PT_NEW(a, pt_kept, m->comments.n);
    for (size_t i = 0; v && i < m->comments.n; i++)
        v[i] = (pt_kept){pt_fmt_comment_text(&m->comments.v[i]), &m->comments.v[i]};
    if (v)
        qsort(v, m->comments.n, sizeof *v, by_text);
    return v;
}

// The first comment of x that y has not as often. NULL: there is none.
static const pt_comment *lost(pt_arena *a, const pt_module *x, const pt_module *y) {
    const pt_kept *v = sorted(a, x);
    const pt_kept *u = sorted(a, y);
    for (size_t i = 0, k = 0; v && u && i < x->comments.n; k++) {
        int c = k < y->comments.n ? by_text(&v[i], &u[k]) : -1;
        if (c < 0)
            return v[i].comment;
        i += c == 0;
    }
    return NULL;
}

// -- all ------------------------------------------------------------------------------------------

static bool compare(pt_fmt *w, const pt_module *m, const pt_module *again, pt_diagnostics *d) {
    const pt_rule *bad;
    const pt_comment *gone = lost(w->a, m, again);
    if (gone) {
        pt_diagnose(d, PT_REGO_FORMAT, &gone->loc,
                    "cannot be formatted: this comment would be lost");
        pt_diagnose_hint(d, "move it to a line of its own, above the rule or the expression");
        return false;
    }
    if (!same_rules(m, again, &bad, w->a)) {
        pt_diagnose(d, PT_REGO_FORMAT, bad ? &bad->loc : &m->package_loc,
                    "cannot be formatted: the rule would mean something else");
        return false;
    }
    pt_value x = imports_of(w->a, m);
    pt_value y = imports_of(w->a, again);
    if (!pt_eq(x, y))
        pt_diagnose(d, PT_REGO_FORMAT, &m->package_loc,
                    "cannot be formatted: an import would be lost");
    return pt_eq(x, y);
}

bool pt_fmt_check(pt_fmt *w, pt_symbols *symbols, const pt_module *m, pt_str text,
                  pt_diagnostics *d) {
    pt_symbols symbols_again = {.arena = w->a};
    pt_diagnostics wrong = {.arena = w->a};
    pt_source source = {m->source->file, text};
    pt_parse_opts opts = pt_fmt_parse;
    opts.version = w->v1 ? PT_REGO_V1 : PT_REGO_V0;
    const pt_module *again = pt_parse_module(&symbols_again, &source, &opts, &wrong);
    pt_str why = wrong.v.n ? wrong.v.v[0].message : PT_STR("");
    if (!again && !wrong.full)
        pt_diagnose(d, PT_REGO_FORMAT, &m->package_loc,
                    "cannot be formatted: what comes out does not parse (%.*s)", PT_PRI(why));
    d->full = d->full || wrong.full;
    if (!again)
        return false;
    pt_fmt plain = {.a = w->a};
    bool good =
        settle(w, symbols, m) && settle(&plain, &symbols_again, again) && compare(w, m, again, d);
    d->full = d->full || w->a->full;
    return good && !d->full;
}
