#include <limits.h>
#include <stdlib.h>

#include "cli/journey.h"
#include "cli/receipt.h"
#include "cli/scan_record.h"

pt_code pt_scan_record_path(const pt_args *args, pt_arena *a, bool make, pt_str *ret, pt_err *e) {
    char real[PATH_MAX];
    pt_str state = pt_arena_str(a, pt_state_dir(args, a));
    pt_code code = make ? pt_state_need(args, a, &state, e) : PT_OK;
    if (!code && make)
        code = pt_state_make(a, state, e);
    *ret = (pt_str){0};
    if (!code && state.n && realpath(state.p, real))
        *ret = pt_arena_printf(a, "%s/images.db", real);
    return !code && make && !ret->n
               ? pt_err_set(e, PT_E_IO, "no folder for the record of scans: %.*s", PT_PRI(state))
               : code;
}
