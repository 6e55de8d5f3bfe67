// The graph of conjunctions: what says the same is one node.
#include <stdlib.h>
#include <string.h>

#include "judge/falco/match/program_impl.h"

typedef struct known {
    uint32_t node;
    struct known *next; // of the same hash
} known;

void pt_graph_init(pt_graph *g, pt_arena *a) {
    *g = (pt_graph){.a = a, .known = {.a = a}};
    pt_node *truth = PT_PUSH(a, &g->nodes); // the conjunction of nothing
    g->full = !truth;
    if (truth)
        *truth = (pt_node){0};
}

void pt_graph_done(pt_graph *g) {
    pt_arena_done(&g->temp);
}

static uint32_t new_node(pt_graph *g, pt_node node) {
    pt_node *n = PT_PUSH(g->a, &g->nodes);
    g->full = g->full || !n;
    if (n)
        *n = node;
    return n ? (uint32_t)g->nodes.n - 1 : 0;
}

pt_node_ref pt_graph_leaf(pt_graph *g, uint32_t check) {
    return 2 * new_node(g, (pt_node){.from = check, .is_leaf = true});
}

static int by_number(const void *a, const void *b) {
    pt_node_ref x = *(const pt_node_ref *)a;
    pt_node_ref y = *(const pt_node_ref *)b;
    return (x > y) - (x < y);
}

static bool is_conjunction(const pt_graph *g, pt_node_ref r) {
    return !(r & 1) && !g->nodes.v[r / 2].is_leaf;
}

// Parts that are conjunctions themselves stand for their parts; what comes twice counts once.
// False: a part and its negation are among them.
static bool flatten(pt_graph *g, const pt_node_ref *parts, size_t n, pt_node_ref *ret,
                    size_t *ret_n) {
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        pt_node node = g->nodes.v[parts[i] / 2];
        if (!is_conjunction(g, parts[i]))
            ret[k++] = parts[i];
        else if (node.n)
            for (size_t j = 0; j < node.n; j++)
                ret[k++] = g->kids.v[node.from + j];
    }
    qsort(ret, k, sizeof *ret, by_number);
    *ret_n = 0;
    for (size_t i = 0; i < k; i++) {
        if (i && ret[i] == ret[i - 1])
            continue;
        if (i && ret[i] == (ret[i - 1] ^ 1))
            return false;
        ret[(*ret_n)++] = ret[i];
    }
    return true;
}

static uint64_t hash_of(const pt_node_ref *parts, size_t n) {
    uint64_t h = n;
    for (size_t i = 0; i < n; i++)
        h = (h ^ parts[i]) * UINT64_C(0x9e3779b97f4a7c15) ^ h >> 29;
    return h | 1;
}

static pt_node_ref one_of(pt_graph *g, const pt_node_ref *parts, size_t n) {
    uint64_t hash = hash_of(parts, n);
    known *first = pt_map_get(&g->known, hash);
    for (const known *k = first; k; k = k->next) {
        pt_node node = g->nodes.v[k->node];
        if (node.n == n && memcmp(&g->kids.v[node.from], parts, n * sizeof *parts) == 0)
            return 2 * k->node;
    }
    size_t from = g->kids.n;
    for (size_t i = 0; i < n; i++) {
        pt_node_ref *slot = PT_PUSH(g->a, &g->kids);
        g->full = g->full || !slot;
        if (slot)
            *slot = parts[i];
    }
    uint32_t made = new_node(g, (pt_node){.from = (uint32_t)from, .n = (uint32_t)n});
    known *k = PT_NEW(g->a, known, 1);
    if (!k || !pt_map_put(&g->known, hash, k)) {
        g->full = true;
        return PT_NODE_FALSE;
    }
    *k = (known){made, first};
    return 2 * made;
}

pt_node_ref pt_graph_and(pt_graph *g, pt_node_ref *parts, size_t n) {
    size_t room = n;
    for (size_t i = 0; i < n; i++) {
        if (parts[i] == PT_NODE_FALSE)
            return PT_NODE_FALSE;
        room += is_conjunction(g, parts[i]) ? g->nodes.v[parts[i] / 2].n : 0;
    }
    pt_node_ref *flat = g->full ? NULL : pt_arena_take(&g->temp, room * sizeof *flat);
    size_t k = 0;
    if (!flat) {
        g->full = true;
        return PT_NODE_FALSE;
    }
    if (!flatten(g, parts, n, flat, &k))
        return PT_NODE_FALSE;
    if (k == 0)
        return PT_NODE_TRUE;
    return k == 1 ? flat[0] : one_of(g, flat, k);
}

// -- order ----------------------------------------------------------------------------------------
typedef struct ranked {
    pt_node_ref ref;
    float rank;
} ranked;

static int by_rank(const void *a, const void *b) {
    const ranked *x = a;
    const ranked *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->ref > y->ref) - (x->ref < y->ref);
}

pt_odds pt_graph_odds(const pt_graph *g, pt_node_ref r) {
    pt_odds o = g->odds.v[r / 2];
    if (r & 1)
        o.chance = 1 - o.chance;
    return o;
}

// Cost by what it saves: a part that is false ends the conjunction.
static pt_odds order_one(pt_graph *g, const pt_node *node, ranked *room) {
    pt_odds all = {.cost = 1, .chance = 1};
    for (size_t i = 0; i < node->n; i++) {
        pt_node_ref r = g->kids.v[node->from + i];
        pt_odds o = pt_graph_odds(g, r);
        room[i] = (ranked){r, o.cost / (1.001F - o.chance)};
    }
    qsort(room, node->n, sizeof *room, by_rank);
    for (size_t i = 0; i < node->n; i++) {
        pt_odds o = pt_graph_odds(g, room[i].ref);
        g->kids.v[node->from + i] = room[i].ref;
        all.cost += o.cost * all.chance;
        all.chance *= o.chance;
    }
    return all;
}

// What many look at is likely known already.
static void count_uses(const pt_graph *g, uint32_t *uses) {
    for (size_t i = 0; i < g->kids.n; i++)
        uses[g->kids.v[i] / 2]++;
}

static size_t widest(const pt_graph *g) {
    size_t n = 0;
    for (size_t i = 0; i < g->nodes.n; i++)
        n = g->nodes.v[i].n > n ? g->nodes.v[i].n : n;
    return n;
}

// Parts are made before what they are part of, so one pass does. Nodes that were ordered before are
// left as they are.
bool pt_graph_order(pt_graph *g, const pt_odds *of_checks) {
    ranked *room = PT_NEW(&g->temp, ranked, widest(g));
    uint32_t *uses = PT_NEW(&g->temp, uint32_t, g->nodes.n);
    if (!room || !uses || g->full)
        return false;
    count_uses(g, uses);
    for (size_t i = g->odds.n; i < g->nodes.n; i++) {
        const pt_node *node = &g->nodes.v[i];
        pt_odds odds = node->is_leaf ? of_checks[node->from] : order_one(g, node, room);
        uint32_t shared = uses[i] < 8 ? uses[i] : 8;
        odds.cost = shared > 1 ? odds.cost / (float)shared + 1 : odds.cost;
        pt_odds *slot = PT_PUSH(g->a, &g->odds);
        if (!slot)
            return false;
        *slot = odds;
    }
    return true;
}
