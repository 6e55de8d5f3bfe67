// Any function over any operands: two bytes choose the function, the rest is a JSON array of its
// operands, in which {"$set": [...]} is a set. Whatever they are, the call ends with a value, a
// fault or nothing, within the memory that it was given.
#include "judge/policy/fn/family.h"
#include "value/json.h"

static const pt_fn_family *const families[] = {
    &pt_fn_aggregates, &pt_fn_arrays, &pt_fn_encoding, &pt_fn_engine,  &pt_fn_graph, &pt_fn_numbers,
    &pt_fn_objects,    &pt_fn_sets,   &pt_fn_sprintf,  &pt_fn_strings, &pt_fn_types, &pt_fn_units,
};

static const pt_fn *choose(unsigned index) {
    size_t n = 0;
    for (size_t i = 0; i < PT_COUNT(families); i++)
        n += families[i]->n;
    index = (unsigned)(index % n);
    size_t family = 0;
    while (index >= families[family]->n)
        index -= (unsigned)families[family++]->n;
    return &families[family]->v[index];
}

static pt_value operand(pt_arena *a, pt_value v) {
    pt_value set = pt_getz(v, "$set");
    pt_value list = pt_defined(set) ? set : v;
    pt_list l = {.a = a};
    if (pt_tag_of(list) != PT_ARRAY)
        return v;
    for (size_t i = 0; i < pt_len(list); i++)
        pt_list_add(&l, operand(a, pt_at(list, i)));
    return pt_defined(set) ? pt_set_of(a, l.items.v, l.items.n)
                           : pt_array_of(a, l.items.v, l.items.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const pt_json_opts opts = {.depth_max = 500}; // the sanitizers' frames are large
    pt_arena a = {0};
    pt_arena_init(&a, (size_t)16 << 20);
    pt_value list;
    const pt_fn *fn = size > 2 ? choose((unsigned)data[0] << 8 | data[1]) : NULL;
    if (fn && fn->body &&
        pt_json_parse(&a, (pt_str){(const char *)data + 2, size - 2}, &opts, &list, NULL) ==
            PT_OK &&
        pt_tag_of(list) == PT_ARRAY && pt_len(list) >= fn->arity) {
        pt_value args[PT_FN_ARGS_MAX] = {0};
        pt_call c = {.arena = &a};
        bool defined = true;
        for (size_t i = 0; i < fn->arity; i++) {
            args[i] = operand(&a, pt_at(list, i));
            defined = defined && pt_defined(args[i]);
        }
        pt_value v = defined ? pt_fn_call(&c, fn, args) : pt_undefined();
        pt_assert(!c.fault || !pt_defined(v));
        pt_assert(!c.fault || c.message.n || a.full);
    }
    pt_arena_done(&a);
    return 0;
}
