#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "judge/vuln/match/match.h"
#include "judge/vuln/match/testing_index.h"
#include "value/json.h"

#define DEBIAN  "\"os\": {\"id\": \"debian\", \"version\": \"12\"}"
#define UBUNTU  "\"os\": {\"id\": \"ubuntu\", \"version\": \"22.04\"}"
#define ALPINE  "\"os\": {\"id\": \"alpine\", \"version\": \"3.20.3\"}"
#define RED_HAT "\"os\": {\"id\": \"rhel\", \"version\": \"9.2\"}"
#define ORACLE  "\"os\": {\"id\": \"ol\", \"version\": \"8.9\"}"
#define SUSE    "\"os\": {\"id\": \"sles\", \"version\": \"15.5\"}"
#define WOLFI   "\"os\": {\"id\": \"wolfi\", \"version\": \"20230201\"}"
#define DEB(n, v, s, sv)                                                                \
    "{\"type\": \"deb\", \"name\": \"" n "\", \"version\": \"" v "\", \"source\": \"" s \
    "\", \"source_version\": \"" sv "\", \"layer\": 1}"
#define RPM(n, v, s, sv, more)                                                          \
    "{\"type\": \"rpm\", \"name\": \"" n "\", \"version\": \"" v "\", \"source\": \"" s \
    "\", \"source_version\": \"" sv "\", \"more\": {" more "}}"
#define APK(n, v, s) \
    "{\"type\": \"apk\", \"name\": \"" n "\", \"version\": \"" v "\", \"source\": \"" s "\"}"
#define LANG(t, n, v) \
    "{\"type\": \"" t "\", \"name\": \"" n "\", \"version\": \"" v "\", \"file\": \"app/x\"}"
#define KEPT_DEB(n, v, address)                                                         \
    "{\"type\": \"deb\", \"name\": \"" n "\", \"version\": \"" v "\", \"source\": \"" n \
    "\", \"more\": {\"maintainer\": \"" address "\"}}"
#define OWNED_AS(content, file, t, n, v, ot, o)                                            \
    "{\"type\": \"" t "\", \"name\": \"" n "\", \"version\": \"" v "\", \"file\": \"" file \
    "\", \"owner\": {\"type\": \"" ot "\", \"name\": \"" o "\"" content "}}"
#define OWNED_AT(...)         OWNED_AS(", \"content\": \"same\"", __VA_ARGS__)
#define OWNED(t, n, v, ot, o) OWNED_AT("usr/lib/x/m", t, n, v, ot, o)

// What comes of it, a line each:
//   ID PACKAGE STATE [FIXED…] SEVERITY    a finding
//   - ID PACKAGE KIND                     a suppressed one
//   ? ECOSYSTEM: WHY                      not covered
//   ! PACKAGE: REASON                     not judged
typedef struct pt_case {
    const char *name, *index, *os, *packages, *expect;
} pt_case;

static void put(pt_buf *b, pt_str s) {
    pt_buf_put(b, s);
}

static pt_str in(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static void put_finding(pt_buf *b, pt_value f) {
    pt_value fixed = pt_getz(f, "fixed");
    put(b, in(f, "id"));
    pt_buf_printf(b, " %.*s %.*s", PT_PRI(in(pt_getz(f, "package"), "name")),
                  PT_PRI(in(f, "state")));
    for (size_t i = 0; i < pt_len(fixed); i++)
        pt_buf_printf(b, " %.*s", PT_PRI(pt_text(pt_at(fixed, i))));
    pt_buf_printf(b, " %.*s\n", PT_PRI(in(f, "severity")));
}

static void put_rest(pt_buf *b, pt_value ret) {
    pt_value list = pt_getz(ret, "suppressed");
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_value f = pt_at(list, i);
        pt_buf_printf(b, "- %.*s %.*s %.*s\n", PT_PRI(in(f, "id")),
                      PT_PRI(in(pt_getz(f, "package"), "name")),
                      PT_PRI(in(pt_getz(f, "suppressed_by"), "kind")));
    }
    list = pt_getz(ret, "coverage");
    for (size_t i = 0; i < pt_len(list); i++)
        if (!pt_true(pt_getz(pt_at(list, i), "known")))
            pt_buf_printf(
                b, "%s %.*s: %.*s\n", pt_true(pt_getz(pt_at(list, i), "informational")) ? "~" : "?",
                PT_PRI(in(pt_at(list, i), "ecosystem")), PT_PRI(in(pt_at(list, i), "why")));
    list = pt_getz(ret, "unmatched");
    for (size_t i = 0; i < pt_len(list); i++)
        pt_buf_printf(b, "! %.*s: %.*s\n", PT_PRI(in(pt_getz(pt_at(list, i), "package"), "name")),
                      PT_PRI(in(pt_at(list, i), "reason")));
}

