#include <string.h>

#include "http/server_2.h"

enum {
    FIELD_BYTES = 32,  // RFC 9113, section 6.5.2: counted for each
    PSEUDO_FIELDS = 4, // :method, :scheme, :authority, :path
};

void pt_http_2_head_begin(pt_http_2_head *h, size_t bytes_max) {
    *h = (pt_http_2_head){0};
    h->text = PT_BUF(bytes_max);
}

void pt_http_2_head_done(pt_http_2_head *h) {
    pt_buf_done(&h->text);
}

static bool holds_nul(pt_str s) {
    return memchr(s.n ? s.p : "", '\0', s.n) != NULL;
}

void pt_http_2_head_put(pt_http_2_head *h, pt_str name, pt_str value) {
    h->bytes += name.n + value.n + FIELD_BYTES;
    h->fields++;
    if (h->status)
        return;
    if (holds_nul(name) || holds_nul(value))
        h->status = 400;
    else if (h->bytes > h->text.max || h->fields > PT_HTTP_HEADERS_MAX + PSEUDO_FIELDS)
        h->status = 431;
    if (h->status)
        return;
    pt_buf_put(&h->text, name);
    pt_buf_putc(&h->text, '\0');
    pt_buf_put(&h->text, value);
    pt_buf_putc(&h->text, '\0');
    if (h->text.full)
        h->status = 431;
}

static int add_header(pt_http_head *h, const char *name, const char *value) {
    if (h->n == PT_HTTP_HEADERS_MAX)
        return 431;
    h->headers[h->n++] = (pt_http_header){name, value};
    return 0;
}

// Fields of the protocol: nghttp2 has seen to it that each is there once at most, before others.
static void read_pseudo(pt_http_head *h, const char *name, const char *value,
                        const char **ret_authority) {
    if (strcmp(name, ":method") == 0)
        h->method = value;
    else if (strcmp(name, ":path") == 0)
        h->target = pt_str_of(value);
    else if (strcmp(name, ":authority") == 0)
        *ret_authority = value;
}

static int read_fields(pt_http_2_head *h, const char **ret_authority) {
    int status = 0;
    for (size_t at = 0; at < h->text.n && !status;) {
        const char *name = h->text.p + at;
        const char *value = name + strlen(name) + 1;
        if (name[0] == ':')
            read_pseudo(&h->head, name, value, ret_authority);
        else
            status = add_header(&h->head, name, value);
        at = (size_t)(value + strlen(value) + 1 - h->text.p);
    }
    return status;
}

// One name for the host, by which field ever it is said.
static int read_host(pt_http_head *h, const char *authority) {
    size_t n = pt_http_head_count(h, "host");
    const char *host = pt_http_head_get(h, "host");
    if (n > 1 || (host && authority && strcmp(host, authority) != 0) || (!host && !authority))
        return 400;
    return host ? 0 : add_header(h, "host", authority);
}

static int read_length(pt_http_head *h) {
    const char *length = pt_http_head_get(h, "content-length");
    int64_t n = 0;
    if (length && (pt_http_head_count(h, "content-length") > 1 || length[0] == '-' ||
                   !pt_str_int(pt_str_of(length), 10, &n)))
        return 400;
    h->length = length ? (uint64_t)n : UINT64_MAX;
    return 0;
}

int pt_http_2_head_end(pt_http_2_head *h) {
    pt_http_head *head = &h->head;
    const char *authority = NULL;
    if (!h->status)
        h->status = read_fields(h, &authority);
    if (h->status)
        return h->status;
    if (head->method && strcmp(head->method, "CONNECT") == 0)
        return h->status = 405;
    if (!head->method || !pt_http_is_token(pt_str_of(head->method)) ||
        !pt_http_is_target(head->target))
        return h->status = 400;
    h->status = read_host(head, authority);
    if (!h->status)
        h->status = read_length(head);
    const char *expect = pt_http_head_get(head, "expect");
    head->expects = expect != NULL;
    if (!h->status && expect && !pt_str_eq_nocase(pt_str_of(expect), PT_STR("100-continue")))
        h->status = 417;
    return h->status;
}
