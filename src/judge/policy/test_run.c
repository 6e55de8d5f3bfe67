#include "judge/policy/test_run.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/threads.h"
#include "judge/policy/answer.h"
#include "judge/policy/explain.h"
#include "value/json.h"

enum {
    CACHE_ENTRIES_MAX = 256,
    OUTPUT_BYTES_MAX = 1 << 20, // of what one test prints
};

// What the threads share.
typedef struct run {
    const pt_test_plan *plan;
    pt_test_result *results;
    atomic_size_t next;
    pthread_mutex_t keeping; // of `kept`
    pt_arena *kept;
} run;

// What one has for itself.
typedef struct worker {
    run *r;
    pt_test_watch *watch;
    pt_arena arena; // of one evaluation
    pt_machine *machine;
} worker;

// One test while it runs.
typedef struct running {
    worker *w;
    size_t number; // in the plan
    pt_buf output;
    pt_list cases;  // what was told: arrays
    size_t unnamed; // cases whose name is undefined, in programs that tell everything
} running;

// -- what is heard --------------------------------------------------------------------------------

static void on_print(void *to, const pt_location *place, pt_str text) {
    running *t = to;
    (void)place;
    pt_buf_put(&t->output, text);
    pt_buf_putc(&t->output, '\n');
}

// Is it of the literal that the compiler put into this test to tell of a case? No source says so.
static bool is_of_case(const running *t, const pt_mark *m) {
    const pt_location *place = &t->w->r->plan->rules[t->number].place;
    return !m->scope && !m->written.n && m->place.row == place->row &&
           pt_str_eq(m->place.file, place->file);
}

static void on_tell(void *to, const pt_eval_event *e) {
    running *t = to;
    const pt_test_plan *plan = t->w->r->plan;
    if (e->told == PT_TOLD_CASE)
        pt_list_add(&t->cases, e->values[0]);
    t->unnamed += e->told == PT_TOLD_FAIL && is_of_case(t, e->mark);
    if (plan->tell)
        plan->tell(plan->tell_to, e);
}

// -- cases ----------------------------------------------------------------------------------------

// Cases while they are collected, in the arena of the evaluation.
typedef struct collector {
    pt_arena *a;
    PT_VEC(pt_test_case) cases;
    size_t n_answers; // the first ones are the document's, the others were told
    size_t doubled;   // the number of one that began more than once, from 1; 0: none did
    bool full;
} collector;

static pt_str case_text(collector *k, pt_value v) {
    if (v.tag == PT_STRING)
        return pt_text(v);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    k->full = k->full || pt_json_write(&b, v, NULL, NULL);
    pt_str s = pt_arena_str(k->a, pt_buf_str(&b));
    k->full = k->full || !s.p;
    return s;
}

static void add_case(collector *k, const pt_str *name, size_t n, bool failed) {
    pt_str *copy = PT_NEW(k->a, pt_str, n);
    pt_test_case *c = copy ? PT_PUSH(k->a, &k->cases) : NULL;
    if (!c) {
        k->full = true;
        return;
    }
    memcpy(copy, name, n * sizeof *copy);
    *c = (pt_test_case){copy, n, failed};
}

enum {
    CASE_DEPTH_MAX = 64, // parts of a name
};

// What the test's document says: true is good, all else is not. As deep as names are long.
// NOLINTBEGIN(misc-no-recursion)
static void add_answers(collector *k, pt_str *name, size_t n, pt_value v) {
    if (v.tag != PT_OBJECT || n == CASE_DEPTH_MAX) {
        add_case(k, name, n, !pt_true(v));
        return;
    }
    for (size_t i = 0; i < pt_len(v) && !k->full; i++) {
        name[n] = case_text(k, pt_key_at(v, i));
        add_answers(k, name, n + 1, pt_val_at(v, i));
    }
}
// NOLINTEND(misc-no-recursion)

// A case that was told and is not in the document had no answer. Those in it come first, so that
// they stay when doubles go.
static void add_told(collector *k, pt_value told) {
    pt_str name[CASE_DEPTH_MAX];
    size_t n = pt_len(told) < CASE_DEPTH_MAX ? pt_len(told) : CASE_DEPTH_MAX;
    for (size_t i = 0; i < n; i++)
        name[i] = case_text(k, pt_at(told, i));
    add_case(k, name, n, true);
}

typedef struct sorted {
    pt_test_case c;
    size_t order;
} sorted;

static int by_name(const void *x, const void *y) {
    const sorted *a = x;
    const sorted *b = y;
    size_t n = a->c.n < b->c.n ? a->c.n : b->c.n;
    int d = 0;
    for (size_t i = 0; i < n && d == 0; i++)
        d = pt_str_cmp(a->c.name[i], b->c.name[i]);
    if (d == 0)
        d = (a->c.n > b->c.n) - (a->c.n < b->c.n);
    return d ? d : (a->order > b->order) - (a->order < b->order);
}

