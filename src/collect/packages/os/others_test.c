// Systems without os-release, and package managers of one file a package.
#include <zstd.h>

#include "base/testing.h"
#include "collect/packages/os/os.h"
#include "collect/packages/testing_read.h"

static void test_lsb_release_names_the_system(void **state) {
    (void)state;
    assert_reads(pt_read_lsb_release,
                 "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_CODENAME=trusty\n"
                 "DISTRIB_DESCRIPTION=\"Ubuntu 14.04\"\n",
                 "{\"codename\":\"trusty\",\"id\":\"ubuntu\",\"name\":\"Ubuntu 14.04\","
                 "\"version\":\"14.04\"}");
    assert_reads(pt_read_lsb_release, "nothing\n", "! line 1: nothing that names a system\n{}");
}

static void test_release_lines_name_the_system(void **state) {
    (void)state;
    static const char *const lines[][3] = {
        {"CentOS release 6.10 (Final)\n", "centos", "6.10"},
        {"AlmaLinux release 9.1 (Lime Lynx)", "almalinux", "9.1"},
        {"Rocky Linux release 8.4 (Green Obsidian)\n", "rocky", "8.4"},
        {"Oracle Linux Server release 7.9\n", "ol", "7.9"},
        {"Fedora release 25 (Twenty Five)\n", "fedora", "25"},
        {"Red Hat Enterprise Linux Server release 6.10 (Santiago)\n", "rhel", "6.10"},
        {"Amazon Linux AMI release 2018.03\n", "amzn", "2018.03"},
        {"VMware Photon Linux 1.0\nPHOTON_BUILD_NUMBER=6\n", "photon", "1.0"},
        {"SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 3\n", "sles",
         "11.3"},
        {"SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 0\n", "sles", "11"},
        {"Rebuilt Linux release 7.2\n", "rhel", "7.2"}};
    for (size_t i = 0; i < PT_COUNT(lines); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_read r = {.a = &a, .faults = {.a = &a}};
        assert_int_equal(pt_read_release(&r, pt_str_of(lines[i][0]), NULL), PT_OK);
        assert_str(pt_text(pt_getz(r.os, "id")), lines[i][1]);
        assert_str(pt_text(pt_getz(r.os, "version")), lines[i][2]);
        assert_int_equal(r.faults.items.n, 0);
    }
    assert_reads(pt_read_release, "no number\n",
                 "! line 1: nothing that names a system and its version\n{}");
    assert_reads(pt_read_debian_version, "8.11\n", "{\"id\":\"debian\",\"version\":\"8.11\"}");
    assert_reads(pt_read_alpine_release, "3.2.0\n", "{\"id\":\"alpine\",\"version\":\"3.2.0\"}");
    assert_reads(pt_read_debian_version, "",
                 "! line 1: nothing that names a system and its version\n{}");
}

static void test_content_sets_are_facts_of_the_system(void **state) {
    (void)state;
    assert_reads(pt_read_content_manifest, "{\"content_sets\":[\"b\",\"a\"],\"x\":1}",
                 "{\"content_sets\":[\"b\",\"a\"]}");
    assert_reads(pt_read_content_manifest, "{\"image_contents\":{}}", "{}");
    assert_reads(pt_read_content_manifest, "{\"content_sets\":[\"b\",1]}",
                 "! line 1: content sets that are not a list of names\n{}");
    assert_reads(pt_read_content_manifest, "{", "! line 1: not a content manifest: no JSON\n{}");
    assert_reads(pt_read_ubuntu_pro,
                 "{\"services\":[{\"name\":\"esm-infra\",\"status\":\"enabled\"}]}",
                 "{\"extended\":true}");
    assert_reads(pt_read_ubuntu_pro,
                 "{\"services\":[{\"name\":\"esm-infra\",\"status\":\"disabled\"}]}", "{}");
    assert_reads(pt_read_ubuntu_pro, "x", "! line 1: not the state of a subscription: no JSON\n{}");
}

