// Reading policies, and what is wrong with them.
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/input.h"
#include "cli/policies_impl.h"
#include "cli/walk.h"
#include "cli/words.h"
#include "judge/catalogue/catalogue.h"
#include "judge/workload/workload.h"

#define KEPT_BYTES_MAX ((size_t)2 << 30)
#define NO_LIMIT_NS    (INT64_MAX / 2) // a cluster is as large as it is; each object has its own

pt_code pt_policies_no_room(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "policies and objects need more memory than the limit");
}

// -- findings about policies
// ------------------------------------------------------------------------

// Are policies asked for at all? Whoever asks for one is told what is wrong with any of them.
static bool asked_for(const pt_journey *j, const pt_check *row) {
    pt_str only = pt_str_of(pt_args_get(j->args, "only"));
    pt_str rest = only;
    pt_str word;
    bool policy = false;
    while (!policy && pt_str_split(&rest, ',', &word))
        policy = !pt_only_of_catalogue(word);
    return policy || pt_check_selected(row, only);
}

static pt_code tell_unjudged(pt_policies *p, pt_place place, pt_str what, pt_err *e) {
    pt_journey *j = p->j;
    const pt_check *row = pt_catalogue_find(PT_STR("PT-POL-UNJUDGED"));
    pt_workload_problem x = {row->id, place, what, PT_STR("repair the policy, or leave it out")};
    if (!asked_for(j, row))
        return PT_OK;
    p->broken++;
    if (place.line && !place.column)
        place.column = 1;
    return pt_judge_problem(&j->arena, &row, 1, &x, &j->run.findings, e);
}

pt_str pt_policies_safe(pt_arena *a, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_buf_put_safe(&b, text);
    return pt_arena_str(a, pt_buf_str(&b));
}

// Of several objects in one text only one has this kind and name.
static pt_place place_of(const pt_policies *p, const pt_gk_fault *f) {
    for (size_t i = 0; i < p->texts.n; i++) {
        const pt_policy_text *t = &p->texts.v[i];
        if (t->place.line == f->place.line && pt_str_eq(t->place.file, f->place.file) &&
            pt_str_eq(t->kind, f->kind) && (!t->name.n || pt_str_eq(t->name, f->name)))
            return pt_gk_fault_place(f, &t->doc, t->prefix);
    }
    return f->place;
}

static pt_code tell_fault(pt_policies *p, const pt_gk_fault *f, pt_err *e) {
    pt_arena *a = &p->j->arena;
    pt_str text =
        pt_arena_printf(a, "%.*s %.*s: %.*s", PT_PRI(f->kind), PT_PRI(f->name), PT_PRI(f->message));
    return tell_unjudged(p, place_of(p, f), pt_policies_safe(a, text), e);
}

static pt_code tell_faults(pt_policies *p, pt_err *e) {
    size_t n;
    pt_code code = PT_OK;
    const pt_gk_fault *faults = pt_gk_faults(p->set, &n);
    for (size_t i = 0; i < n && !code; i++)
        code = tell_fault(p, &faults[i], e);
    const pt_conftest_fault *wrong = pt_conftest_faults(p->rego, &n);
    for (size_t i = 0; i < n && !code; i++)
        code =
            tell_unjudged(p, wrong[i].place, pt_policies_safe(&p->j->arena, wrong[i].message), e);
    return code;
}

// -- reading
// ----------------------------------------------------------------------------------------

static bool keep_text(pt_policies *p, const pt_object *o) {
    pt_policy_text *t = PT_PUSH(&p->arena, &p->texts);
    if (!t)
        return false;
    *t = (pt_policy_text){
        .doc = {.bytes = pt_arena_str(&p->arena, o->bytes),
                .line = o->line,
                .column = o->column,
                .dialect = PT_YAML_KUBERNETES,
                .json = !o->yaml},
        .place = {pt_arena_str(&p->arena, o->file), o->line, 1},
        .kind = pt_arena_str(&p->arena, pt_text(pt_getz(o->doc, "kind"))),
        .name = pt_arena_str(&p->arena, pt_text(pt_getz(pt_getz(o->doc, "metadata"), "name"))),
        .prefix = pt_arena_str(&p->arena, o->prefix)};
    return !p->arena.full;
}

static bool take_object(void *ctx, const pt_object *o) {
    pt_policies *p = ctx;
    pt_gk_taken taken;
    p->code = pt_gk_add(p->set, o->doc, (pt_place){o->file, o->line, 1}, &taken, &p->err);
    if (!p->code && taken != PT_GK_OTHER && !keep_text(p, o))
        p->code = pt_policies_no_room(&p->err);
    return !p->code;
}

static bool take_problem(void *ctx, const pt_manifest_problem *x) {
    pt_policies *p = ctx;
    if (x->kind != PT_PROBLEM_NO_OBJECT)
        p->code = tell_unjudged(p, x->place, pt_str_of(x->err.what), &p->err);
    return !p->code;
}

static void take_file(void *ctx, const char *path) {
    pt_policies *p = ctx;
    pt_str text;
    pt_err e = {0};
    if (p->code || !pt_str_ends(pt_str_of(path), PT_STR(".rego")))
        return;
    if (pt_input_text(&p->arena, path, &text, &e))
        p->code = tell_unjudged(p, (pt_place){.file = pt_str_of(path)}, pt_str_of(e.what), &p->err);
    else
        p->code = pt_conftest_add(p->rego, pt_str_of(path), text, &p->err);
    p->modules++;
}

static void take_failure(void *ctx, const char *path, pt_err *e) {
    pt_policies *p = ctx;
    if (!p->code)
        p->code =
            tell_unjudged(p, (pt_place){.file = pt_str_of(path)}, pt_str_of(e->what), &p->err);
}

