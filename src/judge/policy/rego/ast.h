// The syntax tree of Rego modules, as the parser makes it and as the compiler's stages rewrite it.
//
// Everything lives in one arena, that of the compilation, and points into the modules' source text.
// Nodes are shared by no two parents. Operators are calls: `x := 1` is assign(x, 1), `x = 1` is
// eq(x, 1), `a + b` is plus(a, b), `x in xs` is internal.member_2(x, xs), as OPA names them.
#pragma once

#include "base/arena.h"
#include "judge/policy/rego/diagnostic.h"
#include "value/value.h"

typedef struct pt_source {
    pt_str file; // as told to the user; empty for a query
    pt_str text; // well-formed UTF-8
} pt_source;

struct pt_loc {
    const pt_source *source;
    uint32_t row, column; // from 1; columns count code points
    uint32_t at, n;       // bytes of source->text
};
typedef struct pt_loc pt_loc;

static inline pt_str pt_loc_text(pt_loc l) {
    return l.source ? pt_str_sub(l.source->text, l.at, (size_t)l.at + l.n) : (pt_str){NULL, 0};
}

// -- symbols --------------------------------------------------------------------------------------

// A name. Equal names are one symbol; a wildcard and every variable that the compiler makes is a
// symbol of its own, that no source text can name.
typedef struct pt_sym {
    pt_str name;         // "x"; "$0", "$1" … for wildcards; "__local0__" … for made ones
    uint32_t id;         // dense, from 0
    bool wildcard;       // it was written `_`
    bool made;           // by the compiler
    struct pt_sym *from; // what a renamed local was called in the source, or NULL
    struct pt_sym *next; // private: of the same hash
    // the compiler's: what the name means in the module `epoch`, and the variable's place in a rule
    struct pt_term *global;
    struct pt_import *import; // that says so; NULL: a rule's name
    uint32_t global_epoch;
    uint32_t var_epoch, var;
    bool bound; // while code is made: the register `var` holds it
} pt_sym;

typedef struct pt_symbols {
    pt_arena *arena;
    pt_sym **slots; // by hash
    uint32_t cap;
    uint32_t n, wildcards, locals;
} pt_symbols;

pt_sym *pt_sym_of(pt_symbols *t, pt_str name);    // NULL: the arena is full
pt_sym *pt_sym_wildcard(pt_symbols *t);           // a fresh `_`
pt_sym *pt_sym_made(pt_symbols *t, pt_sym *from); // a fresh variable; `from` may be NULL

// -- terms ----------------------------------------------------------------------------------------

typedef enum pt_term_kind {
    PT_TERM_CONST,        // value: a scalar (null, boolean, number, string)
    PT_TERM_VAR,          // sym
    PT_TERM_REF,          // items: head (a var; or any term: a call, an array …), then steps
    PT_TERM_CALL,         // items: operator (a var or a ref of constants), then operands
    PT_TERM_ARRAY,        // items
    PT_TERM_SET,          // items
    PT_TERM_OBJECT,       // items: key, value, key, value …
    PT_TERM_TEMPLATE,     // items: constant strings and terms, in turn as written
    PT_TERM_ARRAY_COMPR,  // compr: term, body
    PT_TERM_SET_COMPR,    // compr: term, body
    PT_TERM_OBJECT_COMPR, // compr: key, term, body
    PT_TERM_LITERAL, // literal: a part of a template that is more than a term: x with …, not {…}
} pt_term_kind;

typedef struct pt_term pt_term;
typedef struct pt_expr pt_expr;
typedef PT_VEC(pt_term *) pt_terms;
typedef PT_VEC(pt_expr *) pt_body; // literals, in order

struct pt_term {
    pt_term_kind kind;
    bool parens; // it stood in parentheses of its own
    bool raw;    // TEMPLATE: it was written with backquotes
    pt_loc loc;
    union {
        pt_value value;
        pt_sym *sym;
        pt_terms items;
        struct {
            pt_term *key, *term;
            pt_body body;
            struct pt_grouping
                *group; // the compiler's: how to compute it once for all; NULL: not so
        } compr;
        pt_expr *literal;
    };
};

// The steps of a ref are terms: `a.b` and `a["b"]` have the constant "b". A name without steps is a
// PT_TERM_VAR, never a ref of one item.

// -- literals -------------------------------------------------------------------------------------

typedef struct pt_with {
    pt_loc loc;
    pt_term *target; // a var or ref: input.a, data.b.c, a function's name
    pt_term *value;
} pt_with;

// An operand of `and` or `or` as it was written.
typedef struct pt_side {
    bool braced;
    pt_loc loc;   // of what it begins with; of its brace
    uint32_t end; // the byte behind it
} pt_side;

typedef enum pt_expr_kind {
    PT_EXPR_TERM,  // term: true unless it is undefined or false. Calls and unifications too
    PT_EXPR_SOME,  // some x, y: terms (vars)
    PT_EXPR_EVERY, // every key, value in domain { body }; key may be NULL
    PT_EXPR_NOT,   // not { body } (import future.keywords.not)
    PT_EXPR_AND,   // sides: two or more bodies; experimental
    PT_EXPR_OR,
} pt_expr_kind;
// `some x in xs` is PT_EXPR_SOME with one term, the call internal.member_2 or member_3; its
// operands but the last declare their variables.

