// Checks of the Docker daemon, its swarm and its networks (CIS Docker Benchmark 1.6, sections 2,
// 3.9 to 3.14, 5.1, 5.3 and 7: ids only). Facts: collect/docker/docker.h. Unset options have
// defaults, which `absent` states.
// clang-format off
#include "judge/catalogue/docker_tests.h"
#include "judge/catalogue/tables.h"
#include "judge/engine/engine.h"

#define DAEMON(ID, SEVERITY, CIS, SET)                                                             \
    DAEMON_INTERRUPTS(ID, SEVERITY, CIS, SET, "restarts Docker, and its containers without live-restore")
#define DAEMON_INTERRUPTS(ID, SEVERITY, CIS, SET, WHAT)                                            \
    DAEMON_DO(ID, SEVERITY, CIS, "# in /etc/docker/daemon.json:\n" SET "\nsystemctl restart docker", WHAT)
#define DAEMON_DO(ID, SEVERITY, CIS, DO, WHAT)                                                     \
    DAEMON_BY(ID, SEVERITY, "CIS Docker 1.6: " CIS, DO, WHAT)
#define DAEMON_BY(ID, SEVERITY, STANDARDS, DO, WHAT)                                               \
    .id = ID, .severity = SEVERITY, .kind = PT_KIND_DOCKER,                                        \
    .interrupts = WHAT,                                                                            \
    .remedy = DO "\n",                                                                             \
    .standards = STANDARDS

// The mode and owner of the file that a TLS option of the daemon names.
#define TLS_FILE(OPTION, MODE)                                                                     \
    .conds = {{OPTION, NULL, pt_test_mode, MODE, PT_NOT_APPLICABLE, OPTION " is unset"}}

// Section 7 holds for a swarm only, and only a manager tells.
#define IN_SWARM {"info", "Swarm.LocalNodeState", pt_test_known_word, "active|pending|locked|error/inactive|", PT_NOT_EVALUATED, ""}

#define NETWORK(ID, SEVERITY, CIS)                                                                 \
    .id = ID, .severity = SEVERITY, .kind = PT_KIND_NETWORK,                                       \
    .interrupts = "the services on that network while it is made anew",                            \
    .standards = "CIS Docker 1.6: " CIS

