#include <string.h>

#include "base/testing.h"
#include "collect/sbom/bill.h"
#include "value/json.h"

#define DIGEST "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static pt_value read_bill(pt_arena *a, const char *text) {
    pt_value doc = pt_undefined();
    pt_err e = {0};
    if (pt_bill_read(a, pt_str_of(text), &doc, &e))
        fail_msg("%s", e.what);
    return doc;
}

// A part of the document that a bill gives, as JSON.
static void assert_gives(const char *bill, const char *key, const char *want) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_value v = pt_getz(read_bill(&a, bill), key);
    if (pt_defined(v))
        assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&b), want);
}

#define CDX(version, members) \
    "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"" version "\"," members "}"

static void test_bill_of_syft_in_cyclonedx(void **state) {
    (void)state;
    const char *bill = CDX(
        "1.5",
        "\"metadata\":{\"timestamp\":\"2024-01-02T03:04:05Z\",\"component\":{\"type\":"
        "\"container\","
        "\"name\":\"shop:1\",\"version\":\"" DIGEST "\"}},\"components\":["
        "{\"bom-ref\":\"p1\",\"type\":\"library\",\"name\":\"libc6\",\"version\":\"2.36\",\"purl\":"
        "\"pkg:deb/debian/libc6@2.36?arch=amd64&upstream=glibc&distro=debian-12\",\"licenses\":[{"
        "\"license\":{\"id\":\"MIT\"}},{\"expression\":\"ISC OR Zlib\"}],\"properties\":[{\"name\":"
        "\"syft:location:0:path\",\"value\":\"/var/lib/dpkg/status\"}]},"
        "{\"type\":\"operating-system\",\"name\":\"debian\",\"version\":\"12\",\"properties\":[{"
        "\"name\":\"syft:distro:id\",\"value\":\"debian\"},{\"name\":\"syft:distro:versionID\","
        "\"value\":\"12\"},{\"name\":\"syft:distro:prettyName\",\"value\":\"Debian 12\"}]},"
        "{\"type\":\"file\",\"name\":\"/etc/passwd\"}]");
    assert_gives(bill, "os", "{\"id\":\"debian\",\"name\":\"Debian 12\",\"version\":\"12\"}");
    assert_gives(bill, "image",
                 "{\"created\":\"2024-01-02T03:04:05Z\",\"manifest\":\"" DIGEST
                 "\",\"names\":[\"shop:1\"]}");
    assert_gives(bill, "packages",
                 "[{\"architecture\":\"amd64\",\"file\":\"var/lib/dpkg/status\",\"id\":\"p1\","
                 "\"licences\":[\"MIT\",\"ISC OR Zlib\"],\"name\":\"libc6\",\"purl\":\"pkg:deb/"
                 "debian/libc6@2.36?arch=amd64&upstream=glibc&distro=debian-12\",\"source\":"
                 "\"glibc\",\"source_version\":\"2.36\",\"type\":\"deb\",\"version\":\"2.36\"}]");
    assert_gives(bill, "verdict", "\"pass\"");
    assert_gives(bill, "bill",
                 "{\"format\":\"CycloneDX\",\"name\":\"shop:1\",\"version\":\"1.5\"}");
}

