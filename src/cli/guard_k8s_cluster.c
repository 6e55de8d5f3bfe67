#include "cli/guard_k8s_cluster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/guard_k8s_needs.h"
#include "crypto/crypto.h"
#include "value/json.h"

enum {
    BODY_BYTES_MAX = 4 << 20,
    REST_FACTOR = 10, // learning the inventory may take a tenth of the time
};

// -- where it is ----------------------------------------------------------------------------------

pt_code pt_guard_cluster_config(const pt_args *args, pt_arena *a, pt_kubeconfig *ret, bool *ret_any,
                                pt_err *e) {
    const char *file = pt_args_get(args, "kubeconfig");
    bool inside = pt_args_flag(args, "in-cluster");
    *ret_any = file || inside;
    if (file && inside)
        return pt_err_set(e, PT_E_USAGE, "--kubeconfig and --in-cluster exclude each other");
    if (file)
        return pt_kubeconfig_read(a, file, NULL, ret, e);
    if (!inside)
        return PT_OK;
    pt_kubeconfig_pod pod = {"/", getenv("KUBERNETES_SERVICE_HOST"),
                             getenv("KUBERNETES_SERVICE_PORT")};
    return pt_kubeconfig_in_cluster(a, &pod, ret, e);
}

static pt_code need_cluster(const pt_args *args, pt_err *e) {
    static const char *const options[] = {"webhook", "cert-secret"};
    for (size_t i = 0; i < PT_COUNT(options); i++) {
        if (!pt_args_get(args, options[i]))
            continue;
        pt_err_set(e, PT_E_USAGE, "--%s needs the API server", options[i]);
        pt_err_remedy(e, "--kubeconfig FILE, or --in-cluster in a pod");
        return PT_E_USAGE;
    }
    return PT_OK;
}

