// What gives a container rights over the host.
#include "judge/docker/judging.h"
#include "judge/docker/security.h"
#include "value/path.h"

void pt_docker_rule_privileged(pt_docker_judging *j) {
    if (pt_true(pt_docker_hc(j, "Privileged")))
        pt_docker_offendz(j, "HostConfig.Privileged", PT_STR("true"));
}

// -- capabilities ---------------------------------------------------------------------------------

#define DEFAULTS                                                                                \
    "AUDIT_WRITE,CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,MKNOD,NET_BIND_SERVICE,NET_RAW,SETFCAP," \
    "SETGID,SETPCAP,SETUID,SYS_CHROOT"

static void judge_capabilities(pt_docker_judging *j, const char *list) {
    pt_value names = pt_docker_hc(j, list);
    for (size_t i = 0; i < pt_len(names); i++) {
        pt_str field = pt_arena_printf(j->a, "HostConfig.%s[%zu]", list, i);
        pt_str name = pt_docker_capability(j->a, pt_text(pt_at(names, i)));
        if (!pt_str_in_list(name, PT_STR(DEFAULTS), ','))
            pt_docker_offend(j, field, name);
    }
}

void pt_docker_rule_capabilities(pt_docker_judging *j) {
    judge_capabilities(j, "CapAdd");
    judge_capabilities(j, "Capabilities"); // of API 1.40
}

// -- devices --------------------------------------------------------------------------------------

void pt_docker_rule_devices(pt_docker_judging *j) {
    pt_value devices = pt_docker_hc(j, "Devices");
    for (size_t i = 0; i < pt_len(devices); i++) {
        pt_str field = pt_arena_printf(j->a, "HostConfig.Devices[%zu]", i);
        pt_docker_offend(j, field, pt_text(pt_getz(pt_at(devices, i), "PathOnHost")));
    }
}

void pt_docker_rule_device_cgroup(pt_docker_judging *j) {
    pt_docker_offend_each(j, "DeviceCgroupRules");
}

void pt_docker_rule_device_requests(pt_docker_judging *j) {
    pt_value requests = pt_docker_hc(j, "DeviceRequests");
    for (size_t i = 0; i < pt_len(requests); i++) {
        pt_str field = pt_arena_printf(j->a, "HostConfig.DeviceRequests[%zu]", i);
        pt_docker_offend(j, field, pt_text(pt_getz(pt_at(requests, i), "Driver")));
    }
}

// -- security options -----------------------------------------------------------------------------

#define OPTIONS "HostConfig.SecurityOpt"

static pt_docker_security security(const pt_docker_judging *j) {
    return pt_docker_security_of(pt_docker_hc(j, "SecurityOpt"));
}

// A profile of the client's own may allow as much as none.
void pt_docker_rule_seccomp(pt_docker_judging *j) {
    pt_docker_security s = security(j);
    if (s.seccomp.n && !pt_str_eqz(s.seccomp, "builtin") && !pt_str_eqz(s.seccomp, "default"))
        pt_docker_offendz(j, OPTIONS, s.seccomp.n > 40 ? PT_STR("a profile in JSON") : s.seccomp);
    if (s.unclear.n)
        pt_docker_offendz(j, OPTIONS, s.unclear);
}

void pt_docker_rule_apparmor(pt_docker_judging *j) {
    pt_docker_security s = security(j);
    if (s.apparmor.n && !pt_str_eqz(s.apparmor, "docker-default"))
        pt_docker_offendz(j, OPTIONS, s.apparmor);
}

// The daemon adds it to what it stores of a container that shares these with the host; for which
// other rules answer.
static bool is_unlabelled_by_daemon(const pt_docker_judging *j) {
    return j->c.name.n && (pt_true(pt_docker_hc(j, "Privileged")) ||
                           pt_str_eqz(pt_docker_hc_text(j, "PidMode"), "host") ||
                           pt_str_eqz(pt_docker_hc_text(j, "IpcMode"), "host"));
}