static const pt_check checks[] = {
    {
        DAEMON("PT-DKR-TCP", PT_CRITICAL, "2.7", "\"hosts\": [\"unix:///run/docker.sock\"]"),
        .title = "Docker API listens on TCP without TLS",
        .good = "Docker API asks for client certificates",
        .act = "Close Docker's open TCP port",
        .consequence = "Anyone on the network starts a container with the host's disk, without a login.",
        .why = "The API has no login of its own: without verified client certificates whoever reaches the port is root on this host. It is scanned for around the clock.",
        .conds = {{"reached", NULL, pt_test_reached, NULL, PT_NOT_APPLICABLE, "asked over a Unix socket"},
                  {"config", NULL, pt_test_hosts_tls, NULL, PT_NOT_APPLICABLE, "no daemon with a configuration"},
                  {"activation", NULL, pt_test_hosts_tls, NULL, PT_NOT_APPLICABLE, "systemd does not listen for it"}},
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
                  {"config", "log-level", pt_test_known_word, "info|warn|warning|error|fatal|panic/debug|trace", PT_PASS, "unset, which means info"}},
    },
    {
        DAEMON("PT-DKR-IPTABLES", PT_MEDIUM, "2.4", "\"iptables\": true"),
        .title = "Docker does not manage its firewall rules",
        .good = "Docker manages its firewall rules",
        .act = "Let Docker manage its firewall rules",
        .consequence = "Published ports and separation depend on rules that nobody updates.",
        .why = "Without its rules containers are neither separated nor reachable as configured. The option holds for the nftables backend too.",
        .conds = {{"config", "iptables", pt_test_true, NULL, PT_PASS, "unset, which means true"},
                  {"config", "ip6tables", pt_test_true, NULL, PT_PASS, "unset, which means the engine's default"}},
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
        .conds = {{"info", "Driver", pt_test_other_word, "aufs|overlay|devicemapper", PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON("PT-DKR-ULIMIT", PT_LOW, "2.8", "\"default-ulimits\": {\"nofile\": {\"Name\": \"nofile\", \"Soft\": 1024, \"Hard\": 4096}}"),
        .title = "Containers have no default ulimits",
        .good = "Containers have default ulimits",
        .act = "Set default ulimits",
        .consequence = "One container opens all the files that the host can.",
        .why = "Without defaults a container inherits the daemon's limits, which are high or none.",
        .conds = {{"config", "default-ulimits", pt_test_ulimits, NULL, PT_FAIL, "default-ulimits is unset"}},
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
        .conds = {{"config", "cgroup-parent", pt_test_no_word, NULL, PT_PASS, "unset"}},
    },
    {
        DAEMON("PT-DKR-AUTHZ", PT_MEDIUM, "2.12", "\"authorization-plugins\": [\"NAME\"]"),
        .title = "Nothing judges what Docker is asked to do",
        .good = "An authorization plugin judges requests",
        .act = "Put an authorization plugin in front of Docker",
        .consequence = "Whoever may use the socket may start anything.",
        .why = "Docker knows only all or nothing: an authorization plugin is what refuses privileged containers and host mounts.",
        .conds = {{"info", "Plugins.Authorization", pt_test_plugins, NULL, PT_NOT_EVALUATED, ""}},
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
        .conds = {{"no-new-privileges", NULL, pt_test_true, NULL, PT_FAIL, "unset, which means false"}},
    },
    {
        DAEMON("PT-DKR-LIVE-RESTORE", PT_LOW, "2.15", "\"live-restore\": true"),
        .title = "Containers stop when Docker restarts",
        .good = "Containers outlive a restart of Docker",
        .act = "Turn live-restore on",
        .consequence = "Security updates of Docker wait, because they stop everything.",
        .why = "Without live-restore an update of Docker interrupts every container, and so comes late.",
        .when = {"info", "Swarm.LocalNodeState", pt_test_known_word, "inactive/active|pending|locked|error", PT_NOT_EVALUATED, "Swarm excludes live-restore"},
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
    {
        DAEMON_DO("PT-DKR-ROOTLESS", PT_INFO, "2.1", "dockerd-rootless-setuptool.sh install  # as the user who shall own it", "moves to another daemon: images and containers are made anew"),
        .title = "Docker runs as root",
        .good = "Docker runs as an ordinary user",
        .act = "Decide whether Docker can run rootless",
        .consequence = "A flaw in the daemon is root on the host.",
        .why = "A rootless engine has no more rights than its user. It lacks some networks, storage drivers and limits: whether that fits, only a human can say.",
        .conds = {{"info", "SecurityOptions", pt_test_security_option, "rootless", PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON("PT-DKR-BASESIZE", PT_LOW, "2.11", "remove \"dm.basesize=…\" from \"storage-opts\""),
        .title = "The base size of containers is changed",
        .good = "The base size of containers is the default",
        .act = "Review the base size of devicemapper",
        .consequence = "Containers fill the disk that they share.",
        .why = "A larger base device lets each container write more than the pool was made for.",
        .when = {"info", "Driver", pt_test_known_word, "devicemapper/*", PT_NOT_EVALUATED, ""},
        .conds = {{"config", "storage-opts", pt_test_none_starts, "dm.basesize", PT_PASS, "storage-opts is unset"}},
    },
    {
        DAEMON_BY("PT-DKR-LOG-SIZE", PT_MEDIUM, "CIS Debian 12: 6.1.3.8", "# in /etc/docker/daemon.json:\n\"log-opts\": {\"max-size\": \"10m\", \"max-file\": \"3\"}\nsystemctl restart docker", "restarts Docker, and its containers without live-restore"),
        .title = "Container logs grow without end",
        .good = "Container logs have a largest size",
        .act = "Bound the size of container logs",
        .consequence = "One noisy container fills the disk and stops every other one.",
        .why = "json-file never rotates unless max-size is set; it holds for containers made afterwards.",
        .when = {"info", "LoggingDriver", pt_test_known_word, "json-file/*", PT_NOT_EVALUATED, ""},
        .conds = {{"config", "log-opts", pt_test_max_size, NULL, PT_FAIL, "log-opts is unset"}},
    },
    {
        DAEMON_DO("PT-DKR-TLS-CA", PT_HIGH, "3.9, 3.10", "chown root:root FILE && chmod 444 FILE  # FILE: tlscacert of daemon.json", "nothing"),
        .title = "Others may exchange the CA of the Docker API",
        .good = "Only root exchanges the CA of the Docker API",
        .act = "Close the file of tlscacert to others",
        .consequence = "Whoever writes it lets his own certificate into the API: that is root.",
        .why = "The CA decides which clients the API takes.",
        TLS_FILE("tlscacert", "444 0:0"),
    },
    {
        DAEMON_DO("PT-DKR-TLS-CERT", PT_MEDIUM, "3.11, 3.12", "chown root:root FILE && chmod 444 FILE  # FILE: tlscert of daemon.json", "nothing"),
        .title = "Others may exchange Docker's certificate",
        .good = "Only root exchanges Docker's certificate",
        .act = "Close the file of tlscert to others",
        .consequence = "Whoever writes it takes the API away from its clients.",
        .why = "Clients trust the API by this certificate.",
        TLS_FILE("tlscert", "444 0:0"),
    },
    {
        DAEMON_DO("PT-DKR-TLS-KEY", PT_HIGH, "3.13, 3.14", "chown root:root FILE && chmod 400 FILE  # FILE: tlskey of daemon.json; make a new key if it was open", "nothing"),
        .title = "Others may read Docker's private key",
        .good = "Only root reads Docker's private key",
        .act = "Close the file of tlskey to others",
        .consequence = "Whoever reads it speaks as this Docker to its clients.",
        .why = "With the key anyone between client and daemon reads and changes what is asked.",
        TLS_FILE("tlskey", "400 0:0"),
    },
    {
        DAEMON_BY("PT-DKR-SOCKET-MODE", PT_CRITICAL, "CIS Docker 1.6: 3.15, 3.16", "chown root:docker SOCKET && chmod 660 SOCKET  # SOCKET: the one that the daemon was asked through", "nothing"),
        .title = "Any user may talk to this Docker",
        .good = "Only root and its group talk to this Docker",
        .act = "Close the socket of this Docker to others",
        .consequence = "Every local user, and every service, is root on this host.",
        .why = "Whoever may write to the socket starts a container with the host's disk. A rootless engine's socket is its user's.",
        .conds = {{"socket", NULL, pt_test_socket_mode, "660 0:*", PT_NOT_APPLICABLE, "over TCP, or a file that PT-HOST-DOCKER-SOCK judges"}},
    },
    {
        DAEMON_DO("PT-DKR-SWARM", PT_INFO, "5.1", "docker swarm leave --force  # only if nothing runs on it", "every service of the swarm on this node"),
        .title = "Swarm mode is on",
        .good = "Swarm mode is off",
        .act = "Decide whether Swarm is needed",
        .consequence = "Ports for the swarm's own traffic are open without use.",
        .why = "Swarm opens three more ports and takes orders from its managers. Whether it is wanted, only a human can say.",
        .conds = {{"info", "Swarm.LocalNodeState", pt_test_known_word, "inactive/active|pending|locked|error", PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON_DO("PT-DKR-MANAGERS", PT_MEDIUM, "7.1", "docker node promote NODE  # or demote, until there are 3, 5 or 7", "nothing"),
        .title = "The number of managers is not safe",
        .good = "The number of managers is safe",
        .act = "Have 3, 5 or 7 managers",
        .consequence = "One lost manager leaves the swarm without a head.",
        .why = "A swarm decides by majority: one manager is a single point of failure, an even number adds none of its own, more than seven add attack surface.",
        .when = IN_SWARM,
        .conds = {{"nodes", NULL, pt_test_managers, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON_DO("PT-DKR-AUTOLOCK", PT_LOW, "7.5", "docker swarm update --autolock=true  # keep the key that it prints elsewhere", "nothing; a restarted manager then waits for its key"),
        .title = "The keys of the swarm lie open on disk",
        .good = "The keys of the swarm are locked",
        .act = "Lock the managers of the swarm",
        .consequence = "Whoever copies a manager's disk has every secret of the swarm.",
        .why = "The keys of the log of secrets and of the managers' TLS lie beside it, unless autolock encrypts them.",
        .when = IN_SWARM,
        .conds = {{"swarm", "Spec.EncryptionConfig.AutoLockManagers", pt_test_true, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        DAEMON_DO("PT-DKR-NODE-CERT", PT_LOW, "7.7", "docker swarm update --cert-expiry 2160h", "nothing"),
        .title = "Certificates of nodes live too long",
        .good = "Certificates of nodes are renewed in time",
        .act = "Shorten the life of the nodes' certificates",
        .consequence = "A stolen certificate of a node stays good for long.",
        .why = "Nodes renew their certificates by themselves; Docker's default is 90 days.",
        .when = IN_SWARM,
        .conds = {{"swarm", "Spec.CAConfig.NodeCertExpiry", pt_test_hours_at_most, "2160", PT_NOT_EVALUATED, ""}},
    },
    {
        NETWORK("PT-NET-ENCRYPT", PT_MEDIUM, "7.3"),
        .title = "Traffic between nodes is not encrypted",
        .good = "Traffic between nodes is encrypted",
        .act = "Encrypt the overlay network %s",
        .consequence = "Whoever is on the way between two nodes reads what containers say.",
        .why = "Overlay networks carry containers' traffic in clear over the hosts' network unless they are made with --opt encrypted.",
        .remedy = "docker network create --driver overlay --opt encrypted NAME  # then move the services\n",
        .when = {"inspect", NULL, pt_test_overlay, "own", PT_NOT_EVALUATED, ""},
        .conds = {{"inspect", "Options", pt_test_encrypted, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        NETWORK("PT-NET-INGRESS", PT_LOW, "7.3"),
        .title = "The swarm's ingress traffic is not encrypted",
        .good = "The swarm's ingress traffic is encrypted",
        .act = "Encrypt the ingress network %s",
        .consequence = "Requests to published ports pass between nodes in clear.",
        .why = "The routing mesh hands requests from node to node over this network.",
        .remedy = "docker network rm ingress\ndocker network create --driver overlay --ingress --opt encrypted ingress\n",
        .when = {"inspect", NULL, pt_test_overlay, "ingress", PT_NOT_EVALUATED, ""},
        .conds = {{"inspect", "Options", pt_test_encrypted, NULL, PT_NOT_EVALUATED, ""}},
    },
};

const pt_check_table pt_docker_checks = {checks, PT_COUNT(checks)};