static pt_code secret_of(pt_guard_cluster *c, const pt_args *args, pt_err *e) {
    pt_str word = pt_str_of(pt_args_get(args, "cert-secret"));
    size_t slash = pt_str_find(word, '/');
    if (!word.n)
        return PT_OK;
    if (slash == 0 || slash + 1 >= word.n || pt_args_get(args, "cert")) {
        pt_err_set(e, PT_E_USAGE, "--cert-secret takes NAMESPACE/NAME, and no --cert beside it");
        return PT_E_USAGE;
    }
    c->own_namespace = pt_str_sub(word, 0, slash);
    c->secret_path = pt_arena_printf(&c->arena, "/api/v1/namespaces/%.*s/secrets/%.*s",
                                     PT_PRI(pt_str_sub(word, 0, slash)),
                                     PT_PRI(pt_str_sub(word, slash + 1, word.n)));
    return c->secret_path.p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- what is mirrored -----------------------------------------------------------------------------

static pt_code refused(const pt_cluster_call *call, const pt_cluster_result *r, pt_err *e) {
    pt_str says = pt_text(pt_getz(r->value, "message"));
    pt_code code = r->status == 409                       ? PT_E_CONFLICT
                   : r->status == 401 || r->status == 403 ? PT_E_DENIED
                   : r->status == 404                     ? PT_E_ABSENT
                                                          : PT_E_IO;
    pt_err_set(e, code, "the API server refuses %s: %d %.*s", call->method, r->status,
               PT_PRI(pt_str_sub(says, 0, 120)));
    pt_err_at(e, "%s", call->path);
    return code;
}

static const pt_cluster_kind *kind_of(const pt_cluster_kinds *all, pt_guard_need need) {
    for (size_t i = 0; i < all->n; i++)
        if (pt_str_eq(all->v[i].group, need.group) && pt_str_eq(all->v[i].kind, need.kind))
            return &all->v[i];
    return NULL;
}

// What may not be listed in the whole cluster is looked up in the guard's own namespace, where the
// hoster keeps what only he writes.
static pt_code narrow(const pt_guard_cluster *c, pt_cluster *asks, pt_cluster_kind *k, pt_err *e) {
    bool all = true;
    pt_code code = pt_live_may_list(asks, k, &all, e);
    if (code || all)
        return code;
    if (!k->namespaced || !c->own_namespace.n) {
        code = pt_err_set(e, PT_E_DENIED, "policies look up %.*s, which may not be listed",
                          PT_PRI(k->resource));
        pt_err_remedy(e, "a ClusterRole with get, list and watch of %.*s", PT_PRI(k->resource));
        return code;
    }
    k->namespace = c->own_namespace;
    fprintf(stderr, "note: %.*s are known of namespace %.*s alone: no right to list all\n",
            PT_PRI(k->resource), PT_PRI(k->namespace));
    return PT_OK;
}

static pt_code take_kind(pt_guard_cluster *c, const pt_cluster_kinds *served, pt_guard_need need,
                         pt_err *e) {
    const pt_cluster_kind *found = kind_of(served, need);
    if (kind_of(&c->kinds, need))
        return PT_OK;
    if (!found || !found->lists || !found->watches)
        return pt_err_set(e, PT_E_ABSENT, "policies look up %.*s, which the API server %s",
                          PT_PRI(need.kind), found ? "does not let watch" : "does not have");
    pt_cluster_kind *slot = PT_PUSH(&c->arena, &c->kinds);
    if (!slot)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *slot = *found;
    return narrow(c, c->client, slot, e);
}

static pt_code choose_kinds(pt_guard_cluster *c, const pt_webhook_settings *policies, pt_err *e) {
    pt_cluster_kinds served = {0};
    pt_guard_needs needs = {0};
    pt_str missing;
    pt_code code = pt_cluster_discover(c->client, &c->arena, &served, &missing, e);
    if (!code)
        code = pt_guard_needs_of(&c->arena, policies, &needs, e);
    if (!code)
        code = take_kind(c, &served, (pt_guard_need){.kind = PT_STR("Namespace")}, e);
    for (size_t i = 0; !code && i < needs.n; i++)
        code = take_kind(c, &served, needs.v[i], e);
    if (code && missing.n)
        pt_err_remedy(e, "these do not answer: %.*s", PT_PRI(missing));
    return code;
}

pt_code pt_guard_cluster_serves(const pt_guard_cluster *c, const pt_webhook_settings *policies,
                                pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_guard_needs needs = {0};
    if (!c->client)
        return PT_OK;
    pt_code code = pt_guard_needs_of(&a, policies, &needs, e);
    for (size_t i = 0; !code && i < needs.n; i++)
        if (!kind_of(&c->kinds, needs.v[i])) {
            code = pt_err_set(e, PT_E_UNSUPPORTED, "policies look up %.*s, which is not watched",
                              PT_PRI(needs.v[i].kind));
            pt_err_remedy(e, "start the guard again");
        }
    return code;
}

// -- kinds that policies begin to look up ---------------------------------------------------------

static bool copy_kind(pt_arena *a, pt_cluster_kind *k) {
    k->group = pt_arena_str(a, k->group);
    k->version = pt_arena_str(a, k->version);
    k->kind = pt_arena_str(a, k->kind);
    k->resource = pt_arena_str(a, k->resource);
    return !a->full;
}

static pt_code mirror_kind(pt_guard_cluster *c, const pt_cluster_kind *k, pt_err *e) {
    pt_cluster_kind mine = *k;
    pt_code code = narrow(c, c->live.client, &mine, e);
    if (code)
        return code;
    pt_cluster_kind *slot = copy_kind(&c->arena, &mine) ? PT_PUSH(&c->arena, &c->kinds) : NULL;
    if (!slot)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *slot = mine;
    code = pt_mirror_add(c->mirror, &c->config, slot, e);
    if (code) {
        c->kinds.n--;
        return code;
    }
    c->unlearnt = true;
    c->next_learn_ns = 0;
    atomic_store(&c->fresh_others, true);
    return PT_OK;
}

// What the server does not have cannot be looked up: there is none.
static pt_code follow_need(pt_guard_cluster *c, const pt_cluster_kinds *served, pt_str missing,
                           pt_guard_need need, pt_err *e) {
    const pt_cluster_kind *found = kind_of(served, need);
    if (kind_of(&c->kinds, need))
        return PT_OK;
    if (!found && !missing.n)
        return PT_OK;
    if (found && found->lists && found->watches)
        return mirror_kind(c, found, e);
    pt_code code = pt_err_set(e, PT_E_ABSENT, "policies look up %.*s, which the API server %s",
                              PT_PRI(need.kind), found ? "does not let watch" : "may have");
    if (!found)
        pt_err_remedy(e, "these do not answer: %.*s", PT_PRI(missing));
    return code;
}

pt_code pt_guard_cluster_follow(pt_guard_cluster *c, const pt_webhook_settings *policies,
                                pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_guard_needs needs = {0};
    pt_cluster_kinds served = {0};
    pt_str missing = {0};
    bool all = true;
    pt_code code = pt_guard_needs_of(&a, policies, &needs, e);
    for (size_t i = 0; !code && i < needs.n; i++)
        all = all && kind_of(&c->kinds, needs.v[i]);
    if (!code && !all)
        code = pt_cluster_discover(c->live.client, &a, &served, &missing, e);
    for (size_t i = 0; !code && !all && i < needs.n; i++)
        code = follow_need(c, &served, missing, needs.v[i], e);
    return code || !c->unlearnt
               ? code
               : pt_err_set(e, PT_E_TIMEOUT, "what policies look up was not listed yet");
}

// -- the mirror -----------------------------------------------------------------------------------

static void changed(void *ctx, const pt_cluster_kind *k) {
    pt_guard_cluster *c = ctx;
    bool namespace = pt_str_eqz(k->resource, "namespaces") && !k->group.n;
    if (namespace)
        atomic_store(&c->fresh_namespaces, true);
    atomic_store(&c->fresh_others, true);
    pt_live_note(&c->live, k);
    PT_IGNORE(write(c->poke, &(uint64_t){1}, sizeof(uint64_t)) < 0); // it cannot be full
}

static void trouble(void *ctx, const pt_err *e) {
    (void)ctx;
    if (e)
        pt_say_error(e);
    else
        fputs("note: the API server answers again\n", stderr);
}

// What is looked up, and policies.
static pt_code make_mirror(pt_guard_cluster *c, pt_err *e) {
    const pt_live_kinds *live = &c->live.kinds;
    size_t n = c->kinds.n;
    pt_cluster_kind *all = PT_NEW(&c->arena, pt_cluster_kind, n + 1 + PT_COUNT(live->others));
    if (!all)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        all[i] = c->kinds.v[i];
    if (c->live.on)
        all[n++] = live->template;
    for (size_t i = 0; i < live->n_others; i++)
        all[n++] = live->others[i];
    const pt_mirror_opts opts = {.config = &c->config,
                                 .kinds = all,
                                 .n_kinds = n,
                                 .changed = changed,
                                 .trouble = trouble,
                                 .ctx = c};
    return pt_mirror_new(&c->mirror, &opts, e);
}

pt_code pt_guard_cluster_open(pt_guard_cluster *c, const pt_args *args,
                              const pt_webhook_settings *policies, pt_err *e) {
    bool any = false;
    pthread_mutex_init(&c->asking, NULL);
    c->poke = -1;
    pt_code code = pt_guard_cluster_config(args, &c->arena, &c->config, &any, e);
    if (code || !any)
        return code ? code : need_cluster(args, e);
    if (pt_args_get(args, "objects"))
        return pt_err_set(e, PT_E_USAGE, "--objects is of guards that know no API server");
    c->webhook_name = pt_args_get(args, "webhook");
    c->poke = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->poke < 0)
        return pt_err_sys(e, errno, "no descriptor: %s", pt_errno_text(errno));
    code = secret_of(c, args, e);
    if (!code)
        code = pt_cluster_new(&c->client, &c->config, e);
    if (!code)
        code = choose_kinds(c, policies, e);
    if (!code)
        code = pt_live_open(&c->live, &c->config, args, e);
    return code ? code : make_mirror(c, e);
}