static pt_value match(pt_arena *a, const pt_case *c, const pt_vex *vex) {
    pt_err e = {0};
    pt_value ret = pt_undefined();
    pt_match_ask ask = {.index = pt_fake_index(a, c->index), .vex = vex};
    pt_str doc = pt_arena_printf(a,
                                 "{%s%s \"image\": {\"names\": [\"shop/web:1\"], \"manifest\": "
                                 "\"sha256:11\"}, \"packages\": [%s]}",
                                 c->os, c->os[0] ? "," : "", c->packages);
    assert_int_equal(pt_time_parse(PT_STR("2026-02-01T00:00:00Z"), &ask.now), true);
    assert_int_equal(pt_json_parse(a, doc, NULL, &ask.scan, &e), PT_OK);
    assert_int_equal(pt_match(&ask, a, &ret, &e), PT_OK);
    return ret;
}

static void check(const pt_case *c) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_value ret = match(&a, c, NULL);
    pt_value found = pt_getz(ret, "vulnerabilities");
    for (size_t i = 0; i < pt_len(found); i++)
        put_finding(&b, pt_at(found, i));
    put_rest(&b, ret);
    pt_str got = pt_buf_str(&b);
    if (!pt_str_eqz(got, c->expect))
        print_error("%s:\n%.*s", c->name, PT_PRI(got));
    assert_str(got, c->expect);
}

// clang-format off
static const pt_case systems[] = {
    {"source package decides", "Debian:12 | gcc-12 | | | 12.2.0-15 | | | CVE-1",
     DEBIAN, DEB("libgcc-s1", "4:12.2.0-14", "gcc-12", "12.2.0-14") "," DEB("gcc", "4:12.2.0-3", "gcc-defaults", "1.203"),
     "CVE-1 libgcc-s1 affected 12.2.0-15 unknown\n"},
    {"a rebuild of the fixed source is fixed", "Debian:12 | a | | | 1.2-3 | | | CVE-1",
     DEBIAN, DEB("a", "1.2-3+b1", "a", "1.2-3"), ""},
    {"epochs", "Debian:12 | a | | | 1:1.0-1 | | | CVE-1",
     DEBIAN, DEB("a", "2.0-1", "a", "2.0-1") "," DEB("b", "1:1.0-1", "a", "1:1.0-1"),
     "CVE-1 a affected 1:1.0-1 unknown\n"},
    {"fixed in 0: never affected", "Debian:12 | a | | | 0 | | | CVE-1", DEBIAN, DEB("a", "1", "a", "1"), ""},
    {"open without a fix", "Debian:12 | a | | | | | | CVE-1\nDebian:12 | a | won't fix | | | | | CVE-2\nDebian:12 | a | deferred | | | | | CVE-3",
     DEBIAN, DEB("a", "1", "a", "1"), "CVE-1 a affected unknown\nCVE-2 a won't fix unknown\nCVE-3 a deferred unknown\n"},
    {"not affected alone is no news, against others it is told", "Debian:12 | a | not affected | | | | | CVE-1\nDebian:12 | b | not affected | | | | | CVE-2\nDebian:12 | b | | | | | | DSA-2\n@DSA-2 {\"aliases\": [\"CVE-2\"]}",
     DEBIAN, DEB("a", "1", "a", "1") "," DEB("b", "1", "b", "1"), "- CVE-2 b distribution\n"},
    {"the kernel's other packages are told aside", "Debian:12 | linux | | | 6.1.9-1 | | | CVE-1",
     DEBIAN, DEB("linux-libc-dev", "6.1.8-1", "linux", "6.1.8-1") "," DEB("linux-image-6.1.0-8-amd64", "6.1.8-1", "linux-signed-amd64", "6.1.8+1"),
     "CVE-1 linux-image-6.1.0-8-amd64 affected 6.1.9-1 unknown\n! linux-libc-dev: its source is the kernel's, and it holds no kernel\n"},
    {"another release is not asked", "Debian:11 | a | | | | | | CVE-1\nDebian:12 | b | | | | | | CVE-2",
     DEBIAN, DEB("a", "1", "a", "1"), ""},
    {"an index without the release", "Debian:11 | a | | | | | | CVE-1",
     DEBIAN, DEB("a", "1", "a", "1"), "? Debian:12: the index has no advisories for it\n"},
    {"no release", "Debian:12 | a | | | | | | CVE-1",
     "\"os\": {\"id\": \"debian\", \"name\": \"Debian forky/sid\"}", DEB("a", "1", "a", "1"), "? Debian forky/sid: its os-release does not say which release it is\n"},
    {"a derivative", "Debian:12 | a | | | | | | CVE-1",
     "\"os\": {\"id\": \"mint\", \"id_like\": \"debian\", \"version\": \"12\"}", DEB("a", "1", "a", "1"), "? mint: a system that no advisories are known for\n"},
    {"no system", "Debian:12 | a | | | | | | CVE-1", "", DEB("a", "1", "a", "1"), "? system unknown: no file says which system it is\n"},
    {"an ended release is judged, and is no pass", "Debian:10 | a | | | 2 | | | CVE-1",
     "\"os\": {\"id\": \"debian\", \"version\": \"10\"}", DEB("a", "1", "a", "1"), "CVE-1 a affected 2 unknown\n? Debian:10: nobody looks after it since 2024-06-30\n"},
    {"Ubuntu: long-term releases say so", "Ubuntu:22.04:LTS | a | | | 2 | | | CVE-1", UBUNTU, DEB("a", "1", "a", "1"), "CVE-1 a affected 2 unknown\n"},
    {"Ubuntu: a fix that only Pro has", "Ubuntu:22.04:LTS | b | | | 2 | | | CVE-0\nUbuntu:Pro:22.04:LTS | a | | | 1+esm1 | | | CVE-1\nUbuntu:Pro:22.04:LTS | b | | | 2+esm9 | | | CVE-0",
     UBUNTU, DEB("a", "1", "a", "1") "," DEB("b", "2", "b", "2"), "CVE-1 a affected 1+esm1 unknown\n"},
    {"Ubuntu: Pro's package by Pro's word", "Ubuntu:22.04:LTS | a | | | | | | CVE-1\nUbuntu:Pro:22.04:LTS | a | | | 1+esm1 | | | CVE-1",
     UBUNTU, DEB("a", "1+esm1", "a", "1+esm1"), ""},
    {"Alpine: origin", "Alpine:v3.20 | openssl | | | 3.3.2-r0 | | | CVE-1", ALPINE, APK("libssl3", "3.3.1-r0", "openssl") "," APK("x", "3.3.1-r0", "x"),
     "CVE-1 libssl3 affected 3.3.2-r0 unknown\n"},
    {"Wolfi: by either name, and no release", "Wolfi | go-1.22 | | | 1.22.5-r0 | | | CGA-1\nWolfi | go-1.22-doc | | | 1.22.6-r0 | | | CGA-2\n@CGA-1 {\"upstream\": [\"CVE-1\", \"GHSA-1\"]}",
     WOLFI, APK("go-1.22-doc", "1.22.4-r0", "go-1.22"), "CGA-2 go-1.22-doc affected 1.22.6-r0 unknown\nCVE-1 go-1.22-doc affected 1.22.5-r0 unknown\n"},
    {"what another system installs", "Debian:12 | a | | | | | | CVE-1", DEBIAN, APK("a", "1", "a"), "? apk: not of the kind that this system installs\n"},
    {"two architectures are two packages", "Debian:12 | a | | | 2 | | | CVE-1", DEBIAN,
     "{\"type\": \"deb\", \"name\": \"a\", \"version\": \"1\", \"architecture\": \"amd64\"},{\"type\": \"deb\", \"name\": \"a\", \"version\": \"1\", \"architecture\": \"i386\"}",
     "CVE-1 a affected 2 unknown\nCVE-1 a affected 2 unknown\n"},
    {"no version of its kind", "Alpine:v3.20 | a | | | 2 | | | CVE-1", ALPINE, APK("a", "not one", "a"),
     "! a: 1 statement about it cannot be compared: \"not one\" is no version of apk\n"},
};

