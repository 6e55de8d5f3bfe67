// Which system an image is of, by names alone and as early as they tell: a file's checksum can be
// compared only if it is of the kind that its package has, and is made while the file is read.
#pragma once

#include "base/str.h"

// The flags of the checksums (PT_LAYER_SUMS) that packages of the system have which has a file or
// folder of this name; 0: it says nothing.
uint64_t pt_system_sums(pt_str path);

// The names that say something, one after another, then NULL.
const char *pt_system_name(size_t i);
