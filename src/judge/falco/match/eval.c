// The hot path: one event against the rules of its type.
#include <stdlib.h>
#include <string.h>

#include "judge/falco/match/run_impl.h"

enum {
    SCRATCH_FIRST = 64 * 1024, // what an event seldom needs more of
    SCRATCH_MAX = 16 << 20,
    STAMP_MAX = INT32_MAX,
};

// -- values ---------------------------------------------------------------------------------------
static const pt_falco_values *values_of(pt_falco_run *r, uint32_t slot) {
    pt_slot_state *s = &r->slots[slot];
    if (s->stamp == r->stamp)
        return &s->values;
    const pt_ref *ref = &r->p->slots[slot].ref;
    s->stamp = r->stamp;
    s->word = PT_WORD_UNKNOWN;
    if (!ref->field || ref->n_transforms) {
        s->values = pt_ref_values(&r->look, ref);
        return &s->values;
    }
    r->look.field = ref->field;
    r->look.argument = ref->argument;
    r->look.index = ref->index;
    r->look.type = ref->type;
    r->look.regex = ref->regex;
    s->values =
        ref->field->get ? ref->field->get(&r->look, ref->field->what) : (pt_falco_values){0};
    return &s->values;
}

// -- comparisons ----------------------------------------------------------------------------------
// A value of this event, or NULL. What is extracted already is not asked for again.
static inline const pt_falco_value *value_of(pt_falco_run *r, uint32_t slot) {
    const pt_slot_state *s = &r->slots[slot];
    const pt_falco_values *v = s->stamp == r->stamp ? &s->values : values_of(r, slot);
    return v->n ? v->v : NULL;
}

static inline bool word_true(pt_falco_run *r, const pt_hot *h) {
    const pt_falco_value *v = value_of(r, h->slot);
    pt_slot_state *s = &r->slots[h->slot];
    if (!v)
        return false;
    if (s->word == PT_WORD_UNKNOWN)
        s->word = pt_words_find(r->p->slots[h->slot].words, v->text);
    return h->bits[s->word / 64] >> (s->word % 64) & 1;
}

static bool values_true(pt_falco_run *r, const pt_check *c) {
    const pt_falco_values *v = values_of(r, c->slot);
    if (!v->n)
        return false;
    if (c->mode == PT_MODE_SINGLE)
        return c->test.one(&c->test, &r->scratch, v->v[0]);
    bool every = c->mode == PT_MODE_EVERY;
    for (size_t i = 0; i < v->n; i++)
        if (c->test.one(&c->test, &r->scratch, v->v[i]) != every)
            return !every;
    return every;
}

static bool among(pt_falco_run *r, const pt_check *c, pt_falco_value left,
                  const pt_falco_values *right) {
    for (size_t i = 0; i < right->n; i++)
        if (pt_test_pair(&c->test, &r->scratch, c->type, left, right->v[i]))
            return true;
    return false;
}

static bool pair_true(pt_falco_run *r, const pt_check *c) {
    const pt_falco_values *left = values_of(r, c->slot);
    const pt_falco_values *right = values_of(r, c->right_slot);
    if (!left->n || !right->n)
        return false;
    bool every = c->mode == PT_MODE_EVERY;
    for (size_t i = 0; i < left->n; i++)
        if (among(r, c, left->v[i], right) != every)
            return !every;
    return every;
}

// Apart, so that what is asked most needs few registers.
__attribute__((noinline)) static bool other_true(pt_falco_run *r, const pt_hot *h) {
    switch (h->kind) {
    case PT_CHECK_VALUE:
        return values_true(r, h->check);
    case PT_CHECK_PAIR:
        return pair_true(r, h->check);
    default:
        return value_of(r, h->slot);
    }
}

static inline bool check_true(pt_falco_run *r, const pt_hot *h) {
    if (h->kind == PT_CHECK_WORD)
        return word_true(r, h);
    if (h->kind != PT_CHECK_SAME)
        return other_true(r, h);
    const pt_falco_value *v = value_of(r, h->slot);
    return v && v->number == h->number;
}

static bool ask_node(pt_falco_run *r, uint32_t at);

