#include "collect/host/host.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/host/provider.h"

// name (with '/' if it takes an argument), what looks at it
static const struct {
    const char *name;
    pt_host_provider provide;
} providers[] = {
    {"sysctl/", pt_host_sysctl},  // sysctl/kernel.kptr_restrict: integer or string
    {"cmdline", pt_host_cmdline}, // {"quiet": true, "mitigations": "off"}
    {"cpu-vulnerabilities", pt_host_vulnerabilities}, // ["mds: Vulnerable", …]: only the bad ones
    {"cpu-smt-flaws", pt_host_smt_flaws},    // those that are open between threads of one core
    {"parameter/", pt_host_parameter},       // parameter/init_on_alloc: given at boot, or built in
    {"modules-open/", pt_host_modules_open}, // modules-open/hfs,udf: those that may be loaded
    {"module-signatures", pt_host_module_signatures}, // "enforced", "not enforced"
    {"lockdown", pt_host_lockdown},                   // "none", "integrity", "confidentiality"
    {"apparmor/", pt_host_apparmor},                  // apparmor/complain: ["docker-default", …]
    {"selinux", pt_host_selinux},                     // 1: enforcing; absent: not active
    {"lsm", pt_host_lsm},                             // ["lockdown", "apparmor", …]
    {"cgroup", pt_host_cgroup},                       // "v2", "v1" or "hybrid"
    {"swaps", pt_host_swaps},                         // ["/dev/sda2", …]; zram left out
    {"mount/", pt_host_mount}, // mount//tmp: ["rw", "nosuid", …]; absent: no own mount
    {"group/", pt_host_group}, // group/docker: ["alice", …]
    {"uid0", pt_host_uid0},    // ["root", …]
    {"empty-passwords", pt_host_empty_passwords}, // ["guest", …]
    {"weak-hashes", pt_host_weak_hashes},         // accounts with an MD5 or DES password
    {"system-shells", pt_host_system_shells},     // accounts of services with a shell
    {"faillock", pt_host_faillock},         // {"deny": 3, "unlock_time": 600}; absent: not asked
    {"sudo-open", pt_host_sudo_open},       // places of sudoers that ask for no password
    {"sshd-program", pt_host_sshd_program}, // "/usr/sbin/sshd"
    {"sshd-grace", pt_host_sshd_grace},     // LoginGraceTime in seconds
    {"sshd-idle", pt_host_sshd_idle},       // seconds until a dead client is dropped
    {"sshd-allowed", pt_host_sshd_allowed}, // whom AllowUsers, AllowGroups name
    {"sshd-match/", pt_host_sshd_match},    // what Match blocks set it to: ["yes"]
    {"sshd/", pt_host_sshd},                // sshd/permitrootlogin: its value, in lower case
    {"file/", pt_host_file},                // file//etc/shadow: as pt_world_stat, and "above"
    {"files/", pt_host_files},              // files//etc/x/*: [{"path": …, "mode": …}, …]
    {"conf/", pt_host_conf},                // conf//etc/login.defs#UMASK: integer or string
    {"programs/", pt_host_programs},        // programs/gcc,make: those that are installed
    {"running/", pt_host_running},          // running/chronyd,ntpd: those that run
    {"journal", pt_host_journal},           // "persistent", "volatile", "none"
    {"updates", pt_host_updates},           // "on", or what is missing
    {"pending-updates", pt_host_pending},   // {"pending": ["openssl 1 -> 2"], "lists_age_days": 0}
    {"kernel-newest", pt_host_kernel_newest}, // {"running": …, "newest": …}; absent: not in /boot
    {"repositories/", pt_host_repositories},  // repositories/unsigned, …/plain: places
    {"kconfig/", pt_host_kconfig},            // kconfig/SECCOMP_FILTER: "y", "m"; absent: not set
    {"docker-unwatched", pt_host_docker_unwatched}, // Docker's files that no audit rule watches
    {"audit-unwatched/", pt_host_audit_unwatched},  // audit-unwatched//etc/passwd,…: likewise
    {"audit-calls/", pt_host_audit_calls},        // audit-calls/mount: ["b32 mount"], if unaudited
    {"audit-lock", pt_host_audit_lock},           // "locked", "open", …; absent: no rules
    {"password-length", pt_host_password_length}, // the least; absent: nothing asks for one
    {"password-history", pt_host_password_history}, // how many may not come again; absent: none
    {"disk-free/", pt_host_disk_free}, // disk-free//var: {"path": "/var", "free": 80, "inodes": 97}
    {"listeners/", pt_host_listeners}, // listeners/22,4789/udp: ["0.0.0.0:22 sshd", …]
    {"clock", pt_host_clock},          // {"synchronised": true, "error_us": 12000}
    {"setuid", pt_host_setuid},        // ["/opt/x (mode 4755, owner 0:0)", …]
    {"open-folders", pt_host_open_folders}, // ["/srv/x (mode 0777, owner 0:0)", …]
    {"firewall", pt_host_firewall}, // {"ip": "drop", "ip6": "none", "published": […], "guard": …}
    {"kubelet", pt_host_kubelet},   // {"readOnlyPort": 0, …}; absent: no kubelet here
    {"kubelet/", pt_host_kubelet_setting}, // kubelet/readOnlyPort, with where it was read
    {"component/", pt_host_component},     // component/kube-apiserver: its flags; absent: not here
    {"kube-decides/", pt_host_kube_decides}, // kube-decides/authorization: ["Node", "RBAC"]
    {"etcd-ca", pt_host_etcd_ca},            // {"etcd": FILE, "client": FILE}, whom each one trusts
    {"kube-files/", pt_host_kube_files},     // kube-files/manifests: [{"path": …, "mode": …}, …]
    {"os", pt_host_os},                      // {"ID": "debian", "VERSION_ID": "12", …}
};

