// Names of images, as docker reads them (distribution/reference).
#include "collect/image/digest.h"
#include "collect/registry/registry_impl.h"

enum {
    HOST_BYTES_MAX = 255,
    REPOSITORY_BYTES_MAX = 255,
    TAG_BYTES_MAX = 128,
};

static bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// All of `s` is letters, digits and `others`, and it begins with a letter or digit.
static bool is_made_of(pt_str s, pt_str others) {
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i]) && (i == 0 || pt_str_find(others, s.p[i]) == others.n))
            return false;
    return s.n > 0;
}

// "host", "host:port", "[::1]:port".
bool pt_registry_is_host(pt_str s) {
    bool six = pt_str_starts(s, PT_STR("["));
    size_t end = six ? pt_str_find(s, ']') + 1 : pt_str_find(s, ':');
    pt_str name = six ? pt_str_sub(s, 1, end - 1) : pt_str_sub(s, 0, end);
    pt_str port = pt_str_sub(s, end, s.n);
    int64_t number = 1;
    bool named = six ? name.n > 1 : is_made_of(name, PT_STR(".-"));
    for (size_t i = 0; six && i < name.n; i++)
        named = named && pt_str_find(PT_STR("0123456789abcdefABCDEF:."), name.p[i]) < 24;
    if (port.n && (port.p[0] != ':' || !pt_str_int(pt_str_sub(port, 1, port.n), 10, &number)))
        return false;
    return named && s.n <= HOST_BYTES_MAX && number > 0 && number <= UINT16_MAX;
}

// Parts of lower-case letters, digits and single separators, "/" between them.
bool pt_registry_is_repository(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool edge = i == 0 || i + 1 == s.n || s.p[i - 1] == '/' || s.p[i + 1] == '/';
        bool lower = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool inner = !edge && pt_str_find(PT_STR("._-"), c) < 3;
        bool cut = c == '/' && i > 0 && i + 1 < s.n && s.p[i - 1] != '/';
        if (!lower && !inner && !cut)
            return false;
    }
    return s.n > 0 && s.n <= REPOSITORY_BYTES_MAX && !pt_str_has(s, PT_STR(".."));
}

static pt_code off(pt_str text, const char *what, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_USAGE, "%s: \"%.*s\"", what, PT_PRI(pt_str_sub(text, 0, 90)));
    pt_err_remedy(e, "registry:HOST/REPOSITORY[:TAG|@DIGEST], as registry:ghcr.io/shop/web:1");
    return code;
}

// What stands before the first "/" is a host if it looks like one.
static pt_str host_in(pt_str s) {
    size_t cut = pt_str_find(s, '/');
    pt_str first = pt_str_sub(s, 0, cut);
    bool host = cut < s.n && (pt_str_find(first, '.') < first.n ||
                              pt_str_find(first, ':') < first.n || pt_str_eqz(first, "localhost"));
    return host ? first : (pt_str){0};
}

pt_code pt_registry_ref_parse(pt_arena *a, pt_str text, pt_registry_ref *ret, pt_err *e) {
    pt_registry_ref r = {.host = host_in(text)};
    pt_str rest = r.host.n ? pt_str_sub(text, r.host.n + 1, text.n) : text;
    size_t at = pt_str_find(rest, '@');
    r.digest = pt_str_sub(rest, at + 1, rest.n);
    pt_str named = pt_str_sub(rest, 0, at);
    size_t colon = pt_str_rfind(named, ':');
    r.tag = pt_str_sub(named, colon + 1, named.n);
    r.repository = pt_str_sub(named, 0, colon);
    bool hub =
        !r.host.n || pt_str_eqz(r.host, "docker.io") || pt_str_eqz(r.host, "index.docker.io");
    if (r.host.n && !pt_registry_is_host(r.host))
        return off(r.host, "no host of a registry", e);
    if (!pt_registry_is_repository(r.repository))
        return off(r.repository, "no repository's name", e);
    if (colon < named.n && (!is_made_of(r.tag, PT_STR("._-")) || r.tag.n > TAG_BYTES_MAX))
        return off(r.tag, "no tag", e);
    if (at < rest.n && !pt_digest_is(r.digest))
        return off(r.digest, "no digest of SHA-256", e);
    if (hub && pt_str_find(r.repository, '/') == r.repository.n)
        r.repository = pt_arena_printf(a, "library/%.*s", PT_PRI(r.repository));
    r.host = hub ? PT_STR("docker.io") : pt_arena_str(a, r.host);
    r.repository = pt_arena_str(a, r.repository);
    r.digest = pt_arena_str(a, r.digest);
    r.tag = r.digest.n || r.tag.n ? pt_arena_str(a, r.tag) : PT_STR("latest");
    r.shown =
        pt_arena_printf(a, "%.*s/%.*s%s%.*s%s%.*s", PT_PRI(r.host), PT_PRI(r.repository),
                        r.tag.n ? ":" : "", PT_PRI(r.tag), r.digest.n ? "@" : "", PT_PRI(r.digest));
    if (a->full)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = r;
    return PT_OK;
}
