// What the families of built-in functions share; only the sources of fn/ and call.c include it.
#pragma once

#include "base/buf.h"
#include "judge/policy/builtin.h"

extern const pt_fn_family pt_fn_aggregates;
extern const pt_fn_family pt_fn_arrays;
extern const pt_fn_family pt_fn_encoding;
extern const pt_fn_family pt_fn_engine;
extern const pt_fn_family pt_fn_graph;
extern const pt_fn_family pt_fn_numbers;
extern const pt_fn_family pt_fn_objects;
extern const pt_fn_family pt_fn_sets;
extern const pt_fn_family pt_fn_sprintf;
extern const pt_fn_family pt_fn_strings;
extern const pt_fn_family pt_fn_types;
extern const pt_fn_family pt_fn_units;

extern const pt_fn_family pt_fn_aws;
extern const pt_fn_family pt_fn_crypto;
extern const pt_fn_family pt_fn_glob;
extern const pt_fn_family pt_fn_graphql;
extern const pt_fn_family pt_fn_jwt;
extern const pt_fn_family pt_fn_net;
extern const pt_fn_family pt_fn_regex;
extern const pt_fn_family pt_fn_schema;
extern const pt_fn_family pt_fn_semver;
extern const pt_fn_family pt_fn_send;
extern const pt_fn_family pt_fn_time;
extern const pt_fn_family pt_fn_x509;

// For the column `takes`.
#define STR PT_KIND(PT_STRING)
#define NUM PT_KIND(PT_NUMBER)
#define ARR PT_KIND(PT_ARRAY)
#define OBJ PT_KIND(PT_OBJECT)
#define SET PT_KIND(PT_SET)

#define PT_FN_FAMILY(table) {table, sizeof(table) / sizeof((table)[0])}

#define PT_COLLECTION (PT_KIND(PT_ARRAY) | PT_KIND(PT_SET))
#define PT_COMPOSITE  (PT_COLLECTION | PT_KIND(PT_OBJECT))

// "operand 1 must be one of {set, array} but got string": for functions whose list OPA writes in
// another order than that of names.
pt_value pt_call_one_of(pt_call *c, unsigned pos, const char *kinds, pt_value got);

// Are all items of the array or set strings? Otherwise the fault of pt_call_element.
bool pt_call_strings(pt_call *c, unsigned pos, pt_value operand);

// An integer operand; otherwise "operand 2 must be integer number but got floating-point number".
bool pt_call_index(pt_call *c, unsigned pos, pt_value operand, int64_t *ret);

// `v`, or PT_FAULT_LIMIT if it is undefined: it could not be made.
static inline pt_value pt_call_made(pt_call *c, pt_value v) {
    return pt_defined(v) ? v : pt_call_full(c);
}

// The buffer's content as a string in the arena; PT_FAULT_LIMIT if the buffer was too small.
#define PT_FN_TEXT_BYTES_MAX ((size_t)1 << 28)
pt_value pt_call_text(pt_call *c, const pt_buf *b);

// The value as Rego writes it: `{"a": [1, set()]}`.
void pt_fn_put_term(pt_buf *b, pt_value v);

// The value with text keys only; the same if it has no others.
pt_value pt_fn_jsonable(pt_call *c, pt_value v);
