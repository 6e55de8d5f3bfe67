// A layer's archive without some of its entries: what the worker and write.c have to agree about.
#pragma once

#include "base/base.h"

// What to do with one entry. Rows stand in the order of entries, and behind each its texts: the
// path it gets; of a hard link the other name; the names of packages that a list of packages loses,
// each with a line feed behind it.
typedef struct pt_copy_row {
    uint64_t entry;
    uint32_t path_n, link_n, lose_n;
    uint32_t hard; // 1: it becomes a hard link
} pt_copy_row;

#define PT_PLAN_BYTES_MAX ((size_t)512 << 20)
#define PT_LIST_BYTES_MAX ((size_t)64 << 20) // of a list of packages that is written anew

// The answer of PT_JOB_COPY: pieces, each behind its size in four bytes of the machine's order;
// behind the last one, of size 0, a JSON object as other jobs answer it: "rows" is how many were
// copied.
#define PT_PIECE_BYTES_MAX ((uint32_t)1 << 20)
