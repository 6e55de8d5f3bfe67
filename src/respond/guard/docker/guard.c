#include "respond/guard/docker/guard.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "respond/guard/docker/guard_impl.h"
#include "respond/guard/lane.h"
#include "respond/guard/metrics.h"
#include "value/json.h"

enum {
    DEADLINE_MS = 2000,
    RECEIPT_WAIT_MS = 50,
    JUDGES_MAX = 16, // at work, those that are late and not yet through too; others wait for one
    SCRATCH_BYTES_MAX = 32 << 20,
    LARGE_BYTES = 256 << 10,  // of a document of which few are judged at the same time: large.c
    KEPT_BYTES_MAX = 1 << 20, // of a desk's memory, between two calls
};

// Of one thread of the server.
typedef struct desk {
    pt_lane *lane; // NULL: to be made
    pt_arena scratch;
} desk;

struct pt_guard {
    pt_guard_opts opts;
    desk *desks;
    pt_guard_execs *execs;
    pt_guard_quota *quota;
    pthread_mutex_t lock;
    pt_guard_set *set;     // under the lock
    pt_guard_set *oldest;  // … that is still in use; under the lock
    size_t judges;         // at work; under the lock
    pthread_cond_t rested; // one is through
    pt_guard_large large;  // under the lock
    atomic_ullong ends[PT_GUARD_END_COUNT], rules[PT_GUARD_RULES_MAX], took[PT_GUARD_SLOTS];
    atomic_ullong denied, gathered, plugin_off, reloads, reload_failures, level, policies, took_ns;
};

// -- settings -------------------------------------------------------------------------------------

static pt_guard_set *hold(pt_guard *g) {
    pthread_mutex_lock(&g->lock);
    pt_guard_set *s = g->set;
    s->uses++;
    pthread_mutex_unlock(&g->lock);
    return s;
}

// Who holds settings has all later ones, too: a request does not know by which its judge decides.
static void let_go(pt_guard *g, pt_guard_set *s) {
    pthread_mutex_lock(&g->lock);
    pt_guard_set *unused = g->oldest;
    s->uses--;
    while (g->oldest->uses == 0)
        g->oldest = g->oldest->later;
    pt_guard_set *end = g->oldest;
    pthread_mutex_unlock(&g->lock);
    while (unused != end) {
        pt_guard_set *later = unused->later;
        pt_guard_set_free(unused);
        unused = later;
    }
}

pt_code pt_guard_reload(pt_guard *g, const pt_guard_settings *settings, pt_err *e) {
    pt_guard_set *s = NULL;
    pt_code code = pt_guard_set_new(&s, settings, e);
    if (code) {
        pt_guard_reload_failed(g);
        return code;
    }
    pthread_mutex_lock(&g->lock);
    pt_guard_set *old = g->set;
    old->later = s;
    g->set = s;
    pthread_mutex_unlock(&g->lock);
    let_go(g, old);
    atomic_fetch_add(&g->reloads, 1);
    return PT_OK;
}

void pt_guard_reload_failed(pt_guard *g) {
    atomic_fetch_add(&g->reload_failures, 1);
}

pt_guard_policies_id pt_guard_policies_in_force(pt_guard *g) {
    pt_guard_set *s = hold(g);
    pt_guard_policies_id id = pt_guard_policies_id_of(s->policies);
    let_go(g, s);
    return id;
}

// -- judging --------------------------------------------------------------------------------------

// False: others have the places for large requests.
static bool large_begins(pt_guard *g, pt_str document) {
    pthread_mutex_lock(&g->lock);
    bool may = document.n <= LARGE_BYTES ||
               pt_guard_large_take(&g->large, &g->set->settings.tenants, document);
    pthread_mutex_unlock(&g->lock);
    return may;
}

static void large_ends(pt_guard *g, pt_str document) {
    if (document.n <= LARGE_BYTES)
        return;
    pthread_mutex_lock(&g->lock);
    pt_guard_large_give(&g->large, document);
    pthread_mutex_unlock(&g->lock);
}

static void *work(void *context, pt_arena *a, pt_str document) {
    pt_guard *g = context;
    pt_guard_set *s = hold(g);
    pt_guard_decision *d = pt_guard_decide(a, document, g->opts.host, g->execs, s);
    let_go(g, s);
    large_ends(g, document);
    return d;
}

static struct timespec in_ms(uint32_t ms) {
    int64_t at = pt_monotonic_ns() + (int64_t)ms * 1000000;
    return (struct timespec){.tv_sec = (time_t)(at / PT_SECOND_NS),
                             .tv_nsec = (long)(at % PT_SECOND_NS)};
}

