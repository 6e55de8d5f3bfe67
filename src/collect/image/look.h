// Files one by one: what a layer says of each that it has (with PT_LAYER_FILES), and what is looked
// for in them, if it is asked for: a look is one file and one row.
#pragma once

#include "collect/image/walk.h"

// How a file stands in the answer of a layer; behind it `path_n` bytes of its path, and so on.
typedef struct pt_file_record {
    uint64_t size;
    int64_t mtime;
    uint64_t entry; // its number in the layer
    uint32_t mode;  // as stat(2) has it
    uint32_t uid, gid;
    uint32_t path_n, link_n, capability_n, sum_n, seen_n; // `seen`: a JSON object
    uint32_t hard;                                        // 1: a hard link
} pt_file_record;

typedef struct pt_look {
    uint64_t flag; // the PT_LOOK_… that asks for it (image.h)
    // Of a regular file: is all of its content wanted in w->content? What was read of it stands
    // there already; a program's code may be left out (zeros).
    bool (*wants)(const pt_walk *w, const pt_tar_entry *t);
    // Say what is to be known of it, if anything, in members of `seen` that no other look has.
    // PT_E_NOMEM and PT_E_LIMIT end the layer; what is wrong with the file is a member, too.
    pt_code (*see)(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e);
} pt_look;

// Ends with a zeroed row.
extern const pt_look pt_looks[];

// Tell of one entry that is no whiteout, after what readers want of it was read.
PT_CHECK pt_code pt_walk_look(pt_walk *w, const pt_tar_entry *t, pt_err *e);
