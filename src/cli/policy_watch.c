// paratia policy test --watch: the tests again whenever a file that they may read has changed.
//
// This process reads names of folders and nothing else. Each run is a child of its own, which gives
// up its rights before it reads a policy.
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/policy_tests.h"

#define QUIET_MS 100 // an editor writes in several steps

static atomic_bool ended;

static void on_end(int sig) {
    (void)sig;
    atomic_store(&ended, true);
}

static void at_end(void (*handler)(int)) {
    const struct sigaction act = {.sa_handler = handler}; // without SA_RESTART: poll returns
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
}

// The folder and all below it. Links to folders are not followed, as the loader does not.
// NOLINTNEXTLINE(misc-no-recursion): PT_LOAD_FOLDERS_MAX deep
static pt_code add_folder(int fd, pt_arena *a, const char *path, unsigned depth, pt_err *e) {
    static const uint32_t mask = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR;
    if (inotify_add_watch(fd, path, mask) < 0)
        return pt_err_sys(e, errno, "--watch: %s cannot be watched", path);
    DIR *d = opendir(path);
    if (!d)
        return pt_err_sys(e, errno, "--watch: %s cannot be read", path);
    pt_code code = PT_OK;
    for (struct dirent *x; !code && (x = readdir(d)) != NULL;) {
        if (x->d_type != DT_DIR || strcmp(x->d_name, ".") == 0 || strcmp(x->d_name, "..") == 0)
            continue;
        pt_str below = pt_arena_printf(a, "%s/%s", path, x->d_name);
        if (!below.p || depth == PT_LOAD_FOLDERS_MAX)
            code = pt_err_set(e, PT_E_LIMIT, "--watch: %s has too many folders below it", path);
        else
            code = add_folder(fd, a, below.p, depth + 1, e);
    }
    closedir(d);
    return code;
}

// A file is watched by its folder: editors put another one in its place.
static pt_code add_path(int fd, pt_arena *a, const char *path, pt_err *e) {
    struct stat st;
    const char *colon = strchr(path, ':'); // a.b:PATH, file://PATH
    path = colon && stat(path, &st) != 0 ? colon + 1 : path;
    pt_str folder = pt_str_of(path);
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        size_t slash = pt_str_rfind(folder, '/');
        folder = slash < folder.n ? pt_arena_str(a, pt_str_sub(folder, 0, slash + 1)) : PT_STR(".");
    }
    return folder.p ? add_folder(fd, a, folder.p, 0, e)
                    : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code add_all(const pt_args *args, int fd, pt_err *e) {
    static const char *const options[] = {"data", "bundle", "schema"};
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 1 << 26};
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "--watch: no inotify") : PT_OK;
    const char *path;
    for (size_t i = 1; i < args->operands_n && !code; i++)
        code = add_path(fd, &a, args->operands[i], e);
    for (size_t o = 0; o < PT_COUNT(options); o++)
        for (size_t i = 0; (path = pt_args_nth(args, options[o], i)) != NULL && !code; i++)
            code = add_path(fd, &a, path, e);
    return code;
}

static bool counts(const struct inotify_event *x) {
    static const char *const ends[] = {".rego", ".json", ".yaml", ".yml", ".tar.gz"};
    for (size_t i = 0; i < PT_COUNT(ends) && x->len; i++)
        if (pt_str_ends(pt_str_of(x->name), pt_str_of(ends[i])))
            return true;
    return x->mask & (IN_ISDIR | IN_Q_OVERFLOW);
}

// Read what there is. True: something changed that the tests may read.
static bool read_changes(int fd) {
    _Alignas(struct inotify_event) char room[1 << 12];
    ssize_t n = read(fd, room, sizeof room);
    bool any = false;
    for (ssize_t at = 0; at < n;) {
        const struct inotify_event *x = (const void *)(room + at);
        any = any || counts(x);
        at += (ssize_t)(sizeof *x + x->len);
    }
    return any;
}

// Until something has changed, and then nothing more for a while; or it is to end.
static void wait_for_change(int fd) {
    bool changed = false;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (!atomic_load(&ended)) {
        int n = poll(&p, 1, changed ? QUIET_MS : -1);
        if (n > 0)
            changed = read_changes(fd) || changed;
        else if (n == 0)
            return;
    }
}

static pt_code run_once(const pt_args *args, int (*run)(const pt_args *args), pt_err *e) {
    pid_t child = fork();
    if (child == 0) {
        at_end(SIG_DFL);
        _exit(run(args));
    }
    if (child < 0)
        return pt_err_sys(e, errno, "--watch: no process for the tests");
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue; // a run that is on ends by itself
    return PT_OK;
}

int pt_policy_watch(const pt_args *args, int (*run)(const pt_args *args)) {
    pt_err e = {0};
    pt_code code = PT_OK;
    at_end(on_end);
    while (!code && !atomic_load(&ended)) {
        PT_AUTO(pt_fd_close) int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        code = add_all(args, fd, &e); // before the run, so that no change is missed
        if (!code)
            code = run_once(args, run, &e);
        if (code || atomic_load(&ended))
            break;
        fprintf(stderr,
                "-- waiting for changes; Ctrl-C ends ------------------------------------\n");
        wait_for_change(fd);
    }
    if (code)
        pt_say_error(&e);
    return code ? PT_EXIT_FAILED : PT_EXIT_OK;
}
