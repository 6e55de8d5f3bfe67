#include "http/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http/curl.h"

enum {
    TIMEOUT_MS_DEFAULT = 10000,
    BODY_BYTES_MAX_DEFAULT = 64 << 20,
};

struct pt_http_client {
    pt_curl lib;
    CURL *curl;
    struct curl_slist *resolved;
    struct curl_slist *headers; // of the last request
    pt_http_opts opts;
    char text[CURL_ERROR_SIZE];
};

static size_t take_body(char *p, size_t size, size_t n, void *ctx) {
    pt_buf *body = ctx;
    pt_buf_put(body, (pt_str){p, size * n});
    return body->full ? 0 : size * n; // 0 stops the transfer
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

static bool set_tls(pt_http_client *c) {
    const pt_http_tls *t = c->opts.tls;
    if (!t)
        return c->lib.easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK;
    return c->lib.easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           c->lib.easy_setopt(c->curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           c->lib.easy_setopt(c->curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           c->lib.easy_setopt(c->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ==
               CURLE_OK &&
           set_pem(c, CURLOPT_CAINFO_BLOB, t->ca) && set_pem(c, CURLOPT_SSLCERT_BLOB, t->cert) &&
           set_pem(c, CURLOPT_SSLKEY_BLOB, t->key);
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
    c->opts.to = NULL; // the caller's
    c->resolved = line.full ? NULL : c->lib.slist_append(NULL, line.p);
    return c->resolved && c->lib.easy_setopt(c->curl, CURLOPT_RESOLVE, c->resolved) == CURLE_OK;
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

static bool set_options(pt_http_client *c) {
    CURL *h = c->curl;
    long timeout = c->opts.timeout_ms ? (long)c->opts.timeout_ms : TIMEOUT_MS_DEFAULT;
    return c->lib.easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           c->lib.easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK && // nor from the environment
           c->lib.easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           c->lib.easy_setopt(h, CURLOPT_TIMEOUT_MS, timeout) == CURLE_OK &&
           c->lib.easy_setopt(h, CURLOPT_HTTP09_ALLOWED, 0L) == CURLE_OK &&
           c->lib.easy_setopt(h, CURLOPT_ERRORBUFFER, c->text) == CURLE_OK &&
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

pt_code pt_http_ask(pt_http_client *c, const char *url, const pt_http_body *body,
                    pt_http_answer *ret, pt_err *e) {
    size_t max = c->opts.body_bytes_max ? c->opts.body_bytes_max : BODY_BYTES_MAX_DEFAULT;
    pt_http_answer answer = {.body = PT_BUF(max)};
    c->text[0] = '\0';
    CURLcode code = set_body(c, body);
    if (code == CURLE_OK)
        code = c->lib.easy_setopt(c->curl, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = c->lib.easy_setopt(c->curl, CURLOPT_WRITEDATA, &answer.body);
    if (code == CURLE_OK)
        code = c->lib.easy_perform(c->curl);
    long status = 0;
    if (code == CURLE_OK)
        code = c->lib.easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK) {
        pt_code ours = explain(c, code, answer.body.full, max, e);
        pt_buf_done(&answer.body);
        return ours;
    }
    answer.status = (int)status;
    *ret = answer;
    return PT_OK;
}

int pt_http_peer_pid(pt_http_client *c) {
    curl_socket_t fd = CURL_SOCKET_BAD;
    struct ucred peer;
    socklen_t n = sizeof peer;
    bool known = c->lib.easy_getinfo(c->curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
                 fd != CURL_SOCKET_BAD && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0;
    return known ? peer.pid : 0;
}
