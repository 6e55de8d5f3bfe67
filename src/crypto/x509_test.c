#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "base/subprocess.h"
#include "base/testing.h"
#include "crypto/x509.h"

#define DAY_NS (86400 * PT_SECOND_NS)

static void make_authority(pt_arena *a, pt_x509_pair *ret) {
    pt_err e = {0};
    assert_int_equal(pt_x509_authority(a, PT_STR("paratia test authority"), pt_now() - DAY_NS,
                                       pt_now() + 2 * DAY_NS, ret, &e),
                     PT_OK);
}

static pt_code issue(pt_arena *a, const pt_x509_pair *authority, const char *common_name,
                     const char *name, pt_x509_pair *ret, pt_err *e) {
    pt_str names[] = {pt_str_of(name)};
    return pt_x509_issue(a, authority,
                         &(pt_x509_wish){.common_name = pt_str_of(common_name),
                                         .names = names,
                                         .n_names = name ? 1 : 0,
                                         .not_before_ns = pt_now() - DAY_NS,
                                         .not_after_ns = pt_now() + DAY_NS,
                                         .client = !name},
                         ret, e);
}

// -- the openssl command's view -------------------------------------------------------------------

typedef struct files {
    char ca[64], server[64], client[64];
} files;

static void write_file(char path[64], const char *dir, const char *name, pt_str content) {
    snprintf(path, 64, "%s/%s", dir, name);
    assert_int_equal(pt_file_replace(path, content, 0600, NULL), PT_OK);
}

static int openssl(const char *const *argv, pt_buf *said) {
    pt_subprocess_end end = {0};
    pt_subprocess p = {.argv = argv, .output_bytes_max = 65536};
    pt_err e = {0};
    assert_int_equal(pt_subprocess_run(&p, said, &end, &e), PT_OK);
    if (end.exit)
        pt_buf_putz(said, end.said);
    return end.exit;
}

static void expect(const pt_buf *said, const char *text) {
    bool has = pt_str_has(pt_buf_str(said), pt_str_of(text));
    if (!has)
        print_error("no \"%s\" in: %.*s\n", text, PT_PRI(pt_buf_str(said)));
    assert_true(has);
}

static void expect_text(const char *path, const char *const *wanted) {
    PT_AUTO(pt_buf_done) pt_buf said = PT_BUF(65536);
    const char *argv[] = {"/usr/bin/openssl", "x509", "-in", path, "-noout", "-text", NULL};
    assert_int_equal(openssl(argv, &said), 0);
    for (; *wanted; wanted++)
        expect(&said, *wanted);
}

static int verify(const char *authority, const char *purpose, const char *path) {
    PT_AUTO(pt_buf_done) pt_buf said = PT_BUF(65536);
    const char *argv[] = {"/usr/bin/openssl", "verify", "-x509_strict", "-CAfile", authority,
                          "-purpose",         purpose,  path,           NULL};
    return openssl(argv, &said);
}

static void test_x509_is_what_openssl_reads_and_verifies(void **state) {
    (void)state;
    if (access("/usr/bin/openssl", X_OK) != 0)
        skip_because("there is no openssl command");
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_x509_pair authority;
    pt_x509_pair server;
    pt_x509_pair client;
    pt_err e = {0};
    make_authority(&a, &authority);
    pt_str names[] = {PT_STR("guard.paratia.svc"), PT_STR("127.0.0.1"), PT_STR("2001:db8::1")};
    pt_x509_wish wish = {.common_name = PT_STR("guard"),
                         .names = names,
                         .n_names = PT_COUNT(names),
                         .not_before_ns = pt_now() - DAY_NS,
                         .not_after_ns = pt_now() + DAY_NS};
    assert_int_equal(pt_x509_issue(&a, &authority, &wish, &server, &e), PT_OK);
    assert_int_equal(issue(&a, &authority, "kube-apiserver", NULL, &client, &e), PT_OK);
    char dir[] = "/tmp/pt-x509-XXXXXX";
    assert_non_null(mkdtemp(dir));
    files f;
    write_file(f.ca, dir, "ca", authority.cert);
    write_file(f.server, dir, "server", server.cert);
    write_file(f.client, dir, "client", client.cert);
    expect_text(f.ca, (const char *[]){"CN = paratia test authority", "ecdsa-with-SHA256",
                                       "ASN1 OID: prime256v1",
                                       "X509v3 Basic Constraints: critical\n"
                                       "                CA:TRUE, pathlen:0",
                                       "X509v3 Key Usage: critical\n"
                                       "                Certificate Sign\n",
                                       "X509v3 Subject Key Identifier", NULL});
    expect_text(f.server,
                (const char *[]){"DNS:guard.paratia.svc, IP Address:127.0.0.1, "
                                 "IP Address:2001:DB8:0:0:0:0:0:1\n",
                                 "TLS Web Server Authentication\n", "CA:FALSE",
                                 "Digital Signature\n", "Authority Key Identifier", NULL});
    expect_text(f.client,
                (const char *[]){"CN = kube-apiserver", "TLS Web Client Authentication\n", NULL});
    assert_int_equal(verify(f.ca, "sslserver", f.server), 0);
    assert_int_equal(verify(f.ca, "sslclient", f.client), 0);
    assert_int_not_equal(verify(f.ca, "sslclient", f.server), 0);
    assert_int_not_equal(verify(f.ca, "sslserver", f.client), 0);
    assert_int_not_equal(verify(f.server, "sslclient", f.client), 0);
    unlink(f.ca);
    unlink(f.server);
    unlink(f.client);
    rmdir(dir);
}

// -- ours -----------------------------------------------------------------------------------------

