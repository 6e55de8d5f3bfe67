#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/testing.h"
#include "collect/runtime/containers.h"
#include "collect/runtime/state_impl.h"
#include "collect/runtime/tar_first.h"

#define ID   "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
#define ID2  "4bd7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
#define GONE "5cd7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"

// -- an engine of a few answers, one connection after another in threads of their own
// ---------------
typedef struct fake {
    char folder[64], path[128];
    int socket;
    pthread_t thread;
    atomic_int inspected, follows;
    atomic_bool tell_created; // the next one that follows is told of ID2
} fake;

typedef struct call {
    fake *f;
    int fd;
} call;

static void say(int fd, int status, pt_str body) {
    char head[128];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
                     body.n);
    assert_int_equal(send(fd, head, (size_t)n, MSG_NOSIGNAL), n);
    (void)!send(fd, body.p, body.n, MSG_NOSIGNAL);
}

static pt_str tar_of(char room[2048], const char *content) {
    memset(room, 0, 2048);
    memcpy(room, "passwd", 6);
    snprintf(room + 124, 12, "%011o", (unsigned)strlen(content));
    room[156] = '0';
    memcpy(room + 512, content, strlen(content));
    return (pt_str){room, 2048};
}

static void inspect(fake *f, int fd, const char *request) {
    static const char *const known[] = {ID, ID2};
    char room[1024];
    atomic_fetch_add(&f->inspected, 1);
    for (size_t i = 0; i < PT_COUNT(known); i++) {
        if (!strstr(request, known[i]))
            continue;
        snprintf(room, sizeof room,
                 "{\"Id\":\"%s\",\"Name\":\"/"
                 "web\",\"Image\":\"sha256:0123456789abcdef\",\"Config\":{\"Image\":\"nginx:1\"},"
                 "\"HostConfig\":{\"Privileged\":true}}",
                 known[i]);
        say(fd, 200, pt_str_of(room));
        return;
    }
    say(fd, 404, PT_STR("{\"message\":\"No such container\"}"));
}

// As an engine does: the event in two pieces, another in front of it, then the connection stays.
static void events(fake *f, int fd) {
    static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    (void)!send(fd, head, sizeof head - 1, MSG_NOSIGNAL);
    atomic_fetch_add(&f->follows, 1);
    char byte;
    for (int i = 0; i < 100 && !atomic_load(&f->tell_created); i++)
        usleep(20000);
    if (atomic_exchange(&f->tell_created, false)) {
        const char *pieces[] = {"{\"Type\":\"x\"}\n{\"id\":\"" ID2,
                                "\",\"Action\":\"create\",\"Actor\":{\"ID\":\"" ID2 "\"}}\n"};
        for (size_t i = 0; i < 2; i++) {
            char room[512];
            int n = snprintf(room, sizeof room, "%zx\r\n%s\r\n", strlen(pieces[i]), pieces[i]);
            (void)!send(fd, room, (size_t)n, MSG_NOSIGNAL);
            usleep(10000);
        }
    }
    (void)!recv(fd, &byte, 1, 0); // until the other side ends it
}

static void *serve_one(void *of) {
    call *c = of;
    char request[4096], room[2048];
    ssize_t n = recv(c->fd, request, sizeof request - 1, 0);
    request[n > 0 ? n : 0] = '\0';
    if (strstr(request, "GET /events?"))
        events(c->f, c->fd);
    else if (strstr(request, "/archive?path=/etc/passwd"))
        say(c->fd, 200, tar_of(room, "root:x:0:0::/root:\nwww:x:9:9:::\n"));
    else if (strstr(request, "GET /containers/") && strstr(request, "/json"))
        inspect(c->f, c->fd, request);
    else if (strstr(request, "GET /images/0123456789abcdef/json"))
        say(c->fd, 200, PT_STR("{\"RepoDigests\":[\"reg/nginx@sha256:00\"]}"));
    else
        say(c->fd, 404, PT_STR("{}"));
    close(c->fd);
    free(c);
    return NULL;
}

static void *serve(void *of) {
    fake *f = of;
    for (;;) {
        int fd = accept4(f->socket, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return NULL; // shut down
        call *c = malloc(sizeof *c);
        *c = (call){f, fd};
        pthread_t t;
        assert_int_equal(pthread_create(&t, NULL, serve_one, c), 0);
        pthread_detach(t);
    }
}

static void open_door(fake *f) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    memcpy(at.sun_path, f->path, strlen(f->path));
    f->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f->socket, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(f->socket, 16), 0);
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
}