static bool matches(pt_str name, const char *provider) {
    pt_str p = pt_str_of(provider);
    return pt_str_ends(p, PT_STR("/")) ? pt_str_starts(name, p) && name.n > p.n
                                       : pt_str_eq(name, p);
}

bool pt_host_knows(pt_str name) {
    for (size_t i = 0; i < PT_COUNT(providers); i++)
        if (matches(name, providers[i].name))
            return true;
    return false;
}

static pt_fact provide(const pt_host_ask *q, pt_str name) {
    for (size_t i = 0; i < PT_COUNT(providers); i++) {
        if (!matches(name, providers[i].name))
            continue;
        size_t cut = strlen(providers[i].name);
        return providers[i].provide(
            &(pt_host_ask){q->w, q->a, pt_str_sub(name, cut, name.n), q->memo});
    }
    return pt_fact_unknown(pt_arena_printf(q->a, "no collector gives %.*s", PT_PRI(name)),
                           (pt_str){0});
}

pt_fact pt_host_text(const pt_host_ask *q, const char *path, const char *witness) {
    return pt_world_read(q->w, q->a, path, witness, PT_WORLD_FILE_BYTES_MAX);
}

pt_fact pt_host_not_live(const pt_host_ask *q, const char *what) {
    return pt_fact_unknown(
        pt_arena_printf(q->a, "%s belongs to a running machine, and this is a disk", what),
        PT_STR("run paratia audit on the machine itself"));
}

static pt_str first_line(pt_str s) {
    return pt_str_trim(pt_str_sub(s, 0, pt_str_find(s, '\n')));
}

// "Debian 12, Linux 6.1": distribution and kernel, as far as they are known.
static pt_str detail(const pt_host_ask *q) {
    pt_fact os = pt_host_os(q);
    pt_fact kernel = pt_host_text(q, "/proc/sys/kernel/osrelease", NULL);
    pt_str name = pt_text(pt_getz(os.value, "NAME"));
    size_t cut = pt_str_find(name, ' '); // "Debian GNU/Linux"
    name = pt_str_sub(name, 0, cut);
    pt_str version = pt_text(pt_getz(os.value, "VERSION_ID"));
    if (!name.n)
        name = PT_STR("unknown system");
    pt_str release = first_line(pt_text(kernel.value));
    size_t dot = pt_str_find(release, '.');
    dot += 1 + pt_str_find(pt_str_sub(release, dot + 1, release.n), '.');
    release = pt_str_sub(release, 0, dot);
    return pt_arena_printf(q->a, "%.*s%s%.*s%s%.*s", PT_PRI(name), version.n ? " " : "",
                           PT_PRI(version), release.n ? ", Linux " : "", PT_PRI(release));
}

static pt_str host_name(const pt_host_ask *q) {
    const char *path = q->w->live ? "/proc/sys/kernel/hostname" : "/etc/hostname";
    pt_fact f = pt_host_text(q, path, NULL);
    pt_str name = first_line(pt_text(f.value));
    return name.n ? name : PT_STR("this-host");
}

void pt_host_collect(pt_world *w, pt_arena *a, const pt_str *names, size_t n, pt_subject *ret) {
    pt_host_memo memo = {0};
    pt_host_ask q = {.w = w, .a = a, .memo = &memo};
    *ret = (pt_subject){.kind = PT_KIND_HOST, .name = host_name(&q), .detail = detail(&q)};
    for (size_t i = 0; i < n; i++)
        if (!pt_facts_set(&ret->facts, a, names[i], provide(&q, names[i])))
            return; // what is missing is unknown
}