static const pt_case rpms[] = {
    {"binary names", "AlmaLinux:9 | openssl-libs | | | 1:3.0.7-25.el9 | | | ALSA-1\nAlmaLinux:9 | openssl | | | 1:3.0.7-99.el9 | | | ALSA-2",
     "\"os\": {\"id\": \"almalinux\", \"version\": \"9.4\"}", RPM("openssl-libs", "1:3.0.7-24.el9", "openssl", "3.0.7-24.el9", ""), "ALSA-1 openssl-libs affected 1:3.0.7-25.el9 unknown\n"},
    {"a source without its epoch is not older", "Rocky Linux:9 | perl | | | 4:5.26.3-1.el9 | | | RLSA-1",
     "\"os\": {\"id\": \"rocky\", \"version\": \"9.4\"}", RPM("perl-Errno", "1.28-420.el9", "perl", "5.26.3-420.el9", "") "," RPM("perl-IO", "1.2-1.el9", "perl", "5.26.2-1.el9", ""),
     "RLSA-1 perl-IO affected 4:5.26.3-1.el9 unknown\n"},
    {"what is said of the binary outweighs what is said of the source", "Rocky Linux:9 | a | | | 2-1 | | | CVE-1\nRocky Linux:9 | a-libs | | | 1-1 | | | CVE-1",
     "\"os\": {\"id\": \"rocky\", \"version\": \"9.4\"}", RPM("a-libs", "1-1", "a", "1-1", ""), ""},
    {"Red Hat: fixes by binary names, open ones by the source's", "Red Hat:enterprise_linux:9::appstream | a | | | 2-1.el9 | | | CVE-1\nRed Hat:enterprise_linux:9 | a | won't fix | | | | | CVE-2",
     RED_HAT, RPM("a-libs", "1-1.el9", "a", "1-1.el9", ""), "CVE-2 a-libs won't fix unknown\n"},
    {"an extended stream's fix", "Red Hat:enterprise_linux:9::baseos | a | | | 2-5.el9_4 | | | RHSA-2\nRed Hat:rhel_eus:9.2::baseos | a | | | 2-4.el9_2 | | | RHSA-1\n@RHSA-1 {\"upstream\": [\"CVE-1\"]}\n@RHSA-2 {\"upstream\": [\"CVE-1\"]}",
     RED_HAT, RPM("a", "2-4.el9_2", "a", "2-4.el9_2", ""), ""},
    {"modules", "Red Hat:enterprise_linux:9::appstream | nodejs | | | 1:20.1-1.module+el9 | | nodejs:20 | CVE-1\nRed Hat:enterprise_linux:9::appstream | nodejs | | | 1:18.9-1.module+el9 | | nodejs:18 | CVE-2",
     RED_HAT, RPM("nodejs", "1:18.2-1.module+el9", "nodejs", "18.2-1.module+el9", "\"module\": \"nodejs:18:9020020230327152102:rhel9\""), "CVE-2 nodejs affected 1:18.9-1.module+el9 unknown\n"},
    {"a module's fix is not of the plain package", "AlmaLinux:9 | a | | | 2-1.module_el9 | | | ALSA-1", "\"os\": {\"id\": \"almalinux\", \"version\": \"9.4\"}", RPM("a", "1-1.el9", "a", "1-1.el9", ""), ""},
    {"flavours", "Oracle Linux:8 | glibc | | | 2:2.28-9.ksplice1.el8 | | | ELSA-1\nOracle Linux:8 | glibc | | | 2.28-5.el8 | | | ELSA-2",
     ORACLE, RPM("glibc", "2.28-4.el8", "glibc", "2.28-4.el8", ""), "ELSA-2 glibc affected 2.28-5.el8 unknown\n"},
    {"another vendor's", "Red Hat:enterprise_linux:9::baseos | a | | | 9 | | | CVE-1", RED_HAT,
     RPM("a", "1", "a", "1", "\"vendor\": \"Fedora Project\"") "," RPM("b", "1", "a", "1", "\"vendor\": \"Red Hat, Inc.\""),
     "! a: another vendor made it: the distribution's advisories do not speak of it\n"},
    {"kernels", "Red Hat:enterprise_linux:9 | kernel | | | | | | CVE-1", RED_HAT,
     RPM("kernel-headers", "5.14-1.el9", "kernel", "5.14-1.el9", "") "," RPM("kernel-core", "5.14-1.el9", "kernel", "5.14-1.el9", "") "," RPM("bpftool", "5.14-1.el9", "kernel", "5.14-1.el9", ""),
     "CVE-1 kernel-core affected unknown\n! kernel-headers: its source is the kernel's, and it holds no kernel\n! bpftool: its source is the kernel's, and it holds no kernel\n"},
    {"SUSE: modules of a service pack", "SUSE:Linux Enterprise Module for Basesystem 15 SP5 | a | | | 2 | | | SUSE-1", SUSE, RPM("a", "1", "a", "1", ""), "SUSE-1 a affected 2 unknown\n"},
    {"CentOS Stream", "Red Hat:enterprise_linux:9 | a | | | | | | CVE-1", "\"os\": {\"id\": \"centos\", \"version\": \"9\", \"distribution\": \"CentOS Stream\", \"name\": \"CentOS Stream 9\"}", RPM("a", "1", "a", "1", ""),
     "? CentOS Stream 9: nobody publishes advisories for CentOS Stream\n"},
};

