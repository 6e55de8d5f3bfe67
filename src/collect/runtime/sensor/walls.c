#include "collect/runtime/sensor/walls.h"

#include <errno.h>
#include <linux/bpf.h>
#include <seccomp.h>
#include <sys/capability.h>
#include <sys/prctl.h>

static const int calls[] = {
    SCMP_SYS(recvmsg),    SCMP_SYS(recvfrom),     SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),     SCMP_SYS(close),        SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
};

static pt_code refused(pt_err *e, const char *what, int sys) {
    return pt_err_set(e, PT_E_UNSUPPORTED, "the sensor cannot give up its rights: %s: %s", what,
                      pt_errno_text(sys));
}

static int filter(void) {
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc = f ? 0 : -ENOMEM;
    for (size_t i = 0; i < PT_COUNT(calls) && rc == 0; i++)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1,
                              SCMP_A0(SCMP_CMP_EQ, BPF_ITER_CREATE));
    if (rc == 0)
        rc = seccomp_load(f);
    seccomp_release(f);
    return rc;
}

pt_code pt_sensor_walls(pt_err *e) {
    // The bounding set matters at execve alone, which the filter does not let happen: as far as we
    // have the right to.
    for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    cap_t none = cap_init();
    int rc = none ? cap_set_proc(none) : -1;
    int sys = errno;
    cap_free(none);
    if (rc != 0)
        return refused(e, "capset", sys);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return refused(e, "prctl", errno);
    rc = filter();
    return rc ? refused(e, "seccomp", -rc) : PT_OK;
}
