// What each verb's file gives to the table in verbs.c.
#pragma once

#include "cli/verb.h"

extern const pt_option pt_audit_options[];
extern const pt_option pt_check_options[];
extern const pt_option pt_checks_options[];
extern const pt_option pt_db_options[];
extern const pt_sub pt_db_subs[];
extern const pt_option pt_eval_options[];
extern const pt_refusal pt_eval_refusals[];
extern const pt_option pt_explain_options[];
extern const pt_option pt_guard_options[];
extern const pt_sub pt_guard_subs[];
extern const pt_option pt_prove_options[];
extern const pt_option pt_ledger_options[];
extern const pt_sub pt_ledger_subs[];
extern const pt_option pt_policy_options[];
extern const pt_sub pt_policy_subs[];
extern const pt_option pt_sbom_options[];
extern const pt_option pt_scan_options[];
extern const pt_option pt_slim_options[];
extern const pt_option pt_watch_options[];

int pt_cmd_audit(const pt_args *args);
int pt_cmd_check(const pt_args *args);
int pt_cmd_checks(const pt_args *args);
int pt_cmd_db(const pt_args *args);
int pt_cmd_eval(const pt_args *args);
int pt_cmd_explain(const pt_args *args);
int pt_cmd_guard(const pt_args *args);
int pt_cmd_prove(const pt_args *args);
int pt_cmd_ledger(const pt_args *args);
int pt_cmd_policy(const pt_args *args);
int pt_cmd_sbom(const pt_args *args);
int pt_cmd_scan(const pt_args *args);
int pt_cmd_slim(const pt_args *args);
int pt_cmd_watch(const pt_args *args);
