// One line of progress: only on a terminal, only on standard error, only after half a second, ten
// times a second at most, erased when done. It names what is being read, so that a hang points at
// its cause. A zeroed pt_progress is ready.
#pragma once

#include "base/base.h"

typedef struct pt_progress {
    int64_t begun_ns, said_ns;
    bool shown;
} pt_progress;

void pt_progress_say(pt_progress *p, const char *fmt, ...) PT_FORMAT(2, 3);
void pt_progress_clear(pt_progress *p);
