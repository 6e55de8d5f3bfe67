// What a client asks: path, parameters, body.
#include <string.h>

#include "http/gunzip.h"
#include "judge/policy/as_json.h"
#include "respond/rest/rest_impl.h"
#include "value/json.h"

// -- percent encoding (RFC 3986, 2.1) -------------------------------------------------------------

static int hex(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// What `s` stands for; it is `s` itself if nothing is encoded. p NULL: a '%' without two digits, or
// (a->full) no room.
static pt_str decoded(pt_arena *a, pt_str s, bool plus) {
    bool any = s.n && (memchr(s.p, '%', s.n) || (plus && memchr(s.p, '+', s.n)));
    if (!any)
        return s.p ? s : PT_STR("");
    char *p = pt_arena_take(a, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n && p; i++) {
        char c = s.p[i];
        if (c == '%') {
            int high = i + 2 < s.n ? hex(s.p[i + 1]) : -1;
            int low = i + 2 < s.n ? hex(s.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return (pt_str){NULL, 0};
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        p[n++] = c;
    }
    return (pt_str){p, n};
}

pt_str pt_rest_decoded(pt_arena *a, pt_str s) {
    return decoded(a, s, false);
}

// -- parameters -----------------------------------------------------------------------------------

typedef struct flag {
    bool given, word, empty; // "true" was said; the last one said nothing
    size_t n;
} flag;

static void hear(flag *f, pt_str value) {
    f->given = true;
    f->n++;
    f->empty = !value.n;
    f->word = f->word || pt_str_eq_nocase(value, PT_STR("true"));
}

// One without a value is a yes.
static bool holds(const flag *f) {
    return f->word || (f->n == 1 && f->empty);
}

// "debug" is the most that there is; other words say nothing, as OPA has it.
static void hear_explain(pt_str word, pt_rest_params *ret) {
    bool debug = pt_str_eqz(word, "debug");
    pt_explain_mode mode = PT_EXPLAIN_FULL;
    if (ret->explains || (!debug && !pt_explain_mode_of(word, &mode)))
        return;
    ret->explains = true;
    ret->explain = mode;
}

static bool read_one(pt_arena *a, pt_str pair, flag *flags, const char *const *names,
                     pt_rest_params *ret) {
    size_t eq = pt_str_find(pair, '=');
    pt_str key = decoded(a, pt_str_sub(pair, 0, eq), true);
    pt_str value = decoded(a, pt_str_sub(pair, eq + 1, pair.n), true);
    if (!key.p || !value.p || pt_str_find(pair, ';') < pair.n)
        return !a->full; // it is none, as Go has it
    for (size_t i = 0; names[i]; i++)
        if (pt_str_eqz(key, names[i]))
            hear(&flags[i], value);
    if (pt_str_eqz(key, "explain"))
        hear_explain(value, ret);
    if (pt_str_eqz(key, "input")) {
        ret->has_input = true;
        ret->input = value;
    }
    if (pt_str_eqz(key, "q")) {
        ret->has_query = true;
        ret->query = value;
    }
    return true;
}

bool pt_rest_params_read(pt_arena *a, pt_str query, pt_rest_params *ret) {
    static const char *const names[] = {
        "pretty", "metrics", "provenance", "strict-builtin-errors", "instrument", NULL};
    flag flags[PT_COUNT(names)] = {0};
    pt_str pair;
    *ret = (pt_rest_params){0};
    while (query.n && pt_str_split(&query, '&', &pair))
        if (!read_one(a, pair, flags, names, ret))
            return false;
    ret->pretty = holds(&flags[0]);
    ret->metrics = holds(&flags[1]) || holds(&flags[4]);
    ret->provenance = holds(&flags[2]);
    ret->strict = holds(&flags[3]);
    return true;
}

// -- paths ----------------------------------------------------------------------------------------

// "7", "+7", "-7", "07": what Go's Atoi takes.
static bool is_integer(pt_str s, int64_t *ret) {
    bool plus = s.n > 1 && s.p[0] == '+' && s.p[1] != '-';
    return pt_str_int(pt_str_sub(s, plus, s.n), 10, ret);
}

pt_rest_path pt_rest_path_read(pt_arena *a, pt_str path) {
    PT_VEC(pt_value) v = {0};
    pt_str part;
    while (path.n && pt_str_split(&path, '/', &part)) {
        int64_t i;
        if (!part.n)
            continue;
        pt_str text = decoded(a, part, false);
        if (!text.p || !pt_str_utf8(text, NULL))
            return (pt_rest_path){.wrong = "it is not encoded as it should be"};
        pt_value *slot = v.n < PT_REST_SEGMENTS_MAX ? PT_PUSH(a, &v) : NULL;
        if (!slot)
            return (pt_rest_path){.wrong = "it is too long"};
        *slot = is_integer(text, &i) ? pt_int(i) : pt_string(text);
    }
    return (pt_rest_path){.steps = v.v, .n = v.n};
}

// -- bodies ---------------------------------------------------------------------------------------

static const char *header(const pt_rest_ask *k, const char *name) {
    const char *v = k->call->header ? k->call->header(k->call, name) : NULL;
    return v ? v : "";
}

static bool bad(pt_rest_ask *k, pt_rest_error *ret, const char *fmt, ...) PT_FORMAT(3, 4);
static bool bad(pt_rest_ask *k, pt_rest_error *ret, const char *fmt, ...) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    va_list ap;
    va_start(ap, fmt);
    pt_buf_vprintf(&b, fmt, ap);
    va_end(ap);
    pt_str message = pt_arena_str(k->arena, pt_buf_str(&b));
    *ret = (pt_rest_error){.status = 400, .code = "invalid_parameter", .message = message};
    if (k->arena->full || !message.p)
        *ret = pt_rest_full();
    return false;
}

// The body as it is meant. Packed ones are unpacked once.
static bool unpack(pt_rest_ask *k, const char *prefix, pt_str *ret_text, pt_rest_error *ret) {
    pt_err e = {0};
    *ret_text = k->call->body;
    if (!strstr(header(k, "Content-Encoding"), "gzip"))
        return true;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_REST_BODY_BYTES_MAX);
    if (pt_gunzip(k->call->body, &b, &e))
        return bad(k, ret, "%scould not decompress the body: %s", prefix, e.what);
    *ret_text = pt_arena_str(k->arena, pt_buf_str(&b));
    if (!ret_text->p)
        *ret = pt_rest_full();
    return ret_text->p != NULL;
}

// The reader stopped at the end: Go's words for it.
static bool ended(pt_str text, const pt_err *e) {
    return e->offset >= pt_str_trim(text).n;
}

static bool parse(pt_rest_ask *k, pt_str text, const char *prefix, pt_value *ret_value,
                  pt_rest_error *ret) {
    pt_err e = {0};
    bool yaml = strstr(header(k, "Content-Type"), "yaml") != NULL;
    pt_code code = yaml ? pt_yaml_as_json(k->arena, text, ret_value, &e)
                        : pt_json_parse(k->arena, text, NULL, ret_value, &e);
    if (!code)
        return true;
    if (code == PT_E_NOMEM) {
        *ret = pt_rest_full();
        return false;
    }
    if (!yaml && ended(text, &e))
        return bad(k, ret, "%sunexpected EOF", prefix);
    return bad(k, ret, "%s%s%s at line %u, column %u", prefix, yaml ? "yaml: " : "", e.what, e.line,
               e.column);
}

bool pt_rest_input_param(pt_rest_ask *k, pt_rest_error *ret) {
    static const char prefix[] = "parameter contains malformed input document: ";
    pt_err e = {0};
    if (!k->params.has_input)
        return true;
    int64_t begun_ns = pt_monotonic_ns();
    if (!pt_str_trim(k->params.input).n)
        return bad(k, ret, "%sEOF", prefix);
    pt_code code = pt_json_parse(k->arena, k->params.input, NULL, &k->input, &e);
    k->parse_ns = pt_monotonic_ns() - begun_ns;
    if (code && ended(k->params.input, &e))
        return bad(k, ret, "%sunexpected EOF", prefix);
    return !code || bad(k, ret, "%s%s at column %u", prefix, e.what, e.column);
}

// {"input": …}; of queries {"query": …} too.
static bool take_members(pt_rest_ask *k, pt_value body, pt_rest_body kind, const char *prefix,
                         pt_rest_error *ret) {
    if (pt_tag_of(body) == PT_NULL)
        return true;
    if (pt_tag_of(body) != PT_OBJECT)
        return bad(k, ret, "%sit must be an object with the key \"input\", not %s", prefix,
                   pt_tag_name(pt_tag_of(body)));
    pt_value input = pt_getz(body, "input");
    if (pt_tag_of(input) != PT_NULL) // which is the same as none, as OPA has it
        k->input = input;
    pt_value query = pt_getz(body, "query");
    if (kind != PT_REST_QUERY || !pt_defined(query))
        return true;
    if (pt_tag_of(query) != PT_STRING)
        return bad(k, ret, "%sthe query must be a string", prefix);
    k->params.has_query = true;
    k->params.query = pt_text(query);
    return true;
}

bool pt_rest_input_body(pt_rest_ask *k, pt_rest_body kind, pt_rest_error *ret) {
    static const struct {
        const char *packed, *malformed;
    } PREFIX[] = {
        [PT_REST_V0] = {"unexpected parse error for input: ",
                        "unexpected parse error for input: body contains malformed input "
                        "document: "},
        [PT_REST_V1] = {"", "body contains malformed input document: "},
        [PT_REST_QUERY] = {"", "error(s) occurred while decoding request: "},
    };
    pt_str text;
    pt_value body = pt_null();
    int64_t begun_ns = pt_monotonic_ns();
    if (!unpack(k, PREFIX[kind].packed, &text, ret))
        return false;
    if (!pt_str_trim(text).n && kind == PT_REST_QUERY)
        return bad(k, ret, "%sEOF", PREFIX[kind].malformed);
    if (pt_str_trim(text).n && !parse(k, text, PREFIX[kind].malformed, &body, ret))
        return false;
    bool good = true;
    if (kind == PT_REST_V0)
        k->input = body;
    else
        good = take_members(k, body, kind, PREFIX[kind].malformed, ret);
    if (kind == PT_REST_V1)
        k->parse_ns = pt_monotonic_ns() - begun_ns;
    return good;
}
