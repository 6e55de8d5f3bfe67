// Building composites: append, then freeze. Most documents come sorted, so that is looked at first;
// otherwise a permutation is sorted (stable, O(n log n) whatever the input), never the items.
#include "value/impl.h"

enum {
    RUN = PT_SHAPE_KEYS_MAX // so many are sorted by insertion, without memory of their own
};

static int key_cmp(pt_value a, pt_value b) {
    return a.tag == PT_STRING && b.tag == PT_STRING ? pt_impl_str_cmp(a, b) : pt_cmp(a, b);
}

// Keys that stand `stride` values apart.
typedef struct keys {
    const pt_value *v;
    size_t stride;
    size_t n;
} keys;

static pt_value key(const keys *k, size_t i) {
    return k->v[i * k->stride];
}

static bool ascending(const keys *k) {
    for (size_t i = 1; i < k->n; i++)
        if (key_cmp(key(k, i - 1), key(k, i)) >= 0)
            return false;
    return true;
}

static void sort_run(const keys *k, uint32_t *order, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        size_t at = i;
        pt_value v = key(k, i);
        while (at > from && key_cmp(key(k, order[at - 1]), v) > 0) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = (uint32_t)i;
    }
}

static void merge(const keys *k, const uint32_t *from, uint32_t *to, const size_t at[3]) {
    size_t left = at[0];
    size_t right = at[1];
    for (size_t i = at[0]; i < at[2]; i++) {
        bool take_left = left < at[1] &&
                         (right >= at[2] || key_cmp(key(k, from[left]), key(k, from[right])) <= 0);
        to[i] = from[take_left ? left++ : right++];
    }
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

// The sorted permutation, in `order` or in `spare`. NULL: the watch has ended.
static uint32_t *sort(const keys *k, uint32_t *order, uint32_t *spare) {
    for (size_t i = 0; i < k->n; i += RUN) {
        if (pt_watch_spend(RUN))
            return NULL;
        sort_run(k, order, i, least(i + RUN, k->n));
    }
    for (size_t width = RUN; width < k->n; width *= 2) {
        for (size_t i = 0; i < k->n; i += 2 * width) {
            if (pt_watch_spend(2 * width))
                return NULL;
            merge(k, order, spare,
                  (size_t[]){i, least(i + width, k->n), least(i + 2 * width, k->n)});
        }
        uint32_t *swap = order;
        order = spare;
        spare = swap;
    }
    return order;
}

// Drop equal keys: of each run the first or the last stays. Gives how many are left.
static size_t unique(const keys *k, uint32_t *order, bool keep_last, pt_value *dup) {
    size_t n = 0;
    for (size_t i = 0; i < k->n; i++) {
        bool again = n > 0 && key_cmp(key(k, order[n - 1]), key(k, order[i])) == 0;
        if (again && dup && !pt_defined(*dup))
            *dup = key(k, order[i]);
        if (!again)
            order[n++] = order[i];
        else if (keep_last)
            order[n - 1] = order[i];
    }
    return n;
}

static pt_value composite(pt_tag tag, const struct pt_seq *seq, size_t n, uint16_t height) {
    return (pt_value){.tag = (uint8_t)tag, .spare = height, .n = (uint32_t)n, .seq = seq};
}

pt_value *pt_impl_room(pt_arena *a, pt_tag tag, size_t n, pt_value *ret) {
    size_t slots = tag == PT_OBJECT ? 2 * n + 1 : n;
    struct pt_seq *s = pt_arena_take(a, slots * sizeof(pt_value));
    if (!s)
        return NULL;
    *ret = composite(tag, s, n, 0);
    if (tag != PT_OBJECT)
        return s->v;
    s->v[0] = (pt_value){.seq = (const struct pt_seq *)&s->v[n + 1]};
    return s->v + 1;
}

// Sorted and without equal keys. `order` may be NULL: they are so already.
static pt_value gather(pt_arena *a, const keys *k, size_t n, const uint32_t *order) {
    pt_value v;
    pt_value *s = pt_impl_room(a, k->stride == 2 ? PT_OBJECT : PT_SET, n, &v);
    if (!s)
        return pt_undefined();
    for (size_t i = 0; i < n; i++) {
        size_t from = order ? order[i] : i;
        if (v.tag == PT_OBJECT) {
            s[i] = k->v[2 * from + 1];
            s[n + i] = k->v[2 * from];
        } else {
            s[i] = k->v[from];
        }
    }
    return v;
}

// `order` has room for 2 * k->n; it is left as the places that the sorted items came from.
__attribute__((noinline)) static pt_value sorted(pt_arena *a, const keys *k, uint32_t *order,
                                                 pt_value *dup) {
    uint32_t *done = sort(k, order, order + k->n);
    if (!done || pt_watch_ended()) // they are in no order, and some not even there
        return pt_undefined();
    size_t n = unique(k, done, k->stride == 2, dup);
    if (pt_watch_ended())
        return pt_undefined();
    if (done != order)
        memcpy(order, done, n * sizeof *order);
    return gather(a, k, n, order);
}

__attribute__((noinline)) static pt_value sorted_few(pt_arena *a, const keys *k, pt_value *dup) {
    uint32_t order[2 * RUN];
    return sorted(a, k, order, dup);
}

static pt_value sorted_many(pt_arena *a, const keys *k, pt_value *dup) {
    size_t bytes = 2 * k->n * sizeof(uint32_t);
    pt_arena scratch = {.bytes_max = bytes + 4096};
    uint32_t *order = pt_arena_take(&scratch, bytes);
    pt_value v = order ? sorted(a, k, order, dup) : pt_undefined();
    pt_arena_done(&scratch);
    return v;
}

static pt_value of_keys(pt_arena *a, const keys *k, pt_value *dup) {
    if (ascending(k))
        return gather(a, k, k->n, NULL);
    return k->n <= RUN ? sorted_few(a, k, dup) : sorted_many(a, k, dup);
}

// -- shapes ---------------------------------------------------------------------------------------

static uint64_t signature(const pt_value *pairs, size_t n) {
    uint64_t sum = n;
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ pt_impl_head(pairs[2 * i])) * UINT64_C(0x9e3779b97f4a7c15);
    return sum;
}

