// SQLite's write-ahead log (fileformat2, section 4): pages that are newer than the database's.
#pragma once

#include "base/arena.h"

// A copy of `db` in `a`, *ret_n bytes, with the pages of every whole transaction of `log` that
// belongs to it; a log that is empty, cut or of another database adds what is sound of it.
// NULL: memory is out.
unsigned char *pt_wal_merge(pt_arena *a, pt_str db, pt_str log, size_t *ret_n);

// Does it begin as a log does?
bool pt_wal_is(pt_str log);
