// paratia eval: from the words of the command line to answers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "base/watch.h"
#include "cli/eval.h"
#include "judge/policy/answer.h"
#include "judge/policy/rego/ast_value.h"

typedef struct run {
    const pt_eval_job *j;
    pt_eval_outcome *o;
    pt_symbols symbols;
    pt_diagnostics d;
    pt_load load;
    pt_schemas schemas;
    bool typed; // by `schemas`
    pt_compiler *compiler;
} run;

// -- time -----------------------------------------------------------------------------------------

static bool timed(run *r, pt_eval_stage s, bool (*stage)(run *r)) {
    int64_t start = pt_monotonic_ns();
    bool ok = stage(r);
    r->o->times.ns[s] = pt_monotonic_ns() - start;
    return ok;
}

// -- what is loaded -------------------------------------------------------------------------------

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

static bool say_diagnostics(run *r) {
    pt_eval_add_diagnostics(r->o, &r->d, 0, r->d.v.n);
    return false;
}

static bool ignore(run *r) {
    pt_list_option v = {0};
    if (!pt_args_list(r->j->args, "ignore", r->o->arena, &v))
        return false;
    r->load.ignore = v.v;
    r->load.n_ignore = v.n;
    return true;
}

static bool load_files(run *r) {
    const char *path;
    pt_code any = PT_OK;
    pt_code code;
    for (size_t i = 0; (path = pt_args_nth(r->j->args, "data", i)) != NULL; i++) {
        code = pt_load_path(&r->load, path, NULL);
        any = any ? any : code;
    }
    if (any)
        pt_eval_add_load(r->o, &r->load);
    return !any;
}

static bool load_schemas(run *r) {
    const char *path = pt_args_get(r->j->args, "schema");
    if (!path || !*path)
        return true;
    r->typed = !pt_load_schemas(&r->load, path, &r->schemas, NULL);
    if (!r->typed)
        pt_eval_add_load(r->o, &r->load);
    return r->typed;
}

static bool load_bundles(run *r) {
    const char *path;
    pt_code code = PT_OK;
    for (size_t i = 0; !code && (path = pt_args_nth(r->j->args, "bundle", i)) != NULL; i++)
        code = pt_load_bundle(&r->load, path, NULL);
    if (!code)
        code = pt_load_end(&r->load, NULL);
    if (code)
        pt_eval_add_load(r->o, &r->load);
    return !code;
}

static bool compile_modules(run *r) {
    r->d.max = PT_DIAGNOSTICS_DEFAULT; // of parse errors all are shown
    pt_compile_opts opts = {.strict = pt_args_flag(r->j->args, "strict"),
                            .data = r->load.data,
                            .schemas = r->typed ? &r->schemas : NULL,
                            .tell = pt_eval_telling_any(&r->j->telling)};
    r->o->told.coverage = (pt_coverage){.arena = r->o->arena};
    if (r->j->telling.coverage &&
        !pt_coverage_modules(&r->o->told.coverage, r->load.modules, r->load.n_modules))
        return false;
    const pt_load *l = &r->load;
    pt_capabilities_syntax(r->j->capabilities, l->modules, l->n_modules, &r->d);
    if (r->d.v.n)
        return say_diagnostics(r);
    r->compiler = pt_compile(r->o->arena, &r->symbols, l->modules, l->n_modules, &opts, &r->d);
    pt_capabilities_calls(r->j->capabilities, l->modules, l->n_modules, &r->d);
    return (r->compiler && !r->d.v.n) || say_diagnostics(r);
}

// -- the query ------------------------------------------------------------------------------------

static const pt_source *source(run *r, pt_str text) {
    pt_source *s = PT_NEW(r->o->arena, pt_source, 1);
    if (s)
        *s = (pt_source){{0}, text};
    return s;
}

// A module that has what --package and --import say. NULL with *ok: there is nothing to say.
static pt_module *context(run *r, bool *ok) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    const char *package = pt_args_get(r->j->args, "package");
    const char *import = pt_args_get(r->j->args, "import");
    *ok = true;
    if (!package && !import)
        return NULL;
    pt_buf_printf(&b, "package %s\n", package ? package : "__query__"); // nothing can be there
    for (size_t i = 0; (import = pt_args_nth(r->j->args, "import", i)) != NULL; i++)
        pt_buf_printf(&b, "import %s\n", import);
    pt_str text = pt_arena_str(r->o->arena, pt_buf_str(&b));
    const pt_source *s = text.p ? source(r, text) : NULL;
    pt_module *m = s ? pt_parse_module(&r->symbols, s, &r->load.parse, &r->d) : NULL;
    *ok = m || say_diagnostics(r);
    return m;
}

