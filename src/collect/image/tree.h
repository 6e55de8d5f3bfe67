// The names that matter in an image: files that were read, links, and the folders above them.
#pragma once

#include "base/err.h"
#include "base/map.h"
#include "fact/file.h"
#include "value/value.h"

typedef struct pt_node pt_node;

// A file that holds secrets, as one layer has it.
typedef struct pt_holder {
    pt_value event;      // as layer.c tells it
    uint32_t layer;      // which put it there, from 1
    uint32_t gone_by;    // the one that deleted it or put another in its place; 0: it is there
    const pt_node *node; // NULL: links lead in a circle
    bool owned;          // by a package of the system, and then it holds none
} pt_holder;

struct pt_node {
    pt_str path;
    pt_node *up, *below, *next; // `next`: of the same folder
    bool in_place;              // it is reached from the root
    // What stands there; undefined: a folder that leads to others, or nothing any more.
    pt_value event; // as layer.c tells it
    uint32_t layer; // which put it there, from 1
    pt_value since; // of what lists packages: {package's key: layer that brought it}
    pt_str owned;   // pt_owned after pt_owned: the event's
    pt_str claims;  // likewise, what packages/claims.h takes apart
    pt_node *same;  // of a hard link: where the same file stands, too
    pt_file *file;  // what is told of it; NULL: nobody asked, or it is not there
    bool used;      // by pt_layers_end
    // Of a list of the system's packages that a layer took away: how many, and which layer.
    size_t gone;
    uint32_t gone_by;
    pt_holder *holder;          // NULL: it is none
    pt_node *links, *next_link; // that lead here; pt_tree_lead_links
};

typedef struct pt_tree {
    pt_arena *a;
    pt_map map; // of the hash of a path
    pt_node root;
    PT_VEC(pt_node *) nodes; // all that ever were, as they came
} pt_tree;

void pt_tree_init(pt_tree *t, pt_arena *a);

// What stands at a path without "." and ".."; NULL: nothing that matters.
pt_node *pt_tree_at(const pt_tree *t, pt_str path);

// … made if it is not there, with the folders above it; `path` must live as long as the tree.
// PT_E_NOMEM; PT_E_LIMIT: more than PT_NODES_MAX.
PT_CHECK pt_code pt_tree_make(pt_tree *t, pt_str path, pt_node **ret, pt_err *e);

// Take away all that is below `n`, and with `whole` its own event. Each that has one, or a
// file, or that holds secrets, is handed to `gone` first.
void pt_tree_cut(pt_node *n, bool whole, void (*gone)(pt_node *n, void *arg), void *arg);

// The next one of the subtree of `top` in order, `n` itself being the one before; NULL: the last.
pt_node *pt_tree_next(const pt_node *top, const pt_node *n);

bool pt_node_is(const pt_node *n, const char *what); // its event

// The path with the links on its way followed (the last part's only if `leaf`), never out of the
// image, in `a`. p == NULL: they lead in a circle, it has more than PT_PATH_PARTS_MAX parts, or
// memory is out.
pt_str pt_tree_resolve(const pt_tree *t, pt_arena *a, pt_str path, bool leaf);

// For every link that leads to a folder of the tree: set `links` of that folder.
void pt_tree_lead_links(pt_tree *t);
