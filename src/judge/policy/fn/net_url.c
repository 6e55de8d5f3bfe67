// URLs of http.send: as Go's net/url reads them, but for hosts, of which only those fit that every
// reader reads alike.
#include <string.h>

#include "judge/policy/fn/ip.h"
#include "judge/policy/fn/url.h"
#include "judge/policy/network.h"

enum {
    HOST_BYTES_MAX = 253, // of a name (RFC 1035)
    LABEL_BYTES_MAX = 63,
};

static bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static pt_net_fit broken(pt_str why, pt_str *ret_why) {
    *ret_why = why;
    return PT_NET_BROKEN;
}

// -- hosts ----------------------------------------------------------------------------------------

// Readers take a host (in lower case) whose last part is a number for an address, each in its own
// way.
static bool ends_in_number(pt_str host) {
    size_t dot = pt_str_rfind(host, '.');
    pt_str last = dot < host.n ? pt_str_sub(host, dot + 1, host.n) : host;
    bool hex = last.n >= 2 && last.p[0] == '0' && last.p[1] == 'x';
    bool digits = last.n > 0;
    for (size_t i = 0; i < last.n && digits; i++)
        digits = is_digit(last.p[i]);
    return hex || digits;
}

static bool in_name(char c) {
    return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
}

static bool good_name(pt_str host) {
    pt_str rest = host;
    pt_str label;
    bool good = host.n > 0 && host.n <= HOST_BYTES_MAX && host.p[host.n - 1] != '.';
    while (good && pt_str_split(&rest, '.', &label))
        good = label.n > 0 && label.n <= LABEL_BYTES_MAX;
    return good;
}

static bool set_ip(pt_arena *a, pt_str text, pt_net_url *u) {
    char room[PT_IP_ROOM];
    pt_ip ip;
    if (!pt_ip_read(text, &ip))
        return false;
    u->literal = true;
    u->host = pt_arena_str(a, pt_ip_text(&ip, room));
    return true;
}

// A host without brackets.
static pt_net_fit read_name(pt_arena *a, pt_str text, pt_net_url *u, pt_str *ret_why) {
    pt_str host = pt_arena_lower(a, text);
    if (host.n && host.p[host.n - 1] == '.')
        host.n--;
    if (ends_in_number(host))
        return set_ip(a, host, u)
                   ? PT_NET_FITS
                   : broken(pt_url_quoted(a, "invalid host ", text,
                                          ": a number that is no IPv4 address of four"),
                            ret_why);
    size_t bad = 0;
    while (bad < host.n && in_name(host.p[bad]))
        bad++;
    if (bad < host.n)
        return broken(
            pt_url_quoted(a, "invalid character ", pt_str_sub(text, bad, bad + 1), " in host name"),
            ret_why);
    if (!good_name(host))
        return broken(pt_url_quoted(a, "invalid host name ", text, ""), ret_why);
    u->host = host;
    return PT_NET_FITS;
}

static bool read_port(pt_str text, uint16_t *ret) {
    int64_t port = 0;
    for (size_t i = 0; i < text.n; i++)
        if (!is_digit(text.p[i]))
            return false;
    if (text.n && (text.n > 5 || !pt_str_int(text, 10, &port) || port < 1 || port > UINT16_MAX))
        return false;
    if (text.n)
        *ret = (uint16_t)port;
    return true;
}

static pt_net_fit bad_port(pt_arena *a, pt_str text, pt_str *ret_why) {
    return broken(pt_url_quoted(a, "invalid port ", text, " after host"), ret_why);
}

// "host", "host:port", "[address]", "[address]:port"; ret->port stays if none is written.
static pt_net_fit read_host(pt_arena *a, pt_str text, pt_net_url *ret, pt_str *ret_why) {
    if (text.n && text.p[0] == '[') {
        size_t close = pt_str_rfind(text, ']');
        if (close == text.n)
            return broken(PT_STR("missing ']' in host"), ret_why);
        pt_str behind = pt_str_sub(text, close + 1, text.n);
        pt_str inner = pt_str_sub(text, 1, close);
        if (behind.n &&
            (behind.p[0] != ':' || !read_port(pt_str_sub(behind, 1, behind.n), &ret->port)))
            return bad_port(a, behind, ret_why);
        if (pt_str_find(inner, ':') == inner.n || !set_ip(a, inner, ret))
            return broken(PT_STR("invalid IP-literal"), ret_why);
        return PT_NET_FITS;
    }
    size_t colon = pt_str_find(text, ':');
    if (colon < text.n && !read_port(pt_str_sub(text, colon + 1, text.n), &ret->port))
        return bad_port(a, pt_str_sub(text, colon, text.n), ret_why);
    return read_name(a, pt_str_sub(text, 0, colon), ret, ret_why);
}

