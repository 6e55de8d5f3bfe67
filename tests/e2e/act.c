// act :TAG: VERB ARGUMENT… [-- VERB ARGUMENT…]…: what attacks do, one act at a time, harmless each.
//
// Tests copy it under the name that a rule looks for and run it while `paratia watch` looks on. It
// is static, so that it runs in an image that holds nothing else. TAG stands in the command line
// of what it does, by which a test knows its own alerts. Called with anything else than a tag it
// does nothing: so it also is the program that another one starts.
//
// An act that fails is said on stderr, and the next one is done: a refused call is an event, too.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    WORDS_MAX = 64,
    LINE_BYTES_MAX = 4096,
    PATH_BYTES_MAX = 512,
};

// The socket that the last act made, which `dup` copies.
typedef struct scene {
    int fd;
} scene;

// Zero or more, or -1 with errno. `argv` is NULL-terminated, without the verb.
typedef long act_fn(scene *s, int argc, char **argv);

typedef struct act {
    const char *verb;
    act_fn *fn;
    int argc_min;
} act;

// -- files ----------------------------------------------------------------------------------------

// open PATH FLAGS [MODE]: r read, w write, + both, c create, t truncate, a append, d a folder.
static long act_open(scene *s, int argc, char **argv) {
    static const struct {
        char letter;
        int flag;
    } letters[] = {{'w', O_WRONLY}, {'+', O_RDWR},   {'c', O_CREAT},
                   {'t', O_TRUNC},  {'a', O_APPEND}, {'d', O_DIRECTORY}};
    mode_t mode = argc > 2 ? (mode_t)strtoul(argv[2], NULL, 8) : 0644;
    int flags = O_CLOEXEC;
    (void)s;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        flags |= strchr(argv[1], letters[i].letter) ? letters[i].flag : 0;
    int fd = open(argv[0], flags, mode);
    return fd < 0 ? fd : close(fd);
}

static long act_creat(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    int fd = creat(argv[0], 0644);
    return fd < 0 ? fd : close(fd);
}

static long act_truncate(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return truncate(argv[0], 0);
}

// All of `path` to the file `to`.
static long pour(const char *path, int to) {
    struct stat st;
    long n = -1;
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from >= 0 && fstat(from, &st) == 0)
        n = sendfile(to, from, NULL, (size_t)st.st_size) == st.st_size ? 0 : -1;
    if (from >= 0)
        close(from);
    return n;
}

static long act_copy(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    int to = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    if (to < 0)
        return -1;
    long n = pour(argv[0], to);
    close(to);
    return n;
}

static long act_symlink(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return symlink(argv[0], argv[1]);
}

static long act_link(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return link(argv[0], argv[1]);
}

static long act_unlink(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return unlink(argv[0]);
}

static long act_rename(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return rename(argv[0], argv[1]);
}

static long act_mkdir(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return mkdir(argv[0], 0755);
}

static long act_chmod(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return chmod(argv[1], (mode_t)strtoul(argv[0], NULL, 8));
}

// -- programs -------------------------------------------------------------------------------------

// Runs `path` with the words and waits for it. `fd` >= 0: by execveat of that file.
static long run(const char *path, int fd, char **argv) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        if (fd >= 0)
            syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
        else
            execve(path, argv, environ);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        errno = ENOEXEC;
        return -1;
    }
    return 0;
}

// spawn PATH ARGUMENT…
static long act_spawn(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return run(argv[0], -1, argv);
}

// named PATH ARGV0 ARGUMENT…: with a name of its own choice.
static long act_named(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return run(argv[0], -1, argv + 1);
}

static long act_exec(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return execve(argv[0], argv, environ);
}

