// Audit rules: which files no rule watches, which system calls none records. The rules are read
// from /etc/audit/rules.d or /etc/audit/audit.rules, as augenrules(8) and auditctl(8) load them;
// what the kernel holds could only be asked with CAP_AUDIT_CONTROL, which an audit does not keep.
#include <string.h>

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

// One line of rules, as auditctl(8) has it: a watch, or system calls.
typedef struct rule {
    pt_str path, perm; // of a watch
    pt_str arch;       // "b64"; empty: both
    pt_str calls;      // "mount,umount2"; empty: none are named
    bool audits;       // -w, or "always,exit"
    bool narrow;       // only for some users, programs or arguments
    bool zero;         // only for a first argument of 0: clock_settime's real clock
} rule;

typedef struct rules {
    PT_VEC(rule) all;
    bool off;      // "-e 0" or "never,task": what else is asked for is not done
    pt_str locked; // what the last "-e" says; empty: there is none
    bool after;    // a rule comes behind it
} rules;

static bool words_are(pt_str list, const char *a, const char *b) {
    return pt_str_in_list(pt_str_of(a), list, ',') && pt_str_in_list(pt_str_of(b), list, ',');
}

// "-F arch=b64", "-F auid>=1000". Who has logged in (auid) and the key narrow nothing that is
// asked.
static void read_field(rule *r, pt_str word) {
    static const char *const names[] = {"arch", "perm", "path", "dir"};
    pt_str *const into[] = {&r->arch, &r->perm, &r->path, &r->path};
    size_t n = 0;
    while (n < word.n && !strchr("=!<>&", word.p[n]))
        n++;
    pt_str name = pt_str_sub(word, 0, n);
    pt_str value = pt_str_sub(word, n + 1, word.n);
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eqz(name, names[i])) {
            *into[i] = value;
            return;
        }
    bool zero = pt_str_eqz(name, "a0") && (pt_str_eqz(value, "0") || pt_str_eqz(value, "0x0"));
    r->zero |= zero;
    r->narrow |= !zero && !pt_str_eqz(name, "auid") && !pt_str_eqz(name, "key");
}

static void read_option(pt_arena *a, rules *all, rule *r, pt_str option, pt_str word) {
    if (pt_str_eqz(option, "-w")) {
        r->path = word;
        r->audits = true;
    } else if (pt_str_eqz(option, "-p")) {
        r->perm = word;
    } else if (pt_str_eqz(option, "-a") || pt_str_eqz(option, "-A")) {
        r->audits = words_are(word, "always", "exit");
        all->off |= words_are(word, "never", "task");
    } else if (pt_str_eqz(option, "-S")) {
        r->calls =
            r->calls.n ? pt_arena_printf(a, "%.*s,%.*s", PT_PRI(r->calls), PT_PRI(word)) : word;
    } else if (pt_str_eqz(option, "-F")) {
        read_field(r, word);
    } else if (pt_str_eqz(option, "-C")) {
        r->narrow = true;
    } else if (pt_str_eqz(option, "-e")) {
        all->locked = word;
        all->after = false;
    }
}

// Without permissions a watch has all of them.
static bool read_rule(pt_arena *a, rules *all, pt_str line) {
    rule r = {.perm = PT_STR("rwxa")};
    pt_str word;
    pt_str before = {0};
    for (; pt_str_word(&line, &word); before = word) {
        if (pt_str_starts(word, PT_STR("#")))
            break;
        read_option(a, all, &r, before, word);
    }
    if (!r.audits)
        return true;
    all->after = true;
    rule *slot = PT_PUSH(a, &all->all);
    if (slot)
        *slot = r;
    return slot != NULL;
}

static pt_fact read_rules(const pt_host_ask *q, rules *r, pt_fact file) {
    pt_str text = pt_text(file.value);
    pt_str line;
    while (pt_str_split(&text, '\n', &line))
        if (!read_rule(q->a, r, line))
            return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    return file;
}

// The rules of rules.d, of which augenrules makes audit.rules, or audit.rules where there are none.
// Known (true), absent (no audit at all), or why not.
static pt_fact load(const pt_host_ask *q, rules *r) {
    static const char *const dirs[] = {"/etc/audit/rules.d", NULL};
    pt_fact main = pt_host_text(q, "/etc/audit/audit.rules", NULL);
    pt_fact paths = pt_host_fragments(q, dirs, ".rules");
    if (main.state == PT_UNKNOWN || paths.state == PT_UNKNOWN)
        return main.state == PT_UNKNOWN ? main : paths;
    size_t n = pt_len(paths.value);
    if (main.state == PT_ABSENT && !n)
        return paths.state == PT_ABSENT ? paths : main;
    pt_fact read = n ? main : read_rules(q, r, main);
    for (size_t i = 0; i < n && read.state != PT_UNKNOWN; i++) {
        pt_fact f = pt_host_listed(q, pt_text(pt_at(paths.value, i)).p);
        read = f.state == PT_KNOWN ? read_rules(q, r, f) : f;
    }
    if (read.state == PT_UNKNOWN)
        return read;
    r->off |= pt_str_eqz(r->locked, "0");
    // augenrules puts "-e" behind everything.
    r->after = r->after && !n;
    return pt_fact_known(pt_bool(true), PT_STR("/etc/audit"));
}

