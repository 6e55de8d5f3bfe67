// The request of http.send: its fields, as OPA reads them.
#include <string.h>

#include "judge/policy/fn/quote.h"
#include "judge/policy/fn/send.h"
#include "judge/policy/fn/time.h"
#include "value/json.h"

#define TIMEOUT_NS_DEFAULT (INT64_C(5) * PT_NS)

static pt_value field(const pt_send_job *j, const char *name) {
    return pt_getz(j->request, name);
}

// The value as Rego writes it, in the arena.
static pt_str term_text(pt_send_job *j, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_fn_put_term(&b, v);
    pt_str s = pt_arena_str(j->c->arena, pt_buf_str(&b));
    if (!s.p || b.full)
        pt_call_full(j->c);
    return s;
}

static bool placed(pt_send_job *j) {
    j->problem.placed = true;
    return false;
}

// -- options --------------------------------------------------------------------------------------

static bool read_bool(pt_send_job *j, const char *name, bool *ret) {
    pt_value v = field(j, name);
    if (pt_defined(v) && pt_tag_of(v) != PT_BOOL)
        return pt_send_wrong(j, PT_FAULT_BUILTIN, "invalid value for \"%s\" field", name);
    *ret = pt_true(v);
    return true;
}

static bool read_force(pt_send_job *j) {
    pt_value v = field(j, "force_cache_duration_seconds");
    if (!pt_defined(v))
        return pt_send_wrong(
            j, PT_FAULT_BUILTIN,
            "'force_cache' set but 'force_cache_duration_seconds' parameter is missing");
    pt_str text = term_text(j, v);
    pt_str digits = text.n && (text.p[0] == '-') ? pt_str_sub(text, 1, text.n) : text;
    bool number = digits.n > 0;
    for (size_t i = 0; i < digits.n && number; i++)
        number = digits.p[i] >= '0' && digits.p[i] <= '9';
    if (number && pt_str_int(text, 10, &j->force_seconds) && j->force_seconds >= INT32_MIN &&
        j->force_seconds <= INT32_MAX)
        return true;
    return pt_send_wrong(j, PT_FAULT_BUILTIN, "strconv.ParseInt: parsing %.*s: %s",
                         PT_PRI(pt_call_quoted(j->c, text)),
                         number ? "value out of range" : "invalid syntax");
}

static bool is_ignored(pt_value ignored, pt_value name) {
    for (size_t i = 0; i < pt_len(ignored); i++)
        if (pt_eq(pt_at(ignored, i), name))
            return true;
    return false;
}

// An object without entries of these names; undefined: the arena is full.
static pt_value without(pt_arena *a, pt_value o, pt_value names) {
    pt_value *pairs = PT_NEW(a, pt_value, 2 * pt_len(o));
    size_t n = 0;
    for (size_t i = 0; i < pt_len(o) && pairs; i++) {
        if (is_ignored(names, pt_key_at(o, i)))
            continue;
        pairs[2 * n] = pt_key_at(o, i);
        pairs[2 * n++ + 1] = pt_val_at(o, i);
    }
    return pairs ? pt_object_of(a, pairs, n, NULL) : pt_undefined();
}

// Which answers caches give: the request without headers that are to be ignored.
static bool make_key(pt_send_job *j) {
    pt_arena *a = j->c->arena;
    pt_value ignored = field(j, "cache_ignored_headers");
    pt_value headers = field(j, "headers");
    pt_value own = pt_stringz("cache_ignored_headers");
    j->key = without(a, j->request, pt_array_of(a, &own, 1));
    if (pt_defined(ignored) && pt_tag_of(headers) == PT_OBJECT) {
        bool texts = pt_tag_of(ignored) == PT_ARRAY;
        for (size_t i = 0; i < pt_len(ignored) && texts; i++)
            texts = pt_tag_of(pt_at(ignored, i)) == PT_STRING;
        if (!texts)
            return pt_send_wrong(j, PT_FAULT_BUILTIN,
                                 "cache_ignored_headers must be an array of strings");
        pt_obj kept = {.a = a};
        pt_obj_set(&kept, "headers", without(a, headers, ignored));
        j->key = pt_send_merged(a, j->key, pt_obj_end(&kept));
    }
    return pt_defined(j->key) || pt_defined(pt_call_full(j->c));
}

