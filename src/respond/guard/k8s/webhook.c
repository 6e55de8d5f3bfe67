#include "respond/guard/k8s/webhook.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "respond/guard/k8s/webhook_impl.h"

enum {
    DEADLINE_MS = 2000,
    RECEIPT_WAIT_MS = 10,
    MARGIN_PERCENT = 20,          // of the caller's timeout: for the way back, and for the receipt
    SCRATCH_BYTES_MAX = 48 << 20, // of judging; beyond, what is found is too much to be told
    TOLD_BYTES_MAX = 40 << 20,    // of receipt and line, which may hold the review
    SCRATCH_KEPT_BYTES = 4 << 20, // more than that is given back after the review
};

// Of one thread of the server.
typedef struct desk {
    pt_arena scratch;
    pt_arena told;       // apart, so that no review can be so large that it leaves no receipt
    pt_webhook_set *set; // that `judge` is of, held
    pt_gk_judge *judge;
    // Held while a review is judged and answered: verdicts point into them.
    pt_webhook_known *known[PT_WEBHOOK_PARTS];
} desk;

struct pt_webhook {
    pt_webhook_opts opts;
    desk *desks;
    pthread_mutex_t lock;
    pt_webhook_set *set;                       // under the lock
    pt_webhook_known *known[PT_WEBHOOK_PARTS]; // likewise
    atomic_ullong ends[PT_WEBHOOK_END_COUNT], answers[PT_WEBHOOK_STATUSES][2];
    atomic_ullong took[PT_WEBHOOK_STATUSES][PT_WEBHOOK_BUCKETS], took_ns[PT_WEBHOOK_STATUSES];
    atomic_ullong reloads, reload_failures;
};

// -- what is in use -------------------------------------------------------------------------------

static pt_webhook_set *hold_set(pt_webhook *w) {
    pthread_mutex_lock(&w->lock);
    pt_webhook_set *s = w->set;
    s->uses++;
    pthread_mutex_unlock(&w->lock);
    return s;
}

static void let_set_go(pt_webhook *w, pt_webhook_set *s) {
    pthread_mutex_lock(&w->lock);
    bool last = s && --s->uses == 0;
    pthread_mutex_unlock(&w->lock);
    if (last)
        pt_webhook_set_free(s);
}

static void hold_known(pt_webhook *w, desk *k) {
    pthread_mutex_lock(&w->lock);
    for (size_t i = 0; i < PT_WEBHOOK_PARTS; i++) {
        k->known[i] = w->known[i];
        k->known[i]->uses++;
    }
    pthread_mutex_unlock(&w->lock);
}

static void let_one_go(pt_webhook *w, pt_webhook_known *one) {
    pthread_mutex_lock(&w->lock);
    bool last = one && --one->uses == 0;
    pthread_mutex_unlock(&w->lock);
    if (!last)
        return;
    if (one->facts.let_go)
        one->facts.let_go(one->facts.owner);
    pt_arena_done(&one->arena);
    free(one);
}

static void let_known_go(pt_webhook *w, desk *k) {
    for (size_t i = 0; i < PT_WEBHOOK_PARTS; i++) {
        let_one_go(w, k->known[i]);
        k->known[i] = NULL;
    }
}

pt_code pt_webhook_reload(pt_webhook *w, const pt_webhook_settings *settings, pt_err *e) {
    pt_webhook_set *s = NULL;
    pt_code code = pt_webhook_set_new(&s, settings, e);
    if (code) {
        pt_webhook_reload_failed(w);
        return code;
    }
    pthread_mutex_lock(&w->lock);
    pt_webhook_set *old = w->set;
    w->set = s;
    pthread_mutex_unlock(&w->lock);
    let_set_go(w, old);
    atomic_fetch_add(&w->reloads, 1);
    return PT_OK;
}

pt_guard_policies_id pt_webhook_policies_in_force(pt_webhook *w) {
    pt_webhook_set *s = hold_set(w);
    pt_guard_policies_id id = pt_guard_policies_id_of(s->policies);
    let_set_go(w, s);
    return id;
}

