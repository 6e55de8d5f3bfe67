// Within the guard: a decision on its way from the judge to the answer, the log and the ledger.
#pragma once

#include "respond/guard/docker/guard.h"

// Settings in use. Frozen; freed with the last decision that was made by them, or by earlier ones.
typedef struct pt_guard_set {
    pt_arena arena;
    pt_guard_settings settings;
    pt_gk_set *policies;        // NULL: none
    pt_guard_digest digest;     // which rules a receipt is of
    size_t uses;                // under the guard's lock
    struct pt_guard_set *later; // likewise; NULL: these are the last
} pt_guard_set;

// A copy of `settings`, used once. PT_E_FORMAT, PT_E_NOMEM.
PT_CHECK pt_code pt_guard_set_new(pt_guard_set **ret, const pt_guard_settings *settings, pt_err *e);
void pt_guard_set_free(pt_guard_set *s);

// Who asks.
typedef struct pt_guard_who {
    const pt_guard_tenant *tenant; // NULL: none
    bool stranger;                 // neither a tenant nor who operates the daemon: asker.why
    bool ours;                     // the guard itself, which is not counted
    pt_docker_asker asker;         // of a tenant or a stranger
} pt_guard_who;

typedef struct pt_guard_decision {
    pt_guard_end end;
    pt_guard_who who;
    pt_docker_request request; // zeroed where it could not be read
    pt_docker_verdict verdict;
    const pt_docker_rule *unclear; // by which it cannot be judged; NULL: another reason
    pt_podsec_result pods;
    bool off_level; // the pod offends against the level, or cannot be seen whole
    pt_gk_verdict policies;
    bool off_policies; // likewise
    pt_str message;    // what the client is told if it is denied, without the receipt
    pt_guard_digest policy;
    bool plugin_off;
} pt_guard_decision;

// -- execs.c --------------------------------------------------------------------------------------

// Execs that tenants have made, by what the daemon answered: an exec's id alone names no container.
// Some thousand of the last ones, and of no tenant so many that others are forgotten.
typedef struct pt_guard_execs pt_guard_execs;
pt_guard_execs *pt_guard_execs_new(void);                             // NULL: no memory
void pt_guard_execs_free(pt_guard_execs *x);                          // NULL is fine
void pt_guard_execs_add(pt_guard_execs *x, pt_str id, pt_str tenant); // ids of 64 digits alone
bool pt_guard_execs_has(pt_guard_execs *x, pt_str id, pt_str tenant);

// -- large.c --------------------------------------------------------------------------------------

// Large documents that are being judged: few at the same time, of one tenant (and of all who are
// none) fewer than there are. A document is given back as it was taken.
enum {
    PT_GUARD_LARGE_MAX = 4,
    PT_GUARD_LARGE_USER_BYTES = 128,
    PT_GUARD_LARGE_OWNER_BYTES = 64,
};
typedef struct pt_guard_large {
    struct {
        bool taken;
        size_t n_user, n_owner;
        char user[PT_GUARD_LARGE_USER_BYTES];
        char owner[PT_GUARD_LARGE_OWNER_BYTES];
    } v[PT_GUARD_LARGE_MAX];
} pt_guard_large;
// Who asks, as the daemon writes it at the beginning of its document, cut. Empty: no certificate.
pt_str pt_guard_user_of(pt_str document);
bool pt_guard_large_take(pt_guard_large *l, const pt_guard_tenants *t, pt_str document);
void pt_guard_large_give(pt_guard_large *l, pt_str document);

// -- quota.c --------------------------------------------------------------------------------------

// A name, cut.
typedef struct pt_guard_name {
    size_t n;
    char text[PT_GUARD_LARGE_USER_BYTES];
} pt_guard_name;
pt_str pt_guard_name_of(const pt_guard_name *name);

// Denials of one user that left no receipt of their own.
typedef struct pt_guard_more {
    uint64_t n;
    int64_t since_ns; // monotonic: of the first
    pt_guard_name user, tenant;
    bool rules[PT_GUARD_RULES_MAX]; // by the order of pt_docker_rules: which were offended against
    bool ends[PT_GUARD_END_COUNT];
    bool level, policies;
    pt_guard_digest policy; // of the last
} pt_guard_more;

// How many receipts denials leave, for each user: a hundred at once, ten a second then. From any
// thread; times are monotonic.
typedef struct pt_guard_quota pt_guard_quota;
pt_guard_quota *pt_guard_quota_new(void);    // NULL: no memory
void pt_guard_quota_free(pt_guard_quota *q); // NULL is fine
// May this denial leave its own? False: it has been counted.
bool pt_guard_quota_take(pt_guard_quota *q, const pt_guard_decision *d, pt_str document,
                         int64_t now_ns);
// What is to be told together, of one user: ten seconds after the first of them. False: of nobody.
bool pt_guard_quota_due(pt_guard_quota *q, int64_t now_ns, pt_guard_more *ret);

// -- who.c ----------------------------------------------------------------------------------------

// Who sends `r` at this time: by the certificate that the daemon has verified.
pt_guard_who pt_guard_who_of(pt_arena *a, const pt_guard_tenants *t, const pt_docker_request *r,
                             int64_t now_ns);

// Keep what a document of AuthZRes says of an exec that a tenant has made.
void pt_guard_who_remember(pt_arena *a, pt_str document, const pt_guard_tenants *t,
                           pt_guard_execs *x);

// A copy in `a`. False: it is full.
PT_CHECK bool pt_guard_tenants_copy(pt_arena *a, pt_guard_tenants *t);
pt_value pt_guard_tenants_value(pt_arena *a, const pt_guard_tenants *t); // all that counts

// -- policies.c -----------------------------------------------------------------------------------

// Judge the pod of d->verdict into d->policies. PT_E_NOMEM.
PT_CHECK pt_code pt_guard_policies_judge(pt_arena *a, const pt_gk_set *set, pt_guard_decision *d,
                                         pt_err *e);

// "[no-privileged] container …", a line for each that denies.
void pt_guard_policies_put(pt_buf *b, const pt_guard_decision *d);

// -- metrics.c ------------------------------------------------------------------------------------

void pt_guard_metrics_put(pt_buf *b, const pt_guard_counts *c, const pt_guard_set *s);

// -- decide.c -------------------------------------------------------------------------------------

// All of a policy that counts, for the digest of settings.
pt_value pt_guard_rules_value(pt_arena *a, const pt_docker_policy *r, pt_podsec_level level);
PT_CHECK bool pt_guard_rules_copy(pt_arena *a, pt_docker_policy *r);

// Judge a document by `s`. Lives in `a`; NULL: the arena is full.
pt_guard_decision *pt_guard_decide(pt_arena *a, pt_str document, const pt_docker_host *host,
                                   pt_guard_execs *execs, const pt_guard_set *s);

// What is harmless, told from little of a small document, so that nobody waits for a judge with it.
// NULL: it is to be judged.
pt_guard_decision *pt_guard_decide_harmless(pt_arena *a, pt_str document, const pt_guard_set *s);

// The receipt of a decision as the ledger holds it (canonical JSON, no body, no header, no user in
// clear), and its line in the log. Empty: the arena is full.
typedef struct pt_guard_receipt {
    pt_str entry, line;
} pt_guard_receipt;
pt_guard_receipt pt_guard_receipt_of(pt_arena *a, const pt_guard_decision *d, pt_guard_mode mode,
                                     pt_guard_lines lines, pt_str document);
// … and of denials that are told together.
pt_guard_receipt pt_guard_receipt_of_more(pt_arena *a, const pt_guard_more *m, pt_guard_mode mode,
                                          pt_guard_lines lines);
