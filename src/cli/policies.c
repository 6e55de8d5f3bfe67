#include "cli/policies.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/instant.h"
#include "cli/input.h"
#include "cli/walk.h"
#include "judge/workload/workload.h"

enum {
    NAMESPACES_MAX = 64,
    PATTERNS_MAX = 1000,
    CASE_BYTES_MAX = 256 << 20, // to judge one object
    DEADLINE_S = 10,            // for one object
};
#define KEPT_BYTES_MAX ((size_t)2 << 30)

typedef struct kept {
    pt_value doc;
    pt_str name;
    pt_place place;
} kept;

struct pt_policies {
    pt_journey *j;
    pt_arena arena; // of all of it
    pt_gk_set *set;
    pt_conftest *rego;
    const char *namespaces[NAMESPACES_MAX];
    size_t n_namespaces, modules;
    const pt_check **of_constraints, **of_rules; // their rows; NULL: not made yet
    PT_VEC(kept) objects;
    pt_code code; // of what is read in callbacks
    pt_err err;
};

static pt_code no_room(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "policies and objects need more memory than the limit");
}

// -- findings about policies
// ------------------------------------------------------------------------

static pt_code tell_unjudged(pt_journey *j, pt_place place, pt_str what, pt_err *e) {
    pt_workload_problem p = {"PT-POL-UNJUDGED", place, what,
                             PT_STR("repair the policy, or leave it out")};
    return pt_judge_problem(&j->arena, j->checks, j->checks_n, &p, &j->run.findings, e);
}

