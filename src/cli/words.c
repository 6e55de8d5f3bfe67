#include "cli/words.h"

#include "judge/policy/builtin.h"

pt_code pt_args_number(const pt_args *args, const char *name, int64_t max, int64_t *ret,
                       pt_err *e) {
    const char *text = pt_args_get(args, name);
    if (!text || (pt_str_int(pt_str_of(text), 10, ret) && *ret >= 1 && *ret <= max))
        return PT_OK;
    return pt_err_set(e, PT_E_USAGE, "--%s %s: not a number from 1 to %lld", name, text,
                      (long long)max);
}

pt_code pt_args_duration(const pt_args *args, const char *name, int64_t *ret, pt_err *e) {
    const char *text = pt_args_get(args, name);
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const pt_fn_world world = {0};
    pt_call c = {.arena = &a, .world = &world};
    const pt_fn *parse = pt_fn_find(PT_STR("time.parse_duration_ns"));
    if (!text)
        return PT_OK;
    pt_value v = pt_string(pt_str_of(text));
    if (parse && pt_to_int(pt_fn_call(&c, parse, &v), ret) && *ret >= 0)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "--%s %s: not a duration", name, text);
    pt_err_remedy(e, "--%s 5s, 100ms, 1m30s", name);
    return code;
}
