// clang-format off
#include "base/testing.h"
// clang-format on
#include "judge/image/findings.h"
#include "record/report/report.h"
#include "record/report/testing_run.h"
#include "value/json.h"

static const char document[] =
    "{\"kind\":\"image\",\"image\":{\"names\":[\"shop/"
    "web:1\"],\"config\":\"sha256:c\",\"manifest\":\"sha256:m\"},"
    "\"os\":{\"id\":\"debian\",\"version\":\"12\"},\"problems\":[],"
    "\"layers\":[{\"layer\":1,\"read\":true,\"bytes\":2048,\"step\":\"ADD </code><b>\",\"digest\":"
    "\"sha256:d\",\"diff_id\":\"sha256:e\"}],"
    "\"packages\":[{\"type\":\"deb\",\"name\":\"libssl3\",\"version\":\"1\",\"layer\":1,\"file\":"
    "\"var/lib/dpkg/status\"}],\"coverage\":[{\"ecosystem\":\"conda\",\"packages\":1,\"known\":"
    "false,\"why\":\"nobody knows\"}],\"unmatched\":[],"
    "\"fixes\":{\"upgrades\":[{\"names\":[\"libssl3\"],\"from\":\"1\",\"to\":\"2\",\"removes\":1,"
    "\"severities\":{\"critical\":1},\"ids\":[\"CVE-1\"],\"exploited\":true}],\"layers\":[]},"
    "\"vulnerabilities\":["
    "{\"id\":\"CVE-1\",\"aliases\":[\"GHSA-a\"],\"summary\":\"a "
    "<i>flaw</i>\",\"cwes\":[\"CWE-416\"],"
    "\"severity\":\"critical\",\"severity_by\":\"nvd\",\"state\":\"affected\",\"fixed\":[\"2\"],"
    "\"references\":[{\"url\":\"https://a.example/x\"},{\"url\":\"javascript:alert(1)\"}],"
    "\"scores\":[{\"source\":\"nvd\",\"version\":\"3.1\",\"vector\":\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/"
    "S:U/C:H/I:H/"
    "A:H\",\"score\":9.8},{\"source\":\"nvd\",\"version\":\"4.0\",\"vector\":\"CVSS:4.0/"
    "x\",\"score\":9.9}],\"matched\":[{\"advisory\":\"DSA-1\",\"source\":\"debian\",\"ecosystem\":"
    "\"Debian:12\",\"name\":\"openssl\",\"version\":\"1\",\"fixed\":\"2\"}],"
    "\"package\":{\"type\":\"deb\",\"name\":\"libssl3\",\"version\":\"1\",\"layer\":1,\"file\":"
    "\"var/lib/dpkg/status\",\"purl\":\"pkg:deb/debian/libssl3@1\"}},"
    "{\"id\":\"CVE-2\",\"severity\":\"unknown\",\"state\":\"won't fix\",\"fixed\":[],\"matched\":"
    "[{\"advisory\":\"GHSA-b\"}],\"package\":{\"type\":\"npm\",\"name\":\"ws\",\"version\":\"8\","
    "\"file\":\"app/package-lock.json\"}}],"
    "\"secrets\":[{\"rule\":\"key\",\"title\":\"A key\",\"category\":\"x\",\"severity\":\"high\","
    "\"file\":\"app/.env\",\"layer\":1,\"line\":3,\"line_end\":3,\"match\":\"K=***\"}]}";

static void begin(test_run *t) {
    test_run_init(t);
    t->r.verb = "scan";
    t->r.subject = PT_STR("shop/web:1");
    t->r.series = PT_STR("shop/web");
    assert_int_equal(pt_json_parse(&t->a, pt_str_of(document), NULL, &t->r.scan, NULL), PT_OK);
    pt_image_facts f = {.doc = t->r.scan, .subject = t->r.subject};
    assert_int_equal(pt_image_findings(&f, &t->a, &t->r.findings, NULL), PT_OK);
}

typedef pt_code (*writer)(pt_buf *b, const pt_run *r, pt_err *e);

