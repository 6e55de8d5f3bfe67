// Inside the closure of what an image needs.
#pragma once

#include "base/map.h"
#include "judge/image/closure.h"

#define PT_CLOSURE_STEPS_MAX 5000000u

typedef struct pt_hop {
    pt_need need;
    const char *how;
    uint32_t by; // from 1; 0: none
} pt_hop;

typedef PT_VEC(uint32_t) pt_queue; // of files, from 0

typedef struct pt_walker {
    const pt_closure_ask *ask;
    pt_arena *a;
    pt_closure *out;
    pt_queue sure, other;     // that are reached, not yet looked at: started; the rest
    size_t sure_at, other_at; // the next ones
    pt_map libraries;         // hash of a base name -> pt_same *
    pt_map folders;           // hash of a folder in which libraries are looked for
    pt_map told;              // hashes of names that are missing, once
    pt_value env;             // of the configuration
    pt_str path;              // PATH
    uint64_t steps;           // of all walks: beyond PT_CLOSURE_STEPS_MAX everything stays
    bool services;            // name services were taken
    bool full;                // no memory
} pt_walker;

// Files of one base name, each the index of one, from 0.
typedef struct pt_same {
    PT_VEC(uint32_t) at;
    bool taken; // wherever they stand
} pt_same;

uint64_t pt_closure_hash(pt_str s);

static inline uint32_t pt_closure_index(const pt_walker *x, const pt_file *f) {
    return (uint32_t)(f - x->ask->files->all.v);
}

// The file is reached.
void pt_closure_take(pt_walker *x, const pt_file *f, pt_hop hop);
// By a path from the root, or from a folder ("" is the root): each link on its way is taken, too.
// NULL: there is none.
const pt_file *pt_closure_take_path(pt_walker *x, pt_str path, pt_hop hop);
// All that begins with this text, no "/" before it.
void pt_closure_take_below(pt_walker *x, pt_str prefix, pt_hop hop);
// A path that somebody mentions: of a folder also what is in it, unless that is one of the
// system's.
void pt_closure_mention(pt_walker *x, pt_str path, pt_hop hop);
// A program by its name, as it is looked for in PATH.
const pt_file *pt_closure_take_program(pt_walker *x, pt_str name, pt_hop hop);

// closure_programs.c: what the file itself needs.
void pt_closure_follow(pt_walker *x, uint32_t at);
void pt_closure_index_libraries(pt_walker *x);
// Words of a command line or of a script: names of programs, and paths.
void pt_closure_words(pt_walker *x, pt_str line, pt_hop hop);

void pt_closure_doubt(pt_walker *x, const char *what, pt_str path);

// closure_rest.c: data, what is the image's own, what belongs to packages that stay, folders.
void pt_closure_data(pt_walker *x);
void pt_closure_own(pt_walker *x);
void pt_closure_rest(pt_walker *x);

bool pt_closure_in(pt_str path, const char *const *folders); // below one of them; NULL ends them
