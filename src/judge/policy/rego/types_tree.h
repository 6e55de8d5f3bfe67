// What is known of documents by their paths (OPA v1, v1/ast/env.go): a node for every step of a
// rule's ground path below `data`, with the type of what stands there.
#pragma once

#include "judge/policy/rego/types.h"

typedef struct pt_type_node pt_type_node;
struct pt_type_node {
    pt_value key;                // undefined: a step that is a variable, of a rule that is wrong
    const pt_type *value;        // NULL: packages and the like
    PT_VEC(pt_type_node *) kids; // sorted by key
    const pt_type *extent;       // private: the object of all below, once it was asked for
};

pt_type_node *pt_type_node_kid(const pt_type_node *n, pt_value key); // or NULL

// The document at the path has this type now, whatever it had.
void pt_type_put(pt_types *t, pt_type_node *root, const pt_value *path, size_t n,
                 const pt_type *type);
// One more clause gives the document at the path; what is known of it, above it and below it joins.
// `t` makes what lasts.
void pt_type_insert(pt_types *t, pt_type_node *root, const pt_value *path, size_t n,
                    const pt_type *type);

// The type of the whole document. `t` makes what lasts if all types in the tree do.
const pt_type *pt_type_extent(pt_types *t, pt_type_node *n);
