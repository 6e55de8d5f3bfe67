// Tests of a pod's rights: capabilities, folders of the node, accounts.
#include "judge/workload/object.h"
#include "judge/workload/parts.h"
#include "judge/workload/tests.h"
#include "value/path.h"

static pt_value spec_of(pt_value pod) {
    return pt_getz(pod, "spec");
}

static pt_value security(pt_value holder) {
    return pt_getz(holder, "securityContext");
}

static bool on_windows(pt_value pod) {
    return pt_str_eqz(pt_text(pt_path_get(pod, "spec.os.name")), "windows");
}

// -- capabilities ---------------------------------------------------------------------------------

#define CAPS_ADMIN "ALL|SYS_ADMIN"
#define CAPS_HOST \
    "SYS_MODULE|SYS_PTRACE|SYS_RAWIO|BPF|PERFMON|NET_ADMIN|DAC_READ_SEARCH|SYS_BOOT|SYSLOG"
#define CAPS_DEFAULT                                                                             \
    "AUDIT_WRITE|CHOWN|DAC_OVERRIDE|FOWNER|FSETID|KILL|MKNOD|SETFCAP|SETGID|SETPCAP|SETUID|SYS_" \
    "CHROOT"
#define CAPS_HARMLESS "NET_BIND_SERVICE"

static bool listed(pt_str name, pt_str list) {
    pt_str one;
    while (pt_str_split(&list, '|', &one))
        if (pt_str_eq_nocase(one, name))
            return true;
    return false;
}

// The class of a capability. The standard knows exact names only; runtimes take sys_admin and
// CAP_SYS_ADMIN for SYS_ADMIN as well, so what is dangerous counts however it is written.
static const char *caps_class(pt_str cap) {
    static const struct {
        const char *class;
        pt_str caps;
    } classes[] = {
        {"admin", PT_STR(CAPS_ADMIN)},
        {"host", PT_STR(CAPS_HOST)},
        {"default", PT_STR(CAPS_DEFAULT)},
        {"harmless", PT_STR(CAPS_HARMLESS)},
    };
    bool prefixed = pt_str_starts(cap, PT_STR("CAP_"));
    pt_str name = prefixed ? pt_str_sub(cap, 4, cap.n) : cap;
    for (size_t i = 0; i < PT_COUNT(classes); i++)
        if (i < 2 ? listed(name, classes[i].caps) : pt_str_in_list(cap, classes[i].caps, '|'))
            return classes[i].class;
    return "other";
}

pt_verdict pt_test_added_caps(pt_value v, pt_str want, pt_seen *seen) {
    pt_visit visit = pt_visit_begin(v, PT_VISIT_ALL);
    while (pt_visit_next(&visit)) {
        pt_value add = pt_getz(pt_getz(security(visit.c), "capabilities"), "add");
        bool found = false;
        for (size_t i = 0; i < pt_len(add); i++) {
            pt_str cap = pt_text(pt_at(add, i));
            if (!cap.n || !pt_str_eqz(want, caps_class(cap)))
                continue;
            if (!found)
                pt_visit_part(&visit, seen, "securityContext.capabilities.add", i, "");
            pt_buf_putz(&seen->text, found ? ", " : "adds ");
            pt_buf_put(&seen->text, cap);
            found = true;
        }
    }
    return pt_seen_verdict(seen);
}

pt_verdict pt_test_dropped_caps(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_visit visit = pt_visit_begin(v, PT_VISIT_ALL);
    while (pt_visit_next(&visit)) {
        pt_value drop = pt_getz(pt_getz(security(visit.c), "capabilities"), "drop");
        bool all = false;
        bool texts = true;
        for (size_t i = 0; i < pt_len(drop); i++) {
            all |= pt_str_eqz(pt_text(pt_at(drop, i)), "ALL");
            texts &= pt_tag_of(pt_at(drop, i)) == PT_STRING;
        }
        if (!all || !texts)
            pt_visit_blame(&visit, seen, "securityContext.capabilities.drop");
    }
    if (seen->text.n)
        pt_buf_putz(&seen->text, ": capabilities.drop lacks ALL");
    return pt_seen_verdict(seen);
}

// -- volumes --------------------------------------------------------------------------------------

static pt_value volumes_of(pt_value pod) {
    return pt_getz(spec_of(pod), "volumes");
}

// Is `path` this folder or below it?
static bool within(pt_str path, pt_str folder) {
    return pt_str_starts(path, folder) &&
           (path.n == folder.n || folder.n == 1 || path.p[folder.n] == '/');
}

