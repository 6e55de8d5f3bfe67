#include "cli/guard_k8s_live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value/json.h"

enum {
    JSON_BYTES_MAX = 256 << 20,
    FAULTS_TOLD_MAX = 20,
    FAULTS_BYTES_MAX = 1 << 20,
};

#define TEMPLATES   "templates.gatekeeper.sh"
#define CONSTRAINTS "constraints.gatekeeper.sh"

// -- words ----------------------------------------------------------------------------------------

pt_str pt_live_namespace(const pt_args *args) {
    const char *word = pt_args_get(args, "config-namespace");
    return word ? pt_str_of(word) : PT_STR(PT_LIVE_NAMESPACE);
}

pt_code pt_live_words(const pt_args *args, pt_err *e) {
    bool live = pt_args_flag(args, "cluster-policies");
    const char *word = pt_args_flag(args, "write-crds")        ? "write-crds"
                       : pt_args_get(args, "config-namespace") ? "config-namespace"
                                                               : NULL;
    if (word && !live) {
        pt_err_set(e, PT_E_USAGE, "--%s is of policies at the API server", word);
        pt_err_remedy(e, "--cluster-policies");
        return PT_E_USAGE;
    }
    if (!live || pt_args_get(args, "kubeconfig") || pt_args_flag(args, "in-cluster"))
        return PT_OK;
    pt_err_set(e, PT_E_USAGE, "--cluster-policies needs the API server");
    pt_err_remedy(e, "--kubeconfig FILE, or --in-cluster in a pod");
    return PT_E_USAGE;
}

// -- which kinds ----------------------------------------------------------------------------------

static const pt_cluster_kind *kind_of(const pt_cluster_kinds *all, const char *kind) {
    for (size_t i = 0; i < all->n; i++)
        if (pt_str_eqz(all->v[i].kind, kind) && all->v[i].lists && all->v[i].watches)
            return &all->v[i];
    return NULL;
}

static pt_code miss(pt_arena *a, pt_live_kinds *ret, pt_str missing, pt_err *e) {
    if (!missing.n)
        return PT_OK;
    ret->missing = pt_arena_printf(a, "%.*s%s%.*s", PT_PRI(ret->missing),
                                   ret->missing.n ? ", " : "", PT_PRI(missing));
    return ret->missing.p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_live_find_constraints(pt_cluster *c, pt_arena *a, pt_live_kinds *ret, pt_err *e) {
    pt_str missing = {0};
    ret->constraints = (pt_cluster_kinds){0};
    ret->missing = (pt_str){0};
    pt_code code =
        pt_cluster_discover_group(c, a, PT_STR(CONSTRAINTS), &ret->constraints, &missing, e);
    return code ? code : miss(a, ret, missing, e);
}

// Config and SyncSet need not be there.
static pt_code find_other(pt_cluster *c, pt_arena *a, const char *kind, pt_live_kinds *ret,
                          pt_err *e) {
    pt_str group =
        pt_str_of(strcmp(kind, "Config") == 0 ? "config.gatekeeper.sh" : "syncset.gatekeeper.sh");
    pt_cluster_kinds all = {0};
    pt_str missing = {0};
    pt_code code = pt_cluster_discover_group(c, a, group, &all, &missing, e);
    const pt_cluster_kind *found = kind_of(&all, kind);
    if (!code && found)
        ret->others[ret->n_others++] = *found;
    return code ? code : miss(a, ret, missing, e);
}

pt_code pt_live_find(pt_cluster *c, pt_arena *a, pt_str namespace, pt_live_kinds *ret, pt_err *e) {
    pt_cluster_kinds all = {0};
    pt_str missing = {0};
    *ret = (pt_live_kinds){0};
    pt_code code = pt_cluster_discover_group(c, a, PT_STR(TEMPLATES), &all, &missing, e);
    if (code)
        return code;
    const pt_cluster_kind *template = kind_of(&all, "ConstraintTemplate");
    if (!template) {
        code = pt_err_set(e, PT_E_ABSENT, "the API server has no ConstraintTemplates");
        pt_err_remedy(e,
                      "kubectl apply -f deploy/kubernetes/components/cluster-policies/crds.yaml");
        return code;
    }
    ret->template = *template;
    code = pt_live_find_constraints(c, a, ret, e);
    if (!code)
        code = miss(a, ret, missing, e);
    if (!code)
        code = find_other(c, a, "Config", ret, e);
    if (!code && ret->n_others && ret->others[0].namespaced) // who may write one elsewhere may not
        ret->others[0].namespace = namespace;                // leave out namespaces
    return code ? code : find_other(c, a, "SyncSet", ret, e);
}

// -- documents ------------------------------------------------------------------------------------

void pt_live_docs_begin(pt_live_docs *d) {
    pt_arena_init(&d->a, PT_LIVE_BYTES_MAX);
}

void pt_live_docs_done(pt_live_docs *d) {
    pt_arena_done(&d->a);
    *d = (pt_live_docs){0};
}

// The fields of `v` that are not named.
static pt_value without(pt_arena *a, pt_value v, const char *const *names) {
    size_t n = 0;
    pt_value *pairs = PT_NEW(a, pt_value, 2 * pt_len(v));
    for (size_t i = 0; pairs && i < pt_len(v); i++) {
        bool named = false;
        for (size_t k = 0; names[k] && !named; k++)
            named = pt_str_eqz(pt_text(pt_key_at(v, i)), names[k]);
        if (named)
            continue;
        pairs[2 * n] = pt_key_at(v, i);
        pairs[2 * n++ + 1] = pt_val_at(v, i);
    }
    return pairs ? pt_object_of(a, pairs, n, NULL) : pt_undefined();
}

// Of metadata what says something of the policy.
static pt_value meta_of(pt_arena *a, pt_value meta) {
    static const char *const NOTES[] = {"kubectl.kubernetes.io/last-applied-configuration", NULL};
    pt_value notes = pt_getz(meta, "annotations");
    pt_obj o = {.a = a};
    pt_obj_maybe(&o, "name", pt_getz(meta, "name"));
    pt_obj_maybe(&o, "uid", pt_getz(meta, "uid"));
    if (pt_tag_of(notes) == PT_OBJECT)
        pt_obj_set(&o, "annotations", without(a, notes, NOTES));
    return pt_obj_end(&o);
}

static pt_value slim(pt_arena *a, pt_value object) {
    static const char *const PARTS[] = {"metadata", "status", NULL};
    pt_value rest = without(a, object, PARTS);
    pt_value meta = meta_of(a, pt_getz(object, "metadata"));
    size_t n = pt_len(rest);
    pt_value *pairs = PT_NEW(a, pt_value, 2 * (n + 1));
    if (!pairs || !pt_defined(rest) || !pt_defined(meta))
        return pt_undefined();
    for (size_t i = 0; i < n; i++) {
        pairs[2 * i] = pt_key_at(rest, i);
        pairs[2 * i + 1] = pt_val_at(rest, i);
    }
    pairs[2 * n] = pt_stringz("metadata");
    pairs[2 * n + 1] = meta;
    return pt_object_of(a, pairs, n + 1, NULL);
}

static pt_code no_room(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "the API server's policies need more memory than the limit");
}

