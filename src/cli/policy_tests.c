// paratia policy test: run rules called test_…, say which failed and why.
#include "cli/policy_tests.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/re2.h"
#include "cli/net.h"
#include "cli/screen.h"
#include "cli/words.h"
#include "judge/policy/rego/ast_value.h"

enum {
    THREADS_MAX = 256,
};

typedef struct plan {
    const pt_args *args;
    pt_re2 *filter; // NULL: all
    int64_t timeout_ns, threads;
    double threshold;
    bool coverage, explained, bench, slowest_first;
    int64_t count; // runs, at most
    pt_tests_benching benching;
    pt_explain_mode mode;
    pt_fn_world world;
    pt_cli_net *net;
    pt_test_watch *watches; // of each thread
} plan;

// Modules that were loaded and compiled, and their tests.
typedef struct suite {
    pt_policy_work work;
    pt_compiler *compiler;
    pt_test_rules rules; // those that --run chooses
    const pt_query **queries;
    pt_coverage coverage;
} suite;

// -- tests that do not end ------------------------------------------------------------------------
// A deadline ends evaluation where it is looked at: in loops, not while two huge values are
// compared. A second later the whole run ends.

static _Atomic(const pt_test_watch *) watches; // THREADS_MAX; NULL: none yet
static _Atomic(const pt_test_rules *) watched;
static _Atomic int64_t watched_ns; // how long one test may take

static void say(pt_str s) {
    PT_IGNORE(write(STDERR_FILENO, s.p, s.n) < 0); // it ends all the same
}

static void on_alarm(int sig) {
    (void)sig;
    int64_t now_ns = pt_monotonic_ns();
    const pt_test_watch *of = atomic_load(&watches);
    const pt_test_rules *rules = atomic_load(&watched);
    for (size_t i = 0; i < THREADS_MAX && of && rules; i++) {
        int64_t since = atomic_load(&of[i].since_ns);
        size_t number = atomic_load(&of[i].test);
        if (!since || now_ns - since < atomic_load(&watched_ns) || number >= rules->n)
            continue;
        say(PT_STR("paratia: test "));
        say(rules->v[number].package);
        say(PT_STR("."));
        say(rules->v[number].name);
        say(PT_STR(" did not end after --timeout: nothing was decided\n"));
        _exit(PT_EXIT_FAILED);
    }
}

// Before rights are given up: the filter knows no timers.
static void start_watching(int64_t timeout_ns) {
    struct sigaction act = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    struct itimerval often = {{.tv_usec = 250000}, {.tv_usec = 250000}};
    if (timeout_ns == 0)
        return;
    atomic_store(&watched_ns, timeout_ns + 1000000000);
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
}

static pt_code no_room(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "the policies need more memory than the limit");
}

// -- the command line -----------------------------------------------------------------------------

static pt_code read_filter(const pt_args *args, plan *ret, pt_err *e) {
    const char *text = pt_args_get(args, "run");
    char bad[128];
    pt_re2_error why;
    if (!text)
        return PT_OK;
    ret->filter = pt_re2_new(pt_str_of(text), &why, bad, sizeof bad);
    if (ret->filter)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "--run %s: not a regular expression: %s", text, bad);
    pt_err_remedy(e, "--run 'authz\\.test_'");
    return code;
}

static pt_code read_threshold(const pt_args *args, plan *ret, pt_err *e) {
    const char *text = pt_args_get(args, "threshold");
    char *end = NULL;
    ret->threshold = text ? strtod(text, &end) : -1;
    if (!text || (end != text && !*end && ret->threshold >= 0 && ret->threshold <= 100))
        return PT_OK;
    return pt_err_set(e, PT_E_USAGE, "--threshold %s: not a number from 0 to 100", text);
}

static pt_code read_explain(const pt_args *args, plan *ret, pt_err *e) {
    const char *mode = pt_args_get(args, "explain");
    ret->explained = mode != NULL;
    if (!mode || pt_explain_mode_of(pt_str_of(mode), &ret->mode))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "--explain does not know %s", mode);
    pt_err_remedy(e, "--explain notes, fails or full");
    return code;
}

// A value that is one of some words.
static pt_code check_word(const pt_args *args, const char *option, const char *words, pt_err *e) {
    const char *value = pt_args_get(args, option);
    if (!value || pt_str_in_list(pt_str_of(value), pt_str_of(words), '|'))
        return PT_OK;
    return pt_err_set(e, PT_E_USAGE, "--%s %s is none of %s", option, value, words);
}