static void test_bill_of_trivy_in_cyclonedx(void **state) {
    (void)state;
    const char *bill = CDX(
        "1.6",
        "\"metadata\":{\"component\":{\"type\":\"container\",\"name\":\"shop\",\"properties\":[{"
        "\"name\":\"aquasecurity:trivy:RepoDigest\",\"value\":\"shop@" DIGEST "\"},{\"name\":"
        "\"aquasecurity:trivy:ImageID\",\"value\":\"" DIGEST "\"}]}},\"components\":["
        "{\"bom-ref\":\"os\",\"type\":\"operating-system\",\"name\":\"redhat\",\"version\":\"8.9\"}"
        ","
        "{\"bom-ref\":\"lock\",\"type\":\"application\",\"name\":\"app/package-lock.json\","
        "\"properties\":[{\"name\":\"aquasecurity:trivy:Type\",\"value\":\"npm\"}]},"
        "{\"bom-ref\":\"a\",\"type\":\"library\",\"name\":\"a\",\"purl\":\"pkg:npm/%40x/a@1\"},"
        "{\"bom-ref\":\"b\",\"type\":\"library\",\"name\":\"b\",\"purl\":\"pkg:npm/"
        "b@2\",\"hashes\":["
        "{\"alg\":\"SHA-1\",\"content\":\"00112233445566778899AABBCCDDEEFF00112233\"}]},"
        "{\"bom-ref\":\"perl\",\"type\":\"library\",\"name\":\"perl-Errno\",\"purl\":"
        "\"pkg:rpm/redhat/perl-Errno@1-2?arch=x86_64&epoch=4\",\"properties\":["
        "{\"name\":\"aquasecurity:trivy:SrcName\",\"value\":\"perl\"},"
        "{\"name\":\"aquasecurity:trivy:SrcVersion\",\"value\":\"5\"},"
        "{\"name\":\"aquasecurity:trivy:SrcRelease\",\"value\":\"6\"},"
        "{\"name\":\"aquasecurity:trivy:SrcEpoch\",\"value\":\"4\"}]}],"
        "\"dependencies\":[{\"ref\":\"lock\",\"dependsOn\":[\"a\"]},{\"ref\":\"a\",\"dependsOn\":["
        "\"b\",\"b\",\"gone\"]}]");
    assert_gives(bill, "image",
                 "{\"config\":\"" DIGEST "\",\"manifest\":\"" DIGEST "\",\"names\":[\"shop\"]}");
    assert_gives(bill, "packages",
                 "[{\"depends\":[\"b\"],\"file\":\"app/package-lock.json\",\"id\":\"a\",\"name\":"
                 "\"@x/a\",\"purl\":\"pkg:npm/%40x/a@1\",\"type\":\"npm\",\"version\":\"1\"},"
                 "{\"digest\":\"sha1:00112233445566778899aabbccddeeff00112233\",\"id\":\"b\","
                 "\"name\":\"b\",\"purl\":\"pkg:npm/b@2\",\"type\":\"npm\",\"version\":\"2\"},"
                 "{\"architecture\":\"x86_64\",\"id\":\"perl\",\"name\":\"perl-Errno\",\"purl\":"
                 "\"pkg:rpm/redhat/perl-Errno@1-2?arch=x86_64&epoch=4\",\"source\":\"perl\","
                 "\"source_version\":\"4:5-6\",\"type\":\"rpm\",\"version\":\"4:1-2\"}]");
    assert_gives(bill, "problems", "[]");
}

static void test_bill_says_what_it_cannot_map(void **state) {
    (void)state;
    assert_gives(
        CDX("1.4", "\"components\":[{\"type\":\"library\",\"name\":\"own\"},{\"type\":"
                   "\"library\",\"name\":\"c\",\"purl\":\"none\",\"components\":[{\"type\":"
                   "\"library\",\"name\":\"d\",\"purl\":\"pkg:deb/d@1\"}]}]"),
        "problems",
        "[{\"verdict\":\"not evaluated\",\"what\":\"nothing tells which package this is: "
        "own\"},{\"verdict\":\"not evaluated\",\"what\":\"nothing tells which package this "
        "is: c\"},{\"verdict\":\"not evaluated\",\"what\":\"the bill does not say of which "
        "system its packages are\"},{\"verdict\":\"not evaluated\",\"what\":\"of 2 "
        "components nothing tells which package it is\"}]");
    assert_gives(
        CDX("1.6", "\"compositions\":[{\"aggregate\":\"incomplete_first_party_only\"}]"),
        "problems",
        "[{\"verdict\":\"not evaluated\",\"what\":\"the bill says that it is incomplete\"}]");
    assert_gives(CDX("1.6", "\"compositions\":[{\"aggregate\":\"incomplete\"}],\"annotations\":[{"
                            "\"annotator\":{\"component\":{\"name\":\"paratia\"}},\"text\":\"fail: "
                            "another digest (layer 2)\"}]"),
                 "problems", "[{\"verdict\":\"fail\",\"what\":\"another digest (layer 2)\"}]");
}