static pt_value written(test_run *t, writer write) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_value v = pt_undefined();
    pt_err e = {0};
    test_finish(t);
    assert_int_equal(write(&b, &t->r, &e), PT_OK);
    pt_str text = pt_arena_str(&t->a, pt_buf_str(&b));
    assert_int_equal(pt_json_parse(&t->a, text, &(pt_json_opts){.dup_refuse = true}, &v, &e),
                     PT_OK);
    return v;
}

static pt_value deep(pt_value v, const char *path) {
    pt_str rest = pt_str_of(path);
    pt_str key;
    while (pt_str_split(&rest, '.', &key)) {
        int64_t index;
        v = pt_str_int(key, 10, &index) ? pt_at(v, (size_t)index) : pt_get(v, key);
    }
    return v;
}

// Each row: a path in the document, and the text there.
typedef struct expected {
    const char *path, *text;
} expected;

static void assert_texts(pt_value v, const expected *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!pt_str_eqz(pt_text(deep(v, rows[i].path)), rows[i].text))
            print_error("%s is \"%.*s\"\n", rows[i].path, PT_PRI(pt_text(deep(v, rows[i].path))));
        assert_str(pt_text(deep(v, rows[i].path)), rows[i].text);
    }
}

// What its schema asks for, 15.0.7.
static void test_gitlab_has_the_fields_of_its_schema(void **state) {
    (void)state;
    static const expected rows[] = {
        {"version", "15.0.7"},
        {"scan.type", "container_scanning"},
        {"scan.status", "success"},
        {"scan.start_time", "2026-11-24T06:00:04"},
        {"scan.analyzer.vendor.name", "Paratia"},
        {"scan.messages.0.value", "not evaluated: conda, 1 package: nobody knows"},
        {"vulnerabilities.0.name", "CVE-1: a <i>flaw</i>"},
        {"vulnerabilities.0.severity", "Critical"},
        {"vulnerabilities.0.solution", "Upgrade libssl3 to 2"},
        {"vulnerabilities.0.identifiers.0.type", "cve"},
        {"vulnerabilities.0.identifiers.0.url", "https://nvd.nist.gov/vuln/detail/CVE-1"},
        {"vulnerabilities.0.identifiers.1.type", "ghsa"},
        {"vulnerabilities.0.identifiers.2.value", "416"},
        {"vulnerabilities.0.cvss_vectors.0.vendor", "nvd"},
        {"vulnerabilities.0.links.0.url", "https://a.example/x"},
        {"vulnerabilities.0.location.image", "shop/web:1"},
        {"vulnerabilities.0.location.operating_system", "debian:12"},
        {"vulnerabilities.0.location.dependency.package.name", "libssl3"},
        {"vulnerabilities.0.location.dependency.version", "1"},
        {"vulnerabilities.1.severity", "Unknown"},
    };
    test_run t;
    begin(&t);
    pt_value v = written(&t, pt_report_gitlab);
    assert_texts(v, rows, PT_COUNT(rows));
    assert_int_equal(pt_len(deep(v, "vulnerabilities")), 2);
    assert_int_equal(pt_len(deep(v, "vulnerabilities.0.cvss_vectors")), 1); // it knows no 4.0
    assert_int_equal(pt_len(deep(v, "vulnerabilities.0.links")), 1);
    assert_int_equal(pt_text(deep(v, "vulnerabilities.0.id")).n, 36);
    test_run_done(&t);
}

static void test_gitlab_ids_stay_and_waived_are_left_out(void **state) {
    (void)state;
    test_run t;
    begin(&t);
    pt_str id = pt_text(deep(written(&t, pt_report_gitlab), "vulnerabilities.1.id"));
    pt_str again = pt_text(deep(written(&t, pt_report_gitlab), "vulnerabilities.1.id"));
    assert_true(id.n && pt_str_eq(id, again));
    for (size_t i = 0; i < t.r.findings.all.n; i++)
        t.r.findings.all.v[i].waived |=
            pt_str_eqz(PT_STR("CVE-1"), t.r.findings.all.v[i].check->id);
    pt_value v = written(&t, pt_report_gitlab);
    assert_int_equal(pt_len(deep(v, "vulnerabilities")), 1);
    assert_true(pt_str_eq(pt_text(deep(v, "vulnerabilities.0.id")), id));
    test_run_done(&t);
}

