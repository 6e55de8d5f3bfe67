// Inside the catalogue: the tables, one per area.
#pragma once

#include "judge/finding.h"

typedef struct pt_check_table {
    const pt_check *checks;
    size_t n;
} pt_check_table;

extern const pt_check_table pt_host_sysctl_checks;
extern const pt_check_table pt_host_kernel_checks;
extern const pt_check_table pt_host_access_checks;
extern const pt_check_table pt_host_docker_checks;
extern const pt_check_table pt_host_system_checks;
extern const pt_check_table pt_host_node_checks;
extern const pt_check_table pt_host_kube_checks;
extern const pt_check_table pt_docker_checks;
extern const pt_check_table pt_container_checks;
extern const pt_check_table pt_image_checks;
extern const pt_check_table pt_hardening_checks;
extern const pt_check_table pt_scan_checks;
extern const pt_check_table pt_podsec_checks;
extern const pt_check_table pt_workload_checks;
