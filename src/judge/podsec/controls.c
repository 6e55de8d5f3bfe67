// The controls, one function each, in the order of the standard. A function says whether the pod is
// forbidden and then writes upstream's detail; it sees only values of the right type.
#include "judge/podsec/controls.h"

#include "judge/podsec/reading.h"

#define SC "securityContext."

static void put(pt_reading *r, const char *text) {
    pt_buf_putz(&r->seen->text, text);
}

static bool is_true(pt_reading *r, pt_value v) {
    (void)r;
    return pt_true(v);
}

static bool is_false(pt_reading *r, pt_value v) {
    (void)r;
    return !pt_true(v);
}

static bool is_zero(pt_reading *r, pt_value v) {
    (void)r;
    int64_t n;
    return !pt_to_int(v, &n) || n == 0; // no integer: nobody can say which user that is
}

// From 1.25 on, what only Linux knows is not asked of Windows.
static bool on_windows(pt_reading *r) {
    pt_reading_rewind(r);
    return r->minor >= 25 &&
           pt_str_eqz(pt_text(pt_reading_get(r, "os.name", PT_STRING)), "windows");
}

// From 1.35 on, root in a user namespace of the pod's own is not the host's.
static bool in_user_namespace(pt_reading *r) {
    pt_reading_rewind(r);
    pt_value v = r->minor >= 35 ? pt_reading_get(r, "hostUsers", PT_BOOL) : pt_undefined();
    return pt_defined(v) && !pt_true(v);
}

// -- profiles: AppArmor, seccomp, SELinux ---------------------------------------------------------

// `type` of a present profile, "" too; the value is remembered.
static bool bad_profile(pt_reading *r, pt_value profile) {
    pt_str type = pt_text(pt_getz(profile, "type"));
    if (pt_str_eqz(type, "RuntimeDefault") || pt_str_eqz(type, "Localhost"))
        return false;
    pt_reading_add_sorted(&r->values, type);
    return true;
}

static bool apparmor_key(pt_reading *r, pt_str key) {
    (void)r;
    return pt_str_starts(key, PT_STR("container.apparmor.security.beta.kubernetes.io/"));
}

static bool bad_apparmor(pt_str v) {
    return v.n && !pt_str_eqz(v, "runtime/default") && !pt_str_starts(v, PT_STR("localhost/"));
}

static bool apparmor(pt_reading *r) {
    static const pt_reading_rule rule = {SC "appArmorProfile", PT_OBJECT, bad_profile, true,
                                         SC "appArmorProfile.type"};
    pt_reading_collect(r, &rule);
    bool set = pt_reading_set_badly(r);
    pt_reading_annotations(r, apparmor_key, bad_apparmor);
    if (!set && !r->notes.n)
        return false;
    pt_reading_put_setters(r);
    if (r->notes.n)
        put(r, set ? " and annotation" : "annotation");
    put(r, r->notes.n > 1 ? "s" : "");
    put(r, " must not set AppArmor profile type to ");
    pt_reading_put_quoted(r, &r->values);
    for (size_t i = 0; i < r->notes.n; i++) { // they stand among the values, quoted like those
        put(r, i || r->values.n ? ", \"" : "\"");
        pt_reading_put_note(r, i);
        put(r, "\"");
    }
    if (r->values.n + r->notes.n > 1)
        r->reason = "forbidden AppArmor profiles";
    return true;
}

#define SECCOMP_CONTAINER "container.seccomp.security.alpha.kubernetes.io/"

// The pod's own, or that of a container which is there.
static bool seccomp_key(pt_reading *r, pt_str key) {
    if (!pt_str_starts(key, PT_STR(SECCOMP_CONTAINER)))
        return pt_str_eqz(key, "seccomp.security.alpha.kubernetes.io/pod");
    pt_str name = pt_str_sub(key, sizeof SECCOMP_CONTAINER - 1, key.n);
    bool found = false;
    pt_reading_rewind(r);
    while (pt_reading_next(r))
        found |= pt_str_eq(pt_reading_name(r), name);
    return found;
}

