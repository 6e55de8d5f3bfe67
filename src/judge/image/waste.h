// Where an image's bytes went: what each layer brought, what a later one deletes or replaces, what
// stands there twice or is a package manager's cache, and which steps a build has to repeat.
#pragma once

#include "base/err.h"
#include "fact/file.h"
#include "value/value.h"

// How much may be wasted.
typedef struct pt_waste_limit {
    bool asked;
    bool permille; // `most` is of the bytes that all layers brought; else bytes
    uint64_t most;
} pt_waste_limit;

// The member "waste" of the document (docs/scan.schema.json), of an image with image.history.
// Lives in `a`; texts borrow `files` and the document. PT_E_NOMEM.
PT_CHECK pt_code pt_waste(const pt_files *files, pt_value doc, const pt_waste_limit *limit,
                          pt_arena *a, pt_value *ret, pt_err *e);
