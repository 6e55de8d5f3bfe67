// What the engine may answer, and what the Docker rows make of it: the traps first.
#include <string.h>

#include "base/testing.h"
#include "judge/catalogue/docker_tests.h"
#include "value/json.h"

// The fact "mounts" with one mount, and more keys of it.
#define MOUNTED(source, type, more)                                                             \
    "{\"sockets\": [\"/srv/own.sock\"], \"data\": \"/data/docker\", \"mounts\": [{\"source\": " \
    "\"" source "\", \"destination\": \"/d\", \"type\": \"" type                                \
    "\", \"propagation\": \"\", \"rw\": false" more "}]}"
#define MOUNT(source, type) MOUNTED(source, type, "")
#define SPREAD(word) \
    "{\"sockets\": [], \"mounts\": [{\"source\": \"/srv\", \"propagation\": \"" word "\"}]}"
#define NO_MOUNTS "{\"sockets\": [], \"mounts\": []}"
#define SOCKET(mode, uid, more) \
    "{\"stat\": {\"type\": \"socket\", \"mode\": " mode ", \"uid\": " uid ", \"gid\": 5}" more "}"
#define PORT(ip, port) "{\"80/tcp\": [{\"HostIp\": \"" ip "\", \"HostPort\": \"" port "\"}]}"

