// Percent-encoding; urlquery.*
#include "judge/policy/fn/url.h"

#include <string.h>

#include "judge/policy/fn/encoding.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/fn/utf8.h"

enum {
    QUERY_PARAMETERS_MAX = 10000, // as Go's
    HOST = PT_URL_HOST | PT_URL_ZONE,
    ALL = PT_URL_PATH | PT_URL_USER | PT_URL_HOST | PT_URL_ZONE | PT_URL_QUERY | PT_URL_FRAGMENT,
};

// Which parts take a punctuation character as it is (letters and digits all do).
static unsigned taken_by(char c) {
    static const struct {
        const char *characters;
        unsigned parts;
    } rows[] = {
        {"-_.~", ALL},
        {"$&+,;=", PT_URL_PATH | PT_URL_USER | HOST | PT_URL_FRAGMENT},
        {":", PT_URL_PATH | HOST | PT_URL_FRAGMENT},
        {"/@", PT_URL_PATH | PT_URL_FRAGMENT},
        {"?", PT_URL_FRAGMENT},
        {"!()*", HOST | PT_URL_FRAGMENT},
        {"'[]<>\"", HOST},
    };
    if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'))
        return ALL;
    for (size_t i = 0; c && i < PT_COUNT(rows); i++)
        if (strchr(rows[i].characters, c))
            return rows[i].parts;
    return 0;
}

void pt_url_escape(pt_buf *b, pt_str s, pt_url_part part) {
    for (size_t i = 0; i < s.n && !b->full; i++) {
        if (taken_by(s.p[i]) & part)
            pt_buf_putc(b, s.p[i]);
        else if (s.p[i] == ' ' && part == PT_URL_QUERY)
            pt_buf_putc(b, '+');
        else
            pt_buf_printf(b, "%%%02X", (unsigned)(unsigned char)s.p[i]);
    }
}

static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    char low = (char)(c | 32);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

pt_str pt_url_quoted(pt_arena *a, const char *before, pt_str bad, const char *behind) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_buf_putz(&b, before);
    pt_utf8_quote(&b, bad);
    pt_buf_putz(&b, behind);
    return pt_arena_str(a, pt_buf_str(&b));
}

static bool refuse(pt_arena *a, const char *before, pt_str bad, const char *behind, pt_str *ret) {
    *ret = pt_url_quoted(a, before, bad, behind);
    return false;
}

// Is the escape at s.p[at] well-formed, and allowed where a host's characters are restricted?
static bool escape_fits(pt_str s, size_t at, pt_url_part part) {
    if (at + 2 >= s.n || hex(s.p[at + 1]) < 0 || hex(s.p[at + 2]) < 0)
        return false;
    bool percent = s.p[at + 1] == '2' && s.p[at + 2] == '5';
    if (part == PT_URL_HOST)
        return hex(s.p[at + 1]) >= 8 || percent;
    char c = (char)(unsigned char)(hex(s.p[at + 1]) << 4 | hex(s.p[at + 2]));
    return part != PT_URL_ZONE || percent || c == ' ' || (taken_by(c) & PT_URL_HOST);
}

bool pt_url_unescape(pt_arena *a, pt_str s, pt_url_part part, pt_str *ret) {
    char *to = pt_arena_take(a, s.n);
    size_t n = 0;
    *ret = (pt_str){0};
    if (!to)
        return false;
    for (size_t at = 0; at < s.n; at++) {
        char c = s.p[at];
        if (c == '%') {
            if (!escape_fits(s, at, part))
                return refuse(a, "invalid URL escape ", pt_str_sub(s, at, at + 3), "", ret);
            c = (char)(unsigned char)(hex(s.p[at + 1]) << 4 | hex(s.p[at + 2]));
            at += 2;
        } else if (c == '+' && part == PT_URL_QUERY) {
            c = ' ';
        } else if ((part & HOST) && (unsigned char)c < 0x80 && !(taken_by(c) & part)) {
            return refuse(a, "invalid character ", pt_str_sub(s, at, at + 1), " in host name", ret);
        }
        to[n++] = c;
    }
    *ret = (pt_str){to, n};
    return true;
}

// -- urlquery.* -----------------------------------------------------------------------------------

static bool unescape(pt_call *c, pt_str s, pt_str *ret) {
    if (pt_url_unescape(c->arena, s, PT_URL_QUERY, ret))
        return true;
    if (ret->p)
        pt_call_fault(c, PT_FAULT_BUILTIN, "%.*s", PT_PRI(*ret));
    else
        pt_call_full(c);
    return false;
}

