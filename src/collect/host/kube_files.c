// Mode and owner of the files that Kubernetes' components name.
#include "collect/host/kube.h"

// Adds the file if it is there. False: that cannot be told, and *f says why.
static bool add_file(const pt_host_ask *q, pt_list *l, pt_str path, pt_fact *f) {
    pt_str z = pt_arena_str(q->a, path);
    *f = z.p ? pt_host_with_above(q, z, pt_world_stat(q->w, q->a, z.p, PT_KUBE_WITNESS))
             : pt_kube_no_memory();
    if (f->state == PT_KNOWN)
        pt_list_add(l, pt_host_file_entry(q, z, f->value));
    return f->state != PT_UNKNOWN;
}

static pt_fact entries(const pt_host_ask *q, const pt_words *paths, pt_str source) {
    pt_list l = {.a = q->a};
    pt_fact f;
    for (size_t i = 0; i < paths->n; i++)
        if (paths->v[i].n && !add_file(q, &l, paths->v[i], &f)) // empty: none is named
            return f;
    if (!l.items.n)
        return pt_fact_absent(source);
    pt_value v = pt_list_end(&l);
    return pt_defined(v) ? pt_fact_known(v, source) : pt_kube_no_memory();
}

static pt_fact manifests(const pt_host_ask *q) {
    const pt_kube *k = pt_kube_manifests(q);
    if (!k || k->listed.state == PT_UNKNOWN)
        return k ? k->listed : pt_kube_no_memory();
    return entries(q, &k->manifest_files, PT_STR("/etc/kubernetes/manifests"));
}

// What etcd is told is its folder, as this host sees it.
static pt_fact etcd_data(const pt_host_ask *q) {
    pt_kube_start s;
    pt_words paths = {0};
    pt_fact f = pt_kube_component(q, "etcd", &s);
    if (f.state != PT_KNOWN)
        return f;
    pt_str dir = pt_text(pt_getz(f.value, "data-dir"));
    pt_str here = pt_kube_host_path(q, &s, dir);
    if (!here.p)
        return pt_fact_unknown(
            pt_arena_printf(q->a, "where etcd's data (\"%.*s\") lies on this host cannot be told",
                            PT_PRI(dir)),
            (pt_str){0});
    return pt_words_add(q->a, &paths, here) ? entries(q, &paths, f.source) : pt_kube_no_memory();
}

static pt_fact of_kubelet(const pt_host_ask *q, pt_str what) {
    const pt_kubelet *k = pt_kube_kubelet(q);
    pt_words paths = {0};
    bool ok = true;
    if (!k || k->here.state != PT_KNOWN)
        return k ? k->here : pt_kube_no_memory();
    if (pt_str_eqz(what, "kubelet-unit") && k->unit.how.state == PT_UNKNOWN)
        return k->unit.how;
    if (pt_str_eqz(what, "kubelet-unit"))
        paths = k->unit.files;
    else if (pt_str_eqz(what, "kubelet-kubeconfig"))
        ok = pt_words_add(q->a, &paths, k->kubeconfig);
    else if (pt_str_eqz(what, "kubelet-ca"))
        ok = pt_words_add(q->a, &paths,
                          pt_text(pt_getz(k->settings, "authentication.x509.clientCAFile")));
    else if (pt_str_eqz(what, "kubelet-folder"))
        ok = pt_words_add(q->a, &paths, k->config_dir);
    else {
        ok = pt_words_add(q->a, &paths, k->config);
        for (size_t i = 0; ok && i < k->drop_ins.n; i++)
            ok = pt_words_add(q->a, &paths, k->drop_ins.v[i]);
    }
    if (!ok)
        return pt_kube_no_memory();
    return entries(q, &paths, k->here.source);
}

// kube-files/manifests, …/etcd-data, …/kubelet-config, …/kubelet-folder (of drop-ins),
// …/kubelet-unit, …/kubelet-kubeconfig, …/kubelet-ca
pt_fact pt_host_kube_files(const pt_host_ask *q) {
    if (pt_str_eqz(q->arg, "manifests"))
        return manifests(q);
    if (pt_str_eqz(q->arg, "etcd-data"))
        return etcd_data(q);
    return of_kubelet(q, q->arg);
}
