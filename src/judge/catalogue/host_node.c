// Checks of a Kubernetes node: the kubelet's settings as they count, and its files.
// clang-format off
#include "judge/catalogue/host_tests.h"
#include "judge/catalogue/kube_tests.h"
#include "judge/catalogue/tables.h"
#include "judge/engine/engine.h"

// A row about one setting of the kubelet.
#define KUBELET(ID, SEVERITY, FIELD, TEST, WANT, ABSENT, SHOWN, YAML)                              \
    .id = ID, .severity = SEVERITY, .kind = PT_KIND_HOST,                                          \
    .remedy = "# in the kubelet's configuration file (/var/lib/kubelet/config.yaml):\n" YAML "\nsystemctl restart kubelet\n", \
    .when = {"kubelet", NULL, pt_test_is_there, NULL, PT_NOT_APPLICABLE, "no kubelet on this host"}, \
    .conds = {{"kubelet/" FIELD, NULL, TEST, WANT, ABSENT, SHOWN}}

// A row about files that the kubelet names.
#define KUBELET_FILES(ID, SEVERITY, WHAT, WANT)                                                    \
    .id = ID, .severity = SEVERITY, .kind = PT_KIND_HOST, .interrupts = "nothing",                 \
    .when = {"kubelet", NULL, pt_test_is_there, NULL, PT_NOT_APPLICABLE, "no kubelet on this host"}, \
    .conds = {{"kube-files/" WHAT, NULL, pt_test_modes, WANT, PT_NOT_APPLICABLE, "there is no such file"}}

#define RESTARTS .interrupts = "restarts the kubelet; pods go on"

