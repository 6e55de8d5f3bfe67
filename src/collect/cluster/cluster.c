#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fd.h"
#include "collect/cluster/cluster_impl.h"
#include "crypto/crypto.h"
#include "value/json.h"

enum {
    REQUEST_MS = 60000,
    TRIES = 4,
    RETRY_S_MAX = 10, // of what Retry-After asks for
    SLICE_MS = 100,   // how often `stop` is asked in a pause
    MESSAGE_BYTES = 160,
    TOKEN_BYTES_MAX = 64 << 10,
};

#define BEARER "Authorization: Bearer "

// What may stand in a URL's path or a header as it is.
static bool is_plain(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
            return false;
    return s.n > 0;
}

// -- beginning and end ----------------------------------------------------------------------------

static bool copy(pt_arena *a, const pt_kubeconfig *from, pt_kubeconfig *ret) {
    *ret = (pt_kubeconfig){
        .server = pt_arena_str(a, from->server),
        .ca = pt_arena_str(a, from->ca),
        .cert = pt_arena_str(a, from->cert),
        .key = pt_arena_str(a, from->key),
        .token = pt_arena_str(a, from->token),
        .token_file = pt_arena_str(a, from->token_file),
        .tls_name = pt_arena_str(a, from->tls_name),
    };
    return !a->full;
}

// The URL is of the name that the certificate must have; where it leads is known already.
static pt_code set_base(pt_cluster *c, uint16_t port, pt_err *e) {
    const pt_kubeconfig *k = &c->config;
    const size_t scheme = sizeof "https://" - 1;
    if (!pt_str_starts(k->server, PT_STR("https://")))
        return pt_err_set(e, PT_E_FORMAT, "the server's address does not begin with https://");
    pt_str rest = pt_str_sub(k->server, scheme, k->server.n);
    size_t slash = pt_str_find(rest, '/');
    pt_str host = pt_str_sub(rest, 0, slash);
    pt_str path = pt_str_sub(rest, slash, rest.n);
    while (pt_str_ends(path, PT_STR("/")))
        path.n--;
    if (!is_plain(rest) || !host.n || pt_str_find(rest, '@') < rest.n ||
        pt_str_find(rest, '?') < rest.n || pt_str_find(rest, '#') < rest.n)
        return pt_err_set(e, PT_E_FORMAT,
                          "the server's address is not https://HOST:PORT with perhaps a path");
    if (k->tls_name.n && !is_plain(k->tls_name))
        return pt_err_set(e, PT_E_FORMAT, "the server's TLS name is no name");
    bool six = pt_str_find(k->tls_name, ':') < k->tls_name.n;
    c->base = !k->tls_name.n
                  ? pt_arena_printf(&c->own, "https://%.*s%.*s", PT_PRI(host), PT_PRI(path))
                  : pt_arena_printf(&c->own, six ? "https://[%.*s]:%u%.*s" : "https://%.*s:%u%.*s",
                                    PT_PRI(k->tls_name), port, PT_PRI(path));
    c->host = pt_arena_printf(&c->own, "Host: %.*s", PT_PRI(host));
    return c->base.p && c->host.p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "no memory");
}

// c->bearer becomes the header; empty: we have no token.
static pt_code set_bearer(pt_cluster *c, pt_str token, pt_err *e) {
    pt_buf_clear(&c->bearer);
    pt_buf_printf(&c->bearer, BEARER "%.*s%c", PT_PRI(token), '\0');
    if (!is_plain(token))
        return pt_err_set(e, PT_E_FORMAT, "the token holds what no token may hold");
    return c->bearer.full ? pt_err_set(e, PT_E_LIMIT, "the token is too long") : PT_OK;
}

