#include <stdlib.h>
#include <string.h>

#include "collect/runtime/state_impl.h"

#define NONE UINT32_MAX

// Entries by number: their links are numbers, too. The list goes from `newest` to
// `oldest`.
typedef struct link_of {
    uint64_t a, b;
    uint32_t chain, newer, older;
} link_of;

struct pt_recent {
    size_t max, n, size, n_chains;
    link_of *links;
    char *entries;
    uint32_t *chains;
    uint32_t newest, oldest;
    void (*drop)(void *entry);
};

pt_recent *pt_recent_new(size_t max, size_t size, void (*drop)(void *entry)) {
    pt_assert(max && max < NONE / 2);
    pt_recent *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    *r = (pt_recent){
        .max = max, .size = size, .n_chains = 1, .newest = NONE, .oldest = NONE, .drop = drop};
    while (r->n_chains < max)
        r->n_chains *= 2;
    r->links = calloc(max, sizeof *r->links);
    r->entries = calloc(max, size);
    r->chains = malloc(r->n_chains * sizeof *r->chains);
    if (!r->links || !r->entries || !r->chains) {
        pt_recent_free(r);
        return NULL;
    }
    memset(r->chains, 0xff, r->n_chains * sizeof *r->chains);
    return r;
}

static void *entry(const pt_recent *r, uint32_t i) {
    return r->entries + (size_t)i * r->size;
}

void pt_recent_free(pt_recent *r) {
    if (!r)
        return;
    for (uint32_t i = 0; r->drop && i < r->n; i++)
        r->drop(entry(r, i));
    free(r->links);
    free(r->entries);
    free(r->chains);
    free(r);
}

void pt_recent_clear(pt_recent *r) {
    for (uint32_t i = 0; r->drop && i < r->n; i++)
        r->drop(entry(r, i));
    memset(r->entries, 0, r->n * r->size);
    memset(r->chains, 0xff, r->n_chains * sizeof *r->chains);
    r->n = 0;
    r->newest = r->oldest = NONE;
}

static uint32_t *chain_of(pt_recent *r, uint64_t a, uint64_t b) {
    uint64_t h = (a * UINT64_C(0x9e3779b97f4a7c15)) ^ (b * UINT64_C(0xc2b2ae3d27d4eb4f));
    h ^= h >> 29;
    h *= UINT64_C(0xbf58476d1ce4e5b9);
    return &r->chains[(size_t)(h >> 32) & (r->n_chains - 1)];
}

static void unlist(pt_recent *r, uint32_t i) {
    link_of *x = &r->links[i];
    *(x->newer == NONE ? &r->newest : &r->links[x->newer].older) = x->older;
    *(x->older == NONE ? &r->oldest : &r->links[x->older].newer) = x->newer;
}

static void list_newest(pt_recent *r, uint32_t i) {
    link_of *x = &r->links[i];
    x->newer = NONE;
    x->older = r->newest;
    *(r->newest == NONE ? &r->oldest : &r->links[r->newest].newer) = i;
    r->newest = i;
}

void *pt_recent_find(pt_recent *r, uint64_t a, uint64_t b) {
    for (uint32_t i = *chain_of(r, a, b); i != NONE; i = r->links[i].chain) {
        if (r->links[i].a != a || r->links[i].b != b)
            continue;
        unlist(r, i);
        list_newest(r, i);
        return entry(r, i);
    }
    return NULL;
}

// The number of an entry that is free, its chain and its place in the list left.
static uint32_t take(pt_recent *r) {
    if (r->n < r->max)
        return (uint32_t)r->n++;
    uint32_t i = r->oldest;
    unlist(r, i);
    uint32_t *at = chain_of(r, r->links[i].a, r->links[i].b);
    while (*at != i)
        at = &r->links[*at].chain;
    *at = r->links[i].chain;
    if (r->drop)
        r->drop(entry(r, i));
    memset(entry(r, i), 0, r->size);
    return i;
}

void *pt_recent_of(pt_recent *r, uint64_t a, uint64_t b) {
    void *there = pt_recent_find(r, a, b);
    if (there)
        return there;
    uint32_t i = take(r);
    uint32_t *chain = chain_of(r, a, b);
    r->links[i] = (link_of){.a = a, .b = b, .chain = *chain};
    *chain = i;
    list_newest(r, i);
    return entry(r, i);
}
