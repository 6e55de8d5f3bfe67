// paratia guard: what may be done is asked here before it is done.
#include "cli/guard_docker.h"
#include "cli/guard_k8s_live.h"
#include "cli/verbs.h"

const pt_option pt_guard_options[] = {
    {"learn", NULL, "judge and never deny; at the end say what would be", NULL, "Mode"},
    {"enforce", NULL, "deny, with the reason in the message", NULL, NULL},
    {"rules", NULL, "list the rules and what each says, then end", NULL, NULL},
    {"audit", NULL, "judge what the cluster holds, report it, then end", NULL, NULL},
    {"usage", NULL, "say which policy and which kind takes what memory, then end", NULL, NULL},
    {"ca-bundle", NULL, "print whom clients must trust, then end", NULL, NULL},
    {"level", "LEVEL", "Pod Security, too: baseline or restricted", "off", "What"},
    {"pod-security", "FILE", "instead of --level: a PodSecurityConfiguration", NULL, NULL},
    {"policy", "PATH,…", "Gatekeeper's templates and constraints", NULL, NULL},
    {"objects", "PATH,…", "Namespaces and other objects of the cluster", NULL, NULL},
    {"data", "PATH,…", "Rego and data that OPA's REST API answers by", NULL, NULL},
    {"exclude", "NAME,…", "namespaces that are not judged, as globs", "kube-system,paratia-system",
     NULL},
    {"glass-group", "NAME,…", "who may break the glass", "system:masters", NULL},
    {"timeout", "TIME", "for one review; then it is denied", "2s", NULL},
    {"allow", "ID,…", "rules that do not apply", NULL, NULL},
    {"deny", "ID,…", "rules that deny, though by default they only note", NULL, NULL},
    {"allow-bind", "DIR,…", "folders that may be bound; 'DIR/*': those below it", NULL, NULL},
    {"registry", "PREFIX,…", "images come from these only", "any", NULL},
    {"allow-tags", NULL, "images by tag, too, not by digest alone", NULL, NULL},
    {"scanned", "TIME", "only images whose last scan is good and no older", NULL, NULL},
    {"scanned-fail-on", "SEVERITY", "no finding of that scan from it on", "high", NULL},
    {"scanned-ignore-unfixed", NULL, "of these those that have a fix", NULL, NULL},
    {"scanned-except", "FROM=WHY,…", "images from there without a scan", NULL, NULL},
    {"scanned-warn", NULL, "say what --scanned would deny, and let it in", NULL, NULL},
    {"scanned-by-name", NULL, "a tag is good if its last image was", NULL, NULL},
    {"protect", "NAME,…", "containers that nobody may stop or remove", NULL, NULL},
    {"tenants", "PATH,…", "who shares the daemon, by certificates: a file or folder", NULL, NULL},
    {"config", "FILE", "the same as YAML; SIGHUP reads it again", NULL, NULL},
    {"socket", "PATH", "where the daemon asks", PT_GUARD_SOCKET, "Where"},
    {"docker-root", "DIR", "the daemon's data root", "/var/lib/docker", NULL},
    {"engine", "PATH", "the daemon's socket, to look at it", PT_GUARD_ENGINE, NULL},
    {"listen", "ADDR:PORT", "where the API server asks, over TLS", PT_GUARD_LISTEN, NULL},
    {"probe-listen", "WHERE", "health and metrics, without TLS: ADDR:PORT or a path", NULL, NULL},
    {"drain", "TIME", "how long it answers on when it is to end", "0s", NULL},
    {"state", "DIR", "where the ledger is kept", "/var/lib/paratia", NULL},
    {"receipts", "HOW", "best-effort: go on if the ledger takes none", "required", NULL},
    {"tls-name", "NAME,…", "names in the certificate that it makes itself", "localhost", "TLS"},
    {"cert-life", "TIME", "how long that certificate lives", "30d", NULL},
    {"ca-life", "TIME", "how long the authority lives that signs it", "365d", NULL},
    {"cert", "FILE", "a given certificate instead, read again when it changes", NULL, NULL},
    {"key", "FILE", "its key", NULL, NULL},
    {"client-ca", "FILE", "clients must show a certificate of these authorities", NULL, NULL},
    {"kubeconfig", "FILE", "how the API server is reached", NULL, "Cluster"},
    {"in-cluster", NULL, "as a pod reaches it, by its service account", NULL, NULL},
    {"cluster-policies", NULL, "templates and constraints that it holds judge, too", NULL, NULL},
    {"config-namespace", "NS", "in which Gatekeeper's Config counts", PT_LIVE_NAMESPACE, NULL},
    {"write-crds", NULL, "make the kinds of these templates, as Gatekeeper does", NULL, NULL},
    {"webhook", "NAME", "keep the caBundle of this configuration current", NULL, NULL},
    {"cert-secret", "NS/NAME", "share the certificates through this Secret", NULL, NULL},
    {"json", NULL, "a line of JSON for each decision; of an audit one document", NULL, "Say"},
    {"decision-log", "FILE", "instead: OPA's decision log, - for standard output", NULL, NULL},
    {"quiet", NULL, "only errors and the summary line", NULL, NULL},
    {"ascii", NULL, "signs in ASCII", NULL, NULL},
    {"write", NULL, "PolicyReports, and the status of constraints", NULL, "Audit"},
    {"all", NULL, "every finding with evidence, passes too", NULL, NULL},
    {"output", "FORMAT=FILE", "html, json, sarif; repeatable", "terminal", NULL},
    {"fail-on", "SEVERITY", "exit 1 from here on", "high", NULL},
    {"strict", NULL, "exit 1 also if something was not evaluated", NULL, NULL},
    {"baseline", "FILE", "a JSON report: only what is not in it", NULL, NULL},
    {"against", "last", "only what the last run had not seen", NULL, NULL},
    {"no-record", NULL, "leave no receipt", NULL, NULL},
    {"color", "WHEN", "auto, always, never; NO_COLOR is heeded", "auto", NULL},
    {"issue", "USER", "make a tenant's certificate and key, then end", NULL, "Tenants"},
    {"to", "DIR", "the folder that they are put into", "USER", NULL},
    {"life", "TIME", "how long that certificate lives", "7d", NULL},
    {"tls-listen", "ADDR:PORT", "where dockerd serves tenants", PT_DOCKER_TLS_LISTEN, NULL},
    {"install", NULL, "write units and daemon.json; says the commands to run", NULL, "Install"},
    {"uninstall", NULL, "the way back", NULL, NULL},
    {"root", "DIR", "install below this folder", "/", NULL},
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

const pt_sub pt_guard_subs[] = {
    {
        .name = "docker",
        .summary = "judge what a Docker daemon is asked to do, before it does it",
        .about = "answer a Docker daemon that asks before it does what a\n"
                 "client wants (an authorization plugin). Every decision leaves a receipt in the\n"
                 "ledger. If the guard is not there, the daemon refuses everything.",
        .example = "paratia guard docker --learn --install",
        .options =
            "learn|enforce|rules|level|policy|allow|deny|allow-bind|registry|allow-tags|"
            "scanned|scanned-fail-on|scanned-ignore-unfixed|scanned-except|scanned-warn|"
            "protect|tenants|config|"
            "socket|docker-root|engine|probe-listen|state|receipts|json|quiet|ascii|issue|to|life|"
            "tls-listen|"
            "tls-name|ca-life|install|uninstall|root",
        .exits = "0 ended by a signal, or done   2 usage   3 could not",
        .run = pt_guard_docker,
    },
    {
        .name = "k8s",
        .summary = "judge what a Kubernetes cluster is asked to admit",
        .about =
            "answer the API server of a cluster that asks before it\n"
            "admits an object (a validating webhook over HTTPS: POST /v1/admit). Gatekeeper's\n"
            "policies judge, unmodified, and Pod Security. What cannot be judged is denied,\n"
            "and every decision leaves a receipt in the ledger. With --audit it judges what\n"
            "the cluster holds already, and reports it as `paratia check` does.",
        .example =
            "paratia guard k8s --learn --policy policies/ --tls-name guard.paratia-system.svc",
        .options =
            "learn|enforce|usage|ca-bundle|level|pod-security|policy|objects|data|exclude|glass-"
            "group|scanned|scanned-fail-on|scanned-ignore-unfixed|scanned-except|scanned-warn|"
            "scanned-by-name|"
            "timeout|config|listen|probe-listen|drain|state|receipts|tls-name|cert-life|"
            "ca-life|cert|key|client-ca|kubeconfig|in-cluster|cluster-policies|config-namespace|"
            "write-crds|webhook|"
            "cert-secret|json|decision-"
            "log|quiet|ascii|audit|write|all|output|fail-on|strict|baseline|against|no-record|"
            "color",
        .exits = "0 ended by a signal, or done   1 an audit's findings   2 usage   3 could not",
        .run = pt_guard_k8s,
    },
    {0},
};

int pt_cmd_guard(const pt_args *args) {
    const pt_sub *s = pt_sub_find(args->verb, pt_str_of(args->operands[0]));
    if (s)
        return s->run(args);
    pt_err e = {0};
    PT_IGNORE(pt_err_set(&e, PT_E_USAGE, "guard does not know %s", args->operands[0]));
    pt_err_remedy(&e, "paratia guard docker, paratia guard k8s");
    pt_say_error(&e);
    return PT_EXIT_USAGE;
}
