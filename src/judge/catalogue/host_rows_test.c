// What the tests of the host tables make of values: the traps first.
#include <string.h>

#include "base/testing.h"
#include "judge/catalogue/host_tests.h"
#include "judge/catalogue/kube_tests.h"
#include "judge/engine/engine.h"
#include "value/json.h"

static const struct {
    pt_test test;
    const char *want, *json;
    pt_verdict verdict;
    const char *seen; // a part of the evidence
} cases[] = {
    {pt_test_clock, "1000000", "{\"synchronised\": true, \"error_us\": 11001}", PT_PASS,
     "synchronised, error at most 12 ms"},
    {pt_test_clock, "1000000", "{\"synchronised\": true, \"error_us\": 1000000}", PT_FAIL,
     "error at most 1.0 s"},
    {pt_test_clock, "1000000", "{\"synchronised\": false, \"error_us\": 16000000}", PT_FAIL,
     "not synchronised"},
    {pt_test_clock, "1000000", "{\"synchronised\": true}", PT_NOT_EVALUATED, ""},
    {pt_test_clock, "1000000", "true", PT_NOT_EVALUATED, ""},
    // sockets: the owner behind the address does not move the verdict
    {pt_test_not_reachable, "2375", "[\"0.0.0.0:2375 dockerd\"]", PT_FAIL, "0.0.0.0:2375 dockerd"},
    {pt_test_not_reachable, "2375", "[\"127.0.0.1:2375 x 0.0.0.0:2375\"]", PT_PASS, "loopback"},
    {pt_test_not_reachable, "2375", "[\"[::]:2375 x 127.0.0.1:1\"]", PT_FAIL, "[::]:2375 x"},
    {pt_test_not_reachable, "4789/udp", "[\"0.0.0.0:4789/udp (the kernel)\"]", PT_FAIL, "kernel"},
    {pt_test_not_reachable, "2375", "[]", PT_PASS, "nothing listens"},
    {pt_test_not_reachable, "2375", "{}", PT_NOT_EVALUATED, ""},
    // modes: a folder above in which the file can be replaced
    {pt_test_mode, "644 0:0", "{\"mode\": 420, \"uid\": 0, \"gid\": 0}", PT_PASS, "mode 0644"},
    {pt_test_mode, "644 0:0",
     "{\"mode\": 420, \"uid\": 0, \"gid\": 0,"
     " \"above\": {\"path\": \"/etc\", \"mode\": 511, \"uid\": 5}}",
     PT_FAIL, "in /etc (mode 0777, owner 5)"},
    // disks: both kinds of room; a file system without inodes of its own
    {pt_test_free, "15", "{\"path\": \"/\", \"free\": 15, \"inodes\": 15}", PT_PASS,
     "/: 15 % of the space, 15 % of the inodes"},
    {pt_test_free, "15", "{\"path\": \"/\", \"free\": 14, \"inodes\": 99}", PT_FAIL, "14 %"},
    {pt_test_free, "15", "{\"path\": \"/\", \"free\": 99, \"inodes\": 3}", PT_FAIL,
     "3 % of the in"},
    {pt_test_free, "15", "{\"path\": \"/\", \"free\": 99}", PT_PASS, "99 % of the space are free"},
    {pt_test_free, "15", "{\"path\": \"/\", \"inodes\": 99}", PT_NOT_EVALUATED, ""},
    {pt_test_free, "15", "{\"free\": 99, \"inodes\": \"many\"}", PT_NOT_EVALUATED, ""},
    {pt_test_first_word, "single|halt", "\"HALT\"", PT_PASS, "HALT"},
    {pt_test_first_word, "exec", "\"exec /bin/x\"", PT_PASS, "exec /bin/x"},
    {pt_test_first_word, "exec", "\"execute\"", PT_FAIL, "execute"},
    {pt_test_first_word, "exec", "7", PT_NOT_EVALUATED, ""},
    // lists: the first few and the number
    {pt_test_few, "", "[]", PT_PASS, "none"},
    {pt_test_few, "", "[\"/a\", \"/b\"]", PT_FAIL, "/a, /b"},
    {pt_test_few, "", "[\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\"]", PT_FAIL,
     "4, 5 and 2 more"},
    {pt_test_few, "", "null", PT_NOT_EVALUATED, ""},
    // updates: how many, and how old the lists are
    {pt_test_no_updates, "",
     "{\"pending\": [\"a 1 -> 2\"], \"lists_age_days\": 3, \"oldest_list\": \"2026-11-20\"}",
     PT_FAIL, "1: a 1 -> 2"},
    {pt_test_no_updates, "", "{\"pending\": [], \"lists_age_days\": 0}", PT_PASS, "none"},
    {pt_test_no_updates, "", "{\"lists_age_days\": 0}", PT_NOT_EVALUATED, ""},
    {pt_test_newest, "", "{\"running\": \"6.1.0-9-a\", \"newest\": \"6.1.0-10-a\"}", PT_FAIL,
     "6.1.0-9-a runs, 6.1.0-10-a is installed"},
    {pt_test_newest, "", "{\"running\": \"6.1.0-10-a\", \"newest\": \"6.1.0-9-a\"}", PT_PASS, ""},
    {pt_test_newest, "", "{\"running\": \"6.1\"}", PT_NOT_EVALUATED, ""},
    // Kubernetes: values of another kind are no answers
    {pt_test_kubelet_cert, "", "{\"tlsCertFile\": \"/a\"}", PT_FAIL, "no certificate"},
    {pt_test_kubelet_cert, "", "{\"tlsCertFile\": \"/a\", \"tlsPrivateKeyFile\": \"/b\"}", PT_PASS,
     ""},
    {pt_test_kubelet_cert, "", "[]", PT_NOT_EVALUATED, ""},
    {pt_test_go_ciphers, "", "[\"TLS_AES_128_GCM_SHA256\"]", PT_PASS, ""},
    {pt_test_go_ciphers, "", "[\"TLS_RSA_WITH_AES_128_GCM_SHA256\"]", PT_FAIL, "TLS_RSA"},
    {pt_test_go_ciphers, "", "\"TLS_AES_128_GCM_SHA256\"", PT_NOT_EVALUATED, ""},
    {pt_test_api_anonymous, "", "{\"enabled\": \"no\"}", PT_NOT_EVALUATED, ""},
    {pt_test_api_anonymous, "", "{\"enabled\": true, \"conditions\": []}", PT_FAIL, "allowed"},
    {pt_test_api_audit, "", "null", PT_NOT_EVALUATED, ""},
    {pt_test_etcd_clients, "peers", "{\"client-cert-auth\": true}", PT_FAIL,
     "peer-client-cert-auth"},
    {pt_test_etcd_clients, "clients", "{\"trusted-ca-file\": \"/a\"}", PT_PASS, "is set"},
    {pt_test_own_ca, "", "{\"etcd\": \"/a\"}", PT_NOT_EVALUATED, ""},
};

static void test_host_rows_judge_values_and_say_what_they_saw(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_value v;
        pt_seen seen = {.text = PT_BUF(1000), .path = PT_BUF(1000)};
        assert_int_equal(pt_json_parse(&a, pt_str_of(cases[i].json), NULL, &v, NULL), PT_OK);
        pt_verdict got = cases[i].test(v, pt_str_of(cases[i].want), &seen);
        pt_str text = pt_buf_str(&seen.text);
        if (got != cases[i].verdict || !pt_str_has(text, pt_str_of(cases[i].seen)))
            print_error("%s: %.*s, of %s\n", pt_verdict_word(got), PT_PRI(text), cases[i].json);
        assert_int_equal(got, cases[i].verdict);
        assert_true(pt_str_has(text, pt_str_of(cases[i].seen)));
        pt_buf_done(&seen.text);
        pt_buf_done(&seen.path);
        pt_arena_done(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_rows_judge_values_and_say_what_they_saw),
    };
    return cmocka_run_group_tests_name("judge_host", tests, NULL, NULL);
}
