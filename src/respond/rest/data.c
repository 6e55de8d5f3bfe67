// /v1/data, /v0/data and the default decision.
#include "respond/rest/rest_impl.h"

static void fail(pt_rest_ask *k, const pt_rest_error *why) {
    pt_rest_put_error(k->reply, why);
}

// A decision that could not be made: it is logged, too.
static void fail_decision(pt_rest_ask *k, const pt_rest_error *why) {
    pt_rest_error unkept;
    fail(k, pt_rest_tell(k, (pt_str){NULL, 0}, pt_undefined(), why, &unkept) ? why : &unkept);
}

static bool path_of(pt_rest_ask *k, pt_rest_path *ret) {
    *ret = pt_rest_path_read(k->arena, k->rest_of_path);
    if (!ret->wrong)
        return true;
    pt_str message = pt_arena_printf(k->arena, "invalid path: %s", ret->wrong);
    fail(k, &(pt_rest_error){.status = 400, .code = "invalid_parameter", .message = message});
    return false;
}

// -- v1 -------------------------------------------------------------------------------------------

static pt_value warning(pt_arena *a) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "code", pt_stringz("api_usage_warning"));
    pt_obj_set(&o, "message", pt_stringz("'input' key missing from the request"));
    return pt_obj_end(&o);
}

static void answer(pt_rest_ask *k, pt_value result, bool warn) {
    const pt_rest_params *p = &k->params;
    pt_rest_object o = pt_rest_object_begin(&k->reply->body, p->pretty);
    if (k->id[0])
        pt_rest_object_put(&o, "decision_id", pt_stringz(k->id));
    if (p->provenance)
        pt_rest_object_provenance(&o, k);
    if (pt_defined(k->told))
        pt_rest_object_put(&o, "explanation", k->told);
    if (p->metrics)
        pt_rest_object_put(&o, "metrics", pt_rest_metrics(k, true));
    if (pt_defined(result))
        pt_rest_object_put(&o, "result", result);
    if (warn)
        pt_rest_object_put(&o, "warning", warning(k->arena));
    pt_rest_object_end(&o);
}

static void decide(pt_rest_ask *k, bool warn) {
    pt_rest_path path;
    pt_rest_place place;
    pt_rest_error why = {0};
    pt_value result = pt_undefined();
    if (!path_of(k, &path))
        return;
    if (!pt_rest_document(k, &path, &result, &place, &why))
        fail_decision(k, &why);
    else if (!pt_rest_tell(k, (pt_str){NULL, 0}, result, NULL, &why))
        fail(k, &why);
    else
        answer(k, result, warn);
}

void pt_rest_v1_data_get(pt_rest_ask *k) {
    pt_rest_error why;
    k->parse_ns = 0;
    if (pt_rest_input_param(k, &why))
        decide(k, false);
    else
        fail(k, &why);
}

void pt_rest_v1_data_post(pt_rest_ask *k) {
    pt_rest_error why;
    if (pt_rest_input_body(k, PT_REST_V1, &why))
        decide(k, !pt_defined(k->input));
    else
        fail(k, &why);
}

// -- v0 -------------------------------------------------------------------------------------------

// A document that is not there is an error of the client's.
static pt_rest_error undefined(pt_rest_ask *k, const pt_rest_path *path,
                               const pt_rest_place *place) {
    bool rules = place->kind == PT_REST_BELOW ||
                 (place->kind == PT_REST_NODE && k->set->nodes[place->node].has_proc);
    pt_str ref = pt_rest_ref(k->arena, path->steps, path->n);
    pt_str message = pt_arena_printf(k->arena, "document %s: %.*s", rules ? "undefined" : "missing",
                                     PT_PRI(ref));
    return (pt_rest_error){.status = 404, .code = "undefined_document", .message = message};
}

void pt_rest_v0_data(pt_rest_ask *k) {
    pt_rest_path path;
    pt_rest_place place;
    pt_rest_error why = {0};
    pt_value result = pt_undefined();
    k->params.strict = k->params.explains = false; // there they are not known
    if (!pt_rest_input_body(k, PT_REST_V0, &why)) {
        fail(k, &why);
        return;
    }
    if (!path_of(k, &path))
        return;
    bool good = pt_rest_document(k, &path, &result, &place, &why);
    if (good && !pt_defined(result)) {
        why = undefined(k, &path, &place);
        good = false;
    }
    if (!good)
        fail_decision(k, &why);
    else if (!pt_rest_tell(k, (pt_str){NULL, 0}, result, NULL, &why))
        fail(k, &why);
    else
        pt_rest_put_value(&k->reply->body, result, k->params.pretty);
}

void pt_rest_main(pt_rest_ask *k) {
    k->rest_of_path = PT_STR("system/main");
    pt_rest_v0_data(k);
}