static bool bad_seccomp(pt_str v) {
    return !pt_str_eqz(v, "runtime/default") && !pt_str_eqz(v, "docker/default") &&
           !pt_str_starts(v, PT_STR("localhost/"));
}

static bool seccomp_annotations(pt_reading *r) {
    pt_reading_annotations(r, seccomp_key, bad_seccomp);
    if (!r->notes.n)
        return false;
    put(r, r->notes.n == 1 ? "forbidden annotation " : "forbidden annotations ");
    for (size_t i = 0; i < r->notes.n; i++) {
        put(r, i ? ", " : "");
        pt_reading_put_note(r, i);
    }
    return true;
}

static const pt_reading_rule seccomp_rule = {SC "seccompProfile", PT_OBJECT, bad_profile, true,
                                             SC "seccompProfile.type"};

// Only what somebody set; the caller has collected.
static bool seccomp_set_badly(pt_reading *r) {
    if (!pt_reading_set_badly(r))
        return false;
    pt_reading_put_setters(r);
    put(r, " must not set securityContext.seccompProfile.type to ");
    pt_reading_put_quoted(r, &r->values);
    return true;
}

static bool seccomp_baseline(pt_reading *r) {
    if (r->minor < 19)
        return seccomp_annotations(r);
    pt_reading_collect(r, &seccomp_rule);
    return seccomp_set_badly(r);
}

