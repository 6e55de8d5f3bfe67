// A record (wire.h) taken apart, every length checked: whoever reads on needs no bounds.
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "collect/runtime/wire.h"

#define PT_RECORD_ARGS_MAX (PT_WIRE_FILE - PT_WIRE_ARG)

// A part that was not sent, or could not be read by the sensor, has p == NULL; one that is there
// and empty does not.
typedef struct pt_record {
    const struct pt_wire_head *head;
    pt_str comm; // of the thread
    pt_str args[PT_RECORD_ARGS_MAX];
    const struct pt_wire_file *file;
    const struct pt_wire_exec *exec;
    const struct pt_wire_child *child;
    const struct pt_wire_ids *ids;
    pt_str file_path, open_path, cwd, dir[2];
    pt_str argv, environment, exe_path, cgroup_path;
    pt_str address, data, name, container;
} pt_record;

// All of *ret lies in the record's `n` bytes, which start on a multiple of 8. PT_E_FORMAT: they are
// no record; e->offset is where.
PT_CHECK pt_code pt_record_read(const struct pt_wire_head *head, size_t n, pt_record *ret,
                                pt_err *e);
