// JSON schemas that say what input and data hold, for the type check.
#pragma once

#include "base/arena.h"
#include "value/value.h"

// A JSON schema, and where annotations find it: "a", "b" for schema.a.b, nothing for `schema`
// itself, which the input has.
typedef struct pt_schema_named {
    pt_value path; // an array of strings
    pt_value doc;
} pt_schema_named;

typedef struct pt_schemas { // of equal paths the last counts
    PT_VEC(pt_schema_named) s;
} pt_schemas;
