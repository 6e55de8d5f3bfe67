// paratia policy check: what is wrong with modules, all at once.
#include <stdio.h>

#include "base/rights.h"
#include "cli/eval.h"
#include "cli/policy.h"

typedef struct check {
    const pt_args *args;
    pt_policy_files files;
    pt_diagnostics compiled;
} check;

// -- compiling ------------------------------------------------------------------------------------

// What a module that is not there would have defined is not missed.
static void drop_undefined(pt_diagnostics *d) {
    size_t kept = 0;
    for (size_t i = 0; i < d->v.n; i++) {
        if (!pt_str_starts(d->v.v[i].message, PT_STR("undefined ")))
            d->v.v[kept++] = d->v.v[i];
    }
    d->v.n = kept;
}

static bool compile_modules(check *c) {
    pt_policy_files *f = &c->files;
    pt_compile_opts opts = {.strict = pt_args_flag(c->args, "strict"),
                            .data = f->load.data,
                            .schemas = f->typed ? &f->schemas : NULL};
    c->compiled.arena = &f->arena;
    const pt_compiler *compiled =
        pt_compile(&f->arena, &f->symbols, f->load.modules, f->load.n_modules, &opts, &c->compiled);
    bool full = c->compiled.full || (!compiled && c->compiled.v.n == 0);
    if (f->parsed.v.n || f->load.faults.n)
        drop_undefined(&c->compiled);
    return !full;
}

// -- the report -----------------------------------------------------------------------------------

static void put_json(pt_buf *b, check *c) {
    pt_eval_outcome o = {.arena = &c->files.arena, .spare = &c->files.arena};
    pt_eval_add_load(&o, &c->files.load);
    pt_eval_add_diagnostics(&o, &c->compiled, 0, c->compiled.v.n);
    pt_buf_putc(b, '{');
    if (o.faults.n)
        pt_eval_put_errors_json(b, &o);
    else
        pt_buf_putz(b, "\n  \"errors\": []");
    pt_buf_putz(b, "\n}\n");
}

static pt_code report(check *c, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 30);
    bool json = pt_args_flag(c->args, "json");
    if (json)
        put_json(&b, c);
    else
        pt_policy_put_errors(&b, &c->files, &c->compiled);
    if (b.full || c->files.arena.full)
        return pt_err_set(e, PT_E_NOMEM, "the policies need more memory than the limit");
    if (json)
        return pt_put_stdout(pt_buf_str(&b), e);
    fprintf(stderr, "%.*s", PT_PRI(pt_buf_str(&b)));
    return PT_OK;
}

static pt_code run(check *c, pt_err *e) {
    if (c->args->operands_n < 2 && !pt_args_get(c->args, "data") &&
        !pt_args_get(c->args, "bundle")) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "policy check needs a PATH");
        pt_err_remedy(e, "paratia policy check policies/");
        return code;
    }
    pt_code code = pt_rights_drop(&(pt_rights){.read_all = true}, e);
    if (code)
        return code;
    if (!pt_policy_load(&c->files, c->args, 1, true) || !compile_modules(c))
        return pt_err_set(e, PT_E_NOMEM, "the policies need more memory than the limit");
    return report(c, e);
}

int pt_policy_check(const pt_args *args) {
    pt_err e = {0};
    check c = {.args = args};
    pt_code code = run(&c, &e);
    bool wrong = c.files.load.faults.n || c.files.parsed.v.n || c.compiled.v.n;
    pt_arena_done(&c.files.arena);
    if (code) {
        pt_say_error(&e);
        return code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
    }
    if (c.files.failed)
        return PT_EXIT_FAILED;
    return wrong ? PT_EXIT_FINDINGS : PT_EXIT_OK;
}
