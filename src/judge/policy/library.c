// libparatia-policy: making policies.
#include "judge/policy/library.h"

#include <stdlib.h>

#include "judge/policy/rego/parse.h"
#include "value/json.h"

#define POLICY_BYTES_MAX ((size_t)2 << 30) // modules, the program, queries

const char *paratia_policy_version(void) {
    return PT_VERSION;
}

// What opa.runtime() says: nothing of the process's environment.
static pt_value runtime(pt_arena *a) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "env", pt_object_of(a, NULL, 0, NULL));
    pt_obj_set(&o, "version", pt_stringz(PT_OPA_VERSION));
    return pt_obj_end(&o);
}

paratia_policy *paratia_policy_new(void) {
    paratia_policy *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->users = 1;
    p->arena.bytes_max = POLICY_BYTES_MAX;
    p->symbols.arena = &p->arena;
    p->said.bytes_max = PT_LIBRARY_SAID_BYTES_MAX;
    p->diagnostics.arena = &p->said;
    p->runtime = runtime(&p->arena);
    bool good = pt_defined(p->runtime) && pthread_mutex_init(&p->compiling, NULL) == 0;
    if (good && pthread_mutex_init(&p->sharing, NULL) == 0)
        return p;
    pt_arena_done(&p->arena);
    free(p);
    return NULL;
}

void paratia_policy_free(paratia_policy *p) {
    if (p)
        pt_library_drop(p);
}

// -- modules --------------------------------------------------------------------------------------

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

// A source whose texts live as long as the policy; NULL with *e filled.
static const pt_source *source(paratia_policy *p, pt_str file, pt_str text, paratia_error *e) {
    size_t bad;
    if (!pt_str_utf8(text, &bad)) {
        pt_library_fail(e, "usage_error", "%.*s: not UTF-8 at byte %zu", PT_PRI(file), bad);
        return NULL;
    }
    pt_source *s = PT_NEW(&p->arena, pt_source, 1);
    if (s)
        *s = (pt_source){pt_arena_str(&p->arena, file), pt_arena_str(&p->arena, text)};
    if (s && s->file.p && s->text.p)
        return s;
    pt_library_full(e);
    return NULL;
}

static const char *not_making(const paratia_policy *p) {
    static const char *const why[] = {
        [PT_LIBRARY_COMPILED] = "the policy is compiled already",
        [PT_LIBRARY_REFUSED] = "the policy could not be loaded or compiled",
    };
    return p ? why[p->state] : "no policy";
}

bool pt_library_keep(paratia_policy *p, const pt_diagnostics *d, paratia_error *e) {
    p->diagnostics.full = p->diagnostics.full || d->full;
    for (size_t i = 0; i < d->v.n; i++) {
        pt_diagnostic *slot = PT_PUSH(&p->said, &p->diagnostics.v);
        if (slot)
            *slot = d->v.v[i];
        else
            p->diagnostics.full = true;
    }
    return pt_library_diagnosed(e, d);
}

bool paratia_policy_module(paratia_policy *p, const char *file, const char *text, size_t n, bool v0,
                           paratia_error *e) {
    const char *wrong = not_making(p);
    if (wrong || (!text && n))
        return pt_library_fail(e, "usage_error", "%s", wrong ? wrong : "no text");
    const pt_source *s = source(p, pt_str_of(file), (pt_str){text, n}, e);
    if (!s)
        return false;
    pt_diagnostics d = {.arena = &p->said};
    const pt_fn_own own = {p->own.v, p->own.n};
    pt_parse_opts opts = {
        .version = v0 ? PT_REGO_V0 : PT_REGO_V1, .own = &own, .builtin = is_builtin};
    pt_module *m = pt_parse_module(&p->symbols, s, &opts, &d);
    if (!m)
        return pt_library_keep(p, &d, e);
    pt_module **slot = PT_PUSH(&p->arena, &p->modules);
    if (!slot)
        return pt_library_full(e);
    *slot = m;
    return true;
}

bool paratia_policy_schema(paratia_policy *p, const char *name, const char *json, size_t n,
                           paratia_error *e) {
    const char *wrong = not_making(p);
    if (wrong || (!json && n))
        return pt_library_fail(e, "usage_error", "%s", wrong ? wrong : "no schema");
    pt_err why = {0};
    pt_schema_named schema = {0};
    pt_str kept = pt_arena_str(&p->arena, (pt_str){json, n});
    if (!kept.p)
        return pt_library_full(e);
    if (pt_json_parse(&p->arena, kept, NULL, &schema.doc, &why))
        return pt_library_no_json(e, "schema", &why);
    pt_list path = {.a = &p->arena};
    pt_str rest = name ? pt_arena_str(&p->arena, pt_str_of(name)) : (pt_str){NULL, 0};
    pt_str step;
    while (rest.n && pt_str_split(&rest, '/', &step))
        pt_list_add(&path, pt_string(step));
    schema.path = pt_list_end(&path);
    pt_schema_named *slot = pt_defined(schema.path) ? PT_PUSH(&p->arena, &p->schemas.s) : NULL;
    if (!slot)
        return pt_library_full(e);
    *slot = schema;
    return true;
}

