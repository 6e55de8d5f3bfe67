// What the files of the family "schema" share: JSON Schema, drafts 4, 6 and 7, with the texts of
// gojsonschema. A schema is compiled into the arena of its own, which the cache keeps.
#pragma once

#include "judge/policy/fn/aid.h"

typedef enum pt_draft {
    PT_DRAFT_4 = 4,
    PT_DRAFT_6 = 6,
    PT_DRAFT_7 = 7,
    PT_DRAFT_HYBRID = 100, // none is named: all that any knows
} pt_draft;

typedef struct pt_subs pt_subs; // schemas, in order

// A number in a schema, where there is one.
typedef struct pt_bound {
    bool set;
    int64_t n;
} pt_bound;

typedef struct pt_sub {
    pt_str property; // that it is for, or the pattern
    pt_draft draft;
    bool boolean, pass; // `true` or `false` for a schema
    struct pt_sub *ref; // in whose place it stands
    uint8_t types;      // bits by pt_schema_types
    pt_str type_text;   // "[string,null]"
    const struct pt_sub *parent;
    pt_subs *properties, *patterns, *items, *one_of, *any_of, *all_of;
    struct pt_sub *additional_properties, *additional_items, *property_names, *contains, *not,
        *when, *then, *otherwise;
    bool no_additional_properties, no_additional_items, items_single, unique;
    pt_value multiple_of, minimum, above, maximum, below; // undefined: none
    pt_bound min_length, max_length, min_properties, max_properties, min_items, max_items;
    pt_str pattern; // p == NULL: none
    pt_str format;
    pt_value required;     // array of strings
    pt_value dependencies; // object of arrays of strings
    pt_subs *dependent;    // schemas that a property brings with it
    pt_str constant;       // as JSON; p == NULL: none
    pt_value allowed;      // enum, as an array of JSON texts; undefined: none
} pt_sub;

struct pt_subs {
    PT_VEC(pt_sub *) s;
};

typedef struct pt_schema {
    pt_arena a;
    pt_sub *root;
} pt_schema;

// "array", "boolean", …: the type of a bit.
enum {
    PT_SCHEMA_TYPES = 7
};
extern const char *const pt_schema_types[PT_SCHEMA_TYPES];
int pt_schema_type(pt_str name); // -1: none

// Compile a schema. NULL: *ret_why says why (in the call's arena), or there is a fault.
pt_schema *pt_schema_compile(pt_call *c, pt_value doc, pt_str *ret_why);
void pt_schema_free(void *p); // pt_schema *, NULL is fine

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

typedef struct pt_schema_place { // a node that a URI names
    pt_str uri;
    pt_value node;
} pt_schema_place;

typedef struct pt_schema_known { // a schema that a reference stands for
    pt_str uri;
    pt_sub *sub;
} pt_schema_known;

typedef struct pt_schema_maker {
    pt_call *c;
    pt_arena *a; // the schema's
    pt_draft draft;
    PT_VEC(pt_schema_place) places;
    PT_VEC(pt_schema_known) refs;
    pt_str why; // p != NULL: it is no schema
    unsigned depth;
} pt_schema_maker;
#define PT_SCHEMA_DEPTH_MAX 500u // of schemas within one another

bool pt_schema_refuse(pt_schema_maker *k, pt_str why); // false; the first reason stays
bool pt_schema_put_place(pt_schema_maker *k, pt_str uri, pt_value node);
bool pt_schema_find_places(pt_schema_maker *k, pt_value node, pt_str base, unsigned depth);
pt_str pt_schema_id(pt_schema_maker *k, pt_value node, pt_str base); // of a node within `base`
pt_value pt_schema_at(pt_schema_maker *k, pt_str uri);               // undefined: nothing is there
