// paratia prove N: each line is one step that anyone can repeat.
#include <stdio.h>

#include "cli/proof.h"
#include "cli/verbs.h"
#include "cli/witness.h"
#include "value/json.h"

const pt_option pt_prove_options[] = {
    {"key", "FILE|VKEY", "verify with this public key", "the ledger's own", "Trust"},
    {"checkpoint", "FILE", "a checkpoint that was kept elsewhere", NULL, NULL},
    {"witness", "FILE|VKEY", "a witness's public key", NULL, NULL},
    {"trust", "FILE", "certificates that may sign time stamps", "the system's", NULL},
    {"state", "DIR", "where runs and the ledger are kept", "/var/lib/paratia", NULL},
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

// "deny  POST /containers/create  PT-GRD-PRIVILEGED"
static void put_decision(pt_buf *b, pt_value v) {
    pt_value rules = pt_getz(v, "rules");
    pt_buf_put_safe(b, pt_text(pt_getz(v, "decision")));
    pt_buf_putz(b, "  ");
    pt_buf_put_safe(b, pt_text(pt_getz(v, "method")));
    pt_buf_putc(b, ' ');
    pt_buf_put_safe(b, pt_text(pt_getz(v, "path")));
    for (size_t i = 0; i < pt_len(rules); i++) {
        pt_buf_putz(b, i ? ", " : "  ");
        pt_buf_put_safe(b, pt_text(pt_at(rules, i)));
    }
}

// "Critical  Miner  3ad7b26ded6d, alert sha256:…": what its salt and alerts.jsonl give again.
static void put_alert(pt_buf *b, pt_value v) {
    static const char *const shown[] = {"priority", "rule", "container"};
    for (size_t i = 0; i < PT_COUNT(shown); i++) {
        if (!pt_defined(pt_getz(v, shown[i])))
            continue;
        pt_buf_put_safe(b, pt_text(pt_getz(v, shown[i])));
        pt_buf_putz(b, "  ");
    }
    pt_buf_putz(b, "alert sha256:");
    pt_buf_put_safe(b, pt_text(pt_getz(pt_getz(v, "alert"), "sha256")));
}

// "Entry       1284  audit  2026-11-24T06:00:05Z", then what it says.
static void put_entry(pt_arena *a, uint64_t index, pt_str text) {
    pt_value v;
    pt_err e = {0};
    printf("Entry       %llu", (unsigned long long)index);
    if (pt_json_parse(a, text, &(pt_json_opts){.dup_refuse = true}, &v, &e)) {
        puts("  (not JSON)");
        return;
    }
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(65536);
    pt_buf_putz(&b, "  ");
    pt_buf_put_safe(&b, pt_text(pt_getz(v, "kind")));
    pt_buf_putz(&b, "  ");
    pt_buf_put_safe(&b, pt_text(pt_getz(v, "time")));
    pt_buf_putz(&b, "\n            ");
    if (pt_defined(pt_getz(v, "decision")))
        put_decision(&b, v);
    else if (pt_defined(pt_getz(v, "says")))
        pt_buf_put_safe(&b, pt_text(pt_getz(v, "says")));
    else if (pt_defined(pt_getz(v, "alert")))
        put_alert(&b, v);
    else {
        pt_buf_putz(&b, "findings sha256:");
        pt_buf_put_safe(&b, pt_text(pt_getz(pt_getz(v, "report"), "sha256")));
    }
    printf("%.*s\n", PT_PRI(pt_buf_str(&b)));
}

static pt_code prove(pt_trust *t, pt_ledger *l, const pt_args *args, uint64_t index, pt_err *e) {
    pt_str text;
    pt_proof proof;
    pt_checkpoint c;
    pt_code code = pt_ledger_entry(l, &t->arena, index, &text, e);
    if (code)
        return code;
    put_entry(&t->arena, index, text);
    uint64_t size = pt_ledger_signed_size(l);
    if (index >= size)
        return pt_err_set(e, PT_E_UNSUPPORTED, "entry %llu is not yet under a checkpoint",
                          (unsigned long long)index);
    code = pt_checkpoint_open(pt_ledger_checkpoint_text(l), &t->key, &c, NULL, e);
    if (!code)
        code = pt_ledger_inclusion(l, index, size, &proof, e);
    if (code)
        return code;
    pt_hash256 leaf = pt_merkle_leaf(text);
    if (!pt_inclusion_verify(&leaf, index, size, &proof, &c.root))
        return pt_err_set(e, PT_E_CORRUPT, "entry %llu does not lead to the signed root",
                          (unsigned long long)index);
    printf("✓ Included  in the log's tree of %llu entries (%u hashes)\n", (unsigned long long)size,
           proof.n);
    printf("✓ Signed    %.*s+%08x, Ed25519\n", PT_PRI(t->key.name), t->key.id);
    pt_str path = {0};
    pt_beside beside = PT_BESIDE_NONE;
    code = pt_findings_beside(t, text, &beside, &path, e);
    if (code) {
        puts("✗ Findings  beside the log were changed");
        return code;
    }
    if (beside == PT_BESIDE_GONE)
        printf("? Findings  not beside the log any more: %.*s\n", PT_PRI(path));
    else if (beside == PT_BESIDE_SAME)
        printf("✓ Findings  %.*s\n", PT_PRI(path));
    if (t->own_key)
        puts("? Key       the ledger's own file: name a copy kept elsewhere with --key");
    if (t->saved.n) {
        code = pt_ledger_extends(t->dir.p, &t->key, t->saved, e);
        if (code) {
            puts("✗ Extends   the saved checkpoint: another root, so the log was rewritten");
            return code;
        }
        puts("✓ Extends   the saved checkpoint: nothing before it was changed");
    }
    return pt_witness_report(t, args, index + 1, e); // the oldest that cover it
}

int pt_cmd_prove(const pt_args *args) {
    int64_t index;
    pt_err e = {0};
    if (!pt_str_int(pt_str_of(args->operands[0]), 10, &index) || index < 0) {
        PT_IGNORE(pt_err_set(&e, PT_E_USAGE, "%s is no number of an entry", args->operands[0]));
        pt_err_remedy(&e, "paratia prove 0 is the first");
        pt_say_error(&e);
        return PT_EXIT_USAGE;
    }
    pt_trust t;
    pt_ledger *l = NULL;
    pt_ledger_opts opts = {.read_only = true};
    pt_ledger_recovery mended = {0};
    pt_code code = pt_trust_read(&t, args, &e);
    if (!code)
        code = pt_ledger_open(&l, t.dir.p, &opts, &mended, &e);
    if (!code)
        code = prove(&t, l, args, (uint64_t)index, &e);
    fflush(stdout);
    if (code)
        pt_say_error(&e);
    if (code == PT_E_CORRUPT)
        printf(
            "Not verified: entry %lld cannot be trusted. Keep the log as it is: it is evidence.\n",
            (long long)index);
    else if (!code)
        printf("\nVerified: entry %lld is in the log and unchanged.\n", (long long)index);
    pt_ledger_free(l);
    pt_trust_done(&t);
    return code == PT_OK          ? PT_EXIT_OK
           : code == PT_E_CORRUPT ? PT_EXIT_FINDINGS
           : code == PT_E_USAGE   ? PT_EXIT_USAGE
                                  : PT_EXIT_FAILED;
}
