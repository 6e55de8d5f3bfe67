#include "value/value.h"

#include "value/impl.h"

enum {
    FEW = 24 // entries that are looked through one by one
};

pt_value pt_undefined(void) {
    return (pt_value){0};
}

pt_value pt_null(void) {
    return (pt_value){.tag = PT_NULL};
}

pt_value pt_bool(bool b) {
    return (pt_value){.tag = PT_BOOL, .i = b};
}

pt_value pt_int(int64_t i) {
    return pt_impl_int(i);
}

pt_value pt_string(pt_str s) {
    return s.n <= PT_VALUE_ITEMS_MAX ? pt_impl_string(s.p, s.n) : pt_undefined();
}

pt_value pt_stringz(const char *z) {
    return pt_string(pt_str_of(z));
}

// -- builders -------------------------------------------------------------------------------------

void pt_obj_put(pt_obj *o, pt_str key, pt_value v) {
    if (o->full)
        return;
    pt_value *k = pt_defined(v) ? PT_PUSH(o->a, &o->pairs) : NULL;
    if (k)
        *k = pt_string(key);
    pt_value *at = k ? PT_PUSH(o->a, &o->pairs) : NULL;
    if (at)
        *at = v;
    else
        o->full = true;
}

void pt_obj_set(pt_obj *o, const char *key, pt_value v) {
    pt_obj_put(o, pt_str_of(key), v);
}

void pt_obj_maybe(pt_obj *o, const char *key, pt_value v) {
    if (pt_defined(v))
        pt_obj_set(o, key, v);
}

pt_value pt_obj_end(pt_obj *o) {
    return o->full ? pt_undefined() : pt_object_of(o->a, o->pairs.v, o->pairs.n / 2, NULL);
}

void pt_list_add(pt_list *l, pt_value v) {
    if (l->full)
        return;
    pt_value *at = pt_defined(v) ? PT_PUSH(l->a, &l->items) : NULL;
    if (at)
        *at = v;
    else
        l->full = true;
}

pt_value pt_list_end(pt_list *l) {
    return l->full ? pt_undefined() : pt_array_of(l->a, l->items.v, l->items.n);
}

static pt_value clone_text(pt_arena *a, pt_value v) {
    pt_str s = pt_arena_str(a, (pt_str){v.s, v.n});
    if (!s.p)
        return pt_undefined();
    v.s = s.p;
    return v;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_VALUE_DEPTH_MAX
static bool clone_all(pt_arena *a, const pt_value *from, pt_value *to, size_t n) {
    for (size_t i = 0; i < n; i++) {
        to[i] = pt_clone(a, from[i]);
        if (!pt_defined(to[i]) && pt_defined(from[i]))
            return false;
    }
    return true;
}

pt_value pt_clone(pt_arena *a, pt_value v) { // NOLINT(misc-no-recursion): PT_VALUE_DEPTH_MAX
    if (v.tag == PT_STRING || (v.tag == PT_NUMBER && !(v.flags & PT_FLAG_INT)))
        return clone_text(a, v);
    if (!pt_impl_composite(v) || v.n == 0)
        return v;
    pt_value copy;
    bool late = pt_watch_spend((size_t)v.n + 1);
    pt_value *room = late ? NULL : pt_impl_room(a, pt_tag_of(v), v.n, &copy);
    if (!room || !clone_all(a, pt_vals(v), room, v.n))
        return pt_undefined();
    if (v.tag == PT_OBJECT && !clone_all(a, pt_keys_of(v), room + v.n, v.n))
        return pt_undefined();
    copy.spare = v.spare;
    return copy;
}

// -- reading --------------------------------------------------------------------------------------

const char *pt_tag_name(pt_tag t) {
    static const char *const names[] = {
        [PT_UNDEFINED] = "undefined", [PT_NULL] = "null",     [PT_BOOL] = "boolean",
        [PT_NUMBER] = "number",       [PT_STRING] = "string", [PT_ARRAY] = "array",
        [PT_OBJECT] = "object",       [PT_SET] = "set",
    };
    static_assert(PT_COUNT(names) == PT_SET + 1, "a name for each tag");
    pt_assert((size_t)t < PT_COUNT(names));
    return names[t];
}

bool pt_true(pt_value v) {
    return v.tag == PT_BOOL && v.i;
}

pt_str pt_text(pt_value v) {
    return v.tag == PT_STRING ? (pt_str){v.s, v.n} : (pt_str){0};
}

pt_value pt_at(pt_value v, size_t i) {
    return (v.tag == PT_ARRAY || v.tag == PT_SET) && i < v.n ? v.seq->v[i] : pt_undefined();
}

pt_value pt_key_at(pt_value v, size_t i) {
    return v.tag == PT_OBJECT && i < v.n ? pt_keys_of(v)[i] : pt_undefined();
}

pt_value pt_val_at(pt_value v, size_t i) {
    return v.tag == PT_OBJECT && i < v.n ? pt_vals(v)[i] : pt_undefined();
}

// Where `key` stands among the n sorted `keys`, or n.
static size_t find(const pt_value *keys, size_t n, pt_value key) {
    size_t from = 0;
    size_t to = n;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        bool texts = keys[mid].tag == PT_STRING && key.tag == PT_STRING;
        int c = texts ? pt_impl_str_cmp(keys[mid], key) : pt_cmp(keys[mid], key);
        if (c == 0)
            return mid;
        if (c < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return n;
}

static pt_value find_string(pt_value v, pt_value key) {
    const pt_value *keys = pt_keys_of(v);
    for (size_t i = 0; i < v.n; i++)
        if (pt_impl_str_eq(keys[i], key))
            return pt_vals(v)[i];
    return pt_undefined();
}

pt_value pt_get_value(pt_value v, pt_value key) {
    if (v.tag != PT_OBJECT || v.n == 0)
        return pt_undefined();
    if (key.tag == PT_STRING && v.n <= FEW)
        return find_string(v, key);
    size_t i = find(pt_keys_of(v), v.n, key);
    return i < v.n ? pt_vals(v)[i] : pt_undefined();
}

pt_value pt_get(pt_value v, pt_str key) {
    return pt_get_value(v, pt_string(key));
}

pt_value pt_getz(pt_value v, const char *key) {
    return pt_get_value(v, pt_stringz(key));
}

bool pt_set_has(pt_value set, pt_value item) {
    return set.tag == PT_SET && set.n > 0 && find(set.seq->v, set.n, item) < set.n;
}
