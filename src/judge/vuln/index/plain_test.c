#include <string.h>

#include "base/testing.h"
#include "judge/vuln/index/plain.h"

// What the short way says is what the scheme says, of every pair.
static void test_the_short_way_is_the_schemes(void **state) {
    (void)state;
    static const char *const versions[] = {
        "",
        "0",
        "1",
        "2",
        "10",
        "1.0",
        "1.1",
        "1.10",
        "1.2",
        "1.01",
        "1.001",
        "0.1",
        "0.0",
        "1.0.0",
        "1.0.1",
        "1.00.1",
        "1.10.1",
        "1.9.1",
        "1.",
        ".1",
        "1..2",
        "1.2.",
        "1.a",
        "a.1",
        "1.2-1",
        "1.2-1.1",
        "1:1.2",
        "v1.2",
        "v1.10",
        "1.2rc1",
        "1.2.3.4",
        "1.2.3.5",
        "2.0.0.0",
        "123456789.1",
        "1234567890.1",
        "1.99999999999999999999",
        "1.99999999999999999998",
        "1.2+b",
        "1.2~rc1",
        "01.2",
        "00.1",
    };
    for (unsigned s = 0; s < PT_VERSION_SCHEMES; s++)
        for (size_t i = 0; i < PT_COUNT(versions); i++)
            for (size_t k = 0; k < PT_COUNT(versions); k++) {
                pt_str a = pt_str_of(versions[i]);
                pt_str b = pt_str_of(versions[k]);
                pt_version_scheme scheme = (pt_version_scheme)s;
                if (pt_ix_version_order(scheme, a, b) != pt_version_order(scheme, a, b))
                    fail_msg("%.*s: %s and %s", PT_PRI(pt_version_scheme_name(scheme)), versions[i],
                             versions[k]);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_short_way_is_the_schemes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
