// Where components of Kubernetes are found: among the processes of a live host, among the static
// pods that the kubelet starts, among the units of systemd, or inside a distribution's one program.
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/host/kube.h"
#include "value/yaml.h"

static const char programs[] = "kubelet|kube-apiserver|kube-controller-manager|kube-scheduler|etcd";
static const char *const manifest_dirs[] = {
    "/etc/kubernetes/manifests",
    "/var/lib/rancher/rke2/agent/pod-manifests",
};

pt_kube *pt_kube_of(const pt_host_ask *q) {
    if (!q->memo->kube)
        q->memo->kube = PT_NEW(q->a, pt_kube, 1);
    return q->memo->kube;
}

bool pt_words_add(pt_arena *a, pt_words *w, pt_str word) {
    pt_str *slot = PT_PUSH(a, w);
    if (slot)
        *slot = word;
    return slot != NULL;
}

pt_str pt_kube_base_name(pt_str path) {
    size_t slash = pt_str_rfind(path, '/');
    return slash == path.n ? path : pt_str_sub(path, slash + 1, path.n);
}

pt_fact pt_kube_no_memory(void) {
    return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}

pt_fact pt_kube_document(const pt_host_ask *q, const char *path, const char *witness) {
    pt_fact f = pt_host_text(q, path, witness);
    if (f.state != PT_KNOWN)
        return f;
    pt_yaml_stream s = {.bytes = pt_text(f.value), .dialect = PT_YAML_KUBERNETES};
    pt_yaml_doc doc = {0};
    pt_err e = {0};
    pt_code code = pt_yaml_next(&s, q->a, &doc, &e);
    pt_yaml_stream_done(&s);
    if (code)
        return pt_fact_unknown(pt_arena_printf(q->a, "%s, line %u: %s", path, e.line, e.what),
                               (pt_str){0});
    if (pt_tag_of(doc.value) != PT_OBJECT)
        return pt_fact_unknown(pt_arena_printf(q->a, "%s holds no object", path), (pt_str){0});
    return pt_fact_known(doc.value, f.source);
}

// -- processes ------------------------------------------------------------------------------------

// A file of /proc/PID; absent if the process has ended meanwhile.
static pt_fact of_process(const pt_host_ask *q, pt_str pid, const char *name) {
    pt_str path = pt_arena_printf(q->a, "/proc/%.*s/%s", PT_PRI(pid), name);
    pt_str dir = pt_str_sub(path, 0, path.n ? pt_str_rfind(path, '/') : 0);
    pt_fact f = path.p ? pt_host_text(q, path.p, NULL) : pt_kube_no_memory();
    if (f.state != PT_UNKNOWN || !path.p)
        return f;
    pt_fact there = pt_world_stat(q->w, q->a, pt_arena_str(q->a, dir).p, NULL);
    return there.state == PT_ABSENT ? there : f;
}

static pt_words split_at_nul(pt_arena *a, pt_str s) {
    pt_words w = {0};
    pt_str word;
    while (pt_str_split(&s, '\0', &word))
        PT_IGNORE(pt_words_add(a, &w, word)); // a full arena shows in what is made of them
    return w;
}

static pt_fact add_process(const pt_host_ask *q, pt_kube *k, pt_str pid) {
    pt_fact f = of_process(q, pid, "cmdline");
    pt_str text = pt_text(f.value);
    pt_str program = pt_kube_base_name(pt_str_sub(text, 0, pt_str_find(text, '\0')));
    if (f.state == PT_UNKNOWN || !pt_str_in_list(program, pt_str_of(programs), '|'))
        return f;
    pt_kube_process *slot = PT_PUSH(q->a, &k->process);
    if (!slot)
        return pt_kube_no_memory();
    *slot = (pt_kube_process){program, pid, split_at_nul(q->a, text)};
    return f;
}