void pt_webhook_reload_failed(pt_webhook *w) {
    atomic_fetch_add(&w->reload_failures, 1);
}

pt_code pt_webhook_learn(pt_webhook *w, pt_webhook_part part, pt_arena *a,
                         const pt_webhook_facts *facts, pt_err *e) {
    pt_webhook_known *one = calloc(1, sizeof *one);
    if (!one)
        return pt_err_set(e, PT_E_NOMEM, "no memory for what is known of the cluster");
    *one = (pt_webhook_known){.arena = *a, .facts = *facts, .uses = 1};
    *a = (pt_arena){.bytes_max = a->bytes_max};
    pthread_mutex_lock(&w->lock);
    pt_webhook_known *old = w->known[part];
    w->known[part] = one;
    pthread_mutex_unlock(&w->lock);
    let_one_go(w, old);
    return PT_OK;
}

// This thread's judge of the settings in use: made anew after a reload. False: no memory for it.
static bool sit_down(pt_webhook *w, desk *k) {
    pt_webhook_set *s = hold_set(w);
    if (s == k->set) {
        let_set_go(w, s);
        return true;
    }
    pt_gk_judge_free(k->judge);
    let_set_go(w, k->set);
    k->judge = s->policies ? pt_gk_judge_new(s->policies) : NULL;
    k->set = s;
    if (k->judge || !s->policies)
        return true;
    k->set = NULL;
    let_set_go(w, s);
    return false;
}

// -- judging --------------------------------------------------------------------------------------

// "/v1/admit?timeout=10s": the time that the caller waits, 0 where it does not say.
static int64_t timeout_ms(pt_str target) {
    static const pt_str name = PT_STR("timeout=");
    pt_str rest = pt_str_sub(target, pt_str_find(target, '?') + 1, target.n);
    pt_str one;
    int64_t seconds = 0;
    while (pt_str_split(&rest, '&', &one))
        if (pt_str_starts(one, name) && pt_duration_parse(pt_str_sub(one, name.n, one.n), &seconds))
            return seconds * 1000;
    return 0;
}

static int64_t deadline_of(const pt_webhook *w, pt_str target, int64_t began_ns) {
    int64_t theirs_ms = timeout_ms(target) * (100 - MARGIN_PERCENT) / 100;
    int64_t ms = w->opts.deadline_ms;
    if (theirs_ms && theirs_ms < ms)
        ms = theirs_ms;
    return began_ns + ms * 1000000;
}

static void cannot(pt_webhook_decision *d, unsigned end, pt_str why) {
    d->end = end;
    d->ours = true;
    d->message = why.p ? why : PT_STR("it cannot be judged: no memory");
}

// What is known of namespaces; with the one of the review, where somebody can be asked for it: a
// pod often comes a moment after its namespace.
static pt_value namespaces_of(const pt_webhook *w, desk *k, const pt_admission_request *r) {
    pt_value known = k->known[PT_WEBHOOK_NAMESPACES]->facts.value;
    if (!r->namespace.n || !w->opts.find_namespace || pt_defined(pt_get(known, r->namespace)))
        return known;
    pt_value found = w->opts.find_namespace(w->opts.ctx, &k->scratch, r->namespace);
    const pt_value pair[] = {pt_string(r->namespace), found};
    pt_value one = pt_defined(found) ? pt_object_of(&k->scratch, pair, 1, NULL) : known;
    return pt_defined(one) ? one : known;
}

static void ask(const pt_webhook *w, desk *k, pt_webhook_decision *d, int64_t deadline_ns) {
    pt_err e = {0};
    pt_admission_world world = {
        .judge = k->judge,
        .namespaces = namespaces_of(w, k, &d->request),
        .inventory = k->known[PT_WEBHOOK_INVENTORY]->facts.value,
        .deadline_ns = deadline_ns,
        .now_ns = pt_now(),
        .scan = w->opts.scan,
        .scan_named = w->opts.scan_named,
        .scans = w->opts.scans,
    };
    pt_random(&world.seed, sizeof world.seed);
    pt_code code =
        pt_admission_judge(&k->scratch, &k->set->judge, &world, &d->request, &d->verdict, &e);
    d->end = d->verdict.end;
    if (k->scratch.full) // whatever it says, something of it is missing
        cannot(d, PT_ADMISSION_UNJUDGED, PT_STR("it cannot be judged: too much is wrong with it"));
    else if (code)
        cannot(d, PT_ADMISSION_UNJUDGED,
               pt_arena_printf(&k->scratch, "it cannot be judged: %s", e.what));
}

