// Where URLs lead, and which hosts and addresses behind their names may be reached.
#include <string.h>

#include "base/testing.h"
#include "judge/policy/network.h"

// What a URL leads to: "host:port", or why not.
static pt_str leads_to(pt_arena *a, const char *url) {
    pt_net_url u;
    pt_str why = {0};
    if (pt_net_url_read(a, pt_str_of(url), &u, &why) != PT_NET_FITS)
        return pt_arena_printf(a, "- %.*s", PT_PRI(why));
    return pt_arena_printf(a, "%.*s:%u %.*s", PT_PRI(u.host), u.port, PT_PRI(u.target));
}

static void test_url_leads_to_one_host_or_is_none(void **state) {
    (void)state;
    static const struct {
        const char *url, *want;
    } rows[] = {
        {"http://a.example", "a.example:80 /"},
        {"https://A.Example.:443/x?y#z", "a.example:443 /x?y"},
        {"HTTP://a.example:8080?q=1", "a.example:8080 /?q=1"},
        {"http://a.example@b.example/", "b.example:80 /"},
        {"http://a.example:80@b.example/", "b.example:80 /"},
        {"http://b.example#@a.example/", "b.example:80 /"},
        {"http://b.example?@a.example/", "b.example:80 /?@a.example/"},
        {"http://b.example/@a.example/", "b.example:80 /@a.example/"},
        {"http://b.example\\@a.example/", "- net/url: invalid userinfo"},
        {"http://127.0.0.1/", "127.0.0.1:80 /"},
        {"http://127.0.0.1./", "127.0.0.1:80 /"},
        {"http://[::1]:8/", "::1:8 /"},
        {"http://[0:0::0:1]/", "::1:80 /"},
        {"http://[::ffff:127.0.0.1]/", "127.0.0.1:80 /"},
        {"http://[::ffff:7f00:1]/", "127.0.0.1:80 /"},
        {"http://[fe80::1%25eth0]/", "- invalid IP-literal"},
        {"http://[fe80::1%eth0]/", "- invalid IP-literal"},
        {"http://[127.0.0.1]/", "- invalid IP-literal"},
        {"http://[::1/", "- missing ']' in host"},
        {"http://[::1]x/", "- invalid port \"x\" after host"},
        {"http://::1/", "- invalid port \"::1\" after host"},
        {"http://a.example:0/", "- invalid port \":0\" after host"},
        {"http://a.example:65536/", "- invalid port \":65536\" after host"},
        {"http://a.example:8 0/", "- invalid port \":8 0\" after host"},
        {"http://a.example:/", "a.example:80 /"},
        {"http://a..example/", "- invalid host name \"a..example\""},
        {"http://.a.example/", "- invalid host name \".a.example\""},
        {"http://a.example../", "- invalid host name \"a.example..\""},
        {"http://a%2eexample/", "- invalid character \"%\" in host name"},
        {"http://a,b/", "- invalid character \",\" in host name"},
        {"http://ex\u00e4mple.org/", "- invalid character \"\\xc3\" in host name"},
        {"http://xn--exmple-cua.org/", "xn--exmple-cua.org:80 /"},
        {"http:///x", "- http: no Host in request URL"},
        {"http:a.example", "- http: no Host in request URL"},
        {"//a.example/", "- unsupported protocol scheme \"\""},
        {"file:///etc/passwd", "- unsupported protocol scheme \"file\""},
        {"gopher://a.example/", "- unsupported protocol scheme \"gopher\""},
        {"unix://localhost/x?socket=%2Frun%2Fx", "- unsupported protocol scheme \"unix\""},
        {"http://a.example\r\nX: y/", "- net/url: invalid control character in URL"},
        {"http://a.example/ b?c d", "a.example:80 /%20b?c%20d"},
        {"http://a.example/%zz", "- invalid URL escape \"%zz\""},
    };
    static const char *const numbers[] = {"0x7f.1",     "0x7f000001",   "2130706433", "0177.0.0.1",
                                          "127.1",      "127.0.0.0001", "1.2.3.4.5",  "256.0.0.1",
                                          "0X7f.0.0.1", "a.0x1",        "127.0.0.08"};
    pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        assert_str(leads_to(&a, rows[i].url), rows[i].want);
    for (size_t i = 0; i < PT_COUNT(numbers); i++) {
        pt_str got = leads_to(&a, pt_arena_printf(&a, "http://%s/", numbers[i]).p);
        assert_true(pt_str_starts(got, PT_STR("- invalid host ")));
        assert_true(pt_str_has(got, PT_STR("no IPv4 address")));
    }
    pt_arena_done(&a);
}