static bool seccomp_restricted(pt_reading *r) {
    if (on_windows(r))
        return false;
    pt_reading_collect(r, &seccomp_rule);
    if (seccomp_set_badly(r))
        return true;
    if (!r->unset.n)
        return false;
    put(r, "pod or ");
    pt_reading_put_containers(r, &r->unset);
    put(r, " must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"");
    return true;
}

static bool bad_selinux(pt_reading *r, pt_value options) {
    (void)options; // read from where we are, so that a wrong type is noticed
    pt_str type = pt_text(pt_reading_get(r, SC "seLinuxOptions.type", PT_STRING));
    bool user = pt_text(pt_reading_get(r, SC "seLinuxOptions.user", PT_STRING)).n > 0;
    bool role = pt_text(pt_reading_get(r, SC "seLinuxOptions.role", PT_STRING)).n > 0;
    bool known = !type.n || pt_str_eqz(type, "container_t") ||
                 pt_str_eqz(type, "container_init_t") || pt_str_eqz(type, "container_kvm_t") ||
                 (r->minor >= 31 && pt_str_eqz(type, "container_engine_t"));
    if (!known)
        pt_reading_add_sorted(&r->values, type);
    r->selinux_user |= user;
    r->selinux_role |= role;
    return !known || user || role;
}

static bool selinux(pt_reading *r) {
    static const pt_reading_rule rule = {SC "seLinuxOptions", PT_OBJECT, bad_selinux, true, NULL};
    pt_reading_collect(r, &rule);
    if (!pt_reading_set_badly(r))
        return false;
    pt_reading_put_setters(r);
    put(r, " set forbidden securityContext.seLinuxOptions: ");
    const char *before = "";
    if (r->values.n) {
        put(r, r->values.n == 1 ? "type " : "types ");
        pt_reading_put_quoted(r, &r->values);
        before = "; ";
    }
    if (r->selinux_user) {
        put(r, before);
        put(r, "user may not be set");
        before = "; ";
    }
    if (r->selinux_role) {
        put(r, before);
        put(r, "role may not be set");
    }
    return true;
}

// -- capabilities ---------------------------------------------------------------------------------

#define DEFAULT_CAPABILITIES                                                                   \
    "AUDIT_WRITE,CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,MKNOD,NET_BIND_SERVICE,SETFCAP,SETGID," \
    "SETPCAP,SETUID,SYS_CHROOT"

// Containers that add something outside `allowed`: setters, values.
static void added_beyond(pt_reading *r, pt_str allowed) {
    static const char add[] = SC "capabilities.add";
    pt_reading_rewind(r);
    while (pt_reading_next(r)) {
        pt_value list = pt_reading_get(r, add, PT_ARRAY);
        bool bad = false;
        for (size_t i = 0; i < pt_len(list); i++) {
            pt_value v = pt_reading_item(r, list, add, i, NULL, PT_STRING);
            if (!pt_defined(v) || pt_str_in_list(pt_text(v), allowed, ','))
                continue;
            pt_reading_add_sorted(&r->values, pt_text(v));
            pt_reading_blame_item(r, add, i, "");
            bad = true;
        }
        if (bad)
            pt_reading_add(&r->setters, pt_reading_name(r));
    }
}

static void put_added(pt_reading *r) {
    pt_reading_put_containers(r, &r->setters);
    put(r, " must not include ");
    pt_reading_put_quoted(r, &r->values);
    put(r, " in securityContext.capabilities.add");
}

static bool capabilities_baseline(pt_reading *r) {
    added_beyond(r, PT_STR(DEFAULT_CAPABILITIES));
    if (!r->setters.n)
        return false;
    put_added(r);
    return true;
}

static bool capabilities_restricted(pt_reading *r) {
    static const char drop[] = SC "capabilities.drop";
    if (on_windows(r))
        return false;
    pt_reading_rewind(r);
    while (pt_reading_next(r)) {
        pt_value list = pt_reading_get(r, drop, PT_ARRAY);
        bool all = false;
        for (size_t i = 0; i < pt_len(list); i++) // exactly ALL
            all |= pt_str_eqz(pt_text(pt_reading_item(r, list, drop, i, NULL, PT_STRING)), "ALL");
        if (all)
            continue;
        pt_reading_add(&r->unset, pt_reading_name(r));
        pt_reading_blame(r, drop);
    }
    added_beyond(r, PT_STR("NET_BIND_SERVICE"));
    if (r->unset.n) {
        pt_reading_put_containers(r, &r->unset);
        put(r, " must set securityContext.capabilities.drop=[\"ALL\"]");
    }
    if (r->unset.n && r->setters.n)
        put(r, "; ");
    if (r->setters.n)
        put_added(r);
    return r->unset.n || r->setters.n;
}

// -- the host -------------------------------------------------------------------------------------

static bool host_namespaces(pt_reading *r) {
    static const char *const fields[] = {"hostNetwork", "hostPID", "hostIPC"};
    pt_reading_rewind(r);
    for (size_t i = 0; i < PT_COUNT(fields); i++) {
        if (!pt_true(pt_reading_get(r, fields[i], PT_BOOL)))
            continue;
        pt_reading_blame(r, fields[i]);
        pt_reading_comma(r);
        put(r, fields[i]);
        put(r, "=true");
    }
    return r->blamed.set;
}

static bool host_path_volumes(pt_reading *r) {
    pt_reading_rewind(r);
    pt_value volumes = pt_reading_get(r, "volumes", PT_ARRAY);
    for (size_t i = 0; i < pt_len(volumes); i++) {
        if (!pt_defined(pt_reading_item(r, volumes, "volumes", i, "hostPath", PT_OBJECT)))
            continue;
        pt_reading_add(&r->values, pt_text(pt_getz(pt_at(volumes, i), "name")));
        pt_reading_blame_item(r, "volumes", i, "hostPath");
    }
    if (!r->values.n)
        return false;
    put(r, r->values.n == 1 ? "volume " : "volumes ");
    pt_reading_put_quoted(r, &r->values);
    return true;
}

// `container "a" uses WHAT` / `containers "a", "b" use WHATs`, then the values.
static void put_users(pt_reading *r, const char *what, bool quoted) {
    pt_reading_put_containers(r, &r->setters);
    put(r, r->setters.n == 1 ? " uses " : " use ");
    put(r, what);
    put(r, r->values.n == 1 ? " " : "s ");
    for (size_t i = 0; i < r->values.n && !quoted; i++) {
        put(r, i ? ", " : "");
        pt_buf_put_safe(&r->seen->text, r->values.v[i]);
    }
    if (quoted)
        pt_reading_put_quoted(r, &r->values);
}

static bool host_ports(pt_reading *r) {
    char texts[PT_READING_LISTED_MAX + 1][PT_NUMBER_ROOM];
    pt_reading_rewind(r);
    while (pt_reading_next(r)) {
        pt_value ports = pt_reading_get(r, "ports", PT_ARRAY);
        bool bad = false;
        for (size_t i = 0; i < pt_len(ports); i++) {
            pt_value v = pt_reading_item(r, ports, "ports", i, "hostPort", PT_NUMBER);
            int64_t port;
            if (!pt_defined(v) || (pt_to_int(v, &port) && port == 0))
                continue;
            pt_reading_add_sorted(&r->values, pt_number_text(v, texts[r->values.n]));
            pt_reading_blame_item(r, "ports", i, "hostPort");
            bad = true;
        }
        if (bad)
            pt_reading_add(&r->setters, pt_reading_name(r));
    }
    if (!r->setters.n)
        return false;
    put_users(r, "hostPort", false);
    return true;
}

static bool probe_hosts(pt_reading *r) {
    static const char *const fields[] = {
        "livenessProbe.httpGet.host",       "livenessProbe.tcpSocket.host",
        "readinessProbe.httpGet.host",      "readinessProbe.tcpSocket.host",
        "startupProbe.httpGet.host",        "startupProbe.tcpSocket.host",
        "lifecycle.postStart.httpGet.host", "lifecycle.postStart.tcpSocket.host",
        "lifecycle.preStop.httpGet.host",   "lifecycle.preStop.tcpSocket.host",
    };
    pt_reading_rewind(r);
    while (pt_reading_next(r))
        for (size_t i = 0; i < PT_COUNT(fields); i++) {
            pt_str host = pt_text(pt_reading_get(r, fields[i], PT_STRING));
            if (!host.n)
                continue;
            pt_reading_add_sorted(&r->setters, pt_reading_name(r));
            pt_reading_add_sorted(&r->values, host);
            pt_reading_blame(r, fields[i]);
        }
    if (!r->setters.n)
        return false;
    put_users(r, "probe or lifecycle host", true);
    return true;
}

static bool windows_host_process(pt_reading *r) {
    static const pt_reading_rule rule = {SC "windowsOptions.hostProcess", PT_BOOL, is_true, true,
                                         NULL};
    pt_reading_collect(r, &rule);
    if (!pt_reading_set_badly(r))
        return false;
    pt_reading_put_setters(r);
    put(r, " must not set securityContext.windowsOptions.hostProcess=true");
    return true;
}

// -- the container --------------------------------------------------------------------------------

static bool privileged(pt_reading *r) {
    static const pt_reading_rule rule = {SC "privileged", PT_BOOL, is_true, false, NULL};
    pt_reading_collect(r, &rule);
    if (!pt_reading_set_badly(r))
        return false;
    pt_reading_put_setters(r);
    put(r, " must not set securityContext.privileged=true");
    return true;
}

static bool not_default(pt_reading *r, pt_value v) {
    if (pt_str_eqz(pt_text(v), "Default"))
        return false;
    pt_reading_add_sorted(&r->values, pt_text(v));
    return true;
}

static bool proc_mount_restricted(pt_reading *r) {
    static const pt_reading_rule rule = {SC "procMount", PT_STRING, not_default, false, NULL};
    pt_reading_collect(r, &rule);
    if (!pt_reading_set_badly(r))
        return false;
    pt_reading_put_setters(r);
    put(r, " must not set securityContext.procMount to ");
    pt_reading_put_quoted(r, &r->values);
    return true;
}

static bool proc_mount(pt_reading *r) {
    return !in_user_namespace(r) && proc_mount_restricted(r);
}

// Each list is cumulative: a name counts from its version on.
static bool safe_sysctl(pt_str name, unsigned minor) {
    static const struct {
        const char *name;
        unsigned since;
    } safe[] = {
        {"kernel.shm_rmid_forced", 0},
        {"net.ipv4.ip_local_port_range", 0},
        {"net.ipv4.tcp_syncookies", 0},
        {"net.ipv4.ping_group_range", 0},
        {"net.ipv4.ip_unprivileged_port_start", 0},
        {"net.ipv4.ip_local_reserved_ports", 27},
        {"net.ipv4.tcp_keepalive_time", 29},
        {"net.ipv4.tcp_fin_timeout", 29},
        {"net.ipv4.tcp_keepalive_intvl", 29},
        {"net.ipv4.tcp_keepalive_probes", 29},
        {"net.ipv4.tcp_rmem", 32},
        {"net.ipv4.tcp_wmem", 32},
        {"net.ipv4.tcp_slow_start_after_idle", 37},
        {"net.ipv4.tcp_notsent_lowat", 37},
    };
    for (size_t i = 0; i < PT_COUNT(safe); i++)
        if (pt_str_eqz(name, safe[i].name))
            return minor >= safe[i].since;
    return false;
}

static bool sysctls(pt_reading *r) {
    static const char field[] = SC "sysctls";
    pt_reading_rewind(r);
    pt_value list = pt_reading_get(r, field, PT_ARRAY);
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str name = pt_text(pt_reading_item(r, list, field, i, "name", PT_STRING));
        if (safe_sysctl(name, r->minor))
            continue;
        pt_reading_blame_item(r, field, i, "name");
        pt_reading_comma(r);
        pt_buf_put_safe(&r->seen->text, name);
    }
    return r->blamed.set;
}

