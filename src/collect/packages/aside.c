#include "collect/packages/aside.h"

static void keep(pt_list *to, const pt_list *from) {
    for (size_t i = 0; i < from->items.n; i++)
        pt_list_add(to, pt_clone(to->a, from->items.v[i]));
}

pt_code pt_read_aside(pt_read *r, pt_str text, pt_reader *fn, size_t room, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena own = {.bytes_max = room};
    pt_read in = *r;
    in.a = &own;
    in.packages = (pt_list){.a = &own};
    in.faults = (pt_list){.a = &own};
    pt_code code = fn(&in, text, e);
    r->unit = in.unit;
    if (code && code != PT_E_NOMEM)
        return code;
    keep(&r->packages, &in.packages);
    keep(&r->faults, &in.faults);
    if (code || own.full)
        pt_fault_add(r, 1, "it needs more memory than there is for it: not all of it is read");
    return r->packages.full || r->faults.full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}
