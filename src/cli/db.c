// paratia db update|build|info|verify|find|export|import|push|pull.
#include "cli/db.h"

#include "cli/db_verbs.h"
#include "cli/verbs.h"

const pt_option pt_db_options[] = {
    {"only", "FEED,…", "these feeds; the others stay as they are", "all", "Update"},
    {"except", "FEED,…", "without these", NULL, NULL},
    {"check", NULL, "say what is new, and fetch nothing", NULL, NULL},
    {"feeds", "FILE", "a table of addresses in the place of ours", NULL, NULL},
    {"mirror", "URL", "all feeds from there: URL/debian/tracker.json", NULL, NULL},
    {"cache", "DIR", "where feeds are kept", "INDEX.feeds", NULL},
    {"ca", "FILE", "certificates that may sign a server's", "the system's", NULL},
    {"insecure-feeds", NULL, "servers may speak without TLS", NULL, NULL},
    {"out", "FILE", "where the index goes", "as --db", "Build"},
    {"keep-going", NULL, "leave out what cannot be read", NULL, NULL},
    {"sign", "FILE", "sign it: a key of 32 bytes, for its owner alone", NULL, NULL},
    {"chunk", "BYTES", "upload in pieces of so many; 0: in one", "67108864", "Registry"},
    {"older", NULL, "take one that is older than what is here", NULL, NULL},
    {"insecure-registry", NULL, "it may speak without TLS", NULL, NULL},
    {"ecosystem", "NAME", "as OSV has it: npm, Debian:12 (Debian: any)", "any", "Find"},
    {"version", "TEXT", "what speaks of this version alone", NULL, NULL},
    {"json", NULL, "one JSON document on standard output", NULL, "Report"},
    {"db", "FILE", "the advisory index", "root's, or your own", "Index"},
    {"db-key", "FILE|VKEY", "take no index but one that this key signed", NULL, NULL},
    {"max-age", "TIME", "warn of an advisory index that is older", "7d", NULL},
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

const pt_sub pt_db_subs[] = {
    {
        .name = "update",
        .summary = "fetch public feeds, and compile them",
        .about =
            "fetch the public feeds of advisories where they changed, and\n"
            "compile them into the index: Debian, Alpine, Ubuntu, Red Hat, SUSE, Alma, Rocky,\n"
            "Wolfi, Chainguard, the languages of OSV, CISA's KEV, EPSS. A feed that cannot be\n"
            "fetched is told, and its older copy counts; so does one whose newest date lies\n"
            "before that of the copy that is here. The old index stays as INDEX.old.",
        .example = "paratia db update --only debian,osv/npm,kev,epss",
        .options = "only|except|check|feeds|mirror|cache|ca|insecure-feeds|older|sign|json|db",
        .exits = "0 done   2 usage   3 a feed could not be fetched, or no index made",
        .run = pt_db_update,
        .alone = true,
    },
    {
        .name = "build",
        .summary = "compile feeds of advisories into one index",
        .about = "compile feeds of advisories into one index: OSV (JSON, YAML,\n"
                 "all.zip dumps; also of Ubuntu, Red Hat, SUSE, Alma, Rocky, Wolfi, GitHub, …),\n"
                 "the Debian security tracker's JSON, Alpine's secdb and its likes, CSAF of Red\n"
                 "Hat and SUSE, CISA's KEV and EPSS' scores. What a file is is found in its\n"
                 "content. The same feeds give the same bytes.",
        .example = "paratia db build feeds/ --out advisories.idx",
        .options = "out|keep-going|sign|db",
        .exits = "0 made   2 usage   3 something cannot be read, or written",
        .run = pt_db_build,
    },
    {
        .name = "info",
        .summary = "its age, sources and counts",
        .about = "what the index is made of: its age, sources and counts.",
        .example = "paratia db info --json",
        .options = "json|db|db-key|max-age",
        .exits = "0 printed   1 damaged   2 usage   3 could not",
        .run = pt_db_info,
        .alone = true,
    },
    {
        .name = "verify",
        .summary = "its bytes against the digest in it",
        .about = "read all of the index and compare it with the digest that it\n"
                 "was written with; with --db-key, that with what was signed.",
        .example = "paratia db verify --db advisories.idx",
        .options = "db|db-key|max-age",
        .exits = "0 verified   1 damaged   2 usage   3 could not",
        .run = pt_db_verify,
        .alone = true,
    },
    {
        .name = "find",
        .summary = "what it says of a package",
        .about = "what the index says of a package: every statement, those of\n"
                 "withdrawn advisories too, which match nothing. With --version those alone that\n"
                 "speak of it, or may.",
        .example = "paratia db find openssl --ecosystem Debian:12 --version 3.0.9-1",
        .options = "ecosystem|version|json|db|db-key|max-age",
        .exits = "0 printed   1 damaged   2 usage   3 could not, or knows no such ecosystem",
        .run = pt_db_find,
    },
    {
        .name = "export",
        .summary = "a copy of it, for where there is no network",
        .about = "copy the index, and its signature if it has one, to FILE:\n"
                 "for a machine without a network. A damaged one is not copied.",
        .example = "paratia db export /media/stick/advisories.idx",
        .options = "db|db-key",
        .exits = "0 copied   1 damaged   2 usage   3 could not",
        .run = pt_db_export,
    },
    {
        .name = "import",
        .summary = "put a copy in the place of the index",
        .about = "put FILE, and its signature if it has one, in the place of\n"
                 "the index: at once, whoever has the old one open keeps it. A damaged one is not\n"
                 "taken; with --db-key no other than this key signed.",
        .example = "paratia db import /media/stick/advisories.idx --db-key feeds.vkey",
        .options = "db|db-key",
        .exits = "0 copied   1 damaged   2 usage   3 could not",
        .run = pt_db_import,
    },
    {
        .name = "push",
        .summary = "put it into a registry",
        .about = "put the index, and its signature if it has one, into a registry\n"
                 "of images: an OCI artifact, packed by zstd, by a tag. Logs in as docker login\n"
                 "or podman login left it. A damaged one is not pushed.",
        .example = "paratia db push registry.example.net/security/advisories:latest",
        .options = "chunk|insecure-registry|db|db-key",
        .exits = "0 pushed   1 damaged   2 usage   3 could not",
        .run = pt_db_push,
    },
    {
        .name = "pull",
        .summary = "fetch one from a registry",
        .about = "fetch an index that was pushed to a registry, and put it in the\n"
                 "place of the one that is here, which stays as INDEX.old. A damaged one is not\n"
                 "taken, nor one that is older; with --db-key no other than this key signed.",
        .example = "paratia db pull registry.example.net/security/advisories --db-key feeds.vkey",
        .options = "older|insecure-registry|db|db-key",
        .exits = "0 here   1 damaged   2 usage   3 could not, or it is older",
        .run = pt_db_pull,
    },
    {0},
};

int pt_cmd_db(const pt_args *args) {
    return pt_sub_find(args->verb, pt_str_of(args->operands[0]))->run(args); // pt_args_parse saw it
}
