// Rules that are tests: their names begin with test_, or todo_test_ if they are to be left out.
//
// As opa test has it: each rule is a test of its own, of one name the later ones become name#01,
// name#02 …; and a rule that goes on behind its name, test_sum[case.note], is a test of many cases,
// which says the name of each before the rest of its body can fail.
#include <stdlib.h>

#include "judge/policy/rego/impl.h"

static pt_str step_name(const pt_rule *r, size_t i) {
    const pt_term *t = r->ref->kind == PT_TERM_VAR ? r->ref : r->ref->items.v[i];
    if (t->kind == PT_TERM_VAR)
        return t->sym->name;
    bool string = t->kind == PT_TERM_CONST && t->value.tag == PT_STRING;
    return string ? pt_text(t->value) : (pt_str){NULL, 0};
}

static size_t steps_of(const pt_rule *r) {
    return r->ref->kind == PT_TERM_VAR ? 1 : r->ref->items.n;
}

// The step of its head that names a test. False: the rule is none.
static bool test_step(const pt_rule *r, size_t *ret, bool *ret_skipped) {
    for (size_t i = 0; i < steps_of(r); i++) {
        pt_str name = step_name(r, i);
        *ret_skipped = pt_str_starts(name, PT_STR("todo_test_"));
        *ret = i;
        if (!name.n)
            return false;
        if (*ret_skipped || pt_str_starts(name, PT_STR("test_")))
            return true;
    }
    return false;
}

// -- of one name ----------------------------------------------------------------------------------

static pt_str full_name(pt_compiler *c, const pt_module *m, const pt_rule *r, size_t step) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_buf_put(&b, pt_ref_text(c->arena, m->package));
    for (size_t i = 0; i <= step; i++) {
        pt_buf_putc(&b, '\n'); // which no name holds
        pt_buf_put(&b, step_name(r, i));
    }
    pt_str s = pt_arena_str(c->arena, pt_buf_str(&b));
    c->full |= !s.p;
    return s;
}

static void rename_step(pt_compiler *c, pt_rule *r, size_t step, uint32_t number) {
    pt_str old = step_name(r, step);
    pt_str name = pt_arena_printf(c->arena, "%.*s#%02u", PT_PRI(old), number);
    pt_term *t = r->ref->kind == PT_TERM_VAR ? r->ref : r->ref->items.v[step];
    pt_term *new = pt_term_new(c->arena, t->kind, t->loc);
    if (!name.p || !new) {
        c->full = true;
        return;
    }
    if (t->kind == PT_TERM_VAR)
        new->sym = pt_sym_of(c->symbols, name);
    else
        new->value = pt_string(name);
    if (r->ref->kind == PT_TERM_VAR)
        r->ref = new;
    else
        r->ref->items.v[step] = new;
    c->full |= t->kind == PT_TERM_VAR && !new->sym;
}

typedef struct named {
    pt_str name;
    pt_rule *rule;
    size_t step, order;
} named;

static int by_name(const void *a, const void *b) {
    const named *x = a;
    const named *y = b;
    int d = pt_str_cmp(x->name, y->name);
    return d ? d : x->order < y->order ? -1 : x->order > y->order;
}

void pt_tests_rename(pt_compiler *c) {
    PT_VEC(named) all = {0};
    for (size_t i = 0; i < c->n_modules; i++) {
        pt_module *m = c->modules[i];
        for (size_t k = 0; k < m->rules.n && !c->full; k++) {
            named t = {.rule = m->rules.v[k], .order = all.n};
            bool skipped;
            if (!test_step(t.rule, &t.step, &skipped) || skipped)
                continue;
            t.name = full_name(c, m, t.rule, t.step);
            named *slot = PT_PUSH(c->arena, &all);
            if (slot)
                *slot = t;
            else
                c->full = true;
        }
    }
    if (all.n > 1)
        qsort(all.v, all.n, sizeof *all.v, by_name);
    uint32_t number = 0;
    for (size_t i = 1; i < all.n && !c->full; i++) {
        number = pt_str_eq(all.v[i].name, all.v[i - 1].name) ? number + 1 : 0;
        if (number)
            rename_step(c, all.v[i].rule, all.v[i].step, number);
    }
}

// -- cases ----------------------------------------------------------------------------------------

typedef struct mention {
    const pt_sym *sym;
    bool found;
} mention;

static void look(void *to, pt_sym *s) {
    mention *m = to;
    m->found = m->found || m->sym == s;
}

typedef struct position {
    pt_compiler *c;
    const pt_body *body;
    size_t at;
} position;

// Behind the first literal that mentions the variable.
static void behind(void *to, pt_sym *s) {
    position *p = to;
    mention m = {s, false};
    for (size_t i = 0; i < p->body->n; i++) {
        pt_walk_expr(p->c, p->body->v[i], PT_SEE_ALL, look, &m);
        if (!m.found)
            continue;
        p->at = i + 1 > p->at ? i + 1 : p->at;
        return;
    }
}

