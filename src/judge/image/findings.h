// What a scan found, as findings: each judge of the table (judges.c) adds its own. Pure: the
// document and what was seen of the files are all that a judge knows.
#pragma once

#include "fact/file.h"
#include "judge/finding.h"
#include "value/value.h"

typedef struct pt_image_facts {
    pt_value doc;          // docs/scan.schema.json
    pt_str subject;        // what was scanned, as it is called
    const pt_files *files; // NULL: nobody looked at them
} pt_image_facts;

// Adds findings to `ret`, in `a`; texts and `about` may borrow the document. PT_E_NOMEM.
// What was not asked for adds nothing; what was asked for and could not be seen is "not evaluated".
typedef pt_code pt_image_judge(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);

// Ask every judge of the table. The findings are not finished (pt_findings_finish).
PT_CHECK pt_code pt_image_findings(const pt_image_facts *f, pt_arena *a, pt_findings *ret,
                                   pt_err *e);

// The check of the catalogue with this id, which is there.
const pt_check *pt_image_check(const char *id);

// A finding of `check` on what was scanned, to be filled and added.
pt_finding pt_image_finding(const pt_image_facts *f, const pt_check *check, pt_verdict verdict);

// pt_findings_add; PT_E_NOMEM.
PT_CHECK pt_code pt_image_add(pt_arena *a, pt_findings *ret, const pt_finding *f, pt_err *e);

// "deb libssl3, var/lib/dpkg/status": by what a package is the same one in the next scan.
pt_str pt_image_package_identity(pt_arena *a, pt_value package);
