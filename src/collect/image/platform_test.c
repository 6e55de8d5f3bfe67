#include <string.h>

#include "base/testing.h"
#include "collect/image/platform.h"

static void test_platforms_are_compared_as_engines_do(void **state) {
    (void)state;
    static const struct {
        const char *os, *architecture, *variant, *want;
        bool is;
    } rows[] = {
        {"linux", "amd64", "", "linux/amd64", true},
        {"linux", "x86_64", "", "linux/amd64", true},
        {"Linux", "AMD64", "", "linux/amd64", true},
        {"linux", "amd64", "", "linux/x86-64", true},
        {"linux", "amd64", "v1", "linux/amd64", true},
        {"linux", "amd64", "v3", "linux/amd64/v1", false},
        {"linux", "aarch64", "", "linux/arm64/v8", true},
        {"linux", "arm64", "8", "linux/arm64/v8", true},
        {"linux", "arm64", "v9", "linux/arm64/v8", false},
        {"linux", "arm", "", "linux/arm/v7", true},
        {"linux", "arm", "6", "linux/arm", true},
        {"linux", "arm", "6", "linux/armhf", false},
        {"linux", "armel", "", "linux/arm/v6", true},
        {"linux", "i386", "", "linux/386", true},
        {"macOS", "arm64", "", "darwin/arm64", true},
        {"linux", "s390x", "", "linux", true},
        {"linux", "amd64", "", "linux/amd64/", true},
        {"linux", "", "", "linux/amd64", false},
        {"", "", "", "linux/amd64", false},
        {"linux", "amd64", "", "linux/amd64/v1/x", false},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_obj o = {.a = &a};
        pt_obj_set(&o, "os", pt_stringz(rows[i].os));
        pt_obj_set(&o, "architecture", pt_stringz(rows[i].architecture));
        pt_obj_set(&o, "variant", pt_stringz(rows[i].variant));
        assert_int_equal(pt_platform_is(pt_obj_end(&o), pt_str_of(rows[i].want)), rows[i].is);
    }
}

// {"platform": {…}, "annotations": {…}} of "os/architecture", with a note of an attestation or not.
static pt_value descriptor_of(pt_arena *a, const char *platform, bool noted) {
    pt_str rest = pt_str_of(platform);
    pt_obj p = {.a = a};
    pt_obj notes = {.a = a};
    pt_obj o = {.a = a};
    pt_str part;
    if (pt_str_split(&rest, '/', &part)) {
        pt_obj_set(&p, "os", pt_string(part));
        pt_obj_set(&p, "architecture", pt_string(rest));
        pt_obj_set(&o, "platform", pt_obj_end(&p));
    }
    if (noted)
        pt_obj_set(&notes, "vnd.docker.reference.type", pt_stringz("attestation-manifest"));
    pt_obj_set(&o, "annotations", pt_obj_end(&notes));
    return pt_obj_end(&o);
}

static void test_platform_note_alone_is_no_attestation(void **state) {
    (void)state;
    static const struct {
        const char *platform;
        bool noted, attests;
    } rows[] = {{"unknown/unknown", true, true},
                {"unknown/unknown", false, false},
                {"linux/amd64", true, false},
                {"unknown/amd64", true, false},
                {"", true, false}};
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_value d = descriptor_of(&a, rows[i].platform, rows[i].noted);
        assert_int_equal(pt_platform_attests(d), rows[i].attests);
    }
}

static void test_platform_keep_leaves_what_could_be_taken(void **state) {
    (void)state;
    static const struct {
        const char *all[4], *want;
        size_t kept;
    } rows[] = {{{"linux/arm64", "linux/amd64"}, "linux/amd64", 1},
                {{"linux/arm64", "", "linux/amd64"}, "linux/amd64", 2},
                {{"linux/arm64", ""}, "linux/amd64", 0},
                {{""}, "linux/amd64", 0},
                {{"linux/amd64", "linux/amd64"}, "linux/amd64", 2}};
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_value all[4];
        size_t n = 0;
        for (; n < PT_COUNT(all) && rows[i].all[n]; n++)
            all[n] = descriptor_of(&a, rows[i].all[n], false);
        pt_str want = pt_str_of(rows[i].want);
        assert_int_equal(pt_platform_keep(all, n, "platform", want), rows[i].kept);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_platforms_are_compared_as_engines_do),
        cmocka_unit_test(test_platform_note_alone_is_no_attestation),
        cmocka_unit_test(test_platform_keep_leaves_what_could_be_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
