// libparatia-policy: evaluation, from input to answers.
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "judge/policy/answer.h"
#include "judge/policy/library.h"
#include "value/json.h"

#define MEMORY_BYTES_DEFAULT ((size_t)256 << 20)

static int64_t now(clockid_t clock) {
    struct timespec t = {0};
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// 0: never.
static int64_t deadline(const paratia_limits *limits) {
    uint64_t ms = limits ? limits->milliseconds : 0;
    int64_t at;
    if (ms == 0 || ms > INT64_MAX / 1000000 ||
        __builtin_add_overflow(now(CLOCK_MONOTONIC), (int64_t)ms * 1000000, &at))
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

// -- evaluation -----------------------------------------------------------------------------------

static bool evaluate(const paratia_query *q, pt_worker *w, const pt_fn_world *world,
                     pt_eval_opts *opts, paratia_answers *ret, paratia_error *e) {
    const pt_library_prepared *prepared = &q->prepared;
    pt_answers answers;
    pt_eval_error why = {0};
    opts->world = world;
    opts->machine = w->machine;
    opts->cache = w->cache;
    if (!pt_eval(&w->arena, &prepared->program, prepared->query->proc, opts, &answers, &why))
        return pt_library_halted(e, &why);
    return write_answers(w, prepared->query, &answers, ret) || pt_library_full(e);
}

static bool with_input(const paratia_query *q, pt_worker *w, pt_str input, pt_fn_world *world,
                       paratia_answers *ret, paratia_error *e) {
    pt_err why = {0};
    pt_eval_opts opts = {0};
    if (input.p && pt_json_parse(&w->arena, input, NULL, &opts.input, &why))
        return pt_library_no_json(e, "input", &why);
    world->now_ns = now(CLOCK_REALTIME);
    world->runtime = q->policy->runtime;
    PT_IGNORE(getrandom(&world->seed, sizeof world->seed, 0) < 0); // 0 is a seed too
    pt_library_data *data = pt_library_data_hold(q->policy);
    if (data)
        opts.data = data->value;
    bool good = evaluate(q, w, world, &opts, ret, e);
    pt_library_data_drop(q->policy, data);
    return good;
}

bool paratia_query_eval(const paratia_query *q, const char *input, size_t n,
                        const paratia_limits *limits, paratia_answers *ret, paratia_error *e) {
    if (!q || !ret || (!input && n))
        return pt_library_fail(e, "usage_error", "no %s",
                               !q     ? "query"
                               : !ret ? "place for the answers"
                                      : "input");
    pt_fn_world world = {.deadline_ns = deadline(limits)};
    size_t max = limits && limits->memory_bytes ? limits->memory_bytes : MEMORY_BYTES_DEFAULT;
    pt_worker *w = pt_library_worker(q->policy, max);
    if (!w)
        return pt_library_full(e);
    bool good = with_input(q, w, (pt_str){input, n}, &world, ret, e);
    pt_library_worker_back(q->policy, w);
    return good;
}
