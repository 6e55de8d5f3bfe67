// What the files of the family "graphql" share (GraphQL, October 2021). Documents are values with
// the keys of gqlparser's structures, without those that are null or empty; so what a policy builds
// itself can stand for what was parsed. "Position" (and "TypePositions" of unions) is ours: line <<
// 32 | column, taken out of results.
#pragma once

#include "judge/policy/fn/names.h"

#define PT_GQL_DEPTH_MAX 200u // of what the grammar nests: selections, values, types

// Of the values of a document: one level of the grammar is at most three of theirs. What a policy
// builds is held to it too, so that walking a document by recursion is safe.
#define PT_GQL_NESTING_MAX 1000u

typedef enum pt_gql_kind { // of values, as gqlparser numbers them
    PT_GQL_VARIABLE,
    PT_GQL_INT,
    PT_GQL_FLOAT,
    PT_GQL_STRING,
    PT_GQL_BLOCK,
    PT_GQL_BOOLEAN,
    PT_GQL_NULL,
    PT_GQL_ENUM,
    PT_GQL_LIST,
    PT_GQL_OBJECT,
} pt_gql_kind;

// -- tokens ---------------------------------------------------------------------------------------

typedef enum pt_gql_tag {
    GQL_INVALID,
    GQL_EOF,
    GQL_NAME,
    GQL_INT,
    GQL_FLOAT,
    GQL_STRING,
    GQL_BLOCK,
    GQL_COMMENT,
    GQL_SPREAD,
    GQL_MARK, // one of !$&():=@[]{|}, in `mark`
} pt_gql_tag;

typedef struct pt_gql_token {
    pt_gql_tag tag;
    char mark;
    pt_str text;
    int64_t pos;
} pt_gql_token;

typedef struct pt_gql_parser {
    pt_call *c;
    pt_arena *a;
    pt_str s;
    size_t at;
    int64_t line, runes, line_start; // of `at`
    pt_gql_token token;              // the next one
    pt_str lex_why;                  // what is wrong with it, if it is invalid
    pt_value comment;                // before it
    pt_str why;                      // the first error; p == NULL: none
    unsigned depth;
} pt_gql_parser;

void pt_gql_start(pt_gql_parser *p, pt_call *c, pt_str text);
void pt_gql_lex(pt_gql_parser *p, pt_gql_token *ret);
pt_gql_token pt_gql_next(pt_gql_parser *p); // take the token
void pt_gql_refuse(pt_gql_parser *p, int64_t pos, pt_str what);
void pt_gql_unexpected(pt_gql_parser *p);
bool pt_gql_skip(pt_gql_parser *p, char mark);
void pt_gql_expect(pt_gql_parser *p, char mark);
bool pt_gql_word(const pt_gql_parser *p, const char *word);
void pt_gql_expect_word(pt_gql_parser *p, const char *word);
pt_value pt_gql_name(pt_gql_parser *p);

// Items between two marks; undefined if there are none. `some`: at least one if it opens.
typedef pt_value pt_gql_item(pt_gql_parser *p);
pt_value pt_gql_some(pt_gql_parser *p, const char *marks, pt_gql_item *item, pt_value *ret_comment);

pt_value pt_gql_value(pt_gql_parser *p, bool constant);
pt_value pt_gql_type(pt_gql_parser *p);
pt_value pt_gql_directives(pt_gql_parser *p, bool constant);
pt_value pt_gql_operation_type(pt_gql_parser *p);
static inline pt_value pt_gql_pos(const pt_gql_parser *p) {
    return pt_int(p->token.pos);
}

// Undefined: *ret_why says why, as OPA tells it, or there is a fault.
pt_value pt_gql_parse_query(pt_call *c, pt_str text, pt_str *ret_why);
pt_value pt_gql_parse_schema(pt_call *c, pt_str text, pt_str *ret_why);
pt_value pt_gql_plain(pt_arena *a, pt_value v); // without positions

// -- schemas --------------------------------------------------------------------------------------