// One judge more at work, as soon as there may be. False: not within the deadline.
static bool judge_begins(pt_guard *g) {
    const struct timespec until = in_ms(g->opts.deadline_ms);
    pthread_mutex_lock(&g->lock);
    while (g->judges >= JUDGES_MAX && pthread_cond_timedwait(&g->rested, &g->lock, &until) == 0)
        ;
    bool may = g->judges < JUDGES_MAX;
    g->judges += may;
    pthread_mutex_unlock(&g->lock);
    return may;
}

static void judge_ends(void *context) {
    pt_guard *g = context;
    pthread_mutex_lock(&g->lock);
    g->judges--;
    pthread_cond_signal(&g->rested);
    pthread_mutex_unlock(&g->lock);
}

// Why there is no decision.
typedef struct nothing {
    pt_guard_end end;
    const char *message;
} nothing;

static const nothing too_late = {PT_GUARD_LATE, "the request could not be judged in time."};
static const nothing too_large = {PT_GUARD_UNCLEAR, "the request is too large to be judged."};
static const nothing too_many = {PT_GUARD_UNCLEAR,
                                 "other large requests are being judged; send it again."};

// The decision of a lane of this desk; NULL: there was none. A judge is at work.
static const pt_guard_decision *run_lane(pt_guard *g, desk *d, pt_str document, uint32_t wait_ms,
                                         nothing *ret_why) {
    void *result = NULL;
    bool left = false;
    if (!d->lane && pt_lane_new(&d->lane, work, judge_ends, g, NULL)) {
        judge_ends(g);
        large_ends(g, document);
        *ret_why = too_large;
        return NULL;
    }
    bool done = pt_lane_run(d->lane, document, wait_ms, &result, &left);
    if (left)
        d->lane = NULL; // it says itself when it is through
    else
        judge_ends(g);
    if (!done && !left) // it was never worked on
        large_ends(g, document);
    *ret_why = left ? too_late : too_large;
    return result;
}

static const pt_guard_decision *ask(pt_guard *g, desk *d, pt_str document, nothing *ret_why) {
    int64_t began = pt_monotonic_ns();
    *ret_why = too_many;
    if (!large_begins(g, document))
        return NULL;
    *ret_why = too_late;
    if (!judge_begins(g)) {
        large_ends(g, document);
        return NULL;
    }
    int64_t waited_ms = (pt_monotonic_ns() - began) / 1000000;
    int64_t rest_ms = (int64_t)g->opts.deadline_ms - waited_ms;
    return run_lane(g, d, document, rest_ms > 1 ? (uint32_t)rest_ms : 1, ret_why);
}

// `s` is held: what is decided points into settings.
static const pt_guard_decision *decide(pt_guard *g, desk *k, const pt_guard_set *s, pt_str document,
                                       nothing *ret_why) {
    const pt_guard_decision *d = pt_guard_decide_harmless(&k->scratch, document, s);
    return d ? d : ask(g, k, document, ret_why);
}

static void count_rule(pt_guard *g, const pt_docker_rule *rule) {
    size_t n;
    size_t at = (size_t)(rule - pt_docker_rules(&n));
    if (at < n && at < PT_COUNT(g->rules))
        atomic_fetch_add(&g->rules[at], 1);
}

static void count(pt_guard *g, const pt_guard_decision *d) {
    atomic_fetch_add(&g->ends[d->end], 1);
    atomic_fetch_add(&g->level, d->off_level);
    atomic_fetch_add(&g->policies, d->off_policies);
    atomic_fetch_add(&g->plugin_off, d->plugin_off);
    for (size_t i = 0; i < d->verdict.offences.n; i++)
        count_rule(g, d->verdict.offences.v[i].rule);
    if (d->unclear)
        count_rule(g, d->unclear);
}

// Has it a receipt of its own? Else it is counted, and told with others.
static bool has_receipt(pt_guard *g, const pt_guard_decision *d, pt_str document) {
    if (d->end == PT_GUARD_HARMLESS)
        return false;
    if (d->end < PT_GUARD_OFFENDS || d->plugin_off ||
        pt_guard_quota_take(g->quota, d, document, pt_monotonic_ns()))
        return true;
    atomic_fetch_add(&g->gathered, 1);
    return false;
}

// What was denied until then and left no receipt.
static void tell_more(pt_guard *g, pt_arena *a, int64_t now_ns) {
    pt_guard_more more;
    uint64_t index;
    while (g->opts.receipts && pt_guard_quota_due(g->quota, now_ns, &more)) {
        pt_guard_receipt r = pt_guard_receipt_of_more(a, &more, g->opts.mode, g->opts.lines);
        PT_IGNORE(pt_receipts_put(g->opts.receipts, r.entry, r.line, 0, &index)); // not asked
    }
}