static bool has_shape(const pt_value *pairs, size_t n, const pt_shape *shape, uint64_t sig) {
    if (!shape || shape->signature != sig || shape->n != n)
        return false;
    const pt_value *known = shape->keys->v;
    for (size_t i = 0; i < n; i++)
        if (!pt_impl_str_eq(pairs[2 * i], known[shape->rank[i]]))
            return false;
    return true;
}

static bool are_slices(const keys *k, const pt_shapes *shapes) {
    for (size_t i = 0; i < k->n; i++)
        if (key(k, i).s < shapes->from || key(k, i).s >= shapes->to)
            return false;
    return true;
}

// The first object of its shape: sorted, and remembered at *ret.
__attribute__((noinline)) static pt_value new_shape(pt_arena *a, const keys *k, uint64_t sig,
                                                    const pt_shape **ret, pt_value *dup) {
    uint32_t order[2 * RUN];
    bool as_written = ascending(k);
    pt_value v = as_written ? gather(a, k, k->n, NULL) : sorted(a, k, order, dup);
    pt_shape *shape = v.n == k->n ? pt_arena_take(a, sizeof *shape) : NULL;
    if (!shape) // equal keys, or no memory
        return v;
    *shape = (pt_shape){.signature = sig, .keys = v.seq->v[0].seq, .n = (uint8_t)v.n};
    for (size_t i = 0; i < k->n; i++)
        shape->rank[as_written ? i : order[i]] = (uint8_t)i;
    *ret = shape;
    return v;
}

static pt_value small_object(pt_arena *a, const keys *k, pt_shapes *shapes, pt_value *dup) {
    uint64_t sig = signature(k->v, k->n);
    size_t first = sig >> (64 - PT_SHAPES_BITS);
    size_t second = first ^ 1;
    bool is_first = has_shape(k->v, k->n, shapes->v[first], sig);
    bool known = is_first || has_shape(k->v, k->n, shapes->v[second], sig);
    if (!known && !are_slices(k, shapes))
        return of_keys(a, k, dup);
    shapes->latest = (uint8_t)(is_first || (!known && !shapes->v[first]) ? first : second);
    const pt_shape **shape = &shapes->v[shapes->latest];
    return known ? pt_impl_of_shape(a, k->v, *shape) : new_shape(a, k, sig, shape, dup);
}

// -- composites -----------------------------------------------------------------------------------

pt_value pt_impl_array(pt_arena *a, const pt_value *items, size_t n, uint16_t height) {
    if (n == 0)
        return composite(PT_ARRAY, NULL, 0, 1);
    struct pt_seq *s = pt_arena_take(a, n * sizeof *items);
    if (!s)
        return pt_undefined();
    pt_impl_copy(s->v, items, n);
    return composite(PT_ARRAY, s, n, height);
}

pt_value pt_impl_object(pt_arena *a, const pt_value *pairs, size_t n, pt_shapes *shapes,
                        pt_value *ret_dup) {
    if (n == 0)
        return composite(PT_OBJECT, NULL, 0, 1);
    keys k = {pairs, 2, n};
    return shapes && n <= RUN ? small_object(a, &k, shapes, ret_dup) : of_keys(a, &k, ret_dup);
}

// The height of a composite of these, or 0 when it is beyond what a value may have, or too long.
static uint16_t height_over(const pt_value *items, size_t n) {
    unsigned most = 0;
    for (size_t i = 0; i < n; i++)
        if (pt_impl_composite(items[i]) && items[i].spare > most)
            most = items[i].spare;
    return most < PT_VALUE_DEPTH_MAX ? (uint16_t)(most + 1) : 0;
}

pt_value pt_array_of(pt_arena *a, const pt_value *items, size_t n) {
    uint16_t height = n <= PT_VALUE_ITEMS_MAX ? height_over(items, n) : 0;
    return height ? pt_impl_array(a, items, n, height) : pt_undefined();
}

pt_value pt_set_of(pt_arena *a, const pt_value *items, size_t n) {
    uint16_t height = n <= PT_VALUE_ITEMS_MAX ? height_over(items, n) : 0;
    if (!height)
        return pt_undefined();
    if (n == 0)
        return composite(PT_SET, NULL, 0, 1);
    pt_value v = of_keys(a, &(keys){items, 1, n}, NULL);
    v.spare = height;
    return v;
}

pt_value pt_object_of(pt_arena *a, const pt_value *pairs, size_t n, pt_value *ret_dup) {
    if (ret_dup)
        *ret_dup = pt_undefined();
    uint16_t height = n <= PT_VALUE_ITEMS_MAX / 2 ? height_over(pairs, 2 * n) : 0;
    if (!height)
        return pt_undefined();
    pt_value v = pt_impl_object(a, pairs, n, NULL, ret_dup);
    v.spare = height;
    return v;
}
