// Files of settings that somebody judges, by their names: whoever reads a file as one, and whoever
// finds one by another name, have to agree.
#pragma once

#include "base/str.h"

// As what a file of this path (from the root, without "/" before it) is read: "passwd", "sudoers".
// NULL: as nothing that is judged.
const char *pt_settings_kind(pt_str path);

// The folders whose files are read, without "/" at either end, one by one; false: no more. *at is 0
// first.
bool pt_settings_folder(size_t *at, pt_str *ret);
