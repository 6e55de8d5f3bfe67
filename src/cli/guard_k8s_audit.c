// paratia guard k8s --audit: what a cluster holds, judged as the webhook judges what comes.
#include "cli/guard_k8s_audit.h"

#include <stdio.h>
#include <string.h>

#include "base/rights.h"
#include "cli/guard_k8s_cluster.h"
#include "cli/guard_k8s_needs.h"

enum {
    NAME_BYTES_MAX = 4096,
    EACH_MIB_MAX = 256,
    UNANSWERED_MAX = 3, // then nobody is asked any more
};
#define KEPT_BYTES_MAX ((size_t)4 << 30)
#define REPORTS        "wgpolicyk8s.io" // what audits write is not judged

// -- words ----------------------------------------------------------------------------------------

static const pt_str BOTH =
    PT_STR("audit|kubeconfig|in-cluster|cluster-policies|config-namespace|level|pod-security|"
           "policy|exclude|glass-group|config|state|"
           "json|quiet|ascii|help");
static const pt_str OF_AUDITS =
    PT_STR("write|all|output|fail-on|strict|baseline|against|no-record|color");

pt_code pt_guard_k8s_audit_words(const pt_args *args, pt_err *e) {
    bool audit = pt_args_flag(args, "audit");
    for (size_t i = 0; i < args->n; i++) {
        pt_str name = pt_str_of(args->values[i].option->name);
        bool of_audits = pt_str_in_list(name, OF_AUDITS, '|');
        if (audit ? of_audits || pt_str_in_list(name, BOTH, '|') : !of_audits)
            continue;
        pt_code code = pt_err_set(e, PT_E_USAGE,
                                  audit ? "--%.*s says nothing in an audit" : "--%.*s is of audits",
                                  PT_PRI(name));
        pt_err_remedy(e, "%s", audit ? "leave it out" : "--audit");
        return code;
    }
    return PT_OK;
}

// -- judging --------------------------------------------------------------------------------------

static bool excluded(const pt_k8s_audit *u) {
    const pt_admission_policy *p = &u->settings.webhook.judge;
    bool is = false;
    pt_str in = u->at.namespace.n || !pt_str_eqz(u->at.kind->kind.kind, "Namespace")
                    ? u->at.namespace
                    : u->at.name;
    for (size_t i = 0; in.n && i < p->n_excluded && !is; i++)
        is = pt_gk_glob(p->excluded[i], in);
    return is;
}

static pt_code judge(pt_k8s_audit *u, const pt_audited_kind *k, pt_value doc, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf shown = PT_BUF(NAME_BYTES_MAX);
    pt_value meta = pt_getz(doc, "metadata");
    u->at.kind = k;
    u->at.doc = doc;
    u->at.name = pt_text(pt_getz(meta, "name"));
    u->at.namespace = pt_text(pt_getz(meta, "namespace"));
    pt_buf_put_safe(&shown, k->kind.kind);
    pt_buf_putc(&shown, ' ');
    pt_buf_put_safe(&shown, u->at.namespace);
    pt_buf_putz(&shown, u->at.namespace.n ? "/" : "");
    pt_buf_put_safe(&shown, u->at.name);
    u->at.shown = pt_buf_str(&shown);
    u->j.run.objects++;
    if (u->j.run.objects % 100 == 0)
        pt_progress_say(&u->progress, "Auditing  %zu objects  %.*s", u->j.run.objects,
                        PT_PRI(u->at.shown));
    if (excluded(u))
        return PT_OK;
    pt_code code = PT_OK;
    if (k->policies)
        code = pt_policies_judge_object(u->judging, doc, u->at.shown, e);
    if (!code && k->podsec)
        code = pt_k8s_audit_podsec(u, e);
    return code;
}

// -- listing --------------------------------------------------------------------------------------

typedef struct listing {
    pt_k8s_audit *u;
    pt_audited_kind *kind;
    pt_cluster_take *take;
    bool full; // there is no memory for what was taken
    // What was there before the list began, to which it returns when it begins anew:
    size_t findings, found, kept, objects;
    size_t tally[PT_VERDICT_COUNT][PT_SEVERITY_COUNT];
} listing;

static void restart(void *ctx) {
    listing *l = ctx;
    pt_findings *fs = &l->u->j.run.findings;
    fs->all.n = l->findings;
    memcpy(fs->tally, l->tally, sizeof l->tally);
    l->u->j.run.objects = l->objects;
    l->u->found.n = l->found;
    l->u->kept.n = l->kept;
    l->u->passes.n = 0;
}

