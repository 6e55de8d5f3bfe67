// json.marshal and its kin, and the table of all functions on encodings.
#include "judge/policy/fn/encoding.h"

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/gojson.h"
#include "judge/policy/fn/strings.h"
#include "judge/policy/fn/utf8.h"
#include "value/json.h"

static bool write(pt_call *c, pt_buf *b, pt_value v) {
    static const pt_json_opts opts = {.html_safe = true};
    v = pt_fn_jsonable(c, v);
    if (pt_defined(v) && pt_json_write(b, v, &opts, NULL) == PT_OK)
        return true;
    pt_call_full(c);
    return false;
}

static pt_value marshal(pt_call *c, const pt_value *args) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    return write(c, &b, args[0]) ? pt_call_text(c, &b) : pt_undefined();
}

typedef struct layout {
    pt_str prefix, indent;
    bool pretty;
} layout;

static void line(pt_buf *b, const layout *l, size_t depth) {
    pt_buf_putc(b, '\n');
    pt_buf_put(b, l->prefix);
    for (size_t i = 0; i < depth && !b->full; i++)
        pt_buf_put(b, l->indent);
}

// The end of the string that begins at s[at].
static size_t string_end(pt_str s, size_t at) {
    for (at++; s.p[at] != '"'; at++)
        at += s.p[at] == '\\';
    return at + 1;
}

// Compact JSON with line breaks, as Go's json.Indent.
static void put_indented(pt_buf *b, pt_str s, const layout *l) {
    size_t depth = 0;
    for (size_t at = 0; at < s.n && !b->full;) {
        char ch = s.p[at];
        bool opens = ch == '{' || ch == '[';
        if (ch == '"') {
            size_t end = string_end(s, at);
            pt_buf_put(b, pt_str_sub(s, at, end));
            at = end;
            continue;
        }
        if (opens && (s.p[at + 1] == '}' || s.p[at + 1] == ']')) {
            pt_buf_put(b, pt_str_sub(s, at, at + 2));
            at += 2;
            continue;
        }
        if (ch == '}' || ch == ']')
            line(b, l, --depth);
        pt_buf_putc(b, ch);
        if (opens)
            line(b, l, ++depth);
        else if (ch == ',')
            line(b, l, depth);
        else if (ch == ':')
            pt_buf_putc(b, ' ');
        at++;
    }
}

static bool text_option(pt_call *c, pt_value key, size_t index, pt_value v, pt_str *ret) {
    if (pt_tag_of(v) == PT_STRING) {
        *ret = pt_text(v);
        return true;
    }
    pt_call_fault(
        c, PT_FAULT_TYPE,
        "operand 2 key \"%.*s\" failed cast to string: operand %zu must be string but got %s",
        PT_PRI(pt_text(key)), index, pt_tag_name(pt_tag_of(v)));
    return false;
}

static bool bool_option(pt_call *c, pt_value key, pt_value v, bool *ret) {
    *ret = pt_true(v);
    if (pt_tag_of(v) == PT_BOOL)
        return true;
    pt_call_fault(c, PT_FAULT_TYPE, "operand 2 key \"%.*s\" failed cast to bool",
                  PT_PRI(pt_text(key)));
    return false;
}

static bool bad_key(pt_call *c, pt_value key, size_t index) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_fn_put_term(&b, key);
    if (pt_tag_of(key) == PT_STRING)
        pt_call_fault(c, PT_FAULT_TYPE, "operand 2 object contained unknown key %.*s",
                      PT_PRI(pt_buf_str(&b)));
    else
        pt_call_fault(c, PT_FAULT_TYPE,
                      "operand 2 failed to stringify key %.*s at index %zu: operand %zu must be "
                      "string but got %s",
                      PT_PRI(pt_buf_str(&b)), index, index, pt_tag_name(pt_tag_of(key)));
    return false;
}

static bool layout_of(pt_call *c, pt_value options, layout *ret) {
    bool told = false; // is "pretty" there
    *ret = (layout){.indent = PT_STR("\t")};
    for (size_t i = 0; i < pt_len(options); i++) {
        pt_value key = pt_key_at(options, i);
        pt_value v = pt_val_at(options, i);
        pt_str name = pt_text(key);
        bool pretty = pt_str_eqz(name, "pretty");
        bool good = pretty                       ? bool_option(c, key, v, &ret->pretty)
                    : pt_str_eqz(name, "prefix") ? text_option(c, key, i, v, &ret->prefix)
                    : pt_str_eqz(name, "indent") ? text_option(c, key, i, v, &ret->indent)
                                                 : bad_key(c, key, i);
        if (!good)
            return false;
        told = told || pretty;
        if (!told)
            ret->pretty = true;
    }
    return true;
}

