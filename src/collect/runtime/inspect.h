// What Docker's Engine API (and Podman's compatible one) says of a container, as a container.
#pragma once

#include "fact/process.h"
#include "value/value.h"

#define PT_LABEL_BYTES_MAX 100 // of a value; longer ones are left out, as Falco does

// `inspect`: the answer of GET /containers/ID/json; `image`: of GET /images/ID/json, undefined if
// there is none. `runtime` borrows. *ret lies in `a` and borrows both. False: it names no id, or
// there is no memory.
PT_CHECK bool pt_container_inspected(pt_arena *a, pt_str runtime, pt_value inspect, pt_value image,
                                     pt_container *ret);
