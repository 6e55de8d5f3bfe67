#include <stdio.h>
#include <string.h>

#include "base/testing.h"
#include "judge/vuln/version.h"

typedef enum expect {
    OUT,
    IN,
    BAD
} expect;

static const struct {
    pt_version_scheme scheme;
    const char *version;
    expect expect;
    const char *range;
} cases[] = {
    // comparisons
    {PT_VERSION_DEB, "1.2-3+b1", OUT, "< 1.2-3"},
    {PT_VERSION_DEB, "1.2-2", IN, "< 1.2-3"},
    {PT_VERSION_SEMVER, "1.5.0", IN, ">= 1.0, < 2.0"},
    {PT_VERSION_SEMVER, "2.0.0", OUT, ">=1.0 <2.0"},
    {PT_VERSION_SEMVER, "3.0.0", IN, "< 1 || = 3"},
    {PT_VERSION_SEMVER, "3.0.0", IN, "*"},
    {PT_VERSION_SEMVER, "3.0.0", BAD, ""},
    {PT_VERSION_SEMVER, "3.0.0", BAD, "< 1 ||"},
    {PT_VERSION_SEMVER, "3.0.0", BAD, "< 1,, > 2"},
    {PT_VERSION_SEMVER, "3.0.0", BAD, ">"},
    {PT_VERSION_SEMVER, "3.0.0", BAD, "^3"},
    {PT_VERSION_SEMVER, "3.0.0", BAD, "1 - 3"},
    {PT_VERSION_SEMVER, "3.0.0", BAD, "3 || nonsense"}, // what matched before does not hide it
    {PT_VERSION_SEMVER, "nonsense", BAD, "*"},
    // npm
    {PT_VERSION_NPM, "1.9.9", IN, "^1.2.3"},
    {PT_VERSION_NPM, "2.0.0-a", OUT, "^1.2.3"},
    {PT_VERSION_NPM, "0.2.9", IN, "^0.2.3"},
    {PT_VERSION_NPM, "0.3.0", OUT, "^0.2.3"},
    {PT_VERSION_NPM, "0.0.4", OUT, "^0.0.3"},
    {PT_VERSION_NPM, "1.2.9", IN, "~1.2.3"},
    {PT_VERSION_NPM, "1.3.0", OUT, "~>1.2.3"},
    {PT_VERSION_NPM, "1.3.0", IN, "1.x"},
    {PT_VERSION_NPM, "2.3.9", IN, "1.2.3 - 2.3"},
    {PT_VERSION_NPM, "2.4.0", OUT, "1.2.3 - 2.3"},
    {PT_VERSION_NPM, "1.2.3-b", IN, ">=1.2.3-a"},
    {PT_VERSION_NPM, "1.2.4-b", OUT, ">=1.2.3-a"},
    {PT_VERSION_NPM, "0.0.0-b", IN, "* 0.0.0-b"},
    {PT_VERSION_NPM, "1.2.3", IN, ""},
    {PT_VERSION_NPM, "1.2.3", OUT, ">*"},
    {PT_VERSION_NPM, "1.2.3", BAD, "1.x.3"},
    {PT_VERSION_NPM, "1.2.3", BAD, "git+https://host/x"},
    // Cargo
    {PT_VERSION_CRATES, "1.9.0", IN, "1.2"},
    {PT_VERSION_CRATES, "2.0.0", OUT, "1.2"},
    {PT_VERSION_CRATES, "1.3.0", OUT, "=1.2"},
    {PT_VERSION_CRATES, "1.2.9", IN, "1.2.*"},
    {PT_VERSION_CRATES, "1.5.0", IN, ">=1.2, <1.6"},
    {PT_VERSION_CRATES, "1.5.0-a", OUT, ">=1.2, <1.6"},
    // pub
    {PT_VERSION_PUB, "1.9.0", IN, "^1.2.3"},
    {PT_VERSION_PUB, "2.0.0-a", OUT, ">=1.0.0 <2.0.0"},
    {PT_VERSION_PUB, "2.0.0-a", IN, ">=1.0.0 <2.0.0-b"},
    {PT_VERSION_PUB, "5.0.0", IN, "any"},
    {PT_VERSION_PUB, "1.2.4", OUT, "1.2.3"},
    // Hex
    {PT_VERSION_HEX, "1.9.0", IN, "~> 1.2"},
    {PT_VERSION_HEX, "2.0.0", OUT, "~> 1.2"},
    {PT_VERSION_HEX, "1.3.0", OUT, "~> 1.2.3"},
    {PT_VERSION_HEX, "3.0.0", IN, "~> 1.2 and != 1.4.0 or >= 3.0.0"},
    {PT_VERSION_HEX, "1.4.0", OUT, "~> 1.2 and != 1.4.0 or >= 3.0.0"},
    {PT_VERSION_HEX, "1.4.0", BAD, "~> 1.2 and"},
    {PT_VERSION_HEX, "1.4.0", BAD, "or ~> 1.2"},
    // NuGet
    {PT_VERSION_NUGET, "1.0.0", IN, "[1.0, 2.0)"},
    {PT_VERSION_NUGET, "2.0.0", OUT, "[1.0, 2.0)"},
    {PT_VERSION_NUGET, "9.0.0", IN, "1.0"},
    {PT_VERSION_NUGET, "0.9.0", OUT, "1.0"},
    {PT_VERSION_NUGET, "1.7.0", IN, "1.*"},
    {PT_VERSION_NUGET, "1.7.0", IN, ">= 1.0, < 2"},
    {PT_VERSION_NUGET, "1.7.0", BAD, "[1.0, 2.0"},
    // Python
    {PT_VERSION_PEP440, "1.4.9", IN, "~=1.4.5"},
    {PT_VERSION_PEP440, "1.5", OUT, "~=1.4.5"},
    {PT_VERSION_PEP440, "1.5", BAD, "~=1"},
    {PT_VERSION_PEP440, "2rc1", OUT, "<2"},
    {PT_VERSION_PEP440, "2rc1", IN, "<2.post1"},
    {PT_VERSION_PEP440, "2.post1", OUT, ">2"},
    {PT_VERSION_PEP440, "2.post1", IN, ">2rc1"},
    {PT_VERSION_PEP440, "2.0+local", IN, "==2"},
    {PT_VERSION_PEP440, "2.0", OUT, "==2+local"},
    {PT_VERSION_PEP440, "2.1.post1", IN, "==2.1.*"},
    {PT_VERSION_PEP440, "2.0", IN, "===2.0"},
    {PT_VERSION_PEP440, "2.0.0", OUT, "===2.0"},
    {PT_VERSION_PEP440, "1.5", OUT, ">=1, !=1.5.*, <2"},
    {PT_VERSION_PEP440, "1.5", BAD, "<1.*"},
    {PT_VERSION_PEP440, "1.5", BAD, "==1.dev1.*"},
    // Maven
    {PT_VERSION_MAVEN, "1.5", IN, "[1.0,2.0)"},
    {PT_VERSION_MAVEN, "2.0", OUT, "[1.0,2.0)"},
    {PT_VERSION_MAVEN, "2.0-rc1", IN, "[1.0,2.0)"},
    {PT_VERSION_MAVEN, "5", IN, "(,1],[4,)"},
    {PT_VERSION_MAVEN, "3", OUT, "(,1],[4,)"},
    {PT_VERSION_MAVEN, "1.0.0", IN, "[1.0]"},
    {PT_VERSION_MAVEN, "1.1", OUT, "1.0"},
    {PT_VERSION_MAVEN, "1.1", BAD, "[1.0"},
    {PT_VERSION_MAVEN, "1.1", BAD, "[]"},
    {PT_VERSION_MAVEN, "1.1", BAD, "[1,2] junk"},
    // Ruby
    {PT_VERSION_RUBYGEMS, "1.9", IN, "~> 1.2"},
    {PT_VERSION_RUBYGEMS, "2.0.a", OUT, "~> 1.2"},
    {PT_VERSION_RUBYGEMS, "1.2.9", IN, "~> 1.2.3"},
    {PT_VERSION_RUBYGEMS, "1.3", OUT, "~> 1.2.3"},
    {PT_VERSION_RUBYGEMS, "1.9", IN, "~> 1"},
    {PT_VERSION_RUBYGEMS, "1.9", OUT, ">= 1, != 1.9"},
    {PT_VERSION_RUBYGEMS, "1.9", BAD, "^1"},
    // Composer
    {PT_VERSION_PACKAGIST, "1.9.0", IN, "^1.2"},
    {PT_VERSION_PACKAGIST, "1.2.0-beta1", IN, "^1.2"},
    {PT_VERSION_PACKAGIST, "2.0.0-beta1", OUT, "^1.2"},
    {PT_VERSION_PACKAGIST, "0.4.0", OUT, "^0.3.1"},
    {PT_VERSION_PACKAGIST, "1.9.0", IN, "~1.2"},
    {PT_VERSION_PACKAGIST, "1.3.0", OUT, "~1.2.3"},
    {PT_VERSION_PACKAGIST, "1.2.9", IN, "1.2.*"},
    {PT_VERSION_PACKAGIST, "1.0", IN, "=1.0.0"},
    {PT_VERSION_PACKAGIST, "1.0.0-beta1", OUT, "<1.0"},
    {PT_VERSION_PACKAGIST, "1.0.0-beta1", IN, "<1.0-RC1"},
    {PT_VERSION_PACKAGIST, "1.5", IN, ">=1.0,<1.1|>=1.4@dev"},
    {PT_VERSION_PACKAGIST, "2.0.9", IN, "1.0 - 2.0"},
    {PT_VERSION_PACKAGIST, "2.0.9", OUT, "1.0 - 2.0.0"},
    {PT_VERSION_PACKAGIST, "2.0.9", OUT, "1.0 - 2.0, <2.0.5"},
    {PT_VERSION_PACKAGIST, "2.0.9", BAD, "1.0 - "},
    {PT_VERSION_PACKAGIST, "2.0.9", BAD, "1.0 - *"},
    {PT_VERSION_PACKAGIST, "2.0.9", BAD, "one"},
};

