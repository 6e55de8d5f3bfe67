// What threads share: how long a policy and its data live, and what evaluations work with.
#include <stdlib.h>

#include "judge/policy/library.h"
#include "value/json.h"

enum {
    IDLE_MAX = 32,            // workers that wait for evaluations
    IDLE_BYTES_MAX = 4 << 20, // what one keeps
    CACHE_ENTRIES_MAX = 256,  // patterns, globs, schemas … of one
};

// -- workers --------------------------------------------------------------------------------------

static void free_worker(pt_worker *w) {
    if (!w)
        return;
    pt_machine_free(w->machine);
    pt_fn_cache_free(w->cache);
    pt_arena_done(&w->arena);
    free(w);
}

static pt_worker *new_worker(void) {
    pt_worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->machine = pt_machine_new();
    w->cache = pt_fn_cache_new(CACHE_ENTRIES_MAX);
    if (w->machine && w->cache)
        return w;
    free_worker(w);
    return NULL;
}

pt_worker *pt_library_worker(paratia_policy *p, size_t bytes_max) {
    pthread_mutex_lock(&p->sharing);
    pt_worker *w = p->idle;
    if (w) {
        p->idle = w->next;
        p->n_idle--;
    }
    pthread_mutex_unlock(&p->sharing);
    if (!w)
        w = new_worker();
    if (w && bytes_max < IDLE_BYTES_MAX) // what it kept may be more
        pt_arena_done(&w->arena);
    if (w)
        w->arena.bytes_max = bytes_max;
    return w;
}

// One that grew is not kept: its machine may have grown as well.
void pt_library_worker_back(paratia_policy *p, pt_worker *w) {
    bool keep = w->arena.bytes <= IDLE_BYTES_MAX && !w->arena.full;
    pt_arena_clear(&w->arena);
    pthread_mutex_lock(&p->sharing);
    keep = keep && p->n_idle < IDLE_MAX;
    if (keep) {
        w->next = p->idle;
        p->idle = w;
        p->n_idle++;
    }
    pthread_mutex_unlock(&p->sharing);
    if (!keep)
        free_worker(w);
}

// -- data -----------------------------------------------------------------------------------------

static void free_data(pt_library_data *d) {
    if (!d)
        return;
    pt_arena_done(&d->arena);
    free(d);
}

pt_library_data *pt_library_data_hold(paratia_policy *p) {
    pthread_mutex_lock(&p->sharing);
    pt_library_data *d = p->data;
    if (d)
        d->users++;
    pthread_mutex_unlock(&p->sharing);
    return d;
}

void pt_library_data_drop(paratia_policy *p, pt_library_data *d) {
    if (!d)
        return;
    pthread_mutex_lock(&p->sharing);
    bool last = --d->users == 0;
    pthread_mutex_unlock(&p->sharing);
    if (last)
        free_data(d);
}

static pt_library_data *read_data(pt_str json, paratia_error *e) {
    pt_library_data *d = calloc(1, sizeof *d);
    if (!d) {
        pt_library_full(e);
        return NULL;
    }
    *d = (pt_library_data){.users = 1, .arena = {.bytes_max = PT_LIBRARY_DATA_BYTES_MAX}};
    pt_err why = {0};
    pt_str kept = pt_arena_str(&d->arena, json);
    if (!kept.p)
        pt_library_full(e);
    else if (pt_json_parse(&d->arena, kept, NULL, &d->value, &why))
        pt_library_no_json(e, "data", &why);
    else if (d->value.tag != PT_OBJECT)
        pt_library_fail(e, "json_error", "data: json_error: it must be an object");
    else
        return d;
    free_data(d);
    return NULL;
}

bool paratia_policy_data(paratia_policy *p, const char *json, size_t n, paratia_error *e) {
    if (!p || (!json && n))
        return pt_library_fail(e, "usage_error", "no %s", p ? "data" : "policy");
    pt_library_data *d = read_data((pt_str){json, n}, e);
    if (!d)
        return false;
    pthread_mutex_lock(&p->sharing);
    pt_library_data *old = p->data;
    p->data = d;
    pthread_mutex_unlock(&p->sharing);
    pt_library_data_drop(p, old);
    return true;
}

// -- policies -------------------------------------------------------------------------------------

static void free_policy(paratia_policy *p) {
    while (p->idle) {
        pt_worker *w = p->idle;
        p->idle = w->next;
        free_worker(w);
    }
    free_data(p->data);
    pt_arena_done(&p->arena);
    pt_arena_done(&p->said);
    pthread_mutex_destroy(&p->sharing);
    pthread_mutex_destroy(&p->compiling);
    free(p);
}

void pt_library_hold(paratia_policy *p) {
    pthread_mutex_lock(&p->sharing);
    p->users++;
    pthread_mutex_unlock(&p->sharing);
}

void pt_library_drop(paratia_policy *p) {
    pthread_mutex_lock(&p->sharing);
    bool last = --p->users == 0;
    pthread_mutex_unlock(&p->sharing);
    if (last)
        free_policy(p);
}
