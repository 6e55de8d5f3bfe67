#include "collect/cluster/mirror.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/instant.h"
#include "collect/cluster/cluster_impl.h"
#include "collect/cluster/mirror_store.h"
#include "value/json.h"

enum {
    RETRY_MS_DEFAULT = 500,
    DOUBLINGS_MAX = 6,
    SHORT_MS = 1000, // a watch that ends sooner is not begun again at once
    WATCH_S = 240,   // and up to a minute more, so that not all end at the same time
    VERSION_BYTES_MAX = 1024,
    ABSENT_MAX = 3, // times that a kind may be gone before that is trouble
};

// One kind, and the thread that keeps it.
typedef struct kept {
    pt_mirror *m;
    pt_cluster_kind kind;
    pt_cluster *cluster;
    pthread_t thread;
    pthread_mutex_t lock; // of `store`
    pt_mirror_store store;
    bool started, added; // added: it may go
    atomic_bool dropped, ended, listed, absent;
    _Atomic int64_t fresh_ns;
    // The thread's own:
    pt_arena a;
    pt_arena names; // of `kind`
    pt_buf version; // the last one seen; empty: it is to be listed
    unsigned failures;
    bool changed, troubled;
    size_t events;
} kept;

struct pt_mirror {
    pt_mirror_opts opts;
    pt_host to;
    kept *kinds[PT_MIRROR_KINDS_MAX];
    size_t n;
    atomic_bool stop;
    _Atomic uint64_t version;
    pthread_mutex_t table; // of `kinds` and `n`: held by who changes them, and by other threads
    pthread_mutex_t gate;  // one kind is listed at a time: chunks are large
    pthread_mutex_t talk;  // of callbacks, and of `troubled`
    pthread_mutex_t pause; // of `ends`
    pthread_cond_t ends;
    size_t troubled; // kinds
};

static bool is_stopped(void *ctx) {
    const kept *k = ctx;
    return atomic_load(&k->m->stop) || atomic_load(&k->dropped);
}

// -- what it says ---------------------------------------------------------------------------------

static void say_changed(kept *k) {
    const pt_mirror_opts *o = &k->m->opts;
    if (!k->changed)
        return;
    k->changed = false;
    pthread_mutex_lock(&k->m->talk);
    if (o->changed)
        o->changed(o->ctx, &k->kind);
    pthread_mutex_unlock(&k->m->talk);
}

static void say_trouble(kept *k, const pt_err *e) {
    pt_mirror *m = k->m;
    if (k->troubled == (e != NULL))
        return;
    k->troubled = e != NULL;
    pthread_mutex_lock(&m->talk);
    m->troubled += e ? 1 : (size_t)-1;
    if (m->opts.trouble && (e || m->troubled == 0))
        m->opts.trouble(m->opts.ctx, e);
    pthread_mutex_unlock(&m->talk);
}

static void say_fresh(kept *k, int64_t as_of_ns) {
    atomic_store(&k->fresh_ns, as_of_ns);
    say_trouble(k, NULL);
}

// -- objects --------------------------------------------------------------------------------------

static void note_change(kept *k) {
    k->changed = true;
    atomic_fetch_add(&k->m->version, 1);
}

static pt_code keep(void *ctx, pt_value object, pt_err *e) {
    kept *k = ctx;
    bool changed = false;
    pt_arena_clear(&k->a);
    pthread_mutex_lock(&k->lock);
    pt_code code = pt_mirror_store_put(&k->store, &k->a, object, &changed, e);
    pthread_mutex_unlock(&k->lock);
    if (changed)
        note_change(k);
    return code;
}

static void forget(kept *k, pt_value object) {
    pthread_mutex_lock(&k->lock);
    bool was = pt_mirror_store_drop(&k->store, object);
    pthread_mutex_unlock(&k->lock);
    if (was)
        note_change(k);
}

