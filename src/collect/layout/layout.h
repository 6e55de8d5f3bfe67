// A file that becomes a tar of an image, member by member: of an OCI layout, or as docker save
// writes it.
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

typedef struct pt_layout {
    int fd;
    uint64_t bytes, bytes_max;
} pt_layout;

// The head of a member whose `size` bytes follow.
PT_CHECK pt_code pt_layout_begin(pt_layout *l, pt_str name, uint64_t size, pt_err *e);
PT_CHECK pt_code pt_layout_write(pt_layout *l, pt_str bytes, pt_err *e);
// Forget what came behind byte `at` of the file.
PT_CHECK pt_code pt_layout_back(pt_layout *l, uint64_t at, pt_err *e);
// The size of the member whose head is at byte `at` is known only now: all that came behind it.
PT_CHECK pt_code pt_layout_resize(pt_layout *l, uint64_t at, pt_str name, pt_err *e);
PT_CHECK pt_code pt_layout_fill(pt_layout *l, pt_err *e); // to the next member
PT_CHECK pt_code pt_layout_end(pt_layout *l, pt_err *e);
