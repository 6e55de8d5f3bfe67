// A record of any bytes: taken apart, applied to a state that holds something, and the event told.
// The head's length and version are repaired, so that parts are reached.
#include <stdlib.h>
#include <string.h>

#include "collect/runtime/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    pt_runtime *rt = NULL;
    pt_runtime_options o = {.processes_max = 16};
    if (pt_runtime_new(&o, &rt, NULL) != PT_OK)
        return 0;
    pt_arena a = {0};
    while (n > 2) { // several records: two bytes say how long the next is
        size_t length = ((size_t)data[0] << 8 | data[1]) % 4096 & ~(size_t)7;
        data += 2, n -= 2;
        if (length > n)
            length = n & ~(size_t)7;
        struct pt_wire_head *head = malloc(length + 8);
        if (!head)
            break;
        if (length)
            memcpy(head, data, length);
        if (length >= sizeof *head) {
            head->length = (uint32_t)length;
            head->version = PT_WIRE_VERSION;
            head->type %= PT_EVENT_TYPES;
        }
        const pt_event *ev = NULL;
        pt_err e;
        if (pt_runtime_apply(rt, head, length, &ev, &e) == PT_OK && ev) {
            (void)pt_event_args_text(&a, ev);
            (void)pt_file_ref_name(&a, &ev->file);
            for (const pt_process *p = ev->process; p; p = p->parent)
                if (p->parent == p)
                    abort();
            pt_arena_clear(&a);
        }
        free(head);
        data += length, n -= length;
    }
    pt_arena_done(&a);
    pt_runtime_free(rt);
    return 0;
}
