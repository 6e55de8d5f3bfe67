// Requests to a registry, and to where it leads.
#include <time.h>

#include "collect/registry/limits.h"
#include "collect/registry/registry_impl.h"

enum {
    HEADERS_MAX = 4,
};

void pt_session_done(pt_session *s) {
    pt_web_done(&s->web);
}

// -- the first words ------------------------------------------------------------------------------

static pt_code greet(pt_session *s, const char *scheme, int *ret_status, pt_err *e) {
    pt_str host = s->r->ref.host;
    pt_str base = pt_str_eqz(host, "docker.io")
                      ? pt_arena_printf(s->a, "%s://registry-1.docker.io", scheme)
                      : pt_arena_printf(s->a, "%s://%.*s", scheme, PT_PRI(host));
    pt_str url = pt_arena_printf(s->a, "%.*s/v2/", PT_PRI(base));
    pt_origin *o = NULL;
    pt_http_answer answer = {0};
    if (!url.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_web_origin(&s->web, base, &o, e);
    if (!code)
        code = pt_http_send(o->http, url.p, &(pt_http_request){.method = "GET"}, &answer, e);
    if (code)
        return code;
    *ret_status = answer.status;
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    return PT_OK;
}

pt_code pt_session_open(pt_session *s, pt_arena *a, const pt_registry *r, pt_err *e) {
    s->a = a;
    s->r = r;
    s->tls = (pt_http_tls){.ca = r->ca, .system = r->ca.n > 0};
    s->web = (pt_web){.a = a, .names = r->names, .tls = &s->tls, .plain = r->insecure};
    int status = 0;
    pt_code code = greet(s, "https", &status, e);
    bool silent = s->web.n > 0 && pt_http_status(s->web.origins[0].http) == 0;
    bool plain = silent && (r->insecure || s->web.origins[0].at.loopback);
    if (code != PT_E_IO || !silent)
        return code;
    pt_err_remedy(e, "is it there, and its certificate signed? /etc/docker/certs.d/HOST/ca.crt may "
                     "sign; --insecure-registry: without TLS");
    if (!plain)
        return code;
    pt_session_done(s);
    pt_err over_plain = {0};
    code = greet(s, "http", &status, &over_plain);
    bool speaks = !code && (status == 200 || status == 401); // a port with TLS says 400
    return speaks ? PT_OK : e->code;
}

// -- requests -------------------------------------------------------------------------------------

// One request with all that it takes.
typedef struct asking {
    const pt_session_ask *g;
    pt_str url; // where it leads now
    bool logged_in, again;
    unsigned hops, tries;
} asking;

static pt_code send_once(pt_session *s, const asking *q, pt_origin *o, pt_http_answer *ret,
                         pt_err *e) {
    const char *headers[HEADERS_MAX];
    size_t n = 0;
    pt_assert(q->g->n_headers < HEADERS_MAX);
    for (; n < q->g->n_headers; n++)
        headers[n] = q->g->headers[n];
    if (o == &s->web.origins[0] && s->authorization.n) // nobody else gets it
        headers[n++] = s->authorization.p;
    const pt_http_request r = {.method = q->g->method ? q->g->method : "GET",
                               .headers = headers,
                               .n_headers = n,
                               .body = q->g->body,
                               .take = q->g->take,
                               .take_context = q->g->context,
                               .idle_ms = PT_WEB_IDLE_MS};
    s->now = o->http;
    return pt_http_send(o->http, q->url.p, &r, ret, e);
}

static bool is_one_of(int status, const int *of, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (of[i] == status)
            return true;
    return false;
}

// As long as it says, or a little longer each time.
static void wait_for(const asking *q, pt_str head) {
    int64_t seconds = 0;
    if (!pt_str_int(pt_head_value(head, "retry-after", 0), 10, &seconds) || seconds < 0)
        seconds = 1 << q->tries;
    if (seconds > PT_RETRY_SECONDS_MAX)
        seconds = PT_RETRY_SECONDS_MAX;
    nanosleep(&(struct timespec){.tv_sec = (time_t)seconds}, NULL);
}

// What an answer that is not yet the one asks us to do; q->again: it was done.
static pt_code go_on(pt_session *s, asking *q, bool own, const pt_http_answer *answer, pt_err *e) {
    static const int later[] = {429, 500, 502, 503, 504};
    pt_str head = pt_buf_str(&answer->head);
    pt_str location = pt_head_value(head, "location", 0);
    if (answer->status == 401 && own && !q->logged_in) {
        pt_challenge c = pt_challenge_of(s->a, head);
        q->logged_in = q->again = true;
        return pt_session_login(s, &c, e);
    }
    bool moved = pt_status_moved(answer->status) && (!q->g->method || answer->status > 303);
    if (moved && location.n && q->hops++ < PT_WEB_REDIRECTS_MAX) {
        q->url = pt_url_joined(s->a, q->url, location);
        q->again = true;
        return q->url.p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    if (is_one_of(answer->status, later, PT_COUNT(later)) && q->tries < PT_TRIES_MAX) {
        wait_for(q, head);
        q->tries++;
        q->again = true;
        return PT_OK;
    }
    return pt_session_refused(s, answer, e);
}

static bool is_answer(const asking *q, int status) {
    static const int to_get[] = {200, 206};
    static const int to_write[] = {200, 201, 202, 204};
    return q->g->method ? is_one_of(status, to_write, PT_COUNT(to_write))
                        : is_one_of(status, to_get, PT_COUNT(to_get));
}

static pt_code step(pt_session *s, asking *q, pt_http_answer *ret, pt_err *e) {
    pt_origin *o = NULL;
    pt_http_answer answer = {0};
    q->again = false;
    pt_code code = pt_web_origin(&s->web, q->url, &o, e);
    if (code)
        return code;
    pt_assert(o);
    code = send_once(s, q, o, &answer, e);
    if (code)
        return code;
    if (is_answer(q, answer.status)) {
        *ret = answer;
        return PT_OK;
    }
    code = go_on(s, q, o == &s->web.origins[0], &answer, e);
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    return code;
}

pt_code pt_session_send(pt_session *s, const pt_session_ask *g, pt_http_answer *ret, pt_err *e) {
    bool own = pt_str_starts(g->url, PT_STR("/"));
    asking q = {.g = g, .url = g->url, .again = true};
    if (own)
        q.url = pt_arena_printf(s->a, "%.*s%.*s", PT_PRI(s->web.origins[0].url), PT_PRI(g->url));
    pt_code code = q.url.p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
    while (!code && q.again)
        code = step(s, &q, ret, e);
    return code;
}
