// Suite "sbom": documents against the schemas of their formats (see the README beside them).
// cyclonedx/cases/VERSION/{valid,invalid}-*.json; spdx/examples and spdx/tools, whose folder
// invalid/ holds what breaks rules; csaf/testcases.json with its cases, csaf/examples.
#include <stdio.h>
#include <unistd.h>

#include "collect/sbom/bill.h"
#include "conformance.h"
#include "judge/csaf/csaf.h"
#include "sbom_schema.h"
#include "value/json.h"

typedef struct folder {
    const char *path; // below the suite's folder
    const pt_whole_schema *schema;
    int valid; // 1, 0; -1: the files' names say it
} folder;

static void check(pt_tally *t, pt_arena *a, const char *name, pt_str bytes) {
    const folder *f = t->suite;
    pt_value doc = pt_undefined();
    pt_err e = {0};
    pt_str full = pt_arena_printf(a, "%s/%s", f->path, name);
    bool want = f->valid < 0 ? pt_str_starts(pt_str_of(name), PT_STR("valid")) : f->valid != 0;
    pt_str wrong = {0};
    if (pt_bill_parse(a, bytes, &doc, &e))
        wrong = pt_arena_printf(a, "%s", e.what);
    else
        wrong = pt_whole_schema_wrong(f->schema, a, doc);
    if (want == (wrong.n == 0))
        pt_case_passed(t);
    else if (want)
        pt_case_failed(t, full.p, "refused: %.*s", PT_PRI(wrong));
    else
        pt_case_failed(t, full.p, "accepted, but is invalid");
}

static void run_case(pt_tally *t, const char *name, pt_str bytes) {
    pt_arena a = {0};
    check(t, &a, name, bytes);
    pt_arena_done(&a);
}

static void run_folder(const char *dir, const folder *f, pt_tally *t) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", dir, f->path);
    t->suite = f;
    if (n > 0 && (size_t)n < sizeof path)
        pt_each_file(path, ".json", run_case, t); // a version without a folder has no cases
    t->suite = NULL;
}

// A folder may hold the cases of one format only.
static bool has(const char *dir, const char *format) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", dir, format);
    return n > 0 && (size_t)n < sizeof path && access(path, R_OK | X_OK) == 0;
}

static void run_cyclonedx(const char *dir, pt_tally *t) {
    if (!has(dir, "cyclonedx"))
        return;
    static const char *const versions[] = {"1.4", "1.5", "1.6", "1.7"};
    for (size_t i = 0; i < PT_COUNT(versions); i++) {
        pt_arena a = {0};
        pt_whole_schema schema;
        pt_str file = pt_arena_printf(&a, "cyclonedx/bom-%s.schema.json", versions[i]);
        const pt_schema_part parts[PT_SCHEMA_PARTS_MAX] = {
            {file.p, NULL},
            {"cyclonedx/spdx.schema.json", "spdx.schema.json"},
            {"cyclonedx/jsf-0.82.schema.json", "jsf-0.82.schema.json"},
            {"cyclonedx/cryptography-defs.schema.json", "cryptography-defs.schema.json"}};
        pt_whole_schema_init(&schema, &a, dir, parts, false);
        const folder f = {pt_arena_printf(&a, "cyclonedx/cases/%s", versions[i]).p, &schema, -1};
        run_folder(dir, &f, t);
        pt_whole_schema_done(&schema);
        pt_arena_done(&a);
    }
}

static void run_spdx(const char *dir, pt_tally *t) {
    if (!has(dir, "spdx"))
        return;
    pt_arena a = {0};
    pt_whole_schema schema;
    const pt_schema_part parts[PT_SCHEMA_PARTS_MAX] = {{"spdx/spdx-schema-2.3.json", NULL}};
    pt_whole_schema_init(&schema, &a, dir, parts, false);
    const folder folders[] = {{"spdx/examples", &schema, 1},
                              {"spdx/tools", &schema, 1},
                              {"spdx/tools/invalid", &schema, 0}};
    for (size_t i = 0; i < PT_COUNT(folders); i++)
        run_folder(dir, &folders[i], t);
    pt_whole_schema_done(&schema);
    pt_arena_done(&a);
}

// -- CSAF -----------------------------------------------------------------------------------------

typedef struct csaf_case {
    const char *dir;
    const pt_whole_schema *schema, *strict;
    pt_str test; // "6.1.13"
    pt_str file; // below csaf/cases
    bool finds;  // the test finds something
    bool mandatory;
} csaf_case;

