// paratia ledger show|verify|key|witness.
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/proof.h"
#include "cli/verbs.h"
#include "cli/witness.h"

const pt_option pt_ledger_options[] = {
    {"key", "FILE|VKEY", "verify with this public key", "the ledger's own", "Trust"},
    {"checkpoint", "FILE", "a checkpoint that was kept elsewhere", NULL, NULL},
    {"to", "TARGET", "witness: https://WITNESS, tsa:URL, copy:URL, file:PATH", NULL, "Witness"},
    {"witness", "FILE|VKEY", "a witness's public key", NULL, NULL},
    {"trust", "FILE", "certificates that may sign time stamps", "the system's", NULL},
    {"ca", "FILE", "certificates that may sign a target's TLS", "the system's", NULL},
    {"state", "DIR", "where runs and the ledger are kept", "/var/lib/paratia", "Record"},
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

static int put(pt_str text) {
    pt_err e = {0};
    if (!pt_put_stdout(text, &e))
        return PT_EXIT_OK;
    pt_say_error(&e);
    return PT_EXIT_FAILED;
}

static int show(pt_trust *t, const pt_args *args) {
    (void)args;
    pt_ledger *l = NULL;
    pt_err e = {0};
    pt_ledger_opts opts = {.read_only = true};
    pt_ledger_recovery mended = {0};
    if (pt_ledger_open(&l, t->dir.p, &opts, &mended, &e)) {
        pt_say_error(&e);
        return PT_EXIT_FAILED;
    }
    uint64_t open = pt_ledger_size(l) - pt_ledger_signed_size(l);
    if (open)
        fprintf(stderr, "note: %llu acknowledged entries are not yet under a checkpoint\n",
                (unsigned long long)open);
    int code = put(pt_ledger_checkpoint_text(l));
    pt_ledger_free(l);
    return code;
}

static int key(pt_trust *t, const pt_args *args) {
    (void)args;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    pt_vkey_put(&b, &t->key);
    pt_buf_putc(&b, '\n');
    return put(pt_buf_str(&b));
}

static pt_code say_verified(pt_trust *t, const pt_ledger_audit *audit, const pt_args *args,
                            pt_err *e) {
    printf("✓ Entries   %llu, each hashed anew\n", (unsigned long long)audit->size);
    printf("✓ Signed    %llu entries, by %.*s\n", (unsigned long long)audit->signed_size,
           PT_PRI(t->key.name));
    if (t->own_key)
        puts("? Key       the ledger's own file: name a copy kept elsewhere with --key");
    puts(t->saved.n ? "✓ Extends   the saved checkpoint: nothing before it was changed"
                    : "? Extends   no saved checkpoint was given (--checkpoint)");
    return pt_witness_report(t, args, 0, e);
}

// Every run beside the log against its digest in it.
static pt_code verify_findings(pt_trust *t, pt_err *e) {
    pt_ledger *l = NULL;
    pt_ledger_opts opts = {.read_only = true};
    pt_ledger_recovery mended = {0};
    size_t counts[3] = {0};
    pt_code code = pt_ledger_open(&l, t->dir.p, &opts, &mended, e);
    for (uint64_t i = 0; !code && i < pt_ledger_size(l); i++) {
        pt_str text;
        pt_str path;
        pt_beside beside = PT_BESIDE_NONE;
        code = pt_ledger_entry(l, &t->arena, i, &text, e);
        if (!code)
            code = pt_findings_beside(t, text, &beside, &path, e);
        if (code)
            pt_err_at(e, "entry %llu", (unsigned long long)i);
        counts[beside]++;
    }
    pt_ledger_free(l);
    if (!code)
        printf("%s Findings  beside the log: %zu as they were, %zu not there any more\n",
               counts[PT_BESIDE_GONE] ? "?" : "✓", counts[PT_BESIDE_SAME], counts[PT_BESIDE_GONE]);
    return code;
}

static int verify(pt_trust *t, const pt_args *args) {
    pt_ledger_audit audit = {0};
    pt_err e = {0};
    pt_code code = pt_ledger_verify(t->dir.p, &t->key, &audit, &e);
    if (!code && t->saved.n)
        code = pt_ledger_extends(t->dir.p, &t->key, t->saved, &e);
    if (!code)
        code = say_verified(t, &audit, args, &e);
    if (!code)
        code = verify_findings(t, &e);
    fflush(stdout);
    if (!code) {
        puts("\nVerified: every entry is under the tree, and the tree is signed.");
        return PT_EXIT_OK;
    }
    pt_say_error(&e);
    if (code != PT_E_CORRUPT)
        return code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
    puts("Not verified: the ledger is not what was signed. Keep it as it is: it is evidence.");
    return PT_EXIT_FINDINGS;
}

// -- the table ------------------------------------------------------------------------------------

static int with_trust(const pt_args *args, int (*run)(pt_trust *t, const pt_args *args)) {
    pt_trust t;
    pt_err e = {0};
    pt_code code = pt_trust_read(&t, args, &e);
    if (code)
        pt_say_error(&e);
    int exit_code = code ? PT_EXIT_FAILED : run(&t, args);
    pt_trust_done(&t);
    return exit_code;
}

static int run_show(const pt_args *args) {
    return with_trust(args, show);
}

static int run_verify(const pt_args *args) {
    return with_trust(args, verify);
}

static int run_key(const pt_args *args) {
    return with_trust(args, key);
}

static int run_witness(const pt_args *args) {
    return with_trust(args, pt_ledger_witness);
}

const pt_sub pt_ledger_subs[] = {
    {
        .name = "show",
        .summary = "print the signed checkpoint: keep a copy elsewhere",
        .about = "print the signed checkpoint: how many entries there are,\n"
                 "and the hash of all of them. A copy that is kept elsewhere shows later that\n"
                 "nothing before it was changed.",
        .example = "paratia ledger show >saved.txt",
        .options = "state",
        .exits = "0 printed   2 usage   3 could not",
        .run = run_show,
    },
    {
        .name = "verify",
        .summary = "read every entry again; check the tree, signature, witnesses",
        .about = "read every entry again and check the tree, the signature,\n"
                 "the findings beside the log, what witnesses kept and, if given, that a\n"
                 "checkpoint kept elsewhere still holds.",
        .example = "paratia ledger verify --key host.pub --checkpoint saved.txt",
        .options = "key|checkpoint|witness|trust|state",
        .exits = "0 verified   1 not verified   2 usage   3 could not",
        .run = run_verify,
    },
    {
        .name = "key",
        .summary = "print the public key, to verify with elsewhere",
        .about = "print the ledger's public key. Kept elsewhere, it tells this\n"
                 "ledger from one that somebody made anew.",
        .example = "paratia ledger key >host.pub",
        .options = "state",
        .exits = "0 printed   2 usage   3 could not",
        .run = run_key,
    },
    {
        .name = "witness",
        .summary = "carry the newest checkpoint to others, who sign or keep it",
        .about = "carry the newest checkpoint to others: a C2SP witness\n"
                 "(https, with its key), an RFC 3161 authority (tsa:), a web address or a file\n"
                 "that keeps a copy (copy:, file:).",
        .example = "paratia ledger witness --to https://witness.example.org --witness w1.vkey",
        .options = "to|witness|trust|ca|key|state",
        .exits = "0 done   1 not what was witnessed   2 usage   3 could not",
        .run = run_witness,
    },
    {0},
};

int pt_cmd_ledger(const pt_args *args) {
    const pt_sub *s = pt_sub_find(args->verb, pt_str_of(args->operands[0]));
    if (s)
        return s->run(args);
    pt_err e = {0};
    PT_IGNORE(pt_err_set(&e, PT_E_USAGE, "ledger has no %s", args->operands[0]));
    pt_err_remedy(&e, "paratia ledger show, verify, key or witness");
    pt_say_error(&e);
    return PT_EXIT_USAGE;
}