static pt_code read_path(pt_policies *p, const char *path, pt_err *e) {
    pt_manifest_sink sink = {.ctx = p, .object = take_object, .problem = take_problem};
    pt_manifest_counts counts = {0};
    struct stat st;
    if (stat(path, &st) != 0)
        return pt_err_sys(e, errno, "the policies cannot be read: %s", pt_errno_text(errno));
    if (S_ISDIR(st.st_mode))
        pt_walk_folder(&(pt_walk){p, true, take_file, take_failure}, path);
    else
        take_file(p, path);
    bool rego = !S_ISDIR(st.st_mode) && pt_str_ends(pt_str_of(path), PT_STR(".rego"));
    pt_code code = p->code || rego ? PT_OK : pt_manifest_read(path, &sink, &counts, e);
    if (!code && p->code) {
        code = p->code;
        if (e)
            *e = p->err;
    }
    return code;
}

static pt_code read_all(pt_policies *p, pt_err *e) {
    const char *path;
    pt_code code = PT_OK;
    for (size_t i = 0; !code && (path = pt_args_nth(p->j->args, "policy", i)) != NULL; i++) {
        code = read_path(p, path, e);
        if (code)
            pt_err_at(e, "%s", path);
    }
    return code;
}

// At least one that can be evaluated, or of which it is told why not.
static pt_code need_any(const pt_policies *p, pt_err *e) {
    size_t constraints;
    size_t faults;
    size_t rules;
    pt_gk_constraints(p->set, &constraints);
    pt_gk_faults(p->set, &faults);
    pt_conftest_rules(p->rego, &rules);
    if (constraints + faults + rules > 0 || (p->modules && pt_conftest_faults(p->rego, &faults)))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_ABSENT, "--policy names no policy: nothing would be judged");
    pt_err_remedy(e, "constraints with their templates, or rules called deny, violation or warn in "
                     "package main (--namespace)");
    return code;
}

static void read_namespaces(pt_policies *p) {
    const char *name;
    for (size_t i = 0; (name = pt_args_nth(p->j->args, "namespace", i)) != NULL; i++)
        if (p->n_namespaces < PT_POLICY_NAMESPACES_MAX)
            p->namespaces[p->n_namespaces++] = name;
    if (!p->n_namespaces)
        p->namespaces[p->n_namespaces++] = "main";
}

// What the head of the report says of them.
static void tell_set(pt_policies *p) {
    pt_gk_counts c = pt_gk_counts_of(p->set);
    pt_str *fact = PT_PUSH(&p->j->arena, &p->j->run.facts);
    size_t rules;
    pt_conftest_rules(p->rego, &rules);
    if (fact)
        *fact = pt_arena_printf(&p->j->arena, "policies: %zu constraints (%.*s), %zu rules",
                                c.constraints, PT_PRI(pt_gk_digest(p->set)), rules);
}

// What was to be judged by and is not: the run is no pass, whatever it found.
static void tell_broken(pt_policies *p) {
    if (p->broken)
        p->j->run.cut = pt_arena_printf(&p->j->arena,
                                        "%zu policies of --policy cannot be evaluated", p->broken);
}

// Compiled: what is wrong with them, and their rows.
static pt_code end_reading(pt_policies *p, pt_err *e) {
    pt_code code = pt_gk_end(p->set, e);
    if (!code)
        code = pt_conftest_end(p->rego, e);
    if (!code)
        code = need_any(p, e);
    if (!code)
        code = tell_faults(p, e);
    if (!code)
        code = pt_policies_rows_make(p, e);
    if (!code) {
        tell_set(p);
        tell_broken(p);
    }
    return code;
}

static pt_code begin_reading(pt_journey *j, pt_err *e) {
    pt_policies *p = calloc(1, sizeof *p);
    if (!p)
        return pt_policies_no_room(e);
    p->j = j;
    pt_arena_init(&p->arena, KEPT_BYTES_MAX);
    j->policies = p;
    read_namespaces(p);
    p->timeout_ns = PT_POLICY_ALL_S_MAX * PT_SECOND_NS;
    p->set = pt_gk_new(&p->arena);
    p->rego = pt_conftest_new(&p->arena, p->namespaces, p->n_namespaces);
    return p->set && p->rego ? PT_OK : pt_policies_no_room(e);
}

pt_code pt_policies_read(pt_journey *j, pt_err *e) {
    if (!pt_args_get(j->args, "policy"))
        return PT_OK;
    pt_code code = begin_reading(j, e);
    if (!code)
        code = pt_args_duration(j->args, "timeout", &j->policies->timeout_ns, e);
    if (!code)
        code = read_all(j->policies, e);
    return code ? code : end_reading(j->policies, e);
}

pt_code pt_policies_of(pt_journey *j, const pt_policy_doc *docs, size_t n, pt_err *e) {
    pt_gk_taken taken;
    pt_code code = begin_reading(j, e);
    for (size_t i = 0; i < n && !code; i++)
        code = pt_gk_add(j->policies->set, docs[i].doc, docs[i].place, &taken, e);
    if (code)
        return code;
    j->policies->point = PT_GK_AUDIT;
    j->policies->timeout_ns = NO_LIMIT_NS;
    return end_reading(j->policies, e);
}

const pt_gk_set *pt_policies_set(const pt_policies *p) {
    return p->set;
}

const pt_check *pt_policies_row(const pt_policies *p, const pt_gk_constraint *c) {
    size_t n;
    return p->of_constraints[c - pt_gk_constraints(p->set, &n)];
}

void pt_policies_free(pt_policies *p) {
    if (!p)
        return;
    pt_arena_done(&p->arena);
    free(p);
}