static pt_value marshal_with_options(pt_call *c, const pt_value *args) {
    layout l;
    PT_AUTO(pt_buf_done) pt_buf compact = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    if (!layout_of(c, args[1], &l) || !write(c, &compact, args[0]))
        return pt_undefined();
    if (!l.pretty)
        return pt_call_text(c, &compact);
    pt_buf_put(&b, l.prefix);
    put_indented(&b, pt_buf_str(&compact), &l);
    return pt_call_text(c, &b);
}

// What stands behind the value, as OPA says it.
static pt_value trailing(pt_call *c, pt_str s, size_t at, pt_buf *why) {
    size_t end = at;
    char first = s.p[at];
    if (first == '{' || first == '[')
        end = at + 1;
    else if (!pt_gojson_value(s, &end, why))
        return pt_call_fault(c, PT_FAULT_BUILTIN, "%.*s", PT_PRI(pt_buf_str(why)));
    pt_str token = pt_str_sub(s, at, end);
    if (first == '"')
        token = pt_str_sub(token, 1, token.n - 1);
    const char *before = first == 't' || first == 'f' ? "%!s(bool=" : "";
    return pt_call_fault(c, PT_FAULT_BUILTIN,
                         "error: invalid character '%s%.*s%s' after top-level value", before,
                         PT_PRI(token), *before ? ")" : "");
}

static pt_value unmarshal(pt_call *c, const pt_value *args) {
    PT_AUTO(pt_buf_done) pt_buf why = PT_BUF(256);
    pt_str s = pt_fn_clean(c, pt_text(args[0]));
    size_t at = 0;
    if (c->fault)
        return pt_undefined();
    if (!pt_gojson_value(s, &at, &why))
        return pt_call_fault(c, PT_FAULT_BUILTIN, "%.*s", PT_PRI(pt_buf_str(&why)));
    at = pt_gojson_blanks(s, at);
    if (at < s.n)
        return trailing(c, s, at, &why);
    pt_value v;
    pt_err e = {0};
    if (pt_json_parse(c->arena, s, NULL, &v, &e) != PT_OK)
        return pt_call_fault(c, PT_FAULT_LIMIT, "%s", e.what);
    return v;
}

static pt_value is_valid(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_bool(pt_tag_of(args[0]) == PT_STRING && pt_gojson_valid(pt_text(args[0])));
}

static const pt_fn table[] = {
    {"base64.decode", "(x: string) => y: string", pt_fn_base64_decode, 1, 0, {STR}},
    {"base64.encode", "(x: string) => y: string", pt_fn_base64_encode, 1, 0, {STR}},
    {"base64.is_valid", "(x: string) => result: boolean", pt_fn_base64_is_valid, 1, 0, {0}},
    {"base64url.decode", "(x: string) => y: string", pt_fn_base64url_decode, 1, 0, {STR}},
    {"base64url.encode", "(x: string) => y: string", pt_fn_base64url_encode, 1, 0, {STR}},
    {"base64url.encode_no_pad",
     "(x: string) => y: string",
     pt_fn_base64url_encode_no_pad,
     1,
     0,
     {STR}},
    {"hex.decode", "(x: string) => y: string", pt_fn_hex_decode, 1, 0, {STR}},
    {"hex.encode", "(x: string) => y: string", pt_fn_hex_encode, 1, 0, {STR}},
    {"json.is_valid", "(x: string) => result: boolean", is_valid, 1, 0, {0}},
    {"json.marshal", "(x: any) => y: string", marshal, 1, 0, {0}},
    {"json.marshal_with_options",
     "(x: any, opts: object<indent: string, prefix: string, pretty: boolean>[string: any]) => y: "
     "string",
     marshal_with_options,
     2,
     0,
     {0, OBJ}},
    {"json.unmarshal", "(x: string) => y: any", unmarshal, 1, 0, {STR}},
    {"uri.is_valid", "(uri: string) => result: boolean", pt_fn_uri_is_valid, 1, 0, {0}},
    {"uri.parse", "(uri: string) => output: object[string: string]", pt_fn_uri_parse, 1, 0, {STR}},
    {"urlquery.decode", "(x: string) => y: string", pt_fn_urlquery_decode, 1, 0, {STR}},
    {"urlquery.decode_object",
     "(x: string) => object: object[string: array[string]]",
     pt_fn_urlquery_decode_object,
     1,
     0,
     {STR}},
    {"urlquery.encode", "(x: string) => y: string", pt_fn_urlquery_encode, 1, 0, {STR}},
    {"urlquery.encode_object",
     "(object: object[string: any<string, array[string], set[string]>]) => y: string",
     pt_fn_urlquery_encode_object,
     1,
     0,
     {OBJ}},
    {"yaml.is_valid", "(x: string) => result: boolean", pt_fn_yaml_is_valid, 1, 0, {0}},
    {"yaml.marshal", "(x: any) => y: string", pt_fn_yaml_marshal, 1, 0, {0}},
    {"yaml.unmarshal", "(x: string) => y: any", pt_fn_yaml_unmarshal, 1, 0, {STR}},
};
const pt_fn_family pt_fn_encoding = PT_FN_FAMILY(table);
