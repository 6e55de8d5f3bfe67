#include "respond/guard/lane.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/instant.h"

enum {
    INPUT_BYTES_MAX = 16 << 20,
    ARENA_BYTES_MAX = 64 << 20,
    KEPT_BYTES_MAX = 1 << 20, // of memory, between two works
};

struct pt_lane {
    pt_lane_work *work;
    void (*left)(void *context);
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    enum {
        RESTS,
        WORKS,
        DONE,
        LEFT,
        ENDS,
    } state;
    pt_buf input;
    pt_arena arena;
    atomic_bool late; // the arena's stop
    void *result;
};

static void release(pt_lane *l) {
    pt_buf_done(&l->input);
    pt_arena_done(&l->arena);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->changed);
    free(l);
}

static void *run(void *context) {
    pt_lane *l = context;
    pthread_mutex_lock(&l->lock);
    while (l->state == RESTS || l->state == WORKS || l->state == DONE) {
        if (l->state != WORKS) {
            pthread_cond_wait(&l->changed, &l->lock);
            continue;
        }
        pthread_mutex_unlock(&l->lock);
        void *result = l->work(l->context, &l->arena, pt_buf_str(&l->input));
        pthread_mutex_lock(&l->lock);
        l->result = result;
        if (l->state == WORKS)
            l->state = DONE;
        pthread_cond_signal(&l->changed);
    }
    bool left = l->state == LEFT;
    pthread_mutex_unlock(&l->lock);
    if (left) { // nobody else knows it any more
        void (*said)(void *of) = l->left;
        void *of = l->context;
        release(l);
        said(of);
    }
    return NULL;
}

pt_code pt_lane_new(pt_lane **ret, pt_lane_work *work, void (*left)(void *context), void *context,
                    pt_err *e) {
    pt_lane *l = calloc(1, sizeof *l);
    if (!l)
        return pt_err_set(e, PT_E_NOMEM, "no memory to judge in");
    *l = (pt_lane){.work = work, .left = left, .context = context};
    l->input = PT_BUF(INPUT_BYTES_MAX);
    pt_arena_init(&l->arena, ARENA_BYTES_MAX);
    l->arena.stop = &l->late;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, &clock);
    pthread_condattr_destroy(&clock);
    int sys = pthread_create(&l->thread, NULL, run, l);
    if (sys) {
        release(l);
        return pt_err_sys(e, sys, "no thread to judge in: %s", pt_errno_text(sys));
    }
    *ret = l;
    return PT_OK;
}

static void forget(pt_lane *l) {
    pt_arena_rest(&l->arena, KEPT_BYTES_MAX);
    pt_buf_clear(&l->input);
    if (l->input.cap > KEPT_BYTES_MAX) {
        pt_buf_done(&l->input);
        l->input = PT_BUF(INPUT_BYTES_MAX);
    }
}

void pt_lane_rest(pt_lane *l) {
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    forget(l);
    pthread_mutex_unlock(&l->lock);
}

bool pt_lane_run(pt_lane *l, pt_str input, uint32_t wait_ms, void **ret, bool *ret_left) {
    int64_t end = pt_monotonic_ns() + (int64_t)wait_ms * 1000000;
    const struct timespec until = {.tv_sec = (time_t)(end / PT_SECOND_NS),
                                   .tv_nsec = (long)(end % PT_SECOND_NS)};
    *ret_left = false;
    pthread_mutex_lock(&l->lock);
    forget(l);
    pt_buf_put(&l->input, input);
    if (l->input.full) {
        pthread_mutex_unlock(&l->lock);
        return false;
    }
    l->state = WORKS;
    pthread_cond_signal(&l->changed);
    while (l->state == WORKS && pthread_cond_timedwait(&l->changed, &l->lock, &until) == 0)
        ;
    bool done = l->state == DONE;
    if (done) {
        *ret = l->result;
        l->state = RESTS;
    } else {
        l->state = LEFT;
        atomic_store(&l->late, true);
        *ret_left = true;
        pthread_detach(l->thread);
    }
    pthread_mutex_unlock(&l->lock);
    return done;
}

void pt_lane_free(pt_lane *l) {
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    l->state = ENDS;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL);
    release(l);
}
