// What the files of the family "schema" share: JSON Schema, drafts 4, 6 and 7, with the texts of
// gojsonschema. A schema is compiled into the arena of its own, which the cache keeps.
#pragma once

#include "judge/policy/fn/aid.h"
#include "judge/policy/fn/schema_tree.h"

// All errors: an array of {"desc", "error", "field", "type"}. Undefined after a fault.
pt_value pt_schema_match(pt_call *c, const pt_schema *s, pt_value doc);

bool pt_schema_format_ok(pt_call *c, pt_str format, pt_str text);

// The value as Go's json.Marshal writes it when numbers went through float64.
pt_str pt_schema_plain(pt_arena *a, pt_value v);

int pt_schema_exponent(pt_str e); // of what printf's %e wrote

// -- references (RFC 3986) ------------------------------------------------------------------------

pt_str pt_uri_resolve(pt_arena *a, pt_str base, pt_str ref);
pt_str pt_uri_without_fragment(pt_str uri, pt_str *ret_fragment);

// -- compiling ------------------------------------------------------------------------------------

typedef struct pt_schema_place { // what a URI names
    pt_str uri;
    pt_value node; // undefined: no identifier says it
    pt_sub *sub;   // what references to it stand for; NULL: none was met
} pt_schema_place;

typedef struct pt_schema_maker {
    pt_call *c;
    pt_arena *a; // the schema's
    pt_draft draft;
    bool patterns; // must be regular expressions
    PT_VEC(pt_schema_place) places;
    uint32_t *slots; // of places by the hash of their URI: 1 for the first, 0: free
    size_t n_slots;
    pt_str why; // p != NULL: it is no schema
    unsigned depth;
} pt_schema_maker;
#define PT_SCHEMA_DEPTH_MAX 500u // of schemas within one another

bool pt_schema_refuse(pt_schema_maker *k, pt_str why); // false; the first reason stays
bool pt_schema_full(pt_schema_maker *k);               // false, with the fault
pt_schema_place *pt_schema_place_of(pt_schema_maker *k, pt_str uri); // NULL: the arena is full
bool pt_schema_put_place(pt_schema_maker *k, pt_str uri, pt_value node);
bool pt_schema_find_places(pt_schema_maker *k, pt_value node, pt_str base, unsigned depth);
pt_str pt_schema_id(pt_schema_maker *k, pt_value node, pt_str base); // of a node within `base`
pt_value pt_schema_at(pt_schema_maker *k, pt_str uri);               // undefined: nothing is there
