// paratia policy verify: what came of suites, on the terminal and as JSON.
#include "base/instant.h"
#include "cli/policy_verify.h"
#include "value/json.h"

enum {
    OUT_BYTES_MAX = 1 << 30,
};

// -- counting -------------------------------------------------------------------------------------

static void count(pt_verified *v, pt_gk_outcome o) {
    size_t *const OF[] = {[PT_GK_PASSED] = &v->passed,
                          [PT_GK_FAILED] = &v->failed,
                          [PT_GK_SKIPPED] = &v->skipped,
                          [PT_GK_NOT_EVALUATED] = &v->not_evaluated};
    ++*OF[o];
}

void pt_verified_count(pt_verified *v) {
    for (size_t i = 0; i < v->suites.n; i++) {
        const pt_gk_suite_result *s = &v->suites.v[i];
        size_t before = v->passed + v->failed;
        if (s->why.n)
            count(v, s->outcome);
        for (size_t k = 0; k < s->tests.n; k++) {
            const pt_gk_test_result *t = &s->tests.v[k];
            if (t->cases.n == 0)
                count(v, t->outcome);
            for (size_t c = 0; c < t->cases.n; c++)
                count(v, t->cases.v[c].outcome);
        }
        v->idle += v->passed + v->failed == before;
    }
    v->nothing = v->filtered ? v->idle == v->suites.n : v->idle > 0 || v->suites.n == 0;
}

// -- words of `go test` ---------------------------------------------------------------------------

static double seconds(int64_t ns) {
    return (double)ns / (double)PT_SECOND_NS;
}

static const char *const MARK[] = {[PT_GK_PASSED] = "PASS",
                                   [PT_GK_FAILED] = "FAIL",
                                   [PT_GK_SKIPPED] = "SKIP",
                                   [PT_GK_NOT_EVALUATED] = "NOT EVALUATED"};

static void put_head(pt_buf *b, const char *indent, pt_gk_outcome o, pt_str name) {
    pt_buf_printf(b, "%s=== %s", indent, o == PT_GK_SKIPPED ? "SKIP  " : "RUN   ");
    pt_buf_put_safe(b, name);
    pt_buf_putc(b, '\n');
}

static void put_end(pt_buf *b, const char *indent, pt_gk_outcome o, pt_str name, int64_t ns) {
    pt_buf_printf(b, "%s--- %s: ", indent, MARK[o]);
    pt_buf_put_safe(b, name);
    pt_buf_printf(b, "\t(%.3fs)\n", seconds(ns));
}

static void put_why(pt_buf *b, const char *indent, pt_str why) {
    if (!why.n)
        return;
    pt_buf_putz(b, indent);
    pt_buf_put_safe(b, why);
    pt_buf_putc(b, '\n');
}

static bool worth_telling(pt_gk_outcome o, bool verbose) {
    return o == PT_GK_FAILED || o == PT_GK_NOT_EVALUATED || (verbose && o == PT_GK_PASSED);
}

static void put_case(pt_buf *b, const pt_gk_case_result *c, bool verbose) {
    if (verbose)
        put_head(b, "    ", c->outcome, c->name);
    if (!worth_telling(c->outcome, verbose))
        return;
    put_end(b, "    ", c->outcome, c->name, c->ns);
    put_why(b, "        ", c->why);
    if (c->dropped)
        pt_buf_printf(b, "        note: %zu of `violation` have no `msg`, and say nothing\n",
                      c->dropped);
}

static void put_test(pt_buf *b, const pt_gk_test_result *t, bool verbose) {
    if (verbose)
        put_head(b, "", t->outcome, t->name);
    if (t->outcome == PT_GK_SKIPPED && t->cases.n == 0)
        return;
    for (size_t i = 0; i < t->cases.n; i++)
        put_case(b, &t->cases.v[i], verbose);
    if (!worth_telling(t->outcome, verbose))
        return;
    put_end(b, "", t->outcome, t->name, t->ns);
    put_why(b, "  ", t->why);
}

static bool ran(const pt_gk_suite_result *s) {
    for (size_t i = 0; i < s->tests.n; i++) {
        const pt_gk_test_result *t = &s->tests.v[i];
        bool any = t->outcome == PT_GK_PASSED || t->outcome == PT_GK_FAILED;
        for (size_t c = 0; c < t->cases.n && !any; c++)
            any = t->cases.v[c].outcome == PT_GK_PASSED;
        if (any)
            return true;
    }
    return false;
}

