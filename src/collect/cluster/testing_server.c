#include "collect/cluster/testing_server.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 256,
    REQUEST_BYTES_MAX = 1 << 20
};

typedef struct connection {
    fake *f;
    int fd;
    pthread_t thread;
} connection;

struct fake {
    fake_handler *handle;
    void *ctx;
    SSL_CTX *tls;
    pt_arena a;
    int listener;
    uint16_t port;
    atomic_bool stop;
    atomic_int requests;
    pthread_t thread;
    connection connections[CONNECTIONS_MAX];
    atomic_size_t n;
};

static pt_str text_of(pt_arena *a, BIO *b) {
    char *p;
    long n = BIO_get_mem_data(b, &p);
    pt_str s = pt_arena_str(a, (pt_str){p, (size_t)n});
    BIO_free(b);
    return s;
}

static void extend(X509 *x, int nid, const char *value) {
    X509_EXTENSION *one = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    pt_assert(one && X509_add_ext(x, one, -1) == 1);
    X509_EXTENSION_free(one);
}

static void make_identity(fake *f, pt_kubeconfig *ret) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    pt_assert(key && x && X509_set_version(x, 2) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    X509_set_pubkey(x, key);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"fake", -1, -1, 0);
    X509_set_issuer_name(x, name);
    extend(x, NID_basic_constraints, "critical,CA:TRUE");
    extend(x, NID_subject_alt_name, "IP:127.0.0.1,DNS:fake.example");
    pt_assert(X509_sign(x, key, EVP_sha256()) > 0);
    f->tls = SSL_CTX_new(TLS_server_method());
    pt_assert(f->tls && SSL_CTX_use_certificate(f->tls, x) == 1 &&
              SSL_CTX_use_PrivateKey(f->tls, key) == 1);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(f->tls), x);
    SSL_CTX_set_verify(f->tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_id_context(f->tls, (const unsigned char *)"fake", 4);
    BIO *cert = BIO_new(BIO_s_mem());
    BIO *secret = BIO_new(BIO_s_mem());
    pt_assert(PEM_write_bio_X509(cert, x) == 1 &&
              PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL) == 1);
    ret->ca = ret->cert = text_of(&f->a, cert);
    ret->key = text_of(&f->a, secret);
    X509_free(x);
    EVP_PKEY_free(key);
}

void pt_fake_put(fake_call *c, pt_str bytes) {
    while (bytes.n && !pt_fake_stopping(c->server)) {
        int n = SSL_write(c->tls, bytes.p, bytes.n > 65536 ? 65536 : (int)bytes.n);
        if (n <= 0)
            return; // the client has gone
        bytes = pt_str_sub(bytes, (size_t)n, bytes.n);
    }
}

bool pt_fake_answer(fake_call *c, int status, const char *headers, pt_str body) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)256 << 20);
    pt_buf_printf(
        &b, "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n",
        status, headers, body.n);
    pt_buf_put(&b, body);
    pt_fake_put(c, pt_buf_str(&b));
    return true;
}

bool pt_fake_json(fake_call *c, const char *body) {
    return pt_fake_answer(c, 200, "", pt_str_of(body));
}

void pt_fake_begin(fake_call *c) {
    pt_fake_put(c, PT_STR("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n"));
}

void pt_fake_piece(fake_call *c, pt_str bytes) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)64 << 20);
    pt_buf_printf(&b, "%zx\r\n%.*s\r\n", bytes.n, PT_PRI(bytes));
    pt_fake_put(c, pt_buf_str(&b));
}

bool pt_fake_end(fake_call *c) {
    pt_fake_put(c, PT_STR("0\r\n\r\n"));
    return true;
}

