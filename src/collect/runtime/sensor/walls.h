// What paratia-sensor gives up once its programs run.
#pragma once

#include "base/err.h"

// For good: all capabilities, and all system calls but receiving and sending on open sockets,
// closing, making an iterator (bpf's BPF_ITER_CREATE) and the end; any other kills.
// PT_E_UNSUPPORTED: the kernel refuses.
PT_CHECK pt_code pt_sensor_walls(pt_err *e);
