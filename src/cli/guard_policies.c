// Gatekeeper's policies for the guard, from files and folders.
#include <errno.h>
#include <string.h>

#include "cli/guard.h"
#include "collect/manifest/manifest.h"

typedef struct reading {
    pt_guard_policies *ret;
    pt_arena *a;
    pt_str file; // the last one, which was looked at
    pt_code code;
    pt_err *e;
} reading;

static bool no_room(reading *r) {
    r->code = pt_err_set(r->e, PT_E_NOMEM, "the policies need more memory than the limit");
    return false;
}

// Whose file is it? Once for each.
static bool is_owned(reading *r, pt_str file) {
    struct stat st;
    if (r->file.p && pt_str_eq(r->file, file))
        return true;
    r->file = pt_arena_str(r->a, file); // ends with a NUL
    if (!r->file.p)
        return no_room(r);
    if (stat(r->file.p, &st) != 0)
        r->code = pt_err_sys(r->e, errno, "%s: %s", r->file.p, pt_errno_text(errno));
    else
        r->code = pt_guard_owned(r->file.p, &st, r->e);
    return !r->code;
}

static bool take_object(void *ctx, const pt_object *o) {
    reading *r = ctx;
    if (!is_owned(r, o->file))
        return false;
    pt_guard_policy *p = PT_PUSH(r->a, r->ret);
    if (!p)
        return no_room(r);
    *p = (pt_guard_policy){pt_clone(r->a, o->doc), {r->file, o->line, 1}};
    return pt_defined(p->doc) || no_room(r);
}

// What is no object is no policy (a kustomization); what cannot be read might be one.
static bool take_problem(void *ctx, const pt_manifest_problem *p) {
    reading *r = ctx;
    if (p->kind == PT_PROBLEM_NO_OBJECT)
        return true;
    *r->e = p->err;
    r->e->line = p->place.line;
    pt_err_at(r->e, "%.*s", PT_PRI(p->place.file));
    r->code = PT_E_FORMAT;
    return false;
}

pt_code pt_guard_policies_read(pt_guard_policies *ret, pt_arena *a, pt_str path, pt_err *e) {
    pt_str name = pt_arena_str(a, path);
    reading r = {.ret = ret, .a = a, .e = e};
    pt_manifest_sink sink = {.ctx = &r, .object = take_object, .problem = take_problem};
    pt_manifest_counts counts = {0};
    struct stat st;
    if (!name.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (stat(name.p, &st) != 0)
        return pt_err_sys(e, errno, "%s: %s", name.p, pt_errno_text(errno));
    pt_code code = pt_guard_owned(name.p, &st, e);
    if (!code)
        code = pt_manifest_read(name.p, &sink, &counts, e);
    return code ? code : r.code;
}
