// Tests of the parts into which controls.c splits a control of the standard, as those of tests.h,
// on a pod. Private to workload/.
#pragma once

#include "judge/finding.h"

// Added capabilities, each in one class; want "admin": all of the host; "host": a way to it;
// "other": further ones outside the default; "default": default ones besides NET_BIND_SERVICE.
pt_verdict pt_test_added_caps(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_dropped_caps(pt_value v, pt_str want, pt_seen *seen);
// hostPath volumes, each in one class; want "socket", "credential", "system" or "other".
pt_verdict pt_test_host_paths(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_volume_types(pt_value v, pt_str want, pt_seen *seen);
