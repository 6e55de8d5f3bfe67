// Suite "json": the format of nst/JSONTestSuite's test_parsing. A file is one document; y_*.json
// must be accepted, n_*.json refused; i_*.json may go either way, and which is printed.
#include "value/json.h"

#include <stdio.h>

#include "conformance.h"

static void run_case(pt_tally *t, const char *name, pt_str bytes) {
    char kind = name[0];
    if (name[1] != '_' || (kind != 'y' && kind != 'n' && kind != 'i'))
        return;
    pt_arena a = {0};
    pt_value v;
    pt_err e = {0};
    pt_code code = pt_json_parse(&a, bytes, NULL, &v, &e);
    if (kind == 'i')
        printf("%s: %s\n", name, code ? "refused" : "accepted");
    if (kind == 'y' && code)
        pt_case_failed(t, name, "%s (line %u, column %u)", e.what, e.line, e.column);
    else if (kind == 'n' && !code)
        pt_case_failed(t, name, "accepted, but must be refused");
    else
        pt_case_passed(t);
    pt_arena_done(&a);
}

pt_suite_run pt_suite_json; // SUITES in conformance.c declares it too
bool pt_suite_json(const char *dir, pt_tally *t) {
    return pt_each_file(dir, ".json", run_case, t);
}
