#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/web/web_impl.h"

static void test_web_private_networks_are_known(void **state) {
    (void)state;
    static const struct {
        const char *address;
        bool is_private;
    } cases[] = {
        {"10.1.2.3", true},
        {"172.16.0.1", true},
        {"172.31.255.1", true},
        {"172.32.0.1", false},
        {"192.168.1.1", true},
        {"192.169.1.1", false},
        {"127.0.0.1", true},
        {"169.254.169.254", true},
        {"100.64.0.1", true},
        {"100.128.0.1", false},
        {"1.1.1.1", false},
        {"::1", true},
        {"::", true},
        {"fd00::5", true},
        {"fe80::1%eth0", true},
        {"febf::1", true},
        {"fec0::1", false},
        {"2606:4700::1", false},
        {"::ffff:10.0.0.1", true},
        {"::ffff:1.1.1.1", false},
        {"0.0.0.0", true},
        {"nonsense", true},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_host h = {.n = 1};
        snprintf(h.address[0], sizeof h.address[0], "%s", cases[i].address);
        if (pt_host_is_private(&h) != cases[i].is_private)
            fail_msg("%s", cases[i].address);
    }
}

static void test_web_names_are_resolved_by_another_process(void **state) {
    (void)state;
    PT_AUTO(pt_fd_close) int socket = -1;
    pt_host h = {0};
    pt_err e = {0};
    assert_int_equal(pt_names_start(&socket, &e), PT_OK);
    assert_int_equal(pt_names_ask(socket, PT_STR("https://127.0.0.1:5000"), &h, &e), PT_OK);
    assert_string_equal(h.address[0], "127.0.0.1");
    assert_int_equal(h.port, 5000);
    assert_int_equal(pt_names_ask(socket, PT_STR("ftp://127.0.0.1"), &h, &e), PT_E_USAGE);
    assert_int_equal(pt_names_ask(socket, PT_STR("http://127.0.0.1"), &h, &e), PT_OK);
    assert_int_equal(h.port, 80);
    assert_int_equal(pt_names_ask(socket, PT_STR(""), &h, &e), PT_E_FORMAT);
}

static void test_web_redirects_are_joined(void **state) {
    static const struct {
        const char *from, *to, *is;
    } cases[] = {
        {"https://a.example/b/c?d", "e", "https://a.example/b/e"},
        {"https://a.example/b/c", "/e?f", "https://a.example/e?f"},
        {"https://a.example/b/c", "//h.example/e", "https://h.example/e"},
        {"http://a.example/b/c", "https://h.example/e", "https://h.example/e"},
        {"https://a.example/b/c", "http://h.example/e", "http://h.example/e"},
    };
    (void)state;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_str to = pt_url_joined(&a, pt_str_of(cases[i].from), pt_str_of(cases[i].to));
        assert_str(to, cases[i].is);
    }
    assert_true(pt_status_moved(302));
    assert_false(pt_status_moved(304));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_private_networks_are_known),
        cmocka_unit_test(test_web_names_are_resolved_by_another_process),
        cmocka_unit_test(test_web_redirects_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
