#include <stdlib.h>

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/utf8.h"
#include "judge/policy/number_impl.h"

static pt_value count(pt_call *c, const pt_value *args) {
    (void)c;
    pt_value v = args[0];
    return pt_int((int64_t)(pt_tag_of(v) == PT_STRING ? pt_utf8_count(pt_text(v)) : pt_len(v)));
}

// Are all items numbers? *ret_whole: and integral ones?
static bool numbers(pt_call *c, pt_value items, bool *ret_whole) {
    *ret_whole = true;
    for (size_t i = 0; i < pt_len(items); i++) {
        pt_value item = pt_at(items, i);
        if (pt_tag_of(item) != PT_NUMBER) {
            pt_call_element(c, 1,
                            pt_tag_of(items) == PT_SET ? "set of numbers" : "array of numbers",
                            items, item);
            return false;
        }
        *ret_whole = *ret_whole && pt_num_integral(item);
    }
    return true;
}

typedef pt_value operation(pt_call *c, pt_value a, pt_value b);

static pt_value fold(pt_call *c, pt_value items, operation *op, int64_t start) {
    pt_value sum = pt_int(start);
    for (size_t i = 0; i < pt_len(items) && !c->fault; i++) {
        sum = op(c, sum, pt_at(items, i));
        if (i % 1000 == 999 && pt_call_stop(c))
            break;
    }
    return c->fault ? pt_undefined() : sum;
}

static bool collection(pt_call *c, pt_value v) {
    if (PT_KIND(pt_tag_of(v)) & PT_COLLECTION)
        return true;
    pt_call_one_of(c, 1, "set, array", v);
    return false;
}

static pt_value sum(pt_call *c, const pt_value *args) {
    bool whole;
    if (!collection(c, args[0]) || !numbers(c, args[0], &whole))
        return pt_undefined();
    return whole ? fold(c, args[0], pt_num_add, 0) : pt_num_float_sum(c, args[0]);
}

static pt_value product(pt_call *c, const pt_value *args) {
    bool whole;
    if (!collection(c, args[0]) || !numbers(c, args[0], &whole))
        return pt_undefined();
    return whole ? fold(c, args[0], pt_num_mul, 1) : pt_num_float_product(c, args[0]);
}

// The largest for sign 1, the smallest for -1; of equal ones the last.
static pt_value extreme(pt_call *c, pt_value v, int sign) {
    if (!collection(c, v))
        return pt_undefined();
    pt_value best = pt_at(v, 0);
    for (size_t i = 1; i < pt_len(v); i++)
        if (pt_cmp(pt_at(v, i), best) * sign >= 0)
            best = pt_at(v, i);
    return best;
}

static pt_value max(pt_call *c, const pt_value *args) {
    return extreme(c, args[0], 1);
}

static pt_value min(pt_call *c, const pt_value *args) {
    return extreme(c, args[0], -1);
}

static int by_order(const void *a, const void *b) {
    return pt_cmp(*(const pt_value *)a, *(const pt_value *)b);
}

static pt_value sort(pt_call *c, const pt_value *args) {
    if (!collection(c, args[0]))
        return pt_undefined();
    size_t n = pt_len(args[0]);
    pt_value *items = PT_NEW(c->arena, pt_value, n);
    if (!items)
        return pt_call_full(c);
    for (size_t i = 0; i < n; i++)
        items[i] = pt_at(args[0], i);
    if (pt_tag_of(args[0]) == PT_ARRAY)
        qsort(items, n, sizeof *items, by_order);
    return pt_call_made(c, pt_array_of(c->arena, items, n));
}

static pt_value all(pt_call *c, const pt_value *args) {
    (void)c;
    for (size_t i = 0; i < pt_len(args[0]); i++)
        if (!pt_true(pt_at(args[0], i)))
            return pt_bool(false);
    return pt_bool(true);
}

static pt_value any(pt_call *c, const pt_value *args) {
    (void)c;
    for (size_t i = 0; i < pt_len(args[0]); i++)
        if (pt_true(pt_at(args[0], i)))
            return pt_bool(true);
    return pt_bool(false);
}

static const pt_fn table[] = {
    {"all", "(any<array[any], set[any]>) => boolean", all, 1, PT_FN_DEPRECATED, {PT_COLLECTION}},
    {"any", "(any<array[any], set[any]>) => boolean", any, 1, PT_FN_DEPRECATED, {PT_COLLECTION}},
    {"count",
     "(collection: any<string, array[any], object[any: any], set[any]>) => n: number",
     count,
     1,
     0,
     {STR | ARR | OBJ | SET}},
    {"max", "(collection: any<array[any], set[any]>) => n: any", max, 1, 0, {0}},
    {"min", "(collection: any<array[any], set[any]>) => n: any", min, 1, 0, {0}},
    {"product", "(collection: any<array[number], set[number]>) => n: number", product, 1, 0, {0}},
    {"sort", "(collection: any<array[any], set[any]>) => n: array[any]", sort, 1, 0, {0}},
    {"sum", "(collection: any<array[number], set[number]>) => n: number", sum, 1, 0, {0}},
};
const pt_fn_family pt_fn_aggregates = PT_FN_FAMILY(table);
