#include "judge/workload/controls.h"

#include <string.h>

#include "judge/workload/parts.h"

// clang-format off
const pt_workload_control pt_workload_controls[] = {
    {"PT-PSS-PRIVILEGED",    "privileged"},
    {"PT-PSS-HOSTNS",        "hostNamespaces"},
    {"PT-PSS-HOSTPATH-SOCK", "hostPathVolumes", .part = pt_test_host_paths, .want = "socket"},
    {"PT-PSS-HOSTPATH-CRED", "hostPathVolumes", .part = pt_test_host_paths, .want = "credential"},
    {"PT-PSS-HOSTPATH-SYS",  "hostPathVolumes", .part = pt_test_host_paths, .want = "system"},
    {"PT-PSS-HOSTPATH",      "hostPathVolumes", .part = pt_test_host_paths, .want = "other", .rest = true},
    {"PT-PSS-CAPS-ADMIN",    "capabilities_baseline", .part = pt_test_added_caps, .want = "admin"},
    {"PT-PSS-CAPS-HOST",     "capabilities_baseline", .part = pt_test_added_caps, .want = "host"},
    {"PT-PSS-CAPS",          "capabilities_baseline", .part = pt_test_added_caps, .want = "other", .rest = true},
    {"PT-PSS-HOSTPORT",      "hostPorts"},
    {"PT-PSS-PROBE-HOST",    "hostProbesAndHostLifecycle"},
    {"PT-PSS-PROCMOUNT",     "procMount", .also = "procMount_restricted"},
    {"PT-PSS-SELINUX",       "seLinuxOptions"},
    {"PT-PSS-APPARMOR",      "appArmorProfile"},
    {"PT-PSS-SECCOMP-OFF",   "seccompProfile_baseline"},
    {"PT-PSS-SYSCTL",        "sysctls"},
    {"PT-PSS-WINHOST",       "windowsHostProcess"},

    {"PT-PSS-ESCALATION",    "allowPrivilegeEscalation"},
    {"PT-PSS-CAPS-DROP",     "capabilities_restricted", .part = pt_test_dropped_caps},
    {"PT-PSS-CAPS-MORE",     "capabilities_restricted", .part = pt_test_added_caps, .want = "default"},
    {"PT-PSS-VOLUMES",       "restrictedVolumes", .part = pt_test_volume_types},
    {"PT-PSS-NONROOT",       "runAsNonRoot"},
    {"PT-PSS-ROOT-UID",      "runAsUser"},
    {"PT-PSS-SECCOMP",       "seccompProfile_restricted", .unless = "seccompProfile_baseline"},
};
// clang-format on
const size_t pt_workload_controls_n = PT_COUNT(pt_workload_controls);

const pt_workload_control *pt_workload_control_of(const char *check) {
    for (size_t i = 0; i < pt_workload_controls_n; i++)
        if (strcmp(pt_workload_controls[i].check, check) == 0)
            return &pt_workload_controls[i];
    return NULL;
}
