// json.match_schema and json.verify_schema.
#include "judge/policy/fn/schema.h"

#include "judge/policy/fn/go_json.h"

// The document of an operand: JSON in a string, or a value. Undefined: *ret_why says why not.
static pt_value document(pt_call *c, pt_value v, const char **ret_why) {
    pt_str ignored;
    *ret_why = NULL;
    if (pt_tag_of(v) == PT_OBJECT || pt_tag_of(v) == PT_ARRAY)
        return v;
    if (pt_tag_of(v) != PT_STRING) {
        *ret_why = "wrong type, expected string or object";
        return pt_undefined();
    }
    pt_value doc = pt_go_json(c, pt_text(v), &ignored);
    if (!pt_defined(doc))
        *ret_why = "invalid JSON string";
    return doc;
}

static pt_value answer(pt_call *c, bool ok, pt_value with) {
    const pt_value v[] = {pt_bool(ok), with};
    return pt_defined(with) ? pt_call_made(c, pt_array_of(c->arena, v, 2)) : with;
}

static pt_value no_schema(pt_call *c, pt_str why) {
    if (c->fault)
        return pt_undefined();
    pt_str text = pt_arena_printf(c->arena, "jsonschema: %.*s", PT_PRI(why));
    return text.p ? answer(c, false, pt_string(text)) : pt_call_full(c);
}

static pt_value json_verify_schema(pt_call *c, const pt_value *args) {
    const char *bad;
    pt_str why;
    pt_value doc = document(c, args[0], &bad);
    if (bad)
        return no_schema(c, pt_str_of(bad));
    pt_schema *s = pt_schema_compile(c, doc, true, &why);
    if (!s)
        return no_schema(c, why);
    pt_schema_free(s);
    return answer(c, true, pt_null());
}

static pt_kept compiled(pt_call *c, pt_value v) {
    static const char kind;
    const char *bad;
    pt_str why = {0};
    pt_str key = pt_schema_plain(c->arena, v);
    void *s = pt_fn_cache_get(c->cache, &kind, key);
    if (s)
        return (pt_kept){.thing = s};
    pt_value doc = document(c, v, &bad);
    if (bad)
        pt_call_fault(c, PT_FAULT_BUILTIN, "%s", bad);
    else
        s = pt_schema_compile(c, doc, true, &why);
    if (!s)
        pt_call_fault(c, PT_FAULT_BUILTIN, "%.*s", PT_PRI(why));
    return pt_kept_put(c, &kind, key, s, pt_schema_free);
}

static pt_value json_match_schema(pt_call *c, const pt_value *args) {
    const char *bad;
    pt_value doc = document(c, args[0], &bad);
    if (bad)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "%s", bad);
    PT_AUTO(pt_kept_done) pt_kept k = compiled(c, args[1]);
    if (!k.thing || c->fault)
        return pt_undefined();
    pt_value errors = pt_schema_match(c, k.thing, doc);
    return answer(c, pt_len(errors) == 0, errors);
}

#define ANY "any<string, object[any: any]>"
static const pt_fn fns[] = {
    {"json.match_schema",
     "(document: " ANY ", schema: " ANY ") => output: array<boolean, array[object<desc: string, "
     "error: string, field: string, type: string>]>",
     json_match_schema,
     2,
     PT_FN_VARIES, // as OPA says of it: there a schema may be fetched
     {0, 0}},
    {"json.verify_schema",
     "(schema: " ANY ") => output: array<boolean, any<null, string>>",
     json_verify_schema,
     1,
     PT_FN_VARIES,
     {0}},
};
const pt_fn_family pt_fn_schema = PT_FN_FAMILY(fns);
