#include "collect/packages/os/warm.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "base/base.h"

static int by_number(const void *a, const void *b) {
    const int *x = a;
    const int *y = b;
    return (*x > *y) - (*x < *y);
}

void pt_readers_warm(void) {
    char few[8];
    int many[1024];                  // less is sorted on the stack
    PT_IGNORE(sqlite3_initialize()); // if it fails, every database is a fault
    sqlite3_randomness(sizeof few, few);
    for (int i = 0; i < (int)PT_COUNT(many); i++)
        many[i] = -i;
    qsort(many, PT_COUNT(many), sizeof *many, by_number);
}
