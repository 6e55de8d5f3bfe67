// paratia check: collect/manifest -> judge/workload -> record.
#include "base/rights.h"
#include "cli/policies.h"
#include "cli/verbs.h"

const pt_option pt_check_options[] = {
    {"policy", "PATH", "policies in Rego and of Gatekeeper, too; repeatable", NULL, "What", 'p'},
    {"namespace", "NAME", "packages of Rego that count, * for all", "main", NULL},
    {"timeout", "DURATION", "for all that policies judge together", "5m", NULL},
    PT_REPORT_OPTIONS,
    {0},
};

static pt_str subject_of(const pt_args *args, pt_arena *a) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(65536);
    pt_buf_put_safe(&b, pt_str_of(args->operands[0]));
    if (args->operands_n > 1)
        pt_buf_printf(&b, " and %zu more", args->operands_n - 1);
    return pt_arena_str(a, pt_buf_str(&b));
}

int pt_cmd_check(const pt_args *args) {
    pt_journey j;
    pt_err e = {0};
    pt_code code = pt_journey_begin(&j, args, &e);
    if (!code)
        code = pt_rights_drop(&(pt_rights){.read_all = true}, &e);
    if (!code)
        code = pt_policies_read(&j, &e);
    if (!code && j.policies)
        code = pt_only_check(&j, &e);
    if (code) {
        pt_say_error(&e);
        pt_journey_done(&j);
        return code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
    }
    j.run.subject = subject_of(args, &j.arena);
    for (size_t i = 0; i < args->operands_n; i++)
        pt_journey_manifests(&j, args->operands[i]);
    pt_journey_manifests_end(&j);
    return pt_journey_end(&j, NULL);
}
