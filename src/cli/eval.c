// paratia eval: a query of Rego, with the words and the output of `opa eval`.
#include "cli/eval.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rights.h"
#include "base/watch.h"
#include "cli/capabilities.h"
#include "cli/input.h"
#include "cli/net.h"
#include "cli/trust.h"
#include "cli/verbs.h"
#include "cli/words.h"

enum {
    EXIT_FAIL = 1, // --fail, --fail-defined
    EXIT_ERRORS = 2,
};

const pt_option pt_eval_options[] = {
    {"data", "PATH", "policies, data: a file, a folder, a.b:PATH; repeatable", NULL, "What", 'd'},
    {"bundle", "PATH", "a bundle: a folder or .tar.gz; repeatable", NULL, NULL, 'b'},
    {"ignore", "NAME,…", "files and folders to leave out: '.*', '*_test.rego'", NULL, NULL},
    {"input", "FILE", "the input, JSON or YAML", NULL, NULL, 'i'},
    {"schema", "PATH", "JSON schema of the input, or a folder of schemas", NULL, NULL, 's'},
    {"stdin-input", NULL, "the input comes from standard input", NULL, NULL, 'I'},
    {"stdin", NULL, "the query comes from standard input", NULL, NULL},
    {"package", "NAME", "the package that the query stands in", NULL, NULL},
    {"import", "PATH", "what the query imports; repeatable", NULL, NULL},
    PT_TRUST_OPTIONS,
    {"v0-compatible", NULL, "the language before OPA 1.0", NULL, "How"},
    {"v1-compatible", NULL, "the language since OPA 1.0, as without it", NULL, NULL},
    {"strict", NULL, "refuse what is unused, shadowed or deprecated", NULL, NULL, 'S'},
    {"strict-builtin-errors", NULL, "the first error of a function ends it", NULL, NULL},
    {"show-builtin-errors", NULL, "all errors of functions, beside the result", NULL, NULL},
    {"capabilities", "FILE", "built-ins, features, hosts that policies may use", "all", NULL},
    {"allow-net", "HOST[:PORT]", "http.send may reach it; repeatable", "none", NULL},
    {"timeout", "DURATION", "end it after 5s, 100ms …; by force 1 s later", "never", NULL},
    {"memory-max", "MIB", "memory for policies, data and evaluation", "2048", NULL},
    {"format", "NAME", "json, values, bindings, pretty, raw, discard", "json", "Report", 'f'},
    {"fail", NULL, "exit 1 if the result is undefined", NULL, NULL},
    {"fail-defined", NULL, "exit 1 if it is defined", NULL, NULL},
    {"metrics", NULL, "how long the stages took", NULL, NULL},
    {"explain", "MODE", "what happened: notes (of trace), fails, full", "off", NULL},
    {"profile", NULL, "how long the literals of each line took", NULL, NULL},
    {"profile-limit", "N", "so many lines of the profile", "10", NULL},
    {"profile-sort", "KEY,…", "total_time_ns, num_eval, num_redo, …, file, line", NULL, NULL},
    {"coverage", NULL, "which lines of modules were evaluated", NULL, NULL},
    {"count", "N", "so often, for the metrics", "1", NULL},
    {"target", "NAME", "rego, and nothing else", "rego", "As opa eval has them", 't'},
    {"optimize", "N", "0, and nothing else", "0", NULL, 'O'},
    {"disable-early-exit", NULL, "taken, changes no answer", NULL, NULL},
    {"disable-indexing", NULL, "likewise", NULL, NULL},
    {"optimize-store-for-read-speed", NULL, "likewise", NULL, NULL},
    {"pretty-limit", "N", "likewise", NULL, NULL},
    {"help", NULL, "this text", NULL, NULL, 'h'},
    {0},
};

static const char NO_PARTIAL[] = "there is no partial evaluation";
static const char ALL_KNOWN[] = "without it: the whole input and all data are known";
static const char NO_BUNDLE[] = "policies are evaluated as they are: no optimized bundle is made";

const pt_refusal pt_eval_refusals[] = {
    {"partial", NO_PARTIAL, ALL_KNOWN, 'p'},
    {"unknowns", NO_PARTIAL, ALL_KNOWN, 'u'},
    {"disable-inlining", NO_PARTIAL, ALL_KNOWN},
    {"shallow-inlining", NO_PARTIAL, ALL_KNOWN},
    {"nondeterminstic-builtins", NO_PARTIAL, ALL_KNOWN}, // as opa spells it
    {"entrypoint", NO_BUNDLE, "without it: name what is wanted in the query", 'e'},
    {"instrument", "the engine keeps no counters of its own", "--metrics, --profile"},
    {"coverage-runs", "lines are told apart as covered or not", "--coverage"},
    {"var-values", "traces show the literals, not variables", "--explain full"},
    {0},
};

static atomic_bool cancelled;
static atomic_bool finished; // all is said but for the writing of it

