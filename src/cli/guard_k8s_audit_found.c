// What an audit of a cluster found, for the report and for what is written.
#include "cli/guard_k8s_audit.h"

enum {
    NAME_BYTES_MAX = 4096,
};

static const pt_check UNLISTED = {
    .id = "PT-K8S-UNLISTED",
    .severity = PT_HIGH,
    .kind = PT_KIND_OBJECT,
    .title = "Objects of the cluster are not known",
    .good = "All objects could be listed",
    .act = "Let the audit list %s",
    .consequence = "Nobody has judged them.",
    .interrupts = "nothing",
    .why = "What cannot be listed cannot be judged, and is no pass.",
    .remedy = "# a ClusterRole with the verb list on what the finding names\n",
    .standards = "-",
};

pt_code pt_k8s_audit_found(pt_k8s_audit *u, const pt_check *row, pt_verdict v, pt_str message,
                           pt_err *e) {
    pt_arena *a = &u->j.arena;
    pt_finding f = {.check = row, .verdict = v, .kind = PT_KIND_OBJECT};
    if (pt_findings_keeps(&u->j.run.findings, f.kind, v)) {
        PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1 << 16);
        pt_buf_put_safe(&text, message);
        f.subject = pt_arena_str(a, u->at.shown);
        f.evidence = pt_arena_str(a, pt_buf_str(&text));
    }
    return pt_findings_add(&u->j.run.findings, a, &f)
               ? PT_OK
               : pt_err_set(e, PT_E_NOMEM, "the findings need more memory than the limit");
}

// The entry of the namespace; objects come sorted by it.
static pt_audited_namespace *report_of(pt_k8s_audit *u, pt_str namespace) {
    if (u->report < u->reports.n && pt_str_eq(u->reports.v[u->report].name, namespace))
        return &u->reports.v[u->report];
    for (u->report = 0; u->report < u->reports.n; u->report++)
        if (pt_str_eq(u->reports.v[u->report].name, namespace))
            return &u->reports.v[u->report];
    pt_audited_namespace *slot = PT_PUSH(&u->found_a, &u->reports);
    if (slot)
        *slot = (pt_audited_namespace){.name = pt_arena_str(&u->found_a, namespace)};
    return slot;
}

static void keep_finding(pt_k8s_audit *u, const pt_k8s_audit_note *n) {
    pt_arena *a = &u->found_a;
    pt_policy_finding *f = PT_PUSH(a, &u->found);
    if (!f)
        return;
    *f = (pt_policy_finding){
        .version = pt_arena_str(a, pt_text(pt_getz(u->at.doc, "apiVersion"))),
        .kind = pt_arena_str(a, pt_text(pt_getz(u->at.doc, "kind"))),
        .namespace = pt_arena_str(a, u->at.namespace),
        .name = pt_arena_str(a, u->at.name),
        .uid = pt_arena_str(a, pt_text(pt_getz(pt_getz(u->at.doc, "metadata"), "uid"))),
        .policy = pt_arena_str(a, n->policy),
        .rule = pt_arena_str(a, n->rule),
        .action = n->action,
        .message = pt_arena_str(a, n->message),
        .severity = n->severity};
    if (n->verdict == PT_NOT_EVALUATED)
        f->result = PT_RESULT_ERROR;
    else
        f->result = pt_str_eqz(n->action, "deny") ? PT_RESULT_FAIL : PT_RESULT_WARN;
}

void pt_k8s_audit_note_it(pt_k8s_audit *u, const pt_k8s_audit_note *n) {
    if (!u->writes)
        return;
    if (!report_of(u, u->at.namespace))
        return; // found_a is full: asked for at the end
    uint32_t *slot = PT_PUSH(&u->found_a, &u->passes);
    if (slot)
        *slot = (uint32_t)u->report * 2 + (n->verdict == PT_PASS);
    if (n->verdict != PT_PASS)
        keep_finding(u, n);
}

void pt_k8s_audit_by_policy(void *ctx, const pt_gk_constraint *c, const pt_check *row, pt_verdict v,
                            pt_str message) {
    pt_k8s_audit_note_it(
        ctx, &(pt_k8s_audit_note){.policy = c->name,
                                  .rule = c->kind,
                                  .action = pt_str_of(pt_gk_action_word(c->actions[PT_GK_AUDIT])),
                                  .message = message,
                                  .verdict = v,
                                  .severity = row->severity});
}

// What there is no list of.
pt_code pt_k8s_audit_unlisted(pt_k8s_audit *u, const pt_cluster_kind *k, const char *why,
                              pt_err *e) {
    pt_arena *a = &u->j.arena;
    pt_str what =
        k->kind.n
            ? pt_arena_printf(a, "%.*s (%.*s%s%.*s)", PT_PRI(k->kind), PT_PRI(k->group),
                              k->group.n ? "/" : "", PT_PRI(k->version))
            : pt_arena_printf(a, "what is in %.*s/%.*s", PT_PRI(k->group), PT_PRI(k->version));
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(NAME_BYTES_MAX);
    pt_buf_put_safe(&safe, what);
    pt_finding f = {.check = &UNLISTED,
                    .verdict = PT_NOT_EVALUATED,
                    .kind = PT_KIND_OBJECT,
                    .subject = pt_arena_str(a, pt_buf_str(&safe)),
                    .evidence = pt_arena_str(a, pt_str_of(why)),
                    .remedy = PT_STR("grant the verb list on it, or see why its server is gone")};
    pt_cluster_kind *slot = PT_PUSH(&u->a, &u->gaps);
    if (slot)
        *slot = *k;
    if (u->shortfall.n + safe.n + 4 < PT_AUDIT_SHORTFALL_BYTES_MAX)
        pt_buf_printf(&u->shortfall, "%s%.*s", u->shortfall.n ? ", " : "",
                      PT_PRI(pt_buf_str(&safe)));
    return slot && pt_findings_add(&u->j.run.findings, a, &f)
               ? PT_OK
               : pt_err_set(e, PT_E_NOMEM, "the findings need more memory than the limit");
}

void pt_k8s_audit_count(pt_k8s_audit *u) {
    for (size_t i = 0; i < u->passes.n; i++) {
        pt_audited_namespace *r = &u->reports.v[u->passes.v[i] / 2];
        r->judged++;
        r->passed += u->passes.v[i] % 2;
    }
    u->passes.n = 0;
}
