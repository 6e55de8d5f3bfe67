// The table of report formats. A new one is one file and one line here.
#include "record/report/report.h"

const pt_report_format pt_report_formats[] = {
    {"json", "one document, docs/report.schema.json", pt_report_json},
    {"html", "one self-contained page", pt_report_html},
    {"sarif", "SARIF 2.1.0, for code scanning", pt_report_sarif},
    {"gitlab", "GitLab's container scanning report", pt_report_gitlab, .scans = true},
    {"trivy", "as Trivy's JSON, for what reads it", pt_report_trivy, .scans = true},
    {"openvex", "what waivers with a status say", pt_report_openvex, .scans = true},
    {0},
};

const pt_report_format *pt_report_format_find(pt_str name) {
    for (const pt_report_format *f = pt_report_formats; f->name; f++)
        if (pt_str_eqz(name, f->name))
            return f;
    return NULL;
}
