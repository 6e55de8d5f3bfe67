// Which check reports which control of the Pod Security Standards. Private to workload/.
#pragma once

#include "judge/finding.h"

enum {
    PT_WORKLOAD_CONTROLS_MAX = 32 // of the standard; it has 19
};

typedef struct pt_workload_control {
    const char *check;
    const char *control; // of podsec.h: it decides whether there is anything to report
    const char *also;    // another one, of the other level, that means the same; or NULL
    const char *unless;  // a stricter one that speaks instead if it forbids the pod; or NULL
    // A control that is split over checks of different severity: which part of it is this one's?
    // NULL: all of it. Parts are disjoint, so that nothing is found twice.
    pt_test part;
    const char *want;
    bool rest; // speaks when the control forbids the pod and no part claims it
} pt_workload_control;

extern const pt_workload_control pt_workload_controls[];
extern const size_t pt_workload_controls_n;

const pt_workload_control *pt_workload_control_of(const char *check); // NULL: none
