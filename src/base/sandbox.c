#include "base/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/rights_impl.h"

enum {
    NOBODY = 65534, // user and group, on Debian and everywhere else
};

#define CALL(name) SCMP_SYS(name)

// What reading and writing open descriptors, the C library's allocator and the end need. Not among
// them: anything that makes a descriptor, a process, a signal or executable memory.
static const int of_jobs[] = {
    CALL(read),        CALL(pread64),    CALL(write),        CALL(close),  CALL(lseek),
    CALL(fstat),       CALL(newfstatat), CALL(brk),          CALL(munmap), CALL(mremap),
    CALL(madvise),     CALL(futex),      CALL(getrandom),    CALL(getpid), CALL(clock_gettime),
    CALL(exit),        CALL(exit_group), CALL(rt_sigreturn), CALL(rseq),   CALL(restart_syscall),
    CALL(sigaltstack), // harmless, and sanitizers end with it: else every test of this would pass
};

// What the server needs beyond it: descriptors that come over its socket, children, and the calls
// by which a child enters its own walls.
static const int of_the_server[] = {
    CALL(recvmsg),        CALL(sendmsg),   CALL(sendto),          CALL(wait4),   CALL(gettid),
    CALL(rt_sigprocmask), CALL(setitimer), CALL(set_robust_list), CALL(prctl),   CALL(prlimit64),
    CALL(setrlimit),      CALL(seccomp),   CALL(rt_sigaction),    CALL(getppid),
};

static int allow(scmp_filter_ctx f, const int *calls, size_t n) {
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
    return rc;
}

// Memory, never executable.
static int allow_memory(scmp_filter_ctx f) {
    static const int calls[] = {CALL(mmap), CALL(mprotect)};
    int rc = 0;
    for (size_t i = 0; i < PT_COUNT(calls) && rc == 0; i++)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, 4 /* PROT_EXEC */, 0));
    return rc;
}

// fork, and nothing else that clone can do: no thread, no namespace. (The flags of clone3 cannot be
// seen: it fails with ENOSYS, and the C library falls back to clone.)
static int allow_fork(scmp_filter_ctx f) {
    const scmp_datum_t harmless = 0x01000000 | 0x00200000 | 0xff; // CHILD_SETTID, CHILD_CLEARTID
    int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(clone), 1,
                              SCMP_A0(SCMP_CMP_MASKED_EQ, ~harmless & UINT32_MAX, 0));
    return rc ? rc : seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);
}

static pt_code filter(bool server, pt_err *e) {
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc = f ? allow(f, of_jobs, PT_COUNT(of_jobs)) : -ENOMEM;
    if (rc == 0)
        rc = allow_memory(f);
    if (rc == 0 && server)
        rc = allow(f, of_the_server, PT_COUNT(of_the_server));
    if (rc == 0 && server)
        rc = allow_fork(f);
    if (rc == 0)
        rc = seccomp_load(f);
    seccomp_release(f);
    return rc == 0 ? PT_OK : pt_rights_refused(e, "seccomp", -rc);
}

// Landlock's rule set as the newest kernel has it; older ones take the beginning of it.
typedef struct ruleset {
    uint64_t files, net, scopes;
} ruleset;

// A rule set without a rule: what it handles is denied. True also where the kernel has no Landlock.
static bool deny_files(void) {
    static const struct {
        long abi;
        uint64_t files;
        size_t bytes;
    } known[] = {{1, 0x1fff, 8},  {2, 0x3fff, 8},  {3, 0x7fff, 8},
                 {4, 0x7fff, 16}, {5, 0xffff, 16}, {6, 0xffff, 24}};
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return true;
    size_t at = PT_COUNT(known) - 1;
    while (at > 0 && known[at].abi > abi)
        at--;
    ruleset r = {.files = known[at].files, .net = 3, .scopes = 3}; // TCP; signals, abstract sockets
    long fd = syscall(SYS_landlock_create_ruleset, &r, known[at].bytes, 0);
    bool ok = fd >= 0 && syscall(SYS_landlock_restrict_self, fd, 0) == 0;
    if (fd >= 0)
        close((int)fd);
    return ok;
}

// Root without capabilities still owns root's files: be nobody. Where user namespaces know no such
// user the other walls must do.
static pt_code be_nobody(pt_err *e) {
    if (geteuid() != 0)
        return PT_OK;
    bool ok = setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
              setresuid(NOBODY, NOBODY, NOBODY) == 0;
    return ok || errno == EINVAL || errno == EPERM ? PT_OK
                                                   : pt_rights_refused(e, "setresuid", errno);
}

pt_code pt_sandbox_serve(pt_err *e) {
    pt_code code = pt_rights_bound(e); // before the user changes: then the right to is gone
    if (!code)
        code = be_nobody(e);
    if (!code)
        code = pt_rights_capabilities(&(pt_rights){0}, e);
    if (!code && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        code = pt_rights_refused(e, "prctl(PR_SET_NO_NEW_PRIVS)", errno);
    if (!code && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) // no core, no /proc/PID/mem
        code = pt_rights_refused(e, "prctl(PR_SET_DUMPABLE)", errno);
    if (!code && !deny_files())
        code = pt_rights_refused(e, "landlock", errno);
    return code ? code : filter(true, e);
}

static bool limit(__rlimit_resource_t what, rlim_t n) {
    return setrlimit(what, &(struct rlimit){n, n}) == 0;
}

pt_code pt_sandbox_enter(const pt_sandbox_limits *l, pt_err *e) {
    const struct itimerval end = {.it_value = {.tv_sec = l->seconds}};
    bool ok = limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NPROC, 0) &&
              limit(RLIMIT_NOFILE, 0) && limit(RLIMIT_MEMLOCK, 0) &&
              limit(RLIMIT_CPU, l->seconds) && (!l->bytes_max || limit(RLIMIT_AS, l->bytes_max)) &&
              setitimer(ITIMER_REAL, &end, NULL) == 0;
    return ok ? filter(false, e) : pt_rights_refused(e, "setrlimit", errno);
}
