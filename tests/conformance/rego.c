// Suite "rego": {v0,v1}/FOLDER/FILE.yaml, each `cases: [{note, modules, data, input, query,
// want_result | want_error_code, …}]`, as OPA tests its own evaluator.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conformance.h"
#include "judge/policy/eval.h"
#include "judge/policy/fn/ip.h"
#include "judge/policy/network.h"
#include "judge/policy/rego/ast_value.h"
#include "judge/policy/rego/compile.h"
#include "judge/policy/rego/parse.h"
#include "value/json.h"
#include "value/yaml.h"

typedef struct run {
    pt_arena *a;
    pt_value c; // the case
    pt_parse_opts parse;
    pt_symbols symbols;
    pt_diagnostics d;
    pt_compiler *compiler;
    pt_machine *machine;
    const pt_query *query;
    pt_answers answers;
    pt_eval_error error;
    char why[600]; // it could not be run
} run;

static const pt_source *source(run *r, pt_str file, pt_str text) {
    pt_source *s = PT_NEW(r->a, pt_source, 1);
    if (s)
        *s = (pt_source){file, text};
    return s;
}

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

static bool refused(run *r, const char *what) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_diagnostics_write(&b, &r->d);
    snprintf(r->why, sizeof r->why, "%s: %.*s", what, PT_PRI(pt_buf_str(&b)));
    return false;
}

static bool compile(run *r) {
    pt_value texts = pt_getz(r->c, "modules");
    size_t n = pt_len(texts);
    pt_module **modules = PT_NEW(r->a, pt_module *, n);
    for (size_t i = 0; i < n; i++) {
        pt_str file = pt_arena_printf(r->a, "test-%zu.rego", i);
        modules[i] = pt_parse_module(&r->symbols, source(r, file, pt_text(pt_at(texts, i))),
                                     &r->parse, &r->d);
        if (!modules[i])
            return refused(r, "module");
    }
    pt_compile_opts opts = {0}; // clashes of rules with base data are allowed here
    r->compiler = pt_compile(r->a, &r->symbols, modules, n, &opts, &r->d);
    if (!r->compiler)
        return refused(r, "compile");
    pt_body body = {0};
    const pt_source *q = source(r, (pt_str){0}, pt_text(pt_getz(r->c, "query")));
    if (!pt_parse_query(&r->symbols, q, &r->parse, &body, &r->d))
        return refused(r, "query");
    r->query = pt_compile_query(r->compiler, &body, NULL, &r->d);
    return r->query || refused(r, "query");
}

// One answer of a query, computed for its own sake: the value of a term.
static bool term_value(run *r, pt_str text, pt_value *ret) {
    pt_body body = {0};
    const pt_source *q = source(r, (pt_str){0}, pt_arena_printf(r->a, "x = %.*s", PT_PRI(text)));
    if (!pt_parse_query(&r->symbols, q, &r->parse, &body, &r->d))
        return refused(r, "input_term");
    const pt_query *query = pt_compile_query(r->compiler, &body, NULL, &r->d);
    pt_eval_opts opts = {.machine = r->machine};
    pt_answers answers;
    pt_eval_error e;
    if (!query || !pt_eval(r->a, pt_compiled(r->compiler), query->proc, &opts, &answers, &e) ||
        !answers.v.n)
        return refused(r, "input_term");
    *ret = answers.v.v[0][0];
    return true;
}

static pt_value runtime_of(run *r) {
    pt_obj env = {.a = r->a};
    pt_obj_maybe(&env, "env", pt_getz(r->c, "env"));
    return pt_obj_end(&env);
}

// Nothing is asked: of names, localhost is known.
static pt_net_end lookup(void *context, pt_call *c, pt_str name, pt_list *ret, pt_str *ret_why) {
    pt_ip ip;
    (void)context, (void)c;
    *ret_why = PT_STR("no such host");
    if (!pt_str_eqz(name, "localhost") && !pt_ip_read(name, &ip))
        return PT_NET_FAILED;
    pt_list_add(ret, pt_str_eqz(name, "localhost") ? pt_stringz("127.0.0.1") : pt_string(name));
    return PT_NET_ANSWERED;
}