pt_code pt_live_take(void *docs, pt_value object, pt_err *e) {
    pt_live_docs *d = docs;
    PT_AUTO(pt_arena_done) pt_arena scratch = {.bytes_max = PT_LIVE_BYTES_MAX};
    if (d->v.n == PT_LIVE_POLICIES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "the API server has more than %d policies",
                          PT_LIVE_POLICIES_MAX);
    pt_value doc = pt_clone(&d->a, slim(&scratch, object));
    pt_guard_policy *p = pt_defined(doc) ? PT_PUSH(&d->a, &d->v) : NULL;
    if (!p)
        return no_room(e);
    *p = (pt_guard_policy){doc, {PT_STR("the API server"), 0, 0}, true};
    return PT_OK;
}

static int by_name(const void *x, const void *y) {
    pt_value a = ((const pt_guard_policy *)x)->doc;
    pt_value b = ((const pt_guard_policy *)y)->doc;
    int c = pt_str_cmp(pt_text(pt_getz(a, "apiVersion")), pt_text(pt_getz(b, "apiVersion")));
    c = c ? c : pt_str_cmp(pt_text(pt_getz(a, "kind")), pt_text(pt_getz(b, "kind")));
    return c ? c
             : pt_str_cmp(pt_text(pt_getz(pt_getz(a, "metadata"), "name")),
                          pt_text(pt_getz(pt_getz(b, "metadata"), "name")));
}

pt_code pt_live_sort(pt_live_docs *d, pt_hash256 *ret_print, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(JSON_BYTES_MAX);
    pt_code code = PT_OK;
    if (d->v.n)
        qsort(d->v.v, d->v.n, sizeof *d->v.v, by_name);
    for (size_t i = 0; i < d->v.n && !code; i++) {
        code = pt_json_write(&text, d->v.v[i].doc, NULL, e);
        pt_buf_putc(&text, '\n');
    }
    if (code || text.full)
        return no_room(e);
    pt_str all = pt_buf_str(&text);
    *ret_print = pt_sha256(&all, 1);
    return PT_OK;
}

