// What the report's own tables cut their cells with.
#pragma once

#include "record/report/cells.h"

// The same as pt_put_cut_middle, but a wider one (a path) loses its start: the file's name stays.
void pt_put_cut_start(pt_buf *b, const pt_terminal *t, pt_str s, size_t cells);
