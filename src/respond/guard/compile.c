// The policies that a guard judges by: all of them, or none.
#include "respond/guard/terms.h"

static pt_code refuse(const pt_gk_fault *f, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "%.*s %.*s is not evaluated: %.*s", PT_PRI(f->kind),
                              PT_PRI(f->name), PT_PRI(f->message));
    pt_err_remedy(e, f->unsupported ? "leave it out" : "repair it, or leave it out");
    if (f->place.file.n)
        pt_err_at(e, "%.*s", PT_PRI(f->place.file));
    if (e) {
        e->line = f->place.line;
        e->column = f->place.column;
    }
    return code;
}

pt_code pt_guard_compile(pt_arena *a, const pt_guard_policy *policies, size_t n, pt_gk_set **ret,
                         pt_err *e) {
    pt_gk_taken taken;
    size_t n_faults;
    *ret = NULL;
    if (!n)
        return PT_OK;
    pt_gk_set *g = pt_gk_new(a);
    pt_code code = g ? PT_OK : pt_err_set(e, PT_E_NOMEM, "no memory for the policies");
    for (size_t i = 0; i < n && !code; i++)
        code = pt_gk_add(g, policies[i].doc, policies[i].place, &taken, e);
    if (!code)
        code = pt_gk_end(g, e);
    if (code)
        return code;
    const pt_gk_fault *faults = pt_gk_faults(g, &n_faults);
    if (n_faults)
        return refuse(&faults[0], e);
    if (!pt_gk_counts_of(g).constraints)
        return pt_err_set(e, PT_E_FORMAT, "the policies have no constraint: they judge nothing");
    *ret = g;
    return PT_OK;
}