// -- restricted -----------------------------------------------------------------------------------

static bool allow_privilege_escalation(pt_reading *r) {
    static const char field[] = SC "allowPrivilegeEscalation";
    if (on_windows(r))
        return false;
    pt_reading_rewind(r);
    while (pt_reading_next(r)) {
        pt_value v = pt_reading_get(r, field, PT_BOOL);
        if (pt_defined(v) && !pt_true(v))
            continue;
        pt_reading_add(&r->setters, pt_reading_name(r));
        pt_reading_blame(r, field);
    }
    if (!r->setters.n)
        return false;
    pt_reading_put_containers(r, &r->setters);
    put(r, " must set securityContext.allowPrivilegeEscalation=false");
    return true;
}

// The key under which the volume has a source of these kinds; NULL: it has none.
static const char *source_of(pt_reading *r, pt_value volumes, size_t i, const char *const *kinds) {
    for (; *kinds; kinds++)
        if (pt_defined(pt_reading_item(r, volumes, "volumes", i, *kinds, PT_OBJECT)))
            return *kinds;
    return NULL;
}

// A volume without a source becomes an emptyDir before admission sees it.
static bool has_no_source(pt_value volume) {
    size_t keys = 0;
    for (size_t i = 0; i < pt_len(volume); i++)
        keys += pt_tag_of(pt_val_at(volume, i)) != PT_NULL;
    return keys == 0 || (keys == 1 && pt_text(pt_getz(volume, "name")).n > 0);
}

