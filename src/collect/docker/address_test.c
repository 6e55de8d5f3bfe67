// Where an engine is, where its settings are, and what a container inherits.
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/testing.h"
#include "collect/docker/engine.h"
#include "collect/world.h"
#include "crypto/crypto.h"
#include "value/json.h"
#include "value/path.h"

typedef struct fixture {
    char root[64];
    pt_real_world real;
    pt_arena a;
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->root, sizeof f->root, "/tmp/pt-docker-XXXXXX");
    assert_non_null(mkdtemp(f->root));
    assert_int_equal(pt_real_world_open(&f->real, f->root, NULL), PT_OK);
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

static void put(fixture *f, const char *path, const char *content) {
    int root = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char dir[256];
    for (size_t i = 0; path[i]; i++) {
        if (path[i] != '/')
            continue;
        memcpy(dir, path, i);
        dir[i] = '\0';
        assert_true(mkdirat(root, dir, 0755) == 0 || errno == EEXIST);
    }
    int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
    close(root);
}

// A file of a context: NAME's hash stands in its path.
static void put_context(fixture *f, const char *name, const char *file, const char *content) {
    pt_buf hex = PT_BUF(128);
    pt_hash256 id = pt_sha256(&(pt_str){name, strlen(name)}, 1);
    pt_hex_put(&hex, (pt_str){(const char *)id.b, sizeof id.b});
    bool meta = strcmp(file, "meta.json") == 0;
    put(f,
        pt_arena_printf(&f->a, "h/.docker/contexts/%s/%.*s/%s%s", meta ? "meta" : "tls",
                        PT_PRI(pt_buf_str(&hex)), meta ? "" : "docker/", file)
            .p,
        content);
    pt_buf_done(&hex);
}

#define META(host, more) "{\"Endpoints\": {\"docker\": {\"Host\": \"" host "\"" more "}}}"

static pt_code find(fixture *f, pt_docker_ask ask, pt_docker_target *ret, pt_err *e) {
    *e = (pt_err){0};
    return pt_docker_find(&f->real.world, &f->a, &ask, ret, e);
}

static void test_docker_addresses_are_taken_or_said_to_be_off(void **state) {
    fixture *f = *state;
    static const struct {
        const char *address, *socket, *url; // neither: a usage error
    } cases[] = {
        {"unix:///run/x.sock", "/run/x.sock", NULL},
        {"/run/x.sock", "/run/x.sock", NULL},
        {"tcp://127.0.0.1:2375", NULL, "http://127.0.0.1:2375"},
        {"tcp://127.0.0.1", NULL, "http://127.0.0.1:2375"},
        {"tcp://:4000/", NULL, "http://127.0.0.1:4000"},
        {"tcp://[::1]:2375", NULL, "http://[::1]:2375"},
        {"tcp://", NULL, "http://127.0.0.1:2375"},
        {"tcp://127.0.0.1:0", NULL, NULL},
        {"tcp://127.0.0.1:65536", NULL, NULL},
        {"tcp://127.0.0.1:2375/path", NULL, NULL},
        {"tcp://user@127.0.0.1:2375", NULL, NULL},
        {"tcp://[::1", NULL, NULL},
        {"tcp://a b", NULL, NULL},
        {"ssh://host", NULL, NULL},
        {"npipe:////./pipe/docker_engine", NULL, NULL},
        {"fd://", NULL, NULL},
        {"http://127.0.0.1", NULL, NULL},
        {"unix://relative", NULL, NULL},
        {"docker.sock", NULL, NULL},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_docker_target t;
        pt_err e;
        bool good = cases[i].socket || cases[i].url;
        pt_code code = find(f, (pt_docker_ask){.address = cases[i].address}, &t, &e);
        if (code != (good ? PT_OK : PT_E_USAGE))
            print_error("%s: %s\n", cases[i].address, e.what);
        assert_int_equal(code, good ? PT_OK : PT_E_USAGE);
        if (cases[i].socket)
            assert_string_equal(t.socket, cases[i].socket);
        if (cases[i].url) {
            assert_string_equal(t.url, cases[i].url);
            assert_true(t.host.n > 0);
        }
        // The same in DOCKER_HOST is no usage error, and nothing is asked.
        assert_int_equal(find(f, (pt_docker_ask){.host = cases[i].address}, &t, &e), PT_OK);
        assert_int_equal(t.reason.n == 0, good);
    }
}