static void close_door(fake *f) {
    shutdown(f->socket, SHUT_RDWR);
    pthread_join(f->thread, NULL);
    close(f->socket);
    unlink(f->path);
}

static void start(fake *f) {
    memset(f, 0, sizeof *f);
    memcpy(f->folder, "/tmp/pt-containers-XXXXXX", 26);
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/docker.sock", f->folder);
    open_door(f);
}

static void stop(fake *f) {
    close_door(f);
    rmdir(f->folder);
}

static bool next(pt_containers *c, pt_arena *a, pt_container_answer *ret) {
    struct pollfd p = {.fd = pt_containers_fd(c), .events = POLLIN};
    for (int i = 0; i < 100; i++) {
        if (pt_containers_next(c, a, 77, ret))
            return true;
        (void)poll(&p, 1, 100);
    }
    return false;
}

static const pt_event *apply(pt_runtime *rt, const struct pt_wire_head *h) {
    const pt_event *ev = NULL;
    pt_err e = {0};
    if (pt_runtime_apply(rt, h, h->length, &ev, &e) != PT_OK)
        fail_msg("%s", e.what);
    return ev;
}

static void test_containers_are_asked_about_and_named(void **state) {
    (void)state;
    static fake f;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    start(&f);
    int at = open(f.path, O_PATH | O_CLOEXEC);
    assert_true(at >= 0);
    const pt_container_engine engine = {"docker", "http://docker", NULL, {.unix_socket = at}};
    pt_containers *c = NULL;
    pt_err e = {0};
    assert_int_equal(pt_containers_start(&engine, 1, &c, &e), PT_OK);
    assert_true(pt_containers_want(c, PT_STR(ID), PT_STR("docker")));
    assert_true(pt_containers_want(c, PT_STR(ID), PT_STR("docker"))); // not asked twice
    pt_runtime *rt = NULL;
    const pt_runtime_options o = {0};
    assert_int_equal(pt_runtime_new(&o, &rt, &e), PT_OK);
    pt_container_answer got;
    assert_true(next(c, &a, &got));
    assert_str(got.id, ID);
    assert_int_equal(got.record->time_ns, 77);
    const pt_event *ev = apply(rt, got.record);
    assert_int_equal(ev->type, PT_EVENT_CONTAINER);
    assert_str(ev->container->name, "web");
    assert_str(ev->container->repository, "reg/nginx");
    assert_true(ev->container->privileged);
    assert_int_equal(ev->container->n_users, 0);
    assert_true(next(c, &a, &got)); // the names, which are no event
    assert_null(apply(rt, got.record));
    const pt_container *k = pt_runtime_container(rt, PT_STR(ID));
    assert_str(pt_container_user(k, 9), "www");
    assert_str(k->name, "web");
    assert_int_equal(atomic_load(&f.inspected), 1);
    // What its engine no longer has, and what belongs to no engine that is asked.
    assert_true(pt_containers_want(c, PT_STR(GONE), PT_STR("docker")));
    assert_true(next(c, &a, &got));
    assert_null(got.record);
    assert_str(got.id, GONE);
    assert_str(got.reason, "it was gone before its engine could be asked");
    assert_true(pt_containers_want(c, PT_STR(GONE), PT_STR("containerd")));
    assert_true(next(c, &a, &got));
    assert_str(got.reason, "no engine answers for this runtime");
    // Nothing but an id goes into a request.
    assert_false(pt_containers_want(c, PT_STR("../../images/json"), PT_STR("docker")));
    assert_false(pt_containers_want(c, PT_STR(""), PT_STR("docker")));
    pt_containers_stop(c);
    pt_runtime_free(rt);
    close(at);
    stop(&f);
}

static void test_containers_are_named_when_they_are_created(void **state) {
    (void)state;
    static fake f;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    start(&f);
    int at = open(f.path, O_PATH | O_CLOEXEC);
    const pt_container_engine engine = {"docker", "http://docker", NULL, {.unix_socket = at}};
    pt_containers *c = NULL;
    assert_int_equal(pt_containers_start(&engine, 1, &c, NULL), PT_OK);
    atomic_store(&f.tell_created, true);
    pt_container_answer got;
    assert_true(next(c, &a, &got));
    assert_str(got.id, ID2);
    assert_non_null(got.record);
    pt_containers_stop(c);
    close(at);
    stop(&f);
}

