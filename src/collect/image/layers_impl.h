// Between layers.c (laying), layers_end.c (what is left) and layers_licences.c.
#pragma once

#include "collect/image/layers.h"

pt_code pt_layers_full(pt_err *e);
// claims.c: give each file what packages say of it, and list what is missing.
pt_code pt_layers_claims(pt_layers *l, pt_err *e);
pt_str pt_layers_key(pt_arena *a, pt_value package);

// Give every package what the files that belong to it say of its licence:
// "recognised": {"file", "expression"?}. PT_E_NOMEM.
PT_CHECK pt_code pt_layers_licences(pt_layers *l, pt_err *e);
