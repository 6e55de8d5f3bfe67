// Queries that come once. Compiling one makes the compiler's arena grow, so they have compilers of
// their own, which are given up when they have grown.
#include <stdlib.h>

#include "judge/policy/rego/parse.h"
#include "respond/rest/rest_impl.h"

#define DESK_BYTES_MAX  ((size_t)2 << 30)
#define DESK_GROWTH_MAX ((size_t)16 << 20)

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

void pt_rest_desk_free(pt_rest_desk *d) {
    if (!d)
        return;
    pt_arena_done(&d->arena);
    free(d);
}

// The modules anew: compiling rewrites them. They were parsed and compiled before, so that only
// memory can be wrong.
static bool fill(pt_rest_desk *d, const pt_rest_set *s, bool tell) {
    pt_diagnostics said = {.arena = &d->arena};
    pt_compile_opts opts = {.data = s->data, .tell = tell};
    size_t n = s->load.n_modules;
    pt_module **modules = PT_NEW(&d->arena, pt_module *, n);
    for (size_t i = 0; i < n && modules; i++) {
        const pt_module *old = s->load.modules[i];
        pt_parse_opts parse = {.version = old->version == PT_REGO_V1 ? PT_REGO_V1 : PT_REGO_V0,
                               .builtin = is_builtin};
        modules[i] = pt_parse_module(&d->symbols, old->source, &parse, &said);
        if (!modules[i])
            return false;
    }
    if (modules)
        d->compiler = pt_compile(&d->arena, &d->symbols, modules, n, &opts, &said);
    d->fresh_bytes = d->arena.bytes;
    return d->compiler != NULL;
}

static pt_rest_desk *make(const pt_rest_set *s, bool tell) {
    pt_rest_desk *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->arena.bytes_max = DESK_BYTES_MAX;
    d->symbols.arena = &d->arena;
    if (fill(d, s, tell))
        return d;
    pt_rest_desk_free(d);
    return NULL;
}

static bool worn(const pt_rest_desk *d) {
    return d->arena.full || d->arena.bytes - d->fresh_bytes > DESK_GROWTH_MAX;
}

pt_rest_desk *pt_rest_desk_hold(pt_rest_set *s, bool tell) {
    pthread_mutex_lock(&s->desks_lock);
    pt_rest_desk *d = s->desks[tell];
    if (d && worn(d)) {
        if (!d->uses)
            pt_rest_desk_free(d); // else the last one who uses it does
        d = NULL;
    }
    if (!d)
        d = make(s, tell);
    s->desks[tell] = d;
    if (d)
        d->uses++;
    pthread_mutex_unlock(&s->desks_lock);
    return d;
}

void pt_rest_desk_drop(pt_rest_set *s, pt_rest_desk *d) {
    pthread_mutex_lock(&s->desks_lock);
    d->uses--;
    bool given_up = d != s->desks[0] && d != s->desks[1];
    bool last = d->uses == 0 && given_up;
    pthread_mutex_unlock(&s->desks_lock);
    if (last)
        pt_rest_desk_free(d);
}

static bool compile(pt_rest_desk *desk, pt_str text, pt_diagnostics *d, bool *ret_parsed,
                    pt_rest_query *ret) {
    pt_query_opts opts = {.capture = true};
    pt_parse_opts parse = {.version = PT_REGO_V1, .builtin = is_builtin};
    pt_body body = {0};
    pt_source *source = PT_NEW(&desk->arena, pt_source, 1);
    pt_str kept = pt_arena_str(&desk->arena, text);
    *ret_parsed = false;
    if (!source || !kept.p)
        return false;
    *source = (pt_source){.text = kept};
    *ret_parsed = pt_parse_query(&desk->symbols, source, &parse, &body, d);
    if (!*ret_parsed || !body.n)
        return false;
    *ret = (pt_rest_query){.text = kept};
    ret->query = pt_compile_query(desk->compiler, &body, &opts, d);
    ret->program = *pt_compiled(desk->compiler);
    return ret->query != NULL;
}

bool pt_rest_desk_compile(pt_rest_set *s, pt_rest_desk *desk, pt_str text, pt_diagnostics *d,
                          bool *ret_parsed, pt_rest_query *ret) {
    pthread_mutex_lock(&s->desks_lock);
    bool good = compile(desk, text, d, ret_parsed, ret);
    pthread_mutex_unlock(&s->desks_lock);
    return good;
}
