// A container as one document: what a record of PT_EVENT_CONTAINER carries, so that a recording
// knows the containers, too. The same whatever engine was asked:
//   {"id", "runtime", "name", "image", "image_id", "repository", "tag", "digest", "privileged":
//   bool,
//    "host_pid", "host_network", "host_ipc": bool, "ip", "created": ns, "pod_name",
//    "pod_namespace", "pod_uid", "pod_sandbox", "mounts": [{"source", "destination", "mode",
//    "propagation", "rw": bool}], "labels": {name: value}, "users": [[uid, name, home, shell]],
//    "groups": [[gid, name]]}
// What is empty is left out. Pure.
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "collect/runtime/wire.h"
#include "fact/process.h"

#define PT_DESCRIPTION_BYTES_MAX ((size_t)60 << 10) // a record carries it whole
#define PT_DESCRIBED_USERS_MAX   512

// Write it, at most PT_DESCRIPTION_BYTES_MAX bytes: users and groups, then labels, then mounts are
// left out of one that would be longer. False: no memory, or it is longer even so.
PT_CHECK bool pt_container_describe(pt_arena *a, const pt_container *c, pt_buf *ret);

// Read it; *ret lies in `a` and borrows `json`. PT_E_FORMAT: not such a document, or it names no id
// of 12 or more hexadecimal digits.
PT_CHECK pt_code pt_container_described(pt_arena *a, pt_str json, pt_container *ret, pt_err *e);

// A record of PT_EVENT_CONTAINER that describes `c` (describe.h), at `time_ns` since boot. It lives
// in `a`. False: no memory, or it cannot be described within a record.
PT_CHECK bool pt_container_record(pt_arena *a, const pt_container *c, uint64_t time_ns,
                                  const struct pt_wire_head **ret);
