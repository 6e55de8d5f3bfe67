// A value that is edited in places: what an edit passes through becomes a tree of its items, found
// in logarithmic time, all else stays as it was. Faults have the texts of OPA's EditTree.
#pragma once

#include "judge/policy/builtin.h"

typedef struct pt_edit pt_edit;

pt_edit *pt_edit_new(pt_call *c, pt_value v); // NULL with a fault: no memory

// `path` is an array of keys. False and undefined: a fault is set.
bool pt_edit_insert(pt_edit *e, pt_value path, pt_value v);
bool pt_edit_delete(pt_edit *e, pt_value path);

// The kind of what stands at a path; PT_UNDEFINED, and no fault, if nothing does.
pt_tag pt_edit_tag(pt_edit *e, pt_value path);

// The whole; undefined without a fault when it was deleted.
pt_value pt_edit_end(pt_edit *e);
