// Why a test failed: which literal, and what its terms were worth.
#include <string.h>

#include "base/instant.h"
#include "cli/policy_tests.h"

// What is heard while the test runs again.
typedef struct hearing {
    const pt_why_plan *plan;
    pt_test_why *why;
    pt_arena work;                       // of the evaluation
    const pt_mark *last;                 // the literal that failed last since the case began, and …
    pt_value values[PT_MARK_VALUES_MAX]; // … what its terms were worth
    pt_value name;                       // of the case that is running; undefined: none
    bool full;
} hearing;

// -- cases ----------------------------------------------------------------------------------------

static bool part_is(pt_str text, pt_value v) {
    if (v.tag == PT_STRING)
        return pt_str_eq(text, pt_text(v));
    char room[PT_NUMBER_ROOM];
    return v.tag == PT_NUMBER && pt_str_eq(text, pt_number_text(v, room));
}

static bool case_is(const pt_test_case *c, pt_value name) {
    bool is = c->n == pt_len(name);
    for (size_t i = 0; i < c->n && is; i++)
        is = part_is(c->name[i], pt_at(name, i));
    return is;
}

// -- hearing --------------------------------------------------------------------------------------

// Most literals that fail do not matter: what they were worth is written when one does.
static void keep_failing(hearing *h, const pt_eval_event *e) {
    h->last = e->mark;
    memcpy(h->values, e->values, e->mark->n * sizeof *h->values);
}

static pt_failing last_failing(hearing *h) {
    const pt_mark *m = h->last;
    pt_arena *a = h->plan->arena;
    pt_failing_value *v = m ? PT_NEW(a, pt_failing_value, m->n) : NULL;
    for (uint32_t i = 0; v && i < m->n; i++) {
        PT_AUTO(pt_buf_done) pt_buf shown = PT_BUF(1 << 16);
        bool walked = h->values[i].tag > PT_SET; // a document that is being walked
        pt_value_write(&shown, walked ? pt_undefined() : h->values[i]);
        v[i] = (pt_failing_value){m->values[i].text, m->values[i].column,
                                  pt_arena_str(a, pt_buf_str(&shown))};
        h->full = h->full || !v[i].shown.p;
    }
    h->full = h->full || (m && !v);
    return (pt_failing){.at = m, .values = v, .n_values = v ? m->n : 0};
}

// The case that ran has ended: if it failed, this is where.
static void end_case(hearing *h) {
    for (size_t i = 0; i < h->plan->result->cases.n && pt_defined(h->name); i++) {
        const pt_test_case *c = &h->plan->result->cases.v[i];
        if (c->failed && case_is(c, h->name)) {
            h->why->failing.v[i] = last_failing(h);
            h->why->failing.v[i].name = c->name;
            h->why->failing.v[i].n = c->n;
        }
    }
    h->last = NULL;
}

static void hear(void *to, const pt_eval_event *e) {
    hearing *h = to;
    if (h->plan->explained)
        pt_explain_hear(&h->why->explain, e);
    if (e->told == PT_TOLD_CASE) {
        end_case(h);
        h->name = e->values[0];
    }
    if (e->told == PT_TOLD_FAIL && !e->mark->every && e->mark->place.file.n)
        keep_failing(h, e);
}

static void drop_print(void *to, const pt_location *place, pt_str text) {
    (void)to, (void)place, (void)text;
}

static bool make_room(hearing *h, size_t n) {
    for (size_t i = 0; i < n; i++) {
        pt_failing *slot = PT_PUSH(h->plan->arena, &h->why->failing);
        if (!slot)
            return false;
        *slot = (pt_failing){0};
    }
    return true;
}

static void run_again(hearing *h) {
    const pt_why_plan *plan = h->plan;
    pt_fn_world world = *plan->opts->world;
    pt_eval_opts opts = *plan->opts;
    pt_answers answers = {0};
    pt_eval_error error = {0};
    world.deadline_ns = plan->timeout_ns ? pt_monotonic_ns() + plan->timeout_ns : 0;
    pt_test_watch_begin(plan->watch, plan->number);
    opts.world = &world;
    opts.print = drop_print; // it was heard the first time
    opts.tell = hear;
    opts.tell_to = h;
    h->why->other = !pt_eval(&h->work, plan->program, plan->query->proc, &opts, &answers, &error) &&
                    plan->result->outcome != PT_TEST_ERROR;
    pt_test_watch_end(plan->watch);
}

bool pt_test_why_find(const pt_why_plan *plan, pt_test_why *ret) {
    hearing h = {.plan = plan, .why = ret, .work = {.bytes_max = PT_POLICY_BYTES_MAX}};
    size_t cases = plan->result->cases.n;
    *ret = (pt_test_why){.explain = {.arena = plan->arena, .mode = plan->mode}};
    if (!make_room(&h, cases ? cases : 1))
        return false;
    run_again(&h);
    if (!cases)
        ret->failing.v[0] = last_failing(&h);
    end_case(&h);
    pt_arena_done(&h.work);
    return !h.full;
}