// The first alarm asks evaluation, and the writing of its result, to end. What does not listen (a
// pipe that gives nothing, the compiler) is ended by the second one.
static void on_alarm(int sig) {
    static const char late[] = "paratia: --timeout is over: nothing was decided\n";
    (void)sig;
    if (!atomic_exchange(&cancelled, true) || atomic_load(&finished))
        return;
    PT_IGNORE(write(STDERR_FILENO, late, sizeof late - 1) < 0); // it ends all the same
    _exit(EXIT_ERRORS);
}

typedef struct plan {
    const pt_eval_format *format;
    int64_t count, memory_mib;
    int64_t timeout_ns; // 0: none
} plan;

// -- the command line -----------------------------------------------------------------------------

static const struct {
    const char *one, *other;
} APART[] = {{"stdin", "stdin-input"},
             {"stdin-input", "input"},
             {"fail", "fail-defined"},
             {"show-builtin-errors", "strict-builtin-errors"},
             {"v0-compatible", "v1-compatible"}};

static pt_code check_words(const pt_args *args, pt_err *e) {
    for (size_t i = 0; i < PT_COUNT(APART); i++)
        if (pt_args_flag(args, APART[i].one) && pt_args_flag(args, APART[i].other))
            return pt_err_set(e, PT_E_USAGE, "--%s and --%s do not go together", APART[i].one,
                              APART[i].other);
    if (pt_args_flag(args, "stdin") == (args->operands_n > 0))
        return pt_err_set(e, PT_E_USAGE,
                          args->operands_n ? "either a query or --stdin, not both"
                                           : "eval needs a query, or --stdin");
    return PT_OK;
}

// What opa can do otherwise, and this cannot.
static pt_code check_fixed(const pt_args *args, pt_err *e) {
    static const char *const fixed[][2] = {{"target", "rego"}, {"optimize", "0"}};
    for (size_t i = 0; i < PT_COUNT(fixed); i++) {
        const char *value = pt_args_get(args, fixed[i][0]);
        if (!value || strcmp(value, fixed[i][1]) == 0)
            continue;
        pt_code code = pt_err_set(e, PT_E_USAGE,
                                  "--%s %s is not there: policies are neither "
                                  "compiled to Wasm nor optimized",
                                  fixed[i][0], value);
        pt_err_remedy(e, "--%s %s, or without it", fixed[i][0], fixed[i][1]);
        return code;
    }
    return PT_OK;
}

static pt_code make_plan(const pt_args *args, plan *ret, pt_err *e) {
    enum {
        COUNT_MAX = 1000000,
        MEMORY_MIB_MAX = 1 << 20,
    };
    const char *format = pt_args_get(args, "format");
    *ret = (plan){
        .format = pt_eval_format_of(format ? format : "json"), .count = 1, .memory_mib = 2048};
    pt_code code = check_words(args, e);
    if (!code)
        code = check_fixed(args, e);
    if (!code && !ret->format) {
        code = pt_err_set(e, PT_E_USAGE, "there is no format %s", format);
        pt_err_remedy(e, "--format json, values, bindings, pretty, raw or discard");
    }
    if (!code)
        code = pt_args_number(args, "count", COUNT_MAX, &ret->count, e);
    if (!code)
        code = pt_args_number(args, "memory-max", MEMORY_MIB_MAX, &ret->memory_mib, e);
    return code ? code : pt_args_duration(args, "timeout", &ret->timeout_ns, e);
}

// -- the world ------------------------------------------------------------------------------------

// Before rights are given up: the filter knows no timers.
static void start_clock(int64_t ns) {
    if (ns == 0)
        return;
    struct sigaction act = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &act, NULL);
    struct itimerval t = {.it_value = {ns / 1000000000, ns % 1000000000 / 1000},
                          .it_interval = {.tv_sec = 1}};
    if (t.it_value.tv_sec == 0 && t.it_value.tv_usec == 0)
        t.it_value.tv_usec = 1;
    setitimer(ITIMER_REAL, &t, NULL);
}

static pt_code read_words(const pt_args *args, pt_arena *a, pt_eval_job *j, pt_err *e) {
    pt_code code = PT_OK;
    if (pt_args_flag(args, "stdin"))
        code = pt_input_text(a, NULL, &j->query, e);
    else
        j->query = pt_str_of(args->operands[0]);
    return code ? code : pt_input_read(args, a, &j->input, e);
}

// -- the run --------------------------------------------------------------------------------------

// A pipe gets the bytes that there are, a terminal nothing that acts on it.
static pt_str shown_at(int fd, pt_buf *room, const pt_buf *b) {
    if (!isatty(fd))
        return pt_buf_str(b);
    pt_buf_put_safe_text(room, pt_buf_str(b));
    return pt_buf_str(room);
}

