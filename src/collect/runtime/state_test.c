#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/testing.h"
#include "collect/runtime/state_impl.h"
#include "collect/runtime/testing_wire.h"

#define ID     "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
#define CGROUP "/system.slice/docker-" ID ".scope"
#define EPOCH  UINT64_C(1700000000000000000)
#define SECOND UINT64_C(1000000000)

enum {
    OPEN = 2,
    READ = 0,
    CONNECT = 42,
    ACCEPT = 43,
    SENDTO = 44,
    RECVFROM = 45,
    BIND = 49,
    LISTEN = 50,
    CLONE = 56,
    EXECVE = 59,
    CHDIR = 80,
    FCHDIR = 81,
    RENAMEAT = 264,
    OPENAT = 257,
    SETUID = 105,
    SETPGID = 109,
    SETSID = 112,
    PRCTL = 157,
    DUP2 = 33,
    MKDIRAT = 258,
    OPEN_BY_HANDLE = 304,
    EXECVEAT = 322,
};

static pt_wire_test w; // one record at a time
static int met;
static char met_id[65], met_runtime[16];

static void wanted(void *ctx, pt_str id, pt_str runtime, uint32_t pid) {
    assert_ptr_equal(ctx, &met);
    assert_true(pid > 0);
    met++;
    memcpy(met_id, id.p, id.n < 64 ? id.n : 64);
    memset(met_runtime, 0, sizeof met_runtime);
    memcpy(met_runtime, runtime.p, runtime.n);
}

static pt_runtime *fresh(void) {
    met = 0;
    pt_runtime *rt = NULL;
    pt_runtime_options o = {.boot_epoch_ns = EPOCH, .wanted = wanted, .ctx = &met};
    assert_int_equal(pt_runtime_new(&o, &rt, NULL), PT_OK);
    return rt;
}

static const pt_event *apply(pt_runtime *rt) {
    const pt_event *ev = NULL;
    pt_err e = {0};
    (void)pt_wire_end(&w);
    if (pt_runtime_apply(rt, w.head, w.n, &ev, &e) != PT_OK)
        fail_msg("%s", e.what);
    return ev;
}

// `pid` runs /bin/NAME with one argument, below `ppid`.
static const pt_event *runs(pt_runtime *rt, uint32_t pid, uint32_t ppid, const char *name) {
    char argv[64], path[64];
    int n = snprintf(argv, sizeof argv, "./%s", name);
    memcpy(argv + n + 1, "arg", 4);
    pt_wire_begin(&w, EXECVE, pid);
    w.head->ppid = ppid;
    pt_wire_comm(&w, name);
    snprintf(path, sizeof path, "/bin/%s", name);
    pt_wire_exec_of(&w, (pt_str){argv, (size_t)n + 5}, pt_str_of(path), NULL);
    pt_wire_text(&w, PT_WIRE_CWD, PT_STR("/root"));
    return apply(rt);
}

static void forks(pt_runtime *rt, uint32_t pid, uint32_t child) {
    pt_wire_begin(&w, CLONE, pid);
    pt_wire_child_of(&w, child, 0);
    (void)apply(rt);
}

static void exits(pt_runtime *rt, uint32_t pid, uint32_t ppid) {
    pt_wire_begin(&w, PT_EVENT_PROCEXIT, pid);
    w.head->ppid = ppid;
    w.head->time_ns = 2 * SECOND;
    (void)apply(rt);
}

static const pt_event_arg *arg(const pt_event *ev, const char *name) {
    size_t i = pt_event_param_index(ev->type, pt_str_of(name));
    assert_true(i < PT_EVENT_ARGS_MAX);
    return &ev->args[i];
}

// -- processes ------------------------------------------------------------------------------------
static void test_state_exec_tells_what_runs(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 50, 1, "bash");
    const pt_event *ev = runs(rt, 100, 50, "ls");
    assert_non_null(ev);
    assert_int_equal(ev->type, EXECVE);
    assert_int_equal(ev->number, 2);
    assert_int_equal(ev->time_ns, EPOCH + SECOND);
    assert_true(ev->has_result);
    assert_str(ev->source, "syscall");
    const pt_process *p = ev->process;
    assert_str(p->comm, "ls");
    assert_str(p->exe, "./ls");
    assert_int_equal(p->args.n, 4);
    assert_str(p->exe_path, "/bin/ls");
    assert_str(p->cwd, "/root/");
    assert_int_equal(p->clone_ns, EPOCH + 100);
    assert_false(p->stale);
    assert_str(p->parent->comm, "bash");
    assert_int_equal(p->login_uid, -1);
    assert_str(ev->container->id, "host");
    assert_str(arg(ev, "exe")->bytes, "./ls");
    assert_str(arg(ev, "cwd")->bytes, "/root/");
    assert_int_equal(arg(ev, "ptid")->number, 50);
    assert_false(arg(ev, "vm_size")->known);
    assert_false(ev->file.known);
    pt_runtime_free(rt);
}

static void test_state_failed_exec_is_its_callers(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "bash");
    pt_wire_begin(&w, EXECVE, 100);
    w.head->result = -ENOENT;
    pt_wire_comm(&w, "bash");
    pt_wire_arg_text(&w, "filename", PT_STR("bin/none"));
    pt_wire_text(&w, PT_WIRE_ARGV, PT_STR("none\0"));
    const pt_event *ev = apply(rt);
    assert_int_equal(ev->result, -ENOENT);
    assert_str(ev->process->exe_path, "/bin/bash");
    assert_str(ev->process->exe, "./bash");
    assert_str(arg(ev, "filename")->resolved, "/root/bin/none");
    pt_wire_begin(&w, EXECVEAT, 100);
    w.head->result = -ENOENT;
    pt_wire_comm(&w, "bash");
    pt_wire_arg_text(&w, "filename", PT_STR("none"));
    pt_wire_text(&w, PT_WIRE_DIR, PT_STR("/opt"));
    ev = apply(rt);
    assert_int_equal(ev->type, EXECVEAT);
    assert_str(arg(ev, "filename")->resolved, "/opt/none");
    pt_runtime_free(rt);
}