pt_code pt_guard_cluster_begin(pt_guard_cluster *c, pt_webhook *webhook, pt_err *e) {
    c->webhook = webhook;
    return c->mirror ? pt_mirror_start(c->mirror, e) : PT_OK;
}

// -- what is learnt -------------------------------------------------------------------------------

static pt_code take_object(void *ctx, pt_value object, pt_err *e) {
    return pt_guard_known_add(ctx, object, e);
}

// The pool of what was learnt before, unless most of it is of no use any more.
static pt_guard_pool *pool_of(pt_guard_cluster *c) {
    if (c->pool && pt_guard_pool_stale(c->pool)) {
        pt_guard_pool_seal(c->pool); // the webhook still reads it
        pt_guard_pool_let_go(c->pool);
        c->pool = NULL;
    }
    if (!c->pool)
        c->pool = pt_guard_pool_new();
    return c->pool;
}

// Of the first n kinds.
static pt_code learn_part(pt_guard_cluster *c, pt_webhook_part part, size_t n, pt_err *e) {
    PT_AUTO(pt_guard_known_done) pt_guard_known known = {0};
    pt_code code = pt_guard_known_begin(&known, pool_of(c), e);
    for (size_t i = 0; i < n && !code; i++)
        code = pt_mirror_visit(c->mirror, &c->kinds.v[i], take_object, &known, e);
    if (!code)
        code = pt_guard_known_teach(&known, c->webhook, part, e);
    if (code == PT_E_NOMEM) { // it may be full of what is no more
        pt_guard_pool_let_go(c->pool);
        c->pool = NULL;
    }
    return code;
}

