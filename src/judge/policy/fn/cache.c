// The cache of compiled operands: a ring of entries in the order in which they came, and a hash
// table of chains over it. The oldest entry makes room for a new one.
#include <stdlib.h>
#include <string.h>

#include "base/watch.h"
#include "judge/policy/builtin.h"

#define ENTRIES_MIN 16 // a call may use several things at once
#define NONE        SIZE_MAX

typedef struct entry {
    const void *kind;
    char *key;
    size_t key_n;
    void *thing;
    void (*drop)(void *thing); // NULL: the entry is free
    uint64_t hash;
    size_t next; // of its chain
} entry;

struct pt_fn_cache {
    entry *ring;
    size_t *heads; // `n` chains
    size_t n;
    size_t oldest; // where the next one goes
};

pt_fn_cache *pt_fn_cache_new(size_t entries_max) {
    pt_fn_cache *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->n = entries_max < ENTRIES_MIN ? ENTRIES_MIN : entries_max;
    c->ring = calloc(c->n, sizeof *c->ring);
    c->heads = calloc(c->n, sizeof *c->heads);
    if (!c->ring || !c->heads) {
        free(c->ring);
        free(c->heads);
        free(c);
        return NULL;
    }
    for (size_t i = 0; i < c->n; i++)
        c->heads[i] = NONE;
    return c;
}

static void empty(pt_fn_cache *c, size_t at) {
    entry *e = &c->ring[at];
    if (!e->drop)
        return;
    size_t *link = &c->heads[e->hash % c->n];
    while (*link != at)
        link = &c->ring[*link].next;
    *link = e->next;
    e->drop(e->thing);
    free(e->key);
    *e = (entry){0};
}

void pt_fn_cache_free(pt_fn_cache *c) {
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        empty(c, i);
    free(c->ring);
    free(c->heads);
    free(c);
}

static uint64_t hash_of(const void *kind, pt_str key) {
    return pt_hash(pt_string(key), (uint64_t)(uintptr_t)kind);
}

void *pt_fn_cache_get(pt_fn_cache *c, const void *kind, pt_str key) {
    if (!c)
        return NULL;
    uint64_t h = hash_of(kind, key);
    for (size_t i = c->heads[h % c->n]; i != NONE; i = c->ring[i].next) {
        const entry *e = &c->ring[i];
        if (e->hash == h && e->kind == kind && pt_str_eq((pt_str){e->key, e->key_n}, key))
            return e->thing;
    }
    return NULL;
}

bool pt_fn_cache_put(pt_fn_cache *c, const void *kind, pt_str key, void *thing,
                     void (*drop)(void *thing)) {
    bool good = c && !pt_watch_ended(); // else it may be made of walks that were given up
    char *copy = good ? malloc(key.n + 1) : NULL;
    if (!copy)
        return false;
    if (key.n)
        memcpy(copy, key.p, key.n);
    empty(c, c->oldest);
    uint64_t h = hash_of(kind, key);
    size_t *head = &c->heads[h % c->n];
    c->ring[c->oldest] = (entry){kind, copy, key.n, thing, drop, h, *head};
    *head = c->oldest;
    c->oldest = (c->oldest + 1) % c->n;
    return true;
}
