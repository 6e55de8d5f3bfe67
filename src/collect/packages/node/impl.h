// What the readers of node/ share.
#pragma once

#include "collect/packages/lock/lock.h"

// What a package.json (or its part of a lock file) says of licences, in all forms that it has had:
// "license": "MIT", {"type": "MIT"}, or a list of these; "licenses" likewise. Undefined: nothing.
pt_value pt_node_licences(pt_arena *a, pt_value manifest);

// The licences of the package that is installed in the folder `path` beside the lock file, if it
// has this name and version. Undefined: it is not there.
pt_value pt_node_installed(pt_read *r, pt_str path, pt_str name, pt_str version);

// What a manifest asks for: its objects of these names, from a package's name to its versions. To
// be used it needs all but the last.
enum {
    PT_NODE_NEEDS,
    PT_NODE_OPTIONAL,
    PT_NODE_PEERS,
    PT_NODE_DEV,
    PT_NODE_ASKS
};
extern const char *const pt_node_asks[PT_NODE_ASKS];

// Does the manifest say that this peer may be missing?
bool pt_node_peer_optional(pt_value manifest, pt_value name);

// What is told of a package that no registry gave: {"from": "git+https://…"}.
pt_value pt_node_from(pt_arena *a, pt_str from);
