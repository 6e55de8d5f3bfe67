// load [OPTION…] PORT PATH DOCUMENT: posts the document to a server with TLS on 127.0.0.1, over
// kept connections, and prints as JSON how many answers came a second and how long they took.
//
//   -c N  connections, each of a thread of its own [8]
//   -n N  requests [1000]
//   -f N  number of the first one [0]; "nnnnnnnn" in the document becomes the number of each
//   -r N  requests a second of all connections; without it each asks as soon as it is answered
//   -w T  text that each answer must have
//   -t T  bearer token
//
// With -r an answer's time counts from when its request was due: a slow answer stops no clock.
// The server's certificate is not looked at. Exit 3 if an answer is not of status 2xx, or lacks
// the text.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"

enum {
    CLIENTS_MAX = 1024,
    DOCUMENT_BYTES_MAX = 8 << 20,
    ANSWER_BYTES_MAX = 64 << 10,
    STACK_BYTES = 256 << 10,
    NUMBER_BYTES = 8,
    WAIT_SECONDS = 60,
};

typedef struct plan {
    SSL_CTX *tls;
    int port;
    pt_str request;
    const char *wanted; // NULL: any answer
    size_t clients;
    size_t requests;
    size_t first;
    double rate; // 0: as fast as answers come
    int64_t *took_ns;
    pthread_barrier_t connected;
    int64_t began_ns; // set by whoever is the last to connect
    atomic_size_t unwanted;
} plan;

typedef struct client {
    plan *p;
    size_t index;
    SSL *tls;
    char *request;
    char answer[ANSWER_BYTES_MAX];
} client;

static SSL *dial(const plan *p) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)p->port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval wait = {.tv_sec = WAIT_SECONDS};
    const int at_once =
        1; // as Go's clients do; else the first request waits for the handshake's ACK
    SSL *s = SSL_new(p->tls);
    if (fd >= 0 && s && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once) == 0 &&
        connect(fd, (struct sockaddr *)&at, sizeof at) == 0 && SSL_set_fd(s, fd) == 1 &&
        SSL_set_tlsext_host_name(s, "localhost") == 1 && SSL_connect(s) == 1)
        return s;
    SSL_free(s);
    pt_fd_close(&fd);
    return NULL;
}

static void hang_up(SSL *s) {
    int fd = s ? SSL_get_fd(s) : -1;
    SSL_free(s);
    pt_fd_close(&fd);
}

// Has the answer come as a whole (RFC 9112, section 6)?
static bool whole(const char *answer, size_t n) {
    const char *end = strstr(answer, "\r\n\r\n");
    if (!end)
        return false;
    const char *length = strcasestr(answer, "\r\ncontent-length:");
    if (length && length < end)
        return n >= (size_t)(end + 4 - answer) + strtoul(length + 17, NULL, 10);
    return n >= 5 && strcmp(answer + n - 5, "0\r\n\r\n") == 0; // the last chunk
}

// False if the connection is of no more use.
static bool ask(client *c) {
    if (SSL_write(c->tls, c->request, (int)c->p->request.n) <= 0)
        return false;
    size_t n = 0;
    do {
        int got = n < sizeof c->answer - 1
                      ? SSL_read(c->tls, c->answer + n, (int)(sizeof c->answer - 1 - n))
                      : 0;
        if (got <= 0)
            return false;
        n += (size_t)got;
        c->answer[n] = '\0';
    } while (!whole(c->answer, n));
    if (strncmp(c->answer, "HTTP/1.1 2", 10) != 0 ||
        (c->p->wanted && !strstr(c->answer, c->p->wanted)))
        atomic_fetch_add(&c->p->unwanted, 1);
    return true;
}

static void number(client *c, size_t i) {
    char digits[32];
    snprintf(digits, sizeof digits, "%0*zu", NUMBER_BYTES, i);
    const char *from = c->p->request.p; // the copy has lost its marks
    for (const char *at = from; (at = strstr(at, "nnnnnnnn")); at += NUMBER_BYTES)
        memcpy(c->request + (at - from), digits, NUMBER_BYTES);
}

static void wait_until(int64_t ns) {
    const struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        ;
}

// Requests are dealt in turn: the first to the first connection, and so on.
static void *work(void *item) {
    client *c = item;
    plan *p = c->p;
    c->tls = dial(p);
    if (pthread_barrier_wait(&p->connected) == PTHREAD_BARRIER_SERIAL_THREAD)
        p->began_ns = pt_monotonic_ns();
    pthread_barrier_wait(&p->connected);
    for (size_t i = c->index; i < p->requests; i += p->clients) {
        number(c, p->first + i);
        int64_t began = pt_monotonic_ns();
        if (p->rate > 0) {
            began = p->began_ns + (int64_t)((double)i * 1e9 / p->rate);
            wait_until(began);
        }
        if (!c->tls || !ask(c)) {
            hang_up(c->tls);
            c->tls = NULL;
            atomic_fetch_add(&p->unwanted, 1);
        }
        p->took_ns[i] = pt_monotonic_ns() - began;
    }
    return NULL;
}