static pt_code learn_namespaces(pt_guard_cluster *c, pt_err *e) {
    return learn_part(c, PT_WEBHOOK_NAMESPACES, 1, e);
}

static pt_code learn_inventory(pt_guard_cluster *c, pt_err *e) {
    pt_code code = learn_part(c, PT_WEBHOOK_INVENTORY, c->kinds.n, e);
    pt_guard_give_memory_back();
    c->unlearnt = c->unlearnt && code;
    return code;
}

// Do it if it is due, and again later if it could not be done.
static bool learn(pt_guard_cluster *c, atomic_bool *due,
                  pt_code (*how)(pt_guard_cluster *c, pt_err *e)) {
    pt_err e = {0};
    if (!atomic_exchange(due, false))
        return true;
    pt_code code = how(c, &e);
    if (!code)
        return true;
    atomic_store(due, true);
    if (code != PT_E_TIMEOUT) // not listed yet
        pt_say_error(&e);
    return false;
}

bool pt_guard_cluster_learn(pt_guard_cluster *c) {
    uint64_t pokes;
    if (!c->client)
        return true;
    PT_IGNORE(read(c->poke, &pokes, sizeof pokes) < 0); // nothing has changed
    if (!c->learnt && !pt_mirror_synced(c->mirror))
        return false;
    bool all = learn(c, &c->fresh_namespaces, learn_namespaces);
    int64_t began_ns = pt_monotonic_ns();
    if (began_ns < c->next_learn_ns)
        return c->learnt;
    all = learn(c, &c->fresh_others, learn_inventory) && all;
    int64_t now_ns = pt_monotonic_ns();
    c->next_learn_ns = now_ns + (now_ns - began_ns) * REST_FACTOR;
    c->learnt |= all;
    return c->learnt;
}

// -- one request ----------------------------------------------------------------------------------

