// A data root of a daemon, made by the test, and what is read of it. The layouts are those that
// moby's sources write (volume/local, container, image).
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/subprocess.h"
#include "base/testing.h"
#include "collect/docker/state.h"
#include "collect/world.h"
#include "value/json.h"

#define ID  "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
#define ID2 "c0ffee11c0ffee11c0ffee11c0ffee11c0ffee11c0ffee11c0ffee11c0ffee11"
#define IMG "ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01ab01"

typedef struct bench {
    char dir[40];
    pt_real_world real;
    pt_docker_state s;
    pt_arena a;
} bench;

static pt_str real_path(bench *b, const char *path) {
    pt_str full = pt_arena_printf(&b->a, "%s/%s", b->dir, path);
    for (size_t i = strlen(b->dir) + 1; i < full.n; i++)
        if (full.p[i] == '/')
            mkdir(pt_arena_str(&b->a, pt_str_sub(full, 0, i)).p, 0755);
    return full;
}

static void put_bytes(bench *b, const char *path, pt_str bytes) {
    FILE *f = fopen(real_path(b, path).p, "we");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
    assert_int_equal(fclose(f), 0);
}

static void put(bench *b, const char *path, const char *text) {
    put_bytes(b, path, pt_str_of(text));
}

static int setup(void **state) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    memcpy(b->dir, "/tmp/pt-state-XXXXXX", sizeof "/tmp/pt-state-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
    assert_int_equal(chmod(b->dir, 0755), 0);
    assert_int_equal(pt_real_world_open(&b->real, b->dir, NULL), PT_OK);
    b->s = (pt_docker_state){.w = &b->real.world, .root = "/data"};
    put(b, "proc/self/none", "");
    put(b, "proc/12/cmdline", "/bin/sh");
    put_bytes(b, "proc/77/cmdline", PT_STR("/usr/sbin/dockerd\0--data-root\0/data\0"));
    put(b, "etc/docker/daemon.json", "{\"no-new-privileges\": true}");
    put(b, "data/volumes/metadata.db",
        "junk{\"Name\":\"far\",\"Driver\":\"local\"}"
        "{\"Name\":\"far\",\"Driver\":\"sshfs\"}{\"Name\":\"plain\",\"Driver\":\"local\"}");
    put(b, "data/volumes/plain/_data/x", "");
    put(b, "data/volumes/bound/_data/x", "");
    put(b, "data/volumes/bound/opts.json",
        "{\"MountType\":\"none\",\"MountOpts\":\"bind\",\"MountDevice\":\"/"
        "\",\"Quota\":{\"Size\":0}}");
    put(b, "data/volumes/broken/opts.json", "{");
    put(b, "data/containers/" ID "/config.v2.json",
        "{\"Name\":\"/web\",\"Config\":{\"User\":\"1\",\"Env\":[\"\\\"Name\\\":\\\"/db\\\"\"]}}");
    put(b, "data/containers/" ID "/hostconfig.json", "{\"Privileged\":true}");
    put(b, "data/containers/" ID2 "/config.v2.json", "{\"Name\":\"/c0ffee00\"}");
    put(b, "data/containers/" ID2 "/hostconfig.json", "{}");
    put(b, "data/image/overlay2/repositories.json",
        "{\"Repositories\":{\"web\":{\"web:1\":\"sha256:" IMG "\",\"web:latest\":\"sha256:" IMG
        "\",\"web@sha256:" ID "\":\"sha256:" IMG "\"},\"r.example:5000/x/web\":"
        "{\"r.example:5000/x/web:2\":\"sha256:" IMG "\"}}}");
    put(b, "data/image/overlay2/imagedb/content/sha256/" IMG,
        "{\"config\":{\"User\":\"7\",\"Labels\":null},\"rootfs\":{}}");
    pt_docker_state_asked_by(&b->s, 77);
    *state = b;
    return 0;
}

static int teardown(void **state) {
    bench *b = *state;
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4096);
    const char *const argv[] = {"/bin/rm", "-rf", b->dir, NULL};
    pt_subprocess_end end;
    assert_int_equal(pt_subprocess_run(&(pt_subprocess){.argv = argv, .output_bytes_max = 4096},
                                       &out, &end, NULL),
                     PT_OK);
    pt_real_world_done(&b->real);
    pt_docker_state_done(&b->s);
    pt_arena_done(&b->a);
    free(b);
    return 0;
}