static pt_term *case_name(pt_compiler *c, const pt_rule *r, size_t first) {
    pt_term *name = pt_term_new(c->arena, PT_TERM_ARRAY, r->head_loc);
    for (size_t i = first; name && i < r->ref->items.n; i++) {
        pt_term *copy = pt_term_copy(c->arena, r->ref->items.v[i]);
        pt_term **slot = copy ? PT_PUSH(c->arena, &name->items) : NULL;
        if (!slot)
            return NULL;
        *slot = copy;
    }
    return name;
}

static bool says_cases(const pt_body *b) {
    for (size_t i = 0; i < b->n; i++)
        if (pt_expr_calls(b->v[i], "internal.test_case"))
            return true;
    return false;
}

void pt_tests_cases(pt_compiler *c, pt_rule *r) {
    size_t step;
    bool skipped;
    if (!test_step(r, &step, &skipped) || skipped || step + 1 >= steps_of(r) ||
        says_cases(&r->body))
        return;
    pt_term *name = case_name(c, r, step + 1);
    pt_term *call =
        name ? pt_term_call(c->symbols, r->head_loc, "internal.test_case", &name, 1) : NULL;
    pt_loc here = r->head_loc;
    here.n = 0; // no text says so
    pt_expr *e = call ? pt_expr_new(c->arena, PT_EXPR_TERM, here) : NULL;
    if (!e) {
        c->full = true;
        return;
    }
    e->term = call;
    position p = {c, &r->body, 0};
    pt_walk_term(c, name, PT_SEE_ALL, behind, &p);
    pt_body_add(c, &r->body, e);
    for (size_t i = r->body.n - 1; i > p.at && !c->full; i--)
        r->body.v[i] = r->body.v[i - 1];
    if (!c->full)
        r->body.v[p.at] = e;
}

// -- what there is to run -------------------------------------------------------------------------

static pt_term *ref_of(pt_compiler *c, const pt_module *m, const pt_rule *r, size_t step) {
    pt_term *ref = pt_term_copy(c->arena, m->package);
    for (size_t i = 0; ref && i <= step; i++) {
        pt_term *key = pt_term_const(c->arena, r->head_loc, pt_string(step_name(r, i)));
        pt_term **slot = key ? PT_PUSH(c->arena, &ref->items) : NULL;
        if (!slot)
            return NULL;
        *slot = key;
    }
    return ref;
}

static pt_str name_of(pt_compiler *c, const pt_rule *r, size_t step) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    for (size_t i = 0; i <= step; i++) {
        pt_buf_putz(&b, i ? "." : "");
        pt_buf_put(&b, step_name(r, i));
    }
    return pt_arena_str(c->arena, pt_buf_str(&b));
}

bool pt_tests(pt_compiler *c, pt_test_rules *ret) {
    for (size_t i = 0; i < c->n_modules; i++) {
        const pt_module *m = c->modules[i];
        for (size_t k = 0; k < m->rules.n; k++) {
            const pt_rule *r = m->rules.v[k];
            size_t step;
            bool skipped;
            if (!test_step(r, &step, &skipped))
                continue;
            pt_test_rule *t = PT_PUSH(c->arena, ret);
            if (!t)
                return false;
            *t = (pt_test_rule){.package = pt_ref_text(c->arena, m->package),
                                .name = name_of(c, r, step),
                                .ref = ref_of(c, m, r, step),
                                .place = {r->loc.source->file, r->loc.row, r->loc.column},
                                .skipped = skipped,
                                .function = r->function,
                                .cases = step + 1 < steps_of(r)};
            if (!t->package.p || !t->name.p || !t->ref)
                return false;
        }
    }
    return true;
}

const pt_query *pt_compile_test(pt_compiler *c, const pt_test_rule *t, pt_diagnostics *d) {
    pt_source *source = PT_NEW(c->arena, pt_source, 1);
    pt_body body = {0};
    pt_query_opts opts = {.capture = true};
    if (!source)
        return NULL;
    source->file = (pt_str){NULL, 0};
    source->text = pt_arena_printf(c->arena, "%.*s.%.*s", PT_PRI(t->package), PT_PRI(t->name));
    pt_loc loc = {.source = source, .row = 1, .column = 1, .n = (uint32_t)source->text.n};
    pt_expr *e = source->text.p ? pt_expr_new(c->arena, PT_EXPR_TERM, loc) : NULL;
    if (!e)
        return NULL;
    e->term = t->ref;
    e->term->loc = loc;
    pt_body_add(c, &body, e);
    return c->full ? NULL : pt_compile_query(c, &body, &opts, d);
}
