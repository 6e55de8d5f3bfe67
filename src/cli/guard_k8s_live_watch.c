#include "cli/guard_k8s_live_watch.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"

enum {
    SETTLE_MS = 200,      // changes that come together are taken together
    SETTLE_MS_MAX = 1000, // … but not later
    LOOK_MS = 5000,       // at which kinds there are
    HURRY_MS = 500,       // after a template has come
    HURRY_S = 30,
    AGAIN_S = 30,
    WAIT_S = 10, // for kinds that are there and that the server does not tell of, at the start
    NAMES_BYTES_MAX = 1 << 16,
    MS_NS = 1000000,
};

// -- rights ---------------------------------------------------------------------------------------

pt_code pt_live_may_list(pt_cluster *c, const pt_cluster_kind *k, bool *ret, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_cluster_result r = {0};
    pt_str body = pt_arena_printf(
        &a,
        "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SelfSubjectAccessReview\","
        "\"spec\":{\"resourceAttributes\":{\"verb\":\"list\",\"group\":\"%.*s\","
        "\"resource\":\"%.*s\",\"namespace\":\"%.*s\"}}}",
        PT_PRI(k->group), PT_PRI(k->resource), PT_PRI(k->namespace));
    pt_cluster_call call = {.method = "POST",
                            .path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                            .body = body};
    if (!body.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_cluster_send(c, &a, &call, &r, e);
    if (!code && r.status != 201) {
        pt_str says = pt_text(pt_getz(r.value, "message"));
        code = pt_err_set(e, r.status == 401 || r.status == 403 ? PT_E_DENIED : PT_E_IO,
                          "the API server refuses POST: %d %.*s", r.status,
                          PT_PRI(pt_str_sub(says, 0, 120)));
        pt_err_at(e, "%s", call.path);
    }
    *ret = pt_true(pt_getz(pt_getz(r.value, "status"), "allowed"));
    return code;
}

static pt_code need_right(pt_live_watch *l, const pt_cluster_kind *k, pt_err *e) {
    bool may = false;
    pt_code code = pt_live_may_list(l->client, k, &may, e);
    if (code || may)
        return code;
    code = pt_err_set(e, PT_E_DENIED, "policies of the API server may not be listed: %.*s.%.*s",
                      PT_PRI(k->resource), PT_PRI(k->group));
    pt_err_remedy(e, "a role with get, list and watch of '%.*s' of %.*s%s%.*s", PT_PRI(k->resource),
                  PT_PRI(k->group), k->namespace.n ? " in namespace " : "", PT_PRI(k->namespace));
    return code;
}

static pt_code need_rights(pt_live_watch *l, pt_err *e) {
    const pt_cluster_kind constraints = {.group = PT_STR("constraints.gatekeeper.sh"),
                                         .resource = PT_STR("*")};
    pt_code code = need_right(l, &l->kinds.template, e);
    if (!code)
        code = need_right(l, &constraints, e);
    for (size_t i = 0; i < l->kinds.n_others && !code; i++)
        code = need_right(l, &l->kinds.others[i], e);
    return code;
}

// -- beginning and end ----------------------------------------------------------------------------

pt_code pt_live_open(pt_live_watch *l, const pt_kubeconfig *config, const pt_args *args,
                     pt_err *e) {
    l->on = pt_args_flag(args, "cluster-policies");
    l->writes = pt_args_flag(args, "write-crds");
    if (!l->on)
        return PT_OK;
    atomic_store(&l->changed, true); // nothing was read yet
    atomic_store(&l->templates_changed, true);
    l->opened_ns = pt_monotonic_ns();
    pt_code code = pt_cluster_new(&l->client, config, e);
    if (!code)
        code = pt_live_find(l->client, &l->a, pt_live_namespace(args), &l->kinds, e);
    if (!code && l->kinds.missing.n)
        code = pt_err_set(e, PT_E_IO, "the API server does not say what is in %.*s",
                          PT_PRI(l->kinds.missing));
    l->kinds.constraints = (pt_cluster_kinds){0}; // looked up when the mirror is there
    return code ? code : need_rights(l, e);
}

void pt_live_done(pt_live_watch *l) {
    pt_cluster_free(l->client);
    pt_live_writer_done(&l->writer);
    pt_arena_done(&l->of_constraints);
    pt_arena_done(&l->a);
    l->client = NULL;
    l->on = false;
}

// -- changes --------------------------------------------------------------------------------------

static void note_change(pt_live_watch *l) {
    int64_t now_ns = pt_monotonic_ns();
    atomic_store(&l->last_ns, now_ns);
    if (!atomic_exchange(&l->changed, true))
        atomic_store(&l->first_ns, now_ns);
}

void pt_live_note(pt_live_watch *l, const pt_cluster_kind *k) {
    if (!l->on || !pt_str_ends(k->group, PT_STR(".gatekeeper.sh")))
        return;
    if (pt_str_eqz(k->group, "templates.gatekeeper.sh"))
        atomic_store(&l->templates_changed, true);
    atomic_store(&l->kinds_changed, true);
    note_change(l);
}

bool pt_live_is_due(const pt_live_watch *l) {
    int64_t now_ns = pt_monotonic_ns();
    int64_t write_ns = l->writer.again_ns;
    if (!l->on || !l->begun)
        return false;
    if ((l->again_ns && now_ns >= l->again_ns) || (write_ns && now_ns >= write_ns))
        return true;
    return atomic_load(&l->changed) &&
           (now_ns - atomic_load(&l->last_ns) >= (int64_t)SETTLE_MS * MS_NS ||
            now_ns - atomic_load(&l->first_ns) >= (int64_t)SETTLE_MS_MAX * MS_NS);
}

int pt_live_wait_ms(const pt_live_watch *l, int fallback) {
    bool soon = l->on && (atomic_load(&l->changed) || pt_monotonic_ns() < l->hurry_until_ns);
    return soon && fallback > SETTLE_MS ? SETTLE_MS : fallback;
}

// -- which kinds ----------------------------------------------------------------------------------

static bool complain(pt_live_watch *l, const pt_err *e) {
    if (strcmp(e->what, l->told.what) == 0)
        return false;
    pt_say_error(e);
    l->told = *e;
    return true;
}

static bool has(const pt_cluster_kinds *all, const pt_cluster_kind *k) {
    for (size_t i = 0; i < all->n; i++)
        if (pt_str_eq(all->v[i].resource, k->resource) && pt_str_eq(all->v[i].version, k->version))
            return true;
    return false;
}

static pt_code carry_over(pt_arena *a, pt_cluster_kinds *now, const pt_cluster_kind *k, pt_err *e) {
    pt_cluster_kind *slot = PT_PUSH(a, now);
    if (slot)
        *slot = (pt_cluster_kind){.group = pt_arena_str(a, k->group),
                                  .version = pt_arena_str(a, k->version),
                                  .kind = pt_arena_str(a, k->kind),
                                  .resource = pt_arena_str(a, k->resource),
                                  .lists = true,
                                  .watches = true};
    return slot && !a->full ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// A server that has just begun does not tell of all kinds yet: one is gone when it cannot be listed
// either.
static pt_code follow(pt_live_watch *l, pt_mirror *m, const pt_kubeconfig *config, pt_arena *a,
                      pt_cluster_kinds *now, pt_err *e) {
    const pt_cluster_kinds *before = &l->kinds.constraints;
    pt_code code = PT_OK;
    for (size_t i = 0; i < before->n && !code; i++) {
        const pt_cluster_kind *k = &before->v[i];
        if (has(now, k))
            continue;
        if (!pt_mirror_absent(m, k)) {
            code = carry_over(a, now, k, e);
            continue;
        }
        pt_mirror_drop(m, k);
        pt_live_unwritten(&l->writer, k->resource); // plural: the template's name
        note_change(l);
    }
    for (size_t i = 0; i < now->n && !code; i++) {
        code = pt_mirror_add(m, config, &now->v[i], e);
        if (!code && !has(before, &now->v[i]))
            note_change(l);
    }
    return code;
}

static pt_code look(pt_live_watch *l, pt_mirror *m, const pt_kubeconfig *config, pt_err *e) {
    pt_arena a = {0};
    pt_live_kinds now = {0};
    pt_code code = pt_live_find_constraints(l->client, &a, &now, e);
    if (!code && now.missing.n)
        code = pt_err_set(e, PT_E_IO, "the API server does not say what is in %.*s",
                          PT_PRI(now.missing));
    if (!code)
        code = follow(l, m, config, &a, &now.constraints, e);
    if (code) {
        pt_arena_done(&a);
        return code;
    }
    pt_arena_done(&l->of_constraints);
    l->of_constraints = a;
    l->kinds.constraints = now.constraints;
    l->begun = true;
    return PT_OK;
}

void pt_live_look(pt_live_watch *l, pt_mirror *m, const pt_kubeconfig *config) {
    int64_t now_ns = pt_monotonic_ns();
    pt_err e = {0};
    if (!l->on)
        return;
    if (atomic_exchange(&l->kinds_changed, false))
        l->look_ns = 0;
    if (atomic_exchange(&l->templates_changed, false))
        l->hurry_until_ns = now_ns + HURRY_S * PT_SECOND_NS;
    if (now_ns < l->look_ns)
        return;
    if (look(l, m, config, &e))
        PT_IGNORE(complain(l, &e)); // whether it was said does not matter
    else if (!l->again_ns)
        l->told = (pt_err){0};
    now_ns = pt_monotonic_ns();
    l->look_ns = now_ns + (int64_t)(now_ns < l->hurry_until_ns ? HURRY_MS : LOOK_MS) * MS_NS;
}

// -- reading --------------------------------------------------------------------------------------

static bool all_listed(const pt_live_watch *l, pt_mirror *m) {
    bool all = pt_mirror_listed(m, &l->kinds.template);
    for (size_t i = 0; i < l->kinds.n_others && all; i++)
        all = pt_mirror_listed(m, &l->kinds.others[i]);
    for (size_t i = 0; i < l->kinds.constraints.n && all; i++)
        all = pt_mirror_listed(m, &l->kinds.constraints.v[i]);
    return all;
}

static bool is_served(const pt_live_watch *l, pt_str name) {
    for (size_t i = 0; i < l->kinds.constraints.n; i++)
        if (pt_str_eq(l->kinds.constraints.v[i].resource, name))
            return true;
    return false;
}

// A server that has just begun may not tell of a kind that it has: it is missing if its constraints
// cannot be listed either.
static bool is_missing(const pt_live_watch *l, pt_str name) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_cluster_result r = {0};
    pt_str path =
        pt_arena_printf(&a, "/apis/constraints.gatekeeper.sh/v1beta1/%.*s?limit=1", PT_PRI(name));
    const pt_cluster_call call = {.method = "GET", .path = path.p};
    return path.p && !pt_cluster_send(l->client, &a, &call, &r, NULL) && r.status == 404;
}

// The same names once; not where they are about to be written.
static void say_missing(pt_live_watch *l, pt_str names) {
    pt_hash256 print = pt_sha256(&names, 1);
    if (names.n && !l->writes && memcmp(&l->missing, &print, sizeof print) != 0)
        fprintf(stderr,
                "note: the API server has no kind for these templates, so that there are no "
                "constraints of theirs: %.*s\n",
                PT_PRI(names));
    l->missing = print;
}

// Are there kinds of which constraints could be missing? Those that the server has not are said.
static bool any_unserved(pt_live_watch *l, const pt_live_docs *docs) {
    PT_AUTO(pt_buf_done) pt_buf missing = PT_BUF(NAMES_BYTES_MAX);
    for (size_t i = 0; i < docs->v.n; i++) {
        pt_value doc = docs->v.v[i].doc;
        pt_str name = pt_text(pt_getz(pt_getz(doc, "metadata"), "name"));
        if (!pt_str_eqz(pt_text(pt_getz(doc, "kind")), "ConstraintTemplate") || is_served(l, name))
            continue;
        if (!is_missing(l, name))
            return true;
        pt_buf_putz(&missing, missing.n ? ", " : "");
        pt_buf_put_safe(&missing, name);
    }
    say_missing(l, pt_buf_str(&missing));
    return false;
}

static pt_code read_all(pt_live_watch *l, pt_mirror *m, pt_live_docs *ret, pt_err *e) {
    pt_code code = pt_mirror_visit(m, &l->kinds.template, pt_live_take, ret, e);
    for (size_t i = 0; i < l->kinds.n_others && !code; i++)
        code = pt_mirror_visit(m, &l->kinds.others[i], pt_live_take, ret, e);
    for (size_t i = 0; i < l->kinds.constraints.n && !code; i++)
        code = pt_mirror_visit(m, &l->kinds.constraints.v[i], pt_live_take, ret, e);
    return code;
}

pt_code pt_live_read(pt_live_watch *l, pt_mirror *m, pt_live_docs *ret, pt_err *e) {
    if (!l->begun || !all_listed(l, m)) {
        note_change(l);
        return pt_err_set(e, PT_E_TIMEOUT, "policies of the API server were not listed yet");
    }
    atomic_store(&l->changed, false);
    pt_code code = read_all(l, m, ret, e);
    l->unserved = !code && !l->in_force && any_unserved(l, ret);
    return code;
}

bool pt_live_waits(const pt_live_watch *l) {
    return l->unserved && !l->in_force && pt_monotonic_ns() - l->opened_ns < WAIT_S * PT_SECOND_NS;
}

void pt_live_again(pt_live_watch *l) {
    note_change(l);
}

bool pt_live_failed(pt_live_watch *l, const pt_err *e) {
    l->again_ns = pt_monotonic_ns() + AGAIN_S * PT_SECOND_NS;
    return complain(l, e);
}

void pt_live_taken(pt_live_watch *l, const pt_hash256 *print) {
    l->print = *print;
    l->in_force = true;
    l->again_ns = 0;
    l->told = (pt_err){0};
}

void pt_live_define(pt_live_watch *l, const pt_live_docs *docs) {
    if (l->writes)
        pt_live_write(&l->writer, l->client, &l->kinds.template, docs);
}