static void test_docker_the_nearest_word_names_the_engine(void **state) {
    fixture *f = *state;
    put_context(f, "ctx", "meta.json", META("unix:///ctx.sock", ""));
    put_context(f, "env", "meta.json", META("unix:///env.sock", ""));
    put_context(f, "current", "meta.json", META("unix:///current.sock", ""));
    put(f, "h/.docker/config.json", "{\"currentContext\": \"current\"}");
    pt_docker_ask all = {
        .context = "ctx", .host = "unix:///host.sock", .of_env = "env", .home = "/h"};
    pt_docker_target t;
    pt_err e;
    assert_int_equal(find(f, all, &t, &e), PT_OK);
    assert_string_equal(t.socket, "/ctx.sock");
    all.context = "default"; // docker's name for "as without"
    assert_int_equal(find(f, all, &t, &e), PT_OK);
    assert_string_equal(t.socket, "/host.sock");
    all.context = NULL;
    assert_int_equal(find(f, all, &t, &e), PT_OK);
    assert_string_equal(t.socket, "/host.sock");
    all.host = "";
    assert_int_equal(find(f, all, &t, &e), PT_OK);
    assert_string_equal(t.socket, "/env.sock");
    all.of_env = NULL;
    assert_int_equal(find(f, all, &t, &e), PT_OK);
    assert_string_equal(t.socket, "/current.sock");
    all.config = "/elsewhere"; // DOCKER_CONFIG: no file there, no context
    assert_int_equal(find(f, all, &t, &e), PT_OK);
    assert_null(t.socket);
    assert_int_equal(t.reason.n, 0);
    all.address = "unix:///word.sock";
    assert_int_equal(find(f, all, &t, &e), PT_OK);
    assert_string_equal(t.socket, "/word.sock");
    all.context = "ctx"; // two engines
    assert_int_equal(find(f, all, &t, &e), PT_E_USAGE);
}

static void test_docker_contexts_bring_their_tls_and_never_skip_it(void **state) {
    fixture *f = *state;
    pt_docker_target t;
    pt_err e;
    put_context(f, "tls", "meta.json", META("tcp://127.0.0.1:2376", ""));
    put_context(f, "tls", "ca.pem", "CA");
    pt_docker_ask ask = {.context = "tls", .home = "/h"};
    assert_int_equal(find(f, ask, &t, &e), PT_OK);
    assert_string_equal(t.url, "https://127.0.0.1:2376");
    assert_str(t.tls.ca, "CA");
    put_context(f, "tls", "key.pem", "KEY"); // without its certificate
    assert_int_equal(find(f, ask, &t, &e), PT_OK);
    assert_true(pt_str_has(t.reason, PT_STR("without the other")));
    put_context(f, "tls", "cert.pem", "");
    assert_int_equal(find(f, ask, &t, &e), PT_OK);
    assert_true(pt_str_has(t.reason, PT_STR("cert.pem is empty")));

    put_context(f, "skips", "meta.json", META("tcp://127.0.0.1:1", ", \"SkipTLSVerify\": true"));
    ask.context = "skips";
    assert_int_equal(find(f, ask, &t, &e), PT_OK);
    assert_true(pt_str_has(t.reason, PT_STR("skips the verification")));
    put_context(f, "plain", "meta.json", META("tcp://127.0.0.1:1", ""));
    ask.context = "plain";
    assert_int_equal(find(f, ask, &t, &e), PT_OK);
    assert_string_equal(t.url, "http://127.0.0.1:1");
    ask.context = "none";
    assert_int_equal(find(f, ask, &t, &e), PT_E_USAGE);
    assert_string_equal(e.what, "docker has no context none");
    ask = (pt_docker_ask){.of_env = "none", .home = "/h"};
    assert_int_equal(find(f, ask, &t, &e), PT_E_USAGE);
    put(f, "h/.docker/config.json", "{\"currentContext\": \"none\"}");
    assert_int_equal(find(f, (pt_docker_ask){.home = "/h"}, &t, &e), PT_OK);
    assert_true(t.reason.n > 0);
    put(f, "h/.docker/config.json", "{broken");
    assert_int_equal(find(f, (pt_docker_ask){.home = "/h"}, &t, &e), PT_OK);
    assert_true(t.reason.n > 0);
}