bool pt_send_read_options(pt_send_job *j) {
    bool cache = false;
    bool force = false;
    if (!make_key(j))
        return false;
    bool good = read_bool(j, "cache", &cache) && read_bool(j, "force_cache", &force) &&
                (!force || read_force(j)) && read_bool(j, "force_json_decode", &j->json) &&
                read_bool(j, "force_yaml_decode", &j->yaml);
    j->shared = cache || force;
    return good || placed(j);
}

static bool read_retries(pt_send_job *j) {
    pt_value v = field(j, "max_retry_attempts");
    if (!pt_defined(v) ||
        (pt_tag_of(v) == PT_NUMBER && pt_to_int(v, &j->retries) && j->retries >= 0))
        return true;
    return pt_send_wrong(j, PT_FAULT_BUILTIN, "invalid value %.*s for field \"max_retry_attempts\"",
                         PT_PRI(term_text(j, v)));
}

// -- fields of what is sent -----------------------------------------------------------------------

typedef struct member {
    const char *name;
    bool (*read)(pt_send_job *j, const struct member *m, pt_value v);
    void *to; // where a text or a flag goes
} member;

static pt_str without_quotes(pt_str s) {
    while (s.n && s.p[0] == '"')
        s = pt_str_sub(s, 1, s.n);
    while (s.n && s.p[s.n - 1] == '"')
        s.n--;
    return s;
}

static bool read_text(pt_send_job *j, const member *m, pt_value v) {
    if (pt_tag_of(v) != PT_STRING)
        return pt_send_wrong(j, PT_FAULT_BUILTIN, "\"%s\" must be a string", m->name);
    pt_str *to = m->to;
    *to = without_quotes(pt_text(v));
    return true;
}

// Go's strconv.ParseBool of what the value looks like: 1 is true.
static bool read_flag(pt_send_job *j, const member *m, pt_value v) {
    pt_str text = term_text(j, v);
    bool yes = pt_str_eqz(text, "true") || pt_str_eqz(text, "1");
    if (!yes && !pt_str_eqz(text, "false") && !pt_str_eqz(text, "0"))
        return pt_send_wrong(j, PT_FAULT_BUILTIN, "strconv.ParseBool: parsing %.*s: invalid syntax",
                             PT_PRI(pt_call_quoted(j->c, text)));
    bool *to = m->to;
    *to = yes;
    return true;
}

static bool read_body(pt_send_job *j, const member *m, pt_value v) {
    static const pt_json_opts go = {.html_safe = true};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_value json = pt_fn_jsonable(j->c, v);
    (void)m;
    if (!pt_defined(json) || pt_json_write(&b, json, &go, NULL))
        return pt_defined(pt_call_full(j->c));
    j->body = pt_arena_str(j->c->arena, pt_buf_str(&b));
    return j->body.p || pt_defined(pt_call_full(j->c));
}

static bool read_timeout_text(pt_send_job *j, pt_value v) {
    pt_call probe = {.arena = j->c->arena, .world = j->c->world};
    if (pt_str_int(pt_text(v), 10, &j->timeout_ns)) // nanoseconds
        return true;
    if (pt_go_duration(&probe, pt_text(v), &j->timeout_ns))
        return true;
    return pt_send_wrong(j, PT_FAULT_BUILTIN, "invalid timeout value %.*s: %.*s",
                         PT_PRI(term_text(j, v)), PT_PRI(probe.message));
}

static bool read_timeout(pt_send_job *j, const member *m, pt_value v) {
    (void)m;
    bool good = true;
    if (pt_tag_of(v) == PT_STRING)
        good = read_timeout_text(j, v);
    else if (pt_tag_of(v) != PT_NUMBER)
        return pt_send_wrong(j, PT_FAULT_TYPE,
                             "operand 1 'timeout' must be one of {string, number} but got %s",
                             pt_tag_name(pt_tag_of(v)));
    else if (!pt_to_int(v, &j->timeout_ns))
        return pt_send_wrong(j, PT_FAULT_BUILTIN,
                             "invalid timeout number value %.*s, must be int64",
                             PT_PRI(term_text(j, v)));
    if (j->timeout_ns < 0)
        j->timeout_ns = 0;
    return good;
}

