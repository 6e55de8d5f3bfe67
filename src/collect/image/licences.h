// What files of a layer say of licences (collect/licence), where the job asks for it.
#pragma once

#include "collect/image/walk.h"

// A regular file of no other reader, which was read as far as w->content goes. If its name is one
// that says licences it is an event: {"do": "file", "path", "kind": "licence", "says": EXPRESSION,
// "unknown"?: as pt_licence_reading has it}, "says" empty where nothing in it is known, or "failed"
// in their place. *ret: there is one.
PT_CHECK pt_code pt_walk_licence(pt_walk *w, const pt_tar_entry *t, bool *ret, pt_err *e);
