#include "base/map.h"

// The slot of a key: its own, or the empty one where it would stand. Some slot is always empty.
static size_t slot_of(const pt_map *m, uint64_t key) {
    uint64_t mixed = key * UINT64_C(0x9e3779b97f4a7c15);
    size_t at = (size_t)(mixed >> 32) & (m->cap - 1);
    while (m->keys[at] && m->keys[at] != key)
        at = (at + 1) & (m->cap - 1);
    return at;
}

void *pt_map_get(const pt_map *m, uint64_t key) {
    return m->cap ? m->values[slot_of(m, key | 1)] : NULL;
}

static bool grow(pt_map *m) {
    pt_map bigger = {.a = m->a, .n = m->n, .cap = m->cap ? m->cap * 2 : 64};
    bigger.keys = PT_NEW(m->a, uint64_t, bigger.cap);
    bigger.values = PT_NEW(m->a, void *, bigger.cap);
    if (!bigger.keys || !bigger.values)
        return false;
    for (size_t i = 0; i < m->cap; i++)
        if (m->keys[i]) {
            size_t at = slot_of(&bigger, m->keys[i]);
            bigger.keys[at] = m->keys[i];
            bigger.values[at] = m->values[i];
        }
    *m = bigger;
    return true;
}

bool pt_map_put(pt_map *m, uint64_t key, void *value) {
    if (m->n >= m->cap / 4 * 3 && !grow(m))
        return false;
    size_t at = slot_of(m, key | 1);
    m->n += m->keys[at] == 0;
    m->keys[at] = key | 1;
    m->values[at] = value;
    return true;
}
