// Functions of the embedder: values to JSON, JSON to a value.
#include <stdlib.h>

#include "base/watch.h"
#include "judge/policy/as_json_impl.h"
#include "judge/policy/library.h"
#include "value/json.h"

enum {
    NAME_BYTES_MAX = 200,
};

char *pt_library_ask(paratia_function *call, void *context, const pt_buf *operands,
                     const char **ret_error) {
    pt_watch none = {0}; // what it does with this library is no part of the evaluation
    pt_watch_begin(&none);
    char *json = call(context, operands->p, operands->n - 1, ret_error);
    pt_watch_end(&none);
    return json;
}

static pt_value result(pt_call *c, const char *json) {
    pt_value v = pt_undefined();
    pt_err e = {0};
    pt_str text = pt_arena_str(c->arena, pt_str_of(json));
    pt_code code = text.p ? pt_json_parse(c->arena, text, NULL, &v, &e) : PT_E_NOMEM;
    if (code == PT_E_NOMEM)
        return pt_call_full(c);
    return code ? pt_call_fault(c, PT_FAULT_END, "the result is no JSON: %s", e.what) : v;
}

// The body of all functions of embedders.
static pt_value call_own(pt_call *c, const pt_value *args) {
    const pt_library_own *own = (const pt_library_own *)c->fn;
    pt_value list = pt_as_json(c->arena, pt_array_of(c->arena, args, own->fn.arity));
    size_t max = c->arena->bytes_max;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(max);
    if (!pt_defined(list) || pt_json_write(&b, list, NULL, NULL))
        return pt_call_full(c);
    pt_buf_putc(&b, '\0');
    if (b.full)
        return pt_call_full(c);
    const char *error = NULL;
    char *json = pt_library_ask(own->call, own->context, &b, &error);
    if (error)
        pt_call_fault(c, PT_FAULT_END, "%s", error);
    pt_value v = json && !error ? result(c, json) : pt_undefined();
    free(json);
    return v;
}

// -- registration ---------------------------------------------------------------------------------

static bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(char c) {
    return c >= '0' && c <= '9';
}

// Names between dots, as policies write them.
static bool good_name(pt_str name) {
    pt_str part;
    bool good = name.n > 0 && name.n <= NAME_BYTES_MAX && name.p[name.n - 1] != '.';
    while (good && pt_str_split(&name, '.', &part)) {
        good = part.n > 0 && letter(part.p[0]);
        for (size_t i = 1; i < part.n && good; i++)
            good = letter(part.p[i]) || digit(part.p[i]);
    }
    return good;
}

static bool reserved(pt_str name) {
    pt_str head = pt_str_sub(name, 0, pt_str_find(name, '.'));
    return pt_str_eqz(head, "data") || pt_str_eqz(head, "input");
}

// What the engine knows of it; "(x1: any, x2: any) => y: any".
static pt_library_own *describe(pt_arena *a, pt_str name, unsigned arity) {
    pt_library_own *own = PT_NEW(a, pt_library_own, 1);
    pt_str kept = pt_arena_str(a, name);
    pt_str type = pt_arena_str(a, PT_STR("("));
    for (unsigned i = 0; i < arity; i++)
        type = pt_arena_printf(a, "%.*s%sx%u: any", PT_PRI(type), i ? ", " : "", i + 1);
    type = pt_arena_printf(a, "%.*s) => y: any", PT_PRI(type));
    if (!own || !kept.p || !type.p)
        return NULL;
    own->fn = (pt_fn){.name = kept.p,
                      .type = type.p,
                      .body = call_own,
                      .arity = (uint8_t)arity,
                      .flags = PT_FN_VARIES};
    return own;
}

static bool refused(paratia_policy *p, pt_str name, unsigned arity, paratia_error *e) {
    if (p->state != PT_LIBRARY_MAKING || p->modules.n > 0)
        return !pt_library_fail(e, "usage_error", "functions come before the first module");
    if (!good_name(name) || reserved(name))
        return !pt_library_fail(e, "usage_error", "%.*s: not a function's name", PT_PRI(name));
    const pt_fn_own own = {p->own.v, p->own.n};
    if (pt_fn_find(name) || pt_fn_own_find(&own, name))
        return !pt_library_fail(e, "usage_error", "%.*s: there is a function of that name",
                                PT_PRI(name));
    if (arity > PT_FN_ARGS_MAX)
        return !pt_library_fail(e, "usage_error", "%.*s: more than %d operands", PT_PRI(name),
                                PT_FN_ARGS_MAX);
    return false;
}

bool paratia_policy_function(paratia_policy *p, const char *name, unsigned arity,
                             paratia_function *fn, void *context, paratia_error *e) {
    if (!p || !fn)
        return pt_library_fail(e, "usage_error", "no %s", p ? "function" : "policy");
    if (refused(p, pt_str_of(name), arity, e))
        return false;
    pt_library_own *own = describe(&p->arena, pt_str_of(name), arity);
    const pt_fn **slot = own ? PT_PUSH(&p->arena, &p->own) : NULL;
    if (!slot)
        return pt_library_full(e);
    own->call = fn;
    own->context = context;
    *slot = &own->fn;
    return true;
}
