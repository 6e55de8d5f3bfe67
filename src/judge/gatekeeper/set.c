// The set: what is taken, what of it can be evaluated, and what is said of the rest.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/gatekeeper/gatekeeper_impl.h"

const char *pt_gk_action_word(pt_gk_action a) {
    static const char *const WORDS[] = {[PT_GK_NOTHING] = "",
                                        [PT_GK_DRYRUN] = "dryrun",
                                        [PT_GK_WARN] = "warn",
                                        [PT_GK_DENY] = "deny"};
    return WORDS[a];
}

pt_gk_set *pt_gk_new(pt_arena *a) {
    pt_gk_set *g = PT_NEW(a, pt_gk_set, 1);
    if (g)
        g->a = a;
    return g;
}

static pt_code no_room(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "the policies need more memory than the limit");
}

// -- faults ---------------------------------------------------------------------------------------

// What is given of `who`: its kind, name, place, bound.
static bool add_fault(pt_gk_set *g, const pt_gk_fault *who, const pt_gk_problem *p) {
    pt_gk_fault *f = PT_PUSH(g->a, &g->faults);
    if (!f)
        return false;
    *f = *who;
    f->message = p->message;
    f->path = p->path;
    f->row = p->row;
    f->unsupported = p->unsupported;
    f->schema = p->schema;
    return true;
}

static bool by_place(const pt_gk_fault *x, const pt_gk_fault *y) {
    int c = pt_str_cmp(x->place.file, y->place.file);
    return c < 0 || (c == 0 && x->place.line < y->place.line);
}

static int compare_faults(const void *x, const void *y) {
    return by_place(x, y) ? -1 : by_place(y, x);
}

// -- taking documents -----------------------------------------------------------------------------

// A document of ours.
typedef struct taking {
    pt_value doc;
    pt_place place;
    bool bound;
} taking;

static bool take_template(pt_gk_set *g, const taking *x) {
    pt_gk_template *t = PT_PUSH(g->a, &g->templates);
    if (t)
        *t = (pt_gk_template){.doc = x->doc, .place = x->place, .bound = x->bound};
    return t != NULL;
}

static bool take_constraint(pt_gk_set *g, const taking *x) {
    pt_gk_rule *r = PT_PUSH(g->a, &g->rules);
    if (r)
        *r = (pt_gk_rule){.doc = x->doc,
                          .place = x->place,
                          .kind = pt_text(pt_getz(x->doc, "kind")),
                          .name = pt_text(pt_getz(pt_getz(x->doc, "metadata"), "name")),
                          .bound = x->bound};
    return r != NULL;
}

// To tell of it. `name: y` is none: YAML has it for true.
static pt_str name_of(pt_gk_set *g, pt_value doc) {
    pt_value name = pt_getz(pt_getz(doc, "metadata"), "name");
    if (pt_text(name).n)
        return pt_text(name);
    if (!pt_defined(name) || pt_tag_of(name) == PT_STRING)
        return PT_STR("(no name)");
    return pt_arena_printf(g->a, "(its name is %s: quote it)", pt_tag_name(pt_tag_of(name)));
}

static pt_gk_fault fault_of(pt_gk_set *g, pt_str kind, const taking *x) {
    return (pt_gk_fault){
        .kind = kind, .name = name_of(g, x->doc), .place = x->place, .bound = x->bound};
}

static bool take_config(pt_gk_set *g, const taking *x) {
    pt_gk_problem p = {0};
    if (!pt_str_eqz(pt_text(pt_getz(x->doc, "kind")), "Config"))
        return true;
    if (!pt_gk_config_read(g, x->doc, &p))
        return false;
    const pt_gk_fault who = fault_of(g, PT_STR("Config"), x);
    return !p.message.p || add_fault(g, &who, &p);
}

static bool take_unsupported(pt_gk_set *g, const taking *x) {
    const pt_gk_fault who = fault_of(g, pt_text(pt_getz(x->doc, "kind")), x);
    pt_gk_problem p = {.unsupported = true};
    pt_gk_refuse(g->a, &p, NULL, "%.*s is not evaluated", PT_PRI(who.kind));
    return add_fault(g, &who, &p);
}

