#include "http/client.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/instant.h"
#include "http/curl.h"
#include "http/gunzip.h"

enum {
    TIMEOUT_MS_DEFAULT = 10000,
    BODY_BYTES_MAX_DEFAULT = 64 << 20,
    HEAD_BYTES_MAX = 256 << 10,
    HEADS_BYTES_MAX = 1 << 20, // of all heads of an answer, and of what trails its body
};

// The head that counts, and how much came as heads.
typedef struct heads {
    pt_buf last;
    size_t bytes;
} heads;

struct pt_http_client {
    pt_curl lib;
    CURL *curl;
    struct curl_slist *resolved;
    struct curl_slist *headers; // of the last request
    pt_http_opts opts;
    pt_host to; // where it may connect to; none: anywhere
    char text[CURL_ERROR_SIZE];
};

// One request under way.
typedef struct transfer {
    pt_http_client *client;
    const pt_http_request *r; // NULL: pt_http_ask
    const heads *head;
    bool begun; // r->begin was asked
    pt_buf body;
    curl_off_t came; // bytes, both ways
    int64_t came_ns; // when the last of them did
    bool idle;       // none came for too long
} transfer;

static size_t take_body(char *p, size_t size, size_t n, void *ctx) {
    transfer *t = ctx;
    pt_str piece = {p, size * n};
    int status = t->r && t->r->take ? pt_http_status(t->client) : 0;
    if (status == 200 || status == 206) {
        bool first = !t->begun && t->r->begin;
        t->begun = true;
        bool goes_on =
            (!first || t->r->begin(t->r->take_context, status, pt_buf_str(&t->head->last))) &&
            t->r->take(t->r->take_context, piece);
        return goes_on ? piece.n : 0;
    }
    pt_buf_put(&t->body, piece);
    return t->body.full ? 0 : piece.n; // 0 stops the transfer
}

// Lines of the last head only: not those of "100 Continue" before it, nor what trails a body. All
// of them count, so that they end.
static size_t take_head(char *p, size_t size, size_t n, void *ctx) {
    heads *to = ctx;
    pt_buf *head = &to->last;
    pt_str line = {p, size * n};
    to->bytes += line.n;
    if (to->bytes > HEADS_BYTES_MAX)
        return 0;
    if (pt_str_starts(line, PT_STR("HTTP/")))
        pt_buf_clear(head);
    else if (pt_str_ends(pt_buf_str(head), PT_STR("\n\r\n")) ||
             pt_str_ends(pt_buf_str(head), PT_STR("\n\n")))
        return line.n;
    pt_buf_put(head, line);
    return head->full ? 0 : line.n;
}

static bool set_socket(pt_http_client *c) {
    if (c->opts.unix_socket < 0)
        return true;
    // The path behind the descriptor cannot be exchanged, and may be longer than a socket's
    // address.
    char socket[64];
    snprintf(socket, sizeof socket, "/proc/self/fd/%d", c->opts.unix_socket);
    return c->lib.easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, socket) == CURLE_OK;
}

// An option's PEM text; empty: the option stays as it is.
static bool set_pem(pt_http_client *c, CURLoption option, pt_str pem) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a blob is not const, and is only copied
    struct curl_blob blob = {.data = (void *)(uintptr_t)pem.p, .len = pem.n};
    return !pem.n || c->lib.easy_setopt(c->curl, option, &blob) == CURLE_OK;
}

// With authorities of our own the system's do not count, unless they are asked for: its bundle then
// counts through libcurl's folder.
static bool set_authorities(pt_http_client *c, const pt_http_tls *t) {
    const char *folder = t->system ? "/etc/ssl/certs" : NULL;
    return !t->ca.n || (set_pem(c, CURLOPT_CAINFO_BLOB, t->ca) &&
                        c->lib.easy_setopt(c->curl, CURLOPT_CAPATH, folder) == CURLE_OK);
}

