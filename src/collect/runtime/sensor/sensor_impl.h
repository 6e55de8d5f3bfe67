// What the tests of the sensor use beside sensor.h.
#pragma once

#include "collect/runtime/sensor/protocol.h"
#include "collect/runtime/sensor/sensor.h"

// Start `program`, an absolute path, as the sensor with what `ask` says. `ask->reader` is filled
// in.
PT_CHECK pt_code pt_sensor_start_program(const char *program, pt_sensor_ask *ask, pt_sensor **ret,
                                         pt_err *e);
