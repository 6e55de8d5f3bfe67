#pragma once

#include "judge/policy/builtin.h"
#include "judge/policy/capabilities.h"

// The built-in function that an operator names, in modules that were compiled; NULL: it is a
// rule's.
const pt_fn *pt_capabilities_called(const pt_term *op);

// What may be imported since some version; the first ones are part of the language since OPA 1.0.
enum {
    PT_CAPABILITIES_OLD_KEYWORDS = 4,
    PT_CAPABILITIES_KEYWORDS = 7,
};
extern const char *const pt_capabilities_keywords[PT_CAPABILITIES_KEYWORDS];

// Step i of a path: "keywords" of future.keywords.in; empty behind its end.
pt_str pt_capabilities_step(const pt_term *path, size_t i);
