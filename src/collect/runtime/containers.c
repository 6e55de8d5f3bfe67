#include "collect/runtime/containers.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/runtime/containers_impl.h"
#include "collect/runtime/describe.h"
#include "collect/runtime/recording.h"
#include "collect/runtime/state_impl.h"

#define WAITS_MAX     16384
#define ASK_MS        3000
#define ANSWER_BYTES  ((size_t)4 << 20)
#define ARENA_BYTES   ((size_t)32 << 20)
#define RECONNECT_S   1
#define AGAIN_S       2 // until who could not be asked about is tried again
#define ID_DIGITS     64
#define RUNTIME_BYTES 16

typedef struct wanted {
    char id[ID_DIGITS + 1], runtime[RUNTIME_BYTES];
} wanted;

typedef struct answered {
    char id[ID_DIGITS + 1];
    char reason[160];
    char *record; // its own; NULL: nobody can say
} answered;

// A connection to an engine, made when it is first needed.
typedef struct door {
    pt_http_client *http; // NULL: closed
    int socket;           // its own; -1: none
} door;

typedef struct engine {
    struct pt_containers *all;
    pt_container_engine at;
    pthread_t thread;
    bool runs;
} engine;

struct pt_containers {
    pthread_mutex_t lock; // of all below
    pthread_cond_t changed;
    wanted queue[PT_CONTAINERS_WANTED_MAX]; // rings
    answered answers[PT_CONTAINERS_WANTED_MAX];
    size_t queue_at, queue_n, answers_at, answers_n;
    pt_recent *waits; // ids that are asked about or whose answer was not yet taken
    // of no lock
    atomic_bool stop;
    int ready; // an eventfd
    engine *engines;
    size_t n;
    pthread_t thread;
    bool runs;
    // of that thread: whom no engine could be asked about; the rest find no room, and stay unnamed
    wanted later[PT_CONTAINERS_WANTED_MAX];
    size_t later_n;
    struct timespec later_at; // not before
};

// An id as the key of a table of two numbers: its first 32 digits (12 are enough to tell them).
static void key_of(pt_str id, uint64_t key[2]) {
    key[0] = key[1] = 0;
    for (size_t i = 0; i < id.n && i < 32; i++) {
        unsigned digit =
            id.p[i] <= '9' ? (unsigned)(id.p[i] - '0') : (unsigned)(id.p[i] - 'a') + 10;
        key[i / 16] = key[i / 16] << 4 | digit;
    }
}

bool pt_containers_want(pt_containers *c, pt_str id, pt_str runtime) {
    uint64_t key[2];
    bool ok = pt_container_is_id(id);
    if (!ok)
        return false;
    key_of(id, key);
    pthread_mutex_lock(&c->lock);
    bool *waits = pt_recent_of(c->waits, key[0], key[1]);
    if (!*waits) {
        ok = c->queue_n < PT_CONTAINERS_WANTED_MAX;
        if (ok) {
            wanted *w = &c->queue[(c->queue_at + c->queue_n++) % PT_CONTAINERS_WANTED_MAX];
            *w = (wanted){0};
            memcpy(w->id, id.p, id.n);
            memcpy(w->runtime, runtime.n ? runtime.p : "",
                   runtime.n < RUNTIME_BYTES ? runtime.n : RUNTIME_BYTES - 1);
            *waits = true;
            pthread_cond_broadcast(&c->changed);
        }
    }
    pthread_mutex_unlock(&c->lock);
    return ok;
}

// -- answers --------------------------------------------------------------------------------------
static void answer(pt_containers *c, const answered *one) {
    uint64_t tell = 1;
    pthread_mutex_lock(&c->lock);
    while (c->answers_n == PT_CONTAINERS_WANTED_MAX && !atomic_load(&c->stop))
        pthread_cond_wait(&c->changed, &c->lock);
    bool put = !atomic_load(&c->stop);
    if (put)
        c->answers[(c->answers_at + c->answers_n++) % PT_CONTAINERS_WANTED_MAX] = *one;
    pthread_mutex_unlock(&c->lock);
    if (put)
        PT_IGNORE(write(c->ready, &tell, sizeof tell) < 0); // full: it is readable already
    else
        free(one->record);
}

