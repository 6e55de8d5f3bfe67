#include "cli/receipt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "record/report/report.h"
#include "record/store/store.h"
#include "record/witness/witness.h"
#include "value/json.h"

enum {
    PAYLOAD_BYTES_MAX = 512 << 20
};

pt_str pt_ledger_dir(pt_arena *a, pt_str state) {
    return pt_arena_printf(a, "%.*s/ledger", PT_PRI(state));
}

// What opening the ledger found and mended.
static void say_recovery(const pt_ledger_recovery *r) {
    if (r->torn_bytes)
        fprintf(stderr,
                "note: the ledger ended in %llu torn bytes, cut: a write was interrupted before it "
                "was acknowledged\n",
                (unsigned long long)r->torn_bytes);
}

// Make `path` and the folders above it, 0700 where they are new.
pt_code pt_state_make(pt_arena *a, pt_str path, pt_err *e) {
    for (size_t i = 1; i <= path.n; i++) {
        if (i < path.n && path.p[i] != '/')
            continue;
        pt_str part = pt_arena_str(a, pt_str_sub(path, 0, i));
        if (!part.p || (mkdir(part.p, 0700) != 0 && errno != EEXIST)) {
            pt_code code = pt_err_sys(e, errno, "cannot make the folder for receipts");
            pt_err_at(e, "%.*s, mkdir: %s", PT_PRI(part), pt_errno_text(e->sys));
            pt_err_remedy(e, "--state DIR names another one");
            return code;
        }
    }
    return PT_OK;
}

// The digest of the findings, and their text in `payload`.
static pt_code payload_of(const pt_journey *j, pt_buf *payload, pt_buf *hex, pt_err *e) {
    pt_code code =
        j->own ? j->own->payload(&j->run, payload, e) : pt_report_json(payload, &j->run, e);
    if (code)
        return code;
    pt_str text = pt_buf_str(payload);
    pt_hash256 h = pt_sha256(&text, 1);
    pt_hex_put(hex, (pt_str){(const char *)h.b, sizeof h.b});
    return PT_OK;
}

static pt_value digest_of(pt_arena *a, pt_str sha256, size_t bytes) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "sha256", pt_string(sha256));
    pt_obj_set(&o, "bytes", pt_int((int64_t)bytes));
    pt_obj_set(&o, "type", pt_stringz("application/json"));
    return pt_obj_end(&o);
}

pt_value pt_receipt_counts(const pt_run *r, pt_arena *a) {
    static const char *const keys[PT_VERDICT_COUNT] = {[PT_FAIL] = "fail",
                                                       [PT_NOT_EVALUATED] = "not_evaluated",
                                                       [PT_PASS] = "pass",
                                                       [PT_NOT_APPLICABLE] = "not_applicable"};
    pt_obj o = {.a = a};
    for (unsigned v = 0; v < PT_VERDICT_COUNT; v++)
        pt_obj_set(&o, keys[v], pt_int((int64_t)pt_findings_count(&r->findings, (pt_verdict)v)));
    return pt_obj_end(&o);
}

// What the tree holds: no names of people, no arguments, only counts and the digest.
static pt_code entry_of(const pt_run *r, pt_arena *a, pt_value report, pt_buf *entry, pt_err *e) {
    char room[PT_RFC3339_BYTES];
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kind", pt_stringz(r->verb));
    pt_obj_set(&o, "time", pt_string(pt_time_rfc3339(r->started, room)));
    pt_obj_set(&o, "subject", pt_string(r->subject));
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    pt_obj_set(&o, "verdicts", pt_receipt_counts(r, a));
    pt_obj_set(&o, "report", report);
    pt_obj_set(&o, "exit", pt_int(r->exit_code));
    return pt_json_write(entry, pt_obj_end(&o), &(pt_json_opts){.canonical = true}, e);
}

// The name of a log is a schema-less URL and the key's name: no blank, no '+'.
static pt_str origin_of(pt_arena *a) {
    pt_str host = pt_host_name(a);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(512);
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '-';
        if (!plain)
            c = '-';
        pt_buf_putc(&b, c);
    }
    pt_buf_putz(&b, "/paratia");
    return pt_arena_str(a, pt_buf_str(&b));
}

pt_str pt_scope_of(const pt_args *args, pt_arena *a) {
    static const char *const narrowing[] = {"root",   "docker", "context",      "only",
                                            "policy", "level",  "pod-security", "exclude"};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(65536);
    for (size_t i = 0; i < PT_COUNT(narrowing); i++)
        if (pt_args_get(args, narrowing[i]))
            pt_buf_printf(&b, "--%s %s ", narrowing[i], pt_args_get(args, narrowing[i]));
    for (size_t i = 0; i < args->operands_n; i++)
        pt_buf_printf(&b, "%s ", args->operands[i]);
    return pt_arena_str(a, pt_buf_str(&b));
}