// Without trailing slashes; the kubelet resolves the rest ("//", "/./") to the same folder, so that
// a path with such parts is classified as /.
static pt_str clean(pt_str path) {
    bool odd = !pt_str_starts(path, PT_STR("/")) || pt_str_has(path, PT_STR("/./")) ||
               pt_str_has(path, PT_STR("/../")) || pt_str_ends(path, PT_STR("/..")) ||
               pt_str_ends(path, PT_STR("/."));
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    return odd || pt_str_has(path, PT_STR("//")) ? PT_STR("/") : path;
}

// A socket, or a folder in which one lies.
static bool reaches_socket(pt_str path) {
    static const pt_str sockets[] = {
        PT_STR("/run/docker.sock"),
        PT_STR("/run/containerd/containerd.sock"),
        PT_STR("/run/docker/containerd/containerd.sock"),
        PT_STR("/run/crio/crio.sock"),
        PT_STR("/run/podman/podman.sock"),
        PT_STR("/run/cri-dockerd.sock"),
        PT_STR("/run/k3s/containerd/containerd.sock"),
    };
    pt_str run = pt_str_starts(path, PT_STR("/var/run")) ? pt_str_sub(path, 4, path.n) : path;
    static const pt_str names[] = {PT_STR("/docker.sock"), PT_STR("/containerd.sock"),
                                   PT_STR("/crio.sock"), PT_STR("/podman.sock")};
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_ends(path, names[i]))
            return true;
    if (path.n < 4) // "/" is a folder of the system first
        return false;
    for (size_t i = 0; i < PT_COUNT(sockets); i++)
        if (within(sockets[i], run))
            return true;
    return false;
}

static bool is_credential(pt_str path) {
    static const pt_str files[] = {
        PT_STR("/etc/kubernetes/azure.json"),
        PT_STR("/etc/kubernetes/cloud.conf"),
        PT_STR("/etc/kubernetes/cloud-config"),
        PT_STR("/etc/kubernetes/cloud-config.yaml"),
        PT_STR("/etc/boto.cfg"),
        PT_STR("/var/lib/waagent"),
    };
    static const pt_str names[] = {PT_STR("/.aws"),
                                   PT_STR("/.azure"),
                                   PT_STR("/.config/gcloud"),
                                   PT_STR("/.aws/credentials"),
                                   PT_STR("/.kube"),
                                   PT_STR("/.kube/config"),
                                   PT_STR("/.docker/config.json"),
                                   PT_STR("/application_default_credentials.json")};
    for (size_t i = 0; i < PT_COUNT(files); i++)
        if (within(path, files[i]))
            return true;
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_ends(path, names[i]))
            return true;
    return false;
}

static bool is_system(pt_str path) {
    static const pt_str folders[] = {
        PT_STR("/etc"),
        PT_STR("/proc"),
        PT_STR("/sys"),
        PT_STR("/boot"),
        PT_STR("/dev"),
        PT_STR("/root"),
        PT_STR("/var/log"),
        PT_STR("/var/lib/kubelet"),
        PT_STR("/usr"),
        PT_STR("/bin"),
        PT_STR("/sbin"),
        PT_STR("/lib"),
        PT_STR("/lib64"),
        PT_STR("/var/lib/docker"),
        PT_STR("/var/lib/containerd"),
        PT_STR("/var/lib/etcd"),
    };
    for (size_t i = 0; i < PT_COUNT(folders); i++)
        if (within(path, folders[i]) || within(folders[i], path))
            return true;
    return false;
}

static const char *host_path_class(pt_str written) {
    pt_str path = clean(written);
    if (reaches_socket(path))
        return "socket";
    if (is_credential(path))
        return "credential";
    return is_system(path) ? "system" : "other";
}

static pt_str host_path_of(pt_value volume) {
    return pt_text(pt_getz(pt_getz(volume, "hostPath"), "path"));
}

pt_verdict pt_test_host_paths(pt_value v, pt_str want, pt_seen *seen) {
    pt_value volumes = volumes_of(v);
    for (size_t i = 0; i < pt_len(volumes); i++) {
        pt_value volume = pt_at(volumes, i);
        if (pt_tag_of(pt_getz(volume, "hostPath")) != PT_OBJECT)
            continue;
        pt_str path = host_path_of(volume);
        if (!pt_str_eqz(want, host_path_class(path)))
            continue;
        pt_seen_item(seen, "spec.volumes", i, "hostPath.path");
        pt_buf_putz(&seen->text, seen->text.n ? ", volume \"" : "volume \"");
        pt_buf_put(&seen->text, pt_text(pt_getz(volume, "name")));
        pt_buf_putz(&seen->text, "\": ");
        pt_buf_put(&seen->text, path.n ? path : PT_STR("no path"));
    }
    return pt_seen_verdict(seen);
}

