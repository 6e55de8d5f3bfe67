// Tables in frames, as other programs print them.
#pragma once

#include "base/arena.h"
#include "base/buf.h"

// Made cell by cell; the first row is its head.
typedef struct pt_table {
    pt_arena *a;
    size_t columns;
    PT_VEC(pt_str) cells; // row by row
} pt_table;
void pt_table_add(pt_table *t, pt_str cell);
void pt_table_put(pt_buf *b, const pt_table *t);