static pt_code take(void *ctx, pt_value object, pt_err *e) {
    listing *l = ctx;
    pt_code code = l->take(l, object, e);
    l->full = code != PT_OK;
    return code;
}

// List it; what cannot be listed is told. PT_E_NOMEM alone is an error.
static pt_code list(pt_k8s_audit *u, pt_audited_kind *k, pt_cluster_take *each, pt_err *e) {
    listing l = {.u = u,
                 .kind = k,
                 .take = each,
                 .findings = u->j.run.findings.all.n,
                 .found = u->found.n,
                 .kept = u->kept.n,
                 .objects = u->j.run.objects};
    pt_cluster_lister lister = {.take = take, .restart = restart, .ctx = &l};
    pt_str version;
    pt_err why = {0};
    memcpy(l.tally, u->j.run.findings.tally, sizeof l.tally);
    if (u->unanswered >= UNANSWERED_MAX) {
        k->unlisted = true;
        return pt_k8s_audit_unlisted(u, &k->kind, "not asked: the server does not answer any more",
                                     e);
    }
    pt_code code = pt_cluster_list(u->cluster, &u->a, &k->kind, &lister, &version, &why);
    pt_k8s_audit_count(u);
    if (l.full) {
        if (e)
            *e = why;
        return code;
    }
    u->unanswered = code == PT_E_IO || code == PT_E_TIMEOUT ? u->unanswered + 1 : 0;
    k->unlisted = code != PT_OK;
    return code ? pt_k8s_audit_unlisted(u, &k->kind, why.what, e) : PT_OK;
}

static pt_code take_judged(void *ctx, pt_value object, pt_err *e) {
    listing *l = ctx;
    return judge(l->u, l->kind, object, e);
}

static pt_code take_kept(void *ctx, pt_value object, pt_err *e) {
    listing *l = ctx;
    pt_value doc = pt_clone(&l->u->a, object);
    pt_value *slot = PT_PUSH(&l->u->a, &l->u->kept);
    if (!slot || !pt_defined(doc))
        return pt_err_set(e, PT_E_NOMEM, "what policies look up needs more memory than the limit");
    *slot = doc;
    return PT_OK;
}

// -- which kinds ----------------------------------------------------------------------------------

static bool concerned(const pt_k8s_audit *u, pt_str group, pt_str kind) {
    size_t n = 0;
    const pt_gk_constraint *all =
        u->j.policies ? pt_gk_constraints(pt_policies_set(u->j.policies), &n) : NULL;
    bool any = false;
    for (size_t i = 0; i < n && !any; i++)
        any = all[i].actions[PT_GK_AUDIT] != PT_GK_NOTHING && pt_gk_concerns(&all[i], group, kind);
    return any;
}

static pt_code add_kinds(pt_k8s_audit *u, const pt_cluster_kinds *all, pt_err *e) {
    for (size_t i = 0; i < all->n; i++) {
        const pt_cluster_kind *k = &all->v[i];
        pt_audited_kind *slot = PT_PUSH(&u->a, &u->kinds);
        if (!slot)
            return pt_err_set(e, PT_E_NOMEM, "no memory for the kinds");
        bool judged = k->lists && !pt_str_eqz(k->group, REPORTS);
        *slot = (pt_audited_kind){.kind = *k,
                                  .policies = judged && concerned(u, k->group, k->kind),
                                  .podsec = judged && u->settings.webhook.judge.podsec &&
                                            pt_admission_podsec_concerns(k->group, k->resource)};
    }
    return PT_OK;
}

// Groups whose kinds nobody knows: "metrics.k8s.io/v1beta1, …".
static pt_code tell_missing(pt_k8s_audit *u, pt_err *e) {
    pt_str rest = u->missing;
    pt_str one;
    pt_code code = PT_OK;
    while (!code && pt_str_split(&rest, ',', &one)) {
        one = pt_str_trim(one);
        size_t slash = pt_str_find(one, '/');
        pt_cluster_kind k = {.group = pt_str_sub(one, 0, slash),
                             .version = pt_str_sub(one, slash < one.n ? slash + 1 : one.n, one.n)};
        bool pods = u->settings.webhook.judge.podsec &&
                    (pt_str_eqz(k.group, "apps") || pt_str_eqz(k.group, "batch"));
        if (one.n && (pods || concerned(u, k.group, (pt_str){0})))
            code = pt_k8s_audit_unlisted(u, &k, "the server does not say what is in this group", e);
    }
    return code;
}

