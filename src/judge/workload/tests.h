// The tests of the workload rows (catalogue/workload.c), as pt_test (judge/finding.h): on the fact
// "pod" (an object with metadata and spec of a pod) or "doc" (the whole object). They write
// evidence for a failure only: millions of passes are never read. Names from outside are written as
// they are; the engine makes evidence safe to show.
#pragma once

#include "judge/finding.h"

// -- pod.c, on "pod" ------------------------------------------------------------------------------
pt_verdict pt_test_host_path_write(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_mount_to_host(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_read_only_root(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_token_mounted(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_default_account(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_shared_processes(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_host_aliases(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_root_groups(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_control_plane(pt_value v, pt_str want, pt_seen *seen);

// -- container.c, on "pod" ------------------------------------------------------------------------
pt_verdict pt_test_resource(pt_value v, pt_str want, pt_seen *seen); // want "limits.memory"
pt_verdict pt_test_probe(pt_value v, pt_str want, pt_seen *seen);    // want "livenessProbe"
pt_verdict pt_test_image_tag(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_image_digest(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_image_registry(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_image_panel(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_ssh(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_sudo(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_git_sync(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_empty_dir_limit(pt_value v, pt_str want, pt_seen *seen);

// -- secrets.c ------------------------------------------------------------------------------------
pt_verdict pt_test_secret_env(pt_value v, pt_str want, pt_seen *seen);        // "pod"
pt_verdict pt_test_secret_config_map(pt_value v, pt_str want, pt_seen *seen); // "doc", as all below
pt_verdict pt_test_token_secret(pt_value v, pt_str want, pt_seen *seen);

// -- network.c ------------------------------------------------------------------------------------
pt_verdict pt_test_service_outside(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_service_external_ip(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_service_external_name(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_ingress_tls(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_panel_outside(pt_value v, pt_str want, pt_seen *seen); // Service and Ingress
pt_verdict pt_test_ingress_snippet(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_policy_open(pt_value v, pt_str want, pt_seen *seen);

// -- rbac.c ---------------------------------------------------------------------------------------
// A rule may say where it comes from, if that is not its place in the document (roles.c).
#define PT_RULE_ORIGIN "paratia.origin"
pt_verdict pt_test_rule_wildcard(pt_value v, pt_str want, pt_seen *seen);
// A rule that allows one of "GROUPS RESOURCES VERBS" (lists with "|"; group "core" is the unnamed
// one, "*" any); several such triples are separated by ";".
pt_verdict pt_test_rule_allows(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_rule_dns(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_binding_admin(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_binding_everyone(pt_value v, pt_str want, pt_seen *seen);

// -- objects.c ------------------------------------------------------------------------------------
pt_verdict pt_test_default_namespace(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_api_removed(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_bare_pod(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_replicas(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_selector(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_disruption_none(pt_value v, pt_str want, pt_seen *seen);