void pt_fake_sleep_ms(int ms) {
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

// Read one request into `b`; false: there is none any more.
static bool read_request(SSL *tls, pt_buf *b, size_t *ret_head) {
    size_t length = 0;
    size_t head = 0;
    pt_buf_clear(b);
    while (!head || b->n < head + length) {
        char *room = pt_buf_room(b, 65536);
        int n = room ? SSL_read(tls, room, 65536) : 0;
        if (n <= 0)
            return false;
        pt_buf_took(b, (size_t)n);
        size_t end = pt_str_find_str(pt_buf_str(b), PT_STR("\r\n\r\n"));
        if (head || end == b->n)
            continue;
        head = end + 4;
        pt_str rest = pt_str_sub(pt_buf_str(b), 0, head);
        for (pt_str line; pt_str_split(&rest, '\n', &line);) {
            int64_t number;
            if (pt_str_starts(line, PT_STR("Content-Length:")) &&
                pt_str_int(pt_str_trim(pt_str_sub(line, 15, line.n)), 10, &number))
                length = (size_t)number;
        }
    }
    *ret_head = head;
    return true;
}

static bool answer(fake *f, SSL *tls, pt_buf *b, size_t head) {
    X509 *peer = SSL_get0_peer_certificate(tls);
    pt_str all = pt_buf_str(b);
    char *text = strndup(all.p, head);
    char *target = strchr(text, ' ');
    pt_assert(target);
    char *method = strndup(text, (size_t)(target - text));
    target = strndup(target + 1, strcspn(target + 1, " "));
    fake_call c = {.server = f,
                   .ctx = f->ctx,
                   .tls = tls,
                   .index = atomic_fetch_add(&f->requests, 1),
                   .method = method,
                   .target = target,
                   .head = text,
                   .body = pt_str_sub(all, head, all.n),
                   .certified = peer != NULL};
    bool stays = f->handle(&c);
    free(text);
    free(method);
    free(target);
    return stays;
}

static void *serve(void *item) {
    connection *at = item;
    SSL *tls = SSL_new(at->f->tls);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(REQUEST_BYTES_MAX);
    size_t head = 0;
    pt_assert(tls && SSL_set_fd(tls, at->fd) == 1);
    if (SSL_accept(tls) == 1)
        while (!pt_fake_stopping(at->f) && read_request(tls, &b, &head) &&
               answer(at->f, tls, &b, head))
            continue;
    SSL_shutdown(tls);
    SSL_free(tls);
    shutdown(at->fd, SHUT_RDWR);
    ERR_clear_error();
    return NULL;
}

static void *take(void *item) {
    fake *f = item;
    for (;;) {
        int fd = accept(f->listener, NULL, NULL);
        if (fd < 0 || pt_fake_stopping(f)) {
            if (fd >= 0)
                close(fd);
            return NULL;
        }
        size_t n = atomic_load(&f->n);
        pt_assert(n < CONNECTIONS_MAX);
        f->connections[n] = (connection){.f = f, .fd = fd};
        pt_assert(pthread_create(&f->connections[n].thread, NULL, serve, &f->connections[n]) == 0);
        atomic_store(&f->n, n + 1);
    }
}

fake *pt_fake_start(fake_handler *handle, void *ctx, pt_kubeconfig *ret) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof at;
    fake *f = calloc(1, sizeof *f);
    pt_assert(f && sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL) == 0);
    f->handle = handle;
    f->ctx = ctx;
    *ret = (pt_kubeconfig){0};
    make_identity(f, ret);
    f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pt_assert(f->listener >= 0 && bind(f->listener, (struct sockaddr *)&at, n) == 0 &&
              listen(f->listener, 64) == 0 &&
              getsockname(f->listener, (struct sockaddr *)&at, &n) == 0);
    f->port = ntohs(at.sin_port);
    ret->server = pt_arena_printf(&f->a, "https://127.0.0.1:%u", f->port);
    pt_assert(pthread_create(&f->thread, NULL, take, f) == 0);
    return f;
}

void pt_fake_stop(fake *f) {
    atomic_store(&f->stop, true);
    shutdown(f->listener, SHUT_RDWR);
    pthread_join(f->thread, NULL);
    for (size_t i = 0; i < atomic_load(&f->n); i++) {
        shutdown(f->connections[i].fd, SHUT_RDWR);
        pthread_join(f->connections[i].thread, NULL);
        close(f->connections[i].fd);
    }
    close(f->listener);
    SSL_CTX_free(f->tls);
    pt_arena_done(&f->a);
    free(f);
}

bool pt_fake_stopping(const fake *f) {
    return atomic_load(&f->stop);
}

int pt_fake_requests(const fake *f) {
    return atomic_load(&f->requests);
}

uint16_t pt_fake_port(const fake *f) {
    return f->port;
}
