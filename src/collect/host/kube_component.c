// The flags of the control plane's components.
#include <string.h>

#include "collect/host/kube.h"
#include "value/path.h"

// etcd's configuration file (--config-file) takes the place of all flags.
static const struct {
    const char *flag, *path;
} etcd_fields[] = {
    {"client-cert-auth", "client-transport-security.client-cert-auth"},
    {"auto-tls", "client-transport-security.auto-tls"},
    {"cert-file", "client-transport-security.cert-file"},
    {"key-file", "client-transport-security.key-file"},
    {"trusted-ca-file", "client-transport-security.trusted-ca-file"},
    {"peer-client-cert-auth", "peer-transport-security.client-cert-auth"},
    {"peer-auto-tls", "peer-transport-security.auto-tls"},
    {"peer-cert-file", "peer-transport-security.cert-file"},
    {"peer-key-file", "peer-transport-security.key-file"},
    {"peer-trusted-ca-file", "peer-transport-security.trusted-ca-file"},
    {"data-dir", "data-dir"},
};

pt_fact pt_kube_named_document(const pt_host_ask *q, const pt_kube_start *s, pt_str path) {
    pt_str here = pt_kube_host_path(q, s, path);
    if (!here.p)
        return pt_fact_unknown(
            pt_arena_printf(q->a, "where %.*s lies on this host cannot be told", PT_PRI(path)),
            (pt_str){0});
    return pt_kube_document(q, here.p, here.p);
}

// "ETCD_CLIENT_CERT_AUTH=true" is --client-cert-auth=true, if no flag says otherwise.
static bool add_etcd_environment(const pt_host_ask *q, const pt_kube_start *s, pt_words *ret) {
    bool ok = true;
    for (size_t i = 0; ok && i < s->environment.n; i++) {
        pt_str word = s->environment.v[i];
        size_t eq = pt_str_find(word, '=');
        if (!pt_str_starts(word, PT_STR("ETCD_")))
            continue;
        char *flag = pt_arena_take(q->a, eq + 1);
        for (size_t k = 5; flag && k < eq; k++)
            flag[k] = (char)(word.p[k] == '_'                       ? '-'
                             : word.p[k] >= 'A' && word.p[k] <= 'Z' ? word.p[k] - 'A' + 'a'
                                                                    : word.p[k]);
        ok = flag && pt_words_add(q->a, ret,
                                  pt_arena_printf(q->a, "--%.*s%.*s", (int)(eq - 5), flag + 5,
                                                  PT_PRI(pt_str_sub(word, eq, word.n))));
    }
    return ok;
}

static pt_fact etcd_file(const pt_host_ask *q, const pt_kube_start *s, pt_str path) {
    pt_fact f = pt_kube_named_document(q, s, path);
    pt_obj o = {.a = q->a};
    if (f.state != PT_KNOWN)
        return pt_fact_unknown(f.state == PT_UNKNOWN ? f.reason : PT_STR("etcd's file is missing"),
                               f.remedy);
    for (size_t i = 0; i < PT_COUNT(etcd_fields); i++) {
        pt_value v = pt_path_get(f.value, etcd_fields[i].path);
        bool empty = pt_tag_of(v) == PT_NULL || (pt_tag_of(v) == PT_STRING && !pt_text(v).n);
        pt_obj_maybe(&o, etcd_fields[i].flag, empty ? pt_undefined() : v);
    }
    f.value = pt_obj_end(&o);
    return pt_defined(f.value) ? f : pt_kube_no_memory();
}

pt_fact pt_kube_component(const pt_host_ask *q, const char *program, pt_kube_start *ret_start) {
    pt_kube_start s = pt_kube_start_of(q, program);
    pt_words words = {0};
    bool etcd = strcmp(program, "etcd") == 0;
    *ret_start = s;
    if (s.how.state != PT_KNOWN)
        return s.how;
    bool ok = pt_words_add(q->a, &words, pt_str_of(program)) &&
              (!etcd || add_etcd_environment(q, &s, &words));
    for (size_t i = 1; ok && i < s.argv.n; i++)
        ok = pt_words_add(q->a, &words, s.argv.v[i]);
    pt_value flags = ok ? pt_kube_flags(q->a, &words) : pt_undefined();
    pt_value file = pt_getz(flags, "config-file");
    if (etcd && pt_defined(file))
        return etcd_file(q, &s, pt_text(file));
    return pt_defined(flags) ? pt_fact_known(flags, s.how.source) : pt_kube_no_memory();
}

// component/kube-apiserver
pt_fact pt_host_component(const pt_host_ask *q) {
    pt_kube_start s;
    pt_str program = pt_arena_str(q->a, q->arg);
    return program.p ? pt_kube_component(q, program.p, &s) : pt_kube_no_memory();
}

// Which CA etcd's clients and which one the API server's clients are signed by. Absent: not both of
// them run here, or one trusts none.
pt_fact pt_host_etcd_ca(const pt_host_ask *q) {
    pt_kube_start s;
    pt_fact etcd = pt_kube_component(q, "etcd", &s);
    pt_fact api = pt_kube_component(q, "kube-apiserver", &s);
    if (etcd.state == PT_ABSENT || api.state == PT_ABSENT)
        return pt_fact_absent(PT_STR("/etc/kubernetes/manifests"));
    if (etcd.state == PT_UNKNOWN || api.state == PT_UNKNOWN)
        return etcd.state == PT_UNKNOWN ? etcd : api;
    pt_value of_etcd = pt_getz(etcd.value, "trusted-ca-file");
    pt_value of_api = pt_getz(api.value, "client-ca-file");
    if (!pt_defined(of_etcd) || !pt_defined(of_api))
        return pt_fact_absent(pt_defined(of_api) ? etcd.source : api.source);
    pt_obj o = {.a = q->a};
    pt_obj_set(&o, "etcd", of_etcd);
    pt_obj_set(&o, "client", of_api);
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_fact_known(v, etcd.source) : pt_kube_no_memory();
}