bool pt_containers_next(pt_containers *c, pt_arena *a, uint64_t now_ns, pt_container_answer *ret) {
    answered one = {0};
    uint64_t key[2];
    uint64_t told;
    PT_IGNORE(read(c->ready, &told, sizeof told) < 0); // no longer readable, unless more waits
    pthread_mutex_lock(&c->lock);
    bool there = c->answers_n > 0;
    if (there) {
        one = c->answers[c->answers_at];
        key_of(pt_str_of(one.id), key);
        *(bool *)pt_recent_of(c->waits, key[0], key[1]) = false;
        c->answers_at = (c->answers_at + 1) % PT_CONTAINERS_WANTED_MAX;
        c->answers_n--;
        pthread_cond_broadcast(&c->changed);
    }
    bool more = c->answers_n > 0;
    pthread_mutex_unlock(&c->lock);
    told = 1;
    if (more)
        PT_IGNORE(write(c->ready, &told, sizeof told) < 0);
    if (!there)
        return false;
    *ret = (pt_container_answer){.id = pt_arena_str(a, pt_str_of(one.id)),
                                 .reason = pt_arena_str(a, pt_str_of(one.reason))};
    if (one.record) {
        struct pt_wire_head h;
        memcpy(&h, one.record, sizeof h);
        struct pt_wire_head *record = pt_arena_take(a, h.length);
        if (record) {
            memcpy(record, one.record, h.length);
            record->time_ns = now_ns;
        }
        free(one.record);
        ret->record = record;
        return record != NULL;
    }
    return true;
}

int pt_containers_fd(const pt_containers *c) {
    return c->ready;
}

// -- asking ---------------------------------------------------------------------------------------
static bool tell(pt_containers *c, pt_arena *a, const pt_container *said, bool names) {
    answered one = {0};
    const struct pt_wire_head *record;
    memcpy(one.id, said->full_id.p, said->full_id.n < ID_DIGITS ? said->full_id.n : ID_DIGITS);
    if (!pt_container_record(a, said, 0, &record))
        return false;
    one.record = malloc(record->length);
    if (!one.record)
        return false;
    memcpy(one.record, record, record->length);
    if (names) {
        struct pt_wire_head h = *record;
        h.flags = PT_WIRE_SNAPSHOT;
        memcpy(one.record, &h, sizeof h);
    }
    answer(c, &one);
    return true;
}

static void refuse(pt_containers *c, const wanted *w, pt_str reason) {
    answered one = {0};
    memcpy(one.id, w->id, sizeof one.id);
    memcpy(one.reason, reason.n ? reason.p : "",
           reason.n < sizeof one.reason ? reason.n : sizeof one.reason - 1);
    answer(c, &one);
}

// What an engine says of it, told. False: it could not be told.
static bool tell_all(pt_containers *c, pt_http_client *http, const pt_container_engine *at,
                     pt_arena *a, pt_container *said) {
    if (!tell(c, a, said, false))
        return false;
    pt_container_ask_names(http, at, a, said);
    if (said->n_users || said->n_groups)
        PT_IGNORE(!tell(c, a, said, true)); // then ids have no names
    return true;
}

static bool door_open(door *d, const pt_container_engine *at) {
    pt_http_opts o = at->http;
    o.timeout_ms = ASK_MS;
    o.body_bytes_max = ANSWER_BYTES;
    if (d->http)
        return true;
    if (at->path) {
        d->socket = open(at->path, O_PATH | O_CLOEXEC);
        o.unix_socket = d->socket;
    }
    if (at->path && d->socket < 0)
        return false;
    return pt_http_client_new(&d->http, &o, NULL) == PT_OK;
}

static void door_close(door *d) {
    pt_http_client_free(d->http);
    d->http = NULL;
    pt_fd_close(&d->socket);
}

