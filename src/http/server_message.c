#include <string.h>

#include "http/server_impl.h"

static bool is_token(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static size_t token_length(pt_str s) {
    size_t n = 0;
    while (n < s.n && is_token(s.p[n]))
        n++;
    return n;
}

// What may stand in a value: all but control bytes, and the tab.
static bool is_value(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

bool pt_http_is_token(pt_str s) {
    return s.n > 0 && token_length(s) == s.n;
}

bool pt_http_is_target(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f) // bytes beyond ASCII are negative, or large
            return false;
    return s.n > 0;
}

typedef struct pt_lines {
    char *at, *end;
} pt_lines;

// The next line, which ends in CR LF and has neither of them inside. The CR becomes a NUL.
static bool next_line(pt_lines *l, pt_str *ret) {
    char *lf = memchr(l->at, '\n', (size_t)(l->end - l->at));
    if (!lf || lf == l->at || lf[-1] != '\r')
        return false;
    *ret = (pt_str){l->at, (size_t)(lf - 1 - l->at)};
    lf[-1] = '\0';
    l->at = lf + 1;
    return memchr(ret->p, '\r', ret->n) == NULL;
}

// "POST /path HTTP/1.1": one blank between two parts.
static int read_first(char *text, pt_str line, pt_http_head *h) {
    size_t n = token_length(line);
    if (n == 0 || n >= line.n || line.p[n] != ' ')
        return 400;
    text[n] = '\0';
    h->method = text;
    pt_str rest = pt_str_sub(line, n + 1, line.n);
    size_t blank = pt_str_find(rest, ' ');
    h->target = pt_str_sub(rest, 0, blank);
    pt_str version = pt_str_sub(rest, blank + 1, rest.n);
    if (!pt_http_is_target(h->target) || !pt_str_starts(version, PT_STR("HTTP/")))
        return 400;
    h->keep = pt_str_eqz(version, "HTTP/1.1");
    return h->keep || pt_str_eqz(version, "HTTP/1.0") ? 0 : 505;
}

static bool blank(char c) {
    return c == ' ' || c == '\t';
}

// "Name: value". A line that begins with a blank (it would continue the one before) has no name.
static int read_header(char *text, pt_str line, pt_http_head *h) {
    size_t n = token_length(line);
    if (n == 0 || n >= line.n || line.p[n] != ':' || !is_value(line))
        return 400;
    if (h->n == PT_HTTP_HEADERS_MAX)
        return 431;
    size_t from = n + 1;
    size_t to = line.n;
    while (from < to && blank(text[from]))
        from++;
    while (to > from && blank(text[to - 1]))
        to--;
    text[n] = text[to] = '\0';
    h->headers[h->n++] = (pt_http_header){text, text + from};
    return 0;
}

static bool same_name(const char *a, const char *b) {
    return pt_str_eq_nocase(pt_str_of(a), pt_str_of(b));
}

const char *pt_http_head_get(const pt_http_head *h, const char *name) {
    for (size_t i = 0; i < h->n; i++)
        if (same_name(h->headers[i].name, name))
            return h->headers[i].value;
    return NULL;
}

size_t pt_http_head_count(const pt_http_head *h, const char *name) {
    size_t count = 0;
    for (size_t i = 0; i < h->n; i++)
        count += same_name(h->headers[i].name, name);
    return count;
}

static bool digits(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

// How long the body is: by its length or by its chunks, never by both (RFC 9112, section 6.3).
static int read_framing(pt_http_head *h) {
    bool first = h->keep; // of HTTP/1.1
    const char *coding = pt_http_head_get(h, "Transfer-Encoding");
    const char *length = pt_http_head_get(h, "Content-Length");
    if (coding && (length || !first || pt_http_head_count(h, "Transfer-Encoding") > 1))
        return 400;
    if (coding && !same_name(coding, "chunked"))
        return 501;
    h->chunked = coding != NULL;
    int64_t n = 0;
    if (length && (pt_http_head_count(h, "Content-Length") > 1 || !digits(pt_str_of(length)) ||
                   !pt_str_int(pt_str_of(length), 10, &n)))
        return 400;
    h->length = (uint64_t)n;
    return 0;
}

static int read_rest(pt_http_head *h) {
    size_t hosts = pt_http_head_count(h, "Host");
    if (hosts > 1 || (h->keep && hosts == 0))
        return 400;
    int status = read_framing(h);
    const char *expect = pt_http_head_get(h, "Expect");
    if (!status && expect && !same_name(expect, "100-continue"))
        status = 417;
    h->expects = expect && h->keep;
    const char *connection = pt_http_head_get(h, "Connection");
    if (connection && !same_name(connection, "keep-alive")) // "close", and what we do not do
        h->keep = false;
    return status;
}

int pt_http_head_read(char *text, size_t n, pt_http_head *ret) {
    *ret = (pt_http_head){0};
    pt_lines lines = {text, text + n};
    char *at = lines.at;
    pt_str line;
    int status = next_line(&lines, &line) ? read_first(at, line, ret) : 400;
    while (!status) {
        at = lines.at;
        if (!next_line(&lines, &line))
            return 400;
        if (line.n == 0)
            return lines.at == lines.end ? read_rest(ret) : 400;
        status = read_header(at, line, ret);
    }
    return status;
}

// -- chunks ---------------------------------------------------------------------------------------

// A line of a chunk, without its CR LF, in `bytes`: 0, its length behind which more may come, or
// SIZE_MAX: it can be none.
static size_t chunk_line(pt_str bytes, pt_str *ret) {
    enum {
        SIZE_DIGITS_MAX = 8
    };
    size_t lf = pt_str_find(bytes, '\n');
    if (lf == bytes.n)
        return bytes.n > SIZE_DIGITS_MAX + 1 ? SIZE_MAX : 0;
    if (lf == 0 || bytes.p[lf - 1] != '\r' || lf - 1 > SIZE_DIGITS_MAX)
        return SIZE_MAX;
    *ret = pt_str_sub(bytes, 0, lf - 1);
    return lf + 1;
}

static bool read_size(pt_str line, uint64_t *ret) {
    int64_t n;
    if (line.n == 0 || line.p[0] == '-' || !pt_str_int(line, 16, &n))
        return false;
    *ret = (uint64_t)n;
    return true;
}

// A line that is not data: the size of a chunk, the end of one, or the empty line behind the last.
static size_t take_line(pt_http_chunks *c, pt_str bytes, const pt_buf *body, int *ret_status) {
    pt_str line;
    size_t n = chunk_line(bytes, &line);
    if (n == 0)
        return 0;
    if (n == SIZE_MAX || (c->at == PT_CHUNK_SIZE ? !read_size(line, &c->left) : line.n != 0)) {
        *ret_status = 400;
        return 0;
    }
    if (c->at == PT_CHUNK_SIZE && c->left > body->max - body->n) {
        *ret_status = 413;
        return 0;
    }
    if (c->at == PT_CHUNK_SIZE)
        c->at = c->left ? PT_CHUNK_DATA : PT_CHUNK_LAST;
    else
        c->at = c->at == PT_CHUNK_END ? PT_CHUNK_SIZE : PT_CHUNK_DONE;
    return n;
}

static size_t take_data(pt_http_chunks *c, pt_str bytes, pt_buf *body) {
    pt_str data = pt_str_sub(bytes, 0, bytes.n < c->left ? bytes.n : (size_t)c->left);
    pt_buf_put(body, data);
    c->left -= data.n;
    if (c->left == 0)
        c->at = PT_CHUNK_END;
    return data.n;
}

size_t pt_http_chunks_take(pt_http_chunks *c, pt_str bytes, pt_buf *body, int *ret_status) {
    size_t taken = 0;
    *ret_status = 0;
    while (c->at != PT_CHUNK_DONE && taken < bytes.n && !*ret_status) {
        pt_str rest = pt_str_sub(bytes, taken, bytes.n);
        size_t n = c->at == PT_CHUNK_DATA ? take_data(c, rest, body)
                                          : take_line(c, rest, body, ret_status);
        if (n == 0)
            break;
        taken += n;
    }
    if (!*ret_status && body->full)
        *ret_status = 413;
    return taken;
}

const char *pt_http_reason(int status) {
    static const struct {
        int status;
        const char *reason;
    } table[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {413, "Content Too Large"},
        {417, "Expectation Failed"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < PT_COUNT(table); i++)
        if (table[i].status == status)
            return table[i].reason;
    return "Unknown";
}