// memfd PATH ARGUMENT…: the program is copied to memory and run from there.
static long act_memfd(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    int fd = memfd_create("act", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    long n = pour(argv[0], fd);
    if (n == 0)
        n = run(NULL, fd, argv);
    close(fd);
    return n;
}

static long act_env(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return putenv(argv[0]);
}

static long act_setuid(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return setuid((uid_t)strtoul(argv[0], NULL, 10));
}

static long act_chdir(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return chdir(argv[0]);
}

static long act_sleep(scene *s, int argc, char **argv) {
    long ms = strtol(argv[0], NULL, 10);
    (void)s;
    (void)argc;
    return nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

// -- network --------------------------------------------------------------------------------------

static struct sockaddr_in at(const char *host, const char *port) {
    struct sockaddr_in a = {.sin_family = AF_INET};
    inet_pton(AF_INET, host, &a.sin_addr);
    a.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    return a;
}

// connect ADDRESS PORT [udp]: asked for, never waited for.
static long act_connect(scene *s, int argc, char **argv) {
    struct sockaddr_in to = at(argv[0], argv[1]);
    int type = argc > 2 ? SOCK_DGRAM : SOCK_STREAM;
    s->fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    long n = s->fd < 0 ? -1 : connect(s->fd, (struct sockaddr *)&to, sizeof to);
    return n && errno == EINPROGRESS ? 0 : n;
}

// unix PATH: connects to a socket that may not be there.
static long act_unix(scene *s, int argc, char **argv) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    (void)argc;
    memcpy(to.sun_path, argv[0], strnlen(argv[0], sizeof to.sun_path - 1));
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return s->fd < 0 ? -1 : connect(s->fd, (struct sockaddr *)&to, sizeof to);
}

// sendto ADDRESS PORT: one datagram of a socket that is not connected.
static long act_sendto(scene *s, int argc, char **argv) {
    struct sockaddr_in to = at(argv[0], argv[1]);
    (void)argc;
    s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return s->fd < 0 ? -1 : sendto(s->fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to);
}

// A listener on loopback, and its port.
static int listener(struct sockaddr_in *ret) {
    socklen_t n = sizeof *ret;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *ret = at("127.0.0.1", "0");
    if (fd < 0 || bind(fd, (struct sockaddr *)ret, n) || listen(fd, 1) ||
        getsockname(fd, (struct sockaddr *)ret, &n))
        return -1;
    return fd;
}

// loop: connects to a listener of its own; what is left over is the client's end. Its twin `accept`
// leaves the server's.
static long meet(scene *s, int want_server) {
    struct sockaddr_in here;
    int fd = listener(&here);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || client < 0 || connect(client, (struct sockaddr *)&here, sizeof here))
        return -1;
    int server = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    s->fd = want_server ? server : client;
    return s->fd;
}

static long act_loop(scene *s, int argc, char **argv) {
    (void)argc;
    (void)argv;
    return meet(s, 0);
}

static long act_accept(scene *s, int argc, char **argv) {
    (void)argc;
    (void)argv;
    return meet(s, 1);
}

// dup NUMBER: the last socket becomes that descriptor.
static long act_dup(scene *s, int argc, char **argv) {
    (void)argc;
    return dup2(s->fd, (int)strtol(argv[0], NULL, 10));
}

static long act_packet(scene *s, int argc, char **argv) {
    (void)argc;
    (void)argv;
    s->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    return s->fd;
}

static long act_inet(scene *s, int argc, char **argv) {
    (void)argc;
    (void)argv;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return s->fd;
}

static long act_pair(scene *s, int argc, char **argv) {
    int ends[2];
    (void)argc;
    (void)argv;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return -1;
    s->fd = ends[0];
    return s->fd;
}

// -- the kernel -----------------------------------------------------------------------------------

// setns PATH
static long act_setns(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    int fd = open(argv[0], O_RDONLY | O_CLOEXEC);
    long n = fd < 0 ? -1 : setns(fd, 0);
    if (fd >= 0)
        close(fd);
    return n;
}

static long act_unshare(scene *s, int argc, char **argv) {
    static const struct {
        const char *name;
        int flag;
    } flags[] = {{"user", CLONE_NEWUSER}, {"mnt", CLONE_NEWNS},  {"net", CLONE_NEWNET},
                 {"uts", CLONE_NEWUTS},   {"ipc", CLONE_NEWIPC}, {"files", CLONE_FILES}};
    (void)s;
    (void)argc;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(argv[0], flags[i].name) == 0)
            return unshare(flags[i].flag);
    errno = EINVAL;
    return -1;
}

static long request_of(const char *word, pid_t child) {
    if (strcmp(word, "attach") == 0)
        return ptrace(PTRACE_ATTACH, child, NULL, NULL);
    if (strcmp(word, "seize") == 0)
        return ptrace(PTRACE_SEIZE, child, NULL, NULL);
    return ptrace(PTRACE_PEEKUSER, child, NULL, NULL); // of one that is not traced: ESRCH
}

// ptrace attach|seize|peek|traceme: of its own child, which is ended at once.
static long act_ptrace(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    if (strcmp(argv[0], "traceme") == 0)
        return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    long n = child < 0 ? -1 : request_of(argv[0], child);
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return n;
}

// bpf prog|map: of no instructions, so that nothing is ever loaded; a map of no size.
static long act_bpf(scene *s, int argc, char **argv) {
    union bpf_attr attr = {0};
    (void)s;
    (void)argc;
    return syscall(SYS_bpf, strcmp(argv[0], "prog") == 0 ? BPF_PROG_LOAD : BPF_MAP_CREATE, &attr,
                   sizeof attr);
}

static long act_module(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    (void)argv;
    return syscall(SYS_finit_module, -1, "", 0);
}

