#include <string.h>

#include "judge/policy/fn/schema.h"

pt_str pt_uri_without_fragment(pt_str uri, pt_str *ret_fragment) {
    size_t at = pt_str_find(uri, '#');
    *ret_fragment = pt_str_sub(uri, at < uri.n ? at + 1 : at, uri.n);
    return pt_str_sub(uri, 0, at);
}

// Bytes of "scheme:" at the start; 0: none.
static size_t scheme_bytes(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
        if (ch == ':')
            return i ? i + 1 : 0;
        if (!letter && (i == 0 || !ch || !strchr("0123456789+-.", ch)))
            return 0;
    }
    return 0;
}

// Bytes of scheme and authority: "http://host".
static size_t root_bytes(pt_str s) {
    size_t n = scheme_bytes(s);
    pt_str rest = pt_str_sub(s, n, s.n);
    if (!pt_str_starts(rest, PT_STR("//")))
        return n;
    pt_str host = pt_str_sub(rest, 2, rest.n);
    size_t end = 0;
    while (end < host.n && !strchr("/?#", host.p[end]))
        end++;
    return n + 2 + end;
}

// Take the last segment away, with the '/' before it; what is before `from` stays.
static void drop_segment(pt_buf *b, size_t from) {
    while (b->n > from) {
        b->n--;
        if (b->p[b->n] == '/')
            return;
    }
}

// Without "." and ".." segments, and with a '/' in front, as Go resolves.
static void put_path(pt_buf *b, pt_str path) {
    size_t from = b->n;
    size_t at = 0;
    while (at <= path.n) {
        pt_str rest = pt_str_sub(path, at, path.n);
        size_t n = pt_str_find(rest, '/');
        pt_str segment = pt_str_sub(rest, 0, n);
        bool last = n == rest.n, up = pt_str_eqz(segment, "..");
        if (up)
            drop_segment(b, from);
        if (up || pt_str_eqz(segment, ".")) {
            if (last)
                pt_buf_putc(b, '/');
        } else if (at > 0 || segment.n) {
            pt_buf_putc(b, '/');
            pt_buf_put(b, segment);
        }
        at += n + 1;
    }
}

pt_str pt_uri_resolve(pt_arena *a, pt_str base, pt_str ref) {
    pt_str fragment;
    pt_str dropped;
    pt_str body = pt_uri_without_fragment(ref, &fragment);
    base = pt_uri_without_fragment(base, &dropped);
    pt_buf b = PT_BUF(1 << 16);
    if (scheme_bytes(body)) {
        pt_buf_put(&b, body);
    } else if (!body.n) {
        pt_buf_put(&b, base);
    } else if (pt_str_starts(body, PT_STR("//"))) {
        pt_buf_put(&b, pt_str_sub(base, 0, scheme_bytes(base)));
        pt_buf_put(&b, body);
    } else {
        size_t root = root_bytes(base);
        size_t query = pt_str_find(body, '?');
        pt_str path = pt_str_sub(base, root, pt_str_find(base, '?'));
        size_t slash = pt_str_rfind(path, '/');
        pt_buf_put(&b, pt_str_sub(base, 0, root));
        pt_str whole = pt_str_sub(body, 0, query);
        if (body.p[0] != '/')
            whole = pt_arena_printf(a, "%.*s%.*s", (int)(slash < path.n ? slash + 1 : 0),
                                    path.n ? path.p : "", PT_PRI(whole));
        put_path(&b, whole);
        pt_buf_put(&b, pt_str_sub(body, query, body.n));
    }
    if (fragment.n) {
        pt_buf_putc(&b, '#');
        pt_buf_put(&b, fragment);
    }
    pt_str r = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return r;
}