void pt_docker_rule_selinux(pt_docker_judging *j) {
    pt_str types = PT_STR("container_t,container_init_t,container_kvm_t");
    pt_docker_security s = security(j);
    if (s.label_disable && !is_unlabelled_by_daemon(j))
        pt_docker_offendz(j, OPTIONS, PT_STR("label=disable"));
    if (s.label_type.n && !pt_str_in_list(s.label_type, types, ','))
        pt_docker_offendz(j, OPTIONS, s.label_type);
    const pt_str others[] = {s.label_user, s.label_role, s.label_level};
    bool stored =
        j->c.name.n; // then the daemon may have taken them from a container that is joined
    for (size_t i = 0; i < PT_COUNT(others); i++)
        if (others[i].n && !stored)
            pt_docker_offendz(j, OPTIONS, others[i]);
}

// Only where the daemon has it on does switching it off take something away.
void pt_docker_rule_no_new_privileges(pt_docker_judging *j) {
    if (security(j).no_new_privileges != PT_DOCKER_OFF)
        return;
    pt_fact daemon = pt_docker_ask_daemon(j);
    if (daemon.state == PT_UNKNOWN)
        pt_docker_offend_unknown(j, PT_STR(OPTIONS), daemon);
    else if (pt_true(pt_getz(daemon.value, "no_new_privileges")))
        pt_docker_offendz(j, OPTIONS, PT_STR("no-new-privileges=false"));
}

void pt_docker_rule_writable_cgroups(pt_docker_judging *j) {
    if (security(j).writable_cgroups == PT_DOCKER_ON)
        pt_docker_offendz(j, OPTIONS, PT_STR("writable-cgroups"));
}

void pt_docker_rule_system_paths(pt_docker_judging *j) {
    for (size_t i = 0; i < 2; i++) {
        const char *name = i ? "ReadonlyPaths" : "MaskedPaths";
        pt_str path = pt_docker_unprotected(pt_docker_hc(j, name), i == 0);
        pt_str field = pt_arena_printf(j->a, "HostConfig.%s", name);
        if (path.n)
            pt_docker_offend(j, field, pt_arena_printf(j->a, "without %.*s", PT_PRI(path)));
    }
}

// -- runtime --------------------------------------------------------------------------------------

void pt_docker_rule_runtime(pt_docker_judging *j) {
    pt_str runtime = pt_docker_hc_text(j, "Runtime");
    if (!runtime.n)
        return;
    pt_fact daemon = pt_docker_ask_daemon(j);
    pt_str usual = pt_text(pt_getz(daemon.value, "default_runtime"));
    if (daemon.state == PT_UNKNOWN)
        pt_docker_offend_unknown(j, PT_STR("HostConfig.Runtime"), daemon);
    else if (!pt_str_eq(runtime, usual.n ? usual : PT_STR("runc")))
        pt_docker_offendz(j, "HostConfig.Runtime", runtime);
}

void pt_docker_rule_annotations(pt_docker_judging *j) {
    pt_value annotations = pt_docker_hc(j, "Annotations");
    for (size_t i = 0; i < pt_len(annotations); i++)
        pt_docker_offendz(j, "HostConfig.Annotations", pt_text(pt_key_at(annotations, i)));
}

// The safe set of the Pod Security Standards.
void pt_docker_rule_sysctls(pt_docker_judging *j) {
    pt_str safe = PT_STR(
        "kernel.shm_rmid_forced,net.ipv4.ip_local_port_range,net.ipv4.tcp_syncookies,"
        "net.ipv4.ping_group_range,net.ipv4.ip_unprivileged_port_start,"
        "net.ipv4.ip_local_reserved_ports,net.ipv4.tcp_keepalive_time,net.ipv4.tcp_fin_timeout,"
        "net.ipv4.tcp_keepalive_intvl,net.ipv4.tcp_keepalive_probes,net.ipv4.tcp_rmem,"
        "net.ipv4.tcp_wmem,net.ipv4.tcp_slow_start_after_idle,net.ipv4.tcp_notsent_lowat");
    pt_value sysctls = pt_docker_hc(j, "Sysctls");
    for (size_t i = 0; i < pt_len(sysctls); i++)
        if (!pt_str_in_list(pt_text(pt_key_at(sysctls, i)), safe, ','))
            pt_docker_offendz(j, "HostConfig.Sysctls", pt_text(pt_key_at(sysctls, i)));
}
