// paratia policy check: what is wrong with modules, all at once.
#include "cli/eval.h"
#include "cli/policy.h"

static void put_json(pt_buf *b, pt_policy_work *w) {
    pt_eval_outcome o = {.arena = &w->arena, .spare = &w->arena};
    pt_eval_add_load(&o, &w->load);
    pt_eval_add_diagnostics(&o, &w->compiled, 0, w->compiled.v.n);
    pt_buf_putc(b, '{');
    if (o.faults.n)
        pt_eval_put_errors_json(b, &o);
    else
        pt_buf_putz(b, "\n  \"errors\": []");
    pt_buf_putz(b, "\n}\n");
}

static pt_code report(pt_policy_work *w, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 30);
    bool json = pt_args_flag(w->args, "json");
    if (json)
        put_json(&b, w);
    else
        pt_policy_say_all(w);
    if (b.full || w->arena.full)
        return pt_err_set(e, PT_E_NOMEM, "the policies need more memory than the limit");
    return json ? pt_put_stdout(pt_buf_str(&b), e) : PT_OK;
}

static pt_code run(pt_policy_work *w, pt_err *e) {
    if (w->args->operands_n < 2 && !pt_args_get(w->args, "data") &&
        !pt_args_get(w->args, "bundle")) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "policy check needs a PATH");
        pt_err_remedy(e, "paratia policy check policies/");
        return code;
    }
    pt_code code = pt_policy_begin(w, &(pt_rights){.read_all = true}, e);
    if (code)
        return code;
    if (!pt_policy_load(w, 1, true) || !pt_policy_compile(w))
        return pt_err_set(e, PT_E_NOMEM, "the policies need more memory than the limit");
    return report(w, e);
}

int pt_policy_check(const pt_args *args) {
    pt_err e = {0};
    pt_policy_work w = {.args = args};
    PT_IGNORE(run(&w, &e)); // e says
    return pt_policy_end(&w, &e);
}
