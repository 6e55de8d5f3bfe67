// A request that is being judged. Private to docker/.
#pragma once

#include "judge/docker/endpoint.h"
#include "judge/docker/mounts.h"

typedef struct pt_docker_judging {
    pt_arena *a;
    const pt_docker_request *r;
    uint32_t does; // the request, by its endpoint, its body and the policy
    const pt_docker_host *h;
    const pt_docker_policy *policy;
    const pt_docker_rule *rule; // that is being asked
    pt_docker_container c;      // that is made, started again, entered or changed
    pt_fact known;              // where `c` is one that was made before: what the host told of it
    pt_docker_mounts mounts;    // of `c`, read when first asked for
    bool mounts_read;
    pt_docker_verdict verdict;
    pt_list scans;      // of verdict.scans
    size_t scans_asked; // images that were looked at for it
    bool full;          // the arena
} pt_docker_judging;

// What the daemon and the host know; a function that the host lacks knows nothing. A container is
// known or unknown: what is not there cannot be looked at.
pt_fact pt_docker_ask_container(pt_docker_judging *j, pt_str name);
pt_fact pt_docker_ask_image(pt_docker_judging *j, pt_str reference);
pt_fact pt_docker_ask_daemon(pt_docker_judging *j);
pt_fact pt_docker_ask_mounts(pt_docker_judging *j);

const pt_docker_mounts *pt_docker_judged_mounts(pt_docker_judging *j);

// A finding of the rule that is being asked. Texts are copied and made safe. `field` of a container
// that was made before gets its name put before it.
void pt_docker_offend(pt_docker_judging *j, pt_str field, pt_str detail);
void pt_docker_offendz(pt_docker_judging *j, const char *field, pt_str detail);
// It could not be looked at.
void pt_docker_offend_unknown(pt_docker_judging *j, pt_str field, pt_fact why);

// -- what rules read ------------------------------------------------------------------------------

pt_value pt_docker_hc(const pt_docker_judging *j, const char *name); // of HostConfig
pt_str pt_docker_hc_text(const pt_docker_judging *j, const char *name);
int64_t pt_docker_hc_int(const pt_docker_judging *j, const char *name); // 0: not set
pt_str pt_docker_query(const pt_docker_judging *j, const char *name);
// Offend for each text of a list of HostConfig that is not empty.
void pt_docker_offend_each(pt_docker_judging *j, const char *name);

// -- the table ------------------------------------------------------------------------------------

