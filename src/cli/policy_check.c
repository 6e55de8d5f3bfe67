// paratia policy check: what is wrong with modules, all at once.
#include "cli/policy.h"

static pt_code report(pt_policy_work *w, pt_err *e) {
    if (!w->load.n_modules && !pt_policy_wrong(w)) {
        pt_code code = pt_err_set(e, PT_E_FORMAT, "there is no policy to check");
        pt_err_remedy(
            e, "PATH names modules, or folders with files that end in .rego; of Gatekeeper's "
               "templates: paratia policy verify SUITE, paratia check --policy PATH");
        return code;
    }
    if (pt_args_flag(w->args, "json"))
        return pt_policy_put_json(w, e);
    pt_policy_say_all(w);
    return PT_OK;
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
