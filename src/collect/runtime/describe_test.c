#include <string.h>

#include "base/testing.h"
#include "collect/runtime/describe.h"
#include "collect/runtime/inspect.h"
#include "value/json.h"

#define ID "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"

static pt_value json(pt_arena *a, const char *text) {
    pt_value v = {0};
    pt_err e = {0};
    if (pt_json_parse(a, pt_str_of(text), NULL, &v, &e) != PT_OK)
        fail_msg("%s", e.what);
    return v;
}

static void test_describe_docker_answer_becomes_a_container(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_value inspect = json(
        &a,
        "{\"Id\":\"" ID "\",\"Created\":\"2026-01-02T03:04:05.5Z\",\"Name\":\"/web-1\","
        "\"Image\":\"sha256:0123456789abcdef0123\",\"Config\":{\"Image\":\"reg.example:5000/team/"
        "app:1.2\","
        "\"Labels\":{\"io.kubernetes.pod.name\":\"web\",\"io.kubernetes.pod.namespace\":\"prod\","
        "\"io.kubernetes.pod.uid\":\"u-1\",\"io.kubernetes.sandbox.id\":\"" ID "\","
        "\"long\":"
        "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}},"
        "\"HostConfig\":{\"Privileged\":true,\"PidMode\":\"host\",\"NetworkMode\":\"bridge\","
        "\"IpcMode\":\"private\"},"
        "\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/etc\",\"Destination\":\"/host/"
        "etc\",\"Mode\":\"ro\",\"RW\":false,"
        "\"Propagation\":\"rprivate\"}],"
        "\"NetworkSettings\":{\"IPAddress\":\"\",\"Networks\":{\"n\":{\"IPAddress\":\"172.20.0.2\"}"
        "}}}");
    pt_value image = json(&a, "{\"RepoDigests\":[\"reg.example:5000/team/app@sha256:feed\"],"
                              "\"RepoTags\":[\"other:latest\"]}");
    pt_container c;
    assert_true(pt_container_inspected(&a, PT_STR("docker"), inspect, image, &c));
    assert_str(c.id, "3ad7b26ded6d");
    assert_str(c.name, "web-1");
    assert_str(c.image, "reg.example:5000/team/app:1.2");
    assert_str(c.image_id, "0123456789ab");
    assert_str(c.repository, "reg.example:5000/team/app");
    assert_str(c.tag, "1.2");
    assert_str(c.digest, "sha256:feed");
    assert_true(c.privileged && c.host_pid && !c.host_network && !c.host_ipc);
    assert_int_equal(c.n_mounts, 1);
    assert_str(c.mounts[0].source, "/etc");
    assert_false(c.mounts[0].writable);
    assert_int_equal(c.n_labels, 4);
    assert_str(c.ip, "172.20.0.2");
    assert_str(c.pod_name, "web");
    assert_str(c.pod_namespace, "prod");
    assert_str(c.pod_sandbox, "3ad7b26ded6d");
    assert_int_equal(c.created_ns, UINT64_C(1767323045500000000));
    assert_false(
        pt_container_inspected(&a, PT_STR("docker"), json(&a, "{\"Id\":\"3ad\"}"), image, &c));
    assert_false(pt_container_inspected(&a, PT_STR("docker"), json(&a, "[]"), image, &c));
}

