// Inside judge/image: the parts of pt_difference.
#pragma once

#include "judge/image/difference.h"

// Something that one of the two has, known by its key.
typedef struct pt_side {
    pt_str key;
    pt_value of;
    bool before; // the earlier one has it
} pt_side;

typedef struct pt_sides {
    pt_arena *a;
    PT_VEC(pt_side) v;
    bool full;
} pt_sides;

// Texts that together are the key: no two different rows of them make the same one.
void pt_sides_add(pt_sides *s, bool before, pt_value of, const pt_str *parts, size_t n);
// By key, the earlier one's first.
void pt_sides_sort(pt_sides *s);
// The next group of one key, from *at on, which goes behind it: how many of the earlier one, which
// come first, and how many of the later one. NULL: there is none.
const pt_side *pt_sides_next(const pt_sides *s, size_t *at, size_t *ret_before, size_t *ret_now);

// difference_files.c
pt_value pt_difference_files(const pt_files *now, const pt_files *before, pt_arena *a);
// difference_settings.c: [{"what", "name"?, "how", "from"?, "to"?}].
pt_value pt_difference_settings(pt_value now, pt_value before, pt_arena *a);
// difference_packages.c
pt_value pt_difference_packages(pt_value now, pt_value before, pt_arena *a);
