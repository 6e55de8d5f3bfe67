// A file of any bytes, read to its end in pieces of odd sizes, each record applied.
#include <stdlib.h>
#include <string.h>

#include "collect/runtime/recording.h"
#include "collect/runtime/state.h"

typedef struct memory {
    const uint8_t *p;
    size_t n, step;
} memory;

static long take(void *ctx, void *to, size_t n) {
    memory *m = ctx;
    size_t some = m->step++ % 7 ? n : (n + 1) / 2;
    if (some > m->n)
        some = m->n;
    if (some)
        memcpy(to, m->p, some);
    m->p += some;
    m->n -= some;
    return (long)some;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    memory m = {data, n, 0};
    const pt_recording_source from = {take, &m};
    pt_recording *r = NULL;
    pt_recording_about about;
    pt_err e;
    if (pt_recording_open(&from, &r, &about, &e) != PT_OK)
        return 0;
    pt_runtime *rt = NULL;
    const pt_runtime_options o = {.processes_max = 64, .boot_epoch_ns = about.boot_epoch_ns};
    if (pt_runtime_new(&o, &rt, &e) != PT_OK)
        abort();
    const struct pt_wire_head *head = NULL;
    while (pt_recording_next(r, &head, &e) == PT_OK && head) {
        const pt_event *ev = NULL;
        PT_IGNORE(pt_runtime_apply(rt, head, head->length, &ev, &e)); // what is wrong is counted
    }
    pt_runtime_free(rt);
    pt_recording_free(r);
    return 0;
}
