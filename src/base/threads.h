// Work on several processors at once.
#pragma once

#include <stddef.h>

// Call `fn` with each of n items of `size` bytes, each in a thread of its own, the first in this
// one; come back when all have ended. Where fewer threads can be made, the items that are left get
// none: fn is to take work from a common store, not to be the work.
void pt_threads_run(void *items, size_t n, size_t size, void *(*fn)(void *item));
