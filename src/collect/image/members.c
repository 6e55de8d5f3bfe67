// The members of a tar that holds an image (docker save, an OCI layout): names and places, their
// content skipped. Result: {"members": [{"name", "offset", "size"} | {"name", "link"}, …]}.
#include "collect/image/jobs.h"
#include "collect/image/limits.h"
#include "collect/image/stream.h"
#include "collect/image/tar.h"

static pt_value member_of(pt_arena *a, const pt_tar_entry *t, uint64_t base) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "name", pt_string(pt_arena_str(a, t->path)));
    if (t->type == PT_TAR_FILE) {
        pt_obj_set(&o, "offset", pt_int((int64_t)(base + t->offset)));
        pt_obj_set(&o, "size", pt_int((int64_t)t->size));
    } else {
        pt_obj_set(&o, "link", pt_string(pt_arena_str(a, t->link)));
        pt_obj_set(&o, "hard", pt_bool(t->type == PT_TAR_HARD_LINK));
    }
    return pt_obj_end(&o);
}

static pt_code take(pt_list *l, const pt_tar_entry *t, uint64_t base, pt_err *e) {
    bool counts =
        t->type == PT_TAR_FILE || t->type == PT_TAR_SYMLINK || t->type == PT_TAR_HARD_LINK;
    if (t->climbs)
        return pt_err_set(e, PT_E_FORMAT, "a name leads out of the archive: \"%.*s\"",
                          PT_PRI(pt_str_sub(t->path, 0, 80)));
    if (t->type == PT_TAR_FILE && t->sparse)
        return pt_err_set(e, PT_E_FORMAT, "a member is a sparse file, which no image has");
    if (!counts)
        return PT_OK;
    if (l->items.n == PT_MEMBERS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u files in the archive", PT_MEMBERS_MAX);
    pt_list_add(l, member_of(l->a, t, base));
    return l->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

pt_code pt_job_members(const pt_job *j, int in, pt_answer *ret, pt_err *e) {
    pt_obj *o = &ret->o;
    pt_stream s = {0};
    pt_list l = {.a = o->a};
    bool end = false;
    pt_code code = pt_stream_open(&s, o->a, in, j->offset, j->size, e);
    pt_tar t = {.flow = &s.flow};
    if (!code && s.state) {
        code = pt_err_set(e, PT_E_UNSUPPORTED, "the archive is compressed as a whole (%s)",
                          s.compression);
    } else if (!code)
        pt_stream_seek(&s);
    while (!code && !end) {
        pt_tar_entry entry;
        code = pt_tar_next(&t, &entry, &end, e);
        if (!code && !end)
            code = take(&l, &entry, j->offset, e);
    }
    pt_obj_set(o, "members", pt_list_end(&l));
    pt_tar_done(&t);
    pt_stream_done(&s);
    return code;
}