static void test_build_recipes_name_their_build(void **state) {
    (void)state;
    assert_reads(pt_read_build_recipe,
                 "# a comment\nFROM x\nENV a shop b\nENV kind=\"web\" other=1\n"
                 "LABEL com.redhat.component=\"${kind}-$other\" \\\n  # within\n"
                 "  Architecture='s390x' description=\"two words\" \\\n  version=1.2\n"
                 "label RELEASE \"7\"\nRUN LABEL version=9\n",
                 "{\"build\":{\"architecture\":\"s390x\",\"nvr\":\"web-1-1.2-7\"}}");
    assert_reads(pt_read_build_recipe, "LABEL version=1 release=2 BZComponent=x\n",
                 "! line 1: a build without its component, version or architecture\n{}");
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a, .path = PT_STR("root/buildinfo/Dockerfile-shop-web-3.4-5")};
    assert_str(read_file_by(pt_read_build_recipe, &r,
                            PT_STR("LABEL BZComponent=shop architecture=x86_64 version=1")),
               "{\"build\":{\"architecture\":\"x86_64\",\"nvr\":\"shop-3.4-5\"}}");
}

static void test_pacman_lists_a_package(void **state) {
    (void)state;
    assert_reads(pt_read_pacman,
                 "%NAME%\ngcc-libs\n\n%VERSION%\n1:13.2.1-3\n\n%BASE%\ngcc\n\n%ARCH%\nx86_64\n\n"
                 "%LICENSE%\nGPL\ncustom\n\n%DESC%\n%NAME%\n",
                 "gcc-libs 1:13.2.1-3 x86_64 gcc 1:13.2.1-3\n");
    assert_reads(pt_read_pacman, "%NAME%\na\n", "! line 1: a package without a version\n");
    assert_reads(pt_read_pacman, "", "! line 1: a package without a name\n");
}

static void test_portage_takes_the_version_off(void **state) {
    (void)state;
    static const char *const names[][2] = {
        {"openssl-3.0.13-r2\n", "openssl 3.0.13-r2   \n"},
        {"gtk+-2.24.33", "gtk+ 2.24.33   \n"},
        {"font-adobe-100dpi-1.0.3", "font-adobe-100dpi 1.0.3   \n"},
        {"foo-r1-2_rc1-r3", "foo-r1 2_rc1-r3   \n"}};
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        assert_str(read_by(pt_read_portage, &a, pt_str_of(names[i][0])), names[i][1]);
    }
    assert_reads(pt_read_portage, "openssl", "! line 1: not a package's name and version\n");
    assert_reads(pt_read_portage, "foo-r1", "! line 1: not a package's name and version\n");
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a, .path = PT_STR("var/db/pkg/dev-libs/openssl-3/PF")};
    assert_str(read_file_by(pt_read_portage, &r, PT_STR("openssl-3")), "dev-libs/openssl 3   \n");
}

static pt_str lists_beside(const pt_read *r, pt_str name) {
    (void)r;
    if (pt_str_eqz(name, "files"))
        return PT_STR("%FILES%\nusr/\nusr/bin/a b\n\n%BACKUP%\netc/x\tab\n");
    return pt_str_eqz(name, "CONTENTS") ? PT_STR("dir /usr\nobj /usr/bin/a b ab12 17\n"
                                                 "sym /usr/lib/x -> y 17\nobj\nfif /run/x\n")
                                        : (pt_str){0};
}

static void test_files_beside_say_what_is_owned(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a, .beside = lists_beside, .packages = {.a = &a}, .faults = {.a = &a}};
    assert_int_equal(pt_read_pacman(&r, PT_STR("%NAME%\np\n\n%VERSION%\n1\n"), NULL), PT_OK);
    assert_int_equal(r.owned.n, 2);
    assert_true(says_owned(&r, "p", "usr/bin/a b") && !says_owned(&r, "p", "etc/x"));
    r.owned.n = 0;
    assert_int_equal(pt_read_portage(&r, PT_STR("q-1"), NULL), PT_OK);
    assert_int_equal(r.owned.n, 4);
    assert_true(says_owned(&r, "q", "usr/bin/a b") && says_owned(&r, "q", "usr/lib/x"));
}

