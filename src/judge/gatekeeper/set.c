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

static bool add_fault(pt_gk_set *g, pt_str kind, pt_str name, pt_place place,
                      const pt_gk_problem *p) {
    pt_gk_fault *f = PT_PUSH(g->a, &g->faults);
    if (!f)
        return false;
    *f = (pt_gk_fault){.kind = kind,
                       .name = name,
                       .message = p->message,
                       .place = place,
                       .path = p->path,
                       .row = p->row,
                       .unsupported = p->unsupported,
                       .schema = p->schema};
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

static bool take_template(pt_gk_set *g, pt_value doc, pt_place place) {
    pt_gk_template *t = PT_PUSH(g->a, &g->templates);
    if (t)
        *t = (pt_gk_template){.doc = doc, .place = place};
    return t != NULL;
}

static bool take_constraint(pt_gk_set *g, pt_value doc, pt_place place) {
    pt_gk_rule *r = PT_PUSH(g->a, &g->rules);
    if (r)
        *r = (pt_gk_rule){.doc = doc,
                          .place = place,
                          .kind = pt_text(pt_getz(doc, "kind")),
                          .name = pt_text(pt_getz(pt_getz(doc, "metadata"), "name"))};
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

static bool take_config(pt_gk_set *g, pt_value doc, pt_place place) {
    pt_gk_problem p = {0};
    if (!pt_str_eqz(pt_text(pt_getz(doc, "kind")), "Config"))
        return true;
    if (!pt_gk_config_read(g, doc, &p))
        return false;
    return !p.message.p || add_fault(g, PT_STR("Config"), name_of(g, doc), place, &p);
}

static bool take_unsupported(pt_gk_set *g, pt_value doc, pt_place place) {
    pt_str kind = pt_text(pt_getz(doc, "kind"));
    pt_gk_problem p = {.unsupported = true};
    pt_gk_refuse(g->a, &p, NULL, "%.*s is not evaluated", PT_PRI(kind));
    return add_fault(g, kind, name_of(g, doc), place, &p);
}

// What was taken last took so many bytes of the arena.
static void note_bytes(pt_gk_set *g, pt_gk_taken taken, size_t bytes) {
    if (taken == PT_GK_TEMPLATE)
        g->templates.v[g->templates.n - 1].bytes = bytes;
    else if (taken == PT_GK_CONSTRAINT)
        g->rules.v[g->rules.n - 1].bytes = bytes;
}

typedef bool take_fn(pt_gk_set *g, pt_value doc, pt_place place);

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

pt_code pt_gk_add(pt_gk_set *g, pt_value doc, pt_place place, pt_gk_taken *ret, pt_err *e) {
    pt_str api = pt_text(pt_getz(doc, "apiVersion"));
    pt_str group = pt_str_sub(api, 0, pt_str_find(api, '/'));
    *ret = PT_GK_OTHER;
    for (size_t i = 0; i < PT_COUNT(GROUPS); i++) {
        if (!pt_str_eqz(group, GROUPS[i].group))
            continue;
        size_t before = pt_arena_used(g->a);
        pt_value copy = pt_clone(g->a, doc);
        pt_place kept = {pt_arena_str(g->a, place.file), place.line, place.column};
        *ret = GROUPS[i].taken;
        if (!pt_defined(copy) || !kept.file.p || (GROUPS[i].take && !GROUPS[i].take(g, copy, kept)))
            return no_room(e);
        note_bytes(g, *ret, pt_arena_used(g->a) - before);
    }
    return PT_OK;
}

// -- templates ------------------------------------------------------------------------------------

static int by_kind(const void *x, const void *y) {
    const pt_gk_template *a = x;
    const pt_gk_template *b = y;
    int c = pt_str_cmp(a->kind, b->kind);
    if (c == 0 && !pt_str_eq(a->place.file, b->place.file))
        c = pt_str_cmp(a->place.file, b->place.file);
    return c ? c : (int)(a->place.line > b->place.line) - (int)(a->place.line < b->place.line);
}

// Two of one name: which one is meant nobody can say.
static void refuse_second(pt_gk_set *g, pt_gk_problem *p, const char *what, pt_place first) {
    if (first.line)
        pt_gk_refuse(g->a, p, NULL, "another %s is at %.*s:%u", what, PT_PRI(first.file),
                     first.line);
    else
        pt_gk_refuse(g->a, p, NULL, "another %s is in %.*s", what, PT_PRI(first.file));
}

// Of the same template twice the second is dropped; of two with one name it is a fault.
static bool sole_template(pt_gk_set *g, pt_gk_template *t, const pt_gk_template *before) {
    if (!before || !pt_str_eq(before->kind, t->kind))
        return true;
    if (!pt_eq(before->doc, t->doc))
        refuse_second(g, &t->problem, "template of this kind", before->place);
    return t->problem.message.p != NULL;
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
        if (p.message.p &&
            !add_fault(g, PT_STR("ConstraintTemplate"), name_of(g, all[i].doc), all[i].place, &p))
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
    c = c ? c : pt_str_cmp(a->place.file, b->place.file);
    return c ? c : (int)(a->place.line > b->place.line) - (int)(a->place.line < b->place.line);
}

static bool sole_rule(pt_gk_set *g, pt_gk_rule *r, const pt_gk_rule *before) {
    if (!before || !pt_str_eq(before->kind, r->kind) || !pt_str_eq(before->name, r->name))
        return true;
    if (!pt_eq(before->doc, r->doc))
        refuse_second(g, &r->problem, "constraint of this name", before->place);
    return r->problem.message.p != NULL;
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
    if (t->program)
        pt_gk_rule_read(g->a, r);
    else
        refuse_for_template(g, &r->problem, t);
}

static bool end_rules(pt_gk_set *g) {
    size_t kept = 0;
    pt_gk_rule *all = g->rules.v;
    if (g->rules.n)
        qsort(all, g->rules.n, sizeof *all, by_name);
    for (size_t i = 0; i < g->rules.n; i++) {
        if (!sole_rule(g, &all[i], kept ? &all[kept - 1] : NULL))
            continue;
        size_t before = pt_arena_used(g->a);
        read_rule(g, &all[i]);
        all[i].bytes += pt_arena_used(g->a) - before;
        const pt_gk_problem *p = &all[i].problem;
        if (!p->message.p)
            all[kept++] = all[i];
        else if (!add_fault(g, all[i].kind, name_of(g, all[i].doc), all[i].place, p))
            return false;
    }
    g->rules.n = kept;
    return !g->a->full;
}

static bool show_rules(pt_gk_set *g) {
    g->shown = PT_NEW(g->a, pt_gk_constraint, g->rules.n);
    for (size_t i = 0; g->shown && i < g->rules.n; i++) {
        pt_gk_rule *r = &g->rules.v[i];
        r->template = template_of(g, r->kind); // they moved
        r->shown = &g->shown[i];
        g->shown[i] = (pt_gk_constraint){
            .kind = r->kind,
            .name = r->name,
            .annotations = pt_getz(pt_getz(r->template->doc, "metadata"), "annotations"),
            .open_on_error = r->open_on_error,
            .looks_up = r->template->looks_up,
            .match = r->match,
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
    pt_sharer *v = PT_NEW(g->a, pt_sharer, g->rules.n);
    for (size_t i = 0; v && i < g->rules.n; i++)
        v[i] = (pt_sharer){g->rules.v[i].template->program, g->rules.v[i].parameters, NULL};
    if (!v || !pt_share(g->a, PT_GK_PARAMETERS, v, g->rules.n, &g->shared))
        return false;
    for (size_t i = 0; i < g->rules.n; i++)
        g->rules.v[i].slots = v[i].ret_slots;
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
    return !r->problem.message.p ||
           add_fault(alone, r->kind, name_of(alone, r->doc), r->place, &r->problem);
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
    pt_gk_counts c = {.templates = g->templates.n, .constraints = g->rules.n};
    for (size_t i = 0; i < g->faults.n; i++)
        c.unsupported += g->faults.v[i].unsupported;
    return c;
}

pt_str pt_gk_digest(const pt_gk_set *g) {
    return g->digest;
}