static bool set_tls(pt_http_client *c) {
    const pt_http_tls *t = c->opts.tls;
    if (!t)
        return c->lib.easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK;
    return c->lib.easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           c->lib.easy_setopt(c->curl, CURLOPT_SSL_VERIFYPEER, t->insecure ? 0L : 1L) == CURLE_OK &&
           c->lib.easy_setopt(c->curl, CURLOPT_SSL_VERIFYHOST, t->insecure ? 0L : 2L) == CURLE_OK &&
           c->lib.easy_setopt(c->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ==
               CURLE_OK &&
           set_authorities(c, t) && set_pem(c, CURLOPT_SSLCERT_BLOB, t->cert) &&
           set_pem(c, CURLOPT_SSLKEY_BLOB, t->key);
}

// Whatever a URL says: nobody is connected to but the addresses that were given.
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to) {
    const pt_http_client *c = ctx;
    char address[PT_ADDRESS_BYTES];
    socklen_t n = (socklen_t)to->addrlen;
    (void)purpose;
    if (getnameinfo(&to->addr, n, address, sizeof address, NULL, 0, NI_NUMERICHOST) != 0)
        return CURL_SOCKET_BAD;
    for (size_t i = 0; i < c->to.n; i++)
        if (strcmp(c->to.address[i], address) == 0)
            return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    return CURL_SOCKET_BAD;
}

// "*:PORT:ADDRESS,ADDRESS" as CURLOPT_RESOLVE has it: any host has these addresses.
static bool set_addresses(pt_http_client *c) {
    const pt_host *to = c->opts.to;
    if (!to)
        return true;
    PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(sizeof to->address + 64);
    pt_buf_printf(&line, "*:%u", to->port);
    for (size_t i = 0; i < to->n; i++) {
        bool six = strchr(to->address[i], ':') != NULL;
        pt_buf_printf(&line, six ? "%c[%s]" : "%c%s", i ? ',' : ':', to->address[i]);
    }
    pt_buf_putc(&line, '\0');
    c->to = *to;
    c->opts.to = NULL; // the caller's
    c->resolved = line.full ? NULL : c->lib.slist_append(NULL, line.p);
    return c->resolved && c->lib.easy_setopt(c->curl, CURLOPT_RESOLVE, c->resolved) == CURLE_OK &&
           c->lib.easy_setopt(c->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           c->lib.easy_setopt(c->curl, CURLOPT_OPENSOCKETDATA, c) == CURLE_OK;
}

// The headers of every request, and the type of a body where there is one.
static struct curl_slist *headers_of(const pt_http_client *c, const char *type) {
    char line[512];
    struct curl_slist *all = c->lib.slist_append(NULL, "Expect:"); // no pause before a body
    if (all && c->opts.host) {
        snprintf(line, sizeof line, "Host: %s", c->opts.host);
        all = c->lib.slist_append(all, line);
    }
    if (all && type) {
        snprintf(line, sizeof line, "Content-Type: %s", type);
        all = c->lib.slist_append(all, line);
    }
    return all;
}

// Of the whole request, unless silence ends it.
static bool set_timeout(pt_http_client *c, uint32_t idle_ms) {
    long timeout = c->opts.timeout_ms ? (long)c->opts.timeout_ms : TIMEOUT_MS_DEFAULT;
    return c->lib.easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS, timeout) == CURLE_OK &&
           c->lib.easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, idle_ms ? 0L : timeout) == CURLE_OK;
}

