// Copies that share what is equal: texts, lists, the keys of objects and whole parts exist once in
// an arena, however many of its values have them. For the objects of a cluster, which look alike,
// a third of the memory that pt_clone takes; what it costs is a hash of each part.
#pragma once

#include "value/value.h"

// What exists already is remembered outside of the arena until pt_interner_free. One thread.
typedef struct pt_interner pt_interner;

// Copies go to `a`, which others may use meanwhile. NULL: no memory.
pt_interner *pt_interner_new(pt_arena *a);
void pt_interner_free(pt_interner *t); // the values stay; NULL is fine

// As pt_clone: a deep copy that needs nothing but the arena. Undefined: the arena is full, or there
// is no memory to remember it, or the watch has ended.
pt_value pt_intern(pt_interner *t, pt_value v);

// What the copies take until now: how much it grows by a value is what that one alone needs.
size_t pt_interner_bytes(const pt_interner *t);