static bool is_token(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", s.p[i]))
            return false;
    return s.n > 0;
}

// "content-type" is "Content-Type"; what is no token stays.
static pt_str canonical(pt_send_job *j, pt_str name) {
    char *p = pt_arena_take(j->c->arena, name.n + 1);
    bool up = true;
    if (!p)
        pt_call_full(j->c);
    if (!p || !is_token(name))
        return name;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool other = up ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
        p[i] = (char)((unsigned char)c ^ (other ? 0x20u : 0u));
        up = c == '-';
    }
    return (pt_str){p, name.n};
}

static bool read_headers(pt_send_job *j, const member *m, pt_value v) {
    pt_arena *a = j->c->arena;
    (void)m;
    if (pt_tag_of(v) != PT_OBJECT)
        return pt_send_wrong(j, PT_FAULT_BUILTIN, "invalid type for headers key");
    v = pt_fn_jsonable(j->c, v);
    pt_value *pairs = PT_NEW(a, pt_value, 2 * pt_len(v));
    for (size_t i = 0; i < pt_len(v) && pairs; i++) {
        pairs[2 * i] = pt_string(canonical(j, pt_text(pt_key_at(v, i))));
        pairs[2 * i + 1] = pt_val_at(v, i);
    }
    j->headers = pairs ? pt_object_of(a, pairs, pt_len(v), NULL) : pt_undefined();
    return pt_defined(j->headers) || pt_defined(pt_call_full(j->c));
}

static bool read_method(pt_send_job *j, const member *m, pt_value v) {
    if (!read_text(j, m, v))
        return false;
    char *p = pt_arena_take(j->c->arena, j->method.n + 1);
    for (size_t i = 0; p && i < j->method.n; i++) {
        bool low = j->method.p[i] >= 'a' && j->method.p[i] <= 'z';
        p[i] = (char)((unsigned char)j->method.p[i] ^ (low ? 0x20u : 0u));
    }
    j->method.p = p;
    return p || pt_defined(pt_call_full(j->c));
}

// Those that are there, in the order of their names, in which OPA finds what is wrong.
static bool read_members(pt_send_job *j, pt_value request) {
    const member members[] = {
        {"body", read_body, NULL},
        {"enable_redirect", read_flag, &j->redirects},
        {"headers", read_headers, NULL},
        {"method", read_method, &j->method},
        {"raw_body", read_text, &j->body}, // behind "body": it counts
        {"timeout", read_timeout, NULL},
        {"tls_ca_cert", read_text, &j->tls.ca},
        {"tls_ca_cert_env_variable", read_text, &j->tls.ca_env},
        {"tls_ca_cert_file", read_text, &j->tls.ca_file},
        {"tls_client_cert", read_text, &j->tls.cert},
        {"tls_client_cert_env_variable", read_text, &j->tls.cert_env},
        {"tls_client_cert_file", read_text, &j->tls.cert_file},
        {"tls_client_key", read_text, &j->tls.key},
        {"tls_client_key_env_variable", read_text, &j->tls.key_env},
        {"tls_client_key_file", read_text, &j->tls.key_file},
        {"tls_insecure_skip_verify", read_flag, &j->tls.insecure},
        {"tls_server_name", read_text, &j->tls.server_name},
        {"tls_use_system_certs", read_flag, &j->tls.system},
    };
    for (size_t i = 0; i < PT_COUNT(members); i++) {
        pt_value v = pt_getz(request, members[i].name);
        if (pt_defined(v) && !members[i].read(j, &members[i], v))
            return false;
    }
    return true;
}

// -- what they have to be -------------------------------------------------------------------------

