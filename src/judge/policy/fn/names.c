#include "judge/policy/fn/names.h"

#include <string.h>

#define ROOM_MIN 16

// Where the name is, or would be. The address is the seed: nobody who chooses names knows it.
static size_t slot_of(const pt_names *s, pt_str name) {
    size_t at = (size_t)pt_hash(pt_string(name), (uintptr_t)s->slots) & (s->room - 1);
    while (s->slots[at] && !pt_str_eq(s->v.v[s->slots[at] - 1], name))
        at = (at + 1) & (s->room - 1);
    return at;
}

static bool grow(pt_names *s, pt_arena *a) {
    size_t room = s->room ? 2 * s->room : ROOM_MIN;
    uint32_t *slots = room <= UINT32_MAX ? PT_NEW(a, uint32_t, room) : NULL;
    if (!slots)
        return false;
    s->slots = slots;
    s->room = room;
    for (size_t i = 0; i < s->v.n; i++)
        s->slots[slot_of(s, s->v.v[i])] = (uint32_t)(i + 1);
    return true;
}

size_t pt_names_find(const pt_names *s, pt_str name) {
    uint32_t number = s->room ? s->slots[slot_of(s, name)] : 0;
    return number ? number - 1 : PT_NAMES_NONE;
}

bool pt_names_add(pt_names *s, pt_arena *a, pt_str name) {
    if (pt_names_find(s, name) != PT_NAMES_NONE)
        return false;
    if (2 * s->v.n >= s->room && !grow(s, a))
        return true;
    pt_str *p = PT_PUSH(a, &s->v);
    if (!p)
        return true;
    size_t at = slot_of(s, name);
    *p = name;
    s->slots[at] = (uint32_t)s->v.n;
    return true;
}

void pt_names_clear(pt_names *s) {
    if (s->room)
        memset(s->slots, 0, s->room * sizeof *s->slots);
    s->v.n = 0;
}
