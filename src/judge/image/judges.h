// The judges of a scan, each in a file of its own. A new one has a line here and one in judges.c.
#pragma once

#include "judge/image/findings.h"

// packages.c: which of them nobody could judge.
pt_code pt_judge_packages(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
// reading.c: what could not be read, or contradicts itself.
pt_code pt_judge_reading(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
pt_code pt_judge_secrets(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
pt_code pt_judge_vulnerabilities(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);

extern pt_image_judge *const pt_image_judges[]; // NULL ends it