static void assert_fact(bench *b, pt_fact f, const char *json) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(65536);
    if (f.state != PT_KNOWN)
        print_error("%.*s %.*s\n", PT_PRI(f.reason), PT_PRI(f.source));
    assert_int_equal(f.state, PT_KNOWN);
    assert_int_equal(pt_json_write(&text, f.value, NULL, NULL), PT_OK);
    pt_str want = pt_arena_str(&b->a, pt_str_of(json));
    assert_str(pt_buf_str(&text), want.p);
}

static void test_docker_state_volumes_are_known_with_their_options(void **state) {
    bench *b = *state;
    assert_fact(
        b, pt_docker_state_volume(&b->s, &b->a, PT_STR("plain")),
        "{\"driver\":\"local\",\"mountpoint\":\"/data/volumes/plain/_data\",\"options\":{}}");
    assert_fact(b, pt_docker_state_volume(&b->s, &b->a, PT_STR("bound")),
                "{\"driver\":\"local\",\"mountpoint\":\"/data/volumes/bound/_data\",\"options\":"
                "{\"device\":\"/\",\"o\":\"bind\",\"size\":0,\"type\":\"none\"}}");
    assert_fact(b, pt_docker_state_volume(&b->s, &b->a, PT_STR("far")), "{\"driver\":\"sshfs\"}");
    static const struct {
        const char *name;
        pt_state state;
    } cases[] = {{"none", PT_ABSENT},        {"broken", PT_UNKNOWN}, {"../containers", PT_UNKNOWN},
                 {"plain/../x", PT_UNKNOWN}, {"", PT_UNKNOWN},       {".", PT_UNKNOWN}};
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_int_equal(pt_docker_state_volume(&b->s, &b->a, pt_str_of(cases[i].name)).state,
                         cases[i].state);
}

static void test_docker_state_containers_are_found_as_the_daemon_finds_them(void **state) {
    bench *b = *state;
    static const struct {
        const char *name, *id; // NULL: absent
    } cases[] = {{ID, ID},
                 {"web", ID},
                 {"/web", ID},
                 {"/c0ffee00", ID2}, // a name
                 {"/c0ffee11", NULL},
                 {"/" ID, NULL},
                 {"c0ffee000", NULL},
                 {"c0ffee0", ID},
                 {"c0ffee11", ID2},
                 {"db", NULL},
                 {"we", NULL},
                 {"Web", NULL}};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_fact f = pt_docker_state_container(&b->s, &b->a, pt_str_of(cases[i].name));
        if (f.state != (cases[i].id ? PT_KNOWN : PT_ABSENT))
            print_error("%s: %.*s\n", cases[i].name, PT_PRI(f.reason));
        assert_int_equal(f.state, cases[i].id ? PT_KNOWN : PT_ABSENT);
        if (cases[i].id)
            assert_str(pt_text(pt_getz(f.value, "id")), cases[i].id);
    }
    // A name, and how the id of another begins.
    assert_int_equal(pt_docker_state_container(&b->s, &b->a, PT_STR("c0ffee00")).state, PT_UNKNOWN);
    // Several begin with this.
    assert_int_equal(pt_docker_state_container(&b->s, &b->a, PT_STR("c0ffee")).state, PT_UNKNOWN);
    pt_fact web = pt_docker_state_container(&b->s, &b->a, PT_STR("web"));
    assert_true(pt_true(pt_getz(pt_getz(web.value, "host"), "Privileged")));
    put(b, "data/containers/" ID "/hostconfig.json", "{\"Privileged\":");
    assert_int_equal(pt_docker_state_container(&b->s, &b->a, PT_STR("web")).state, PT_UNKNOWN);
    put(b, "data/containers/" ID2 "/config.v2.json", "");
    assert_int_equal(pt_docker_state_container(&b->s, &b->a, PT_STR(ID2)).state, PT_UNKNOWN);
}

static void test_docker_state_images_are_found_by_any_of_their_names(void **state) {
    bench *b = *state;
    static const char *const known[] = {"web",
                                        "web:1",
                                        "docker.io/library/web:1",
                                        "index.docker.io/library/web",
                                        "web@sha256:" ID,
                                        "web:9@sha256:" ID,
                                        "r.example:5000/x/web:2",
                                        "sha256:" IMG,
                                        IMG,
                                        "ab01",
                                        "sha256:ab01"};
    static const char *const absent[] = {"web:2", "r.example:5000/x/web", "x/web",     "ab02",
                                         "none",  "web@sha256:" IMG,      "sha256:" ID};
    for (size_t i = 0; i < PT_COUNT(known); i++)
        assert_fact(b, pt_docker_state_image(&b->s, &b->a, pt_str_of(known[i])),
                    "{\"config\":{\"Labels\":null,\"User\":\"7\"},\"digests\":[\"web@sha256:" ID
                    "\"],\"id\":\"sha256:" IMG "\"}");
    for (size_t i = 0; i < PT_COUNT(absent); i++)
        assert_int_equal(pt_docker_state_image(&b->s, &b->a, pt_str_of(absent[i])).state,
                         PT_ABSENT);
}