static pt_code read_bench(const pt_args *args, plan *ret, pt_err *e) {
    enum {
        COUNT_MAX = 1000000,
    };
    const char *format = pt_args_get(args, "format");
    const char *sort = pt_args_get(args, "sort");
    pt_code code = check_word(args, "format", "pretty|json|gobench", e);
    if (!code)
        code = check_word(args, "sort", "none|duration", e);
    if (!code)
        code = pt_args_number(args, "count", COUNT_MAX, &ret->count, e);
    if (!code)
        code = pt_args_duration(args, "duration", &ret->benching.duration_ns, e);
    if (code)
        return code;
    ret->slowest_first = sort && strcmp(sort, "duration") == 0;
    ret->bench = pt_args_flag(args, "bench");
    ret->benching.memory = pt_args_on(args, "benchmem", true);
    ret->benching.go_names = format && strcmp(format, "gobench") == 0;
    if (ret->benching.go_names && !ret->bench)
        return pt_err_set(e, PT_E_USAGE, "--format gobench means nothing without --bench");
    if (ret->bench && (pt_args_flag(args, "coverage") || pt_args_get(args, "threshold")))
        return pt_err_set(e, PT_E_USAGE, "--bench and --coverage do not go together");
    return PT_OK;
}

static pt_code make_plan(const pt_args *args, plan *ret, pt_err *e) {
    *ret = (plan){.args = args,
                  .timeout_ns = 5000000000,
                  .threads = get_nprocs(),
                  .count = 1,
                  .benching = {.duration_ns = 1000000000}};
    if (args->operands_n < 2 && !pt_args_get(args, "data") && !pt_args_get(args, "bundle")) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "policy test needs a PATH");
        pt_err_remedy(e, "paratia policy test policies/");
        return code;
    }
    pt_code code = pt_screen_check(args, e);
    if (!code)
        code = read_filter(args, ret, e);
    if (!code)
        code = read_threshold(args, ret, e);
    if (!code)
        code = read_explain(args, ret, e);
    if (!code)
        code = read_bench(args, ret, e);
    if (!code)
        code = pt_args_number(args, "parallel", THREADS_MAX, &ret->threads, e);
    if (!code)
        code = pt_args_duration(args, "timeout", &ret->timeout_ns, e);
    ret->coverage = pt_args_flag(args, "coverage") || ret->threshold >= 0;
    return code;
}

// -- loading --------------------------------------------------------------------------------------

static bool compile(const plan *p, suite *s, bool tell) {
    pt_policy_work *w = &s->work;
    pt_compile_opts opts = pt_policy_compile_opts(w);
    opts.tests = true;
    opts.tell = tell;
    s->coverage.arena = &w->arena;
    if (p->coverage && !pt_coverage_modules(&s->coverage, w->load.modules, w->load.n_modules))
        return false;
    if (pt_policy_wrong(w))
        return true;
    s->compiler = pt_policy_compiler(w, &opts);
    if (!s->compiler)
        return w->compiled.v.n > 0;
    return !p->coverage || pt_coverage_begin(&s->coverage, pt_compiled(s->compiler));
}

static bool chosen(const plan *p, const pt_test_rule *r) {
    PT_AUTO(pt_buf_done) pt_buf name = PT_BUF(1 << 20);
    pt_re2_span span;
    if (!p->filter)
        return true;
    pt_buf_put(&name, r->package);
    pt_buf_putc(&name, '.');
    pt_buf_put(&name, r->name);
    return pt_re2_match(p->filter, pt_buf_str(&name), 0, &span, 1) == 1;
}

static bool find_tests(const plan *p, suite *s) {
    pt_test_rules all = {0};
    if (!pt_tests(s->compiler, &all))
        return false;
    s->queries = PT_NEW(&s->work.arena, const pt_query *, all.n);
    if (!s->queries)
        return false;
    for (size_t i = 0; i < all.n; i++) {
        if (!chosen(p, &all.v[i]))
            continue;
        pt_test_rule *slot = PT_PUSH(&s->work.arena, &s->rules);
        if (!slot)
            return false;
        *slot = all.v[i];
        const pt_query **q = &s->queries[s->rules.n - 1];
        *q = slot->function ? NULL : pt_compile_test(s->compiler, slot, &s->work.compiled);
        if (!*q && !slot->function)
            return false;
    }
    return true;
}

// Is there a test of many cases: a head that goes on behind the name of the test?
static bool has_cases(const pt_load *l) {
    for (size_t i = 0; i < l->n_modules; i++)
        for (size_t k = 0; k < l->modules[i]->rules.n; k++) {
            const pt_term *ref = l->modules[i]->rules.v[k]->ref;
            size_t n = ref->kind == PT_TERM_REF ? ref->items.n : 0;
            for (size_t s = 0; s + 1 < n; s++) {
                const pt_term *t = ref->items.v[s];
                pt_str name = t->kind == PT_TERM_VAR     ? t->sym->name
                              : t->kind == PT_TERM_CONST ? pt_text(t->value)
                                                         : (pt_str){NULL, 0};
                if (pt_str_starts(name, PT_STR("test_")))
                    return true;
            }
        }
    return false;
}

