// For the worker, before its walls.
#pragma once

// What libraries ask the kernel for once: SQLite for its random numbers, qsort for how much memory
// there is.
void pt_readers_warm(void);
