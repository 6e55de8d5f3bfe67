// paratia scan --all: every image of an engine, each as a single scan would, in a process of its
// own.
#pragma once

#include "cli/scan_record.h"
#include "judge/vuln/index/index.h"

int pt_scan_all(const pt_args *args); // the exit code

// What is known of an image that is to be scanned again.
typedef struct pt_scan_again {
    pt_index *index;
    pt_str path; // of the record
    pt_str id;
    pt_scan_asked asked;
    pt_time_ns read_at; // when it was last read, in the same way; 0: it was not
    pt_scan_names names;
} pt_scan_again;

// scan.c: judge it by what is kept of it (*ret_kept), else read it; leave a receipt where that is
// asked for, and the record. Gives up its rights: for a process of its own. PT_E_CONFLICT: its id
// is not what was asked for; the errors of pt_scan_target, pt_match and pt_scan_record.
PT_CHECK pt_code pt_scan_one(const pt_args *args, const pt_scan_again *again, bool *ret_kept,
                             pt_err *e);
