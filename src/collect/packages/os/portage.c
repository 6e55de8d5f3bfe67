// A package of Gentoo's var/db/pkg (Package Manager Specification, "The installed package
// database"): a folder CATEGORY/NAME-VERSION with a file for each fact; PF is the folder's name.
#include "collect/packages/os/os.h"

// Is it "1.2b_rc3", with "-r1" behind it or not? (PMS 3.2; what is asked is how it begins.)
static bool is_version(pt_str s) {
    return s.n && s.p[0] >= '0' && s.p[0] <= '9';
}

static bool is_revision(pt_str s) {
    return s.n > 1 && s.p[0] == 'r' && is_version(pt_str_sub(s, 1, s.n));
}

// Where the '-' before the version stands; s.n: there is none.
static size_t version_cut(pt_str s) {
    size_t cut = pt_str_rfind(s, '-');
    if (cut < s.n && is_revision(pt_str_sub(s, cut + 1, s.n))) {
        size_t before = pt_str_rfind(pt_str_sub(s, 0, cut), '-');
        cut = before < cut ? before : s.n;
    }
    return cut < s.n && is_version(pt_str_sub(s, cut + 1, s.n)) ? cut : s.n;
}

static pt_str fact_of(pt_read *r, const char *name) {
    return r->beside ? pt_str_trim(r->beside(r, pt_str_of(name))) : (pt_str){0};
}

// The name of the folder above the package's, or what the file beside says.
static pt_str category_of(pt_read *r) {
    pt_str said = fact_of(r, "CATEGORY");
    pt_str path = r->path;
    for (unsigned i = 0; i < 2; i++) {
        size_t cut = pt_str_rfind(path, '/');
        path = pt_str_sub(path, 0, cut < path.n ? cut : 0);
    }
    size_t cut = pt_str_rfind(path, '/');
    return said.n ? said : pt_str_sub(path, cut < path.n ? cut + 1 : 0, path.n);
}

// CONTENTS: "obj PATH MD5 TIME", "sym PATH -> TARGET TIME", "dir PATH"; a path may have blanks.
static pt_code put_files(pt_read *r, pt_str package, pt_err *e) {
    pt_code code = PT_OK;
    pt_str text = fact_of(r, "CONTENTS");
    pt_str line;
    while (!code && pt_line_next(&text, &line)) {
        pt_str path = pt_str_sub(line, 4, line.n);
        if (pt_str_starts(line, PT_STR("obj ")))
            for (unsigned i = 0; i < 2; i++)
                path = pt_str_sub(path, 0, pt_str_rfind(path, ' '));
        else if (pt_str_starts(line, PT_STR("sym ")))
            path = pt_str_sub(path, 0, pt_str_find_str(path, PT_STR(" -> ")));
        if (path.n)
            code = pt_owns(r, package, (pt_str){0}, path, e);
    }
    return code;
}

pt_code pt_read_portage(pt_read *r, pt_str text, pt_err *e) {
    pt_str whole = pt_str_trim(text);
    pt_str category = category_of(r);
    size_t cut = version_cut(whole);
    if (cut == whole.n || cut == 0) {
        pt_fault_add(r, 1, "not a package's name and version");
        return PT_OK;
    }
    pt_str name = pt_str_sub(whole, 0, cut);
    if (category.n)
        name = pt_arena_printf(r->a, "%.*s/%.*s", PT_PRI(category), PT_PRI(name));
    pt_package p = {.name = name, .version = pt_str_sub(whole, cut + 1, whole.n)};
    pt_code code = pt_package_add(r, &p, e);
    return code ? code : put_files(r, name, e);
}