static void test_docker_tls_of_the_environment_needs_its_ca(void **state) {
    fixture *f = *state;
    pt_docker_target t;
    pt_err e;
    pt_docker_ask ask = {.host = "tcp://127.0.0.1", .tls_verify = "1", .home = "/h"};
    assert_int_equal(find(f, ask, &t, &e), PT_OK);
    assert_true(pt_str_has(t.reason, PT_STR("there is no ca.pem in /h/.docker")));
    put(f, "certs/ca.pem", "CA");
    ask.cert_path = "/certs";
    assert_int_equal(find(f, ask, &t, &e), PT_OK);
    assert_string_equal(t.url, "https://127.0.0.1:2376");
    assert_int_equal(t.tls.cert.n, 0);
    ask.tls_verify = ""; // as docker reads it: nothing
    assert_int_equal(find(f, ask, &t, &e), PT_OK);
    assert_string_equal(t.url, "http://127.0.0.1:2375");
}

// A world that may not open paths which hold a word.
typedef struct denying_world {
    pt_world world;
    pt_world *inner;
    const char *word;
} denying_world;

static int denying_open(pt_world *w, const char *path, int flags) {
    denying_world *d = (denying_world *)w;
    return strstr(path, d->word) ? -EACCES : d->inner->open(d->inner, path, flags);
}

static denying_world denying(fixture *f, const char *word) {
    return (denying_world){.world = {.open = denying_open}, .inner = &f->real.world, .word = word};
}

static void test_docker_files_that_are_denied_never_make_it_plain_or_default(void **state) {
    fixture *f = *state;
    static const char *const words[] = {"config.json", "meta.json", "ca.pem", "cert.pem",
                                        "key.pem"};
    put(f, "h/.docker/config.json", "{\"currentContext\": \"far\"}");
    put_context(f, "far", "meta.json", META("tcp://127.0.0.1:2376", ""));
    put_context(f, "far", "ca.pem", "CA");
    put_context(f, "far", "cert.pem", "CERT");
    put_context(f, "far", "key.pem", "KEY");
    for (size_t i = 0; i < PT_COUNT(words); i++) {
        denying_world w = denying(f, words[i]);
        pt_docker_target t;
        pt_err e = {0};
        pt_docker_ask ask = {.home = "/h"};
        assert_int_equal(pt_docker_find(&w.world, &f->a, &ask, &t, &e), PT_OK);
        assert_true(pt_str_has(t.reason, PT_STR("Permission denied")));
        assert_null(t.url);
    }
}

static void test_docker_units_that_are_denied_leave_the_listeners_unknown(void **state) {
    fixture *f = *state;
    static const char *const words[] = {"/etc/systemd/system/docker.socket", "docker.socket.d",
                                        "tcp.conf"};
    put(f, "etc/systemd/system/docker.socket", "[Socket]\nListenStream=/run/docker.sock\n");
    put(f, "etc/systemd/system/docker.socket.d/tcp.conf", "[Socket]\nListenStream=2375\n");
    for (size_t i = 0; i < PT_COUNT(words); i++) {
        denying_world w = denying(f, words[i]);
        assert_int_equal(pt_docker_socket_unit(&w.world, &f->a).state, PT_UNKNOWN);
    }
}

// -- docker.socket --------------------------------------------------------------------------------

