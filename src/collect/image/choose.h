// Which image of those that a target holds.
#pragma once

#include "collect/image/image.h"
#include "collect/image/source.h"

typedef struct pt_chosen_layer {
    pt_str member; // where its bytes are
    pt_str digest; // of them; empty: nothing says
    bool foreign;  // its bytes are elsewhere, by the manifest's word
} pt_chosen_layer;

typedef struct pt_chosen {
    pt_value names;    // strings
    pt_str manifest;   // digest; empty: there is none
    pt_str config;     // digest
    pt_value settings; // of the configuration, as document.c reduces it
    PT_VEC(pt_chosen_layer) layers;
    // What its documents say against themselves or one another: {"what", "path"}. Whoever reads
    // them otherwise may see another image.
    pt_list against;
} pt_chosen;

PT_CHECK pt_code pt_choose(const pt_source *s, const pt_asker *by, const pt_image_ask *ask,
                           pt_chosen *ret, pt_err *e);

// As a value, and back. PT_E_CORRUPT: it is none.
pt_value pt_chosen_told(const pt_chosen *c, pt_arena *a);
PT_CHECK pt_code pt_chosen_of(pt_value v, pt_arena *a, pt_chosen *ret, pt_err *e);