// The first mandatory test that finds something, and the one asked for.
static pt_str found_by(pt_arena *a, pt_value doc, pt_str test, bool *ret_asked) {
    pt_value list = pt_undefined();
    pt_err e = {0};
    pt_str first = {0};
    if (pt_csaf_check(a, doc, &list, &e))
        return pt_arena_printf(a, "%s", e.what);
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str id = pt_text(pt_getz(pt_at(list, i), "test"));
        *ret_asked = *ret_asked || pt_str_eq(id, test);
        if (!first.n && pt_str_starts(id, PT_STR("6.1.")))
            first = pt_arena_printf(a, "%.*s: %.*s", PT_PRI(id),
                                    PT_PRI(pt_text(pt_getz(pt_at(list, i), "what"))));
    }
    return first;
}

static void run_csaf_case(pt_tally *t, pt_arena *a, const csaf_case *k) {
    pt_str path = pt_arena_printf(a, "%s/csaf/cases/%.*s", k->dir, PT_PRI(k->file));
    pt_str bytes = pt_suite_file(a, path.p);
    pt_value doc = pt_undefined();
    pt_err e = {0};
    if (!bytes.p)
        return; // the folder holds a part of the list
    pt_str wrong = {0};
    bool asked = false;
    if (pt_bill_parse(a, bytes, &doc, &e))
        wrong = pt_arena_printf(a, "%s", e.what);
    else
        wrong = pt_whole_schema_wrong(k->schema, a, doc);
    pt_str broken = found_by(a, doc, k->test, &asked);
    if (pt_str_eqz(k->test, "6.2.13"))
        asked = !pt_csaf_keys_sorted(bytes);
    if (pt_str_eqz(k->test, "6.2.20"))
        asked = pt_whole_schema_wrong(k->strict, a, doc).n > 0;
    bool invalid = wrong.n || broken.n;
    bool found = asked || (k->mandatory && wrong.n); // some tests ask for the schema alone
    pt_str name = pt_arena_printf(a, "csaf %.*s %.*s", PT_PRI(k->test), PT_PRI(k->file));
    if (found != k->finds)
        pt_case_failed(t, name.p, "%s", found ? "finds something" : "finds nothing");
    else if (invalid != (k->mandatory && k->finds))
        pt_case_failed(t, name.p, "refused: %.*s", PT_PRI(wrong.n ? wrong : broken));
    else
        pt_case_passed(t);
}

static void run_csaf_test(pt_tally *t, const csaf_case *of, pt_value test) {
    static const char *const lists[] = {"valid", "failures"};
    for (size_t f = 0; f < PT_COUNT(lists); f++) {
        pt_value list = pt_getz(test, lists[f]);
        for (size_t i = 0; i < pt_len(list); i++) {
            pt_arena a = {0};
            csaf_case k = *of;
            k.test = pt_text(pt_getz(test, "id"));
            k.mandatory = pt_str_eqz(pt_text(pt_getz(test, "group")), "mandatory");
            k.file = pt_text(pt_getz(pt_at(list, i), "name"));
            k.finds = f == 1;
            run_csaf_case(t, &a, &k);
            pt_arena_done(&a);
        }
    }
}

static void run_csaf(const char *dir, pt_tally *t) {
    if (!has(dir, "csaf"))
        return;
    pt_arena a = {0};
    pt_whole_schema schema;
    pt_whole_schema strict;
    static const pt_schema_part parts[PT_SCHEMA_PARTS_MAX] = {
        {"csaf/schema/csaf_json_schema.json", NULL},
        {"csaf/referenced/cvss-v2.0.json", "https://www.first.org/cvss/cvss-v2.0.json"},
        {"csaf/referenced/cvss-v3.0.json", "https://www.first.org/cvss/cvss-v3.0.json"},
        {"csaf/referenced/cvss-v3.1.json", "https://www.first.org/cvss/cvss-v3.1.json"}};
    pt_whole_schema_init(&schema, &a, dir, parts, false);
    pt_whole_schema_init(&strict, &a, dir, parts, true);
    run_folder(dir, &(folder){"csaf/examples", &schema, 1}, t);
    pt_value doc = pt_undefined();
    pt_err e = {0};
    pt_str bytes = pt_suite_file(&a, pt_arena_printf(&a, "%s/csaf/testcases.json", dir).p);
    if (bytes.p && pt_json_parse(&a, bytes, NULL, &doc, &e))
        pt_case_failed(t, "csaf/testcases.json", "%s", e.what);
    pt_value tests = pt_getz(doc, "tests");
    for (size_t i = 0; i < pt_len(tests); i++)
        run_csaf_test(t, &(csaf_case){.dir = dir, .schema = &schema, .strict = &strict},
                      pt_at(tests, i));
    pt_whole_schema_done(&strict);
    pt_whole_schema_done(&schema);
    pt_arena_done(&a);
}

pt_suite_run pt_suite_sbom; // SUITES in conformance.c declares it too
bool pt_suite_sbom(const char *dir, pt_tally *t) {
    if (access(dir, R_OK | X_OK) != 0)
        return false;
    run_cyclonedx(dir, t);
    run_spdx(dir, t);
    run_csaf(dir, t);
    return true;
}
