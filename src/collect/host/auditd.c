// Audit rules of files: which of Docker's own files no rule watches. The rules are read from
// /etc/audit/rules.d and /etc/audit/audit.rules, as augenrules(8) and auditctl(8) load them; what
// the kernel holds could only be asked with CAP_AUDIT_CONTROL, which an audit does not keep.
#include "collect/host/provider.h"

// What Docker consists of (CIS Docker 1.6, 1.1.3 to 1.1.18).
static const char *const docker_files[] = {
    "/usr/bin/dockerd",
    "/usr/sbin/dockerd",
    "/run/containerd",
    "/var/lib/docker",
    "/etc/docker",
    "/etc/docker/daemon.json",
    "/usr/lib/systemd/system/docker.service",
    "/usr/lib/systemd/system/docker.socket",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/etc/default/docker",
    "/etc/sysconfig/docker",
    "/etc/containerd/config.toml",
    "/usr/bin/containerd",
    "/usr/bin/containerd-shim",
    "/usr/bin/containerd-shim-runc-v1",
    "/usr/bin/containerd-shim-runc-v2",
    "/usr/bin/runc",
    "/usr/sbin/runc",
};

typedef struct rules {
    PT_VEC(pt_str) watched; // paths with at least "w" and "a"
} rules;

// Is `path` the watched path or below it?
static bool covers(pt_str watched, pt_str path) {
    while (watched.n > 1 && watched.p[watched.n - 1] == '/')
        watched = pt_str_sub(watched, 0, watched.n - 1);
    return pt_str_starts(path, watched) && (path.n == watched.n || path.p[watched.n] == '/');
}

static bool writes(pt_str perm) {
    return pt_str_find(perm, 'w') < perm.n && pt_str_find(perm, 'a') < perm.n;
}

// "-w PATH -p wa" or "-a always,exit -F path=PATH -F perm=wa" (dir= too). Without permissions a
// watch has all of them.
static void read_rule(pt_arena *a, rules *r, pt_str line) {
    pt_str path = {0};
    pt_str perm = PT_STR("rwxa");
    pt_str word;
    pt_str before = {0};
    for (; pt_str_word(&line, &word); before = word) {
        if (pt_str_starts(word, PT_STR("#")))
            return;
        if (pt_str_eqz(before, "-w"))
            path = word;
        else if (pt_str_eqz(before, "-p"))
            perm = word;
        else if (pt_str_eqz(before, "-F") && pt_str_starts(word, PT_STR("perm=")))
            perm = pt_str_sub(word, 5, word.n);
        else if (pt_str_eqz(before, "-F") && pt_str_starts(word, PT_STR("path=")))
            path = pt_str_sub(word, 5, word.n);
        else if (pt_str_eqz(before, "-F") && pt_str_starts(word, PT_STR("dir=")))
            path = pt_str_sub(word, 4, word.n);
    }
    pt_str *slot = path.n && writes(perm) ? PT_PUSH(a, &r->watched) : NULL;
    if (slot)
        *slot = path;
}

static void read_rules(pt_arena *a, rules *r, pt_str text) {
    pt_str line;
    while (pt_str_split(&text, '\n', &line))
        read_rule(a, r, line);
}

// All rule files. Known (true), absent (no audit at all), or why not.
static pt_fact load(const pt_host_ask *q, rules *r) {
    pt_fact main = pt_host_text(q, "/etc/audit/audit.rules", NULL);
    pt_fact names = pt_world_list(q->w, q->a, "/etc/audit/rules.d", NULL);
    if (main.state == PT_UNKNOWN || names.state == PT_UNKNOWN)
        return main.state == PT_UNKNOWN ? main : names;
    if (main.state == PT_ABSENT && names.state == PT_ABSENT)
        return names;
    read_rules(q->a, r, pt_text(main.value));
    for (size_t i = 0; i < pt_len(names.value); i++) {
        pt_str name = pt_text(pt_at(names.value, i));
        if (!pt_str_ends(name, PT_STR(".rules")))
            continue;
        pt_str path = pt_arena_printf(q->a, "/etc/audit/rules.d/%.*s", PT_PRI(name));
        pt_fact f = pt_host_text(q, path.p, path.p);
        if (f.state != PT_KNOWN)
            return f;
        read_rules(q->a, r, pt_text(f.value));
    }
    return pt_fact_known(pt_bool(true), PT_STR("/etc/audit"));
}

static bool is_watched(const rules *r, pt_str path) {
    for (size_t i = 0; i < r->watched.n; i++)
        if (covers(r->watched.v[i], path))
            return true;
    return false;
}

pt_fact pt_host_docker_unwatched(const pt_host_ask *q) {
    rules r = {0};
    pt_fact loaded = load(q, &r);
    if (loaded.state == PT_UNKNOWN)
        return loaded;
    pt_list open = {.a = q->a};
    size_t there = 0;
    for (size_t i = 0; i < PT_COUNT(docker_files); i++) {
        pt_fact f = pt_world_stat(q->w, q->a, docker_files[i], NULL);
        if (f.state == PT_UNKNOWN)
            return f;
        there += f.state == PT_KNOWN;
        if (f.state == PT_KNOWN && !is_watched(&r, pt_str_of(docker_files[i])))
            pt_list_add(&open, pt_stringz(docker_files[i]));
    }
    if (!there)
        return pt_fact_absent(PT_STR("Docker's files"));
    return pt_fact_known(pt_list_end(&open), PT_STR("/etc/audit"));
}
