// yaml.marshal, yaml.unmarshal, yaml.is_valid.
#include "value/yaml.h"

#include "judge/policy/fn/encoding.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/fn/strings.h"
#include "judge/policy/fn/yaml_out.h"

// The first document; the others have to be well-formed.
static pt_code read(pt_call *c, pt_str s, pt_value *ret, pt_err *e) {
    pt_yaml_stream stream = {.bytes = s, .dialect = PT_YAML_GO};
    pt_yaml_doc doc = {0};
    pt_code code = pt_yaml_next(&stream, c->arena, &doc, e);
    *ret = code == PT_OK && pt_defined(doc.value) ? doc.value : pt_null();
    while (code == PT_OK && pt_defined(doc.value) && !pt_call_stop(c))
        code = pt_yaml_next(&stream, c->arena, &doc, e);
    pt_yaml_stream_done(&stream);
    return code;
}

// What OPA's reader says of the commonest faults; policies match on its words. Faults of tokens are
// told without a line where it is the first one.
static const struct {
    const char *ours, *theirs;
    bool token;
} FAULTS[] = {
    {"the closing bracket ] is missing", "did not find expected ',' or ']'", false},
    {"the closing brace } is missing", "did not find expected ',' or '}'", false},
    {"a comma is missing between two entries", "did not find expected ',' or '}'", false},
    {"a second \": \" on one line", "mapping values are not allowed in this context", true},
    {"a tab where indentation is expected", "found character that cannot start any token", true},
    {"the closing double quote is missing", "found unexpected end of stream", true},
    {"the closing single quote is missing", "found unexpected end of stream", true},
};

static pt_value fault_of(pt_call *c, const pt_err *e) {
    for (size_t i = 0; i < PT_COUNT(FAULTS); i++) {
        if (!pt_str_has(pt_str_of(e->what), pt_str_of(FAULTS[i].ours)))
            continue;
        if (FAULTS[i].token && e->line <= 1)
            return pt_call_fault(c, PT_FAULT_BUILTIN, "yaml: %s", FAULTS[i].theirs);
        return pt_call_fault(c, PT_FAULT_BUILTIN, "yaml: line %u: %s", e->line, FAULTS[i].theirs);
    }
    return pt_call_fault(c, PT_FAULT_BUILTIN, "yaml: line %u: %s", e->line, e->what);
}

pt_value pt_fn_yaml_unmarshal(pt_call *c, const pt_value *args) {
    pt_value v;
    pt_err e = {0};
    pt_code code = read(c, pt_text(args[0]), &v, &e);
    if (code == PT_E_NOMEM)
        return pt_call_full(c);
    if (code == PT_E_LIMIT)
        return pt_call_fault(c, PT_FAULT_LIMIT, "yaml: line %u: %s", e.line, e.what);
    if (code)
        return fault_of(c, &e);
    return c->fault ? pt_undefined() : pt_fn_jsonable(c, v);
}

pt_value pt_fn_yaml_is_valid(pt_call *c, const pt_value *args) {
    pt_value v;
    pt_code code =
        pt_tag_of(args[0]) == PT_STRING ? read(c, pt_text(args[0]), &v, NULL) : PT_E_FORMAT;
    if (code == PT_E_NOMEM)
        return pt_call_full(c);
    return c->fault ? pt_undefined() : pt_bool(code == PT_OK);
}

pt_value pt_fn_yaml_marshal(pt_call *c, const pt_value *args) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_value v = pt_fn_jsonable(c, args[0]);
    if (!pt_defined(v))
        return v;
    return pt_yaml_put(c->arena, &b, v) ? pt_call_text(c, &b) : pt_call_full(c);
}
