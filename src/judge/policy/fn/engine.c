// What belongs to the compiler and the engine: their names and types. Few have a body.
#include "judge/policy/fn/family.h"
#include "judge/policy/fn/interpolate.h"

static bool among(pt_value x, pt_value collection) {
    pt_tag tag = pt_tag_of(collection);
    if (tag == PT_SET)
        return pt_set_has(collection, x);
    for (size_t i = 0; i < pt_len(collection); i++)
        if (pt_eq(x, tag == PT_OBJECT ? pt_val_at(collection, i) : pt_at(collection, i)))
            return true;
    return false;
}

static pt_value member(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_bool(among(args[0], args[1]));
}

static pt_value member_at(pt_call *c, const pt_value *args) {
    (void)c;
    pt_value key = args[0];
    pt_value in = args[2];
    int64_t i;
    switch (pt_tag_of(in)) {
    case PT_SET:
        return pt_bool(pt_eq(key, args[1]) && pt_set_has(in, key));
    case PT_OBJECT:
        return pt_bool(pt_eq(pt_get_value(in, key), args[1]));
    case PT_ARRAY:
        return pt_bool(pt_to_int(key, &i) && i >= 0 && pt_eq(pt_at(in, (size_t)i), args[1]));
    default:
        return pt_bool(false);
    }
}

static pt_value runtime(pt_call *c, const pt_value *args) {
    (void)args;
    pt_value v = c->world ? c->world->runtime : pt_undefined();
    return pt_defined(v) ? v : pt_object_of(c->arena, NULL, 0, NULL);
}

static pt_value parse_module(pt_call *c, const pt_value *args) {
    if (c->world && c->world->parse_module)
        return c->world->parse_module(c, pt_text(args[0]), pt_text(args[1]));
    return pt_call_fault(c, PT_FAULT_BUILTIN, "there is no parser here");
}

static const pt_fn table[] = {
    {"assign", "(any, any) => boolean", NULL, 2, 0, {0, 0}},
    {"eq", "(any, any) => boolean", NULL, 2, 0, {0, 0}},
    {"internal.member_2", "(any, any) => boolean", member, 2, 0, {0, 0}},
    {"internal.member_3", "(any, any, any) => boolean", member_at, 3, 0, {0, 0, 0}},
    {"internal.print", "(array[set[any]]) => ???", NULL, 1, PT_FN_VOID, {ARR}},
    {"internal.template_string", "(array[any]) => string", pt_fn_template_string, 1, 0, {ARR}},
    {"internal.test_case", "(array[any]) => ???", NULL, 1, PT_FN_VOID, {ARR}},
    {"opa.runtime", "() => output: object[string: any]", runtime, 0, PT_FN_VARIES, {0}},
    {"print", "(any...) => ???", NULL, 0, PT_FN_VOID, {0}},
    {"rego.metadata.chain", "() => chain: array[any]", NULL, 0, 0, {0}},
    {"rego.metadata.rule", "() => output: any", NULL, 0, 0, {0}},
    {"rego.parse_module",
     "(filename: string, rego: string) => output: object[string: any]",
     parse_module,
     2,
     0,
     {STR, STR}},
    {"trace", "(note: string) => result: boolean", NULL, 1, 0, {STR}},
};
const pt_fn_family pt_fn_engine = PT_FN_FAMILY(table);
