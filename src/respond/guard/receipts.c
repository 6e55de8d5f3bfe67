#include "respond/guard/receipts.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/instant.h"

enum {
    QUEUE_BYTES_MAX = 64 << 20,
    RETRY_MS = 500,       // after the ledger refused
    CHECKPOINT_MS = 1000, // a signed tree is never older, while entries come
    QUIET_MS = 100,       // nothing came: time to sign
    STUCK_MS = 5000,
    STUCK_AFTER = 1000,
    GATHERED_MAX = PT_LEDGER_BATCH_MAX / 2, // no more are gathered
};

typedef struct receipt {
    struct receipt *next;
    bool waited; // somebody waits, who frees it, unless he left
    bool left;
    bool done, sealed;
    uint64_t index;
    size_t entry_n, line_n;
    char text[]; // entry, then line
} receipt;

struct pt_receipts {
    pt_receipts_opts opts;
    pthread_mutex_t lock;
    pthread_cond_t came, sealed;
    pthread_t thread;
    receipt *first, **last; // what waits
    size_t bytes, length;
    size_t awaited; // of them, that somebody waits for
    pt_receipts_counts counts;
    uint64_t unsaid; // lost, and not yet said in the ledger
    bool stop;
    int64_t give_up_ns; // when it stops: until then it tries
    int64_t since_ns;   // some wait, and none was sealed since
    bool refused;       // by the ledger, the last time
    char why[256];
    // of the writer alone
    pt_ledger *ledger;
    int64_t signed_ns;
};

static struct timespec in_ms(uint32_t ms) {
    int64_t at = pt_monotonic_ns() + (int64_t)ms * 1000000;
    return (struct timespec){.tv_sec = (time_t)(at / PT_SECOND_NS),
                             .tv_nsec = (long)(at % PT_SECOND_NS)};
}

// -- the writer -----------------------------------------------------------------------------------

// Under the lock: the receipt has its end.
static void settle(receipt *one, bool sealed, uint64_t index) {
    one->done = true;
    one->sealed = sealed;
    one->index = index;
    if (!one->waited || one->left)
        free(one);
}

// Under the lock: take at most a batch from the queue.
static receipt *take(pt_receipts *r, size_t *ret_n) {
    receipt *batch = r->first;
    receipt **end = &r->first;
    size_t n = 0;
    for (; *end && n < PT_LEDGER_BATCH_MAX - 1; n++) { // one more: what was lost
        r->bytes -= (*end)->entry_n + (*end)->line_n;
        r->awaited -= (*end)->waited;
        end = &(*end)->next;
    }
    r->first = *end;
    *end = NULL;
    if (!r->first)
        r->last = &r->first;
    r->length -= n;
    *ret_n = n;
    return batch;
}

static pt_code append(pt_receipts *r, const pt_str *entries, size_t n, uint64_t *ret_first,
                      pt_err *e) {
    if (!r->ledger && r->opts.open) {
        pt_code code = r->opts.open(r->opts.context, &r->ledger, e);
        if (code)
            return code;
    }
    if (!r->ledger)
        return pt_err_set(e, PT_E_IO, "the ledger is closed after a write that failed");
    pt_code code = pt_ledger_append(r->ledger, entries, n, ret_first, e);
    if (code && code != PT_E_TIMEOUT) { // it takes nothing more until it is opened again
        pt_ledger_free(r->ledger);
        r->ledger = NULL;
    }
    return code;
}

static void say_refused(pt_receipts *r, pt_code code, const pt_err *e) {
    bool refused = code != PT_OK;
    pthread_mutex_lock(&r->lock);
    bool changed = refused != r->refused;
    r->refused = refused;
    snprintf(r->why, sizeof r->why, "%s", refused ? e->what : "");
    pthread_mutex_unlock(&r->lock);
    if (changed && r->opts.broken)
        r->opts.broken(r->opts.context, refused ? e : NULL);
}

// Under the lock, between two tries: may the writer go on trying?
static bool wait_to_retry(pt_receipts *r) {
    if (r->stop && pt_monotonic_ns() >= r->give_up_ns)
        return false;
    struct timespec until = in_ms(r->stop ? RETRY_MS / 10 : RETRY_MS);
    bool stop = r->stop;
    while (r->stop == stop && pthread_cond_timedwait(&r->came, &r->lock, &until) == 0)
        ;
    return true;
}

