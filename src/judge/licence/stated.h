// What a package's licence is said to be: what its metadata declares, and what its files say.
#pragma once

#include "base/arena.h"
#include "value/value.h"

typedef struct pt_licence_stated {
    pt_value tree; // what counts; undefined: nobody knows
    pt_str expression;
    pt_value said;    // what is declared and not known; undefined: nothing
    pt_str source;    // the file that says so
    pt_value unknown; // "recognised"."unknown", if it counts
    // Expressions, if no part of one is in the other: both are in `tree`. Empty: they agree.
    pt_str declared, found;
} pt_licence_stated;

// Of a package of docs/scan.schema.json. What is declared counts, if all of it is known, and what
// its files say beyond that, too; these alone count if it is not.
pt_licence_stated pt_licence_stated_of(pt_arena *a, pt_value package);