// What is not seen again goes at the end.
static void begin_round(void *ctx) {
    kept *k = ctx;
    pthread_mutex_lock(&k->lock);
    k->store.round++;
    pthread_mutex_unlock(&k->lock);
}

static void end_round(kept *k) {
    pthread_mutex_lock(&k->lock);
    size_t gone = pt_mirror_store_sweep(&k->store);
    pthread_mutex_unlock(&k->lock);
    if (gone)
        note_change(k);
}

static pt_code list(kept *k, pt_err *e) {
    const pt_cluster_lister l = {.take = keep, .restart = begin_round, .ctx = k};
    pt_arena a = {0};
    pt_str version;
    int64_t begun = pt_monotonic_ns();
    begin_round(k);
    pt_code code = pt_cluster_list(k->cluster, &a, &k->kind, &l, &version, e);
    if (!code) {
        end_round(k);
        pt_buf_clear(&k->version);
        pt_buf_put(&k->version, version);
        atomic_store(&k->listed, true);
        say_fresh(k, begun);
    }
    say_changed(k);
    pt_arena_done(&a);
    pt_arena_done(&k->a);
    return code;
}

static pt_code list_in_turn(kept *k, pt_err *e) {
    pthread_mutex_lock(&k->m->gate);
    pt_code code = is_stopped(k) ? PT_E_TIMEOUT : list(k, e);
    pthread_mutex_unlock(&k->m->gate);
    return code;
}

// -- watching -------------------------------------------------------------------------------------

static pt_code on_event(void *ctx, pt_cluster_event what, pt_value object, pt_err *e) {
    kept *k = ctx;
    pt_str version = pt_text(pt_getz(pt_getz(object, "metadata"), "resourceVersion"));
    pt_code code = PT_OK;
    k->events++;
    if (!version.n || version.n > VERSION_BYTES_MAX)
        return pt_err_set(e, PT_E_FORMAT, "an event has no resourceVersion");
    if (what == PT_CLUSTER_DELETED)
        forget(k, object);
    else if (what != PT_CLUSTER_BOOKMARK)
        code = keep(k, object, e);
    if (!code) {
        pt_buf_clear(&k->version);
        pt_buf_put(&k->version, version);
    }
    return code;
}

static void on_drained(void *ctx) {
    kept *k = ctx;
    say_changed(k);
    if (k->events)
        say_fresh(k, pt_monotonic_ns());
    else
        say_trouble(k,
                    NULL); // it is taken; whether nothing happened is not known before a bookmark
}

static uint32_t random_below(uint32_t n) {
    uint32_t r = 0;
    PT_IGNORE(getrandom(&r, sizeof r, 0) != sizeof r); // then it is not random: it need not be
    return r % n;
}

static pt_code watch(kept *k, pt_err *e) {
    const pt_cluster_watch w = {.event = on_event,
                                .drained = on_drained,
                                .ctx = k,
                                .timeout_s = WATCH_S + random_below(60)};
    PT_AUTO(pt_buf_done) pt_buf from = PT_BUF(VERSION_BYTES_MAX);
    int64_t begun = pt_monotonic_ns();
    k->events = 0;
    pt_buf_put(&from, pt_buf_str(&k->version));
    pt_code code = pt_cluster_watch_run(k->cluster, &k->kind, pt_buf_str(&from), &w, e);
    say_changed(k);
    if (k->events || pt_monotonic_ns() - begun >= SHORT_MS * INT64_C(1000000))
        k->failures = 0;
    else if (!code)
        k->failures++; // it takes watches, and ends them
    return code;
}

// -- the thread -----------------------------------------------------------------------------------