static void test_state_fork_inherits_and_exec_replaces(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "bash");
    pt_wire_begin(&w, CLONE, 100);
    pt_wire_comm(&w, "bash");
    pt_wire_child_of(&w, 101, 0x11);
    const pt_event *ev = apply(rt);
    assert_int_equal(ev->process->pid, 100);
    assert_int_equal(arg(ev, "res")->number, 101);
    const pt_process *child = pt_process_find(ev->processes, 101);
    assert_str(child->exe_path, "/bin/bash");
    assert_str(child->cwd, "/root/");
    assert_ptr_equal(child->parent, ev->process);
    assert_int_equal(child->clone_ns, EPOCH + 101);
    ev = runs(rt, 101, 100, "cat");
    assert_ptr_equal(ev->process, child);
    assert_str(child->comm, "cat");
    assert_str(child->parent->comm, "bash");
    // A thread is no process; told again, a child is no other one.
    pt_wire_begin(&w, CLONE, 100);
    pt_wire_comm(&w, "bash");
    struct pt_wire_child thread = {.pid = 100, .tid = 150, .start_ns = 100, .flags = 0x10000};
    pt_wire_part_of(&w, PT_WIRE_CHILD, &thread, sizeof thread);
    ev = apply(rt);
    assert_null(pt_process_find(ev->processes, 150));
    forks(rt, 100, 101);
    assert_str(pt_process_find(ev->processes, 101)->comm, "cat");
    assert_int_equal(pt_runtime_counted(rt).unknown_process, 0);
    pt_runtime_free(rt);
}

static void test_state_childs_own_events_may_come_first(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "bash");
    pt_wire_begin(&w, SETUID, 101);
    w.head->ppid = 100;
    w.head->uid = 33;
    pt_wire_arg(&w, "uid", 33);
    const pt_event *ev = apply(rt);
    assert_true(ev->process->stale);
    assert_str(ev->process->parent->comm, "bash");
    assert_int_equal(pt_runtime_counted(rt).unknown_process, 1);
    forks(rt, 100, 101);
    const pt_process *p = pt_process_find(rt ? ev->processes : NULL, 101);
    assert_str(p->exe_path, "/bin/bash");
    assert_int_equal(p->uid, 33);
    assert_false(p->stale);
    pt_runtime_free(rt);
}

static void test_state_orphans_go_to_reaper_or_init(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 1, 0, "init");
    (void)runs(rt, 10, 1, "shim");
    pt_wire_begin(&w, PRCTL, 10);
    pt_wire_comm(&w, "shim");
    pt_wire_arg(&w, "option", 36);
    pt_wire_arg(&w, "arg2_int", 1);
    (void)apply(rt);
    (void)runs(rt, 11, 10, "sh");
    (void)runs(rt, 12, 11, "sleep");
    exits(rt, 11, 10);
    const pt_event *ev = runs(rt, 12, 10, "sleep");
    assert_str(ev->process->parent->comm, "shim");
    exits(rt, 10, 1);
    assert_str(pt_process_find(ev->processes, 12)->parent->comm, "init");
    // The kernel's word counts: the next record says whose child it is.
    (void)runs(rt, 9, 1, "other");
    ev = runs(rt, 12, 9, "sleep");
    assert_str(ev->process->parent->comm, "other");
    assert_true(pt_process_find(ev->processes, 11)->dead);
    pt_runtime_free(rt);
}

static void test_state_ends_are_told_and_forgotten(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "ls");
    pt_wire_begin(&w, PT_EVENT_PROCEXIT, 100);
    w.head->result = 256;
    w.head->time_ns = 2 * SECOND;
    const pt_event *ev = apply(rt);
    assert_int_equal(ev->type, PT_EVENT_PROCEXIT);
    assert_false(ev->has_result);
    assert_int_equal(arg(ev, "status")->number, 256);
    assert_int_equal(arg(ev, "ret")->number, 1);
    assert_int_equal(arg(ev, "sig")->number, 0);
    assert_str(ev->process->exe_path, "/bin/ls");
    const pt_processes *all = ev->processes;
    (void)runs(rt, 200, 1, "x");
    assert_non_null(pt_process_find(all, 100));
    pt_wire_begin(&w, SETUID, 200);
    w.head->time_ns = 60 * SECOND;
    (void)apply(rt);
    assert_null(pt_process_find(all, 100));
    pt_runtime_free(rt);
}

static void test_state_same_pid_later_is_another_process(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "old");
    pt_wire_begin(&w, SETUID, 100);
    w.head->start_ns = 5000;
    pt_wire_comm(&w, "new");
    const pt_event *ev = apply(rt);
    assert_str(ev->process->comm, "new");
    assert_int_equal(ev->process->exe_path.n, 0);
    assert_true(ev->process->stale);
    pt_runtime_free(rt);
}