bool paratia_policy_compile(paratia_policy *p, bool strict, paratia_error *e) {
    const char *wrong = not_making(p);
    if (wrong)
        return pt_library_fail(e, "usage_error", "%s", wrong);
    if (!pt_library_load_end(p, e)) {
        p->state = PT_LIBRARY_REFUSED;
        return false;
    }
    pt_diagnostics d = {.arena = &p->said};
    pt_compile_opts opts = {.strict = strict, .own = {p->own.v, p->own.n}};
    opts.schemas = p->schemas.s.n ? &p->schemas : NULL;
    pt_library_data *data = pt_library_data_hold(p);
    if (data)
        opts.data = data->value;
    p->compiler = pt_compile(&p->arena, &p->symbols, p->modules.v, p->modules.n, &opts, &d);
    pt_library_data_drop(p, data);
    p->state = p->compiler ? PT_LIBRARY_COMPILED : PT_LIBRARY_REFUSED;
    return p->compiler || pt_library_keep(p, &d, e);
}

// -- queries --------------------------------------------------------------------------------------

static bool parse_query(paratia_policy *p, const pt_source *s, pt_body *ret, pt_diagnostics *d) {
    const pt_fn_own own = {p->own.v, p->own.n};
    pt_parse_opts opts = {.version = PT_REGO_V1, .own = &own, .builtin = is_builtin};
    if (!pt_parse_query(&p->symbols, s, &opts, ret, d))
        return false;
    if (ret->n == 0)
        pt_diagnose(d, PT_REGO_COMPILE, NULL, "empty query cannot be compiled");
    return ret->n > 0;
}

// What the same text was compiled to, or NULL.
static const pt_library_prepared *known(const paratia_policy *p, pt_str text) {
    for (size_t i = 0; i < p->prepared.n; i++)
        if (pt_str_eq(p->prepared.v[i].text, text))
            return &p->prepared.v[i];
    return NULL;
}

// Compilation writes into the compiler's arena, its symbols and its list of functions; evaluations
// read of them only what was there before.
static bool compile_query(paratia_policy *p, pt_str text, pt_library_prepared *ret,
                          paratia_error *e) {
    PT_AUTO(pt_arena_done) pt_arena said = {0};
    pt_diagnostics d = {.arena = &said, .max = PT_DIAGNOSTICS_DEFAULT};
    pt_query_opts opts = {.capture = true};
    pt_body body = {0};
    const pt_source *s = source(p, (pt_str){0}, text, e);
    if (!s)
        return false;
    const pt_query *q = NULL;
    if (parse_query(p, s, &body, &d))
        q = pt_compile_query(p->compiler, &body, &opts, &d);
    if (!q)
        return pt_library_diagnosed(e, &d);
    *ret = (pt_library_prepared){s->text, q, *pt_compiled(p->compiler)};
    pt_library_prepared *slot = PT_PUSH(&p->arena, &p->prepared);
    if (slot)
        *slot = *ret;
    return true;
}

static bool prepare(paratia_query *q, pt_str text, paratia_error *e) {
    pthread_mutex_lock(&q->policy->compiling);
    const pt_library_prepared *old = known(q->policy, text);
    if (old)
        q->prepared = *old;
    bool good = old || compile_query(q->policy, text, &q->prepared, e);
    pthread_mutex_unlock(&q->policy->compiling);
    return good;
}

paratia_query *paratia_query_new(paratia_policy *p, const char *text, paratia_error *e) {
    bool ready = p && p->state == PT_LIBRARY_COMPILED;
    if (!ready || !text) {
        pt_library_fail(e, "usage_error", "%s",
                        ready ? "no query" : "queries need a policy that is compiled");
        return NULL;
    }
    paratia_query *q = calloc(1, sizeof *q);
    if (!q) {
        pt_library_full(e);
        return NULL;
    }
    q->policy = p;
    if (prepare(q, pt_str_of(text), e)) {
        pt_library_hold(p);
        return q;
    }
    free(q);
    return NULL;
}

void paratia_query_free(paratia_query *q) {
    if (!q)
        return;
    pt_library_drop(q->policy);
    free(q);
}
