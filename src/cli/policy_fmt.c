// paratia policy fmt: modules in the one format.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rights.h"
#include "cli/diff.h"
#include "cli/policy.h"
#include "judge/policy/rego/format.h"

enum {
    FOLDERS_MAX = 256, // within one another
};

typedef struct fmt {
    const pt_args *args;
    pt_rego_version version;
    bool write, list, diff;
    bool changes; // some file is not as it should be
    bool wrong;   // some module has errors
    bool failed;  // something could not be read or written
} fmt;

static void failed(fmt *f, pt_code code, pt_err *e, const char *path) {
    pt_err_at(e, "%s", path);
    pt_say_error(e);
    if (code == PT_E_FORMAT)
        f->wrong = true;
    else
        f->failed = true;
}

// -- one module -----------------------------------------------------------------------------------

// Replaced as a whole, or not at all. A file that is another user's would become ours.
static pt_code write_file(const char *path, pt_str text, pt_err *e) {
    char real[PATH_MAX];
    struct stat st;
    if (!realpath(path, real) || stat(real, &st) != 0)
        return pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
    if (st.st_uid != geteuid())
        return pt_err_set(e, PT_E_DENIED, "the file belongs to another user");
    return pt_file_replace(real, text, st.st_mode & 07777, e);
}

static pt_code put(fmt *f, const char *path, pt_str before, pt_str after, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 30);
    bool changed = !pt_str_eq(before, after);
    f->changes = f->changes || changed;
    if (f->list && changed)
        pt_buf_printf(&b, "%s\n", path);
    if (f->diff && !pt_diff(&b, &a, pt_str_of(path), before, after))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    bool plain = !f->list && !f->diff;
    if (plain && !f->write && !pt_args_flag(f->args, "fail"))
        pt_buf_put(&b, after);
    pt_code code = pt_put_stdout(pt_buf_str(&b), e);
    if (!code && f->write && changed)
        code = write_file(path, after, e);
    return code;
}

static void say(const pt_diagnostics *d, const pt_source *source) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 24);
    for (size_t i = 0; i < d->v.n; i++)
        pt_policy_put(&b, &d->v.v[i], source);
    fprintf(stderr, "%.*s", PT_PRI(pt_buf_str(&b)));
}

static void format(fmt *f, const char *path, pt_str text) {
    pt_err e = {0};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF((size_t)4 * PT_REGO_BYTES_MAX);
    pt_diagnostics d = {.arena = &a};
    pt_source source = {pt_str_of(path), text};
    pt_code code = PT_OK;
    size_t bad;
    if (!pt_str_utf8(text, &bad))
        code = pt_err_set(&e, PT_E_FORMAT, "not UTF-8 at byte %zu", bad);
    else if (pt_format(&out, &source, f->version, &d))
        code = put(f, path, text, pt_buf_str(&out), &e);
    else if (d.full)
        code = pt_err_set(&e, PT_E_NOMEM, "the module needs more memory than the limit");
    f->wrong = f->wrong || d.v.n > 0;
    say(&d, &source);
    if (code)
        failed(f, code, &e, path);
}

// -- files and folders ----------------------------------------------------------------------------

static void format_file(fmt *f, const char *path) {
    pt_err e = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_REGO_BYTES_MAX);
    bool in = strcmp(path, "-") == 0;
    PT_AUTO(pt_fd_close) int opened = in ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    pt_code code = !in && opened < 0
                       ? pt_err_sys(&e, errno, "cannot be read: %s", pt_errno_text(errno))
                       : pt_fd_read_all(in ? STDIN_FILENO : opened, &b, &e);
    if (code)
        failed(f, code, &e, in ? "standard input" : path);
    else
        format(f, in ? "stdin" : path, pt_buf_str(&b));
}

static bool ignored(const fmt *f, const char *name) {
    const char *list;
    char pattern[NAME_MAX + 1];
    for (size_t i = 0; (list = pt_args_nth(f->args, "ignore", i)) != NULL; i++) {
        pt_str rest = pt_str_of(list);
        pt_str one;
        while (pt_str_split(&rest, ',', &one)) {
            snprintf(pattern, sizeof pattern, "%.*s", PT_PRI(one));
            if (one.n < sizeof pattern && fnmatch(pattern, name, 0) == 0)
                return true;
        }
    }
    return false;
}

// NOLINTBEGIN(misc-no-recursion): FOLDERS_MAX
static void walk(fmt *f, const char *path, unsigned depth, bool named);

static void walk_folder(fmt *f, const char *path, unsigned depth) {
    struct dirent **v = NULL;
    pt_err e = {0};
    int n = depth < FOLDERS_MAX ? scandir(path, &v, NULL, alphasort) : -1;
    if (n < 0) {
        pt_code code =
            (depth < FOLDERS_MAX
                 ? pt_err_sys(&e, errno, "cannot be read: %s", pt_errno_text(errno))
                 : pt_err_set(&e, PT_E_LIMIT, "folders are too deep within one another"));
        failed(f, code, &e, path);
        return;
    }
    for (int i = 0; i < n; i++) {
        const char *name = v[i]->d_name;
        bool dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
        char *below = NULL;
        const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
        if (!dots && !ignored(f, name) && asprintf(&below, "%s%s%s", path, slash, name) > 0)
            walk(f, below, depth + 1, false);
        free(below);
        free(v[i]);
    }
    free((void *)v);
}

// Links are followed where the caller named them, as OPA does.
static void walk(fmt *f, const char *path, unsigned depth, bool named) {
    struct stat st;
    pt_err e = {0};
    bool in = named && strcmp(path, "-") == 0;
    if (!in && (named ? stat(path, &st) : lstat(path, &st)) != 0) {
        pt_code code = pt_err_sys(&e, errno, "cannot be read: %s", pt_errno_text(errno));
        failed(f, code, &e, path);
    } else if (!in && S_ISDIR(st.st_mode)) {
        walk_folder(f, path, depth);
    } else if (named || pt_str_ends(pt_str_of(path), PT_STR(".rego"))) {
        format_file(f, path);
    }
}
// NOLINTEND(misc-no-recursion)

// -- the verb -------------------------------------------------------------------------------------

static pt_code check_words(const fmt *f, pt_err *e) {
    bool in = f->args->operands_n < 2;
    for (size_t i = 1; i < f->args->operands_n; i++)
        in = in || strcmp(f->args->operands[i], "-") == 0;
    if (f->write && (f->list || f->diff))
        return pt_err_set(e, PT_E_USAGE, "--write does not go together with --list or --diff");
    if (f->write && in)
        return pt_err_set(e, PT_E_USAGE, "--write needs files: standard input cannot be replaced");
    return PT_OK;
}

int pt_policy_fmt(const pt_args *args) {
    pt_err e = {0};
    fmt f = {.args = args,
             .version = pt_policy_version(args),
             .write = pt_args_flag(args, "write"),
             .list = pt_args_flag(args, "list"),
             .diff = pt_args_flag(args, "diff")};
    pt_code code = check_words(&f, &e);
    if (!code) {
        umask(0); // files keep their mode
        code = pt_rights_drop(&(pt_rights){.read_all = true}, &e);
    }
    if (code) {
        pt_say_error(&e);
        return code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
    }
    if (args->operands_n < 2)
        walk(&f, "-", 0, true);
    for (size_t i = 1; i < args->operands_n; i++)
        walk(&f, args->operands[i], 0, true);
    if (f.failed)
        return PT_EXIT_FAILED;
    bool unwanted = f.changes && pt_args_flag(args, "fail");
    return f.wrong || unwanted ? PT_EXIT_FINDINGS : PT_EXIT_OK;
}