// What was taken last took so many bytes of the arena.
static void note_bytes(pt_gk_set *g, pt_gk_taken taken, size_t bytes) {
    if (taken == PT_GK_TEMPLATE)
        g->templates.v[g->templates.n - 1].bytes = bytes;
    else if (taken == PT_GK_CONSTRAINT)
        g->rules.v[g->rules.n - 1].bytes = bytes;
}

typedef bool take_fn(pt_gk_set *g, const taking *x);

static const struct {
    const char *group;
    pt_gk_taken taken;
    take_fn *take; // NULL: it says nothing to judge by
} GROUPS[] = {
    {"templates.gatekeeper.sh", PT_GK_TEMPLATE, take_template},
    {"constraints.gatekeeper.sh", PT_GK_CONSTRAINT, take_constraint},
    {"config.gatekeeper.sh", PT_GK_CONFIG, take_config},
    {"syncset.gatekeeper.sh", PT_GK_CONFIG, NULL},
    {"status.gatekeeper.sh", PT_GK_CONFIG, NULL},
    {"mutations.gatekeeper.sh", PT_GK_UNSUPPORTED, take_unsupported},
    {"expansion.gatekeeper.sh", PT_GK_UNSUPPORTED, take_unsupported},
    {"externaldata.gatekeeper.sh", PT_GK_UNSUPPORTED, take_unsupported},
};

static pt_code add(pt_gk_set *g, const taking *from, pt_gk_taken *ret, pt_err *e) {
    pt_str api = pt_text(pt_getz(from->doc, "apiVersion"));
    pt_str group = pt_str_sub(api, 0, pt_str_find(api, '/'));
    *ret = PT_GK_OTHER;
    for (size_t i = 0; i < PT_COUNT(GROUPS); i++) {
        if (!pt_str_eqz(group, GROUPS[i].group))
            continue;
        size_t before = pt_arena_used(g->a);
        taking x = {.doc = pt_clone(g->a, from->doc), .place = from->place, .bound = from->bound};
        x.place.file = pt_arena_str(g->a, x.place.file);
        *ret = GROUPS[i].taken;
        if (!pt_defined(x.doc) || !x.place.file.p || (GROUPS[i].take && !GROUPS[i].take(g, &x)))
            return no_room(e);
        note_bytes(g, *ret, pt_arena_used(g->a) - before);
    }
    return PT_OK;
}

pt_code pt_gk_add(pt_gk_set *g, pt_value doc, pt_place place, pt_gk_taken *ret, pt_err *e) {
    return add(g, &(taking){.doc = doc, .place = place}, ret, e);
}

pt_code pt_gk_add_bound(pt_gk_set *g, pt_value doc, pt_place place, pt_gk_taken *ret, pt_err *e) {
    return add(g, &(taking){.doc = doc, .place = place, .bound = true}, ret, e);
}

// Those that are bound come after those that are not, which hold.
static int by_place_of(bool x_bound, pt_place x, bool y_bound, pt_place y) {
    int c = (int)x_bound - (int)y_bound;
    c = c ? c : pt_str_cmp(x.file, y.file);
    return c ? c : (int)(x.line > y.line) - (int)(x.line < y.line);
}

// -- templates ------------------------------------------------------------------------------------

static int by_kind(const void *x, const void *y) {
    const pt_gk_template *a = x;
    const pt_gk_template *b = y;
    int c = pt_str_cmp(a->kind, b->kind);
    return c ? c : by_place_of(a->bound, a->place, b->bound, b->place);
}

// Two of one name: which one is meant nobody can say.
static void refuse_second(pt_gk_set *g, pt_gk_problem *p, const char *what, pt_place first) {
    if (first.line)
        pt_gk_refuse(g->a, p, NULL, "another %s is at %.*s:%u", what, PT_PRI(first.file),
                     first.line);
    else
        pt_gk_refuse(g->a, p, NULL, "another %s is in %.*s", what, PT_PRI(first.file));
}

static bool alike(pt_value x, pt_value y) {
    return pt_defined(x) == pt_defined(y) && (!pt_defined(x) || pt_eq(x, y));
}