// What is known of one container after all engines were asked.
typedef struct asked {
    pt_str reason; // an engine could not be asked
    pt_str gone;   // nobody can say any more
    bool failed;
} asked;

// One that was started anew listens at another socket: a door that was open is tried once more.
static pt_asked ask_at(door *d, const pt_container_engine *at, pt_arena *a, pt_str id,
                       pt_container *ret, pt_str *ret_reason) {
    pt_asked got = PT_ASKED_FAILED;
    size_t tries = d->http ? 2 : 1;
    for (size_t i = 0; i < tries && got == PT_ASKED_FAILED; i++) {
        if (!door_open(d, at)) {
            *ret_reason = pt_arena_printf(a, "%s: %s: %s", at->runtime,
                                          at->path ? at->path : at->base, pt_errno_text(errno));
            return PT_ASKED_FAILED;
        }
        got = pt_container_ask(d->http, at, a, id, ret, ret_reason);
        if (got == PT_ASKED_FAILED)
            door_close(d);
    }
    return got;
}

// True: it is named.
static bool ask_one(pt_containers *c, size_t i, door *d, const wanted *w, pt_arena *a, asked *of) {
    const pt_container_engine *at = &c->engines[i].at;
    pt_container said;
    pt_asked got = ask_at(d, at, a, pt_str_of(w->id), &said, &of->reason);
    if (got == PT_ASKED_FOUND && tell_all(c, d->http, at, a, &said))
        return true;
    if (got == PT_ASKED_FOUND)
        of->gone = PT_STR("what its engine says of it finds no room");
    if (got == PT_ASKED_NONE && pt_str_eqz(pt_str_of(at->runtime), w->runtime))
        of->gone = PT_STR("it was gone before its engine could be asked");
    of->failed = of->failed || got == PT_ASKED_FAILED;
    return false;
}

static void try_later(pt_containers *c, const wanted *w) {
    (void)clock_gettime(CLOCK_MONOTONIC, &c->later_at);
    c->later_at.tv_sec += AGAIN_S;
    for (size_t i = 0; i < c->later_n; i++)
        if (strcmp(c->later[i].id, w->id) == 0)
            return;
    if (c->later_n < PT_CONTAINERS_WANTED_MAX)
        c->later[c->later_n++] = *w;
}

// `again`: that it could not be asked about was told.
static void ask(pt_containers *c, door *doors, const wanted *w, pt_arena *a, bool again) {
    asked of = {0};
    for (size_t i = 0; i < c->n; i++)
        if (ask_one(c, i, &doors[i], w, a, &of))
            return;
    if (of.failed && !of.gone.n)
        try_later(c, w);
    if (of.gone.n)
        of.reason = of.gone;
    else if (of.failed && again)
        return;
    refuse(c, w, of.reason.n ? of.reason : PT_STR("no engine answers for this runtime"));
}

static bool is_past(const struct timespec *t) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > t->tv_sec || (now.tv_sec == t->tv_sec && now.tv_nsec >= t->tv_nsec);
}

// The next to be asked about, or again. False: it is to stop.
static bool next_wanted(pt_containers *c, wanted *ret, bool *ret_again) {
    pthread_mutex_lock(&c->lock);
    while (!c->queue_n && !atomic_load(&c->stop) && !(c->later_n && is_past(&c->later_at)))
        if (c->later_n)
            pthread_cond_timedwait(&c->changed, &c->lock, &c->later_at);
        else
            pthread_cond_wait(&c->changed, &c->lock);
    bool go_on = !atomic_load(&c->stop);
    *ret_again = !c->queue_n;
    if (go_on && *ret_again) {
        *ret = c->later[--c->later_n];
    } else if (go_on) {
        *ret = c->queue[c->queue_at];
        c->queue_at = (c->queue_at + 1) % PT_CONTAINERS_WANTED_MAX;
        c->queue_n--;
    }
    pthread_mutex_unlock(&c->lock);
    return go_on;
}