static void rest(kept *k) {
    pt_mirror *m = k->m;
    uint32_t base = m->opts.retry_ms ? m->opts.retry_ms : RETRY_MS_DEFAULT;
    unsigned doublings = k->failures > DOUBLINGS_MAX ? DOUBLINGS_MAX : k->failures - 1;
    int64_t ms = (int64_t)base << doublings;
    ms = ms / 2 + random_below((uint32_t)ms + 1); // so that many do not come back at once
    int64_t end = pt_monotonic_ns() + ms * 1000000;
    const struct timespec until = {.tv_sec = (time_t)(end / PT_SECOND_NS),
                                   .tv_nsec = (long)(end % PT_SECOND_NS)};
    pthread_mutex_lock(&m->pause);
    while (!is_stopped(k) && pthread_cond_timedwait(&m->ends, &m->pause, &until) == 0)
        continue;
    pthread_mutex_unlock(&m->pause);
}

// Its owner is to look whether there is such a kind.
static void say_absent(kept *k) {
    pt_buf_clear(&k->version);
    k->changed = true;
    say_changed(k);
}

static void turn(kept *k) {
    pt_err e = {0};
    bool listing = k->version.n == 0;
    pt_code code = listing ? list_in_turn(k, &e) : watch(k, &e);
    if (is_stopped(k))
        return;
    atomic_store(&k->absent, code == PT_E_ABSENT);
    if (code)
        k->failures++;
    else if (listing)
        k->failures = 0;
    if (code == PT_E_CONFLICT && !listing)
        pt_buf_clear(&k->version); // no trouble: it is listed anew
    else if (code == PT_E_ABSENT && k->added && k->failures <= ABSENT_MAX)
        say_absent(k);
    else if (code)
        say_trouble(k, &e);
    if (k->failures)
        rest(k);
}

static void *run(void *ctx) {
    kept *k = ctx;
    while (!is_stopped(k))
        turn(k);
    if (atomic_load(&k->dropped))
        say_trouble(k, NULL);
    atomic_store(&k->ended, true);
    return NULL;
}

// -- beginning and end ----------------------------------------------------------------------------

static bool copy_kind(pt_arena *a, const pt_cluster_kind *from, pt_cluster_kind *ret) {
    *ret = *from;
    ret->group = pt_arena_str(a, from->group);
    ret->version = pt_arena_str(a, from->version);
    ret->kind = pt_arena_str(a, from->kind);
    ret->resource = pt_arena_str(a, from->resource);
    ret->namespace = pt_arena_str(a, from->namespace);
    return !a->full;
}

