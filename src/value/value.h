// THE value model: null, booleans, exact numbers, strings, arrays, objects, sets.
// Everything that is judged, recorded or answered is a pt_value.
//
// A pt_value is 16 bytes and passed in two registers. It is immutable and owns nothing: what it
// points to lives in the arena that it was built in, or in the input bytes that it was read from,
// so it dies with the first of the two. No reference counts. Safe to share between threads.
//
// Order and equality are Rego's (OPA): null < booleans < numbers < strings < arrays < objects <
// sets; false < true; numbers as exact rationals (1, 1.0 and 1e0 are equal); strings by bytes;
// arrays element by element, then length; objects as alternating sorted keys and values, then
// length; sets as sorted elements.
#pragma once

#include "base/arena.h"
#include "base/base.h"
#include "base/str.h"

typedef enum pt_tag { // in the total order
    PT_UNDEFINED,     // no value: what a look-up that finds nothing gives
    PT_NULL,
    PT_BOOL,
    PT_NUMBER,
    PT_STRING,
    PT_ARRAY,
    PT_OBJECT,
    PT_SET,
} pt_tag;

struct pt_seq;

typedef struct pt_value {
    uint8_t tag;    // pt_tag
    uint8_t flags;  // private to value/
    uint16_t spare; // private to value/
    uint32_t n;     // bytes of a string or of a number's text; items; entries
    union {
        int64_t i;     // booleans 0 and 1; integers within int64 that are written canonically
        const char *s; // strings; numbers of any other kind, as their decimal text
        const struct pt_seq *seq;
    };
} pt_value;
static_assert(sizeof(pt_value) == 16, "two registers");

// What a composite holds: its items; of an object a slot that points to the sequence of its keys,
// then its values.
struct pt_seq {
    pt_value v[0];
};

// Decimal digits of one number (mantissa) and the magnitude of its written exponent. Beyond them
// a reader says PT_E_LIMIT. Comparing never expands an exponent, so 1e1000000 costs nothing.
#define PT_NUMBER_DIGITS_MAX   10000
#define PT_NUMBER_EXPONENT_MAX INT64_C(1000000000)

// Entries of one object, array or set, and bytes of one string.
#define PT_VALUE_ITEMS_MAX ((size_t)UINT32_MAX)

// Composites within one another. Values that would be deeper are not built, so that walking a value
// by recursion is safe.
#define PT_VALUE_DEPTH_MAX 10000u

// -- making ---------------------------------------------------------------------------------------

pt_value pt_undefined(void);
pt_value pt_null(void);
pt_value pt_bool(bool b);
pt_value pt_int(int64_t i);
pt_value pt_string(pt_str s); // borrows the bytes
pt_value pt_stringz(const char *z);

// A number from its JSON text (RFC 8259, section 6), which it borrows: "-0", "1.50", "2e9".
// A text that is an integral value within int64 ("100", "1e2", "-0", "2.0") is still printed as it
// was written. Undefined if the text is no number or beyond the limits above.
pt_value pt_number(pt_str text);

// Freeze `n` items into `a`. The items are copied, not what they point to.
// Undefined if the arena is full, or past PT_VALUE_ITEMS_MAX or PT_VALUE_DEPTH_MAX.
pt_value pt_array_of(pt_arena *a, const pt_value *items, size_t n);
pt_value pt_set_of(pt_arena *a, const pt_value *items, size_t n); // equal items: the first stays

// Freeze n entries of `pairs` {key, value, key, value, …} into an object, sorted. Equal keys: the
// last wins, and *ret_dup (may be NULL) is the first key that came twice, else undefined.
pt_value pt_object_of(pt_arena *a, const pt_value *pairs, size_t n, pt_value *ret_dup);

// An object made field by field: pt_obj o = {.a = a}; pt_obj_set(&o, "id", pt_int(1));
// pt_obj_end(&o). Keys are borrowed. The first failure sticks and pt_obj_end gives undefined.
typedef struct pt_obj {
    pt_arena *a;
    PT_VEC(pt_value) pairs;
    bool full;
} pt_obj;
void pt_obj_set(pt_obj *o, const char *key, pt_value v); // an undefined v is a failure: what should
                                                         // have been there could not be made
void pt_obj_put(pt_obj *o, pt_str key, pt_value v);      // the same for a key that has no NUL
void pt_obj_maybe(pt_obj *o, const char *key, pt_value v); // an undefined v is left out
pt_value pt_obj_end(pt_obj *o);

// An array made item by item, likewise.
typedef struct pt_list {
    pt_arena *a;
    PT_VEC(pt_value) items;
    bool full;
} pt_list;
void pt_list_add(pt_list *l, pt_value v); // likewise: an undefined v is a failure
pt_value pt_list_end(pt_list *l);

// A deep copy that needs nothing but `a`. Undefined if the arena is full.
pt_value pt_clone(pt_arena *a, pt_value v);

// -- reading --------------------------------------------------------------------------------------

static inline pt_tag pt_tag_of(pt_value v) {
    return (pt_tag)v.tag;
}
static inline bool pt_defined(pt_value v) {
    return v.tag != PT_UNDEFINED;
}
const char *pt_tag_name(pt_tag t); // "null", "boolean", "number", "string", "array", …

bool pt_true(pt_value v);                 // is it the boolean true
pt_str pt_text(pt_value v);               // the bytes of a string; empty for every other value
bool pt_to_int(pt_value v, int64_t *ret); // an integral number within int64, however written

// The text of a number as it was written; `room` is used for what has no text of its own.
#define PT_NUMBER_ROOM 24
pt_str pt_number_text(pt_value v, char room[PT_NUMBER_ROOM]);

static inline size_t pt_len(pt_value v) { // items or entries; 0 for scalars
    return v.tag >= PT_ARRAY ? v.n : 0;
}
pt_value pt_at(pt_value v, size_t i);     // i-th item of an array or set; undefined past the end
pt_value pt_key_at(pt_value v, size_t i); // i-th entry of an object in key order
pt_value pt_val_at(pt_value v, size_t i);

// The pt_len(v) > 0 items of an array or set, or values of an object; and the keys of an object.
static inline const pt_value *pt_vals(pt_value v) {
    return v.tag == PT_OBJECT ? v.seq->v + 1 : v.seq->v;
}
static inline const pt_value *pt_keys_of(pt_value object) {
    return object.seq->v[0].seq->v;
}

// The value under a string key; undefined if there is none or v is no object.
pt_value pt_get(pt_value v, pt_str key);
pt_value pt_getz(pt_value v, const char *key);
pt_value pt_get_value(pt_value v, pt_value key); // any key
bool pt_set_has(pt_value set, pt_value item);

// -- order ----------------------------------------------------------------------------------------

int pt_cmp(pt_value a, pt_value b); // <0, 0, >0
bool pt_eq(pt_value a, pt_value b);
uint64_t pt_hash(pt_value v, uint64_t seed); // equal values hash equally, 1 and 1.0 too
