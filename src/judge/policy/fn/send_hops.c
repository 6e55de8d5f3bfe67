// Sending: redirects, as Go's client follows them (but that nothing of the policy's own goes on to
// another server), and retries.
#include <time.h>

#include "base/instant.h"
#include "judge/policy/fn/encoding.h"
#include "judge/policy/fn/send.h"
#include "judge/policy/fn/time.h"

enum {
    HOPS_MAX = 10,
    BODY_BYTES_MAX = 64 << 20, // of an answer, unpacked
};
#define RETRY_NS_MIN (INT64_C(100) * 1000000)
#define RETRY_NS_MAX (INT64_C(60) * PT_NS)
#define NAP_NS       (INT64_C(10) * 1000000)

// One request on the way that redirects lead.
typedef struct hop {
    pt_send_job *j;
    pt_str method;
    pt_net_url url;
    pt_value headers; // of the request
    bool body;        // is sent
    bool foreign;     // another server than the policy's has sent us here
    bool named;       // the Host that the policy gives still counts
    int64_t deadline_ns;
} hop;

// -- headers --------------------------------------------------------------------------------------

typedef PT_VEC(pt_value) values;

static bool push(pt_arena *a, values *pairs, pt_value name, pt_value text) {
    pt_value *p = PT_PUSH(a, pairs);
    if (p)
        *p = name;
    p = p ? PT_PUSH(a, pairs) : NULL;
    if (p)
        *p = text;
    return p;
}

// What is written apart from the headers, or not at all; what a body that is dropped leaves; and
// all that may be a secret of the policy's, at another server.
static bool sent(const hop *h, pt_str name) {
    static const pt_str apart = PT_STR("Host Content-Length Transfer-Encoding Trailer");
    static const pt_str of_body =
        PT_STR("Content-Encoding Content-Language Content-Location Content-Type");
    static const pt_str plain = PT_STR("Accept Accept-Language Accept-Encoding Content-Encoding "
                                       "Content-Language Content-Type User-Agent");
    if (pt_str_in_list(name, apart, ' ') || (!h->body && pt_str_in_list(name, of_body, ' ')))
        return false;
    return !h->foreign || pt_str_in_list(name, plain, ' ');
}

// "Basic …" of name and password in a URL.
static pt_value authorization(pt_call *c, pt_str user) {
    pt_value text = pt_string(user);
    pt_value coded = pt_fn_base64_encode(c, &text);
    pt_str all = pt_arena_printf(c->arena, "Basic %.*s", PT_PRI(pt_text(coded)));
    return all.p ? pt_string(all) : pt_undefined();
}

static pt_value headers_of(const hop *h) {
    pt_arena *a = h->j->c->arena;
    values pairs = {0};
    bool ok = true;
    for (size_t i = 0; i < pt_len(h->headers); i++) {
        pt_value name = pt_key_at(h->headers, i);
        if (sent(h, pt_text(name)))
            ok = ok && push(a, &pairs, name, pt_val_at(h->headers, i));
    }
    pt_value own = pt_object_of(a, pairs.v, pairs.n / 2, NULL);
    if (!pt_defined(pt_getz(own, "User-Agent")))
        ok = ok && push(a, &pairs, pt_stringz("User-Agent"), pt_stringz("Paratia/" PT_VERSION));
    if (h->url.user.p && !pt_defined(pt_getz(own, "Authorization")))
        ok =
            ok && push(a, &pairs, pt_stringz("Authorization"), authorization(h->j->c, h->url.user));
    return ok ? pt_object_of(a, pairs.v, pairs.n / 2, NULL) : pt_undefined();
}

// -- what goes wrong ------------------------------------------------------------------------------

