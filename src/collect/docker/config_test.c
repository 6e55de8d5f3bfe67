#include <string.h>

#include "base/testing.h"
#include "collect/docker/engine.h"
#include "value/json.h"

// argv as /proc shows it: each word ends in NUL. Blanks stand for the NULs here.
static pt_str cmdline(pt_arena *a, const char *words) {
    pt_str s = pt_arena_str(a, pt_str_of(words));
    char *p = pt_arena_take(a, s.n + 1);
    assert_non_null(p);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] == ' ' ? '\0' : s.p[i];
    p[s.n] = '\0';
    return (pt_str){p, s.n + 1};
}

static void test_dockerd_flags_are_parsed_not_searched(void **state) {
    (void)state;
    static const struct {
        const char *words, *json;
    } cases[] = {
        {"/usr/sbin/dockerd", "{}"},
        {"dockerd --icc=false --no-new-privileges", "{\"icc\":false,\"no-new-privileges\":true}"},
        {"dockerd --no-new-privileges=false", "{\"no-new-privileges\":false}"},
        {"dockerd --icc=true --icc=false", "{\"icc\":false}"}, // the last one counts
        {"dockerd -H unix:///a --host=tcp://0.0.0.0:2375 -Hfd://",
         "{\"hosts\":[\"unix:///a\",\"tcp://0.0.0.0:2375\",\"fd://\"]}"},
        {"dockerd -D -l debug", "{\"debug\":true,\"log-level\":\"debug\"}"},
        {"dockerd --log-level --icc", "{\"log-level\":\"--icc\"}"}, // a value is a value
        {"dockerd --insecure-registry a --insecure-registry b",
         "{\"insecure-registries\":[\"a\",\"b\"]}"},
        {"dockerd --userland-proxy=0 --tlsverify --tlscacert /c",
         "{\"tlscacert\":\"/c\",\"tlsverify\":true,\"userland-proxy\":false}"},
        {"dockerd --config-file", "{\"config-file\":\"\"}"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_buf b = PT_BUF(4096);
        pt_value v = pt_dockerd_flags(&a, cmdline(&a, cases[i].words));
        assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
        assert_str(pt_buf_str(&b), cases[i].json);
        pt_buf_done(&b);
        pt_arena_done(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dockerd_flags_are_parsed_not_searched),
    };
    return cmocka_run_group_tests_name("collect_docker", tests, NULL, NULL);
}
