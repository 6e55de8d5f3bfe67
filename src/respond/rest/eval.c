// From a path to its document.
#include "judge/policy/answer.h"
#include "judge/policy/rego/ast_value.h"
#include "respond/rest/rest_impl.h"

static bool halted(pt_rest_ask *k, const pt_eval_error *why, pt_rest_error *ret) {
    pt_eval_error *kept = PT_NEW(k->arena, pt_eval_error, 1);
    pt_str message = pt_arena_str(k->arena, why->message);
    if (!kept || !message.p) {
        *ret = pt_rest_full();
        return false;
    }
    *kept = *why;
    kept->message = message; // the program may be gone when it is told
    *ret = (pt_rest_error){.status = 500,
                           .code = "internal_error",
                           .message = PT_STR("error(s) occurred while evaluating query"),
                           .eval = kept};
    return false;
}

bool pt_rest_eval(pt_rest_ask *k, const pt_rest_query *q, const pt_net *net,
                  pt_answers *ret_answers, pt_rest_error *ret) {
    const pt_rest_opts *opts = &k->rest->opts;
    pt_eval_error why = {0};
    int64_t begun_ns = pt_monotonic_ns();
    pt_fn_world world = {
        .now_ns = opts->now ? opts->now(opts->context) : pt_now(),
        .seed = pt_rest_random(k->worker),
        .runtime = k->set->runtime,
        .deadline_ns = begun_ns + (int64_t)opts->timeout_ms * 1000000,
        .net = net,
        .parse_module = pt_ast_parse_module,
    };
    pt_eval_opts how = {
        .input = k->input,
        .data = k->set->data,
        .strict_errors = k->params.strict,
        .world = &world,
        .machine = k->worker->machine,
        .cache = k->worker->cache,
    };
    if (k->params.explains) {
        k->explanation = (pt_explain){.arena = k->arena, .mode = k->params.explain};
        how.tell = pt_explain_hear;
        how.tell_to = &k->explanation;
    }
    bool good = pt_eval(k->arena, &q->program, q->query->proc, &how, ret_answers, &why);
    k->eval_ns = pt_monotonic_ns() - begun_ns;
    return good || halted(k, &why, ret);
}

static bool not_compiled(const pt_rest_query *q, pt_rest_error *ret) {
    *ret = q ? (pt_rest_error){.status = 500, .code = "internal_error", .message = q->wrong}
             : pt_rest_full();
    return false;
}

bool pt_rest_as_json(pt_rest_ask *k, const pt_rest_query *q, pt_answers *all, pt_rest_error *ret) {
    for (size_t i = 0; i < all->v.n; i++)
        if (!pt_answer_as_json(k->arena, q->query, &all->v.v[i])) {
            *ret = pt_rest_full();
            return false;
        }
    return true;
}

// Keys of objects, items of sets, numbers of arrays.
static pt_value step(pt_value from, pt_value key) {
    int64_t i;
    if (pt_tag_of(from) == PT_SET)
        return pt_set_has(from, key) ? key : pt_undefined();
    if (pt_tag_of(from) != PT_ARRAY)
        return pt_get_value(from, key);
    return pt_tag_of(key) == PT_NUMBER && pt_to_int(key, &i) && i >= 0 ? pt_at(from, (size_t)i)
                                                                       : pt_undefined();
}

// Replace an answer, a document, by what steps lead to. False: there is nothing, or no room.
static bool go_on(pt_arena *a, const pt_query *q, const pt_value *steps, size_t n,
                  const pt_value **answer) {
    uint32_t at = q->exprs[0].value;
    pt_value *v = PT_NEW(a, pt_value, q->n_vars + q->n_exprs);
    if (!v || at == PT_OPERAND_NONE)
        return false;
    v[at] = (*answer)[at];
    for (size_t i = 0; i < n && pt_defined(v[at]); i++)
        v[at] = step(v[at], steps[i]);
    *answer = v;
    return pt_defined(v[at]);
}