static const char *suite_word(const pt_gk_suite_result *s) {
    if (s->outcome == PT_GK_FAILED)
        return "FAIL";
    return s->outcome == PT_GK_NOT_EVALUATED && !ran(s) ? MARK[PT_GK_NOT_EVALUATED] : "ok";
}

static void put_suite(pt_buf *b, const pt_gk_suite_result *s, bool verbose) {
    for (size_t i = 0; i < s->tests.n; i++)
        put_test(b, &s->tests.v[i], verbose);
    pt_buf_printf(b, "%s\t", suite_word(s));
    pt_buf_put_safe(b, s->path);
    pt_buf_printf(b, "\t%.3fs", seconds(s->ns));
    if (s->outcome == PT_GK_NOT_EVALUATED && ran(s))
        pt_buf_putz(b, "\t[not all was evaluated]");
    else if (s->outcome == PT_GK_SKIPPED)
        pt_buf_putz(b, "\t[nothing was run]");
    pt_buf_putc(b, '\n');
    put_why(b, "  ", s->why);
}

static const char *verdict(const pt_verified *v) {
    if (v->failed)
        return "FAIL";
    if (v->not_evaluated)
        return "NOT EVALUATED";
    return v->nothing ? "NOTHING WAS VERIFIED" : "PASS";
}

pt_code pt_verified_put(const pt_verified *v, bool verbose, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    for (size_t i = 0; i < v->suites.n; i++)
        put_suite(&b, &v->suites.v[i], verbose);
    pt_buf_printf(&b, "%s\n", verdict(v));
    return b.full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : pt_put_stdout(pt_buf_str(&b), e);
}

// -- JSON -----------------------------------------------------------------------------------------

static pt_value number(pt_arena *a, double x) {
    return pt_number(pt_arena_printf(a, "%.3f", x));
}

static void set_outcome(pt_obj *o, pt_gk_outcome outcome, pt_str why, int64_t ns) {
    pt_obj_set(o, "outcome", pt_stringz(pt_gk_outcome_word(outcome)));
    if (why.n)
        pt_obj_set(o, "why", pt_string(why));
    pt_obj_set(o, "seconds", number(o->a, seconds(ns)));
}

static pt_value json_case(pt_arena *a, const pt_gk_case_result *c) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "name", pt_string(c->name));
    set_outcome(&o, c->outcome, c->why, c->ns);
    if (c->dropped)
        pt_obj_set(&o, "without_msg", pt_int((int64_t)c->dropped));
    return pt_obj_end(&o);
}

static pt_value json_test(pt_arena *a, const pt_gk_test_result *t) {
    pt_obj o = {.a = a};
    pt_list cases = {.a = a};
    for (size_t i = 0; i < t->cases.n; i++)
        pt_list_add(&cases, json_case(a, &t->cases.v[i]));
    pt_obj_set(&o, "name", pt_string(t->name));
    set_outcome(&o, t->outcome, t->why, t->ns);
    pt_obj_set(&o, "cases", pt_list_end(&cases));
    return pt_obj_end(&o);
}

static pt_value json_suite(pt_arena *a, const pt_gk_suite_result *s) {
    pt_obj o = {.a = a};
    pt_list tests = {.a = a};
    for (size_t i = 0; i < s->tests.n; i++)
        pt_list_add(&tests, json_test(a, &s->tests.v[i]));
    pt_obj_set(&o, "path", pt_string(s->path));
    set_outcome(&o, s->outcome, s->why, s->ns);
    pt_obj_set(&o, "tests", pt_list_end(&tests));
    return pt_obj_end(&o);
}

pt_code pt_verified_put_json(pt_arena *a, const pt_verified *v, pt_err *e) {
    static const pt_json_opts PRETTY = {.pretty = true};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    pt_obj o = {.a = a};
    pt_list suites = {.a = a};
    for (size_t i = 0; i < v->suites.n; i++)
        pt_list_add(&suites, json_suite(a, &v->suites.v[i]));
    pt_obj_set(&o, "suites", pt_list_end(&suites));
    pt_obj_set(&o, "passed", pt_int((int64_t)v->passed));
    pt_obj_set(&o, "failed", pt_int((int64_t)v->failed));
    pt_obj_set(&o, "skipped", pt_int((int64_t)v->skipped));
    pt_obj_set(&o, "not_evaluated", pt_int((int64_t)v->not_evaluated));
    pt_value doc = pt_obj_end(&o);
    if (!pt_defined(doc) || pt_json_write(&b, doc, &PRETTY, NULL))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_buf_putc(&b, '\n');
    return pt_put_stdout(pt_buf_str(&b), e);
}
