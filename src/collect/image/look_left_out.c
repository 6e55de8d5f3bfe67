// What dpkg was told not to unpack (dpkg.cfg(5), path-exclude): documentation that is missing for
// that reason is missing on purpose.
#include "collect/image/look_left_out.h"

#include "collect/packages/read.h"

enum {
    PATTERNS_MAX = 32,
};

bool pt_left_out_wants(const pt_walk *w, const pt_tar_entry *t) {
    (void)w;
    return pt_str_starts(t->path, PT_STR("etc/dpkg/dpkg.cfg.d/")) ||
           pt_str_eqz(t->path, "etc/dpkg/dpkg.cfg");
}

// "path-exclude=/usr/share/doc/*", or with blanks.
static pt_str pattern_of(pt_str line) {
    pt_str key = PT_STR("path-exclude");
    line = pt_str_trim(line);
    if (!pt_str_starts(line, key))
        return (pt_str){0};
    pt_str rest = pt_str_trim(pt_str_sub(line, key.n, line.n));
    if (pt_str_starts(rest, PT_STR("=")))
        rest = pt_str_trim(pt_str_sub(rest, 1, rest.n));
    return pt_path_plain(rest);
}

pt_code pt_left_out_see(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e) {
    pt_list l = {.a = &w->scratch};
    pt_str rest = pt_buf_str(&w->content);
    pt_str line;
    (void)e;
    if (!pt_left_out_wants(w, t))
        return PT_OK;
    while (l.items.n < PATTERNS_MAX && pt_line_next(&rest, &line)) {
        pt_str pattern = pattern_of(line);
        if (pattern.n && pt_str_utf8(pattern, NULL))
            pt_list_add(&l, pt_string(pattern));
    }
    if (l.items.n)
        pt_obj_set(seen, "left_out", pt_list_end(&l));
    return PT_OK;
}