static void assert_hosts(fixture *f, const char *json) {
    pt_fact unit = pt_docker_socket_unit(&f->real.world, &f->a);
    pt_buf b = PT_BUF(4096);
    assert_int_equal(unit.state, PT_KNOWN);
    assert_int_equal(pt_json_write(&b, pt_getz(unit.value, "hosts"), NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&b), json);
    pt_buf_done(&b);
}

static void test_docker_socket_units_add_up_as_systemd_reads_them(void **state) {
    fixture *f = *state;
    assert_int_equal(pt_docker_socket_unit(&f->real.world, &f->a).state, PT_ABSENT);
    put(f, "lib/systemd/system/docker.socket",
        "[Unit]\nListenStream=1\n[Socket]\nListenStream=/run/docker.sock\n# ListenStream=9\n");
    assert_hosts(f, "[\"unix:///run/docker.sock\"]");
    put(f, "etc/systemd/system/docker.socket.d/tcp.conf",
        "[Socket]\nListenStream = 2375\nListenStream=10.0.0.5:\\\n 2376\n");
    assert_hosts(f, "[\"unix:///run/docker.sock\",\"tcp://[::]:2375\",\"tcp://10.0.0.5: 2376\"]");
    put(f, "usr/lib/systemd/system/docker.socket.d/tcp.conf", "[Socket]\nListenStream=7\n");
    put(f, "run/systemd/system/docker.socket.d/zz.conf",
        "[Socket]\nListenStream=\nListenStream=@docker\nListenStream=[::1]:2375\n");
    assert_hosts(f, "[\"unix://@docker\",\"tcp://[::1]:2375\"]");
    put(f, "etc/systemd/system/docker.socket", "[Socket]\nListenStream=%t/docker.sock\n");
    put(f, "etc/systemd/system/docker.socket.d/zz.conf", "");
    assert_hosts(f, "[\"unix://%t/docker.sock\",\"tcp://[::]:2375\",\"tcp://10.0.0.5: 2376\"]");
}

// -- configuration --------------------------------------------------------------------------------

static pt_value parsed(fixture *f, const char *json) {
    pt_value v;
    assert_int_equal(pt_json_parse(&f->a, pt_str_of(json), NULL, &v, NULL), PT_OK);
    return v;
}

static pt_fact known(fixture *f, const char *json) {
    return pt_fact_known(parsed(f, json), PT_STR("test"));
}

// One dockerd with these words for arguments ("+" ends each) in a world of its own.
static pt_engine one_dockerd(fixture *f, const char *words) {
    pt_str text = pt_arena_str(&f->a, pt_str_of(words));
    int root = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    put(f, "proc/self/comm", "");
    put(f, "proc/7/cmdline", "");
    int fd = openat(root, "proc/7/cmdline", O_WRONLY | O_CLOEXEC);
    for (size_t i = 0; i < text.n; i++)
        assert_int_equal(write(fd, text.p[i] == '+' ? "" : &text.p[i], 1), 1);
    close(fd);
    close(root);
    return (pt_engine){.w = &f->real.world, .a = &f->a, .where = "/run/x.sock", .peer_pid = 7};
}

#define ROOTFUL  "{\"SecurityOptions\": [\"name=seccomp,profile=default\"]}"
#define ROOTLESS "{\"SecurityOptions\": [\"name=rootless\"]}"