static bool same_name(const pt_test_case *a, const pt_test_case *b) {
    bool same = a->n == b->n;
    for (size_t i = 0; i < a->n && same; i++)
        same = pt_str_eq(a->name[i], b->name[i]);
    return same;
}

static bool keep_case(run *r, pt_test_result *to, const pt_test_case *c) {
    pt_str *name = PT_NEW(r->kept, pt_str, c->n);
    pt_test_case *slot = name ? PT_PUSH(r->kept, &to->cases) : NULL;
    if (!slot)
        return false;
    *slot = (pt_test_case){name, c->n, c->failed};
    for (size_t i = 0; i < c->n; i++) {
        name[i] = pt_arena_str(r->kept, c->name[i]);
        if (!name[i].p)
            return false;
    }
    return true;
}

// The end of those of the name of v[i], and how many of them were told.
static size_t end_of_name(const sorted *v, size_t n, size_t i, size_t n_answers, size_t *ret_told) {
    size_t end = i;
    for (*ret_told = 0; end < n && same_name(&v[i].c, &v[end].c); end++)
        *ret_told += v[end].order >= n_answers;
    return end;
}

// Sort the cases, each once, and keep them.
static bool keep_cases(worker *w, collector *k, pt_test_result *to) {
    size_t n = k->cases.n;
    sorted *v = PT_NEW(&w->arena, sorted, n);
    if (!v || k->full)
        return false;
    for (size_t i = 0; i < n; i++)
        v[i] = (sorted){k->cases.v[i], i};
    if (n)
        qsort(v, n, sizeof *v, by_name);
    bool ok = true;
    pthread_mutex_lock(&w->r->keeping);
    for (size_t i = 0; i < n && ok;) {
        size_t told;
        size_t end = end_of_name(v, n, i, k->n_answers, &told);
        ok = keep_case(w->r, to, &v[i].c);
        if (told > 1)
            k->doubled = to->cases.n;
        i = end;
    }
    pthread_mutex_unlock(&w->r->keeping);
    return ok;
}

// -- one test -------------------------------------------------------------------------------------

static bool keep_text(worker *w, pt_str *s) {
    pthread_mutex_lock(&w->r->keeping);
    *s = pt_arena_str(w->r->kept, *s);
    pthread_mutex_unlock(&w->r->keeping);
    return s->p != NULL;
}

static const pt_eval_error A_FUNCTION = {
    .code = "rego_type_error",
    .message = {"a function is no test: its operands are not known",
                sizeof "a function is no test: its operands are not known" - 1}};

static const pt_eval_error NO_CASES = {
    .code = "no_cases",
    .message = {"there was no case, so nothing was tested",
                sizeof "there was no case, so nothing was tested" - 1}};

static const pt_eval_error NO_ROOM = {
    .code = "eval_limit_error",
    .message = {"no memory for what the test gave", sizeof "no memory for what the test gave" - 1}};

static void cannot_judge(running *t, const char *code, const pt_buf *why, pt_test_result *to) {
    pt_eval_error e = {.code = code, .message = pt_buf_str(why)};
    to->outcome = PT_TEST_ERROR;
    to->error = keep_text(t->w, &e.message) ? e : NO_ROOM;
}

// Cases that nobody could tell apart, or see. What the others gave stays.
static void check_names(running *t, const collector *k, pt_test_result *to) {
    PT_AUTO(pt_buf_done) pt_buf why = PT_BUF(1 << 20);
    if (t->unnamed) {
        pt_buf_printf(&why, "%zu case%s whose name is undefined: not tested", t->unnamed,
                      t->unnamed == 1 ? "" : "s");
        cannot_judge(t, "unnamed_case", &why, to);
        return;
    }
    if (!k->doubled)
        return;
    const pt_test_case *c = &to->cases.v[k->doubled - 1];
    for (size_t i = 0; i < c->n; i++) {
        pt_buf_putz(&why, i ? " / " : "");
        pt_buf_put(&why, c->name[i]);
    }
    pt_buf_putz(&why, ": several cases have this name, and one that passes would hide the others");
    cannot_judge(t, "doubled_case", &why, to);
}

static void judge_cases(running *t, pt_value v, pt_test_result *to) {
    collector k = {.a = &t->w->arena};
    pt_str name[CASE_DEPTH_MAX];
    if (v.tag == PT_OBJECT)
        add_answers(&k, name, 0, v);
    k.n_answers = k.cases.n;
    for (size_t i = 0; i < t->cases.items.n; i++)
        add_told(&k, t->cases.items.v[i]);
    if (t->cases.full || !keep_cases(t->w, &k, to)) {
        to->outcome = PT_TEST_ERROR;
        to->error = NO_ROOM;
        return;
    }
    bool failed = v.tag != PT_OBJECT;
    for (size_t i = 0; i < to->cases.n; i++)
        failed = failed || to->cases.v[i].failed;
    to->outcome = failed ? PT_TEST_FAILED : PT_TEST_PASSED;
    if (!to->cases.n && !failed) { // a loop over nothing tests nothing
        to->outcome = PT_TEST_ERROR;
        to->error = NO_CASES;
    }
    check_names(t, &k, to);
}