// Without a compiler something is wrong with the policies. Tests of many cases are compiled to
// tell: else nobody sees a case whose name is undefined.
static pt_code load_suite(const plan *p, suite *s, bool tell, pt_err *e) {
    s->work.args = p->args;
    pt_code code = pt_policy_begin(&s->work, NULL, e);
    if (code)
        return code;
    bool room = pt_policy_load(&s->work, 1, false) &&
                compile(p, s, tell || (!p->bench && has_cases(&s->work.load))) &&
                (!s->compiler || find_tests(p, s));
    return room ? PT_OK : no_room(e);
}

// -- why tests failed -----------------------------------------------------------------------------

static bool same_test(const suite *a, const suite *b, size_t i) {
    return i < b->rules.n && pt_str_eq(a->rules.v[i].package, b->rules.v[i].package) &&
           pt_str_eq(a->rules.v[i].name, b->rules.v[i].name);
}

static pt_code find_why(const plan *p, const suite *s, suite *telling, pt_tested *t, pt_err *e) {
    pt_fn_cache *cache = pt_fn_cache_new(1000);
    pt_machine *machine = pt_machine_new();
    pt_eval_opts opts = {
        .data = telling->work.load.data, .world = &p->world, .machine = machine, .cache = cache};
    bool ok = machine != NULL;
    for (size_t i = 0; i < t->rules.n && ok; i++) {
        pt_test_outcome o = t->results[i].outcome;
        bool wrong = o == PT_TEST_FAILED || (o == PT_TEST_ERROR && p->explained);
        if (!wrong || !same_test(s, telling, i) || !telling->queries[i])
            continue;
        pt_why_plan again = {.arena = &telling->work.arena,
                             .program = pt_compiled(telling->compiler),
                             .query = telling->queries[i],
                             .result = &t->results[i],
                             .watch = &p->watches[0],
                             .number = i,
                             .opts = &opts,
                             .timeout_ns = p->timeout_ns,
                             .explained = p->explained,
                             .mode = p->mode};
        ok = pt_test_why_find(&again, &t->whys[i]);
    }
    pt_machine_free(machine);
    pt_fn_cache_free(cache);
    return ok ? PT_OK : no_room(e);
}

// -- the run --------------------------------------------------------------------------------------

static void count(pt_tested *t) {
    for (size_t i = 0; i < t->rules.n; i++) {
        const pt_test_result *r = &t->results[i];
        if (r->outcome == PT_TEST_ERROR || !r->cases.n)
            t->count[r->outcome]++;
        for (size_t k = 0; r->outcome != PT_TEST_ERROR && k < r->cases.n; k++)
            t->count[r->cases.v[k].failed ? PT_TEST_FAILED : PT_TEST_PASSED]++;
    }
}

static bool any_wrong(const pt_tested *t) {
    return t->count[PT_TEST_FAILED] || t->count[PT_TEST_ERROR];
}

static bool make_room(const plan *p, pt_arena *a, size_t n, pt_tested *t) {
    t->whys = PT_NEW(a, pt_test_why, n);
    t->order = PT_NEW(a, size_t, n);
    t->benches = p->bench ? PT_NEW(a, pt_test_bench, n) : NULL;
    if (!t->whys || !t->order || (p->bench && !t->benches))
        return false;
    for (size_t i = 0; i < n; i++) {
        t->whys[i] = (pt_test_why){0};
        t->order[i] = i;
    }
    return true;
}

static int by_time(const void *x, const void *y, void *tested) {
    const pt_tested *t = tested;
    int64_t a = t->results[*(const size_t *)x].ns;
    int64_t b = t->results[*(const size_t *)y].ns;
    return (a < b) - (a > b);
}

// One run after the other, until one finds something. Later ones have another time and seed.
static pt_code run_often(const plan *p, pt_arena *a, pt_test_plan *run, pt_tested *t, pt_err *e) {
    pt_fn_world world = p->world;
    pt_code code = PT_OK;
    run->opts.world = &world;
    for (t->runs = 1; !code; t->runs++) {
        int64_t start = pt_monotonic_ns();
        code = pt_test_run(a, run, &t->results, e);
        t->ns = pt_monotonic_ns() - start;
        memset(t->count, 0, sizeof t->count);
        if (!code)
            count(t);
        if (any_wrong(t) || p->bench || t->runs == p->count)
            break;
        world.now_ns = pt_now();
        PT_IGNORE(getrandom(&world.seed, sizeof world.seed, 0) < 0); // 0 is a seed too
    }
    for (int64_t i = 0; i < p->count && p->bench && !code; i++)
        if (!pt_tests_bench(run, &p->benching, t))
            code = no_room(e);
    run->opts.world = &p->world;
    return code;
}