// A call that was refused for want of --allow-net.
static void say_network(const pt_eval_outcome *o) {
    for (size_t i = 0; i < o->faults.n; i++)
        if (pt_str_has(o->faults.v[i].message, PT_STR("policies may not use the network")) ||
            pt_str_has(o->faults.v[i].message, PT_STR("disallowed host"))) {
            fprintf(stderr, "paratia: --allow-net HOST[:PORT] names who may be reached\n");
            return;
        }
}

// A result of a few parts may be longer than any memory when it is written out. False: it is too
// late. Errors are short: that it was too late before is said in full.
static bool write_outcome(const plan *p, pt_buf *out, pt_buf *err, pt_eval_outcome *o) {
    pt_watch watch = {.cancel = o->answers.v.n ? &cancelled : NULL};
    pt_watch_begin(&watch);
    p->format->write(out, err, o);
    if (o->told.telling && p->format->told)
        p->format->told(out, o->arena, &o->told);
    pt_watch_end(&watch);
    return !watch.ended;
}

// What is shown is what the first run gave; the others are for the times.
static pt_code run_all(const plan *p, const pt_eval_job *j, pt_buf *out, int *ret_exit, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = j->bytes_max};
    PT_AUTO(pt_arena_done) pt_arena kept = {0};
    PT_AUTO(pt_buf_done) pt_buf err = PT_BUF(j->bytes_max);
    bool defined = false;
    pt_eval_times *times = PT_NEW(&kept, pt_eval_times, (size_t)p->count);
    if (!times)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (int64_t i = 0; i < p->count; i++) {
        pt_arena_clear(&a);
        pt_eval_outcome o = {.arena = &a, .spare = &kept};
        pt_eval_run(j, &o);
        times[i] = o.times;
        if (i > 0)
            continue;
        if (!write_outcome(p, out, &err, &o))
            return pt_err_set(e, PT_E_TIMEOUT, "--timeout is over: nothing was decided");
        say_network(&o);
        pt_bundle_say_unverified(&o.unverified);
        defined = o.answers.v.n > 0;
        bool fails = pt_args_flag(j->args, defined ? "fail-defined" : "fail");
        *ret_exit = o.faults.n > o.n_soft ? EXIT_ERRORS : fails ? EXIT_FAIL : PT_EXIT_OK;
    }
    bool metrics = pt_args_flag(j->args, "metrics") || j->telling.profile;
    if (metrics && p->format->metrics)
        p->format->metrics(out, times, (size_t)p->count);
    if (p->format->end)
        p->format->end(out, defined);
    PT_AUTO(pt_buf_done) pt_buf room = PT_BUF(8 * j->bytes_max);
    PT_IGNORE(pt_fd_write_all(STDERR_FILENO, shown_at(STDERR_FILENO, &room, &err), NULL));
    return out->full || err.full
               ? pt_err_set(e, PT_E_NOMEM, "the result is larger than --memory-max")
               : PT_OK;
}

int pt_cmd_eval(const pt_args *args) {
    plan p;
    pt_err e = {0};
    pt_bundle_trust trust = {0};
    pt_capabilities capabilities = {0};
    int status = EXIT_ERRORS;
    pt_eval_job j = {.args = args, .cancel = &cancelled};
    PT_AUTO(pt_cli_net_close) pt_cli_net net = {0};
    PT_AUTO(pt_arena_done) pt_arena words = {.bytes_max = (size_t)4 << 30};
    pt_code code = make_plan(args, &p, &e);
    if (!code)
        code = pt_eval_telling_read(args, &j.telling, &e);
    if (!code) {
        start_clock(p.timeout_ns);
        code = pt_cli_net_open(&net, args, &j.net, &e);
    }
    if (!code)
        code = pt_rights_drop(&(pt_rights){.read_all = true, .internet = j.net != NULL}, &e);
    if (!code)
        code = read_words(args, &words, &j, &e);
    if (!code)
        code = pt_bundle_trust_of(args, &words, &trust, &j.trust, &e);
    if (!code)
        code = pt_cli_capabilities(args, &words, &capabilities, &j.capabilities, &e);
    pt_cli_capabilities_narrow(j.capabilities, &net);
    j.bytes_max = (size_t)p.memory_mib << 20;
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(j.bytes_max);
    if (!code) {
        j.machine = pt_machine_new();
        code = j.machine ? PT_OK : pt_err_set(&e, PT_E_NOMEM, "out of memory");
    }
    if (!code)
        code = run_all(&p, &j, &out, &status, &e);
    pt_bundle_trust_done(&trust);
    pt_machine_free(j.machine);
    atomic_store(&finished, true);
    PT_AUTO(pt_buf_done) pt_buf room = PT_BUF(8 * j.bytes_max);
    if (!code)
        code = pt_put_stdout(shown_at(STDOUT_FILENO, &room, &out), &e);
    if (code)
        pt_say_error(&e);
    return code ? EXIT_ERRORS : status;
}
