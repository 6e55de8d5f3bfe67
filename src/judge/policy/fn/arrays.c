#include <string.h>

#include "judge/policy/fn/family.h"
#include "judge/policy/number_impl.h"

static pt_value concat(pt_call *c, const pt_value *args) {
    pt_list l = {.a = c->arena};
    if (pt_len(args[0]) == 0)
        return args[1];
    if (pt_len(args[1]) == 0)
        return args[0];
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < pt_len(args[k]); i++)
            pt_list_add(&l, pt_at(args[k], i));
    return pt_call_made(c, pt_list_end(&l));
}

static pt_value flatten(pt_call *c, const pt_value *args) {
    pt_list l = {.a = c->arena};
    for (size_t i = 0; i < pt_len(args[0]); i++) {
        pt_value item = pt_at(args[0], i);
        if (pt_tag_of(item) != PT_ARRAY)
            pt_list_add(&l, item);
        else
            for (size_t k = 0; k < pt_len(item); k++)
                pt_list_add(&l, pt_at(item, k));
    }
    return pt_call_made(c, pt_list_end(&l));
}

static pt_value reverse(pt_call *c, const pt_value *args) {
    pt_list l = {.a = c->arena};
    for (size_t i = pt_len(args[0]); i > 0; i--)
        pt_list_add(&l, pt_at(args[0], i - 1));
    return pt_call_made(c, pt_list_end(&l));
}

static pt_value slice(pt_call *c, const pt_value *args) {
    int64_t from;
    int64_t to;
    if (!pt_call_index(c, 2, args[1], &from) || !pt_call_index(c, 3, args[2], &to))
        return pt_undefined();
    int64_t n = (int64_t)pt_len(args[0]);
    to = to < 0 ? 0 : to > n ? n : to;
    from = from < 0 ? 0 : from > to ? to : from;
    pt_list l = {.a = c->arena};
    for (int64_t i = from; i < to; i++)
        pt_list_add(&l, pt_at(args[0], (size_t)i));
    return pt_call_made(c, pt_list_end(&l));
}

static const pt_fn table[] = {
    {"array.concat", "(x: array[any], y: array[any]) => z: array[any]", concat, 2, 0, {ARR, ARR}},
    {"array.flatten", "(arr: array[any]) => flattened: array[any]", flatten, 1, 0, {ARR}},
    {"array.reverse", "(arr: array[any]) => rev: array[any]", reverse, 1, 0, {ARR}},
    {"array.slice",
     "(arr: array[any], start: number, stop: number) => slice: array[any]",
     slice,
     3,
     0,
     {ARR, NUM, NUM}},
};
const pt_fn_family pt_fn_arrays = PT_FN_FAMILY(table);
