// The real outside world, as fact/world.h asks for it.
#pragma once

#include "fact/world.h"

typedef struct pt_real_world {
    pt_world world;
    int root; // descriptor of the folder that plays "/"
} pt_real_world;

// `root` is "/" for this machine, else a mounted disk or a fixture. PT_E_ABSENT, PT_E_DENIED, …
PT_CHECK pt_code pt_real_world_open(pt_real_world *w, const char *root, pt_err *e);
void pt_real_world_done(pt_real_world *w);