struct pt_expr {
    pt_expr_kind kind;
    bool negated;  // not …
    bool made;     // by the compiler, or the parser: no source says so
    bool braced;   // NOT: it was written in braces
    bool assigned; // it was written with `:=`
    bool placed;   // the compiler's: it has its place in the order of its body
    pt_loc loc;
    PT_VEC(pt_with) with;
    union {
        pt_term *term;
        pt_terms decl;
        struct {
            pt_term *key, *value, *domain;
            pt_body body;
        } every;
        pt_body body; // NOT
        struct {
            pt_body *v;
            const pt_side *written; // as many
            size_t n;
        } sides; // AND, OR
    };
};

// -- rules and modules ----------------------------------------------------------------------------

typedef struct pt_rule {
    pt_loc loc;      // the whole rule
    pt_loc head_loc; // the head
    struct pt_module *module;
    pt_term
        *ref; // PT_TERM_VAR `p` or PT_TERM_REF `p.a[x]`: where the value stands below the package
    pt_terms args;      // of a function
    bool function;      // it has an argument list
    pt_term *key;       // of a partial set: p contains key, p[key] { … } (v0)
    pt_term *value;     // NULL for partial sets; the constant true where none is written
    bool value_made;    // no value was written
    bool assigned;      // := rather than =
    bool is_default;    // default p := value
    bool contains;      // the head was written with `contains`
    bool bodiless;      // no body was written (it is then the constant true)
    bool with_if;       // `if` stands before the body
    bool one_line_body; // the body was one literal without braces
    pt_body body;
    struct pt_rule *orelse; // else := value { … }; its ref and args are those of this rule
    bool is_else;
    bool chained;                       // p { … } { … }: a further body of the rule before
    struct pt_annotations *annotations; // METADATA that stands before it, or NULL
    bool grouped;    // the compiler's: a comprehension in its body has a grouping
    uint32_t ground; // the compiler's: steps of `ref` that are constants, its name included
    uint8_t colour;  // the compiler's, for the search for recursion
} pt_rule;

typedef struct pt_import {
    pt_loc loc;
    pt_term *path; // input.a, data.b, future.keywords.in, rego.v1
    pt_sym *alias; // `as alias`, or NULL
    bool used;     // the compiler's
} pt_import;

typedef struct pt_comment {
    pt_loc loc;
    pt_str text; // behind the '#'
} pt_comment;

typedef enum pt_scope {
    PT_SCOPE_RULE,
    PT_SCOPE_DOCUMENT,
    PT_SCOPE_PACKAGE,
    PT_SCOPE_SUBPACKAGES,
} pt_scope;

typedef struct pt_schema_note { // "- input.a: schema.b" of `schemas`
    pt_term *path;              // what it types
    pt_term *schema;            // a ref that begins with `schema`; NULL: the definition is
    pt_value definition;        // a JSON schema
    const struct pt_type *type; // the compiler's, once it asked: NULL with a text in `why`: none
    pt_str why;
} pt_schema_note;

typedef struct pt_annotations {
    pt_loc loc; // of "METADATA"
    pt_scope scope;
    bool entrypoint;
    pt_value value; // as rego.metadata gives it: {"scope": …, "title": …, "custom": {…} …}
    pt_rule *rule;  // what it belongs to; NULL: the package
    PT_VEC(pt_schema_note) schemas;
} pt_annotations;

typedef enum pt_rego_version {
    PT_REGO_V1,
    PT_REGO_V0,
    PT_REGO_V0_V1, // v0 syntax under the rules of v1: import rego.v1
} pt_rego_version;

typedef struct pt_module {
    const pt_source *source;
    pt_rego_version version;
    pt_loc package_loc;
    pt_term *package; // PT_TERM_REF of "data" and the constants of its path: data.a.b
    PT_VEC(pt_import) imports;
    PT_VEC(pt_rule *) rules;
    PT_VEC(pt_comment) comments;
    PT_VEC(pt_annotations *) annotations;
} pt_module;

// Makers: nodes without a parent, in the arena. NULL when it is full.
pt_term *pt_term_new(pt_arena *a, pt_term_kind kind, pt_loc loc);
pt_term *pt_term_const(pt_arena *a, pt_loc loc, pt_value v);
pt_term *pt_term_var(pt_arena *a, pt_loc loc, pt_sym *sym);
pt_expr *pt_expr_new(pt_arena *a, pt_expr_kind kind, pt_loc loc);

// A copy that shares no node with `t`; symbols are the same. NULL: the arena is full.
pt_term *pt_term_copy(pt_arena *a, const pt_term *t);

// A call of the built-in `name` ("eq", "internal.member_2"), whose operator is a ref as the source
// would write it.
pt_term *pt_term_call(pt_symbols *t, pt_loc loc, const char *name, pt_term *const *args, size_t n);
