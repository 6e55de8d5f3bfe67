#include <string.h>

#include "base/testing.h"
#include "record/sbom/sbom.h"
#include "value/json.h"
#include "value/path.h"

#define DIGEST "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char scan[] =
    "{\"image\":{\"names\":[\"ghcr.io/acme/shop:1\"],\"manifest\":\"" DIGEST
    "\",\"config\":\"" DIGEST
    "\",\"architecture\":\"amd64\",\"created\":\"2024-05-06T07:08:09.123Z\"},"
    "\"os\":{\"id\":\"debian\",\"version\":\"12\",\"codename\":"
    "\"bookworm\",\"file\":\"etc/os-release\",\"layer\":1},"
    "\"layers\":[{\"layer\":1,\"read\":true,\"diff_id\":\"" DIGEST
    "\"},{\"layer\":2,\"read\":false}],"
    "\"packages\":["
    "{\"type\":\"npm\",\"name\":\"b\",\"version\":\"2\",\"file\":\"app/"
    "package-lock.json\",\"layer\":1,"
    "\"licences\":[\"mit\"],\"dev\":true,\"lines\":[7,9],\"owner\":{\"type\":\"deb\",\"name\":"
    "\"o\",\"content\":\"same\"}},"
    "{\"type\":\"npm\",\"name\":\"a\",\"version\":\"1\",\"file\":\"app/"
    "package-lock.json\",\"layer\":1,"
    "\"licences\":[\"(MIT or Apache-2)\",\"Own "
    "licence\"],\"depends\":[\"b@2\",\"b@2\",\"gone@1\"]},"
    "{\"type\":\"npm\",\"name\":\"b\",\"version\":\"2\",\"file\":\"old/"
    "package-lock.json\",\"layer\":1},"
    "{\"type\":\"deb\",\"name\":\"libc6\",\"version\":\"2.36-9+b1\",\"architecture\":\"amd64\","
    "\"source\":\"glibc\",\"source_version\":\"2.36-9\",\"file\":\"var/lib/dpkg/"
    "status\",\"layer\":1,"
    "\"more\":{\"maintainer\":\"x@debian.org\",\"lines\":\"a\\nb\"},"
    "\"licences\":[\"LGPL-2.1+ AND Own-1\"],\"digest\":\"" DIGEST "\"}],"
    "\"problems\":[{\"verdict\":\"not evaluated\",\"what\":\"cannot be "
    "read\",\"layer\":2},{\"verdict\":\"not evaluated\",\"what\":\"cannot be read\",\"layer\":2}]}";

static pt_value parse(pt_arena *a, const char *json) {
    pt_value v = pt_undefined();
    pt_err e = {0};
    if (pt_json_parse(a, pt_str_of(json), NULL, &v, &e))
        fail_msg("%s", e.what);
    return v;
}

static pt_value make(pt_arena *a, const char *json, pt_sbom_format format, int64_t seconds) {
    const pt_sbom_ask ask = {.format = format, .seconds = seconds, .name = PT_STR("shop.tar")};
    pt_value bill = pt_undefined();
    assert_int_equal(pt_sbom_make(a, parse(a, json), &ask, &bill, NULL), PT_OK);
    return bill;
}

static pt_str json(pt_arena *a, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    return pt_arena_str(a, pt_buf_str(&b));
}

// What stands at each path, as JSON.
static void assert_paths(pt_arena *a, pt_value bill, const char *const (*cases)[2], size_t n) {
    for (size_t i = 0; i < n; i++) {
        pt_value v = pt_path_get(bill, cases[i][0]);
        assert_str(pt_defined(v) ? json(a, v) : PT_STR("-"), cases[i][1]);
    }
}

