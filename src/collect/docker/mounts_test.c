// Where mounts come from: a tree with symbolic links and a socket, and what engines say of mounts.
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/testing.h"
#include "collect/docker/engine.h"
#include "collect/world.h"
#include "value/json.h"

typedef struct fixture {
    char root[64];
    pt_real_world real;
    pt_arena a;
    pt_engine g;
} fixture;

static void put_socket(const char *root, const char *path) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pt_assert(fd >= 0);
    snprintf(at.sun_path, sizeof at.sun_path, "%s%s", root, path);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof at), 0);
    close(fd);
}

static int set_up(void **state) {
    static const char *const folders[] = {"etc", "srv", "run", "media"};
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->root, sizeof f->root, "/tmp/pt-mounts-XXXXXX");
    assert_non_null(mkdtemp(f->root));
    int root = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    pt_assert(root >= 0);
    for (size_t i = 0; i < PT_COUNT(folders); i++)
        assert_int_equal(mkdirat(root, folders[i], 0755), 0);
    assert_int_equal(symlinkat("/etc", root, "srv/etclink"), 0);
    put_socket(f->root, "/srv/own.sock");
    assert_int_equal(linkat(root, "srv/own.sock", root, "media/other", 0), 0);
    put_socket(f->root, "/run/db");
    close(root);
    assert_int_equal(pt_real_world_open(&f->real, f->root, NULL), PT_OK);
    f->g = (pt_engine){.w = &f->real.world, .a = &f->a, .where = "/srv/own.sock"};
    *state = f;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int tear_down(void **state) {
    fixture *f = *state;
    pt_real_world_done(&f->real);
    pt_arena_done(&f->a);
    nftw(f->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static pt_fact known(fixture *f, const char *json) {
    pt_value v;
    assert_int_equal(pt_json_parse(&f->a, pt_str_of(json), NULL, &v, NULL), PT_OK);
    return pt_fact_known(v, PT_STR("test"));
}

// The fact "mounts" of a container.
static pt_fact mounts(fixture *f, pt_fact volumes, const char *inspect) {
    pt_subject daemon = {.kind = PT_KIND_DOCKER};
    pt_subjects all = {0};
    pt_subject *s = PT_PUSH(&f->a, &all);
    *s = (pt_subject){.kind = PT_KIND_CONTAINER};
    pt_engine_set(&f->g, &daemon, "info",
                  known(f, "{\"DockerRootDir\": \"/data//docker\", \"Containerd\": {\"Address\": "
                           "\"/run/c.sock\"}}"));
    pt_engine_set(&f->g, s, "inspect", known(f, inspect));
    pt_engine_mounts(&f->g, &daemon, volumes, &all);
    return pt_facts_get(&s->facts, PT_STR("mounts"));
}

#define INSPECT(mounts, host) "{\"HostConfig\": {" host "}, \"Mounts\": " mounts "}"
#define BIND(source)                                                                       \
    INSPECT("[{\"Type\": \"bind\", \"Source\": \"" source "\", \"Destination\": \"/d\"}]", \
            "\"Binds\": null")
#define VOLUME(more)                                                                       \
    INSPECT("[{\"Type\": \"volume\", \"Name\": \"v\", \"Driver\": \"local\", \"Source\": " \
            "\"/data/docker/volumes/v/_data\", \"Destination\": \"/d\"}]",                 \
            "\"Binds\": null" more)
#define LISTED(options) "{\"Volumes\": [{\"Name\": \"v\", \"Options\": " options "}]}"

static void test_docker_mounts_are_named_by_where_they_lead(void **state) {
    fixture *f = *state;
    static const struct {
        const char *inspect, *source, *resolved;
        bool socket, known;
    } cases[] = {
        {BIND("//etc"), "/etc", "", false, true},
        {BIND("/./etc/"), "/etc", "", false, true},
        {BIND("/media/../etc"), "/etc", "", false, true},
        {BIND("/../.."), "/", "", false, true},
        {BIND("/srv/etclink"), "/srv/etclink", "/etc", false, true},
        {BIND("/srv/own.sock"), "/srv/own.sock", "", true, true},
        {BIND("/media/other"), "/media/other", "/srv/own.sock", true, true}, // a hard link
        {BIND("/run/db"), "/run/db", "", true, true},
        {BIND("/gone"), "/gone", "", false, false},
        {BIND("etc"), "", "", false, false},
        {BIND(""), "", "", false, false},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_fact got = mounts(f, (pt_fact){0}, cases[i].inspect);
        pt_value m = pt_at(pt_getz(got.value, "mounts"), 0);
        assert_int_equal(got.state, PT_KNOWN);
        assert_str(pt_text(pt_getz(m, "source")), cases[i].source);
        assert_str(pt_text(pt_getz(m, "resolved")), cases[i].resolved);
        assert_int_equal(pt_true(pt_getz(m, "socket")), cases[i].socket);
        assert_int_equal(!pt_defined(pt_getz(m, "why")), cases[i].known);
    }
}

static void test_docker_volumes_are_the_device_that_they_mount(void **state) {
    fixture *f = *state;
    static const struct {
        const char *volumes, *inspect, *source;
        bool known;
    } cases[] = {
        {LISTED("null"), VOLUME(""), "/data/docker/volumes/v/_data", true},
        {LISTED("{}"), VOLUME(""), "/data/docker/volumes/v/_data", true},
        {LISTED("{\"type\": \"none\", \"o\": \"bind\", \"device\": \"/etc\"}"), VOLUME(""), "/etc",
         true},
        {LISTED("{\"o\": \"ro,rbind\", \"device\": \"/srv/../etc\"}"), VOLUME(""), "/etc", true},
        {LISTED("{\"type\": \"ext4\", \"device\": \"/dev/sdb1\"}"), VOLUME(""),
         "/data/docker/volumes/v/_data", false}, // a disk
        {LISTED("{\"type\": \"nfs\", \"o\": \"addr=h\", \"device\": \":/x\"}"), VOLUME(""),
         "/data/docker/volumes/v/_data", true},
        {LISTED("{\"type\": \"overlay\", \"o\": \"lowerdir=/etc\", \"device\": \"overlay\"}"),
         VOLUME(""), "/data/docker/volumes/v/_data", false},
        {LISTED("5"), VOLUME(""), "/data/docker/volumes/v/_data", false},
        {"{\"Volumes\": []}", VOLUME(""), "/data/docker/volumes/v/_data", false},
        {NULL, VOLUME(""), "/data/docker/volumes/v/_data", false}, // the list could not be read
        {NULL,
         VOLUME(", \"Mounts\": [{\"Type\": \"volume\", \"Target\": \"/d\", \"VolumeOptions\": "
                "{\"DriverConfig\": {\"Options\": {\"o\": \"bind\", \"device\": \"/etc\"}}}}]"),
         "/etc", false},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_fact volumes = cases[i].volumes ? known(f, cases[i].volumes)
                                           : pt_fact_unknown(PT_STR("refused"), (pt_str){0});
        pt_value m = pt_at(pt_getz(mounts(f, volumes, cases[i].inspect).value, "mounts"), 0);
        assert_str(pt_text(pt_getz(m, "source")), cases[i].source);
        assert_int_equal(!pt_defined(pt_getz(m, "why")), cases[i].known);
    }
}

static void test_docker_mounts_stand_in_one_order_and_none_is_left_out(void **state) {
    fixture *f = *state;
    pt_fact got =
        mounts(f, (pt_fact){0},
               INSPECT("[{\"Type\": \"bind\", \"Source\": \"/srv\", \"Destination\": \"/b\"}, "
                       "{\"Type\": \"bind\", \"Source\": \"/srv\", \"Destination\": \"/a\"}, "
                       "{\"Type\": \"bind\", \"Source\": \"/etc\", \"Destination\": \"/c\"}]",
                       "\"Binds\": [\"/srv:/b:ro\", \"/srv:/a/\", \"/run:/gone\"], "
                       "\"Mounts\": [{\"Type\": \"tmpfs\", \"Target\": \"/t\"}]"));
    pt_value all = pt_getz(got.value, "mounts");
    static const char *const order[] = {"/gone", "/c", "/a", "/b"};
    assert_int_equal(pt_len(all), PT_COUNT(order));
    for (size_t i = 0; i < PT_COUNT(order); i++) {
        assert_str(pt_text(pt_getz(pt_at(all, i), "destination")), order[i]);
        assert_int_equal(pt_defined(pt_getz(pt_at(all, i), "why")), i == 0);
    }
}

static void test_docker_mounts_need_both_lists(void **state) {
    fixture *f = *state;
    pt_fact got = mounts(f, (pt_fact){0}, BIND("/srv"));
    assert_str(pt_text(pt_getz(got.value, "data")), "/data/docker");
    assert_str(pt_text(pt_at(pt_getz(got.value, "sockets"), 0)), "/srv/own.sock");
    assert_str(pt_text(pt_at(pt_getz(got.value, "sockets"), 1)), "/run/c.sock");
    assert_int_equal(mounts(f, (pt_fact){0}, INSPECT("{}", "\"Binds\": null")).state, PT_UNKNOWN);
    assert_int_equal(mounts(f, (pt_fact){0}, INSPECT("null", "")).state, PT_UNKNOWN);
    assert_int_equal(mounts(f, (pt_fact){0}, INSPECT("null", "\"Binds\": null")).state, PT_KNOWN);
}

static void test_docker_folders_with_a_runtime_s_socket_say_so(void **state) {
    fixture *f = *state;
    pt_fact got = mounts(f, (pt_fact){0}, BIND("/srv"));
    assert_false(pt_defined(pt_getz(pt_at(pt_getz(got.value, "mounts"), 0), "holds")));
    put_socket(f->root, "/srv/podman.sock");
    got = mounts(f, (pt_fact){0}, BIND("/srv"));
    assert_str(pt_text(pt_getz(pt_at(pt_getz(got.value, "mounts"), 0), "holds")), "podman.sock");
    assert_true(pt_true(pt_getz(got.value, "followed")));
}

static int refuse(pt_world *w, const char *path, int flags) {
    (void)w, (void)path, (void)flags;
    return -EACCES;
}

static void test_docker_mounts_that_may_not_be_looked_at_are_not_known(void **state) {
    fixture *f = *state;
    f->real.world.open = refuse;
    pt_fact got = mounts(f, (pt_fact){0}, BIND("/srv/etclink"));
    assert_true(pt_defined(pt_getz(pt_at(pt_getz(got.value, "mounts"), 0), "why")));
    assert_int_equal(pt_engine_socket(&f->g, (pt_fact){0}).state, PT_UNKNOWN);
    f->g.remote = true; // this host's files are not the daemon's
    got = mounts(f, (pt_fact){0}, BIND("/srv/etclink"));
    assert_false(pt_defined(pt_getz(pt_at(pt_getz(got.value, "mounts"), 0), "why")));
    assert_false(pt_true(pt_getz(got.value, "followed")));
}

static void test_docker_sockets_of_other_places_are_looked_at(void **state) {
    fixture *f = *state;
    pt_fact info = known(f, "{\"SecurityOptions\": [\"name=rootless\"]}");
    pt_fact got = pt_engine_socket(&f->g, info);
    assert_int_equal(got.state, PT_KNOWN);
    assert_str(pt_text(pt_getz(pt_getz(got.value, "stat"), "type")), "socket");
    assert_true(pt_true(pt_getz(got.value, "rootless")));
    got = pt_engine_socket(&f->g, (pt_fact){0});
    assert_false(pt_defined(pt_getz(got.value, "rootless")));
    f->g.where = "/var/run/docker.sock";
    assert_int_equal(pt_engine_socket(&f->g, info).state, PT_ABSENT);
    f->g.where = "tcp://h:2376";
    f->g.remote = true;
    assert_int_equal(pt_engine_socket(&f->g, info).state, PT_ABSENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_docker_mounts_are_named_by_where_they_lead, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_docker_volumes_are_the_device_that_they_mount, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_docker_mounts_stand_in_one_order_and_none_is_left_out,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_docker_mounts_need_both_lists, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_docker_folders_with_a_runtime_s_socket_say_so, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_docker_mounts_that_may_not_be_looked_at_are_not_known,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_docker_sockets_of_other_places_are_looked_at, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("collect_docker_mounts", tests, NULL, NULL);
}
