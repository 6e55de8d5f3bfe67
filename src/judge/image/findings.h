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
