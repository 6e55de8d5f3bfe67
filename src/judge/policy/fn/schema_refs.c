// Where references of a schema lead: to nodes with an identifier, and along JSON Pointers.
#include <string.h>

#include "judge/policy/fn/schema.h"

#define REFUSE(k, ...) pt_schema_refuse(k, pt_arena_printf((k)->c->arena, __VA_ARGS__))

bool pt_schema_refuse(pt_schema_maker *k, pt_str why) {
    if (!k->why.p)
        k->why = why.p ? why : PT_STR("out of memory");
    return false;
}

bool pt_schema_full(pt_schema_maker *k) {
    return pt_defined(
        pt_call_fault(k->c, PT_FAULT_LIMIT, "the schema needs more memory than the limit"));
}

static size_t slot_of(const pt_schema_maker *k, pt_str uri) {
    size_t i = pt_hash(pt_string(uri), 0) & (k->n_slots - 1);
    while (k->slots[i] && !pt_str_eq(k->places.v[k->slots[i] - 1].uri, uri))
        i = (i + 1) & (k->n_slots - 1);
    return i;
}

static bool room_for_place(pt_schema_maker *k) {
    if (2 * k->places.n < k->n_slots)
        return true;
    k->n_slots = k->n_slots ? 2 * k->n_slots : 64;
    k->slots = PT_NEW(k->a, uint32_t, k->n_slots);
    for (size_t i = 0; k->slots && i < k->places.n; i++)
        k->slots[slot_of(k, k->places.v[i].uri)] = (uint32_t)i + 1;
    return k->slots;
}

pt_schema_place *pt_schema_place_of(pt_schema_maker *k, pt_str uri) {
    if (!room_for_place(k))
        return NULL;
    size_t at = slot_of(k, uri);
    if (k->slots[at])
        return &k->places.v[k->slots[at] - 1];
    pt_schema_place *p = PT_PUSH(k->a, &k->places);
    if (!p)
        return NULL;
    k->slots[at] = (uint32_t)k->places.n;
    *p = (pt_schema_place){.uri = uri};
    return p;
}

static pt_value place_at(const pt_schema_maker *k, pt_str uri) {
    size_t at = k->n_slots ? slot_of(k, uri) : 0;
    return k->n_slots && k->slots[at] ? k->places.v[k->slots[at] - 1].node : pt_undefined();
}

bool pt_schema_put_place(pt_schema_maker *k, pt_str uri, pt_value node) {
    pt_schema_place *p = pt_schema_place_of(k, uri);
    if (!p)
        return pt_schema_full(k);
    if (pt_defined(p->node))
        return REFUSE(k, "Reference already exists: \"%.*s\"", PT_PRI(uri));
    p->node = node;
    return true;
}

// The identifier of a node, against the one around it.
pt_str pt_schema_id(pt_schema_maker *k, pt_value node, pt_str base) {
    pt_value id = pt_getz(node, "id");
    id = pt_defined(id) ? id : pt_getz(node, "$id");
    return pt_tag_of(id) == PT_STRING ? pt_uri_resolve(k->a, base, pt_text(id)) : base;
}

static bool is_map_of_schemas(pt_str key) {
    return pt_str_in_list(key, PT_STR("properties dependencies patternProperties"), ' ');
}