static void test_docker_state_images_of_containerd_are_unknown(void **state) {
    bench *b = *state;
    put(b, "etc/docker/daemon.json", "{\"features\": {\"containerd-snapshotter\": true}}");
    assert_int_equal(pt_docker_state_image(&b->s, &b->a, PT_STR("web")).state, PT_UNKNOWN);
    put(b, "etc/docker/daemon.json", "{}");
    assert_int_equal(pt_docker_state_image(&b->s, &b->a, PT_STR("web")).state, PT_KNOWN);
    put(b, "data/image/btrfs/repositories.json", "{}"); // which of the two is used
    assert_int_equal(pt_docker_state_image(&b->s, &b->a, PT_STR("web")).state, PT_UNKNOWN);
    b->s.root = "/empty";
    put(b, "empty/x", "");
    put_bytes(b, "proc/77/cmdline", PT_STR("dockerd\0--data-root=/empty/\0"));
    assert_int_equal(pt_docker_state_image(&b->s, &b->a, PT_STR("web")).state, PT_UNKNOWN);
}

static void test_docker_state_daemon_is_the_one_with_this_root(void **state) {
    bench *b = *state;
    assert_fact(b, pt_docker_state_daemon(&b->s, &b->a),
                "{\"containerd_images\":false,\"data_root\":\"/"
                "data\",\"default_runtime\":\"\","
                "\"live_restore\":false,\"no_new_privileges\":true,\"seccomp_profile\":\"\","
                "\"userns_remap\":false}");
    put(b, "etc/docker/daemon.json", "{\"no-new-privileges\": ");
    assert_int_equal(pt_docker_state_daemon(&b->s, &b->a).state, PT_UNKNOWN);
    put(b, "etc/docker/daemon.json", "{}");
    put_bytes(b, "proc/77/cmdline", PT_STR("dockerd\0")); // another data root
    assert_int_equal(pt_docker_state_daemon(&b->s, &b->a).state, PT_UNKNOWN);
    // Others have no say, whatever their names are; nor has one of another root.
    put_bytes(b, "proc/78/cmdline", PT_STR("dockerd\0--data-root\0/data\0--live-restore\0"));
    put_bytes(b, "proc/79/cmdline", PT_STR("dockerd\0--data-root\0/other\0"));
    assert_int_equal(pt_docker_state_daemon(&b->s, &b->a).state, PT_UNKNOWN);
    assert_int_equal(pt_docker_state_volume(&b->s, &b->a, PT_STR("none")).state, PT_UNKNOWN);
    pt_docker_state_asked_by(&b->s, 78); // it was started anew
    pt_docker_state_asked_by(&b->s, 79);
    pt_docker_state_asked_by(&b->s, 12);
    pt_docker_state_asked_by(&b->s, 0);
    pt_fact f = pt_docker_state_daemon(&b->s, &b->a);
    assert_true(pt_true(pt_getz(f.value, "live_restore")));
}

static void test_docker_state_daemon_is_kept_for_a_moment(void **state) {
    bench *b = *state;
    b->s.keep_ms = 200;
    assert_int_equal(pt_docker_state_daemon(&b->s, &b->a).state, PT_KNOWN);
    put(b, "etc/docker/daemon.json", "{\"no-new-privileges\": false}");
    put_bytes(b, "proc/78/cmdline", PT_STR("dockerd\0--data-root\0/data\0"));
    pt_fact f = pt_docker_state_daemon(&b->s, &b->a);
    assert_true(pt_true(pt_getz(f.value, "no_new_privileges")));
    pt_docker_state_asked_by(&b->s, 78); // but not that of another process
    f = pt_docker_state_daemon(&b->s, &b->a);
    assert_false(pt_true(pt_getz(f.value, "no_new_privileges")));
    put(b, "etc/docker/daemon.json", "{\"live-restore\": true}");
    usleep(250000);
    f = pt_docker_state_daemon(&b->s, &b->a);
    assert_true(pt_true(pt_getz(f.value, "live_restore")));
}