// Leave the receipt. True: it is sealed, under *ret_index.
static bool leave(pt_guard *g, pt_arena *a, const pt_guard_decision *d, pt_str document,
                  uint64_t *ret_index) {
    bool denies = d->end >= PT_GUARD_OFFENDS && g->opts.mode == PT_GUARD_ENFORCE;
    if (!g->opts.receipts || !has_receipt(g, d, document))
        return false;
    pt_guard_receipt r = pt_guard_receipt_of(a, d, g->opts.mode, g->opts.lines, document);
    return pt_receipts_put(g->opts.receipts, r.entry, r.line, denies ? g->opts.receipt_wait_ms : 0,
                           ret_index);
}

static void answer(pt_buf *b, bool allow, pt_str message) {
    pt_buf_putz(b, allow ? "{\"Allow\":true}" : "{\"Allow\":false,\"Msg\":");
    if (allow)
        return;
    pt_json_put_string(b, message, NULL);
    pt_buf_putc(b, '}');
}

// What is allowed is done only if it leaves a receipt.
static bool must_wait_for_receipts(pt_guard *g, pt_arena *a, const pt_guard_decision *d,
                                   pt_str *ret_message) {
    bool strict = g->opts.mode == PT_GUARD_ENFORCE && g->opts.receipts && !g->opts.best_effort;
    pt_str why = {0};
    if (!strict || d->end != PT_GUARD_ALLOWED || !pt_receipts_stuck(g->opts.receipts, a, &why))
        return false;
    *ret_message = pt_arena_printf(a, "the ledger takes no receipts%s%.*s; make room for it.",
                                   why.n ? ": " : "", PT_PRI(why));
    return true;
}

// False: it was a request of the guard itself, which is not counted. `s` is held.
static bool authorize(pt_guard *g, desk *k, const pt_guard_set *s, pt_str document, pt_buf *b) {
    nothing why;
    pt_arena_clear(&k->scratch);
    tell_more(g, &k->scratch, pt_monotonic_ns());
    const pt_guard_decision *d = decide(g, k, s, document, &why);
    pt_guard_decision none = {0};
    if (!d) {
        none.end = why.end;
        none.message = pt_str_of(why.message);
        d = &none;
    }
    pt_str stuck;
    if (must_wait_for_receipts(g, &k->scratch, d, &stuck)) {
        none = *d;
        none.end = PT_GUARD_UNKEPT;
        none.message = stuck;
        d = &none;
    }
    if (d->who.ours && d->end == PT_GUARD_HARMLESS) {
        answer(b, true, (pt_str){0});
        return false;
    }
    count(g, d);
    uint64_t index = 0;
    bool sealed = leave(g, &k->scratch, d, document, &index);
    bool allow = d->end < PT_GUARD_OFFENDS || g->opts.mode == PT_GUARD_LEARN;
    atomic_fetch_add(&g->denied, !allow);
    pt_str message = d->message;
    if (!allow && sealed)
        message = pt_arena_printf(&k->scratch, "%.*s Receipt %llu.", PT_PRI(d->message),
                                  (unsigned long long)index);
    answer(b, allow, message.p ? message : d->message);
    return true;
}

static void count_time(pt_guard *g, int64_t took_ns) {
    size_t slot = 0;
    for (int64_t us = took_ns / 1000; us > 0 && slot < PT_GUARD_SLOTS - 1; us >>= 1)
        slot++;
    atomic_fetch_add(&g->took[slot], 1);
    atomic_fetch_add(&g->took_ns, took_ns > 0 ? (uint64_t)took_ns : 0);
}

// -- the calls of the protocol --------------------------------------------------------------------

static void activate(pt_guard *g, const pt_http_call *c, pt_buf *b) {
    (void)g, (void)c;
    pt_buf_putz(b, "{\"Implements\":[\"authz\"]}");
}

static void request(pt_guard *g, const pt_http_call *c, pt_buf *b) {
    int64_t began = pt_monotonic_ns();
    desk *k = &g->desks[c->thread];
    pt_guard_set *s = hold(g);
    if (authorize(g, k, s, c->body, b))
        count_time(g, pt_monotonic_ns() - began);
    let_go(g, s);
    pt_arena_rest(&k->scratch, KEPT_BYTES_MAX);
    pt_lane_rest(k->lane);
}

// What was done cannot be undone here: it is let through, and read for the execs of tenants alone.
static void response(pt_guard *g, const pt_http_call *c, pt_buf *b) {
    pt_arena *a = &g->desks[c->thread].scratch;
    pt_guard_set *s = hold(g);
    pt_arena_clear(a);
    if (s->settings.tenants.given)
        pt_guard_who_remember(a, c->body, &s->settings.tenants, g->execs);
    let_go(g, s);
    pt_arena_rest(a, KEPT_BYTES_MAX);
    answer(b, true, (pt_str){0});
}

