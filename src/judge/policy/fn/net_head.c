// The head of an HTTP answer (RFC 9112), as Go's client gives it to policies.
#include "judge/policy/fn/family.h"
#include "judge/policy/network.h"

enum {
    HEADERS_MAX = 1000,
    LENGTH_DIGITS_MAX = 18, // of a body; int64 has more
};

typedef struct header {
    pt_str name; // lower case
    pt_list values;
} header;

typedef struct reader {
    pt_arena *a;
    PT_VEC(header) headers;
    pt_str length; // of the body as it was said; p is NULL: it was not yet
    bool unpacked;
} reader;

static bool has_token(pt_str list, pt_str token) {
    pt_str one;
    while (pt_str_split(&list, ',', &one))
        if (pt_str_eq_nocase(pt_str_trim(one), token))
            return true;
    return false;
}

// What says how the body came over the wire is not told.
static bool left_out(const reader *r, pt_str name, pt_str value) {
    static const pt_str wire = PT_STR("transfer-encoding trailer");
    static const pt_str packed = PT_STR("content-encoding content-length");
    if (pt_str_eqz(name, "connection") && has_token(value, PT_STR("close")))
        return true;
    return pt_str_in_list(name, wire, ' ') || (r->unpacked && pt_str_in_list(name, packed, ' '));
}

static bool add(reader *r, pt_str name, pt_str value) {
    pt_str text = pt_arena_str(r->a, pt_str_trim(value));
    header *h = NULL;
    for (size_t i = 0; i < r->headers.n && !h; i++)
        if (pt_str_eq(r->headers.v[i].name, name))
            h = &r->headers.v[i];
    if (!h && r->headers.n < HEADERS_MAX) {
        h = PT_PUSH(r->a, &r->headers);
        if (h)
            *h = (header){name, {.a = r->a}};
    }
    if (!h || !text.p)
        return false;
    pt_list_add(&h->values, pt_string(text));
    return !h->values.full;
}

// Digits, and the same whenever it is said (RFC 9112, section 6.3): who reads it another way finds
// another end of the body.
static bool is_length(const reader *r, pt_str value) {
    bool digits = value.n > 0 && value.n <= LENGTH_DIGITS_MAX;
    for (size_t i = 0; i < value.n && digits; i++)
        digits = value.p[i] >= '0' && value.p[i] <= '9';
    return digits && (!r->length.p || pt_str_eq(r->length, value));
}

// One line, with what was folded onto the next ones.
static bool read_field(reader *r, pt_str line) {
    size_t colon = pt_str_find(line, ':');
    pt_str name = pt_arena_lower(r->a, pt_str_sub(line, 0, colon));
    if (!name.p || colon == 0 || colon == line.n)
        return false;
    pt_str value = pt_str_sub(line, colon + 1, line.n);
    if (pt_str_eqz(name, "content-length")) {
        bool repeated = r->length.p;
        if (!is_length(r, pt_str_trim(value)))
            return false;
        r->length = pt_str_trim(value);
        if (repeated)
            return true;
    }
    return left_out(r, name, value) || add(r, name, value);
}

static bool read_fields(reader *r, pt_str rest) {
    pt_str line;
    pt_str field = {0};
    while (pt_str_split(&rest, '\n', &line)) {
        bool folded = line.n && (line.p[0] == ' ' || line.p[0] == '\t');
        line = pt_str_trim(line);
        if (!line.n)
            break;
        if (folded && !field.p)
            return false;
        if (folded) {
            field = pt_arena_printf(r->a, "%.*s %.*s", PT_PRI(field), PT_PRI(line));
            continue;
        }
        if (field.p && !read_field(r, field))
            return false;
        field = line;
    }
    return !field.p || read_field(r, field);
}

// "HTTP/1.1 200 OK"
static bool read_status(pt_arena *a, pt_str line, pt_net_answer *ret) {
    pt_str text = pt_str_sub(line, pt_str_find(line, ' '), line.n);
    int64_t code;
    while (text.n && text.p[0] == ' ')
        text = pt_str_sub(text, 1, text.n);
    if (text.n && text.p[text.n - 1] == '\r')
        text.n--;
    if (!pt_str_starts(line, PT_STR("HTTP/")) || text.n < 3 || (text.n > 3 && text.p[3] != ' ') ||
        !pt_str_int(pt_str_sub(text, 0, 3), 10, &code) || code < 100)
        return false;
    ret->status = (int)code;
    ret->status_text = pt_arena_str(a, text);
    return ret->status_text.p != NULL;
}

static pt_value as_object(reader *r) {
    PT_VEC(pt_value) pairs = {0};
    for (size_t i = 0; i < r->headers.n; i++) {
        pt_value *key = PT_PUSH(r->a, &pairs);
        if (key)
            *key = pt_string(r->headers.v[i].name);
        pt_value *value = key ? PT_PUSH(r->a, &pairs) : NULL;
        if (!value)
            return pt_undefined();
        *value = pt_list_end(&r->headers.v[i].values);
    }
    return pt_object_of(r->a, pairs.v, pairs.n / 2, NULL);
}

bool pt_net_head_read(pt_arena *a, pt_str head, bool unpacked, pt_net_answer *ret) {
    reader r = {.a = a, .unpacked = unpacked};
    pt_str line;
    if (!pt_str_split(&head, '\n', &line) || !read_status(a, line, ret) || !read_fields(&r, head))
        return false;
    ret->headers = as_object(&r);
    return pt_defined(ret->headers);
}