static void test_docker_state_of_remapped_users_is_below_the_root(void **state) {
    bench *b = *state;
    put(b, "data/1000.1000/volumes/metadata.db", "");
    put(b, "data/1000.1000/volumes/theirs/_data/x", "");
    assert_int_equal(pt_docker_state_volume(&b->s, &b->a, PT_STR("plain")).state, PT_KNOWN);
    put(b, "etc/docker/daemon.json", "{\"userns-remap\": \"default\"}");
    assert_int_equal(pt_docker_state_volume(&b->s, &b->a, PT_STR("plain")).state, PT_ABSENT);
    assert_fact(b, pt_docker_state_volume(&b->s, &b->a, PT_STR("theirs")),
                "{\"driver\":\"local\",\"mountpoint\":\"/data/1000.1000/volumes/theirs/_data\","
                "\"options\":{}}");
    put_bytes(b, "proc/77/cmdline", PT_STR("gone")); // then which root counts cannot be told
    assert_int_equal(pt_docker_state_volume(&b->s, &b->a, PT_STR("plain")).state, PT_UNKNOWN);
}

// -- mounts ---------------------------------------------------------------------------------------

static void put_mounts(bench *b, const char *points) {
    // As the daemon does it: whole, in the place of the old one.
    pt_str text = pt_arena_printf(&b->a, "{\"Name\":\"/web\",\"MountPoints\":{%s}}", points);
    put(b, "data/containers/" ID "/new", text.p);
    assert_int_equal(rename(real_path(b, "data/containers/" ID "/new").p,
                            real_path(b, "data/containers/" ID "/config.v2.json").p),
                     0);
}

static void test_docker_state_mounts_are_those_of_all_containers(void **state) {
    bench *b = *state;
    put(b, "srv/real/x", "");
    assert_int_equal(symlink("real", real_path(b, "srv/way").p), 0);
    assert_fact(b, pt_docker_state_mounts(&b->s, &b->a), "[]");
    put_mounts(b, "\"/a\":{\"Type\":\"bind\",\"Source\":\"/srv/way\",\"RW\":true},"
                  "\"/b\":{\"Type\":\"volume\",\"Name\":\"bound\",\"Driver\":\"local\","
                  "\"Source\":\"/data/volumes/bound/_data\",\"RW\":false},"
                  "\"/c\":{\"Type\":\"tmpfs\",\"RW\":true}");
    const char *all =
        "[{\"mounts\":[],\"resolved\":\"/srv/real\",\"source\":\"/srv/way\",\"writable\":true},"
        "{\"mounts\":[],\"resolved\":\"/\",\"source\":\"/\",\"writable\":false}]";
    assert_fact(b, pt_docker_state_mounts(&b->s, &b->a), all);
    put(b, "data/containers/" ID "/hostconfig.json", "{"); // not a part of it
    put(b, "data/containers/c0ffee/x", "");                // of none
    assert_fact(b, pt_docker_state_mounts(&b->s, &b->a), all);
    put_mounts(b, "\"/a\":{\"Type\":\"bind\",\"Source\":\"/srv/none\",\"RW\":true}");
    assert_fact(b, pt_docker_state_mounts(&b->s, &b->a),
                "[{\"resolved\":\"/srv/none\",\"source\":\"/srv/none\",\"writable\":true}]");
}

static void test_docker_state_mounts_are_unknown_if_those_of_one_container_are(void **state) {
    bench *b = *state;
    put_mounts(b, "\"/a\":{\"Type\":\"volume\",\"Name\":\"broken\",\"Driver\":\"local\"}");
    assert_int_equal(pt_docker_state_mounts(&b->s, &b->a).state, PT_UNKNOWN);
    put_mounts(b, "");
    assert_fact(b, pt_docker_state_mounts(&b->s, &b->a), "[]");
    put(b, "data/containers/" ID2 "/config.v2.json", "{\"MountPoints\":");
    pt_fact f = pt_docker_state_mounts(&b->s, &b->a);
    assert_int_equal(f.state, PT_UNKNOWN);
    assert_true(pt_str_has(f.reason, PT_STR(ID2 "/config.v2.json")));
    assert_int_equal(unlink(real_path(b, "data/containers/" ID2 "/config.v2.json").p), 0);
    assert_fact(b, pt_docker_state_mounts(&b->s, &b->a), "[]"); // it is being made, or removed
}