static bool restricted_volumes(pt_reading *r) {
    static const char *const core[] = {
        "configMap", "emptyDir", "secret",    "projected",   "persistentVolumeClaim",
        "csi",       "image",    "ephemeral", "downwardAPI", NULL,
    };
    static const char *const other[] = {
        "hostPath",
        "gcePersistentDisk",
        "awsElasticBlockStore",
        "gitRepo",
        "nfs",
        "iscsi",
        "glusterfs",
        "rbd",
        "flexVolume",
        "cinder",
        "cephfs",
        "flocker",
        "fc",
        "azureFile",
        "vsphereVolume",
        "quobyte",
        "azureDisk",
        "photonPersistentDisk",
        "portworxVolume",
        "scaleIO",
        "storageos",
        NULL,
    };
    pt_reading_rewind(r);
    pt_value volumes = pt_reading_get(r, "volumes", PT_ARRAY);
    for (size_t i = 0; i < pt_len(volumes); i++) {
        pt_value volume = pt_reading_item(r, volumes, "volumes", i, NULL, PT_OBJECT);
        if (!pt_defined(volume) || has_no_source(volume) || source_of(r, volumes, i, core))
            continue;
        const char *kind = source_of(r, volumes, i, other);
        pt_reading_add(&r->setters, pt_text(pt_getz(volume, "name")));
        pt_reading_add_sorted(&r->values, pt_str_of(kind ? kind : "unknown"));
        pt_reading_blame_item(r, "volumes", i, kind ? kind : "");
    }
    if (!r->setters.n)
        return false;
    put(r, r->setters.n == 1 ? "volume " : "volumes ");
    pt_reading_put_quoted(r, &r->setters);
    put(r, r->setters.n == 1 ? " uses " : " use ");
    put(r, r->values.n == 1 ? "restricted volume type " : "restricted volume types ");
    pt_reading_put_quoted(r, &r->values);
    return true;
}