static void decide(pt_webhook *w, desk *k, const pt_http_call *c, pt_webhook_decision *d,
                   int64_t began_ns) {
    pt_err e = {0};
    d->digest = "";
    if (pt_admission_read(&k->scratch, c->body, &d->request, &e)) {
        cannot(d, PT_WEBHOOK_MALFORMED,
               pt_arena_printf(&k->scratch,
                               "this is no AdmissionReview that can be read: %s%s%s%s%s", e.where,
                               e.where[0] ? ": " : "", e.what, e.remedy[0] ? "; " : "", e.remedy));
        return;
    }
    if (!sit_down(w, k)) {
        cannot(d, PT_ADMISSION_UNJUDGED, PT_STR("it cannot be judged: no memory"));
        return;
    }
    d->digest = k->set->digest.text;
    ask(w, k, d, deadline_of(w, c->target, began_ns));
}

static bool allows(unsigned end) {
    return end < PT_ADMISSION_DENIED;
}

// What is allowed is done only if it leaves a receipt.
static void need_receipts(pt_webhook *w, desk *k, pt_webhook_decision *d) {
    bool strict = w->opts.mode == PT_GUARD_ENFORCE && w->opts.receipts && !w->opts.best_effort;
    pt_str why = {0};
    if (!strict || !allows(d->end) || d->end == PT_ADMISSION_EXCLUDED ||
        !pt_receipts_stuck(w->opts.receipts, &k->scratch, &why))
        return;
    cannot(d, PT_WEBHOOK_UNKEPT,
           pt_arena_printf(&k->scratch, "the ledger takes no receipts%s%.*s; make room for it",
                           why.n ? ": " : "", PT_PRI(why)));
}

// -- answering ------------------------------------------------------------------------------------

static int code_of(unsigned end) {
    return end == PT_WEBHOOK_MALFORMED ? 400 : 500;
}

// What is said, where the judge did not say it.
static void say_ourselves(pt_webhook_decision *d) {
    if (!d->ours)
        return;
    d->verdict = (pt_admission_verdict){.code = code_of(d->end), .message = d->message};
}

// Nothing is denied while it learns: what would be stands in the audit log of the API server.
static void only_learn(pt_arena *a, pt_admission_verdict *v) {
    pt_str *key = PT_PUSH(a, &v->annotations);
    pt_str *value = key ? PT_PUSH(a, &v->annotations) : NULL;
    if (value) {
        v->annotations.v[v->annotations.n - 2] = PT_STR("would-deny");
        *value = v->message;
    } else if (key) {
        v->annotations.n--;
    }
    v->allowed = true;
    v->code = 200;
    v->message = (pt_str){0};
    v->warnings.n = 0;
}

// Leave the receipt; a denial names it.
static void leave(pt_webhook *w, desk *k, pt_webhook_decision *d) {
    uint64_t index = 0;
    if (!w->opts.receipts)
        return;
    pt_webhook_receipt r = pt_webhook_receipt_of(&k->told, d, &w->opts);
    uint32_t wait_ms = d->allow ? 0 : w->opts.receipt_wait_ms;
    if (!pt_receipts_put(w->opts.receipts, r.entry, r.line, wait_ms, &index) || d->allow)
        return;
    pt_str named = pt_arena_printf(&k->told, "%.*s\nreceipt %llu", PT_PRI(d->verdict.message),
                                   (unsigned long long)index);
    if (named.p)
        d->verdict.message = named;
}

