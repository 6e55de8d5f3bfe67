// The answer of http.send: {status, status_code, headers, body, raw_body}.
#include "judge/policy/fn/encoding.h"
#include "judge/policy/fn/gojson.h"
#include "judge/policy/fn/send.h"
#include "value/json.h"

pt_str pt_send_header(pt_value headers, const char *name) {
    return pt_text(pt_at(pt_getz(headers, name), 0));
}

// -- media types (RFC 9110, 8.3.1) ----------------------------------------------------------------

static bool is_token(pt_str s) {
    static const pt_str others = PT_STR("!#$%&'*+-.^_`|~");
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!word && pt_str_find(others, c) == others.n)
            return false;
    }
    return s.n > 0;
}

// "charset=utf-8" and the like; nothing is one too, at the end.
static bool is_parameter(pt_str s) {
    s = pt_str_trim(s);
    size_t eq = pt_str_find(s, '=');
    pt_str value = pt_str_sub(s, eq + 1, s.n);
    bool quoted = value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"';
    return !s.n ||
           (eq < s.n && is_token(pt_str_trim(pt_str_sub(s, 0, eq))) && (quoted || is_token(value)));
}

static bool ends_nocase(pt_str s, pt_str end) {
    return s.n >= end.n && pt_str_eq_nocase(pt_str_sub(s, s.n - end.n, s.n), end);
}

static bool is_json(pt_value headers) {
    pt_str rest = pt_send_header(headers, "content-type");
    pt_str type = {0};
    pt_str parameter;
    PT_IGNORE(!pt_str_split(&rest, ';', &type)); // empty then
    while (pt_str_split(&rest, ';', &parameter))
        if (!is_parameter(parameter))
            return false;
    type = pt_str_trim(type);
    size_t slash = pt_str_find(type, '/');
    pt_str sub = pt_str_sub(type, slash + 1, type.n);
    return pt_str_eq_nocase(pt_str_sub(type, 0, slash), PT_STR("application")) && is_token(sub) &&
           (pt_str_eq_nocase(sub, PT_STR("json")) || ends_nocase(sub, PT_STR("+json")));
}

static bool is_yaml(pt_value headers) {
    pt_str type = pt_send_header(headers, "content-type");
    return pt_str_has(type, PT_STR("application/yaml")) ||
           pt_str_has(type, PT_STR("application/x-yaml"));
}

// -- bodies ---------------------------------------------------------------------------------------

// The first JSON value of the body; null if it has none.
static pt_value json_body(pt_call *c, pt_str body) {
    PT_AUTO(pt_buf_done) pt_buf why = PT_BUF(256);
    size_t end = 0;
    pt_value v = pt_null();
    if (!pt_gojson_value(body, &end, &why))
        return v;
    pt_code code = pt_json_parse(c->arena, pt_str_sub(body, 0, end), NULL, &v, NULL);
    if (code == PT_E_NOMEM)
        return pt_call_full(c);
    return code ? pt_null() : v;
}

static pt_value yaml_body(pt_call *c, pt_str body) {
    pt_call probe = {.arena = c->arena, .world = c->world};
    pt_value text = pt_string(body);
    pt_value v = pt_fn_yaml_unmarshal(&probe, &text);
    if (c->arena->full)
        return pt_call_full(c);
    return pt_defined(v) ? v : pt_null();
}

pt_value pt_send_answer(pt_send_job *j, const pt_net_answer *a) {
    pt_value body = pt_null();
    if (j->json || is_json(a->headers))
        body = json_body(j->c, a->body);
    else if (j->yaml || is_yaml(a->headers))
        body = yaml_body(j->c, a->body);
    pt_obj o = {.a = j->c->arena};
    pt_obj_set(&o, "body", body);
    pt_obj_set(&o, "headers", a->headers);
    pt_obj_set(&o, "raw_body", pt_string(a->body));
    pt_obj_set(&o, "status", pt_string(a->status_text));
    pt_obj_set(&o, "status_code", pt_int(a->status));
    return pt_call_made(j->c, pt_obj_end(&o));
}