static void free_kept(kept *k) {
    pt_cluster_free(k->cluster);
    pt_mirror_store_done(&k->store);
    pt_arena_done(&k->a);
    pt_arena_done(&k->names);
    pt_buf_done(&k->version);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

static pt_code fill(kept *k, const pt_cluster_kind *from, const pt_kubeconfig *config, pt_err *e) {
    if (getrandom(&k->store.seed, sizeof k->store.seed, 0) != sizeof k->store.seed)
        return pt_err_set(e, PT_E_IO, "getrandom gives nothing");
    if (!from->lists || !from->watches)
        return pt_err_set(e, PT_E_USAGE, "%.*s cannot be listed and watched",
                          PT_PRI(from->resource));
    if (!copy_kind(&k->names, from, &k->kind))
        return pt_err_set(e, PT_E_NOMEM, "no memory for the mirror");
    pt_code code = pt_cluster_new_at(&k->cluster, config, &k->m->to, e);
    if (!code)
        k->cluster->stop = (pt_cluster_stop){is_stopped, k};
    return code;
}

static pt_code add(pt_mirror *m, const pt_cluster_kind *from, const pt_kubeconfig *config,
                   pt_err *e) {
    if (m->n == PT_MIRROR_KINDS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %d kinds are to be watched",
                          PT_MIRROR_KINDS_MAX);
    kept *k = calloc(1, sizeof *k);
    if (!k)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the mirror");
    k->m = m;
    k->version = PT_BUF(VERSION_BYTES_MAX);
    k->a.bytes_max = PT_CLUSTER_OBJECT_BYTES_MAX;
    pthread_mutex_init(&k->lock, NULL);
    pt_code code = fill(k, from, config, e);
    if (code) {
        free_kept(k);
        return code;
    }
    pthread_mutex_lock(&m->table);
    m->kinds[m->n++] = k;
    pthread_mutex_unlock(&m->table);
    return PT_OK;
}

static pt_code add_all(pt_mirror *m, pt_err *e) {
    pt_arena names = {0};
    pt_str url = pt_arena_str(&names, m->opts.config->server); // with a NUL
    pt_code code = url.p ? pt_http_resolve(url.p, &m->to, e)
                         : pt_err_set(e, PT_E_NOMEM, "no memory for the mirror");
    for (size_t i = 0; i < m->opts.n_kinds && !code; i++)
        code = add(m, &m->opts.kinds[i], m->opts.config, e);
    pt_arena_done(&names);
    return code;
}

pt_code pt_mirror_new(pt_mirror **ret, const pt_mirror_opts *opts, pt_err *e) {
    pthread_condattr_t clock;
    pt_mirror *m = calloc(1, sizeof *m);
    if (!m)
        return pt_err_set(e, PT_E_NOMEM, "no memory for the mirror");
    m->opts = *opts;
    pthread_mutex_init(&m->table, NULL);
    pthread_mutex_init(&m->gate, NULL);
    pthread_mutex_init(&m->talk, NULL);
    pthread_mutex_init(&m->pause, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&m->ends, &clock);
    pthread_condattr_destroy(&clock);
    pt_code code = add_all(m, e);
    m->opts.config = NULL; // the caller's
    m->opts.kinds = NULL;
    if (code) {
        pt_mirror_free(m);
        return code;
    }
    *ret = m;
    return PT_OK;
}

static pt_code start(kept *k, pt_err *e) {
    int sys = pthread_create(&k->thread, NULL, run, k);
    k->started = sys == 0;
    return sys ? pt_err_sys(e, sys, "no thread to watch with: %s", pt_errno_text(sys)) : PT_OK;
}

pt_code pt_mirror_start(pt_mirror *m, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < m->n && !code; i++)
        code = start(m->kinds[i], e);
    return code;
}

static void wake(pt_mirror *m, atomic_bool *flag) {
    pthread_mutex_lock(&m->pause);
    atomic_store(flag, true);
    pthread_cond_broadcast(&m->ends);
    pthread_mutex_unlock(&m->pause);
}

void pt_mirror_free(pt_mirror *m) {
    if (!m)
        return;
    wake(m, &m->stop);
    for (size_t i = 0; i < m->n; i++)
        if (m->kinds[i]->started)
            pthread_join(m->kinds[i]->thread, NULL);
    for (size_t i = 0; i < m->n; i++)
        free_kept(m->kinds[i]);
    pthread_mutex_destroy(&m->table);
    pthread_mutex_destroy(&m->gate);
    pthread_mutex_destroy(&m->talk);
    pthread_mutex_destroy(&m->pause);
    pthread_cond_destroy(&m->ends);
    free(m);
}

// -- kinds that come and go -----------------------------------------------------------------------

static kept *find(const pt_mirror *m, const pt_cluster_kind *k) {
    for (size_t i = 0; i < m->n; i++) {
        const pt_cluster_kind *have = &m->kinds[i]->kind;
        if (!atomic_load(&m->kinds[i]->dropped) && pt_str_eq(have->group, k->group) &&
            pt_str_eq(have->version, k->version) && pt_str_eq(have->resource, k->resource))
            return m->kinds[i];
    }
    return NULL;
}

static void take_out(pt_mirror *m, size_t i) {
    pthread_mutex_lock(&m->table);
    kept *k = m->kinds[i];
    m->kinds[i] = m->kinds[--m->n];
    pthread_mutex_unlock(&m->table);
    if (k->started)
        pthread_join(k->thread, NULL);
    free_kept(k);
}

