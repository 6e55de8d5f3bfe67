// What of a program nobody here reads, so that it need not be held in memory.
#pragma once

#include "base/str.h"

// Where in a program stands code in which none of these looks: bytes [*from, *to) of the file, as
// its first bytes say. False: nowhere, or `front` does not tell.
bool pt_program_code(pt_str path, pt_str front, uint64_t *from, uint64_t *to);

// Of a large one only these parts are held, with zeros in place of the others. If its readers look
// at more, which only what is held can say, it has to be gone through again.
enum {
    PT_PROGRAM_PARTS_MAX = 32,
};

typedef struct pt_program_parts {
    uint64_t size; // of the file
    size_t n;
    struct pt_program_part {
        uint64_t from, to;
    } v[PT_PROGRAM_PARTS_MAX]; // in order, with something between
    bool more;                 // something was added
    bool all;                  // hold everything: it is made as no linker makes it, or searched
} pt_program_parts;

// Hold `part`, too, a slice of the program's `text`.
void pt_program_hold_text(pt_program_parts *p, pt_str text, pt_str part);

// What is to be held, as the first bytes say.
void pt_program_begin(pt_str path, pt_str front, uint64_t size, pt_program_parts *ret);
// … as what is held says. `text`: the whole.
void pt_program_go_on(pt_str path, pt_str text, pt_program_parts *p);
