// What an audit of a cluster writes into it: reports by server-side apply, and the status of
// Gatekeeper's constraints.
#include "cli/guard_k8s_audit.h"
#include "value/json.h"

#define GROUP   "wgpolicyk8s.io"
#define VERSION "v1alpha2"
#define INSTALL                                                                           \
    "kubectl apply -k deploy/kubernetes/overlays/reports, or the definitions of another " \
    "tool (kubernetes-sigs/wg-policy-prototypes, policy-report/crd/v1alpha2)"

enum {
    BODY_BYTES_MAX = 3 << 20,
    PATH_BYTES_MAX = 2048,
    TOLD_MAX = 10,
};

typedef struct writing {
    pt_k8s_audit *u;
    pt_arena a; // of one request
    size_t failed;
    pt_time_ns now;
} writing;

// -- requests -------------------------------------------------------------------------------------

static void fail(writing *w, const pt_err *e) {
    if (++w->failed <= TOLD_MAX)
        pt_say_error(e);
}

static void refuse(writing *w, const char *what, pt_str path, const pt_cluster_result *r) {
    pt_err e = {0};
    PT_AUTO(pt_buf_done) pt_buf said = PT_BUF(PATH_BYTES_MAX);
    pt_buf_put_safe(&said, pt_str_sub(pt_text(pt_getz(r->value, "message")), 0, 256));
    PT_IGNORE(pt_err_set(&e, PT_E_DENIED, "the API server refuses to %s: %d %.*s", what, r->status,
                         PT_PRI(pt_buf_str(&said))));
    pt_err_at(&e, "%.*s", PT_PRI(path));
    fail(w, &e);
}

// A name that can be a step of a path.
static bool is_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
            return false;
    }
    return s.n > 0 && s.n <= 253;
}

// The status of the answer; 0: there was none, which was told.
static int send(writing *w, const char *method, pt_str path, const char *type, pt_value body,
                pt_cluster_result *ret) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(BODY_BYTES_MAX);
    pt_err e = {0};
    pt_code code = PT_OK;
    if (type && !pt_defined(body))
        code = pt_err_set(&e, PT_E_NOMEM, "no memory for what is to be written");
    if (!code && type)
        code = pt_json_write(&text, body, NULL, &e);
    pt_cluster_call call = {
        .method = method, .path = path.p, .type = type, .body = pt_buf_str(&text)};
    if (!code)
        code = pt_cluster_send(w->u->cluster, &w->a, &call, ret, &e);
    if (!code)
        return ret->status;
    pt_err_at(&e, "%.*s", PT_PRI(path));
    fail(w, &e);
    return 0;
}

// -- reports --------------------------------------------------------------------------------------

static const pt_cluster_kind *kind_of(const pt_k8s_audit *u, const char *group, pt_str kind) {
    for (size_t i = 0; i < u->kinds.n; i++)
        if (pt_str_eqz(u->kinds.v[i].kind.group, group) && pt_str_eq(u->kinds.v[i].kind.kind, kind))
            return &u->kinds.v[i].kind;
    return NULL;
}

static pt_str path_of(pt_arena *a, pt_str namespace, const char *query) {
    if (namespace.n)
        return pt_arena_printf(
            a, "/apis/" GROUP "/" VERSION "/namespaces/%.*s/policyreports/" PT_REPORT_NAME "%s",
            PT_PRI(namespace), query);
    return pt_arena_printf(
        a, "/apis/" GROUP "/" VERSION "/clusterpolicyreports/" PT_REPORT_NAME "%s", query);
}

static void apply(writing *w, const pt_policy_report *r) {
    pt_cluster_result result = {0};
    pt_arena_clear(&w->a);
    if (r->namespace.n && !is_name(r->namespace))
        return; // the server has no such namespace
    pt_str path = path_of(&w->a, r->namespace, "?fieldManager=paratia&force=true");
    int status = send(w, "PATCH", path, "application/apply-patch+yaml",
                      pt_policyreport_make(&w->a, r), &result);
    if (status && status != 200 && status != 201)
        refuse(w, "take a report", path, &result);
}