// A server fills in fields, and adds its own.
static bool same_template(const pt_gk_template *x, const pt_gk_template *y) {
    if (!x->bound && !y->bound)
        return pt_eq(x->doc, y->doc);
    return !x->problem.message.p && !y->problem.message.p && x->version == y->version &&
           x->legacy == y->legacy && pt_str_eq(x->rego, y->rego) && alike(x->libs, y->libs) &&
           alike(x->operations, y->operations) && alike(x->schema, y->schema);
}

// Of the same template twice the second is dropped; of two with one name it is a fault.
static bool sole_template(pt_gk_set *g, pt_gk_template *t, pt_gk_template *before) {
    if (!before || !pt_str_eq(before->kind, t->kind))
        return true;
    if (same_template(before, t))
        return false;
    before->disputed = before->disputed || t->bound;
    refuse_second(g, &t->problem, "template of this kind", before->place);
    return true;
}

static bool end_templates(pt_gk_set *g) {
    size_t kept = 0;
    pt_gk_template *all = g->templates.v;
    for (size_t i = 0; i < g->templates.n; i++)
        pt_gk_template_read(g->a, &all[i]);
    if (g->templates.n)
        qsort(all, g->templates.n, sizeof *all, by_kind);
    for (size_t i = 0; i < g->templates.n; i++) {
        if (!sole_template(g, &all[i], kept ? &all[kept - 1] : NULL))
            continue;
        size_t before = pt_arena_used(g->a);
        pt_gk_template_compile(g->a, &all[i]);
        all[i].bytes += pt_arena_used(g->a) - before;
        pt_gk_problem p = all[i].problem;
        p.schema = false; // that is said of constraints
        const pt_gk_fault who = {.kind = PT_STR("ConstraintTemplate"),
                                 .name = name_of(g, all[i].doc),
                                 .place = all[i].place,
                                 .bound = all[i].bound};
        g->broken_templates += p.message.p && all[i].bound;
        if (p.message.p && !add_fault(g, &who, &p))
            return false;
        all[kept++] = all[i];
    }
    g->templates.n = kept;
    return !g->a->full;
}

static const pt_gk_template *template_of(const pt_gk_set *g, pt_str kind) {
    for (size_t i = 0; i < g->templates.n; i++)
        if (pt_str_eq(g->templates.v[i].kind, kind))
            return &g->templates.v[i];
    return NULL;
}

static void drop_broken_templates(pt_gk_set *g) {
    size_t kept = 0;
    for (size_t i = 0; i < g->templates.n; i++)
        if (g->templates.v[i].program)
            g->templates.v[kept++] = g->templates.v[i];
    g->templates.n = kept;
}

// -- constraints ----------------------------------------------------------------------------------

static int by_name(const void *x, const void *y) {
    const pt_gk_rule *a = x;
    const pt_gk_rule *b = y;
    int c = pt_str_cmp(a->kind, b->kind);
    c = c ? c : pt_str_cmp(a->name, b->name);
    return c ? c : by_place_of(a->bound, a->place, b->bound, b->place);
}

// What else could be said of it may follow from its template alone.
static void refuse_for_template(pt_gk_set *g, pt_gk_problem *p, const pt_gk_template *t) {
    char line[16] = "";
    if (t->place.line)
        snprintf(line, sizeof line, ":%u", t->place.line);
    p->unsupported = t->problem.unsupported;
    pt_gk_refuse(g->a, p, NULL, "its template %s, see %.*s%s",
                 p->unsupported ? "is not evaluated" : "is broken", PT_PRI(t->place.file), line);
}

static void read_rule(pt_gk_set *g, pt_gk_rule *r) {
    const pt_gk_template *t = template_of(g, r->kind);
    if (r->problem.message.p)
        return;
    if (!t) {
        pt_gk_refuse(g->a, &r->problem, NULL, "no template of the kind %.*s", PT_PRI(r->kind));
        return;
    }
    r->template = t;
    if (!t->program)
        refuse_for_template(g, &r->problem, t);
    else if (r->bound && t->disputed)
        refuse_second(g, &r->problem, "template of its kind, which is not the one beside it,",
                      t->place);
    else
        pt_gk_rule_read(g->a, r);
}

