// Policies and data of a command line of `paratia policy`, and what is wrong with them.
#include <stdio.h>

#include "cli/eval.h"
#include "cli/policy.h"

// -- loading --------------------------------------------------------------------------------------

pt_code pt_policy_begin(pt_policy_work *w, const pt_rights *rights, pt_err *e) {
    pt_code code = rights ? pt_rights_drop(rights, e) : PT_OK;
    w->arena.bytes_max = PT_POLICY_BYTES_MAX;
    w->symbols.arena = w->parsed.arena = w->compiled.arena = &w->arena;
    w->load = (pt_load){
        .arena = &w->arena,
        .symbols = &w->symbols,
        .parse = {.version = pt_policy_version(w->args), .builtin = pt_policy_builtin},
        .diagnostics = &w->parsed,
    };
    if (!code)
        code = pt_bundle_trust_of(w->args, &w->arena, &w->room, &w->load.trust, e);
    if (!code)
        code = pt_cli_capabilities(w->args, &w->arena, &w->capabilities_room, &w->capabilities, e);
    if (!code && !pt_args_list(w->args, "ignore", &w->arena, &w->ignore))
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    w->load.ignore = w->ignore.v;
    w->load.n_ignore = w->ignore.n;
    return code;
}

static bool add_ignored(pt_policy_work *w, const char *pattern) {
    const char **slot = PT_PUSH(&w->arena, &w->ignore);
    if (slot)
        *slot = pattern;
    return slot;
}

// What is wrong is kept in the load.
static void load_all(pt_policy_work *w, const char *option,
                     pt_code (*load)(pt_load *l, const char *path, pt_err *e)) {
    const char *path;
    for (size_t i = 0; (path = pt_args_nth(w->args, option, i)) != NULL; i++)
        PT_IGNORE(load(&w->load, path, NULL));
}

static bool load_operands(pt_policy_work *w, size_t first, bool modules_only) {
    static const char *const data[] = {"*.json", "*.yaml", "*.yml"};
    size_t before = w->ignore.n;
    for (size_t i = 0; i < PT_COUNT(data) && modules_only; i++) {
        if (!add_ignored(w, data[i]))
            return false;
    }
    w->load.ignore = w->ignore.v;
    w->load.n_ignore = w->ignore.n;
    for (size_t i = first; i < w->args->operands_n; i++)
        PT_IGNORE(pt_load_path(&w->load, w->args->operands[i], NULL)); // the load keeps it
    w->load.n_ignore = w->ignore.n = before;
    return true;
}

bool pt_policy_load(pt_policy_work *w, size_t first, bool modules_only) {
    const char *schema = pt_args_get(w->args, "schema");
    w->typed = schema && *schema && !pt_load_schemas(&w->load, schema, &w->schemas, NULL);
    if (!load_operands(w, first, modules_only))
        return false;
    load_all(w, "data", pt_load_path);
    load_all(w, "bundle", pt_load_bundle);
    PT_IGNORE(pt_load_end(&w->load, NULL)); // likewise
    return !w->parsed.full && !w->arena.full;
}

// -- compiling ------------------------------------------------------------------------------------

pt_compile_opts pt_policy_compile_opts(const pt_policy_work *w) {
    return (pt_compile_opts){.strict = pt_args_flag(w->args, "strict"),
                             .data = w->load.data,
                             .schemas = w->typed ? &w->schemas : NULL};
}

// What a module that is not there would have defined is not missed.
static void drop_undefined(pt_diagnostics *d) {
    size_t kept = 0;
    for (size_t i = 0; i < d->v.n; i++) {
        if (!pt_str_starts(d->v.v[i].message, PT_STR("undefined ")))
            d->v.v[kept++] = d->v.v[i];
    }
    d->v.n = kept;
}