static int by_time(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void show(plan *p, int64_t all_ns) {
    const size_t n = p->requests;
    qsort(p->took_ns, n, sizeof *p->took_ns, by_time);
    printf("{\"requests\": %zu, \"unwanted\": %zu, \"per_second\": %.1f, \"p50_us\": %.0f, "
           "\"p99_us\": %.0f, \"p999_us\": %.0f, \"slowest_us\": %.0f}\n",
           n, p->unwanted, (double)n * 1e9 / (double)all_ns, (double)p->took_ns[n / 2] / 1e3,
           (double)p->took_ns[n * 99 / 100] / 1e3, (double)p->took_ns[n * 999 / 1000] / 1e3,
           (double)p->took_ns[n - 1] / 1e3);
}

// A thread that cannot be made leaves the others at the barrier: that ends the program.
static int run(plan *p) {
    pthread_t threads[CLIENTS_MAX];
    pthread_attr_t small;
    client *clients = calloc(p->clients, sizeof *clients);
    p->took_ns = calloc(p->requests, sizeof *p->took_ns);
    if (!clients || !p->took_ns || pthread_attr_init(&small) != 0 ||
        pthread_attr_setstacksize(&small, STACK_BYTES) != 0 ||
        pthread_barrier_init(&p->connected, NULL, (unsigned)p->clients) != 0)
        return 3;
    for (size_t i = 0; i < p->clients; i++) {
        clients[i].p = p;
        clients[i].index = i;
        clients[i].request = strndup(p->request.p, p->request.n);
        if (!clients[i].request || pthread_create(&threads[i], &small, work, &clients[i]) != 0)
            return 3;
    }
    for (size_t i = 0; i < p->clients; i++)
        pthread_join(threads[i], NULL);
    show(p, pt_monotonic_ns() - p->began_ns);
    for (size_t i = 0; i < p->clients; i++) {
        hang_up(clients[i].tls);
        free(clients[i].request);
    }
    free(clients);
    free(p->took_ns);
    pthread_barrier_destroy(&p->connected);
    pthread_attr_destroy(&small);
    return p->unwanted ? 3 : 0;
}

static bool count(const char *text, int64_t most, size_t *ret) {
    int64_t n;
    if (!pt_str_int(pt_str_of(text), 10, &n) || n < 0 || n > most)
        return false;
    *ret = (size_t)n;
    return true;
}

static bool option(plan *p, int letter, const char **ret_token) {
    size_t rate = 0;
    switch (letter) {
    case 'c':
        return count(optarg, CLIENTS_MAX, &p->clients) && p->clients;
    case 'n':
        return count(optarg, 10000000, &p->requests) && p->requests;
    case 'f':
        return count(optarg, 80000000, &p->first);
    case 'r':
        return count(optarg, 10000000, &rate) && (p->rate = (double)rate) > 0;
    case 'w':
        return (p->wanted = optarg) != NULL;
    case 't':
        return (*ret_token = optarg) != NULL;
    default:
        return false;
    }
}

int main(int argc, char **argv) {
    plan p = {.clients = 8, .requests = 1000};
    const char *token = NULL;
    size_t port = 0;
    bool good = true;
    for (int letter; good && (letter = getopt(argc, argv, "c:n:f:r:w:t:")) != -1;)
        good = option(&p, letter, &token);
    if (!good || argc - optind != 3 || !count(argv[optind], 65535, &port)) {
        fputs("load [-c CLIENTS] [-n REQUESTS] [-f FIRST] [-r A-SECOND] [-w TEXT] [-t TOKEN] PORT "
              "PATH DOCUMENT\n",
              stderr);
        return 2;
    }
    p.port = (int)port;
    PT_AUTO(pt_buf_done) pt_buf document = PT_BUF(DOCUMENT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf request = PT_BUF(DOCUMENT_BYTES_MAX + 4096);
    FILE *f = fopen(argv[optind + 2], "re");
    if (!f || pt_fd_read_all(fileno(f), &document, NULL)) {
        fputs("error: no document\n", stderr);
        return 3;
    }
    fclose(f);
    pt_buf_printf(&request,
                  "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  "%s%s%sContent-Length: %zu\r\n\r\n",
                  argv[optind + 1], token ? "Authorization: Bearer " : "", token ? token : "",
                  token ? "\r\n" : "", document.n);
    pt_buf_put(&request, pt_buf_str(&document));
    pt_buf_put(&request, (pt_str){"", 1}); // for strstr
    p.request = pt_str_sub(pt_buf_str(&request), 0, request.n - 1);
    p.tls = SSL_CTX_new(TLS_client_method());
    int code = p.tls ? run(&p) : 3;
    SSL_CTX_free(p.tls);
    return code;
}
