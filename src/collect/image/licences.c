#include "collect/image/licences.h"

#include "collect/image/limits.h"
#include "collect/licence/licence.h"

static const char *unreadable(const pt_tar_entry *t, pt_licence_file kind) {
    size_t most =
        kind == PT_LICENCE_DEBIAN ? PT_LICENCE_DEBIAN_BYTES_MAX : PT_LICENCE_TEXT_BYTES_MAX;
    return t->sparse        ? "it is a sparse file"
           : t->size > most ? "it is larger than is read of licences"
                            : NULL;
}

static pt_code tell(pt_walk *w, pt_str path, const pt_licence_reading *says, const char *failed,
                    pt_err *e) {
    pt_obj o = {.a = &w->scratch};
    pt_obj_set(&o, "kind", pt_stringz("licence"));
    if (failed)
        pt_obj_set(&o, "failed", pt_stringz(failed));
    else
        pt_obj_set(&o, "says", pt_string(says->expression));
    if (!failed)
        pt_obj_maybe(&o, "unknown", says->unknown);
    return pt_walk_event(w, &o, "file", path, e);
}

pt_code pt_walk_licence(pt_walk *w, const pt_tar_entry *t, bool *ret, pt_err *e) {
    pt_licence_file kind =
        w->flags & PT_LAYER_LICENCES ? pt_licence_file_of(t->path) : PT_LICENCE_NONE;
    pt_licence_reading says = {.expression = {"", 0}, .unknown = pt_undefined()};
    pt_err its = {0};
    if (kind == PT_LICENCE_NONE)
        return PT_OK;
    if (w->licences == PT_LAYER_FILES_MAX)
        pt_walk_problem(w, "not evaluated", "More licence files than are read of one layer",
                        t->path);
    if (w->licences++ >= PT_LAYER_FILES_MAX)
        return PT_OK;
    *ret = true;
    if (unreadable(t, kind))
        return tell(w, t->path, &says, unreadable(t, kind), e);
    pt_code code = pt_tar_read(&w->tar, &w->content, e);
    if (code)
        return code;
    code = pt_licence_read(&w->scratch, kind, pt_buf_str(&w->content), &says, &its);
    return tell(w, t->path, &says, code ? its.what : NULL, e);
}