// Those that were dropped and have come to their end.
static void clear_away(pt_mirror *m) {
    for (size_t i = 0; i < m->n;)
        if (atomic_load(&m->kinds[i]->ended))
            take_out(m, i);
        else
            i++;
}

pt_code pt_mirror_add(pt_mirror *m, const pt_kubeconfig *config, const pt_cluster_kind *k,
                      pt_err *e) {
    clear_away(m);
    if (find(m, k))
        return PT_OK;
    pt_code code = add(m, k, config, e);
    if (code)
        return code;
    kept *added = m->kinds[m->n - 1];
    added->added = true;
    code = start(added, e);
    if (code)
        take_out(m, m->n - 1);
    return code;
}

void pt_mirror_drop(pt_mirror *m, const pt_cluster_kind *k) {
    kept *found = find(m, k);
    if (found)
        wake(m, &found->dropped);
    clear_away(m);
}

// -- looking --------------------------------------------------------------------------------------

bool pt_mirror_absent(const pt_mirror *m, const pt_cluster_kind *k) {
    const kept *found = find(m, k);
    return found && atomic_load(&found->absent);
}

bool pt_mirror_listed(pt_mirror *m, const pt_cluster_kind *k) {
    const kept *found = find(m, k);
    return !found || atomic_load(&found->listed);
}

bool pt_mirror_synced(pt_mirror *m) {
    bool all = true;
    pthread_mutex_lock(&m->table);
    for (size_t i = 0; i < m->n; i++)
        all = all && (atomic_load(&m->kinds[i]->listed) || atomic_load(&m->kinds[i]->dropped));
    pthread_mutex_unlock(&m->table);
    return all;
}

uint64_t pt_mirror_version(const pt_mirror *m) {
    return atomic_load(&m->version);
}

int64_t pt_mirror_in_touch_ns(pt_mirror *m) {
    int64_t oldest = INT64_MAX;
    pthread_mutex_lock(&m->table);
    for (size_t i = 0; i < m->n; i++) {
        int64_t fresh = atomic_load(&m->kinds[i]->fresh_ns);
        if (!atomic_load(&m->kinds[i]->dropped))
            oldest = fresh < oldest ? fresh : oldest;
    }
    pthread_mutex_unlock(&m->table);
    return oldest;
}

static pt_code visit(const pt_mirror_store *s, pt_cluster_take *take, void *ctx, pt_err *e) {
    pt_arena a = {.bytes_max = PT_CLUSTER_OBJECT_BYTES_MAX};
    const pt_json_opts opts = {.depth_max = PT_CLUSTER_JSON_DEPTH_MAX};
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(PT_CLUSTER_OBJECT_BYTES_MAX);
    size_t at = 0;
    pt_code code = pt_mirror_store_next(s, &at, &text, e);
    while (!code && text.n) {
        pt_value object;
        pt_arena_clear(&a);
        code = pt_json_parse(&a, pt_buf_str(&text), &opts, &object, e);
        if (!code)
            code = take(ctx, object, e);
        if (!code)
            code = pt_mirror_store_next(s, &at, &text, e);
    }
    pt_arena_done(&a);
    return code;
}

pt_code pt_mirror_visit(pt_mirror *m, const pt_cluster_kind *k, pt_cluster_take *take, void *ctx,
                        pt_err *e) {
    kept *found = find(m, k);
    if (!found)
        return pt_err_set(e, PT_E_USAGE, "%.*s are not kept", PT_PRI(k->resource));
    if (!atomic_load(&found->listed))
        return pt_err_set(e, PT_E_TIMEOUT, "%.*s were not listed yet", PT_PRI(k->resource));
    pthread_mutex_lock(&found->lock);
    pt_code code = visit(&found->store, take, ctx, e);
    pthread_mutex_unlock(&found->lock);
    return code;
}
