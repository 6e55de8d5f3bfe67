// paratia policy verify: suites of tests for Gatekeeper's policies, as `gator verify` runs them.
#include "cli/policy_verify.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/policy.h"
#include "cli/walk.h"
#include "cli/words.h"

enum {
    FILE_BYTES_MAX = 64 << 20,
    SUITES_MAX = 100000,
};

typedef struct verify {
    const pt_args *args;
    pt_arena arena; // of results
    pt_gk_suite_world world;
    pt_gk_filter *filter;
    pt_verified out;
    bool failed; // something could not be read
} verify;

static void take(verify *v, const pt_gk_suite_result *r) {
    pt_err e = {0};
    pt_gk_suite_result *slot =
        v->out.suites.n < SUITES_MAX ? PT_PUSH(&v->arena, &v->out.suites) : NULL;
    if (slot) {
        *slot = *r;
        return;
    }
    PT_IGNORE(pt_err_set(&e, PT_E_LIMIT, "more than %d suites", SUITES_MAX));
    pt_say_error(&e);
    v->failed = true;
}

// What could not be read stands among the suites: it was not evaluated.
static void failed(verify *v, pt_err *e, const char *path) {
    pt_gk_suite_result r = {.path = pt_arena_str(&v->arena, pt_str_of(path)),
                            .outcome = PT_GK_NOT_EVALUATED,
                            .why = pt_arena_str(&v->arena, pt_str_of(e->what))};
    if (e->line)
        r.why = pt_arena_printf(&v->arena, "line %u: %s", e->line, e->what);
    take(v, &r);
    pt_err_at(e, "%s", path);
    pt_say_error(e);
    v->failed = true;
}

// -- files ----------------------------------------------------------------------------------------

static pt_code read_file(void *ctx, pt_arena *a, pt_str path, pt_str *ret, pt_err *e) {
    (void)ctx;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(FILE_BYTES_MAX);
    pt_str name = pt_arena_str(a, path);
    if (!name.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    PT_AUTO(pt_fd_close) int fd = open(name.p, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    if (!S_ISREG(st.st_mode))
        return pt_err_set(e, PT_E_FORMAT, "is no file");
    pt_code code = pt_fd_read_all(fd, &b, e);
    if (code)
        return code;
    *ret = pt_arena_str(a, pt_buf_str(&b));
    return ret->p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static bool yaml_name(const char *name) {
    return pt_str_ends(pt_str_of(name), PT_STR(".yaml")) ||
           pt_str_ends(pt_str_of(name), PT_STR(".yml"));
}

// A suite that a file may be. `named`: the command line says so, and anything else is an error.
static void run_file(verify *v, const char *path, bool named) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_gk_suite_result r;
    pt_err e = {0};
    pt_str text;
    pt_code code = read_file(NULL, &a, pt_str_of(path), &text, &e);
    if (!code && !named && !pt_str_has(text, PT_STR("test.gatekeeper.sh")))
        return;
    if (!code)
        code = pt_gk_suite_run(&v->arena, pt_str_of(path), text, &v->world, &r, &e);
    if (code == PT_E_ABSENT && !named)
        return;
    if (code) {
        if (code == PT_E_ABSENT)
            pt_err_remedy(&e, "a file with kind: Suite of test.gatekeeper.sh/v1alpha1");
        failed(v, &e, path);
        return;
    }
    take(v, &r);
}

// -- folders --------------------------------------------------------------------------------------

static void walked_file(void *ctx, const char *path) {
    if (yaml_name(path))
        run_file(ctx, path, false);
}

static void walked_failure(void *ctx, const char *path, pt_err *e) {
    failed(ctx, e, path);
}

static void run_path(verify *v, const char *path) {
    pt_str name = pt_str_of(path);
    bool deep = pt_str_eqz(name, "...") || pt_str_ends(name, PT_STR("/..."));
    pt_str folder = deep ? pt_str_sub(name, 0, name.n - 3) : name;
    if (!folder.n)
        folder = PT_STR("./");
    const char *at = pt_arena_printf(&v->arena, "%.*s", PT_PRI(folder)).p;
    struct stat st;
    pt_err e = {0};
    if (!at || stat(at, &st) != 0) {
        PT_IGNORE(pt_err_sys(&e, errno, "cannot be read: %s", pt_errno_text(errno)));
        failed(v, &e, path);
    } else if (S_ISDIR(st.st_mode)) {
        pt_walk_folder(&(pt_walk){v, deep, walked_file, walked_failure}, at);
    } else if (deep) {
        PT_IGNORE(pt_err_set(&e, PT_E_FORMAT, "only folders can be walked, and it is none"));
        failed(v, &e, path);
    } else {
        run_file(v, at, true);
    }
}

// -- the verb -------------------------------------------------------------------------------------

static pt_code read_options(verify *v, pt_err *e) {
    const char *run = pt_args_get(v->args, "run");
    if (v->args->operands_n < 2) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "policy verify needs a SUITE");
        pt_err_remedy(e, "paratia policy verify policies/...");
        return code;
    }
    pt_code code = run && *run ? pt_gk_filter_new(pt_str_of(run), &v->filter, e) : PT_OK;
    if (code) {
        pt_err_at(e, "--run");
        pt_err_remedy(e, "--run 'required-labels//missing', --run '//^nginx$'");
    }
    v->world.filter = v->filter;
    v->out.filtered = v->filter != NULL;
    v->world.timeout_ns = 5 * PT_SECOND_NS;
    return code ? code : pt_args_duration(v->args, "timeout", &v->world.timeout_ns, e);
}

static int exit_of(verify *v) {
    pt_verified_count(&v->out);
    if (v->out.suites.n == 0 && !v->failed) {
        pt_err e = {0};
        PT_IGNORE(pt_err_set(&e, PT_E_ABSENT, "no suite was found: nothing was verified"));
        pt_err_remedy(&e, "DIR/... looks into the folders below it, too");
        pt_say_error(&e);
        v->failed = true;
    }
    if (v->out.failed)
        return PT_EXIT_FINDINGS;
    return v->failed || v->out.not_evaluated || v->out.nothing ? PT_EXIT_FAILED : PT_EXIT_OK;
}

static int run(verify *v, pt_err *e) {
    for (size_t i = 1; i < v->args->operands_n; i++)
        run_path(v, v->args->operands[i]);
    int code = exit_of(v);
    pt_code put = pt_args_flag(v->args, "json")
                      ? pt_verified_put_json(&v->arena, &v->out, e)
                      : pt_verified_put(&v->out, pt_args_flag(v->args, "verbose"), e);
    if (put)
        pt_say_error(e);
    return put ? PT_EXIT_FAILED : code;
}

int pt_policy_verify(const pt_args *args) {
    verify v = {.args = args,
                .world = {.read = read_file, .clock_ns = pt_monotonic_ns, .now_ns = pt_now()}};
    pt_err e = {0};
    pt_code code = read_options(&v, &e);
    if (!code)
        code = pt_rights_drop(&(pt_rights){.read_all = true}, &e);
    int ret = code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
    if (code)
        pt_say_error(&e);
    else
        ret = run(&v, &e);
    pt_gk_filter_free(v.filter);
    pt_arena_done(&v.arena);
    return ret;
}
