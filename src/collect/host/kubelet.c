// The kubelet's settings as they count: flags over drop-ins (by name) over the configuration file
// over defaults. The defaults are two: with a configuration file those of its API, without one the
// old ones of the flags, under which everyone may do everything.
#include <string.h>

#include "collect/host/kube.h"
#include "value/path.h"

typedef enum kind {
    PLAIN, // as it stands; an empty text is unset
    SPAN,  // a duration: in a file, but not as a flag, none means the default
    TEXTS, // a list; empty is unset
    GATE,  // of "featureGates"
} kind;

static const struct {
    const char *field, *flag; // flag NULL: there is none
    kind kind;
    const char *by_file, *by_flags; // defaults; NULL: unset
} settings[] = {
    {"authentication.anonymous.enabled", "anonymous-auth", PLAIN, "false", "true"},
    {"authorization.mode", "authorization-mode", PLAIN, "Webhook", "AlwaysAllow"},
    {"authentication.x509.clientCAFile", "client-ca-file", PLAIN, NULL, NULL},
    {"readOnlyPort", "read-only-port", PLAIN, "0", "10255"},
    {"streamingConnectionIdleTimeout", "streaming-connection-idle-timeout", SPAN, "4h", "4h"},
    {"protectKernelDefaults", "protect-kernel-defaults", PLAIN, "false", "false"},
    {"makeIPTablesUtilChains", "make-iptables-util-chains", PLAIN, "true", "true"},
    {"eventRecordQPS", "event-qps", PLAIN, "50", "50"},
    {"tlsCertFile", "tls-cert-file", PLAIN, NULL, NULL},
    {"tlsPrivateKeyFile", "tls-private-key-file", PLAIN, NULL, NULL},
    {"serverTLSBootstrap", NULL, PLAIN, "false", "false"},
    {"rotateCertificates", "rotate-certificates", PLAIN, "false", "false"},
    {"featureGates.RotateKubeletServerCertificate", "feature-gates", GATE, "true", "true"},
    {"tlsMinVersion", "tls-min-version", PLAIN, NULL, NULL},
    {"tlsCipherSuites", "tls-cipher-suites", TEXTS, NULL, NULL},
    {"podPidsLimit", "pod-max-pids", PLAIN, "-1", "-1"},
    {"seccompDefault", "seccomp-default", PLAIN, "false", "false"},
    {"staticPodPath", "pod-manifest-path", PLAIN, NULL, NULL},
};

enum {
    FILES_MAX = 64 // the configuration file and its drop-ins
};

typedef struct documents {
    pt_fact v[FILES_MAX];
    size_t n;
} documents;

// Where the configuration is if nothing says how the kubelet is started: kubeadm, EKS (AL2, AL2023,
// Bottlerocket), GKE.
static const char *const usual_files[] = {
    "/var/lib/kubelet/config.yaml",
    "/etc/kubernetes/kubelet/kubelet-config.json",
    "/etc/kubernetes/kubelet/config.json",
    "/etc/kubernetes/kubelet/config",
    ("/home"
     "/kubernetes/kubelet-config.yaml"), // GKE's; in one piece, somebody's home
};

// k3s and RKE2 write drop-ins from Kubernetes 1.32 on; before, k3s told the kubelet within itself.
static const struct {
    const char *name, *agent, *drop_ins, *more; // where flags are given besides
    const char *files[3];
} ranchers[] = {
    {"k3s",
     "/var/lib/rancher/k3s/agent",
     "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d",
     "/etc/rancher/k3s/config.yaml.d",
     {"/etc/rancher/k3s/config.yaml", "/etc/systemd/system/k3s.service",
      "/etc/systemd/system/k3s-agent.service"}},
    {"RKE2",
     "/var/lib/rancher/rke2/agent",
     "/var/lib/rancher/rke2/agent/etc/kubelet.conf.d",
     "/etc/rancher/rke2/config.yaml.d",
     {"/etc/rancher/rke2/config.yaml", "/usr/local/lib/systemd/system/rke2-server.service",
      "/usr/local/lib/systemd/system/rke2-agent.service"}},
};