// uring ENTRIES: none is refused.
static long act_uring(scene *s, int argc, char **argv) {
    struct io_uring_params p = {0};
    (void)argc;
    s->fd = (int)syscall(SYS_io_uring_setup, (unsigned)strtoul(argv[0], NULL, 10), &p);
    return s->fd;
}

static long act_userfaultfd(scene *s, int argc, char **argv) {
    (void)argc;
    (void)argv;
    s->fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    return s->fd;
}

// mount SOURCE FOLDER TYPE
static long act_mount(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    return mount(argv[0], argv[1], argv[2], 0, NULL);
}

// private FOLDER: from here on in a mount namespace where that folder is empty and of memory.
static long act_private(scene *s, int argc, char **argv) {
    (void)s;
    (void)argc;
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        exit(1); // what follows would be written to the machine's own folder
    if (mount("act", argv[0], "tmpfs", 0, "size=8m"))
        exit(1);
    return 0;
}

// -- scripts --------------------------------------------------------------------------------------

// Words between blanks; `~` is a blank within a word.
static int words_of(char *line, char **ret) {
    int n = 0;
    char *c = line + strspn(line, " ");
    line[strcspn(line, "\n")] = 0;
    while (*c && n < WORDS_MAX - 1) {
        ret[n++] = c;
        c += strcspn(c, " ");
        if (*c)
            *c++ = 0;
        c += strspn(c, " ");
    }
    for (int i = 0; i < n; i++)
        for (c = strchr(ret[i], '~'); c; c = strchr(c, '~'))
            *c = ' ';
    ret[n] = NULL;
    return n;
}

// batch FILE FOLDER: each line a program of that folder and its words, one after the other.
static long act_batch(scene *s, int argc, char **argv) {
    char line[LINE_BYTES_MAX];
    char path[PATH_BYTES_MAX];
    char *words[WORDS_MAX];
    FILE *f = fopen(argv[0], "re");
    (void)s;
    (void)argc;
    if (!f)
        return -1;
    while (fgets(line, sizeof line, f)) {
        if (words_of(line, words) == 0)
            continue;
        int n = snprintf(path, sizeof path, "%s/%s", argv[1], words[0]);
        if (n < 0 || (size_t)n >= sizeof path || run(path, -1, words))
            fprintf(stderr, "act: %s: %s\n", path, strerrorname_np(errno));
    }
    fclose(f);
    return 0;
}

static const act acts[] = {
    {"open", act_open, 2},       {"creat", act_creat, 1},     {"truncate", act_truncate, 1},
    {"copy", act_copy, 2},       {"symlink", act_symlink, 2}, {"link", act_link, 2},
    {"unlink", act_unlink, 1},   {"rename", act_rename, 2},   {"mkdir", act_mkdir, 1},
    {"chmod", act_chmod, 2},     {"spawn", act_spawn, 1},     {"named", act_named, 2},
    {"exec", act_exec, 1},       {"memfd", act_memfd, 1},     {"env", act_env, 1},
    {"setuid", act_setuid, 1},   {"chdir", act_chdir, 1},     {"sleep", act_sleep, 1},
    {"connect", act_connect, 2}, {"unix", act_unix, 1},       {"sendto", act_sendto, 2},
    {"loop", act_loop, 0},       {"accept", act_accept, 0},   {"dup", act_dup, 1},
    {"packet", act_packet, 0},   {"inet", act_inet, 0},       {"pair", act_pair, 0},
    {"setns", act_setns, 1},     {"unshare", act_unshare, 1}, {"ptrace", act_ptrace, 1},
    {"bpf", act_bpf, 1},         {"module", act_module, 0},   {"uring", act_uring, 1},
    {"mount", act_mount, 3},     {"private", act_private, 1}, {"userfaultfd", act_userfaultfd, 0},
    {"batch", act_batch, 2},
};

// One act of the words; false if there is none such.
static int perform(scene *s, int argc, char **argv) {
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (strcmp(acts[i].verb, argv[0]) != 0)
            continue;
        if (argc - 1 < acts[i].argc_min)
            break;
        if (acts[i].fn(s, argc - 1, argv + 1) < 0)
            fprintf(stderr, "act: %s: %s\n", argv[0], strerrorname_np(errno));
        return 1;
    }
    fprintf(stderr, "act: %s: no such act, or too few words\n", argv[0]);
    return 0;
}

int main(int argc, char **argv) {
    scene s = {-1};
    char *words[WORDS_MAX];
    int n = 0;
    if (argc < 3 || argv[1][0] != ':')
        return 0;
    for (int i = 2; i <= argc; i++) {
        int ends = i == argc || strcmp(argv[i], "--") == 0;
        if (!ends && n < WORDS_MAX - 1) {
            words[n++] = argv[i];
            continue;
        }
        words[n] = NULL;
        if (n && !perform(&s, n, words))
            return 2;
        n = 0;
    }
    return 0;
}
