// Kubeconfigs: what is read of them, what is refused and where, and that no secret is said.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/cluster/cluster_impl.h"

// base64 of "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
#define CERT_DATA "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1BPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="
#define CERT      "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
#define HEAD                                               \
    "apiVersion: v1\nkind: Config\ncurrent-context: one\n" \
    "contexts:\n- {name: one, context: {cluster: c, user: u, namespace: n}}\n"
#define CLUSTER "clusters:\n- {name: c, cluster: {server: 'https://127.0.0.1:6443'}}\n"

static pt_code read_named(const char *path, pt_buf *b, pt_err *e) {
    if (strstr(path, "absent"))
        return pt_err_set(e, PT_E_ABSENT, "there is no such file");
    pt_buf_printf(b, "-----BEGIN X-----\n%s\n", path);
    return PT_OK;
}

static pt_code parse(pt_arena *a, const char *text, const char *context, pt_kubeconfig *ret,
                     pt_err *e) {
    const pt_kubeconfig_text t = {.text = pt_str_of(text),
                                  .file = "/etc/k/admin.conf",
                                  .context = context,
                                  .read = read_named};
    return pt_kubeconfig_parse(a, &t, ret, e);
}

static void test_kubeconfig_current_context_is_read(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_kubeconfig c = {0};
    pt_err e = {0};
    pt_code code =
        parse(&a,
              HEAD "- {name: two, context: {cluster: d, user: ''}}\n"
                   "clusters:\n"
                   "- name: c\n"
                   "  cluster:\n"
                   "    server: https://10.0.0.1:6443/k8s\n"
                   "    certificate-authority: ignored.pem\n"
                   "    certificate-authority-data: " CERT_DATA "\n"
                   "    tls-server-name: kubernetes\n"
                   "    insecure-skip-tls-verify: false\n"
                   "    proxy-url: ''\n"
                   "- {name: d, cluster: {server: 'https://d'}}\n"
                   "users:\n"
                   "- name: u\n"
                   "  user: {client-certificate: my/cert.pem, client-key: /k.pem, token: abc}\n",
              NULL, &c, &e);
    if (code)
        print_error("%s: %s\n", e.where, e.what);
    assert_int_equal(code, PT_OK);
    assert_str(c.server, "https://10.0.0.1:6443/k8s");
    assert_str(c.ca, CERT);
    assert_str(c.tls_name, "kubernetes");
    assert_str(c.cert, "-----BEGIN X-----\n/etc/k/my/cert.pem\n");
    assert_str(c.key, "-----BEGIN X-----\n/k.pem\n");
    assert_str(c.token, "abc");
    pt_arena_done(&a);
}

static void test_kubeconfig_named_context_and_token_file(void **state) {
    (void)state;
    static const char text[] = HEAD "- {name: two, context: {cluster: c, user: v}}\n" CLUSTER
                                    "users:\n- {name: v, user: {token: abc, tokenFile: t}}\n";
    pt_arena a = {0};
    pt_kubeconfig c = {0};
    pt_err e = {0};
    assert_int_equal(parse(&a, text, "two", &c, &e), PT_OK);
    assert_int_equal(c.token.n, 0); // the file counts more
    assert_str(c.token_file, "/etc/k/t");
    assert_int_equal(parse(&a, text, "three", &c, &e), PT_E_USAGE);
    assert_string_equal(e.what, "there is no \"three\" in contexts");
    pt_arena_done(&a);
}

