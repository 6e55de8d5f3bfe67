// paratia scan: collect/image (workers) -> the list.
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/rights.h"
#include "cli/scan_show.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "collect/image/image.h"
#include "value/json.h"

const pt_option pt_scan_options[] = {
    {"image", "NAME", "which of several: a name or a digest", NULL, "What"},
    {"root", NULL, "a folder is a root file system", "if it has os-release", NULL},
    {"platform", "OS/ARCH", "which of several platforms", "this machine's", NULL},
    {"json", NULL, "one JSON document on standard output", NULL, "Report"},
    {"quiet", NULL, "only errors and the summary line", NULL, NULL},
    {"color", "WHEN", "auto, always, never; NO_COLOR is heeded", "auto", NULL},
    {"ascii", NULL, "signs in ASCII", NULL, NULL},
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

enum {
    WORKERS_MAX = 4,
    OUT_BYTES_MAX = 512 << 20,
};

typedef struct scan {
    const pt_args *args;
    pt_arena arena;
    pt_worker workers[WORKERS_MAX];
    size_t n;
    pt_value doc;
} scan;

// A folder that anybody may write to (a copy of ours in /tmp) is where somebody else puts a program
// of that name.
static pt_code check_worker(const char *path, pt_err *e) {
    struct stat st;
    if (stat(path, &st) != 0) {
        pt_code code = pt_err_set(e, PT_E_ABSENT, "the program that reads images is missing");
        pt_err_at(e, "%s", path);
        pt_err_remedy(e, "install paratia whole: paratia-worker belongs to it");
        return code;
    }
    if ((st.st_uid == 0 || st.st_uid == geteuid()) && !(st.st_mode & S_IWOTH))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_DENIED, "the program that reads images is somebody else's");
    pt_err_at(e, "%s", path);
    pt_err_remedy(e, "it must be root's or yours, and nobody else's to write");
    return code;
}

// The program that reads: beside this one as it is built, below libexec as it is installed. Not
// looked for anywhere else.
static pt_code find_worker(pt_arena *a, pt_str *ret, pt_err *e) {
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    pt_str own = {self, n > 0 && (size_t)n < sizeof self ? (size_t)n : 0};
    pt_str folder = pt_str_sub(own, 0, pt_str_rfind(own, '/'));
    pt_str beside = pt_arena_printf(a, "%.*s/paratia-worker", PT_PRI(folder));
    pt_str installed = pt_arena_printf(a, "%.*s/../libexec/paratia/paratia-worker", PT_PRI(folder));
    if (!own.n || !beside.p || !installed.p)
        return pt_err_set(e, PT_E_IO, "cannot tell where this program is");
    *ret = access(installed.p, X_OK) == 0 ? installed : beside;
    return check_worker(ret->p, e);
}

// Before anything of the image is opened, and before the right to start programs is given up.
static pt_code start_workers(scan *s, pt_err *e) {
    pt_str program = {0};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t want = cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : (size_t)cores;
    pt_code code = find_worker(&s->arena, &program, e);
    for (; !code && s->n < want; s->n++) {
        code = pt_worker_start(&s->workers[s->n], program.p, e);
        if (code)
            break;
    }
    return code ? code : pt_rights_drop(&(pt_rights){.read_all = true}, e);
}

// Where a pipe's bytes are kept while they are read: large, and not in memory.
static const char *spool_folder(void) {
    const char *dir = getenv("TMPDIR");
    return dir && dir[0] == '/' ? dir : "/var/tmp";
}

static pt_code run(scan *s, pt_err *e) {
    const char *target = s->args->operands[0];
    const pt_image_ask ask = {.target = target,
                              .spool = spool_folder(),
                              .name = pt_args_get(s->args, "image"),
                              .root = pt_args_flag(s->args, "root"),
                              .platform = pt_args_get(s->args, "platform")};
    pt_code code = pt_screen_check(s->args, e);
    if (!code)
        code = start_workers(s, e);
    if (!code) {
        code = pt_image_scan(s->workers, s->n, &ask, &s->arena, &s->doc, e);
        if (code)
            pt_err_at(e, "%s", target);
    }
    for (size_t i = 0; i < s->n; i++)
        pt_worker_done(&s->workers[i]);
    return code;
}

static int exit_of(pt_value doc) {
    pt_str verdict = pt_text(pt_getz(doc, "verdict"));
    return pt_str_eqz(verdict, "pass")   ? PT_EXIT_OK
           : pt_str_eqz(verdict, "fail") ? PT_EXIT_FINDINGS
                                         : PT_EXIT_FAILED;
}

static pt_code put(const scan *s, int64_t ns, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    pt_code code = PT_OK;
    if (pt_args_flag(s->args, "json")) {
        code = pt_json_write(&b, s->doc, &(pt_json_opts){.pretty = true}, e);
        pt_buf_putc(&b, '\n');
    } else {
        pt_terminal t = pt_screen(s->args);
        const pt_scan_shown shown = {.doc = s->doc,
                                     .target = pt_str_of(s->args->operands[0]),
                                     .exit = exit_of(s->doc),
                                     .ns = ns};
        pt_scan_show(&b, &shown, &t);
    }
    if (!code && b.full)
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    return code ? code : pt_put_stdout(pt_buf_str(&b), e);
}

int pt_cmd_scan(const pt_args *args) {
    scan s = {.args = args, .doc = pt_undefined()};
    pt_err e = {0};
    int64_t from = pt_monotonic_ns();
    pt_code code = run(&s, &e);
    if (!code)
        code = put(&s, pt_monotonic_ns() - from, &e);
    int exit = code == PT_E_USAGE ? PT_EXIT_USAGE : code ? PT_EXIT_FAILED : exit_of(s.doc);
    if (code)
        pt_say_error(&e);
    pt_arena_done(&s.arena);
    return exit;
}
