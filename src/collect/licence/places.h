// Which files say a package's licence, by what its metadata says, and what they say together.
#pragma once

#include "base/arena.h"
#include "value/value.h"

#define PT_LICENCE_FILES_MAX 32u // of one package

typedef struct pt_licence_place {
    pt_str at[3]; // paths where the file may stand: the first that is there is it
} pt_licence_place;

// The files that the metadata names, if any of them is there; else all with a licence's name in the
// first of the folders that has one.
typedef struct pt_licence_places {
    pt_licence_place files[PT_LICENCE_FILES_MAX];
    size_t n;
    bool cut;          // it names more
    pt_str folders[2]; // empty: the top
} pt_licence_places;

// Of a package that has `folder` to itself. `licences`: strings as the metadata has them, of which
// "SEE LICENSE IN FILE" (npm) and "file://FILE" (License-File of Python's) name files. In `a`.
pt_licence_places pt_licence_places_of(pt_arena *a, pt_str folder, pt_value licences);
// Is any of them such a name?
bool pt_licence_names_file(pt_value licences);

typedef struct pt_licence_said {
    pt_str file;       // or the folder, of several; empty: there is none
    pt_str expression; // empty: nothing is known of it
    pt_value unknown;  // pt_licence_reading's, with "file" in what is said together
} pt_licence_said;

typedef struct pt_licence_saying { // by the files' names, so that their order in an archive is none
    pt_licence_said files[PT_LICENCE_FILES_MAX];
    size_t n;
    bool cut; // there were more
} pt_licence_saying;

void pt_licence_says(pt_licence_saying *s, const pt_licence_said *one);
// All of them must hold; one of which nothing is known makes the whole unknown. A notice says whose
// work is in it, and of licences little: it counts where nothing else does. In `a`.
pt_licence_said pt_licence_together(pt_arena *a, const pt_licence_saying *s);
// {"file", "expression"?, "unknown"?}
pt_value pt_licence_recognised(pt_arena *a, const pt_licence_said *s);