static void *ask_all(void *of) {
    pt_containers *c = of;
    door *doors = calloc(c->n + 1, sizeof *doors);
    for (size_t i = 0; doors && i < c->n; i++)
        doors[i].socket = -1;
    pt_arena a;
    pt_arena_init(&a, ARENA_BYTES);
    wanted w;
    bool again;
    while (doors && next_wanted(c, &w, &again)) {
        ask(c, doors, &w, &a, again);
        pt_arena_rest(&a, 1 << 20);
    }
    for (size_t i = 0; doors && i < c->n; i++)
        door_close(&doors[i]);
    free(doors);
    pt_arena_done(&a);
    return NULL;
}

// -- following ------------------------------------------------------------------------------------
static bool stopped(void *of) {
    return atomic_load(&((engine *)of)->all->stop);
}

static void created(void *of, pt_str id) {
    engine *e = of;
    // Of too many at once some are asked about when their first process is met.
    (void)pt_containers_want(e->all, id, pt_str_of(e->at.runtime));
}

static void wait_a_moment(pt_containers *c) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += RECONNECT_S;
    pthread_mutex_lock(&c->lock);
    int code = 0;
    while (!atomic_load(&c->stop) && code != ETIMEDOUT)
        code = pthread_cond_timedwait(&c->changed, &c->lock, &until);
    pthread_mutex_unlock(&c->lock);
}

static void *follow(void *of) {
    engine *e = of;
    const pt_container_watch watch = {stopped, created, e};
    while (!stopped(e)) {
        door d = {.socket = -1};
        if (door_open(&d, &e->at))
            pt_container_follow(d.http, &e->at, &watch);
        door_close(&d);
        wait_a_moment(e->all);
    }
    return NULL;
}

// -- the whole ------------------------------------------------------------------------------------
static pt_code set_up(pt_containers *c, const pt_container_engine *engines, size_t n, pt_err *e) {
    c->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->ready < 0)
        return pt_err_sys(e, errno, "no descriptor for answers of engines");
    c->waits = pt_recent_new(WAITS_MAX, sizeof(bool), NULL);
    c->engines = calloc(n + 1, sizeof *c->engines);
    if (!c->waits || !c->engines)
        return pt_err_set(e, PT_E_NOMEM, "no memory for asking engines");
    c->n = n;
    for (size_t i = 0; i < n; i++)
        c->engines[i] = (engine){.all = c, .at = engines[i]};
    return PT_OK;
}

static void make_lock(pt_containers *c) {
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&c->changed, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&c->lock, NULL);
}

pt_code pt_containers_start(const pt_container_engine *engines, size_t n, pt_containers **ret,
                            pt_err *e) {
    pt_containers *c = calloc(1, sizeof *c);
    if (!c)
        return pt_err_set(e, PT_E_NOMEM, "no memory for asking engines");
    c->ready = -1;
    make_lock(c);
    pt_code code = set_up(c, engines, n, e);
    if (code == PT_OK) {
        c->runs = pthread_create(&c->thread, NULL, ask_all, c) == 0;
        if (!c->runs)
            code = pt_err_set(e, PT_E_NOMEM, "no thread for asking engines");
    }
    // Without a thread to follow them its containers are asked about when they are met.
    for (size_t i = 0; code == PT_OK && i < n; i++)
        c->engines[i].runs =
            pthread_create(&c->engines[i].thread, NULL, follow, &c->engines[i]) == 0;
    if (code)
        pt_containers_stop(c);
    else
        *ret = c;
    return code;
}

void pt_containers_stop(pt_containers *c) {
    if (!c)
        return;
    atomic_store(&c->stop, true);
    pthread_mutex_lock(&c->lock);
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    if (c->runs)
        pthread_join(c->thread, NULL);
    for (size_t i = 0; i < c->n; i++)
        if (c->engines[i].runs)
            pthread_join(c->engines[i].thread, NULL);
    for (size_t i = 0; i < c->answers_n; i++)
        free(c->answers[(c->answers_at + i) % PT_CONTAINERS_WANTED_MAX].record);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    pt_recent_free(c->waits);
    pt_fd_close(&c->ready);
    free(c->engines);
    free(c);
}
