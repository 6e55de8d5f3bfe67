#include "base/threads.h"

#include <pthread.h>
#include <stdlib.h>

void pt_threads_run(void *items, size_t n, size_t size, void *(*fn)(void *item)) {
    pthread_t *others = n > 1 ? calloc(n - 1, sizeof *others) : NULL;
    size_t started = 0;
    while (others && started + 1 < n &&
           pthread_create(&others[started], NULL, fn, (char *)items + (started + 1) * size) == 0)
        started++;
    if (n)
        fn(items);
    for (size_t i = 0; i < started; i++)
        pthread_join(others[i], NULL);
    free(others);
}