static void test_bill_of_no_image_is_of_a_package(void **state) {
    (void)state;
    const char *bill =
        CDX("1.6", "\"metadata\":{\"component\":{\"type\":\"application\",\"bom-ref\":"
                   "\"app\",\"name\":\"app\",\"purl\":\"pkg:npm/app@1\"}},"
                   "\"components\":[{\"type\":\"library\",\"bom-ref\":\"a\",\"name\":"
                   "\"a\",\"purl\":\"pkg:npm/a\",\"properties\":[{\"name\":"
                   "\"paratia:owner\",\"value\":\"deb/node-a\"}]}],\"dependencies\":[{"
                   "\"ref\":\"app\",\"dependsOn\":[\"a\"]}]");
    assert_gives(bill, "image", "");
    assert_gives(bill, "kind", "\"bill\"");
    assert_gives(bill, "packages",
                 "[{\"depends\":[\"a\"],\"id\":\"app\",\"name\":\"app\",\"purl\":\"pkg:npm/app@1\","
                 "\"relationship\":\"root\",\"type\":\"npm\",\"version\":\"1\"},{\"id\":\"a\","
                 "\"name\":\"a\",\"owner\":{\"name\":\"node-a\",\"type\":\"deb\"},\"purl\":"
                 "\"pkg:npm/a\",\"type\":\"npm\"}]");
}

static void test_bill_takes_the_system_of_package_urls(void **state) {
    (void)state;
    assert_gives(CDX("1.4", "\"components\":[{\"type\":\"library\",\"name\":\"d\",\"purl\":"
                            "\"pkg:deb/ubuntu/d@1?distro=ubuntu-22.04\"}]"),
                 "os", "{\"id\":\"ubuntu\",\"version\":\"22.04\"}");
    assert_gives(CDX("1.4", "\"components\":[{\"type\":\"library\",\"name\":\"d\",\"purl\":"
                            "\"pkg:apk/alpine/d@1?distro=3.19.1\"}]"),
                 "os", "{\"id\":\"alpine\",\"version\":\"3.19.1\"}");
}

#define SPDX(members) "{\"spdxVersion\":\"SPDX-2.3\"," members "}"
#define PURL(text) \
    "\"externalRefs\":[{\"referenceType\":\"purl\",\"referenceLocator\":\"" text "\"}]"

static void test_bill_of_spdx(void **state) {
    (void)state;
    const char *bill = SPDX(
        "\"creationInfo\":{\"created\":\"2024-01-02T03:04:05Z\"},\"packages\":["
        "{\"SPDXID\":\"SPDXRef-DocumentRoot-Image-shop\",\"name\":\"shop\",\"checksums\":[{"
        "\"algorithm\":\"SHA256\",\"checksumValue\":"
        "\"00112233445566778899aabbccddeeff0011223344556677"
        "8899aabbccddeeff\"}]},"
        "{\"SPDXID\":\"SPDXRef-OperatingSystem-1\",\"name\":\"debian\",\"versionInfo\":\"12\"},"
        "{\"SPDXID\":\"SPDXRef-Application-1\",\"name\":\"npm\",\"sourceInfo\":\"app/yarn.lock\"},"
        "{\"SPDXID\":\"SPDXRef-a\",\"name\":\"a\",\"licenseDeclared\":\"LicenseRef-1\"," PURL(
            "pkg:npm/a@1") "},"
                           "{\"SPDXID\":\"SPDXRef-b\",\"name\":\"b\",\"licenseDeclared\":"
                           "\"NOASSERTION\",\"sourceInfo\":"
                           "\"built package from: c 2\"," PURL(
                               "pkg:deb/debian/b@1") "},"
                                                     "{\"SPDXID\":\"SPDXRef-d\",\"name\":\"d\","
                                                     "\"licenseDeclared\":\"MIT\",\"sourceInfo\":"
                                                     "\"acquired package info from DPKG DB: "
                                                     "/var/lib/dpkg/status, /x\"," PURL(
                                                         "pkg:deb/debian/d@1") "}],"
                                                                               "\"hasExtractedLicen"
                                                                               "singInfos\":[{"
                                                                               "\"licenseId\":"
                                                                               "\"LicenseRef-1\","
                                                                               "\"name\":\"Own\"}],"
                                                                               "\"relationships\":["
                                                                               "{\"spdxElementId\":"
                                                                               "\"SPDXRef-"
                                                                               "Application-1\","
                                                                               "\"relationshipType"
                                                                               "\":"
                                                                               "\"CONTAINS\","
                                                                               "\"relatedSpdxElemen"
                                                                               "t\":\"SPDXRef-a\"},"
                                                                               "{\"spdxElementId\":"
                                                                               "\"SPDXRef-b\","
                                                                               "\"relationshipType"
                                                                               "\":\"DEPENDENCY_"
                                                                               "OF\","
                                                                               "\"relatedSpdxElemen"
                                                                               "t\":\"SPDXRef-d\"}"
                                                                               "]");
    assert_gives(bill, "os", "{\"id\":\"debian\",\"version\":\"12\"}");
    assert_gives(bill, "image",
                 "{\"created\":\"2024-01-02T03:04:05Z\",\"manifest\":\"" DIGEST
                 "\",\"names\":[\"shop\"]}");
    assert_gives(
        bill, "packages",
        "[{\"file\":\"app/yarn.lock\",\"id\":\"SPDXRef-a\",\"licences\":[\"Own\"],\"name\":"
        "\"a\",\"purl\":\"pkg:npm/a@1\",\"type\":\"npm\",\"version\":\"1\"},{\"id\":"
        "\"SPDXRef-b\",\"name\":\"b\",\"purl\":\"pkg:deb/debian/b@1\",\"source\":\"c\","
        "\"source_version\":\"2\",\"type\":\"deb\",\"version\":\"1\"},{\"depends\":["
        "\"SPDXRef-b\"],\"file\":\"var/lib/dpkg/status\",\"id\":\"SPDXRef-d\",\"licences\":["
        "\"MIT\"],\"name\":\"d\",\"purl\":\"pkg:deb/debian/d@1\",\"source\":\"d\",\"source_"
        "version\":\"1\",\"type\":\"deb\",\"version\":\"1\"}]");
    assert_gives(bill, "verdict", "\"pass\"");
}

