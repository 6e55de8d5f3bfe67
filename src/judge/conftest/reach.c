// Which modules are of the program: those of the namespaces, and what they refer to. Which members
// of the document they name.
#include "judge/conftest/conftest_impl.h"
#include "judge/policy/rego/ast_visit.h"

typedef struct reach {
    const pt_sym *data;
    pt_module *const *modules;
    size_t n;
    bool *reached;
    const pt_term *head; // of the ref that is being visited: it was looked at
} reach;

// May the ref hold something of the package? Steps that are no names may be any.
static bool concerns(const pt_terms *ref, const pt_terms *package) {
    for (size_t i = 1; i < ref->n && i < package->n; i++)
        if (ref->v[i]->kind == PT_TERM_CONST &&
            !pt_str_eq(pt_text(ref->v[i]->value), pt_text(package->v[i]->value)))
            return false;
    return true;
}

static void take(reach *r, const pt_terms *ref) {
    for (size_t i = 0; i < r->n; i++)
        if (concerns(ref, &r->modules[i]->package->items))
            r->reached[i] = true;
}

static void visit_term(void *to, pt_term *t) {
    static const pt_terms ANY = {0};
    reach *r = to;
    if (t->kind == PT_TERM_REF && t->items.v[0]->kind == PT_TERM_VAR &&
        t->items.v[0]->sym == r->data) {
        r->head = t->items.v[0];
        take(r, &t->items);
    } else if (t->kind == PT_TERM_VAR && t->sym == r->data && t != r->head) {
        take(r, &ANY);
    }
}

static void visit_module(const pt_visit *visit, const pt_module *m) {
    for (size_t i = 0; i < m->imports.n; i++)
        pt_visit_term(visit, m->imports.v[i].path);
    for (size_t i = 0; i < m->rules.n; i++)
        for (const pt_rule *rule = m->rules.v[i]; rule; rule = rule->orelse)
            pt_visit_rule(visit, rule);
}

bool pt_conftest_reach(pt_symbols *symbols, pt_module *const *modules, size_t n, bool *reached) {
    reach r = {pt_sym_of(symbols, PT_STR("data")), modules, n, reached, NULL};
    const pt_visit visit = {.term = visit_term, .to = &r};
    bool *done = PT_NEW(symbols->arena, bool, n);
    if (!r.data || !done)
        return false;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < n; i++) {
            if (!reached[i] || done[i])
                continue;
            done[i] = more = true;
            visit_module(&visit, modules[i]);
        }
    }
    return true;
}

// -- members of the document ----------------------------------------------------------------------

typedef struct asked {
    const pt_sym *input;
    pt_arena *a;
    pt_conftest_members *ret;
} asked;

static pt_str step_of(const pt_terms *ref, size_t i) {
    bool named = i < ref->n && ref->v[i]->kind == PT_TERM_CONST;
    return named ? pt_text(ref->v[i]->value) : (pt_str){0};
}

static void visit_member(void *to, pt_term *t) {
    asked *k = to;
    if (t->kind != PT_TERM_REF || t->items.v[0]->kind != PT_TERM_VAR ||
        t->items.v[0]->sym != k->input || !step_of(&t->items, 1).n)
        return;
    pt_conftest_member *m = PT_PUSH(k->a, k->ret);
    if (m)
        *m = (pt_conftest_member){step_of(&t->items, 1),
                                  step_of(&t->items, 2),
                                  {t->loc.source->file, t->loc.row, t->loc.column}};
}

bool pt_conftest_members_of(pt_symbols *symbols, pt_module *const *modules, size_t n,
                            pt_conftest_members *ret) {
    asked k = {pt_sym_of(symbols, PT_STR("input")), symbols->arena, ret};
    const pt_visit visit = {.term = visit_member, .to = &k};
    for (size_t i = 0; i < n; i++)
        visit_module(&visit, modules[i]);
    return !symbols->arena->full;
}