static pt_code begin(pt_cluster *c, const pt_kubeconfig *config, const pt_host *to, pt_err *e) {
    if (!copy(&c->own, config, &c->config))
        return pt_err_set(e, PT_E_NOMEM, "no memory for the cluster's client");
    pt_code code = set_base(c, to->port, e);
    if (code)
        return code;
    c->bearer = PT_BUF(TOKEN_BYTES_MAX + 64);
    if (c->config.token.n && !c->config.token_file.n)
        code = set_bearer(c, c->config.token, e);
    if (code)
        return code;
    c->tls = (pt_http_tls){.ca = c->config.ca, .cert = c->config.cert, .key = c->config.key};
    const pt_http_opts opts = {.unix_socket = -1,
                               .to = to,
                               .tls = &c->tls,
                               .timeout_ms = REQUEST_MS,
                               .body_bytes_max = PT_CLUSTER_CHUNK_BYTES_MAX};
    return pt_http_client_new(&c->http, &opts, e);
}

pt_code pt_cluster_new_at(pt_cluster **ret, const pt_kubeconfig *config, const pt_host *to,
                          pt_err *e) {
    pt_cluster *c = calloc(1, sizeof *c);
    if (!c)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the cluster's client");
    pt_code code = begin(c, config, to, e);
    if (code) {
        pt_cluster_free(c);
        return code;
    }
    *ret = c;
    return PT_OK;
}

pt_code pt_cluster_new(pt_cluster **ret, const pt_kubeconfig *config, pt_err *e) {
    pt_arena a = {0};
    pt_host to = {0};
    pt_str url = pt_arena_str(&a, config->server); // with a NUL
    pt_code code = url.p ? pt_http_resolve(url.p, &to, e) : pt_err_set(e, PT_E_NOMEM, "no memory");
    if (!code)
        code = pt_cluster_new_at(ret, config, &to, e);
    pt_arena_done(&a);
    return code;
}

void pt_cluster_free(pt_cluster *c) {
    if (!c)
        return;
    pt_http_client_free(c->http);
    if (c->bearer.p)
        pt_wipe(c->bearer.p, c->bearer.n);
    pt_buf_done(&c->bearer);
    pt_arena_done(&c->own);
    free(c);
}

// -- requests -------------------------------------------------------------------------------------

static pt_code read_token(pt_cluster *c, pt_err *e) {
    const char *path = c->config.token_file.p;
    if (!c->config.token_file.n)
        return PT_OK; // c->bearer stays
    PT_AUTO(pt_buf_done) pt_buf file = PT_BUF(TOKEN_BYTES_MAX);
    pt_code code = pt_cluster_file_read(path, &file, e);
    if (code)
        return code;
    code = set_bearer(c, pt_str_trim(pt_buf_str(&file)), e);
    if (code)
        pt_err_at(e, "%s", path);
    pt_wipe(file.p, file.n);
    return code;
}

static pt_code send_once(pt_cluster *c, const pt_cluster_ask *ask, const char *url,
                         pt_http_answer *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf accept = PT_BUF(1024);
    PT_AUTO(pt_buf_done) pt_buf type = PT_BUF(256);
    pt_code code = read_token(c, e);
    if (code)
        return code;
    pt_buf_printf(&accept, "Accept: %s%c", ask->accept ? ask->accept : "application/json", '\0');
    pt_buf_printf(&type, "Content-Type: %s%c", ask->type ? ask->type : "application/json", '\0');
    const char *headers[5] = {c->host.p, "User-Agent: paratia", accept.p};
    size_t n = 3;
    if (c->bearer.n)
        headers[n++] = c->bearer.p;
    if (ask->body.n)
        headers[n++] = type.p;
    if (accept.full || type.full)
        return pt_err_set(e, PT_E_NOMEM, "no memory");
    const pt_http_request r = {.method = ask->method,
                               .headers = headers,
                               .n_headers = n,
                               .body = ask->body,
                               .unpack = ask->unpack,
                               .stop = c->stop.stop,
                               .stop_context = c->stop.ctx,
                               .take = ask->take,
                               .take_context = ask->take_ctx,
                               .idle_ms = ask->idle_ms};
    return pt_http_send(c->http, url, &r, ret, e);
}