static pt_audited_kind *kind_of(pt_k8s_audit *u, pt_str group, pt_str kind) {
    for (size_t i = 0; i < u->kinds.n; i++)
        if (pt_str_eq(u->kinds.v[i].kind.group, group) && pt_str_eq(u->kinds.v[i].kind.kind, kind))
            return &u->kinds.v[i];
    return NULL;
}

// -- the world ------------------------------------------------------------------------------------

static pt_code learn_namespaces(pt_k8s_audit *u, pt_err *e) {
    pt_audited_kind *k = kind_of(u, PT_STR(""), PT_STR("Namespace"));
    pt_audited_kind unknown = {.kind = {.version = PT_STR("v1"),
                                        .kind = PT_STR("Namespace"),
                                        .resource = PT_STR("namespaces")}};
    pt_code code = list(u, k ? k : &unknown, take_kept, e);
    pt_value *pairs = code ? NULL : PT_NEW(&u->a, pt_value, 2 * u->kept.n);
    for (size_t i = 0; pairs && i < u->kept.n; i++) {
        pairs[2 * i] = pt_getz(pt_getz(u->kept.v[i], "metadata"), "name");
        pairs[2 * i + 1] = u->kept.v[i];
    }
    if (pairs)
        u->namespaces = pt_object_of(&u->a, pairs, u->kept.n, NULL);
    u->kept.n = 0;
    return code || pairs ? code : pt_err_set(e, PT_E_NOMEM, "no memory for the Namespaces");
}

static bool looks_up(const pt_gk_constraint *c) {
    return c->looks_up && c->actions[PT_GK_AUDIT] != PT_GK_NOTHING;
}

static bool needs_inventory(const pt_k8s_audit *u) {
    size_t n = 0;
    const pt_gk_constraint *all =
        u->j.policies ? pt_gk_constraints(pt_policies_set(u->j.policies), &n) : NULL;
    bool any = false;
    for (size_t i = 0; i < n && !any; i++)
        any = looks_up(&all[i]);
    return any;
}

static pt_code keep_kind(pt_k8s_audit *u, pt_audited_kind *k, pt_err *e) {
    if (k->kept || k->unlisted)
        return PT_OK;
    pt_code code = list(u, k, take_kept, e);
    k->kept = !code && !k->unlisted;
    return code;
}

// A version that is not the preferred one gives other objects than those that are judged.
static pt_code keep_need(pt_k8s_audit *u, const pt_guard_need *s, pt_err *e) {
    pt_audited_kind *k = kind_of(u, s->group, s->kind);
    if (!k || !k->kind.lists)
        return PT_OK; // there is no such object, or its group is told already
    if (pt_str_eq(k->kind.version, s->version))
        return keep_kind(u, k, e);
    pt_audited_kind other = {.kind = k->kind};
    other.kind.version = s->version;
    return keep_kind(u, &other, e);
}

static pt_code tell_unsure(pt_k8s_audit *u, pt_err *e) {
    size_t n;
    const pt_gk_constraint *all = pt_gk_constraints(pt_policies_set(u->j.policies), &n);
    pt_code code = PT_OK;
    for (size_t i = 0; i < n && !code; i++) {
        if (!looks_up(&all[i]))
            continue;
        PT_AUTO(pt_buf_done) pt_buf shown = PT_BUF(NAME_BYTES_MAX);
        pt_buf_put_safe(&shown, all[i].kind);
        pt_buf_putc(&shown, ' ');
        pt_buf_put_safe(&shown, all[i].name);
        u->at.shown = pt_buf_str(&shown);
        code = pt_k8s_audit_found(u, pt_policies_row(u->j.policies, &all[i]), PT_NOT_EVALUATED,
                                  PT_STR("what it looks up could not all be listed"), e);
    }
    return code;
}

// What data.inventory is: of the kinds that are said to be looked up, or else of all that are
// judged.
static pt_code learn_inventory(pt_k8s_audit *u, pt_err *e) {
    pt_guard_needs needs = {0};
    size_t before = u->gaps.n;
    pt_code code = PT_OK;
    if (!needs_inventory(u))
        return PT_OK;
    code = pt_guard_needs_of(&u->a, &u->settings.webhook, &needs, e);
    for (size_t i = 0; i < needs.n && !code; i++)
        code = keep_need(u, &needs.v[i], e);
    for (size_t i = 0; i < u->kinds.n && !code && !needs.n; i++)
        if (u->kinds.v[i].policies)
            code = keep_kind(u, &u->kinds.v[i], e);
    if (code)
        return code;
    u->inventory = pt_gk_inventory(&u->a, u->kept.v, u->kept.n);
    u->unsure = u->gaps.n > before || u->missing.n;
    if (!pt_defined(u->inventory))
        return pt_err_set(e, PT_E_NOMEM, "what policies look up needs more memory than the limit");
    return u->unsure ? tell_unsure(u, e) : PT_OK;
}

