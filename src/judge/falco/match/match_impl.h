// What the sources of match/ share; nobody else includes it.
#pragma once

#include "base/map.h"
#include "judge/falco/match/program.h"

typedef struct pt_ref pt_ref; // a term, resolved: ref.c

// -- literal.c: what stands on the right ----------------------------------------------------------
typedef struct pt_operand {
    pt_falco_value v; // of nets the address, its bits behind the prefix cleared
    uint8_t prefix;   // of nets
} pt_operand;

// The text as a value of that type. PT_E_FORMAT: it is none. `op` decides how a buffer is written.
PT_CHECK pt_code pt_literal(pt_arena *a, const pt_ref *left, pt_filter_op op, pt_str text,
                            pt_operand *ret, pt_err *e);

// -- ref.c: terms of a condition, resolved --------------------------------------------------------
typedef PT_VEC(struct pt_re2 *) pt_regexes; // in an arena; the expressions are freed by their owner
void pt_regexes_free(pt_regexes *r);

typedef struct pt_resolver {
    pt_arena *a;
    const pt_falco_source *source;
    pt_regexes *regexes; // what is compiled is pushed there
    pt_err *e;
    bool unknown; // the error is that there is no such field or event type
} pt_resolver;
PT_CHECK pt_code pt_regex_make(pt_resolver *r, pt_str pattern, bool posix, struct pt_re2 **ret);

typedef enum pt_transform_kind {
    PT_TO_LOWER,
    PT_TO_UPPER,
    PT_TO_BASE64, // decodes it
    PT_TO_BASENAME,
    PT_TO_LEN,
    PT_TO_JOIN,
    PT_TO_CONCAT,
    PT_TO_GETOPT,
    PT_TRANSFORMS,
} pt_transform_kind;
extern const char *const pt_transform_names[PT_TRANSFORMS];

typedef struct pt_transform {
    pt_transform_kind kind;
    const pt_ref *operands; // further ones
    size_t n_operands;
    pt_str argument;       // of getopt
    bool of_list, to_list; // what it is given, what it gives
    pt_falco_type of;
} pt_transform;
struct pt_ref {
    const pt_falco_field *field; // NULL: `text` is a literal
    pt_str text;                 // as it was written
    pt_str argument;
    int64_t index;              // the argument as a number, or -1
    const struct pt_re2 *regex; // of PT_FIELD_ARGUMENT_REGEX
    const pt_transform *transforms;
    size_t n_transforms;
    // what comes out in the end
    pt_falco_type type;
    int8_t bits;
    bool list;
    bool several; // PT_FIELD_EITHER, PT_FIELD_ANY
};
PT_CHECK pt_code pt_ref_resolve(pt_resolver *r, const pt_filter_term *term, pt_ref *ret);
// The values of an event. `look` is filled but for what the field decides.
pt_falco_values pt_ref_values(const pt_falco_look *look, const pt_ref *r);
const char *pt_type_name(pt_falco_type t); // as the field's own messages call it

// -- leaf.c: one comparison, checked --------------------------------------------------------------
typedef struct pt_leaf {
    pt_ref left;
    bool exists;
    pt_filter_op op;
    pt_filter_quantifier quantifier;
    const pt_ref *field; // on the right; NULL: `right`
    const pt_operand *right;
    const pt_str *texts; // of `right`, as they were written
    size_t n_right;
} pt_leaf;
PT_CHECK pt_code pt_leaf_check(pt_resolver *r, const pt_filter *f, pt_leaf *ret,
                               pt_falco_checked *said);

// The types for which it can be true, or false. Of most leaves those are all in both cases.
typedef struct pt_leaf_types {
    pt_event_set yes, no;
    bool decided; // no type is in both, but PT_EVENT_ASYNC, whose name is the event's own
} pt_leaf_types;
void pt_leaf_types_of(const pt_falco_source *s, const pt_leaf *leaf, pt_leaf_types *ret);

// -- test.c: one comparison, compiled -------------------------------------------------------------
typedef struct pt_words pt_words; // words.c

typedef struct pt_test pt_test;
typedef bool pt_test_fn(const pt_test *t, pt_arena *scratch, pt_falco_value left);
struct pt_test {
    pt_test_fn *one; // of one value
    pt_filter_op op;
    pt_filter_quantifier quantifier;
    bool is_signed;
    const pt_operand *right;
    size_t n_right;
    const pt_words *words; // a set, or a tree of paths
    size_t seldom;         // of `contains`: which byte of the text is looked for first
    struct pt_re2 *const *regexes;
};
PT_CHECK pt_code pt_test_make(pt_resolver *r, const pt_leaf *leaf, pt_test *ret);
// A comparison with the value of a field.
bool pt_test_pair(const pt_test *t, pt_arena *scratch, pt_falco_type type, pt_falco_value left,
                  pt_falco_value right);

// -- words.c: sets of texts, frozen when made -----------------------------------------------------
// A word's number is its place, from 1.
pt_words *pt_words_new(pt_arena *a, const pt_str *words, size_t n); // NULL: no memory. The first of
                                                                    // equal ones counts
uint32_t pt_words_find(const pt_words *w, pt_str s);                // 0: it has none such
pt_words *pt_paths_new(pt_arena *a, const pt_str *paths, size_t n);
bool pt_paths_match(const pt_words *w, pt_str path); // is one of them where it leads or above?

// -- transform.c ----------------------------------------------------------------------------------
pt_falco_values pt_transform_apply(const pt_transform *t, const pt_falco_look *look,
                                   pt_falco_values v);

// -- format.c: outputs, read ----------------------------------------------------------------------
typedef struct pt_piece {
    bool is_field;
    pt_str text;  // a literal, or the token without % and width: the key in output_fields
    size_t width; // 0: as it is
    pt_ref ref;
} pt_piece;
typedef struct pt_pieces {
    const pt_piece *v;
    size_t n;
} pt_pieces;
PT_CHECK pt_code pt_output_read(pt_resolver *r, pt_str output, pt_pieces *ret);

// The field that `text` names whole: "proc.name", "evt.arg.flags" (then *ret_argument, which may be
// NULL, is "flags"). NULL: none is called so.
const pt_falco_field *pt_falco_field_named(const pt_falco_source *s, pt_str text,
                                           pt_str *ret_argument);
