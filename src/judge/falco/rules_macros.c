// Macros: their names in conditions give way to what they say. What a macro says is shared by those
// that name it, so that memory does not grow with the number of times.
#include "judge/falco/rules_impl.h"

typedef struct resolver {
    pt_falco_loader *l;
    uint32_t visible;
    pt_str loop, unknown; // the first of each
    bool too_deep;
} resolver;

typedef struct resolved {
    const pt_filter *f;
    size_t nodes;
    unsigned height;
} resolved;

static bool resolve(resolver *r, const pt_filter *f, unsigned depth, resolved *ret);

static bool spend(resolver *r, size_t nodes) {
    r->l->nodes += nodes;
    if (r->l->nodes > PT_FALCO_NODES_MAX)
        return pt_falco_too_much(r->l, "conditions that are too large with their macros");
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FALCO_DEPTH_MAX
static bool resolve_name(resolver *r, const pt_filter *f, unsigned depth, resolved *ret) {
    pt_falco_macro_def *m = pt_falco_find(&r->l->macros, f->name);
    if (!m || m->index >= r->visible) {
        if (!r->unknown.p)
            r->unknown = f->name;
        return true;
    }
    if (m->open) {
        if (!r->loop.p)
            r->loop = f->name;
        return true;
    }
    m->used = true;
    if (m->resolved) {
        *ret = (resolved){m->resolved, m->nodes, m->height};
        r->too_deep = r->too_deep || depth + m->height > PT_FALCO_DEPTH_MAX;
        return spend(r, m->nodes);
    }
    m->open = true;
    bool ok = resolve(r, m->parsed, depth + 1, ret);
    m->open = false;
    return ok;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FALCO_DEPTH_MAX
static bool resolve_kids(resolver *r, const pt_filter *f, unsigned depth, resolved *ret) {
    const pt_filter **kids = PT_NEW(r->l->a, const pt_filter *, f->n_kids);
    pt_filter *copy = PT_NEW(r->l->a, pt_filter, 1);
    if (!kids || !copy)
        return pt_falco_no_memory(r->l);
    bool same = true;
    for (size_t i = 0; i < f->n_kids; i++) {
        resolved kid = {0};
        if (!resolve(r, f->kids[i], depth + 1, &kid))
            return false;
        kids[i] = kid.f;
        same = same && kid.f == f->kids[i];
        ret->nodes += kid.nodes;
        if (kid.height + 1 > ret->height)
            ret->height = kid.height + 1;
    }
    *copy = *f;
    copy->kids = kids;
    ret->f = same ? f : copy;
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FALCO_DEPTH_MAX
static bool resolve(resolver *r, const pt_filter *f, unsigned depth, resolved *ret) {
    *ret = (resolved){f, 1, 1};
    r->too_deep = r->too_deep || depth >= PT_FALCO_DEPTH_MAX;
    if (r->too_deep)
        return true; // nobody will use it
    if (!spend(r, 1))
        return false;
    if (f->kind == PT_FILTER_MACRO)
        return resolve_name(r, f, depth, ret);
    return f->n_kids ? resolve_kids(r, f, depth, ret) : true;
}

static bool names(void *context, const pt_filter *part) {
    const pt_str *name = context;
    return part->kind == PT_FILTER_MACRO && pt_str_eq(part->name, *name);
}

// Points at the first part that names it; at the condition, if another macro does.
static bool refuse_name(pt_falco_loader *l, const pt_falco_condition *c, const pt_filter *f,
                        pt_str name, bool loop) {
    pt_falco_about about = *c->about;
    size_t n = pt_falco_find_part(f, names, &name);
    pt_falco_point_at_part(l, c->pieces, c->written, n, &about);
    if (loop)
        return pt_falco_refuse(l, PT_LOAD_MEANING, &about, "reference loop in macro '%.*s'",
                               PT_PRI(name));
    return pt_falco_refuse(l, PT_LOAD_MEANING, &about, "Undefined macro '%.*s' used in filter.",
                           PT_PRI(name));
}

bool pt_falco_put_macros(pt_falco_loader *l, const pt_falco_condition *c, uint32_t visible,
                         const pt_filter *f, pt_falco_macro_def *ret) {
    resolver r = {.l = l, .visible = visible};
    resolved done = {0};
    if (!resolve(&r, f, 0, &done))
        return false;
    if (r.too_deep)
        return pt_falco_refuse(l, PT_LOAD_CONDITION, c->about, "exceeded max depth limit of %u",
                               PT_FALCO_DEPTH_MAX);
    if (r.loop.p)
        return refuse_name(l, c, f, r.loop, true);
    if (r.unknown.p)
        return refuse_name(l, c, f, r.unknown, false);
    ret->resolved = done.f;
    ret->nodes = done.nodes;
    ret->height = done.height;
    return true;
}

static pt_falco_condition condition_of(const pt_falco_macro_def *m) {
    return (pt_falco_condition){&m->about, &m->pieces, m->condition, m->condition};
}

bool pt_falco_resolve_macros(pt_falco_loader *l) {
    size_t n = l->macros.all.n;
    for (size_t i = 0; i < n; i++) {
        pt_falco_macro_def *m = l->macros.all.v[i];
        pt_falco_condition c = condition_of(m);
        m->used = false;
        m->resolved = NULL;
        if (!pt_falco_put_lists(l, m->condition, &c.text) || !pt_falco_parse(l, &c, &m->parsed))
            return false;
    }
    for (size_t i = 0; i < n; i++) {
        pt_falco_macro_def *m = l->macros.all.v[i];
        pt_falco_condition c = condition_of(m);
        if (!pt_falco_put_macros(l, &c, m->visible, m->parsed, m))
            return false;
    }
    return true;
}