static void test_bill_of_ours_in_spdx_loses_nothing_of_the_system(void **state) {
    (void)state;
#define NOTES(text) "\"annotations\":[{\"annotator\":\"Tool: paratia-1\",\"comment\":\"" text "\"}]"
    const char *bill = SPDX(
        "\"packages\":[{\"SPDXID\":\"SPDXRef-OperatingSystem-1\",\"name\":\"centos\","
        "\"versionInfo\":\"9\"," NOTES(
            "paratia:os:distribution CentOS Stream\\n"
            "paratia:os:id fake") "},"
                                  "{\"SPDXID\":\"SPDXRef-a\",\"name\":\"a\"," NOTES(
                                      "paratia:more:vendor Some Body\\nparatia:owner "
                                      "rpm/b\\nparatia:owner:content "
                                      "other\\nparatia:more:\\nx") "," PURL("pkg:rpm/centos/"
                                                                            "a@1?rpmmod=m:1") "}]");
    assert_gives(bill, "os",
                 "{\"distribution\":\"CentOS Stream\",\"id\":\"centos\",\"version\":\"9\"}");
    assert_gives(bill, "packages",
                 "[{\"id\":\"SPDXRef-a\",\"more\":{\"module\":\"m:1\",\"vendor\":\"Some Body\"},"
                 "\"name\":\"a\",\"owner\":{\"content\":\"other\",\"name\":\"b\",\"type\":\"rpm\"},"
                 "\"purl\":\"pkg:rpm/centos/a@1?rpmmod=m:1\",\"source\":\"a\",\"source_version\":"
                 "\"1\",\"type\":\"rpm\",\"version\":\"1\"}]");
}

static void test_bill_of_a_system_says_which(void **state) {
    (void)state;
    assert_gives(CDX("1.6", "\"metadata\":{\"component\":{\"type\":\"operating-system\",\"name\":"
                            "\"debian\",\"version\":\"12\",\"description\":\"Debian 12\"}}"),
                 "os", "{\"id\":\"debian\",\"name\":\"Debian 12\",\"version\":\"12\"}");
}