static pt_net_end fetch(void *context, pt_call *c, const pt_net_request *r, pt_net_answer *ret) {
    (void)context, (void)c, (void)r;
    ret->why = PT_STR("there is no network");
    return PT_NET_FAILED;
}

static const pt_net net = {.fetch = fetch, .lookup = lookup};

static bool evaluate(run *r) {
    pt_value input = pt_getz(r->c, "input"), term = pt_getz(r->c, "input_term");
    if (term.tag == PT_STRING && !term_value(r, pt_text(term), &input))
        return false;
    pt_fn_cache *cache = pt_fn_cache_new(64);
    pt_fn_world world = {.net = &net,
                         .now_ns = INT64_C(1700000000000000000),
                         .seed = 1,
                         .runtime = runtime_of(r),
                         .parse_module = pt_ast_parse_module};
    pt_eval_opts opts = {
        .input = input,
        .data = pt_getz(r->c, "data"),
        .strict_errors = pt_true(pt_getz(r->c, "strict_error")),
        .world = &world,
        .machine = r->machine,
        .cache = cache,
    };
    PT_IGNORE(!pt_eval(r->a, pt_compiled(r->compiler), r->query->proc, &opts, &r->answers,
                       &r->error)); // r->error says
    pt_fn_cache_free(cache);
    return true;
}

// -- comparison -----------------------------------------------------------------------------------

// What JSON makes of a value: sets are arrays.
static pt_value as_json(pt_arena *a, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64 << 20);
    pt_value out = pt_undefined();
    if (pt_json_write(&b, v, NULL, NULL))
        return out;
    pt_str text = pt_arena_str(a, pt_buf_str(&b));
    if (!text.p || pt_json_parse(a, text, NULL, &out, NULL))
        return pt_undefined();
    return out;
}

static int by_value(const void *x, const void *y) {
    return pt_cmp(*(const pt_value *)x, *(const pt_value *)y);
}

static pt_value sorted(run *r, pt_value v) {
    size_t n = pt_len(v);
    pt_value *items = PT_NEW(r->a, pt_value, n);
    if (v.tag != PT_ARRAY || !items)
        return v;
    for (size_t i = 0; i < n; i++)
        items[i] = pt_at(v, i);
    qsort(items, n, sizeof *items, by_value);
    return pt_array_of(r->a, items, n);
}

static pt_value binding(run *r, const pt_value *row) {
    bool sort = pt_true(pt_getz(r->c, "sort_bindings"));
    bool hide = pt_true(pt_getz(r->c, "ignore_generated_vars"));
    pt_value *pairs = PT_NEW(r->a, pt_value, 2 * r->query->n_vars);
    size_t n = 0;
    for (size_t i = 0; pairs && i < r->query->n_vars; i++) {
        if (hide && pt_str_starts(r->query->vars[i], PT_STR("__localq")))
            continue;
        pt_value v = as_json(r->a, row[i]);
        pairs[n++] = pt_string(r->query->vars[i]);
        pairs[n++] = sort ? sorted(r, v) : v;
    }
    return pt_object_of(r->a, pairs, n / 2, NULL);
}

static pt_value got(run *r) {
    pt_value *rows = PT_NEW(r->a, pt_value, r->answers.v.n);
    for (size_t i = 0; i < r->answers.v.n; i++)
        rows[i] = binding(r, r->answers.v.v[i]);
    return pt_set_of(r->a, rows, r->answers.v.n);
}

static pt_value wanted(run *r) {
    pt_value want = pt_getz(r->c, "want_result");
    size_t n = pt_len(want);
    pt_value *rows = PT_NEW(r->a, pt_value, n);
    for (size_t i = 0; i < n; i++)
        rows[i] = pt_at(want, i);
    return pt_set_of(r->a, rows, n);
}

