// Judging by policies, one object and one policy at a time: what one needs too much of is not lost
// to the others.
#include <stdlib.h>

#include "base/instant.h"
#include "cli/policies_impl.h"
#include "judge/catalogue/catalogue.h"

#define ONE_MIB_MAX PT_POLICY_ONE_MIB_MAX
#define ONE_S_MAX   PT_POLICY_ONE_S_MAX
#define ONE_NS_MAX  (ONE_S_MAX * PT_SECOND_NS)

pt_code pt_policies_keep(pt_policies *p, const pt_object *o, pt_place place, pt_err *e) {
    pt_kept_object *k = PT_PUSH(&p->arena, &p->objects);
    if (!k)
        return pt_policies_no_room(e);
    *k = (pt_kept_object){pt_clone(&p->arena, o->doc), pt_arena_str(&p->arena, o->name), place};
    return pt_defined(k->doc) && k->name.p ? PT_OK : pt_policies_no_room(e);
}

typedef struct pt_policies_judging {
    pt_policies *p;
    pt_arena a; // of one object and one policy
    pt_gk_judge *gk;
    pt_eval_opts opts; // of Rego
    pt_fn_world world;
    pt_policies_world cluster;
    const pt_kept_object *object;
    const pt_gk_constraint *constraint; // that judges; NULL: a rule does
    int64_t end_ns;                     // when the time for all of it is over
} judging;

static bool selected(const judging *k, const pt_check *row) {
    return pt_check_selected(row, pt_str_of(pt_args_get(k->p->j->args, "only")));
}

// Text of `a` is copied: it dies with the object.
static bool add(judging *k, const pt_check *row, pt_verdict v, pt_str evidence,
                const char *remedy) {
    pt_journey *j = k->p->j;
    pt_finding f = {.check = row,
                    .verdict = v,
                    .kind = PT_KIND_OBJECT,
                    .place = k->object->place,
                    .remedy = pt_str_of(remedy)};
    if (k->cluster.found && k->constraint)
        k->cluster.found(k->cluster.ctx, k->constraint, row, v, evidence);
    if (pt_findings_keeps(&j->run.findings, f.kind, v)) {
        f.subject = pt_arena_str(&j->arena, k->object->name);
        f.evidence = pt_policies_safe(&j->arena, evidence);
    }
    return pt_findings_add(&j->run.findings, &j->arena, &f);
}

// -- what could not be judged ---------------------------------------------------------------------

static const char CHEAPER[] = "let the policy do less, or leave it out";
static const char REPAIR[] = "repair the policy, or leave it out";
static const char TELL[] = "give what the policy needs to know, such as the Namespace";

static bool add_late(judging *k, const pt_check *row) {
    const char *whole = pt_args_get(k->p->j->args, "timeout");
    if (pt_monotonic_ns() >= k->end_ns) {
        pt_str text = pt_arena_printf(&k->p->j->arena, "all policies together took more than %s",
                                      whole ? whole : "5m");
        return add(k, row, PT_NOT_EVALUATED, text, "give more time: --timeout 30m");
    }
    pt_str why = pt_arena_printf(&k->p->j->arena, "it took more than %d s", ONE_S_MAX);
    return add(k, row, PT_NOT_EVALUATED, why, CHEAPER);
}

// Nothing came of it at all.
static bool add_lost(judging *k, const pt_check *row, pt_code code, const pt_err *why) {
    if (code != PT_E_NOMEM)
        return add(k, row, PT_NOT_EVALUATED, pt_str_of(why->what), "repair the manifest");
    pt_str text =
        pt_arena_printf(&k->p->j->arena, "it needs more than %d MiB of memory", ONE_MIB_MAX);
    return add(k, row, PT_NOT_EVALUATED, text, CHEAPER);
}

// False: there is no time left.
static bool begin(judging *k) {
    int64_t now = pt_monotonic_ns();
    int64_t left = k->end_ns - now;
    pt_arena_clear(&k->a);
    k->world.deadline_ns = now + (left < ONE_NS_MAX ? left : ONE_NS_MAX);
    return left > 0;
}

// -- Gatekeeper -----------------------------------------------------------------------------------

static bool tell_violation(judging *k, const pt_check *row, const pt_gk_violation *x) {
    if (x->late)
        return add_late(k, row);
    if (x->error)
        return add(k, row, PT_NOT_EVALUATED, x->message, x->unknown ? TELL : REPAIR);
    return add(k, row, PT_FAIL, x->message, NULL);
}

static bool tell_verdict(judging *k, const pt_check *row, const pt_gk_verdict *v) {
    for (size_t i = 0; i < v->violations.n; i++)
        if (!tell_violation(k, row, &v->violations.v[i]))
            return false;
    return v->violations.n || !v->judged.n || add(k, row, PT_PASS, PT_STR(""), NULL);
}

static pt_value namespace_of(const judging *k) {
    pt_str in = pt_text(pt_getz(pt_getz(k->object->doc, "metadata"), "namespace"));
    return pt_get(k->cluster.namespaces, in);
}

// As the API server would ask when it is created; audits ask without an operation.
static bool judge_constraint(judging *k, const pt_gk_constraint *c, const pt_check *row) {
    pt_gk_verdict v;
    pt_err why = {0};
    if (!begin(k))
        return add_late(k, row);
    pt_gk_review r = {.object = k->object->doc,
                      .namespace = namespace_of(k),
                      .operation =
                          k->p->point == PT_GK_ADMISSION ? PT_STR("CREATE") : (pt_str){NULL, 0},
                      .inventory = k->cluster.inventory,
                      .point = k->p->point,
                      .only = c,
                      .deadline_ns = k->world.deadline_ns,
                      .now_ns = k->world.now_ns};
    pt_code code = pt_gk_judge_review(k->gk, &k->a, &r, &v, &why);
    return code ? add_lost(k, row, code, &why) : tell_verdict(k, row, &v);
}