// What could not be kept is said in its place.
static pt_str lost_entry(uint64_t n, char *room, size_t room_bytes) {
    char time[PT_RFC3339_BYTES];
    int length = snprintf(
        room, room_bytes,
        "{\"kind\":\"lost receipts\",\"n\":%llu,\"says\":\"receipts that could not be kept: "
        "%llu\",\"time\":\"%.*s\"}",
        (unsigned long long)n, (unsigned long long)n, PT_PRI(pt_time_rfc3339(pt_now(), time)));
    return (pt_str){room, (size_t)length};
}

// One try to append the batch, and what was lost until then. Without the lock.
static bool try_append(pt_receipts *r, pt_str *entries, size_t n, uint64_t *ret_first) {
    char room[256];
    pt_err e = {0};
    pthread_mutex_lock(&r->lock);
    uint64_t unsaid = r->unsaid;
    pthread_mutex_unlock(&r->lock);
    if (unsaid)
        entries[n] = lost_entry(unsaid, room, sizeof room);
    pt_code code = append(r, entries, n + (unsaid > 0), ret_first, &e);
    say_refused(r, code, &e);
    pthread_mutex_lock(&r->lock);
    r->unsaid -= code ? 0 : unsaid;
    pthread_mutex_unlock(&r->lock);
    return code == PT_OK;
}

// Append the batch; tries until it succeeds or is told to stop.
static bool seal(pt_receipts *r, const receipt *batch, size_t n, uint64_t *ret_first) {
    pt_str *entries = calloc(n + 1, sizeof *entries);
    size_t i = 0;
    for (; entries && batch; batch = batch->next)
        entries[i++] = (pt_str){batch->text, batch->entry_n};
    bool sealed = false;
    bool on = entries != NULL;
    while (on) {
        sealed = try_append(r, entries, n, ret_first);
        pthread_mutex_lock(&r->lock);
        on = !sealed && wait_to_retry(r);
        pthread_mutex_unlock(&r->lock);
    }
    free(entries);
    return sealed;
}

static void tell(pt_receipts *r, const receipt *batch, bool sealed, uint64_t first) {
    for (; batch && r->opts.told; batch = batch->next)
        r->opts.told(r->opts.context, (pt_str){batch->text + batch->entry_n, batch->line_n}, sealed,
                     sealed ? first++ : 0);
}

// A failure here is found again by the next entry.
static void sign(pt_receipts *r) {
    pt_err e = {0};
    if (r->ledger && pt_ledger_size(r->ledger) > pt_ledger_signed_size(r->ledger) &&
        pt_ledger_checkpoint(r->ledger, &e)) {
        say_refused(r, e.code, &e);
        pt_ledger_free(r->ledger);
        r->ledger = NULL;
    }
    r->signed_ns = pt_monotonic_ns();
}

static void write_batch(pt_receipts *r, receipt *batch, size_t n) {
    uint64_t first = 0;
    bool sealed = seal(r, batch, n, &first);
    tell(r, batch, sealed, first);
    pthread_mutex_lock(&r->lock);
    for (receipt *next; batch; batch = next) {
        next = batch->next;
        settle(batch, sealed, first++);
    }
    r->counts.waiting -= n;
    r->since_ns = pt_monotonic_ns();
    r->counts.sealed += sealed ? n : 0;
    r->counts.lost += sealed ? 0 : n;
    r->unsaid += sealed ? 0 : n;
    pthread_cond_broadcast(&r->sealed);
    pthread_mutex_unlock(&r->lock);
    if (pt_monotonic_ns() - r->signed_ns > (int64_t)CHECKPOINT_MS * 1000000)
        sign(r);
}

// Under the lock, with something in the queue: more may come that shares its flush.
static void gather(pt_receipts *r) {
    struct timespec until = in_ms(r->opts.gather_ms);
    while (r->opts.gather_ms && !r->stop && !r->awaited && r->length < GATHERED_MAX &&
           pthread_cond_timedwait(&r->came, &r->lock, &until) == 0)
        ;
}