static void test_docker_rootless_daemon_has_its_user_s_file(void **state) {
    fixture *f = *state;
    put(f, "etc/docker/daemon.json", "{\"icc\": false}");
    pt_engine g = one_dockerd(f, "dockerd+");
    pt_fact config = pt_engine_config(&g, known(f, ROOTFUL));
    assert_int_equal(config.state, PT_KNOWN);
    assert_true(pt_defined(pt_getz(config.value, "icc")));
    // The daemon's environment may not be read: not /etc/docker/daemon.json in its place.
    assert_int_equal(pt_engine_config(&g, known(f, ROOTLESS)).state, PT_UNKNOWN);
    assert_int_equal(pt_engine_config(&g, (pt_fact){0}).state, PT_UNKNOWN);
    put(f, "proc/7/environ", "HOME=/h/u");
    put(f, "h/u/.config/docker/daemon.json", "{\"debug\": true}");
    config = pt_engine_config(&g, known(f, ROOTLESS));
    assert_int_equal(config.state, PT_KNOWN);
    assert_true(pt_true(pt_getz(config.value, "debug")));
    assert_false(pt_defined(pt_getz(config.value, "icc")));
    put(f, "proc/7/environ", "XDG_CONFIG_HOME=/xdg");
    put(f, "xdg/docker/daemon.json", "{\"live-restore\": true}");
    config = pt_engine_config(&g, known(f, ROOTLESS));
    assert_true(pt_true(pt_getz(config.value, "live-restore")));
    g.remote = true; // this host's files are not its own
    config = pt_engine_config(&g, known(f, ROOTFUL));
    assert_int_equal(config.state, PT_UNKNOWN);
    assert_str(config.reason, "the daemon runs on another host");
}

static pt_state state_of(const pt_subject *s, const char *name) {
    return pt_facts_get(&s->facts, pt_str_of(name)).state;
}

static void test_docker_what_follows_from_the_configuration(void **state) {
    fixture *f = *state;
    pt_engine g = one_dockerd(f, "dockerd+");
    static const struct {
        const char *config, *info, *name;
        pt_state state;
    } cases[] = {
        {"{}", ROOTFUL, "activation", PT_ABSENT},
        {"{\"hosts\": [\"fd://\"]}", ROOTFUL, "activation", PT_UNKNOWN}, // no docker.socket
        {"{}", ROOTFUL, "no-new-privileges", PT_ABSENT},
        {"{\"no-new-privileges\": false}", ROOTFUL, "no-new-privileges", PT_KNOWN},
        {"{}", "{\"SecurityOptions\": [\"name=no-new-privileges\"]}", "no-new-privileges",
         PT_KNOWN},
        {"{}", ROOTFUL, "tlskey", PT_ABSENT},
        {"{\"tlsverify\": true}", ROOTFUL, "tlskey", PT_UNKNOWN}, // dockerd's own default
        {"{\"tls\": true}", ROOTFUL, "tlscacert", PT_UNKNOWN},
        {"{\"tlskey\": \"/srv/key.pem\"}", ROOTFUL, "tlskey", PT_KNOWN},
        {"{\"tlskey\": \"/srv/key.pem\"}", ROOTLESS, "tlskey", PT_UNKNOWN},
        {"{\"tlskey\": \"key.pem\"}", ROOTFUL, "tlskey", PT_UNKNOWN},
        {"{\"tlskey\": 7}", ROOTFUL, "tlskey", PT_UNKNOWN},
    };
    put(f, "srv/key.pem", "KEY");
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_subject s = {.kind = PT_KIND_DOCKER};
        pt_engine_follow(&g, &s, known(f, cases[i].config), known(f, cases[i].info));
        if (state_of(&s, cases[i].name) != cases[i].state)
            print_error("%s of %s\n", cases[i].name, cases[i].config);
        assert_int_equal(state_of(&s, cases[i].name), cases[i].state);
    }
    pt_subject s = {.kind = PT_KIND_DOCKER};
    pt_engine_follow(&g, &s, (pt_fact){0}, known(f, ROOTFUL));
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_int_equal(state_of(&s, cases[i].name), PT_UNKNOWN);
}

// -- swarm ----------------------------------------------------------------------------------------