typedef struct pt_gql_schema {
    pt_arena a;
    pt_value types;      // by name
    pt_value directives; // by name
    pt_value fields;     // of each type, by its name: the definitions, by theirs
    pt_value possible;   // sets of object types' names, by that of an interface, union or object
    pt_str roots[3];     // query, mutation, subscription; empty: none
} pt_gql_schema;

extern const char *const pt_gql_operations[3];
pt_gql_schema *pt_gql_schema_make(pt_call *c, pt_value doc, pt_str *ret_why);
void pt_gql_schema_free(void *p); // pt_gql_schema *, NULL is fine

pt_str pt_gql_type_name(pt_value type);              // "Int" of [Int!]!
pt_str pt_gql_type_text(pt_arena *a, pt_value type); // "[Int!]!"

// The first item whose `key` is the name; in a list that is looked up often, through its index: an
// object of such items by their names (undefined when the arena is full).
pt_value pt_gql_named(pt_value list, const char *key, pt_str name);
pt_value pt_gql_index(pt_arena *a, pt_value list, const char *key);
pt_value pt_gql_field(const pt_gql_schema *s, pt_value type, pt_str name); // undefined: none
static inline pt_str pt_gql_text(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}
static inline bool pt_gql_kind_is(pt_value def, const char *kinds) { // one of "OBJECT UNION"
    return pt_str_in_list(pt_gql_text(def, "Kind"), pt_str_of(kinds), ' ');
}

// "input:1:2: what" into b, a line without its end.
void pt_gql_put_error(pt_buf *b, int64_t pos, pt_str what);
int64_t pt_gql_pos_of(pt_value node); // 0: unknown

// Validate a query. True, or *ret_why, or a fault.
bool pt_gql_validate(pt_call *c, const pt_gql_schema *s, pt_value query, pt_str *ret_why);

// -- validation -----------------------------------------------------------------------------------

typedef struct pt_gql_walk {
    pt_call *c;
    pt_arena *a;
    const pt_gql_schema *s;
    pt_value query;
    pt_buf errors; // lines
    size_t count, steps, collected;
    unsigned depth;
    pt_value fragments;        // by name
    pt_value operation;        // the present one; undefined within a fragment's definition
    pt_value variables;        // of it, by name
    pt_names used;             // variables of it
    pt_names visited;          // fragments that it spreads
    pt_names spread;           // fragments that any operation spreads
    bool spreads_count;        // for `spread`: those within fragments do not
    pt_names operations;       // names of those that were checked
    PT_VEC(int64_t) misplaced; // directives that were told about
    pt_names cycled;           // fragments whose cycles are known
} pt_gql_walk;

// What a value is meant to be.
typedef struct pt_gql_expected {
    pt_value type, def; // undefined: unknown
    bool has_default;
} pt_gql_expected;

void pt_gql_error(pt_gql_walk *w, pt_value at, pt_str what);
#define PT_GQL_ERROR(w, at, ...) pt_gql_error(w, at, pt_arena_printf((w)->a, __VA_ARGS__))
pt_value pt_gql_def(const pt_gql_walk *w, pt_str type); // undefined: none of that name

void pt_gql_check_value(pt_gql_walk *w, pt_value v, const pt_gql_expected *x);
void pt_gql_check_field(pt_gql_walk *w, pt_value field, pt_value parent, pt_value def);
void pt_gql_check_inline(pt_gql_walk *w, pt_value node, pt_value parent);
void pt_gql_check_spread(pt_gql_walk *w, pt_value node, pt_value parent, pt_value fragment);
void pt_gql_check_fragment(pt_gql_walk *w, pt_value node);
void pt_gql_check_operation(pt_gql_walk *w, pt_value op);
void pt_gql_check_directive(pt_gql_walk *w, pt_value dir, pt_value def, const char *location);
void pt_gql_check_directives(pt_gql_walk *w, pt_value dirs);
void pt_gql_check_overlaps(pt_gql_walk *w, pt_value set, pt_value parent);

// Add to the text which of the options' names are like the one that was typed.
void pt_gql_suggest(pt_gql_walk *w, pt_str *text, const char *prefix, pt_str typed,
                    pt_value options);