// Mostly the answer is known.
// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static inline bool ref_true(pt_falco_run *r, pt_node_ref ref) {
    uint32_t state = r->nodes[ref / 2];
    bool is = state >> 1 == r->stamp ? state & 1 : ask_node(r, ref / 2);
    return is != (ref & 1);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static bool all_true(pt_falco_run *r, const pt_node_ref *kids, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (!ref_true(r, kids[i]))
            return false;
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static bool ask_node(pt_falco_run *r, uint32_t at) {
    const pt_node *node = &r->p->nodes[at];
    bool is = node->is_leaf ? check_true(r, &r->p->hot[node->from])
              : node->n     ? all_true(r, r->p->kids + node->from, node->n)
                            : true;
    r->nodes[at] = r->stamp << 1 | is;
    return is;
}

// -- an event -------------------------------------------------------------------------------------
static void next_stamp(pt_falco_run *r) {
    if (++r->stamp < STAMP_MAX)
        return;
    memset(r->nodes, 0, r->p->n_nodes * sizeof *r->nodes);
    memset(r->slots, 0, r->p->n_slots * sizeof *r->slots);
    r->stamp = 1;
}

// What an event needed is forgotten; mostly all of it lies in one block.
static void clear_scratch(pt_falco_run *r) {
    pt_arena *a = &r->scratch;
    if (a->blocks && a->blocks == r->scratch_block && !a->full) {
        a->at = r->scratch_at;
        return;
    }
    pt_arena_clear(a);
    // Refused only without memory: values are then absent.
    PT_IGNORE(!pt_arena_take(a, SCRATCH_FIRST));
    r->scratch_block = a->blocks;
    a->at = a->blocks ? a->at - SCRATCH_FIRST : a->at;
    r->scratch_at = a->at;
}

static void begin(pt_falco_run *r, const pt_event *ev) {
    next_stamp(r);
    clear_scratch(r);
    r->look.ev = ev;
    r->look.before_ns = r->before_ns;
}

static int by_number(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

// Rules are asked in another order than they are told in. The first alone counts, unless all do.
static size_t settle(pt_falco_run *r, const pt_steps *steps, size_t n) {
    qsort(r->matched, n, sizeof *r->matched, by_number);
    for (size_t i = 0; !r->p->match_all && i < steps->n_rules; i++)
        r->spared[steps->rules[i]] += steps->rules[i] > r->matched[0];
    n = r->p->match_all ? n : 1;
    for (size_t i = 0; i < n; i++)
        r->hits[r->matched[i]]++;
    return n;
}

size_t pt_falco_match(pt_falco_run *r, const pt_event *ev, const uint32_t **ret) {
    const pt_falco_program *p = r->p;
    size_t n = 0;
    *ret = r->matched;
    if (ev->type >= PT_EVENT_TYPES || !pt_str_eq(ev->source, p->source_name))
        return 0;
    if (!r->context.from_ns)
        r->context.from_ns = ev->time_ns;
    const pt_steps *steps = &p->of_type[ev->type];
    r->events[ev->type]++;
    if (steps->n)
        begin(r, ev);
    for (size_t i = 0; i < steps->n;) {
        const pt_step_of *step = &steps->v[i];
        if (!ref_true(r, step->ref)) {
            i = step->next;
            continue;
        }
        if (step->rule != PT_STEP_GUARD)
            r->matched[n++] = step->rule;
        i++;
    }
    r->before_ns = ev->time_ns;
    return n ? settle(r, steps, n) : 0;
}

pt_falco_rule_count pt_falco_counted(const pt_falco_run *r, uint32_t rule) {
    pt_falco_rule_count c = {.matched = r->hits[rule]};
    for (size_t t = 0; t < PT_EVENT_TYPES; t++)
        for (size_t i = 0; r->events[t] && i < r->p->of_type[t].n_rules; i++)
            if (r->p->of_type[t].rules[i] == rule)
                c.evaluated += r->events[t];
    c.evaluated -= r->spared[rule];
    return c;
}

// -- life -----------------------------------------------------------------------------------------
void pt_falco_run_context(pt_falco_run *r, const pt_falco_context *c) {
    uint64_t from = c->from_ns ? c->from_ns : r->context.from_ns;
    r->context = *c;
    r->context.from_ns = from;
}

pt_code pt_falco_run_new(const pt_falco_program *p, pt_falco_run **ret, pt_err *e) {
    pt_falco_run *r = calloc(1, sizeof *r);
    if (!r)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    r->p = p;
    pt_arena_init(&r->scratch, SCRATCH_MAX);
    r->look.scratch = &r->scratch;
    r->look.context = &r->context;
    r->nodes = calloc(p->n_nodes + 1, sizeof *r->nodes);
    r->slots = calloc(p->n_slots + 1, sizeof *r->slots);
    r->matched = calloc(p->n_rules + 1, sizeof *r->matched);
    r->events = calloc(PT_EVENT_TYPES, sizeof *r->events);
    r->spared = calloc(p->n_rules + 1, sizeof *r->spared);
    r->hits = calloc(p->n_rules + 1, sizeof *r->hits);
    if (!r->nodes || !r->slots || !r->matched || !r->events || !r->spared || !r->hits) {
        pt_falco_run_free(r);
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    *ret = r;
    return PT_OK;
}

void pt_falco_run_free(pt_falco_run *r) {
    if (!r)
        return;
    pt_arena_done(&r->scratch);
    free(r->nodes);
    free(r->slots);
    free(r->matched);
    free(r->events);
    free(r->spared);
    free(r->hits);
    free(r);
}