// A peer that is gone without a word ends what waits for it.
static bool set_keepalive(pt_http_client *c) {
    return c->lib.easy_setopt(c->curl, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
           c->lib.easy_setopt(c->curl, CURLOPT_TCP_KEEPIDLE, 30L) == CURLE_OK &&
           c->lib.easy_setopt(c->curl, CURLOPT_TCP_KEEPINTVL, 10L) == CURLE_OK;
}

static bool set_options(pt_http_client *c) {
    CURL *h = c->curl;
    return c->lib.easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           c->lib.easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK && // nor from the environment
           c->lib.easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK && set_timeout(c, 0) &&
           set_keepalive(c) && c->lib.easy_setopt(h, CURLOPT_HTTP09_ALLOWED, 0L) == CURLE_OK &&
           c->lib.easy_setopt(h, CURLOPT_ERRORBUFFER, c->text) == CURLE_OK &&
           c->lib.easy_setopt(h, CURLOPT_HEADERFUNCTION, take_head) == CURLE_OK &&
           c->lib.easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK && set_socket(c) &&
           set_addresses(c) && set_tls(c);
}

pt_code pt_http_client_new(pt_http_client **ret, const pt_http_opts *opts, pt_err *e) {
    pt_http_client *c = calloc(1, sizeof *c);
    if (!c)
        return pt_err_set(e, PT_E_NOMEM, "cannot start the HTTP client");
    c->opts = *opts;
    pt_code code = pt_curl_load(&c->lib, e);
    if (code) {
        free(c);
        return code;
    }
    c->curl = c->lib.easy_init();
    if (!c->curl || !set_options(c)) {
        pt_http_client_free(c);
        return pt_err_set(e, PT_E_NOMEM, "cannot start the HTTP client");
    }
    *ret = c;
    return PT_OK;
}

void pt_http_client_free(pt_http_client *c) {
    if (!c)
        return;
    c->lib.easy_cleanup(c->curl);
    c->lib.slist_free_all(c->resolved);
    c->lib.slist_free_all(c->headers);
    free(c);
}

static pt_code explain(pt_http_client *c, CURLcode code, bool body_full, size_t body_max,
                       pt_err *e) {
    long sys = 0;
    PT_IGNORE(c->lib.easy_getinfo(c->curl, CURLINFO_OS_ERRNO, &sys) != CURLE_OK); // then it stays 0
    if (code == CURLE_COULDNT_CONNECT && sys)
        return pt_err_sys(e, (int)sys, "connect: %s", pt_errno_text((int)sys));
    if (code == CURLE_WRITE_ERROR && body_full)
        return pt_err_set(e, PT_E_LIMIT, "the answer is larger than %zu bytes", body_max);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return pt_err_set(e, PT_E_TIMEOUT, "the request was ended");
    if (code == CURLE_OPERATION_TIMEDOUT)
        return pt_err_set(e, PT_E_TIMEOUT, "no answer in time");
    if (code == CURLE_OUT_OF_MEMORY)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)
        return pt_err_set(e, PT_E_FORMAT, "the answer is not HTTP");
    return pt_err_set(e, PT_E_IO, "%s", c->text[0] ? c->text : c->lib.easy_strerror(code));
}

// The method and what is sent with it.
static CURLcode set_body(pt_http_client *c, const pt_http_body *body) {
    c->lib.slist_free_all(c->headers);
    c->headers = headers_of(c, body ? body->type : NULL);
    if (!c->headers)
        return CURLE_OUT_OF_MEMORY;
    CURLcode code = c->lib.easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
    if (code == CURLE_OK && !body)
        return c->lib.easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
    if (code == CURLE_OK)
        code = c->lib.easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->bytes.n);
    if (code == CURLE_OK)
        code = c->lib.easy_setopt(c->curl, CURLOPT_POSTFIELDS, body->bytes.n ? body->bytes.p : "");
    return code;
}

// Asked at least each second.
static int on_progress(void *ctx, curl_off_t total, curl_off_t came, curl_off_t total_sent,
                       curl_off_t sent) {
    transfer *t = ctx;
    int64_t now = pt_monotonic_ns();
    (void)total, (void)total_sent;
    if (came + sent != t->came) {
        t->came = came + sent;
        t->came_ns = now;
    }
    t->idle = t->r->idle_ms && (now - t->came_ns) / 1000000 >= t->r->idle_ms;
    return t->idle || (t->r->stop && t->r->stop(t->r->stop_context));
}