static void test_state_snapshot_is_no_event_and_no_news(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    pt_wire_begin(&w, EXECVE, 100);
    w.head->flags = PT_WIRE_SNAPSHOT;
    pt_wire_comm(&w, "sshd");
    pt_wire_exec_of(&w, PT_STR("sshd\0-D\0"), PT_STR("/usr/sbin/sshd"), NULL);
    assert_null(apply(rt));
    (void)runs(rt, 101, 100, "bash");
    // One that was taken before the exec that was told already.
    pt_wire_begin(&w, EXECVE, 101);
    w.head->flags = PT_WIRE_SNAPSHOT;
    w.head->time_ns = SECOND / 2;
    pt_wire_comm(&w, "sshd");
    pt_wire_exec_of(&w, PT_STR("sshd\0"), PT_STR("/usr/sbin/sshd"), NULL);
    assert_null(apply(rt));
    const pt_event *ev = runs(rt, 102, 101, "id");
    assert_str(ev->process->parent->exe_path, "/bin/bash");
    assert_str(ev->process->parent->parent->exe_path, "/usr/sbin/sshd");
    assert_int_equal(ev->number, 2);
    assert_int_equal(pt_runtime_counted(rt).unknown_process, 0);
    pt_runtime_free(rt);
}

static void test_state_comm_is_the_main_threads(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "java");
    pt_wire_begin(&w, PRCTL, 100);
    w.head->tid = w.head->vtid = 105;
    pt_wire_comm(&w, "worker");
    const pt_event *ev = apply(rt);
    assert_str(ev->process->comm, "java");
    assert_int_equal(ev->tid, 105);
    pt_wire_begin(&w, PRCTL, 100);
    pt_wire_comm(&w, "renamed");
    assert_str(apply(rt)->process->comm, "renamed");
    pt_runtime_free(rt);
}

static void test_state_users_are_those_after_the_call(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "su");
    pt_err e = {0};
    assert_int_equal(
        pt_runtime_host_names(rt, PT_STR("root:x:0:0::/root:/bin/sh\nann:x:1000:1000:::\n"),
                              PT_STR("root:x:0:\nstaff:x:50:\n"), &e),
        PT_OK);
    pt_wire_begin(&w, SETUID, 100);
    w.head->uid = 1000, w.head->gid = 50, w.head->login_uid = 1000;
    w.head->cap_effective = 3;
    pt_wire_arg(&w, "uid", 1000);
    const pt_event *ev = apply(rt);
    assert_int_equal(ev->uid, 1000);
    assert_int_equal(ev->login_uid, 1000);
    assert_int_equal(ev->cap_effective, 3);
    assert_int_equal(ev->process->uid, 1000);
    assert_str(pt_container_user(ev->container, ev->uid), "ann");
    assert_str(pt_container_group(ev->container, ev->gid), "staff");
    pt_runtime_free(rt);
}

static void test_state_sessions_and_groups(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "bash");
    forks(rt, 100, 101);
    // The shell puts its child into a group of its own, in a namespace of their own, too.
    pt_wire_begin(&w, SETPGID, 100);
    pt_wire_arg(&w, "pid", 101);
    pt_wire_arg(&w, "pgid", 101);
    const pt_event *ev = apply(rt);
    const pt_process *child = pt_process_find(ev->processes, 101);
    assert_int_equal(child->vpgid, 101);
    assert_int_equal(child->pgid, 101);
    assert_int_equal(child->sid, 100);
    pt_wire_begin(&w, SETSID, 101);
    w.head->ppid = 100;
    w.head->result = 7, w.head->vpid = w.head->vtid = 7;
    ev = apply(rt);
    assert_int_equal(ev->process->sid, 101);
    assert_int_equal(ev->process->vsid, 7);
    assert_int_equal(ev->process->vpgid, 7);
    assert_int_equal(ev->process->tty, 0);
    // What the kernel says counts most.
    pt_wire_begin(&w, SETPGID, 101);
    w.head->ppid = 100;
    pt_wire_arg(&w, "pid", 0);
    pt_wire_arg(&w, "pgid", 3);
    struct pt_wire_ids ids = {
        .sid = 90, .vsid = 2, .pgid = 91, .vpgid = 3, .pidns = 5, .tty = 34816};
    pt_wire_part_of(&w, PT_WIRE_IDS, &ids, sizeof ids);
    ev = apply(rt);
    assert_int_equal(ev->process->sid, 90);
    assert_int_equal(ev->process->pgid, 91);
    assert_int_equal(ev->process->vpgid, 3);
    assert_int_equal(ev->process->tty, 34816);
    pt_runtime_free(rt);
}

// -- paths ----------------------------------------------------------------------------------------
typedef struct opened {
    const char *name;
    int64_t dirfd;
    const char *dir;              // of the record; NULL: not read
    const char *resolved, *shown; // evt.arg.name's second form, fd.name
} opened;

static void test_state_paths_begin_where_the_call_does(void **state) {
    (void)state;
    static const opened cases[] = {
        {"x", AT_FDCWD, NULL, "/root/x", "/root/x"},
        {"../etc/shadow", AT_FDCWD, NULL, "/etc/shadow", "/etc/shadow"},
        {"shadow", 5, "/etc", "/etc/shadow", "/etc/shadow"},
        {"shadow", 5, NULL, "<UNKNOWN>/shadow", "<UNKNOWN>/shadow"},
        // Absolute ones stay as they are in the argument; the name is normalised.
        {"/tmp/../bin/x", AT_FDCWD, NULL, "", "/bin/x"},
        {"/etc//passwd", 5, "/root", "", "/etc/passwd"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_runtime *rt = fresh();
        (void)runs(rt, 100, 1, "cat");
        pt_wire_begin(&w, OPENAT, 100);
        w.head->result = 3;
        pt_wire_arg(&w, "dirfd", cases[i].dirfd);
        pt_wire_arg_text(&w, "name", pt_str_of(cases[i].name));
        pt_wire_arg(&w, "flags", O_RDONLY);
        struct pt_wire_file f = {.number = 3, .ino = 9, .dev = 64768, .type = PT_FILE_REGULAR};
        pt_wire_part_of(&w, PT_WIRE_FILE, &f, sizeof f);
        pt_wire_text(&w, PT_WIRE_OPEN_PATH, PT_STR("/kernel/path"));
        if (cases[i].dir)
            pt_wire_text(&w, PT_WIRE_DIR, pt_str_of(cases[i].dir));
        const pt_event *ev = apply(rt);
        assert_str(arg(ev, "name")->bytes, cases[i].name);
        assert_str(arg(ev, "name")->resolved, cases[i].resolved);
        assert_int_equal(arg(ev, "fd")->number, 3);
        assert_int_equal(arg(ev, "ino")->number, 9);
        assert_true(ev->file.known);
        assert_str(ev->file.name, cases[i].shown);
        assert_str(ev->file.asked, cases[i].name);
        assert_str(ev->file.kernel_path, "/kernel/path");
        pt_runtime_free(rt);
    }
}

static void test_state_failed_open_keeps_the_name(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "cat");
    pt_wire_begin(&w, OPEN, 100);
    w.head->result = -EACCES;
    pt_wire_arg_text(&w, "name", PT_STR("x"));
    pt_wire_arg(&w, "flags", O_RDONLY);
    const pt_event *ev = apply(rt);
    assert_true(ev->file.known);
    assert_int_equal(ev->file.number, -1);
    assert_int_equal(ev->file.type, PT_FILE_UNKNOWN);
    assert_str(ev->file.name, "/root/x");
    pt_runtime_free(rt);
}