static void tally(const pt_webhook_decision *d, pt_webhook_set *s) {
    size_t n = 0;
    const pt_gk_constraint *all = s && s->policies ? pt_gk_constraints(s->policies, &n) : NULL;
    const pt_gk_verdict *found = &d->verdict.policies;
    for (size_t i = 0; i < found->violations.n; i++) {
        size_t at = (size_t)(found->violations.v[i].constraint - all);
        if (at < n)
            atomic_fetch_add(
                found->violations.v[i].error ? &s->tally[at].errors : &s->tally[at].violations, 1);
    }
    for (size_t i = 0; i < found->faulty.n; i++) {
        size_t at = (size_t)(found->faulty.v[i] - all);
        if (at < n)
            atomic_fetch_add(&s->tally[at].faults, 1);
    }
}

static pt_webhook_status status_of(unsigned end) {
    if (allows(end))
        return PT_WEBHOOK_ALLOW;
    return end == PT_ADMISSION_DENIED ? PT_WEBHOOK_DENY : PT_WEBHOOK_ERROR;
}

static void count(pt_webhook *w, const pt_webhook_decision *d) {
    pt_webhook_status status = status_of(d->end);
    atomic_fetch_add(&w->ends[d->end], 1);
    atomic_fetch_add(&w->answers[status][d->request.dry_run], 1);
    atomic_fetch_add(&w->took[status][pt_webhook_bucket(d->took_ns)], 1);
    atomic_fetch_add(&w->took_ns[status], (unsigned long long)d->took_ns);
}

static void reply(pt_webhook_decision *d, pt_http_reply *r) {
    r->type = "application/json";
    if (d->request.uid.n) {
        pt_admission_answer(&r->body, d->request.uid, &d->verdict);
        return;
    }
    r->status = 400; // there is nothing to answer: its caller goes by its failurePolicy
    r->type = "text/plain; charset=utf-8";
    pt_buf_put_safe(&r->body, d->message);
    pt_buf_putc(&r->body, '\n');
}

static void admit(pt_webhook *w, const pt_http_call *c, pt_http_reply *r) {
    desk *k = &w->desks[c->thread];
    int64_t began_ns = pt_monotonic_ns();
    pt_webhook_decision d = {.document = c->body};
    pt_arena_clear(&k->scratch);
    pt_arena_clear(&k->told);
    hold_known(w, k);
    decide(w, k, c, &d, began_ns);
    tally(&d, k->set);
    need_receipts(w, k, &d);
    say_ourselves(&d);
    d.allow = allows(d.end) || w->opts.mode == PT_GUARD_LEARN;
    d.took_ns = pt_monotonic_ns() - began_ns;
    leave(w, k, &d);
    count(w, &d);
    if (!allows(d.end) && d.allow)
        only_learn(&k->told, &d.verdict);
    reply(&d, r);
    let_known_go(w, k);
    if (k->scratch.bytes > SCRATCH_KEPT_BYTES)
        pt_arena_done(&k->scratch);
    if (k->told.bytes > SCRATCH_KEPT_BYTES)
        pt_arena_done(&k->told);
}

bool pt_webhook_handle(pt_webhook *w, const pt_http_call *c, pt_http_reply *r) {
    pt_str path = pt_str_sub(c->target, 0, pt_str_find(c->target, '?'));
    if (!pt_str_eqz(path, "/v1/admit"))
        return false;
    if (strcmp(c->method, "POST") == 0)
        admit(w, c, r);
    else
        r->status = 405;
    return true;
}

// -- life -----------------------------------------------------------------------------------------

