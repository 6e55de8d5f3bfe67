#include "cli/net.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/instant.h"
#include "http/client.h"

enum {
    PEM_BYTES_MAX = 4 << 20,
    LINES_MAX = 1000,
};

// -- names ----------------------------------------------------------------------------------------

static const pt_cli_host *find_host(const pt_cli_net *n, pt_str name) {
    for (size_t i = 0; i < n->hosts.n; i++)
        if (pt_str_eq(n->hosts.v[i].name, name))
            return &n->hosts.v[i];
    return NULL;
}

// A name that is not found is an error of those who ask for it.
static bool add_name(pt_cli_net *n, pt_str name) {
    if (find_host(n, name))
        return true;
    pt_str z = pt_arena_str(&n->arena, name);
    pt_cli_host *h = z.p ? PT_PUSH(&n->arena, &n->hosts) : NULL;
    if (!h)
        return false;
    *h = (pt_cli_host){.name = z};
    PT_IGNORE(pt_http_resolve_name(z.p, &h->found, &h->why)); // h->why has it
    return true;
}

static bool add_place(pt_cli_net *n, const pt_net_place *place) {
    pt_net_place *slot = PT_PUSH(&n->arena, &n->places);
    if (!slot)
        return false;
    *slot = *place;
    return place->literal || add_name(n, place->host);
}

// -- requests -------------------------------------------------------------------------------------

static pt_net_end ends(pt_call *c, pt_net_end end, pt_net_answer *ret, pt_str why) {
    ret->why = why;
    if (!why.p)
        pt_call_full(c);
    return end;
}

// The addresses of the host that may be connected to.
static pt_net_end find_addresses(const pt_cli_net *n, pt_call *c, const pt_net_url *u, pt_host *to,
                                 pt_net_answer *ret) {
    pt_host one = {.n = 1};
    const pt_cli_host *h = u->literal ? NULL : find_host(n, u->host);
    const pt_host *from = u->literal ? &one : h ? &h->found : NULL;
    if (u->literal)
        memcpy(one.address[0], u->host.p, u->host.n); // at most 39 bytes
    if (!from || (h && h->why.code))
        return ends(
            c, PT_NET_FAILED, ret,
            pt_arena_printf(c->arena, "dial tcp: lookup %.*s: no such host", PT_PRI(u->host)));
    *to = (pt_host){.port = u->port};
    for (size_t i = 0; i < from->n; i++)
        if (pt_net_allows_address(&n->allow, u, pt_str_of(from->address[i])))
            memcpy(to->address[to->n++], from->address[i], PT_ADDRESS_BYTES);
    if (to->n)
        return PT_NET_ANSWERED;
    return ends(c, PT_NET_REFUSED, ret,
                pt_arena_printf(c->arena,
                                "%.*s is %s, an address that is not public: it has to be allowed "
                                "itself (--allow-net %s)",
                                PT_PRI(u->host), from->address[0], from->address[0]));
}

// -- TLS ------------------------------------------------------------------------------------------

static pt_net_end wrong(pt_call *c, pt_net_answer *ret, const char *before, pt_str name,
                        const char *behind) {
    return ends(c, PT_NET_WRONG, ret,
                pt_arena_printf(c->arena, "%s \"%.*s\"%s", before, PT_PRI(name), behind));
}

// All of a file or of a variable, into *ret; a name that is empty leaves it alone.
static pt_net_end read_file(pt_call *c, pt_str path, pt_str *ret, pt_net_answer *answer) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PEM_BYTES_MAX);
    pt_str z = pt_arena_str(c->arena, path);
    if (!path.n)
        return PT_NET_ANSWERED;
    PT_AUTO(pt_fd_close)
    int fd = z.p ? open(z.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    const char *why = fd < 0 ? pt_errno_text(errno) : "it cannot be read";
    if (fd < 0 || pt_fd_read_all(fd, &b, NULL))
        return ends(c, PT_NET_WRONG, answer,
                    pt_arena_printf(c->arena, "open %.*s: %.*s", PT_PRI(path),
                                    PT_PRI(pt_arena_lower(c->arena, pt_str_of(why)))));
    *ret = pt_arena_str(c->arena, pt_buf_str(&b));
    return ret->p ? PT_NET_ANSWERED : ends(c, PT_NET_WRONG, answer, *ret);
}

