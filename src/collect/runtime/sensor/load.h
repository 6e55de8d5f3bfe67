// Loading and attaching the programs: what paratia-sensor does with its capabilities.
#pragma once

#include "collect/runtime/sensor/protocol.h"

typedef struct pt_loaded pt_loaded;

// Load what `ask` needs and attach it. The answer's features, numbers and sizes are filled, also on
// an error as far as they were found out. PT_E_DENIED: a capability is missing. PT_E_UNSUPPORTED.
PT_CHECK pt_code pt_sensor_load(const pt_sensor_ask *ask, pt_loaded **ret, pt_sensor_answer *answer,
                                pt_err *e);
int pt_loaded_counters(const pt_loaded *l);         // descriptors; they stay the object's
int pt_loaded_ring(const pt_loaded *l, uint32_t i); // of the processor i, or the one ring (0)
int pt_loaded_iterator(const pt_loaded *l); // a new one, the caller's; -1: errno says why not
