// Checks of the Docker daemon (CIS Docker Benchmark 1.6, section 2: ids only). Facts:
// collect/docker/docker.h. Unset options have defaults, which `absent` states.
// clang-format off
#include "judge/catalogue/docker_tests.h"
#include "judge/catalogue/tables.h"
#include "judge/engine/engine.h"

#define DAEMON(ID, SEVERITY, CIS, SET)                                                             \
    DAEMON_INTERRUPTS(ID, SEVERITY, CIS, SET, "restarts Docker, and its containers without live-restore")
#define DAEMON_INTERRUPTS(ID, SEVERITY, CIS, SET, WHAT)                                            \
    .id = ID, .severity = SEVERITY, .kind = PT_KIND_DOCKER,                                        \
    .interrupts = WHAT,                                                                            \
    .remedy = "# in /etc/docker/daemon.json:\n" SET "\nsystemctl restart docker\n",                \
    .standards = "CIS Docker 1.6: " CIS

static const pt_check checks[] = {
    {
        DAEMON("PT-DKR-TCP", PT_CRITICAL, "2.7", "\"hosts\": [\"unix:///run/docker.sock\"]"),
        .title = "Docker API listens on TCP without TLS",
        .good = "Docker API asks for client certificates",
        .act = "Close Docker's open TCP port",
        .consequence = "Anyone on the network starts a container with the host's disk, without a login.",
        .why = "The API has no login of its own: without verified client certificates whoever reaches the port is root on this host. It is scanned for around the clock.",
        .conds = {{"config", NULL, pt_test_hosts_tls, NULL, PT_NOT_APPLICABLE, "no daemon with a configuration"}},
    },
    {
        DAEMON("PT-DKR-ICC", PT_MEDIUM, "2.2", "\"icc\": false"),
        .title = "Containers on the default bridge see each other",
        .good = "The default bridge separates containers",
        .act = "Separate containers on the default bridge",
        .consequence = "One broken container reaches every port of its neighbours.",
        .why = "Containers that name no network share one bridge, on which everyone reaches everyone.",
        .conds = {{"bridge", NULL, pt_test_bridge_icc, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON("PT-DKR-DEBUG", PT_LOW, "2.3", "\"debug\": false, \"log-level\": \"info\""),
        .title = "Docker runs in debug mode",
        .good = "Docker does not run in debug mode",
        .act = "Turn Docker's debug mode off",
        .consequence = "Requests, with their contents, land in the log.",
        .why = "Debug logs hold requests whole, environment variables included.",
        .conds = {{"info", "Debug", pt_test_false, NULL, PT_NOT_EVALUATED, ""},
                  {"config", "log-level", pt_test_none_of, "debug", PT_PASS, "unset, which means info"}},
    },
    {
        DAEMON("PT-DKR-IPTABLES", PT_MEDIUM, "2.4", "\"iptables\": true"),
        .title = "Docker does not manage its firewall rules",
        .good = "Docker manages its firewall rules",
        .act = "Let Docker manage its firewall rules",
        .consequence = "Published ports and separation depend on rules that nobody updates.",
        .why = "Without its rules containers are neither separated nor reachable as configured.",
        .conds = {{"config", "iptables", pt_test_true, NULL, PT_PASS, "unset, which means true"}},
    },
    {
        DAEMON("PT-DKR-INSECURE-REG", PT_HIGH, "2.5", "\"insecure-registries\": []"),
        .title = "Images come from a registry without TLS",
        .good = "Every registry is asked over TLS",
        .act = "Use TLS for every registry",
        .consequence = "Whoever is on the way exchanges the images that run here.",
        .why = "Without TLS neither the registry nor the image on its way is authenticated.",
        .conds = {{"info", "RegistryConfig", pt_test_registries, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON("PT-DKR-AUFS", PT_MEDIUM, "2.6", "\"storage-driver\": \"overlay2\""),
        .title = "The storage driver is not maintained",
        .good = "The storage driver is maintained",
        .act = "Move to overlay2",
        .consequence = "Flaws of the file system under every container stay open.",
        .why = "aufs, overlay and devicemapper have been removed from current engines.",
        .conds = {{"info", "Driver", pt_test_none_of, "aufs|overlay|devicemapper", PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON("PT-DKR-ULIMIT", PT_LOW, "2.8", "\"default-ulimits\": {\"nofile\": {\"Name\": \"nofile\", \"Soft\": 1024, \"Hard\": 4096}}"),
        .title = "Containers have no default ulimits",
        .good = "Containers have default ulimits",
        .act = "Set default ulimits",
        .consequence = "One container opens all the files that the host can.",
        .why = "Without defaults a container inherits the daemon's limits, which are high or none.",
        .conds = {{"config", "default-ulimits", pt_test_not_empty, NULL, PT_FAIL, "default-ulimits is unset"}},
    },
    {
        DAEMON_INTERRUPTS("PT-DKR-USERNS", PT_MEDIUM, "2.9", "\"userns-remap\": \"default\"",
                          "moves Docker's data: images must be pulled again"),
        .title = "Root in a container is root on the host",
        .good = "Root in a container is nobody on the host",
        .act = "Turn user namespaces on",
        .consequence = "A process that leaves its container is root at once.",
        .why = "With userns-remap or a rootless engine uid 0 in the container has no rights outside.",
        .conds = {{"info", "SecurityOptions", pt_test_security_option, "userns|rootless", PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON("PT-DKR-CGROUP-PARENT", PT_LOW, "2.10", "remove \"cgroup-parent\""),
        .title = "Containers run under a cgroup of their own",
        .good = "Containers run under Docker's cgroup",
        .act = "Review the parent cgroup",
        .consequence = "Limits on Docker's cgroup do not hold for the containers.",
        .why = "A cgroup-parent moves all containers to where other limits hold, or none.",
        .conds = {{"config", "cgroup-parent", pt_test_empty, NULL, PT_PASS, "unset"}},
    },
    {
        DAEMON("PT-DKR-AUTHZ", PT_MEDIUM, "2.12", "\"authorization-plugins\": [\"NAME\"]"),
        .title = "Nothing judges what Docker is asked to do",
        .good = "An authorization plugin judges requests",
        .act = "Put an authorization plugin in front of Docker",
        .consequence = "Whoever may use the socket may start anything.",
        .why = "Docker knows only all or nothing: an authorization plugin is what refuses privileged containers and host mounts.",
        .conds = {{"info", "Plugins.Authorization", pt_test_not_empty, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON("PT-DKR-LOG-LOCAL", PT_MEDIUM, "2.13", "\"log-driver\": \"syslog\", \"log-opts\": {\"syslog-address\": \"tcp+tls://HOST:6514\"}"),
        .title = "Container logs stay on this host",
        .good = "Container logs leave this host",
        .act = "Send container logs elsewhere",
        .consequence = "Whoever takes the host deletes the traces.",
        .why = "Logs that exist only on the host they tell about are gone when they are needed.",
        .conds = {{"info", "LoggingDriver", pt_test_log_driver, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON("PT-DKR-NNP", PT_MEDIUM, "2.14", "\"no-new-privileges\": true"),
        .title = "Containers may gain privileges by default",
        .good = "Containers gain no privileges by default",
        .act = "Set no-new-privileges for all containers",
        .consequence = "One setuid program in an image makes its user root.",
        .why = "no-new-privileges makes setuid bits and file capabilities powerless in every container that does not ask otherwise.",
        .conds = {{"config", "no-new-privileges", pt_test_true, NULL, PT_FAIL, "unset, which means false"}},
    },
    {
        DAEMON("PT-DKR-LIVE-RESTORE", PT_LOW, "2.15", "\"live-restore\": true"),
        .title = "Containers stop when Docker restarts",
        .good = "Containers outlive a restart of Docker",
        .act = "Turn live-restore on",
        .consequence = "Security updates of Docker wait, because they stop everything.",
        .why = "Without live-restore an update of Docker interrupts every container, and so comes late.",
        .when = {"info", "Swarm.LocalNodeState", pt_test_one_of, "inactive", PT_NOT_EVALUATED, "Swarm excludes live-restore"},
        .conds = {{"info", "LiveRestoreEnabled", pt_test_true, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON("PT-DKR-PROXY", PT_LOW, "2.16", "\"userland-proxy\": false"),
        .title = "A user-space proxy carries published ports",
        .good = "The kernel alone carries published ports",
        .act = "Turn the user-space proxy off",
        .consequence = "One more process as root listens on every published port.",
        .why = "The proxy hides the sender's address from the container and runs as root for each port.",
        .conds = {{"config", "userland-proxy", pt_test_false, NULL, PT_FAIL, "unset, which means true"}},
    },
    {
        DAEMON("PT-DKR-SECCOMP", PT_HIGH, "2.17", "remove \"seccomp-profile\": \"unconfined\""),
        .title = "Containers run without a seccomp profile",
        .good = "Containers run under the default seccomp profile",
        .act = "Give containers the default seccomp profile back",
        .consequence = "Every system call of the kernel is open to every container.",
        .why = "The default profile closes some 50 system calls that kernel exploits need.",
        .conds = {{"info", "SecurityOptions", pt_test_seccomp_daemon, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON("PT-DKR-EXPERIMENTAL", PT_LOW, "2.18", "\"experimental\": false"),
        .title = "Docker runs experimental features",
        .good = "Docker runs no experimental features",
        .act = "Turn experimental features off",
        .consequence = "Untested code runs as root.",
        .why = "Experimental features get no security support.",
        .conds = {{"info", "ExperimentalBuild", pt_test_false, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON("PT-DKR-SELINUX", PT_MEDIUM, "5.3", "\"selinux-enabled\": true"),
        .title = "Docker does not use SELinux",
        .good = "Docker uses SELinux",
        .act = "Turn SELinux on in Docker",
        .consequence = "SELinux protects the host, and Docker's containers run past it.",
        .why = "On a host with SELinux dockerd labels containers only when it is told to.",
        .when = {"info", "SecurityOptions", pt_test_security_option, "selinux", PT_NOT_EVALUATED, ""},
        .conds = {{"config", "selinux-enabled", pt_test_true, NULL, PT_FAIL, "unset, which means false"}},
    },
};

const pt_check_table pt_docker_checks = {checks, PT_COUNT(checks)};