static bool same_rule(const pt_gk_rule *x, const pt_gk_rule *y) {
    if (!x->bound && !y->bound)
        return pt_eq(x->doc, y->doc);
    return !x->problem.message.p && !y->problem.message.p && alike(x->match, y->match) &&
           alike(x->parameters, y->parameters) && memcmp(x->does, y->does, sizeof x->does) == 0 &&
           x->open_on_error == y->open_on_error;
}

// Is it the same as the one before it? A fault of it, if it only has the same name.
static bool repeats(pt_gk_set *g, pt_gk_rule *r, const pt_gk_rule *before) {
    if (!before || !pt_str_eq(before->kind, r->kind) || !pt_str_eq(before->name, r->name))
        return false;
    if (same_rule(before, r))
        return true;
    refuse_second(g, &r->problem, "constraint of this name", before->place);
    return false;
}

static bool end_rules(pt_gk_set *g) {
    size_t kept = 0;
    pt_gk_rule *all = g->rules.v;
    if (g->rules.n)
        qsort(all, g->rules.n, sizeof *all, by_name);
    for (size_t i = 0; i < g->rules.n; i++) {
        size_t before = pt_arena_used(g->a);
        read_rule(g, &all[i]);
        if (repeats(g, &all[i], kept ? &all[kept - 1] : NULL))
            continue;
        const pt_gk_problem *p = &all[i].problem;
        const pt_gk_fault who = {.kind = all[i].kind,
                                 .name = name_of(g, all[i].doc),
                                 .place = all[i].place,
                                 .bound = all[i].bound};
        if (p->message.p && all[i].bound)
            pt_gk_rule_read_broken(g->a, &all[i]);
        all[i].bytes += pt_arena_used(g->a) - before;
        if (p->message.p && !add_fault(g, &who, p))
            return false;
        if (!p->message.p || all[i].bound)
            all[kept++] = all[i];
    }
    g->rules.n = kept;
    return !g->a->full;
}

static bool show_rules(pt_gk_set *g) {
    g->shown = PT_NEW(g->a, pt_gk_constraint, g->rules.n);
    for (size_t i = 0; g->shown && i < g->rules.n; i++) {
        pt_gk_rule *r = &g->rules.v[i];
        const pt_gk_template *t = template_of(g, r->kind); // they moved
        r->template = r->problem.message.p ? NULL : t;
        r->shown = &g->shown[i];
        g->shown[i] = (pt_gk_constraint){
            .kind = r->kind,
            .name = r->name,
            .annotations = t ? pt_getz(pt_getz(t->doc, "metadata"), "annotations") : pt_undefined(),
            .open_on_error = r->open_on_error,
            .looks_up = r->template && r->template->looks_up,
            .match = r->match,
            .broken = r->problem.message,
            .bound = r->bound,
            .place = r->place};
        memcpy(g->shown[i].actions, r->does, sizeof r->does);
    }
    return g->shown != NULL;
}

static int by_match(const void *x, const void *y) {
    return pt_cmp((*(pt_gk_rule *const *)x)->match, (*(pt_gk_rule *const *)y)->match);
}

// Most constraints of a set ask for one of a few matches: each is tried once.
static bool number_matches(pt_gk_set *g) {
    pt_gk_rule **all = PT_NEW(g->a, pt_gk_rule *, g->rules.n);
    for (size_t i = 0; all && i < g->rules.n; i++)
        all[i] = &g->rules.v[i];
    if (all && g->rules.n)
        qsort((void *)all, g->rules.n, sizeof(pt_gk_rule *), by_match);
    for (size_t i = 0; all && i < g->rules.n; i++) {
        g->n_matches += i == 0 || by_match((const void *)&all[i - 1], (const void *)&all[i]) != 0;
        all[i]->nth_match = g->n_matches - 1;
    }
    return all != NULL;
}

