// The table by which the programs in the kernel read arguments, as it is loaded.
#pragma once

#include "base/base.h"
#include "collect/runtime/bpf/sensor_event.h"

// All calls; those without a row are told by their name alone. NULL, or the name of an argument
// that pt_event_params does not have.
const char *pt_calls_fill(struct pt_call calls[PT_CALLS]);

// The 64-bit number of each 32-bit call that has one, PT_NO_CALL for others; and of the calls
// behind socketcall.
#define PT_NO_CALL 0xffff
void pt_calls_ia32(uint16_t calls[PT_CALLS], uint16_t sockets[32]);
