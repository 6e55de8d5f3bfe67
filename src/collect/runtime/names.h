// The texts of /etc/passwd and /etc/group (passwd(5), group(5)) as names by id.
#pragma once

#include "base/arena.h"
#include "fact/process.h"

#define PT_NAMES_MAX       65536 // entries
#define PT_NAMES_BYTES_MAX ((size_t)4 << 20)

typedef struct pt_names {
    const pt_id_name *v; // sorted by id; of two with one id the first of the file
    size_t n;
    bool cut; // more than the bounds
} pt_names;

// Lines that are none are left out. All in `a`. False: no memory.
PT_CHECK bool pt_names_users(pt_arena *a, pt_str passwd, pt_names *ret);
PT_CHECK bool pt_names_groups(pt_arena *a, pt_str group, pt_names *ret);