static pt_code send(pt_guard_cluster *c, pt_arena *a, const pt_cluster_call *call,
                    pt_cluster_result *ret, pt_err *e) {
    pthread_mutex_lock(&c->asking);
    pt_code code = pt_cluster_send(c->client, a, call, ret, e);
    pthread_mutex_unlock(&c->asking);
    return code;
}

pt_value pt_guard_cluster_namespace(void *cluster, pt_arena *a, pt_str name) {
    pt_guard_cluster *c = cluster;
    pt_cluster_result r = {0};
    pt_err ignored = {0};
    pt_str path = pt_arena_printf(a, "/api/v1/namespaces/%.*s", PT_PRI(name));
    pt_cluster_call call = {.method = "GET", .path = path.p};
    if (!path.p || send(c, a, &call, &r, &ignored) || r.status != 200)
        return pt_undefined();
    return r.value;
}

// -- certificates ---------------------------------------------------------------------------------

pt_code pt_guard_cluster_certs(pt_guard_cluster *c, pt_arena *a, pt_certs *ret, pt_str *ret_version,
                               pt_err *e) {
    pt_cluster_result r = {0};
    pt_cluster_call call = {.method = "GET", .path = c->secret_path.p};
    *ret = (pt_certs){0};
    *ret_version = (pt_str){0};
    pt_code code = send(c, a, &call, &r, e);
    if (code || r.status == 404)
        return code;
    if (r.status != 200)
        return refused(&call, &r, e);
    pt_value data = pt_getz(r.value, "data");
    for (size_t i = 0; i < PT_CERT_FILES; i++)
        ret->files[i] = pt_base64_decode(a, pt_text(pt_getz(data, pt_cert_names[i])));
    *ret_version = pt_text(pt_getz(pt_getz(r.value, "metadata"), "resourceVersion"));
    return PT_OK;
}

static pt_value encoded(pt_arena *a, pt_str bytes) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(BODY_BYTES_MAX);
    pt_base64_put(&b, bytes);
    pt_value text = pt_string(pt_arena_str(a, pt_buf_str(&b)));
    pt_wipe(b.p, b.n);
    return text;
}

static pt_value secret_object(pt_arena *a, const pt_certs *certs, pt_str path, pt_str version) {
    pt_obj data = {.a = a};
    pt_obj meta = {.a = a};
    pt_obj o = {.a = a};
    pt_str parts = path;
    pt_str part[7];
    for (size_t i = 0; i < PT_COUNT(part); i++)
        PT_IGNORE(
            !pt_str_split(&parts, '/', &part[i])); // "", api, v1, namespaces, NS, secrets, NAME
    for (size_t i = 0; i < PT_CERT_FILES; i++)
        if (certs->files[i].n)
            pt_obj_set(&data, pt_cert_names[i], encoded(a, certs->files[i]));
    pt_obj_set(&meta, "namespace", pt_string(part[4]));
    pt_obj_set(&meta, "name", pt_string(part[6]));
    if (version.n)
        pt_obj_set(&meta, "resourceVersion", pt_string(version));
    pt_obj_set(&o, "apiVersion", pt_stringz("v1"));
    pt_obj_set(&o, "kind", pt_stringz("Secret"));
    pt_obj_set(&o, "metadata", pt_obj_end(&meta));
    pt_obj_set(&o, "data", pt_obj_end(&data));
    return pt_obj_end(&o);
}

pt_code pt_guard_cluster_put_certs(pt_guard_cluster *c, pt_arena *a, const pt_certs *certs,
                                   pt_str version, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf body = PT_BUF(BODY_BYTES_MAX);
    pt_str folder =
        pt_arena_str(a, pt_str_sub(c->secret_path, 0, pt_str_rfind(c->secret_path, '/')));
    pt_cluster_call call = {.method = version.n ? "PUT" : "POST",
                            .path = version.n ? c->secret_path.p : folder.p};
    pt_cluster_result r = {0};
    pt_code code = pt_json_write(&body, secret_object(a, certs, c->secret_path, version), NULL, e);
    call.body = pt_buf_str(&body);
    if (!code)
        code = send(c, a, &call, &r, e);
    pt_wipe(body.p, body.n);
    return code || r.status < 300 ? code : refused(&call, &r, e);
}

