// The documents that are read: Kubernetes lists of Deployments, the same on every run.
#pragma once

#include "base/buf.h"

// As an API server answers: compact, keys in the order of Go's structs. At least `bytes` long.
void make_compact(pt_buf *b, size_t bytes);

// The same as `kubectl get -o json` prints it: four spaces, keys sorted.
void make_pretty(pt_buf *b, size_t bytes);
