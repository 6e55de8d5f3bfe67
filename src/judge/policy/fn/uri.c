// uri.parse and uri.is_valid: Go's net/url.Parse.
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "judge/policy/fn/encoding.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/fn/url.h"
#include "judge/policy/fn/utf8.h"

typedef struct uri {
    pt_arena *a;
    pt_str scheme, host, path, raw_path, query, fragment;
    pt_str error; // its text; p is NULL when there is none
    bool full;
} uri;

static bool refuse(uri *u, pt_str why) {
    u->error = pt_arena_str(u->a, why);
    u->full = u->full || !u->error.p;
    return false;
}

static bool refuse_quoted(uri *u, const char *before, pt_str bad, const char *behind) {
    u->error = pt_url_quoted(u->a, before, bad, behind);
    u->full = u->full || !u->error.p;
    return false;
}

static bool unescape(uri *u, pt_str s, pt_url_part part, pt_str *ret) {
    pt_str text;
    if (!pt_url_unescape(u->a, s, part, &text))
        return refuse(u, text.p ? text : PT_STR("no memory"));
    *ret = text;
    return true;
}

static bool is_letter(char c) {
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

// What stands before the first colon if it may be a scheme; it is taken off *rest.
static bool scheme(uri *u, pt_str *rest) {
    for (size_t i = 0; i < rest->n; i++) {
        char c = rest->p[i];
        bool inner = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (is_letter(c) || (inner && i > 0))
            continue;
        if (c != ':')
            return true;
        if (i == 0)
            return refuse(u, PT_STR("missing protocol scheme"));
        char *p = pt_arena_take(u->a, i);
        u->full = !p;
        for (size_t k = 0; p && k < i; k++)
            p[k] = (char)(rest->p[k] | (is_letter(rest->p[k]) ? 32 : 0));
        u->scheme = (pt_str){p, i};
        *rest = pt_str_sub(*rest, i + 1, rest->n);
        return p != NULL;
    }
    return true;
}

static bool valid_port(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (i == 0 ? s.p[i] != ':' : s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

static bool is_ipv6(pt_str s) {
    char text[INET6_ADDRSTRLEN + 1];
    unsigned char address[16];
    size_t zone = pt_str_find(s, '%');
    if (zone >= sizeof text || zone + 1 == s.n)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)zone, s.p);
    return strlen(text) == zone && inet_pton(AF_INET6, text, address) == 1;
}

// "[fe80::1%25en0]:80"
static bool literal(uri *u, pt_str s) {
    size_t close = pt_str_rfind(s, ']');
    if (close == s.n)
        return refuse(u, PT_STR("missing ']' in host"));
    pt_str port = pt_str_sub(s, close + 1, s.n);
    if (!valid_port(port))
        return refuse_quoted(u, "invalid port ", port, " after host");
    pt_str name = pt_str_sub(s, 1, close);
    size_t zone = pt_str_find_str(name, PT_STR("%25"));
    pt_str before;
    pt_str behind = {0};
    if (!unescape(u, pt_str_sub(name, 0, zone), PT_URL_HOST, &before) ||
        !unescape(u, pt_str_sub(name, zone, name.n), PT_URL_ZONE, &behind))
        return false;
    pt_str host = pt_arena_printf(u->a, "%.*s%.*s", PT_PRI(before), PT_PRI(behind));
    if (!is_ipv6(host)) {
        unsigned char address[4];
        bool v4 = host.p && inet_pton(AF_INET, host.p, address) == 1;
        return v4 ? refuse(u, PT_STR("invalid IP-literal"))
                  : refuse_quoted(u, "invalid host: ParseAddr(", host, "): unable to parse IP");
    }
    u->host = pt_arena_printf(u->a, "[%.*s]%.*s", PT_PRI(host), PT_PRI(port));
    u->full = u->full || !u->host.p;
    return true;
}

static bool host(uri *u, pt_str s) {
    size_t open = pt_str_rfind(s, '[');
    if (open == 0 && s.n > 0)
        return literal(u, s);
    if (open < s.n)
        return refuse(u, PT_STR("invalid IP-literal"));
    bool strict = pt_str_eqz(u->scheme, "http") || pt_str_eqz(u->scheme, "https");
    size_t colon = strict ? pt_str_find(s, ':') : pt_str_rfind(s, ':');
    pt_str port = pt_str_sub(s, colon, s.n);
    if (!valid_port(port))
        return refuse_quoted(u, "invalid port ", port, " after host");
    return unescape(u, s, PT_URL_HOST, &u->host);
}

static bool authority(uri *u, pt_str s) {
    size_t at = pt_str_rfind(s, '@');
    pt_str name;
    pt_str user = pt_str_sub(s, 0, at);
    if (at == s.n)
        return host(u, s);
    if (!host(u, pt_str_sub(s, at + 1, s.n)))
        return false;
    for (size_t i = 0; i < user.n; i++) {
        char c = user.p[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') && !(c && strchr("-._:~!$&'()*+,;=%@", c)))
            return refuse(u, PT_STR("net/url: invalid userinfo"));
    }
    size_t colon = pt_str_find(user, ':');
    return unescape(u, pt_str_sub(user, 0, colon), PT_URL_USER, &name) &&
           unescape(u, pt_str_sub(user, colon + 1, user.n), PT_URL_USER, &name);
}

static bool path(uri *u, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    if (!unescape(u, s, PT_URL_PATH, &u->path))
        return false;
    pt_url_escape(&b, u->path, PT_URL_PATH);
    u->full = u->full || b.full;
    u->raw_path = pt_str_eq(s, pt_buf_str(&b)) ? u->path : s;
    return true;
}

// Without a scheme the first segment of a path may not look like one.
static bool relative_fits(uri *u, pt_str s) {
    pt_str segment = pt_str_sub(s, 0, pt_str_find(s, '/'));
    if (pt_str_find(segment, ':') == segment.n)
        return true;
    return refuse(u, PT_STR("first path segment in URL cannot contain colon"));
}

static bool read(uri *u, pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return refuse(u, PT_STR("net/url: invalid control character in URL"));
    if (pt_str_eqz(s, "*")) {
        u->path = u->raw_path = s;
        return true;
    }
    if (!scheme(u, &s))
        return false;
    size_t mark = pt_str_find(s, '?');
    u->query = pt_str_sub(s, mark + 1, s.n);
    s = pt_str_sub(s, 0, mark);
    if (!pt_str_starts(s, PT_STR("/"))) {
        if (u->scheme.n)
            return true; // opaque: "mailto:a@b"
        if (!relative_fits(u, s))
            return false;
    }
    if (pt_str_starts(s, PT_STR("//")) && (u->scheme.n || !pt_str_starts(s, PT_STR("///")))) {
        s = pt_str_sub(s, 2, s.n);
        size_t end = pt_str_find(s, '/');
        if (!authority(u, pt_str_sub(s, 0, end)))
            return false;
        s = pt_str_sub(s, end, s.n);
    }
    return path(u, s);
}

static bool parse(uri *u, pt_str s) {
    size_t hash = pt_str_find(s, '#');
    pt_str main = pt_str_sub(s, 0, hash);
    pt_str whole = main;
    bool good = read(u, main);
    if (good && hash + 1 < s.n) {
        whole = s;
        good = unescape(u, pt_str_sub(s, hash + 1, s.n), PT_URL_FRAGMENT, &u->fragment);
    }
    if (good)
        return true;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_buf_putz(&b, "parse ");
    pt_utf8_quote(&b, whole);
    pt_buf_printf(&b, ": %.*s", PT_PRI(u->error));
    return refuse(u, pt_buf_str(&b));
}

static void put(pt_obj *o, const char *key, pt_str s) {
    if (s.n)
        pt_obj_set(o, key, pt_string(s));
}

// "host:80" and "[::1]:80" apart.
static void put_host(pt_obj *o, pt_str s) {
    size_t colon = pt_str_rfind(s, ':');
    pt_str port = {0};
    if (colon < s.n && valid_port(pt_str_sub(s, colon, s.n))) {
        port = pt_str_sub(s, colon + 1, s.n);
        s = pt_str_sub(s, 0, colon);
    }
    if (pt_str_starts(s, PT_STR("[")) && pt_str_ends(s, PT_STR("]")))
        s = pt_str_sub(s, 1, s.n - 1);
    put(o, "hostname", s);
    put(o, "port", port);
}

pt_value pt_fn_uri_parse(pt_call *c, const pt_value *args) {
    uri u = {.a = c->arena};
    bool good = parse(&u, pt_text(args[0]));
    if (u.full)
        return pt_call_full(c);
    if (!good)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "%.*s", PT_PRI(u.error));
    pt_obj o = {.a = c->arena};
    put(&o, "scheme", u.scheme);
    put_host(&o, u.host);
    put(&o, "path", u.path);
    put(&o, "raw_path", u.raw_path);
    put(&o, "raw_query", u.query);
    put(&o, "fragment", u.fragment);
    return pt_call_made(c, pt_obj_end(&o));
}

pt_value pt_fn_uri_is_valid(pt_call *c, const pt_value *args) {
    uri u = {.a = c->arena};
    bool good = pt_text(args[0]).n > 0 && parse(&u, pt_text(args[0]));
    return u.full ? pt_call_full(c) : pt_bool(good);
}