static void test_trivy_has_its_results(void **state) {
    (void)state;
    static const expected rows[] = {
        {"ArtifactName", "shop/web:1"},
        {"ArtifactType", "container_image"},
        {"Metadata.OS.Family", "debian"},
        {"Metadata.ImageID", "sha256:c"},
        {"Metadata.DiffIDs.0", "sha256:e"},
        {"Metadata.RepoTags.0", "shop/web:1"},
        {"Results.0.Target", "shop/web:1 (debian 12)"},
        {"Results.0.Class", "os-pkgs"},
        {"Results.0.Type", "debian"},
        {"Results.0.Vulnerabilities.0.VulnerabilityID", "CVE-1"},
        {"Results.0.Vulnerabilities.0.PkgName", "libssl3"},
        {"Results.0.Vulnerabilities.0.PkgIdentifier.PURL", "pkg:deb/debian/libssl3@1"},
        {"Results.0.Vulnerabilities.0.InstalledVersion", "1"},
        {"Results.0.Vulnerabilities.0.FixedVersion", "2"},
        {"Results.0.Vulnerabilities.0.Status", "fixed"},
        {"Results.0.Vulnerabilities.0.Severity", "CRITICAL"},
        {"Results.0.Vulnerabilities.0.SeveritySource", "nvd"},
        {"Results.0.Vulnerabilities.0.Layer.DiffID", "sha256:e"},
        {"Results.0.Vulnerabilities.0.CweIDs.0", "CWE-416"},
        {"Results.0.Vulnerabilities.0.References.0", "https://a.example/x"},
        {"Results.0.Vulnerabilities.0.CVSS.nvd.V40Vector", "CVSS:4.0/x"},
        {"Results.1.Target", "app/package-lock.json"},
        {"Results.1.Class", "lang-pkgs"},
        {"Results.1.Type", "npm"},
        {"Results.1.Vulnerabilities.0.Status", "will_not_fix"},
        {"Results.1.Vulnerabilities.0.Severity", "UNKNOWN"},
        {"Results.2.Class", "secret"},
        {"Results.2.Target", "app/.env"},
        {"Results.2.Secrets.0.RuleID", "key"},
        {"Results.2.Secrets.0.Match", "K=***"},
    };
    test_run t;
    int64_t version = 0;
    begin(&t);
    pt_value v = written(&t, pt_report_trivy);
    assert_texts(v, rows, PT_COUNT(rows));
    assert_true(pt_to_int(deep(v, "SchemaVersion"), &version) && version == 2);
    test_run_done(&t);
}

static void test_trivy_sets_waived_aside(void **state) {
    (void)state;
    static const expected rows[] = {
        {"Results.0.ExperimentalModifiedFindings.0.Status", "ignored"},
        {"Results.0.ExperimentalModifiedFindings.0.Statement", "not reachable (us)"},
        {"Results.0.ExperimentalModifiedFindings.0.Finding.VulnerabilityID", "CVE-1"},
    };
    static const pt_waiver waiver = {.reason = {"not reachable", 13}, .owner = {"us", 2}};
    test_run t;
    begin(&t);
    test_finish(&t);
    for (size_t i = 0; i < t.r.findings.all.n; i++) {
        pt_finding *f = &t.r.findings.all.v[i];
        f->waived = pt_str_eqz(PT_STR("CVE-1"), f->check->id);
        f->waiver = f->waived ? &waiver : NULL;
    }
    pt_value v = written(&t, pt_report_trivy);
    assert_texts(v, rows, PT_COUNT(rows));
    assert_int_equal(pt_len(deep(v, "Results.0.Vulnerabilities")), 0);
    test_run_done(&t);
}

