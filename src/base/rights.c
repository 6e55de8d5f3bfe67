#include "base/rights.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static pt_code refused(pt_err *e, const char *what, int sys) {
    pt_code code = pt_err_set(e, PT_E_UNSUPPORTED, "cannot give up rights, so nothing is read");
    pt_err_at(e, "%s: %s", what, pt_errno_text(sys));
    pt_err_remedy(
        e, "a kernel with seccomp filters is needed; in a container allow prctl and seccomp");
    return code;
}

static pt_code drop_bounding(pt_err *e) {
    for (cap_value_t cap = 0; cap_get_bound(cap) >= 0; cap++)
        if (cap != CAP_DAC_READ_SEARCH && cap_get_bound(cap) > 0 && cap_drop_bound(cap) != 0)
            return refused(e, "prctl(PR_CAPBSET_DROP)", errno);
    return PT_OK;
}

static pt_code set_capabilities(cap_t now, cap_t keep, pt_err *e) {
    static const cap_value_t read_all = CAP_DAC_READ_SEARCH;
    static const cap_value_t set_pcap = CAP_SETPCAP;
    cap_flag_value_t has = CAP_CLEAR;
    PT_IGNORE(cap_get_flag(now, set_pcap, CAP_EFFECTIVE, &has)); // clear if it cannot be asked
    pt_code code =
        has == CAP_SET ? drop_bounding(e) : PT_OK; // without it there is nothing to bound
    if (code)
        return code;
    has = CAP_CLEAR;
    PT_IGNORE(cap_get_flag(now, read_all, CAP_PERMITTED, &has));
    bool ok = cap_set_flag(keep, CAP_PERMITTED, 1, &read_all, has) == 0 &&
              cap_set_flag(keep, CAP_EFFECTIVE, 1, &read_all, has) == 0 &&
              cap_reset_ambient() == 0 && cap_set_proc(keep) == 0;
    return ok ? PT_OK : refused(e, "capset", errno);
}

static pt_code drop_capabilities(pt_err *e) {
    cap_t now = cap_get_proc();
    cap_t keep = cap_init();
    pt_code code = now && keep ? set_capabilities(now, keep, e) : refused(e, "capget", errno);
    cap_free(now);
    cap_free(keep);
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
    CALL(capset),
    CALL(mknod),
    CALL(mknodat),
};

static int add_rules(scmp_filter_ctx f) {
    int rc = 0;
    for (size_t i = 0; i < PT_COUNT(allowed) && rc == 0; i++)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; i < PT_COUNT(deadly) && rc == 0; i++)
        rc = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    // Unix sockets only. socketpair gives libcurl its wake-up pair.
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
    if (rc == 0)
        rc =
            seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(socketpair), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
    return rc;
}

static pt_code filter_calls(pt_err *e) {
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    int rc = f ? add_rules(f) : -ENOMEM;
    if (rc == 0)
        rc = seccomp_load(f);
    seccomp_release(f);
    return rc == 0 ? PT_OK : refused(e, "seccomp", -rc);
}

pt_code pt_rights_drop(pt_err *e) {
    pt_code code = drop_capabilities(e);
    if (!code && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        code = refused(e, "prctl(PR_SET_NO_NEW_PRIVS)", errno);
    return code ? code : filter_calls(e);
}
