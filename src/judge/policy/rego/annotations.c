// METADATA of the compiler's modules by what it belongs to.
#include <stdlib.h>

#include "judge/policy/rego/impl.h"

typedef struct noted {
    pt_value path;       // of the package or the document
    const pt_rule *rule; // of scope `rule`
    const pt_annotations *a;
    size_t seq;
} noted;
typedef PT_VEC(noted) notes;

struct pt_noted {
    notes packages;
    notes paths; // of documents and subpackages
    notes rules;
};

static int by_path(const void *x, const void *y) {
    const noted *a = x;
    const noted *b = y;
    int cmp = pt_cmp(a->path, b->path);
    return cmp ? cmp : (a->seq > b->seq) - (a->seq < b->seq);
}

static int by_rule(const void *x, const void *y) {
    const noted *a = x;
    const noted *b = y;
    uintptr_t p = (uintptr_t)a->rule;
    uintptr_t q = (uintptr_t)b->rule;
    return p != q ? (p > q) - (p < q) : (a->seq > b->seq) - (a->seq < b->seq);
}

static void add(pt_compiler *c, const pt_module *m, const pt_annotations *a) {
    notes *to[] = {
        [PT_SCOPE_RULE] = &c->noted->rules,
        [PT_SCOPE_DOCUMENT] = &c->noted->paths,
        [PT_SCOPE_PACKAGE] = &c->noted->packages,
        [PT_SCOPE_SUBPACKAGES] = &c->noted->paths,
    };
    if (a->scope == PT_SCOPE_RULE && a->schemas.n == 0)
        return;
    noted *slot = PT_PUSH(c->arena, to[a->scope]);
    if (!slot) {
        c->full = true;
        return;
    }
    *slot = (noted){.rule = a->rule, .a = a, .seq = to[a->scope]->n};
    if (a->scope != PT_SCOPE_RULE)
        slot->path = pt_annotated_path(c, m, a->rule, a->rule ? a->rule->ground : 0);
}

static const char *scope_name(pt_scope s) {
    return s == PT_SCOPE_DOCUMENT ? "document" : s == PT_SCOPE_PACKAGE ? "package" : "subpackages";
}

// The first one stays.
static void check_once(pt_compiler *c, const notes *v) {
    const pt_annotations *first = NULL;
    for (size_t i = 0; i < v->n; i++) {
        const pt_annotations *a = v->v[i].a;
        if (i == 0 || !pt_eq(v->v[i - 1].path, v->v[i].path))
            first = a;
        else
            pt_diagnose(c->d, PT_REGO_TYPE, &a->loc, "%s annotation redeclared: %.*s:%u",
                        scope_name(a->scope), PT_PRI(first->loc.source->file), first->loc.row);
    }
}

static void sort(notes *v, int cmp(const void *x, const void *y)) {
    if (v->n > 1)
        qsort(v->v, v->n, sizeof *v->v, cmp);
}

void pt_annotations_index(pt_compiler *c) {
    c->noted = PT_NEW(c->arena, struct pt_noted, 1);
    c->full = c->full || !c->noted;
    for (size_t m = 0; m < c->n_modules; m++)
        for (size_t i = 0; i < c->modules[m]->annotations.n && !c->full; i++)
            add(c, c->modules[m], c->modules[m]->annotations.v[i]);
    if (c->full)
        return;
    sort(&c->noted->packages, by_path);
    sort(&c->noted->paths, by_path);
    sort(&c->noted->rules, by_rule);
    check_once(c, &c->noted->packages);
    check_once(c, &c->noted->paths);
}

// -- asking ---------------------------------------------------------------------------------------

static size_t first_at(const notes *v, const noted *key, int cmp(const void *x, const void *y)) {
    size_t lo = 0;
    size_t hi = v->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (cmp(&v->v[mid], key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void push(pt_compiler *c, pt_annotated *to, const pt_annotations *a) {
    const pt_annotations **slot = a->schemas.n ? PT_PUSH(&c->scratch, to) : NULL;
    if (slot)
        *slot = a;
    c->full = c->full || (a->schemas.n && !slot);
}

static void push_at(pt_compiler *c, pt_annotated *to, const notes *v, pt_value path) {
    size_t at = first_at(v, &(noted){.path = path}, by_path);
    if (at < v->n && pt_eq(v->v[at].path, path))
        push(c, to, v->v[at].a);
}

// What is noted of the packages around, and of documents at their paths.
static void push_around(pt_compiler *c, pt_annotated *to, pt_value package) {
    size_t n = pt_len(package);
    pt_value *steps = PT_NEW(&c->scratch, pt_value, n);
    c->full = c->full || !steps;
    for (size_t i = 0; steps && i <= n; i++) {
        push_at(c, to, &c->noted->paths, pt_array_of(&c->scratch, steps, i));
        if (i < n)
            steps[i] = pt_at(package, i);
    }
}

pt_annotated pt_schema_annotations(pt_compiler *c, const pt_rule *r, size_t ground) {
    pt_annotated to = {0};
    const struct pt_noted *n = c->noted;
    if (n->packages.n + n->paths.n > 0) {
        pt_value package = pt_annotated_path(c, r->module, NULL, 0);
        push_around(c, &to, package);
        push_at(c, &to, &n->packages, package);
        push_at(c, &to, &n->paths, pt_annotated_path(c, r->module, r, ground));
    }
    for (size_t i = first_at(&n->rules, &(noted){.rule = r}, by_rule);
         i < n->rules.n && n->rules.v[i].rule == r; i++)
        push(c, &to, n->rules.v[i].a);
    return to;
}
