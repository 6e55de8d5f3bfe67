// The rules of one type of event: what several of them ask is asked once, in front of them.
#include <string.h>

#include "judge/falco/match/program_impl.h"

// A rule with what is still to be asked of it.
typedef struct rest {
    uint32_t rule;
    pt_node_ref *parts;
    size_t n;
} rest;

typedef struct maker {
    pt_graph *g;
    PT_VEC(pt_step_of) steps;
    float *gain; // room for each reference
} maker;

static bool push(maker *m, pt_node_ref ref, uint32_t rule) {
    pt_step_of *slot = PT_PUSH(m->g->a, &m->steps);
    if (slot)
        *slot = (pt_step_of){ref, (uint32_t)m->steps.n, rule};
    return slot;
}

// The part that saves most when it is asked once, in front: many rules have it, and it is false at
// most events. PT_NODE_TRUE: no two rules have one in common.
static pt_node_ref best_guard(const maker *m, const rest *rules, size_t n) {
    pt_node_ref best = PT_NODE_TRUE;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].n; k++)
            m->gain[rules[i].parts[k]] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].n; k++) {
            pt_node_ref part = rules[i].parts[k];
            pt_odds odds = pt_graph_odds(m->g, part);
            float one = (1.001F - odds.chance) / (odds.cost + 1);
            m->gain[part] += one;
            bool common = m->gain[part] > 1.5F * one;
            if (common && (best == PT_NODE_TRUE || m->gain[part] > m->gain[best]))
                best = part;
        }
    return best;
}

static bool take_part(rest *r, pt_node_ref part) {
    for (size_t k = 0; k < r->n; k++)
        if (r->parts[k] == part) {
            memmove(&r->parts[k], &r->parts[k + 1], (r->n - k - 1) * sizeof *r->parts);
            r->n--;
            return true;
        }
    return false;
}

// Those that have the part stand first afterwards, without it.
static size_t partition(rest *rules, size_t n, pt_node_ref part, rest *room) {
    size_t with = 0;
    size_t without = 0;
    for (size_t i = 0; i < n; i++) {
        if (take_part(&rules[i], part))
            rules[with++] = rules[i];
        else
            room[without++] = rules[i];
    }
    memcpy(&rules[with], room, without * sizeof *room);
    return with;
}

// NOLINTNEXTLINE(misc-no-recursion): each time without a part that its rules had
static bool emit(maker *m, rest *rules, size_t n, rest *room) {
    while (n) {
        pt_node_ref guard = n > 1 ? best_guard(m, rules, n) : PT_NODE_TRUE;
        if (guard == PT_NODE_TRUE) {
            for (size_t i = 0; i < n; i++)
                if (!push(m, pt_graph_and(m->g, rules[i].parts, rules[i].n), rules[i].rule))
                    return false;
            return true;
        }
        size_t with = partition(rules, n, guard, room);
        size_t at = m->steps.n;
        if (!push(m, guard, PT_STEP_GUARD) || !emit(m, rules, with, room))
            return false;
        m->steps.v[at].next = (uint32_t)m->steps.n;
        rules += with;
        n -= with;
    }
    return true;
}

static bool parts_of(pt_graph *g, pt_node_ref ref, rest *ret) {
    const pt_node *node = &g->nodes.v[ref / 2];
    bool one = (ref & 1) || node->is_leaf || !node->n;
    ret->n = one ? 1 : node->n;
    ret->parts = pt_arena_take(&g->temp, ret->n * sizeof *ret->parts);
    if (ret->parts)
        memcpy(ret->parts, one ? &ref : &g->kids.v[node->from], ret->n * sizeof *ret->parts);
    return ret->parts;
}

pt_code pt_steps_make(pt_graph *g, const pt_entry *entries, size_t n, pt_steps *ret, pt_err *e) {
    maker m = {.g = g, .gain = PT_NEW(&g->temp, float, 2 * g->nodes.n)};
    rest *rules = PT_NEW(&g->temp, rest, n);
    rest *room = PT_NEW(&g->temp, rest, n);
    uint32_t *numbers = PT_NEW(g->a, uint32_t, n);
    bool good = m.gain && rules && room && numbers;
    for (size_t i = 0; good && i < n; i++) {
        rules[i].rule = numbers[i] = entries[i].rule;
        good = parts_of(g, entries[i].ref, &rules[i]);
    }
    good = good && emit(&m, rules, n, room);
    pt_arena_clear(&g->temp);
    *ret = (pt_steps){m.steps.v, m.steps.n, numbers, n};
    return good && !g->full ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