// -- watches --------------------------------------------------------------------------------------

// Is `path` the watched path or below it?
static bool covers(pt_str watched, pt_str path) {
    while (watched.n > 1 && watched.p[watched.n - 1] == '/')
        watched = pt_str_sub(watched, 0, watched.n - 1);
    return pt_str_starts(path, watched) && (path.n == watched.n || path.p[watched.n] == '/');
}

static bool is_watched(const rules *r, pt_str path) {
    for (size_t i = 0; i < r->all.n && !r->off; i++) {
        const rule *one = &r->all.v[i];
        bool every = !one->calls.n || pt_str_in_list(PT_STR("all"), one->calls, ',');
        bool changes =
            pt_str_find(one->perm, 'w') < one->perm.n && pt_str_find(one->perm, 'a') < one->perm.n;
        if (one->path.n && every && changes && !one->narrow && covers(one->path, path))
            return true;
    }
    return false;
}

// Add `path` to `open` if it is there and no rule watches it.
static pt_fact look_at(const pt_host_ask *q, const rules *r, const char *path, pt_list *open) {
    pt_fact f = pt_world_stat(q->w, q->a, path, NULL);
    if (f.state == PT_KNOWN && !is_watched(r, pt_str_of(path)))
        pt_list_add(open, pt_stringz(path));
    return f;
}

static pt_fact listed(pt_list *l) {
    pt_value v = pt_list_end(l);
    return pt_defined(v) ? pt_fact_known(v, PT_STR("/etc/audit"))
                         : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}

pt_fact pt_host_docker_unwatched(const pt_host_ask *q) {
    rules r = {0};
    pt_fact loaded = load(q, &r);
    if (loaded.state == PT_UNKNOWN)
        return loaded;
    pt_list open = {.a = q->a};
    size_t there = 0;
    for (size_t i = 0; i < PT_COUNT(docker_files); i++) {
        pt_fact f = look_at(q, &r, docker_files[i], &open);
        if (f.state == PT_UNKNOWN)
            return f;
        there += f.state == PT_KNOWN;
    }
    return there ? listed(&open) : pt_fact_absent(PT_STR("Docker's files"));
}

// audit-unwatched//etc/passwd,/etc/group: those of them that are there, and that no rule watches.
pt_fact pt_host_audit_unwatched(const pt_host_ask *q) {
    rules r = {0};
    pt_fact loaded = load(q, &r);
    if (loaded.state == PT_UNKNOWN)
        return loaded;
    pt_list open = {.a = q->a};
    pt_str rest = q->arg;
    pt_str path;
    while (pt_str_split(&rest, ',', &path)) {
        pt_str z = pt_arena_str(q->a, path);
        if (!z.p)
            return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
        pt_fact f = look_at(q, &r, z.p, &open);
        if (f.state == PT_UNKNOWN)
            return f;
    }
    return listed(&open);
}

// -- system calls ---------------------------------------------------------------------------------

static bool is_audited(const rules *r, const char *arch, pt_str call) {
    bool clock = pt_str_eqz(call, "clock_settime");
    for (size_t i = 0; i < r->all.n && !r->off; i++) {
        const rule *one = &r->all.v[i];
        bool named =
            pt_str_in_list(call, one->calls, ',') || pt_str_in_list(PT_STR("all"), one->calls, ',');
        bool here = !one->arch.n || pt_str_eqz(one->arch, arch);
        if (named && here && !one->narrow && !one->path.n && (!one->zero || clock))
            return true;
    }
    return false;
}

// audit-calls/mount,setns: ["b32 mount", …]: those that no rule records, of 64-bit programs or of
// 32-bit ones, which any user may bring along.
pt_fact pt_host_audit_calls(const pt_host_ask *q) {
    static const char *const arches[] = {"b64", "b32"};
    rules r = {0};
    pt_fact loaded = load(q, &r);
    if (loaded.state == PT_UNKNOWN)
        return loaded;
    pt_list open = {.a = q->a};
    pt_str rest = q->arg;
    pt_str call;
    while (pt_str_split(&rest, ',', &call))
        for (size_t i = 0; i < PT_COUNT(arches); i++)
            if (!is_audited(&r, arches[i], call))
                pt_list_add(&open,
                            pt_string(pt_arena_printf(q->a, "%s %.*s", arches[i], PT_PRI(call))));
    return listed(&open);
}

// "locked", "open", or "locked before the last rule"; absent: no rules.
pt_fact pt_host_audit_lock(const pt_host_ask *q) {
    rules r = {0};
    pt_fact loaded = load(q, &r);
    if (loaded.state != PT_KNOWN)
        return loaded;
    bool locked = pt_str_eqz(r.locked, "2");
    loaded.value = pt_stringz(!locked   ? "open"
                              : r.after ? "locked before the last rule"
                                        : "locked");
    return loaded;
}
