// Inside judge/image: the judges of a scan, each in a file of its own. A new one has a line here
// and one in judges.c.
#pragma once

#include "judge/image/findings.h"

// rules.c: what the operator's own rules say, --deny and --policy.
pt_code pt_judge_denied(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
pt_code pt_judge_policy(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
// hardening_findings.c: how well it is defended.
pt_code pt_judge_hardening(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
pt_code pt_judge_licences(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
// packages.c: which of them nobody could judge.
pt_code pt_judge_packages(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
// reading.c: what could not be read, or contradicts itself.
pt_code pt_judge_reading(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
pt_code pt_judge_secrets(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
// tampered.c: what differs from what the system's packages put there.
pt_code pt_judge_tampering(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
pt_code pt_judge_vulnerabilities(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);

extern pt_image_judge *const pt_image_judges[]; // NULL ends it

// -- what they make findings with ----------------------------------------------------------------

// The check of the catalogue with this id, which is there.
const pt_check *pt_image_check(const char *id);

// A finding of `check` on what was scanned, to be filled and added.
pt_finding pt_image_finding(const pt_image_facts *f, const pt_check *check, pt_verdict verdict);

// pt_findings_add; PT_E_NOMEM.
PT_CHECK pt_code pt_image_add(pt_arena *a, pt_findings *ret, const pt_finding *f, pt_err *e);

// "deb libssl3, var/lib/dpkg/status": by what a package is the same one in the next scan.
pt_str pt_image_package_identity(pt_arena *a, pt_value package);
