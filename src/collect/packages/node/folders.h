// Folders of installed packages, in which names are looked up as Node.js does it: in the folder
// itself, then in each one above. A look-up costs what the names cost, not the paths, so that deep
// folders do not make a lock file slow to read.
#pragma once

#include "base/arena.h"

typedef struct pt_folder_item {
    pt_str folder, name;
    size_t index; // the caller's
} pt_folder_item;

typedef struct pt_folder_scope { // a folder with packages of its own
    pt_str folder;
    size_t from, n; // its items
    size_t around;  // the scope above; its own: there is none
} pt_folder_scope;

// Zeroed, with its arena, it is empty.
typedef struct pt_folders {
    pt_arena *a;
    PT_VEC(pt_folder_item) items;
    PT_VEC(pt_folder_scope) scopes;
} pt_folders;

// Paths have "/" between their parts and none at their ends; the top is empty. They are borrowed.
// Both false: out of memory.
bool pt_folders_add(pt_folders *t, pt_str folder, pt_str name, size_t index);
bool pt_folders_link(pt_folders *t); // after the last one

// Where look-ups from `folder` begin.
const pt_folder_scope *pt_folders_from(const pt_folders *t, pt_str folder); // NULL: nowhere
// False: nothing has the name.
bool pt_folders_find(const pt_folders *t, const pt_folder_scope *from, pt_str name,
                     size_t *ret_index);
