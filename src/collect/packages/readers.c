#include "collect/packages/readers.h"

const pt_reader_row *const pt_reader_tables[] = {
    pt_binary_readers, pt_golang_readers, pt_dotnet_readers, pt_java_readers,
    pt_node_readers,   pt_php_readers,    pt_ruby_readers,   pt_os_readers,
    pt_python_readers, pt_rust_readers,   pt_misc_readers,   NULL,
};

// -- paths ----------------------------------------------------------------------------------------

// One name against one part of a row: "*" is any number of bytes.
static bool part_fits(pt_str part, pt_str name) {
    size_t p = 0;
    size_t n = 0;
    size_t star = SIZE_MAX; // behind the last one
    size_t from = 0;        // where its bytes end so far
    while (n < name.n) {
        if (p < part.n && part.p[p] == '*') {
            star = ++p;
            from = n;
        } else if (p < part.n && part.p[p] == name.p[n]) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star;
            n = ++from;
        } else
            return false;
    }
    while (p < part.n && part.p[p] == '*')
        p++;
    return p == part.n;
}

// The last part of *path, which is taken off.
static pt_str last_part(pt_str *path) {
    size_t cut = pt_str_rfind(*path, '/');
    pt_str part = cut < path->n ? pt_str_sub(*path, cut + 1, path->n) : *path;
    *path = pt_str_sub(*path, 0, cut < path->n ? cut : 0);
    return part;
}

// From the end of both: "**" gives way to as many names as are needed, and one more "**" before it
// makes what it took good, as with "*".
bool pt_path_fits(pt_str row, pt_str path) {
    pt_str row_at_star = {0};
    pt_str path_at_star = {0};
    bool star = false;
    while (path.n) {
        pt_str row_rest = row;
        pt_str path_rest = path;
        pt_str part = last_part(&row_rest);
        pt_str name = last_part(&path_rest);
        if (pt_str_eqz(part, "**")) {
            row = row_at_star = row_rest;
            path_at_star = path;
            star = true;
        } else if (row.n && part_fits(part, name)) {
            row = row_rest;
            path = path_rest;
        } else if (star) {
            (void)last_part(&path_at_star);
            path = path_at_star;
            row = row_at_star;
        } else
            return false;
    }
    return !row.n || pt_str_eqz(row, "**");
}

bool pt_reader_names(const char *row_path, pt_str path) {
    return pt_path_fits(pt_str_of(row_path), path);
}

bool pt_reader_row_names(const pt_reader_row *r, pt_str path) {
    pt_str row = pt_str_of(r->path);
    pt_str folder = path;
    pt_str name = last_part(&folder);
    if (r->except && pt_str_ends(name, pt_str_of(r->except)))
        return false;
    if (pt_str_ends(row, PT_STR("/")))
        return name.n && pt_str_eq(folder, pt_str_sub(row, 0, row.n - 1));
    return pt_reader_names(r->path, path);
}

const pt_reader_row *pt_reader_of(pt_str path) {
    for (size_t t = 0; pt_reader_tables[t]; t++)
        for (const pt_reader_row *r = pt_reader_tables[t]; r->kind; r++)
            if (r->path && pt_reader_row_names(r, path))
                return r;
    return NULL;
}

bool pt_reader_of_system(const pt_reader_row *row) {
    for (const pt_reader_row *r = pt_os_readers; r->kind; r++)
        if (r == row)
            return true;
    return false;
}