static const pt_case languages[] = {
    {"branches", "npm | a | | 1.0.0 | 1.5.0 | | | GHSA-1\nnpm | a | | 2.0.0 | 2.3.0 | | | GHSA-1", "", LANG("npm", "a", "2.1.0") "," LANG("npm", "a", "1.6.0"),
     "GHSA-1 a affected 2.3.0 unknown\n"},
    {"aliases are one finding", "PyPI | a | | | 2.0 | | | PYSEC-1\nPyPI | a | | | 2.0.1 | | | GHSA-1\n@PYSEC-1 {\"aliases\": [\"CVE-1\"]}\n@GHSA-1 {\"aliases\": [\"CVE-1\"], \"label\": \"HIGH\"}",
     "", LANG("pypi", "a", "1.9"), "CVE-1 a affected 2.0 2.0.1 high\n"},
    {"related is not the same", "PyPI | a | | | 2.0 | | | PYSEC-1\nPyPI | a | | | 2.0.1 | | | PYSEC-2\n@PYSEC-1 {\"related\": [\"PYSEC-2\"]}",
     "", LANG("pypi", "a", "1.9"), "PYSEC-1 a affected 2.0 unknown\nPYSEC-2 a affected 2.0.1 unknown\n"},
    {"a bulletin about several is several", "Debian:12 | a | | | 2 | | | DSA-1\nDebian:12 | a | | | 2 | | | DEBIAN-CVE-1\n@DSA-1 {\"upstream\": [\"CVE-1\", \"CVE-2\"]}\n@DEBIAN-CVE-1 {\"upstream\": [\"CVE-1\"]}",
     DEBIAN, DEB("a", "1", "a", "1"), "CVE-1 a affected 2 unknown\nCVE-2 a affected 2 unknown\n"},
    {"a bulletin that says no more than related", "AlmaLinux:9 | a | | | 2 | | | ALSA-1\n@ALSA-1 {\"related\": [\"CVE-1\", \"CVE-2\"]}\nAlmaLinux:9 | a | | | 3 | | | ALSA-2\n@ALSA-2 {\"related\": [\"CVE-2\"]}",
     "\"os\": {\"id\": \"almalinux\", \"version\": \"9.4\"}", RPM("a", "1", "a", "1", ""), "CVE-1 a affected 2 unknown\nCVE-2 a affected 2 3 unknown\n"},
    {"no name, no type", "npm | a | | | 2 | | | GHSA-1", "", "{\"type\": \"npm\"}, {}, {\"type\": \"maven\", \"version\": \"1\"}",
     "? : a kind of packages that is not known\n? Maven: the index has no advisories for it\n"},
    {"no flaw", "npm | a | | | | | | RUSTSEC-1\n@RUSTSEC-1 {\"informational\": \"unmaintained\"}", "", LANG("npm", "a", "1.0.0"), ""},
    {"a flaw that is called a notice", "npm | a | | | | | | RUSTSEC-1\n@RUSTSEC-1 {\"informational\": \"unsound\"}", "", LANG("npm", "a", "1.0.0"), "RUSTSEC-1 a affected unknown\n"},
    {"Maven's coordinates", "Maven | org.x:y | | | 2 | | | GHSA-1", "", LANG("maven", "org.x:y", "1") "," LANG("maven", "org.x/y", "1"),
     "GHSA-1 org.x:y affected 2 unknown\nGHSA-1 org.x/y affected 2 unknown\n"},
    {"Go: toolchains", "Go | stdlib | | | 1.22.5 | | | GO-1", "", LANG("golang", "stdlib", "go1.22.1 X:boringcrypto") "," LANG("golang", "stdlib", "1.22.1-X:nocoverageredesign") "," LANG("golang", "stdlib", "go1.22.5"),
     "GO-1 stdlib affected 1.22.5 unknown\nGO-1 stdlib affected 1.22.5 unknown\n"},
    {"Go: a distributor's compiler by the distributor's word", "Go | stdlib | | | 1.22.5 | | | GO-1\nRed Hat:enterprise_linux:9::appstream | golang | | | 1.21.13-2.el9 | | | RHSA-1", RED_HAT,
     LANG("golang", "stdlib", "1.21.13 (Red Hat 1.21.13-3.el9)") "," LANG("golang", "stdlib", "1.21.13 (Red Hat 1.21.13-1.el9)"), "RHSA-1 stdlib affected 1.21.13-2.el9 unknown\n"},
    {"Go: … of another release nobody can say, as the reader of programs tells it", "Go | stdlib | | | 1.22.5 | | | GO-1\nRed Hat:enterprise_linux:9::appstream | golang | | | 1.21.13-2.el9 | | | RHSA-1", RED_HAT,
     "{\"type\": \"golang\", \"name\": \"stdlib\", \"version\": \"v1.21.13\", \"more\": {\"toolchain\": \"go1.21.13 (Red Hat 1.21.13-1.el8_10)\"}},"
     "{\"type\": \"golang\", \"name\": \"stdlib\", \"version\": \"v1.21.13\", \"more\": {\"toolchain\": \"go1.21.13 (Red Hat 1.21.13-1.el9_4)\"}}",
     "RHSA-1 stdlib affected 1.21.13-2.el9 unknown\n! stdlib: a distributor's Go compiler made it, whose fixes its version does not tell\n"},
    {"Go: … and elsewhere nobody can say", "Go | stdlib | | | 1.22.5 | | | GO-1\nGo | a | | | 1.22.5 | | | GO-2", "",
     LANG("golang", "b", "(devel)") "," LANG("golang", "stdlib", "1.21.13 (Red Hat 1.21.13-3.el9)") "," LANG("golang", "a", "(devel)"),
     "! stdlib: a distributor's Go compiler made it, whose fixes its version does not tell\n! a: it was built from a working copy, whose version nobody recorded\n"},
    {"no ecosystem, none in the index, no version", "npm | a | | | | | | GHSA-1", "", LANG("conda", "a", "1") "," LANG("pypi", "a", "1") "," LANG("npm", "a", ""),
     "~ conda: no advisories are known for packages of its kind\n? PyPI: the index has no advisories for it\n! a: it has no version\n"},
    {"a kind that is not known is a gap", "npm | a | | | | | | GHSA-1", "", LANG("portage", "sys-libs/zlib", "1") "," LANG("githubactions", "a", "1") "," LANG("generic", "openssl", "3"),
     "? portage: a kind of packages that is not known\n? githubactions: a kind of packages that is not known\n~ generic: no advisories are known for packages of its kind\n"},
    {"owned by a distribution that tells open flaws", "Debian:12 | x | | | | | | CVE-9\nPyPI | requests | | | 2.31.0 | | | CVE-1", DEBIAN,
     KEPT_DEB("python3-requests", "2.28.1+dfsg-1", "team+python@tracker.debian.org") "," OWNED("pypi", "requests", "2.28.1", "deb", "python3-requests") "," LANG("pypi", "requests", "2.28.1"),
     "CVE-1 requests affected 2.31.0 unknown\n- CVE-1 requests owner\n"},
    {"owned by one that tells fixes only", "Alpine:v3.20 | py3-a | | | 1.0-r1 | | | CVE-1\nPyPI | a | | | 2 | | | CVE-1\nPyPI | a | | | 2 | | | CVE-2", ALPINE,
     APK("py3-a", "1.0-r1", "py3-a") "," OWNED("pypi", "a", "1.0", "apk", "py3-a"), "CVE-2 a affected 2 unknown\n- CVE-1 a owner\n"},
    {"owned by another vendor's package", "Red Hat:enterprise_linux:9 | x | | | | | | CVE-9\nnpm | npm | | | 2.0.0 | | | CVE-1", RED_HAT,
     RPM("nodejs", "18.0-1nodesource", "nodejs", "18.0-1nodesource", "\"vendor\": \"NodeSource\"") "," OWNED("npm", "npm", "1.0.0", "rpm", "nodejs"),
     "CVE-1 npm affected 2.0.0 unknown\n! nodejs: another vendor made it: the distribution's advisories do not speak of it\n"},
    {"owned by a package that is not the distribution's", "Debian:12 | x | | | | | | CVE-9\nnpm | a | | | 2.0.0 | | | CVE-1", DEBIAN,
     KEPT_DEB("nodejs", "20.11.0-1nodesource1", "ivan@nodesource.com") "," OWNED("npm", "a", "1.0.0", "deb", "nodejs") ","
     KEPT_DEB("marked", "20.11.0-1nodesource1", "x@debian.org") "," OWNED("npm", "a", "1.1.0", "deb", "marked") ","
     KEPT_DEB("near", "1", "x@notdebian.org") "," OWNED("npm", "a", "1.2.0", "deb", "near") ","
     DEB("unkept", "1", "unkept", "1") "," OWNED("npm", "a", "1.3.0", "deb", "unkept"),
     "CVE-1 a affected 2.0.0 unknown\nCVE-1 a affected 2.0.0 unknown\nCVE-1 a affected 2.0.0 unknown\nCVE-1 a affected 2.0.0 unknown\n"},
    {"owned by name alone, or with content that is not the owner's", "Debian:12 | x | | | | | | CVE-9\nnpm | a | | | 2.0.0 | | | CVE-1", DEBIAN,
     KEPT_DEB("b", "1", "x@debian.org") "," OWNED_AS("", "usr/lib/a/m", "npm", "a", "1.0.0", "deb", "b") ","
     OWNED_AS(", \"content\": \"other\"", "usr/lib/a/m", "npm", "a", "1.1.0", "deb", "b") ","
     OWNED_AS(", \"content\": \"listed\"", "usr/bin/a", "npm", "a", "1.2.0", "deb", "b"),
     "CVE-1 a affected 2.0.0 unknown\nCVE-1 a affected 2.0.0 unknown\n- CVE-1 a owner\n"},
    {"owned by a package without sums, where databases have none", "Alpine:v3.20 | py3-a | | | 1.0-r1 | | | CVE-1\nPyPI | a | | | 2 | | | CVE-1", ALPINE,
     APK("py3-a", "1.0-r1", "py3-a") "," OWNED_AS("", "usr/lib/a/m", "pypi", "a", "1.0", "apk", "py3-a"), "- CVE-1 a owner\n"},
    {"owned where no distribution installs", "Debian:12 | x | | | | | | CVE-9\nnpm | a | | | 2.0.0 | | | CVE-1", DEBIAN,
     KEPT_DEB("b", "1", "x@debian.org") "," OWNED_AT("srv/a/package.json", "npm", "a", "1.0.0", "deb", "b") "," OWNED_AT("usr/local/a/package.json", "npm", "a", "1.1.0", "deb", "b") ","
     OWNED_AT("etc/a/package.json", "npm", "a", "1.2.0", "deb", "b") "," OWNED_AT("libexec/a", "npm", "a", "1.3.0", "deb", "b"),
     "CVE-1 a affected 2.0.0 unknown\nCVE-1 a affected 2.0.0 unknown\nCVE-1 a affected 2.0.0 unknown\n- CVE-1 a owner\n"},
    {"owned by a package of another kind of system", "Debian:12 | x | | | | | | CVE-9\nnpm | a | | | 2.0.0 | | | CVE-1", DEBIAN,
     APK("b", "1", "b") "," OWNED("npm", "a", "1.0.0", "apk", "b"), "CVE-1 a affected 2.0.0 unknown\n? apk: not of the kind that this system installs\n"},
    {"owned in Ubuntu by what Debian made", "Ubuntu:22.04:LTS | x | | | | | | CVE-9\nnpm | a | | | 2.0.0 | | | CVE-1", UBUNTU,
     "{\"type\": \"deb\", \"name\": \"b\", \"version\": \"1\", \"more\": {\"maintainer\": \"x@example.org\", \"original_maintainer\": \"y@Debian.org\"}}," OWNED("npm", "a", "1.0.0", "deb", "b"), "- CVE-1 a owner\n"},
    {"owned in a system of which nothing is known", "PyPI | a | | | 2 | | | CVE-1", DEBIAN, DEB("python3-a", "1", "a", "1") "," OWNED("pypi", "a", "1", "deb", "python3-a"),
     "CVE-1 a affected 2 unknown\n? Debian:12: the index has no advisories for it\n"},
};
// clang-format on

