// A log of any bytes, in pieces of odd sizes and with small bounds: whatever comes is an event that
// says its id and time, and it ends.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collect/runtime/audit_log.h"

typedef struct memory {
    const uint8_t *p;
    size_t n, step;
} memory;

static long take(void *ctx, void *to, size_t n) {
    memory *m = ctx;
    size_t some = m->step++ % 5 ? n : 7;
    if (m->step % 11 == 3) {
        errno = EAGAIN;
        return -1;
    }
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
    const pt_audit_limits limits = {.event_bytes = 200, .document_bytes = 2000};
    pt_audit_log *l = NULL;
    const pt_event *ev = NULL;
    bool end = false;
    pt_err e;
    if (pt_audit_log_new(&from, &limits, &l, &e) != PT_OK)
        abort();
    while (!end) {
        if (pt_audit_log_next(l, &ev, &end, &e) != PT_OK)
            abort();
        if (ev && (end || !pt_text(pt_getz(ev->doc, "auditID")).n))
            abort();
    }
    pt_audit_log_free(l);
    return 0;
}
