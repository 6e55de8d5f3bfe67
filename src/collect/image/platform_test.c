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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_platforms_are_compared_as_engines_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
