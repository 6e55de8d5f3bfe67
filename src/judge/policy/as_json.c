#include "judge/policy/as_json.h"

#include "base/buf.h"
#include "base/watch.h"
#include "judge/policy/as_json_impl.h"
#include "value/json.h"
#include "value/yaml.h"

// NOLINTNEXTLINE(misc-no-recursion): as deep as values
static bool is_json(pt_value v) {
    bool ok = v.tag != PT_SET && !pt_watch_spend(pt_len(v));
    for (size_t i = 0; i < pt_len(v) && ok; i++)
        ok = v.tag == PT_OBJECT ? pt_key_at(v, i).tag == PT_STRING && is_json(pt_val_at(v, i))
                                : is_json(pt_at(v, i));
    return ok;
}

static pt_value text_key(pt_arena *a, pt_value key) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64 << 20);
    if (key.tag == PT_STRING)
        return key;
    if (pt_json_write(&b, key, NULL, NULL))
        return pt_undefined();
    pt_str s = pt_arena_str(a, pt_buf_str(&b));
    return s.p ? pt_string(s) : pt_undefined();
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as values
static pt_value convert(pt_arena *a, pt_value v) {
    bool object = v.tag == PT_OBJECT;
    if (!object && v.tag != PT_ARRAY && v.tag != PT_SET)
        return v;
    size_t n = pt_len(v);
    size_t k = 0;
    pt_value *out = PT_NEW(a, pt_value, object ? 2 * n : n);
    bool ok = out && !pt_watch_spend(n + 1);
    for (size_t i = 0; i < n && ok; i++) {
        if (object)
            out[k++] = text_key(a, pt_key_at(v, i));
        out[k++] = convert(a, object ? pt_val_at(v, i) : pt_at(v, i));
        ok = pt_defined(out[k - 1]) && (!object || pt_defined(out[k - 2]));
    }
    if (!ok)
        return pt_undefined();
    return object ? pt_object_of(a, out, n, NULL) : pt_array_of(a, out, n);
}

pt_value pt_as_json(pt_arena *a, pt_value v) {
    return is_json(v) ? v : convert(a, v);
}

static pt_code no_second(pt_yaml_stream *s, pt_arena *a, pt_err *e) {
    pt_yaml_doc next = {0};
    pt_code code = pt_yaml_next(s, a, &next, e);
    if (code || !pt_defined(next.value) || next.value.tag == PT_NULL)
        return code;
    code = pt_err_set(e, PT_E_FORMAT, "a second document follows, and only one is read");
    if (e) {
        e->line = next.line;
        e->column = next.column;
    }
    return code;
}

pt_code pt_yaml_as_json(pt_arena *a, pt_str text, pt_value *ret, pt_err *e) {
    pt_yaml_stream s = {.bytes = text, .dialect = PT_YAML_GO};
    pt_yaml_doc doc = {0};
    pt_code code = pt_yaml_next(&s, a, &doc, e);
    if (!code && pt_defined(doc.value))
        code = no_second(&s, a, e);
    pt_yaml_stream_done(&s);
    *ret = pt_defined(doc.value) ? pt_as_json(a, doc.value) : pt_null();
    return code || pt_defined(*ret) ? code : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