static const pt_check checks[] = {
    {
        KUBELET("PT-NODE-ANON", PT_CRITICAL, "authentication.anonymous.enabled", pt_test_false, NULL, PT_NOT_EVALUATED, "", "authentication: {anonymous: {enabled: false}}"), RESTARTS,
        .title = "The kubelet answers whoever asks",
        .good = "The kubelet asks everyone who he is",
        .act = "Turn anonymous requests to the kubelet off",
        .consequence = "Anyone who reaches port 10250 may become root in the pods of this node.",
        .why = "With anonymous requests on, only the authorization mode stands between the network and a shell in every pod.",
        .standards = "CIS Kubernetes 1.11: 4.2.1; NSA/CISA: A; BSI APP.4.4.A9",
    },
    {
        KUBELET("PT-NODE-AUTHZ", PT_CRITICAL, "authorization.mode", pt_test_one_of, "Webhook", PT_NOT_EVALUATED, "", "authorization: {mode: Webhook}"), RESTARTS,
        .title = "The kubelet allows everything",
        .good = "The kubelet asks the API server who may what",
        .act = "Set the kubelet's authorization to Webhook",
        .consequence = "Every identity that the kubelet knows may run commands in every pod.",
        .why = "AlwaysAllow, the flags' default without a configuration file, asks nobody.",
        .standards = "CIS Kubernetes 1.11: 4.2.2; NSA/CISA: A; BSI APP.4.4.A9",
    },
    {
        KUBELET("PT-NODE-CLIENT-CA", PT_HIGH, "authentication.x509.clientCAFile", pt_test_not_empty, NULL, PT_FAIL, "no client CA is set", "authentication: {x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}"), RESTARTS,
        .title = "The kubelet knows no certificates",
        .good = "The kubelet checks its clients' certificates",
        .act = "Give the kubelet the cluster's CA",
        .consequence = "The API server cannot prove to the kubelet that it is the API server.",
        .why = "Without a client CA no certificate is accepted, and what remains is tokens or nobody.",
        .standards = "CIS Kubernetes 1.11: 4.2.3",
    },
    {
        KUBELET("PT-NODE-READ-ONLY", PT_HIGH, "readOnlyPort", pt_test_one_of, "0", PT_NOT_EVALUATED, "", "readOnlyPort: 0"), RESTARTS,
        .title = "The kubelet opens its read-only port",
        .good = "The kubelet has no read-only port",
        .act = "Set the kubelet's read-only port to 0",
        .consequence = "Anyone on the network reads every pod's specification, environment included.",
        .why = "The read-only port asks nobody who he is.",
        .standards = "CIS Kubernetes 1.11: 4.2.4; NSA/CISA: A; BSI APP.4.4.A9",
    },
    {
        KUBELET("PT-NODE-IDLE", PT_LOW, "streamingConnectionIdleTimeout", pt_test_none_of, "0|0s|0m|0h|0ms|0m0s|0h0m0s", PT_NOT_EVALUATED, "", "streamingConnectionIdleTimeout: 5m"), RESTARTS,
        .title = "Idle sessions into pods never end",
        .good = "Idle sessions into pods end",
        .act = "Give idle sessions into pods a limit",
        .consequence = "Forgotten sessions hold connections and ports for ever.",
        .why = "0 as a flag means no limit; in a file it means the default of four hours.",
        .standards = "CIS Kubernetes 1.11: 4.2.5",
    },
    {
        .id = "PT-NODE-CERT", .severity = PT_MEDIUM, .kind = PT_KIND_HOST, RESTARTS,
        .title = "The kubelet signs its own certificate",
        .good = "The kubelet's certificate can be checked",
        .act = "Let the kubelet ask the cluster for a certificate",
        .consequence = "Whoever stands between API server and node reads logs and shells.",
        .why = "A certificate that the kubelet signs itself cannot be checked, so the API server does not.",
        .remedy = "# in /var/lib/kubelet/config.yaml: serverTLSBootstrap: true\nsystemctl restart kubelet\nkubectl get csr  # kubectl certificate approve NAME\n",
        .standards = "CIS Kubernetes 1.11: 4.2.9; BSI APP.4.4.A9",
        .when = {"kubelet", NULL, pt_test_is_there, NULL, PT_NOT_APPLICABLE, "no kubelet on this host"},
        .conds = {{"kubelet", NULL, pt_test_kubelet_cert, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        .id = "PT-NODE-ROTATE", .severity = PT_MEDIUM, .kind = PT_KIND_HOST, RESTARTS,
        .title = "The kubelet's certificates are not renewed",
        .good = "The kubelet renews its certificates",
        .act = "Let the kubelet renew its certificates",
        .consequence = "A stolen certificate is good for a year, and one day the node drops out.",
        .why = "kubeadm turns it on; the kubelet's own default is off.",
        .remedy = "# in /var/lib/kubelet/config.yaml: rotateCertificates: true\nsystemctl restart kubelet\n",
        .standards = "CIS Kubernetes 1.11: 4.2.10, 4.2.11",
        .when = {"kubelet", NULL, pt_test_is_there, NULL, PT_NOT_APPLICABLE, "no kubelet on this host"},
        .conds = {{"kubelet/rotateCertificates", NULL, pt_test_true, NULL, PT_NOT_EVALUATED, ""},
                  {"kubelet/featureGates.RotateKubeletServerCertificate", NULL, pt_test_true, NULL, PT_NOT_EVALUATED, ""}},
    },
    {
        .id = "PT-NODE-TLS", .severity = PT_MEDIUM, .kind = PT_KIND_HOST, RESTARTS,
        .title = "The kubelet accepts weak encryption",
        .good = "The kubelet accepts strong encryption only",
        .act = "Take old TLS versions and ciphers from the kubelet",
        .consequence = "Recorded logs and shells may be decrypted later.",
        .why = "Unset, Go's own list of versions and ciphers counts, which is kept up to date.",
        .remedy = "# in /var/lib/kubelet/config.yaml: tlsMinVersion: VersionTLS12\n# remove RC4, 3DES, CBC_SHA256 and TLS_RSA_ from tlsCipherSuites\nsystemctl restart kubelet\n",
        .standards = "CIS Kubernetes 1.11: 4.2.12; BSI APP.4.4.A9",
        .when = {"kubelet", NULL, pt_test_is_there, NULL, PT_NOT_APPLICABLE, "no kubelet on this host"},
        .conds = {{"kubelet/tlsMinVersion", NULL, pt_test_one_of, "VersionTLS12|VersionTLS13", PT_PASS, "unset: Go's own list"},
                  {"kubelet/tlsCipherSuites", NULL, pt_test_go_ciphers, NULL, PT_PASS, "unset: Go's own list"}},
    },
    {
        KUBELET("PT-NODE-SYSCTL", PT_LOW, "protectKernelDefaults", pt_test_true, NULL, PT_NOT_EVALUATED, "", "protectKernelDefaults: true"),
        .interrupts = "the kubelet does not start until the node's sysctls are right",
        .title = "The kubelet changes the kernel's settings",
        .good = "The kubelet leaves the kernel's settings",
        .act = "Let the kubelet keep the kernel's settings",
        .consequence = "What was hardened on the host is undone when the kubelet starts.",
        .why = "Unless told otherwise, the kubelet sets the sysctls that it wants without a word.",
        .standards = "CIS Kubernetes 1.24: 4.2.6",
    },
    {
        KUBELET("PT-NODE-IPTABLES", PT_LOW, "makeIPTablesUtilChains", pt_test_true, NULL, PT_NOT_EVALUATED, "", "makeIPTablesUtilChains: true"), RESTARTS,
        .title = "The kubelet keeps no packet filter rules",
        .good = "The kubelet keeps its packet filter rules",
        .act = "Let the kubelet keep its packet filter rules",
        .consequence = "Rules that pods and services need are missing or drift apart.",
        .why = "The kubelet keeps its chains in step with the pods; by hand nobody does.",
        .standards = "CIS Kubernetes 1.11: 4.2.6",
    },
    {
        KUBELET("PT-NODE-EVENTS", PT_LOW, "eventRecordQPS", pt_test_at_least, "0", PT_NOT_EVALUATED, "", "eventRecordQPS: 50"), RESTARTS,
        .title = "The kubelet's rate of events makes no sense",
        .good = "The kubelet records events",
        .act = "Give the kubelet a rate of events",
        .consequence = "Events that tell of an attack may be missing.",
        .why = "0 is no limit, above is events a second; less is no rate.",
        .standards = "CIS Kubernetes 1.11: 4.2.8",
    },
    {
        KUBELET("PT-NODE-PIDS", PT_MEDIUM, "podPidsLimit", pt_test_at_least, "1", PT_NOT_EVALUATED, "", "podPidsLimit: 4096"), RESTARTS,
        .title = "A pod may start processes without limit",
        .good = "Pods have a limit of processes",
        .act = "Limit the processes of a pod",
        .consequence = "One pod's fork bomb stops the whole node.",
        .why = "The default of -1 leaves every pod the whole table of processes.",
        .standards = "CIS Kubernetes 1.11: 4.2.13; BSI APP.4.4.A7",
    },
    {
        KUBELET("PT-NODE-SECCOMP", PT_MEDIUM, "seccompDefault", pt_test_true, NULL, PT_NOT_EVALUATED, "", "seccompDefault: true"),
        .interrupts = "restarts the kubelet; new pods lose unusual system calls",
        .title = "Pods run without seccomp by default",
        .good = "Pods have the runtime's seccomp profile",
        .act = "Make the runtime's seccomp profile the default",
        .consequence = "Every pod may try the kernel's rarest, least tested calls.",
        .why = "Without it a pod that does not ask for a profile has none: most do not ask.",
        .standards = "CIS Kubernetes 1.11: 4.2.14",
    },
    {
        .id = "PT-NODE-CONFIG-MODE", .severity = PT_HIGH, .kind = PT_KIND_HOST, .interrupts = "nothing",
        .title = "Others may write the kubelet's configuration",
        .good = "Only root writes the kubelet's configuration",
        .act = "Close the kubelet's configuration to others",
        .consequence = "Whoever may write it lets everyone into every pod of the node.",
        .why = "The file and its drop-ins say who may talk to the kubelet; the folder says which drop-ins there are.",
        .remedy = "chown root:root /var/lib/kubelet/config.yaml && chmod 600 /var/lib/kubelet/config.yaml\n",
        .standards = "CIS Kubernetes 1.11: 4.1.10",
        .when = {"kubelet", NULL, pt_test_is_there, NULL, PT_NOT_APPLICABLE, "no kubelet on this host"},
        .conds = {{"kube-files/kubelet-config", NULL, pt_test_modes, "644 0:0", PT_NOT_APPLICABLE, "the kubelet has no configuration file"},
                  {"kube-files/kubelet-folder", NULL, pt_test_modes, "755 0:0", PT_NOT_APPLICABLE, "the kubelet has no drop-ins"}},
    },
    {
        KUBELET_FILES("PT-NODE-UNIT-MODE", PT_HIGH, "kubelet-unit", "644 0:0"),
        .title = "Others may write the kubelet's unit",
        .good = "Only root writes the kubelet's unit",
        .act = "Close the kubelet's unit and drop-ins to others",
        .consequence = "Whoever may write it starts a program of his own as root.",
        .why = "systemd runs what ExecStart says, as root, at every boot.",
        .remedy = "systemctl cat kubelet  # names the files; for each:\nchown root:root FILE && chmod 600 FILE\n",
        .standards = "CIS Kubernetes 1.11: 4.1.2",
    },
    {
        .id = "PT-NODE-READ-MODE", .severity = PT_LOW, .kind = PT_KIND_HOST, .interrupts = "nothing",
        .title = "Others may read the kubelet's configuration",
        .good = "Only root reads the kubelet's configuration",
        .act = "Close the kubelet's files to readers",
        .consequence = "Every local user knows how the node is protected.",
        .why = "Neither file should hold a secret, but units do hold tokens at times; the benchmark wants 600.",
        .remedy = "chmod 600 /var/lib/kubelet/config.yaml\nsystemctl cat kubelet  # names the unit's files: chmod 600 each\n",
        .standards = "CIS Kubernetes 1.11: 4.1.1, 4.1.9",
        .when = {"kubelet", NULL, pt_test_is_there, NULL, PT_NOT_APPLICABLE, "no kubelet on this host"},
        .conds = {{"kube-files/kubelet-config", NULL, pt_test_modes, "600", PT_NOT_APPLICABLE, "the kubelet has no configuration file"},
                  {"kube-files/kubelet-unit", NULL, pt_test_modes, "600", PT_NOT_APPLICABLE, "the kubelet has no unit"}},
    },
    {
        KUBELET_FILES("PT-NODE-CREDENTIALS", PT_HIGH, "kubelet-kubeconfig", "600 0:0"),
        .title = "Others may read the kubelet's credentials",
        .good = "Only root reads the kubelet's credentials",
        .act = "Close kubelet.conf to others",
        .consequence = "Whoever reads it is this node towards the API server, with its pods' secrets.",
        .why = "The file holds, or names, the key with which the node proves who it is.",
        .remedy = "chown root:root /etc/kubernetes/kubelet.conf && chmod 600 /etc/kubernetes/kubelet.conf\n",
        .standards = "CIS Kubernetes 1.11: 4.1.5, 4.1.6",
    },
    {
        KUBELET_FILES("PT-NODE-CA-MODE", PT_HIGH, "kubelet-ca", "644 0:0"),
        .title = "Others may change whom the kubelet trusts",
        .good = "Only root says whom the kubelet trusts",
        .act = "Close the kubelet's client CA file to others",
        .consequence = "Whoever may write it signs himself a certificate for every pod.",
        .why = "The kubelet lets in whom this CA has signed.",
        .remedy = "chown root:root /etc/kubernetes/pki/ca.crt && chmod 644 /etc/kubernetes/pki/ca.crt\n",
        .standards = "CIS Kubernetes 1.11: 4.1.7, 4.1.8",
    },
    {
        .id = "PT-NODE-KEYS-MODE", .severity = PT_HIGH, .kind = PT_KIND_HOST, .interrupts = "nothing",
        .title = "Others may read the kubelet's keys",
        .good = "Only root reads the kubelet's keys",
        .act = "Close /var/lib/kubelet/pki to others",
        .consequence = "Whoever reads them is this node towards the API server.",
        .why = "The .pem files there hold certificate and key in one.",
        .remedy = "chown root:root /var/lib/kubelet/pki/* && chmod 600 /var/lib/kubelet/pki/*.pem /var/lib/kubelet/pki/*.key\n",
        .standards = "BSI APP.4.4.A9",
        .conds = {{"files//var/lib/kubelet/pki/*.pem", NULL, pt_test_modes, "600 0:0", PT_NOT_APPLICABLE, "the kubelet has no keys there"},
                  {"files//var/lib/kubelet/pki/*.key", NULL, pt_test_modes, "600 0:0", PT_NOT_APPLICABLE, "the kubelet has no keys there"}},
    },
};

const pt_check_table pt_host_node_checks = {checks, PT_COUNT(checks)};