static void test_cyclonedx_says_what_the_scan_says(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char *const cases[][2] = {
        {"metadata.timestamp", "\"2024-05-06T07:08:09Z\""},
        {"metadata.component.name", "\"ghcr.io/acme/shop:1\""},
        {"metadata.component.purl",
         "\"pkg:oci/shop@" DIGEST "?arch=amd64&repository_url=ghcr.io%2Facme%2Fshop&tag=1\""},
        {"components[0].bom-ref", "\"os:debian@12\""},
        {"components[1].bom-ref", "\"pkg:deb/debian/"
                                  "libc6@2.36-9%2Bb1?arch=amd64&distro=debian-12&upstream=glibc%"
                                  "402.36-9\""},
        {"components[1].cpe", "\"cpe:2.3:a:libc6:libc6:2.36-9\\\\+b1:*:*:*:*:*:*:*\""},
        {"components[1].properties[0]", "{\"name\":\"paratia:cpe\",\"value\":\"guessed\"}"},
        {"components[1].licenses", "[{\"license\":{\"name\":\"LGPL-2.1+ AND Own-1\"}}]"},
        {"components[1].hashes[0].alg", "\"SHA-256\""},
        {"components[2].bom-ref", "\"pkg:npm/a@1\""},
        {"components[2].licenses", "[{\"license\":{\"name\":\"(MIT or Apache-2)\"}},{\"license\":{"
                                   "\"name\":\"Own licence\"}}]"},
        {"components[3].bom-ref", "\"pkg:npm/b@2\""},
        {"components[3].licenses", "[{\"license\":{\"id\":\"MIT\"}}]"},
        {"components[3].scope", "\"excluded\""},
        {"components[3].properties[2]", "{\"name\":\"paratia:owner\",\"value\":\"deb/o\"}"},
        {"components[3].properties[3]", "{\"name\":\"paratia:owner:content\",\"value\":\"same\"}"},
        {"components[3].evidence.occurrences",
         "[{\"line\":7,\"location\":\"app/package-lock.json\"}]"},
        {"components[4].bom-ref", "\"pkg:npm/b@2|2\""},
        {"components[4].licenses", "-"},
        {"components[4].evidence.occurrences", "[{\"location\":\"old/package-lock.json\"}]"},
        {"dependencies[0].dependsOn", "[\"os:debian@12\",\"pkg:npm/a@1\",\"pkg:npm/b@2|2\"]"},
        {"dependencies[2]", "{\"dependsOn\":[\"pkg:npm/b@2\"],\"ref\":\"pkg:npm/a@1\"}"},
        {"dependencies[3]", "-"},
        {"compositions[0].aggregate", "\"incomplete\""},
        {"annotations[0].text", "\"not evaluated: cannot be read (layer 2)\""},
        {"annotations[1]", "-"}, // the schema wants each once
    };
    assert_paths(&a, make(&a, scan, PT_SBOM_CYCLONEDX, -1), cases, PT_COUNT(cases));
}

static void test_spdx_says_what_the_scan_says(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char *const cases[][2] = {
        {"creationInfo.created", "\"1970-01-01T00:00:07Z\""},
        {"packages[0].primaryPackagePurpose", "\"CONTAINER\""},
        {"packages[0].annotations[1].comment", "\"layer 2: not read\""},
        {"packages[1].name", "\"debian\""},
        {"packages[1].annotations[0].comment", "\"paratia:os:codename bookworm\""},
        {"packages[2].annotations[0].comment",
         "\"paratia:more:lines a\\nparatia:more:maintainer x@debian.org\""},
        {"packages[3].annotations", "-"},
        {"packages[4].annotations[0].comment",
         "\"paratia:owner deb/o\\nparatia:owner:content same\""},
        {"packages[2].licenseDeclared", "\"LicenseRef-paratia-70b9adbcc7f90b17bfd6\""},
        {"packages[2].sourceInfo",
         "\"built of glibc 2.36-9; listed by var/lib/dpkg/status, layer 1\""},
        {"packages[3].licenseDeclared",
         "\"(MIT OR Apache-2.0) AND LicenseRef-paratia-a7727ed2f7381c358284\""},
        {"packages[5].licenseDeclared", "\"NOASSERTION\""},
        {"packages[4].licenseDeclared", "\"MIT\""},
        {"packages[4].comment", "\"needed to develop only\""},
        {"hasExtractedLicensingInfos[0].name", "\"LGPL-2.1+ AND Own-1\""},
        {"hasExtractedLicensingInfos[1].name", "\"Own licence\""},
        {"relationships[0].relationshipType", "\"DESCRIBES\""},
        {"relationships[4].relationshipType", "\"DEPENDS_ON\""},
        {"annotations[0].comment", "\"not evaluated: cannot be read (layer 2)\""},
    };
    pt_value bill = make(&a, scan, PT_SBOM_SPDX, 7);
    assert_paths(&a, bill, cases, PT_COUNT(cases));
}

static void test_sbom_of_a_bill_has_ids_of_the_whole(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char *const cases[][2] = {
        {"components[0].purl", "\"pkg:npm/a@1?x=y\""}, // as the bill had it
        {"dependencies[1].dependsOn", "[\"pkg:npm/b@1\"]"},
    };
    const char *doc = "{\"bill\":{},\"packages\":[{\"type\":\"npm\",\"name\":\"a\",\"version\":"
                      "\"1\",\"purl\":\"pkg:npm/a@1?x=y\",\"file\":\"f\",\"depends\":[\"r2\"]},"
                      "{\"type\":\"npm\",\"name\":\"b\",\"version\":\"1\",\"id\":\"r2\",\"file\":"
                      "\"g\"}]}";
    assert_paths(&a, make(&a, doc, PT_SBOM_CYCLONEDX, -1), cases, PT_COUNT(cases));
}

