#include "base/rights.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/rights_impl.h"

pt_code pt_rights_refused(pt_err *e, const char *what, int sys) {
    pt_code code = pt_err_set(e, PT_E_UNSUPPORTED, "cannot give up rights, so nothing is read");
    pt_err_at(e, "%s: %s", what, pt_errno_text(sys));
    pt_err_remedy(
        e, "a kernel with seccomp filters is needed; in a container allow prctl and seccomp");
    return code;
}

pt_code pt_rights_bound(pt_err *e) {
    for (cap_value_t cap = 0; cap_get_bound(cap) >= 0; cap++)
        if (cap_get_bound(cap) > 0 && cap_drop_bound(cap) != 0)
            return errno == EPERM ? PT_OK : pt_rights_refused(e, "prctl(PR_CAPBSET_DROP)", errno);
    return PT_OK;
}

// Copy one capability from what we have to what we shall have.
static bool copy_capability(cap_t from, cap_t to, cap_value_t cap) {
    cap_flag_value_t has = CAP_CLEAR;
    PT_IGNORE(cap_get_flag(from, cap, CAP_PERMITTED, &has)); // clear if it cannot be asked
    return cap_set_flag(to, CAP_PERMITTED, 1, &cap, has) == 0 &&
           cap_set_flag(to, CAP_EFFECTIVE, 1, &cap, has) == 0;
}

static pt_code set_capabilities(cap_t now, cap_t then, const pt_rights *keep, pt_err *e) {
    pt_code code = pt_rights_bound(e);
    if (code)
        return code;
    bool ok = (!keep->read_all || copy_capability(now, then, CAP_DAC_READ_SEARCH)) &&
              (!keep->inspect || copy_capability(now, then, CAP_SYS_PTRACE)) &&
              cap_reset_ambient() == 0 && cap_set_proc(then) == 0;
    return ok ? PT_OK : pt_rights_refused(e, "capset", errno);
}

pt_code pt_rights_capabilities(const pt_rights *keep, pt_err *e) {
    cap_t now = cap_get_proc();
    cap_t then = cap_init();
    pt_code code =
        now && then ? set_capabilities(now, then, keep, e) : pt_rights_refused(e, "capget", errno);
    cap_free(now);
    cap_free(then);
    return code;
}

#define CALL(name) SCMP_SYS(name)

// What reading files and sockets, writing reports and keeping the ledger and the store needs.
static const int allowed[] = {
    // files
    CALL(read),
    CALL(readv),
    CALL(pread64),
    CALL(write),
    CALL(writev),
    CALL(pwrite64),
    CALL(close),
    CALL(lseek),
    CALL(open),
    CALL(openat),
    CALL(openat2),
    CALL(stat),
    CALL(lstat),
    CALL(fstat),
    CALL(newfstatat),
    CALL(statx),
    CALL(statfs),
    CALL(fstatfs),
    CALL(access),
    CALL(faccessat),
    CALL(faccessat2),
    CALL(readlink),
    CALL(readlinkat),
    CALL(getdents64),
    CALL(getcwd),
    CALL(dup),
    CALL(fcntl),
    CALL(ioctl),
    CALL(flock),
    CALL(fsync),
    CALL(fdatasync),
    CALL(ftruncate),
    CALL(fallocate),
    CALL(fadvise64),
    CALL(mkdir),
    CALL(mkdirat),
    CALL(rename),
    CALL(renameat),
    CALL(renameat2),
    CALL(unlink),
    CALL(unlinkat),
    CALL(rmdir),
    CALL(fchmod),
    CALL(chmod),
    CALL(umask),
    CALL(getxattr),
    CALL(lgetxattr),
    CALL(fgetxattr),
    CALL(pipe2),
    // memory
    CALL(mmap),
    CALL(munmap),
    CALL(mremap),
    CALL(mprotect),
    CALL(madvise),
    CALL(brk),
    // the process itself
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(rt_sigreturn),
    CALL(sigaltstack),
    CALL(getpid),
    CALL(gettid),
    CALL(getppid),
    CALL(getuid),
    CALL(geteuid),
    CALL(getgid),
    CALL(getegid),
    CALL(getrandom),
    CALL(futex),
    CALL(sched_yield),
    CALL(sched_getaffinity),
    CALL(prlimit64),
    CALL(getrlimit),
    CALL(sysinfo),
    CALL(uname),
    CALL(exit),
    CALL(exit_group),
    CALL(restart_syscall),
    CALL(tgkill),
    CALL(rseq),
    CALL(set_robust_list),
    // time
    CALL(clock_gettime),
    CALL(clock_getres),
    CALL(gettimeofday),
    CALL(time),
    CALL(adjtimex),      // reads: CAP_SYS_TIME, which it would need to write, is gone
    CALL(clock_adjtime), // the same: what glibc makes of adjtimex
    CALL(nanosleep),
    CALL(clock_nanosleep),
    // sockets: `socket` itself has a rule of its own
    CALL(connect),
    CALL(getsockopt),
    CALL(setsockopt),
    CALL(getsockname),
    CALL(getpeername),
    CALL(sendto),
    CALL(recvfrom),
    CALL(sendmsg),
    CALL(recvmsg),
    CALL(shutdown),
    CALL(poll),
    CALL(ppoll),
    CALL(select),
    CALL(pselect6),
    CALL(epoll_create1),
    CALL(epoll_ctl),
    CALL(epoll_wait),
    CALL(epoll_pwait),
    CALL(eventfd2),
};

