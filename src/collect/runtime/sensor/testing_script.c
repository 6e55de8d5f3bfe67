#include "collect/runtime/sensor/testing_script.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SECONDS_MAX = 20,
};

// Results are the test's to judge; a call that fails is told of, too.
static long call(long nr, long a, long b, long c, long d, long e) {
    return syscall(nr, a, b, c, d, e);
}
#define CALL_5(nr, a, b, c, d, e, ...) \
    call(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))
#define CALL(...) CALL_5(__VA_ARGS__, 0, 0, 0, 0, 0)

static void files(void) {
    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_NO_SYMLINKS};
    long dir = CALL(SYS_openat, AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
    CALL(SYS_open, "one", O_RDWR | O_CREAT, 0640);
    CALL(SYS_openat, dir, "two", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CALL(SYS_openat2, dir, "one", &how, sizeof how);
    CALL(SYS_creat, "../paratia-none/three", 0600);
    CALL(SYS_openat, AT_FDCWD, "/proc/self/../self/status", O_RDONLY);
    CALL(SYS_mkdir, "folder", 0755);
    CALL(SYS_mkdirat, dir, "folder/below", 0700);
    CALL(SYS_symlink, "/etc/shadow", "link");
    CALL(SYS_openat, dir, "link", O_RDONLY | O_NOFOLLOW);
    CALL(SYS_link, "one", "hard");
    CALL(SYS_linkat, dir, "one", AT_FDCWD, "harder", 0);
    CALL(SYS_rename, "hard", "soft");
    CALL(SYS_renameat, dir, "soft", AT_FDCWD, "softer");
    CALL(SYS_chmod, "one", 04755);
    CALL(SYS_fchmodat, dir, "two", 0644);
    CALL(SYS_fchmod, dir, 0700);
    CALL(SYS_unlink, "softer");
    CALL(SYS_unlinkat, dir, "harder", 0);
    CALL(SYS_chdir, "folder");
    CALL(SYS_open, "below/none", O_RDONLY);
    CALL(SYS_fchdir, dir);
    CALL(SYS_rmdir, "folder/below");
    CALL(SYS_close, dir);
}

static struct sockaddr_in loopback(unsigned port) {
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

// The loopback of a network namespace that has just been made is down.
static bool raise_loopback(void) {
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

// Everything stays on the loopback of a network namespace of this process alone.
static void sockets(void) {
    struct sockaddr_in any = loopback(7);
    struct sockaddr_in own = loopback(4242);
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "socket"};
    char byte = 'x';
    long server = CALL(SYS_socket, AF_INET, SOCK_STREAM, 0);
    CALL(SYS_bind, server, &own, sizeof own);
    CALL(SYS_listen, server, 5);
    long client = CALL(SYS_socket, AF_INET, SOCK_STREAM, 0);
    CALL(SYS_connect, client, &own, sizeof own);
    long peer = CALL(SYS_accept4, server, 0, 0, SOCK_CLOEXEC);
    CALL(SYS_dup2, client, 60);
    CALL(SYS_write, client, "hello", 5);
    CALL(SYS_read, peer, &byte, 1);
    long refused = CALL(SYS_socket, AF_INET, SOCK_STREAM, 0);
    CALL(SYS_connect, refused, &any, sizeof any);
    long datagram = CALL(SYS_socket, AF_INET, SOCK_DGRAM, 0);
    syscall(SYS_sendto, datagram, &byte, 1L, 0L, &own, sizeof own);
    long local = CALL(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    CALL(SYS_bind, local, &name, sizeof name);
    CALL(SYS_connect, local, &name, sizeof name);
}

// The gate of 32-bit programs is open to 64-bit ones: pointers must lie low.
static long call_ia32(long nr, const void *a, long b, long c) {
    long ret;
    __asm__ volatile("int $0x80"
                     : "=a"(ret)
                     : "a"(nr), "b"(a), "c"(b), "d"(c)
                     : "memory", "r8", "r9", "r10", "r11");
    return ret;
}

static void of_32_bits(void) {
    char *low =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (low == MAP_FAILED)
        return;
    memcpy(low, "one", sizeof "one");
    call_ia32(5, low, O_RDONLY, 0); // open
    const unsigned args[3] = {AF_INET, SOCK_DGRAM, 0};
    memcpy(low + 64, args, sizeof args);
    call_ia32(102, (const void *)1, (long)(low + 64), 0); // socketcall: socket
}

typedef struct race {
    char path[16];
} race;

// Once the first thread waits in open, for somebody who writes into the pipe, say another name to
// whoever reads it when that call returns.
static void *change_path(void *of) {
    race *r = of;
    usleep(100000);
    memcpy(r->path, "other", sizeof "other");
    int fd = open("pipe", O_WRONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void race_with_open(void) {
    race r = {.path = "pipe"};
    pthread_t other;
    if (mkfifo("pipe", 0600) != 0 || pthread_create(&other, NULL, change_path, &r) != 0)
        return;
    CALL(SYS_openat, AT_FDCWD, r.path, O_RDONLY);
    pthread_join(other, NULL);
}

static void others(void) {
    CALL(SYS_memfd_create, "paratia", 0);
    CALL(SYS_eventfd2, 0, 0);
    CALL(SYS_epoll_create1, 0);
    CALL(SYS_ptrace, PTRACE_ATTACH, 0, 0, 0);
    CALL(SYS_setns, -1, CLONE_NEWNET);
    CALL(SYS_bpf, 5, 0, 0); // BPF_PROG_LOAD
    CALL(SYS_finit_module, -1, "option=1", 0);
    CALL(SYS_mount, "none", "folder", "tmpfs", MS_RDONLY, 0);
    CALL(SYS_umount2, "nowhere", MNT_DETACH);
    CALL(SYS_prctl, PR_SET_NAME, "renamed");
    CALL(SYS_kill, 0, 0);
    CALL(SYS_execve, "/nonexistent/program", ((const char *[]){"zero", "one", "two", NULL}), NULL);
    CALL(SYS_setsid);
    CALL(SYS_setresuid, 1234, 1234, 1234);
    CALL(SYS_setuid, 0);
}

int pt_sensor_script(const char *folder) {
    if (chdir(folder) != 0 || unshare(CLONE_NEWNET | CLONE_NEWNS) != 0)
        return 3;
    alarm(SECONDS_MAX);
    if (!raise_loopback() || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return 4;
    files();
    of_32_bits();
    race_with_open();
    sockets();
    pid_t child = fork();
    if (child == 0)
        _exit(7);
    if (child > 0)
        waitpid(child, NULL, 0);
    others();
    return 5;
}
