#include "collect/packages/ids.h"

static uint32_t *slot_of(const pt_ids *n, pt_str name) {
    size_t at = (size_t)pt_hash(pt_string(name), n->seed) & (n->room - 1);
    while (n->slots[at] && !pt_str_eq(n->list.v[n->slots[at] - 1], name))
        at = (at + 1) & (n->room - 1);
    return n->slots + at;
}

// Never more than half full.
static bool grow(pt_ids *n) {
    n->room = n->room ? n->room * 2 : 64;
    n->seed = (uint64_t)(uintptr_t)n->a; // where it lies is not for others to know
    n->slots = PT_NEW(n->a, uint32_t, n->room);
    for (size_t i = 0; n->slots && i < n->list.n; i++)
        *slot_of(n, n->list.v[i]) = (uint32_t)i + 1;
    return n->slots != NULL;
}

uint32_t pt_ids_add(pt_ids *n, pt_str name) {
    if (n->list.n * 2 >= n->room && !grow(n))
        return PT_IDS_NONE;
    uint32_t *slot = n->slots ? slot_of(n, name) : NULL;
    if (!slot)
        return PT_IDS_NONE;
    if (!*slot) {
        pt_str *to = PT_PUSH(n->a, &n->list);
        if (!to)
            return PT_IDS_NONE;
        *to = name;
        *slot = (uint32_t)n->list.n;
    }
    return *slot - 1;
}

uint32_t pt_ids_find(const pt_ids *n, pt_str name) {
    uint32_t number = n->slots ? *slot_of(n, name) : 0;
    return number ? number - 1 : PT_IDS_NONE;
}

pt_value pt_ids_sorted(const pt_list *ids) {
    pt_value set = pt_set_of(ids->a, ids->items.v, ids->items.n);
    return pt_len(set) ? pt_array_of(ids->a, pt_vals(set), pt_len(set)) : pt_undefined();
}
