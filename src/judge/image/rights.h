// Set-id bits and capabilities of packages' files that a later layer than the package gave them:
// those are the image's, not the distribution's.
#pragma once

#include "base/map.h"
#include "fact/file.h"

typedef struct pt_rights {
    pt_map layers; // hash of a package -> the layer that brought it
    pt_map own;    // hash of a path -> const pt_file *, as its package had it
    bool full;     // no memory
} pt_rights;

// Runs with other rights than its user's, if it runs.
bool pt_file_takes_rights(const pt_file *f);

// What lives in `a` borrows `files`, too.
void pt_rights_find(pt_rights *r, const pt_files *files, pt_value doc, pt_arena *a);

// *ret_was: as its package had it; NULL: nobody knows.
bool pt_rights_added(const pt_rights *r, const pt_file *f, const pt_file **ret_was);
