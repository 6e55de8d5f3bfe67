#include <stdlib.h>
#include <unistd.h>

#include "cli/db.h"

#define SYSTEMS "/var/lib/paratia/advisories.idx"

// Empty: none can be found.
static pt_str own(pt_arena *a) {
    const char *xdg = getenv("XDG_DATA_HOME");
    if (xdg && xdg[0] == '/')
        return pt_arena_printf(a, "%s/paratia/advisories.idx", xdg);
    const char *home = getenv("HOME");
    return home && home[0] == '/'
               ? pt_arena_printf(a, "%s/.local/share/paratia/advisories.idx", home)
               : (pt_str){0};
}

pt_code pt_db_path(const pt_args *args, pt_arena *a, bool write, pt_str *ret, pt_err *e) {
    const char *given = pt_args_get(args, "db");
    pt_str path = given || geteuid() == 0 ? pt_str_of(given ? given : SYSTEMS) : own(a);
    bool is_there = path.n && access(path.p, F_OK) == 0;
    if (!given && !write && !is_there && access(SYSTEMS, F_OK) == 0)
        path = PT_STR(SYSTEMS);
    if (!path.n) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "no folder for the advisory index is known");
        pt_err_at(e, "neither XDG_DATA_HOME nor HOME holds an absolute path");
        pt_err_remedy(e, "set HOME, or name a file: --db FILE");
        return code;
    }
    *ret = path;
    return PT_OK;
}