static void test_state_file_opened_by_its_handle_has_the_kernels_path(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    pt_wire_begin(&w, OPEN_BY_HANDLE, 100);
    w.head->result = 3;
    struct pt_wire_file f = {.number = 3, .ino = 9, .type = PT_FILE_REGULAR};
    pt_wire_part_of(&w, PT_WIRE_FILE, &f, sizeof f);
    pt_wire_text(&w, PT_WIRE_OPEN_PATH, PT_STR("/etc/shadow"));
    const pt_event *ev = apply(rt);
    assert_str(arg(ev, "path")->bytes, "/etc/shadow");
    assert_str(ev->file.name, "/etc/shadow");
    pt_runtime_free(rt);
}

static void test_state_both_paths_of_a_rename(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "mv");
    pt_wire_begin(&w, RENAMEAT, 100);
    pt_wire_arg(&w, "olddirfd", 4);
    pt_wire_arg_text(&w, "oldpath", PT_STR("a"));
    pt_wire_arg(&w, "newdirfd", AT_FDCWD);
    pt_wire_arg_text(&w, "newpath", PT_STR("b"));
    pt_wire_text(&w, PT_WIRE_DIR, PT_STR("/old"));
    const pt_event *ev = apply(rt);
    assert_str(arg(ev, "oldpath")->resolved, "/old/a");
    assert_str(arg(ev, "newpath")->resolved, "/root/b");
    assert_false(ev->file.known);
    pt_runtime_free(rt);
}

static void test_state_cwd_follows_chdir(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "bash");
    pt_wire_begin(&w, CHDIR, 100);
    pt_wire_arg_text(&w, "path", PT_STR("../srv/./www"));
    assert_str(apply(rt)->process->cwd, "/srv/www/");
    pt_wire_begin(&w, CHDIR, 100);
    w.head->result = -ENOENT;
    pt_wire_arg_text(&w, "path", PT_STR("/none"));
    assert_str(apply(rt)->process->cwd, "/srv/www/");
    pt_wire_begin(&w, FCHDIR, 100);
    struct pt_wire_file f = {.number = 4, .type = PT_FILE_DIRECTORY, .ino = 2};
    pt_wire_arg(&w, "fd", 4);
    pt_wire_part_of(&w, PT_WIRE_FILE, &f, sizeof f);
    pt_wire_text(&w, PT_WIRE_FILE_PATH, PT_STR("/opt"));
    assert_str(apply(rt)->process->cwd, "/opt/");
    pt_wire_begin(&w, MKDIRAT, 100);
    pt_wire_arg(&w, "dirfd", AT_FDCWD);
    pt_wire_arg_text(&w, "path", PT_STR("x"));
    assert_str(arg(apply(rt), "path")->resolved, "/opt/x");
    pt_wire_begin(&w, CHDIR, 100);
    pt_wire_arg_text(&w, "path", PT_STR("/"));
    assert_str(apply(rt)->process->cwd, "/");
    pt_runtime_free(rt);
}

static const pt_event *opens(pt_runtime *rt, uint32_t pid, int64_t fd, const char *name,
                             uint64_t ino, uint32_t flags) {
    pt_wire_begin(&w, OPEN, pid);
    w.head->result = fd;
    pt_wire_arg_text(&w, "name", pt_str_of(name));
    pt_wire_arg(&w, "flags", flags);
    struct pt_wire_file f = {.number = fd, .ino = ino, .type = PT_FILE_REGULAR, .flags = flags};
    pt_wire_part_of(&w, PT_WIRE_FILE, &f, sizeof f);
    return apply(rt);
}

static const pt_event *reads(pt_runtime *rt, uint32_t pid, int64_t fd, uint64_t ino) {
    pt_wire_begin(&w, READ, pid);
    w.head->ppid = 100;
    pt_wire_arg(&w, "fd", fd);
    struct pt_wire_file f = {.number = fd, .ino = ino, .type = PT_FILE_REGULAR};
    pt_wire_part_of(&w, PT_WIRE_FILE, &f, sizeof f);
    pt_wire_text(&w, PT_WIRE_FILE_PATH, PT_STR("/kernel"));
    return apply(rt);
}

