// libparatia-policy: evaluation, from input to answers.
#include <stdlib.h>
#include <sys/random.h>

#include "base/instant.h"
#include "base/watch.h"
#include "judge/policy/answer.h"
#include "judge/policy/library.h"
#include "value/json.h"

#define MEMORY_BYTES_DEFAULT ((size_t)256 << 20)

// 0: never.
static int64_t deadline(const paratia_limits *limits) {
    uint64_t ms = limits ? limits->milliseconds : 0;
    int64_t at;
    if (ms == 0 || ms > INT64_MAX / 1000000 ||
        __builtin_add_overflow(pt_monotonic_ns(), (int64_t)ms * 1000000, &at))
        return 0;
    return at;
}

// -- answers --------------------------------------------------------------------------------------

static pt_value expressions(pt_arena *a, const pt_query *q, const pt_value *answer) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < q->n_exprs; i++) {
        pt_obj o = {.a = a};
        pt_obj_set(&o, "text", pt_string(q->exprs[i].text));
        pt_obj_set(&o, "value", pt_answer_expression(q, i, answer));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

static bool write_answers(pt_worker *w, const pt_query *q, const pt_answers *answers,
                          paratia_answers *ret) {
    pt_arena *a = &w->arena;
    pt_list l = {.a = a};
    for (size_t i = 0; i < answers->v.n; i++) {
        const pt_value *answer = answers->v.v[i];
        pt_obj o = {.a = a};
        if (!pt_answer_as_json(a, q, &answer))
            return false;
        pt_obj_set(&o, "bindings", pt_answer_bindings(a, q, answer));
        pt_obj_set(&o, "expressions", expressions(a, q, answer));
        pt_list_add(&l, pt_obj_end(&o));
    }
    pt_value all = pt_list_end(&l);
    pt_buf b = PT_BUF(a->bytes_max);
    if (pt_defined(all) && !pt_json_write(&b, all, NULL, NULL))
        pt_buf_putc(&b, '\0');
    if (b.full || b.n == 0) {
        pt_buf_done(&b);
        return false;
    }
    *ret = (paratia_answers){b.p, b.n - 1}; // a buffer's bytes are malloc's
    return true;
}

static paratia_verdict verdict_of(const pt_query *q, const pt_answers *answers) {
    for (size_t i = 0; i < answers->v.n; i++) {
        bool holds = true;
        for (size_t k = 0; k < q->n_exprs && holds; k++) {
            pt_value v = pt_answer_expression(q, k, answers->v.v[i]);
            holds = v.tag != PT_BOOL || pt_true(v);
        }
        if (holds)
            return PARATIA_TRUE;
    }
    return answers->v.n ? PARATIA_FALSE : PARATIA_UNDEFINED;
}

// -- evaluation -----------------------------------------------------------------------------------

// One evaluation, and where what comes of it goes: one of the two.
typedef struct asked {
    const paratia_query *q;
    pt_str text;                // the input as JSON, or
    const paratia_value *value; // as it was read before; neither: none
    paratia_answers *answers;
    paratia_verdict *verdict;
} asked;

static bool evaluate(const asked *x, pt_worker *w, const pt_fn_world *world, pt_eval_opts *opts,
                     paratia_error *e) {
    const pt_library_prepared *prepared = &x->q->prepared;
    pt_answers answers;
    pt_eval_error why = {0};
    opts->world = world;
    opts->machine = w->machine;
    opts->cache = w->cache;
    if (!pt_eval(&w->arena, &prepared->program, prepared->query->proc, opts, &answers, &why))
        return pt_library_halted(e, &why);
    if (x->verdict)
        *x->verdict = verdict_of(prepared->query, &answers);
    pt_watch watch = {.deadline_ns = world->deadline_ns}; // a small value may be long as JSON
    pt_watch_begin(&watch);
    bool good = !x->answers || write_answers(w, prepared->query, &answers, x->answers);
    pt_watch_end(&watch);
    if (good)
        return true;
    return watch.ended ? pt_library_halted(e, &(pt_eval_error){.code = "eval_cancel_error"})
                       : pt_library_full(e);
}

static bool with_input(const asked *x, pt_worker *w, pt_fn_world *world, paratia_error *e) {
    pt_err why = {0};
    pt_eval_opts opts = {.input = x->value ? x->value->value : pt_undefined()};
    if (x->text.p && pt_json_parse(&w->arena, x->text, NULL, &opts.input, &why))
        return pt_library_no_json(e, "input", &why);
    world->now_ns = pt_now();
    world->runtime = x->q->policy->runtime;
    PT_IGNORE(getrandom(&world->seed, sizeof world->seed, 0) < 0); // 0 is a seed too
    pt_library_data *data = pt_library_data_hold(x->q->policy);
    if (data)
        opts.data = data->value;
    bool good = evaluate(x, w, world, &opts, e);
    pt_library_data_drop(x->q->policy, data);
    return good;
}

static bool within_limits(const asked *x, const paratia_limits *limits, paratia_error *e) {
    const pt_net net = pt_library_net(x->q->policy);
    pt_fn_world world = {.deadline_ns = deadline(limits), .net = net.fetch ? &net : NULL};
    size_t max = limits && limits->memory_bytes ? limits->memory_bytes : MEMORY_BYTES_DEFAULT;
    pt_worker *w = pt_library_worker(x->q->policy, max);
    if (!w)
        return pt_library_full(e);
    bool good = with_input(x, w, &world, e);
    pt_library_worker_back(x->q->policy, w);
    return good;
}

static bool misused(const paratia_query *q, bool place, paratia_error *e) {
    if (q && place)
        return false;
    pt_library_fail(e, "usage_error", "no %s", q ? "place for the answers" : "query");
    return true;
}

bool paratia_query_eval(const paratia_query *q, const char *input, size_t n,
                        const paratia_limits *limits, paratia_answers *ret, paratia_error *e) {
    if (misused(q, ret, e))
        return false;
    if (!input && n)
        return pt_library_fail(e, "usage_error", "no input");
    return within_limits(&(asked){.q = q, .text = {input, n}, .answers = ret}, limits, e);
}

bool paratia_query_eval_value(const paratia_query *q, const paratia_value *input,
                              const paratia_limits *limits, paratia_answers *ret,
                              paratia_error *e) {
    return !misused(q, ret, e) &&
           within_limits(&(asked){.q = q, .value = input, .answers = ret}, limits, e);
}

bool paratia_query_decide(const paratia_query *q, const paratia_value *input,
                          const paratia_limits *limits, paratia_verdict *ret, paratia_error *e) {
    return !misused(q, ret, e) &&
           within_limits(&(asked){.q = q, .value = input, .verdict = ret}, limits, e);
}

// -- documents that are read once -----------------------------------------------------------------

paratia_value *paratia_value_new(const char *json, size_t n, paratia_error *e) {
    pt_err why = {0};
    if (!json) {
        pt_library_fail(e, "usage_error", "no document");
        return NULL;
    }
    paratia_value *v = calloc(1, sizeof *v);
    if (!v) {
        pt_library_full(e);
        return NULL;
    }
    v->arena.bytes_max = PT_LIBRARY_DATA_BYTES_MAX;
    pt_str text = pt_arena_str(&v->arena, (pt_str){json, n}); // values borrow from it
    if (text.p && !pt_json_parse(&v->arena, text, NULL, &v->value, &why))
        return v;
    if (text.p)
        pt_library_no_json(e, "document", &why);
    else
        pt_library_full(e);
    paratia_value_free(v);
    return NULL;
}

void paratia_value_free(paratia_value *v) {
    if (!v)
        return;
    pt_arena_done(&v->arena);
    free(v);
}
