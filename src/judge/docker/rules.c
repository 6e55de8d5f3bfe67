// THE table of rules for Docker requests. A row says of which endpoints it is asked; its function
// lives in the file of its subject. docs/guard-docker.md explains each.
#include "judge/docker/judging.h"

#define C PT_DOCKER_CONTAINERS // made, started again, entered, served
// A container that is made or started, not one that is entered.
#define NEW (PT_DOCKER_MAKES | PT_DOCKER_STARTS | PT_DOCKER_SERVES)
// What a client asks for; the daemon stores its own default in the same field.
#define ASKED           (PT_DOCKER_MAKES | PT_DOCKER_SERVES)
#define ON(scope_, fn_) .scope = (scope_), .judge = (fn_)
#define NOTE            .notes = true

// clang-format off
static const pt_docker_rule rules[] = {
    // The request itself.
    {"PT-GRD-REQUEST", PT_HIGH, "request that can be read in two ways", "send it in its plain form"},
    {"PT-GRD-BODY", PT_HIGH, "body that cannot be judged", "send it whole, as plain JSON"},
    // Whose it is. Where one of these denies, the others are not asked: what is not the tenant's is not told.
    {"PT-GRD-TENANT", PT_HIGH, "nobody who is known here", "ask an administrator of this host for a certificate", ON(PT_DOCKER_SHARED, pt_docker_rule_tenant)},
    {"PT-GRD-TENANT-ENDPOINT", PT_HIGH, "request that is no tenant's", "ask an administrator of this host", ON(PT_DOCKER_SHARED, pt_docker_rule_tenant_endpoint)},
    {"PT-GRD-TENANT-OWN", PT_HIGH, "not known to be the tenant's", "name what is your own", ON(PT_DOCKER_SHARED, pt_docker_rule_tenant_own)},
    {"PT-GRD-TENANT-LABEL", PT_HIGH, "label that says whose it is", "give it --label paratia.tenant=TENANT", ON(PT_DOCKER_SHARED, pt_docker_rule_tenant_label)},
    {"PT-GRD-TENANT-NAME", PT_HIGH, "name that is not the tenant's", "begin it with the tenant's name and a dot: TENANT.web", ON(PT_DOCKER_SHARED, pt_docker_rule_tenant_name)},
    {"PT-GRD-TENANT-NETWORK", PT_HIGH, "network that is not the tenant's", "use --network TENANT.NAME of your own, or none", ON(PT_DOCKER_SHARED, pt_docker_rule_tenant_network)},
    {"PT-GRD-TENANT-LIST", PT_HIGH, "list of more than the tenant's", "give it --filter label=paratia.tenant=TENANT", ON(PT_DOCKER_SHARED, pt_docker_rule_tenant_list)},

    {"PT-GRD-ENDPOINT", PT_HIGH, "no endpoint that is known", "use the documented Engine API", ON(PT_DOCKER_UNKNOWN_ENDPOINT, pt_docker_rule_refuse)},
    {"PT-GRD-CONTAINER", PT_HIGH, "container that cannot be looked at", "let paratia read the daemon's data root", ON(PT_DOCKER_MAKES | PT_DOCKER_STARTS | PT_DOCKER_ENTERS | PT_DOCKER_UPDATES, pt_docker_rule_container)},
    {"PT-GRD-PROTECTED", PT_HIGH, "protected container", "ask an administrator of this host", ON(PT_DOCKER_TOUCHES | PT_DOCKER_CONNECTS | PT_DOCKER_MAKES | PT_DOCKER_SERVES, pt_docker_rule_protected)},
    {"PT-GRD-PROTECTED-PRUNE", PT_MEDIUM, "prune where containers are protected", "remove containers by name", ON(PT_DOCKER_PRUNES, pt_docker_rule_protected_prune)},

    // What gives a container the host.
    {"PT-GRD-PRIVILEGED", PT_CRITICAL, "privileged container", "run it without --privileged", ON(C, pt_docker_rule_privileged)},
    {"PT-GRD-CAPABILITIES", PT_CRITICAL, "capability beyond Docker's default", "drop it from --cap-add", ON(C, pt_docker_rule_capabilities)},
    {"PT-GRD-DEVICES", PT_CRITICAL, "device of the host", "run it without --device", ON(C, pt_docker_rule_devices)},
    {"PT-GRD-DEVICE-CGROUP", PT_CRITICAL, "access to device nodes", "run it without --device-cgroup-rule", ON(C, pt_docker_rule_device_cgroup)},
    {"PT-GRD-DEVICE-REQUESTS", PT_HIGH, "devices by a driver of the host", "run it without --gpus and CDI devices", ON(C, pt_docker_rule_device_requests)},
    {"PT-GRD-SECCOMP", PT_HIGH, "seccomp profile other than the daemon's", "drop --security-opt seccomp", ON(C, pt_docker_rule_seccomp)},
    {"PT-GRD-APPARMOR", PT_HIGH, "AppArmor profile other than docker-default", "drop --security-opt apparmor", ON(C, pt_docker_rule_apparmor)},
    {"PT-GRD-SELINUX", PT_HIGH, "SELinux label of the client's choice", "drop --security-opt label", ON(C, pt_docker_rule_selinux)},
    {"PT-GRD-NO-NEW-PRIVILEGES", PT_HIGH, "no-new-privileges switched off", "drop --security-opt no-new-privileges=false", ON(C, pt_docker_rule_no_new_privileges)},
    {"PT-GRD-WRITABLE-CGROUPS", PT_HIGH, "writable cgroups", "drop --security-opt writable-cgroups", ON(C, pt_docker_rule_writable_cgroups)},
    {"PT-GRD-SYSTEM-PATHS", PT_CRITICAL, "unprotected parts of /proc and /sys", "drop --security-opt systempaths=unconfined", ON(C, pt_docker_rule_system_paths)},
    {"PT-GRD-RUNTIME", PT_HIGH, "runtime other than the daemon's default", "run it without --runtime", ON(C, pt_docker_rule_runtime)},
    {"PT-GRD-ANNOTATIONS", PT_HIGH, "annotation that a runtime may obey", "run it without --annotation", ON(C, pt_docker_rule_annotations)},
    {"PT-GRD-SYSCTLS", PT_HIGH, "sysctl outside the safe set", "drop it from --sysctl", ON(C, pt_docker_rule_sysctls)},

    // Namespaces.
    {"PT-GRD-NET-HOST", PT_CRITICAL, "network namespace of the host", "use a network of its own", ON(C, pt_docker_rule_namespace), .of = "NetworkMode"},
    {"PT-GRD-PID-HOST", PT_CRITICAL, "process namespace of the host", "run it without --pid=host", ON(C, pt_docker_rule_namespace), .of = "PidMode"},
    {"PT-GRD-IPC-HOST", PT_CRITICAL, "IPC namespace of the host", "run it without --ipc=host", ON(C, pt_docker_rule_namespace), .of = "IpcMode"},
    {"PT-GRD-UTS-HOST", PT_HIGH, "UTS namespace of the host", "run it without --uts=host", ON(C, pt_docker_rule_namespace), .of = "UTSMode"},
    {"PT-GRD-USERNS-HOST", PT_CRITICAL, "user namespace of the host", "run it without --userns=host", ON(C, pt_docker_rule_namespace), .of = "UsernsMode"},
    {"PT-GRD-CGROUP-HOST", PT_HIGH, "cgroup namespace of the host", "run it without --cgroupns=host", ON(ASKED, pt_docker_rule_namespace), .of = "CgroupnsMode"},
    {"PT-GRD-NAMESPACE-JOIN", PT_MEDIUM, "namespace of another container", "give it namespaces of its own", ON(NEW, pt_docker_rule_join), NOTE},
    {"PT-GRD-CGROUP-PARENT", PT_HIGH, "cgroup of the client's choice", "run it without --cgroup-parent", ON(C, pt_docker_rule_cgroup_parent)},
    {"PT-GRD-GROUPS", PT_LOW, "additional groups", "run it without --group-add", ON(NEW, pt_docker_rule_group_add), NOTE},

    // Mounts.
    {"PT-GRD-BIND-PATH", PT_CRITICAL, "folder that belongs to the host", "use a volume, /srv/NAME, /data/NAME, or --allow-bind DIR", ON(C | PT_DOCKER_VOLUMES, pt_docker_rule_bind_path)},
    {"PT-GRD-BIND-LINK", PT_HIGH, "bind through a symbolic link", "bind the folder by its real path", ON(C | PT_DOCKER_VOLUMES, pt_docker_rule_bind_link)},
    {"PT-GRD-BIND-OPEN", PT_HIGH, "bind below a folder that others than root can write", "bind a folder all of whose parents are root's", ON(C | PT_DOCKER_VOLUMES, pt_docker_rule_bind_open)},
    {"PT-GRD-BIND-MISSING", PT_MEDIUM, "bind of what does not exist", "make the folder first, as root", ON(C | PT_DOCKER_VOLUMES, pt_docker_rule_bind_missing)},
    {"PT-GRD-BIND-DEPTH", PT_CRITICAL, "bind below a folder that containers may have", "bind what is right below /srv or /data, or what is allowed", ON(C | PT_DOCKER_VOLUMES, pt_docker_rule_bind_depth)},
    {"PT-GRD-BIND-NESTED", PT_CRITICAL, "bind below a folder that a container can write", "bind one folder for both, or the upper one read-only", ON(C | PT_DOCKER_VOLUMES, pt_docker_rule_bind_nested)},
    {"PT-GRD-SOCKET", PT_CRITICAL, "socket or device of the host", "keep it out of containers", ON(C | PT_DOCKER_VOLUMES, pt_docker_rule_socket)},
    {"PT-GRD-PROPAGATION", PT_HIGH, "mounts that spread to the host", "bind it as rprivate or rslave", ON(C, pt_docker_rule_propagation)},
    {"PT-GRD-MOUNT-TYPE", PT_HIGH, "mount of an unknown type", "use bind, volume, tmpfs or image", ON(C, pt_docker_rule_mount_type)},
    {"PT-GRD-VOLUME-OPTIONS", PT_CRITICAL, "volume with mount options", "use a plain volume", ON(C | PT_DOCKER_VOLUMES, pt_docker_rule_volume_options)},
    {"PT-GRD-VOLUME-DRIVER", PT_HIGH, "volume of a foreign driver", "use the driver local", ON(C | PT_DOCKER_VOLUMES, pt_docker_rule_volume_driver)},
    {"PT-GRD-VOLUMES-FROM", PT_HIGH, "volumes of a container that cannot be looked at", "name volumes one by one", ON(C, pt_docker_rule_volumes_from)},
    {"PT-GRD-TMPFS", PT_MEDIUM, "tmpfs with set-user-id programs or devices", "drop the options suid and dev", ON(C, pt_docker_rule_tmpfs)},

    // What harms others.
    {"PT-GRD-MEMORY", PT_MEDIUM, "no memory limit", "set --memory", ON(NEW, pt_docker_rule_memory), NOTE},
    {"PT-GRD-PIDS", PT_MEDIUM, "no limit of processes", "set --pids-limit", ON(NEW, pt_docker_rule_pids), NOTE},
    {"PT-GRD-OOM", PT_MEDIUM, "spared when memory runs out", "drop --oom-kill-disable and a negative --oom-score-adj", ON(NEW | PT_DOCKER_UPDATES, pt_docker_rule_oom)},
    {"PT-GRD-REALTIME", PT_MEDIUM, "realtime processor time", "drop --cpu-rt-runtime", ON(NEW | PT_DOCKER_UPDATES, pt_docker_rule_realtime)},
    {"PT-GRD-ULIMITS", PT_LOW, "limits of its own", "drop --ulimit", ON(NEW, pt_docker_rule_ulimits), NOTE},
    {"PT-GRD-LOG-DRIVER", PT_MEDIUM, "log driver that dials from the host", "use json-file, local or journald", ON(ASKED, pt_docker_rule_log_driver)},
    {"PT-GRD-RESTART", PT_LOW, "comes back by itself", "use --restart=on-failure", ON(NEW | PT_DOCKER_UPDATES, pt_docker_rule_restart), NOTE},
    {"PT-GRD-LINK-NAME", PT_CRITICAL, "link under what is no plain name", "give it an alias without slashes: --link NAME:db", ON(NEW | PT_DOCKER_CONNECTS, pt_docker_rule_link_name)},
    {"PT-GRD-LINKS", PT_LOW, "link to another container", "use a network of both", ON(NEW, pt_docker_rule_links), NOTE},
    {"PT-GRD-PORTS", PT_MEDIUM, "privileged or random port of the host", "publish a port of 1024 or above by number", ON(NEW, pt_docker_rule_ports), NOTE},
    {"PT-GRD-ADDRESSES", PT_LOW, "port on every address of the host", "publish it on one address", ON(NEW, pt_docker_rule_addresses), NOTE},
    {"PT-GRD-UPDATE", PT_MEDIUM, "limit lifted", "ask for limits no higher than they were", ON(PT_DOCKER_UPDATES, pt_docker_rule_update)},

    // Images.
    {"PT-GRD-IMAGE-TAG", PT_MEDIUM, "image by tag", "name the image by digest: NAME@sha256:…", ON(PT_DOCKER_MAKES | PT_DOCKER_SERVES | PT_DOCKER_PULLS, pt_docker_rule_tag)},
    {"PT-GRD-IMAGE-REGISTRY", PT_HIGH, "image from elsewhere than allowed", "use a registry that the policy lists", ON(PT_DOCKER_MAKES | PT_DOCKER_SERVES | PT_DOCKER_PULLS, pt_docker_rule_registry)},
    {"PT-GRD-IMAGE-SCAN", PT_HIGH, "image that is not known to be good", "scan it on this host: paratia scan NAME, or --all", ON(NEW, pt_docker_rule_scanned)},
    {"PT-GRD-IMAGE-IMPORT", PT_HIGH, "image from an archive or address", "pull it from a registry", ON(PT_DOCKER_PULLS, pt_docker_rule_import)},
    {"PT-GRD-IMAGE-LOAD", PT_HIGH, "images from an archive that nobody sees", "pull them from a registry", ON(PT_DOCKER_LOADS, pt_docker_rule_refuse)},
    {"PT-GRD-IMAGE-RETAG", PT_HIGH, "image under the name of an allowed registry", "pull it from that registry", ON(PT_DOCKER_TAGS | PT_DOCKER_BUILDS | PT_DOCKER_COMMITS | PT_DOCKER_PULLS, pt_docker_rule_retag)},
    {"PT-GRD-IMAGE-PUSH", PT_MEDIUM, "image leaves for another registry", "push to a registry that the policy lists", ON(PT_DOCKER_PUSHES, pt_docker_rule_push)},
    {"PT-GRD-COMMIT", PT_MEDIUM, "image made of a container", "build images elsewhere and pull them", ON(PT_DOCKER_COMMITS, pt_docker_rule_refuse)},
    {"PT-GRD-BUILD", PT_MEDIUM, "build from a Dockerfile that nobody sees", "build images elsewhere and pull them", ON(PT_DOCKER_BUILDS, pt_docker_rule_refuse)},
    {"PT-GRD-BUILD-REMOTE", PT_HIGH, "the daemon fetches the build's sources", "send them with the build", ON(PT_DOCKER_BUILDS, pt_docker_rule_build_remote)},
    {"PT-GRD-BUILD-NETWORK", PT_CRITICAL, "build in the network of the host or of a container", "build without --network", ON(PT_DOCKER_BUILDS, pt_docker_rule_build_network)},
    {"PT-GRD-BUILD-CGROUP", PT_HIGH, "build in a cgroup of the client's choice", "build without --cgroup-parent", ON(PT_DOCKER_BUILDS, pt_docker_rule_build_cgroup)},
    {"PT-GRD-BUILD-SECURITY", PT_HIGH, "build with security options", "build without --security-opt", ON(PT_DOCKER_BUILDS, pt_docker_rule_build_security)},
    {"PT-GRD-BUILD-OUTPUT", PT_HIGH, "build that writes its result elsewhere", "build without --output", ON(PT_DOCKER_BUILDS, pt_docker_rule_build_output)},
    {"PT-GRD-BUILD-SESSION", PT_HIGH, "build over a channel that nobody can look into", "build with DOCKER_BUILDKIT=0, or elsewhere", ON(PT_DOCKER_BUILDS, pt_docker_rule_build_session)},
    {"PT-GRD-TUNNEL", PT_HIGH, "channel that nobody can look into", "build with DOCKER_BUILDKIT=0, or elsewhere", ON(PT_DOCKER_TUNNELS, pt_docker_rule_refuse)},

    // Inside a container.
    {"PT-GRD-EXEC-PRIVILEGED", PT_CRITICAL, "privileged exec", "exec without --privileged", ON(PT_DOCKER_EXECS, pt_docker_rule_exec_privileged)},
    {"PT-GRD-EXEC-USER", PT_MEDIUM, "exec as root in a container of another user", "exec without --user", ON(PT_DOCKER_EXECS, pt_docker_rule_exec_user), NOTE},
    {"PT-GRD-EXEC-ENV", PT_LOW, "exec with a loader's variables", "exec without LD_ variables", ON(PT_DOCKER_EXECS, pt_docker_rule_exec_env), NOTE},
    {"PT-GRD-COPY-IN", PT_HIGH, "archive that nobody sees, into a container", "put files into the image or a volume", ON(PT_DOCKER_COPIES_IN, pt_docker_rule_refuse)},
    {"PT-GRD-CHECKPOINT", PT_HIGH, "checkpoint", "start it afresh", ON(PT_DOCKER_CHECKPOINTS, pt_docker_rule_checkpoint)},
    {"PT-GRD-CHECKPOINT-FOLDER", PT_CRITICAL, "checkpoint in a folder of the host", "name no checkpoint folder", ON(PT_DOCKER_CHECKPOINTS, pt_docker_rule_checkpoint_folder)},
    {"PT-GRD-READS", PT_LOW, "data leave the host", "allow it to those who may see them", ON(PT_DOCKER_READS, pt_docker_rule_reads), NOTE},

    // Networks.
    {"PT-GRD-NETWORK-DRIVER", PT_HIGH, "network of another driver than bridge and overlay", "use bridge", ON(PT_DOCKER_NETWORKS, pt_docker_rule_network_driver)},
    {"PT-GRD-NETWORK-OPTIONS", PT_HIGH, "network option that reaches into the host", "drop the option", ON(PT_DOCKER_NETWORKS, pt_docker_rule_network_options)},
    {"PT-GRD-NETWORK-FROM", PT_MEDIUM, "network with another one's configuration", "name its options", ON(PT_DOCKER_NETWORKS, pt_docker_rule_network_from)},
    {"PT-GRD-NETWORK-IPAM", PT_MEDIUM, "addresses by a foreign driver", "use the default driver of addresses", ON(PT_DOCKER_NETWORKS, pt_docker_rule_network_ipam)},
    {"PT-GRD-NETWORK-INGRESS", PT_HIGH, "ingress network of the swarm", "leave it to the administrator", ON(PT_DOCKER_NETWORKS, pt_docker_rule_network_ingress)},
    {"PT-GRD-ENDPOINT-OPTIONS", PT_HIGH, "driver options of an endpoint", "connect it without driver options", ON(PT_DOCKER_MAKES | PT_DOCKER_SERVES | PT_DOCKER_CONNECTS, pt_docker_rule_endpoint_options)},

    // The daemon and its swarm.
    {"PT-GRD-PLUGIN", PT_CRITICAL, "managed plugins run as root on the host", "leave plugins to the administrator", ON(PT_DOCKER_PLUGINS, pt_docker_rule_refuse)},
    {"PT-GRD-PLUGIN-PRIVILEGES", PT_CRITICAL, "privileges for a plugin", "leave plugins to the administrator", ON(PT_DOCKER_GRANTS, pt_docker_rule_plugin_privileges)},
    {"PT-GRD-PLUGIN-DISABLE", PT_CRITICAL, "plugin switched off or removed", "leave plugins to the administrator", ON(PT_DOCKER_UNPLUGS, pt_docker_rule_refuse)},
    {"PT-GRD-SWARM", PT_CRITICAL, "swarm and its nodes", "leave the swarm to the administrator", ON(PT_DOCKER_CLUSTERS, pt_docker_rule_refuse)},
    {"PT-GRD-SECRETS", PT_LOW, "secrets and configurations of the swarm", "leave them to the administrator", ON(PT_DOCKER_SECRETS, pt_docker_rule_refuse), NOTE},
    {"PT-GRD-TEMPLATING", PT_MEDIUM, "secret or configuration that is a template", "send it as plain data", ON(PT_DOCKER_SECRETS, pt_docker_rule_templating)},
    {"PT-GRD-SERVICE-PLUGIN", PT_CRITICAL, "service that installs plugins on every node", "run containers", ON(PT_DOCKER_SERVES, pt_docker_rule_service_plugin)},
    {"PT-GRD-SERVICE-NETWORK", PT_HIGH, "network whose name may be an id", "use a network with _, - or a capital in its name", ON(PT_DOCKER_SERVES, pt_docker_rule_service_network)},
    {"PT-GRD-SERVICE-CREDENTIALS", PT_HIGH, "credential specification", "run it without --credential-spec", ON(PT_DOCKER_SERVES, pt_docker_rule_service_credentials)},
    {"PT-GRD-VOLUME-CLUSTER", PT_HIGH, "cluster volume", "leave it to the administrator", ON(PT_DOCKER_CLUSTER_VOLUMES, pt_docker_rule_refuse)},
    {"PT-GRD-DEBUG", PT_HIGH, "memory and profile of the daemon", "ask an administrator of this host", ON(PT_DOCKER_DEBUGS, pt_docker_rule_refuse)},
};
// clang-format on

const pt_docker_rule *pt_docker_rules(size_t *ret_n) {
    *ret_n = PT_COUNT(rules);
    return rules;
}