pt_code pt_live_join(pt_live_docs *d, const pt_webhook_settings *own, pt_webhook_settings *ret,
                     pt_err *e) {
    pt_guard_policy *all = PT_NEW(&d->a, pt_guard_policy, own->n_policies + d->v.n);
    if (!all)
        return no_room(e);
    if (own->n_policies)
        memcpy(all, own->policies, own->n_policies * sizeof *all);
    if (d->v.n)
        memcpy(all + own->n_policies, d->v.v, d->v.n * sizeof *all);
    *ret = *own;
    ret->policies = all;
    ret->n_policies = own->n_policies + d->v.n;
    ret->live = true;
    return PT_OK;
}

// -- what is wrong with them ----------------------------------------------------------------------

typedef struct telling {
    size_t n;
    pt_buf text;
} telling;

static void tell_fault(void *ctx, const pt_gk_fault *f) {
    telling *t = ctx;
    if (!f->bound)
        return;
    if (++t->n > FAULTS_TOLD_MAX)
        return;
    pt_buf_putz(&t->text, "error: the API server's ");
    pt_buf_put_safe(&t->text, f->kind);
    pt_buf_putc(&t->text, ' ');
    pt_buf_put_safe(&t->text, f->name);
    pt_buf_putz(&t->text, " cannot be evaluated: ");
    pt_buf_put_safe(&t->text, f->message);
    pt_buf_putc(&t->text, '\n');
}

// What of them denies instead of judging. The same once.
void pt_live_say_faults(pt_webhook *w, pt_hash256 *said) {
    telling t = {.text = PT_BUF(FAULTS_BYTES_MAX)};
    pt_webhook_each_fault(w, tell_fault, &t);
    if (t.n > FAULTS_TOLD_MAX)
        pt_buf_printf(&t.text, "note: %zu more cannot be evaluated\n", t.n - FAULTS_TOLD_MAX);
    if (t.n)
        pt_buf_putz(&t.text, "note: what such a constraint matches is denied until it is repaired "
                             "or removed\n");
    pt_str text = pt_buf_str(&t.text);
    pt_hash256 print = pt_sha256(&text, 1);
    if (t.n && memcmp(said, &print, sizeof print) != 0)
        fprintf(stderr, "%.*s", PT_PRI(text));
    *said = print;
    pt_buf_done(&t.text);
}

// -- once -----------------------------------------------------------------------------------------

typedef struct listing {
    pt_live_docs *docs;
    size_t before;
} listing;

static pt_code take(void *ctx, pt_value object, pt_err *e) {
    return pt_live_take(((listing *)ctx)->docs, object, e);
}

static void restart(void *ctx) {
    listing *l = ctx;
    l->docs->v.n = l->before;
}

// Too many, or too large, is no gap: nothing is known then.
static pt_code list(pt_cluster *c, const pt_live_lister *to, const pt_cluster_kind *k,
                    pt_live_docs *ret, pt_err *e) {
    listing l = {.docs = ret, .before = ret->v.n};
    pt_cluster_lister lister = {.take = take, .restart = restart, .ctx = &l};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str version;
    pt_err why = {0};
    lister.namespace = k->namespace;
    pt_code code = pt_cluster_list(c, &a, k, &lister, &version, &why);
    if (!code)
        return PT_OK;
    if (ret->a.full || code == PT_E_NOMEM || ret->v.n == PT_LIVE_POLICIES_MAX) {
        if (e)
            *e = why;
        return code;
    }
    return to->gap(to->ctx, k, &why, e);
}

static pt_code tell_missing(const pt_live_lister *to, pt_str missing, pt_err *e) {
    pt_str one;
    pt_code code = PT_OK;
    while (!code && pt_str_split(&missing, ',', &one)) {
        one = pt_str_trim(one);
        size_t slash = pt_str_find(one, '/');
        pt_cluster_kind k = {.group = pt_str_sub(one, 0, slash),
                             .version = pt_str_sub(one, slash < one.n ? slash + 1 : one.n, one.n)};
        pt_err why = {0};
        PT_IGNORE(pt_err_set(&why, PT_E_IO, "the server does not say what is in this group"));
        if (one.n)
            code = to->gap(to->ctx, &k, &why, e);
    }
    return code;
}

pt_code pt_live_list(pt_cluster *c, const pt_live_lister *l, pt_live_docs *ret, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_live_kinds kinds;
    pt_hash256 print;
    pt_code code = pt_live_find(c, &a, l->namespace, &kinds, e);
    if (!code)
        code = tell_missing(l, kinds.missing, e);
    if (!code)
        code = list(c, l, &kinds.template, ret, e);
    for (size_t i = 0; i < kinds.n_others && !code; i++)
        code = list(c, l, &kinds.others[i], ret, e);
    for (size_t i = 0; i < kinds.constraints.n && !code; i++)
        code = list(c, l, &kinds.constraints.v[i], ret, e);
    return code ? code : pt_live_sort(ret, &print, e);
}