// -- URLs -----------------------------------------------------------------------------------------

// Takes the scheme and its colon off *rest; empty: there is none.
static pt_str take_scheme(pt_str *rest) {
    size_t i = 0;
    while (i < rest->n &&
           (is_alpha(rest->p[i]) ||
            (i > 0 && (is_digit(rest->p[i]) || (rest->p[i] && strchr("+-.", rest->p[i]))))))
        i++;
    if (i == 0 || i == rest->n || rest->p[i] != ':')
        return (pt_str){0};
    pt_str scheme = pt_str_sub(*rest, 0, i);
    *rest = pt_str_sub(*rest, i + 1, rest->n);
    return scheme;
}

static bool has_control(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return true;
    return false;
}

// "name:password" before the host; *shown has stars for the password.
static pt_net_fit read_user(pt_arena *a, pt_str text, pt_net_url *ret, pt_str *shown,
                            pt_str *ret_why) {
    static const char allowed[] = "-._:~!$&'()*+,;=%@";
    for (size_t i = 0; i < text.n; i++)
        if (!is_alpha(text.p[i]) && !is_digit(text.p[i]) &&
            (!text.p[i] || !strchr(allowed, text.p[i])))
            return broken(PT_STR("net/url: invalid userinfo"), ret_why);
    size_t colon = pt_str_find(text, ':');
    pt_str name;
    pt_str password = {0};
    if (!pt_url_unescape(a, pt_str_sub(text, 0, colon), PT_URL_USER, &name))
        return broken(name, ret_why);
    if (colon < text.n &&
        !pt_url_unescape(a, pt_str_sub(text, colon + 1, text.n), PT_URL_USER, &password))
        return broken(password, ret_why);
    ret->user = pt_arena_printf(a, "%.*s:%.*s", PT_PRI(name), PT_PRI(password));
    *shown = pt_arena_printf(a, "%.*s%s@", PT_PRI(pt_str_sub(text, 0, colon)),
                             colon < text.n ? ":***" : "");
    return PT_NET_FITS;
}

// Blanks and what no URL may hold are escaped; good escapes stay, others make it broken.
static pt_net_fit read_target(pt_arena *a, pt_str text, pt_net_url *ret, pt_str *ret_why) {
    size_t query = pt_str_find(text, '?');
    pt_str ignored;
    if (!pt_url_unescape(a, pt_str_sub(text, 0, query), PT_URL_PATH, &ignored))
        return broken(ignored, ret_why);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(3 * text.n + 2);
    if (!text.n || text.p[0] == '?')
        pt_buf_putc(&b, '/');
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain = c > ' ' && c < 0x7f && (i > query || !strchr("\"<>\\^`{|}", c));
        if (plain)
            pt_buf_putc(&b, (char)c);
        else
            pt_buf_printf(&b, "%%%02X", c);
    }
    ret->target = pt_arena_str(a, pt_buf_str(&b));
    return PT_NET_FITS;
}

static void set_authority(pt_arena *a, pt_net_url *u) {
    bool six = pt_str_find(u->host, ':') < u->host.n;
    u->authority = pt_arena_printf(a, six ? "[%.*s]" : "%.*s", PT_PRI(u->host));
    if (u->port != (u->tls ? 443 : 80))
        u->authority = pt_arena_printf(a, "%.*s:%u", PT_PRI(u->authority), u->port);
}

static pt_net_fit read_authority(pt_arena *a, pt_str authority, pt_net_url *ret, pt_str *shown,
                                 pt_str *ret_why) {
    size_t at = pt_str_rfind(authority, '@');
    pt_str host = at < authority.n ? pt_str_sub(authority, at + 1, authority.n) : authority;
    pt_str user = {0};
    pt_net_fit fit = at < authority.n
                         ? read_user(a, pt_str_sub(authority, 0, at), ret, &user, ret_why)
                         : PT_NET_FITS;
    *shown = pt_arena_printf(a, "%.*s%.*s", PT_PRI(user), PT_PRI(host));
    if (fit == PT_NET_FITS && host.n)
        fit = read_host(a, host, ret, ret_why);
    return fit;
}

static pt_net_fit unsupported(pt_str why, pt_str *ret_why) {
    *ret_why = why;
    return PT_NET_UNSUPPORTED;
}