static void test_state_descriptor_keeps_the_name_it_was_opened_by(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "cat");
    const pt_event *ev = opens(rt, 100, 3, "link", 9, 0);
    assert_int_equal(ev->file.type, PT_FILE_REGULAR);
    assert_str(reads(rt, 100, 3, 9)->file.name, "/root/link");
    assert_str(reads(rt, 100, 3, 10)->file.name, "/kernel"); // another file by now
    forks(rt, 100, 101);
    ev = reads(rt, 101, 3, 9); // inherited
    assert_str(ev->file.name, "/root/link");
    assert_str(ev->file.kernel_path, "/kernel");
    assert_int_equal(opens(rt, 100, 4, "/etc", 11, O_DIRECTORY)->file.type, PT_FILE_DIRECTORY);
    pt_runtime_free(rt);
}

// -- sockets --------------------------------------------------------------------------------------
static const uint8_t here[4] = {10, 0, 0, 2}, there[4] = {198, 51, 100, 1};

static const pt_event *calls(pt_runtime *rt, pt_event_type type, int64_t result,
                             const struct pt_wire_file *f, const struct sockaddr_in *to) {
    pt_wire_begin(&w, type, 100);
    w.head->result = result;
    if (type != ACCEPT)
        pt_wire_arg(&w, "fd", f->number);
    pt_wire_part_of(&w, PT_WIRE_FILE, f, sizeof *f);
    if (to)
        pt_wire_part_of(&w, PT_WIRE_ADDRESS, to, sizeof *to);
    return apply(rt);
}

static void test_state_connect_makes_a_client(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "ssh");
    struct pt_wire_file f = pt_wire_inet(3, IPPROTO_TCP, 77);
    pt_wire_local(&f, here, 40000);
    pt_wire_remote(&f, there, 443);
    const pt_event *ev = calls(rt, CONNECT, -EINPROGRESS, &f, NULL);
    assert_int_equal(ev->file.role, PT_SOCKET_CLIENT);
    assert_false(ev->file.connected);
    assert_true(ev->file.name_changed);
    assert_str(pt_file_ref_name(&a, &ev->file), "10.0.0.2:40000->198.51.100.1:443");
    assert_true(arg(ev, "tuple")->known);
    ev = calls(rt, SENDTO, 5, &f, NULL);
    assert_int_equal(ev->file.role, PT_SOCKET_CLIENT);
    assert_true(ev->file.connected);
    assert_false(ev->file.name_changed);
    // One that failed: the kernel has no peer, the call named it.
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(22)};
    memcpy(&to.sin_addr, there, 4);
    struct pt_wire_file failed = pt_wire_inet(4, IPPROTO_TCP, 78);
    ev = calls(rt, CONNECT, -ECONNREFUSED, &failed, &to);
    assert_int_equal(ev->file.remote.port, 22);
    assert_false(ev->file.connected);
    bool known;
    size_t at = pt_event_param_index(CONNECT, PT_STR("addr"));
    assert_str(pt_event_arg_text(&a, ev, at, &known), "198.51.100.1:22");
    pt_runtime_free(rt);
}

static void test_state_accept_makes_a_server(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "nginx");
    struct pt_wire_file l = pt_wire_inet(3, IPPROTO_TCP, 70);
    pt_wire_local(&l, here, 80);
    assert_int_equal(calls(rt, BIND, 0, &l, NULL)->file.role, PT_SOCKET_SERVER);
    l.listening = 1;
    const pt_event *ev = calls(rt, LISTEN, 0, &l, NULL);
    assert_int_equal(ev->file.role, PT_SOCKET_SERVER);
    assert_false(ev->file.remote.known);
    assert_str(pt_file_ref_name(&a, &ev->file), "10.0.0.2:80");
    struct pt_wire_file f = pt_wire_inet(4, IPPROTO_TCP, 71);
    pt_wire_local(&f, here, 80);
    pt_wire_remote(&f, there, 50000);
    f.accepted = 1;
    ev = calls(rt, ACCEPT, 4, &f, NULL);
    assert_true(ev->file.connected);
    assert_str(pt_file_ref_name(&a, &ev->file), "198.51.100.1:50000->10.0.0.2:80");
    f.accepted = 0;
    ev = calls(rt, RECVFROM, 1, &f, NULL);
    assert_int_equal(ev->file.role, PT_SOCKET_SERVER);
    pt_runtime_free(rt);
}

static void test_state_datagrams_have_the_peer_of_the_call(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "dig");
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
    memcpy(&to.sin_addr, there, 4);
    struct pt_wire_file f = pt_wire_inet(3, IPPROTO_UDP, 80);
    pt_wire_local(&f, here, 40000);
    const pt_event *ev = calls(rt, SENDTO, 5, &f, &to);
    assert_int_equal(ev->file.role, PT_SOCKET_CLIENT);
    assert_int_equal(ev->file.remote.port, 53);
    assert_true(ev->file.name_changed);
    ev = calls(rt, RECVFROM, 5, &f, &to);
    assert_int_equal(ev->file.role, PT_SOCKET_CLIENT); // an answer makes no server
    assert_false(ev->file.name_changed);
    to.sin_port = htons(54);
    assert_true(calls(rt, SENDTO, 5, &f, &to)->file.name_changed);
    struct pt_wire_file s = pt_wire_inet(4, IPPROTO_UDP, 81);
    pt_wire_local(&s, here, 53);
    assert_int_equal(calls(rt, RECVFROM, 5, &s, &to)->file.role, PT_SOCKET_SERVER);
    pt_runtime_free(rt);
}

static void test_state_unix_sockets_have_paths(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "docker");
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/run/docker.sock"};
    struct pt_wire_file f = {.number = 3, .type = PT_FILE_UNIX, .cookie = 5, .unix_local = 1};
    pt_wire_begin(&w, CONNECT, 100);
    pt_wire_arg(&w, "fd", 3);
    pt_wire_part_of(&w, PT_WIRE_FILE, &f, sizeof f);
    pt_wire_part_of(&w, PT_WIRE_ADDRESS, &to, sizeof to);
    const pt_event *ev = apply(rt);
    assert_str(ev->file.unix_path, "/run/docker.sock");
    assert_int_equal(ev->file.role, PT_SOCKET_CLIENT);
    pt_runtime_free(rt);
}