// Process 1, which every running system shows to whoever may see all, is the witness.
static pt_fact read_processes(const pt_host_ask *q, pt_kube *k) {
    pt_fact first = pt_host_text(q, "/proc/1/comm", "/proc/1/comm");
    pt_fact pids = pt_world_list(q->w, q->a, "/proc", "/proc");
    if (first.state != PT_KNOWN || pids.state != PT_KNOWN)
        return first.state != PT_KNOWN ? first : pids;
    for (size_t i = 0; i < pt_len(pids.value); i++) {
        int64_t number;
        pt_str pid = pt_text(pt_at(pids.value, i));
        if (!pt_str_int(pid, 10, &number))
            continue;
        pt_fact f = add_process(q, k, pid);
        if (f.state == PT_UNKNOWN)
            return f;
    }
    return pids;
}

// In a PID namespace below ours a process has more than one number.
static bool in_pid_namespace(const pt_host_ask *q, pt_str pid) {
    pt_fact f = of_process(q, pid, "status");
    pt_str rest = pt_text(f.value);
    pt_str line;
    pt_str word;
    while (pt_str_split(&rest, '\n', &line)) {
        if (!pt_str_starts(line, PT_STR("NSpid:")))
            continue;
        size_t n = 0;
        while (pt_str_word(&line, &word))
            n++;
        return n > 2;
    }
    return false;
}

static bool mounts_of(const pt_host_ask *q, pt_str pid, char *room, size_t size) {
    pt_str path = pt_arena_printf(q->a, "/proc/%.*s/ns", PT_PRI(pid));
    PT_AUTO(pt_fd_close) int fd = path.p ? q->w->open(q->w, path.p, O_RDONLY | O_DIRECTORY) : -1;
    ssize_t n = fd < 0 ? -1 : readlinkat(fd, "mnt", room, size - 1);
    room[n < 0 ? 0 : n] = '\0';
    return n > 0;
}

// Does it see other files than we do? What cannot be told is taken for no.
static bool is_contained(const pt_host_ask *q, pt_str pid) {
    char of_first[64];
    char of_it[64];
    return in_pid_namespace(q, pid) ||
           (mounts_of(q, PT_STR("1"), of_first, sizeof of_first) &&
            mounts_of(q, pid, of_it, sizeof of_it) && strcmp(of_first, of_it) != 0);
}

static bool same_words(const pt_words *a, const pt_words *b) {
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = pt_str_eq(a->v[i], b->v[i]);
    return same;
}

static pt_kube_start of_one(const pt_host_ask *q, const pt_kube_process *p) {
    pt_kube_start ret = {
        .how = pt_fact_known(pt_bool(true),
                             pt_arena_printf(q->a, "/proc/%.*s/cmdline", PT_PRI(p->pid))),
        .argv = p->argv,
        .contained = is_contained(q, p->pid),
    };
    if (!pt_str_eqz(p->program, "etcd"))
        return ret;
    pt_fact env = of_process(q, p->pid, "environ"); // etcd is told by it, too
    ret.environment = split_at_nul(q->a, pt_text(env.value));
    if (env.state == PT_UNKNOWN)
        ret.how = env;
    return ret;
}

// One that sees the host's files counts before those in containers, which any container may name
// so. Several that differ are several nodes in containers of one host.
static pt_kube_start among_processes(const pt_host_ask *q, const pt_kube *k, const char *program) {
    pt_kube_start ret = {.how = pt_fact_absent(PT_STR("/proc/*/cmdline"))};
    bool differ = false;
    for (size_t i = 0; i < k->process.n; i++) {
        if (!pt_str_eqz(k->process.v[i].program, program))
            continue;
        pt_kube_start one = of_one(q, &k->process.v[i]);
        bool first = ret.how.state == PT_ABSENT || (ret.contained && !one.contained);
        if (!first && one.contained && !ret.contained)
            continue;
        differ = !first && (differ || !same_words(&ret.argv, &one.argv));
        if (first)
            ret = one;
    }
    if (differ)
        ret.how =
            pt_fact_unknown(pt_arena_printf(q->a, "several %s run with different flags", program),
                            PT_STR("audit each node by itself"));
    return ret;
}