pt_compiler *pt_policy_compiler(pt_policy_work *w, const pt_compile_opts *opts) {
    const pt_load *l = &w->load;
    if (!pt_capabilities_version(w->capabilities, l->parse.version, &w->compiled))
        return NULL;
    pt_capabilities_syntax(w->capabilities, l->modules, l->n_modules, &w->compiled);
    if (w->compiled.v.n)
        return NULL;
    pt_compiler *c =
        pt_compile(&w->arena, &w->symbols, l->modules, l->n_modules, opts, &w->compiled);
    pt_capabilities_calls(w->capabilities, l->modules, l->n_modules, &w->compiled);
    return w->compiled.v.n ? NULL : c;
}

bool pt_policy_compile(pt_policy_work *w) {
    pt_compile_opts opts = pt_policy_compile_opts(w);
    const pt_compiler *compiled = pt_policy_compiler(w, &opts);
    bool full = w->compiled.full || (!compiled && w->compiled.v.n == 0);
    if (w->parsed.v.n || w->load.faults.n)
        drop_undefined(&w->compiled);
    return !full;
}

// -- what is wrong --------------------------------------------------------------------------------

bool pt_policy_wrong(const pt_policy_work *w) {
    return w->load.faults.n || w->parsed.v.n || w->compiled.v.n;
}

static const pt_source *source_of(const pt_policy_work *w, pt_str file) {
    for (size_t i = 0; i < w->load.n_modules; i++) {
        const pt_source *s = w->load.modules[i]->source;
        if (pt_str_eq(s->file, file))
            return s;
    }
    return NULL;
}

static void put_some(pt_buf *b, const pt_policy_work *w, const pt_diagnostics *d, size_t from,
                     size_t to) {
    for (size_t i = from; i < to; i++)
        pt_policy_put(b, &d->v.v[i], source_of(w, d->v.v[i].file));
}

// In the order in which they came: a file that cannot be read stands between those that can.
static void put_all(pt_buf *b, const pt_policy_work *w) {
    size_t at = 0;
    size_t n = w->load.faults.n + w->parsed.v.n + w->compiled.v.n;
    if (n == 0)
        return;
    pt_buf_printf(b, n == 1 ? "1 error occurred: " : "%zu errors occurred:\n", n);
    for (size_t i = 0; i < w->load.faults.n; i++) {
        const pt_load_fault *f = &w->load.faults.v[i];
        put_some(b, w, &w->parsed, at, f->diagnostics);
        at = f->diagnostics;
        pt_buf_put_safe(b, f->message);
        pt_buf_putc(b, '\n');
    }
    put_some(b, w, &w->parsed, at, w->parsed.v.n);
    put_some(b, w, &w->compiled, 0, w->compiled.v.n);
}

void pt_policy_say_all(const pt_policy_work *w) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 30);
    put_all(&b, w);
    fprintf(stderr, "%.*s", PT_PRI(pt_buf_str(&b)));
}

pt_code pt_policy_put_json(pt_policy_work *w, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 30);
    pt_eval_outcome o = {.arena = &w->arena, .spare = &w->arena};
    pt_eval_add_load(&o, &w->load);
    pt_eval_add_diagnostics(&o, &w->compiled, 0, w->compiled.v.n);
    pt_buf_putc(&b, '{');
    if (o.faults.n)
        pt_eval_put_errors_json(&b, &o);
    else
        pt_buf_putz(&b, "\n  \"errors\": []");
    pt_buf_putz(&b, "\n}\n");
    if (b.full || w->arena.full)
        return pt_err_set(e, PT_E_NOMEM, "the policies need more memory than the limit");
    return pt_put_stdout(pt_buf_str(&b), e);
}

// -- the end --------------------------------------------------------------------------------------

int pt_policy_end(pt_policy_work *w, const pt_err *e) {
    bool wrong = pt_policy_wrong(w);
    bool failed = false;
    for (size_t i = 0; i < w->load.faults.n; i++)
        failed = failed || w->load.faults.v[i].code != PT_E_FORMAT;
    pt_bundle_say_unverified(&w->load.unverified);
    pt_bundle_trust_done(&w->room);
    pt_arena_done(&w->arena);
    if (e->code) {
        pt_say_error(e);
        return e->code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
    }
    return failed ? PT_EXIT_FAILED : wrong ? PT_EXIT_FINDINGS : PT_EXIT_OK;
}
