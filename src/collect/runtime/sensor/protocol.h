// What paratia-sensor and who starts it say to each other over a socket that keeps messages whole.
// Both are of one build: nothing here has a version.
//
//   asker   pt_sensor_ask
//   sensor  pt_sensor_answer, once its walls stand; with an error it then ends
//   sensor  descriptors, beside messages of one byte: the counters, the iterator of processes, then
//           the rings, PT_SENSOR_FDS at most a message
//   asker   one byte: again             sensor  a new iterator of processes
//   asker   closes                      sensor  ends, and with it all that is attached
#pragma once

#include "base/err.h"
#include "fact/event.h"

#define PT_SENSOR_CGROUPS_MAX 256
#define PT_SENSOR_FDS         64
#define PT_SENSOR_SNAPSHOT    's'

typedef struct pt_sensor_ask {
    pt_event_set types;
    uint64_t ring_bytes;
    uint32_t reader; // thread group that is never told of, like the sensor's own
    uint32_t data_bytes;
    bool environment, by_cgroup;
    bool one_ring; // for all processors
    bool per_call; // for measuring: attached to each call alone, which misses those of 32 bits
    uint32_t n_cgroups;
    uint64_t cgroups[PT_SENSOR_CGROUPS_MAX];
} pt_sensor_ask;

typedef enum pt_sensor_feature {
    PT_FEATURE_BTF,
    PT_FEATURE_RING,
    PT_FEATURE_TRACEPOINTS,
    PT_FEATURE_ENTRY,
    PT_FEATURE_ITERATOR,
    PT_FEATURE_FENTRY,
    PT_FEATURE_LSM,
    PT_FEATURES,
} pt_sensor_feature;

typedef struct pt_sensor_answer {
    pt_code code;
    char what[224], remedy[224];
    bool there[PT_FEATURES];
    uint32_t cpus, rings;
    uint64_t ring_bytes;
} pt_sensor_answer;
