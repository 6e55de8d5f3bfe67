// paratia policy bench: how fast a query is evaluated.
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/threads.h"
#include "cli/input.h"
#include "cli/policy.h"
#include "cli/words.h"
#include "judge/policy/eval.h"
#include "judge/policy/rego/ast_value.h"
#include "judge/policy/rego/compile.h"
#include "value/json.h"

enum {
    THREADS_MAX = 256,
    SAMPLES_MAX = 1 << 16, // of one thread; then every second one is kept, every fourth …
    CACHE_ENTRIES_MAX = 256,
};
#define EVALUATION_BYTES_MAX ((size_t)1 << 30)

// What all threads evaluate.
typedef struct bench {
    const pt_args *args;
    pt_policy_work work;
    pt_compiler *compiler;
    const pt_query *query;
    pt_value input;
    pt_fn_world world;
    int64_t duration_ns, threads;
    int64_t timeout_ns; // of one evaluation; 0: none
} bench;

typedef struct worker {
    const bench *b;
    pt_arena arena;
    pt_machine *machine;
    pt_fn_cache *cache;
    pt_fn_world world; // with the deadline of its own evaluation
    uint64_t evaluations;
    int64_t ns;        // all of them together
    int64_t *samples;  // of some
    size_t n, stride;  // every so many
    size_t bytes_peak; // of the arena
    bool undefined;
    pt_eval_error error;
} worker;

typedef struct numbers {
    uint64_t evaluations;
    double seconds, per_second, mean;
    double median, p90, p99, max; // nanoseconds
    size_t bytes;
} numbers;

// -- loading --------------------------------------------------------------------------------------

static bool parse_query(bench *b, pt_body *ret) {
    pt_source *s = PT_NEW(&b->work.arena, pt_source, 1);
    if (!s)
        return false;
    *s = (pt_source){{NULL, 0}, pt_str_of(b->args->operands[1])};
    return pt_parse_query(&b->work.symbols, s, &b->work.load.parse, ret, &b->work.compiled);
}

// False: no room, or what is wrong is in b->work.
static bool prepare(bench *b) {
    pt_policy_work *w = &b->work;
    pt_body body = {0};
    if (!pt_policy_load(w, 2, false) || pt_policy_wrong(w))
        return false;
    pt_compile_opts opts = pt_policy_compile_opts(w);
    b->compiler = pt_policy_compiler(w, &opts);
    if (!b->compiler || !parse_query(b, &body))
        return false;
    pt_query_opts capture = {.capture = true};
    b->query = pt_compile_query(b->compiler, &body, &capture, &w->compiled);
    return b->query != NULL;
}

// -- evaluations that do not end ------------------------------------------------------------------
// A deadline ends evaluation where it is looked at, and a second later everything ends.

static _Atomic int64_t ends_ns; // of CLOCK_MONOTONIC; 0: nothing is measured

static void on_alarm(int sig) {
    static const char late[] = "error: --timeout is over: nothing was measured\n";
    int64_t at_ns = atomic_load(&ends_ns);
    (void)sig;
    if (!at_ns || pt_monotonic_ns() < at_ns)
        return;
    PT_IGNORE(write(STDERR_FILENO, late, sizeof late - 1) < 0); // it ends all the same
    _exit(PT_EXIT_FINDINGS);
}

// Before rights are given up: the filter knows no timers.
static void start_watching(int64_t timeout_ns) {
    struct sigaction act = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    const struct itimerval each_second = {.it_value = {.tv_sec = 1}, .it_interval = {.tv_sec = 1}};
    if (timeout_ns == 0)
        return;
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &each_second, NULL);
}

// -- evaluating -----------------------------------------------------------------------------------

// When there is no more room, every second sample goes, and from now on half as many are taken.
static void keep(worker *w, int64_t ns) {
    if (w->evaluations % w->stride != 0)
        return;
    if (w->n == SAMPLES_MAX) {
        for (size_t i = 0; i < SAMPLES_MAX / 2; i++)
            w->samples[i] = w->samples[2 * i];
        w->n = SAMPLES_MAX / 2;
        w->stride *= 2;
    }
    w->samples[w->n++] = ns;
}

static bool once(worker *w, const pt_eval_opts *opts) {
    pt_answers answers;
    int64_t start = pt_monotonic_ns();
    w->world.deadline_ns = w->b->timeout_ns ? start + w->b->timeout_ns : 0;
    bool ok = pt_eval(&w->arena, pt_compiled(w->b->compiler), w->b->query->proc, opts, &answers,
                      &w->error);
    int64_t took = pt_monotonic_ns() - start;
    w->undefined = ok && answers.v.n == 0;
    w->bytes_peak = w->arena.bytes > w->bytes_peak ? w->arena.bytes : w->bytes_peak;
    if (ok)
        pt_arena_clear(&w->arena); // an error's text stays
    keep(w, took);
    w->ns += took;
    w->evaluations++;
    return ok && !w->undefined;
}

