// TOML 1.0.0 (toml.io/en/v1.0.0) to values.
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "value/value.h"

#define PT_TOML_DEPTH_MAX 200u

// Read one document: tables are objects, arrays of tables arrays of objects, integers and floats
// numbers (0x, 0o, 0b and "_" resolved; inf and nan are strings), booleans, strings of all four
// kinds; dates and times are strings as they are written. *ret lives in `a` and may borrow `bytes`.
// A key or table defined twice, and all else that the specification calls invalid, is PT_E_FORMAT
// with e->line, e->column, e->offset. PT_E_LIMIT: deeper than PT_TOML_DEPTH_MAX. PT_E_NOMEM.
PT_CHECK pt_code pt_toml_parse(pt_arena *a, pt_str bytes, pt_value *ret, pt_err *e);

// The lines of the tables of an array of tables `[[name]]` (a dotted name as it is written), from
// the header to the last line that holds something of it: *ret is an array of [first, last] in the
// order of the document. For lock files, whose packages are told with their place.
PT_CHECK pt_code pt_toml_lines(pt_arena *a, pt_str bytes, pt_str name, pt_value *ret, pt_err *e);