static void judge_result(pt_tally *t, const char *name, pt_value want, pt_value have) {
    if (pt_eq(want, have)) {
        pt_case_passed(t);
        return;
    }
    PT_AUTO(pt_buf_done) pt_buf w = PT_BUF(4096);
    PT_AUTO(pt_buf_done) pt_buf h = PT_BUF(4096);
    PT_IGNORE(pt_json_write(&w, want, NULL, NULL)); // what fits is shown
    PT_IGNORE(pt_json_write(&h, have, NULL, NULL)); // likewise
    pt_case_failed(t, name, "want %.*s, got %.*s", PT_PRI(pt_buf_str(&w)), PT_PRI(pt_buf_str(&h)));
}

static void judge_error(pt_tally *t, run *r, const char *name, pt_str code, pt_str text) {
    if (!r->error.code) {
        pt_case_failed(t, name, "want error %.*s %.*s, got none", PT_PRI(code), PT_PRI(text));
        return;
    }
    const pt_eval_error *e = &r->error;
    pt_str full = pt_arena_printf(r->a, "%.*s:%u: %s: %.*s", PT_PRI(e->place.file), e->place.row,
                                  e->code, PT_PRI(e->message));
    bool fits = (!code.n || pt_str_eqz(code, e->code)) && pt_str_has(full, text);
    if (fits)
        pt_case_passed(t);
    else
        pt_case_failed(t, name, "want error %.*s %.*s, got %.*s", PT_PRI(code), PT_PRI(text),
                       PT_PRI(full));
}

static void judge(pt_tally *t, run *r, const char *name) {
    pt_str code = pt_text(pt_getz(r->c, "want_error_code")),
           text = pt_text(pt_getz(r->c, "want_error"));
    if (r->why[0])
        pt_case_failed(t, name, "%s", r->why);
    else if (code.n || text.n)
        judge_error(t, r, name, code, text);
    else if (r->error.code)
        pt_case_failed(t, name, "%.*s:%u: %s: %.*s", PT_PRI(r->error.place.file),
                       r->error.place.row, r->error.code, PT_PRI(r->error.message));
    else
        judge_result(t, name, wanted(r), got(r));
}

static void run_case(pt_tally *t, pt_value c, bool v0) {
    pt_arena a = {0};
    run r = {.a = &a, .c = c, .machine = pt_machine_new()};
    r.parse = (pt_parse_opts){v0 ? PT_REGO_V0 : PT_REGO_V1,
                              pt_true(pt_getz(c, "experimental_keywords")), is_builtin};
    r.symbols.arena = &a;
    r.d.arena = &a;
    if (r.machine && compile(&r))
        (void)evaluate(&r);
    pt_str note = pt_text(pt_getz(c, "note"));
    judge(t, &r, pt_arena_printf(&a, "%s %.*s", v0 ? "v0" : "v1", PT_PRI(note)).p);
    pt_machine_free(r.machine);
    pt_arena_done(&a);
}

static void run_file(pt_tally *t, const char *name, pt_str bytes) {
    pt_arena a = {0};
    pt_yaml_stream s = {.bytes = bytes, .dialect = PT_YAML_CORE};
    pt_yaml_doc doc = {0};
    pt_err e = {0};
    if (pt_yaml_next(&s, &a, &doc, &e))
        pt_case_failed(t, name, "%s (line %u)", e.what, e.line);
    pt_value cases = pt_getz(doc.value, "cases");
    for (size_t i = 0; i < pt_len(cases); i++)
        run_case(t, pt_at(cases, i), *(const bool *)t->suite);
    pt_yaml_stream_done(&s);
    pt_arena_done(&a);
}

static bool run_version(const char *dir, const char *version, pt_tally *t) {
    struct dirent **entries;
    char path[4096];
    bool v0 = strcmp(version, "v0") == 0;
    t->suite = &v0;
    snprintf(path, sizeof path, "%s/%s", dir, version);
    int n = scandir(path, &entries, NULL, alphasort);
    if (n < 0)
        return false;
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s/%s", dir, version, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            PT_IGNORE(!pt_each_file(path, ".yaml", run_file, t)); // what is no folder holds no case
        free(entries[i]);
    }
    free((void *)entries);
    return true;
}

pt_suite_run pt_suite_rego;
bool pt_suite_rego(const char *dir, pt_tally *t) {
    bool v0 = run_version(dir, "v0", t), v1 = run_version(dir, "v1", t);
    return v0 || v1;
}