static pt_kube_start process_of(const pt_host_ask *q, const char *program) {
    pt_kube *k = pt_kube_of(q);
    if (!k)
        return (pt_kube_start){.how = pt_kube_no_memory()};
    if (!q->w->live)
        return (pt_kube_start){.how = pt_fact_absent(PT_STR("a disk"))};
    if (!k->processes_read)
        k->processes = read_processes(q, k);
    k->processes_read = true;
    if (k->processes.state == PT_UNKNOWN)
        return (pt_kube_start){.how = k->processes};
    return among_processes(q, k, program);
}

// -- static pods ----------------------------------------------------------------------------------

static pt_fact add_manifest(const pt_host_ask *q, pt_kube *k, const char *path) {
    pt_fact f = pt_kube_document(q, path, PT_KUBE_WITNESS);
    bool kept = pt_words_add(q->a, &k->manifest_files, pt_str_of(path));
    pt_kube_pod *slot = kept && f.state == PT_KNOWN ? PT_PUSH(q->a, &k->pod) : NULL;
    if (slot)
        *slot = (pt_kube_pod){pt_str_of(path), f.value};
    else if (f.state != PT_UNKNOWN)
        return pt_kube_no_memory();
    return f;
}

// The first unknown stays, then the first that is known.
static void worsen(pt_fact *all, pt_fact one) {
    if (one.state == PT_UNKNOWN ? all->state != PT_UNKNOWN
                                : one.state == PT_KNOWN && all->state == PT_ABSENT)
        *all = one;
}

// The kubelet reads every file of the folder but those that begin with a dot.
static void read_dir(const pt_host_ask *q, pt_kube *k, const char *dir) {
    pt_fact names = pt_world_list(q->w, q->a, dir, PT_KUBE_WITNESS);
    worsen(&k->listed, names);
    worsen(&k->manifests, names);
    for (size_t i = 0; names.state == PT_KNOWN && i < pt_len(names.value); i++) {
        pt_str name = pt_text(pt_at(names.value, i));
        pt_str path = pt_arena_printf(q->a, "%s/%.*s", dir, PT_PRI(name));
        if (!path.p || pt_str_starts(name, PT_STR(".")))
            continue;
        worsen(&k->manifests, add_manifest(q, k, path.p));
    }
}

// Where the kubelet says its static pods are, and where they usually are.
static void read_pods(const pt_host_ask *q, pt_kube *k) {
    const pt_kubelet *kubelet = pt_kube_kubelet(q);
    pt_str own = kubelet ? pt_text(pt_getz(kubelet->settings, "staticPodPath")) : (pt_str){0};
    while (own.n > 1 && own.p[own.n - 1] == '/')
        own = pt_str_sub(own, 0, own.n - 1);
    own = pt_arena_str(q->a, own);
    k->manifests = k->listed = pt_fact_absent(PT_STR("/etc/kubernetes/manifests"));
    if (!kubelet || kubelet->here.state == PT_UNKNOWN) // it may name another folder
        k->manifests = k->listed = kubelet ? kubelet->here : pt_kube_no_memory();
    for (size_t i = 0; i <= PT_COUNT(manifest_dirs); i++) {
        const char *dir = i < PT_COUNT(manifest_dirs) ? manifest_dirs[i] : own.p;
        bool again = i == PT_COUNT(manifest_dirs) && own.p &&
                     (pt_str_eqz(own, manifest_dirs[0]) || pt_str_eqz(own, manifest_dirs[1]));
        if (dir && dir[0] == '/' && !again)
            read_dir(q, k, dir);
    }
    k->pods_read = true;
}

const pt_kube *pt_kube_manifests(const pt_host_ask *q) {
    pt_kube *k = pt_kube_of(q);
    if (k && !k->pods_read)
        read_pods(q, k);
    return k;
}

static bool add_texts(pt_arena *a, pt_words *w, pt_value list) {
    bool ok = true;
    for (size_t i = 0; ok && i < pt_len(list); i++)
        ok = pt_words_add(a, w, pt_text(pt_at(list, i)));
    return ok;
}

