#include "judge/policy/fn/types.h"

#include "judge/policy/fn/family.h"

static pt_value is_kind(const pt_value *args, pt_tag tag) {
    return pt_bool(pt_tag_of(args[0]) == tag);
}

#define IS(name, tag)                                             \
    static pt_value is_##name(pt_call *c, const pt_value *args) { \
        (void)c;                                                  \
        return is_kind(args, tag);                                \
    }
IS(array, PT_ARRAY)
IS(boolean, PT_BOOL)
IS(null, PT_NULL)
IS(number, PT_NUMBER)
IS(object, PT_OBJECT)
IS(set, PT_SET)
IS(string, PT_STRING)

static pt_value type_name(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_stringz(pt_tag_name(pt_tag_of(args[0])));
}

// Casts to a kind of value that only takes that kind, which the operand's check has done.
static pt_value cast_same(pt_call *c, const pt_value *args) {
    (void)c;
    return args[0];
}

static pt_value cast_array(pt_call *c, const pt_value *args) {
    pt_list l = {.a = c->arena};
    if (pt_tag_of(args[0]) == PT_ARRAY)
        return args[0];
    for (size_t i = 0; i < pt_len(args[0]); i++)
        pt_list_add(&l, pt_at(args[0], i));
    return pt_call_made(c, pt_list_end(&l));
}

static pt_value cast_set(pt_call *c, const pt_value *args) {
    pt_list l = {.a = c->arena};
    if (pt_tag_of(args[0]) == PT_SET)
        return args[0];
    for (size_t i = 0; i < pt_len(args[0]); i++)
        pt_list_add(&l, pt_at(args[0], i));
    if (l.full)
        return pt_call_full(c);
    return pt_call_made(c, pt_set_of(c->arena, l.items.v, l.items.n));
}

static const pt_fn table[] = {
    {"cast_array", "(any) => array[any]", cast_array, 1, PT_FN_DEPRECATED, {PT_COLLECTION}},
    {"cast_boolean", "(any) => boolean", cast_same, 1, PT_FN_DEPRECATED, {PT_KIND(PT_BOOL)}},
    {"cast_null", "(any) => null", cast_same, 1, PT_FN_DEPRECATED, {PT_KIND(PT_NULL)}},
    {"cast_object", "(any) => object[any: any]", cast_same, 1, PT_FN_DEPRECATED, {OBJ}},
    {"cast_set", "(any) => set[any]", cast_set, 1, PT_FN_DEPRECATED, {PT_COLLECTION}},
    {"cast_string", "(any) => string", cast_same, 1, PT_FN_DEPRECATED, {STR}},
    {"is_array", "(x: any) => result: boolean", is_array, 1, 0, {0}},
    {"is_boolean", "(x: any) => result: boolean", is_boolean, 1, 0, {0}},
    {"is_null", "(x: any) => result: boolean", is_null, 1, 0, {0}},
    {"is_number", "(x: any) => result: boolean", is_number, 1, 0, {0}},
    {"is_object", "(x: any) => result: boolean", is_object, 1, 0, {0}},
    {"is_set", "(x: any) => result: boolean", is_set, 1, 0, {0}},
    {"is_string", "(x: any) => result: boolean", is_string, 1, 0, {0}},
    {"to_number",
     "(value: any<null, boolean, number, string>) => num: number",
     pt_fn_to_number,
     1,
     0,
     {0}},
    {"type_name", "(x: any) => type: string", type_name, 1, 0, {0}},
};
const pt_fn_family pt_fn_types = PT_FN_FAMILY(table);