// May a volume have this field? hostPath has rows of its own.
static bool core_source(pt_str key, pt_value v) {
    static const pt_str core =
        PT_STR("configMap|csi|downwardAPI|emptyDir|ephemeral|hostPath|image|persistentVolumeClaim|"
               "projected|secret");
    if (pt_str_eqz(key, "name") || pt_tag_of(v) == PT_NULL)
        return true;
    return pt_str_in_list(key, core, '|') &&
           (pt_tag_of(v) == PT_OBJECT || pt_str_eqz(key, "hostPath"));
}

pt_verdict pt_test_volume_types(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value volumes = volumes_of(v);
    for (size_t i = 0; i < pt_len(volumes); i++) {
        pt_value volume = pt_at(volumes, i);
        for (size_t k = 0; k < pt_len(volume); k++) {
            pt_str key = pt_text(pt_key_at(volume, k));
            if (pt_tag_of(volume) != PT_OBJECT || core_source(key, pt_val_at(volume, k)))
                continue;
            pt_seen_item(seen, "spec.volumes", i, "");
            pt_buf_putz(&seen->text, seen->text.n ? ", volume \"" : "volume \"");
            pt_buf_put(&seen->text, pt_text(pt_getz(volume, "name")));
            pt_buf_putz(&seen->text, "\": ");
            pt_buf_put(&seen->text, key);
        }
    }
    return pt_seen_verdict(seen);
}

// The folders of the node that a pod has as volumes; more than so many are a finding by themselves
// (and would make looking each mount up too dear).
enum {
    HOST_VOLUMES_MAX = 64
};
typedef struct host_volumes {
    pt_str name[HOST_VOLUMES_MAX], path[HOST_VOLUMES_MAX];
    size_t n;
} host_volumes;

// Sockets are left out: writing to the folder is not what is dangerous there.
static bool list_host_volumes(pt_value pod, host_volumes *ret) {
    pt_value volumes = volumes_of(pod);
    ret->n = 0;
    for (size_t i = 0; i < pt_len(volumes); i++) {
        pt_str path = host_path_of(pt_at(volumes, i));
        if (!path.n || reaches_socket(clean(path)))
            continue;
        if (ret->n == HOST_VOLUMES_MAX)
            return false;
        ret->name[ret->n] = pt_text(pt_getz(pt_at(volumes, i), "name"));
        ret->path[ret->n++] = path;
    }
    return true;
}

static void put_writes(pt_visit *visit, const host_volumes *host, pt_seen *seen) {
    pt_value mounts = pt_getz(visit->c, "volumeMounts");
    for (size_t i = 0; i < pt_len(mounts); i++) {
        pt_value mount = pt_at(mounts, i);
        if (pt_true(pt_getz(mount, "readOnly")))
            continue;
        pt_str name = pt_text(pt_getz(mount, "name"));
        for (size_t k = 0; k < host->n; k++) {
            if (!pt_str_eq(host->name[k], name))
                continue;
            pt_visit_part(visit, seen, "volumeMounts", i, "readOnly");
            pt_buf_put(&seen->text, host->path[k]);
            pt_buf_putz(&seen->text, " is writable");
        }
    }
}

pt_verdict pt_test_host_path_write(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    // Filled before it is read, up to n; zeroing 2 kB for each pod would be a third of this test.
    host_volumes host __attribute__((uninitialized));
    if (!list_host_volumes(v, &host)) {
        pt_seen_part(seen, "spec.volumes", "more than 64 folders of the node are volumes");
        return PT_FAIL;
    }
    if (host.n == 0)
        return PT_PASS;
    pt_visit visit = pt_visit_begin(v, PT_VISIT_ALL);
    while (pt_visit_next(&visit))
        put_writes(&visit, &host, seen);
    return pt_seen_verdict(seen);
}

pt_verdict pt_test_mount_to_host(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_visit visit = pt_visit_begin(v, PT_VISIT_ALL);
    while (pt_visit_next(&visit)) {
        pt_value mounts = pt_getz(visit.c, "volumeMounts");
        for (size_t i = 0; i < pt_len(mounts); i++) {
            pt_value mount = pt_at(mounts, i);
            if (!pt_str_eqz(pt_text(pt_getz(mount, "mountPropagation")), "Bidirectional"))
                continue;
            pt_visit_part(&visit, seen, "volumeMounts", i, "mountPropagation");
            pt_buf_put(&seen->text, pt_text(pt_getz(mount, "mountPath")));
            pt_buf_putz(&seen->text, " is Bidirectional");
        }
    }
    return pt_seen_verdict(seen);
}

pt_verdict pt_test_read_only_root(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (on_windows(v)) // it has no such switch
        return PT_NOT_APPLICABLE;
    pt_visit visit = pt_visit_begin(v, PT_VISIT_MAIN | PT_VISIT_INIT);
    while (pt_visit_next(&visit))
        if (!pt_true(pt_getz(security(visit.c), "readOnlyRootFilesystem")))
            pt_visit_blame(&visit, seen, "securityContext.readOnlyRootFilesystem");
    if (seen->text.n)
        pt_buf_putz(&seen->text, ": readOnlyRootFilesystem is not true");
    return pt_seen_verdict(seen);
}