// -- paths ----------------------------------------------------------------------------------------

static void make_paths(bench *b) {
    put(b, "srv/data/file", "");
    put(b, "srv/shared/below/x", "");
    put(b, "srv/group/below/x", "");
    assert_int_equal(chmod(real_path(b, "srv/shared").p, 01777), 0);
    assert_int_equal(chmod(real_path(b, "srv/group").p, 0775), 0);
    static const struct {
        const char *target, *at;
    } links[] = {{"/srv/data", "srv/link"}, {"../..", "srv/data/up"},   {"loop", "srv/loop"},
                 {"/none/x", "srv/dangle"}, {"shared", "srv/relative"}, {"link/file", "srv/two"}};
    for (size_t i = 0; i < PT_COUNT(links); i++)
        assert_int_equal(symlink(links[i].target, real_path(b, links[i].at).p), 0);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s", real_path(b, "srv/docker.sock").p);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    close(fd);
}

static void test_docker_state_paths_are_walked_part_by_part(void **state) {
    bench *b = *state;
    make_paths(b);
    if (geteuid() != 0)
        skip_because("the fixture's folders would all be another's: needs root");
    static const struct {
        const char *path, *json;
    } cases[] = {
        {"/", "{\"links\":[],\"mounts\":[],\"open\":[],\"resolved\":\"/\",\"type\":\"directory\"}"},
        {"//srv/./data//",
         "{\"links\":[],"
         "\"mounts\":[],\"open\":[],\"resolved\":\"/srv/data\",\"type\":\"directory\"}"},
        {"/srv/data/file",
         "{\"links\":[],"
         "\"mounts\":[],\"open\":[],\"resolved\":\"/srv/data/file\",\"type\":\"file\"}"},
        {"/srv/docker.sock",
         "{\"links\":[],"
         "\"mounts\":[],\"open\":[],\"resolved\":\"/srv/docker.sock\",\"type\":\"socket\"}"},
        {"/srv/link", "{\"links\":[\"/srv/link\"],\"mounts\":[],\"open\":[],\"resolved\":\"/srv/"
                      "data\",\"type\":\"directory\"}"},
        {"/srv/two", "{\"links\":[\"/srv/two\",\"/srv/link\"],"
                     "\"mounts\":[],\"open\":[],\"resolved\":\"/srv/data/file\","
                     "\"type\":\"file\"}"},
        {"/srv/link/up/etc", "{\"links\":[\"/srv/link\",\"/srv/data/up\"],"
                             "\"mounts\":[],\"open\":[],\"resolved\":\"/etc\","
                             "\"type\":\"directory\"}"},
        {"/srv/data/../../../srv",
         "{\"links\":[],\"mounts\":[],\"open\":[],\"resolved\":\"/srv\",\"type\":\"directory\"}"},
        // What lies in a folder of others may be replaced.
        {"/srv/shared", "{\"links\":[],"
                        "\"mounts\":[],\"open\":[\"/srv/shared\"],\"resolved\":\"/srv/"
                        "shared\",\"type\":\"directory\"}"},
        {"/srv/shared/below",
         "{\"links\":[],"
         "\"mounts\":[],\"open\":[\"/srv/shared\"],\"resolved\":\"/srv/shared/below\","
         "\"type\":\"directory\"}"},
        {"/srv/relative/below", "{\"links\":[\"/srv/relative\"],"
                                "\"mounts\":[],\"open\":[\"/srv/shared\"],"
                                "\"resolved\":\"/srv/shared/below\",\"type\":\"directory\"}"},
        {"/srv/group/below",
         "{\"links\":[],"
         "\"mounts\":[],\"open\":[],\"resolved\":\"/srv/group/below\",\"type\":\"directory\"}"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_fact(b, pt_docker_state_path(&b->s, &b->a, pt_str_of(cases[i].path)), cases[i].json);
    assert_int_equal(chown(real_path(b, "srv/group").p, 0, 7), 0);
    pt_fact f = pt_docker_state_path(&b->s, &b->a, PT_STR("/srv/group/below"));
    assert_int_equal(pt_len(pt_getz(f.value, "open")), 1);
    assert_int_equal(chown(real_path(b, "srv/data").p, 7, 0), 0);
    f = pt_docker_state_path(&b->s, &b->a, PT_STR("/srv/link/file"));
    assert_int_equal(pt_len(pt_getz(f.value, "open")), 1);
}

static void test_docker_state_paths_that_lead_nowhere_say_where_that_is(void **state) {
    bench *b = *state;
    make_paths(b);
    static const struct {
        const char *path, *source; // NULL: unknown
    } cases[] = {{"/srv/none", "/srv/none"},
                 {"/srv/link/a/b/", "/srv/data/a/b"},
                 {"/srv/dangle", "/none/x"},
                 {"/srv/data/file/..", "/srv/data/file/.."},
                 {"/srv/data/file/x", "/srv/data/file/x"},
                 {"/srv/loop", NULL},
                 {"srv", NULL},
                 {"", NULL}};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_fact f = pt_docker_state_path(&b->s, &b->a, pt_str_of(cases[i].path));
        if (f.state != (cases[i].source ? PT_ABSENT : PT_UNKNOWN))
            print_error("%s: %.*s\n", cases[i].path, PT_PRI(f.source));
        assert_int_equal(f.state, cases[i].source ? PT_ABSENT : PT_UNKNOWN);
        if (cases[i].source)
            assert_str(f.source, cases[i].source);
    }
}

static pt_fact ask_volume(bench *b, pt_arena *a) {
    return pt_docker_state_volume(&b->s, a, PT_STR("far"));
}

static pt_fact ask_container(bench *b, pt_arena *a) {
    return pt_docker_state_container(&b->s, a, PT_STR(ID));
}

static pt_fact ask_name(bench *b, pt_arena *a) {
    return pt_docker_state_container(&b->s, a, PT_STR("web"));
}

static pt_fact ask_image(bench *b, pt_arena *a) {
    return pt_docker_state_image(&b->s, a, PT_STR("sha256:" IMG));
}

static pt_fact ask_path(bench *b, pt_arena *a) {
    return pt_docker_state_path(&b->s, a, PT_STR("/data/containers"));
}

static pt_fact ask_daemon(bench *b, pt_arena *a) {
    return pt_docker_state_daemon(&b->s, a);
}

static pt_fact ask_mounts(bench *b, pt_arena *a) {
    return pt_docker_state_mounts(&b->s, a);
}

// Whatever the arena still has room for: the whole answer, or none. What is kept between two
// questions is no less whole.
static void test_docker_state_in_a_full_arena_is_unknown(void **state) {
    bench *b = *state;
    pt_fact (*const asks[])(bench *b, pt_arena *a) = {
        ask_volume, ask_container, ask_name, ask_image, ask_path, ask_daemon, ask_mounts};
    b->s.keep_ms = 1;
    put(b, "data/containers/" ID "/config.v2.json",
        "{\"Name\":\"/web\",\"Config\":{},\"MountPoints\":{"
        "\"/a\":{\"Type\":\"bind\",\"Source\":\"/data/x\",\"RW\":true},"
        "\"/b\":{\"Type\":\"bind\",\"Source\":\"/data/y\",\"RW\":true}}}");
    pt_docker_state_asked_by(&b->s, 77);
    for (size_t i = 0; i < PT_COUNT(asks); i++) {
        pt_fact whole = asks[i](b, &b->a);
        assert_int_equal(whole.state, PT_KNOWN);
        size_t unknown = 0;
        for (size_t room = 16; room < 32768; room += 48) {
            pt_arena a;
            pt_arena_init(&a, room);
            pt_fact f = asks[i](b, &a);
            assert_true(f.state == PT_UNKNOWN ||
                        (f.state == PT_KNOWN && pt_eq(f.value, whole.value)));
            unknown += f.state == PT_UNKNOWN;
            pt_arena_done(&a);
        }
        assert_true(unknown > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_docker_state_volumes_are_known_with_their_options,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_docker_state_containers_are_found_as_the_daemon_finds_them, setup, teardown),
        cmocka_unit_test_setup_teardown(test_docker_state_images_are_found_by_any_of_their_names,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_docker_state_images_of_containerd_are_unknown, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_docker_state_daemon_is_the_one_with_this_root, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_docker_state_daemon_is_kept_for_a_moment, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_docker_state_of_remapped_users_is_below_the_root,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_docker_state_mounts_are_those_of_all_containers, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            test_docker_state_mounts_are_unknown_if_those_of_one_container_are, setup, teardown),
        cmocka_unit_test_setup_teardown(test_docker_state_paths_are_walked_part_by_part, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_docker_state_paths_that_lead_nowhere_say_where_that_is,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_docker_state_in_a_full_arena_is_unknown, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