// -- the whole of it ------------------------------------------------------------------------------

static bool is_of(const pt_cluster_kind *k, pt_value doc) {
    pt_str version = pt_text(pt_getz(doc, "apiVersion"));
    size_t slash = pt_str_find(version, '/');
    pt_str group = slash < version.n ? pt_str_sub(version, 0, slash) : PT_STR("");
    return pt_str_eq(pt_text(pt_getz(doc, "kind")), k->kind) && pt_str_eq(group, k->group) &&
           pt_str_ends(version, k->version);
}

static pt_code judge_kept(pt_k8s_audit *u, pt_audited_kind *k, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < u->kept.n && !code; i++)
        if (is_of(&k->kind, u->kept.v[i]))
            code = judge(u, k, u->kept.v[i], e);
    pt_k8s_audit_count(u);
    return code;
}

static pt_code judge_kind(pt_k8s_audit *u, pt_audited_kind *k, pt_err *e) {
    if ((!k->policies && !k->podsec) || k->unlisted)
        return PT_OK;
    return k->kept ? judge_kept(u, k, e) : list(u, k, take_judged, e);
}

static pt_code judge_all(pt_k8s_audit *u, pt_err *e) {
    pt_policies_world world = {.namespaces = u->namespaces,
                               .inventory = u->inventory,
                               .unsure = u->unsure,
                               .found = pt_k8s_audit_by_policy,
                               .ctx = u};
    pt_code code = u->j.policies ? pt_policies_judging_new(&u->judging, &u->j, &world, e) : PT_OK;
    for (size_t i = 0; i < u->kinds.n && !code; i++)
        code = judge_kind(u, &u->kinds.v[i], e);
    if (!code && u->found_a.full)
        code = pt_err_set(e, PT_E_NOMEM, "what is to be written needs more memory than the limit");
    return code;
}

static pt_code look(pt_k8s_audit *u, pt_err *e) {
    pt_cluster_kinds kinds = {0};
    pt_code code = pt_cluster_discover(u->cluster, &u->a, &kinds, &u->missing, e);
    if (!code)
        code = add_kinds(u, &kinds, e);
    if (!code)
        code = tell_missing(u, e);
    if (!code)
        code = learn_namespaces(u, e);
    return code ? code : learn_inventory(u, e);
}

// What was not looked at, or not judged by, makes the run no pass.
static void tell_cut(pt_k8s_audit *u, const pt_err *full) {
    pt_run *r = &u->j.run;
    pt_str broken = r->cut;
    if (broken.n)
        pt_buf_printf(&u->shortfall, "%s%.*s", u->shortfall.n ? ", " : "", PT_PRI(broken));
    if (u->gaps.n)
        r->cut = pt_arena_printf(&u->j.arena, "%.*s%s%zu kinds could not be listed", PT_PRI(broken),
                                 broken.n ? "; " : "", u->gaps.n);
    if (!full)
        return;
    pt_say_error(full);
    u->full = true;
    r->cut = PT_STR("not all could be judged: the memory is full");
    pt_buf_printf(&u->shortfall, "%snot all was judged: the memory is full",
                  u->shortfall.n ? ", " : "");
}

// Policies of the API server that could not be listed judge nothing: the run is no pass.
static pt_code tell_gap(void *ctx, const pt_cluster_kind *k, const pt_err *why, pt_err *e) {
    return pt_k8s_audit_unlisted(ctx, k, why->what, e);
}

// Those of the API server beside those of files.
static pt_code add_live(pt_k8s_audit *u, pt_err *e) {
    const pt_live_lister l = {.namespace = pt_live_namespace(&u->args), .gap = tell_gap, .ctx = u};
    if (!pt_args_flag(&u->args, "cluster-policies"))
        return PT_OK;
    pt_live_docs_begin(&u->live);
    pt_code code = pt_live_list(u->cluster, &l, &u->live, e);
    return code ? code : pt_live_join(&u->live, &u->settings.webhook, &u->settings.webhook, e);
}