// -- the bundle -----------------------------------------------------------------------------------

#define CONFIGURATIONS "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"

// {"webhooks": [{"name": …, "clientConfig": {"caBundle": …}}, …]}; undefined: all have it.
static pt_value bundle_patch(pt_arena *a, pt_value configuration, pt_value bundle) {
    pt_value webhooks = pt_getz(configuration, "webhooks");
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(webhooks); i++) {
        pt_value one = pt_at(webhooks, i);
        if (pt_eq(pt_getz(pt_getz(one, "clientConfig"), "caBundle"), bundle))
            continue;
        pt_obj client = {.a = a};
        pt_obj_set(&client, "caBundle", bundle);
        pt_obj o = {.a = a};
        pt_obj_set(&o, "name", pt_getz(one, "name"));
        pt_obj_set(&o, "clientConfig", pt_obj_end(&client));
        pt_list_add(&l, pt_obj_end(&o));
    }
    if (!l.items.n)
        return pt_undefined();
    pt_obj patch = {.a = a};
    pt_obj_set(&patch, "webhooks", pt_list_end(&l));
    return pt_obj_end(&patch);
}

pt_code pt_guard_cluster_put_bundle(pt_guard_cluster *c, pt_str bundle, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf body = PT_BUF(BODY_BYTES_MAX);
    pt_cluster_result r = {0};
    pt_str path = pt_arena_printf(&a, CONFIGURATIONS "/%s", c->webhook_name);
    pt_cluster_call call = {.method = "GET", .path = path.p};
    pt_code code = send(c, &a, &call, &r, e);
    if (!code && r.status != 200)
        code = refused(&call, &r, e);
    pt_value patch = code ? pt_undefined() : bundle_patch(&a, r.value, encoded(&a, bundle));
    if (code || !pt_defined(patch))
        return code;
    code = pt_json_write(&body, patch, NULL, e);
    call = (pt_cluster_call){.method = "PATCH",
                             .path = path.p,
                             .type = "application/strategic-merge-patch+json",
                             .body = pt_buf_str(&body)};
    if (!code)
        code = send(c, &a, &call, &r, e);
    if (!code && r.status != 200)
        code = refused(&call, &r, e);
    if (!code)
        fprintf(stderr, "note: caBundle of %s is current\n", c->webhook_name);
    return code;
}

void pt_guard_cluster_put_metrics(const pt_guard_cluster *c, pt_buf *b) {
    if (!c->mirror)
        return;
    int64_t in_touch_ns = pt_mirror_in_touch_ns(c->mirror);
    int64_t age_ns = in_touch_ns ? pt_monotonic_ns() - in_touch_ns : 0;
    pt_buf_printf(b,
                  "# HELP paratia_cluster_age_seconds Since all that is looked up was known to be "
                  "fresh; about a minute where nothing changes\n"
                  "# TYPE paratia_cluster_age_seconds gauge\n"
                  "paratia_cluster_age_seconds %lld\n"
                  "# HELP paratia_cluster_changes_total Changes that watches have told of\n"
                  "# TYPE paratia_cluster_changes_total counter\n"
                  "paratia_cluster_changes_total %llu\n",
                  (long long)(age_ns / PT_SECOND_NS),
                  (unsigned long long)pt_mirror_version(c->mirror));
}

void pt_guard_cluster_done(pt_guard_cluster *c) {
    pt_mirror_free(c->mirror);
    pt_live_done(&c->live);
    pt_guard_pool_let_go(c->pool);
    pt_cluster_free(c->client);
    if (c->client)
        pt_fd_close(&c->poke);
    pt_arena_done(&c->arena);
    *c = (pt_guard_cluster){0};
}
