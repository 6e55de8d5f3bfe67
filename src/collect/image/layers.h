// What is left when layers are laid upon one another, as a container engine does it (OCI image-spec
// 1.1, layer.md; where that is silent, containerd's archive code): package databases, installed
// packages' own files, programs.
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "collect/image/tree.h"
#include "collect/packages/readers.h"
#include "value/value.h"

// What a layer says of the layers below it, and all of it together is one answer of layer.c. A word
// is the hash of a path with one of these in its lowest bits.
typedef enum pt_layer_word {
    PT_WORD_TAKES,  // no folder stands there, or a whiteout: nothing of below is there or under it
    PT_WORD_FOLDER, // a folder: what is none is not there any more
    PT_WORD_OPAQUE, // a folder: nothing of below is under it
} pt_layer_word;

typedef struct pt_layer_found {
    pt_value events; // see layer.c
    pt_str words;    // uint64_t after uint64_t
    pt_str owned;    // pt_owned after pt_owned: what the "owned" of events is a part of
    pt_str told;     // of files one by one (look.h)
    pt_str claims;   // of packages' files: what the "claims" of events is a part of
} pt_layer_found;

typedef struct pt_layers {
    pt_arena *a;
    pt_tree tree;
    pt_list problems; // {"verdict", "what", "path", "layer"?}
    pt_list packages;
    PT_VEC(pt_holder *) holders; // of secrets, in the order of layers
    size_t databases;            // that list packages, read or not
    pt_value os;                 // undefined: nothing says
    pt_files files;              // what was told of them: `all` after pt_layers_end
    int64_t sums;                // pt_claim_sums of the kinds that packages have, of all layers
    bool one;                    // not layers, but one tree: packages have no layer
    bool licences;               // were read: packages get what files say of theirs
    bool aliases_cut;            // there were more than PT_ALIASES_MAX
} pt_layers;

void pt_layers_init(pt_layers *l, pt_arena *a);

// Lay the next one on top. PT_E_LIMIT, PT_E_NOMEM.
PT_CHECK pt_code pt_layers_add(pt_layers *l, uint32_t layer, const pt_layer_found *found,
                               pt_err *e);

// Fill `packages` (sorted), `os`, and what could not be seen into `problems`. `where`: which rows
// say where something belongs.
PT_CHECK pt_code pt_layers_end(pt_layers *l, pt_read_where where, pt_err *e);

void pt_layers_problem(pt_layers *l, const char *verdict, pt_str what, pt_str path, uint32_t layer);
// The worst of the problems' verdicts; without one: "pass".
const char *pt_layers_verdict(const pt_layers *l);