// Seconds to wait before it is asked again; 0: it is not.
static int64_t retry_after(const pt_http_answer *answer) {
    pt_str rest = pt_buf_str(&answer->head);
    pt_str line;
    int64_t seconds = answer->status == 429 ? 1 : 0;
    while (pt_str_split(&rest, '\n', &line)) {
        size_t colon = pt_str_find(line, ':');
        if (!pt_str_eq_nocase(pt_str_sub(line, 0, colon), PT_STR("retry-after")))
            continue;
        seconds = 1; // also for what says it as a date
        PT_IGNORE(!pt_str_int(pt_str_trim(pt_str_sub(line, colon + 1, line.n)), 10, &seconds));
        seconds = seconds < 1 ? 1 : seconds;
    }
    if (answer->status != 429 && answer->status != 503)
        return 0;
    return seconds > RETRY_S_MAX ? RETRY_S_MAX : seconds;
}

// False: it was stopped.
static bool wait_for(const pt_cluster *c, int64_t seconds) {
    const struct timespec slice = {.tv_nsec = SLICE_MS * 1000000L};
    for (int64_t i = 0; i < seconds * 1000 / SLICE_MS; i++) {
        if (c->stop.stop && c->stop.stop(c->stop.ctx))
            return false;
        nanosleep(&slice, NULL);
    }
    return true;
}

static pt_code send_until_taken(pt_cluster *c, const pt_cluster_ask *ask, const char *url,
                                pt_http_answer *ret, pt_err *e) {
    for (int i = 1;; i++) {
        pt_code code = send_once(c, ask, url, ret, e);
        int64_t pause = code ? 0 : retry_after(ret);
        if (code || pause == 0 || i == TRIES)
            return code;
        pt_buf_done(&ret->head);
        pt_buf_done(&ret->body);
        if (!wait_for(c, pause))
            return pt_err_set(e, PT_E_TIMEOUT, "the request was ended");
    }
}

void pt_cluster_asked(const pt_cluster *c, const pt_cluster_ask *ask, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf path = PT_BUF(1024);
    pt_buf_put_safe(&path, pt_str_sub(ask->path, 0, pt_str_find(ask->path, '?')));
    pt_err_at(e, "%.*s, %s %.*s", PT_PRI(c->config.server), ask->method, PT_PRI(pt_buf_str(&path)));
}

pt_code pt_cluster_request(pt_cluster *c, const pt_cluster_ask *ask, pt_http_answer *ret,
                           pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf url = PT_BUF(64 << 10);
    pt_buf_printf(&url, "%.*s%.*s%c", PT_PRI(c->base), PT_PRI(ask->path), '\0');
    pt_code code = PT_OK;
    if (!is_plain(ask->path) || ask->path.p[0] != '/' || pt_str_find(ask->path, '#') < ask->path.n)
        code = pt_err_set(e, PT_E_USAGE, "this is no path of a request");
    else if (url.full)
        code = pt_err_set(e, PT_E_LIMIT, "the path is too long");
    else
        code = send_until_taken(c, ask, url.p, ret, e);
    if (code)
        pt_cluster_asked(c, ask, e);
    return code;
}

// -- answers --------------------------------------------------------------------------------------

static pt_code code_of(int64_t status) {
    static const struct {
        int64_t status;
        pt_code code;
    } codes[] = {{401, PT_E_DENIED},   {403, PT_E_DENIED},     {404, PT_E_ABSENT},
                 {410, PT_E_CONFLICT}, {413, PT_E_LIMIT},      {408, PT_E_TIMEOUT},
                 {504, PT_E_TIMEOUT},  {406, PT_E_UNSUPPORTED}};
    for (size_t i = 0; i < PT_COUNT(codes); i++)
        if (codes[i].status == status)
            return codes[i].code;
    return PT_E_IO;
}

