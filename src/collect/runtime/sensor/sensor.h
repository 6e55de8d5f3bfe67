// The sensor: programs in the kernel that write records (wire.h) into ring buffers. paratia-sensor
// loads and holds them (CAP_BPF, CAP_PERFMON, CAP_SYS_RESOURCE until they are loaded) and parses
// nothing; whoever reads the rings holds no capability.
#pragma once

#include "base/err.h"
#include "collect/runtime/wire.h"
#include "fact/event.h"

// What is to be sent. The rule set decides: no program is attached for a call that no rule asks
// for, but for those that keep the table of processes true (fork, exec, exit).
typedef struct pt_sensor_plan {
    pt_event_set types;
    bool environment;        // send the environment of a process at exec
    bool only_cgroup_set;    // only what is in one of `cgroups` (tests, one container)
    const uint64_t *cgroups; // ids in the unified hierarchy
    size_t n_cgroups;
    size_t ring_bytes;   // of each processor's ring, a power of two; 0: 8 MiB
    uint32_t data_bytes; // of what is read and written; 0: none is sent
} pt_sensor_plan;

// What the kernel offers, probed at start: what is used, what is missing and what that costs.
typedef struct pt_sensor_probe {
    const char *name; // "BTF", "raw tracepoints with BTF", "BPF LSM", "fentry", "ring buffer",
                      // "task iterator"
    bool there;
    char without[160]; // if it is missing: what is done instead, what cannot be seen
} pt_sensor_probe;

typedef struct pt_sensor pt_sensor;

// Start paratia-sensor beside this program, let it load what the plan needs, and take its rings.
// PT_E_DENIED: lacks a capability (the remedy names it). PT_E_UNSUPPORTED: the kernel has no BTF or
// no ring buffer. Nothing stays attached once the sensor's process has ended, however it ended.
PT_CHECK pt_code pt_sensor_start(const pt_sensor_plan *plan, pt_sensor **ret, pt_err *e);
void pt_sensor_stop(pt_sensor *s); // detach, end the process, unmap
const pt_sensor_probe *pt_sensor_probes(const pt_sensor *s, size_t *n);

// Processes as they are, once more: after a gap. They are told as at the start, as records with
// PT_WIRE_SNAPSHOT, before the next events. PT_E_UNSUPPORTED: the kernel has no task iterator, or
// does not let who has no capability make one; what is known stays stale.
PT_CHECK pt_code pt_sensor_look_again(pt_sensor *s, pt_err *e);

// The next record of all rings in order of time, as far as order can be had within
// PT_SENSOR_ORDER_NS; it is valid until the next call. NULL: none within timeout_ms. A record that
// is not whole ends the sensor (PT_E_FORMAT); the sensor's death is PT_E_IO.
#define PT_SENSOR_ORDER_NS UINT64_C(10000000)
PT_CHECK pt_code pt_sensor_next(pt_sensor *s, int timeout_ms, const struct pt_wire_head **ret,
                                pt_err *e);

// What was not sent, by cause, of one processor or (cpu < 0) all; read at any time.
typedef enum pt_loss {
    PT_LOSS_SPACE, // the ring was full
    PT_LOSS_LARGE, // a record larger than its bound
    PT_LOSS_FAULT, // scratch memory or a pointer could not be read
    PT_LOSS_MAP,   // a map was full
    PT_LOSS_SHED,  // a rate limit: a noisy container
    PT_LOSS_KINDS,
} pt_loss;
typedef struct pt_sensor_counts {
    uint64_t sent, bytes;
    uint64_t lost[PT_LOSS_KINDS];
    uint64_t filtered; // seen by a program and dropped by its filter
} pt_sensor_counts;
pt_sensor_counts pt_sensor_counted(const pt_sensor *s, int cpu);
