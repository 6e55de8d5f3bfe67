#include "judge/policy/fn/go_json.h"

#include <string.h>

#include "judge/policy/fn/gojson.h"
#include "judge/policy/fn/utf8.h"
#include "value/json.h"

// Something comes behind the document: Go takes it as a token, or says why it is none.
static void put_behind(pt_buf *b, pt_str text, size_t at) {
    at = pt_gojson_blanks(text, at);
    size_t from = at;
    char c = text.p[at];
    pt_buf why = PT_BUF(256);
    if (c != '{' && c != '[' && !pt_gojson_value(text, &at, &why)) {
        pt_buf_put(b, pt_buf_str(&why));
    } else {
        pt_str token = pt_str_sub(text, from, c == '{' || c == '[' ? from + 1 : at);
        if (c == '"')
            token = pt_str_sub(token, 1, token.n - 1);
        pt_buf_printf(b, "error: invalid character '%.*s' after top-level value", PT_PRI(token));
    }
    pt_buf_done(&why);
}

// Go reads broken UTF-8 as U+FFFD.
static pt_str repaired(pt_call *c, pt_str text) {
    if (pt_str_utf8(text, NULL))
        return text;
    pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    for (size_t at = 0; at < text.n;)
        pt_utf8_put(&b, pt_utf8_next(text, &at, NULL));
    pt_str r = pt_arena_str(c->arena, pt_buf_str(&b));
    pt_buf_done(&b);
    return r;
}

pt_value pt_go_json(pt_call *c, pt_str text, pt_str *ret_why) {
    pt_value v;
    pt_err e = {0};
    size_t at = 0;
    *ret_why = (pt_str){0};
    pt_code code = pt_json_parse(c->arena, repaired(c, text), NULL, &v, &e);
    if (code == PT_OK)
        return v;
    if (code == PT_E_NOMEM)
        return pt_call_full(c);
    pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    if (pt_gojson_value(text, &at, &b) && pt_gojson_blanks(text, at) < text.n)
        put_behind(&b, text, at);
    *ret_why = pt_arena_str(c->arena, pt_buf_str(&b));
    pt_buf_done(&b);
    return ret_why->p ? pt_undefined() : pt_call_full(c);
}