// Templates carry one library, each a copy of it.
static bool share_documents(pt_gk_set *g) {
    size_t n = 0;
    pt_sharer *v = PT_NEW(g->a, pt_sharer, g->rules.n);
    for (size_t i = 0; v && i < g->rules.n; i++)
        if (g->rules.v[i].template)
            v[n++] = (pt_sharer){g->rules.v[i].template->program, g->rules.v[i].parameters, NULL};
    if (!v || !pt_share(g->a, PT_GK_PARAMETERS, v, n, &g->shared))
        return false;
    n = 0;
    for (size_t i = 0; i < g->rules.n; i++)
        if (g->rules.v[i].template)
            g->rules.v[i].slots = v[n++].ret_slots;
    return true;
}

pt_code pt_gk_end(pt_gk_set *g, pt_err *e) {
    if (!end_templates(g) || !end_rules(g))
        return no_room(e);
    drop_broken_templates(g);
    g->digest = show_rules(g) && number_matches(g) && share_documents(g) ? pt_gk_digest_of(g->a, g)
                                                                         : (pt_str){NULL, 0};
    if (g->faults.n)
        qsort(g->faults.v, g->faults.n, sizeof *g->faults.v, compare_faults);
    return g->digest.p ? PT_OK : no_room(e);
}

// -- a document on trial --------------------------------------------------------------------------

// The only constraint of a set of its own, with the template that another set has.
static bool try_constraint(pt_gk_set *alone, const pt_gk_set *g) {
    pt_gk_rule *r = &alone->rules.v[0];
    r->template = g ? template_of(g, r->kind) : NULL;
    if (r->template) {
        pt_gk_rule_read(alone->a, r);
    } else {
        r->problem.unsupported = true;
        pt_gk_refuse(alone->a, &r->problem, NULL, "no template of the kind %.*s is evaluated",
                     PT_PRI(r->kind));
    }
    const pt_gk_fault who = {.kind = r->kind, .name = name_of(alone, r->doc), .place = r->place};
    return !r->problem.message.p || add_fault(alone, &who, &r->problem);
}

pt_code pt_gk_try(const pt_gk_set *g, pt_arena *a, pt_value doc, pt_gk_taken *ret,
                  pt_gk_fault *ret_fault, pt_err *e) {
    pt_gk_set *alone = pt_gk_new(a);
    pt_code code = alone ? pt_gk_add(alone, doc, (pt_place){0}, ret, e) : no_room(e);
    if (code)
        return code;
    if (*ret == PT_GK_CONSTRAINT)
        code = try_constraint(alone, g) && !a->full ? PT_OK : no_room(e);
    else
        code = pt_gk_end(alone, e);
    *ret_fault = alone->faults.n ? alone->faults.v[0] : (pt_gk_fault){0};
    return code;
}

// -- what became of it ----------------------------------------------------------------------------

const pt_gk_fault *pt_gk_faults(const pt_gk_set *g, size_t *ret_n) {
    *ret_n = g->faults.n;
    return g->faults.v;
}

const pt_gk_constraint *pt_gk_constraints(const pt_gk_set *g, size_t *ret_n) {
    *ret_n = g->rules.n;
    return g->shown;
}

void pt_gk_each_template(const pt_gk_set *g, void (*each)(void *ctx, pt_str kind, size_t bytes),
                         void *ctx) {
    for (size_t i = 0; i < g->templates.n; i++) {
        const pt_gk_template *t = &g->templates.v[i];
        size_t bytes = t->bytes;
        for (size_t k = 0; k < g->rules.n; k++)
            bytes += g->rules.v[k].template == t ? g->rules.v[k].bytes : 0;
        each(ctx, t->kind, bytes);
    }
}

pt_gk_counts pt_gk_counts_of(const pt_gk_set *g) {
    pt_gk_counts c = {.templates = g->templates.n, .broken_templates = g->broken_templates};
    for (size_t i = 0; i < g->rules.n; i++) {
        bool broken = g->rules.v[i].problem.message.p != NULL;
        c.broken_constraints += broken;
        c.constraints += !broken;
        c.bound += !broken && g->rules.v[i].bound;
    }
    for (size_t i = 0; i < g->faults.n; i++)
        c.unsupported += g->faults.v[i].unsupported;
    return c;
}

pt_str pt_gk_digest(const pt_gk_set *g) {
    return g->digest;
}