// CONNECT asks for a tunnel to elsewhere.
static bool good_method(pt_send_job *j) {
    if (!j->method.n)
        j->method = PT_STR("GET");
    if (is_token(j->method) && !pt_str_eqz(j->method, "CONNECT"))
        return true;
    return pt_send_wrong(j, PT_FAULT_BUILTIN, "net/http: invalid method %.*s",
                         PT_PRI(pt_call_quoted(j->c, j->method)));
}

static bool good_url(pt_send_job *j, pt_str text) {
    pt_str why = {0};
    pt_net_fit fit = pt_net_url_read(j->c->arena, text, &j->url, &why);
    if (j->c->arena->full)
        return pt_defined(pt_call_full(j->c));
    if (fit == PT_NET_BROKEN && pt_str_starts(why, PT_STR("invalid host ")))
        return pt_send_wrong(j, PT_FAULT_END, "refused: %.*s", PT_PRI(why));
    if (fit == PT_NET_BROKEN) {
        pt_send_wrong(j, PT_FAULT_BUILTIN, "parse %.*s: %.*s", PT_PRI(pt_call_quoted(j->c, text)),
                      PT_PRI(why));
        return placed(j);
    }
    if (fit == PT_NET_UNSUPPORTED)
        return pt_send_wrong(j, PT_FAULT_END, "refused: %.*s", PT_PRI(why));
    const pt_net_allow *allow = j->c->world->net->allow;
    if (!allow || pt_net_allows(allow, &j->url))
        return true;
    return pt_send_wrong(j, PT_FAULT_END, "refused: disallowed host: %.*s",
                         PT_PRI(j->url.authority));
}

bool pt_send_good_value(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return true;
}

// Values are in no message, which OPA's has here.
static bool texts_only(pt_send_job *j) {
    for (size_t i = 0; i < pt_len(j->headers); i++) {
        pt_str name = pt_text(pt_key_at(j->headers, i));
        if (pt_tag_of(pt_val_at(j->headers, i)) != PT_STRING)
            return pt_send_wrong(j, PT_FAULT_BUILTIN, "invalid type for headers value of %.*s",
                                 PT_PRI(pt_call_quoted(j->c, name)));
    }
    return true;
}

static bool good_headers(pt_send_job *j) {
    for (size_t i = 0; i < pt_len(j->headers); i++) {
        pt_str name = pt_text(pt_key_at(j->headers, i));
        bool good = is_token(name);
        if (good && pt_send_good_value(pt_text(pt_val_at(j->headers, i))))
            continue;
        pt_str why =
            pt_arena_printf(j->c->arena, "net/http: invalid header field %s %.*s",
                            good ? "value for" : "name", PT_PRI(pt_call_quoted(j->c, name)));
        return pt_send_failed(j, j->url.shown, why);
    }
    return true;
}

// The name that TLS asks for is a host and no more: it stands in the URL that is connected by.
static bool good_server_name(pt_send_job *j) {
    pt_net_place place;
    pt_str *name = &j->tls.server_name;
    if (!name->n)
        return true;
    if (pt_net_place_read(j->c->arena, *name, &place, NULL))
        return pt_send_wrong(j, PT_FAULT_BUILTIN, "tls: invalid server name %.*s",
                             PT_PRI(pt_call_quoted(j->c, *name)));
    *name = place.host;
    return true;
}

bool pt_send_read(pt_send_job *j, pt_value request) {
    j->timeout_ns = TIMEOUT_NS_DEFAULT;
    if (!read_members(j, request))
        return placed(j);
    pt_value url = pt_getz(request, "url");
    if (pt_tag_of(url) != PT_STRING) {
        pt_send_wrong(j, PT_FAULT_BUILTIN, "\"url\" must be a string");
        return placed(j);
    }
    if (!good_method(j) || !texts_only(j))
        return placed(j);
    j->host = pt_text(pt_getz(j->headers, "Host"));
    if (!good_url(j, without_quotes(pt_text(url))) || !good_headers(j) || !read_retries(j))
        return false;
    if (!j->tls.server_name.n && j->url.tls)
        j->tls.server_name = j->host;
    return good_server_name(j) || placed(j);
}
