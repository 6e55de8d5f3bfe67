// What readers of structured files share: the document, and the lines of what it says.
#pragma once

#include "collect/packages/read.h"

// Read the text of the reader's file. One that is not valid is a fault, and *ret is undefined then.
PT_CHECK pt_code pt_document_toml(pt_read *r, pt_str text, pt_value *ret, pt_err *e);
// The first document, with the places of its values: free them with pt_yaml_places_free. They may
// be NULL.
struct pt_yaml_places;
PT_CHECK pt_code pt_document_yaml(pt_read *r, pt_str text, pt_value *ret,
                                  struct pt_yaml_places **ret_places, pt_err *e);

// The same for another file, which a fault names.
PT_CHECK pt_code pt_document_other(pt_read *r, pt_str text, const char *name, pt_value *ret,
                                   pt_err *e);

// The TOML file beside the reader's. Undefined: there is none, nothing beside can be had, or it is
// not valid, which is a fault.
PT_CHECK pt_code pt_document_beside(pt_read *r, const char *name, pt_value *ret, pt_err *e);

// -- the lines of a JSON text ---------------------------------------------------------------------

typedef struct pt_json_lines {
    pt_str text;
    PT_VEC(uint32_t) ends; // offsets of line ends
} pt_json_lines;

typedef struct pt_json_span {
    size_t from, to; // offsets
} pt_json_span;

PT_CHECK pt_code pt_json_lines_of(pt_arena *a, pt_str text, pt_json_lines *ret, pt_err *e);

// The value of a member, by its key as it was read from this text. False: the key has escapes, and
// is no slice of the text.
bool pt_json_member(const pt_json_lines *l, pt_value key, pt_json_span *ret);
// The next item of the array whose span is *rest; it is then what follows.
bool pt_json_item(const pt_json_lines *l, pt_json_span *rest, pt_json_span *ret);
// Line and end line of what stands there.
void pt_json_put_lines(const pt_json_lines *l, pt_json_span s, pt_package *p);
// … of a member with its key.
void pt_json_put_member(const pt_json_lines *l, pt_value key, pt_package *p);
