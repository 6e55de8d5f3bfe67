// The sensor's programs. One record is built in an area of its processor (sensor_event.h) and
// copied to the ring as a whole; a part that cannot be read is left empty with its flag, never
// guessed.
// clang-format off: types come first, and each header uses those above it
#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "sensor_event.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#include "maps.bpf.h"
#include "record.bpf.h"
#include "path.bpf.h"
#include "file.bpf.h"
#include "process.bpf.h"
#include "call.bpf.h"