// Every error names file, place and path, and nothing of what is secret.
static void test_kubeconfig_refusals_have_place_and_reason(void **state) {
    (void)state;
#define USER(u)   HEAD CLUSTER "users:\n- name: u\n  user:\n    " u "\n"
#define SERVER(s) HEAD "users: []\nclusters:\n- name: c\n  cluster:\n    " s "\n"
    static const struct {
        const char *text;
        pt_code code;
        uint32_t line;
        const char *where, *what;
    } cases[] = {
        {USER("exec: {command: aws}"), PT_E_FORMAT, 11, "/etc/k/admin.conf, users[0].user.exec",
         "a plugin is a program that would be run, which is not done"},
        {USER("auth-provider: {name: gcp}"), PT_E_FORMAT, 11, NULL, NULL},
        {USER("password: S3CRET"), PT_E_FORMAT, 11, NULL, NULL},
        {USER("username: S3CRET"), PT_E_FORMAT, 11, NULL, NULL},
        {USER("as: root"), PT_E_FORMAT, 11, NULL, NULL},
        {USER("as-groups: [S3CRET]"), PT_E_FORMAT, 11, NULL, NULL},
        {USER("token: 12345678"), PT_E_FORMAT, 11, "/etc/k/admin.conf, users[0].user.token",
         "this is no text"},
        {USER("client-key-data: S3CRET*"), PT_E_FORMAT, 11, NULL, "this is not base64"},
        {USER("client-key-data: UzNDUkVU"), PT_E_FORMAT, 11, NULL, "this is no PEM"},
        {USER("client-key: k.pem"), PT_E_FORMAT, 11, "/etc/k/admin.conf, users[0].user",
         "there is a client-key without a client-certificate"},
        {USER("client-key: absent.pem"), PT_E_ABSENT, 11,
         "/etc/k/admin.conf, users[0].user.client-key", "there is no such file"},
        {USER("token: S3CRET\n    token: S3CRET"), PT_E_FORMAT, 12, NULL,
         "two readers would read this in two ways: a key is there twice"},
        {USER("token: x\n- name: u\n  user: {token: S3CRET}"), PT_E_FORMAT, 13,
         "/etc/k/admin.conf, users[1].user", "there are two of this name in users"},
        {HEAD CLUSTER, PT_E_FORMAT, 0, NULL, "there is no \"u\" in users"},
        {HEAD, PT_E_FORMAT, 0, NULL, "there is no \"c\" in clusters"},
        {SERVER("server: http://h"), PT_E_FORMAT, 10, NULL, "plain HTTP is refused"},
        {SERVER("server: ''"), PT_E_FORMAT, 10, NULL, "there is none"},
        {SERVER("server: https://u:S3CRET@h"), PT_E_FORMAT, 10, NULL,
         "there is a user or a password in it"},
        {SERVER("server: https://h\n    insecure-skip-tls-verify: true"), PT_E_FORMAT, 11, NULL,
         NULL},
        {SERVER("server: https://h\n    proxy-url: http://S3CRET@p"), PT_E_FORMAT, 11, NULL, NULL},
        {"kind: Config\n", PT_E_USAGE, 1, NULL, "no context is the current one"},
        {"kind: Pod\n", PT_E_FORMAT, 1, NULL, "this is no kubeconfig"},
        {"[]", PT_E_FORMAT, 1, NULL, NULL},
        {"", PT_E_FORMAT, 0, NULL, NULL},
        {HEAD "---\n" HEAD, PT_E_FORMAT, 0, NULL, NULL},
        {"a: [", PT_E_FORMAT, 0, NULL, NULL},
        {"contexts: 5\ncurrent-context: x\n", PT_E_USAGE, 1, NULL, NULL},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_err e = {0};
        pt_kubeconfig c = {0};
        pt_code code = parse(&a, cases[i].text, NULL, &c, &e);
        if (code != cases[i].code || (cases[i].line && e.line != cases[i].line))
            print_error("%s\n%d %s: %s, line %u\n", cases[i].text, code, e.where, e.what, e.line);
        assert_int_equal(code, cases[i].code);
        assert_int_equal(e.code, cases[i].code);
        if (cases[i].line)
            assert_int_equal(e.line, cases[i].line);
        if (cases[i].where)
            assert_string_equal(e.where, cases[i].where);
        if (cases[i].what)
            assert_string_equal(e.what, cases[i].what);
        assert_null(strstr(e.what, "S3CRET"));
        assert_null(strstr(e.where, "S3CRET"));
        assert_int_equal(c.server.n, 0);
        pt_arena_done(&a);
    }
}

static void write_file(const char *path, const char *text) {
    assert_int_equal(pt_file_replace(path, pt_str_of(text), 0600, NULL), PT_OK);
}

