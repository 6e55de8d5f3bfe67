// What the sources of trees as values share, and the formatter, which compares trees.
#pragma once

#include "judge/policy/rego/ast.h"

// A node as OPA writes it, and what it sorts by: keys that compare (pt_cmp) as OPA compares nodes.
typedef struct pt_ast_node {
    pt_value value, key; // undefined: the arena is full
} pt_ast_node;

// `comments` are the module's, in order; NULL: there are none.
typedef struct pt_ast_maker {
    pt_arena *a;
    const pt_comment *comments;
    size_t n_comments;
} pt_ast_maker;

pt_ast_node pt_ast_of_term(const pt_ast_maker *m, const pt_term *t);
pt_ast_node pt_ast_of_body(const pt_ast_maker *m, const pt_body *b);
pt_value pt_ast_path(const pt_ast_maker *m, const pt_term *ref); // its steps: [{…}, …]

// The key of a rule's head as OPA keeps it: of p contains key; and of p[key] where that is open, or
// has a value and no `if`. NULL: none.
pt_term *pt_ast_head_key(const pt_rule *r);

// Number the `_` of a module as OPA does: $0, $1 … False: the arena is full.
bool pt_ast_number_wildcards(pt_arena *a, const pt_symbols *symbols, const pt_module *m);

// A module that was parsed with plain comments. Undefined: the arena is full.
pt_value pt_ast_value(pt_arena *a, const pt_module *module);
