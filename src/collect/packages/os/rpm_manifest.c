// var/lib/rpmmanifest/container-manifest-2: what "rpm --query" said of a distroless image of Azure
// Linux (CBL-Mariner), which has no database. Of each package a line, with tabs between
//   name, version-release, time of installation, of building, vendor, (none), size, architecture,
//   epoch, file of the source package
#include "collect/packages/os/os.h"
#include "collect/packages/os/rpm.h"

enum {
    NAME = 0,
    VERSION = 1,
    ARCH = 7,
    EPOCH = 8,
    SOURCE = 9,
    FIELDS = 10,
};

static pt_code put_line(pt_read *r, pt_str line, uint32_t n, pt_err *e) {
    pt_str field[FIELDS] = {{0}};
    size_t fields = 0;
    int64_t epoch = 0;
    while (fields < FIELDS && pt_str_split(&line, '\t', &field[fields]))
        fields++;
    if (fields != FIELDS || line.n || !field[NAME].n ||
        pt_str_find(field[VERSION], '-') == field[VERSION].n) {
        pt_fault_add(r, n, "not a package's line");
        return PT_OK;
    }
    if (pt_str_eqz(field[NAME], "gpg-pubkey"))
        return PT_OK; // keys are kept as if they were packages
    pt_package p = {
        .name = field[NAME], .version = field[VERSION], .architecture = field[ARCH], .line = n};
    if (pt_str_int(field[EPOCH], 10, &epoch) && epoch > 0)
        p.version = pt_arena_printf(r->a, "%lld:%.*s", (long long)epoch, PT_PRI(field[VERSION]));
    pt_rpm_source(r->a, field[SOURCE], &p);
    return pt_package_add(r, &p, e);
}

pt_code pt_read_rpm_manifest(pt_read *r, pt_str text, pt_err *e) {
    pt_code code = PT_OK;
    pt_str line;
    for (uint32_t n = 1; !code && pt_line_next(&text, &line); n++)
        if (line.n)
            code = put_line(r, line, n, e);
    return code;
}