static void read_variable(pt_call *c, pt_str name, pt_str *ret) {
    pt_str z = pt_arena_str(c->arena, name);
    if (name.n && z.p)
        *ret = pt_str_of(getenv(z.p));
}

static bool has_pem(pt_str text, const char *begin) {
    return pt_str_has(text, pt_str_of(begin));
}

// Policies write authorities with a backslash and an n for line breaks, too.
static pt_str with_breaks(pt_call *c, pt_str s) {
    static const pt_str written = PT_STR("\\n");
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(s.n);
    while (s.n) {
        size_t at = pt_str_find_str(s, written);
        pt_buf_put(&b, pt_str_sub(s, 0, at));
        if (at < s.n)
            pt_buf_putc(&b, '\n');
        s = pt_str_sub(s, at + written.n, s.n);
    }
    return pt_arena_str(c->arena, pt_buf_str(&b));
}

static pt_net_end read_authorities(pt_call *c, const pt_net_tls *t, pt_str *ret,
                                   pt_net_answer *answer) {
    static const char begin[] = "-----BEGIN CERTIFICATE";
    *ret = with_breaks(c, t->ca);
    if (t->ca.n && !has_pem(*ret, begin))
        return ends(c, PT_NET_WRONG, answer, PT_STR("could not append certificates"));
    pt_net_end end = read_file(c, t->ca_file, ret, answer);
    if (end == PT_NET_ANSWERED && t->ca_file.n && !has_pem(*ret, begin))
        return wrong(c, answer, "could not append CA certificates from", t->ca_file, "");
    read_variable(c, t->ca_env, ret);
    if (end == PT_NET_ANSWERED && t->ca_env.n && !has_pem(*ret, begin))
        return wrong(c, answer, "could not add CA certificates from envvar", t->ca_env,
                     ": could not append certificates");
    return end;
}

// Ours: both a certificate and its key, from the same kind of place.
static pt_net_end read_pair(pt_call *c, const pt_net_tls *t, pt_http_tls *tls,
                            pt_net_answer *answer) {
    pt_net_end end = PT_NET_ANSWERED;
    bool texts = t->cert.n && t->key.n;
    bool files = t->cert_file.n && t->key_file.n;
    bool variables = t->cert_env.n && t->key_env.n;
    if (texts) {
        tls->cert = t->cert;
        tls->key = t->key;
    }
    if (files)
        end = read_file(c, t->cert_file, &tls->cert, answer);
    if (files && end == PT_NET_ANSWERED)
        end = read_file(c, t->key_file, &tls->key, answer);
    if (variables) {
        read_variable(c, t->cert_env, &tls->cert);
        read_variable(c, t->key_env, &tls->key);
    }
    if (end != PT_NET_ANSWERED || !(texts || files || variables))
        return end;
    bool bad = !has_pem(tls->cert, "-----BEGIN CERTIFICATE");
    if (!bad && has_pem(tls->key, "-----BEGIN "))
        return end;
    return ends(c, PT_NET_WRONG, answer,
                pt_arena_printf(c->arena, "tls: failed to find any PEM data in %s input",
                                bad ? "certificate" : "key"));
}

static pt_net_end read_tls(pt_call *c, const pt_net_tls *t, pt_http_tls *tls, pt_net_answer *ret) {
    *tls = (pt_http_tls){.insecure = t->insecure, .system = t->system};
    pt_net_end end = read_authorities(c, t, &tls->ca, ret);
    return end == PT_NET_ANSWERED ? read_pair(c, t, tls, ret) : end;
}

// -- sending --------------------------------------------------------------------------------------

// What is sent, as libcurl wants it.
typedef struct lines {
    const char *v[LINES_MAX];
    size_t n;
    bool own_coding; // the policy asks for a coding, or a part: it gets what comes
} lines;

static bool make_lines(pt_call *c, pt_value headers, lines *l) {
    for (size_t i = 0; i < pt_len(headers) && l->n < LINES_MAX; i++) {
        pt_str name = pt_text(pt_key_at(headers, i));
        pt_str value = pt_str_trim(pt_text(pt_val_at(headers, i)));
        pt_str line = value.n ? pt_arena_printf(c->arena, "%.*s: %.*s", PT_PRI(name), PT_PRI(value))
                              : pt_arena_printf(c->arena, "%.*s;", PT_PRI(name));
        if (!line.p)
            return false;
        l->own_coding =
            l->own_coding || pt_str_eqz(name, "Accept-Encoding") || pt_str_eqz(name, "Range");
        l->v[l->n++] = line.p;
    }
    return true;
}

