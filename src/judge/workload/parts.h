// Tests of the parts into which controls.c splits a control of the standard, as those of tests.h,
// on a pod; what workload.c leaves to roles.c. Private to workload/.
#pragma once

#include "judge/finding.h"

// Added capabilities, each in one class; want "admin": all of the host; "host": a way to it;
// "other": further ones outside the default; "default": default ones besides NET_BIND_SERVICE.
pt_verdict pt_test_added_caps(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_dropped_caps(pt_value v, pt_str want, pt_seen *seen);
// hostPath volumes, each in one class; want "socket", "credential", "system" or "other".
pt_verdict pt_test_host_paths(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_volume_types(pt_value v, pt_str want, pt_seen *seen);

// Is this row about the rules of a role, and does the object take its rules from others (roles.c)?
bool pt_role_waits(const pt_check *c, pt_value doc);
