// Reports: one file a format, one table that lists them. Each turns a run into bytes.
#pragma once

#include "record/run.h"

typedef struct pt_report_format {
    const char *name; // of --output NAME=FILE
    const char *what; // for the help
    PT_CHECK pt_code (*write)(pt_buf *b, const pt_run *r, pt_err *e);
    bool scans; // of nothing else
} pt_report_format;

// Ends with a row whose name is NULL.
extern const pt_report_format pt_report_formats[];
const pt_report_format *pt_report_format_find(pt_str name); // NULL: none

// JSON, schema docs/report.schema.json. Pure: one document and a newline.
PT_CHECK pt_code pt_report_json(pt_buf *b, const pt_run *r, pt_err *e);
// SARIF 2.1.0, with what GitHub and GitLab ask of it.
PT_CHECK pt_code pt_report_sarif(pt_buf *b, const pt_run *r, pt_err *e);
// One self-contained page.
PT_CHECK pt_code pt_report_html(pt_buf *b, const pt_run *r, pt_err *e);
// Of scans: GitLab's container scanning report; Trivy's JSON; OpenVEX 0.2.0.
PT_CHECK pt_code pt_report_gitlab(pt_buf *b, const pt_run *r, pt_err *e);
PT_CHECK pt_code pt_report_trivy(pt_buf *b, const pt_run *r, pt_err *e);
PT_CHECK pt_code pt_report_openvex(pt_buf *b, const pt_run *r, pt_err *e);
