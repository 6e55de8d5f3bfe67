// What the files that make a schema share.
#pragma once

#include "judge/policy/fn/graphql.h"

typedef struct pt_gql_maker {
    pt_call *c;
    pt_arena *a;
    pt_gql_schema *s;
    pt_str why; // p != NULL: it is no schema
} pt_gql_maker;

// False; the first reason stays.
bool pt_gql_no_schema(pt_gql_maker *m, pt_value at, pt_str what);
#define REFUSE(m, at, ...) pt_gql_no_schema(m, at, pt_arena_printf((m)->a, __VA_ARGS__))

typedef struct pt_gql_values {
    PT_VEC(pt_value) l;
} pt_gql_values;
bool pt_gql_put(pt_gql_maker *m, pt_gql_values *v, pt_value x); // false: no memory

static inline pt_value pt_gql_type_at(const pt_gql_maker *m, pt_str name) {
    return pt_get(m->s->types, name);
}

// Directives of a node that is a `location`. `self`: the directive whose definition this is in, or
// empty. `once`: none may come twice.
bool pt_gql_directives_ok(pt_gql_maker *m, pt_value dirs, const char *location, pt_str self,
                          bool once);

// All types and directives. `built_in`: definitions whose names may begin with "__".
bool pt_gql_types_ok(pt_gql_maker *m, pt_value built_in);