static bool stop(void *call) {
    return pt_call_stop(call);
}

// Until the deadline, which is not over: that would be no limit to libcurl.
static uint32_t milliseconds(int64_t deadline_ns) {
    if (!deadline_ns)
        return INT32_MAX;
    int64_t left = (deadline_ns - pt_monotonic_ns()) / 1000000;
    return left < 1 ? 1 : left > INT32_MAX ? INT32_MAX : (uint32_t)left;
}

// Policies may know what Go's client says.
static pt_str in_gos_words(pt_arena *a, pt_str ours) {
    static const char unknown[] =
        "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    static const struct {
        const char *ours, *gos;
    } rows[] = {{"Empty reply from server", "EOF"},
                {"getpeername() failed", "EOF"}, // closed while TLS begins
                {"Recv failure: Connection reset", "read: connection reset by peer"},
                {"SSL certificate problem: unable to get", unknown},
                {"SSL certificate problem: self-signed", unknown},
                {"SSL certificate problem: self signed", unknown}};
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        if (pt_str_starts(ours, pt_str_of(rows[i].ours)))
            return pt_str_of(rows[i].gos);
    return pt_arena_printf(
        a, pt_str_starts(ours, PT_STR("SSL")) ? "tls: failed to verify certificate: %.*s" : "%.*s",
        PT_PRI(ours));
}

static pt_net_end explain(pt_call *c, const pt_host *to, const pt_err *e, bool begun,
                          pt_net_answer *ret) {
    pt_arena *a = c->arena;
    bool six = strchr(to->address[0], ':') != NULL;
    switch (e->code) {
    case PT_E_TIMEOUT:
        return ends(c, begun ? PT_NET_CUT : PT_NET_LATE, ret, PT_STR("no answer in time"));
    case PT_E_FORMAT:
        return ends(c, PT_NET_FAILED, ret, PT_STR("net/http: malformed HTTP response"));
    case PT_E_LIMIT:
        return ends(c, PT_NET_TOO_LARGE, ret, PT_STR("the answer is too large"));
    case PT_E_NOMEM:
        return ends(c, PT_NET_FAILED, ret, (pt_str){0});
    default:
        break;
    }
    if (!e->sys)
        return ends(c, PT_NET_FAILED, ret, in_gos_words(a, pt_str_of(e->what)));
    pt_str why = pt_arena_lower(a, pt_str_of(pt_errno_text(e->sys)));
    return ends(c, PT_NET_FAILED, ret,
                pt_arena_printf(
                    a, six ? "dial tcp [%s]:%u: connect: %.*s" : "dial tcp %s:%u: connect: %.*s",
                    to->address[0], to->port, PT_PRI(why)));
}

// A name for the server that is not its host is what libcurl gets as the URL's host: it connects to
// the addresses that it is given anyway.
static pt_str url_of(pt_call *c, const pt_net_request *r) {
    const pt_net_url *u = r->url;
    pt_str as = u->tls && r->tls->server_name.n ? r->tls->server_name : u->host;
    bool six = pt_str_find(as, ':') < as.n;
    return pt_arena_printf(c->arena, six ? "%s://[%.*s]:%u%.*s" : "%s://%.*s:%u%.*s",
                           u->tls ? "https" : "http", PT_PRI(as), u->port, PT_PRI(u->target));
}

static pt_net_end take(pt_call *c, const pt_http_answer *got, bool unpack, pt_net_answer *ret) {
    pt_str head = pt_buf_str(&got->head);
    bool unpacked = unpack && pt_str_has(head, PT_STR("gzip"));
    pt_str copy = pt_arena_str(c->arena, head);
    ret->body = pt_arena_str(c->arena, pt_buf_str(&got->body));
    bool good = copy.p && ret->body.p && pt_net_head_read(c->arena, copy, unpacked, ret);
    if (c->arena->full)
        return ends(c, PT_NET_FAILED, ret, (pt_str){0});
    return good ? PT_NET_ANSWERED
                : ends(c, PT_NET_FAILED, ret, PT_STR("net/http: malformed HTTP response"));
}

