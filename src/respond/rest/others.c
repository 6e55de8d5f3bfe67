// /v1/policies and /health.
#include "respond/rest/rest_impl.h"

// -- policies -------------------------------------------------------------------------------------

static pt_value policy_of(pt_arena *a, const pt_module *m) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "id", pt_string(m->source->file));
    pt_obj_set(&o, "raw", pt_string(m->source->text));
    return pt_obj_end(&o);
}

static void answer(pt_rest_ask *k, pt_value result) {
    pt_rest_object o = pt_rest_object_begin(&k->reply->body, k->params.pretty);
    pt_rest_object_put(&o, "result", result);
    pt_rest_object_end(&o);
}

void pt_rest_policies(pt_rest_ask *k) {
    pt_list l = {.a = k->arena};
    for (size_t i = 0; i < k->set->load.n_modules; i++)
        pt_list_add(&l, policy_of(k->arena, k->set->load.modules[i]));
    answer(k, pt_list_end(&l));
}

void pt_rest_policy(pt_rest_ask *k) {
    pt_str id = pt_rest_decoded(k->arena, k->rest_of_path);
    for (size_t i = 0; i < k->set->load.n_modules; i++)
        if (id.p && pt_str_eq(k->set->load.modules[i]->source->file, id)) {
            answer(k, policy_of(k->arena, k->set->load.modules[i]));
            return;
        }
    pt_str message =
        pt_arena_printf(k->arena, "storage_not_found_error: policy id \"%.*s\"", PT_PRI(id));
    pt_rest_put_error(
        k->reply,
        &(pt_rest_error){.status = 404, .code = "resource_not_found", .message = message});
}

// -- health ---------------------------------------------------------------------------------------

// What is served was loaded and compiled, or there would be no server.
void pt_rest_health(pt_rest_ask *k) {
    pt_buf_putz(&k->reply->body, "{}\n");
}

static pt_value plugins(pt_arena *a) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "plugin_state", pt_object_of(a, NULL, 0, NULL));
    pt_obj_set(&o, "plugins_ready", pt_bool(true));
    return pt_obj_end(&o);
}

static void unwell(pt_rest_ask *k, pt_str why) {
    pt_rest_object o = pt_rest_object_begin(&k->reply->body, false);
    pt_rest_object_put(&o, "error", pt_string(why));
    pt_rest_object_end(&o);
    k->reply->status = 500;
}

// data.system.health.NAME is to be true.
void pt_rest_health_policy(pt_rest_ask *k) {
    pt_rest_place place;
    pt_rest_error why = {0};
    pt_value result = pt_undefined();
    k->params = (pt_rest_params){0};
    k->input = plugins(k->arena);
    pt_str below = k->rest_of_path;
    pt_rest_path path =
        pt_rest_path_read(k->arena, pt_arena_printf(k->arena, "system/health/%.*s", PT_PRI(below)));
    bool good = !path.wrong && pt_rest_document(k, &path, &result, &place, &why);
    pt_str ref =
        path.wrong ? PT_STR("data.system.health") : pt_rest_ref(k->arena, path.steps, path.n);
    if (good && pt_true(result))
        pt_rest_health(k);
    else if (good)
        unwell(k,
               pt_arena_printf(k->arena, "health check (%.*s) %s", PT_PRI(ref),
                               pt_defined(result) ? "returned unexpected value" : "was undefined"));
    else
        unwell(k, why.eval        ? why.eval->message
                  : why.message.n ? why.message
                                  : PT_STR("invalid path"));
}
