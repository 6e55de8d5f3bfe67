#include "collect/web/web_impl.h"

// -- URLs and heads -------------------------------------------------------------------------------

// "https://host:5000" of a URL; empty: it is none that we take.
static pt_str origin_of(pt_str url) {
    static const pt_str schemes[] = {PT_STR("https://"), PT_STR("http://")};
    if (!url.p || url.n >= PT_WEB_URL_BYTES_MAX)
        return (pt_str){0};
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= ' ' || url.p[i] >= 0x7f || url.p[i] == '\\')
            return (pt_str){0};
    for (size_t i = 0; i < PT_COUNT(schemes); i++) {
        size_t end = schemes[i].n;
        if (!pt_str_starts(url, schemes[i]))
            continue;
        while (end < url.n && pt_str_find(PT_STR("/?#"), url.p[end]) == 3)
            end++;
        pt_str origin = pt_str_sub(url, 0, end);
        bool bare = pt_str_find(origin, '@') == origin.n; // no user of theirs
        return bare && end > schemes[i].n ? origin : (pt_str){0};
    }
    return (pt_str){0};
}

static bool is_plain(pt_str origin) {
    return pt_str_starts(origin, PT_STR("http://"));
}

pt_str pt_url_joined(pt_arena *a, pt_str from, pt_str to) {
    pt_str origin = origin_of(from);
    pt_str path = pt_str_sub(from, 0, pt_str_find(from, '?'));
    if (pt_str_find_str(to, PT_STR("://")) < pt_str_find(to, '/'))
        return pt_arena_str(a, to);
    if (pt_str_starts(to, PT_STR("//")))
        return pt_arena_printf(a, "%s:%.*s", is_plain(origin) ? "http" : "https", PT_PRI(to));
    if (pt_str_starts(to, PT_STR("/")))
        return pt_arena_printf(a, "%.*s%.*s", PT_PRI(origin), PT_PRI(to));
    return pt_arena_printf(a, "%.*s/%.*s", PT_PRI(pt_str_sub(path, 0, pt_str_rfind(path, '/'))),
                           PT_PRI(to));
}

bool pt_status_moved(int status) {
    static const int moved[] = {301, 302, 303, 307, 308};
    for (size_t i = 0; i < PT_COUNT(moved); i++)
        if (moved[i] == status)
            return true;
    return false;
}

pt_str pt_head_value(pt_str head, const char *name, size_t i) {
    pt_str line;
    while (pt_str_split(&head, '\n', &line)) {
        size_t colon = pt_str_find(line, ':');
        if (colon < line.n && pt_str_eq_nocase(pt_str_sub(line, 0, colon), pt_str_of(name)) &&
            i-- == 0)
            return pt_str_trim(pt_str_sub(line, colon + 1, line.n));
    }
    return (pt_str){0};
}

// -- servers --------------------------------------------------------------------------------------

// A server on the Internet has no business in our network, and one with TLS none without.
static pt_code may_go(const pt_web *w, pt_str origin, const pt_host *to, pt_err *e) {
    const pt_origin *own = w->n ? &w->origins[0] : NULL;
    bool local = own && is_plain(own->url) && own->at.loopback && to->loopback;
    bool plain = own ? local : to->loopback || w->plain;
    if (is_plain(origin) && !plain)
        return pt_err_set(e, PT_E_DENIED, "it leads to %.*s, without TLS", PT_PRI(origin));
    if (own && pt_host_is_private(to) && !pt_host_is_private(&own->at))
        return pt_err_set(e, PT_E_DENIED, "it leads into a private network: %.*s", PT_PRI(origin));
    return PT_OK;
}

pt_code pt_web_origin(pt_web *w, pt_str url, pt_origin **ret, pt_err *e) {
    static const pt_http_tls of_system;
    pt_str origin = origin_of(url);
    pt_host to = {0};
    if (!origin.n)
        return pt_err_set(e, PT_E_FORMAT, "it leads to what is no http or https URL");
    for (size_t i = 0; i < w->n; i++)
        if (pt_str_eq_nocase(w->origins[i].url, origin)) {
            *ret = &w->origins[i];
            return PT_OK;
        }
    if (w->n == PT_WEB_ORIGINS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "it leads to more than %d servers", PT_WEB_ORIGINS_MAX);
    pt_code code = pt_names_ask(w->names, origin, &to, e);
    if (!code)
        code = may_go(w, origin, &to, e);
    if (code)
        return code;
    const pt_http_tls *tls = w->n == 0 ? w->tls : &of_system;
    const pt_http_opts opts = {.unix_socket = -1,
                               .to = &to,
                               .tls = is_plain(origin) ? NULL : tls,
                               .timeout_ms = PT_WEB_CONNECT_MS,
                               .body_bytes_max = PT_WEB_BODY_BYTES_MAX};
    pt_origin *o = &w->origins[w->n];
    *o = (pt_origin){.url = pt_arena_str(w->a, origin), .at = to};
    code = o->url.p ? pt_http_client_new(&o->http, &opts, e)
                    : pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (code)
        return code;
    w->n++;
    *ret = o;
    return PT_OK;
}

void pt_web_done(pt_web *w) {
    for (size_t i = 0; i < w->n; i++)
        pt_http_client_free(w->origins[i].http);
    w->n = 0;
}

void pt_web_next(pt_web *w, pt_str url) {
    bool other = w->n && !pt_str_eq_nocase(w->origins[0].url, origin_of(url));
    if (other || w->n > PT_WEB_ORIGINS_MAX / 2) // it led elsewhere often
        pt_web_done(w);
}
