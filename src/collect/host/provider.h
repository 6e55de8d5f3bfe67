// Inside collect/host: providers, each a family of facts, one file or one function each.
#pragma once

#include "fact/world.h"

// How the SSH daemon is started (sshd_start.c).
typedef struct pt_sshd_start {
    pt_fact program; // its path; absent: no daemon; unknown: how it is started cannot be told
    pt_str config;   // "/etc/ssh/sshd_config", or what -f says
    pt_str options;  // lines as in that file, which count before it
} pt_sshd_start;

// What several facts of one collection are made of.
typedef struct pt_host_memo {
    bool walked; // walks.c
    pt_fact setuid, open_folders;
    size_t walk_max; // entries, for tests; 0: as many as always
    bool sshd_known;
    pt_sshd_start sshd;
    struct pt_kube *kube; // kube.h
} pt_host_memo;

typedef struct pt_host_ask {
    pt_world *w;
    pt_arena *a;
    pt_str arg; // of "sysctl/kernel.kptr_restrict": "kernel.kptr_restrict"; may be empty
    pt_host_memo *memo;
} pt_host_ask;

typedef pt_fact (*pt_host_provider)(const pt_host_ask *q);

// kernel.c
pt_fact pt_host_sysctl(const pt_host_ask *q);
pt_fact pt_host_cmdline(const pt_host_ask *q);
pt_fact pt_host_vulnerabilities(const pt_host_ask *q);
pt_fact pt_host_smt_flaws(const pt_host_ask *q);
pt_fact pt_host_lsm(const pt_host_ask *q);
pt_fact pt_host_cgroup(const pt_host_ask *q);
pt_fact pt_host_swaps(const pt_host_ask *q);
pt_fact pt_host_mount(const pt_host_ask *q);
// accounts.c
pt_fact pt_host_group(const pt_host_ask *q);
pt_fact pt_host_uid0(const pt_host_ask *q);
pt_fact pt_host_empty_passwords(const pt_host_ask *q);
pt_fact pt_host_weak_hashes(const pt_host_ask *q);
pt_fact pt_host_system_shells(const pt_host_ask *q);
// pam.c
pt_fact pt_host_faillock(const pt_host_ask *q);
pt_fact pt_host_password_length(const pt_host_ask *q);
pt_fact pt_host_password_history(const pt_host_ask *q);
// sudo.c
pt_fact pt_host_sudo_open(const pt_host_ask *q);
// kconfig.c
pt_fact pt_host_kconfig(const pt_host_ask *q);
pt_fact pt_host_parameter(const pt_host_ask *q);
// modules.c
pt_fact pt_host_modules_open(const pt_host_ask *q);
pt_fact pt_host_lockdown(const pt_host_ask *q);
pt_fact pt_host_module_signatures(const pt_host_ask *q);
// lsm.c
pt_fact pt_host_apparmor(const pt_host_ask *q);
pt_fact pt_host_selinux(const pt_host_ask *q);
// processes.c
pt_fact pt_host_running(const pt_host_ask *q);
// journal.c
pt_fact pt_host_journal(const pt_host_ask *q);
// repositories.c, updates.c
pt_fact pt_host_repositories(const pt_host_ask *q);
pt_fact pt_host_updates(const pt_host_ask *q);
pt_fact pt_host_kernel_newest(const pt_host_ask *q);
// pending.c
pt_fact pt_host_pending(const pt_host_ask *q);
// files.c
pt_fact pt_host_files(const pt_host_ask *q);
// settings.c
pt_fact pt_host_conf(const pt_host_ask *q);
// auditd.c
pt_fact pt_host_docker_unwatched(const pt_host_ask *q);
pt_fact pt_host_audit_unwatched(const pt_host_ask *q);
pt_fact pt_host_audit_calls(const pt_host_ask *q);
pt_fact pt_host_audit_lock(const pt_host_ask *q);
// clock.c
pt_fact pt_host_clock(const pt_host_ask *q);
// listeners.c
pt_fact pt_host_listeners(const pt_host_ask *q);
// walks.c
pt_fact pt_host_setuid(const pt_host_ask *q);
pt_fact pt_host_open_folders(const pt_host_ask *q);
// sshd_start.c; it fills q->memo->sshd
pt_fact pt_host_sshd_program(const pt_host_ask *q);
// firewall.c
pt_fact pt_host_firewall(const pt_host_ask *q);
// sshd.c
pt_fact pt_host_sshd(const pt_host_ask *q);
pt_fact pt_host_sshd_match(const pt_host_ask *q);
pt_fact pt_host_sshd_grace(const pt_host_ask *q);
pt_fact pt_host_sshd_idle(const pt_host_ask *q);
pt_fact pt_host_sshd_allowed(const pt_host_ask *q);
// system.c
pt_fact pt_host_disk_free(const pt_host_ask *q);
pt_fact pt_host_file(const pt_host_ask *q);
pt_fact pt_host_programs(const pt_host_ask *q);
pt_fact pt_host_os(const pt_host_ask *q);

// kubelet.c, kube_component.c, kube_decides.c, kube_files.c
pt_fact pt_host_kubelet(const pt_host_ask *q);
pt_fact pt_host_kubelet_setting(const pt_host_ask *q);
pt_fact pt_host_component(const pt_host_ask *q);
pt_fact pt_host_kube_decides(const pt_host_ask *q);
pt_fact pt_host_etcd_ca(const pt_host_ask *q);
pt_fact pt_host_kube_files(const pt_host_ask *q);

// A stat fact of `path` with what makes it worthless: "above": {"path", "mode", "uid"}, the highest
// folder above it in which others than root may replace things. Unknown if that cannot be told.
pt_fact pt_host_with_above(const pt_host_ask *q, pt_str path, pt_fact stat);

// {"path": "/etc/ssh/ssh_host_rsa_key", "mode": 384, …} of a stat object.
pt_value pt_host_file_entry(const pt_host_ask *q, pt_str path, pt_value stat);

// A file's text; PT_KNOWN with a string, or the fact that says why not.
pt_fact pt_host_text(const pt_host_ask *q, const char *path, const char *witness);

// The same of a name that a folder listed: it is there, so absent becomes unknown.
pt_fact pt_host_listed(const pt_host_ask *q, const char *path);

// Fragments of a configuration: the paths of the files that end in `suffix` in these folders (NULL
// ends them), in the order of their names. Of equal names the first folder's counts, as systemd,
// modprobe and others have it. Known with an array, absent if no folder is there, or unknown.
pt_fact pt_host_fragments(const pt_host_ask *q, const char *const *dirs, const char *suffix);

// "KEY value" or "KEY = value" in a text of lines: the last one. False if there is none.
bool pt_host_setting(pt_str text, pt_str key, pt_str *ret);

// An integer, unless it begins with a 0 as octal numbers do.
pt_value pt_host_number_or_text(pt_str s);

// apt.c: the value of "APT::Periodic::Enable" in apt's configuration; absent: unset.
// "Acquire::https::*::Verify-Peer" asks for the first that is off.
pt_fact pt_host_apt_setting(const pt_host_ask *q, const char *key);
bool pt_host_apt_is(pt_str value, bool want); // "Yes" is true, "off" is false, others neither

// What only a running machine has: an unknown fact on --root without it.
pt_fact pt_host_not_live(const pt_host_ask *q, const char *what);
