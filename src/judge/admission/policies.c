// Gatekeeper's policies, and its own objects: as its webhook validation.gatekeeper.sh answers.
#include "judge/admission/admission_impl.h"
#include "value/path.h"

// -- what they find -------------------------------------------------------------------------------

static pt_str line_of(pt_admission_case *c, const pt_gk_violation *x) {
    const char *but = x->late    ? "it could not be judged in time: "
                      : x->error ? "it could not be judged: "
                                 : "";
    return pt_arena_printf(c->a, "[%.*s] %s%.*s", PT_PRI(x->constraint->name), but,
                           PT_PRI(x->message));
}

static void take_violation(pt_admission_case *c, const pt_gk_violation *x) {
    // What mends policies must be able to come in, whatever is broken.
    bool mends = x->constraint->broken.p && pt_str_ends(c->r->group, PT_STR(".gatekeeper.sh"));
    bool open = x->error && (x->constraint->open_on_error || mends);
    if (x->action == PT_GK_WARN || (x->action == PT_GK_DENY && open))
        pt_admission_warn(c, line_of(c, x));
    if (x->action != PT_GK_DENY || open)
        return;
    if (x->late)
        pt_admission_deny(c, PT_ADMISSION_LATE, 500, line_of(c, x));
    else if (x->error)
        pt_admission_deny(c, PT_ADMISSION_UNJUDGED, 500, line_of(c, x));
    else
        pt_admission_deny(c, PT_ADMISSION_DENIED, 403, line_of(c, x));
}

static pt_code judge(pt_admission_case *c, pt_err *e) {
    pt_gk_review review = {.request = c->r->request,
                           .namespace = c->namespace,
                           .inventory = c->w->inventory,
                           .point = PT_GK_ADMISSION,
                           .deadline_ns = c->w->deadline_ns,
                           .now_ns = c->w->now_ns,
                           .seed = c->w->seed};
    pt_err why = {0};
    pt_code code = pt_gk_judge_review(c->w->judge, c->a, &review, &c->v->policies, &why);
    if (code == PT_E_FORMAT) {
        pt_admission_deny(c, PT_ADMISSION_UNJUDGED, 500,
                          pt_arena_printf(c->a, "policies cannot judge it: %s", why.what));
        return PT_OK;
    }
    if (code)
        return pt_err_set(e, PT_E_NOMEM, "%s", why.what);
    for (size_t i = 0; i < c->v->policies.violations.n; i++)
        take_violation(c, &c->v->policies.violations.v[i]);
    return PT_OK;
}

// -- its own objects ------------------------------------------------------------------------------

// Nothing of it changed that counts: what goes away must be able to, however broken it is.
static bool is_settled(const pt_admission_request *r) {
    static const char *const PARTS[] = {"spec", "metadata.annotations", "apiVersion"};
    bool same = pt_defined(r->old_object);
    for (size_t i = 0; same && i < PT_COUNT(PARTS); i++) {
        pt_value before = pt_path_get(r->old_object, PARTS[i]);
        pt_value now = pt_path_get(r->object, PARTS[i]);
        same = pt_defined(before) == pt_defined(now) && (!pt_defined(now) || pt_eq(before, now));
    }
    return same;
}

static pt_code judge_own(pt_admission_case *c, pt_err *e) {
    const pt_admission_request *r = c->r;
    pt_gk_fault fault;
    pt_gk_taken taken;
    if (!pt_str_ends(r->group, PT_STR(".gatekeeper.sh")) || r->subresource.n ||
        !pt_admission_writes(r) || is_settled(r))
        return PT_OK;
    pt_code code = pt_gk_try(c->p->policies, c->a, r->object, &taken, &fault, e);
    if (code || !fault.message.p)
        return code;
    pt_str line = pt_arena_printf(c->a, "%.*s %.*s: %.*s", PT_PRI(fault.kind), PT_PRI(fault.name),
                                  PT_PRI(fault.message));
    if (fault.unsupported)
        pt_admission_warn(
            c, pt_arena_printf(c->a, "%.*s: it is kept, and not evaluated here", PT_PRI(line)));
    else
        pt_admission_deny(c, PT_ADMISSION_DENIED, 422,
                          fault.row ? pt_arena_printf(c->a, "%.*s (%.*s, line %u)", PT_PRI(line),
                                                      PT_PRI(fault.path), fault.row)
                                    : line);
    return PT_OK;
}

pt_code pt_admission_by_policies(pt_admission_case *c, pt_err *e) {
    pt_code code = c->p->policies ? judge(c, e) : PT_OK;
    return code ? code : judge_own(c, e);
}
