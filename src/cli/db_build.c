// paratia db build: feeds that are here already.
#include "base/instant.h"
#include "base/rights.h"
#include "cli/db.h"
#include "cli/db_compile.h"
#include "cli/db_verbs.h"

static pt_code out_path(const pt_args *args, pt_arena *a, pt_str *ret, pt_err *e) {
    const char *out = pt_args_get(args, "out");
    if (out) {
        *ret = pt_str_of(out);
        return PT_OK;
    }
    return pt_db_place(args, a, ret, e);
}

static pt_code summarize(const pt_args *args, pt_str path, int64_t ns, size_t problems, pt_err *e) {
    pt_index *x = NULL;
    const char *key = pt_args_get(args, "sign");
    pt_code code = pt_index_open(path.p, &x, e);
    if (!code && key)
        code = pt_db_sign(x, path, key, e);
    if (!code)
        code = pt_db_say(x, path, ns, problems, e);
    pt_index_close(x);
    return code;
}

static pt_code build(const pt_args *args, pt_arena *a, pt_err *e) {
    int64_t from = pt_monotonic_ns();
    pt_db_order order = {.paths = args->operands + 1,
                         .paths_n = args->operands_n - 1,
                         .keep_going = pt_args_flag(args, "keep-going")};
    size_t problems = 0;
    pt_str path = {0};
    pt_code code = pt_rights_drop(&(pt_rights){.read_all = true, .threads = true}, e);
    if (!code)
        code = out_path(args, a, &path, e);
    order.out = path.p;
    if (!code)
        code = pt_db_compile(&order, &problems, e);
    return code ? code : summarize(args, path, pt_monotonic_ns() - from, problems, e);
}

int pt_db_build(const pt_args *args) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_err e = {0};
    if (args->operands_n < 2) {
        PT_IGNORE(pt_err_set(&e, PT_E_USAGE, "db build needs folders or files of advisories"));
        pt_err_remedy(&e, "paratia db build FOLDER…");
        pt_say_error(&e);
        return PT_EXIT_USAGE;
    }
    pt_code code = build(args, &a, &e);
    if (code)
        pt_say_error(&e);
    return code == PT_E_USAGE ? PT_EXIT_USAGE : code ? PT_EXIT_FAILED : PT_EXIT_OK;
}
