// gzip (RFC 1952), whole: one member or several, each with its end and checksum.
#pragma once

#include "base/buf.h"
#include "base/err.h"

// Append what `packed` holds to `ret`, whose maximum bounds it. PT_E_FORMAT: it is cut, or damaged;
// PT_E_LIMIT: more than `ret` may hold; PT_E_NOMEM.
PT_CHECK pt_code pt_gunzip(pt_str packed, pt_buf *ret, pt_err *e);