static void test_state_mapped_addresses_are_ipv4(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "java");
    struct pt_wire_file f = pt_wire_inet(3, IPPROTO_TCP, 90);
    f.type = PT_FILE_IPV6, f.v6 = 1, f.bound = f.peered = 1;
    f.local_ip[10] = f.local_ip[11] = f.remote_ip[10] = f.remote_ip[11] = 0xff;
    memcpy(f.local_ip + 12, here, 4);
    memcpy(f.remote_ip + 12, there, 4);
    const pt_event *ev = calls(rt, CONNECT, 0, &f, NULL);
    assert_int_equal(ev->file.type, PT_FILE_IPV4);
    assert_false(ev->file.remote.v6);
    assert_memory_equal(ev->file.remote.ip, there, 4);
    pt_runtime_free(rt);
}

// -- containers -----------------------------------------------------------------------------------
static const pt_event *runs_inside(pt_runtime *rt, uint32_t pid, uint32_t vpid,
                                   const char *cgroup) {
    pt_wire_begin(&w, EXECVE, pid);
    w.head->vpid = w.head->vtid = vpid;
    w.head->cgroup = 4711;
    struct pt_wire_exec x = {.pidns = 99, .sid = pid, .vsid = vpid};
    pt_wire_exec_of(&w, PT_STR("sh\0"), PT_STR("/bin/sh"), &x);
    if (cgroup)
        pt_wire_text(&w, PT_WIRE_CGROUP_PATH, pt_str_of(cgroup));
    return apply(rt);
}

// What a process that may write cgroup.procs would do: out of its container, into another's name.
static const pt_event *moves(pt_runtime *rt, uint32_t pid, uint64_t id, const char *cgroup) {
    pt_wire_begin(&w, EXECVE, pid);
    w.head->cgroup = id;
    struct pt_wire_exec x = {.pidns = 99, .sid = pid, .vsid = 1};
    pt_wire_exec_of(&w, PT_STR("sh\0"), PT_STR("/bin/sh"), &x);
    pt_wire_text(&w, PT_WIRE_CGROUP_PATH, pt_str_of(cgroup));
    return apply(rt);
}

static void test_state_container_is_entered_and_not_left(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    const pt_container *c = runs_inside(rt, 200, 1, CGROUP)->container;
    assert_ptr_equal(moves(rt, 200, 1, "/")->container, c);
    assert_ptr_equal(moves(rt, 200, 2, "/system.slice")->container, c);
    const char *other = "/docker/"
                        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    assert_ptr_equal(moves(rt, 200, 3, other)->container, c);
    // Its children, wherever their cgroup is when they are first seen.
    pt_wire_begin(&w, EXECVE, 201);
    w.head->ppid = 200;
    w.head->cgroup = 1;
    struct pt_wire_exec x = {.pidns = 99, .sid = 200, .vsid = 1};
    pt_wire_exec_of(&w, PT_STR("sh\0"), PT_STR("/bin/sh"), &x);
    pt_wire_text(&w, PT_WIRE_CGROUP_PATH, PT_STR("/"));
    assert_ptr_equal(apply(rt)->container, c);
    // Who comes from outside is what his cgroup says.
    assert_str(moves(rt, 300, 3, other)->container->id, "ffffffffffff");
    assert_str(moves(rt, 301, 1, "/")->container->id, "host");
    pt_runtime_free(rt);
}

static void test_state_container_is_met_then_named(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    const pt_event *ev = runs_inside(rt, 200, 1, CGROUP);
    assert_int_equal(met, 1);
    assert_string_equal(met_id, ID);
    assert_string_equal(met_runtime, "docker");
    assert_str(ev->container->id, "3ad7b26ded6d");
    assert_int_equal(ev->container->metadata, PT_KNOWN_PENDING);
    assert_int_equal(ev->container->start_ns, EPOCH + 200);
    assert_int_equal(ev->container->n_users, 0);
    const pt_container *c = ev->container;
    pt_mount mounts[] = {{.source = PT_STR("/"), .destination = PT_STR("/host"), .writable = true}};
    pt_container said = {.full_id = PT_STR(ID),
                         .runtime = PT_STR("docker"),
                         .metadata = PT_KNOWN_YES,
                         .name = PT_STR("web"),
                         .repository = PT_STR("nginx"),
                         .privileged = true,
                         .mounts = mounts,
                         .n_mounts = 1};
    assert_int_equal(pt_runtime_named(rt, &said, NULL), PT_OK);
    ev = runs_inside(rt, 201, 2, NULL); // by its cgroup's id alone
    assert_ptr_equal(ev->container, c);
    assert_str(c->name, "web");
    assert_str(c->mounts[0].destination, "/host");
    assert_int_equal(c->start_ns, EPOCH + 200);
    assert_int_equal(met, 1);
    assert_int_equal(pt_runtime_names(rt, PT_STR(ID), PT_STR("app:x:0:0:::\n"), (pt_str){0}, NULL),
                     PT_OK);
    assert_str(pt_container_user(c, 0), "app");
    assert_int_equal(pt_runtime_named(rt, &said, NULL), PT_OK); // names stay
    assert_str(pt_container_user(c, 0), "app");
    assert_int_equal(pt_runtime_names(rt, PT_STR("000000000000"), (pt_str){0}, (pt_str){0}, NULL),
                     PT_E_ABSENT);
    assert_ptr_equal(pt_runtime_container(rt, PT_STR("3ad7b26ded6d")), c);
    assert_int_equal(pt_runtime_counted(rt).containers, 1);
    pt_runtime_free(rt);
}

