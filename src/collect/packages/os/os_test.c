#include "base/testing.h"
#include "collect/packages/claims.h"
#include "collect/packages/os/os.h"
#include "collect/packages/testing_read.h"

// Who owns `path` by what a reader says of the text; empty: nobody.
static pt_str owner_by(pt_reader *fn, pt_arena *a, const char *file, pt_str text,
                       const char *path) {
    pt_read r = {.a = a, .path = pt_str_of(file), .packages = {.a = a}, .faults = {.a = a}};
    assert_int_equal(fn(&r, text, NULL), PT_OK);
    for (size_t i = 0; i < r.owned.n; i++)
        if (r.owned.v[i].path == pt_path_hash(pt_str_of(path)))
            return pt_text(r.owners.items.v[r.owned.v[i].owner]);
    return (pt_str){0};
}

static void test_databases_say_whose_a_file_is(void **state) {
    (void)state;
    static const struct {
        pt_reader *fn;
        const char *file, *text, *path, *want;
    } cases[] = {
        {pt_read_dpkg_list, "var/lib/dpkg/info/six.list", "/.\n/usr\n/usr/lib/six.py\n",
         "usr/lib/six.py", "six"},
        {pt_read_dpkg_list, "var/lib/dpkg/info/libc6:amd64.list", "/lib/x86_64/libc.so.6",
         "lib/x86_64/libc.so.6", "libc6"},
        {pt_read_dpkg_list, "var/lib/dpkg/info/six.list", "/usr/lib/six.py\n", "usr/lib", ""},
        {pt_read_dpkg_list, "", "/usr/lib/six.py\n", "usr/lib/six.py", ""},
        {pt_read_dpkg_sums, "var/lib/dpkg/status.d/base.md5sums",
         "d41d8cd98f00b204e9800998ecf8427e  usr/share/doc/a b\nshort\n", "usr/share/doc/a b",
         "base"},
        {pt_read_apk, "", "P:musl\nV:1\nF:lib\nR:ld.so\nZ:x\nF:\nR:top\n\nP:b\nV:1\nF:lib\nR:b\n",
         "lib/ld.so", "musl"},
        {pt_read_apk, "", "P:musl\nV:1\nF:lib\nR:ld.so\nF:\nR:top\n\nP:b\nV:1\nF:lib\nR:b\n", "top",
         "musl"},
        {pt_read_apk, "", "P:musl\nV:1\nF:lib\nR:ld.so\n\nP:b\nV:1\nF:usr/lib\nR:b\n", "usr/lib/b",
         "b"},
        {pt_read_apk, "", "F:lib\nR:of-nobody\nP:a\nV:1\n", "lib/of-nobody", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        assert_str(
            owner_by(cases[i].fn, &a, cases[i].file, pt_str_of(cases[i].text), cases[i].path),
            cases[i].want);
    }
}

static void test_paths_too_long_for_a_kernel_belong_to_nobody(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_read r = {.a = &a};
    pt_buf_fill(&b, 'x', 4096);
    assert_int_equal(pt_owns(&r, PT_STR("p"), PT_STR("/"), pt_buf_str(&b), NULL), PT_OK);
    assert_int_equal(pt_owns(&r, PT_STR("p"), pt_buf_str(&b), PT_STR("y"), NULL), PT_OK);
    assert_int_equal(r.owned.n, 0);
    assert_int_equal(pt_owns(&r, PT_STR("p"), PT_STR("./a/"), PT_STR("b"), NULL), PT_OK);
    assert_int_equal(pt_owns(&r, PT_STR("p"), PT_STR("a"), PT_STR("c"), NULL), PT_OK);
    assert_int_equal(r.owned.n, 2);
    assert_int_equal(r.owners.items.n, 1);
    assert_true(r.owned.v[0].path == pt_path_hash(PT_STR("a/b")));
    assert_true(r.owned.v[0].path != r.owned.v[1].path && r.owned.v[0].path % 4 == 0);
}

static void test_dpkg_lists_what_is_there(void **state) {
    (void)state;
    assert_reads(pt_read_dpkg,
                 "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\n"
                 "Source: glibc\nVersion: 2.36-9+deb12u9\nDescription: C library\n goes on\n\n"
                 "Package: libc6\nStatus: hold ok installed\nArchitecture: i386\n"
                 "Source: glibc (2.36-9)\nVersion: 2.36-9+b1\n\n\n"
                 "package: half\nSTATUS: deinstall ok half-configured\nversion: 1\n\n"
                 "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
                 "Package: never\nStatus: unknown ok not-installed\n\n"
                 "Package: wanted-away\nStatus: deinstall ok installed\r\nVersion: 1:2~rc1-3\r\n",
                 "libc6 2.36-9+deb12u9 amd64 glibc 2.36-9+deb12u9\n"
                 "libc6 2.36-9+b1 i386 glibc 2.36-9\n"
                 "half 1  half 1\n"
                 "wanted-away 1:2~rc1-3  wanted-away 1:2~rc1-3\n");
}

static void test_dpkg_tells_who_looks_after_a_package(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    pt_str text = PT_STR(
        "Package: a\nVersion: 1\nMaintainer: x@debian.org <y@example.org>\n"
        "original-maintainer: z@debian.org\nreplaces: c (<< 2), d\n\nPackage: b\nVersion: 1\n");
    assert_int_equal(pt_read_dpkg(&r, text, NULL), PT_OK);
    pt_value more = pt_getz(r.packages.items.v[0], "more");
    assert_str(pt_text(pt_getz(more, "maintainer")), "y@example.org");
    assert_str(pt_text(pt_getz(more, "original_maintainer")), "z@debian.org");
    assert_str(pt_text(pt_getz(more, "replaces")), "c (<< 2), d");
    assert_false(pt_defined(pt_getz(r.packages.items.v[1], "more")));
}

static void test_dpkg_of_distroless_has_no_status(void **state) {
    (void)state;
    assert_reads(pt_read_dpkg, "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n",
                 "base-files 12.4 amd64 base-files 12.4\n");
    assert_reads(pt_read_dpkg, "", "");
}

static void test_dpkg_tells_what_is_broken_and_goes_on(void **state) {
    (void)state;
    assert_reads(pt_read_dpkg,
                 "Package: a\nStatus: install ok installed\n\n"
                 "Package: b\nVersion: 1\nno field\n\n"
                 "Version: 3\n\n"
                 "Package: c\nVersion: 1:5.#\n\nPackage: d\nVersion: 2\nSource: e (3\n",
                 "b 1  b 1\nd 2  e 2\n"
                 "! line 1: a package without a version\n"
                 "! line 6: neither a field nor the rest of one\n"
                 "! line 8: a package without a name\n"
                 "! line 10: a package without a version\n");
}

static void test_apk_lists_what_is_there(void **state) {
    (void)state;
    assert_reads(pt_read_apk,
                 "C:Q1abc=\nP:libssl3\nV:3.1.4-r5\nA:x86_64\no:openssl\np:so:libssl.so.3=3\n"
                 "F:lib\nR:libssl.so.3\na:0:0:755\nZ:Q1x=\n\n"
                 "P:musl\nV:1.2.4-r2\nA:x86_64\nv:not a version\n",
                 "libssl3 3.1.4-r5 x86_64 openssl 3.1.4-r5\nmusl 1.2.4-r2 x86_64 musl 1.2.4-r2\n");
    assert_reads(pt_read_apk, "P:a\n\n\nP:b\nV:1\nno letter\n\nV:2\n",
                 "b 1  b 1\n! line 1: a package without a version\n"
                 "! line 6: not a letter and its value\n! line 8: a package without a name\n");
}

static void test_faults_are_told_within_bounds(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    for (unsigned i = 0; i < 100; i++)
        pt_buf_putz(&b, "nothing\n");
    pt_str said = read_by(pt_read_apk, &a, pt_buf_str(&b));
    assert_true(pt_str_has(said, PT_STR("line 20:")) && !pt_str_has(said, PT_STR("line 21:")));
    assert_true(pt_str_ends(said, PT_STR("! and more of the kind\n")));
}

static void test_os_release_is_unquoted(void **state) {
    (void)state;
    assert_reads(pt_read_os_release,
                 "# a comment\nPRETTY_NAME=\"A \\\"quoted\\\" \\\\ name\"\nID=debian\n"
                 "VERSION_ID='12'\nVERSION_ID=\"13\"\nHOME_URL=\"https://example.org/\"\n",
                 "{\"id\":\"debian\",\"name\":\"A \\\"quoted\\\" \\\\ name\",\"version\":\"13\"}");
    assert_reads(pt_read_os_release, "ID=\"debian\nVERSION_ID=12",
                 "! line 1: quotes without an end\n{\"version\":\"12\"}");
}

// What a reader says of files: "PACKAGE PATH SUM mode flags", a line each.
static pt_str claims_by(pt_reader *fn, pt_arena *a, const char *file, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_claims claims = {.out = PT_BUF(1 << 16)};
    pt_read r = {.a = a,
                 .path = pt_str_of(file),
                 .packages = {.a = a},
                 .faults = {.a = a},
                 .claims = &claims};
    pt_claim_last last = {.n = 0};
    pt_claim c;
    uint32_t owner = 0;
    pt_claims_begin(&claims);
    assert_int_equal(fn(&r, text, NULL), PT_OK);
    pt_str rest = pt_buf_str(&claims.out);
    while (pt_claim_next(&rest, &last, &c, &owner))
        pt_buf_printf(&b, "%.*s %.*s %.*s %o %u\n", PT_PRI(pt_text(r.owners.items.v[owner])),
                      PT_PRI(c.path), PT_PRI(c.sum), c.mode, c.flags);
    assert_int_equal(rest.n, 0);
    pt_buf_done(&claims.out);
    return pt_arena_str(a, pt_buf_str(&b));
}

#define MD5     "d41d8cd98f00b204e9800998ecf8427e"
#define SHA1HEX "da39a3ee5e6b4b0d3255bfef95601890afd80709"
#define SHA1B64 "2jmj7l5rSw0yVb/vlWAYkK/YBwk="

static void test_databases_say_what_files_are(void **state) {
    (void)state;
    static const struct {
        pt_reader *fn;
        const char *file, *text, *want;
    } cases[] = {
        {pt_read_dpkg_sums, "var/lib/dpkg/info/libc6:amd64.md5sums",
         MD5 "  lib/x/libc.so.6\n" MD5 "  lib/x/a b\nshort  lib/none\n",
         "libc6 lib/x/libc.so.6 md5:" MD5 " 0 0\nlibc6 lib/x/a b md5:" MD5
         " 0 0\nlibc6 lib/none  0 0\n"},
        {pt_read_dpkg_sums, "var/lib/dpkg/status.d/base.md5sums", MD5 "  usr/x\n",
         "base usr/x md5:" MD5 " 0 0\n"},
        // configuration: not what is obsolete, nor what was not written yet
        {pt_read_dpkg, "var/lib/dpkg/status",
         "Package: a\nStatus: install ok installed\nVersion: 1\nConffiles:\n /etc/a " MD5
         "\n /etc/old " MD5 " obsolete\n /etc/new newconffile\nDescription: x\n /etc/no " MD5 "\n",
         "a etc/a md5:" MD5 " 0 1\n"},
        {pt_read_dpkg, "var/lib/dpkg/status",
         "Package: a\nStatus: deinstall ok config-files\nVersion: 1\nConffiles:\n /etc/a " MD5 "\n",
         ""},
        {pt_read_dpkg_diversions, "var/lib/dpkg/diversions",
         "/bin/sh\n/bin/sh.distrib\ndash\n/usr/x\n/usr/x.y\n:\n/half\n",
         "dash bin/sh bin/sh.distrib 0 64\n: usr/x usr/x.y 0 64\n"},
        // the same one once more
        {pt_read_dpkg_sums, "var/lib/dpkg/info/a.md5sums", "x  usr/x\nx  usr/x\n",
         "a usr/x  0 0\na usr/x  0 0\n"},
        // of a symbolic link it is its target's
        {pt_read_apk, "",
         "P:a\nV:1\nF:bin\nR:x\na:0:0:755\nZ:Q1" SHA1B64 "\nF:etc\nR:y\nZ:Q1" SHA1B64
         "\nR:none\n\nP:b\nV:1\nf:S\nF:bin\nR:z\nZ:Q1" SHA1B64 "\nR:w\nZ:Q1short\n",
         "a bin/x sha1:" SHA1HEX " 755 56\na etc/y sha1:" SHA1HEX
         " 0 33\nb bin/z sha256-160:" SHA1HEX " 0 32\n"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        assert_str(claims_by(cases[i].fn, &a, cases[i].file, pt_str_of(cases[i].text)),
                   cases[i].want);
    }
}

static void test_claims_have_room_and_end(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf path = PT_BUF(1 << 16);
    pt_claims claims = {.out = PT_BUF(100)};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}, .claims = &claims};
    const pt_claim c = {.sum = PT_STR("md5:" MD5)};
    pt_claim_last last = {.n = 0};
    pt_claim got;
    uint32_t owner = 0;
    pt_buf_fill(&path, 'x', PT_CLAIM_PATH_MAX + 1);
    pt_claim_of of = {PT_STR("p"), {0}, pt_buf_str(&path)};
    assert_int_equal(pt_claim_add(&r, &of, &c, NULL), PT_OK); // no kernel takes it
    assert_int_equal(claims.out.n, 0);
    for (int i = 0; i < 3; i++) {
        of.name = PT_STR("usr/bin/a");
        assert_int_equal(pt_claim_add(&r, &of, &c, NULL), PT_OK);
    }
    assert_int_equal(r.faults.items.n, 1);
    assert_true(claims.cut);
    for (size_t n = 0; n < claims.out.n; n++) { // cut anywhere there is nothing, or the first one
        pt_str rest = pt_str_sub(pt_buf_str(&claims.out), 0, n);
        last.n = 0;
        while (pt_claim_next(&rest, &last, &got, &owner))
            assert_str(got.path, "usr/bin/a");
    }
    pt_buf_done(&claims.out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_databases_say_whose_a_file_is),
        cmocka_unit_test(test_databases_say_what_files_are),
        cmocka_unit_test(test_claims_have_room_and_end),
        cmocka_unit_test(test_paths_too_long_for_a_kernel_belong_to_nobody),
        cmocka_unit_test(test_dpkg_lists_what_is_there),
        cmocka_unit_test(test_dpkg_tells_who_looks_after_a_package),
        cmocka_unit_test(test_dpkg_of_distroless_has_no_status),
        cmocka_unit_test(test_dpkg_tells_what_is_broken_and_goes_on),
        cmocka_unit_test(test_apk_lists_what_is_there),
        cmocka_unit_test(test_faults_are_told_within_bounds),
        cmocka_unit_test(test_os_release_is_unquoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