static CURLcode run(pt_http_client *c, const char *url, heads *head, transfer *t) {
    CURLcode code = c->lib.easy_setopt(c->curl, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = c->lib.easy_setopt(c->curl, CURLOPT_HEADERDATA, head);
    if (code == CURLE_OK)
        code = c->lib.easy_setopt(c->curl, CURLOPT_WRITEDATA, t);
    if (code == CURLE_OK)
        code = c->lib.easy_setopt(c->curl, CURLOPT_XFERINFODATA, t);
    if (code == CURLE_OK)
        code = c->lib.easy_setopt(c->curl, CURLOPT_NOPROGRESS, t->r ? 0L : 1L);
    return code == CURLE_OK ? c->lib.easy_perform(c->curl) : code;
}

// Send what is set; `r` is NULL for pt_http_ask.
static pt_code perform(pt_http_client *c, const char *url, const pt_http_request *r,
                       pt_http_answer *ret, pt_err *e) {
    size_t max = c->opts.body_bytes_max ? c->opts.body_bytes_max : BODY_BYTES_MAX_DEFAULT;
    heads head = {.last = PT_BUF(HEAD_BYTES_MAX)};
    transfer t = {
        .client = c, .r = r, .head = &head, .body = PT_BUF(max), .came_ns = pt_monotonic_ns()};
    c->text[0] = '\0';
    CURLcode code = run(c, url, &head, &t);
    if (code != CURLE_OK) {
        bool full = t.body.full || head.last.full || head.bytes > HEADS_BYTES_MAX;
        pt_code ours = t.idle ? pt_err_set(e, PT_E_TIMEOUT, "nothing came for %u s",
                                           (unsigned)(r->idle_ms + 999) / 1000)
                              : explain(c, code, full, max, e);
        pt_buf_done(&head.last);
        pt_buf_done(&t.body);
        return ours;
    }
    *ret = (pt_http_answer){.status = pt_http_status(c), .head = head.last, .body = t.body};
    return PT_OK;
}

pt_code pt_http_ask(pt_http_client *c, const char *url, const pt_http_body *body,
                    pt_http_answer *ret, pt_err *e) {
    CURLcode code = set_body(c, body);
    if (code != CURLE_OK)
        return explain(c, code, false, 0, e);
    pt_code ours =
        set_timeout(c, 0) ? perform(c, url, NULL, ret, e) : pt_err_set(e, PT_E_NOMEM, "no memory");
    if (!ours)
        pt_buf_done(&ret->head);
    return ours;
}

// -- requests in full -----------------------------------------------------------------------------

// What libcurl would say of itself is left out.
static bool set_headers(pt_http_client *c, const pt_http_request *r) {
    static const char *const silent[] = {"Expect:", "Accept:", "Content-Type:", "User-Agent:"};
    struct curl_slist *all = NULL;
    bool ok = true;
    if (r->unpack)
        ok = (all = c->lib.slist_append(NULL, "Accept-Encoding: gzip")) != NULL;
    for (size_t i = 0; i < PT_COUNT(silent) + r->n_headers && ok; i++) {
        bool own = i >= PT_COUNT(silent);
        const char *line = own ? r->headers[i - PT_COUNT(silent)] : silent[i];
        bool replaced = false;
        for (size_t k = 0; k < r->n_headers && !own && !replaced; k++)
            replaced = pt_str_eq_nocase(pt_str_sub(pt_str_of(r->headers[k]), 0, strlen(line)),
                                        pt_str_of(line));
        struct curl_slist *more = replaced ? all : c->lib.slist_append(all, line);
        ok = replaced || more;
        all = more ? more : all;
    }
    if (all && c->opts.host) {
        char line[512];
        snprintf(line, sizeof line, "Host: %s", c->opts.host);
        struct curl_slist *more = c->lib.slist_append(all, line);
        ok = ok && more;
        all = more ? more : all;
    }
    c->lib.slist_free_all(c->headers);
    c->headers = all;
    return ok && c->lib.easy_setopt(c->curl, CURLOPT_HTTPHEADER, all) == CURLE_OK;
}

// Methods that may have a body say that it is empty (RFC 9110, 8.6).
static bool set_method(pt_http_client *c, const pt_http_request *r) {
    static const pt_str with_body = PT_STR("POST PUT PATCH");
    CURL *h = c->curl;
    // Nothing stays of what was sent before.
    if (c->lib.easy_setopt(h, CURLOPT_HTTPGET, 1L) != CURLE_OK ||
        c->lib.easy_setopt(h, CURLOPT_CUSTOMREQUEST, NULL) != CURLE_OK)
        return false;
    if (strcmp(r->method, "HEAD") == 0 && !r->body.n)
        return c->lib.easy_setopt(h, CURLOPT_NOBODY, 1L) == CURLE_OK;
    bool body = r->body.n || pt_str_in_list(pt_str_of(r->method), with_body, ' ');
    bool ok =
        !body ||
        (c->lib.easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n) == CURLE_OK &&
         c->lib.easy_setopt(h, CURLOPT_POSTFIELDS, r->body.n ? r->body.p : "") == CURLE_OK);
    return ok && c->lib.easy_setopt(h, CURLOPT_CUSTOMREQUEST, r->method) == CURLE_OK;
}

