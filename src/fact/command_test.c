#include "base/testing.h"
#include "fact/command.h"

static void test_words_are_names_and_paths(void **state) {
    static const char *const want[] = {"set",       "-e", "A",      "/opt/x", "exec", "foo",
                                       "/bin/y.sh", "x",  "suffix", "z",      "end",  NULL};
    pt_str rest = PT_STR("set -e # not this\n# nor /this\nA=\"/opt/x\"\n$(exec foo);/bin/y.sh "
                         "${x#suffix} z\n\nend");
    pt_str word;
    size_t n = 0;
    (void)state;
    for (; pt_command_word(&rest, &word); n++) {
        assert_non_null(want[n]);
        if (!pt_str_eqz(word, want[n]))
            fail_msg("%.*s, not %s", PT_PRI(word), want[n]);
    }
    assert_null(want[n]);
    assert_false(pt_command_word(&rest, &word));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words_are_names_and_paths)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