pt_code pt_webhook_new(pt_webhook **ret, const pt_webhook_opts *opts,
                       const pt_webhook_settings *settings, pt_err *e) {
    pt_webhook *w = calloc(1, sizeof *w);
    if (!w)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the webhook");
    w->opts = *opts;
    if (!w->opts.deadline_ms)
        w->opts.deadline_ms = DEADLINE_MS;
    if (!w->opts.receipt_wait_ms)
        w->opts.receipt_wait_ms = RECEIPT_WAIT_MS;
    pthread_mutex_init(&w->lock, NULL);
    w->desks = calloc(opts->threads, sizeof *w->desks);
    pt_code code = w->desks ? pt_webhook_set_new(&w->set, settings, e)
                            : pt_err_set(e, PT_E_NOMEM, "no memory for the webhook");
    for (size_t i = 0; i < PT_WEBHOOK_PARTS && !code; i++)
        code = pt_webhook_learn(w, (pt_webhook_part)i, &(pt_arena){0}, &(pt_webhook_facts){0}, e);
    if (code) {
        pt_webhook_free(w);
        return code;
    }
    for (size_t i = 0; i < opts->threads; i++)
        pt_arena_init(&w->desks[i].scratch, SCRATCH_BYTES_MAX);
    for (size_t i = 0; i < opts->threads; i++)
        pt_arena_init(&w->desks[i].told, TOLD_BYTES_MAX);
    *ret = w;
    return PT_OK;
}

void pt_webhook_count(pt_webhook *w, pt_webhook_counts *ret) {
    *ret = (pt_webhook_counts){.reloads = atomic_load(&w->reloads),
                               .reload_failures = atomic_load(&w->reload_failures)};
    for (size_t i = 0; i < PT_WEBHOOK_END_COUNT; i++)
        ret->ends[i] = atomic_load(&w->ends[i]);
    for (size_t s = 0; s < PT_WEBHOOK_STATUSES; s++) {
        ret->took_ns[s] = atomic_load(&w->took_ns[s]);
        for (size_t i = 0; i < 2; i++)
            ret->answers[s][i] = atomic_load(&w->answers[s][i]);
        for (size_t i = 0; i < PT_WEBHOOK_BUCKETS; i++)
            ret->took[s][i] = atomic_load(&w->took[s][i]);
    }
    if (w->opts.receipts)
        ret->receipts = pt_receipts_count(w->opts.receipts);
}

void pt_webhook_each_constraint(pt_webhook *w,
                                void (*each)(void *ctx, const pt_gk_constraint *c,
                                             const pt_webhook_found *found),
                                void *ctx) {
    pt_webhook_set *s = hold_set(w);
    size_t n = 0;
    const pt_gk_constraint *all = s->policies ? pt_gk_constraints(s->policies, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        const pt_webhook_found found = {.violations = atomic_load(&s->tally[i].violations),
                                        .errors = atomic_load(&s->tally[i].errors),
                                        .faults = atomic_load(&s->tally[i].faults)};
        each(ctx, &all[i], &found);
    }
    let_set_go(w, s);
}

void pt_webhook_each_fault(pt_webhook *w, void (*each)(void *ctx, const pt_gk_fault *f),
                           void *ctx) {
    pt_webhook_set *s = hold_set(w);
    size_t n = 0;
    const pt_gk_fault *all = s->policies ? pt_gk_faults(s->policies, &n) : NULL;
    for (size_t i = 0; i < n; i++)
        each(ctx, &all[i]);
    let_set_go(w, s);
}

void pt_webhook_put_metrics(pt_webhook *w, pt_buf *b) {
    pt_webhook_counts c;
    pt_webhook_count(w, &c);
    pt_webhook_put_counts(b, &c);
    pt_webhook_set *s = hold_set(w);
    pt_webhook_put_set(b, s);
    let_set_go(w, s);
    pthread_mutex_lock(&w->lock);
    pt_webhook_known *inventory = w->known[PT_WEBHOOK_INVENTORY];
    inventory->uses++;
    pthread_mutex_unlock(&w->lock);
    pt_webhook_put_inventory(b, &inventory->facts);
    let_one_go(w, inventory);
}

void pt_webhook_free(pt_webhook *w) {
    if (!w)
        return;
    for (size_t i = 0; w->desks && i < w->opts.threads; i++) {
        pt_gk_judge_free(w->desks[i].judge);
        let_set_go(w, w->desks[i].set);
        pt_arena_done(&w->desks[i].scratch);
        pt_arena_done(&w->desks[i].told);
    }
    free(w->desks);
    let_set_go(w, w->set);
    for (size_t i = 0; i < PT_WEBHOOK_PARTS; i++)
        let_one_go(w, w->known[i]);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
