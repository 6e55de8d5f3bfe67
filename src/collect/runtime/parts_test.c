// Paths, cgroups, and the tables of what was used last.
#include <string.h>

#include "base/testing.h"
#include "collect/runtime/state_impl.h"

#define ID  "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
#define ID2 "0000000000000000000000000000000000000000000000000000000000000000"

static void test_path_is_joined_and_normalised_by_its_text(void **state) {
    (void)state;
    static const struct {
        const char *base, *path, *result;
    } cases[] = {
        {"/root/", "x", "/root/x"},
        {"/root", "x", "/root/x"},
        {"/", "x", "/x"},
        {"/root/", "../etc/shadow", "/etc/shadow"},
        {"/root/", "../../../../etc", "/etc"},
        {"/root/", ".", "/root"},
        {"/", "..", "/"},
        {"/a/b/", "./c//d/./../e/", "/a/b/c/e"},
        {"/a", "/tmp/../bin/x", "/bin/x"},
        {"", "/etc//passwd", "/etc/passwd"},
        {"", "/", "/"},
        {"", "x", "<UNKNOWN>/x"},
        {"", "../x", "<UNKNOWN>/x"},
        {"/a", "", "/a"},
        {"/a", "...", "/a/..."},
    };
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_str(pt_path_resolve(&a, pt_str_of(cases[i].base), pt_str_of(cases[i].path)),
                   cases[i].result);
}

static void test_cgroup_names_its_container(void **state) {
    (void)state;
    static const struct {
        const char *path, *runtime; // NULL: none
    } cases[] = {
        {"/docker/" ID, "docker"},
        {"/system.slice/docker-" ID ".scope", "docker"},
        {"/system.slice/docker-" ID ".scope/init.scope", "docker"},
        {"docker/" ID, "docker"},
        {"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/"
         "cri-containerd-" ID ".scope",
         "containerd"},
        {"/system.slice/kubepods-pod1.slice:cri-containerd:" ID, "containerd"},
        {"/kubepods/besteffort/pod1/" ID, "containerd"},
        {"/kubepods.slice/crio-" ID ".scope", "cri-o"},
        {"/machine.slice/libpod-" ID ".scope", "podman"},
        {"/machine.slice/libpod-" ID ".scope/container", "podman"},
        {"/libpod_parent/libpod-" ID, "podman"},
        {"/docker/" ID2 "/docker/" ID, "docker"}, // a container in a container
        {"/machine.slice/crio-conmon-" ID ".scope", NULL},
        {"/machine.slice/libpod-conmon-" ID ".scope", NULL},
        {"/system.slice/ssh.service", NULL},
        {"/", NULL},
        {"", NULL},
        {"/docker/3ad7b26ded6d", NULL},
        {"/docker/" ID "0", NULL},
        {"/docker/3AD7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e", NULL},
        {"/x" ID, NULL},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_str id = {0}, runtime = {0};
        bool found = pt_cgroup_container(pt_str_of(cases[i].path), &id, &runtime);
        assert_int_equal(found, cases[i].runtime != NULL);
        if (found) {
            assert_str(id, ID);
            assert_str(runtime, cases[i].runtime);
        }
    }
}

static void test_cgroup_names_its_pod(void **state) {
    (void)state;
    char uid[PT_POD_UID + 1];
    assert_true(pt_cgroup_pod(
        PT_STR(
            "/kubepods.slice/kubepods-burstable-pod0a1b2c3d_0001_0002_0003_0123456789ab.slice/x"),
        uid));
    assert_string_equal(uid, "0a1b2c3d-0001-0002-0003-0123456789ab");
    assert_true(pt_cgroup_pod(PT_STR("/kubepods/pod0a1b2c3d-0001-0002-0003-0123456789ab"), uid));
    assert_false(pt_cgroup_pod(PT_STR("/kubepods/pod0a1b2c3d-0001-0002-0003-0123456789a"), uid));
    assert_false(pt_cgroup_pod(
        PT_STR("/libpod_parent/libpod-x/podpodpodpodpodpodpodpodpodpodpodpodpod"), uid));
}

static int dropped;
static void drop(void *entry) {
    dropped += *(int *)entry;
}

static void test_recent_forgets_what_was_not_used(void **state) {
    (void)state;
    dropped = 0;
    pt_recent *r = pt_recent_new(3, sizeof(int), drop);
    for (int i = 1; i <= 3; i++)
        *(int *)pt_recent_of(r, (uint64_t)i, 7) = i;
    assert_int_equal(*(int *)pt_recent_find(r, 1, 7), 1); // used
    assert_null(pt_recent_find(r, 1, 8));
    *(int *)pt_recent_of(r, 4, 7) = 4;
    assert_int_equal(dropped, 2);
    assert_null(pt_recent_find(r, 2, 7));
    assert_int_equal(*(int *)pt_recent_of(r, 1, 7), 1);
    assert_int_equal(*(int *)pt_recent_of(r, 9, 9), 0); // new ones are zero
    assert_int_equal(dropped, 5);
    pt_recent_clear(r);
    assert_int_equal(dropped, 10);
    assert_null(pt_recent_find(r, 1, 7));
    *(int *)pt_recent_of(r, 1, 7) = 100;
    for (uint64_t i = 0; i < 100000; i++)
        (void)pt_recent_of(r, i * 8, i);
    pt_recent_free(r);
    assert_int_equal(dropped, 110);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path_is_joined_and_normalised_by_its_text),
        cmocka_unit_test(test_cgroup_names_its_container),
        cmocka_unit_test(test_cgroup_names_its_pod),
        cmocka_unit_test(test_recent_forgets_what_was_not_used),
    };
    return cmocka_run_group_tests_name("collect_runtime_parts", tests, NULL, NULL);
}
