// Falco's condition language, read: text to a tree. Knows the grammar and no field. Pure.
// Grammar: or < and < not; a blank or "(" must follow `and`, `or`, `not`. What is allowed in bare
// and quoted strings, numbers and lists is said where it is read (filter.c).
#pragma once

#include "base/arena.h"
#include "base/err.h"

#define PT_FILTER_DEPTH_MAX      1000
#define PT_FILTER_BYTES_MAX      ((size_t)4 << 20)
#define PT_FILTER_TEXT_BYTES_MAX ((size_t)64 << 20) // of pt_filter_text

typedef enum pt_filter_kind {
    PT_FILTER_AND, // kids
    PT_FILTER_OR,
    PT_FILTER_NOT,     // one kid
    PT_FILTER_MACRO,   // name
    PT_FILTER_EXISTS,  // left
    PT_FILTER_COMPARE, // left op right
} pt_filter_kind;

typedef enum pt_filter_op {
    PT_FILTER_EQ, // = and ==
    PT_FILTER_NE,
    PT_FILTER_LT,
    PT_FILTER_LE,
    PT_FILTER_GT,
    PT_FILTER_GE,
    PT_FILTER_CONTAINS,
    PT_FILTER_ICONTAINS,
    PT_FILTER_BCONTAINS,
    PT_FILTER_STARTSWITH,
    PT_FILTER_BSTARTSWITH,
    PT_FILTER_ENDSWITH,
    PT_FILTER_GLOB,
    PT_FILTER_IGLOB,
    PT_FILTER_REGEX,
    PT_FILTER_IN,
    PT_FILTER_INTERSECTS,
    PT_FILTER_PMATCH,
    PT_FILTER_COUNT,
} pt_filter_op;
extern const char *const pt_filter_op_names[PT_FILTER_COUNT];

typedef enum pt_filter_quantifier {
    PT_QUANT_NONE,
    PT_QUANT_ONE,
    PT_QUANT_ANY,
    PT_QUANT_ALL
} pt_filter_quantifier;

// A field with its transformers: tolower(basename(proc.name)) is {"proc.name", transformers
// {"basename", "tolower"}}, the innermost first. Arguments of transformers with several operands
// (join, concat, getopt) are in `operands` of that transformer: join("-", (fd.name, "x")) is the
// literal "-" with {"join", operands {fd.name, "x"}, listed}, getopt(proc.args, "o:")[o] is
// proc.args with {"getopt", operands {"o:"}, argument "o"}.
typedef struct pt_filter_term pt_filter_term;
typedef struct pt_filter_transform {
    pt_str name;
    const pt_filter_term *operands; // further operands after the first
    size_t n_operands;
    bool listed;     // of join: they are written (a, b), not as one field that has several values
    pt_str argument; // of getopt(…)[argument]
    bool has_argument;
} pt_filter_transform;
struct pt_filter_term {
    bool is_field; // else `text` is a literal
    pt_str text;   // the field's name without its argument, or a literal with its escapes resolved
    pt_str argument; // of field[argument]
    bool has_argument, quoted;
    const pt_filter_transform *transforms;
    size_t n_transforms;
    uint32_t at; // byte offset in the text
};

typedef struct pt_filter {
    pt_filter_kind kind;
    uint32_t at;                   // byte offset in the text
    const struct pt_filter **kids; // AND, OR: two or more; NOT: one
    size_t n_kids;
    pt_str name; // MACRO
    pt_filter_term left;
    pt_filter_op op;
    pt_filter_quantifier quantifier;
    bool list; // right is written (a, b): of op IN, INTERSECTS, PMATCH and with a quantifier
    const pt_filter_term *right;
    size_t n_right; // 1 unless `list`
} pt_filter;

// PT_E_FORMAT: e->offset is where, what says what was expected there. PT_E_LIMIT: too deep
// (parentheses and transformers within one another), too long. The tree lives in `a` and borrows
// `text`.
PT_CHECK pt_code pt_filter_parse(pt_arena *a, pt_str text, const pt_filter **ret, pt_err *e);

// The tree as text, canonically: as Falco's own compiled form shows it ("(evt.type = open and not
// a)"). Where that would read otherwise, or not at all ("", "a,b"), the literal is quoted: the text
// is always a condition that says the same. Empty with p == NULL: longer than the
// limit above, or the arena is full.
pt_str pt_filter_text(pt_arena *a, const pt_filter *f);
