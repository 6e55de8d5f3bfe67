// Shared by the files of collect/docker/state.h.
#pragma once

#include "collect/docker/state.h"

enum {
    PT_STATE_ID_CHARS = 64, // of a container
};

pt_fact pt_state_full(void); // unknown: out of memory

// What was found, unless the arena had no room for all that it was found by.
pt_fact pt_state_whole(const pt_arena *a, pt_fact f);

// A JSON file below the data root, parsed. `path` with p NULL: out of memory.
pt_fact pt_state_json(pt_docker_state *s, pt_arena *a, pt_str path, size_t bytes_max);

// The folder in which the daemon keeps volumes, containers and images: the data root, or the one
// below it of its remapped users.
pt_fact pt_state_root(pt_docker_state *s, pt_arena *a);

// The folders of containers are in this one.
pt_fact pt_state_containers(pt_docker_state *s, pt_arena *a);

bool pt_state_is_hex(pt_str s); // at most as many digits as an id has

// The only one of `names` that is an id and begins with `prefix`; absent: none, or it is no id.
pt_fact pt_state_by_prefix(pt_value names, pt_str prefix, pt_str where);
