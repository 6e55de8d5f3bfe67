// A JSON schema as it is read: what json.match_schema runs, and what the type check makes types of.
#pragma once

#include "judge/policy/builtin.h"

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
    pt_str uri;         // of the reference
    uint8_t types;      // bits by pt_schema_types
    pt_str type_text;   // "[string,null]"
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
    void *made;            // the reader's own: what it made of the schema
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

// One type more: false if there is no such type, or it has it already.
bool pt_schema_add_type(pt_arena *a, pt_sub *s, pt_str name);

// Compile a schema. NULL: *ret_why says why (in the call's arena), or there is a fault. `patterns`:
// those of strings must be regular expressions that can be run.
pt_schema *pt_schema_compile(pt_call *c, pt_value doc, bool patterns, pt_str *ret_why);
void pt_schema_free(void *p); // pt_schema *, NULL is fine
