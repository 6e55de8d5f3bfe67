// A file of an image, as its layers laid upon one another have it: for who judges files rather than
// packages.
#pragma once

#include <sys/stat.h>

#include "base/arena.h"
#include "base/str.h"
#include "value/value.h"

typedef struct pt_file {
    pt_str path;   // from the root, without "/" before it
    pt_str link;   // of a symbolic link its target as it is written; of a hard link the other name
    uint32_t mode; // as stat(2) has it: S_IFREG | 04755
    bool hard;     // another name of `link`: mode, owner and size are that one's
    uint32_t uid, gid;
    uint64_t size;
    int64_t mtime;            // seconds since 1970
    uint32_t layer;           // which brought it, from 1
    uint32_t gone_by;         // which took it away or put another in its place; 0: it is there
    pt_str capability;        // the attribute security.capability, as the kernel keeps it
    pt_str sum;               // of its content, "md5:HEX"; empty: not asked for
    pt_value seen;            // what looks saw in it (collect/image/look.h); undefined: nothing
    pt_str owner_type, owner; // the system's package that it belongs to ("deb"); empty: none
} pt_file;

typedef struct pt_files {
    PT_VEC(pt_file) all;  // that are there, sorted by path
    PT_VEC(pt_file) gone; // that are not any more, as they went
    bool cut;             // there were more than can be told: what is missing here may be there
} pt_files;

// The one of this path, or NULL. No link is followed.
const pt_file *pt_files_at(const pt_files *f, pt_str path);

// Put `all` in order.
void pt_files_sort(pt_files *f);