static pt_str safe(pt_arena *a, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_buf_put_safe(&b, text);
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_code tell_fault(pt_policies *p, const pt_gk_fault *f, pt_err *e) {
    pt_arena *a = &p->j->arena;
    pt_str at = f->row ? pt_arena_printf(a, "%.*s:%u: ", PT_PRI(f->path), f->row) : PT_STR("");
    pt_str text = pt_arena_printf(a, "%.*s %.*s: %.*s%.*s", PT_PRI(f->kind), PT_PRI(f->name),
                                  PT_PRI(at), PT_PRI(f->message));
    return tell_unjudged(p->j, f->place, safe(a, text), e);
}

static pt_code tell_faults(pt_policies *p, pt_err *e) {
    size_t n;
    pt_code code = PT_OK;
    const pt_gk_fault *faults = pt_gk_faults(p->set, &n);
    for (size_t i = 0; i < n && !code; i++)
        code = tell_fault(p, &faults[i], e);
    const pt_conftest_fault *wrong = pt_conftest_faults(p->rego, &n);
    for (size_t i = 0; i < n && !code; i++)
        code = tell_unjudged(p->j, wrong[i].place, safe(&p->j->arena, wrong[i].message), e);
    return code;
}

// -- reading
// ----------------------------------------------------------------------------------------

static bool take_object(void *ctx, const pt_object *o) {
    pt_policies *p = ctx;
    pt_gk_taken taken;
    p->code = pt_gk_add(p->set, o->doc, (pt_place){o->file, o->line, 1}, &taken, &p->err);
    return !p->code;
}

static bool take_problem(void *ctx, const pt_manifest_problem *x) {
    pt_policies *p = ctx;
    if (x->kind != PT_PROBLEM_NO_OBJECT)
        p->code = tell_unjudged(p->j, x->place, pt_str_of(x->err.what), &p->err);
    return !p->code;
}

static void take_file(void *ctx, const char *path) {
    pt_policies *p = ctx;
    pt_str text;
    pt_err e = {0};
    if (p->code || !pt_str_ends(pt_str_of(path), PT_STR(".rego")))
        return;
    if (pt_input_text(&p->arena, path, &text, &e))
        p->code =
            tell_unjudged(p->j, (pt_place){.file = pt_str_of(path)}, pt_str_of(e.what), &p->err);
    else
        p->code = pt_conftest_add(p->rego, pt_str_of(path), text, &p->err);
    p->modules++;
}

static void take_failure(void *ctx, const char *path, pt_err *e) {
    pt_policies *p = ctx;
    if (!p->code)
        p->code =
            tell_unjudged(p->j, (pt_place){.file = pt_str_of(path)}, pt_str_of(e->what), &p->err);
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
    if (!code)
        code = pt_gk_end(p->set, e);
    return code ? code : pt_conftest_end(p->rego, e);
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
        if (p->n_namespaces < NAMESPACES_MAX)
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

static pt_code make_rooms(pt_policies *p, pt_err *e) {
    size_t constraints;
    size_t rules;
    pt_gk_constraints(p->set, &constraints);
    pt_conftest_rules(p->rego, &rules);
    p->of_constraints = PT_NEW(&p->arena, const pt_check *, constraints);
    p->of_rules = PT_NEW(&p->arena, const pt_check *, rules);
    return p->of_constraints && p->of_rules ? PT_OK : no_room(e);
}

static pt_code read_policies(pt_policies *p, pt_err *e) {
    read_namespaces(p);
    p->set = pt_gk_new(&p->arena);
    p->rego = pt_conftest_new(&p->arena, p->namespaces, p->n_namespaces);
    if (!p->set || !p->rego)
        return no_room(e);
    pt_code code = read_all(p, e);
    if (!code)
        code = need_any(p, e);
    if (!code)
        code = tell_faults(p, e);
    if (!code)
        code = make_rooms(p, e);
    if (!code)
        tell_set(p);
    return code;
}

pt_code pt_policies_read(pt_journey *j, pt_err *e) {
    if (!pt_args_get(j->args, "policy"))
        return PT_OK;
    pt_policies *p = calloc(1, sizeof *p);
    if (!p)
        return no_room(e);
    p->j = j;
    pt_arena_init(&p->arena, KEPT_BYTES_MAX);
    j->policies = p;
    return read_policies(p, e);
}

void pt_policies_free(pt_policies *p) {
    if (!p)
        return;
    pt_arena_done(&p->arena);
    free(p);
}

// -- objects
// ----------------------------------------------------------------------------------------

pt_code pt_policies_keep(pt_policies *p, const pt_object *o, pt_place place, pt_err *e) {
    kept *k = PT_PUSH(&p->arena, &p->objects);
    if (!k)
        return no_room(e);
    *k = (kept){pt_clone(&p->arena, o->doc), pt_arena_str(&p->arena, o->name), place};
    return pt_defined(k->doc) && k->name.p ? PT_OK : no_room(e);
}

typedef struct judging {
    pt_policies *p;
    pt_arena a; // of one object
    pt_gk_judge *gk;
    pt_eval_opts opts; // of Rego
    pt_fn_world world;
    pt_value inventory;
    const kept *object;
} judging;

// Text of `a` is copied: it dies with the object.
static bool add(judging *k, const pt_check *row, pt_verdict v, pt_str evidence) {
    pt_journey *j = k->p->j;
    if (!row)
        return false;
    pt_finding f = {.check = row,
                    .verdict = v,
                    .kind = PT_KIND_OBJECT,
                    .subject = pt_arena_str(&j->arena, k->object->name),
                    .place = k->object->place};
    if (pt_findings_keeps(&j->run.findings, f.kind, v))
        f.evidence = safe(&j->arena, evidence);
    if (v == PT_NOT_EVALUATED)
        f.remedy = PT_STR("give what the policy needs to know, such as the Namespace");
    return pt_findings_add(&j->run.findings, &j->arena, &f);
}

// -- Gatekeeper
// -------------------------------------------------------------------------------------

static bool ambiguous(const pt_gk_constraint *all, size_t n, size_t at) {
    for (size_t i = 0; i < n; i++)
        if (i != at && pt_str_eq(all[i].name, all[at].name))
            return true;
    return false;
}

static const pt_check *row_of(judging *k, const pt_gk_constraint *c) {
    size_t n;
    const pt_gk_constraint *all = pt_gk_constraints(k->p->set, &n);
    size_t i = (size_t)(c - all);
    const pt_check **row = &k->p->of_constraints[i];
    if (!*row)
        *row =
            pt_policy_row_of_constraint(&k->p->j->arena, c, PT_GK_ADMISSION, ambiguous(all, n, i));
    return *row;
}

static bool violated(const pt_gk_verdict *v, const pt_gk_constraint *c) {
    for (size_t i = 0; i < v->violations.n; i++)
        if (v->violations.v[i].constraint == c)
            return true;
    return false;
}

static bool tell_verdict(judging *k, const pt_gk_verdict *v) {
    for (size_t i = 0; i < v->violations.n; i++) {
        const pt_gk_violation *x = &v->violations.v[i];
        if (!add(k, row_of(k, x->constraint), x->error ? PT_NOT_EVALUATED : PT_FAIL, x->message))
            return false;
    }
    for (size_t i = 0; i < v->judged.n; i++)
        if (!violated(v, v->judged.v[i]) && !add(k, row_of(k, v->judged.v[i]), PT_PASS, PT_STR("")))
            return false;
    return true;
}

static pt_value namespace_of(const judging *k) {
    pt_str in = pt_text(pt_getz(pt_getz(k->object->doc, "metadata"), "namespace"));
    pt_value all = pt_getz(pt_getz(pt_getz(k->inventory, "cluster"), "v1"), "Namespace");
    return pt_get(all, in);
}

// As the API server would ask when it is created.
static pt_code judge_gatekeeper(judging *k, pt_err *e) {
    pt_gk_verdict v;
    pt_gk_review r = {.object = k->object->doc,
                      .namespace = namespace_of(k),
                      .operation = PT_STR("CREATE"),
                      .inventory = k->inventory,
                      .point = PT_GK_ADMISSION,
                      .deadline_ns = pt_monotonic_ns() + DEADLINE_S * PT_SECOND_NS,
                      .now_ns = k->world.now_ns};
    pt_code code = pt_gk_judge_review(k->gk, &k->a, &r, &v, e);
    if (code == PT_E_FORMAT)
        return tell_unjudged(k->p->j, k->object->place, pt_str_of(e->what), e);
    return code || tell_verdict(k, &v) ? code : no_room(e);
}

// -- Rego
// -------------------------------------------------------------------------------------------

static const pt_check *row_of_rule(judging *k, const pt_conftest_rule *r) {
    size_t n;
    const pt_conftest_rule *all = pt_conftest_rules(k->p->rego, &n);
    const pt_check **row = &k->p->of_rules[r - all];
    if (!*row)
        *row = pt_policy_row_of_rule(&k->p->j->arena, r);
    return *row;
}

static bool tell_rule(judging *k, const pt_conftest_verdict *v) {
    static const pt_verdict VERDICTS[] = {[PT_CONFTEST_GOOD] = PT_PASS,
                                          [PT_CONFTEST_BAD] = PT_FAIL,
                                          [PT_CONFTEST_EXCEPT] = PT_NOT_APPLICABLE,
                                          [PT_CONFTEST_ERROR] = PT_NOT_EVALUATED};
    const pt_check *row = row_of_rule(k, v->rule);
    if (v->messages.n == 0)
        return add(k, row, VERDICTS[v->outcome], PT_STR(""));
    for (size_t i = 0; i < v->messages.n; i++)
        if (!add(k, row, VERDICTS[v->outcome], v->messages.v[i]))
            return false;
    return true;
}

static pt_code judge_rego(judging *k, pt_err *e) {
    pt_conftest_verdicts all;
    k->world.deadline_ns = pt_monotonic_ns() + DEADLINE_S * PT_SECOND_NS;
    pt_code code = pt_conftest_judge(k->p->rego, &k->a, k->object->doc, &k->opts, &all, e);
    for (size_t i = 0; !code && i < all.n; i++)
        if (!tell_rule(k, &all.v[i]))
            code = no_room(e);
    return code;
}

// -- all of it
// --------------------------------------------------------------------------------------

static pt_value inventory_of(pt_policies *p) {
    pt_value *docs = PT_NEW(&p->arena, pt_value, p->objects.n);
    for (size_t i = 0; docs && i < p->objects.n; i++)
        docs[i] = p->objects.v[i].doc;
    return docs ? pt_gk_inventory(&p->arena, docs, p->objects.n) : pt_undefined();
}

static pt_code judge_all(judging *k, pt_err *e) {
    pt_code code = PT_OK;
    k->inventory = inventory_of(k->p);
    if (!k->gk || !k->opts.machine || !k->opts.cache || !pt_defined(k->inventory))
        return no_room(e);
    for (size_t i = 0; !code && i < k->p->objects.n; i++) {
        pt_arena_clear(&k->a);
        k->object = &k->p->objects.v[i];
        code = judge_gatekeeper(k, e);
        if (!code)
            code = judge_rego(k, e);
    }
    return code;
}

pt_code pt_policies_judge(pt_journey *j, pt_err *e) {
    if (!j->policies)
        return PT_OK;
    judging k = {.p = j->policies,
                 .gk = pt_gk_judge_new(j->policies->set),
                 .world = {.now_ns = pt_now()},
                 .opts = {.machine = pt_machine_new(), .cache = pt_fn_cache_new(PATTERNS_MAX)}};
    k.opts.world = &k.world;
    pt_arena_init(&k.a, CASE_BYTES_MAX);
    pt_code code = judge_all(&k, e);
    pt_gk_judge_free(k.gk);
    pt_machine_free(k.opts.machine);
    pt_fn_cache_free(k.opts.cache);
    pt_arena_done(&k.a);
    return code;
}
