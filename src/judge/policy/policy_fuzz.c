// A module is compiled and its whole document evaluated, in little memory and little time.
#include <signal.h>
#include <sys/time.h>

#include "judge/policy/eval.h"
#include "judge/policy/rego/compile.h"
#include "judge/policy/rego/parse.h"
#include "value/json.h"

enum {
    ARENA_BYTES = 64 << 20,
    MILLISECONDS = 200,
};

static atomic_bool late;

static void on_alarm(int sig) {
    (void)sig;
    atomic_store(&late, true);
}

static void start_timer(void) {
    struct itimerval t = {.it_value.tv_usec = MILLISECONDS * 1000};
    atomic_store(&late, false);
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &t, NULL);
}

static bool is_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

static void evaluate(pt_arena *a, pt_compiler *c, const pt_query *q) {
    pt_value input = pt_undefined();
    PT_IGNORE(pt_json_parse(a, PT_STR("{\"x\": 1, \"xs\": [1, \"a\", {\"b\": []}]}"), NULL, &input,
                            NULL)); // without one is a case, too
    pt_fn_world world = {.now_ns = 1, .seed = 1, .cancel = &late};
    pt_eval_opts opts = {.input = input, .world = &world, .machine = pt_machine_new()};
    pt_answers answers;
    pt_eval_error e;
    if (opts.machine)
        PT_IGNORE(!pt_eval(a, pt_compiled(c), q->proc, &opts, &answers, &e)); // any end is good
    pt_machine_free(opts.machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {.bytes_max = ARENA_BYTES};
    pt_symbols symbols = {.arena = &a};
    pt_diagnostics d = {.arena = &a};
    pt_source text = {PT_STR("f.rego"), {(const char *)data, size}};
    pt_source query = {(pt_str){NULL, 0}, PT_STR("x = data")};
    pt_parse_opts parse = {.version = size % 2 ? PT_REGO_V0 : PT_REGO_V1, .builtin = is_builtin};
    pt_compile_opts opts = {.strict = size % 3 == 0};
    start_timer();
    pt_module *m = pt_parse_module(&symbols, &text, &parse, &d);
    pt_compiler *c = m ? pt_compile(&a, &symbols, &m, 1, &opts, &d) : NULL;
    pt_body body = {0};
    if (c && pt_parse_query(&symbols, &query, &parse, &body, &d)) {
        const pt_query *q = pt_compile_query(c, &body, NULL, &d);
        if (q)
            evaluate(&a, c, q);
    }
    pt_arena_done(&a);
    return 0;
}
