// The type of the documents that a JSON schema describes, as OPA's checker has it (v1,
// v1/ast/compile.go): `properties`, `items`, `anyOf`, `allOf`, `$ref` and `type` count, and what is
// listed is all that there is. Of several types the first of boolean, string, number, object and
// array counts; from every other keyword nothing follows.
#pragma once

#include "judge/policy/rego/types.h"

enum {
    PT_SCHEMA_TYPES_MAX = 200000, // schemas that are looked at, each as often as it is met
};

// NULL with *ret_why, in t's arena: it is no schema, or there is no such type. Nothing is fetched:
// a reference to somewhere else is an error. A type that would be too large is `any`.
const pt_type *pt_schema_type_of(pt_types *t, pt_value schema, pt_str *ret_why);
