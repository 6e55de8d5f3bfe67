// The members of JSON documents with their lines: what lock files say is told with its place.
#pragma once

#include "collect/packages/read.h"

typedef struct pt_members {
    pt_arena *a;
    pt_str text;       // of the whole document
    size_t at;         // in it: of what is not yet taken
    size_t counted_at; // where `line` is
    uint32_t line;
} pt_members;

typedef struct pt_member {
    pt_value key;            // of an object's; undefined of an array's
    pt_value value;          // read anew, in the arena of the members
    uint32_t line, line_end; // of the value, from 1
    size_t at;               // where it begins
} pt_member;

// The members of the object or array at `path` (value/path.h) of a document that was read before.
// There is nothing there, or something else: it has none.
pt_members pt_members_at(pt_arena *a, pt_str text, const char *path);
// Those of a member.
pt_members pt_members_in(const pt_members *m, const pt_member *of);

// The next one in the order of the text; one pass over it. False: the end (or no memory).
bool pt_members_next(pt_members *m, pt_member *ret);
