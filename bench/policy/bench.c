// One policy, evaluated again and again: bench_policy SECONDS QUERY INPUT.json DATA.json
// MODULE.rego…
// ("-" for no input or data). Prints evaluations, nanoseconds for each, and answers, so that it can
// be seen that something was judged. The query is compiled and the documents are read beforehand.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "judge/policy/eval.h"
#include "judge/policy/rego/compile.h"
#include "judge/policy/rego/parse.h"
#include "value/json.h"

static pt_arena kept = {.bytes_max = (size_t)8 << 30}; // what lives as long as the process

_Noreturn static void fail(const char *what, pt_str why) {
    fprintf(stderr, "bench_policy: %s: %.*s\n", what, PT_PRI(why));
    exit(3);
}

static pt_str read_whole(const char *path) {
    FILE *f = fopen(path, "re");
    if (!f || fseek(f, 0, SEEK_END))
        fail(path, PT_STR("cannot be read"));
    long n = ftell(f);
    rewind(f);
    char *p = n < 0 ? NULL : pt_arena_take(&kept, (size_t)n);
    if (!p || fread(p, 1, (size_t)n, f) != (size_t)n)
        fail(path, PT_STR("cannot be read"));
    PT_IGNORE(fclose(f)); // it was only read
    return (pt_str){p, (size_t)n};
}

static pt_value document(const char *path) {
    pt_value v = pt_undefined();
    pt_err e = {0};
    if (strcmp(path, "-") != 0 && pt_json_parse(&kept, read_whole(path), NULL, &v, &e))
        fail(path, pt_str_of(e.what));
    return v;
}

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

static void refuse(const pt_diagnostics *d) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_diagnostics_write(&b, d);
    fail("not compiled", pt_buf_str(&b));
}

static pt_rego_version version;

static const pt_query *compile(int n, char **paths, const char *query, const pt_program **ret) {
    static pt_symbols symbols = {.arena = &kept};
    static pt_diagnostics d = {.arena = &kept};
    pt_module **modules = PT_NEW(&kept, pt_module *, (size_t)n);
    pt_parse_opts parse = {.version = version, .builtin = is_builtin};
    pt_source *sources = PT_NEW(&kept, pt_source, (size_t)n + 1);
    for (int i = 0; i < n; i++) {
        sources[i] = (pt_source){pt_str_of(paths[i]), read_whole(paths[i])};
        modules[i] = pt_parse_module(&symbols, &sources[i], &parse, &d);
        if (!modules[i])
            refuse(&d);
    }
    pt_compile_opts opts = {0};
    pt_compiler *c = pt_compile(&kept, &symbols, modules, (size_t)n, &opts, &d);
    pt_body body = {0};
    sources[n] = (pt_source){.text = pt_str_of(query)};
    if (!c || !pt_parse_query(&symbols, &sources[n], &parse, &body, &d))
        refuse(&d);
    const pt_query *q = pt_compile_query(c, &body, NULL, &d);
    if (!q)
        refuse(&d);
    *ret = pt_compiled(c);
    return q;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--v0") == 0) {
        version = PT_REGO_V0;
        argc--;
        argv++;
    }
    if (argc < 6) {
        fprintf(stderr,
                "usage: bench_policy [--v0] SECONDS QUERY INPUT.json DATA.json MODULE.rego…\n");
        return 2;
    }
    double seconds = strtod(argv[1], NULL);
    pt_fn_world world = {.now_ns = 1700000000000000000, .seed = 1};
    pt_eval_opts opts = {.input = document(argv[3]), .data = document(argv[4]), .world = &world};
    opts.cache = pt_fn_cache_new(256);
    opts.machine = pt_machine_new();
    if (!opts.machine)
        fail("memory", PT_STR("there is none"));
    double begin = now();
    const pt_program *p;
    const pt_query *q = compile(argc - 5, argv + 5, argv[2], &p);
    double compiled = now() - begin;
    pt_arena a = {.bytes_max = (size_t)8 << 30};
    size_t n = 0, answers = 0;
    begin = now();
    double end = begin;
    for (; end - begin < seconds; end = now())
        for (size_t i = 0; i < 16; i++, n++) {
            pt_answers got;
            pt_eval_error e;
            pt_arena_clear(&a);
            if (!pt_eval(&a, p, q->proc, &opts, &got, &e))
                fail(e.code, e.message);
            answers = got.v.n;
        }
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("%zu evaluations, %.0f ns each, %zu answers, compiled in %.3f ms, peak %ld KiB\n", n,
           (end - begin) * 1e9 / (double)n, answers, compiled * 1e3, used.ru_maxrss);
    pt_machine_free(opts.machine);
    pt_fn_cache_free(opts.cache);
    return 0;
}
