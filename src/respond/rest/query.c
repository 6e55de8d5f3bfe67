// /v1/query: whatever a client wants to know.
#include "judge/policy/answer.h"
#include "respond/rest/rest_impl.h"

static void refuse(pt_rest_ask *k, const char *message) {
    pt_rest_put_error(k->reply, &(pt_rest_error){.status = 400,
                                                 .code = "invalid_parameter",
                                                 .message = pt_str_of(message)});
}

static void answer(pt_rest_ask *k, pt_value result, bool handler) {
    pt_rest_object o = pt_rest_object_begin(&k->reply->body, k->params.pretty);
    if (pt_defined(k->told))
        pt_rest_object_put(&o, "explanation", k->told);
    if (k->params.metrics)
        pt_rest_object_put(&o, "metrics", pt_rest_metrics(k, handler));
    if (pt_len(result))
        pt_rest_object_put(&o, "result", result);
    pt_rest_object_end(&o);
}

static bool bindings(pt_rest_ask *k, const pt_rest_query *q, pt_value *ret, pt_rest_error *why) {
    pt_answers answers = {0};
    pt_list l = {.a = k->arena};
    if (!pt_rest_eval(k, q, NULL, &answers, why) || !pt_rest_as_json(k, q, &answers, why))
        return false;
    for (size_t i = 0; i < answers.v.n; i++)
        pt_list_add(&l, pt_answer_bindings(k->arena, q->query, answers.v.v[i]));
    *ret = pt_list_end(&l);
    if (k->params.explains)
        k->told = pt_rest_explanation(k);
    if (pt_defined(*ret) && pt_defined(k->told) == k->params.explains)
        return true;
    *why = pt_rest_full();
    return false;
}

static bool evaluate(pt_rest_ask *k, pt_rest_desk *desk, pt_value *ret, pt_rest_error *why) {
    pt_rest_query q = {0};
    bool parsed = false;
    pt_diagnostics *d = PT_NEW(k->arena, pt_diagnostics, 1);
    if (!d) {
        *why = pt_rest_full();
        return false;
    }
    *d = (pt_diagnostics){.arena = k->arena, .max = PT_DIAGNOSTICS_DEFAULT};
    int64_t begun_ns = pt_monotonic_ns();
    bool good = pt_rest_desk_compile(k->set, desk, k->params.query, d, &parsed, &q);
    k->compile_ns = pt_monotonic_ns() - begun_ns;
    if (good)
        return bindings(k, &q, ret, why);
    if (d->full || (!d->v.n && !parsed))
        *why = pt_rest_full();
    else if (!d->v.n)
        *why = (pt_rest_error){.status = 500,
                               .code = "internal_error",
                               .message = PT_STR("cannot evaluate empty query")};
    else
        *why = (pt_rest_error){.status = 400,
                               .code = "invalid_parameter",
                               .message = parsed ? PT_STR("error(s) occurred while compiling query")
                                                 : PT_STR("error(s) occurred while parsing query"),
                               .diagnostics = d};
    return false;
}

static void run(pt_rest_ask *k, bool handler) {
    pt_value result = pt_undefined();
    pt_rest_error why = {0};
    pt_rest_error unkept = {0};
    pt_str text = k->params.query;
    if (text.n > PT_REST_QUERY_BYTES_MAX || !pt_str_utf8(text, NULL)) {
        refuse(k, "the query is too long, or not UTF-8");
        return;
    }
    pt_rest_desk *desk = pt_rest_desk_hold(k->set, k->params.explains);
    if (!desk) {
        why = pt_rest_full();
        pt_rest_put_error(k->reply, &why);
        return;
    }
    bool good = evaluate(k, desk, &result, &why);
    bool kept = pt_rest_tell(k, text, result, good ? NULL : &why, &unkept);
    if (!good || !kept)
        pt_rest_put_error(k->reply, kept ? &why : &unkept);
    else
        answer(k, result, handler);
    pt_rest_desk_drop(k->set, desk);
}

static bool refused(pt_rest_ask *k) {
    if (k->rest->opts.queries)
        return false;
    pt_rest_put_error(k->reply, &(pt_rest_error){.status = 403,
                                                 .code = "unauthorized",
                                                 .message = PT_STR("queries of clients are not "
                                                                   "evaluated here")});
    return true;
}

void pt_rest_query_get(pt_rest_ask *k) {
    if (refused(k))
        return;
    if (k->params.has_query)
        run(k, false);
    else
        refuse(k, "missing parameter 'q'");
}

void pt_rest_query_post(pt_rest_ask *k) {
    pt_rest_error why;
    if (refused(k))
        return;
    k->params.has_query = false;
    k->params.query = PT_STR("");
    if (pt_rest_input_body(k, PT_REST_QUERY, &why))
        run(k, true);
    else
        pt_rest_put_error(k->reply, &why);
}