static void *work(void *to) {
    worker *w = to;
    const bench *b = w->b;
    pt_eval_opts opts = {.input = b->input,
                         .data = b->work.load.data,
                         .world = &w->world,
                         .machine = w->machine,
                         .cache = w->cache};
    int64_t end = pt_monotonic_ns() + b->duration_ns;
    while (once(w, &opts) && pt_monotonic_ns() < end)
        continue;
    return NULL;
}

static bool begin_worker(const bench *b, worker *w) {
    *w = (worker){.b = b,
                  .arena = {.bytes_max = EVALUATION_BYTES_MAX},
                  .world = b->world,
                  .machine = pt_machine_new(),
                  .cache = pt_fn_cache_new(CACHE_ENTRIES_MAX),
                  .samples = calloc(SAMPLES_MAX, sizeof(int64_t)),
                  .stride = 1};
    return w->machine && w->cache && w->samples;
}

static void end_worker(worker *w) {
    pt_machine_free(w->machine);
    pt_fn_cache_free(w->cache);
    pt_arena_done(&w->arena);
    free(w->samples);
}

// -- numbers --------------------------------------------------------------------------------------

static int by_size(const void *x, const void *y) {
    int64_t a = *(const int64_t *)x;
    int64_t b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

// Samples of a thread that kept fewer count for more evaluations: the others are thinned alike.
static int64_t *all_samples(const worker *v, size_t n, size_t *ret) {
    size_t stride = 1;
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        stride = v[i].stride > stride ? v[i].stride : stride;
    int64_t *all = malloc((n * SAMPLES_MAX + 1) * sizeof *all);
    for (size_t i = 0; i < n && all; i++)
        for (size_t k = 0; k < v[i].n; k += stride / v[i].stride)
            all[count++] = v[i].samples[k];
    if (count)
        qsort(all, count, sizeof *all, by_size);
    *ret = count;
    return all;
}

static double percentile(const int64_t *sorted, size_t n, double p) {
    size_t at = (size_t)(p * (double)(n - 1) + 0.5);
    return n ? (double)sorted[at] : 0;
}

static bool sum_up(const worker *v, size_t n, double seconds, numbers *ret) {
    size_t count = 0;
    int64_t ns = 0;
    int64_t *all = all_samples(v, n, &count);
    if (!all)
        return false;
    *ret = (numbers){.seconds = seconds};
    for (size_t i = 0; i < n; i++) {
        ret->evaluations += v[i].evaluations;
        ns += v[i].ns;
        ret->bytes = v[i].bytes_peak > ret->bytes ? v[i].bytes_peak : ret->bytes;
    }
    ret->per_second = (double)ret->evaluations / seconds;
    ret->mean = ret->evaluations ? (double)ns / (double)ret->evaluations : 0;
    ret->median = percentile(all, count, 0.5);
    ret->p90 = percentile(all, count, 0.9);
    ret->p99 = percentile(all, count, 0.99);
    ret->max = percentile(all, count, 1);
    free(all);
    return true;
}

// -- the report -----------------------------------------------------------------------------------

static void put_time(pt_buf *b, double ns) {
    if (ns < 1e3)
        pt_buf_printf(b, "%.0f ns", ns);
    else if (ns < 1e6)
        pt_buf_printf(b, "%.2f us", ns / 1e3);
    else
        pt_buf_printf(b, "%.2f ms", ns / 1e6);
}

static void put_text(pt_buf *b, const bench *of, const numbers *n) {
    const struct {
        const char *name;
        double ns;
    } rows[] = {{"Mean", n->mean},
                {"Median", n->median},
                {"90 %", n->p90},
                {"99 %", n->p99},
                {"Slowest", n->max}};
    pt_buf_printf(b, "Evaluations  %" PRIu64 " in %.1f s, %" PRId64 " at a time\n", n->evaluations,
                  n->seconds, of->threads);
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        pt_buf_printf(b, "%-11s  ", rows[i].name);
        put_time(b, rows[i].ns);
        pt_buf_putc(b, '\n');
    }
    pt_buf_printf(b, "Memory       %zu KiB for each evaluation\n", (n->bytes + 1023) / 1024);
    pt_buf_printf(b, "%.0f evaluations in a second\n", n->per_second);
}

static pt_value whole(double v) {
    return pt_int((int64_t)(v + 0.5));
}