static void test_bill_of_spdx_tags(void **state) {
    (void)state;
    const char *bill =
        "# by hand\n\nSPDXVersion: SPDX-2.3\r\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: x\nCreated: "
        "2024-01-02T03:04:05Z\nPackageName: a\nSPDXID: SPDXRef-a\nPackageSourceInfo: <text>built "
        "of\nb 2</text>\nPackageVersion: 1\nPackageChecksum: SHA1: "
        "00112233445566778899aabbccddeeff00112233\nExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1\n"
        "PackageLicenseDeclared: LicenseRef-1\nFileName: ./x\nSPDXID: SPDXRef-f\nPackageName: c\n"
        "SPDXID: SPDXRef-c\nExternalRef: PACKAGE_MANAGER purl pkg:npm/c@2\nRelationship: SPDXRef-a "
        "DEPENDS_ON SPDXRef-c\nLicenseID: LicenseRef-1\nLicenseName: Own terms\nExtractedText: "
        "<text>Do\nas you: like</text>\n";
    assert_gives(bill, "packages",
                 "[{\"depends\":[\"SPDXRef-c\"],\"digest\":\"sha1:"
                 "00112233445566778899aabbccddeeff00112233\",\"id\":\"SPDXRef-a\",\"licences\":["
                 "\"Own terms\"],\"name\":\"a\",\"purl\":\"pkg:npm/a@1\",\"type\":\"npm\","
                 "\"version\":\"1\"},{\"id\":\"SPDXRef-c\",\"name\":\"c\",\"purl\":\"pkg:npm/c@2\","
                 "\"type\":\"npm\",\"version\":\"2\"}]");
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value doc = pt_undefined();
    pt_err e = {0};
    pt_str cut = PT_STR("SPDXVersion: SPDX-2.3\nPackageComment: <text>a\nb");
    assert_int_equal(pt_bill_read(&a, cut, &doc, &e), PT_E_FORMAT);
    assert_int_equal(e.line, 2);
    static const char *const wrong[] = {"word", "PackageComment: <text>a", "A: <text>",
                                        "A: <text></tex"};
    for (size_t i = 0; i < PT_COUNT(wrong); i++) {
        pt_str s = pt_arena_printf(&a, "SPDXVersion: SPDX-2.3\n%s", wrong[i]);
        assert_int_equal(pt_bill_read(&a, s, &doc, &e), PT_E_FORMAT);
    }
    pt_str last = PT_STR("SPDXVersion: <text>SPDX-2.3</text>");
    assert_int_equal(pt_bill_read(&a, last, &doc, &e), PT_OK);
}

static void test_bill_refuses_what_is_none(void **state) {
    (void)state;
    static const struct {
        const char *text;
        pt_code want;
    } cases[] = {
        {"[]", PT_E_FORMAT},
        {"{}", PT_E_FORMAT},
        {"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"2.0\"}", PT_E_UNSUPPORTED},
        {"{\"bomFormat\":\"CycloneDX\"}", PT_E_UNSUPPORTED},
        {"{\"spdxVersion\":\"SPDX-3.0\"}", PT_E_UNSUPPORTED},
        {"{\"spdxVersion\":7}", PT_E_FORMAT},
        {"{", PT_E_FORMAT},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_value doc = pt_undefined();
        pt_err e = {0};
        assert_int_equal(pt_bill_read(&a, pt_str_of(cases[i].text), &doc, &e), cases[i].want);
        assert_true(e.what[0] != '\0');
    }
}

static void test_bill_in_utf16_is_read(void **state) {
    (void)state;
    static const char little[] = "\xff\xfe\"\0\x3d\xd8\x00\xde\xe4\0\x3d\xd8\"\0";
    static const char big[] = "\xfe\xff\0\"\xd8\x3d\xde\x00\0\xe4\xd8\x3d\0\"";
    const pt_str texts[] = {{little, sizeof little - 1}, {big, sizeof big - 1}};
    for (size_t i = 0; i < PT_COUNT(texts); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_value v = pt_undefined();
        assert_int_equal(pt_bill_parse(&a, texts[i], &v, NULL), PT_OK);
        assert_str(pt_text(v), "\xf0\x9f\x98\x80\xc3\xa4\xef\xbf\xbd");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bill_of_syft_in_cyclonedx),
        cmocka_unit_test(test_bill_of_trivy_in_cyclonedx),
        cmocka_unit_test(test_bill_says_what_it_cannot_map),
        cmocka_unit_test(test_bill_of_no_image_is_of_a_package),
        cmocka_unit_test(test_bill_takes_the_system_of_package_urls),
        cmocka_unit_test(test_bill_of_spdx),
        cmocka_unit_test(test_bill_of_ours_in_spdx_loses_nothing_of_the_system),
        cmocka_unit_test(test_bill_of_a_system_says_which),
        cmocka_unit_test(test_bill_of_spdx_tags),
        cmocka_unit_test(test_bill_refuses_what_is_none),
        cmocka_unit_test(test_bill_in_utf16_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