static pt_code policies_of(pt_k8s_audit *u, pt_err *e) {
    const pt_webhook_settings *s = &u->settings.webhook;
    pt_policy_doc *docs = PT_NEW(&u->a, pt_policy_doc, s->n_policies);
    if (!docs)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the policies");
    for (size_t i = 0; i < s->n_policies; i++)
        docs[i] = (pt_policy_doc){s->policies[i].doc, s->policies[i].place};
    pt_code code = s->n_policies ? pt_policies_of(&u->j, docs, s->n_policies, e) : PT_OK;
    if (code == PT_E_ABSENT && s->live && e) { // an API server may hold templates alone
        *e = (pt_err){0};
        code = PT_OK;
    }
    return code;
}

static pt_code reach(pt_k8s_audit *u, pt_err *e) {
    pt_kubeconfig config = {0};
    bool any = false;
    pt_code code = pt_guard_cluster_config(&u->args, &u->a, &config, &any, e);
    if (!code && !any) {
        code = pt_err_set(e, PT_E_USAGE, "--audit needs a cluster");
        pt_err_remedy(e, "--kubeconfig FILE, or --in-cluster");
    }
    if (code)
        return code;
    PT_AUTO(pt_buf_done) pt_buf shown = PT_BUF(NAME_BYTES_MAX);
    pt_buf_put_safe(&shown, config.server);
    u->j.run.subject = pt_arena_str(&u->j.arena, pt_buf_str(&shown));
    return pt_cluster_new(&u->cluster, &config, e);
}

// Files, names and keys first, then rights go, and only then the cluster is asked.
static pt_code begin(pt_k8s_audit *u, pt_err *e) {
    pt_code code = pt_journey_begin(&u->j, &u->args, e);
    if (!code)
        code = reach(u, e);
    if (!code)
        code = pt_rights_drop(&(pt_rights){.internet = true}, e);
    if (!code)
        code = add_live(u, e);
    if (!code)
        code = policies_of(u, e);
    return code ? code : look(u, e);
}

static void done(pt_k8s_audit *u) {
    pt_progress_clear(&u->progress);
    pt_policies_judging_free(u->judging);
    pt_cluster_free(u->cluster);
    pt_buf_done(&u->shortfall);
    pt_arena_done(&u->each);
    pt_arena_done(&u->found_a);
    pt_live_docs_done(&u->live);
    pt_arena_done(&u->a);
}

static int refused(pt_k8s_audit *u, pt_code code, const pt_err *e) {
    pt_say_error(e);
    pt_journey_done(&u->j);
    done(u);
    return code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
}

static pt_code settings_of(pt_k8s_audit *u, const pt_args *args, pt_err *e) {
    pt_code code = pt_guard_k8s_settings_of(args, &u->a, &u->settings, e);
    bool live = pt_args_flag(args, "cluster-policies");
    if (u->settings.webhook.judge.scanned.age_s_max)
        fputs("note: scans of images are asked for when a pod comes, and not in an audit\n",
              stderr);
    u->settings.webhook.judge.scanned = (pt_scanned_policy){0};
    if (code || live || u->settings.webhook.n_policies || u->settings.webhook.judge.podsec)
        return code;
    code = pt_err_set(e, PT_E_USAGE, "there is nothing to judge by");
    pt_err_remedy(e, "--policy PATH, --level LEVEL, --pod-security FILE");
    return code;
}

static void without(pt_args *args, const char *name) {
    size_t kept = 0;
    for (size_t i = 0; i < args->n; i++)
        if (strcmp(args->values[i].option->name, name) != 0)
            args->values[kept++] = args->values[i];
    args->n = kept;
}

int pt_guard_k8s_audit(const pt_args *args) {
    pt_k8s_audit u = {.args = *args,
                      .writes = pt_args_flag(args, "write"),
                      .shortfall = PT_BUF((size_t)2 * PT_AUDIT_SHORTFALL_BYTES_MAX)};
    pt_err e = {0};
    pt_arena_init(&u.a, KEPT_BYTES_MAX);
    pt_arena_init(&u.each, (size_t)EACH_MIB_MAX << 20);
    without(&u.args, "config");
    pt_code code = settings_of(&u, args, &e);
    if (!code)
        code = begin(&u, &e);
    if (code)
        return refused(&u, code, &e);
    code = judge_all(&u, &e);
    pt_progress_clear(&u.progress);
    tell_cut(&u, code ? &e : NULL);
    bool written = !u.writes || pt_k8s_audit_write(&u);
    int status = pt_journey_end(&u.j, NULL);
    done(&u);
    return written ? status : PT_EXIT_FAILED;
}
