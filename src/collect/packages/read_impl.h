// Between read.c (owners) and claims.c.
#pragma once

#include "collect/packages/read.h"

// The package's number among r->owners; what is told of one package comes together. PT_E_NOMEM.
PT_CHECK pt_code pt_owner_add(pt_read *r, pt_str package, uint32_t *ret, pt_err *e);