static const struct {
    pt_test test;
    const char *want, *json;
    pt_verdict verdict;
} cases[] = {
    // sockets: also through a folder above, also read-only
    {pt_test_no_socket, "", MOUNT("/run/docker.sock", "bind"), PT_FAIL},
    {pt_test_no_socket, "", MOUNT("/var/run", "bind"), PT_FAIL},
    {pt_test_no_socket, "", MOUNT("/", "bind"), PT_FAIL},
    {pt_test_no_socket, "", MOUNT("/srv/elsewhere/docker.sock", "bind"), PT_FAIL},
    {pt_test_no_socket, "", MOUNT("/run/dockerx.sock", "bind"), PT_PASS},
    {pt_test_no_socket, "", MOUNT("/srv/own.sock", "bind"), PT_FAIL}, // the audited daemon's own
    {pt_test_no_socket, "", MOUNT("/srv", "bind"), PT_FAIL},
    {pt_test_no_socket, "", MOUNT("/run", "volume"), PT_FAIL}, // a volume of that device
    {pt_test_no_socket, "", MOUNTED("/a/link", "bind", ", \"resolved\": \"/run\""), PT_FAIL},
    {pt_test_no_socket, "", MOUNTED("/a/x", "bind", ", \"socket\": true"), PT_NOT_EVALUATED},
    {pt_test_no_socket, "", MOUNTED("/a/x", "bind", ", \"why\": \"EACCES\""), PT_NOT_EVALUATED},
    {pt_test_no_socket, "", MOUNTED("/run", "bind", ", \"why\": \"EACCES\""), PT_FAIL},
    {pt_test_no_socket, "", MOUNTED("/a/x", "bind", ", \"holds\": \"docker.sock\""), PT_FAIL},
    {pt_test_no_socket, "", MOUNT("relative", "bind"), PT_NOT_EVALUATED},
    {pt_test_no_socket, "", MOUNT("/a", "strange"), PT_NOT_EVALUATED},
    {pt_test_no_socket, "", "{\"sockets\": [], \"mounts\": [{\"type\": \"bind\"}]}",
     PT_NOT_EVALUATED},
    {pt_test_no_socket, "", "{\"mounts\": []}", PT_NOT_EVALUATED},
    {pt_test_no_socket, "", "\"none\"", PT_NOT_EVALUATED},
    {pt_test_no_socket, "", "null", PT_NOT_EVALUATED},
    {pt_test_no_socket, "", NO_MOUNTS, PT_PASS},
    {pt_test_no_host_dirs, "", NO_MOUNTS, PT_PASS},
    {pt_test_no_host_dirs, "", MOUNT("/etc", "volume"), PT_FAIL},
    {pt_test_no_host_dirs, "", MOUNTED("/srv/l", "bind", ", \"resolved\": \"/etc\""), PT_FAIL},
    {pt_test_no_host_dirs, "", MOUNT("/data", "bind"), PT_FAIL}, // above DockerRootDir
    {pt_test_no_host_dirs, "", MOUNT("/data/docker/containers", "bind"), PT_FAIL},
    {pt_test_no_host_dirs, "", MOUNT("/data/docker/volumes/v/_data", "bind"), PT_FAIL},
    {pt_test_no_host_dirs, "", MOUNT("/data/docker/volumes/v/_data", "volume"), PT_PASS},
    {pt_test_no_host_dirs, "", MOUNT("/data/docker/volumes", "volume"), PT_FAIL},
    {pt_test_no_host_dirs, "", MOUNT("", "tmpfs"), PT_PASS},
    {pt_test_no_host_dirs, "",
     "{\"sockets\": [], \"mounts\": [{\"source\": \"/srv\", \"destination\": \"/d\", \"type\": "
     "\"bind\", \"propagation\": \"\", \"rw\": false}]}",
     PT_NOT_EVALUATED}, // where the daemon keeps its data is not known
    {pt_test_propagation, "", MOUNT("/srv", "bind"), PT_PASS},
    {pt_test_propagation, "", SPREAD("rshared"), PT_FAIL},
    {pt_test_propagation, "", SPREAD("wide"), PT_NOT_EVALUATED},
    {pt_test_no_host_dirs, "", MOUNT("/etc/ssh", "bind"), PT_FAIL},
    {pt_test_no_host_dirs, "", MOUNT("/etcetera", "bind"), PT_PASS},
    {pt_test_no_host_dirs, "", MOUNT("/var/lib/docker/volumes/v/_data", "volume"),
     PT_FAIL}, // not this daemon's,
    // capabilities: in any case, with or without their prefix
    {pt_test_caps, "takeover", "{\"CapAdd\": [\"SYS_ADMIN\"]}", PT_FAIL},
    {pt_test_caps, "takeover", "{\"CapAdd\": [\"cap_sys_admin\"]}", PT_FAIL},
    {pt_test_caps, "takeover", "{\"CapAdd\": [\"all\"]}", PT_FAIL},
    {pt_test_caps, "takeover", "{\"CapAdd\": [\"NET_BIND_SERVICE\"]}", PT_PASS},
    {pt_test_caps, "takeover", "{\"CapAdd\": [null]}", PT_NOT_EVALUATED},
    {pt_test_caps, "takeover", "{}", PT_NOT_EVALUATED},
    {pt_test_caps, "other", "{\"CapAdd\": [\"IPC_LOCK\"]}", PT_FAIL},
    {pt_test_caps, "other", "{\"CapAdd\": [\"SYS_ADMIN\"]}", PT_PASS}, // the other row says it
    // users: what cannot be told without the image is no pass
    {pt_test_not_root, "", "\"\"", PT_FAIL},
    {pt_test_not_root, "", "\"0:0\"", PT_FAIL},
    {pt_test_not_root, "", "\"+0\"", PT_FAIL},
    {pt_test_not_root, "", "\"root:app\"", PT_FAIL},
    {pt_test_not_root, "", "\":10001\"", PT_FAIL},
    {pt_test_not_root, "", "\"10001\"", PT_PASS},
    {pt_test_not_root, "", "\"app\"", PT_NOT_EVALUATED},
    {pt_test_not_root, "", "0", PT_NOT_EVALUATED},
    // security options
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges\"], \"default\": false}", PT_PASS},
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges:true\"]}", PT_PASS},
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges:false\"], \"default\": true}", PT_FAIL},
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges:true\", \"no-new-privileges=false\"]}",
     PT_FAIL},
    {pt_test_nnp, "", "{\"options\": null, \"default\": false}", PT_FAIL},
    {pt_test_nnp, "", "{\"options\": null, \"default\": true}", PT_PASS},
    {pt_test_nnp, "", "{\"options\": null}", PT_NOT_EVALUATED}, // the default is not known
    {pt_test_nnp, "", "{\"default\": true}", PT_NOT_EVALUATED},
    // as Go's ParseBool
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges:0\"], \"default\": true}", PT_FAIL},
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges=F\"], \"default\": true}", PT_FAIL},
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges:FALSE\"]}", PT_FAIL},
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges=T\"]}", PT_PASS},
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges:1\"]}", PT_PASS},
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges:no\"]}", PT_NOT_EVALUATED},
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges=tRUE\"]}", PT_NOT_EVALUATED},
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges:\"]}", PT_NOT_EVALUATED},
    {pt_test_nnp, "", "{\"options\": [\"no-new-privileges-not=true\"], \"default\": false}",
     PT_FAIL},
    {pt_test_security_opt, "seccomp", "[\"seccomp=/etc/own.json\"]", PT_NOT_EVALUATED},
    {pt_test_security_opt, "seccomp", "[\"seccomp=builtin\"]", PT_PASS},
    {pt_test_profile, "", "\"unconfined\"", PT_FAIL},
    {pt_test_profile, "", "5", PT_NOT_EVALUATED},
    // paths of the kernel
    {pt_test_system_paths, "", "{\"MaskedPaths\": [], \"ReadonlyPaths\": []}", PT_FAIL},
    {pt_test_system_paths, "", "{\"MaskedPaths\": null, \"ReadonlyPaths\": null}",
     PT_NOT_EVALUATED},
    {pt_test_system_paths, "",
     "{\"MaskedPaths\": [\"/proc/kcore\", \"/proc/keys\", \"/proc/timer_list\", "
     "\"/sys/firmware\"], "
     "\"ReadonlyPaths\": [\"/proc/bus\"]}",
     PT_FAIL},
    {pt_test_system_paths, "",
     "{\"MaskedPaths\": [\"/proc/kcore\", \"/proc/keys\", \"/proc/timer_list\", "
     "\"/sys/firmware\"], "
     "\"ReadonlyPaths\": [\"/proc\"]}",
     PT_PASS},
    {pt_test_security_opt, "seccomp", "[\"seccomp=unconfined\"]", PT_FAIL},
    {pt_test_security_opt, "seccomp", "[\"seccomp:unconfined\"]", PT_FAIL},
    {pt_test_security_opt, "seccomp",
     "[\"seccomp={\\\"defaultAction\\\":\\\"SCMP_ACT_ALLOW\\\"}\"]", PT_NOT_EVALUATED},
    {pt_test_security_opt, "seccomp", "[\"apparmor=unconfined\"]", PT_PASS},
    {pt_test_seccomp_daemon, "", "[\"name=seccomp,profile=builtin\"]", PT_PASS},
    {pt_test_seccomp_daemon, "", "[\"name=seccomp,profile=/etc/own.json\"]", PT_NOT_EVALUATED},
    {pt_test_seccomp_daemon, "", "[\"name=apparmor\"]", PT_FAIL},
    // limits
    {pt_test_limit, "PidsLimit", "{\"PidsLimit\": null}", PT_FAIL},
    {pt_test_limit, "PidsLimit", "{\"PidsLimit\": -1}", PT_FAIL},
    {pt_test_limit, "PidsLimit", "{\"PidsLimit\": 50}", PT_PASS},
    {pt_test_limit, "NanoCpus|CpusetCpus", "{\"NanoCpus\": 0, \"CpusetCpus\": \"0-1\"}", PT_PASS},
    {pt_test_limit, "Memory", "{}", PT_NOT_EVALUATED},
    // a value of another kind is no limit and no lack of one
    {pt_test_limit, "Memory", "{\"Memory\": \"x\"}", PT_NOT_EVALUATED},
    {pt_test_limit, "Memory", "{\"Memory\": [1]}", PT_NOT_EVALUATED},
    {pt_test_limit, "PidsLimit", "{\"PidsLimit\": \"100\"}", PT_NOT_EVALUATED},
    {pt_test_limit, "PidsLimit", "{\"PidsLimit\": true}", PT_NOT_EVALUATED},
    {pt_test_limit, "NanoCpus|CpusetCpus", "{\"NanoCpus\": 0, \"CpusetCpus\": 3}",
     PT_NOT_EVALUATED},
    {pt_test_devices, "", "{\"Devices\": [], \"DeviceCgroupRules\": [5]}", PT_NOT_EVALUATED},
    {pt_test_devices, "", "{\"Devices\": [], \"DeviceCgroupRules\": [\"\"]}", PT_FAIL},
    {pt_test_healthcheck, "", "{\"Healthcheck\": {\"Test\": [5]}}", PT_NOT_EVALUATED},
    {pt_test_healthcheck, "", "{\"Healthcheck\": {\"Test\": \"CMD\"}}", PT_NOT_EVALUATED},
    {pt_test_healthcheck, "", "{\"Healthcheck\": {\"Test\": [\"CMD\", \"true\"]}}", PT_PASS},
    {pt_test_healthcheck, "", "{\"Healthcheck\": {\"Test\": [\"NONE\"]}}", PT_FAIL},
    {pt_test_healthcheck, "", "{}", PT_FAIL},
    // ports: every way to write "any address"
    {pt_test_ports_any, "", "{\"80/tcp\": [{\"HostIp\": \"\", \"HostPort\": \"80\"}]}", PT_FAIL},
    {pt_test_ports_any, "", "{\"80/tcp\": [{\"HostIp\": \"::\", \"HostPort\": \"80\"}]}", PT_FAIL},
    {pt_test_ports_any, "", "{\"80/tcp\": [{\"HostIp\": \"0:0::0\", \"HostPort\": \"80\"}]}",
     PT_FAIL},
    {pt_test_ports_any, "", "{\"80/tcp\": [{\"HostIp\": \"127.0.0.1\", \"HostPort\": \"80\"}]}",
     PT_PASS},
    {pt_test_ports_any, "", "{\"80/tcp\": [{\"HostIp\": \"127.0.0.1\"}]}", PT_NOT_EVALUATED},
    {pt_test_ports_any, "", PORT("::ffff:0.0.0.0", "80"), PT_FAIL},
    {pt_test_ports_any, "", PORT("[::]", "80"), PT_FAIL},
    {pt_test_ports_any, "", PORT("*", "80"), PT_FAIL},
    {pt_test_ports_any, "", PORT("", ""), PT_FAIL}, // the engine chooses the port
    {pt_test_ports_any, "", PORT("127.0.0.1", "8000-8010"), PT_PASS},
    {pt_test_ports_any, "", PORT("::1", "80"), PT_PASS},
    {pt_test_ports_any, "", PORT("fe80::1%eth0", "80"), PT_PASS},
    {pt_test_ports_any, "", PORT("localhost", "80"), PT_NOT_EVALUATED},
    {pt_test_ports_any, "", PORT("0.0.0.0.0", "80"), PT_NOT_EVALUATED},
    {pt_test_ports_any, "", "{\"80/tcp\": \"0.0.0.0:80\"}", PT_NOT_EVALUATED},
    {pt_test_ports_any, "", "{\"80/tcp\": {}}", PT_NOT_EVALUATED},
    {pt_test_ports_any, "", "{\"80/tcp\": [{\"HostPort\": \"80\"}]}", PT_NOT_EVALUATED},
    {pt_test_ports_low, "", PORT("", "80-1030"), PT_FAIL},
    {pt_test_ports_low, "", PORT("", "99999"), PT_NOT_EVALUATED},
    {pt_test_ports_any, "", "{\"80/tcp\": null}", PT_PASS},
    {pt_test_ports_low, "", "{\"80/tcp\": [{\"HostIp\": \"\", \"HostPort\": \"1024\"}]}", PT_PASS},
    // restarts
    {pt_test_restart, "", "{\"Name\": \"always\", \"MaximumRetryCount\": 0}", PT_FAIL},
    {pt_test_restart, "", "{\"Name\": \"on-failure\", \"MaximumRetryCount\": 0}", PT_FAIL},
    {pt_test_restart, "", "{\"Name\": \"on-failure\", \"MaximumRetryCount\": 5}", PT_PASS},
    {pt_test_restart, "", "{\"MaximumRetryCount\": 5}", PT_NOT_EVALUATED},
    {pt_test_restart, "", "{\"Name\": \"ever\", \"MaximumRetryCount\": 5}", PT_NOT_EVALUATED},
    // words and lists of the daemon
    {pt_test_other_word, "aufs|overlay", "\"overlay2\"", PT_PASS},
    {pt_test_other_word, "aufs|overlay", "\"AUFS\"", PT_FAIL},
    {pt_test_other_word, "aufs|overlay", "2", PT_NOT_EVALUATED},
    {pt_test_other_word, "aufs|overlay", "\"\"", PT_NOT_EVALUATED},
    {pt_test_known_word, "inactive/active|error", "\"inactive\"", PT_PASS},
    {pt_test_known_word, "inactive/active|error", "\"error\"", PT_FAIL},
    {pt_test_known_word, "inactive/active|error", "\"asleep\"", PT_NOT_EVALUATED},
    {pt_test_known_word, "json-file/*", "\"local\"", PT_FAIL},
    {pt_test_known_word, "json-file/*", "7", PT_NOT_EVALUATED},
    {pt_test_no_word, "", "\"\"", PT_PASS},
    {pt_test_no_word, "", "[]", PT_NOT_EVALUATED},
    {pt_test_plugins, "", "[\"opa\"]", PT_PASS},
    {pt_test_plugins, "", "null", PT_FAIL},
    {pt_test_plugins, "", "[]", PT_FAIL},
    {pt_test_plugins, "", "[\"\"]", PT_NOT_EVALUATED},
    {pt_test_plugins, "", "[5]", PT_NOT_EVALUATED},
    {pt_test_plugins, "", "\"opa\"", PT_NOT_EVALUATED},
    {pt_test_ulimits, "", "\"nofile\"", PT_NOT_EVALUATED},
    {pt_test_ulimits, "", "{\"nofile\": {}}", PT_PASS},
    {pt_test_log_driver, "", "5", PT_NOT_EVALUATED},
    {pt_test_bridge_icc, "", "{\"Options\": {\"com.docker.network.bridge.enable_icc\": \"False\"}}",
     PT_PASS},
    {pt_test_bridge_icc, "", "{\"Options\": {\"com.docker.network.bridge.enable_icc\": \"off\"}}",
     PT_NOT_EVALUATED},
    {pt_test_bridge_icc, "", "{\"Options\": {}}", PT_FAIL},
    {pt_test_registries, "", "{\"InsecureRegistryCIDRs\": [\"127.0.0.0/1\"], \"IndexConfigs\": {}}",
     PT_FAIL},
    {pt_test_registries, "", "{\"InsecureRegistryCIDRs\": [\"127.0.0.0/8\"], \"IndexConfigs\": {}}",
     PT_PASS},
    // the socket of another place
    {pt_test_socket_mode, "660 0:*", SOCKET("432", "0", ", \"rootless\": false"), PT_PASS},
    {pt_test_socket_mode, "660 0:*", SOCKET("438", "0", ", \"rootless\": false"), PT_FAIL},
    {pt_test_socket_mode, "660 0:*", SOCKET("432", "1000", ", \"rootless\": false"), PT_FAIL},
    {pt_test_socket_mode, "660 0:*", SOCKET("432", "1000", ", \"rootless\": true"), PT_PASS},
    {pt_test_socket_mode, "660 0:*", SOCKET("438", "1000", ", \"rootless\": true"), PT_FAIL},
    {pt_test_socket_mode, "660 0:*", SOCKET("432", "0", ""), PT_NOT_EVALUATED},
    {pt_test_socket_mode, "660 0:*", "{}", PT_NOT_EVALUATED},
    // the daemon's listeners
    {pt_test_hosts_tls, "", "{\"hosts\": [\"unix:///a\", \"tcp://0.0.0.0:2375\"]}", PT_FAIL},
    {pt_test_hosts_tls, "", "{\"hosts\": [\"tcp://0.0.0.0:2376\"], \"tls\": true}", PT_FAIL},
    {pt_test_hosts_tls, "",
     "{\"hosts\": [\"tcp://:2376\"], \"tlsverify\": true, \"tlscacert\": \"/c\"}", PT_PASS},
    {pt_test_hosts_tls, "", "{\"hosts\": [\"tcp://:2376\"], \"tlsverify\": true}", PT_PASS},
    {pt_test_hosts_tls, "",
     "{\"hosts\": [\"tcp://:2376\"], \"tlsverify\": true, \"tlscacert\": \"\"}", PT_FAIL},
    {pt_test_hosts_tls, "", "{\"hosts\": \"tcp://0.0.0.0\"}", PT_NOT_EVALUATED},
    {pt_test_hosts_tls, "", "{}", PT_PASS},
    {pt_test_hosts_tls, "", "\"unix:///run/docker.sock\"", PT_NOT_EVALUATED},
    // where systemd listens for fd:// is a fact of its own
    {pt_test_hosts_tls, "", "{\"hosts\": [\"fd://\"]}", PT_PASS},
    {pt_test_hosts_tls, "", "{\"hosts\": [\"vsock:2:2375\"]}", PT_FAIL},
    // how it was reached
    {pt_test_reached, "", "{\"address\": \"tcp://h\", \"tls\": false, \"certificate\": false}",
     PT_FAIL},
    {pt_test_reached, "", "{\"address\": \"tcp://h\", \"tls\": true, \"certificate\": false}",
     PT_FAIL},
    {pt_test_reached, "", "{\"address\": \"tcp://h\", \"tls\": true, \"certificate\": true}",
     PT_PASS},
    {pt_test_reached, "", "{\"address\": \"tcp://h\", \"certificate\": true}", PT_NOT_EVALUATED},
    // storage and logs
    {pt_test_none_starts, "dm.basesize", "[\"dm.basesize=20G\"]", PT_FAIL},
    {pt_test_none_starts, "dm.basesize", "[\"dm.fs=xfs\"]", PT_PASS},
    {pt_test_none_starts, "dm.basesize", "{}", PT_NOT_EVALUATED},
    {pt_test_max_size, "", "{\"max-size\": \"10m\"}", PT_PASS},
    {pt_test_max_size, "", "{\"max-file\": \"3\"}", PT_FAIL},
    {pt_test_max_size, "", "{\"max-size\": \"-1\"}", PT_FAIL},
    {pt_test_max_size, "", "[\"max-file=3\", \"max-size=10m\"]", PT_PASS},
    {pt_test_max_size, "", "[\"max-file=3\"]", PT_FAIL},
    {pt_test_max_size, "", "\"10m\"", PT_NOT_EVALUATED},
    {pt_test_max_size, "", "{\"max-size\": 10}", PT_NOT_EVALUATED},
    {pt_test_max_size, "", "{\"max-size\": \"much\"}", PT_NOT_EVALUATED},
    {pt_test_max_size, "", "{\"max-size\": \"0m\"}", PT_FAIL},
    {pt_test_max_size, "", "{\"max-size\": \"1.5 GiB\"}", PT_PASS},
    {pt_test_log_config, "", "{\"Type\": \"json-file\", \"Config\": {}}", PT_FAIL},
    {pt_test_log_config, "", "{\"Type\": \"json-file\", \"Config\": {\"max-size\": \"1m\"}}",
     PT_PASS},
    {pt_test_log_config, "", "{\"Type\": \"local\", \"Config\": {}}", PT_PASS},
    {pt_test_log_config, "", "{\"Config\": {}}", PT_NOT_EVALUATED},
    {pt_test_log_config, "", "{\"Type\": \"json-file\"}", PT_NOT_EVALUATED},
    // a rootless engine's limits
    {pt_test_limits_hold, "", "{\"SecurityOptions\": [\"name=seccomp\"]}", PT_PASS},
    {pt_test_limits_hold, "",
     "{\"SecurityOptions\": [\"name=rootless\"], \"CgroupVersion\": \"1\", \"CgroupDriver\": "
     "\"cgroupfs\"}",
     PT_FAIL},
    {pt_test_limits_hold, "",
     "{\"SecurityOptions\": [\"name=rootless\"], \"CgroupVersion\": \"2\", \"CgroupDriver\": "
     "\"none\"}",
     PT_FAIL},
    {pt_test_limits_hold, "",
     "{\"SecurityOptions\": [\"name=rootless\"], \"CgroupVersion\": \"2\", \"CgroupDriver\": "
     "\"systemd\"}",
     PT_PASS},
    {pt_test_limits_hold, "", "{\"SecurityOptions\": [\"name=rootless\"]}", PT_NOT_EVALUATED},
    {pt_test_limits_hold, "", "{}", PT_NOT_EVALUATED},
    // networks
    {pt_test_no_bridge, "", "{\"bridge\": {}}", PT_FAIL},
    {pt_test_no_bridge, "", "{\"shop\": {}}", PT_PASS},
    {pt_test_no_bridge, "", "null", PT_NOT_EVALUATED},
    {pt_test_overlay, "own", "{\"Driver\": \"overlay\", \"Ingress\": false}", PT_PASS},
    {pt_test_overlay, "own", "{\"Driver\": \"overlay\", \"Ingress\": true}", PT_FAIL},
    {pt_test_overlay, "ingress", "{\"Driver\": \"overlay\", \"Ingress\": true}", PT_PASS},
    {pt_test_overlay, "own", "{\"Driver\": \"bridge\", \"Ingress\": false}", PT_FAIL},
    {pt_test_overlay, "own", "{\"Driver\": \"overlay\"}", PT_NOT_EVALUATED},
    {pt_test_encrypted, "", "{\"encrypted\": \"\"}", PT_PASS},
    {pt_test_encrypted, "", "{\"encrypted\": \"false\"}", PT_FAIL},
    {pt_test_encrypted, "", "{}", PT_FAIL},
    {pt_test_encrypted, "", "[]", PT_NOT_EVALUATED},
    // swarm
    {pt_test_managers, "", "[{\"Spec\": {\"Role\": \"manager\"}}]", PT_FAIL},
    {pt_test_managers, "",
     "[{\"Spec\": {\"Role\": \"manager\"}}, {\"Spec\": {\"Role\": \"manager\"}}, "
     "{\"Spec\": {\"Role\": \"worker\"}}, {\"Spec\": {\"Role\": \"manager\"}}]",
     PT_PASS},
    {pt_test_managers, "", "[{\"Spec\": {}}]", PT_NOT_EVALUATED},
    {pt_test_managers, "", "[]", PT_NOT_EVALUATED},
    {pt_test_hours_at_most, "2160", "7776000000000000", PT_PASS},
    {pt_test_hours_at_most, "2160", "7776000000000001", PT_FAIL},
    {pt_test_hours_at_most, "2160", "0", PT_NOT_EVALUATED},
    {pt_test_hosts_tls, "", "{\"hosts\": [\"fd://\", \"tcp://0.0.0.0:2375\"]}", PT_FAIL},
    // namespaces: of another container it is as good as that one's own
    {pt_test_not_host, "", "\"host\"", PT_FAIL},
    {pt_test_not_host, "default|bridge|*", "\"bridge\"", PT_PASS},
    {pt_test_not_host, "default|bridge|*", "\"shop_back-end\"", PT_PASS},
    {pt_test_not_host, "default|bridge|*", "\"HOST\"", PT_NOT_EVALUATED},
    {pt_test_not_host, "default|bridge|*", "\"ns:/proc/1/ns/net\"", PT_NOT_EVALUATED},
    {pt_test_not_host, "default|bridge|*", "\"*\"", PT_NOT_EVALUATED},
    {pt_test_not_host, "private", "\"HOST\"", PT_NOT_EVALUATED},
    {pt_test_not_host, "private", "\"shop\"", PT_NOT_EVALUATED},
    {pt_test_not_host, "", "\"\"", PT_PASS},
    {pt_test_not_host, "", "\"container:c0ffee\"", PT_NOT_EVALUATED},
    {pt_test_own_space, "", "{\"mode\": \"host\", \"of\": \"web\"}", PT_FAIL},
    {pt_test_own_space, "private", "{\"mode\": \"private\"}", PT_PASS},
    {pt_test_own_space, "", "{}", PT_NOT_EVALUATED},
    {pt_test_not_host, "", "null", PT_NOT_EVALUATED},
    // secrets: by name, never by value
    {pt_test_env_secret, "", "[\"DB_PASSWORD=x\"]", PT_FAIL},
    {pt_test_env_secret, "", "[\"DB_PASSWORD_FILE=/run/secrets/db\"]", PT_PASS},
    {pt_test_env_secret, "", "[\"DB_PASSWORD=\"]", PT_PASS},
    {pt_test_env_secret, "", "[\"TOKEN_TTL=3600\", \"SECRET_NAME=db\"]", PT_PASS},
    {pt_test_env_secret, "", "[\"URL=https://a/ postgres://app:hunter22@db/x\"]", PT_FAIL},
    {pt_test_env_secret, "", "[\"X=ghp_0123456789abcdefghijklmnopqrstuvwxyz\"]", PT_FAIL},
    {pt_test_env_secret, "", "[\"X=ghp_short ghp_0123456789abcdefghijklmnopqrstuvwxyz\"]", PT_FAIL},
    {pt_test_env_secret, "", "[\"PROXY=http://proxy:3128\"]", PT_PASS},
    {pt_test_env_secret, "", "[\"A=b\", 5]", PT_NOT_EVALUATED},
    {pt_test_env_secret, "", "{}", PT_NOT_EVALUATED},
};