// Is there a line "Content-Encoding: gzip"?
static bool is_packed(const pt_buf *head) {
    pt_str rest = pt_buf_str(head);
    pt_str line;
    while (pt_str_split(&rest, '\n', &line)) {
        size_t colon = pt_str_find(line, ':');
        if (pt_str_eq_nocase(pt_str_sub(line, 0, colon), PT_STR("content-encoding")))
            return pt_str_eq_nocase(pt_str_trim(pt_str_sub(line, colon + 1, line.n)),
                                    PT_STR("gzip"));
    }
    return false;
}

// libcurl takes half a stream for a whole one; here its end has to be there.
static pt_code unpack(const pt_http_client *c, pt_http_answer *ret, pt_err *e) {
    size_t max = c->opts.body_bytes_max ? c->opts.body_bytes_max : BODY_BYTES_MAX_DEFAULT;
    pt_buf plain = PT_BUF(max);
    pt_code code = pt_gunzip(pt_buf_str(&ret->body), &plain, e);
    pt_buf_done(&ret->body);
    ret->body = plain;
    if (!code)
        return PT_OK;
    pt_buf_done(&ret->head);
    pt_buf_done(&ret->body);
    if (code == PT_E_FORMAT) // it is HTTP; what it carries is broken
        e->code = code = PT_E_IO;
    return code;
}

pt_code pt_http_send(pt_http_client *c, const char *url, const pt_http_request *r,
                     pt_http_answer *ret, pt_err *e) {
    CURL *h = c->curl;
    bool ok =
        set_method(c, r) && set_headers(c, r) && set_timeout(c, r->idle_ms) &&
        c->lib.easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
        c->lib.easy_setopt(h, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
        c->lib.easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK;
    pt_code code = ok ? perform(c, url, r, ret, e) : pt_err_set(e, PT_E_NOMEM, "no memory");
    return code || !r->unpack || !is_packed(&ret->head) ? code : unpack(c, ret, e);
}

int pt_http_status(pt_http_client *c) {
    long status = 0;
    bool known = c->lib.easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK;
    return known ? (int)status : 0;
}

int pt_http_peer_pid(pt_http_client *c) {
    curl_socket_t fd = CURL_SOCKET_BAD;
    struct ucred peer;
    socklen_t n = sizeof peer;
    bool known = c->lib.easy_getinfo(c->curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
                 fd != CURL_SOCKET_BAD && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0;
    return known ? peer.pid : 0;
}