pt_value pt_fn_urlquery_encode(pt_call *c, const pt_value *args) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_url_escape(&b, pt_text(args[0]), PT_URL_QUERY);
    return pt_call_text(c, &b);
}

pt_value pt_fn_urlquery_decode(pt_call *c, const pt_value *args) {
    pt_str s;
    return unescape(c, pt_text(args[0]), &s) ? pt_string(s) : pt_undefined();
}

static bool put_pair(pt_call *c, pt_buf *b, pt_str key, pt_value v) {
    if (pt_tag_of(v) != PT_STRING) {
        pt_call_fault(c, PT_FAULT_TYPE,
                      "operand 1 values must be string, array[string], or set[string]");
        return false;
    }
    if (b->n)
        pt_buf_putc(b, '&');
    pt_url_escape(b, key, PT_URL_QUERY);
    pt_buf_putc(b, '=');
    pt_url_escape(b, pt_text(v), PT_URL_QUERY);
    return true;
}

pt_value pt_fn_urlquery_encode_object(pt_call *c, const pt_value *args) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_value all = pt_fn_jsonable(c, args[0]);
    for (size_t i = 0; i < pt_len(all); i++) {
        pt_str key = pt_text(pt_key_at(all, i));
        pt_value v = pt_val_at(all, i);
        bool many = PT_KIND(pt_tag_of(v)) & PT_COLLECTION;
        if (!many && !put_pair(c, &b, key, v))
            return pt_undefined();
        for (size_t k = 0; many && k < pt_len(v); k++)
            if (!put_pair(c, &b, key, pt_at(v, k)))
                return pt_undefined();
    }
    return c->fault ? pt_undefined() : pt_call_text(c, &b);
}

typedef struct parameters {
    pt_list pairs;  // key, value, …
    bool semicolon; // the first error is told after all is read, but this one whenever it comes
} parameters;

static void parameter(pt_call *c, pt_str pair, parameters *p) {
    pt_str key;
    pt_str value;
    size_t equals = pt_str_find(pair, '=');
    if (pt_str_find(pair, ';') < pair.n) {
        p->semicolon = true;
        return;
    }
    if (pair.n == 0)
        return;
    if (!unescape(c, pt_str_sub(pair, 0, equals), &key) ||
        !unescape(c, pt_str_sub(pair, equals + 1, pair.n), &value))
        return;
    pt_list_add(&p->pairs, pt_string(key));
    pt_list_add(&p->pairs, pt_string(value));
}

// Values of equal keys in the order in which they came.
static pt_value grouped(pt_call *c, const pt_list *pairs) {
    pt_value keys = pt_object_of(c->arena, pairs->items.v, pairs->items.n / 2, NULL);
    size_t n = pt_len(keys);
    pt_list *lists = PT_NEW(c->arena, pt_list, n);
    pt_list numbered = {.a = c->arena};
    for (size_t i = 0; i < n; i++) {
        pt_list_add(&numbered, pt_key_at(keys, i));
        pt_list_add(&numbered, pt_int((int64_t)i));
    }
    keys = pt_object_of(c->arena, numbered.items.v, numbered.items.n / 2, NULL);
    if (!lists || pairs->full || numbered.full || !pt_defined(keys))
        return pt_call_full(c);
    for (size_t i = 0; i + 1 < pairs->items.n; i += 2) {
        int64_t at = 0;
        pt_to_int(pt_get_value(keys, pairs->items.v[i]), &at);
        lists[at].a = c->arena;
        pt_list_add(&lists[at], pairs->items.v[i + 1]);
    }
    pt_list all = {.a = c->arena};
    for (size_t i = 0; i < n; i++) {
        pt_list_add(&all, pt_key_at(keys, i));
        pt_list_add(&all, pt_list_end(&lists[i]));
    }
    if (all.full)
        return pt_call_full(c);
    return pt_call_made(c, pt_object_of(c->arena, all.items.v, n, NULL));
}

pt_value pt_fn_urlquery_decode_object(pt_call *c, const pt_value *args) {
    parameters p = {.pairs = {.a = c->arena}};
    pt_str s = pt_text(args[0]);
    size_t n = 1;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '&';
    if (n > QUERY_PARAMETERS_MAX)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "number of URL query parameters exceeded limit");
    for (pt_str pair; pt_str_split(&s, '&', &pair);) {
        parameter(c, pair, &p);
        if (p.semicolon && !c->fault)
            pt_call_fault(c, PT_FAULT_BUILTIN, "invalid semicolon separator in query");
    }
    return c->fault ? pt_undefined() : grouped(c, &p.pairs);
}
