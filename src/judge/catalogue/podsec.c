// Checks of the Pod Security Standards. They have no conditions: judge/podsec decides, and
// judge/workload/controls.c says which control each of them reports.
// clang-format off
#include "judge/catalogue/tables.h"

#define CONTROL(ID, SEVERITY, LEVEL, STANDARDS, SET)                                               \
    .id = ID, .severity = SEVERITY, .kind = PT_KIND_OBJECT,                                        \
    .interrupts = "rolls the pods",                                                                \
    .remedy = SET "\n",                                                                            \
    .standards = "PSS " LEVEL STANDARDS

#define BASELINE(ID, SEVERITY, STANDARDS, SET) CONTROL(ID, SEVERITY, "baseline", "; NSA/CISA: P" STANDARDS, SET)
#define RESTRICTED(ID, SEVERITY, STANDARDS, SET) CONTROL(ID, SEVERITY, "restricted", "; NSA/CISA: P" STANDARDS, SET)

static const pt_check checks[] = {
    {
        BASELINE("PT-PSS-PRIVILEGED", PT_CRITICAL, "; CIS Kubernetes 5.2.2; ATT&CK T1611", "securityContext:\n  privileged: false"),
        .title = "Container runs privileged",
        .good = "No container is privileged",
        .act = "Stop running %s privileged",
        .consequence = "A flaw in this container is root on the node.",
        .why = "A privileged container has all capabilities, all devices and no seccomp or AppArmor profile: mounting the node's disk is one command.",
    },
    {
        BASELINE("PT-PSS-HOSTNS", PT_HIGH, "; CIS Kubernetes 5.2.3, 5.2.4, 5.2.5", "spec:\n  hostNetwork: false\n  hostPID: false\n  hostIPC: false"),
        .title = "Pod shares namespaces of the node",
        .good = "Pod has namespaces of its own",
        .act = "Give %s its own namespaces",
        .consequence = "The pod sees the node's processes, or the services that listen on its loopback.",
        .why = "In the node's pid namespace /proc/1/root is its file system; in its network namespace the kubelet and every local service are in reach, past all network policies.",
    },
    {
        BASELINE("PT-PSS-HOSTPATH-SOCK", PT_CRITICAL, "; CIS Kubernetes 5.2.12; ATT&CK T1611", "# remove the volume; build images with BuildKit or kaniko instead of the node's socket"),
        .title = "Socket of the container runtime is mounted",
        .good = "No runtime socket in the pod",
        .act = "Take the runtime's socket away from %s",
        .consequence = "A flaw in this pod is root on the node.",
        .why = "Whoever speaks to the runtime starts a privileged container past every admission check. A read-only mount does not help: the socket still takes requests.",
    },
    {
        BASELINE("PT-PSS-HOSTPATH-CRED", PT_HIGH, "; CIS Kubernetes 5.2.12; ATT&CK T1552.001", "# remove the volume; use the cloud's workload identity"),
        .title = "Credentials of the node are mounted",
        .good = "No credential of the node in the pod",
        .act = "Take the node's credentials away from %s",
        .consequence = "The pod acts in the cloud, or in the cluster, as the node or its operator.",
        .why = "These files hold keys whose rights reach far beyond one pod and outlive it.",
    },
    {
        BASELINE("PT-PSS-HOSTPATH-SYS", PT_HIGH, "; CIS Kubernetes 5.2.12; ATT&CK T1611", "# use a ConfigMap, an emptyDir or a persistentVolumeClaim instead of hostPath"),
        .title = "A system folder of the node is mounted",
        .good = "No system folder of the node in the pod",
        .act = "Take the node's system folders away from %s",
        .consequence = "The pod reads or changes what the node runs and trusts.",
        .why = "Writing below /etc or the kubelet's folder is root on the node; reading there gives keys and the secrets of other pods; /var/log leads there by a link.",
    },
    {
        BASELINE("PT-PSS-HOSTPATH", PT_MEDIUM, "; CIS Kubernetes 5.2.12", "# use an emptyDir or a persistentVolumeClaim instead of hostPath"),
        .title = "A folder of the node is mounted",
        .good = "No other folder of the node in the pod",
        .act = "Give %s a volume instead of the node's folder",
        .consequence = "Data crosses between pods and tenants, and stays on the node.",
        .why = "A hostPath has no quota, no owner and no isolation; what one pod leaves there the next one finds.",
    },
    {
        BASELINE("PT-PSS-CAPS-ADMIN", PT_CRITICAL, "; CIS Kubernetes 5.2.9; ATT&CK T1611", "securityContext:\n  capabilities:\n    drop: [ALL]"),
        .title = "Container has the rights of an administrator",
        .good = "No container adds SYS_ADMIN or ALL",
        .act = "Take SYS_ADMIN away from %s",
        .consequence = "A flaw in this container is root on the node.",
        .why = "SYS_ADMIN mounts file systems and opens most of the kernel; ALL includes it.",
    },
    {
        BASELINE("PT-PSS-CAPS-HOST", PT_HIGH, "; CIS Kubernetes 5.2.9; ATT&CK T1611", "securityContext:\n  capabilities:\n    drop: [ALL]"),
        .title = "Capabilities let the container reach the node",
        .good = "No added capability reaches the node",
        .act = "Take the added capabilities away from %s",
        .consequence = "A flaw in this container reaches the node's kernel, network or memory.",
        .why = "Loading kernel code, tracing, raw devices, reading past permissions and changing the network: each is a known way out.",
    },
    {
        BASELINE("PT-PSS-CAPS", PT_MEDIUM, "; CIS Kubernetes 5.2.8, 5.2.9", "securityContext:\n  capabilities:\n    drop: [ALL]"),
        .title = "Container adds unusual capabilities",
        .good = "No capability beyond the default is added",
        .act = "Drop the added capabilities of %s",
        .consequence = "A flaw in this container reaches further than it must.",
        .why = "The default set is more than most services need; these come on top. NET_RAW forges packets.",
    },
    {
        BASELINE("PT-PSS-HOSTPORT", PT_MEDIUM, "; CIS Kubernetes 5.2.13", "# remove hostPort and put a Service before the pod"),
        .title = "A port of the node is taken",
        .good = "No port of the node is taken",
        .act = "Put a Service before %s instead of a hostPort",
        .consequence = "The service is open on the node's address, past network policies.",
        .why = "A hostPort is opened on every interface of the node by the network plugin, and many plugins apply no policy to it.",
    },
    {
        BASELINE("PT-PSS-PROBE-HOST", PT_LOW, "", "# remove `host` from the probe: the kubelet asks the pod itself"),
        .title = "A probe names a host",
        .good = "Probes ask the pod itself",
        .act = "Remove the host from the probes of %s",
        .consequence = "The kubelet sends requests wherever the author of the pod wants.",
        .why = "Probes run from the node: with a host they reach what the pod may not, such as metadata services.",
    },
    {
        BASELINE("PT-PSS-PROCMOUNT", PT_HIGH, "", "securityContext:\n  procMount: Default"),
        .title = "/proc is not masked",
        .good = "/proc is masked",
        .act = "Mask /proc in %s",
        .consequence = "The container reads kernel memory maps and changes kernel settings.",
        .why = "The default mount hides kcore, keys and timers and keeps sysrq and sysctl read-only.",
    },
    {
        BASELINE("PT-PSS-SELINUX", PT_MEDIUM, "", "# remove seLinuxOptions, or keep type container_t without user and role"),
        .title = "SELinux label is chosen by the pod",
        .good = "SELinux label is the default one",
        .act = "Remove the SELinux options of %s",
        .consequence = "On nodes with SELinux the container leaves its confinement.",
        .why = "Types such as spc_t, and other users and roles, are not confined as containers are.",
    },
    {
        BASELINE("PT-PSS-APPARMOR", PT_MEDIUM, "", "securityContext:\n  appArmorProfile:\n    type: RuntimeDefault"),
        .title = "AppArmor is switched off",
        .good = "AppArmor is not switched off",
        .act = "Give %s its AppArmor profile back",
        .consequence = "Writes below /proc and /sys, mount and ptrace meet no second wall.",
        .why = "The default profile denies what no ordinary container needs.",
    },
    {
        BASELINE("PT-PSS-SECCOMP-OFF", PT_HIGH, "; CIS Kubernetes 5.7.2", "securityContext:\n  seccompProfile:\n    type: RuntimeDefault"),
        .title = "seccomp is switched off",
        .good = "seccomp is not switched off",
        .act = "Give %s its seccomp profile back",
        .consequence = "Every system call of the kernel is open to this container.",
        .why = "The default profile closes the system calls that kernel exploits need.",
    },
    {
        BASELINE("PT-PSS-SYSCTL", PT_MEDIUM, "", "# remove the sysctl from spec.securityContext.sysctls"),
        .title = "Pod changes unsafe kernel settings",
        .good = "Pod changes safe kernel settings only",
        .act = "Remove the unsafe sysctls of %s",
        .consequence = "The setting weakens or exhausts the node for all other pods.",
        .why = "Only the settings of the safe list are kept apart for each pod.",
    },
    {
        BASELINE("PT-PSS-WINHOST", PT_HIGH, "; CIS Kubernetes 5.2.11", "securityContext:\n  windowsOptions:\n    hostProcess: false"),
        .title = "Windows container runs on the host itself",
        .good = "No Windows HostProcess container",
        .act = "Stop running %s as a HostProcess",
        .consequence = "A flaw in this container is the Windows node.",
        .why = "A HostProcess container is a process of the host with its file system and network.",
    },
    {
        RESTRICTED("PT-PSS-ESCALATION", PT_MEDIUM, "; CIS Kubernetes 5.2.6", "securityContext:\n  allowPrivilegeEscalation: false"),
        .title = "Processes may gain privileges",
        .good = "Processes gain no privileges",
        .act = "Forbid %s to gain privileges",
        .consequence = "One setuid program in the image makes its user root.",
        .why = "setuid bits and file capabilities are powerless without it; unset means allowed.",
    },
    {
        RESTRICTED("PT-PSS-CAPS-DROP", PT_MEDIUM, "; CIS Kubernetes 5.2.10", "securityContext:\n  capabilities:\n    drop: [ALL]"),
        .title = "Capabilities are not dropped",
        .good = "All capabilities are dropped",
        .act = "Drop all capabilities of %s",
        .consequence = "A flaw in this container starts with 14 rights of root that it does not need.",
        .why = "The runtime's default set includes forging packets and ignoring file permissions.",
    },
    {
        RESTRICTED("PT-PSS-CAPS-MORE", PT_LOW, "; CIS Kubernetes 5.2.9", "securityContext:\n  capabilities:\n    drop: [ALL]\n    add: [NET_BIND_SERVICE]"),
        .title = "Container adds default capabilities",
        .good = "Only NET_BIND_SERVICE is added",
        .act = "Add only NET_BIND_SERVICE to %s",
        .consequence = "The container keeps rights of root that the restricted level forbids.",
        .why = "Changing owners and users and ignoring permissions help an intruder more than a service.",
    },
    {
        RESTRICTED("PT-PSS-VOLUMES", PT_LOW, "", "# use a persistentVolumeClaim, a csi volume or another core type"),
        .title = "Volume type is not a core one",
        .good = "All volumes are of core types",
        .act = "Move the volumes of %s to claims",
        .consequence = "The pod picks storage, and its server, past the administrator.",
        .why = "Direct volumes name servers and paths in the pod, mount with the node's rights, and old drivers are gone from Kubernetes.",
    },
    {
        RESTRICTED("PT-PSS-NONROOT", PT_MEDIUM, "; CIS Kubernetes 5.2.7", "securityContext:\n  runAsNonRoot: true"),
        .title = "Process may run as root",
        .good = "Process runs as an ordinary user",
        .act = "Run %s as an ordinary user",
        .consequence = "Whoever takes the process is root in the container, one flaw from the node.",
        .why = "Without user namespaces root in the container is root for the kernel: most ways out need it.",
    },
    {
        RESTRICTED("PT-PSS-ROOT-UID", PT_MEDIUM, "; CIS Kubernetes 5.2.7", "securityContext:\n  runAsUser: 10001"),
        .title = "Process is told to run as root",
        .good = "No runAsUser is 0",
        .act = "Give %s a user other than 0",
        .consequence = "Whoever takes the process is root in the container, one flaw from the node.",
        .why = "runAsUser 0 overrides the image's ordinary user.",
    },
    {
        RESTRICTED("PT-PSS-SECCOMP", PT_MEDIUM, "; CIS Kubernetes 5.7.2", "securityContext:\n  seccompProfile:\n    type: RuntimeDefault"),
        .title = "No seccomp profile",
        .good = "A seccomp profile is set",
        .act = "Give %s a seccomp profile",
        .consequence = "Every system call of the kernel is open, unless the node has a default profile.",
        .why = "Unset means Unconfined where the kubelet does not run with seccompDefault.",
    },
};

const pt_check_table pt_podsec_checks = {checks, PT_COUNT(checks)};
