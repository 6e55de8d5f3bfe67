// Static types of Rego values, as OPA's checker knows them (OPA v1, v1/types): what they are, how
// they compare, unite and unify, and how they are printed in messages.
//
// A type is immutable and lives in the arena of its pt_types; NULL is the type of which nothing is
// known ("???"). Types that would be too deep or too large are not built: they become `any`, which
// every other type unifies with.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "judge/policy/builtin.h"
#include "value/value.h"

typedef enum pt_type_kind { // in the order in which types sort
    PT_TYPE_NULL,
    PT_TYPE_BOOLEAN,
    PT_TYPE_NUMBER,
    PT_TYPE_STRING,
    PT_TYPE_ARRAY,
    PT_TYPE_OBJECT,
    PT_TYPE_SET,
    PT_TYPE_ANY,
    PT_TYPE_FUNCTION,
    PT_TYPE_RECURSIVE, // a schema's that refers to itself: `rest`, in whose place it stands
} pt_type_kind;

typedef struct pt_type pt_type;
struct pt_type {
    pt_type_kind kind;
    bool lasting;          // it was made to outlive the rule at hand
    bool open;             // object: it has entries beside the listed ones, of `key` and `rest`
    uint16_t depth;        // 1: nothing within
    uint32_t size;         // types within, itself included
    uint32_t n;            // of `of`
    const pt_type **of;    // array: first items; object: values; any: members; function: operands
    const pt_value *keys;  // object: of the listed entries, sorted; of equal ones the first counts
    const pt_type *key;    // object, open
    const pt_type *rest;   // further items, values; set: items; function: what each further operand
                           // is, or NULL
    const pt_type *result; // function: NULL: it has none
    const pt_str
        *names;  // function: of operands and result, as its declaration has them; NULL: none
    pt_str name; // recursive
};

extern const pt_type pt_type_null, pt_type_boolean, pt_type_number, pt_type_string, pt_type_any;

enum {
    PT_TYPE_DEPTH_MAX = 200,
    PT_TYPE_SIZE_MAX = 50000,
    PT_TYPE_STEPS_MAX = 2000000, // of one rule
    PT_TYPE_TURNS_MAX = 4,       // of recursive types within themselves; what is below is the same
};

// Where types are made. Comparing them counts steps; past the limit `tired` says that no answer
// since can be trusted.
typedef struct pt_types {
    pt_arena *arena;
    bool lasting; // what is made here lasts
    uint32_t steps;
    uint32_t turns; // through recursive types, on the way to what is looked at
    bool tired;
    bool full; // the arena is
} pt_types;

bool pt_types_step(pt_types *t); // false: tired

static inline bool pt_type_turns(const pt_type *a) {
    return a && a->kind == PT_TYPE_RECURSIVE;
}

// What a recursive type stands for; every other type itself. NULL: it is not known yet.
static inline const pt_type *pt_type_open(const pt_type *a) {
    return pt_type_turns(a) ? a->rest : a;
}

// -- making; where the arena is full, `any` -------------------------------------------------------

const pt_type *pt_type_array(pt_types *t, const pt_type *const *items, size_t n,
                             const pt_type *rest);
const pt_type *pt_type_set(pt_types *t, const pt_type *of); // NULL: the empty set
// The listed entries need not be sorted; of equal keys the last stays.
const pt_type *pt_type_object(pt_types *t, const pt_value *keys, const pt_type *const *values,
                              size_t n);
// The same with all of equal keys.
const pt_type *pt_type_object_all(pt_types *t, const pt_value *keys, const pt_type *const *values,
                                  size_t n);
// The same with further entries, or with these instead.
const pt_type *pt_type_opened(pt_types *t, const pt_type *object, const pt_type *key,
                              const pt_type *value);
const pt_type *pt_type_function(pt_types *t, const pt_type *const *args, size_t n,
                                const pt_type *result);
const pt_type *pt_type_of(pt_types *t, pt_value v);
const pt_type *pt_type_or(pt_types *t, const pt_type *a, const pt_type *b);
const pt_type *pt_type_union(pt_types *t, const pt_type *const *v, size_t n);

// What refers to itself by `name`, before it is known: the caller sets its `rest` to the type,
// which is none of this kind. NULL: the arena is full.
pt_type *pt_type_recursive(pt_types *t, pt_str name);

// A copy whose parts all last; `t` makes what lasts.
const pt_type *pt_type_last(pt_types *t, const pt_type *a);

// `any` of these, even of one alone.
const pt_type *pt_type_any_of(pt_types *t, const pt_type *const *v, size_t n);

// The declaration of a built-in, from its `type` column.
const pt_type *pt_type_parse(pt_types *t, pt_str text);

// -- asking ---------------------------------------------------------------------------------------

int pt_type_cmp(pt_types *t, const pt_type *a, const pt_type *b);
bool pt_type_nil(pt_types *t, const pt_type *a);            // something within is not known
bool pt_type_is_any(const pt_type *a);                      // `any`, without members
bool pt_type_is_empty(const pt_type *a);                    // a collection that has no items
const pt_type *pt_type_keys(pt_types *t, const pt_type *a); // what can be enumerated; NULL: nothing
const pt_type *pt_type_values(pt_types *t, const pt_type *a); // likewise
const pt_type *pt_type_select(pt_types *t, const pt_type *a, pt_value key);
bool pt_type_unifies(pt_types *t, const pt_type *a, const pt_type *b);

// -- printing -------------------------------------------------------------------------------------

void pt_type_write(pt_buf *b, const pt_type *a);

// Both, with only what makes them differ; types that are as wide as a line.
void pt_type_write_diff(pt_types *t, pt_buf *left, pt_buf *right, const pt_type *a,
                        const pt_type *b);
// "name: type", or the type if there is no name; its constructor alone, if all is long.
void pt_type_write_short(pt_buf *b, pt_str name, const pt_type *a);
bool pt_type_too_wide(pt_str line);
