// Trying to leave the sandbox: what must not work is asserted call by call. (No limit of address
// space: AddressSanitizer cannot live with one.)
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "base/testing.h"

typedef long attempt(void);

static long by_ptrace(void) {
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}
static long by_socket(void) {
    return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}
static long by_unix_socket(void) {
    return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
}
static long by_open(void) {
    return syscall(SYS_open, "/etc/shadow", O_RDONLY, 0);
}
static long by_openat(void) {
    return syscall(SYS_openat, AT_FDCWD, "/etc/shadow", O_RDONLY, 0);
}
static long by_openat2(void) {
    uint64_t how[3] = {0};
    return syscall(SYS_openat2, AT_FDCWD, "/etc/shadow", how, sizeof how);
}
static long by_setns(void) {
    return syscall(SYS_setns, 0, 0);
}
static long by_unshare(void) {
    return syscall(SYS_unshare, 0x10000000);
}
static long by_execve(void) {
    char *argv[] = {(char[]){"/bin/true"}, NULL};
    return execve(argv[0], argv, argv + 1);
}
static long by_bpf(void) {
    return syscall(SYS_bpf, 0, NULL, 0);
}
static long by_io_uring(void) {
    return syscall(SYS_io_uring_setup, 1, NULL);
}
static long by_kill(void) {
    return kill(getppid(), SIGTERM);
}
static long by_memfd(void) {
    return syscall(SYS_memfd_create, "x", 0);
}
// Of a file that is open already, as the job's own is.
static long by_execveat(void) {
    char *argv[] = {(char[]){"x"}, NULL};
    return syscall(SYS_execveat, 9, "", argv, argv + 1, AT_EMPTY_PATH);
}
static long by_code_in_memory(void) {
    return syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static long by_making_memory_code(void) {
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return syscall(SYS_mprotect, p, 4096, PROT_READ | PROT_EXEC);
}
static long by_fork(void) {
    return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}
static long by_vm_readv(void) {
    return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}
static long by_mount(void) {
    return syscall(SYS_mount, "x", "/", "tmpfs", 0, NULL);
}
static long by_keyctl(void) {
    return syscall(SYS_keyctl, 0, 0);
}

static const struct {
    const char *name;
    attempt *try;
} attempts[] = {
    {"ptrace", by_ptrace},
    {"socket of the internet", by_socket},
    {"socket of this machine", by_unix_socket},
    {"open of /etc/shadow", by_open},
    {"openat of /etc/shadow", by_openat},
    {"openat2 of /etc/shadow", by_openat2},
    {"setns", by_setns},
    {"unshare", by_unshare},
    {"execve", by_execve},
    {"bpf", by_bpf},
    {"io_uring", by_io_uring},
    {"kill of the parent", by_kill},
    {"memfd to execute", by_memfd},
    {"execveat of an open file", by_execveat},
    {"mmap of code", by_code_in_memory},
    {"mprotect to code", by_making_memory_code},
    {"fork", by_fork},
    {"process_vm_readv", by_vm_readv},
    {"mount", by_mount},
    {"keyctl", by_keyctl},
};

enum {
    LEFT = 77, // the attempt went well
    OUTSIDE = 78,
};

// The status of a child in the sandbox (`server`: of the server alone) that tries `t`.
static int try_inside(attempt *t, bool server) {
    pid_t pid = fork();
    if (pid == 0) {
        if (pt_sandbox_serve(NULL))
            _exit(OUTSIDE);
        if (!server && pt_sandbox_enter(&(pt_sandbox_limits){.seconds = 5}, NULL))
            _exit(OUTSIDE);
        long got = t();
        _exit(got >= 0 ? LEFT : errno == EPERM || errno == EACCES ? 0 : OUTSIDE);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static bool stopped(int status) {
    return (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) ||
           (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_job_that_tries_to_leave_is_killed(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(attempts); i++) {
        int status = try_inside(attempts[i].try, false);
        if (!stopped(status))
            fail_msg("%s: status %x", attempts[i].name, status);
    }
}

static void test_server_that_tries_to_leave_is_killed(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(attempts); i++) {
        int status = attempts[i].try == by_fork ? 0 : try_inside(attempts[i].try, true);
        if (!stopped(status))
            fail_msg("%s: status %x", attempts[i].name, status);
    }
}

static long by_thread(void) {
    return syscall(SYS_clone, 0x10900, NULL, NULL, NULL, NULL);
}
static long by_namespace(void) {
    return syscall(SYS_clone, 0x10000000 | SIGCHLD, NULL, NULL, NULL, NULL);
}

static void test_server_forks_and_nothing_else(void **state) {
    (void)state;
    assert_true(stopped(try_inside(by_thread, true)));
    assert_true(stopped(try_inside(by_namespace, true)));
    assert_int_equal(WEXITSTATUS(try_inside(by_fork, true)), LEFT);
}

// What it may do works: a wall that kills everything proves nothing.
static long by_memory(void) {
    char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED && munmap(p, 1 << 20) == 0 && write(2, "", 0) == 0 ? 0 : -1;
}

static void test_job_has_memory_and_its_descriptors(void **state) {
    (void)state;
    assert_int_equal(WEXITSTATUS(try_inside(by_memory, false)), LEFT);
}

static long for_ever(void) {
    volatile bool on = true;
    while (on)
        ;
    return 0;
}

static void test_job_without_end_is_ended(void **state) {
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        if (pt_sandbox_enter(&(pt_sandbox_limits){.seconds = 1}, NULL))
            _exit(OUTSIDE);
        _exit((int)for_ever());
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_true(WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGXCPU ||
                WTERMSIG(status) == SIGKILL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_job_that_tries_to_leave_is_killed),
        cmocka_unit_test(test_server_that_tries_to_leave_is_killed),
        cmocka_unit_test(test_server_forks_and_nothing_else),
        cmocka_unit_test(test_job_has_memory_and_its_descriptors),
        cmocka_unit_test(test_job_without_end_is_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
