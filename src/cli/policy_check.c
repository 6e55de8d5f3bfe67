// paratia policy check: what is wrong with modules, all at once.
#include <stdio.h>
#include <string.h>

#include "base/rights.h"
#include "cli/eval.h"
#include "cli/policy.h"

typedef struct check {
    const pt_args *args;
    pt_arena arena;
    pt_symbols symbols;
    pt_diagnostics parsed, compiled;
    pt_load load;
    PT_VEC(const char *) ignore;
    bool failed; // something could not be read
} check;

// -- loading --------------------------------------------------------------------------------------

static bool add_ignored(check *c, const char *pattern) {
    const char **slot = pattern ? PT_PUSH(&c->arena, &c->ignore) : NULL;
    if (slot)
        *slot = pattern;
    return slot;
}

// The patterns of --ignore, which may be given more than once.
static bool read_ignored(check *c) {
    const char *list;
    for (size_t i = 0; (list = pt_args_nth(c->args, "ignore", i)) != NULL; i++) {
        pt_str rest = pt_str_of(list);
        pt_str one;
        while (pt_str_split(&rest, ',', &one)) {
            if (!add_ignored(c, pt_arena_str(&c->arena, one).p))
                return false;
        }
    }
    return true;
}

// What is wrong is kept in the load.
static void load_all(check *c, const char *option,
                     pt_code (*load)(pt_load *l, const char *path, pt_err *e)) {
    const char *path;
    for (size_t i = 0; (path = pt_args_nth(c->args, option, i)) != NULL; i++)
        PT_IGNORE(load(&c->load, path, NULL));
}

// Operands are modules: data beside them is none of theirs.
static bool load_operands(check *c) {
    static const char *const data[] = {"*.json", "*.yaml", "*.yml"};
    size_t before = c->ignore.n;
    for (size_t i = 0; i < PT_COUNT(data); i++) {
        if (!add_ignored(c, data[i]))
            return false;
    }
    c->load.ignore = c->ignore.v;
    c->load.n_ignore = c->ignore.n;
    for (size_t i = 1; i < c->args->operands_n; i++)
        PT_IGNORE(pt_load_path(&c->load, c->args->operands[i], NULL)); // the load keeps it
    c->load.n_ignore = c->ignore.n = before;
    return true;
}

static bool load_modules(check *c) {
    c->load = (pt_load){
        .arena = &c->arena,
        .symbols = &c->symbols,
        .parse = {.version = pt_policy_version(c->args), .builtin = pt_policy_builtin},
        .diagnostics = &c->parsed,
    };
    if (!read_ignored(c) || !load_operands(c))
        return false;
    load_all(c, "data", pt_load_path);
    load_all(c, "bundle", pt_load_bundle);
    PT_IGNORE(pt_load_end(&c->load, NULL)); // likewise
    for (size_t i = 0; i < c->load.faults.n; i++)
        c->failed = c->failed || c->load.faults.v[i].code != PT_E_FORMAT;
    return !c->parsed.full && !c->arena.full;
}

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
    pt_compile_opts opts = {.strict = pt_args_flag(c->args, "strict"), .data = c->load.data};
    c->compiled.arena = &c->arena;
    const pt_compiler *compiled =
        pt_compile(&c->arena, &c->symbols, c->load.modules, c->load.n_modules, &opts, &c->compiled);
    bool full = c->compiled.full || (!compiled && c->compiled.v.n == 0);
    if (c->parsed.v.n || c->load.faults.n)
        drop_undefined(&c->compiled);
    return !full;
}

// -- the report -----------------------------------------------------------------------------------

static const pt_source *source_of(const check *c, pt_str file) {
    for (size_t i = 0; i < c->load.n_modules; i++) {
        const pt_source *s = c->load.modules[i]->source;
        if (pt_str_eq(s->file, file))
            return s;
    }
    return NULL;
}

static void put_some(pt_buf *b, const check *c, const pt_diagnostics *d, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        pt_policy_put(b, &d->v.v[i], source_of(c, d->v.v[i].file));
}

// In the order in which they came: a file that cannot be read stands between those that can.
static void put_text(pt_buf *b, const check *c) {
    size_t at = 0;
    size_t n = c->load.faults.n + c->parsed.v.n + c->compiled.v.n;
    if (n == 0)
        return;
    pt_buf_printf(b, n == 1 ? "1 error occurred: " : "%zu errors occurred:\n", n);
    for (size_t i = 0; i < c->load.faults.n; i++) {
        const pt_load_fault *f = &c->load.faults.v[i];
        put_some(b, c, &c->parsed, at, f->diagnostics);
        at = f->diagnostics;
        pt_buf_put_safe(b, f->message);
        pt_buf_putc(b, '\n');
    }
    put_some(b, c, &c->parsed, at, c->parsed.v.n);
    put_some(b, c, &c->compiled, 0, c->compiled.v.n);
}

static void put_json(pt_buf *b, check *c) {
    pt_eval_outcome o = {.arena = &c->arena, .spare = &c->arena};
    pt_eval_add_load(&o, &c->load);
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
        put_text(&b, c);
    if (b.full || c->arena.full)
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
    if (!load_modules(c) || !compile_modules(c))
        return pt_err_set(e, PT_E_NOMEM, "the policies need more memory than the limit");
    return report(c, e);
}

int pt_policy_check(const pt_args *args) {
    pt_err e = {0};
    check c = {.args = args, .arena = {.bytes_max = (size_t)4 << 30}};
    c.symbols.arena = c.parsed.arena = c.compiled.arena = &c.arena;
    pt_code code = run(&c, &e);
    bool wrong = c.load.faults.n || c.parsed.v.n || c.compiled.v.n;
    pt_arena_done(&c.arena);
    if (code) {
        pt_say_error(&e);
        return code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
    }
    if (c.failed)
        return PT_EXIT_FAILED;
    return wrong ? PT_EXIT_FINDINGS : PT_EXIT_OK;
}