static pt_net_end send_to(pt_call *c, const pt_host *to, const pt_net_request *r,
                          const pt_http_tls *tls, pt_net_answer *ret) {
    pt_str url = url_of(c, r);
    pt_str host = pt_arena_str(c->arena, r->host);
    pt_str method = pt_arena_str(c->arena, r->method);
    lines l = {0};
    if (!url.p || !host.p || !method.p || !make_lines(c, r->headers, &l))
        return ends(c, PT_NET_FAILED, ret, (pt_str){0});
    pt_http_opts opts = {.unix_socket = -1,
                         .host = host.p,
                         .to = to,
                         .tls = r->url->tls ? tls : NULL,
                         .timeout_ms = milliseconds(r->deadline_ns),
                         .body_bytes_max = r->body_bytes_max};
    const pt_http_request request = {.method = method.p,
                                     .headers = l.v,
                                     .n_headers = l.n,
                                     .body = r->body,
                                     .unpack = !l.own_coding && strcmp(method.p, "HEAD") != 0,
                                     .stop = stop,
                                     .stop_context = c};
    pt_http_client *client = NULL;
    pt_http_answer got = {0};
    pt_err e = {0};
    pt_code code = pt_http_client_new(&client, &opts, &e);
    if (!code)
        code = pt_http_send(client, url.p, &request, &got, &e);
    bool begun = client && pt_http_status(client) != 0;
    pt_http_client_free(client);
    pt_net_end end = code ? explain(c, to, &e, begun, ret) : take(c, &got, request.unpack, ret);
    pt_buf_done(&got.head);
    pt_buf_done(&got.body);
    return end;
}

static pt_net_end fetch(void *context, pt_call *c, const pt_net_request *r, pt_net_answer *ret) {
    const pt_cli_net *n = context;
    pt_host to;
    pt_http_tls tls = {0};
    pt_net_end end = find_addresses(n, c, r->url, &to, ret);
    if (end == PT_NET_ANSWERED)
        end = read_tls(c, r->tls, &tls, ret);
    return end == PT_NET_ANSWERED ? send_to(c, &to, r, &tls, ret) : end;
}

static pt_net_end lookup(void *context, pt_call *c, pt_str name, pt_list *ret, pt_str *ret_why) {
    const pt_cli_net *n = context;
    pt_net_place place;
    pt_err e = {0};
    if (pt_net_place_read(c->arena, name, &place, &e) || place.port ||
        !pt_net_allows_name(&n->allow, place.host))
        return PT_NET_REFUSED;
    const pt_cli_host *h = place.literal ? NULL : find_host(n, place.host);
    if (place.literal)
        pt_list_add(ret, pt_string(place.host));
    else if (!h || h->why.code) {
        *ret_why = PT_STR("no such host");
        return PT_NET_FAILED;
    }
    for (size_t i = 0; h && i < h->found.n; i++)
        pt_list_add(ret, pt_stringz(h->found.address[i]));
    return PT_NET_ANSWERED;
}

// -- the option -----------------------------------------------------------------------------------

// libcurl is loaded, and sets itself up, while files may be read and there is one thread.
static pt_code warm_up(pt_err *e) {
    pt_http_client *c = NULL;
    pt_code code = pt_http_client_new(&c, &(pt_http_opts){.unix_socket = -1}, e);
    pt_http_client_free(c);
    return code;
}

pt_code pt_cli_net_open(pt_cli_net *n, const pt_args *args, const pt_net **ret_net, pt_err *e) {
    const char *text;
    *n = (pt_cli_net){0};
    *ret_net = NULL;
    for (size_t i = 0; (text = pt_args_nth(args, "allow-net", i)) != NULL; i++) {
        pt_net_place place;
        pt_code code = pt_net_place_read(&n->arena, pt_str_of(text), &place, e);
        if (code)
            return code;
        if (!add_place(n, &place))
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    if (!n->places.n)
        return PT_OK;
    n->allow = (pt_net_allow){n->places.v, n->places.n};
    n->net = (pt_net){&n->allow, fetch, lookup, n};
    *ret_net = &n->net;
    return warm_up(e);
}

void pt_cli_net_close(pt_cli_net *n) {
    pt_arena_done(&n->arena);
}
