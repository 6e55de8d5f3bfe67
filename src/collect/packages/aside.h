// Readers that need much memory for little that they find.
#pragma once

#include "collect/packages/read.h"

// Let `fn` read the text with memory of its own, of which `room` bytes at most, and keep what it
// found. That it has not enough is a fault, with what was found until then.
PT_CHECK pt_code pt_read_aside(pt_read *r, pt_str text, pt_reader *fn, size_t room, pt_err *e);