// -- values ---------------------------------------------------------------------------------------

static bool is_zero_span(pt_str s) {
    bool zero = s.n > 0;
    for (size_t i = 0; i < s.n; i++)
        zero = zero && !(s.p[i] >= '1' && s.p[i] <= '9');
    return zero;
}

static pt_value default_of(size_t i, bool by_file) {
    const char *z = by_file ? settings[i].by_file : settings[i].by_flags;
    if (!z)
        return pt_undefined();
    if (strcmp(z, "true") == 0 || strcmp(z, "false") == 0)
        return pt_bool(z[0] == 't');
    return pt_host_number_or_text(pt_str_of(z));
}

// "A=true,B=false" in a list of texts.
static pt_value gate(pt_value list, const char *field) {
    pt_str name = pt_str_of(strchr(field, '.') + 1);
    pt_value found = pt_undefined();
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str one = pt_text(pt_at(list, i));
        size_t eq = pt_str_find(one, '=');
        if (pt_str_eq(pt_str_sub(one, 0, eq), name))
            found = pt_bool(!pt_str_in_list(pt_str_sub(one, eq + 1, one.n),
                                            PT_STR("0|f|F|false|FALSE|False"), '|'));
    }
    return found;
}

static pt_value of_flags(pt_value flags, size_t i) {
    pt_value v = settings[i].flag ? pt_getz(flags, settings[i].flag) : pt_undefined();
    if (settings[i].kind == GATE)
        return gate(v, settings[i].field);
    bool one = pt_tag_of(v) == PT_ARRAY && settings[i].kind == PLAIN;
    return one ? pt_at(v, pt_len(v) - 1) : v;
}

// Null, and what the API takes for its default, are not set.
static pt_value of_file(pt_value file, size_t i) {
    pt_value v = pt_path_get(file, settings[i].field);
    bool empty = pt_tag_of(v) == PT_NULL || (pt_tag_of(v) == PT_STRING && !pt_text(v).n) ||
                 (pt_tag_of(v) == PT_ARRAY && !pt_len(v)) ||
                 (settings[i].kind == SPAN && is_zero_span(pt_text(v)));
    return empty ? pt_undefined() : v;
}

static void merge(const pt_host_ask *q, pt_kubelet *k, const documents *files, bool by_file) {
    pt_obj values = {.a = q->a};
    pt_obj sources = {.a = q->a};
    for (size_t i = 0; i < PT_COUNT(settings); i++) {
        pt_value v = default_of(i, by_file);
        pt_str source = by_file ? PT_STR("the kubelet's default with a configuration file")
                                : PT_STR("the kubelet's default without a configuration file");
        for (size_t f = 0; f < files->n; f++) {
            pt_value one = of_file(files->v[f].value, i);
            if (!pt_defined(one))
                continue;
            v = one;
            source = files->v[f].source;
        }
        pt_value flag = of_flags(k->flags, i);
        if (pt_defined(flag)) {
            v = flag;
            source = k->here.source;
        }
        pt_obj_maybe(&values, settings[i].field, v);
        pt_obj_set(&sources, settings[i].field, pt_string(source));
    }
    k->settings = pt_obj_end(&values);
    k->sources = pt_obj_end(&sources);
    if (!pt_defined(k->settings) || !pt_defined(k->sources))
        k->here = pt_kube_no_memory();
}

// -- files ----------------------------------------------------------------------------------------

