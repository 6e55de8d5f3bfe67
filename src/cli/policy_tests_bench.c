// paratia policy test --bench: how long the tests that passed take.
#include <ctype.h>
#include <inttypes.h>

#include "base/instant.h"
#include "cli/policy_tests.h"

enum {
    CACHE_ENTRIES_MAX = 256,
};

// Evaluate test `i` again and again. An evaluation that fails, now that it is asked so often, ends
// it. False: no memory.
static bool measure(const pt_test_plan *plan, size_t i, int64_t duration_ns, pt_test_bench *ret) {
    pt_arena a = {.bytes_max = plan->bytes_max};
    pt_fn_world world = *plan->opts.world;
    pt_eval_opts opts = plan->opts;
    opts.world = &world;
    opts.machine = pt_machine_new();
    opts.cache = pt_fn_cache_new(CACHE_ENTRIES_MAX);
    bool ok = opts.machine && opts.cache;
    bool good = ok;
    *ret = (pt_test_bench){0};
    while (good && ret->ns < duration_ns) {
        pt_answers answers;
        pt_eval_error error = {0};
        int64_t start = pt_monotonic_ns();
        world.deadline_ns = plan->timeout_ns ? start + plan->timeout_ns : 0;
        good = pt_eval(&a, plan->program, plan->queries[i]->proc, &opts, &answers, &error);
        ret->ns += pt_monotonic_ns() - start;
        ret->n++;
        ret->bytes = a.bytes > ret->bytes ? a.bytes : ret->bytes;
        pt_arena_clear(&a);
    }
    pt_machine_free(opts.machine);
    pt_fn_cache_free(opts.cache);
    pt_arena_done(&a);
    return ok;
}

static void put_part(pt_buf *b, pt_str part) {
    if (part.n)
        pt_buf_printf(b, "%c", toupper((unsigned char)part.p[0]));
    pt_buf_put(b, pt_str_sub(part, 1, part.n));
}

// data.a_test.test_b is BenchmarkDataATestTestB: what tools for Go's benchmarks read.
static void put_go_name(pt_buf *b, pt_str name) {
    pt_str dotted;
    pt_str part;
    while (pt_str_split(&name, '.', &dotted))
        while (pt_str_split(&dotted, '_', &part))
            put_part(b, part);
}

static void put_line(pt_buf *b, const pt_test_rule *r, const pt_test_bench *m,
                     const pt_tests_benching *how) {
    PT_AUTO(pt_buf_done) pt_buf name = PT_BUF(1 << 20);
    pt_buf_put_safe(&name, r->package);
    pt_buf_putc(&name, '.');
    pt_buf_put_safe(&name, r->name);
    if (how->go_names) {
        pt_buf_putz(b, "Benchmark");
        put_go_name(b, pt_buf_str(&name));
    } else
        pt_buf_put(b, pt_buf_str(&name));
    pt_buf_printf(b, "\t%8" PRIu64 "\t%10.0f ns/op", m->n, (double)m->ns / (double)m->n);
    if (how->memory)
        pt_buf_printf(b, "\t%8zu B/op", m->bytes);
    pt_buf_putc(b, '\n');
}

bool pt_tests_bench(const pt_test_plan *plan, const pt_tests_benching *how, pt_tested *t) {
    for (size_t i = 0; i < plan->n; i++) {
        if (t->results[i].outcome != PT_TEST_PASSED)
            continue;
        if (!measure(plan, i, how->duration_ns, &t->benches[i]))
            return false;
        put_line(how->lines, &plan->rules[i], &t->benches[i], how);
    }
    return !how->lines->full;
}