static void test_chisel_lists_what_was_cut(void **state) {
    (void)state;
    static const char wall[] =
        "{\"jsonwall\":\"1.0\",\"schema\":\"1.0\",\"count\":3}\n"
        "{\"kind\":\"content\",\"slice\":\"libc6_libs\",\"path\":\"/lib/x\"}\n"
        "{\"kind\":\"package\",\"name\":\"libc6\",\"version\":\"2.39-0ubuntu8\","
        "\"sha256\":\"ab\",\"arch\":\"amd64\"}\n"
        "{\"kind\":\"package\",\"name\":\"x\"}\n3\n";
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    char packed[1024];
    size_t n = ZSTD_compress(packed, sizeof packed, wall, sizeof wall - 1, 3);
    assert_false(ZSTD_isError(n));
    assert_str(read_by(pt_read_chisel, &a, (pt_str){packed, n}),
               "libc6 2.39-0ubuntu8 amd64  \n! line 4: a package without a version\n"
               "! line 5: not a JSON object\n");
    pt_str said = read_by(pt_read_chisel, &a, (pt_str){packed, n - 3});
    assert_true(pt_str_has(said, PT_STR("the manifest is not sound zstd")));
    assert_reads(pt_read_chisel, "{}", "! line 0: behind it the manifest is not sound zstd\n");
    assert_reads(pt_read_chisel, "", "! line 0: behind it the manifest is not sound zstd\n");
}

static void test_apk_repositories_are_branches(void **state) {
    (void)state;
    assert_reads(pt_read_apk_repositories,
                 "https://dl-cdn.alpinelinux.org/alpine/v3.10/main\n"
                 "# http://h/alpine/v3.1/main\n\n /media/cdrom/apks\n"
                 "http://h/mirror/alpine/v3.9/community/\n@edge https://h/alpine/edge/testing\n"
                 "ftp://h/alpine/v3.10/community\nhttps://packages.wolfi.dev/os\n@alone\n",
                 "{\"repositories\":[\"3.9\",\"3.10\",\"edge\"]}");
    assert_reads(pt_read_apk_repositories, "", "{}");
}

static void test_rpm_manifest_lists_what_is_there(void **state) {
    (void)state;
#define LINE(name, version, epoch, source) \
    name "\t" version "\t1\t2\tVendor\t(none)\t3\tx86_64\t" epoch "\t" source "\n"
    assert_reads(pt_read_rpm_manifest,
                 LINE("gpg-pubkey", "1-2", "0", "(none)")
                     LINE("libssl", "1.1-4.cm2", "0", "openssl-1.1-4.cm2.src.rpm")
                         LINE("b", "2-1", "1", "b-2-1.src.rpm") "\nc\t1-1\n",
                 "libssl 1.1-4.cm2 x86_64 openssl 1.1-4.cm2\nb 1:2-1 x86_64 b 2-1\n"
                 "! line 5: not a package's line\n");
    assert_reads(pt_read_rpm_manifest, LINE("a", "1", "0", "") LINE("", "1-1", "0", ""),
                 "! line 1: not a package's line\n! line 2: not a package's line\n");
}

static pt_value apk_licences(pt_arena *a, const char *said) {
    pt_read r = {.a = a, .packages = {.a = a}, .faults = {.a = a}};
    pt_str text = pt_arena_printf(a, "P:a\nV:1\nL:%s\n", said);
    assert_int_equal(pt_read_apk(&r, text, NULL), PT_OK);
    return pt_getz(r.packages.items.v[0], "licences");
}

static void test_apk_licences_are_words_or_an_expression(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value two = apk_licences(&a, "MIT BSD");
    assert_int_equal(pt_len(two), 2);
    assert_str(pt_text(pt_at(two, 1)), "BSD");
    pt_value one = apk_licences(&a, "MIT AND GPL-2.0-only");
    assert_int_equal(pt_len(one), 1);
    assert_str(pt_text(pt_at(one, 0)), "MIT AND GPL-2.0-only");
    assert_false(pt_defined(apk_licences(&a, "")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apk_repositories_are_branches),
        cmocka_unit_test(test_rpm_manifest_lists_what_is_there),
        cmocka_unit_test(test_apk_licences_are_words_or_an_expression),
        cmocka_unit_test(test_lsb_release_names_the_system),
        cmocka_unit_test(test_release_lines_name_the_system),
        cmocka_unit_test(test_content_sets_are_facts_of_the_system),
        cmocka_unit_test(test_build_recipes_name_their_build),
        cmocka_unit_test(test_pacman_lists_a_package),
        cmocka_unit_test(test_portage_takes_the_version_off),
        cmocka_unit_test(test_files_beside_say_what_is_owned),
        cmocka_unit_test(test_chisel_lists_what_was_cut),
    };
    return cmocka_run_group_tests_name("others", tests, NULL, NULL);
}