static void check_all(const pt_case *cases, size_t n) {
    for (size_t i = 0; i < n; i++)
        check(&cases[i]);
}

static void test_system_packages_by_their_distribution(void **state) {
    (void)state;
    check_all(systems, PT_COUNT(systems));
}

static void test_rpm_packages_by_name_module_and_vendor(void **state) {
    (void)state;
    check_all(rpms, PT_COUNT(rpms));
}

static void test_language_packages_by_ecosystem_and_owner(void **state) {
    (void)state;
    check_all(languages, PT_COUNT(languages));
}

// A bill may name as many kinds as it has packages: they are looked through for each of them.
static void test_kinds_beyond_the_limit_are_one(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    for (unsigned i = 0; i < 1000; i++)
        pt_buf_printf(&b, LANG("k%u", "a", "1") ",", i);
    pt_buf_printf(&b, LANG("npm", "a", "1"));
    const pt_case c = {"", "npm | a | | | | | | GHSA-1", "",
                       pt_arena_printf(&a, "%.*s", PT_PRI(pt_buf_str(&b))).p, ""};
    pt_value coverage = pt_getz(match(&a, &c, NULL), "coverage");
    int64_t n = 0;
    assert_int_equal(pt_len(coverage), 101);
    assert_str(in(pt_at(coverage, 100), "ecosystem"), "other kinds");
    assert_true(pt_to_int(pt_getz(pt_at(coverage, 100), "packages"), &n) && n == 901);
    assert_false(pt_true(pt_getz(pt_at(coverage, 100), "known")));
}