static pt_code put_json(pt_buf *b, pt_arena *a, const bench *of, const numbers *n, pt_err *e) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "query", pt_stringz(of->args->operands[1]));
    pt_obj_set(&o, "evaluations", pt_int((int64_t)n->evaluations));
    pt_obj_set(&o, "parallel", pt_int(of->threads));
    pt_obj_set(&o, "duration_ns", whole(n->seconds * 1e9));
    pt_obj_set(&o, "evaluations_per_second", whole(n->per_second));
    pt_obj_set(&o, "mean_ns", whole(n->mean));
    pt_obj_set(&o, "median_ns", whole(n->median));
    pt_obj_set(&o, "p90_ns", whole(n->p90));
    pt_obj_set(&o, "p99_ns", whole(n->p99));
    pt_obj_set(&o, "max_ns", whole(n->max));
    pt_obj_set(&o, "memory_bytes", pt_int((int64_t)n->bytes));
    pt_code code = pt_json_write(b, pt_obj_end(&o), &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(b, '\n');
    return code;
}

static pt_code report(bench *b, const worker *v, double seconds, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(1 << 24);
    numbers n;
    if (!sum_up(v, (size_t)b->threads, seconds, &n))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = PT_OK;
    if (pt_args_flag(b->args, "json"))
        code = put_json(&out, &b->work.arena, b, &n, e);
    else
        put_text(&out, b, &n);
    return code ? code : pt_put_stdout(pt_buf_str(&out), e);
}

// -- the run --------------------------------------------------------------------------------------

static void say_error(const pt_eval_error *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_buf_put_safe(&b, e->message);
    fprintf(stderr, "error: %s: %.*s\n", e->code, PT_PRI(pt_buf_str(&b)));
    if (pt_str_eqz(pt_str_of(e->code), "eval_cancel_error"))
        fprintf(stderr, "  try: a longer --timeout\n");
}

// What an evaluation that failed or gave nothing says. False: none did.
static bool say_failed(const worker *v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (v[i].error.code)
            say_error(&v[i].error);
        else if (v[i].undefined)
            fprintf(stderr, "error: the query is undefined: nothing was measured\n"
                            "  try: --input, --data: is all there that it needs?\n");
        else
            continue;
        return true;
    }
    return false;
}

static pt_code measure(bench *b, int *ret_exit, pt_err *e) {
    size_t n = (size_t)b->threads;
    worker *v = PT_NEW(&b->work.arena, worker, n);
    size_t begun = 0;
    bool ok = v != NULL;
    while (ok && begun < n)
        ok = begin_worker(b, &v[begun++]);
    pt_code code = ok ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!code) {
        int64_t start = pt_monotonic_ns();
        atomic_store(&ends_ns, start + b->duration_ns + b->timeout_ns + PT_SECOND_NS);
        pt_threads_run(v, n, sizeof *v, work);
        atomic_store(&ends_ns, 0);
        double seconds = (double)(pt_monotonic_ns() - start) / 1e9;
        *ret_exit = say_failed(v, n) ? PT_EXIT_FINDINGS : PT_EXIT_OK;
        if (*ret_exit == PT_EXIT_OK)
            code = report(b, v, seconds, e);
    }
    for (size_t i = 0; i < begun; i++)
        end_worker(&v[i]);
    return code;
}

static pt_code run(bench *b, pt_arena *words, int *ret_exit, pt_err *e) {
    if (b->args->operands_n != 2) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "policy bench needs one QUERY");
        pt_err_remedy(e, "paratia policy bench data.authz.allow -d policy.rego");
        return code;
    }
    pt_code code = pt_args_number(b->args, "parallel", THREADS_MAX, &b->threads, e);
    if (!code)
        code = pt_args_duration(b->args, "duration", &b->duration_ns, e);
    if (!code)
        code = pt_args_duration(b->args, "timeout", &b->timeout_ns, e);
    start_watching(b->timeout_ns);
    if (!code)
        code = pt_policy_begin(&b->work, &(pt_rights){.read_all = true, .threads = true}, e);
    if (!code)
        code = pt_input_read(b->args, words, &b->input, e);
    if (code)
        return code;
    b->world.now_ns = pt_now();
    b->world.parse_module = pt_ast_parse_module;
    PT_IGNORE(getrandom(&b->world.seed, sizeof b->world.seed, 0) < 0); // 0 is a seed too
    if (prepare(b))
        return measure(b, ret_exit, e);
    if (!pt_policy_wrong(&b->work))
        return pt_err_set(e, PT_E_NOMEM, "the policies need more memory than the limit");
    pt_policy_say_all(&b->work);
    return PT_OK;
}

int pt_policy_bench(const pt_args *args) {
    pt_err e = {0};
    int status = PT_EXIT_OK;
    bench b = {.args = args, .work = {.args = args}, .duration_ns = 1000000000, .threads = 1};
    PT_AUTO(pt_arena_done) pt_arena words = {.bytes_max = PT_POLICY_BYTES_MAX};
    PT_IGNORE(run(&b, &words, &status, &e)); // e says
    int wrong = pt_policy_end(&b.work, &e);
    return wrong ? wrong : status;
}
