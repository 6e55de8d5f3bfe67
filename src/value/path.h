// A path to a place inside a document, as text that people read and tools take:
//   spec.containers[0].securityContext.capabilities.add[1]
//   metadata.annotations["seccomp.security.alpha.kubernetes.io/pod"]
// A key that is not [A-Za-z0-9_-]+ stands in brackets as a JSON string.
#pragma once

#include "base/buf.h"
#include "value/value.h"

typedef struct pt_step {
    bool is_index;
    uint32_t index;
    pt_str key; // without quotes; escapes resolved in `room` of the caller's pt_steps
} pt_step;

// Walks the steps of a path: pt_path_next(&rest, a, &step) until it is false. A malformed path ends
// the walk with *ret_bad set. Escaped keys are resolved into `a`.
bool pt_path_next(pt_str *rest, pt_arena *a, pt_step *ret, bool *ret_bad);

// The value at `path` below v; undefined if it is not there. An empty path is v itself.
// Paths written in our own tables only: escaped keys are not resolved, they do not occur there.
pt_value pt_path_get(pt_value v, const char *path);

// Append a step to a path that is being written.
void pt_path_key(pt_buf *b, pt_str key);
void pt_path_index(pt_buf *b, size_t index);