static void test_containers_without_an_engine_have_a_reason(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_containers *c = NULL;
    assert_int_equal(pt_containers_start(NULL, 0, &c, NULL), PT_OK);
    pt_container_answer got;
    assert_false(pt_containers_next(c, &a, 0, &got));
    assert_true(pt_containers_want(c, PT_STR(ID), PT_STR("cri-o")));
    assert_true(next(c, &a, &got));
    assert_str(got.reason, "no engine answers for this runtime");
    pt_containers_stop(c);
    pt_containers_stop(NULL);
}

// Nobody takes the answers: what waits is bounded, and it can be stopped all the same.
static void test_containers_that_wait_are_bounded(void **state) {
    (void)state;
    pt_containers *c = NULL;
    assert_int_equal(pt_containers_start(NULL, 0, &c, NULL), PT_OK);
    bool refused = false;
    for (unsigned i = 0; i < 4 * PT_CONTAINERS_WANTED_MAX && !refused; i++) {
        char id[65];
        snprintf(id, sizeof id, "%032x%032x", i, i);
        refused = !pt_containers_want(c, pt_str_of(id), PT_STR("docker"));
    }
    assert_true(refused);
    pt_containers_stop(c);
}

static void test_containers_engine_that_is_not_there(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    static fake f;
    start(&f);
    int at = open(f.path, O_PATH | O_CLOEXEC);
    stop(&f);
    const pt_container_engine engine = {"docker", "http://docker", NULL, {.unix_socket = at}};
    pt_containers *c = NULL;
    assert_int_equal(pt_containers_start(&engine, 1, &c, NULL), PT_OK);
    assert_true(pt_containers_want(c, PT_STR(ID), PT_STR("docker")));
    pt_container_answer got;
    assert_true(next(c, &a, &got));
    assert_null(got.record);
    assert_true(pt_str_starts(got.reason, PT_STR("docker: ")));
    pt_containers_stop(c);
    close(at);
}

// Its socket goes, then another is there: who was met meanwhile is named, too.
static void test_containers_engine_that_was_started_anew(void **state) {
    (void)state;
    static fake f;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_containers *c = NULL;
    pt_container_answer got;
    start(&f);
    const pt_container_engine engine = {"docker", "http://docker", f.path, {.unix_socket = -1}};
    assert_int_equal(pt_containers_start(&engine, 1, &c, NULL), PT_OK);
    assert_true(pt_containers_want(c, PT_STR(ID), PT_STR("docker")));
    assert_true(next(c, &a, &got));
    assert_non_null(got.record);
    assert_true(next(c, &a, &got)); // its users
    close_door(&f);
    assert_true(pt_containers_want(c, PT_STR(ID2), PT_STR("docker")));
    assert_true(next(c, &a, &got));
    assert_null(got.record);
    assert_true(pt_str_starts(got.reason, PT_STR("docker: ")));
    open_door(&f);
    assert_true(next(c, &a, &got));
    assert_str(got.id, ID2);
    assert_non_null(got.record);
    pt_containers_stop(c);
    stop(&f);
}

static void test_containers_first_file_of_an_archive(void **state) {
    (void)state;
    char room[2048];
    pt_str content = {0};
    pt_str tar = tar_of(room, "root:x:0:0\n");
    assert_true(pt_tar_first_file(tar, &content));
    assert_str(content, "root:x:0:0\n");
    assert_true(pt_tar_first_file(pt_str_sub(tar, 0, 523), &content));
    assert_false(pt_tar_first_file(pt_str_sub(tar, 0, 522), &content));
    assert_false(pt_tar_first_file(pt_str_sub(tar, 0, 511), &content));
    room[156] = '2'; // a link
    assert_false(pt_tar_first_file(tar, &content));
    room[156] = '0';
    memcpy(room + 124, "77777777777", 11);
    assert_false(pt_tar_first_file(tar, &content));
    memcpy(room + 124, "-0000000001", 11);
    assert_false(pt_tar_first_file(tar, &content));
    assert_false(pt_tar_first_file((pt_str){0}, &content));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_containers_are_asked_about_and_named),
        cmocka_unit_test(test_containers_are_named_when_they_are_created),
        cmocka_unit_test(test_containers_without_an_engine_have_a_reason),
        cmocka_unit_test(test_containers_that_wait_are_bounded),
        cmocka_unit_test(test_containers_engine_that_is_not_there),
        cmocka_unit_test(test_containers_engine_that_was_started_anew),
        cmocka_unit_test(test_containers_first_file_of_an_archive),
    };
    return cmocka_run_group_tests_name("collect_runtime_containers", tests, NULL, NULL);
}
