#include "judge/docker/uri.h"

#define RULE "PT-GRD-REQUEST: "

enum {
    VERSION_BYTES_MAX = 16,
};

static pt_code refuse(pt_err *e, const char *what, const char *remedy) {
    pt_err_set(e, PT_E_FORMAT, RULE "the request's address: %s", what);
    pt_err_remedy(e, "%s", remedy);
    return PT_E_FORMAT;
}

static bool is_control(char c) {
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool unescape(pt_str digits, char *ret) {
    int64_t value;
    if (digits.n != 2 || digits.p[0] == '-' || !pt_str_int(digits, 16, &value))
        return false;
    *ret = (char)(unsigned char)value;
    return true;
}

// Percent escapes resolved once, into `a`; '+' is a blank in a query. p == NULL with *ret_bad: an
// escape is broken, or what it gives is no UTF-8; without: the arena is full.
static pt_str decode(pt_arena *a, pt_str s, bool plus, bool *ret_bad) {
    *ret_bad = false;
    char *to = pt_arena_take(a, s.n + 1);
    if (!to)
        return (pt_str){0};
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        to[n] = (char)(s.p[i] == '+' && plus ? ' ' : s.p[i]);
        if (s.p[i] == '%') {
            *ret_bad |= !unescape(pt_str_sub(s, i + 1, i + 3), &to[n]);
            i += 2;
        }
        n++;
    }
    pt_str decoded = {to, n};
    *ret_bad |= !pt_str_utf8(decoded, NULL);
    if (*ret_bad)
        return (pt_str){0};
    return decoded;
}

// Would cleaning change it? Then the router redirects instead of serving.
static bool is_unclean(pt_str path) {
    pt_str step;
    bool unclean = pt_str_has(path, PT_STR("//"));
    while (pt_str_split(&path, '/', &step))
        unclean |= pt_str_eqz(step, ".") || pt_str_eqz(step, "..");
    return unclean;
}

// http://host/path and https://host/path without what stands before the path.
static pt_str origin_form(pt_str target) {
    static const pt_str schemes[] = {{"http://", 7}, {"https://", 8}};
    for (size_t i = 0; i < PT_COUNT(schemes); i++) {
        pt_str head = pt_str_sub(target, 0, schemes[i].n);
        if (!pt_str_eq_nocase(head, schemes[i]))
            continue;
        pt_str rest = pt_str_sub(target, schemes[i].n, target.n);
        return pt_str_sub(rest, pt_str_find(rest, '/'), rest.n);
    }
    return target;
}

// Parts as integers, zeros at the end dropped down to two parts: 01.044.0 is 1.44. A part that is
// no number counts as 0.
static pt_str canonical_version(pt_arena *a, pt_str text) {
    int64_t parts[VERSION_BYTES_MAX] = {0};
    size_t n = 0;
    pt_str part;
    while (n < PT_COUNT(parts) && pt_str_split(&text, '.', &part)) {
        int64_t value = 0;
        PT_IGNORE(!pt_str_int(part, 10, &value)); // 0 then
        parts[n++] = value;
    }
    while (n > 2 && parts[n - 1] == 0)
        n--;
    pt_str s = pt_arena_printf(a, "%lld", (long long)parts[0]);
    for (size_t i = 1; i < n; i++)
        s = pt_arena_printf(a, "%.*s.%lld", PT_PRI(s), (long long)parts[i]);
    return s;
}

// "/v1.44/info" to "1.44" and "/info".
static pt_code split_version(pt_arena *a, pt_docker_uri *uri, pt_err *e) {
    pt_str path = uri->path;
    size_t n = 2;
    if (!pt_str_starts(path, PT_STR("/v")))
        return PT_OK;
    while (n < path.n && (path.p[n] == '.' || (path.p[n] >= '0' && path.p[n] <= '9')))
        n++;
    if (n == 2 || n == path.n || path.p[n] != '/')
        return PT_OK;
    if (n - 2 > VERSION_BYTES_MAX)
        return refuse(e, "no API has such a version", "name a version such as v1.44, or none");
    uri->version = canonical_version(a, pt_str_sub(path, 2, n));
    uri->path = pt_str_sub(path, n, path.n);
    return uri->version.p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "no memory for the address");
}

