// What SecurityOpt of HostConfig says. Private to docker/.
#pragma once

#include "value/value.h"

typedef enum pt_docker_choice {
    PT_DOCKER_UNSET,
    PT_DOCKER_OFF,
    PT_DOCKER_ON,
} pt_docker_choice;

typedef struct pt_docker_security {
    pt_str seccomp, apparmor; // empty: the daemon's default
    bool label_disable;
    pt_str label_type, label_user, label_role, label_level;
    pt_docker_choice no_new_privileges;
    pt_docker_choice writable_cgroups;
    pt_str unclear; // the first option that the daemon does not know; empty: none
} pt_docker_security;

// NAME=VALUE or, deprecated, NAME:VALUE; of a name that comes twice the last one counts.
pt_docker_security pt_docker_security_of(pt_value options);

// The first path of the daemon's own list of masked (else read-only) paths that `list` lacks;
// empty: none. Without a list the daemon's own one counts.
pt_str pt_docker_unprotected(pt_value list, bool masked);

pt_str pt_docker_upper(pt_arena *a, pt_str s); // its ASCII letters
// "cap_net_raw" as "NET_RAW". p == NULL: the arena is full.
pt_str pt_docker_capability(pt_arena *a, pt_str name);

// The number of a user or group as Go's Atoi reads it: with any sign, with any zeros before it.
// False: it is a name, or none that the daemon takes.
bool pt_docker_user_number(pt_str s, int64_t *ret);