static void test_x509_reads_what_it_made(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_x509_pair authority;
    pt_x509_pair one;
    pt_x509_pair two;
    pt_x509_facts f;
    pt_x509_facts other;
    pt_err e = {0};
    make_authority(&a, &authority);
    assert_true(pt_str_starts(authority.key, PT_STR("-----BEGIN PRIVATE KEY-----\n")));
    pt_str names[] = {PT_STR("a.example"), PT_STR("::1")};
    pt_x509_wish wish = {.common_name = PT_STR("Wände, O=\"x\""),
                         .names = names,
                         .n_names = PT_COUNT(names),
                         .not_before_ns = -1, // a second before 1970, cut downwards
                         .not_after_ns = INT64_C(4102444800) * PT_SECOND_NS + 999}; // 2100
    assert_int_equal(pt_x509_issue(&a, &authority, &wish, &one, &e), PT_OK);
    assert_int_equal(pt_x509_issue(&a, &authority, &wish, &two, &e), PT_OK);
    assert_int_equal(pt_x509_read(&a, one.cert, &f, &e), PT_OK);
    assert_str(f.common_name, "Wände, O=\"x\"");
    assert_str(f.subject, "CN=W\\C3\\A4nde\\, O=\\\"x\\\"");
    assert_str(f.issuer, "CN=paratia test authority");
    assert_str(f.names, "DNS:a.example, IP Address:::1");
    assert_int_equal(f.not_before_ns, -PT_SECOND_NS);
    assert_int_equal(f.not_after_ns, INT64_C(4102444800) * PT_SECOND_NS);
    assert_int_equal(strlen(f.sha256), 64);
    assert_true(f.serial.n > 0 && f.serial.n <= 32 && f.serial.p[0] != '0');
    for (size_t i = 0; i < f.serial.n; i++)
        assert_non_null(strchr("0123456789abcdef", f.serial.p[i]));
    assert_int_equal(pt_x509_read(&a, two.cert, &other, &e), PT_OK);
    assert_false(pt_str_eq(f.serial, other.serial));
    assert_string_not_equal(f.sha256, other.sha256); // another serial number, another key
}

static void test_x509_refuses_what_is_no_name(void **state) {
    (void)state;
    static const char *const names[] = {
        "",           "*.example",
        "a b",        "a..b",
        ".a",         "a.",
        "-a.b",       "a-.b",
        "a_b",        "1.2.3",
        "127.0.0.1.", "99999999999999999999999",
        "a,DNS:b",    "fe80::1%eth0",
        "1.2.3.4.5",  "0123456789012345678901234567890123456789012345678901234567890123.example"};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_x509_pair authority;
    pt_x509_pair made = {0};
    make_authority(&a, &authority);
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        pt_err e = {0};
        if (issue(&a, &authority, "x", names[i], &made, &e) != PT_E_FORMAT) {
            print_error("taken: %s\n", names[i]);
            fail();
        }
        assert_non_null(strstr(e.what, "is no name of a host and no address"));
    }
    pt_err e = {0};
    pt_x509_wish wish = {.common_name = PT_STR("x"), .not_after_ns = DAY_NS};
    assert_int_equal(pt_x509_issue(&a, &authority, &wish, &made, &e), PT_E_FORMAT);
    assert_non_null(strstr(e.what, "needs a name"));
    static const char *const common[] = {
        "", "a\nb", "\xff", "01234567890123456789012345678901234567890123456789012345678901234"};
    for (size_t i = 0; i < PT_COUNT(common); i++)
        assert_int_equal(issue(&a, &authority, common[i], NULL, &made, &e), PT_E_FORMAT);
    assert_int_equal(pt_x509_authority(&a, PT_STR("x"), DAY_NS, DAY_NS, &made, &e), PT_E_FORMAT);
    assert_null(made.cert.p);
}

static void test_x509_refuses_what_is_no_authority(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_x509_pair authority;
    pt_x509_pair another;
    pt_x509_pair leaf;
    pt_x509_pair made = {0};
    pt_err e = {0};
    make_authority(&a, &authority);
    make_authority(&a, &another);
    assert_int_equal(issue(&a, &authority, "x", "a.example", &leaf, &e), PT_OK);
    const struct {
        pt_x509_pair by;
        const char *says;
    } cases[] = {
        {leaf, "the certificate is not an authority's"},
        {{authority.cert, another.key}, "the key is not the authority's"},
        {{PT_STR("x"), authority.key}, "no certificate of an authority"},
        {{authority.cert, authority.cert}, "no readable key of the authority"},
        {{{NULL, 0}, {NULL, 0}}, "no certificate of an authority"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        assert_int_equal(issue(&a, &cases[i].by, "x", "a.example", &made, &e), PT_E_FORMAT);
        if (!strstr(e.what, cases[i].says))
            print_error("%s: %s\n", cases[i].says, e.what);
        assert_non_null(strstr(e.what, cases[i].says));
    }
    pt_x509_facts f;
    assert_int_equal(pt_x509_read(&a, PT_STR("hello"), &f, &e), PT_E_FORMAT);
    assert_int_equal(pt_x509_read(&a, pt_str_sub(leaf.cert, 0, leaf.cert.n / 2), &f, &e),
                     PT_E_FORMAT);
    assert_int_equal(pt_x509_read(&a, leaf.key, &f, &e), PT_E_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_x509_is_what_openssl_reads_and_verifies),
        cmocka_unit_test(test_x509_reads_what_it_made),
        cmocka_unit_test(test_x509_refuses_what_is_no_name),
        cmocka_unit_test(test_x509_refuses_what_is_no_authority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
