// Modules of a template as Gatekeeper's framework takes them: whatever their author called the
// package, it is data.template; libs below data.lib go below data.libs.lib; of other documents only
// data.inventory may be asked for.
#include "judge/gatekeeper/gatekeeper_impl.h"
#include "judge/policy/rego/ast_visit.h"

typedef struct rewrite {
    pt_symbols *symbols;
    pt_sym *data;
    const pt_term *head; // of the ref that is being visited: it was looked at
    bool *looks_up;
    pt_gk_problem *problem;
} rewrite;

static void refuse(rewrite *r, pt_loc loc, const char *what, pt_str text) {
    pt_gk_problem *p = r->problem;
    if (p->message.p)
        return;
    pt_gk_refuse(r->symbols->arena, p, NULL, "%s%s%.*s", what, text.n ? ": " : "", PT_PRI(text));
    p->row = loc.row;
    if (loc.source)
        p->path = loc.source->file;
}

static bool step_is(const pt_terms *ref, size_t i, const char *name) {
    return i < ref->n && ref->v[i]->kind == PT_TERM_CONST &&
           pt_str_eqz(pt_text(ref->v[i]->value), name);
}

static bool is_data(const rewrite *r, const pt_term *t) {
    return t->kind == PT_TERM_VAR && t->sym == r->data;
}

// data.lib… becomes data.libs.lib…
static void move(rewrite *r, pt_term *ref) {
    pt_term *libs = pt_term_const(r->symbols->arena, ref->loc, pt_stringz("libs"));
    pt_term **slot = libs ? PT_PUSH(r->symbols->arena, &ref->items) : NULL;
    if (!slot) {
        refuse(r, ref->loc, "not enough memory", (pt_str){0});
        return;
    }
    for (size_t i = ref->items.n - 1; i > 1; i--)
        ref->items.v[i] = ref->items.v[i - 1];
    ref->items.v[1] = libs;
}

static void visit_ref(rewrite *r, pt_term *ref) {
    if (!is_data(r, ref->items.v[0]))
        return;
    r->head = ref->items.v[0];
    if (step_is(&ref->items, 1, "lib"))
        move(r, ref);
    else if (step_is(&ref->items, 1, "inventory"))
        *r->looks_up = true;
    else
        refuse(r, ref->loc, "only data.inventory and data.lib may be asked for",
               pt_loc_text(ref->loc));
}

// The network is none of a policy's business; upstream's manifests disable it.
static void visit_call(rewrite *r, const pt_term *call) {
    const pt_term *op = call->items.v[0];
    if (op->kind == PT_TERM_REF && op->items.n == 2 && step_is(&op->items, 1, "send") &&
        op->items.v[0]->kind == PT_TERM_VAR && pt_str_eqz(op->items.v[0]->sym->name, "http"))
        refuse(r, call->loc, "rego_type_error: undefined function http.send",
               PT_STR("policies may not ask the network"));
}

static void visit_term(void *to, pt_term *t) {
    rewrite *r = to;
    if (t->kind == PT_TERM_REF)
        visit_ref(r, t);
    else if (t->kind == PT_TERM_CALL)
        visit_call(r, t);
    else if (is_data(r, t) && t != r->head)
        refuse(r, t->loc, "only data.inventory and data.lib may be asked for", PT_STR("data"));
}

static bool language(const pt_term *path) {
    const pt_term *head = path->kind == PT_TERM_REF ? path->items.v[0] : path;
    return head->kind == PT_TERM_VAR &&
           (pt_str_eqz(head->sym->name, "future") || pt_str_eqz(head->sym->name, "rego"));
}

static void visit_imports(rewrite *r, pt_module *m) {
    for (size_t i = 0; i < m->imports.n; i++) {
        pt_term *path = m->imports.v[i].path;
        if (language(path))
            continue;
        if (path->kind == PT_TERM_REF && is_data(r, path->items.v[0]) &&
            step_is(&path->items, 1, "lib"))
            move(r, path);
        else
            refuse(r, m->imports.v[i].loc, "bad import, only data.lib… can be imported",
                   pt_loc_text(path->loc));
    }
}

static bool rename_entry(rewrite *r, pt_module *m) {
    pt_term *name = pt_term_const(r->symbols->arena, m->package->loc, pt_stringz("template"));
    m->package->items.n = 1;
    pt_term **slot = name ? PT_PUSH(r->symbols->arena, &m->package->items) : NULL;
    if (slot)
        *slot = name;
    return slot != NULL;
}

static void rename_package(rewrite *r, pt_module *m, bool lib) {
    const pt_terms *path = &m->package->items;
    if (!lib && !rename_entry(r, m))
        refuse(r, m->package_loc, "not enough memory", (pt_str){0});
    if (!lib)
        return;
    if (path->n > 2 && step_is(path, 1, "lib"))
        move(r, m->package);
    else
        refuse(r, m->package_loc, "the package of a lib must be below `lib`",
               pt_loc_text(m->package->loc));
}

static const pt_sym *name_of(const pt_rule *rule) {
    const pt_term *t = rule->ref->kind == PT_TERM_REF ? rule->ref->items.v[0] : rule->ref;
    return t->kind == PT_TERM_VAR ? t->sym : NULL;
}

static bool has_violation(const pt_module *m) {
    for (size_t i = 0; i < m->rules.n; i++) {
        const pt_sym *name = name_of(m->rules.v[i]);
        if (name && pt_str_eqz(name->name, "violation"))
            return true;
    }
    return false;
}

bool pt_gk_rewrite(pt_symbols *symbols, pt_module *m, bool lib, bool *looks_up, pt_gk_problem *p) {
    rewrite r = {.symbols = symbols,
                 .data = pt_sym_of(symbols, PT_STR("data")),
                 .looks_up = looks_up,
                 .problem = p};
    pt_visit visit = {.term = visit_term, .to = &r};
    if (!r.data)
        refuse(&r, m->package_loc, "not enough memory", (pt_str){0});
    if (!lib && !has_violation(m))
        refuse(&r, m->package_loc, "invalid rego", PT_STR("there is no rule `violation`"));
    rename_package(&r, m, lib);
    visit_imports(&r, m);
    for (size_t i = 0; i < m->rules.n; i++)
        for (pt_rule *rule = m->rules.v[i]; rule; rule = rule->orelse)
            pt_visit_rule(&visit, rule);
    return !p->message.p;
}