pt_net_fit pt_net_url_read(pt_arena *a, pt_str text, pt_net_url *ret, pt_str *ret_why) {
    pt_str rest = pt_str_sub(text, 0, pt_str_find(text, '#')); // fragments are not sent
    *ret = (pt_net_url){.shown = text};
    if (has_control(rest))
        return broken(PT_STR("net/url: invalid control character in URL"), ret_why);
    if (rest.n && rest.p[0] == ':')
        return broken(PT_STR("missing protocol scheme"), ret_why);
    pt_str scheme = pt_arena_lower(a, take_scheme(&rest));
    ret->tls = pt_str_eqz(scheme, "https");
    ret->port = ret->tls ? 443 : 80;
    if (!ret->tls && !pt_str_eqz(scheme, "http"))
        return unsupported(pt_url_quoted(a, "unsupported protocol scheme ", scheme, ""), ret_why);
    if (!pt_str_starts(rest, PT_STR("//")))
        return unsupported(PT_STR("http: no Host in request URL"), ret_why);
    rest = pt_str_sub(rest, 2, rest.n);
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
        end++;
    pt_str shown;
    pt_net_fit fit = read_authority(a, pt_str_sub(rest, 0, end), ret, &shown, ret_why);
    pt_str behind = pt_str_sub(rest, end, rest.n);
    if (fit == PT_NET_FITS)
        fit = read_target(a, behind, ret, ret_why);
    if (fit != PT_NET_FITS)
        return fit;
    ret->shown =
        pt_arena_printf(a, "%.*s://%.*s%.*s", PT_PRI(scheme), PT_PRI(shown), PT_PRI(behind));
    if (!ret->host.n)
        return unsupported(PT_STR("http: no Host in request URL"), ret_why);
    set_authority(a, ret);
    return PT_NET_FITS;
}

// -- what a redirect means ------------------------------------------------------------------------

// Without "." and ".." (RFC 3986, 5.2.4); `path` begins with '/'.
static void put_path(pt_buf *b, pt_str path) {
    size_t start = b->n;
    pt_str rest = pt_str_sub(path, 1, path.n);
    bool more = true;
    while (more) {
        size_t slash = pt_str_find(rest, '/');
        pt_str part = pt_str_sub(rest, 0, slash);
        bool up = pt_str_eqz(part, "..");
        bool here = pt_str_eqz(part, ".");
        more = slash < rest.n;
        rest = pt_str_sub(rest, slash + 1, rest.n);
        for (size_t n = b->n; up && n > start; n--)
            if (b->p[n - 1] == '/') {
                b->n = n - 1;
                break;
            }
        if (!up && !here) {
            pt_buf_putc(b, '/');
            pt_buf_put(b, part);
        } else if (!more) {
            pt_buf_putc(b, '/');
        }
    }
}

// The path that `relative` means below the one of `from`, with its query.
static void put_target(pt_buf *b, pt_str from, pt_str relative) {
    pt_str path = pt_str_sub(from, 0, pt_str_find(from, '?'));
    size_t query = pt_str_find(relative, '?');
    if (!relative.n) {
        pt_buf_put(b, from);
        return;
    }
    if (query == 0) {
        pt_buf_put(b, path);
    } else if (relative.p[0] == '/') {
        put_path(b, pt_str_sub(relative, 0, query));
    } else {
        PT_AUTO(pt_buf_done) pt_buf whole = PT_BUF(path.n + relative.n + 1);
        pt_buf_put(&whole, pt_str_sub(path, 0, pt_str_rfind(path, '/') + 1));
        pt_buf_put(&whole, pt_str_sub(relative, 0, query));
        put_path(b, pt_buf_str(&whole));
    }
    pt_buf_put(b, pt_str_sub(relative, query, relative.n));
}

pt_str pt_net_url_join(pt_arena *a, const pt_net_url *from, pt_str location) {
    pt_str rest = location;
    const char *scheme = from->tls ? "https" : "http";
    if (take_scheme(&rest).n)
        return pt_arena_str(a, location);
    if (pt_str_starts(location, PT_STR("//")))
        return pt_arena_printf(a, "%s:%.*s", scheme, PT_PRI(location));
    rest = pt_str_sub(location, 0, pt_str_find(location, '#'));
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(from->target.n + location.n + 16);
    put_target(&b, from->target, rest);
    return pt_arena_printf(a, "%s://%.*s%.*s", scheme, PT_PRI(from->authority),
                           PT_PRI(pt_buf_str(&b)));
}

// -- places of --allow-net ------------------------------------------------------------------------

pt_code pt_net_place_read(pt_arena *a, pt_str text, pt_net_place *ret, pt_err *e) {
    pt_net_url u = {0};
    pt_str why;
    pt_ip ip;
    bool bare = pt_str_find(text, ':') != pt_str_rfind(text, ':') && pt_ip_read(text, &ip);
    bool fits = bare ? set_ip(a, text, &u) : read_host(a, text, &u, &why) == PT_NET_FITS;
    if (a->full)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!fits) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--allow-net %.*s: not a host", PT_PRI(text));
        pt_err_remedy(e,
                      "a name or an address, with a port or without: example.org, 10.1.2.3:8080; "
                      "patterns are not supported");
        return code;
    }
    *ret = (pt_net_place){u.literal, u.host, u.port};
    return PT_OK;
}