// -- weight ---------------------------------------------------------------------------------------

static void assert_rank(pt_value f, const char *rank) {
    char room[PT_NUMBER_ROOM];
    assert_str(pt_number_text(pt_getz(f, "rank"), room), rank);
}

static void test_rank_weighs_threat_and_severity(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const pt_case c = {.index = "npm | a | | | 2.0.0 | | | GHSA-1\nnpm | a | | | 2.0.0 | | | "
                                "GHSA-2\nnpm | a | | | 2.0.0 | | | GHSA-3\n"
                                "@GHSA-1 {\"label\": \"MODERATE\", \"epss\": {\"score\": 0.5}, "
                                "\"severity\": [{\"type\": \"CVSS_V3\", \"source\": \"x\", "
                                "\"score\": \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}, "
                                "{\"type\": \"CVSS_V2\", \"source\": \"x\", \"score\": "
                                "\"AV:N/AC:L/Au:N/C:N/I:N/A:P\"}]}\n"
                                "@GHSA-2 {\"kev\": {\"added\": \"2024-01-01\", \"ransomware\": "
                                "true}, \"label\": \"LOW\"}\n",
                       .os = "",
                       .packages = LANG("npm", "a", "1.0.0")};
    pt_value found = pt_getz(match(&a, &c, NULL), "vulnerabilities");
    assert_int_equal(pt_len(found), 3);
    // half of ((5 + 9.8) / 2) / 10, the newer version of CVSS alone
    assert_str(in(pt_at(found, 0), "id"), "GHSA-1");
    assert_rank(pt_at(found, 0), "37.0");
    // 3 / 10, known to be exploited, by ransomware: 0.3 * 1.05 * 1.1
    assert_rank(pt_at(found, 1), "34.7");
    assert_str(in(pt_at(found, 1), "severity"), "low");
    assert_rank(pt_at(found, 2), "0.0");
    pt_value score = pt_at(pt_getz(pt_at(found, 0), "scores"), 0);
    char room[PT_NUMBER_ROOM];
    assert_str(pt_number_text(pt_getz(score, "score"), room), "9.8");
    assert_str(in(score, "severity"), "critical");
    assert_str(in(pt_at(found, 0), "severity"), "medium");
}

