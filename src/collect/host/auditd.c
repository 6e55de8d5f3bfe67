// Audit rules: which files no rule watches, which system calls none records. The rules are read
// from /etc/audit/rules.d or /etc/audit/audit.rules, as augenrules(8) and auditctl(8) load them;
// what the kernel holds could only be asked with CAP_AUDIT_CONTROL, which an audit does not keep.
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "collect/host/audit_rules.h"

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

// -- watches --------------------------------------------------------------------------------------

// Calls that change no file: a "never" for them takes no watch away.
static const char other_calls[] =
    "adjtimex,clock_adjtime,clock_settime,settimeofday,stime,ptrace,bpf,setns,unshare,kill,socket,"
    "connect,bind,listen,accept,accept4,sendto,recvfrom,sendmsg,recvmsg,mmap,mprotect,futex";

static bool has_letter(pt_str word, char letter) {
    return pt_str_find(word, letter) < word.n;
}

// May this "never" keep changes of `path` from being recorded?
static bool hides_file(const pt_audit_rule *never, pt_str path) {
    pt_str rest = never->calls;
    pt_str call;
    bool any = !rest.n;
    while (pt_str_split(&rest, ',', &call))
        any |= !pt_str_in_list(call, pt_str_of(other_calls), ',');
    bool there =
        !never->path.n || pt_audit_below(never->path, path) || pt_audit_below(path, never->path);
    return any && there && (has_letter(never->perm, 'w') || has_letter(never->perm, 'a'));
}

// A watch that leaves out some users or programs is none.
static bool watches(const pt_audit_rule *one, pt_str path, bool folder) {
    bool every = !one->calls.n || pt_str_in_list(PT_STR("all"), one->calls, ',');
    bool changes = has_letter(one->perm, 'w') && has_letter(one->perm, 'a');
    bool whole = !one->narrow && !one->users && !one->zero;
    bool covers =
        one->exact ? !folder && pt_str_eq(one->path, path) : pt_audit_below(one->path, path);
    return one->path.n && every && changes && whole && covers;
}

static bool is_watched(const pt_audit_rules *r, pt_str path, bool folder) {
    if (r->off || r->files_off)
        return false;
    for (size_t i = 0; i < r->all.n; i++) {
        const pt_audit_rule *one = &r->all.v[i];
        if (one->never ? hides_file(one, path) : watches(one, path, folder))
            return !one->never;
    }
    return false;
}

static bool is_folder(pt_fact stat) {
    return pt_str_eqz(pt_text(pt_getz(stat.value, "type")), "directory");
}

// Add `path` to `open` if it is there and no rule watches it.
static pt_fact look_at(const pt_host_ask *q, const pt_audit_rules *r, const char *path,
                       pt_list *open) {
    pt_fact f = pt_world_stat(q->w, q->a, path, NULL);
    if (f.state == PT_KNOWN && !is_watched(r, pt_str_of(path), is_folder(f)))
        pt_list_add(open, pt_stringz(path));
    return f;
}

static pt_fact listed(pt_list *l) {
    pt_value v = pt_list_end(l);
    return pt_defined(v) ? pt_fact_known(v, PT_STR("/etc/audit"))
                         : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}

// One of docker_files. Two names may lead to one file: it is listed once, and watched by either.
typedef struct docker_file {
    const char *path;
    struct stat st;
    bool link; // the last name is one: a watch of it does not watch the file
    bool watched;
} docker_file;

static int stat_of(const pt_host_ask *q, const char *path, int flags, struct stat *ret) {
    PT_AUTO(pt_fd_close) int fd = q->w->open(q->w, path, O_PATH | flags);
    return fd < 0 ? -1 : fstat(fd, ret);
}