static bool late(hop *h) {
    static const pt_str why =
        PT_STR("context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
    pt_send_failed(h->j, h->url.shown, why);
    h->j->problem.raised = pt_arena_printf(h->j->c->arena, "%.*s %.*s: request timed out",
                                           PT_PRI(pt_send_operation(h->j)), PT_PRI(h->url.shown));
    return false;
}

// Where a policy may not go ends the evaluation, whoever leads there: a rule that denies must not
// pass because it is undefined.
static bool not_answered(hop *h, pt_net_end end, pt_str why) {
    pt_send_job *j = h->j;
    switch (end) {
    case PT_NET_LATE:
        return late(h);
    case PT_NET_CUT:
    case PT_NET_WRONG:
        if (end == PT_NET_CUT)
            why = PT_STR("context deadline exceeded (Client.Timeout or context cancellation while "
                         "reading body)");
        pt_send_wrong(j, PT_FAULT_BUILTIN, "%.*s", PT_PRI(why));
        j->problem.placed = true;
        return false;
    case PT_NET_REFUSED:
        return pt_send_wrong(j, PT_FAULT_END, "refused: %.*s", PT_PRI(why));
    case PT_NET_TOO_LARGE:
        return pt_send_wrong(j, PT_FAULT_LIMIT, "the answer is larger than %d bytes",
                             BODY_BYTES_MAX);
    default:
        return pt_send_failed(h->j, h->url.shown, why);
    }
}

// -- hops -----------------------------------------------------------------------------------------

static bool send_one(hop *h, pt_net_answer *ret) {
    pt_send_job *j = h->j;
    pt_call *c = j->c;
    pt_net_tls tls = j->tls;
    if (h->foreign) { // who we are is for the policy's own server
        tls.cert = tls.cert_file = tls.cert_env = (pt_str){0};
        tls.key = tls.key_file = tls.key_env = (pt_str){0};
        tls.server_name = (pt_str){0};
    }
    pt_net_request r = {.method = h->method,
                        .url = &h->url,
                        .headers = headers_of(h),
                        .host = h->named && j->host.n ? j->host : h->url.authority,
                        .body = h->body ? j->body : (pt_str){0},
                        .tls = &tls,
                        .deadline_ns = h->deadline_ns,
                        .body_bytes_max = BODY_BYTES_MAX};
    *ret = (pt_net_answer){0};
    if (!pt_defined(r.headers))
        return pt_defined(pt_call_full(c));
    pt_net_end end = c->world->net->fetch(c->world->net->context, c, &r, ret);
    if (pt_call_stop(c))
        return false;
    if (c->arena->full)
        return pt_defined(pt_call_full(c));
    return end == PT_NET_ANSWERED || not_answered(h, end, ret->why);
}

static bool same_server(const pt_net_url *a, const pt_net_url *b) {
    return a->tls == b->tls && a->port == b->port && pt_str_eq(a->host, b->host);
}

// Where `location` leads; false: with a problem, it may not.
static bool read_location(hop *h, pt_str location, pt_net_url *ret) {
    pt_call *c = h->j->c;
    const pt_net_allow *allow = c->world->net->allow;
    pt_str why = {0};
    pt_net_fit fit =
        pt_net_url_read(c->arena, pt_net_url_join(c->arena, &h->url, location), ret, &why);
    if (c->arena->full)
        return pt_defined(pt_call_full(c));
    bool odd = fit == PT_NET_BROKEN && pt_str_starts(why, PT_STR("invalid host "));
    if (odd || fit == PT_NET_UNSUPPORTED)
        return pt_send_wrong(h->j, PT_FAULT_END, "refused: %.*s redirects: %.*s",
                             PT_PRI(h->url.authority), PT_PRI(why));
    pt_str quoted = pt_call_quoted(c, location);
    if (fit == PT_NET_BROKEN)
        return pt_send_failed(
            h->j, h->url.shown,
            pt_arena_printf(c->arena, "failed to parse Location header %.*s: parse %.*s: %.*s",
                            PT_PRI(quoted), PT_PRI(quoted), PT_PRI(why)));
    if (!allow || pt_net_allows(allow, ret))
        return true;
    return pt_send_wrong(h->j, PT_FAULT_END, "refused: %.*s redirects to disallowed host %.*s",
                         PT_PRI(h->url.authority), PT_PRI(ret->authority));
}

// Go on to where the answer leads.
static bool next_hop(hop *h, int status, pt_str location) {
    pt_net_url url;
    size_t colon = pt_str_find(location, ':');
    bool absolute = pt_str_starts(location, PT_STR("//")) ||
                    (colon < location.n && colon < pt_str_find(location, '/') &&
                     colon < pt_str_find(location, '?'));
    if (!read_location(h, location, &url))
        return false;
    h->foreign = h->foreign || !same_server(&h->url, &url);
    h->named = h->named && !absolute;
    h->url = url;
    if (status == 307 || status == 308)
        return true;
    h->body = false;
    if (!pt_str_eqz(h->method, "HEAD"))
        h->method = PT_STR("GET");
    return true;
}

static bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool send_along(hop *h, pt_net_answer *ret) {
    for (size_t i = 0;; i++) {
        if (!send_one(h, ret))
            return false;
        pt_str location = pt_send_header(ret->headers, "location");
        if (!h->j->redirects || !is_redirect(ret->status) || !location.n)
            return true;
        if (i == HOPS_MAX)
            return pt_send_failed(h->j, location, PT_STR("stopped after 10 redirects"));
        if (!next_hop(h, ret->status, location))
            return false;
    }
}

// -- retries --------------------------------------------------------------------------------------

static void wait(pt_call *c, int64_t retry) {
    double ns = retry ? (double)RETRY_NS_MIN : 0;
    for (int64_t i = 0; i < retry && ns < (double)RETRY_NS_MAX; i++)
        ns *= 1.6;
    int64_t until =
        pt_monotonic_ns() + (int64_t)(ns < (double)RETRY_NS_MAX ? ns : (double)RETRY_NS_MAX);
    const struct timespec nap = {.tv_nsec = NAP_NS};
    while (pt_monotonic_ns() < until && !pt_call_stop(c))
        nanosleep(&nap, NULL);
}

// The request's own deadline, or the evaluation's if it comes before.
static int64_t deadline(const pt_send_job *j) {
    int64_t at = 0;
    int64_t end = j->c->world->deadline_ns;
    if (j->timeout_ns && __builtin_add_overflow(pt_monotonic_ns(), j->timeout_ns, &at))
        at = 0;
    return end && (!at || end < at) ? end : at;
}

bool pt_send_go(pt_send_job *j, pt_value conditions, pt_net_answer *ret) {
    pt_value headers = pt_send_merged(j->c->arena, j->headers, conditions);
    if (!pt_defined(headers))
        return pt_defined(pt_call_full(j->c));
    for (int64_t i = 0;; i++) {
        hop h = {.j = j,
                 .method = j->method,
                 .url = j->url,
                 .headers = headers,
                 .body = true,
                 .named = true,
                 .deadline_ns = deadline(j)};
        j->problem = (pt_send_problem){0};
        if (send_along(&h, ret))
            return true;
        if (j->c->fault || !j->problem.network || i >= j->retries)
            return false;
        wait(j->c, i);
        if (j->c->fault)
            return false;
    }
}