static void judge(running *t, size_t number, const pt_answers *answers, pt_test_result *to) {
    const pt_test_plan *plan = t->w->r->plan;
    const pt_query *q = plan->queries[number];
    pt_value v = answers->v.n ? pt_answer_expression(q, 0, answers->v.v[0]) : pt_undefined();
    if (plan->rules[number].cases)
        judge_cases(t, v, to);
    else
        to->outcome = v.tag == PT_BOOL && pt_true(v) ? PT_TEST_PASSED : PT_TEST_FAILED;
    if (to->outcome != PT_TEST_FAILED || plan->rules[number].cases || !pt_defined(v))
        return;
    PT_AUTO(pt_buf_done) pt_buf shown = PT_BUF(1 << 16);
    pt_value_write(&shown, v);
    to->value = pt_buf_str(&shown);
    if (!keep_text(t->w, &to->value)) {
        to->outcome = PT_TEST_ERROR;
        to->error = NO_ROOM;
    }
}

static void run_test(worker *w, size_t number, pt_test_result *to) {
    const pt_test_plan *plan = w->r->plan;
    running t = {
        .w = w, .number = number, .output = PT_BUF(OUTPUT_BYTES_MAX), .cases = {.a = &w->arena}};
    pt_fn_world world = *plan->opts.world;
    pt_eval_opts opts = plan->opts;
    pt_answers answers = {0};
    pt_eval_error error = {0};
    int64_t start = pt_monotonic_ns();
    world.deadline_ns = plan->timeout_ns ? start + plan->timeout_ns : 0;
    opts.world = &world;
    opts.machine = w->machine;
    opts.cache = pt_fn_cache_new(CACHE_ENTRIES_MAX); // what one test keeps is not for another
    opts.print = on_print;
    opts.tell = on_tell;
    opts.print_to = opts.tell_to = &t;
    pt_test_watch_begin(w->watch, number);
    bool ok =
        pt_eval(&w->arena, plan->program, plan->queries[number]->proc, &opts, &answers, &error);
    pt_test_watch_end(w->watch);
    to->ns = pt_monotonic_ns() - start;
    pt_fn_cache_free(opts.cache);
    if (ok)
        judge(&t, number, &answers, to);
    else {
        to->outcome = PT_TEST_ERROR;
        to->error = keep_text(w, &error.message) ? error : NO_ROOM;
    }
    to->output = pt_buf_str(&t.output);
    if (!keep_text(w, &to->output) || t.output.full) {
        to->outcome = PT_TEST_ERROR;
        to->error = NO_ROOM;
    }
    pt_buf_done(&t.output);
    pt_arena_clear(&w->arena);
}

// -- threads --------------------------------------------------------------------------------------

static void *work(void *to) {
    worker *w = to;
    const pt_test_plan *plan = w->r->plan;
    size_t i;
    while ((i = atomic_fetch_add(&w->r->next, 1)) < plan->n) {
        pt_test_result *result = &w->r->results[i];
        if (plan->rules[i].skipped)
            result->outcome = PT_TEST_SKIPPED;
        else if (plan->rules[i].function) {
            result->outcome = PT_TEST_ERROR;
            result->error = A_FUNCTION;
        } else
            run_test(w, i, result);
    }
    return NULL;
}

static bool begin_worker(run *r, worker *w, size_t number) {
    *w = (worker){.r = r,
                  .watch = r->plan->watch ? &r->plan->watch[number] : NULL,
                  .arena = {.bytes_max = r->plan->bytes_max},
                  .machine = pt_machine_new()};
    return w->machine;
}

static void end_worker(worker *w) {
    pt_machine_free(w->machine);
    pt_arena_done(&w->arena);
}

pt_code pt_test_run(pt_arena *a, const pt_test_plan *plan, pt_test_result **ret, pt_err *e) {
    size_t n = plan->threads < plan->n ? plan->threads : plan->n;
    run r = {.plan = plan, .kept = a, .results = PT_NEW(a, pt_test_result, plan->n)};
    worker *v = PT_NEW(a, worker, n);
    if (!v || !r.results)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    memset(r.results, 0, plan->n * sizeof *r.results);
    pthread_mutex_init(&r.keeping, NULL);
    bool ok = true;
    size_t begun = 0;
    for (; begun < n && ok; begun++)
        ok = begin_worker(&r, &v[begun], begun);
    if (ok && n)
        pt_threads_run(v, n, sizeof *v, work);
    for (size_t i = 0; i < begun; i++)
        end_worker(&v[i]);
    pthread_mutex_destroy(&r.keeping);
    *ret = r.results;
    return ok ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