static const char *remedy_of(int64_t status) {
    return status == 401   ? "the token or certificate is not (or no longer) known to the server"
           : status == 403 ? "kubectl auth can-i must allow it: bind a ClusterRole that does"
           : status == 429 ? "the server is busy: ask later, or less"
           : status / 100 == 3 ? "the address of the kubeconfig must be the API server's own: no "
                                 "redirect is followed"
                               : NULL;
}

// What we showed the server does not come back into a log.
static bool shows_token(const pt_cluster *c, pt_str said) {
    pt_str token = pt_str_sub(pt_buf_str(&c->bearer), sizeof BEARER - 1, c->bearer.n);
    return token.n > 1 && pt_str_has(said, pt_str_sub(token, 0, token.n - 1));
}

pt_code pt_cluster_status(const pt_cluster *c, int64_t code, pt_value status, pt_err *e) {
    pt_str said = pt_text(pt_getz(status, "message"));
    PT_AUTO(pt_buf_done) pt_buf shown = PT_BUF(2048);
    if (!c || !shows_token(c, said))
        pt_buf_put_safe(&shown, pt_str_sub(said, 0, MESSAGE_BYTES));
    pt_str text = pt_buf_str(&shown);
    pt_err_set(e, code_of(code), text.n ? "status %d: %.*s" : "status %d%.*s", (int)code,
               PT_PRI(text));
    const char *remedy = remedy_of(code);
    if (remedy)
        pt_err_remedy(e, "%s", remedy);
    return code_of(code);
}

pt_code pt_cluster_refused(const pt_cluster *c, const pt_cluster_ask *ask,
                           const pt_http_answer *answer, pt_err *e) {
    pt_arena a = {.bytes_max = PT_CLUSTER_OBJECT_BYTES_MAX};
    pt_value said = pt_undefined();
    const pt_json_opts opts = {.depth_max = PT_CLUSTER_JSON_DEPTH_MAX};
    PT_IGNORE(pt_json_parse(&a, pt_buf_str(&answer->body), &opts, &said, NULL)); // perhaps no JSON
    pt_code code = pt_cluster_status(c, answer->status, said, e);
    pt_cluster_asked(c, ask, e);
    pt_arena_done(&a);
    return code;
}

static pt_code parse(pt_cluster *c, pt_arena *a, const pt_cluster_ask *ask, pt_str body,
                     pt_value *ret, pt_err *e) {
    const pt_json_opts opts = {.depth_max = PT_CLUSTER_JSON_DEPTH_MAX, .dup_refuse = true};
    pt_str kept = pt_arena_str(a, body);
    pt_code code = kept.p ? pt_json_parse(a, kept, &opts, ret, e)
                          : pt_err_set(e, PT_E_NOMEM, "no memory for the answer");
    if (code)
        pt_cluster_asked(c, ask, e);
    return code;
}

pt_code pt_cluster_get(pt_cluster *c, pt_arena *a, const pt_cluster_ask *ask, pt_value *ret,
                       pt_err *e) {
    pt_http_answer answer;
    pt_code code = pt_cluster_request(c, ask, &answer, e);
    if (code)
        return code;
    code = answer.status == 200 ? parse(c, a, ask, pt_buf_str(&answer.body), ret, e)
                                : pt_cluster_refused(c, ask, &answer, e);
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    return code;
}

pt_code pt_cluster_send(pt_cluster *c, pt_arena *a, const pt_cluster_call *call,
                        pt_cluster_result *ret, pt_err *e) {
    const pt_cluster_ask ask = {.method = call->method,
                                .path = pt_str_of(call->path),
                                .type = call->type,
                                .body = call->body};
    pt_http_answer answer;
    pt_code code = pt_cluster_request(c, &ask, &answer, e);
    if (code)
        return code;
    pt_cluster_result result = {.status = answer.status};
    code = parse(c, a, &ask, pt_buf_str(&answer.body), &result.value, e);
    if (code == PT_E_FORMAT) // not JSON: that may be what this path gives
        code = PT_OK;
    if (!code)
        *ret = result;
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    return code;
}
