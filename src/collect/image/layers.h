// What of the package databases is left when layers are laid upon one another, as a container
// engine does it (OCI image-spec 1.1, layer.md; where that is silent, containerd's archive code).
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "value/value.h"

#define PT_NODES_MAX 20000u

// Something at a path that matters: a database, a link, or what stands in a folder's place.
typedef struct pt_node {
    pt_str path;
    uint32_t layer; // which put it there, from 1
    pt_value event; // as layer.c tells it
    pt_value since; // of a database: {package's key: layer that brought it}
    bool used;      // by pt_layers_end
} pt_node;

typedef struct pt_layers {
    pt_arena *a;
    PT_VEC(pt_node) nodes;
    PT_VEC(pt_node) gone; // databases that a layer took away; `layer` is the one that did
    pt_list problems;     // {"verdict", "what", "path", "layer"?}
    pt_list packages;
    size_t databases; // that list packages, read or not
    pt_value os;      // undefined: nothing says
} pt_layers;

// Lay the next one on top: its `events`. PT_E_LIMIT, PT_E_NOMEM.
PT_CHECK pt_code pt_layers_add(pt_layers *l, uint32_t layer, pt_value events, pt_err *e);

// Fill `packages` (sorted), `os`, and what could not be seen into `problems`.
PT_CHECK pt_code pt_layers_end(pt_layers *l, pt_err *e);

void pt_layers_problem(pt_layers *l, const char *verdict, pt_str what, pt_str path, uint32_t layer);