static bool add_document(const pt_host_ask *q, pt_kubelet *k, documents *d, pt_str path) {
    pt_str z = pt_arena_str(q->a, path);
    pt_fact f = !z.p || z.p[0] != '/'
                    ? pt_fact_unknown(pt_arena_printf(q->a,
                                                      "the kubelet's file \"%.*s\" is "
                                                      "relative to an unknown folder",
                                                      PT_PRI(path)),
                                      (pt_str){0})
                    : pt_kube_document(q, z.p, z.p);
    if (f.state == PT_KNOWN && d->n == FILES_MAX)
        f = pt_fact_unknown(PT_STR("the kubelet has too many drop-ins"), (pt_str){0});
    if (f.state == PT_KNOWN)
        d->v[d->n++] = f;
    else
        k->here = f;
    return f.state == PT_KNOWN;
}

// Drop-ins end in ".conf"; they count by name.
static bool add_drop_ins(const pt_host_ask *q, pt_kubelet *k, documents *d) {
    pt_str dir = pt_arena_str(q->a, k->config_dir);
    pt_fact names = pt_world_list(q->w, q->a, dir.p, dir.p);
    for (size_t i = 0; i < pt_len(names.value); i++) {
        pt_str path =
            pt_arena_printf(q->a, "%.*s/%.*s", PT_PRI(dir), PT_PRI(pt_text(pt_at(names.value, i))));
        if (!pt_str_ends(path, PT_STR(".conf")))
            continue;
        if (!pt_words_add(q->a, &k->drop_ins, path) || !add_document(q, k, d, path))
            return false;
    }
    if (names.state == PT_UNKNOWN)
        k->here = names;
    return names.state != PT_UNKNOWN;
}

static void read_settings(const pt_host_ask *q, pt_kubelet *k) {
    documents files = {.n = 0};
    bool ok = !k->config.n || add_document(q, k, &files, k->config);
    bool by_file = files.n > 0;
    ok = ok && (!k->config_dir.n || add_drop_ins(q, k, &files));
    if (ok)
        merge(q, k, &files, by_file);
}

// -- where it is ----------------------------------------------------------------------------------

// Unknown if a file gives the kubelet flags, or cannot be read.
static pt_fact kubelet_arg(const pt_host_ask *q, size_t i) {
    pt_words paths = {0};
    pt_fact names = pt_world_list(q->w, q->a, ranchers[i].more, PT_KUBE_WITNESS);
    bool ok = true;
    for (size_t f = 0; f < PT_COUNT(ranchers[i].files); f++)
        ok = ok && pt_words_add(q->a, &paths, pt_str_of(ranchers[i].files[f]));
    for (size_t f = 0; f < pt_len(names.value); f++)
        ok = ok && pt_words_add(q->a, &paths,
                                pt_arena_printf(q->a, "%s/%.*s", ranchers[i].more,
                                                PT_PRI(pt_text(pt_at(names.value, f)))));
    if (names.state == PT_UNKNOWN || !ok)
        return ok ? names : pt_kube_no_memory();
    for (size_t f = 0; f < paths.n; f++) {
        pt_fact text = pt_host_text(q, paths.v[f].p, PT_KUBE_WITNESS);
        if (text.state == PT_UNKNOWN)
            return text;
        if (pt_str_has(pt_text(text.value), PT_STR("kubelet-arg")))
            return pt_fact_unknown(
                pt_arena_printf(q->a, "%.*s sets kubelet-arg, which is not followed",
                                PT_PRI(paths.v[f])),
                pt_arena_printf(q->a, "move it to a file in %s", ranchers[i].drop_ins));
    }
    return pt_fact_absent(pt_str_of(ranchers[i].files[0]));
}

