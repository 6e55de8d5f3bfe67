#include "collect/packages/read.h"

static pt_value maybe(pt_str s) {
    return s.n ? pt_string(s) : pt_undefined();
}

static pt_value lines_of(pt_arena *a, const pt_package *p) {
    const pt_value lines[] = {pt_int(p->line), pt_int(p->line_end ? p->line_end : p->line)};
    return p->line ? pt_array_of(a, lines, 2) : pt_undefined();
}

pt_code pt_package_add(pt_read *r, const pt_package *p, pt_err *e) {
    pt_obj o = {.a = r->a};
    const struct {
        const char *key;
        pt_str text;
    } texts[] = {{"type", p->type},       {"name", p->name},
                 {"version", p->version}, {"architecture", p->architecture},
                 {"source", p->source},   {"source_version", p->source_version},
                 {"id", p->id},           {"relationship", p->relationship},
                 {"digest", p->digest}};
    pt_assert(p->name.n > 0);
    if (r->packages.items.n == PT_PACKAGES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u packages", PT_PACKAGES_MAX);
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        pt_obj_maybe(&o, texts[i].key, maybe(texts[i].text));
    if (p->dev)
        pt_obj_set(&o, "dev", pt_bool(true));
    pt_obj_maybe(&o, "licences", p->licences);
    pt_obj_maybe(&o, "depends", p->depends);
    pt_obj_maybe(&o, "lines", lines_of(r->a, p));
    pt_obj_maybe(&o, "more", p->more);
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
