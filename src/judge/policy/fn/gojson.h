// JSON as Go's encoding/json checks it, for the texts of its errors.
#pragma once

#include "base/buf.h"
#include "base/str.h"

// The value at s[*at], blanks before it skipped; *at is then behind it. False: *at is where the
// error is and `why` has its text: "EOF" if nothing is there, "unexpected EOF" if the value is cut.
bool pt_gojson_value(pt_str s, size_t *at, pt_buf *why);

// Is the whole text one value?
bool pt_gojson_valid(pt_str s);

size_t pt_gojson_blanks(pt_str s, size_t at); // the offset behind blanks
