// Between readers.c (rows, one by one) and readers_index.c (all of them at once).
#pragma once

#include "collect/packages/readers.h"

// Does `row` name the file at `path`?
bool pt_reader_row_names(const pt_reader_row *row, pt_str path);