// One function each; rules.c says which rule it is.
// Rows that refuse whatever the endpoint does.
void pt_docker_rule_refuse(pt_docker_judging *j);
// rules_privileges.c
void pt_docker_rule_privileged(pt_docker_judging *j);
void pt_docker_rule_capabilities(pt_docker_judging *j);
void pt_docker_rule_devices(pt_docker_judging *j);
void pt_docker_rule_device_cgroup(pt_docker_judging *j);
void pt_docker_rule_device_requests(pt_docker_judging *j);
void pt_docker_rule_seccomp(pt_docker_judging *j);
void pt_docker_rule_apparmor(pt_docker_judging *j);
void pt_docker_rule_selinux(pt_docker_judging *j);
void pt_docker_rule_no_new_privileges(pt_docker_judging *j);
void pt_docker_rule_writable_cgroups(pt_docker_judging *j);
void pt_docker_rule_system_paths(pt_docker_judging *j);
void pt_docker_rule_runtime(pt_docker_judging *j);
void pt_docker_rule_annotations(pt_docker_judging *j);
void pt_docker_rule_sysctls(pt_docker_judging *j);
// rules_namespaces.c
void pt_docker_rule_namespace(pt_docker_judging *j);
void pt_docker_rule_join(pt_docker_judging *j);
void pt_docker_rule_cgroup_parent(pt_docker_judging *j);
void pt_docker_rule_group_add(pt_docker_judging *j);
// rules_mounts.c
void pt_docker_rule_bind_path(pt_docker_judging *j);
void pt_docker_rule_bind_link(pt_docker_judging *j);
void pt_docker_rule_bind_open(pt_docker_judging *j);
void pt_docker_rule_bind_missing(pt_docker_judging *j);
void pt_docker_rule_bind_depth(pt_docker_judging *j);
void pt_docker_rule_bind_nested(pt_docker_judging *j);
void pt_docker_rule_socket(pt_docker_judging *j);
void pt_docker_rule_propagation(pt_docker_judging *j);
void pt_docker_rule_mount_type(pt_docker_judging *j);
void pt_docker_rule_volume_options(pt_docker_judging *j);
void pt_docker_rule_volume_driver(pt_docker_judging *j);
void pt_docker_rule_volumes_from(pt_docker_judging *j);
void pt_docker_rule_tmpfs(pt_docker_judging *j);
// rules_limits.c
void pt_docker_rule_memory(pt_docker_judging *j);
void pt_docker_rule_pids(pt_docker_judging *j);
void pt_docker_rule_oom(pt_docker_judging *j);
void pt_docker_rule_realtime(pt_docker_judging *j);
void pt_docker_rule_ulimits(pt_docker_judging *j);
void pt_docker_rule_log_driver(pt_docker_judging *j);
void pt_docker_rule_restart(pt_docker_judging *j);
void pt_docker_rule_links(pt_docker_judging *j);
void pt_docker_rule_ports(pt_docker_judging *j);
void pt_docker_rule_addresses(pt_docker_judging *j);
void pt_docker_rule_update(pt_docker_judging *j);
// rules_links.c
void pt_docker_rule_link_name(pt_docker_judging *j);
// rules_tenants.c
void pt_docker_rule_tenant(pt_docker_judging *j);
void pt_docker_rule_tenant_endpoint(pt_docker_judging *j);
void pt_docker_rule_tenant_own(pt_docker_judging *j);
void pt_docker_rule_tenant_label(pt_docker_judging *j);
void pt_docker_rule_tenant_name(pt_docker_judging *j);
void pt_docker_rule_tenant_network(pt_docker_judging *j);
void pt_docker_rule_tenant_list(pt_docker_judging *j);
// rules_images.c
// An image that is from elsewhere than the policy allows, of the rule that is being asked.
void pt_docker_judge_image(pt_docker_judging *j, pt_str field, pt_str text);
void pt_docker_rule_tag(pt_docker_judging *j);
// All images of the container that the request is about, or that it pulls.
typedef void pt_docker_image_fn(pt_docker_judging *j, pt_str field, pt_str text);
void pt_docker_each_image(pt_docker_judging *j, pt_docker_image_fn *judge);
void pt_docker_rule_registry(pt_docker_judging *j);
void pt_docker_rule_import(pt_docker_judging *j);
void pt_docker_rule_retag(pt_docker_judging *j);
void pt_docker_rule_push(pt_docker_judging *j);
void pt_docker_rule_build_remote(pt_docker_judging *j);
void pt_docker_rule_build_network(pt_docker_judging *j);
void pt_docker_rule_build_cgroup(pt_docker_judging *j);
void pt_docker_rule_build_output(pt_docker_judging *j);
void pt_docker_rule_build_session(pt_docker_judging *j);
void pt_docker_rule_build_security(pt_docker_judging *j);
// rules_scanned.c
void pt_docker_rule_scanned(pt_docker_judging *j);
// rules_containers.c
void pt_docker_rule_container(pt_docker_judging *j);
void pt_docker_rule_reads(pt_docker_judging *j);
void pt_docker_rule_exec_privileged(pt_docker_judging *j);
void pt_docker_rule_exec_user(pt_docker_judging *j);
void pt_docker_rule_exec_env(pt_docker_judging *j);
void pt_docker_rule_checkpoint(pt_docker_judging *j);
void pt_docker_rule_checkpoint_folder(pt_docker_judging *j);
void pt_docker_rule_protected(pt_docker_judging *j);
void pt_docker_rule_protected_prune(pt_docker_judging *j);
// rules_cluster.c
void pt_docker_rule_network_driver(pt_docker_judging *j);
bool pt_docker_is_network_option(pt_str name); // one that does not reach into the host
void pt_docker_rule_network_options(pt_docker_judging *j);
void pt_docker_rule_network_from(pt_docker_judging *j);
void pt_docker_rule_network_ipam(pt_docker_judging *j);
void pt_docker_rule_network_ingress(pt_docker_judging *j);
void pt_docker_rule_endpoint_options(pt_docker_judging *j);
void pt_docker_rule_plugin_privileges(pt_docker_judging *j);
void pt_docker_rule_service_plugin(pt_docker_judging *j);
void pt_docker_rule_service_credentials(pt_docker_judging *j);
void pt_docker_rule_service_network(pt_docker_judging *j);
void pt_docker_rule_templating(pt_docker_judging *j);