// The folder of drop-ins alone, and no flags besides: those in k3s's own files are not followed.
static pt_fact of_rancher(const pt_host_ask *q, pt_kubelet *k, size_t i) {
    pt_fact agent = pt_world_stat(q->w, q->a, ranchers[i].agent, PT_KUBE_WITNESS);
    pt_fact dir = pt_world_stat(q->w, q->a, ranchers[i].drop_ins, PT_KUBE_WITNESS);
    if (agent.state != PT_KNOWN || dir.state == PT_UNKNOWN)
        return agent.state != PT_KNOWN ? agent : dir;
    if (dir.state == PT_ABSENT)
        return pt_fact_unknown(pt_arena_printf(q->a,
                                               "%s before 1.32 keeps the kubelet's settings "
                                               "within itself",
                                               ranchers[i].name),
                               PT_STR("update it, or read its log: journalctl -u k3s"));
    pt_fact flags = kubelet_arg(q, i);
    if (flags.state == PT_UNKNOWN)
        return flags;
    k->config_dir = pt_str_of(ranchers[i].drop_ins);
    return pt_fact_known(pt_bool(true), k->config_dir);
}

static pt_fact of_usual_files(const pt_host_ask *q, pt_kubelet *k) {
    for (size_t i = 0; i < PT_COUNT(usual_files); i++) {
        pt_fact f = pt_world_stat(q->w, q->a, usual_files[i], PT_KUBE_WITNESS);
        if (f.state == PT_UNKNOWN)
            return f;
        if (f.state == PT_ABSENT)
            continue;
        k->config = pt_str_of(usual_files[i]);
        return pt_fact_known(pt_bool(true), k->config);
    }
    return pt_fact_absent(PT_STR("/var/lib/kubelet/config.yaml"));
}

static pt_fact find_here(const pt_host_ask *q, pt_kubelet *k) {
    pt_kube_start start = pt_kube_start_of(q, "kubelet");
    k->unit = start.files.n ? start : pt_kube_unit(q, "kubelet.service");
    if (start.how.state == PT_KNOWN && start.contained)
        return pt_fact_unknown(PT_STR("the kubelet runs in a container, with files of its own"),
                               PT_STR("audit the node from within that container"));
    if (start.how.state != PT_ABSENT) {
        k->flags = pt_kube_flags(q->a, &start.argv);
        k->config = pt_text(pt_getz(k->flags, "config"));
        k->config_dir = pt_text(pt_getz(k->flags, "config-dir"));
        k->kubeconfig = pt_text(pt_getz(k->flags, "kubeconfig"));
        return pt_defined(k->flags) ? start.how : pt_kube_no_memory();
    }
    for (size_t i = 0; i < PT_COUNT(ranchers); i++) {
        pt_fact f = of_rancher(q, k, i);
        if (f.state != PT_ABSENT)
            return f;
    }
    return of_usual_files(q, k);
}

const pt_kubelet *pt_kube_kubelet(const pt_host_ask *q) {
    pt_kube *all = pt_kube_of(q);
    if (!all || all->kubelet_read)
        return all ? &all->kubelet : NULL;
    pt_kubelet *k = &all->kubelet;
    all->kubelet_read = true;
    k->here = find_here(q, k);
    if (k->here.state == PT_KNOWN)
        read_settings(q, k);
    if (!k->kubeconfig.n)
        k->kubeconfig = PT_STR("/etc/kubernetes/kubelet.conf");
    return k;
}

// kubelet: the merged object.
pt_fact pt_host_kubelet(const pt_host_ask *q) {
    const pt_kubelet *k = pt_kube_kubelet(q);
    if (!k)
        return pt_kube_no_memory();
    return k->here.state == PT_KNOWN ? pt_fact_known(k->settings, k->here.source) : k->here;
}

// kubelet/readOnlyPort: one of its settings, with the place where it was read.
pt_fact pt_host_kubelet_setting(const pt_host_ask *q) {
    const pt_kubelet *k = pt_kube_kubelet(q);
    if (!k || k->here.state != PT_KNOWN)
        return k ? k->here : pt_kube_no_memory();
    pt_value v = pt_get(k->settings, q->arg);
    pt_str source = pt_text(pt_get(k->sources, q->arg));
    return pt_defined(v) ? pt_fact_known(v, source) : pt_fact_absent(source);
}
