// daemon.json with the plugin and without it: nothing else changes, and back is what was.
#include <string.h>

#include "base/testing.h"
#include "cli/guard.h"

static const struct {
    const char *before, *after; // after NULL: refused
} cases[] = {
    {"", "{\n  \"authorization-plugins\": [\"paratia\"]\n}\n"},
    {"{}", "{\n  \"authorization-plugins\": [\"paratia\"]}"},
    {"{\n\t\"icc\" : false ,\n\t\"dns\": [ ]\n}\n",
     "{\n  \"authorization-plugins\": [\"paratia\"],\n\t\"icc\" : false ,\n\t\"dns\": [ ]\n}\n"},
    {"{\"authorization-plugins\": []}", "{\"authorization-plugins\": [\"paratia\"]}"},
    {"{\"a\": \"[\", \"authorization-plugins\" : [ \"opa\" ], \"icc\": true}",
     "{\"a\": \"[\", \"authorization-plugins\" : [\"paratia\",  \"opa\" ], \"icc\": true}"},
    {"{\"authorization-plugins\": [\"opa\", \"paratia\"]}",
     "{\"authorization-plugins\": [\"opa\", \"paratia\"]}"},
    {"{\"authorization-plugins\": \"opa\"}", NULL},
    {"{\"authorization-plugins\": [1]}", NULL},
    {"{\"icc\": true, \"icc\": false}", NULL},
    {"[]", NULL},
    {"{", NULL},
};

static void test_daemon_json_takes_the_plugin_and_nothing_else(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_str out;
        bool changed;
        pt_code code = pt_daemon_json_add(&a, pt_str_of(cases[i].before), PT_STR("paratia"), &out,
                                          &changed, NULL);
        assert_int_equal(code, cases[i].after ? PT_OK : PT_E_FORMAT);
        if (!code)
            assert_str(out, cases[i].after);
        if (!code)
            assert_int_equal(changed, !pt_str_eqz(out, cases[i].before));
    }
}

static void test_daemon_json_is_again_what_it_was(void **state) {
    (void)state;
    static const struct {
        const char *before, *after;
    } more[] = {
        {"{\"authorization-plugins\": [\"opa\", \"paratia\"]}",
         "{\"authorization-plugins\": [\"opa\"]}"},
        {"{\"authorization-plugins\": [\n  \"opa\" ,\n \"paratia\"\n]}",
         "{\"authorization-plugins\": [\n  \"opa\" \n]}"},
        {"{\"authorization-plugins\": [ \"paratia\" ]}", "{\"authorization-plugins\": [  ]}"},
        {"{\"labels\": [\"paratia\"]}", "{\"labels\": [\"paratia\"]}"},
        {"{\"labels\": [\"paratia\"], \"authorization-plugins\": [\"paratia\"]}",
         "{\"labels\": [\"paratia\"], \"authorization-plugins\": []}"},
    };
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str out;
    bool changed;
    for (size_t i = 0; i < PT_COUNT(more); i++) {
        assert_int_equal(pt_daemon_json_remove(&a, pt_str_of(more[i].before), PT_STR("paratia"),
                                               &out, &changed, NULL),
                         PT_OK);
        assert_str(out, more[i].after);
    }
    for (size_t i = 1; i < 3; i++) { // of those above, what was added goes
        pt_str with;
        assert_int_equal(pt_daemon_json_add(&a, pt_str_of(cases[i].before), PT_STR("paratia"),
                                            &with, &changed, NULL),
                         PT_OK);
        assert_int_equal(pt_daemon_json_remove(&a, with, PT_STR("paratia"), &out, &changed, NULL),
                         PT_OK);
        assert_str(out, cases[i].before);
    }
}

#define CA "\"/etc/ca.pem\""

static void test_daemon_json_takes_other_members_and_gives_them_back(void **state) {
    (void)state;
    static const char *const before[] = {"{}", "{\n}\n", "{\n\t\"icc\" : false\n}\n",
                                         "{\"a\": {\"tlscacert\": 1}}"};
    for (size_t i = 0; i < PT_COUNT(before); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_str with;
        pt_str out;
        assert_int_equal(
            pt_daemon_json_set(&a, pt_str_of(before[i]), "tlsverify", "true", &with, NULL), PT_OK);
        assert_int_equal(pt_daemon_json_set(&a, with, "tlscacert", CA, &with, NULL), PT_OK);
        assert_true(pt_daemon_json_has(&a, with, "tlscacert", CA));
        assert_false(pt_daemon_json_has(&a, with, "tlscacert", "\"/etc/other.pem\""));
        assert_int_equal(pt_daemon_json_set(&a, with, "tlscacert", CA, &out, NULL), PT_OK);
        assert_str(out, pt_arena_str(&a, with).p); // it is there already
        // The last one goes first, and the other way round.
        assert_int_equal(pt_daemon_json_unset(&a, with, "tlsverify", "true", &out, NULL), PT_OK);
        assert_int_equal(pt_daemon_json_unset(&a, out, "tlscacert", CA, &out, NULL), PT_OK);
        assert_str(out, before[i]);
    }
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str out;
    static const char *const wrong[] = {"[]", "{", "{\"tlscacert\": \"/etc/other.pem\"}",
                                        "{\"tlscacert\": 1, \"tlscacert\": 2}"};
    for (size_t i = 0; i < PT_COUNT(wrong); i++) {
        assert_int_equal(pt_daemon_json_set(&a, pt_str_of(wrong[i]), "tlscacert", CA, &out, NULL),
                         PT_E_FORMAT);
        assert_false(pt_daemon_json_has(&a, pt_str_of(wrong[i]), "tlscacert", CA));
    }
    // It stands otherwise than it was written: by hand.
    assert_int_equal(pt_daemon_json_unset(&a, PT_STR("{\"tlscacert\":\"/etc/ca.pem\"}"),
                                          "tlscacert", CA, &out, NULL),
                     PT_E_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_daemon_json_takes_other_members_and_gives_them_back),
        cmocka_unit_test(test_daemon_json_takes_the_plugin_and_nothing_else),
        cmocka_unit_test(test_daemon_json_is_again_what_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
