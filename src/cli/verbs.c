// The table of verbs. A new verb is one file and one line here.
#include "cli/verbs.h"

const pt_verb pt_verbs[] = {
    {
        .name = "audit",
        .operands = "[PATH…]",
        .summary = "judge this host, its Docker daemon, containers and images",
        .about = "judge this host, its Docker daemon, containers, images,\n"
                 "and manifests below PATH. Changes nothing, needs no network and no root; says\n"
                 "what it could not look at.",
        .example = "sudo paratia audit deploy/ --output html=report.html",
        .files = "/var/lib/paratia (runs, ledger)",
        .see = "paratia explain PT-…, paratia prove",
        .options = pt_audit_options,
        .operands_max = PT_VALUES_MAX,
        .run = pt_cmd_audit,
    },
    {
        .name = "check",
        .operands = "PATH…",
        .summary = "judge Kubernetes manifests (files, folders, - for standard input)",
        .about = "judge Kubernetes manifests: files, folders, or - for\n"
                 "standard input. With --policy also by Gatekeeper's templates and constraints,\n"
                 "as on admission, and by Rego with Conftest's conventions. Changes nothing,\n"
                 "needs no cluster and no network.",
        .example = "helm template charts/shop | paratia check -",
        .files = "/var/lib/paratia (runs, ledger)",
        .see = "paratia explain PT-…, paratia checks",
        .options = pt_check_options,
        .operands_min = 1,
        .operands_max = PT_VALUES_MAX,
        .run = pt_cmd_check,
    },
    {
        .name = "checks",
        .operands = "",
        .summary = "list the checks, or count what of each standard is covered",
        .about = "list the checks that audit and check judge by.",
        .example = "paratia checks --only containers",
        .see = "paratia explain PT-…",
        .exits = "0 done   2 usage   3 could not",
        .options = pt_checks_options,
        .run = pt_cmd_checks,
    },
    {
        .name = "db",
        .operands = "update|build|info|verify|find|export|import|push|pull …",
        .summary = "compile advisories into an index, and ask it",
        .about = "compile\n"
                 "advisories into one index, which scans are judged by, and ask it. update, push\n"
                 "and pull alone go to the network; build takes files that you fetched.",
        .example = "paratia db update",
        .files = "/var/lib/paratia/advisories.idx, ~/.local/share/paratia/advisories.idx",
        .see = "paratia scan",
        .exits = "0 done   1 damaged   2 usage   3 could not",
        .options = pt_db_options,
        .subs = pt_db_subs,
        .subs_only = true,
        .operands_min = 1,
        .operands_max = PT_VALUES_MAX,
        .run = pt_cmd_db,
    },
    {
        .name = "eval",
        .operands = "[QUERY]",
        .summary = "evaluate a Rego query, as opa eval does",
        .about = "evaluate a query of Rego against policies, data and input,\n"
                 "with the options and the output of `opa eval` (1.22), so that a script that\n"
                 "calls that can call this. Uses no network but for --allow-net. A bundle's\n"
                 "signature is verified if a key is given, else standard error tells of it.",
        .example = "paratia eval -d policy.rego -i request.json data.authz.allow -f pretty",
        .see = "https://www.openpolicyagent.org/docs/policy-language",
        .exits = "0 done   1 --fail or --fail-defined   2 usage, errors",
        .options = pt_eval_options,
        .refusals = pt_eval_refusals,
        .operands_max = 1,
        .run = pt_cmd_eval,
    },
    {
        .name = "explain",
        .operands = "ID|FINGERPRINT",
        .summary = "why a check matters, when it passes, what to do",
        .about = "explain a check: why it matters, what it\n"
                 "looks at, when it passes, and the exact remedy; a finding of the kept runs;\n"
                 "of a scan a vulnerability: who says so, about which versions, how the\n"
                 "installed one compares, which file proves the package, what sets it aside.",
        .example = "paratia explain PT-CTR-SOCKET",
        .see = "paratia checks",
        .exits = "0 done   2 usage   3 could not",
        .options = pt_explain_options,
        .operands_min = 1,
        .operands_max = 1,
        .run = pt_cmd_explain,
    },
    {
        .name = "guard",
        .operands = "docker|k8s",
        .summary = "allow or deny what Docker or Kubernetes is asked to do",
        .about = "judge what Docker or a Kubernetes cluster is asked to\n"
                 "do before it does it: deny what the policies deny, and leave a receipt of every\n"
                 "decision.",
        .example = "paratia guard docker --learn --install",
        .files = "/var/lib/paratia/ledger, /run/docker/plugins/paratia.sock",
        .see = "paratia ledger verify, paratia audit",
        .exits = "0 ended by a signal, or done   2 usage   3 could not",
        .options = pt_guard_options,
        .subs = pt_guard_subs,
        .operands_min = 1,
        .operands_max = 1,
        .run = pt_cmd_guard,
    },
    {
        .name = "watch",
        .operands = "",
        .summary = "judge what runs on this host as it happens, by Falco's rules",
        .about =
            "watch what runs on this host, in containers and outside of them,\n"
            "through programs in the kernel (eBPF), and judge it by Falco's unmodified rules.\n"
            "The rules decide what the kernel sends: no other system call costs anything.\n"
            "Each alert leaves a receipt in the ledger. What was lost is counted and told.\n"
            "Needs root to start, keeps no capability once it reads events. With --replay it\n"
            "judges a recording, with --audit-log what a Kubernetes API server has logged (by\n"
            "rules of the source k8s_audit), and needs neither.",
        .example = "sudo paratia watch --rules /etc/falco/falco_rules.yaml --json",
        .files = "/etc/paratia/rules.d, /var/lib/paratia (ledger, alerts.jsonl)",
        .see = "paratia prove, paratia ledger verify",
        .exits = "0 ended by a signal, or done   1 --fail-on   2 usage, rules   3 could not",
        .options = pt_watch_options,
        .run = pt_cmd_watch,
    },
    {
        .name = "prove",
        .operands = "N",
        .summary = "that a ledger entry is in the log, unchanged",
        .about = "verify that entry N is in the ledger and unchanged, against a\n"
                 "public key and, if given, a checkpoint that was kept elsewhere.",
        .example = "paratia prove 1284 --key host.pub --checkpoint saved.txt",
        .files = "/var/lib/paratia/ledger",
        .see = "paratia ledger verify",
        .exits = "0 verified   1 not verified   2 usage   3 could not",
        .options = pt_prove_options,
        .operands_min = 1,
        .operands_max = 1,
        .run = pt_cmd_prove,
    },
    {
        .name = "ledger",
        .operands = "show|verify|key|witness",
        .summary = "print, verify or witness the ledger",
        .about = "print, verify or witness the ledger.",
        .example = "paratia ledger witness --to https://witness.example.org --witness w1.vkey",
        .files = "/var/lib/paratia/ledger",
        .see = "paratia prove",
        .exits = "0 verified, or done   1 not verified   2 usage   3 could not",
        .options = pt_ledger_options,
        .subs = pt_ledger_subs,
        .operands_min = 1,
        .operands_max = 1,
        .run = pt_cmd_ledger,
    },
    {
        .name = "sbom",
        .operands = "TARGET",
        .summary = "bill of materials of an image: CycloneDX or SPDX",
        .about = "write what an image holds as CycloneDX or SPDX, or convert\n"
                 "a bill that is a file. TARGET is an image as for scan, or a file in CycloneDX\n"
                 "(1.2 to 1.7, JSON) or SPDX (2.2, 2.3, JSON or tags). The same image gives the\n"
                 "same bytes, dated by SOURCE_DATE_EPOCH or by the image. What could not be\n"
                 "looked at is in the bill, and the exit code is then not 0. No network is asked\n"
                 "unless a registry's image is.",
        .example = "paratia sbom shop.tar --format spdx --output shop.spdx.json",
        .files = "$XDG_CACHE_HOME/paratia, /var/cache/paratia (root) or ~/.cache/paratia\n"
                 "       (what layers hold; may be deleted); $TMPDIR or /var/tmp (a nameless copy\n"
                 "       of what comes through a pipe)",
        .see = "paratia scan",
        .exits = "0 all was read and holds   1 the image contradicts itself   2 usage\n"
                 "       3 something could not be read",
        .options = pt_sbom_options,
        .operands_min = 1,
        .operands_max = 1,
        .run = pt_cmd_sbom,
    },
    {
        .name = "scan",
        .operands = "TARGET|--all",
        .summary = "what an image or a folder holds, and what is wrong with it",
        .about =
            "list the packages of an image, judge them by an\n"
            "index of advisories where there is one (paratia db update), and with --secrets\n"
            "look for keys and passwords in every layer. TARGET: a folder in OCI layout, a tar of "
            "it\n"
            "or of docker save, - for standard input; by name one of this host's engine, or\n"
            "as registry:HOST/REPOSITORY one of a registry; container:NAME, a container as it\n"
            "is now; a folder with an os-release (a root file system); any other folder (a\n"
            "source tree's lock files); a bill in CycloneDX or SPDX. What exists as a path is\n"
            "one. Nothing is unpacked; no network is asked unless a registry's image is;\n"
            "bytes are read by a process without rights, every digest is verified. What could\n"
            "not be looked at or judged is said, and the exit code is then not 0. Rules of\n"
            "your own judge all of it (--policy, --deny); --max-age is the index's age, that\n"
            "of an image is for a rule. A scan is kept, compared with the last one of the\n"
            "same repository or path, and leaves a receipt. --all is every image of the\n"
            "engine: what did not change is not read again.",
        .example = "docker save shop/web:1 | paratia scan -",
        .files = "$XDG_CACHE_HOME/paratia, /var/cache/paratia (root) or ~/.cache/paratia\n"
                 "       (what layers hold; may be deleted); $TMPDIR or /var/tmp (a nameless copy\n"
                 "       of what is fetched or comes through a pipe); docker's settings, logins;\n"
                 "       waivers as audit does; runs and the ledger in --state, without which it\n"
                 "       does all else; images.db there: the last scan of each image, for guards",
        .see = "paratia audit, paratia guard",
        .exits =
            "0 all was read, holds, and is below --fail-on   2 usage\n"
            "       1 at or above --fail-on, denied (--policy, --deny, --licences), --strict,\n"
            "         or the image contradicts itself\n"
            "       3 something could not be read or judged",
        .options = pt_scan_options,
        .operands_max = 1,
        .run = pt_cmd_scan,
    },
    {
        .name = "slim",
        .operands = "IMAGE",
        .summary = "an image without what its process cannot need",
        .about = "find what the image's entry point, command and health\n"
                 "check can reach (libraries, interpreters, links, scripts, what programs name)\n"
                 "and write an image of that alone, as a folder in OCI layout that docker load\n"
                 "takes, too. What is in doubt stays. IMAGE is as for scan; it is not changed,\n"
                 "and not run, so run the new one's tests before it ships: --keep and --trace\n"
                 "add what only a run shows. The same image gives the same bytes.",
        .example = "paratia slim shop.tar --output slim --tag shop:slim",
        .files = "$XDG_CACHE_HOME/paratia, /var/cache/paratia (root) or ~/.cache/paratia\n"
                 "       (what layers hold; may be deleted); $TMPDIR or /var/tmp (a nameless copy\n"
                 "       of what is fetched or comes through a pipe)",
        .see = "paratia scan --hardening",
        .exits = "0 written, or said   2 usage   3 could not: nothing is left of it",
        .options = pt_slim_options,
        .operands_min = 1,
        .operands_max = 1,
        .run = pt_cmd_slim,
    },
    {
        .name = "policy",
        .operands = "bench|build|check|fmt|inspect|sign|test|verify …",
        .summary = "check, format, test, measure policies in Rego; make bundles",
        .about = "check,\n"
                 "format, test and measure policies in Rego; build, sign and look into bundles.",
        .example = "paratia policy check policies/",
        .see = "paratia eval",
        .exits = "0 good, done   1 errors in policies, or --fail   2 usage   3 could not",
        .options = pt_policy_options,
        .subs = pt_policy_subs,
        .operands_min = 1,
        .operands_max = PT_VALUES_MAX,
        .run = pt_cmd_policy,
    },
    {0},
};

const pt_verb *pt_verb_find(pt_str name) {
    for (const pt_verb *v = pt_verbs; v->name; v++)
        if (pt_str_eqz(name, v->name))
            return v;
    return NULL;
}

const pt_sub *pt_sub_find(const pt_verb *v, pt_str name) {
    for (const pt_sub *s = v->subs; s && s->name; s++)
        if (pt_str_eqz(name, s->name))
            return s;
    return NULL;
}

bool pt_sub_takes(const pt_sub *s, const pt_option *o) {
    return pt_str_eqz(pt_str_of(o->name), "help") ||
           pt_str_in_list(pt_str_of(o->name), pt_str_of(s->options), '|');
}