static void test_sbom_of_nothing_is_written(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char *const cases[][2] = {
        {"components", "[]"},
        {"compositions[0].aggregate", "\"unknown\""},
        {"annotations", "-"},
        {"metadata.component.name", "\"shop.tar\""},
        {"metadata.component.type", "\"application\""},
        {"metadata.timestamp", "\"1970-01-01T00:00:00Z\""},
    };
    pt_value bill = make(&a, "{\"packages\":[],\"problems\":[]}", PT_SBOM_CYCLONEDX, -1);
    assert_paths(&a, bill, cases, PT_COUNT(cases));
}

static void test_sbom_is_the_same_in_any_order(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const char *one = "{\"packages\":[{\"type\":\"npm\",\"name\":\"a\",\"version\":\"1\",\"file\":"
                      "\"x\"},{\"type\":\"npm\",\"name\":\"a\",\"version\":\"1\",\"file\":\"y\"}]}";
    const char *two = "{\"packages\":[{\"type\":\"npm\",\"name\":\"a\",\"version\":\"1\",\"file\":"
                      "\"y\"},{\"type\":\"npm\",\"name\":\"a\",\"version\":\"1\",\"file\":\"x\"}]}";
    for (unsigned f = 0; f < PT_SBOM_FORMATS; f++)
        assert_true(
            pt_eq(make(&a, one, (pt_sbom_format)f, -1), make(&a, two, (pt_sbom_format)f, -1)));
}

static void test_sbom_without_memory_is_said(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena from = {0};
    pt_value doc = parse(&from, scan);
    unsigned refused = 0;
    for (size_t room = 4096;; room *= 2) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_arena_init(&a, room);
        pt_value bill = pt_undefined();
        pt_code code = pt_sbom_make(&a, doc, &(pt_sbom_ask){.format = PT_SBOM_SPDX}, &bill, NULL);
        if (code == PT_OK)
            break;
        assert_int_equal(code, PT_E_NOMEM);
        assert_false(pt_defined(bill));
        refused++;
    }
    assert_true(refused > 0);
}

static void test_bill_says_what_was_recognised(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char doc[] =
        "{\"format\":\"paratia-scan/1\",\"verdict\":\"pass\",\"kind\":\"root\",\"layers\":[],"
        "\"problems\":[],\"packages\":[{\"type\":\"deb\",\"name\":\"a\",\"file\":\"f\","
        "\"recognised\":{\"file\":\"c\",\"expression\":\"MIT AND LicenseRef-b\"}},{\"type\":"
        "\"npm\",\"name\":\"b\",\"file\":\"g\",\"licences\":[\"ISC\"],\"recognised\":{\"file\":"
        "\"d\",\"expression\":\"MIT\"}}]}";
    static const char *const cyclonedx[][2] = {
        {"components[0].licenses",
         "[{\"acknowledgement\":\"concluded\",\"expression\":\"MIT AND LicenseRef-b\"}]"},
        {"components[1].licenses", "[{\"license\":{\"id\":\"ISC\"}}]"},
        {"components[1].evidence.licenses",
         "[{\"license\":{\"acknowledgement\":\"concluded\",\"id\":\"MIT\"}}]"},
    };
    static const char *const spdx[][2] = {
        {"packages[1].licenseConcluded", "\"MIT AND LicenseRef-b\""},
        {"packages[1].licenseDeclared", "\"NOASSERTION\""},
        {"packages[1].licenseComments", "\"concluded of c\""},
        {"packages[2].licenseConcluded", "\"MIT\""},
        {"packages[2].licenseDeclared", "\"ISC\""},
        {"hasExtractedLicensingInfos[0].licenseId", "\"LicenseRef-b\""},
    };
    assert_paths(&a, make(&a, doc, PT_SBOM_CYCLONEDX, 0), cyclonedx, PT_COUNT(cyclonedx));
    assert_paths(&a, make(&a, doc, PT_SBOM_SPDX, 0), spdx, PT_COUNT(spdx));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bill_says_what_was_recognised),
        cmocka_unit_test(test_cyclonedx_says_what_the_scan_says),
        cmocka_unit_test(test_spdx_says_what_the_scan_says),
        cmocka_unit_test(test_sbom_of_a_bill_has_ids_of_the_whole),
        cmocka_unit_test(test_sbom_of_nothing_is_written),
        cmocka_unit_test(test_sbom_is_the_same_in_any_order),
        cmocka_unit_test(test_sbom_without_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