static bool parse_query(run *r, pt_body *ret) {
    size_t bad;
    if (!pt_str_utf8(r->j->query, &bad)) {
        pt_eval_add_plain(r->o, PT_STR("the query is not UTF-8"));
        return false;
    }
    const pt_source *s = source(r, r->j->query);
    int64_t start = pt_monotonic_ns();
    bool ok = s && pt_parse_query(&r->symbols, s, &r->load.parse, ret, &r->d);
    r->o->times.ns[PT_EVAL_QUERY_PARSE] = pt_monotonic_ns() - start;
    return ok || say_diagnostics(r);
}

static bool refuse_empty(run *r) {
    if (r->j->query.n)
        pt_eval_add_error(r->o,
                          &(pt_eval_error){.code = "rego_compile_error",
                                           .message = PT_STR("empty query cannot be compiled")});
    else
        pt_eval_add_plain(r->o, PT_STR("cannot evaluate empty query"));
    return false;
}

static bool compile_query(run *r) {
    pt_body body = {0};
    bool ok;
    pt_query_opts opts = {.of = context(r, &ok), .capture = true};
    if (!ok || !parse_query(r, &body))
        return false;
    if (!body.n)
        return refuse_empty(r);
    pt_capabilities_query_syntax(r->j->capabilities, &body, &r->d);
    if (r->d.v.n)
        return say_diagnostics(r);
    int64_t start = pt_monotonic_ns();
    r->o->query = pt_compile_query(r->compiler, &body, &opts, &r->d);
    pt_capabilities_query_calls(r->j->capabilities, &body, &r->d);
    r->o->times.ns[PT_EVAL_QUERY_COMPILE] = pt_monotonic_ns() - start;
    return (r->o->query && !r->d.v.n) || say_diagnostics(r);
}

// -- evaluation -----------------------------------------------------------------------------------

static pt_value environment(pt_arena *a) {
    PT_VEC(pt_value) pairs = {0};
    for (char **p = environ; p && *p; p++) {
        pt_str s = pt_str_of(*p);
        size_t eq = pt_str_find(s, '=');
        if (!pt_str_utf8(s, NULL))
            continue;
        pt_value *key = PT_PUSH(a, &pairs);
        if (key)
            *key = pt_string(pt_str_sub(s, 0, eq));
        pt_value *v = key ? PT_PUSH(a, &pairs) : NULL;
        if (!v)
            return pt_undefined();
        *v = eq < s.n ? pt_string(pt_str_sub(s, eq + 1, s.n)) : pt_null();
    }
    return pt_object_of(a, pairs.v, pairs.n / 2, NULL);
}

static pt_value runtime(pt_arena *a) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "authorization_enabled", pt_bool(false));
    pt_obj_set(&o, "commit", pt_stringz(""));
    pt_obj_set(&o, "env", environment(a));
    pt_obj_set(&o, "skip_known_schema_check", pt_bool(false));
    pt_obj_set(&o, "version", pt_stringz(PT_OPA_VERSION));
    return pt_obj_end(&o);
}

// A policy may print what the input says: nothing of it acts on a terminal or forges a line's end.
static void say_print(void *to, const pt_location *place, pt_str text) {
    (void)to, (void)place;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 30);
    pt_buf_put_safe_text(&b, text);
    pt_buf_putc(&b, '\n');
    PT_IGNORE(pt_fd_write_all(STDERR_FILENO, pt_buf_str(&b), NULL)); // nobody may be listening
}

// -- errors of functions --------------------------------------------------------------------------

typedef struct soft_errors {
    pt_arena *arena;
    PT_VEC(pt_eval_error) v;
} soft_errors;

static void keep_error(void *to, const pt_call *c) {
    soft_errors *all = to;
    pt_str text = pt_arena_printf(all->arena, "%s: %.*s", c->fn->name, PT_PRI(c->message));
    pt_eval_error *e = text.p && c->place ? PT_PUSH(all->arena, &all->v) : NULL;
    if (e) // else the arena is full, which ends the evaluation
        *e = (pt_eval_error){.code = c->fault == PT_FAULT_TYPE ? "eval_type_error"
                                                               : "eval_builtin_error",
                             .message = text,
                             .place = *c->place,
                             .trace = pt_eval_trace(c)};
}