static void test_in_reads_each_packagers_ranges(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        bool in = false;
        pt_err e = {0};
        pt_code code = pt_version_in(cases[i].scheme, pt_str_of(cases[i].version),
                                     pt_str_of(cases[i].range), &in, &e);
        expect got = code ? BAD : in ? IN : OUT;
        if (got != cases[i].expect)
            print_error("%s in \"%s\": %d %s\n", cases[i].version, cases[i].range, (int)got,
                        e.what);
        assert_int_equal(got, cases[i].expect);
        assert_true(code == PT_OK || code == PT_E_FORMAT);
    }
}

static void test_in_names_what_it_cannot_read(void **state) {
    (void)state;
    bool in = true;
    pt_err e = {0};
    assert_int_equal(pt_version_in(PT_VERSION_NPM, PT_STR("1.2.3"), PT_STR(">=1 <latest"), &in, &e),
                     PT_E_FORMAT);
    assert_string_equal(e.what, "\"latest\" in \">=1 <latest\" is no range of npm");
    assert_true(in); // untouched
    assert_int_equal(pt_version_in(PT_VERSION_NPM, PT_STR("1.2.3"), (pt_str){0}, &in, &e), PT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_reads_each_packagers_ranges),
        cmocka_unit_test(test_in_names_what_it_cannot_read),
    };
    return cmocka_run_group_tests_name("judge_vuln_range", tests, NULL, NULL);
}
