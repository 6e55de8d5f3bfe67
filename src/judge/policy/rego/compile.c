#include "judge/policy/rego/compile.h"

#include "judge/policy/rego/impl.h"

// No stage after one that found errors.
static bool failed(const pt_compiler *c) {
    return c->full || c->d->full || c->d->v.n > c->soft;
}

static void say_full(pt_compiler *c) {
    if (c->full && c->d->v.n == 0)
        pt_diagnose(c->d, PT_REGO_COMPILE, NULL,
                    "out of memory: the policies need more than the limit");
}

typedef void rule_stage(pt_compiler *c, pt_rule *r);

static bool each_rule(pt_compiler *c, rule_stage *stage) {
    for (size_t i = 0; i < c->n_modules; i++)
        for (size_t k = 0; k < c->modules[i]->rules.n && !c->full; k++)
            stage(c, c->modules[i]->rules.v[k]);
    return !failed(c);
}

static bool names(pt_compiler *c) {
    pt_tree_packages(c);
    for (size_t i = 0; i < c->n_modules && !failed(c); i++)
        pt_resolve_module(c, c->modules[i]);
    if (!failed(c))
        pt_tree_build(c);
    return !failed(c);
}

static bool stages(pt_compiler *c) {
    pt_types_input(c);
    if (c->opts.tests)
        pt_tests_rename(c);
    if (failed(c) || !names(c) || !each_rule(c, pt_locals_rule))
        return false;
    if (c->opts.tests && !each_rule(c, pt_tests_cases))
        return false;
    if (!each_rule(c, pt_flatten_rule))
        return false;
    pt_annotations_index(c);
    if (failed(c))
        return false;
    if (!each_rule(c, pt_check_rule) || !each_rule(c, pt_safety_rule))
        return false;
    pt_tree_recursion(c);
    if (!failed(c))
        pt_types_rules(c);
    if (failed(c) || c->soft > 0)
        return false;
    pt_emit_program(c);
    return !failed(c);
}

pt_compiler *pt_compile(pt_arena *a, pt_symbols *symbols, pt_module **modules, size_t n,
                        const pt_compile_opts *opts, pt_diagnostics *d) {
    pt_compiler *c = PT_NEW(a, pt_compiler, 1);
    if (!c)
        return NULL;
    *c = (pt_compiler){.arena = a, .symbols = symbols, .d = d, .modules = modules, .n_modules = n};
    if (opts)
        c->opts = *opts;
    c->input = pt_sym_of(symbols, PT_STR("input"));
    c->data = pt_sym_of(symbols, PT_STR("data"));
    bool good = stages(c);
    if (!good)
        pt_diagnostics_sort(d);
    pt_arena_done(&c->scratch);
    say_full(c);
    return good ? c : NULL;
}

const pt_program *pt_compiled(const pt_compiler *c) {
    return c->program;
}

const pt_query *pt_compile_query(pt_compiler *c, pt_body *body, const pt_query_opts *opts,
                                 pt_diagnostics *d) {
    pt_captures captures = {0};
    c->soft = 0;
    c->d = d;
    pt_resolve_query(c, body, opts ? opts->of : NULL);
    if (opts && opts->capture)
        pt_capture_query(c, body, &captures);
    if (!failed(c))
        pt_locals_query(c, body);
    if (!failed(c))
        pt_flatten_body(c, body);
    if (!failed(c))
        pt_check_body(c, body);
    if (!failed(c))
        pt_safety_query(c, body);
    if (!failed(c))
        pt_types_query(c, body);
    const pt_query *q = failed(c) ? NULL : pt_emit_query(c, body, &captures);
    pt_arena_done(&c->scratch);
    say_full(c);
    return failed(c) || c->soft > 0 ? NULL : q;
}