// NOLINTNEXTLINE(misc-no-recursion): PT_SCHEMA_DEPTH_MAX
bool pt_schema_find_places(pt_schema_maker *k, pt_value node, pt_str base, unsigned depth) {
    if (depth > PT_SCHEMA_DEPTH_MAX)
        return pt_defined(pt_call_fault(k->c, PT_FAULT_LIMIT, "the schema is too deep"));
    if (pt_tag_of(node) == PT_ARRAY) {
        for (size_t i = 0; i < pt_len(node); i++)
            if (!pt_schema_find_places(k, pt_at(node, i), base, depth + 1))
                return false;
        return true;
    }
    if (pt_tag_of(node) != PT_OBJECT)
        return true;
    pt_str here = pt_schema_id(k, node, base);
    if (!pt_str_eq(here, base) && !pt_schema_put_place(k, here, node))
        return false;
    for (size_t i = 0; i < pt_len(node); i++) {
        pt_str key = pt_text(pt_key_at(node, i));
        pt_value v = pt_val_at(node, i);
        if (pt_str_eqz(key, "const") || pt_str_eqz(key, "enum"))
            continue;
        bool map = is_map_of_schemas(key) && pt_tag_of(v) == PT_OBJECT;
        for (size_t j = 0; map && j < pt_len(v); j++)
            if (!pt_schema_find_places(k, pt_val_at(v, j), here, depth + 2))
                return false;
        if (!map && !is_map_of_schemas(key) && !pt_schema_find_places(k, v, here, depth + 1))
            return false;
    }
    return true;
}

static pt_str unescaped(pt_schema_maker *k, pt_str s) {
    char *p = pt_arena_take(k->a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; p && i < s.n; i++) {
        int64_t byte;
        if (s.p[i] == '%' && i + 2 < s.n && pt_str_int(pt_str_sub(s, i + 1, i + 3), 16, &byte)) {
            p[n++] = (char)(unsigned char)byte;
            i += 2;
        } else if (s.p[i] == '~' && i + 1 < s.n && (s.p[i + 1] == '0' || s.p[i + 1] == '1')) {
            p[n++] = s.p[++i] == '0' ? '~' : '/';
        } else {
            p[n++] = s.p[i];
        }
    }
    return (pt_str){p, n};
}

// What one token of a pointer leads to; undefined: refused.
static pt_value step(pt_schema_maker *k, pt_value node, pt_str token) {
    int64_t index;
    if (pt_tag_of(node) == PT_OBJECT) {
        pt_value next = pt_get(node, token);
        if (!pt_defined(next))
            REFUSE(k, "Object has no key '%.*s'", PT_PRI(token));
        return next;
    }
    if (pt_tag_of(node) != PT_ARRAY)
        REFUSE(k, "Invalid token reference '%.*s'", PT_PRI(token));
    else if (!pt_str_int(token, 10, &index))
        REFUSE(k, "Invalid array index '%.*s'", PT_PRI(token));
    else if (index < 0 || (size_t)index >= pt_len(node))
        REFUSE(k, "Out of bound array[0,%zu] index '%lld'", pt_len(node), (long long)index);
    else
        return pt_at(node, (size_t)index);
    return pt_undefined();
}

// JSON Pointer (RFC 6901), in a URI's fragment.
static pt_value follow(pt_schema_maker *k, pt_value node, pt_str pointer) {
    if (!pointer.n)
        return node;
    if (pointer.p[0] != '/') {
        REFUSE(k, "JSON pointer must be empty or start with a \"/\"");
        return pt_undefined();
    }
    for (size_t at = 1; at <= pointer.n && pt_defined(node);) {
        pt_str rest = pt_str_sub(pointer, at, pointer.n);
        size_t n = pt_str_find(rest, '/');
        node = step(k, node, unescaped(k, pt_str_sub(rest, 0, n)));
        at += n + 1;
    }
    return node;
}

pt_value pt_schema_at(pt_schema_maker *k, pt_str uri) {
    pt_value node = place_at(k, uri);
    pt_str fragment;
    if (pt_defined(node))
        return node;
    pt_str whole = pt_uri_without_fragment(uri, &fragment);
    node = place_at(k, whole);
    if (pt_defined(node))
        return follow(k, node, fragment);
    if (pt_str_has(whole, PT_STR("://")))
        REFUSE(k, "remote reference loading disabled: %.*s", PT_PRI(uri));
    else
        REFUSE(k, "Reference %.*s must be canonical", PT_PRI(uri));
    return pt_undefined();
}