static void *run(void *context) {
    pt_receipts *r = context;
    bool quiet = true; // all is signed
    pthread_mutex_lock(&r->lock);
    while (r->first || !r->stop) {
        if (!r->first && quiet)
            pthread_cond_wait(&r->came, &r->lock);
        else if (!r->first) {
            struct timespec until = in_ms(QUIET_MS);
            quiet = pthread_cond_timedwait(&r->came, &r->lock, &until) != 0 && !r->first;
        }
        size_t n = 0;
        if (r->first)
            gather(r);
        receipt *batch = take(r, &n);
        pthread_mutex_unlock(&r->lock);
        if (n)
            write_batch(r, batch, n);
        else if (quiet)
            sign(r);
        quiet = quiet && !n;
        pthread_mutex_lock(&r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    sign(r);
    return NULL;
}

// -- outside --------------------------------------------------------------------------------------

pt_code pt_receipts_new(pt_receipts **ret, const pt_receipts_opts *opts, pt_err *e) {
    pt_receipts *r = calloc(1, sizeof *r);
    if (!r)
        return pt_err_set(e, PT_E_NOMEM, "no memory for receipts");
    *r = (pt_receipts){.opts = *opts, .ledger = opts->ledger};
    if (!r->opts.queue_bytes_max)
        r->opts.queue_bytes_max = QUEUE_BYTES_MAX;
    if (!r->opts.stuck_ms)
        r->opts.stuck_ms = STUCK_MS;
    if (!r->opts.stuck_after)
        r->opts.stuck_after = STUCK_AFTER;
    r->last = &r->first;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->came, &clock);
    pthread_cond_init(&r->sealed, &clock);
    pthread_condattr_destroy(&clock);
    int sys = pthread_create(&r->thread, NULL, run, r);
    if (sys) {
        free(r);
        return pt_err_sys(e, sys, "no thread for receipts: %s", pt_errno_text(sys));
    }
    *ret = r;
    return PT_OK;
}

static receipt *receipt_new(pt_str entry, pt_str line) {
    receipt *one = malloc(sizeof *one + entry.n + line.n);
    if (!one)
        return NULL;
    *one = (receipt){.entry_n = entry.n, .line_n = line.n};
    memcpy(one->text, entry.p, entry.n);
    if (line.n)
        memcpy(one->text + entry.n, line.p, line.n);
    return one;
}

// Under the lock.
static bool wait_sealed(pt_receipts *r, receipt *one, uint32_t wait_ms, uint64_t *ret_index) {
    struct timespec until = in_ms(wait_ms);
    while (!one->done && pthread_cond_timedwait(&r->sealed, &r->lock, &until) == 0)
        ;
    if (!one->done) {
        one->left = true;
        return false;
    }
    bool sealed = one->sealed;
    if (sealed)
        *ret_index = one->index;
    free(one);
    return sealed;
}

bool pt_receipts_put(pt_receipts *r, pt_str entry, pt_str line, uint32_t wait_ms,
                     uint64_t *ret_index) {
    receipt *one = entry.n <= PT_LEDGER_ENTRY_BYTES_MAX ? receipt_new(entry, line) : NULL;
    bool sealed = false;
    pthread_mutex_lock(&r->lock);
    if (!one || entry.n + line.n > r->opts.queue_bytes_max - r->bytes) {
        r->counts.lost++;
        r->unsaid++;
        free(one);
    } else {
        one->waited = wait_ms > 0;
        r->bytes += entry.n + line.n;
        if (r->counts.waiting++ == 0)
            r->since_ns = pt_monotonic_ns();
        *r->last = one;
        r->last = &one->next;
        r->awaited += one->waited;
        // While they are gathered the writer is only woken for a reason.
        bool wakes = !r->opts.gather_ms || one->waited || r->length == 0;
        if (++r->length == GATHERED_MAX || wakes)
            pthread_cond_signal(&r->came);
        if (wait_ms)
            sealed = wait_sealed(r, one, wait_ms, ret_index);
    }
    pthread_mutex_unlock(&r->lock);
    return sealed;
}

pt_receipts_counts pt_receipts_count(pt_receipts *r) {
    pthread_mutex_lock(&r->lock);
    pt_receipts_counts counts = r->counts;
    pthread_mutex_unlock(&r->lock);
    return counts;
}

bool pt_receipts_stuck(pt_receipts *r, pt_arena *a, pt_str *ret_why) {
    pthread_mutex_lock(&r->lock);
    int64_t waits_ns = r->counts.waiting ? pt_monotonic_ns() - r->since_ns : 0;
    bool stuck = waits_ns > (int64_t)r->opts.stuck_ms * 1000000 ||
                 (r->refused && r->counts.waiting > r->opts.stuck_after);
    if (stuck)
        *ret_why = pt_arena_str(a, pt_str_of(r->why));
    pthread_mutex_unlock(&r->lock);
    return stuck;
}

bool pt_receipts_free(pt_receipts *r, uint32_t wait_ms) {
    if (!r)
        return true;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    r->give_up_ns = pt_monotonic_ns() + (int64_t)wait_ms * 1000000;
    pthread_cond_signal(&r->came);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    bool all = r->unsaid == 0;
    pt_ledger_free(r->ledger);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->came);
    pthread_cond_destroy(&r->sealed);
    free(r);
    return all;
}
