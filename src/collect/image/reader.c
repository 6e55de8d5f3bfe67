#include "collect/image/reader.h"

#include "collect/image/limits.h"

// A database that is known and not read is said to be there: its packages are missing from the
// list.
const pt_reader_row pt_readers[] = {
    {"etc/os-release", "os", pt_read_os_release, NULL},
    {"usr/lib/os-release", "os", pt_read_os_release, NULL},
    {"var/lib/dpkg/status", "deb", pt_read_dpkg, NULL},
    {"var/lib/dpkg/status.d/", "deb", pt_read_dpkg, ".md5sums"},
    {"lib/apk/db/installed", "apk", pt_read_apk, NULL},
    {"usr/lib/apk/db/installed", "apk", pt_read_apk, NULL},
    {"var/lib/rpm/Packages", "rpm", NULL, NULL},
    {"var/lib/rpm/Packages.db", "rpm", NULL, NULL},
    {"var/lib/rpm/rpmdb.sqlite", "rpm", pt_read_rpm_sqlite, NULL},
    {"var/lib/rpm/rpmdb.sqlite-wal", "rpm", NULL, NULL},
    {"usr/lib/sysimage/rpm/Packages", "rpm", NULL, NULL},
    {"usr/lib/sysimage/rpm/Packages.db", "rpm", NULL, NULL},
    {"usr/lib/sysimage/rpm/rpmdb.sqlite", "rpm", pt_read_rpm_sqlite, NULL},
    {"usr/lib/sysimage/rpm/rpmdb.sqlite-wal", "rpm", NULL, NULL},
    {"usr/share/rpm/Packages", "rpm", NULL, NULL},
    {"usr/share/rpm/Packages.db", "rpm", NULL, NULL},
    {"usr/share/rpm/rpmdb.sqlite", "rpm", pt_read_rpm_sqlite, NULL},
    {"usr/share/rpm/rpmdb.sqlite-wal", "rpm", NULL, NULL},
    {"usr/lib/opkg/status", "opkg", NULL, NULL},
    {"var/lib/opkg/status", "opkg", NULL, NULL},
    {"var/lib/chisel/manifest.wall", "chisel", NULL, NULL},
    {"var/lib/pacman/local/ALPM_DB_VERSION", "pacman", NULL, NULL},
    {"var/lib/portage/world", "portage", NULL, NULL},
    {"var/lib/xbps/pkgdb-0.38.plist", "xbps", NULL, NULL},
    {"nix/var/nix/db/db.sqlite", "nix", NULL, NULL},
    {0},
};

const pt_reader_row *pt_reader_of(pt_str path) {
    for (const pt_reader_row *r = pt_readers; r->path; r++) {
        pt_str row = pt_str_of(r->path);
        bool folder = pt_str_ends(row, PT_STR("/"));
        size_t from = folder && pt_str_starts(path, row) ? row.n : path.n;
        pt_str name = pt_str_sub(path, from, path.n);
        bool inside = name.n && pt_str_find(name, '/') == name.n &&
                      !(r->except && pt_str_ends(name, pt_str_of(r->except)));
        if (inside || (!folder && pt_str_eq(path, row)))
            return r;
    }
    return NULL;
}

bool pt_reader_leads(pt_str path) {
    for (const pt_reader_row *r = pt_readers; r->path; r++) {
        pt_str row = pt_str_of(r->path);
        if (path.n == 0 || pt_str_eq(path, row) ||
            (pt_str_starts(row, path) && row.n > path.n && row.p[path.n] == '/'))
            return true;
    }
    return pt_reader_of(path) != NULL;
}

static pt_value maybe(pt_str s) {
    return s.n ? pt_string(s) : pt_undefined();
}

pt_code pt_package_add(pt_read *r, const pt_package *p, pt_err *e) {
    pt_obj o = {.a = r->a};
    if (r->packages.items.n == PT_PACKAGES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u packages", PT_PACKAGES_MAX);
    pt_obj_set(&o, "name", pt_string(p->name));
    pt_obj_set(&o, "version", pt_string(p->version));
    pt_obj_maybe(&o, "architecture", maybe(p->architecture));
    pt_obj_maybe(&o, "source", maybe(p->source));
    pt_obj_maybe(&o, "source_version", maybe(p->source_version));
    pt_list_add(&r->packages, pt_obj_end(&o));
    return r->packages.full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

void pt_fault_add(pt_read *r, uint32_t line, const char *what) {
    if (r->faults.items.n == PT_FAULTS_MAX) // the last one stands for all that follow
        pt_list_add(&r->faults, pt_stringz("and more of the kind"));
    if (r->faults.items.n < PT_FAULTS_MAX)
        pt_list_add(&r->faults, pt_string(pt_arena_printf(r->a, "%s %u: %s",
                                                          r->unit ? r->unit : "line", line, what)));
}

bool pt_line_next(pt_str *rest, pt_str *ret) {
    if (!rest->n || !pt_str_split(rest, '\n', ret))
        return false;
    if (ret->n && ret->p[ret->n - 1] == '\r')
        *ret = pt_str_sub(*ret, 0, ret->n - 1);
    return true;
}