// The store of this state folder.
static pt_code open_store(pt_journey *j, pt_store **ret, pt_err *e) {
    pt_str state = pt_state_dir(j->args, &j->arena);
    pt_str path = pt_arena_printf(&j->arena, "%.*s/runs.db", PT_PRI(state));
    return pt_store_open(ret, path.p, e);
}

// A scan needs no folder of its own: without one it is whole, and a note says what it lacks.
static void say_unkept(pt_journey *j, const pt_err *e) {
    if (!j->own || e->code == PT_E_CORRUPT) {
        pt_say_error(e);
        return;
    }
    fprintf(stderr, "note: no receipt is left: %s%s%s\n", e->what, e->where[0] ? ": " : "",
            e->where);
    j->no_state = pt_arena_str(&j->arena, pt_str_of(e->what));
}

// Find the state folder, and make it where it is new. What is wrong is said once, here.
static bool have_state(pt_journey *j) {
    pt_str state;
    pt_err e = {0};
    pt_code code = pt_state_need(j->args, &j->arena, &state, &e);
    if (!code)
        code = pt_state_make(&j->arena, state, &e);
    if (!code)
        return true;
    say_unkept(j, &e);
    j->no_state = pt_arena_str(&j->arena, pt_str_of(e.what));
    return false;
}

void pt_record_keep(pt_journey *j) {
    pt_store *store = NULL;
    pt_err e = {0};
    if (pt_args_flag(j->args, "no-record") || !have_state(j))
        return; // the receipt will say so
    pt_code code = open_store(j, &store, &e);
    if (!code)
        code = pt_store_keep(store, &j->arena, &j->run,
                             j->scope.p ? j->scope : pt_scope_of(j->args, &j->arena), &e);
    if (code)
        say_unkept(j, &e);
    pt_store_free(store);
}

// A run is what the store keeps: not a guard's decision.
static bool is_run(pt_value entry) {
    return pt_defined(pt_getz(entry, "report"));
}

// How many of the entries from `from` to before `to` are of no run.
static int64_t others_in(pt_str state, int64_t from, int64_t to) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_ledger *l = NULL;
    pt_ledger_opts opts = {.read_only = true};
    pt_ledger_recovery mended = {0};
    int64_t others = 0;
    pt_code code = pt_ledger_open(&l, pt_ledger_dir(&a, state).p, &opts, &mended, NULL);
    for (int64_t i = from; !code && i < to; i++) {
        PT_AUTO(pt_arena_done) pt_arena one = {0};
        pt_str text;
        pt_value v;
        if (!pt_ledger_entry(l, &one, (uint64_t)i, &text, NULL) &&
            !pt_json_parse(&one, text, NULL, &v, NULL))
            others += !is_run(v);
    }
    pt_ledger_free(l);
    return others;
}

pt_code pt_runs_lost(pt_store *store, pt_str state, int64_t run, int64_t entry, int64_t *ret,
                     pt_err *e) {
    int64_t from = 0;
    int64_t lost = 0;
    pt_code code = pt_store_lost(store, run, entry, &from, &lost, e);
    if (!code && lost > 0)
        lost -= others_in(state, from, entry);
    if (!code)
        *ret = lost > 0 ? lost : 0;
    return code;
}

// The log knows of runs that the store does not: what this run was compared with is not all there
// was.
static pt_code say_lost(pt_journey *j, pt_store *store, pt_err *e) {
    int64_t lost = 0;
    if (!j->run.receipt.recorded)
        return PT_OK;
    pt_code code = pt_runs_lost(store, pt_state_dir(j->args, &j->arena), j->run.id,
                                (int64_t)j->run.receipt.index, &lost, e);
    if (!code && lost > 0)
        fprintf(stderr,
                "warning: the ledger has %lld earlier %s that %.*s/runs.db does not know: it was "
                "emptied or replaced;\n"
                "what is new, gone or since when is reckoned without %s\n",
                (long long)lost, lost == 1 ? "run" : "runs",
                PT_PRI(pt_state_dir(j->args, &j->arena)), lost == 1 ? "it" : "them");
    return code;
}

void pt_record_end(pt_journey *j) {
    pt_store *store = NULL;
    pt_err e = {0};
    if (!j->run.id)
        return;
    const pt_receipt *receipt = &j->run.receipt;
    pt_code code = open_store(j, &store, &e);
    if (!code)
        code = say_lost(j, store, &e);
    if (!code)
        code = pt_store_end(store, j->run.id, receipt->recorded ? (int64_t)receipt->index : -1,
                            j->run.exit_code, &e);
    if (code)
        pt_say_error(&e);
    pt_store_free(store);
}

