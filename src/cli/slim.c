// paratia slim: an image (cli/image_input) -> what its process needs (judge/image/closure) -> an
// image of that alone (collect/image/write, cli/slim_layout).
#include "cli/slim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/image_cache.h"
#include "cli/image_input.h"
#include "cli/screen.h"
#include "cli/verbs.h"

const pt_option pt_slim_options[] = {
    {"from", "PLACE", "file, docker, podman, registry", "by its look", "What"},
    {"insecure-registry", NULL, "it may speak without TLS", NULL, NULL},
    {"image", "NAME", "which of several: a name or a digest", NULL, NULL},
    {"platform", "OS/ARCH", "which of several platforms", "this machine's", NULL},
    {"keep", "PATH...", "stays, and what is below it; a pattern as of sh", NULL, "What stays"},
    {"include-shell", NULL, "shells stay", "only those that are needed", NULL},
    {"trace", "FILE", "paths that a run has opened, a line each", NULL, NULL},
    {"db", "FILE", "the advisory index", "made by paratia db update", "Vulnerabilities"},
    {"db-key", "FILE|VKEY", "take no index but one that this key signed", NULL, NULL},
    {"max-age", "TIME", "warn of an advisory index that is older", "7d", NULL},
    {"output", "DIR", "the folder that is made for the new image", NULL, "Result", 'o'},
    {"tag", "NAME", "the new image's name", "none", NULL},
    {"dry-run", NULL, "only say what would be left out", NULL, NULL},
    {"full", NULL, "every package and every file", NULL, "Report"},
    {"json", NULL, "one JSON document on standard output", NULL, NULL},
    {"quiet", NULL, "only errors and the summary line", NULL, NULL},
    {"color", "WHEN", "auto, always, never; NO_COLOR is heeded", "auto", NULL},
    {"ascii", NULL, "signs in ASCII", NULL, NULL},
    PT_CACHE_OPTIONS,
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

#define ARENA_BYTES_MAX ((size_t)4 << 30)

enum {
    TRACE_BYTES_MAX = 64 << 20,
    OUT_BYTES_MAX = 1 << 30,
};

static pt_code usage(pt_err *e, const char *what, const char *remedy) {
    pt_code code = pt_err_set(e, PT_E_USAGE, "%s", what);
    pt_err_remedy(e, "%s", remedy);
    return code;
}

static pt_code check_args(const pt_args *args, pt_err *e) {
    const char *out = pt_args_get(args, "output");
    bool dry = pt_args_flag(args, "dry-run");
    pt_code code = pt_screen_check(args, e);
    if (code)
        return code;
    if (!out && !dry)
        return usage(e, "where to is not said", "--output DIR; or --dry-run, which writes nothing");
    if (out && dry)
        return usage(e, "--dry-run writes nothing", "leave --output or --dry-run out");
    return PT_OK;
}

static pt_code read_trace(pt_slim *s, pt_err *e) {
    const char *path = pt_args_get(s->args, "trace");
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TRACE_BYTES_MAX);
    if (!path)
        return PT_OK;
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno))
                          : pt_fd_read_all(fd, &b, e);
    s->trace = pt_arena_str(&s->a, pt_buf_str(&b));
    if (!code && !s->trace.p)
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (code)
        pt_err_at(e, "%s", path);
    return code;
}

static pt_code refuse(const char *why, pt_value problem, pt_err *e) {
    pt_str what = pt_str_sub(pt_text(pt_getz(problem, "what")), 0, 200);
    pt_str path = pt_str_sub(pt_text(pt_getz(problem, "path")), 0, 200);
    pt_code code =
        pt_err_set(e, PT_E_UNSUPPORTED, "%s%s%.*s", why, what.n ? ": " : "", PT_PRI(what));
    if (path.n)
        pt_err_at(e, "%.*s", PT_PRI(path));
    pt_err_remedy(e, "paratia scan says what");
    return code;
}