static void test_describe_repository_follows_digest_then_tag_then_name(void **state) {
    (void)state;
    static const struct {
        const char *asked, *image, *repository, *tag, *digest;
    } cases[] = {
        {"busybox", "{}", "busybox", "", ""},
        {"busybox:1.36", "{}", "busybox", "1.36", ""},
        {"busybox", "{\"RepoTags\":[\"busybox:latest\"]}", "busybox", "latest", ""},
        {"r:5000/busybox", "{\"RepoTags\":[\"x:1\"]}", "x", "1", ""},
        {"r:5000/busybox", "{}", "r:5000/busybox", "", ""},
        {"a@sha256:00", "{}", "a", "", "sha256:00"},
        {"a:1@sha256:00", "{\"RepoDigests\":[\"b@sha256:11\"]}", "b", "1", "sha256:11"},
        {"sha256:abcdef", "{\"RepoTags\":[\"mine:2\"]}", "mine", "2", ""},
        {"abcdef", "{\"RepoTags\":[]}", "", "", ""},
        {"abcdef", "{\"RepoDigests\":[\"<none>@<none>\"],\"RepoTags\":[\"<none>:<none>\"]}", "", "",
         ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a PT_AUTO(pt_arena_done) = {0};
        pt_str text = pt_arena_printf(
            &a,
            "{\"Id\":\"" ID "\",\"Image\":\"sha256:abcdef012345\",\"Config\":{\"Image\":\"%s\"}}",
            cases[i].asked);
        pt_container c;
        assert_true(pt_container_inspected(&a, PT_STR("docker"), json(&a, text.p),
                                           json(&a, cases[i].image), &c));
        assert_str(c.repository, cases[i].repository);
        assert_str(c.tag, cases[i].tag);
        assert_str(c.digest, cases[i].digest);
    }
}

static void test_describe_goes_there_and_back(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_mount mounts[] = {{PT_STR("/src"), PT_STR("/dst"), PT_STR("z"), PT_STR("rslave"), true},
                         {.destination = PT_STR("/tmp")}};
    pt_label labels[] = {{PT_STR("a"), PT_STR("1")}, {PT_STR("b"), PT_STR("")}};
    pt_id_name users[] = {{0, PT_STR("root"), PT_STR("/root"), PT_STR("/bin/sh")},
                          {5, PT_STR("x"), {0}, {0}}};
    pt_container c = {.full_id = PT_STR(ID),
                      .runtime = PT_STR("podman"),
                      .name = PT_STR("n\"ame"),
                      .privileged = true,
                      .host_ipc = true,
                      .created_ns = 42,
                      .mounts = mounts,
                      .n_mounts = 2,
                      .labels = labels,
                      .n_labels = 2,
                      .users = users,
                      .n_users = 2};
    pt_buf b PT_AUTO(pt_buf_done) = PT_BUF(PT_DESCRIPTION_BYTES_MAX);
    assert_true(pt_container_describe(&a, &c, &b));
    pt_container got;
    pt_err e = {0};
    assert_int_equal(pt_container_described(&a, pt_buf_str(&b), &got, &e), PT_OK);
    assert_int_equal(got.metadata, PT_KNOWN_YES);
    assert_str(got.id, "3ad7b26ded6d");
    assert_str(got.runtime, "podman");
    assert_str(got.name, "n\"ame");
    assert_true(got.privileged && got.host_ipc && !got.host_pid);
    assert_int_equal(got.created_ns, 42);
    assert_int_equal(got.n_mounts, 2);
    assert_str(got.mounts[0].propagation, "rslave");
    assert_true(got.mounts[0].writable);
    assert_str(got.mounts[1].destination, "/tmp");
    assert_int_equal(got.n_labels, 2);
    assert_str(got.labels[1].name, "b");
    assert_int_equal(got.n_users, 2);
    assert_str(got.users[0].shell, "/bin/sh");
    assert_int_equal(got.n_groups, 0);
}

static void test_describe_leaves_out_what_is_too_long(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    static char big[70000];
    memset(big, 'x', sizeof big);
    pt_label label = {PT_STR("l"), {big, sizeof big}};
    pt_container c = {.full_id = PT_STR(ID), .labels = &label, .n_labels = 1};
    pt_buf b PT_AUTO(pt_buf_done) = PT_BUF(PT_DESCRIPTION_BYTES_MAX);
    assert_true(pt_container_describe(&a, &c, &b));
    assert_str(pt_buf_str(&b), "{\"id\":\"" ID "\"}");
    c.name = label.value;
    pt_buf_clear(&b);
    assert_false(pt_container_describe(&a, &c, &b));
}

static void test_describe_refuses_what_names_no_container(void **state) {
    (void)state;
    static const char *const cases[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"id\":\"3ad7b26ded6\"}",
        "{\"id\":\"3AD7B26DED6D\"}",
        "{\"id\":7}",
        "{\"id\":\"../../../../etc\"}",
        "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a PT_AUTO(pt_arena_done) = {0};
        pt_container c;
        pt_err e = {0};
        assert_int_equal(pt_container_described(&a, pt_str_of(cases[i]), &c, &e), PT_E_FORMAT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_describe_docker_answer_becomes_a_container),
        cmocka_unit_test(test_describe_repository_follows_digest_then_tag_then_name),
        cmocka_unit_test(test_describe_goes_there_and_back),
        cmocka_unit_test(test_describe_leaves_out_what_is_too_long),
        cmocka_unit_test(test_describe_refuses_what_names_no_container),
    };
    return cmocka_run_group_tests_name("collect_runtime_describe", tests, NULL, NULL);
}