static void test_docker_rows_judge_what_engines_may_answer(void **state) {
    (void)state;
    size_t bad = 0;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_value v;
        pt_seen seen = {.text = PT_BUF(1000), .path = PT_BUF(1000)};
        assert_int_equal(pt_json_parse(&a, pt_str_of(cases[i].json), NULL, &v, NULL), PT_OK);
        pt_verdict got = cases[i].test(v, pt_str_of(cases[i].want), &seen);
        if (got != cases[i].verdict)
            print_error("%s of %s\n", pt_verdict_word(got), cases[i].json);
        bad += got != cases[i].verdict;
        pt_buf_done(&seen.text);
        pt_buf_done(&seen.path);
        pt_arena_done(&a);
    }
    assert_int_equal(bad, 0);
}

static void test_docker_evidence_never_holds_a_secret(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value v;
    pt_seen seen = {.text = PT_BUF(1000), .path = PT_BUF(1000)};
    assert_int_equal(pt_json_parse(&a, PT_STR("[\"API_TOKEN=hunter2hunter2\"]"), NULL, &v, NULL),
                     PT_OK);
    assert_int_equal(pt_test_env_secret(v, PT_STR(""), &seen), PT_FAIL);
    assert_str(pt_buf_str(&seen.text), "ENV API_TOKEN, 14 characters");
    pt_buf_done(&seen.text);
    pt_buf_done(&seen.path);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_docker_rows_judge_what_engines_may_answer),
        cmocka_unit_test(test_docker_evidence_never_holds_a_secret),
    };
    return cmocka_run_group_tests_name("judge_docker", tests, NULL, NULL);
}
