// paratia guard k8s --usage: which policy and which kind of objects takes how much memory, from
// files, and policies from the API server.
#include <stdlib.h>

#include "base/rights.h"
#include "cli/guard_k8s_cluster.h"
#include "value/json.h"

enum {
    OUTPUT_BYTES_MAX = 16 << 20,
    NAME_CELLS = 48,
};

typedef struct row {
    pt_str name;
    size_t objects, bytes;
} row;

typedef struct usage {
    pt_arena a;
    PT_VEC(row) policies, kinds;
} usage;

static void usage_done(usage *u) {
    pt_arena_done(&u->a);
}

static int by_bytes(const void *x, const void *y) {
    const row *a = x;
    const row *b = y;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes ? 1 : -1;
    return pt_str_cmp(a->name, b->name);
}

static void add_policy(void *ctx, pt_str kind, size_t bytes) {
    usage *u = ctx;
    row *slot = PT_PUSH(&u->a, &u->policies);
    if (slot)
        *slot = (row){.name = kind, .bytes = bytes};
}

static pt_code no_gap(void *ctx, const pt_cluster_kind *k, const pt_err *why, pt_err *e) {
    (void)ctx;
    (void)k;
    if (e)
        *e = *why;
    return why->code;
}

// The API server's policies beside those of files.
static pt_code add_live(const pt_args *args, pt_arena *a, pt_live_docs *docs,
                        pt_webhook_settings *s, pt_err *e) {
    const pt_live_lister l = {.namespace = pt_live_namespace(args), .gap = no_gap};
    pt_kubeconfig config = {0};
    pt_cluster *c = NULL;
    bool any = false;
    if (!pt_args_flag(args, "cluster-policies"))
        return PT_OK;
    pt_live_docs_begin(docs);
    pt_code code = pt_guard_cluster_config(args, a, &config, &any, e);
    if (!code)
        code = pt_cluster_new(&c, &config, e);
    if (!code)
        code = pt_rights_drop(&(pt_rights){.internet = true}, e);
    if (!code)
        code = pt_live_list(c, &l, docs, e);
    pt_cluster_free(c);
    return code ? code : pt_live_join(docs, s, s, e);
}

static pt_code gather(usage *u, const pt_guard_k8s_settings *s, pt_err *e) {
    pt_gk_set *set = NULL;
    pt_code code = (s->webhook.live ? pt_guard_compile_live : pt_guard_compile)(
        &u->a, s->webhook.policies, s->webhook.n_policies, &set, e);
    if (code)
        return code;
    if (set)
        pt_gk_each_template(set, add_policy, u);
    for (size_t i = 0; i < s->known.kinds.n; i++) {
        const pt_webhook_kind *kind = &s->known.kinds.v[i];
        row *slot = PT_PUSH(&u->a, &u->kinds);
        if (slot)
            *slot = (row){kind->name, kind->objects, kind->bytes};
    }
    if (u->a.full)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the policies");
    if (u->policies.n)
        qsort(u->policies.v, u->policies.n, sizeof *u->policies.v, by_bytes);
    if (u->kinds.n)
        qsort(u->kinds.v, u->kinds.n, sizeof *u->kinds.v, by_bytes);
    return PT_OK;
}

// -- as people read it ----------------------------------------------------------------------------

static void put_name(pt_buf *b, pt_str name) {
    size_t before = b->n;
    pt_buf_put_safe(b, name);
    size_t cells = pt_terminal_cells(pt_str_sub(pt_buf_str(b), before, b->n));
    pt_buf_fill(b, ' ', cells < NAME_CELLS ? NAME_CELLS - cells : 1);
}

static void put_tables(pt_buf *b, const usage *u) {
    if (u->policies.n) {
        put_name(b, PT_STR("Policy"));
        pt_buf_printf(b, "%10s %14s\n", "", "bytes");
    }
    for (size_t i = 0; i < u->policies.n; i++) {
        put_name(b, u->policies.v[i].name);
        pt_buf_printf(b, "%10s %14zu\n", "", u->policies.v[i].bytes);
    }
    if (u->kinds.n) {
        put_name(b, PT_STR("Kind"));
        pt_buf_printf(b, "%10s %14s\n", "objects", "bytes");
    }
    for (size_t i = 0; i < u->kinds.n; i++) {
        put_name(b, u->kinds.v[i].name);
        pt_buf_printf(b, "%10zu %14zu\n", u->kinds.v[i].objects, u->kinds.v[i].bytes);
    }
}

// -- as JSON --------------------------------------------------------------------------------------

static pt_value policy_of(pt_arena *a, const row *r) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "template", pt_string(r->name));
    pt_obj_set(&o, "bytes", pt_int((int64_t)r->bytes));
    return pt_obj_end(&o);
}

static pt_value kind_of(pt_arena *a, const row *r) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kind", pt_string(r->name));
    pt_obj_set(&o, "objects", pt_int((int64_t)r->objects));
    pt_obj_set(&o, "bytes", pt_int((int64_t)r->bytes));
    return pt_obj_end(&o);
}

static pt_code put_json(pt_buf *b, usage *u, pt_err *e) {
    pt_list policies = {.a = &u->a};
    pt_list kinds = {.a = &u->a};
    pt_obj o = {.a = &u->a};
    for (size_t i = 0; i < u->policies.n; i++)
        pt_list_add(&policies, policy_of(&u->a, &u->policies.v[i]));
    for (size_t i = 0; i < u->kinds.n; i++)
        pt_list_add(&kinds, kind_of(&u->a, &u->kinds.v[i]));
    pt_obj_set(&o, "policies", pt_list_end(&policies));
    pt_obj_set(&o, "kinds", pt_list_end(&kinds));
    pt_value v = pt_obj_end(&o);
    pt_code code = pt_defined(v) ? pt_json_write(b, v, NULL, e)
                                 : pt_err_set(e, PT_E_NOMEM, "no memory for the answer");
    pt_buf_putc(b, '\n');
    return code;
}

static pt_code say_usage(const pt_args *args, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(usage_done) usage u = {0};
    PT_AUTO(pt_guard_k8s_settings_done) pt_guard_k8s_settings settings = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUTPUT_BYTES_MAX);
    PT_AUTO(pt_live_docs_done) pt_live_docs live = {0};
    pt_code code = pt_guard_k8s_settings_of(args, &a, &settings, e);
    if (!code)
        code = add_live(args, &a, &live, &settings.webhook, e);
    if (!code)
        code = gather(&u, &settings, e);
    if (!code && pt_args_flag(args, "json"))
        code = put_json(&b, &u, e);
    else if (!code)
        put_tables(&b, &u);
    if (!code && b.full)
        code = pt_err_set(e, PT_E_NOMEM, "no memory for the answer");
    return code ? code : pt_put_stdout(pt_buf_str(&b), e);
}

int pt_guard_k8s_usage(const pt_args *args) {
    pt_err e = {0};
    pt_code code = say_usage(args, &e);
    return pt_guard_exit(code, &e);
}
