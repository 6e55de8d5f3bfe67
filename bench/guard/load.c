// load SOCKET DOCUMENT CONNECTIONS REQUESTS: asks an authorization plugin that many times, over
// that many connections at once, each kept, and prints requests a second and the times of answers.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"

enum {
    CLIENTS_MAX = 64,
    DOCUMENT_BYTES_MAX = 8 << 20,
};

typedef struct client {
    const char *socket;
    pt_str request;
    int64_t *took_ns; // of each request
    size_t n;
    bool failed;
} client;

static int dial(const char *path) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    pt_fd_close(&fd);
    return -1;
}

// Read one whole answer: its head, and as much as that announces.
static bool hear(int fd) {
    char answer[4096];
    size_t n = 0;
    size_t want = sizeof answer;
    while (n < want) {
        ssize_t got = read(fd, answer + n, sizeof answer - 1 - n);
        if (got <= 0)
            return false;
        n += (size_t)got;
        answer[n] = '\0';
        const char *end = strstr(answer, "\r\n\r\n");
        const char *length = strstr(answer, "Content-Length: ");
        if (end && length)
            want = (size_t)(end + 4 - answer) + strtoul(length + 16, NULL, 10);
    }
    return n == want && strncmp(answer, "HTTP/1.1 200 ", 13) == 0;
}

static void *ask(void *item) {
    client *c = item;
    PT_AUTO(pt_fd_close) int fd = dial(c->socket);
    c->failed = fd < 0;
    for (size_t i = 0; i < c->n && !c->failed; i++) {
        int64_t began = pt_monotonic_ns();
        c->failed = pt_fd_write_all(fd, c->request, NULL) || !hear(fd);
        c->took_ns[i] = pt_monotonic_ns() - began;
    }
    return NULL;
}

static int by_time(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void show(int64_t *took_ns, size_t n, int64_t all_ns) {
    qsort(took_ns, n, sizeof *took_ns, by_time);
    printf("%.0f requests/s, median %.0f us, p99 %.0f us, slowest %.0f us\n",
           (double)n * 1e9 / (double)all_ns, (double)took_ns[n / 2] / 1e3,
           (double)took_ns[n * 99 / 100] / 1e3, (double)took_ns[n - 1] / 1e3);
}

static int run(client *clients, size_t n, size_t each) {
    pthread_t threads[CLIENTS_MAX];
    int64_t *took = calloc(n * each, sizeof *took);
    bool failed = took == NULL;
    size_t started = 0;
    int64_t began = pt_monotonic_ns();
    for (; !failed && started < n; started++) {
        clients[started].took_ns = took + started * each;
        clients[started].n = each;
        if (pthread_create(&threads[started], NULL, ask, &clients[started]) != 0)
            break;
    }
    failed |= started < n;
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        failed |= clients[i].failed;
    }
    if (!failed)
        show(took, n * each, pt_monotonic_ns() - began);
    else
        fputs("error: a request was not answered with 200\n", stderr);
    free(took);
    return failed;
}

int main(int argc, char **argv) {
    int64_t n;
    int64_t requests;
    if (argc != 5 || !pt_str_int(pt_str_of(argv[3]), 10, &n) || n < 1 || n > CLIENTS_MAX ||
        !pt_str_int(pt_str_of(argv[4]), 10, &requests) || requests < n) {
        fputs("load SOCKET DOCUMENT CONNECTIONS REQUESTS\n", stderr);
        return 2;
    }
    PT_AUTO(pt_buf_done) pt_buf document = PT_BUF(DOCUMENT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf request = PT_BUF(DOCUMENT_BYTES_MAX + 4096);
    FILE *f = fopen(argv[2], "re");
    if (!f || pt_fd_read_all(fileno(f), &document, NULL)) {
        fputs("error: no document\n", stderr);
        return 3;
    }
    fclose(f);
    pt_buf_printf(
        &request,
        "POST /AuthZPlugin.AuthZReq HTTP/1.1\r\nHost: plugin\r\nContent-Length: %zu\r\n\r\n",
        document.n);
    pt_buf_put(&request, pt_buf_str(&document));
    client clients[CLIENTS_MAX] = {0};
    for (size_t i = 0; i < (size_t)n; i++)
        clients[i] = (client){.socket = argv[1], .request = pt_buf_str(&request)};
    return run(clients, (size_t)n, (size_t)(requests / n)) ? 3 : 0;
}