static void test_word_of_the_distribution_comes_first(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const pt_case c = {
        .index = "Ubuntu:22.04:LTS | a | | | 2 | | | UBUNTU-1\n"
                 "@UBUNTU-1 {\"upstream\": [\"CVE-1\"], \"source\": {\"name\": \"Ubuntu\"}, "
                 "\"severity\": [{\"type\": \"Ubuntu\", \"score\": \"low\"}, "
                 "{\"type\": \"CVSS_V3\", \"source\": \"nvd\", \"score\": "
                 "\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"}]}\n",
        .os = UBUNTU,
        .packages = DEB("a", "1", "a", "1")};
    pt_value found = pt_at(pt_getz(match(&a, &c, NULL), "vulnerabilities"), 0);
    assert_str(in(found, "severity"), "low");
    assert_str(in(found, "severity_by"), "Ubuntu");
    pt_value matched = pt_at(pt_getz(found, "matched"), 0);
    assert_str(in(matched, "as"), "source");
    assert_str(in(matched, "ecosystem"), "Ubuntu:22.04:LTS");
}

// -- fixes ----------------------------------------------------------------------------------------

static void test_fixes_are_grouped_by_upgrade(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const pt_case c = {
        .index = "Debian:12 | openssl | | | 3.0.14-1 | | | CVE-1\nDebian:12 | openssl | | | "
                 "3.0.15-1 | | | CVE-2\nDebian:12 | openssl | | | | | | CVE-3\n"
                 "npm | ws | | | 8.17.1 | | | CVE-4\n@CVE-4 {\"label\": \"high\"}\n",
        .os = DEBIAN,
        .packages = DEB("libssl3", "3.0.11-1", "openssl", "3.0.11-1") "," DEB(
            "openssl", "3.0.11-1", "openssl", "3.0.11-1") "," LANG("npm", "ws", "8.13.0")};
    pt_value ret = match(&a, &c, NULL);
    pt_value fixes = pt_getz(pt_getz(ret, "fixes"), "upgrades");
    assert_int_equal(pt_len(fixes), 2);
    assert_str(in(pt_at(fixes, 0), "to"),
               "8.17.1"); // one that is high before two of unknown weight
    pt_value ssl = pt_at(fixes, 1);
    int64_t removes = 0;
    assert_true(pt_to_int(pt_getz(ssl, "removes"), &removes));
    assert_int_equal(removes, 2);
    assert_str(in(ssl, "to"), "3.0.15-1");
    assert_int_equal(pt_len(pt_getz(ssl, "names")), 2);
    pt_value layer = pt_at(pt_getz(pt_getz(ret, "fixes"), "layers"), 0);
    int64_t n = 0;
    assert_true(pt_to_int(pt_getz(layer, "findings"), &n));
    assert_int_equal(n, 6);
    assert_true(pt_to_int(pt_getz(pt_getz(ret, "counts"), "high"), &n));
    assert_int_equal(n, 1);
}

