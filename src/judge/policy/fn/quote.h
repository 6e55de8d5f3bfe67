// Go's quoting, as messages have it.
#pragma once

#include "base/buf.h"

// As Go's strconv.Quote: "a\n\x00é".
void pt_utf8_quote(pt_buf *b, pt_str s);
