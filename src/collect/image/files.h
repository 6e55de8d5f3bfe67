// What layers tell of files one by one (look.h), laid upon one another.
#pragma once

#include "collect/image/layers.h"

// Lay what a layer tells on top, after its words and events. What is not a record ends it:
// PT_E_CORRUPT. Beyond PT_FILES_MAX there is a problem, and l->files.cut.
PT_CHECK pt_code pt_layers_tell(pt_layers *l, uint32_t layer, pt_str told, pt_err *e);

// A file that is taken away by `layer`, if the node has one.
void pt_layers_untell(pt_layers *l, pt_node *n, uint32_t layer);