static pt_net_allow allow_of(pt_arena *a, const char *list) {
    pt_net_place *v = PT_NEW(a, pt_net_place, 8);
    pt_net_allow l = {v, 0};
    pt_str rest = pt_str_of(list);
    pt_str one;
    while (pt_str_split(&rest, ' ', &one))
        assert_int_equal(pt_net_place_read(a, one, &v[l.n++], NULL), PT_OK);
    return l;
}

static void test_allow_list_names_hosts_and_ports(void **state) {
    (void)state;
    static const struct {
        const char *list, *url;
        bool want;
    } rows[] = {
        {"a.example", "http://a.example/", true},
        {"A.EXAMPLE.", "https://a.example./", true},
        {"a.example", "http://a.example:8080/", true},
        {"a.example:80", "http://a.example/", true},
        {"a.example:80", "https://a.example/", false},
        {"a.example:443", "https://a.example/", true},
        {"a.example", "http://b.a.example/", false},
        {"a.example", "http://a.example.b/", false},
        {"a.example", "http://xa.example/", false},
        {"a.example", "http://a.example@b.example/", false},
        {"127.0.0.1", "http://127.0.0.1:9/", true},
        {"127.0.0.1", "http://[::ffff:127.0.0.1]:9/", true},
        {"127.0.0.1", "http://localhost/", false},
        {"localhost", "http://127.0.0.1/", false},
        {"127.0.0.1:9", "http://127.0.0.1:8/", false},
        {"::1", "http://[::1]:9/", true},
        {"[::1]:9", "http://[::1]:9/", true},
        {"[::1]:9", "http://[::1]:8/", false},
        {"b.example a.example:8", "http://a.example:8/", true},
    };
    static const char *const no_hosts[] = {
        "",           "*.example", "http://a.example", "a b", "a:99999", "a.example/",
        "2130706433", "user@a",    "[fe80::1%eth0]",   "a..b"};
    pt_arena a = {0};
    pt_net_place place;
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        pt_net_allow l = allow_of(&a, rows[i].list);
        pt_net_url u;
        pt_str why;
        assert_int_equal(pt_net_url_read(&a, pt_str_of(rows[i].url), &u, &why), PT_NET_FITS);
        if (pt_net_allows(&l, &u) != rows[i].want)
            fail_msg("%s, %s", rows[i].list, rows[i].url);
    }
    for (size_t i = 0; i < PT_COUNT(no_hosts); i++)
        assert_int_equal(pt_net_place_read(&a, pt_str_of(no_hosts[i]), &place, NULL), PT_E_USAGE);
    pt_arena_done(&a);
}

