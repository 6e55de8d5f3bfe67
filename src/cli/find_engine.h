// Which engine of containers the operator means.
#pragma once

#include "base/arena.h"
#include "collect/docker/docker.h"

// By the words (either may be NULL), the environment and the operator's files, as docker's client
// finds it; before pt_rights_drop. All in `a`. The errors of pt_docker_find.
PT_CHECK pt_code pt_find_engine(pt_arena *a, const char *address, const char *context,
                                pt_docker_target *ret, pt_err *e);