// -- VEX ------------------------------------------------------------------------------------------

static void test_vex_suppresses_visibly(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_err e = {0};
    pt_vex *vex = pt_vex_new(&a);
    const pt_str text =
        PT_STR("{\"@context\": \"https://openvex.dev/ns/v0.2.0\", \"author\": \"us\", "
               "\"timestamp\": \"2026-01-01T00:00:00Z\", \"statements\": ["
               "{\"vulnerability\": {\"name\": \"CVE-1\"}, \"products\": [{\"@id\": "
               "\"pkg:oci/web@sha256%3A11?repository_url=index.docker.io/shop/web\", "
               "\"subcomponents\": [{\"@id\": \"pkg:npm/a\"}]}], \"status\": \"not_affected\", "
               "\"justification\": \"component_not_present\"},"
               "{\"vulnerability\": {\"name\": \"CVE-2\"}, \"products\": [{\"@id\": "
               "\"pkg:npm/a@1.0.0\"}], \"status\": \"under_investigation\"}]}");
    const pt_case c = {.index = "npm | a | | | 2.0.0 | | | GHSA-1\nnpm | a | | | 2.0.0 | | | "
                                "CVE-2\n@GHSA-1 {\"aliases\": [\"CVE-1\"]}",
                       .os = "",
                       .packages = LANG("npm", "a", "1.0.0")};
    assert_int_equal(pt_vex_read(vex, text, PT_STR("ours.json"), false, &e), PT_OK);
    pt_value ret = match(&a, &c, vex);
    pt_value found = pt_getz(ret, "vulnerabilities");
    pt_value aside = pt_getz(ret, "suppressed");
    assert_int_equal(pt_len(found), 1);
    assert_str(in(pt_getz(pt_at(found, 0), "vex"), "status"), "under_investigation");
    assert_int_equal(pt_len(aside), 1);
    assert_str(in(pt_getz(pt_at(aside, 0), "suppressed_by"), "reason"), "component_not_present");
    assert_str(in(pt_getz(pt_at(aside, 0), "suppressed_by"), "by"), "us");
}

static void test_memory_ends_at_any_point_without_harm(void **state) {
    (void)state;
    for (size_t limit = 1 << 12; limit < 1 << 20; limit *= 2) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        PT_AUTO(pt_arena_done) pt_arena small = {.bytes_max = limit};
        pt_err e = {0};
        pt_value ret;
        pt_match_ask ask = {.index = pt_fake_index(&a, languages[1].index)};
        assert_int_equal(pt_json_parse(&a, PT_STR("{\"packages\": [" LANG("pypi", "a", "1.9") "]}"),
                                       NULL, &ask.scan, &e),
                         PT_OK);
        pt_code code = pt_match(&ask, &small, &ret, &e);
        assert_true(code == PT_OK || code == PT_E_NOMEM);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_system_packages_by_their_distribution),
        cmocka_unit_test(test_rpm_packages_by_name_module_and_vendor),
        cmocka_unit_test(test_language_packages_by_ecosystem_and_owner),
        cmocka_unit_test(test_kinds_beyond_the_limit_are_one),
        cmocka_unit_test(test_rank_weighs_threat_and_severity),
        cmocka_unit_test(test_word_of_the_distribution_comes_first),
        cmocka_unit_test(test_fixes_are_grouped_by_upgrade),
        cmocka_unit_test(test_vex_suppresses_visibly),
        cmocka_unit_test(test_memory_ends_at_any_point_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
