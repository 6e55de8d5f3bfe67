#include "http/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    TIMEOUT_MS_DEFAULT = 10000,
    BODY_BYTES_MAX_DEFAULT = 64 << 20,
};

struct pt_http_client {
    CURL *curl;
    struct curl_slist *headers;
    pt_http_opts opts;
    char text[CURL_ERROR_SIZE];
};

static size_t take_body(char *p, size_t size, size_t n, void *ctx) {
    pt_buf *body = ctx;
    pt_buf_put(body, (pt_str){p, size * n});
    return body->full ? 0 : size * n; // 0 stops the transfer
}

static bool set_options(pt_http_client *c) {
    CURL *h = c->curl;
    // The path behind the descriptor cannot be exchanged, and may be longer than a socket's
    // address.
    char socket[64];
    snprintf(socket, sizeof socket, "/proc/self/fd/%d", c->opts.unix_socket);
    long timeout = c->opts.timeout_ms ? (long)c->opts.timeout_ms : TIMEOUT_MS_DEFAULT;
    return curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK && // nor from the environment
           curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, timeout) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_HTTP09_ALLOWED, 0L) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_HTTPHEADER, c->headers) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, socket) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->text) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK;
}

pt_code pt_http_client_new(pt_http_client **ret, const pt_http_opts *opts, pt_err *e) {
    pt_http_client *c = calloc(1, sizeof *c);
    if (c) {
        c->opts = *opts;
        c->curl = curl_easy_init();
        c->headers = curl_slist_append(NULL, "Host: docker");
    }
    if (!c || !c->curl || !c->headers || !set_options(c)) {
        pt_http_client_free(c);
        return pt_err_set(e, PT_E_NOMEM, "cannot start the HTTP client");
    }
    *ret = c;
    return PT_OK;
}

void pt_http_client_free(pt_http_client *c) {
    if (!c)
        return;
    curl_easy_cleanup(c->curl);
    curl_slist_free_all(c->headers);
    free(c);
}

static pt_code explain(pt_http_client *c, CURLcode code, bool body_full, size_t body_max,
                       pt_err *e) {
    long sys = 0;
    PT_IGNORE(curl_easy_getinfo(c->curl, CURLINFO_OS_ERRNO, &sys) != CURLE_OK); // then it stays 0
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
    return pt_err_set(e, PT_E_IO, "%s", c->text[0] ? c->text : curl_easy_strerror(code));
}

pt_code pt_http_get(pt_http_client *c, const char *url, pt_http_answer *ret, pt_err *e) {
    size_t max = c->opts.body_bytes_max ? c->opts.body_bytes_max : BODY_BYTES_MAX_DEFAULT;
    pt_http_answer answer = {.body = PT_BUF(max)};
    c->text[0] = '\0';
    CURLcode code = curl_easy_setopt(c->curl, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &answer.body);
    if (code == CURLE_OK)
        code = curl_easy_perform(c->curl);
    long status = 0;
    if (code == CURLE_OK)
        code = curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
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
    bool known = curl_easy_getinfo(c->curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
                 fd != CURL_SOCKET_BAD && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0;
    return known ? peer.pid : 0;
}
