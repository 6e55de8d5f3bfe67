// The first byte says what of the scan is given; the rest is JSON. Whatever a document holds, it is
// judged or refused, and what is found has an id, a package and a state.
#include "judge/vuln/match/match.h"
#include "judge/vuln/match/testing_index.h"
#include "value/json.h"

static const char advisories[] =
    "Debian:12 | openssl |  |  | 3.0.11-1 | | | CVE-2023-1\n"
    "Debian:12 | openssl | not affected | | | | | CVE-2023-2\n"
    "Debian:12 | requests | | | | | | CVE-2023-3\n"
    "PyPI | requests | | | 2.31.0 | | | GHSA-1\n"
    "Go | stdlib | | 1.20.0 | 1.20.5 | | | GO-1\n"
    "Maven | a:b | | | 1.0 | | | GHSA-2\n"
    "Red Hat:enterprise_linux:9::baseos | openssl | | | 1:3.0.7-5.el9 | | nodejs:18 | RHSA-1\n"
    "Red Hat:rhel_eus:9.2::baseos | openssl | | | 1:3.0.7-4.el9_2 | | | RHSA-2\n"
    "@GHSA-1 {\"aliases\": [\"CVE-2023-3\"], \"severity\": [{\"type\": \"CVSS_V3\", \"score\": "
    "\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}], \"epss\": {\"score\": 0.5}}\n"
    "@RHSA-1 {\"upstream\": [\"CVE-2023-4\", \"CVE-2023-5\"], \"label\": \"Important\"}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    pt_match_ask ask = {.index = pt_fake_index(&a, advisories), .vex = pt_vex_new(&a)};
    pt_value doc;
    pt_value ret;
    if (!size || pt_json_parse(&a, (pt_str){(const char *)data + 1, size - 1}, NULL, &doc, NULL))
        return 0;
    ask.scan = doc;
    ask.now = data[0] & 1 ? INT64_C(1800000000) * PT_SECOND_NS : 0;
    if (pt_match(&ask, &a, &ret, NULL))
        return 0;
    pt_value found = pt_getz(ret, "vulnerabilities");
    for (size_t i = 0; i < pt_len(found); i++) {
        pt_value one = pt_at(found, i);
        pt_assert(pt_text(pt_getz(one, "id")).n && pt_defined(pt_getz(one, "package")) &&
                  pt_text(pt_getz(one, "state")).n);
    }
    pt_assert(pt_defined(pt_getz(ret, "coverage")) && pt_defined(pt_getz(ret, "fixes")));
    return 0;
}
