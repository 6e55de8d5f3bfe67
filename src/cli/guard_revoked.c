// Serial numbers in `revoked` of --tenants that were never issued here: perhaps one is mistyped,
// and the certificate that was meant is good still. A note, no error: another authority may have
// issued it.
#include <stdio.h>

#include "base/instant.h"
#include "cli/guard_docker.h"
#include "cli/receipt.h"
#include "value/json.h"

enum {
    LOOK_MS = 1000, // the guard starts, or goes on, then
    NAMED_MAX = 20,
    SAID_BYTES_MAX = 4096,
};

typedef struct looking {
    const pt_guard_tenants *t;
    bool *issued; // of each serial number
    size_t left;  // that no receipt was found of
} looking;

static void take_entry(looking *l, pt_arena *a, pt_str text) {
    pt_value v;
    if (!pt_str_has(text, PT_STR(PT_DOCKER_ISSUED)) || pt_json_parse(a, text, NULL, &v, NULL) ||
        !pt_str_eqz(pt_text(pt_getz(v, "kind")), PT_DOCKER_ISSUED))
        return;
    for (size_t i = 0; i < l->t->n_revoked; i++)
        if (!l->issued[i] && pt_str_eq(l->t->revoked[i], pt_text(pt_getz(v, "serial")))) {
            l->issued[i] = true;
            l->left--;
        }
}

// The newest first. PT_E_TIMEOUT: not all of it could be looked through.
static pt_code look(looking *l, pt_ledger *ledger, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena one = {0};
    int64_t until_ns = pt_monotonic_ns() + (int64_t)LOOK_MS * 1000000;
    pt_code code = PT_OK;
    for (uint64_t i = pt_ledger_size(ledger); i > 0 && l->left && !code; i--) {
        pt_str text;
        pt_arena_clear(&one);
        code = pt_ledger_entry(ledger, &one, i - 1, &text, e);
        if (!code)
            take_entry(l, &one, text);
        if (!code && pt_monotonic_ns() > until_ns)
            code = pt_err_set(e, PT_E_TIMEOUT, "the ledger is too long to be looked through");
    }
    return code;
}

static void say(const looking *l, const char *what, const char *why) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(SAID_BYTES_MAX);
    size_t n = 0;
    for (size_t i = 0; i < l->t->n_revoked; i++) {
        if (l->issued[i] || ++n > NAMED_MAX)
            continue;
        pt_buf_putz(&b, n > 1 ? ", " : "");
        pt_buf_put_safe(&b, l->t->revoked[i]);
    }
    if (n > NAMED_MAX)
        pt_buf_printf(&b, " and %zu more", n - NAMED_MAX);
    fprintf(stderr, "note: revoked: %s: %.*s%s%s\n", what, PT_PRI(pt_buf_str(&b)),
            why[0] ? "; " : "", why);
}

void pt_docker_note_revoked(pt_str state, const pt_guard_tenants *t) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    looking l = {.t = t, .left = t->n_revoked};
    pt_ledger *ledger = NULL;
    pt_ledger_recovery mended = {0};
    pt_err e = {0};
    l.issued = PT_NEW(&a, bool, t->n_revoked);
    if (!t->n_revoked || !l.issued)
        return;
    const pt_ledger_opts opts = {.read_only = true};
    pt_code code = pt_ledger_open(&ledger, pt_ledger_dir(&a, state).p, &opts, &mended, &e);
    if (!code)
        code = look(&l, ledger, &e);
    pt_ledger_free(ledger);
    if (code)
        say(&l, "nobody knows whether these were issued here", e.what);
    else if (l.left)
        say(&l, "no certificate with this serial number was issued here", "");
}
