// Gatekeeper's policies, asked of the pod that a container amounts to: as on the pod's admission.
#include "base/instant.h"
#include "respond/guard/docker/guard_impl.h"

enum {
    DEADLINE_MS = 1000, // of all policies together; the guard has one of its own
};

// -- a pod ----------------------------------------------------------------------------------------

static pt_value group_version_kind(pt_arena *a, const char *what, const char *word) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "group", pt_stringz(""));
    pt_obj_set(&o, "version", pt_stringz("v1"));
    pt_obj_set(&o, what, pt_stringz(word));
    return pt_obj_end(&o);
}

static pt_value user_of(pt_arena *a, pt_str name) {
    pt_obj o = {.a = a};
    pt_obj_maybe(&o, "username", name.n ? pt_string(name) : pt_undefined());
    return pt_obj_end(&o);
}

// The AdmissionRequest that would make this pod.
static pt_value request_of(pt_arena *a, const pt_guard_decision *d) {
    pt_value pod = d->verdict.pod;
    pt_value kind = group_version_kind(a, "kind", "Pod");
    pt_value resource = group_version_kind(a, "resource", "pods");
    pt_obj o = {.a = a};
    pt_obj_set(&o, "uid", pt_stringz(""));
    pt_obj_set(&o, "kind", kind);
    pt_obj_set(&o, "resource", resource);
    pt_obj_set(&o, "requestKind", kind);
    pt_obj_set(&o, "requestResource", resource);
    pt_obj_maybe(&o, "name", pt_getz(pt_getz(pod, "metadata"), "name"));
    pt_obj_maybe(&o, "namespace", pt_getz(pt_getz(pod, "metadata"), "namespace"));
    pt_obj_set(&o, "operation", pt_stringz("CREATE"));
    pt_obj_set(&o, "userInfo", user_of(a, d->request.user));
    pt_obj_set(&o, "object", pod);
    pt_obj_set(&o, "dryRun", pt_bool(false));
    return pt_obj_end(&o);
}

static void set_label(pt_list *pairs, const char *name, pt_str value) {
    pt_list_add(pairs, pt_stringz(name));
    pt_list_add(pairs, pt_string(value));
}

// The Namespace that a tenant is, as policies for clusters know it. What it says of itself beats
// what the settings say of it.
static pt_value namespace_of(pt_arena *a, const pt_guard_tenant *t) {
    pt_list pairs = {.a = a};
    for (size_t i = 0; i < pt_len(t->labels); i++) {
        pt_list_add(&pairs, pt_key_at(t->labels, i));
        pt_list_add(&pairs, pt_val_at(t->labels, i));
    }
    set_label(&pairs, "kubernetes.io/metadata.name", t->name);
    set_label(&pairs, PT_DOCKER_TENANT_LABEL, t->name);
    set_label(&pairs, "tenant", t->name);
    pt_obj metadata = {.a = a};
    pt_obj_set(&metadata, "name", pt_string(t->name));
    pt_obj_set(&metadata, "labels",
               pairs.full ? pt_undefined()
                          : pt_object_of(a, pairs.items.v, pairs.items.n / 2, NULL));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "apiVersion", pt_stringz("v1"));
    pt_obj_set(&o, "kind", pt_stringz("Namespace"));
    pt_obj_set(&o, "metadata", pt_obj_end(&metadata));
    return pt_obj_end(&o);
}

// input.docker: the request itself, for rules that a pod has no field for.
static pt_value docker_of(pt_arena *a, const pt_guard_decision *d) {
    const pt_docker_request *r = &d->request;
    pt_obj o = {.a = a};
    if (r->user.n)
        pt_obj_set(&o, "user", pt_string(r->user));
    if (d->who.tenant)
        pt_obj_set(&o, "tenant", pt_string(d->who.tenant->name));
    pt_obj_set(&o, "endpoint", pt_stringz(pt_docker_endpoint_name(r->endpoint)));
    pt_obj_set(&o, "method", pt_string(r->method));
    pt_obj_set(&o, "path", pt_string(r->path));
    pt_obj_set(&o, "query", r->query);
    pt_obj_maybe(&o, "body", r->body);
    return pt_obj_end(&o);
}

static bool denies(const pt_guard_decision *d) {
    for (size_t i = 0; i < d->policies.violations.n; i++)
        if (d->policies.violations.v[i].action == PT_GK_DENY)
            return true;
    return false;
}

pt_code pt_guard_policies_judge(pt_arena *a, const pt_gk_set *set, pt_guard_decision *d,
                                pt_err *e) {
    pt_gk_review r = {.request = request_of(a, d),
                      .docker = docker_of(a, d),
                      .point = PT_GK_ADMISSION,
                      .deadline_ns = pt_monotonic_ns() + (int64_t)DEADLINE_MS * 1000000,
                      .now_ns = pt_now()};
    if (d->who.tenant) {
        r.namespace = namespace_of(a, d->who.tenant);
        r.inventory = pt_gk_inventory(a, &r.namespace, 1);
    }
    bool whole = !d->who.tenant || (pt_defined(r.namespace) && pt_defined(r.inventory));
    pt_gk_judge *j = pt_gk_judge_new(set);
    if (!j || !whole || !pt_defined(r.request) || !pt_defined(r.docker)) {
        pt_gk_judge_free(j);
        return pt_err_set(e, PT_E_NOMEM, "no memory for the policies");
    }
    pt_code code = pt_gk_judge_review(j, a, &r, &d->policies, e);
    pt_gk_judge_free(j);
    // What could not be read of the pod is no pass.
    bool blind = d->policies.judged.n > 0 && d->verdict.pod_unknown.n > 0;
    d->off_policies = denies(d) || blind;
    return code;
}

void pt_guard_policies_put(pt_buf *b, const pt_guard_decision *d) {
    for (size_t i = 0; i < d->policies.violations.n; i++) {
        const pt_gk_violation *v = &d->policies.violations.v[i];
        if (v->action == PT_GK_DENY)
            pt_buf_printf(b, "%s[%.*s] %.*s", b->n ? "\n" : "", PT_PRI(v->constraint->name),
                          PT_PRI(v->message));
    }
}