// What was not read, or contradicts itself, cannot be said to be needed by nothing. A list of
// packages that is not there, or could not be understood, is no such thing.
static pt_code check_whole(const pt_image_open *o, pt_err *e) {
    pt_value problems = pt_getz(o->doc, "problems");
    pt_value layers = pt_getz(o->doc, "layers");
    for (size_t i = 0; i < pt_len(problems); i++)
        if (pt_str_eqz(pt_text(pt_getz(pt_at(problems, i), "verdict")), "fail"))
            return refuse("the image contradicts itself", pt_at(problems, i), e);
    for (size_t i = 0; i < pt_len(layers); i++)
        if (!pt_true(pt_getz(pt_at(layers, i), "read")))
            return refuse("not all of the image could be read", pt_at(problems, 0), e);
    return o->files->cut ? refuse("it has too many files", pt_undefined(), e) : PT_OK;
}

static void tell_problems(pt_slim *s) {
    pt_value problems = pt_getz(s->open->doc, "problems");
    for (size_t i = 0; i < pt_len(problems); i++) {
        pt_obj o = {.a = &s->a};
        pt_obj_maybe(&o, "what", pt_getz(pt_at(problems, i), "what"));
        pt_obj_maybe(&o, "path", pt_getz(pt_at(problems, i), "path"));
        pt_list_add(&s->closure.doubts, pt_obj_end(&o));
    }
}

static pt_code find_needs(pt_slim *s, pt_err *e) {
    pt_code code = PT_OK;
    const char *keep[PT_VALUES_MAX];
    size_t n = 0;
    for (; n < PT_VALUES_MAX && pt_args_nth(s->args, "keep", n); n++)
        keep[n] = pt_args_nth(s->args, "keep", n);
    const pt_closure_ask ask = {.files = s->open->files,
                                .config = pt_getz(s->config, "config"),
                                .keep = keep,
                                .keep_n = n,
                                .trace = s->trace,
                                .shell = pt_args_flag(s->args, "include-shell")};
    code = pt_closure_make(&ask, &s->a, &s->closure, e);
    s->keep = PT_NEW(&s->a, bool, s->open->files->all.n + 1);
    if (!code && !s->keep)
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && i < s->open->files->all.n; i++)
        s->keep[i] = s->closure.of[i].need != PT_NEED_NONE;
    return code;
}

// While the image is open.
static pt_code slim(void *of, const pt_image_open *o, pt_err *e) {
    pt_slim *s = of;
    pt_value image = pt_getz(o->doc, "image");
    pt_str manifest = pt_text(pt_getz(image, "manifest"));
    s->source = manifest.n ? manifest : pt_text(pt_getz(image, "config"));
    s->open = o;
    pt_code code = check_whole(o, e);
    if (!code)
        code = pt_image_config(o, &s->config, e);
    if (!code)
        code = find_needs(s, e);
    if (!code)
        tell_problems(s);
    if (!code && pt_args_get(s->args, "output"))
        code = pt_slim_write(s, e);
    return code ? code : pt_slim_tell(s, e);
}

static pt_code print(pt_slim *s, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    if (pt_args_flag(s->args, "json"))
        return pt_slim_json(s, &b, e);
    pt_terminal t = pt_screen(s->args);
    pt_slim_show(s, &b, &t);
    return b.full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : pt_put_stdout(pt_buf_str(&b), e);
}

static pt_code run(pt_slim *s, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_files files = {0};
    const pt_image_then then = {.run = slim, .of = s, .looks = PT_LOOK_NEEDS};
    pt_code code = check_args(s->args, e);
    if (!code)
        code = read_trace(s, e);
    if (!code && pt_args_get(s->args, "output"))
        code = pt_slim_begin(s, e);
    if (!code)
        code = pt_scan_target_then(s->args, &s->a, &doc, &files, &then, e);
    return code ? code : print(s, e);
}

int pt_cmd_slim(const pt_args *args) {
    pt_slim s = {.args = args, .folder = -1};
    pt_err e = {0};
    pt_arena_init(&s.a, ARENA_BYTES_MAX);
    pt_code code = run(&s, &e);
    if (code) {
        pt_slim_undo(&s);
        pt_say_error(&e);
    }
    pt_fd_close(&s.folder);
    pt_arena_done(&s.a);
    return !code ? PT_EXIT_OK : code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
}
