// By what a guard judges.
#include <string.h>

#include "respond/guard/terms.h"
#include "value/json.h"

enum {
    DIGEST_BYTES_MAX = 1 << 20
};

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

static pt_code add(pt_gk_set *g, const pt_guard_policy *p, pt_err *e) {
    pt_gk_taken taken;
    return p->bound ? pt_gk_add_bound(g, p->doc, p->place, &taken, e)
                    : pt_gk_add(g, p->doc, p->place, &taken, e);
}

pt_code pt_guard_compile_live(pt_arena *a, const pt_guard_policy *policies, size_t n,
                              pt_gk_set **ret, pt_err *e) {
    size_t n_faults;
    *ret = NULL;
    if (!n)
        return PT_OK;
    pt_gk_set *g = pt_gk_new(a);
    pt_code code = g ? PT_OK : pt_err_set(e, PT_E_NOMEM, "no memory for the policies");
    for (size_t i = 0; i < n && !code; i++)
        code = add(g, &policies[i], e);
    if (!code)
        code = pt_gk_end(g, e);
    if (code)
        return code;
    const pt_gk_fault *faults = pt_gk_faults(g, &n_faults);
    for (size_t i = 0; i < n_faults; i++)
        if (!faults[i].bound)
            return refuse(&faults[i], e);
    *ret = g;
    return PT_OK;
}

pt_code pt_guard_compile(pt_arena *a, const pt_guard_policy *policies, size_t n, pt_gk_set **ret,
                         pt_err *e) {
    pt_gk_set *g = NULL;
    pt_code code = pt_guard_compile_live(a, policies, n, &g, e);
    if (!code && g && !pt_gk_counts_of(g).constraints)
        code = pt_err_set(e, PT_E_FORMAT, "the policies have no constraint: they judge nothing");
    *ret = code ? NULL : g;
    return code;
}

pt_guard_policies_id pt_guard_policies_id_of(const pt_gk_set *set) {
    pt_guard_policies_id id = {0};
    if (!set)
        return id;
    pt_str digest = pt_str_sub(pt_gk_digest(set), 0, sizeof id.digest - 1);
    pt_gk_counts counts = pt_gk_counts_of(set);
    id.constraints = counts.constraints;
    id.bound = counts.bound;
    id.broken = counts.broken_constraints;
    memcpy(id.digest, digest.p, digest.n);
    return id;
}

bool pt_guard_copy_list(pt_arena *a, const pt_str **list, size_t n) {
    pt_str *to = PT_NEW(a, pt_str, n);
    for (size_t i = 0; to && i < n; i++) {
        to[i] = pt_arena_str(a, (*list)[i]);
        if (!to[i].p)
            return false;
    }
    *list = to;
    return to != NULL;
}

pt_value pt_guard_list_value(pt_arena *a, const pt_str *list, size_t n) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < n; i++)
        pt_list_add(&l, pt_string(list[i]));
    return pt_list_end(&l);
}

bool pt_guard_scanned_copy(pt_arena *a, pt_scanned_policy *p) {
    p->fail_on = pt_arena_str(a, p->fail_on);
    return p->fail_on.p && pt_guard_copy_list(a, &p->except, p->n_except) &&
           pt_guard_copy_list(a, &p->reasons, p->n_except);
}

pt_value pt_guard_scanned_value(pt_arena *a, const pt_scanned_policy *p) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "age_s", pt_int(p->age_s_max));
    pt_obj_set(&o, "fail_on", pt_string(p->fail_on));
    pt_obj_set(&o, "ignore_unfixed", pt_bool(p->ignore_unfixed));
    pt_obj_set(&o, "warn", pt_bool(p->warns));
    pt_obj_set(&o, "by_name", pt_bool(p->by_name));
    pt_obj_set(&o, "except", pt_guard_list_value(a, p->except, p->n_except));
    return pt_obj_end(&o);
}

bool pt_guard_digest_of(pt_guard_digest *ret, pt_value settings) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(DIGEST_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(sizeof ret->text);
    if (!pt_defined(settings) ||
        pt_json_write(&text, settings, &(pt_json_opts){.canonical = true}, NULL))
        return false;
    pt_str bytes = pt_buf_str(&text);
    pt_hash256 h = pt_sha256(&bytes, 1);
    pt_hex_put(&hex, (pt_str){(const char *)h.b, sizeof h.b});
    memcpy(ret->text, hex.p, hex.n);
    ret->text[hex.n] = '\0';
    return true;
}
