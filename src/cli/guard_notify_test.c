// A socket as systemd's, and a server that answers or does not.
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "cli/guard_notify.h"

typedef struct bench {
    char dir[40];
    int told, listener, end;
    atomic_bool stuck, stop;
    atomic_int answered;
    pthread_t server, notifier;
    pt_guard_notify notify;
} bench;

static int bound(bench *b, const char *name, int type) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s/%s", b->dir, name);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void *serve(void *context) {
    bench *b = context;
    struct pollfd p = {.fd = b->listener, .events = POLLIN};
    while (!atomic_load(&b->stop)) {
        if (atomic_load(&b->stuck) || poll(&p, 1, 20) <= 0) {
            usleep(1000);
            continue;
        }
        char text[256];
        int fd = accept(b->listener, NULL, NULL);
        PT_IGNORE(read(fd, text, sizeof text) < 0);
        PT_IGNORE(write(fd, "HTTP/1.1 200 OK\r\n\r\n", 19) < 0);
        close(fd);
    }
    return NULL;
}

static uint64_t answered(void *context) {
    return (uint64_t)atomic_load(&((bench *)context)->answered);
}

// Is systemd told this word within the time?
static bool hears(bench *b, const char *word, int ms) {
    struct pollfd p = {.fd = b->told, .events = POLLIN};
    char text[64] = "";
    if (poll(&p, 1, ms) <= 0)
        return false;
    assert_true(recv(b->told, text, sizeof text - 1, 0) > 0);
    assert_string_equal(text, word);
    return true;
}

static void start(bench *b, const char *limit_us) {
    char path[80];
    *b = (bench){.dir = "/tmp/pt-notify-XXXXXX"};
    assert_non_null(mkdtemp(b->dir));
    b->told = bound(b, "told", SOCK_DGRAM);
    b->listener = bound(b, "guard", SOCK_STREAM);
    assert_int_equal(listen(b->listener, 16), 0);
    b->end = eventfd(0, EFD_CLOEXEC);
    snprintf(path, sizeof path, "%s/told", b->dir);
    setenv("NOTIFY_SOCKET", path, 1);
    setenv("WATCHDOG_USEC", limit_us, 1);
    assert_int_equal(pt_guard_notify_open(&b->notify, b->listener, NULL), PT_OK);
    b->notify.end = b->end;
    b->notify.answered = answered;
    b->notify.context = b;
    atomic_store(&b->stuck, true);
    pthread_create(&b->server, NULL, serve, b);
    pthread_create(&b->notifier, NULL, pt_guard_notify_run, &b->notify);
}

static void stop(bench *b) {
    char path[80];
    PT_IGNORE(write(b->end, &(uint64_t){1}, sizeof(uint64_t)) < 0);
    pthread_join(b->notifier, NULL);
    atomic_store(&b->stop, true);
    pthread_join(b->server, NULL);
    while (hears(b, "WATCHDOG=1", 0))
        ;
    pt_guard_notify_done(&b->notify);
    assert_true(hears(b, "STOPPING=1", 1000));
    pt_fd_close(&b->told);
    pt_fd_close(&b->listener);
    pt_fd_close(&b->end);
    const char *const names[] = {"/told", "/guard", ""};
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s%s", b->dir, names[i]);
        assert_int_equal(remove(path), 0);
    }
}

static void test_notify_says_ready_when_the_server_answers_and_beats_while_it_does(void **state) {
    (void)state;
    bench b;
    start(&b, "500000");
    assert_false(hears(&b, "READY=1", 300));
    atomic_store(&b.stuck, false);
    assert_true(hears(&b, "READY=1", 5000));
    for (size_t i = 0; i < 3; i++)
        assert_true(hears(&b, "WATCHDOG=1", 5000));
    atomic_store(&b.stuck, true);
    while (hears(&b, "WATCHDOG=1", 1500)) // what was on its way
        ;
    atomic_store(&b.answered, 1); // it answers others
    assert_true(hears(&b, "WATCHDOG=1", 5000));
    assert_false(hears(&b, "WATCHDOG=1", 1500));
    stop(&b);
}

static void test_notify_says_nothing_where_nobody_asked(void **state) {
    (void)state;
    pt_guard_notify n;
    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(pt_guard_notify_open(&n, -1, NULL), PT_OK);
    assert_int_equal(n.fd, -1);
    pt_guard_notify_done(&n);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notify_says_ready_when_the_server_answers_and_beats_while_it_does),
        cmocka_unit_test(test_notify_says_nothing_where_nobody_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