static void test_state_nobody_knows_a_container(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    const pt_event *ev = runs_inside(rt, 200, 1, CGROUP);
    pt_runtime_nameless(rt, PT_STR(ID), PT_STR("no engine answers for this runtime"));
    pt_runtime_nameless(rt, PT_STR("ffffffffffff"), PT_STR("nobody"));
    assert_int_equal(ev->container->metadata, PT_KNOWN_FAILED);
    assert_str(ev->container->reason, "no engine answers for this runtime");
    pt_runtime_free(rt);
}

static void test_state_container_record_names_it_and_is_an_event(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_runtime *rt = fresh();
    pt_wire_begin(&w, PT_EVENT_CONTAINER, 0);
    pt_wire_text(&w, PT_WIRE_CONTAINER,
                 PT_STR("{\"id\":\"" ID
                        "\",\"runtime\":\"docker\",\"name\":\"web\",\"privileged\":true,"
                        "\"users\":[[0,\"root\"],[9,\"www\"]]}"));
    const pt_event *ev = apply(rt);
    assert_int_equal(ev->type, PT_EVENT_CONTAINER);
    assert_false(ev->has_result);
    assert_str(ev->container->name, "web");
    assert_true(ev->container->privileged);
    assert_str(ev->process->comm, "container:3ad7b26ded6d");
    assert_true(pt_str_starts(arg(ev, "json")->bytes, PT_STR("{\"id\"")));
    ev = runs_inside(rt, 200, 1, CGROUP);
    assert_str(ev->container->name, "web");
    assert_str(pt_container_user(ev->container, 9), "www");
    assert_int_equal(ev->container->start_ns, EPOCH + 200);
    // A document that names none changes nothing.
    pt_wire_begin(&w, PT_EVENT_CONTAINER, 0);
    pt_wire_text(&w, PT_WIRE_CONTAINER, PT_STR("{\"id\":\"../x\"}"));
    const pt_event *none = NULL;
    pt_err e = {0};
    assert_int_equal(pt_runtime_apply(rt, pt_wire_end(&w), w.n, &none, &e), PT_E_FORMAT);
    assert_null(none);
    assert_int_equal(pt_runtime_counted(rt).malformed, 1);
    assert_int_equal(pt_runtime_counted(rt).containers, 1); // whoever told of it first
    pt_runtime_free(rt);
}

static void test_state_pods_are_told_by_their_cgroup(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    const pt_event *ev = runs_inside(
        rt, 200, 1,
        "/kubepods.slice/kubepods-pod0a1b2c3d_0001_0002_0003_0123456789ab.slice/cri-containerd-" ID
        ".scope");
    assert_str(ev->container->pod_uid, "0a1b2c3d-0001-0002-0003-0123456789ab");
    assert_str(ev->container->runtime, "containerd");
    pt_runtime_free(rt);
}

static void test_state_children_are_in_their_parents_container(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs_inside(rt, 200, 1, CGROUP);
    pt_wire_begin(&w, CLONE, 200);
    w.head->vpid = w.head->vtid = 1;
    w.head->cgroup = 4711;
    struct pt_wire_child c = {.pid = 210, .tid = 210, .vpid = 5, .vtid = 5, .start_ns = 210};
    pt_wire_part_of(&w, PT_WIRE_CHILD, &c, sizeof c);
    w.head->result = 5;
    const pt_event *ev = apply(rt);
    const pt_process *p = pt_process_find(ev->processes, 210);
    assert_ptr_equal(p->container, ev->container);
    assert_int_equal(p->vpid, 5);
    assert_int_equal(p->pidns, 99);
    pt_runtime_free(rt);
}

static void test_state_containers_that_are_over_are_forgotten(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    for (uint32_t i = 0; i < 3000; i++) {
        char path[128];
        snprintf(path, sizeof path, "/docker/%08x%056x", i * 2654435761u, i);
        pt_wire_begin(&w, EXECVE, 1000 + i);
        w.head->vpid = 1;
        w.head->cgroup = 100 + i;
        w.head->time_ns = (i + 1) * SECOND;
        pt_wire_exec_of(&w, PT_STR("sh\0"), PT_STR("/bin/sh"), NULL);
        pt_wire_text(&w, PT_WIRE_CGROUP_PATH, pt_str_of(path));
        (void)apply(rt);
        if (i == 0)
            continue; // the first lives on
        pt_wire_begin(&w, PT_EVENT_PROCEXIT, 1000 + i);
        w.head->time_ns = (i + 1) * SECOND;
        w.head->cgroup = 100 + i;
        (void)apply(rt);
    }
    char id[65];
    snprintf(id, sizeof id, "%08x%056x", 0u, 0u);
    assert_non_null(pt_runtime_container(rt, pt_str_of(id)));
    snprintf(id, sizeof id, "%08x%056x", 5u * 2654435761u, 5u);
    assert_null(pt_runtime_container(rt, pt_str_of(id)));
    assert_int_equal(met, 3000);
    // Its cgroup still leads to the first.
    pt_wire_begin(&w, SETUID, 1000);
    w.head->vpid = 1;
    w.head->cgroup = 100;
    w.head->time_ns = 3001 * SECOND;
    assert_str(apply(rt)->container->id, "000000000000");
    pt_runtime_free(rt);
}

