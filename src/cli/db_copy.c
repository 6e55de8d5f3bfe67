// paratia db export, import: an index to where there is no network, and from there.
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rights.h"
#include "cli/db.h"
#include "cli/db_verbs.h"
#include "cli/input.h"

// The folders above `path`, which may be the first file of ours there.
static void make_folders(pt_arena *a, pt_str path) {
    for (size_t i = 1; i < path.n; i++) {
        pt_str folder = path.p[i] == '/' ? pt_arena_str(a, pt_str_sub(path, 0, i)) : (pt_str){0};
        if (folder.n)
            PT_IGNORE(mkdir(folder.p, 0755)); // where it cannot be made, writing says so
    }
}

pt_code pt_db_place(const pt_args *args, pt_arena *a, pt_str *ret, pt_err *e) {
    pt_code code = pt_db_path(args, a, true, ret, e);
    if (!code && !pt_args_get(args, "db"))
        make_folders(a, *ret);
    return code;
}

// The signature goes with it; where there is none, none stays behind that was another's.
static pt_code copy_signature(pt_arena *a, pt_str from, pt_str to, pt_err *e) {
    pt_str source = pt_arena_printf(a, "%.*s.sig", PT_PRI(from));
    pt_str target = pt_arena_printf(a, "%.*s.sig", PT_PRI(to));
    pt_str note = {0};
    if (!source.p || !target.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (access(source.p, F_OK) != 0) {
        bool gone = unlink(target.p) == 0 || errno == ENOENT;
        return gone ? PT_OK : pt_err_sys(e, errno, "%s: %s", target.p, pt_errno_text(errno));
    }
    pt_code code = pt_input_text(a, source.p, &note, e);
    return code ? code : pt_file_replace(target.p, note, 0644, e);
}

// Nothing is copied that is damaged, or that --db-key did not sign.
static pt_code copy(const pt_args *args, pt_arena *a, pt_str from, pt_str to, pt_err *e) {
    pt_index *x = NULL;
    const char *key = pt_args_get(args, "db-key");
    pt_code code = pt_index_open(from.p, &x, e);
    if (!code)
        code = pt_index_verify(x, e);
    if (!code && key)
        code = pt_db_check_signature(x, from, key, e);
    if (!code)
        code = pt_file_replace(to.p, pt_index_bytes(x), 0644, e);
    if (!code)
        code = copy_signature(a, from, to, e);
    pt_index_close(x);
    return code;
}

static int run(const pt_args *args, bool import) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str own = {0};
    pt_err e = {0};
    pt_code code = pt_rights_drop(&(pt_rights){.read_all = true}, &e);
    if (!code && args->operands_n != 2) {
        code = pt_err_set(&e, PT_E_USAGE, "db %s needs the name of one file", args->operands[0]);
        pt_err_remedy(&e, "paratia db %s advisories.idx", args->operands[0]);
    }
    if (!code)
        code = import ? pt_db_place(args, &a, &own, &e) : pt_db_path(args, &a, false, &own, &e);
    pt_str other = pt_str_of(code ? "" : args->operands[1]);
    if (!code)
        code = import ? copy(args, &a, other, own, &e) : copy(args, &a, own, other, &e);
    if (!code)
        printf("%s %.*s\n", import ? "imported to" : "exported", PT_PRI(own));
    if (code)
        pt_say_error(&e);
    return pt_db_exit(code);
}

int pt_db_export(const pt_args *args) {
    return run(args, false);
}

int pt_db_import(const pt_args *args) {
    return run(args, true);
}