static void test_kubeconfig_files_must_be_regular_and_bounded(void **state) {
    (void)state;
    char dir[] = "/tmp/pt-kubeconfig-XXXXXX";
    char path[64];
    char fifo[64];
    pt_arena a = {0};
    pt_err e = {0};
    pt_kubeconfig c = {0};
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/config", dir);
    snprintf(fifo, sizeof fifo, "%s/fifo", dir);
    assert_int_equal(pt_kubeconfig_read(&a, path, NULL, &c, &e), PT_E_ABSENT);
    assert_int_equal(pt_kubeconfig_read(&a, dir, NULL, &c, &e), PT_E_FORMAT);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(pt_kubeconfig_read(&a, fifo, NULL, &c, &e), PT_E_FORMAT);
    write_file(path, HEAD CLUSTER "users:\n- {name: u, user: {client-certificate: fifo}}\n");
    e = (pt_err){0};
    assert_int_equal(pt_kubeconfig_read(&a, path, NULL, &c, &e), PT_E_FORMAT);
    assert_string_equal(e.what, "this is no regular file");
    assert_int_equal(truncate(path, (off_t)5 << 20), 0);
    assert_int_equal(pt_kubeconfig_read(&a, path, NULL, &c, &e), PT_E_LIMIT);
    unlink(path);
    unlink(fifo);
    rmdir(dir);
    pt_arena_done(&a);
}

// Values of JSON are slices of the input, which is gone afterwards.
static void test_kubeconfig_may_be_json(void **state) {
    (void)state;
    char path[] = "/tmp/pt-kubeconfig-XXXXXX";
    pt_arena a = {0};
    pt_err e = {0};
    pt_kubeconfig c = {0};
    close(mkstemp(path));
    write_file(path, "{\"current-context\":\"one\",\"contexts\":[{\"name\":\"one\",\"context\":"
                     "{\"cluster\":\"c\",\"user\":\"u\"}}],\"clusters\":[{\"name\":\"c\","
                     "\"cluster\":{\"server\":\"https://h\",\"tls-server-name\":\"n\"}}],"
                     "\"users\":[{\"name\":\"u\",\"user\":{\"token\":\"abc\"}}]}");
    assert_int_equal(pt_kubeconfig_read(&a, path, NULL, &c, &e), PT_OK);
    assert_str(c.server, "https://h");
    assert_str(c.tls_name, "n");
    assert_str(c.token, "abc");
    unlink(path);
    pt_arena_done(&a);
}

static void test_kubeconfig_of_a_pod(void **state) {
    (void)state;
    char dir[] = "/tmp/pt-kubeconfig-XXXXXX";
    char path[160];
    pt_arena a = {0};
    pt_err e = {0};
    pt_kubeconfig c = {0};
    static const char *const folders[] = {"/var", "/var/run", "/var/run/secrets",
                                          "/var/run/secrets/kubernetes.io",
                                          "/var/run/secrets/kubernetes.io/serviceaccount"};
    assert_non_null(mkdtemp(dir));
    pt_kubeconfig_pod pod = {.root = dir};
    assert_int_equal(pt_kubeconfig_in_cluster(&a, &pod, &c, &e), PT_E_ABSENT);
    pod.host = "fd00::1";
    pod.port = "443";
    assert_int_equal(pt_kubeconfig_in_cluster(&a, &pod, &c, &e), PT_E_ABSENT);
    for (size_t i = 0; i < PT_COUNT(folders); i++) {
        snprintf(path, sizeof path, "%s%s", dir, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    snprintf(path, sizeof path, "%s%s/token", dir, folders[4]);
    write_file(path, "abc\n");
    snprintf(path, sizeof path, "%s%s/ca.crt", dir, folders[4]);
    write_file(path, CERT);
    assert_int_equal(pt_kubeconfig_in_cluster(&a, &pod, &c, &e), PT_OK);
    assert_str(c.server, "https://[fd00::1]:443");
    assert_str(c.ca, CERT);
    assert_int_equal(c.token.n, 0);
    assert_true(pt_str_ends(c.token_file, PT_STR("/serviceaccount/token")));
    unlink(path);
    snprintf(path, sizeof path, "%s%s/token", dir, folders[4]);
    unlink(path);
    for (size_t i = PT_COUNT(folders); i-- > 0;) {
        snprintf(path, sizeof path, "%s%s", dir, folders[i]);
        rmdir(path);
    }
    rmdir(dir);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kubeconfig_current_context_is_read),
        cmocka_unit_test(test_kubeconfig_named_context_and_token_file),
        cmocka_unit_test(test_kubeconfig_refusals_have_place_and_reason),
        cmocka_unit_test(test_kubeconfig_files_must_be_regular_and_bounded),
        cmocka_unit_test(test_kubeconfig_may_be_json),
        cmocka_unit_test(test_kubeconfig_of_a_pod),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