// -- what is lost ---------------------------------------------------------------------------------
static void test_state_lost_records_make_what_was_read_stale(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "bash");
    pt_wire_begin(&w, SETUID, 100);
    w.head->sequence = 5;
    w.head->time_ns = 2 * SECOND;
    const pt_event *ev = apply(rt);
    assert_false(ev->lost_before);
    pt_wire_begin(&w, SETUID, 100);
    w.head->sequence = 6;
    w.head->time_ns = 3 * SECOND;
    ev = apply(rt);
    assert_false(ev->lost_before);
    assert_false(ev->process->stale);
    pt_wire_begin(&w, SETUID, 100);
    w.head->sequence = 8; // 7 is missing
    w.head->time_ns = 4 * SECOND;
    ev = apply(rt);
    assert_true(ev->lost_before);
    assert_true(ev->process->stale);
    pt_wire_begin(&w, EXECVE, 100); // read anew
    w.head->time_ns = 5 * SECOND;
    pt_wire_exec_of(&w, PT_STR("x\0"), PT_STR("/x"), NULL);
    ev = apply(rt);
    assert_false(ev->process->stale);
    pt_wire_begin(&w, SETUID, 100);
    w.head->flags = PT_WIRE_LOST;
    w.head->time_ns = 6 * SECOND;
    ev = apply(rt);
    assert_true(ev->lost_before);
    assert_true(ev->process->stale);
    pt_runtime_free(rt);
}

static void test_state_async_records_carry_their_name(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    pt_wire_begin(&w, PT_EVENT_ASYNC, 0);
    pt_wire_text(&w, PT_WIRE_NAME, PT_STR("drops"));
    pt_wire_text(&w, PT_WIRE_DATA, PT_STR("12"));
    const pt_event *ev = apply(rt);
    assert_str(ev->async_name, "drops");
    assert_str(arg(ev, "data")->bytes, "12");
    assert_null(ev->process);
    assert_str(ev->container->id, "host");
    pt_runtime_free(rt);
}

static void test_state_malformed_records_change_nothing(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    (void)runs(rt, 100, 1, "bash");
    pt_wire_begin(&w, EXECVE, 100);
    pt_wire_exec_of(&w, PT_STR("evil\0"), PT_STR("/evil"), NULL);
    (void)pt_wire_end(&w);
    w.head->parts = 9;
    const pt_event *ev = NULL;
    pt_err e = {0};
    assert_int_equal(pt_runtime_apply(rt, w.head, w.n, &ev, &e), PT_E_FORMAT);
    assert_null(ev);
    assert_int_equal(e.offset, w.n);
    pt_wire_begin(&w, SETUID, 100);
    pt_wire_comm(&w, "bash");
    ev = apply(rt);
    assert_str(ev->process->exe_path, "/bin/bash");
    pt_runtime_counts n = pt_runtime_counted(rt);
    assert_int_equal(n.malformed, 1);
    assert_int_equal(n.events, 2);
    pt_runtime_free(rt);
}

// An argument of another size than its kind's is not known; others are.
static void test_state_numbers_of_a_wrong_size_are_not_known(void **state) {
    (void)state;
    pt_runtime *rt = fresh();
    pt_wire_begin(&w, OPENAT, 100);
    pt_wire_arg_text(&w, "flags", PT_STR("abc"));
    pt_wire_arg(&w, "mode", 0600);
    const pt_event *ev = apply(rt);
    assert_false(arg(ev, "flags")->known);
    assert_true(arg(ev, "mode")->known);
    assert_false(arg(ev, "name")->known);
    assert_int_equal(ev->file.name.n, 0);
    pt_runtime_free(rt);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_exec_tells_what_runs),
        cmocka_unit_test(test_state_failed_exec_is_its_callers),
        cmocka_unit_test(test_state_fork_inherits_and_exec_replaces),
        cmocka_unit_test(test_state_childs_own_events_may_come_first),
        cmocka_unit_test(test_state_orphans_go_to_reaper_or_init),
        cmocka_unit_test(test_state_ends_are_told_and_forgotten),
        cmocka_unit_test(test_state_same_pid_later_is_another_process),
        cmocka_unit_test(test_state_snapshot_is_no_event_and_no_news),
        cmocka_unit_test(test_state_comm_is_the_main_threads),
        cmocka_unit_test(test_state_users_are_those_after_the_call),
        cmocka_unit_test(test_state_sessions_and_groups),
        cmocka_unit_test(test_state_paths_begin_where_the_call_does),
        cmocka_unit_test(test_state_failed_open_keeps_the_name),
        cmocka_unit_test(test_state_file_opened_by_its_handle_has_the_kernels_path),
        cmocka_unit_test(test_state_both_paths_of_a_rename),
        cmocka_unit_test(test_state_cwd_follows_chdir),
        cmocka_unit_test(test_state_descriptor_keeps_the_name_it_was_opened_by),
        cmocka_unit_test(test_state_connect_makes_a_client),
        cmocka_unit_test(test_state_accept_makes_a_server),
        cmocka_unit_test(test_state_datagrams_have_the_peer_of_the_call),
        cmocka_unit_test(test_state_unix_sockets_have_paths),
        cmocka_unit_test(test_state_mapped_addresses_are_ipv4),
        cmocka_unit_test(test_state_container_is_met_then_named),
        cmocka_unit_test(test_state_nobody_knows_a_container),
        cmocka_unit_test(test_state_container_record_names_it_and_is_an_event),
        cmocka_unit_test(test_state_container_is_entered_and_not_left),
        cmocka_unit_test(test_state_pods_are_told_by_their_cgroup),
        cmocka_unit_test(test_state_children_are_in_their_parents_container),
        cmocka_unit_test(test_state_containers_that_are_over_are_forgotten),
        cmocka_unit_test(test_state_lost_records_make_what_was_read_stale),
        cmocka_unit_test(test_state_async_records_carry_their_name),
        cmocka_unit_test(test_state_malformed_records_change_nothing),
        cmocka_unit_test(test_state_numbers_of_a_wrong_size_are_not_known),
    };
    return cmocka_run_group_tests_name("collect_runtime_state", tests, NULL, NULL);
}
