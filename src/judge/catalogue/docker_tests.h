// Tests of the Docker tables that look deeper than one scalar. As pt_test (judge/finding.h).
#pragma once

#include "judge/finding.h"

// -- answers.c: what several tests ask of an answer
// ------------------------------------------------
pt_verdict pt_answer_lacks(pt_seen *seen, const char *wanted); // not evaluated: no `wanted` in it
bool pt_answer_list(pt_value v);  // a list; Go writes an empty one as null
bool pt_answer_texts(pt_value v); // a list of texts, or none: others cannot be judged
void pt_answer_item(pt_seen *seen, pt_str text);
bool pt_answer_bool(pt_str text, bool *ret); // as strconv.ParseBool; false: it is neither

pt_verdict pt_answer_max_size(pt_value size, pt_seen *seen); // undefined: unset

// A text in any case, "GOOD|GOOD/BAD|BAD"; a third word is not evaluated, unless BAD is "*".
pt_verdict pt_test_known_word(pt_value v, pt_str want, pt_seen *seen);
// A text that is none of these, and not empty.
pt_verdict pt_test_other_word(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_no_word(pt_value v, pt_str want, pt_seen *seen); // an empty text
pt_verdict pt_test_profile(pt_value v, pt_str want, pt_seen *seen); // AppArmorProfile
pt_verdict pt_test_plugins(pt_value v, pt_str want, pt_seen *seen); // a list of names, not empty
pt_verdict pt_test_ulimits(pt_value v, pt_str want, pt_seen *seen); // config.default-ulimits
pt_verdict pt_test_socket_mode(pt_value v, pt_str want, pt_seen *seen); // socket, whole

// -- the rows' own --------------------------------------------------------------------------------

pt_verdict pt_test_security_option(pt_value v, pt_str want, pt_seen *seen); // info.SecurityOptions
pt_verdict pt_test_registries(pt_value v, pt_str want, pt_seen *seen);      // info.RegistryConfig
pt_verdict pt_test_hosts_tls(pt_value v, pt_str want, pt_seen *seen);       // config, whole
pt_verdict pt_test_log_driver(pt_value v, pt_str want, pt_seen *seen);
pt_verdict pt_test_seccomp_daemon(pt_value v, pt_str want, pt_seen *seen); // info.SecurityOptions
pt_verdict pt_test_bridge_icc(pt_value v, pt_str want, pt_seen *seen);     // bridge, whole
pt_verdict pt_test_reached(pt_value v, pt_str want, pt_seen *seen);        // reached, whole
pt_verdict pt_test_none_starts(pt_value v, pt_str want, pt_seen *seen);    // list of options
pt_verdict pt_test_max_size(pt_value v, pt_str want, pt_seen *seen);       // config.log-opts
pt_verdict pt_test_managers(pt_value v, pt_str want, pt_seen *seen);       // GET /nodes
pt_verdict pt_test_hours_at_most(pt_value v, pt_str want, pt_seen *seen);  // nanoseconds
pt_verdict pt_test_overlay(pt_value v, pt_str want, pt_seen *seen);        // a network, whole
pt_verdict pt_test_encrypted(pt_value v, pt_str want, pt_seen *seen);      // Options of a network

pt_verdict pt_test_no_socket(pt_value v, pt_str want, pt_seen *seen);    // mounts, whole
pt_verdict pt_test_no_host_dirs(pt_value v, pt_str want, pt_seen *seen); // mounts, whole
pt_verdict pt_test_propagation(pt_value v, pt_str want, pt_seen *seen);  // mounts, whole
pt_verdict pt_test_caps(pt_value v, pt_str want, pt_seen *seen);      // HostConfig; want: severity
pt_verdict pt_test_limit(pt_value v, pt_str want, pt_seen *seen);     // HostConfig; want: fields
pt_verdict pt_test_ports_any(pt_value v, pt_str want, pt_seen *seen); // NetworkSettings.Ports
pt_verdict pt_test_ports_low(pt_value v, pt_str want, pt_seen *seen); // NetworkSettings.Ports
pt_verdict pt_test_restart(pt_value v, pt_str want, pt_seen *seen);   // HostConfig.RestartPolicy
pt_verdict pt_test_not_host(pt_value v, pt_str want, pt_seen *seen);  // a namespace mode
pt_verdict pt_test_own_space(pt_value v, pt_str want, pt_seen *seen); // one that was followed
pt_verdict pt_test_devices(pt_value v, pt_str want, pt_seen *seen);   // HostConfig
pt_verdict pt_test_not_root(pt_value v, pt_str want, pt_seen *seen);  // Config.User
pt_verdict pt_test_security_opt(pt_value v, pt_str want, pt_seen *seen); // HostConfig.SecurityOpt
pt_verdict pt_test_system_paths(pt_value v, pt_str want, pt_seen *seen); // HostConfig
pt_verdict pt_test_nnp(pt_value v, pt_str want, pt_seen *seen);          // nnp, whole
pt_verdict pt_test_limits_hold(pt_value v, pt_str want, pt_seen *seen);  // GET /info
pt_verdict pt_test_log_config(pt_value v, pt_str want, pt_seen *seen);   // HostConfig.LogConfig
pt_verdict pt_test_no_bridge(pt_value v, pt_str want, pt_seen *seen);    // NetworkSettings.Networks
pt_verdict pt_test_no_sshd(pt_value v, pt_str want, pt_seen *seen);      // GET /containers/ID/top
pt_verdict pt_test_healthcheck(pt_value v, pt_str want, pt_seen *seen);  // Config of an image
pt_verdict pt_test_env_secret(pt_value v, pt_str want, pt_seen *seen);   // Config.Env
