// Instants are nanoseconds since 1970-01-01T00:00:00Z, without leap seconds (int64: 1677 to 2262).
#pragma once

#include "base/base.h"
#include "base/str.h"

typedef int64_t pt_time_ns;
#define PT_SECOND_NS INT64_C(1000000000)

#define PT_RFC3339_BYTES 32

// "2026-11-24T06:00:05Z" (RFC 3339, section 5.6), whole seconds, always UTC. `out` gets a NUL.
pt_str pt_time_rfc3339(pt_time_ns t, char out[PT_RFC3339_BYTES]);

// Reads the date-time of RFC 3339: any offset, any fraction (cut after nanoseconds), 't' and 'z'
// too, second 60 as the next second. False on anything else or out of range.
bool pt_time_parse(pt_str s, pt_time_ns *ret);

pt_time_ns pt_now(void);

// Nanoseconds since some moment of the past: for what takes time, and for deadlines. A host that
// sleeps does not count.
int64_t pt_monotonic_ns(void);

// "90s", "15m", "1h", "7d": a whole number of one unit, above 0, at most 366 days, in seconds.
bool pt_duration_parse(pt_str s, int64_t *ret_seconds);
