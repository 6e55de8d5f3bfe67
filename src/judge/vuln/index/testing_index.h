// An index of documents that a test writes, in a file that nobody sees.
#pragma once

#include "judge/vuln/index/build.h"
#include "judge/vuln/index/index.h"

// Build an index of `n` JSON documents in `path` (a template for mkstemp, which is filled in), and
// open it. Unlinked by pt_testing_index_done.
pt_index *pt_testing_index(const char *const *docs, size_t n, char *path);
void pt_testing_index_done(pt_index *x, const char *path);