static void say_errors(run *r, const soft_errors *all) {
    for (size_t i = 0; i < all->v.n; i++)
        pt_eval_add_error(r->o, &all->v.v[i]);
    r->o->n_soft = all->v.n;
}

static bool evaluate(run *r) {
    bool show = pt_args_flag(r->j->args, "show-builtin-errors");
    soft_errors soft = {.arena = r->o->arena};
    pt_fn_world world = {
        .now_ns = pt_now(),
        .runtime = runtime(r->o->arena),
        .cancel = r->j->cancel,
        .net = r->j->net,
        .parse_module = pt_ast_parse_module,
        .fault = show ? keep_error : NULL,
        .fault_to = &soft,
    };
    PT_IGNORE(getrandom(&world.seed, sizeof world.seed, 0) < 0); // 0 is a seed too
    pt_eval_opts opts = {
        .input = r->j->input,
        .data = r->load.data,
        .strict_errors = pt_args_flag(r->j->args, "strict-builtin-errors"),
        .world = &world,
        .machine = r->j->machine,
        .cache = pt_fn_cache_new(1000),
        .print = say_print,
    };
    pt_eval_error e = {0};
    pt_eval_told *told = &r->o->told;
    if (pt_eval_telling_any(&r->j->telling)) {
        if (!pt_eval_told_begin(&r->j->telling, r->o->arena, pt_compiled(r->compiler),
                                r->o->query->proc, told))
            return false;
        opts.tell = pt_eval_told_hear;
        opts.tell_to = told;
    }
    bool ok = pt_eval(r->o->arena, pt_compiled(r->compiler), r->o->query->proc, &opts,
                      &r->o->answers, &e);
    pt_fn_cache_free(opts.cache);
    if (!ok) {
        pt_eval_add_error(r->o, &e);
        r->o->answers.v.n = 0;
    }
    say_errors(r, &soft);
    if (told->telling && !pt_eval_told_end(r->o->arena, told))
        return false;
    return ok;
}

static bool answers_to_json(run *r) {
    pt_answers *all = &r->o->answers;
    pt_watch watch = {.cancel = r->j->cancel};
    bool good = true;
    pt_watch_begin(&watch);
    for (size_t i = 0; i < all->v.n && good; i++)
        good = pt_answer_as_json(r->o->arena, r->o->query, &all->v.v[i]);
    pt_watch_end(&watch);
    if (good)
        return true;
    all->v.n = 0;
    if (watch.ended)
        pt_eval_add_error(r->o,
                          &(pt_eval_error){.code = "eval_cancel_error",
                                           .message = PT_STR("caller cancelled query execution")});
    else
        pt_eval_add_plain(r->o, PT_STR("the result is larger than --memory-max"));
    return false;
}

static bool all_stages(run *r, const pt_args *args) {
    bool files = pt_args_get(args, "data") != NULL;
    bool bundles = pt_args_get(args, "bundle") != NULL;
    if (!pt_capabilities_version(r->j->capabilities, r->load.parse.version, &r->d))
        return say_diagnostics(r);
    if (!ignore(r) || !load_schemas(r) || (files && !timed(r, PT_EVAL_LOAD_FILES, load_files)))
        return false;
    if (bundles ? !timed(r, PT_EVAL_LOAD_BUNDLES, load_bundles) : !load_bundles(r))
        return false;
    bool modules = r->load.n_modules > 0;
    if (modules ? !timed(r, PT_EVAL_MODULE_COMPILE, compile_modules) : !compile_modules(r))
        return false;
    return compile_query(r) && timed(r, PT_EVAL_QUERY_EVAL, evaluate) && answers_to_json(r);
}

void pt_eval_run(const pt_eval_job *j, pt_eval_outcome *o) {
    const pt_args *args = j->args;
    run r = {.j = j, .o = o, .symbols = {.arena = o->arena}, .d = {.arena = o->arena}};
    bool v0 = pt_args_flag(args, "v0-compatible");
    r.load = (pt_load){.arena = o->arena, .symbols = &r.symbols, .diagnostics = &r.d};
    r.load.trust = j->trust;
    r.load.parse = (pt_parse_opts){.version = v0 ? PT_REGO_V0 : PT_REGO_V1, .builtin = is_builtin};
    memset(o->times.ns, 0xff, sizeof o->times.ns);
    if (!all_stages(&r, args) && o->faults.n == o->n_soft)
        pt_eval_add_plain(o, PT_STR("policies and data need more memory than the limit"));
    o->unverified = r.load.unverified;
}
