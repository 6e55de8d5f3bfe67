// JSON schemas that refer to one another by file name or URL, made one; and documents against it.
#pragma once

#include "conformance.h"
#include "judge/policy/builtin.h"
#include "value/value.h"

typedef struct pt_schema_part {
    const char *file; // below the suite's folder
    const char *uri;  // what the others call it; NULL: nothing
} pt_schema_part;

#define PT_SCHEMA_PARTS_MAX 4

typedef struct pt_whole_schema {
    pt_value value; // undefined: a file cannot be read
    pt_fn_cache *cache;
} pt_whole_schema;

// `strict`: of properties that the schema does not name, too, it says that they are wrong.
// The first of `parts` with what it refers to; a part without a file ends them. In `a`.
void pt_whole_schema_init(pt_whole_schema *s, pt_arena *a, const char *dir,
                          const pt_schema_part *parts, bool strict);
void pt_whole_schema_done(pt_whole_schema *s);

// Empty: the document is valid; else what is wrong with it. In `a`.
pt_str pt_whole_schema_wrong(const pt_whole_schema *s, pt_arena *a, pt_value doc);