// The document that `q` asks for, or what n steps from it lead to.
static bool evaluate(pt_rest_ask *k, const pt_rest_query *q, const pt_value *steps, size_t n,
                     pt_value *ret_value, pt_rest_error *ret) {
    pt_answers answers = {0};
    if (!q || !q->query)
        return not_compiled(q, ret);
    if (!pt_rest_eval(k, q, k->rest->opts.network, &answers, ret))
        return false;
    if (answers.v.n && n && !go_on(k->arena, q->query, steps, n, &answers.v.v[0]))
        answers.v.n = 0;
    if (k->arena->full) {
        *ret = pt_rest_full();
        return false;
    }
    if (!pt_rest_as_json(k, q, &answers, ret))
        return false;
    if (answers.v.n)
        *ret_value = pt_answer_expression(q->query, 0, answers.v.v[0]);
    return true;
}

// The same by a program that tells what it does.
static bool explained(pt_rest_ask *k, pt_str text, pt_value *ret_value, pt_rest_error *ret) {
    pt_rest_query q = {0};
    pt_diagnostics d = {.arena = k->arena, .max = PT_DIAGNOSTICS_DEFAULT};
    bool parsed;
    pt_rest_desk *desk = pt_rest_desk_hold(k->set, true);
    if (!desk)
        return not_compiled(NULL, ret);
    bool good;
    if (pt_rest_desk_compile(k->set, desk, text, &d, &parsed, &q)) {
        good = evaluate(k, &q, NULL, 0, ret_value, ret);
    } else {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 16);
        pt_diagnostics_write(&b, &d);
        q.wrong = pt_arena_str(k->arena, pt_str_trim(pt_buf_str(&b)));
        good = not_compiled(d.v.n ? &q : NULL, ret);
    }
    if (good) { // what is told of, and constants, are the desk's
        k->told = pt_clone(k->arena, pt_rest_explanation(k));
        *ret_value = pt_clone(k->arena, *ret_value);
    }
    if (good && (!pt_defined(k->told) || k->arena->full)) {
        *ret = pt_rest_full();
        good = false;
    }
    pt_rest_desk_drop(k->set, desk);
    return good;
}

static bool virtual_document(pt_rest_ask *k, const pt_rest_path *path, pt_rest_place *place,
                             pt_value *ret_value, pt_rest_error *ret) {
    bool is_new = false;
    int64_t begun_ns = pt_monotonic_ns();
    pt_str text = pt_rest_ref(k->arena, path->steps, path->n);
    if (!text.p)
        return not_compiled(NULL, ret);
    if (k->params.explains)
        return explained(k, text, ret_value, ret);
    const pt_rest_query *q = pt_rest_query_of(k->set, place, text, &is_new);
    size_t below = path->n;
    if (!q && place->kind == PT_REST_BELOW) { // the whole document, and then steps
        below = place->rest;
        text = pt_rest_ref(k->arena, path->steps, below);
        pt_rest_place whole = {.kind = PT_REST_NODE, .node = place->node};
        q = text.p ? pt_rest_query_of(k->set, &whole, text, &is_new) : NULL;
    }
    k->cached = !is_new;
    if (is_new)
        k->compile_ns = pt_monotonic_ns() - begun_ns;
    size_t n = path->n - below;
    return evaluate(k, q, n ? path->steps + below : NULL, n, ret_value, ret);
}

bool pt_rest_document(pt_rest_ask *k, const pt_rest_path *path, pt_value *ret_value,
                      pt_rest_place *ret_place, pt_rest_error *ret) {
    *ret_place = pt_rest_find(k->set, k->arena, path->steps, path->n);
    *ret_value = ret_place->value;
    k->cached = 1;
    if (k->params.explains)
        k->told = pt_array_of(k->arena, NULL, 0);
    if (ret_place->kind == PT_REST_BASE || ret_place->kind == PT_REST_NOTHING) {
        k->eval_ns = 0;
        return true;
    }
    *ret_value = pt_undefined();
    return virtual_document(k, path, ret_place, ret_value, ret);
}
