// Between layers.c (laying) and layers_end.c (what is left).
#pragma once

#include "collect/image/layers.h"

pt_code pt_layers_full(pt_err *e);
// claims.c: give each file what packages say of it, and list what is missing.
pt_code pt_layers_claims(pt_layers *l, pt_err *e);
pt_str pt_layers_key(pt_arena *a, pt_value package);