static void test_docker_swarm_is_absent_or_unknown_without_a_manager(void **state) {
    fixture *f = *state;
    pt_engine g = {.w = &f->real.world, .a = &f->a};
    static const struct {
        const char *info;
        pt_state state;
    } cases[] = {
        {"{\"Swarm\": {\"LocalNodeState\": \"inactive\", \"ControlAvailable\": false}}", PT_ABSENT},
        {"{\"Swarm\": {\"LocalNodeState\": \"active\", \"ControlAvailable\": false}}", PT_UNKNOWN},
        {"{\"Swarm\": {\"LocalNodeState\": \"locked\", \"ControlAvailable\": false}}", PT_UNKNOWN},
        {"{\"Swarm\": {}}", PT_UNKNOWN},
        {"{}", PT_UNKNOWN},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_subject s = {.kind = PT_KIND_DOCKER};
        pt_engine_swarm(&g, &s, known(f, cases[i].info));
        assert_int_equal(state_of(&s, "swarm"), cases[i].state);
        assert_int_equal(state_of(&s, "nodes"), cases[i].state);
    }
}

// -- what a container inherits --------------------------------------------------------------------

static void test_docker_namespaces_of_containers_are_followed_to_their_end(void **state) {
    fixture *f = *state;
    static const struct {
        const char *inspect, *mode, *of; // mode NULL: unknown
    } cases[] = {
        {"{\"Id\": \"aa11\", \"Name\": \"/a\", \"HostConfig\": {\"PidMode\": \"host\"}}", "host",
         ""},
        {"{\"Id\": \"bb22\", \"Name\": \"/b\", \"HostConfig\": {\"PidMode\": \"container:a\"}}",
         "host", "c0"},
        {"{\"Id\": \"cc33\", \"Name\": \"/c\", \"HostConfig\": {\"PidMode\": \"container:bb22\"}}",
         "host", "c0"},
        {"{\"Id\": \"dd44\", \"Name\": \"/d\", \"HostConfig\": {\"PidMode\": \"container:gone\"}}",
         NULL, ""},
        {"{\"Id\": \"ee55\", \"Name\": \"/e\", \"HostConfig\": {\"PidMode\": \"container:ff\"}}",
         NULL, ""},
        {"{\"Id\": \"ff66\", \"Name\": \"/f\", \"HostConfig\": {\"PidMode\": \"container:ee\"}}",
         NULL, ""},
        {"{\"Id\": \"ab77\", \"Name\": \"/g\", \"HostConfig\": {\"PidMode\": \"\"}}", "", ""},
        {"{\"Id\": \"ac88\", \"Name\": \"/h\", \"HostConfig\": {\"PidMode\": \"container:\"}}",
         NULL, ""},
    };
    pt_engine g = {.w = &f->real.world, .a = &f->a};
    pt_subject daemon = {.kind = PT_KIND_DOCKER};
    pt_subjects all = {0};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_subject *s = PT_PUSH(&f->a, &all);
        *s = (pt_subject){.kind = PT_KIND_CONTAINER, .name = pt_arena_printf(&f->a, "c%zu", i)};
        pt_engine_set(&g, s, "inspect", known(f, cases[i].inspect));
    }
    pt_engine_resolve(&g, &daemon, &all);
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_fact got = pt_facts_get(&all.v[i].facts, PT_STR("PidMode"));
        assert_int_equal(got.state, cases[i].mode ? PT_KNOWN : PT_UNKNOWN);
        if (!cases[i].mode)
            continue;
        assert_str(pt_text(pt_getz(got.value, "mode")), cases[i].mode);
        assert_str(pt_text(pt_getz(got.value, "of")), cases[i].of);
    }
    assert_int_equal(state_of(&all.v[0], "NetworkMode"), PT_ABSENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_docker_addresses_are_taken_or_said_to_be_off, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_docker_the_nearest_word_names_the_engine, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_docker_contexts_bring_their_tls_and_never_skip_it,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_docker_tls_of_the_environment_needs_its_ca, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            test_docker_files_that_are_denied_never_make_it_plain_or_default, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_docker_units_that_are_denied_leave_the_listeners_unknown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_docker_socket_units_add_up_as_systemd_reads_them,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_docker_rootless_daemon_has_its_user_s_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_docker_what_follows_from_the_configuration, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_docker_swarm_is_absent_or_unknown_without_a_manager,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_docker_namespaces_of_containers_are_followed_to_their_end, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("collect_docker_address", tests, NULL, NULL);
}