// What a witness signed last must still be there: an entry on top would hide that it is not.
static pt_code not_rolled_back(pt_arena *a, pt_ledger *l, pt_str dir, pt_err *e) {
    pt_witnessed w;
    if (!pt_witness_last(dir.p, a, &w))
        return PT_OK;
    pt_code code = pt_ledger_extends(dir.p, pt_ledger_key(l), w.note, e);
    if (code) {
        code = PT_E_CORRUPT;
        pt_err_at(e, "%.*s/witness", PT_PRI(dir));
        pt_err_remedy(e,
                      "paratia ledger verify says more; keep the ledger as it is, it is evidence");
    }
    return code;
}

pt_code pt_ledger_of(pt_arena *a, pt_str state, pt_ledger **ret, pt_err *e) {
    pt_ledger_opts opts = {.origin = origin_of(a)};
    pt_ledger_recovery mended = {0};
    pt_ledger *l = NULL;
    pt_code code = pt_state_make(a, state, e);
    if (!code)
        code = pt_ledger_open(&l, pt_ledger_dir(a, state).p, &opts, &mended, e);
    if (code)
        return code;
    say_recovery(&mended);
    code = not_rolled_back(a, l, pt_ledger_dir(a, state), e);
    if (code)
        pt_ledger_free(l);
    else
        *ret = l;
    return code;
}

// Keep parts[0], JSON whose SHA-256 is parts[1], beside the ledger of `state`, and put the entry
// parts[2] on top of that: the payload first, for an entry whose findings are nowhere would prove
// little. *ret is to be freed; PT_E_CORRUPT as pt_ledger_of.
static pt_code put(pt_arena *a, pt_str state, const pt_str parts[3], pt_ledger **ret,
                   uint64_t *ret_index, pt_err *e) {
    pt_str runs = pt_arena_printf(a, "%.*s/runs", PT_PRI(state));
    pt_str file = pt_arena_printf(a, "%.*s/%.*s.json", PT_PRI(runs), PT_PRI(parts[1]));
    pt_code code = pt_state_make(a, runs, e);
    if (code)
        return code;
    code = pt_file_replace(file.p, parts[0], 0600, e);
    if (code) {
        pt_err_at(e, "%.*s", PT_PRI(file));
        return code;
    }
    code = pt_ledger_of(a, state, ret, e);
    if (!code)
        code = pt_ledger_append(*ret, &parts[2], 1, ret_index, e);
    return code ? code : pt_ledger_checkpoint(*ret, e);
}

static pt_code record(pt_journey *j, pt_str state, pt_ledger **ret, pt_err *e) {
    pt_arena *a = &j->arena;
    PT_AUTO(pt_buf_done) pt_buf payload = PT_BUF(PAYLOAD_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
    PT_AUTO(pt_buf_done) pt_buf entry = PT_BUF(PT_LEDGER_ENTRY_BYTES_MAX);
    pt_code code = payload_of(j, &payload, &hex, e);
    pt_value report = digest_of(a, pt_buf_str(&hex), payload.n);
    if (!code)
        code = j->own ? j->own->entry(&j->run, a, report, &entry, e)
                      : entry_of(&j->run, a, report, &entry, e);
    if (code)
        return code;
    const pt_str parts[] = {pt_buf_str(&payload), pt_buf_str(&hex), pt_buf_str(&entry)};
    return put(a, state, parts, ret, &j->run.receipt.index, e);
}

static void add_witness(pt_journey *j, pt_receipt *receipt, pt_str ledger) {
    pt_witnessed w;
    if (!pt_witness_last(ledger.p, &j->arena, &w))
        return;
    receipt->witness = w.by;
    receipt->witness_size = w.size;
    receipt->witness_time = w.time;
}

void pt_record_receipt(pt_journey *j) {
    pt_receipt *receipt = &j->run.receipt;
    if (pt_args_flag(j->args, "no-record")) {
        receipt->why = PT_STR("--no-record");
        return;
    }
    if (j->no_state.n) {
        receipt->why = j->no_state;
        return;
    }
    pt_str state = pt_state_dir(j->args, &j->arena);
    pt_err e = {0};
    pt_ledger *ledger = NULL;
    pt_code code = record(j, state, &ledger, &e);
    if (code) {
        say_unkept(j, &e);
        receipt->broken = code == PT_E_CORRUPT;
        receipt->why = pt_arena_str(&j->arena, pt_str_of(e.what));
    } else {
        receipt->recorded = true;
        add_witness(j, receipt, pt_ledger_dir(&j->arena, state));
        if (receipt->index == 0)
            fprintf(stderr,
                    "note: a new ledger begins in %.*s: keep its key elsewhere "
                    "(paratia ledger key)\n",
                    PT_PRI(state));
        receipt->size = pt_ledger_signed_size(ledger);
        receipt->checkpoint = pt_arena_str(&j->arena, pt_ledger_checkpoint_text(ledger));
        receipt->origin = pt_arena_str(&j->arena, pt_ledger_key(ledger)->name);
    }
    pt_ledger_free(ledger);
}
