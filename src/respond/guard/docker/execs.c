// Execs that tenants have made.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "respond/guard/docker/guard_impl.h"

enum {
    EXECS_MAX = 8192,
    EXECS_OF_ONE_MAX = 512, // of a tenant, before another's is forgotten for it
    ID_CHARS = 64,
    TENANT_BYTES_MAX = 63,
};

typedef struct exec_entry {
    uint64_t when; // 0: none
    char id[ID_CHARS];
    char tenant[TENANT_BYTES_MAX + 1];
} exec_entry;

struct pt_guard_execs {
    pthread_mutex_t lock;
    uint64_t now;
    exec_entry v[EXECS_MAX];
};

pt_guard_execs *pt_guard_execs_new(void) {
    pt_guard_execs *x = calloc(1, sizeof *x);
    if (x)
        pthread_mutex_init(&x->lock, NULL);
    return x;
}

void pt_guard_execs_free(pt_guard_execs *x) {
    if (x)
        pthread_mutex_destroy(&x->lock);
    free(x);
}

static bool is_of(const exec_entry *entry, pt_str tenant) {
    return entry->when && pt_str_eqz(tenant, entry->tenant);
}

// A free place; else the oldest of who has many, else the oldest of all.
static exec_entry *place_for(pt_guard_execs *x, pt_str tenant) {
    exec_entry *oldest = &x->v[0];
    exec_entry *own = NULL;
    size_t n_own = 0;
    for (size_t i = 0; i < EXECS_MAX; i++) {
        exec_entry *one = &x->v[i];
        if (one->when < oldest->when)
            oldest = one;
        if (!is_of(one, tenant))
            continue;
        n_own++;
        if (!own || one->when < own->when)
            own = one;
    }
    return n_own >= EXECS_OF_ONE_MAX ? own : oldest;
}

void pt_guard_execs_add(pt_guard_execs *x, pt_str id, pt_str tenant) {
    if (id.n != ID_CHARS || tenant.n > TENANT_BYTES_MAX)
        return;
    pthread_mutex_lock(&x->lock);
    exec_entry *to = place_for(x, tenant);
    *to = (exec_entry){.when = ++x->now};
    memcpy(to->id, id.p, id.n);
    memcpy(to->tenant, tenant.p, tenant.n);
    pthread_mutex_unlock(&x->lock);
}

bool pt_guard_execs_has(pt_guard_execs *x, pt_str id, pt_str tenant) {
    bool found = false;
    if (id.n != ID_CHARS)
        return false;
    pthread_mutex_lock(&x->lock);
    for (size_t i = 0; i < EXECS_MAX && !found; i++)
        found = is_of(&x->v[i], tenant) && memcmp(x->v[i].id, id.p, id.n) == 0;
    pthread_mutex_unlock(&x->lock);
    return found;
}