// Where the findings of a namespace begin among the sorted ones; `after`: those behind them.
static size_t bound(const pt_k8s_audit *u, pt_str namespace, bool after) {
    size_t from = 0;
    size_t to = u->found.n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int c = pt_str_cmp(u->found.v[middle].namespace, namespace);
        if (c < 0 || (c == 0 && after))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void apply_all(writing *w, bool namespaced) {
    pt_k8s_audit *u = w->u;
    for (size_t i = 0; i < u->reports.n; i++) {
        const pt_audited_namespace *n = &u->reports.v[i];
        if (!n->judged || (n->name.n > 0) != namespaced)
            continue;
        size_t from = bound(u, n->name, false);
        apply(w, &(pt_policy_report){.namespace = n->name,
                                     .v = u->found.v + from,
                                     .n = bound(u, n->name, true) - from,
                                     .passed = n->passed,
                                     .time = w->now,
                                     .incomplete = pt_buf_str(&u->shortfall)});
    }
}

// -- reports that say what is no more -------------------------------------------------------------

typedef struct stale {
    writing *w;
    pt_arena a;
    PT_VEC(pt_str) namespaces;
} stale;

static bool is_current(const pt_k8s_audit *u, pt_str namespace) {
    for (size_t i = 0; i < u->reports.n; i++)
        if (u->reports.v[i].judged && pt_str_eq(u->reports.v[i].name, namespace))
            return true;
    return false;
}

static pt_code take_report(void *ctx, pt_value report, pt_err *e) {
    stale *s = ctx;
    pt_value meta = pt_getz(report, "metadata");
    pt_str namespace = pt_text(pt_getz(meta, "namespace"));
    bool ours =
        pt_str_eqz(pt_text(pt_getz(meta, "name")), PT_REPORT_NAME) &&
        pt_str_eqz(pt_text(pt_getz(pt_getz(meta, "labels"), PT_REPORT_LABEL)), PT_REPORT_NAME);
    if (!ours || is_current(s->w->u, namespace))
        return PT_OK;
    pt_str *slot = PT_PUSH(&s->a, &s->namespaces);
    if (slot)
        *slot = pt_arena_str(&s->a, namespace);
    return s->a.full ? pt_err_set(e, PT_E_NOMEM, "no memory for old reports") : PT_OK;
}

static void forget(void *ctx) {
    ((stale *)ctx)->namespaces.n = 0;
}

static void delete_stale(writing *w, const pt_cluster_kind *kind) {
    stale s = {.w = w};
    pt_cluster_kind k = *kind;
    pt_cluster_lister lister = {.take = take_report, .restart = forget, .ctx = &s};
    pt_str version;
    pt_err e = {0};
    k.version = PT_STR(VERSION);
    if (pt_cluster_list(w->u->cluster, &s.a, &k, &lister, &version, &e))
        fail(w, &e);
    for (size_t i = 0; i < s.namespaces.n; i++) {
        pt_cluster_result result = {0};
        pt_arena_clear(&w->a);
        pt_str path = path_of(&w->a, s.namespaces.v[i], "");
        int status = send(w, "DELETE", path, NULL, pt_undefined(), &result);
        if (status && status != 200 && status != 202 && status != 404)
            refuse(w, "delete an old report", path, &result);
    }
    pt_arena_done(&s.a);
}

static void write_reports(writing *w, bool namespaced) {
    pt_str kind = pt_str_of(namespaced ? "PolicyReport" : "ClusterPolicyReport");
    const pt_cluster_kind *k = kind_of(w->u, GROUP, kind);
    if (!k) {
        pt_err e = {0};
        PT_IGNORE(pt_err_set(&e, PT_E_UNSUPPORTED,
                             "the cluster has no %.*s (" GROUP "/" VERSION "): none is written",
                             PT_PRI(kind)));
        pt_err_remedy(&e, INSTALL);
        fail(w, &e);
        return;
    }
    apply_all(w, namespaced);
    if (!w->u->shortfall.n) // else nobody knows what is no more
        delete_stale(w, k);
}

// -- the status of constraints --------------------------------------------------------------------

// Was all looked at that it is about? Otherwise its status would say too little.
static bool is_whole(const pt_k8s_audit *u, const pt_gk_constraint *c) {
    bool whole = !(u->unsure && c->looks_up) && !u->full;
    for (size_t i = 0; i < u->gaps.n && whole; i++)
        whole = !pt_gk_concerns(c, u->gaps.v[i].group, u->gaps.v[i].kind) &&
                !pt_str_eqz(u->gaps.v[i].kind, "Namespace");
    return whole;
}

static pt_value status_of(writing *w, const pt_gk_constraint *c) {
    const pt_k8s_audit *u = w->u;
    PT_VEC(pt_policy_finding) mine = {0};
    for (size_t i = 0; i < u->found.n; i++) {
        const pt_policy_finding *f = &u->found.v[i];
        if (!pt_str_eq(f->policy, c->name) || !pt_str_eq(f->rule, c->kind))
            continue;
        pt_policy_finding *slot = PT_PUSH(&w->a, &mine);
        if (!slot)
            return pt_undefined();
        *slot = *f;
    }
    return pt_constraint_status(&w->a, mine.v, mine.n, w->now);
}

static void write_status(writing *w, const pt_gk_constraint *c) {
    pt_cluster_result result = {0};
    const pt_cluster_kind *k = kind_of(w->u, "constraints.gatekeeper.sh", c->kind);
    pt_arena_clear(&w->a);
    if (!k || !is_name(c->name))
        return; // it is of files alone
    pt_str path = pt_arena_printf(&w->a, "/apis/%.*s/%.*s/%.*s/%.*s", PT_PRI(k->group),
                                  PT_PRI(k->version), PT_PRI(k->resource), PT_PRI(c->name));
    int status = send(w, "GET", path, NULL, pt_undefined(), &result);
    if (status && status != 200 && status != 404)
        refuse(w, "show a constraint", path, &result);
    if (status != 200)
        return;
    path = pt_arena_printf(&w->a, "%.*s/status", PT_PRI(path));
    status = send(w, "PATCH", path, "application/merge-patch+json", status_of(w, c), &result);
    if (status && status != 200)
        refuse(w, "take the status of a constraint", path, &result);
}

static void write_statuses(writing *w) {
    size_t n = 0;
    size_t left = 0;
    const pt_policies *p = w->u->j.policies;
    const pt_gk_constraint *all = p ? pt_gk_constraints(pt_policies_set(p), &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        if (all[i].actions[PT_GK_AUDIT] == PT_GK_NOTHING)
            continue;
        if (is_whole(w->u, &all[i]))
            write_status(w, &all[i]);
        else
            left++;
    }
    if (!left)
        return;
    pt_err e = {0};
    PT_IGNORE(pt_err_set(&e, PT_E_ABSENT,
                         "the status of %zu constraints stays as it was: not all that they are "
                         "about could be listed",
                         left));
    fail(w, &e);
}

bool pt_k8s_audit_write(pt_k8s_audit *u) {
    writing w = {.u = u, .now = u->j.run.started};
    pt_policy_findings_sort(u->found.v, u->found.n);
    write_reports(&w, true);
    write_reports(&w, false);
    write_statuses(&w);
    if (w.failed > TOLD_MAX) {
        pt_err e = {0};
        PT_IGNORE(pt_err_set(&e, PT_E_IO, "%zu more could not be written", w.failed - TOLD_MAX));
        pt_say_error(&e);
    }
    pt_arena_done(&w.a);
    return !w.failed;
}