static bool add_environment(pt_arena *a, pt_words *w, pt_value env) {
    bool ok = true;
    for (size_t i = 0; ok && i < pt_len(env); i++)
        ok = pt_words_add(a, w,
                          pt_arena_printf(a, "%.*s=%.*s",
                                          PT_PRI(pt_text(pt_getz(pt_at(env, i), "name"))),
                                          PT_PRI(pt_text(pt_getz(pt_at(env, i), "value")))));
    return ok;
}

// False: another container. One that is called as the component but starts a shell is unknown.
static bool read_container(const pt_host_ask *q, const pt_kube_pod *pod, pt_value container,
                           const char *program, pt_kube_start *ret) {
    pt_words argv = {0};
    pt_words env = {0};
    pt_value command = pt_getz(container, "command");
    bool ok = pt_len(command) || pt_words_add(q->a, &argv, pt_str_of(program)); // the image's own
    ok = ok && add_texts(q->a, &argv, command) &&
         add_texts(q->a, &argv, pt_getz(container, "args")) &&
         add_environment(q->a, &env, pt_getz(container, "env"));
    bool called = pt_str_eqz(pt_text(pt_getz(container, "name")), program);
    bool starts =
        pt_len(command) && pt_str_eqz(pt_kube_base_name(pt_text(pt_at(command, 0))), program);
    if (!called && !starts)
        return false;
    bool script = pt_len(command) && !starts;
    *ret = (pt_kube_start){
        .how = ok ? pt_fact_known(pt_bool(true), pod->path) : pt_kube_no_memory(),
        .argv = argv,
        .environment = env,
        .pod = pod->value,
        .container = container,
        .contained = true,
    };
    if (script)
        ret->how = pt_fact_unknown(
            pt_arena_printf(q->a, "%.*s starts %s by a script, which is not followed",
                            PT_PRI(pod->path), program),
            PT_STR("run paratia audit on the machine itself, while it runs"));
    return true;
}

static pt_kube_start pod_of(const pt_host_ask *q, const char *program) {
    const pt_kube *k = pt_kube_manifests(q);
    pt_kube_start ret = {.how = pt_kube_no_memory()};
    if (!k)
        return ret;
    ret.how = k->manifests.state == PT_UNKNOWN
                  ? k->manifests
                  : pt_fact_absent(PT_STR("/etc/kubernetes/manifests"));
    for (size_t i = 0; i < k->pod.n; i++) {
        pt_value containers = pt_getz(pt_getz(k->pod.v[i].value, "spec"), "containers");
        for (size_t c = 0; c < pt_len(containers); c++)
            if (read_container(q, &k->pod.v[i], pt_at(containers, c), program, &ret))
                return ret;
    }
    return ret;
}

// "/etc/x/y" by the volume that is mounted at "/etc/x"; the longest such counts.
static pt_str through_volume(const pt_host_ask *q, const pt_kube_start *s, pt_str path) {
    pt_value mounts = pt_getz(s->container, "volumeMounts");
    pt_value volumes = pt_getz(pt_getz(s->pod, "spec"), "volumes");
    pt_value best = pt_undefined();
    pt_str at = {0};
    for (size_t i = 0; i < pt_len(mounts); i++) {
        pt_str to = pt_text(pt_getz(pt_at(mounts, i), "mountPath"));
        bool below = pt_str_starts(path, to) && (path.n == to.n || path.p[to.n] == '/');
        if (!below || to.n < at.n || !to.n)
            continue;
        at = to;
        best = pt_at(mounts, i);
    }
    for (size_t i = 0; pt_defined(best) && i < pt_len(volumes); i++) {
        pt_value v = pt_at(volumes, i);
        pt_str host = pt_text(pt_getz(pt_getz(v, "hostPath"), "path"));
        pt_str sub = pt_text(pt_getz(best, "subPath"));
        if (host.n && pt_eq(pt_getz(v, "name"), pt_getz(best, "name")))
            return pt_arena_printf(q->a, "%.*s%s%.*s%.*s", PT_PRI(host), sub.n ? "/" : "",
                                   PT_PRI(sub), PT_PRI(pt_str_sub(path, at.n, path.n)));
    }
    return (pt_str){0};
}