static bool judge_gatekeeper(judging *k) {
    size_t n;
    const pt_gk_constraint *all = pt_gk_constraints(k->p->set, &n);
    for (size_t i = 0; i < n; i++) {
        const pt_check *row = k->p->of_constraints[i];
        bool asked = all[i].actions[k->p->point] != PT_GK_NOTHING && selected(k, row) &&
                     !(k->cluster.unsure && all[i].looks_up);
        k->constraint = &all[i];
        if (asked && !judge_constraint(k, &all[i], row))
            return false;
    }
    k->constraint = NULL;
    return true;
}

// -- Rego -----------------------------------------------------------------------------------------

static bool tell_rule(judging *k, const pt_check *row, const pt_conftest_verdict *v) {
    static const pt_verdict VERDICTS[] = {[PT_CONFTEST_GOOD] = PT_PASS,
                                          [PT_CONFTEST_BAD] = PT_FAIL,
                                          [PT_CONFTEST_EXCEPT] = PT_NOT_APPLICABLE,
                                          [PT_CONFTEST_ERROR] = PT_NOT_EVALUATED};
    pt_verdict verdict = VERDICTS[v->outcome];
    if (v->late)
        return add_late(k, row);
    if (v->messages.n == 0)
        return add(k, row, verdict, PT_STR(""), NULL);
    for (size_t i = 0; i < v->messages.n; i++)
        if (!add(k, row, verdict, v->messages.v[i].text,
                 verdict == PT_NOT_EVALUATED ? REPAIR : NULL))
            return false;
    return true;
}

static bool judge_rule(judging *k, const pt_conftest_rule *r, const pt_check *row) {
    pt_conftest_verdict v;
    pt_err why = {0};
    if (!begin(k))
        return add_late(k, row);
    pt_code code = pt_conftest_judge(k->p->rego, &k->a, r, &k->opts, &v, &why);
    return code ? add_lost(k, row, code, &why) : tell_rule(k, row, &v);
}

static bool judge_rego(judging *k) {
    size_t n;
    const pt_conftest_rule *all = pt_conftest_rules(k->p->rego, &n);
    k->opts.input = k->object->doc;
    for (size_t i = 0; i < n; i++)
        if (selected(k, k->p->of_rules[i]) && !judge_rule(k, &all[i], k->p->of_rules[i]))
            return false;
    return true;
}

// -- all of it ------------------------------------------------------------------------------------

static pt_value inventory_of(pt_policies *p) {
    pt_value *docs = PT_NEW(&p->arena, pt_value, p->objects.n);
    for (size_t i = 0; docs && i < p->objects.n; i++)
        docs[i] = p->objects.v[i].doc;
    return docs ? pt_gk_inventory(&p->arena, docs, p->objects.n) : pt_undefined();
}

static pt_value namespaces_of(pt_value inventory) {
    return pt_getz(pt_getz(pt_getz(inventory, "cluster"), "v1"), "Namespace");
}

static pt_code begin_judging(judging *k, pt_policies *p, const pt_policies_world *w, pt_err *e) {
    *k = (judging){
        .p = p,
        .gk = pt_gk_judge_new(p->set),
        .world = {.now_ns = pt_now()},
        .cluster = *w,
        .end_ns = pt_monotonic_ns() + p->timeout_ns,
        .opts = {.machine = pt_machine_new(), .cache = pt_fn_cache_new(PT_POLICY_PATTERNS_MAX)}};
    k->opts.world = &k->world;
    pt_arena_init(&k->a, (size_t)ONE_MIB_MAX << 20);
    return k->gk && k->opts.machine && k->opts.cache ? PT_OK : pt_policies_no_room(e);
}

static void end_judging(judging *k) {
    pt_gk_judge_free(k->gk);
    pt_machine_free(k->opts.machine);
    pt_fn_cache_free(k->opts.cache);
    pt_arena_done(&k->a);
}

static pt_code judge_one(judging *k, const pt_kept_object *o, pt_err *e) {
    k->object = o;
    return judge_gatekeeper(k) && judge_rego(k) ? PT_OK : pt_policies_no_room(e);
}

pt_code pt_policies_judge(pt_journey *j, pt_err *e) {
    pt_policies *p = j->policies;
    judging k;
    if (!p)
        return PT_OK;
    pt_policies_world w = {.inventory = inventory_of(p)};
    if (!pt_defined(w.inventory))
        return pt_policies_no_room(e);
    w.namespaces = namespaces_of(w.inventory);
    pt_code code = begin_judging(&k, p, &w, e);
    for (size_t i = 0; i < p->objects.n && !code; i++)
        code = judge_one(&k, &p->objects.v[i], e);
    end_judging(&k);
    return code;
}

// -- one by one -----------------------------------------------------------------------------------

pt_code pt_policies_judging_new(pt_policies_judging **ret, pt_journey *j,
                                const pt_policies_world *w, pt_err *e) {
    judging *k = calloc(1, sizeof *k);
    if (!k)
        return pt_policies_no_room(e);
    pt_code code = begin_judging(k, j->policies, w, e);
    if (code)
        pt_policies_judging_free(k);
    else
        *ret = k;
    return code;
}

pt_code pt_policies_judge_object(pt_policies_judging *k, pt_value doc, pt_str name, pt_err *e) {
    pt_kept_object o = {.doc = doc, .name = name};
    return judge_one(k, &o, e);
}

void pt_policies_judging_free(pt_policies_judging *k) {
    if (!k)
        return;
    end_judging(k);
    free(k);
}
