// Pod Security in an audit of a cluster: what is there, judged as if it came now.
#include "cli/guard_k8s_audit.h"

#define REMEDY                                                                    \
    "securityContext:\n  runAsNonRoot: true\n  allowPrivilegeEscalation: false\n" \
    "  capabilities:\n    drop: [ALL]\n  seccompProfile:\n    type: RuntimeDefault\n"

#define LEVEL(ID, SEVERITY, TITLE, CONSEQUENCE)                                        \
    {.id = ID,                                                                         \
     .severity = SEVERITY,                                                             \
     .kind = PT_KIND_OBJECT,                                                           \
     .title = TITLE,                                                                   \
     .good = "The level of the namespace is kept",                                     \
     .act = "Bring %s to the level of its namespace",                                  \
     .consequence = CONSEQUENCE,                                                       \
     .interrupts = "rolls the pods",                                                   \
     .why = "Pod Security asks when something comes, and never again: what was there " \
            "before its level stays.",                                                 \
     .remedy = REMEDY,                                                                 \
     .standards = "PSS"}

enum {
    ENFORCED,
    WARNED,
    AUDITED,
};
static const pt_check ROWS[] = {
    [ENFORCED] = LEVEL("pod-security.enforce", PT_HIGH, "The enforced Pod Security level is broken",
                       "It runs, and would not be admitted again."),
    [WARNED] = LEVEL("pod-security.warn", PT_MEDIUM, "The Pod Security level that warns is broken",
                     "Whoever applies it is warned; its pods may be refused."),
    [AUDITED] = LEVEL("pod-security.audit", PT_LOW, "The audited Pod Security level is broken",
                      "The cluster takes it, and its audit log tells of it."),
};

static pt_code found(pt_k8s_audit *u, size_t row, pt_verdict v, pt_str rule, pt_str message,
                     pt_err *e) {
    static const pt_str ACTIONS[] = {PT_STR("deny"), PT_STR("warn"), PT_STR("dryrun")};
    pt_k8s_audit_note_it(u, &(pt_k8s_audit_note){.policy = PT_STR("pod-security"),
                                                 .rule = rule,
                                                 .action = ACTIONS[row],
                                                 .message = message,
                                                 .verdict = v,
                                                 .severity = ROWS[row].severity});
    return pt_k8s_audit_found(u, &ROWS[row], v, message, e);
}

static pt_str annotation(const pt_admission_verdict *v, const char *key) {
    for (size_t i = 0; i + 1 < v->annotations.n; i += 2)
        if (pt_str_eqz(v->annotations.v[i], key))
            return v->annotations.v[i + 1];
    return (pt_str){0};
}

static pt_code tell_violations(pt_k8s_audit *u, const pt_admission_verdict *v, pt_err *e) {
    static const char *const LEVELS[] = {"privileged", "baseline", "restricted"};
    pt_code code = PT_OK;
    for (size_t i = 0; i < v->pods.violations.n && !code; i++) {
        const pt_podsec_violation *x = &v->pods.violations.v[i];
        pt_str text = pt_arena_printf(
            &u->each, "%s:%.*s: %s%s%.*s%s", LEVELS[v->enforced.level], PT_PRI(v->enforced.version),
            x->reason, x->detail.n ? " (" : "", PT_PRI(x->detail), x->detail.n ? ")" : "");
        code = found(u, ENFORCED, PT_FAIL, pt_str_of(x->control->id), text, e);
    }
    return code;
}

static pt_code tell(pt_k8s_audit *u, const pt_admission_verdict *v, pt_err *e) {
    pt_str level = PT_STR("level");
    pt_str noted = annotation(v, "audit-violations");
    pt_str unread = annotation(v, "error");
    if (v->end == PT_ADMISSION_EXCLUDED || annotation(v, "exempt").n)
        return PT_OK;
    if (v->pods.violations.n)
        return tell_violations(u, v, e);
    if (v->end == PT_ADMISSION_UNJUDGED)
        return found(u, ENFORCED, PT_NOT_EVALUATED, level, v->message, e);
    if (v->message.n)
        return found(u, ENFORCED, PT_FAIL, level, v->message, e);
    if (unread.n)
        return found(u, ENFORCED, PT_NOT_EVALUATED, level, unread, e);
    if (v->warnings.n)
        return found(u, WARNED, PT_FAIL, level, v->warnings.v[0], e);
    return found(u, noted.n ? AUDITED : ENFORCED, noted.n ? PT_FAIL : PT_PASS, level, noted, e);
}

// Whoever may break the glass is asked as: a Namespace that is there has been allowed to.
static pt_value groups_of(pt_k8s_audit *u) {
    const pt_admission_policy *p = &u->settings.webhook.judge;
    pt_list l = {.a = &u->each};
    for (size_t i = 0; i < p->n_glass_groups; i++)
        pt_list_add(&l, pt_string(p->glass_groups[i]));
    return pt_list_end(&l);
}

pt_code pt_k8s_audit_podsec(pt_k8s_audit *u, pt_err *e) {
    const pt_cluster_kind *k = &u->at.kind->kind;
    pt_admission_verdict v;
    pt_arena_clear(&u->each);
    pt_admission_policy policy = u->settings.webhook.judge;
    pt_admission_world world = {.namespaces = u->namespaces, .now_ns = u->j.run.started};
    pt_admission_request r = {.operation = PT_STR("CREATE"),
                              .group = k->group,
                              .version = k->version,
                              .kind = k->kind,
                              .resource = k->resource,
                              .namespace = u->at.namespace,
                              .name = u->at.name,
                              .groups = groups_of(u),
                              .object = u->at.doc};
    policy.policies = NULL;
    pt_code code = pt_admission_judge(&u->each, &policy, &world, &r, &v, e);
    return code ? code : tell(u, &v, e);
}