pt_str pt_kube_host_path(const pt_host_ask *q, const pt_kube_start *s, pt_str path) {
    if (!pt_str_starts(path, PT_STR("/")))
        return (pt_str){0};
    if (!s->contained)
        return pt_arena_str(q->a, path);
    return through_volume(q, s, path);
}

// -- all of them ----------------------------------------------------------------------------------

// Distributions that run components within one program, or write how they run at each start only.
static const struct {
    const char *program, *path, *name;
    bool disk_only; // on a running host its processes would have been found
} hidden[] = {
    {"kube-apiserver", "/var/lib/rancher/k3s/server", "k3s", false},
    {"kube-controller-manager", "/var/lib/rancher/k3s/server", "k3s", false},
    {"kube-scheduler", "/var/lib/rancher/k3s/server", "k3s", false},
    {"etcd", "/var/lib/rancher/k3s/server/db/etcd", "k3s", false},
    {"kube-apiserver", "/var/snap/microk8s/current/args/kube-apiserver", "MicroK8s", false},
    {"kube-controller-manager", "/var/snap/microk8s/current/args/kube-controller-manager",
     "MicroK8s", false},
    {"kube-scheduler", "/var/snap/microk8s/current/args/kube-scheduler", "MicroK8s", false},
    {"kubelet", "/var/snap/microk8s/current/args/kubelet", "MicroK8s", false},
    {"kube-apiserver", "/var/lib/k0s/pki/apiserver-etcd-client.key", "k0s", true},
    {"kube-controller-manager", "/var/lib/k0s/pki/ccm.conf", "k0s", true},
    {"kube-scheduler", "/var/lib/k0s/pki/scheduler.conf", "k0s", true},
    {"etcd", "/var/lib/k0s/etcd", "k0s", true},
    {"kubelet", "/var/lib/k0s/kubelet", "k0s", true},
};

static pt_fact inside(const pt_host_ask *q, const char *program) {
    for (size_t i = 0; i < PT_COUNT(hidden); i++) {
        if (strcmp(hidden[i].program, program) != 0 || (hidden[i].disk_only && q->w->live))
            continue;
        pt_fact f = pt_world_stat(q->w, q->a, hidden[i].path, PT_KUBE_WITNESS);
        if (f.state == PT_UNKNOWN)
            return f;
        if (f.state == PT_KNOWN)
            return pt_fact_unknown(
                pt_arena_printf(q->a, "%s runs %s within itself, where its flags are not seen",
                                hidden[i].name, program),
                pt_arena_printf(q->a, "read its log: journalctl -u %s | grep \"Running %s\"",
                                hidden[i].name, program));
    }
    return pt_fact_absent(PT_STR("/etc/kubernetes"));
}

pt_kube_start pt_kube_start_of(const pt_host_ask *q, const char *program) {
    pt_kube_start process = process_of(q, program);
    if (process.how.state == PT_UNKNOWN)
        return process;
    pt_kube_start pod = strcmp(program, "kubelet") != 0 ? pod_of(q, program) : process;
    if (process.how.state == PT_KNOWN) { // what runs counts; the manifest tells its volumes
        process.pod = pod.pod;
        process.container = pod.container;
        return process;
    }
    if (pod.how.state == PT_KNOWN)
        return pod;
    pt_str name = pt_arena_printf(q->a, "%s.service", program);
    pt_kube_start unit =
        name.p ? pt_kube_unit(q, name.p) : (pt_kube_start){.how = pt_kube_no_memory()};
    if (unit.how.state == PT_KNOWN || pod.how.state == PT_UNKNOWN)
        return unit.how.state == PT_KNOWN ? unit : pod;
    if (unit.how.state == PT_ABSENT)
        unit.how = inside(q, program);
    return unit;
}
