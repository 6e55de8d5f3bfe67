// What the readers of node/ share.
#pragma once

#include "collect/packages/lock/lock.h"

// What a package.json (or its part of a lock file) says of licences, in all forms that it has had:
// "license": "MIT", {"type": "MIT"}, or a list of these; "licenses" likewise. Undefined: nothing.
pt_value pt_node_licences(pt_arena *a, pt_value manifest);

// Where no licence is known, or only a file that says it: is the package of this name and version
// installed in the folder `path` beside the lock file? Then its licences are its manifest's, and it
// has "installed", in which texts of them stand.
bool pt_node_installed(pt_read *r, pt_str path, pt_package *p);

// What a manifest asks for, one after the other; peers that may be missing are left out.
//   pt_node_asked it = {.manifest = m, .last = PT_NODE_DEV};
//   while (pt_node_next(&it)) …
typedef enum pt_node_kind {
    PT_NODE_NEEDS,
    PT_NODE_OPTIONAL,
    PT_NODE_PEERS, // what others are to bring
    PT_NODE_DEV,
} pt_node_kind;
typedef struct pt_node_asked {
    pt_value manifest;
    pt_node_kind last; // PT_NODE_PEERS: what it takes to be used
    pt_node_kind kind;
    pt_str name;
    pt_value range; // as it is written: mostly a string
    size_t next;    // private
} pt_node_asked;
bool pt_node_next(pt_node_asked *it);

// Name the package as a registry's URL of its archive does, where that is another one: all
// registries of npm write ".../@scope/name/-/name-1.2.3.tgz". Of other URLs it stays as it is.
void pt_node_fetched(pt_arena *a, pt_str url, pt_package *p);
// … and tell it: where no alias does it, the file's own word of the package is wrong.
void pt_node_misnamed(pt_read *r, const pt_package *fetched, const pt_package *said);

// Is the path where a package is installed: ".../node_modules/NAME/package.json", with a scope or
// not?
bool pt_node_is_installed(pt_str path);

// What is told of a package that no registry gave: {"from": "git+https://…"}.
pt_value pt_node_from(pt_arena *a, pt_str from);