// -- accounts -------------------------------------------------------------------------------------

static bool mounts_token(pt_value pod) {
    pt_value v = pt_getz(spec_of(pod), "automountServiceAccountToken");
    return pt_tag_of(v) != PT_BOOL || pt_true(v);
}

pt_verdict pt_test_token_mounted(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!mounts_token(v))
        return PT_PASS;
    pt_value set = pt_getz(spec_of(v), "automountServiceAccountToken");
    pt_seen_part(seen, "spec.automountServiceAccountToken",
                 pt_true(set) ? "automountServiceAccountToken = true"
                              : "automountServiceAccountToken is unset, which means true");
    return PT_FAIL;
}

pt_verdict pt_test_default_account(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_str name = pt_text(pt_getz(spec_of(v), "serviceAccountName"));
    if (!name.n) // the older name of the field
        name = pt_text(pt_getz(spec_of(v), "serviceAccount"));
    if ((name.n && !pt_str_eqz(name, "default")) || !mounts_token(v))
        return PT_PASS;
    pt_seen_part(seen, "spec.serviceAccountName",
                 name.n ? "serviceAccountName = default"
                        : "serviceAccountName is unset, which means default");
    return PT_FAIL;
}

// -- the pod --------------------------------------------------------------------------------------

pt_verdict pt_test_shared_processes(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_true(pt_getz(spec_of(v), "shareProcessNamespace")))
        return PT_PASS;
    pt_seen_part(seen, "spec.shareProcessNamespace", "shareProcessNamespace = true");
    return PT_FAIL;
}

pt_verdict pt_test_host_aliases(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value aliases = pt_getz(spec_of(v), "hostAliases");
    for (size_t i = 0; i < pt_len(aliases); i++) {
        pt_seen_item(seen, "spec.hostAliases", i, "");
        pt_buf_putz(&seen->text, seen->text.n ? ", " : "names for ");
        pt_buf_put(&seen->text, pt_text(pt_getz(pt_at(aliases, i), "ip")));
    }
    return pt_seen_verdict(seen);
}

static bool is_zero(pt_value v) {
    int64_t n;
    return pt_to_int(v, &n) && n == 0;
}

pt_verdict pt_test_root_groups(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value sc = security(spec_of(v));
    if (is_zero(pt_getz(sc, "runAsGroup")))
        pt_seen_part(seen, "spec.securityContext.runAsGroup", "runAsGroup = 0");
    if (is_zero(pt_getz(sc, "fsGroup")))
        pt_seen_part(seen, "spec.securityContext.fsGroup", "fsGroup = 0");
    pt_value groups = pt_getz(sc, "supplementalGroups");
    for (size_t i = 0; i < pt_len(groups); i++)
        if (is_zero(pt_at(groups, i))) {
            pt_seen_part(seen, "spec.securityContext.supplementalGroups",
                         "supplementalGroups holds 0");
            break;
        }
    pt_visit visit = pt_visit_begin(v, PT_VISIT_ALL);
    while (pt_visit_next(&visit))
        if (is_zero(pt_getz(security(visit.c), "runAsGroup"))) {
            pt_visit_part(&visit, seen, "securityContext.runAsGroup", 0, NULL);
            pt_buf_putz(&seen->text, "runAsGroup = 0");
        }
    return pt_seen_verdict(seen);
}

pt_verdict pt_test_control_plane(pt_value v, pt_str want, pt_seen *seen) {
    static const pt_str taints = PT_STR("node-role.kubernetes.io/control-plane|"
                                        "node-role.kubernetes.io/master");
    (void)want;
    pt_value tolerations = pt_getz(spec_of(v), "tolerations");
    for (size_t i = 0; i < pt_len(tolerations); i++) {
        pt_value t = pt_at(tolerations, i);
        pt_str key = pt_text(pt_getz(t, "key"));
        bool every = !key.n && pt_str_eqz(pt_text(pt_getz(t, "operator")), "Exists");
        if (!every && !pt_str_in_list(key, taints, '|'))
            continue;
        pt_seen_item(seen, "spec.tolerations", i, "");
        pt_buf_putz(&seen->text, seen->text.n ? ", " : "tolerates ");
        pt_buf_put(&seen->text, every ? PT_STR("every taint") : key);
    }
    pt_str node = pt_text(pt_getz(spec_of(v), "nodeName"));
    if (node.n) {
        pt_seen_part(seen, "spec.nodeName", "nodeName = ");
        pt_buf_put(&seen->text, node);
    }
    return pt_seen_verdict(seen);
}