void pt_guard_handle(void *guard, const pt_http_call *c, pt_http_reply *r) {
    static const struct {
        const char *target;
        void (*call)(pt_guard *g, const pt_http_call *c, pt_buf *b);
    } calls[] = {{"/Plugin.Activate", activate},
                 {"/AuthZPlugin.AuthZReq", request},
                 {"/AuthZPlugin.AuthZRes", response}};
    for (size_t i = 0; i < PT_COUNT(calls); i++) {
        if (!pt_str_eqz(c->target, calls[i].target))
            continue;
        if (strcmp(c->method, "POST") != 0) {
            r->status = 405;
            return;
        }
        r->type = "application/vnd.docker.plugins.v1.2+json";
        calls[i].call(guard, c, &r->body);
        return;
    }
    r->status = 404;
}

// -- life -----------------------------------------------------------------------------------------

pt_code pt_guard_new(pt_guard **ret, const pt_guard_opts *opts, const pt_guard_settings *settings,
                     pt_err *e) {
    pt_guard *g = calloc(1, sizeof *g);
    if (!g)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the guard");
    g->opts = *opts;
    if (!g->opts.deadline_ms)
        g->opts.deadline_ms = DEADLINE_MS;
    if (!g->opts.receipt_wait_ms)
        g->opts.receipt_wait_ms = RECEIPT_WAIT_MS;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->rested, &clock);
    pthread_condattr_destroy(&clock);
    g->desks = calloc(opts->threads, sizeof *g->desks);
    g->execs = pt_guard_execs_new();
    g->quota = pt_guard_quota_new();
    pt_code code = g->desks && g->execs && g->quota
                       ? pt_guard_set_new(&g->set, settings, e)
                       : pt_err_set(e, PT_E_NOMEM, "no memory for the guard");
    if (code) {
        pt_guard_free(g);
        return code;
    }
    for (size_t i = 0; i < opts->threads; i++)
        pt_arena_init(&g->desks[i].scratch, SCRATCH_BYTES_MAX);
    g->oldest = g->set;
    *ret = g;
    return PT_OK;
}

void pt_guard_count(pt_guard *g, pt_guard_counts *ret) {
    *ret = (pt_guard_counts){
        .denied = atomic_load(&g->denied),
        .gathered = atomic_load(&g->gathered),
        .plugin_off = atomic_load(&g->plugin_off),
        .reloads = atomic_load(&g->reloads),
        .reload_failures = atomic_load(&g->reload_failures),
        .took_ns = atomic_load(&g->took_ns),
        .level = atomic_load(&g->level),
        .policies = atomic_load(&g->policies),
    };
    for (size_t i = 0; i < PT_GUARD_END_COUNT; i++)
        ret->ends[i] = atomic_load(&g->ends[i]);
    for (size_t i = 0; i < PT_COUNT(g->rules); i++)
        ret->rules[i] = atomic_load(&g->rules[i]);
    for (size_t i = 0; i < PT_GUARD_SLOTS; i++)
        ret->took[i] = atomic_load(&g->took[i]);
    if (g->opts.receipts)
        ret->receipts = pt_receipts_count(g->opts.receipts);
}

void pt_guard_put_metrics(pt_guard *g, pt_buf *b) {
    pt_guard_counts c;
    pt_guard_count(g, &c);
    pt_guard_set *s = hold(g);
    pt_guard_metrics_put(b, &c, s);
    let_go(g, s);
    pt_metric_one(b, "paratia_guard_enforcing", "gauge", "1: it denies; 0: it learns",
                  g->opts.mode == PT_GUARD_ENFORCE);
}

void pt_guard_free(pt_guard *g) {
    if (!g)
        return;
    if (g->desks && g->quota)
        tell_more(g, &g->desks[0].scratch, INT64_MAX);
    pt_guard_quota_free(g->quota);
    g->quota = NULL;
    for (size_t i = 0; g->desks && i < g->opts.threads; i++) {
        pt_lane_free(g->desks[i].lane);
        pt_arena_done(&g->desks[i].scratch);
    }
    free(g->desks);
    g->desks = NULL;
    pthread_mutex_lock(&g->lock);
    bool works = g->judges > 0; // with the rest
    pthread_mutex_unlock(&g->lock);
    if (works)
        return;
    if (g->set)
        pt_guard_set_free(g->set);
    pt_guard_execs_free(g->execs);
    pthread_mutex_destroy(&g->lock);
    pthread_cond_destroy(&g->rested);
    free(g);
}