static pt_code run_tests(const plan *p, suite *s, pt_tested *t, pt_err *e) {
    pt_test_plan run = {.program = pt_compiled(s->compiler),
                        .rules = s->rules.v,
                        .queries = s->queries,
                        .n = s->rules.n,
                        .threads = (size_t)p->threads,
                        .watch = p->watches,
                        .opts = {.data = s->work.load.data, .world = &p->world},
                        .timeout_ns = p->timeout_ns,
                        .bytes_max = PT_POLICY_BYTES_MAX};
    if (p->coverage) {
        run.tell = pt_coverage_hear;
        run.tell_to = &s->coverage;
    }
    t->rules = s->rules;
    atomic_store(&watched, &s->rules);
    atomic_store(&watches, p->watches);
    t->threads = run.threads < run.n ? run.threads : run.n;
    t->lines = p->bench ? p->benching.lines : NULL;
    if (!make_room(p, &s->work.arena, run.n, t))
        return no_room(e);
    pt_code code = run_often(p, &s->work.arena, &run, t, e);
    if (code)
        return code;
    if (p->slowest_first && run.n)
        qsort_r(t->order, run.n, sizeof *t->order, by_time, t);
    if (p->coverage)
        t->coverage = pt_coverage_report(&s->coverage, &t->percent);
    t->below = p->coverage && t->percent < p->threshold;
    return p->coverage && !pt_defined(t->coverage) ? no_room(e) : PT_OK;
}

static pt_code print(pt_arena *a, const pt_tested *t, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 30);
    if (pt_tests_as_json(t->args))
        pt_tests_put_json(&b, a, t);
    else
        pt_tests_put_text(&b, t);
    return b.full ? no_room(e) : pt_put_stdout(pt_buf_str(&b), e);
}

static int exit_of(const pt_tested *t) {
    bool wrong = any_wrong(t) || t->below;
    return wrong || pt_tests_none(t) ? PT_EXIT_FINDINGS : PT_EXIT_OK;
}

static pt_code run_suite(const plan *p, suite *s, suite *telling, int *ret_exit, pt_err *e) {
    pt_tested t = {.args = p->args, .threshold = p->threshold};
    pt_code code = load_suite(p, s, p->coverage, e);
    if (code)
        return code;
    pt_cli_capabilities_narrow(s->work.capabilities, p->net);
    if (!s->compiler) {
        if (pt_tests_as_json(p->args))
            return pt_policy_put_json(&s->work, e);
        pt_policy_say_all(&s->work);
        return PT_OK;
    }
    code = run_tests(p, s, &t, e);
    bool wrong = !code && any_wrong(&t);
    if (wrong)
        code = load_suite(p, telling, true, e);
    if (wrong && !code && telling->compiler)
        code = find_why(p, s, telling, &t, e);
    if (!code)
        code = print(&s->work.arena, &t, e);
    *ret_exit = exit_of(&t);
    return code;
}

static int run_all(const pt_args *args) {
    plan p;
    pt_err e = {0};
    suite s = {0};
    suite telling = {0};
    pt_test_watch room[THREADS_MAX] = {0};
    int status = PT_EXIT_OK;
    PT_AUTO(pt_cli_net_close) pt_cli_net net = {0};
    PT_AUTO(pt_buf_done) pt_buf lines = PT_BUF((size_t)1 << 30);
    pt_code code = make_plan(args, &p, &e);
    p.benching.lines = &lines;
    p.watches = room;
    p.net = &net;
    if (!code)
        start_watching(p.timeout_ns);
    if (!code)
        code = pt_cli_net_open(&net, args, &p.world.net, &e);
    if (!code)
        code = pt_rights_drop(
            &(pt_rights){.read_all = true, .threads = true, .internet = p.world.net != NULL}, &e);
    p.world.now_ns = pt_now();
    p.world.parse_module = pt_ast_parse_module;
    PT_IGNORE(getrandom(&p.world.seed, sizeof p.world.seed, 0) < 0); // 0 is a seed too
    if (!code)
        PT_IGNORE(run_suite(&p, &s, &telling, &status, &e)); // e says
    atomic_store(&watches, NULL);
    pt_bundle_trust_done(&telling.work.room);
    pt_arena_done(&telling.work.arena);
    pt_re2_free(p.filter);
    int wrong = pt_policy_end(&s.work, &e);
    return wrong ? wrong : status;
}

int pt_policy_test(const pt_args *args) {
    return pt_args_flag(args, "watch") ? pt_policy_watch(args, run_all) : run_all(args);
}