static void test_openvex_states_what_waivers_say(void **state) {
    (void)state;
    static const expected rows[] = {
        {"@context", "https://openvex.dev/ns/v0.2.0"},
        {"author", "us"},
        {"statements.0.vulnerability.name", "CVE-1"},
        {"statements.0.vulnerability.aliases.0", "GHSA-a"},
        {"statements.0.products.0.@id", "pkg:oci/web@sha256:m"},
        {"statements.0.products.0.subcomponents.0.@id", "pkg:deb/debian/libssl3@1"},
        {"statements.0.status", "not_affected"},
        {"statements.0.justification", "component_not_present"},
        {"statements.0.impact_statement", "not reachable"},
    };
    static const pt_waiver waiver = {.reason = {"not reachable", 13},
                                     .owner = {"us", 2},
                                     .status = {"not_affected", 12},
                                     .justification = {"component_not_present", 21}};
    static const pt_waiver silent = {.reason = {"later", 5}, .owner = {"me", 2}};
    test_run t;
    begin(&t);
    test_finish(&t);
    for (size_t i = 0; i < t.r.findings.all.n; i++) {
        pt_finding *f = &t.r.findings.all.v[i];
        f->waived = f->verdict == PT_FAIL;
        f->waiver = pt_str_eqz(PT_STR("CVE-1"), f->check->id) ? &waiver : &silent;
    }
    pt_value v = written(&t, pt_report_openvex);
    assert_texts(v, rows, PT_COUNT(rows));
    assert_int_equal(pt_len(deep(v, "statements")), 1);
    test_run_done(&t);
}

static void test_sarif_names_packages_and_the_repository(void **state) {
    (void)state;
    static const expected rows[] = {
        {"runs.0.automationDetails.id", "paratia/scan/shop/web/"},
        {"runs.0.results.0.ruleId", "CVE-1"},
        {"runs.0.results.0.locations.0.logicalLocations.0.kind", "package"},
        {"runs.0.results.0.locations.0.logicalLocations.0.fullyQualifiedName",
         "pkg:deb/debian/libssl3@1"},
        {"runs.0.results.0.locations.0.physicalLocation.artifactLocation.uri",
         "var/lib/dpkg/status"},
        {"runs.0.tool.driver.rules.0.shortDescription.text", "a <i>flaw</i>"},
    };
    test_run t;
    begin(&t);
    assert_texts(written(&t, pt_report_sarif), rows, PT_COUNT(rows));
    test_run_done(&t);
}

static void test_page_of_an_image_has_upgrades_layers_and_packages(void **state) {
    (void)state;
    static const char *const parts[] = {
        "<title>1 critical, 3 fail: Scan of shop/web:1",
        "<h1 id=\"h\">1 critical finding in what was scanned</h1>",
        "<a class=\"to\" href=\"#upgrades\">Upgrade libssl3 to 2</a>",
        "closes 1 critical; exploited in the wild",
        "<dt>Says so</dt><dd>DSA-1 of debian: openssl 1 &lt; 2</dd>",
        "<code>ADD &lt;/code&gt;&lt;b&gt;</code>",
        "<p>1 package.</p>",
    };
    test_run t;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4 << 20);
    begin(&t);
    test_finish(&t);
    assert_int_equal(pt_report_html(&b, &t.r, NULL), PT_OK);
    test_keep("scan.html", pt_buf_str(&b));
    for (size_t i = 0; i < PT_COUNT(parts); i++) {
        if (!pt_str_has(pt_buf_str(&b), pt_str_of(parts[i])))
            print_error("the page lacks: %s\n", parts[i]);
        assert_true(pt_str_has(pt_buf_str(&b), pt_str_of(parts[i])));
    }
    test_run_done(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gitlab_has_the_fields_of_its_schema),
        cmocka_unit_test(test_gitlab_ids_stay_and_waived_are_left_out),
        cmocka_unit_test(test_trivy_has_its_results),
        cmocka_unit_test(test_trivy_sets_waived_aside),
        cmocka_unit_test(test_openvex_states_what_waivers_say),
        cmocka_unit_test(test_sarif_names_packages_and_the_repository),
        cmocka_unit_test(test_page_of_an_image_has_upgrades_layers_and_packages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