// What only an exploit would ask for.
static const int deadly[] = {
    CALL(execve),
    CALL(execveat),
    CALL(ptrace),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(mount),
    CALL(umount2),
    CALL(pivot_root),
    CALL(move_mount),
    CALL(open_tree),
    CALL(fsopen),
    CALL(fsmount),
    CALL(chroot),
    CALL(setns),
    CALL(unshare),
    CALL(bpf),
    CALL(perf_event_open),
    CALL(init_module),
    CALL(finit_module),
    CALL(delete_module),
    CALL(kexec_load),
    CALL(kexec_file_load),
    CALL(reboot),
    CALL(swapon),
    CALL(swapoff),
    CALL(keyctl),
    CALL(add_key),
    CALL(request_key),
    CALL(userfaultfd),
    CALL(io_uring_setup),
    CALL(open_by_handle_at),
    CALL(memfd_create),
    CALL(personality),
    CALL(setuid),
    CALL(setgid),
    CALL(setresuid),
    CALL(setresgid),
    CALL(mknod),
    CALL(mknodat),
};

// Unix sockets (socketpair gives libcurl its wake-up pair), and TCP where a remote engine is asked.
static int add_socket_rules(scmp_filter_ctx f, bool internet) {
    static const int families[] = {AF_INET, AF_INET6};
    static const scmp_datum_t kind = ~(scmp_datum_t)(SOCK_CLOEXEC | SOCK_NONBLOCK); // without flags
    int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
    if (rc == 0)
        rc =
            seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(socketpair), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
    for (size_t i = 0; i < PT_COUNT(families) && internet && rc == 0; i++)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(socket), 2,
                              SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i]),
                              SCMP_A1(SCMP_CMP_MASKED_EQ, kind & UINT32_MAX, SOCK_STREAM));
    return rc;
}

// clone for threads of this process only: what shares no memory is a process of its own. Of clone3
// the flags cannot be seen: like every call that is not listed it gives ENOSYS, and the C library
// falls back to clone.
static int add_thread_rule(scmp_filter_ctx f) {
    const scmp_datum_t flags = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
    return seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(clone), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, flags, flags));
}

static int add_rules(scmp_filter_ctx f, const pt_rights *keep) {
    int rc = 0;
    for (size_t i = 0; i < PT_COUNT(allowed) && rc == 0; i++)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; i < PT_COUNT(deadly) && rc == 0; i++)
        rc = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    // Lowering capabilities is all that capset can still do, and only pt_rights_shed needs it.
    if (rc == 0)
        rc = seccomp_rule_add(f, keep->inspect ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS,
                              CALL(capset), 0);
    if (rc == 0 && keep->inspect)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(capget), 0);
    if (rc == 0 && keep->inspect)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(prctl), 0);
    if (rc == 0 && keep->threads)
        rc = add_thread_rule(f);
    if (rc == 0 && keep->serve)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(accept4), 0);
    return rc ? rc : add_socket_rules(f, keep->internet);
}

static pt_code filter_calls(const pt_rights *keep, pt_err *e) {
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    int rc = f ? add_rules(f, keep) : -ENOMEM;
    if (rc == 0)
        rc = seccomp_load(f);
    seccomp_release(f);
    return rc == 0 ? PT_OK : pt_rights_refused(e, "seccomp", -rc);
}

pt_code pt_rights_drop(const pt_rights *keep, pt_err *e) {
    pt_code code = pt_rights_capabilities(keep, e);
    if (!code && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        code = pt_rights_refused(e, "prctl(PR_SET_NO_NEW_PRIVS)", errno);
    return code ? code : filter_calls(keep, e);
}

pt_code pt_rights_shed(pt_err *e) {
    return pt_rights_capabilities(&(pt_rights){.read_all = true}, e);
}
