// A file of an image, as its layers laid upon one another have it: for who judges files rather than
// packages.
#pragma once

#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "value/value.h"

typedef enum pt_claim_flag {
    PT_CLAIM_CONFIG = 1,      // a configuration file: it is meant to be changed
    PT_CLAIM_TEXT = 2,        // documentation, by its package
    PT_CLAIM_MAYBE = 4,       // it need not be there
    PT_CLAIM_ROOTS = 8,       // its user is root
    PT_CLAIM_ROOT_GROUP = 16, // its group is root
    PT_CLAIM_TARGET = 32,     // of a symbolic link, `sum` is of its target
    PT_CLAIM_ANY_MODE = 128,  // of `mode` only the kind of file counts
    PT_CLAIM_MOVED = 64,      // not a file, but: what others have at `path` stands at `sum`
} pt_claim_flag;

// What the system's package says of a file of its own.
typedef struct pt_claim pt_claim;
struct pt_claim {
    pt_str path; // as the package says it, without "/" before it
    pt_str type, owner;
    pt_str sum;            // "md5:HEX", "sha1:HEX", "sha256:HEX", "sha256-160:HEX" (the first 160
                           // bits), "link:TARGET"; empty: it says none
    uint32_t mode;         // as stat(2) has it; 0: it says none
    uint32_t flags;        // pt_claim_flag
    uint32_t gone_by;      // of one that is not there: the layer that took it away, or 0
    const pt_claim *other; // of the same file
};

typedef struct pt_file {
    pt_str path;   // from the root, without "/" before it
    pt_str link;   // of a symbolic link its target as it is written; of a hard link the other name
    uint32_t mode; // as stat(2) has it: S_IFREG | 04755
    bool hard;     // another name of `link`: mode, owner and size are that one's
    uint32_t uid, gid;
    uint64_t size;
    int64_t mtime;       // seconds since 1970
    uint32_t layer;      // which brought it, from 1
    uint64_t entry;      // number of what stands for it in that layer's archive
    uint32_t data_layer; // the same of its content: of a hard link another file's
    uint64_t data_entry;
    uint32_t gone_by;         // which took it away or put another in its place; 0: it is there
    pt_str capability;        // the attribute security.capability, as the kernel keeps it
    pt_str sum;               // of its content, "md5:HEX", or several, a blank between; empty: not
                              // asked for, or nobody could say
    pt_value seen;            // what looks saw in it (collect/image/look.h); undefined: nothing
    pt_str owner_type, owner; // the system's package that it belongs to ("deb"); empty: none
    const pt_claim *said;     // what its packages say of it; NULL: nothing, or nobody asked
    bool diverted;            // its packages' file stands elsewhere, and here one of nobody's
} pt_file;

typedef struct pt_files {
    PT_VEC(pt_file) all;              // that are there, sorted by path
    PT_VEC(pt_file) gone;             // that are not any more, as they went
    PT_VEC(const pt_claim *) missing; // that a package says it has and nothing is there
    bool cut; // there were more than can be told: what is missing here may be there
} pt_files;

// The one of this path, or NULL. No link is followed.
const pt_file *pt_files_at(const pt_files *f, pt_str path);

// Go on from `at`, a path, with one part of another ("..", "." and an empty one as they are meant):
// the file that then stands there; NULL: none, or it did not go on.
const pt_file *pt_files_step(const pt_files *f, pt_buf *at, pt_str part);

// Put `all` in order.
void pt_files_sort(pt_files *f);
