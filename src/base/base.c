#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

void pt_assert_failed(const char *cond, const char *file, int line) {
    fprintf(stderr, "paratia: internal error: %s (%s:%d)\n", cond, file, line);
    abort();
}