// Known, absent, or unknown: is the file there? Then it becomes the next one, or part of another.
static pt_fact add_docker_file(const pt_host_ask *q, const pt_audit_rules *r, docker_file *all,
                               size_t *n) {
    docker_file *one = &all[*n];
    struct stat own;
    pt_fact f = pt_world_stat(q->w, q->a, one->path, NULL);
    if (f.state != PT_KNOWN)
        return f;
    if (stat_of(q, one->path, 0, &one->st) || stat_of(q, one->path, O_NOFOLLOW, &own))
        return pt_fact_unknown(pt_arena_printf(q->a, "%s vanished", one->path), (pt_str){0});
    one->link = S_ISLNK(own.st_mode);
    one->watched = is_watched(r, pt_str_of(one->path), is_folder(f));
    for (size_t i = 0; i < *n; i++) {
        docker_file *same = &all[i];
        if (same->st.st_dev != one->st.st_dev || same->st.st_ino != one->st.st_ino)
            continue;
        if (same->link != one->link) // what is no link counts
            *same = same->link ? *one : *same;
        else
            same->watched |= one->watched;
        return f;
    }
    ++*n;
    return f;
}

pt_fact pt_host_docker_unwatched(const pt_host_ask *q) {
    pt_audit_rules r = {0};
    pt_fact loaded = pt_audit_load(q, &r);
    if (loaded.state == PT_UNKNOWN)
        return loaded;
    pt_list open = {.a = q->a};
    docker_file there[PT_COUNT(docker_files)];
    size_t n = 0;
    for (size_t i = 0; i < PT_COUNT(docker_files); i++) {
        there[n] = (docker_file){.path = docker_files[i]};
        pt_fact f = add_docker_file(q, &r, there, &n);
        if (f.state == PT_UNKNOWN)
            return f;
    }
    for (size_t i = 0; i < n; i++)
        if (!there[i].watched)
            pt_list_add(&open, pt_stringz(there[i].path));
    return n ? listed(&open) : pt_fact_absent(PT_STR("Docker's files"));
}

// audit-unwatched//etc/passwd,/etc/group: those of them that are there, and that no rule watches.
pt_fact pt_host_audit_unwatched(const pt_host_ask *q) {
    pt_audit_rules r = {0};
    pt_fact loaded = pt_audit_load(q, &r);
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

static bool names(const pt_audit_rule *one, pt_str call) {
    return pt_str_in_list(call, one->calls, ',') || pt_str_in_list(PT_STR("all"), one->calls, ',');
}

static bool has_number(pt_str calls) {
    pt_str call;
    while (pt_str_split(&calls, ',', &call))
        if (call.n && call.p[0] >= '0' && call.p[0] <= '9')
            return true;
    return false;
}

// May this "never" keep a call of a user from being recorded? Without calls it means all.
static bool hides_call(const pt_audit_rule *never, pt_str call) {
    bool means = !never->calls.n || names(never, call) || has_number(never->calls);
    bool of_file = never->path.n && !pt_str_eqz(call, "mount");
    return means && !of_file && !never->daemons;
}

static bool records(const pt_audit_rule *one, pt_str call) {
    bool clock = pt_str_eqz(call, "clock_settime");
    return names(one, call) && !one->narrow && !one->path.n && (!one->zero || clock);
}

static bool one_arch(pt_str arch) {
    return pt_str_eqz(arch, "b64") || pt_str_eqz(arch, "b32");
}

static bool is_audited(const pt_audit_rules *r, const char *arch, pt_str call) {
    for (size_t i = 0; i < r->all.n && !r->off; i++) {
        const pt_audit_rule *one = &r->all.v[i];
        bool here = !one->arch.n || pt_str_eqz(one->arch, arch);
        bool every = one->never && !one_arch(one->arch); // "x86_64", or a number
        if (!here && !every)
            continue;
        if (one->never ? hides_call(one, call) : records(one, call))
            return !one->never;
    }
    return false;
}

// audit-calls/mount,setns: ["b32 mount", …]: those that no rule records, of 64-bit programs or of
// 32-bit ones, which any user may bring along.
pt_fact pt_host_audit_calls(const pt_host_ask *q) {
    static const char *const arches[] = {"b64", "b32"};
    pt_audit_rules r = {0};
    pt_fact loaded = pt_audit_load(q, &r);
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
    pt_audit_rules r = {0};
    pt_fact loaded = pt_audit_load(q, &r);
    if (loaded.state != PT_KNOWN)
        return loaded;
    bool locked = pt_str_eqz(r.locked, "2");
    loaded.value = pt_stringz(!locked   ? "open"
                              : r.after ? "locked before the last rule"
                                        : "locked");
    return loaded;
}
