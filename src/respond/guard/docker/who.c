// Who asks: by the certificate that the daemon has verified, and that it shows us.
#include <string.h>

#include "base/instant.h"
#include "crypto/x509.h"
#include "respond/guard/docker/guard_impl.h"
#include "value/json.h"

enum {
    CREATED = 201,
};

// -- the certificate ------------------------------------------------------------------------------

static bool is_listed(const pt_str *list, size_t n, pt_str word) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_eq(list[i], word))
            return true;
    return false;
}

// The certificate that the client has shown first: its own.
static bool read_certificate(pt_arena *a, const pt_docker_request *r, pt_x509_facts *ret) {
    pt_str base64 = pt_text(pt_at(pt_getz(r->raw, "RequestPeerCertificates"), 0));
    pt_str pem = pt_base64_decode(a, base64);
    return base64.n && pem.n && !pt_x509_read(a, pem, ret, NULL);
}

// Why the certificate is good for nobody; empty: it is good. The daemon looks at it once for each
// connection, and connections live long.
static pt_str flaw_of(pt_arena *a, const pt_guard_tenants *t, const pt_docker_request *r,
                      int64_t now_ns) {
    pt_x509_facts f = {0};
    if (!pt_str_eqz(r->user_method, "TLS"))
        return PT_STR("who asks has been found out in an unknown way");
    if (!r->user.n)
        return PT_STR("it has no common name");
    if (!read_certificate(a, r, &f))
        return PT_STR("the daemon does not show it");
    if (!pt_str_eq(f.common_name, r->user))
        return PT_STR("its common name is not the user that the daemon names");
    if (now_ns < f.not_before_ns)
        return PT_STR("it is not valid yet");
    if (now_ns >= f.not_after_ns)
        return PT_STR("it has ended");
    if (is_listed(t->revoked, t->n_revoked, f.serial))
        return PT_STR("it has been revoked");
    return (pt_str){0};
}

static const pt_guard_tenant *tenant_of(const pt_guard_tenants *t, pt_str user) {
    for (size_t i = 0; i < t->n; i++)
        if (is_listed(t->v[i].users, t->v[i].n_users, user))
            return &t->v[i];
    return NULL;
}

// Of the guard itself, which looks at the daemon.
static bool is_ours(const pt_guard_tenants *t, const pt_docker_request *r) {
    return t->probe.n && pt_docker_endpoint_harmless(r->endpoint) &&
           pt_str_eq(pt_text(pt_getz(r->query, "paratia")), t->probe);
}

static pt_guard_who stranger(pt_str why) {
    return (pt_guard_who){.stranger = true, .asker.why = why};
}

pt_guard_who pt_guard_who_of(pt_arena *a, const pt_guard_tenants *t, const pt_docker_request *r,
                             int64_t now_ns) {
    bool socket = !r->user.n && !r->user_method.n;
    if (socket && is_ours(t, r))
        return (pt_guard_who){.ours = true};
    if (!t->given)
        return (pt_guard_who){0};
    if (socket && t->no_socket)
        return stranger(PT_STR("none was shown"));
    if (socket)
        return (pt_guard_who){0};
    pt_str flaw = flaw_of(a, t, r, now_ns);
    if (flaw.n)
        return stranger(flaw);
    if (is_listed(t->operators, t->n_operators, r->user))
        return (pt_guard_who){0};
    const pt_guard_tenant *tenant = tenant_of(t, r->user);
    if (!tenant)
        return stranger(pt_arena_printf(a, "%.*s has no tenant", PT_PRI(r->user)));
    return (pt_guard_who){.tenant = tenant,
                          .asker = {.tenant = tenant->name,
                                    .networks = tenant->networks,
                                    .n_networks = tenant->n_networks}};
}

void pt_guard_who_remember(pt_arena *a, pt_str document, const pt_guard_tenants *t,
                           pt_guard_execs *x) {
    pt_docker_request r;
    int64_t status = 0;
    pt_value answer = pt_undefined();
    if (!pt_str_has(document, PT_STR("/exec")) || pt_docker_request_read(a, document, &r, NULL) ||
        strcmp(pt_docker_endpoint_name(r.endpoint), "containers/exec") != 0)
        return;
    pt_guard_who who = pt_guard_who_of(a, t, &r, pt_now());
    bool made = pt_to_int(pt_getz(r.raw, "ResponseStatusCode"), &status) && status == CREATED;
    if (!who.tenant || !made)
        return;
    pt_str body = pt_base64_decode(a, pt_text(pt_getz(r.raw, "ResponseBody")));
    if (!pt_json_parse(a, body, NULL, &answer, NULL))
        pt_guard_execs_add(x, pt_text(pt_getz(answer, "Id")), who.tenant->name);
}

// -- settings -------------------------------------------------------------------------------------

static bool copy_one(pt_arena *a, pt_guard_tenant *t) {
    t->name = pt_arena_str(a, t->name);
    bool labels = pt_defined(t->labels);
    if (labels)
        t->labels = pt_clone(a, t->labels);
    return t->name.p && pt_defined(t->labels) == labels &&
           pt_guard_copy_list(a, &t->users, t->n_users) &&
           pt_guard_copy_list(a, &t->networks, t->n_networks) && pt_guard_rules_copy(a, &t->rules);
}

bool pt_guard_tenants_copy(pt_arena *a, pt_guard_tenants *t) {
    t->probe = pt_arena_str(a, t->probe);
    pt_guard_tenant *v = PT_NEW(a, pt_guard_tenant, t->n);
    if (!v || !pt_guard_copy_list(a, &t->operators, t->n_operators) ||
        !pt_guard_copy_list(a, &t->revoked, t->n_revoked))
        return false;
    for (size_t i = 0; i < t->n; i++) {
        v[i] = t->v[i];
        if (!copy_one(a, &v[i]))
            return false;
    }
    t->v = v;
    return true;
}

static pt_value one_value(pt_arena *a, const pt_guard_tenant *t) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "name", pt_string(t->name));
    pt_obj_set(&o, "users", pt_guard_list_value(a, t->users, t->n_users));
    pt_obj_set(&o, "networks", pt_guard_list_value(a, t->networks, t->n_networks));
    pt_obj_maybe(&o, "labels", t->labels);
    pt_obj_set(&o, "rules", pt_guard_rules_value(a, &t->rules, t->level));
    return pt_obj_end(&o);
}

pt_value pt_guard_tenants_value(pt_arena *a, const pt_guard_tenants *t) {
    pt_list all = {.a = a};
    for (size_t i = 0; i < t->n; i++)
        pt_list_add(&all, one_value(a, &t->v[i]));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "socket", pt_bool(!t->no_socket));
    pt_obj_set(&o, "operators", pt_guard_list_value(a, t->operators, t->n_operators));
    pt_obj_set(&o, "revoked", pt_guard_list_value(a, t->revoked, t->n_revoked));
    pt_obj_set(&o, "tenants", pt_list_end(&all));
    return pt_obj_end(&o);
}