static pt_code read_pair(pt_arena *a, pt_str piece, pt_list *all, pt_err *e) {
    bool bad_name;
    bool bad_text;
    size_t equals = pt_str_find(piece, '=');
    pt_str name = decode(a, pt_str_sub(piece, 0, equals), true, &bad_name);
    pt_str text = decode(a, pt_str_sub(piece, equals + 1, piece.n), true, &bad_text);
    if (bad_name || bad_text || pt_str_find(piece, ';') < piece.n)
        return refuse(e, "its query is not well formed",
                      "percent-encode what is no plain UTF-8 text, and ; too");
    if (!name.p || !text.p)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the query");
    pt_list_add(all, pt_string(name));
    pt_list_add(all, pt_string(text));
    return PT_OK;
}

static pt_code read_query(pt_arena *a, pt_str text, pt_docker_uri *uri, pt_err *e) {
    pt_list all = {.a = a};
    pt_str piece;
    while (pt_str_split(&text, '&', &piece)) {
        if (all.items.n / 2 == PT_DOCKER_QUERY_MAX)
            return pt_err_set(e, PT_E_LIMIT, RULE "the query has more than %d names",
                              PT_DOCKER_QUERY_MAX);
        pt_code code = piece.n ? read_pair(a, piece, &all, e) : PT_OK;
        if (code)
            return code;
    }
    uri->query_all = pt_list_end(&all);
    size_t n = pt_len(uri->query_all);
    pt_value *pairs = PT_NEW(a, pt_value, n + 1);
    if (!pairs || !pt_defined(uri->query_all))
        return pt_err_set(e, PT_E_NOMEM, "no memory for the query");
    for (size_t i = 0; i < n; i += 2) { // the other way round: of equal keys the last one stays
        pairs[i] = pt_at(uri->query_all, n - 2 - i);
        pairs[i + 1] = pt_at(uri->query_all, n - 1 - i);
    }
    uri->query = pt_object_of(a, pairs, n / 2, NULL);
    return pt_defined(uri->query) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "no memory for the query");
}

static pt_code read_path(pt_arena *a, pt_str text, pt_docker_uri *uri, pt_err *e) {
    bool bad;
    uri->path = decode(a, text, false, &bad);
    if (bad)
        return refuse(e, "its path has a broken percent escape, or no UTF-8 text",
                      "percent-encode names");
    if (!uri->path.p)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the address");
    if (!pt_str_starts(uri->path, PT_STR("/")))
        return refuse(e, "it names no path", "send a path such as /v1.44/info");
    for (size_t i = 0; i < uri->path.n; i++)
        if (is_control(uri->path.p[i]))
            return refuse(e, "a control character in its path", "name things in plain text");
    if (is_unclean(uri->path))
        return refuse(e, "its path has //, . or .. in it", "send the path in its shortest form");
    return split_version(a, uri, e);
}

pt_code pt_docker_uri_read(pt_arena *a, pt_str target, pt_docker_uri *ret, pt_err *e) {
    if (target.n > PT_DOCKER_URI_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, RULE "the address is longer than %d bytes",
                          PT_DOCKER_URI_BYTES_MAX);
    for (size_t i = 0; i < target.n; i++)
        if (is_control(target.p[i]) || target.p[i] == ' ')
            return refuse(e, "a blank or a control character in it", "percent-encode it");
    if (pt_str_find(target, '#') < target.n)
        return refuse(e, "a # in it", "write %23 for a # in a name");
    size_t mark = pt_str_find(target, '?');
    pt_docker_uri uri = {0};
    pt_code code = read_path(a, origin_form(pt_str_sub(target, 0, mark)), &uri, e);
    if (!code)
        code = read_query(a, pt_str_sub(target, mark + 1, target.n), &uri, e);
    if (!code)
        *ret = uri;
    return code;
}