static bool run_as_non_root(pt_reading *r) {
    static const pt_reading_rule rule = {SC "runAsNonRoot", PT_BOOL, is_false, true, NULL};
    if (in_user_namespace(r))
        return false;
    pt_reading_collect(r, &rule);
    if (pt_reading_set_badly(r)) {
        pt_reading_put_setters(r);
        put(r, " must not set securityContext.runAsNonRoot=false");
        return true;
    }
    if (!r->unset.n)
        return false;
    put(r, "pod or ");
    pt_reading_put_containers(r, &r->unset);
    put(r, " must set securityContext.runAsNonRoot=true");
    return true;
}

static bool run_as_user(pt_reading *r) {
    static const pt_reading_rule rule = {SC "runAsUser", PT_NUMBER, is_zero, true, NULL};
    if (in_user_namespace(r))
        return false;
    pt_reading_collect(r, &rule);
    if (!pt_reading_set_badly(r))
        return false;
    pt_reading_put_setters(r);
    put(r, " must not set runAsUser=0");
    return true;
}

// -- the table ------------------------------------------------------------------------------------

#define B PT_PODSEC_BASELINE
#define R PT_PODSEC_RESTRICTED

// clang-format off
const pt_podsec_control pt_podsec_table[] = {
    //id                         level since overrides          reason
    {"appArmorProfile",            B,  0, NULL,                      "forbidden AppArmor profile",        apparmor},
    {"capabilities_baseline",      B,  0, NULL,                      "non-default capabilities",          capabilities_baseline},
    {"hostNamespaces",             B,  0, NULL,                      "host namespaces",                   host_namespaces},
    {"hostPathVolumes",            B,  0, NULL,                      "hostPath volumes",                  host_path_volumes},
    {"hostPorts",                  B,  0, NULL,                      "hostPort",                          host_ports},
    {"hostProbesAndHostLifecycle", B, 34, NULL,                      "probe or lifecycle host",           probe_hosts},
    {"privileged",                 B,  0, NULL,                      "privileged",                        privileged},
    {"procMount",                  B,  0, NULL,                      "procMount",                         proc_mount},
    {"seLinuxOptions",             B,  0, NULL,                      "seLinuxOptions",                    selinux},
    {"seccompProfile_baseline",    B,  0, NULL,                      "seccompProfile",                    seccomp_baseline},
    {"sysctls",                    B,  0, NULL,                      "forbidden sysctls",                 sysctls},
    {"windowsHostProcess",         B,  0, NULL,                      "hostProcess",                       windows_host_process},

    {"allowPrivilegeEscalation",   R,  8, NULL,                      "allowPrivilegeEscalation != false", allow_privilege_escalation},
    {"capabilities_restricted",    R, 22, "capabilities_baseline",   "unrestricted capabilities",         capabilities_restricted},
    {"procMount_restricted",       R, 35, "procMount",               "procMount",                         proc_mount_restricted},
    {"restrictedVolumes",          R,  0, "hostPathVolumes",         "restricted volume types",           restricted_volumes},
    {"runAsNonRoot",               R,  0, NULL,                      "runAsNonRoot != true",              run_as_non_root},
    {"runAsUser",                  R, 23, NULL,                      "runAsUser=0",                       run_as_user},
    {"seccompProfile_restricted",  R, 19, "seccompProfile_baseline", "seccompProfile",                    seccomp_restricted},
};
// clang-format on
const size_t pt_podsec_table_n = PT_COUNT(pt_podsec_table);