static void test_addresses_that_are_not_public_have_to_be_named(void **state) {
    (void)state;
    static const char *const open[] = {"1.1.1.1",        "8.8.8.8",         "100.63.255.255",
                                       "172.32.0.1",     "2606:4700::1111", "64:ff9b::101:101",
                                       "223.255.255.255"};
    static const char *const closed[] = {"0.0.0.0",
                                         "127.0.0.1",
                                         "127.255.0.1",
                                         "10.0.0.1",
                                         "172.16.0.1",
                                         "172.31.255.255",
                                         "192.168.1.1",
                                         "100.64.0.1",
                                         "169.254.169.254",
                                         "168.63.129.16",
                                         "192.0.0.192",
                                         "192.0.2.1",
                                         "198.18.0.1",
                                         "198.51.100.1",
                                         "203.0.113.1",
                                         "224.0.0.1",
                                         "255.255.255.255",
                                         "240.0.0.1",
                                         "::",
                                         "::1",
                                         "fe80::1",
                                         "fe80::1%2",
                                         "fc00::1",
                                         "fd00:ec2::254",
                                         "ff02::1",
                                         "::ffff:127.0.0.1",
                                         "::ffff:169.254.169.254",
                                         "::127.0.0.1",
                                         "2001::1",
                                         "2001:db8::1",
                                         "2002:7f00:1::",
                                         "64:ff9b::7f00:1",
                                         "64:ff9b:1::1",
                                         "5f00::1",
                                         "nonsense"};
    pt_arena a = {0};
    pt_net_allow l = allow_of(&a, "a.example localhost 10.0.0.2 [fd00::2]:80");
    pt_net_url u;
    pt_str why;
    assert_int_equal(pt_net_url_read(&a, PT_STR("http://a.example/"), &u, &why), PT_NET_FITS);
    for (size_t i = 0; i < PT_COUNT(open); i++)
        assert_true(pt_net_allows_address(&l, &u, pt_str_of(open[i])));
    for (size_t i = 0; i < PT_COUNT(closed); i++)
        if (pt_net_allows_address(&l, &u, pt_str_of(closed[i])))
            fail_msg("%s", closed[i]);
    assert_true(pt_net_allows_address(&l, &u, PT_STR("10.0.0.2")));
    assert_true(pt_net_allows_address(&l, &u, PT_STR("fd00::2")));
    u.port = 8080;
    assert_false(pt_net_allows_address(&l, &u, PT_STR("fd00::2")));
    assert_int_equal(pt_net_url_read(&a, PT_STR("http://localhost/"), &u, &why), PT_NET_FITS);
    assert_true(pt_net_allows_address(&l, &u, PT_STR("127.0.0.1")));
    assert_true(pt_net_allows_address(&l, &u, PT_STR("::1")));
    assert_false(pt_net_allows_address(&l, &u, PT_STR("8.8.8.8")));
    assert_false(pt_net_allows_address(&l, &u, PT_STR("10.0.0.2")));
    pt_arena_done(&a);
}

static void test_location_is_joined_as_rfc3986_says(void **state) {
    (void)state;
    static const struct {
        const char *location, *want;
    } rows[] = {{"g", "http://a.example/b/c/g"},
                {"./g", "http://a.example/b/c/g"},
                {"g/", "http://a.example/b/c/g/"},
                {"/g", "http://a.example/g"},
                {"//g", "http://g"},
                {"?y", "http://a.example/b/c/d;p?y"},
                {"g?y#s", "http://a.example/b/c/g?y"},
                {"", "http://a.example/b/c/d;p?q"},
                {".", "http://a.example/b/c/"},
                {"..", "http://a.example/b/"},
                {"../../../g", "http://a.example/g"},
                {"/./g/../h", "http://a.example/h"},
                {"g;x=1/../y", "http://a.example/b/c/y"},
                {"https://b.example/x", "https://b.example/x"},
                {"g?y/../x", "http://a.example/b/c/g?y/../x"}};
    pt_arena a = {0};
    pt_net_url from;
    pt_str why;
    assert_int_equal(pt_net_url_read(&a, PT_STR("http://a.example/b/c/d;p?q"), &from, &why),
                     PT_NET_FITS);
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        assert_str(pt_net_url_join(&a, &from, pt_str_of(rows[i].location)), rows[i].want);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url_leads_to_one_host_or_is_none),
        cmocka_unit_test(test_allow_list_names_hosts_and_ports),
        cmocka_unit_test(test_addresses_that_are_not_public_have_to_be_named),
        cmocka_unit_test(test_location_is_joined_as_rfc3986_says),
    };
    return cmocka_run_group_tests_name("judge_policy_net_url", tests, NULL, NULL);
}
