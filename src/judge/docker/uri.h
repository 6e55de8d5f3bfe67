// The target of a request, read as the daemon's router reads it. Private to docker/.
#pragma once

#include "base/err.h"
#include "value/value.h"

enum {
    PT_DOCKER_URI_BYTES_MAX = 64 << 10,
    PT_DOCKER_QUERY_MAX = 1000, // names in one query
};

typedef struct pt_docker_uri {
    pt_str path;        // decoded, without version
    pt_str version;     // "1.44", its parts as integers; empty: none was named
    pt_value query;     // {NAME: TEXT}, of equal names the first
    pt_value query_all; // [NAME, TEXT, NAME, TEXT, …] as they came
} pt_docker_uri;

// Origin or absolute form. PT_E_FORMAT: it could be read in two ways, or not at all; PT_E_LIMIT.
// Everything lives in `a`.
PT_CHECK pt_code pt_docker_uri_read(pt_arena *a, pt_str target, pt_docker_uri *ret, pt_err *e);
