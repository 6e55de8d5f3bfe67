// What the report's own tables cut their cells with.
#pragma once

#include "record/report/cells.h"

// Append `s` within `cells`; a wider one loses its middle, so that both ends stay, or (paths) its
// start, so that the file's name does.
void pt_put_cut_middle(pt_buf *b, const pt_terminal *t, pt_str s, size_t cells);
void pt_put_cut_start(pt_buf *b, const pt_terminal *t, pt_str s, size_t cells);
