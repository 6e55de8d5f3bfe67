// What `paratia policy test` shows.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/policy_tests.h"
#include "cli/screen.h"
#include "crypto/crypto.h"
#include "record/report/cells.h"
#include "value/json.h"

static const struct {
    const char *word;
    pt_role role;
    pt_sign sign;
} OUTCOMES[] = {
    [PT_TEST_PASSED] = {"passed", PT_ROLE_PASS, PT_SIGN_PASS},
    [PT_TEST_FAILED] = {"failed", PT_ROLE_HIGH, PT_SIGN_FAIL},
    [PT_TEST_ERROR] = {"could not be judged", PT_ROLE_UNKNOWN, PT_SIGN_UNKNOWN},
    [PT_TEST_SKIPPED] = {"skipped", PT_ROLE_QUIET, PT_SIGN_NA},
};

static void indent(pt_buf *b, size_t level) {
    pt_buf_fill(b, ' ', 2 * level);
}

static void put_sign(pt_buf *b, const pt_terminal *t, pt_test_outcome o) {
    pt_paint(b, t, OUTCOMES[o].role, pt_str_of(pt_sign_text(t, OUTCOMES[o].sign)));
    pt_buf_putc(b, ' ');
}

static void put_time(pt_buf *b, int64_t ns) {
    if (ns >= 1000000000)
        pt_buf_printf(b, "%.1f s", (double)ns / 1e9);
    else if (ns < 1000000)
        pt_buf_printf(b, "%lld us", (long long)(ns + 999) / 1000);
    else
        pt_buf_printf(b, "%.*f ms", ns >= 10000000 ? 0 : 1, (double)ns / 1e6);
}

// -- values ---------------------------------------------------------------------------------------

static int by_column(const void *x, const void *y) {
    const pt_failing_value *a = *(const pt_failing_value *const *)x;
    const pt_failing_value *b = *(const pt_failing_value *const *)y;
    return (a->column > b->column) - (a->column < b->column);
}

// What is worth showing: once each, and no constant that stands there already.
static size_t shown_values(const pt_failing *f, const pt_failing_value **ret) {
    size_t n = 0;
    for (size_t i = 0; i < f->n_values; i++) {
        bool seen = false;
        for (size_t k = 0; k < n && !seen; k++)
            seen = pt_str_eq(ret[k]->text, f->values[i].text);
        if (!seen)
            ret[n++] = &f->values[i];
    }
    if (n)
        qsort((void *)ret, n, sizeof *ret, by_column);
    return n;
}

// Text that begins in a column, and goes on below it where the terminal ends.
static void put_hanging(pt_buf *b, const pt_terminal *t, pt_str from, size_t column) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(1 << 20);
    pt_buf_put_safe(&safe, from);
    pt_str text = pt_buf_str(&safe);
    size_t cells = t->width > column + 20 ? t->width - column : 20;
    for (bool first = true; t->width && pt_terminal_cells(text) > cells; first = false) {
        pt_str line = pt_take_line(&text, cells);
        pt_buf_fill(b, ' ', first ? 0 : column);
        pt_buf_put(b, line);
        pt_buf_putc(b, '\n');
        text = pt_str_trim(text);
        if (pt_terminal_cells(text) <= cells)
            pt_buf_fill(b, ' ', column);
    }
    pt_buf_put(b, text);
    pt_buf_putc(b, '\n');
}

static void put_failing(pt_buf *b, const pt_terminal *t, const pt_failing *f, size_t level) {
    const pt_failing_value *values[PT_MARK_VALUES_MAX];
    if (!f->at)
        return;
    size_t n = shown_values(f, values);
    size_t width = 0;
    for (size_t i = 0; i < n; i++) {
        size_t cells = pt_terminal_cells(values[i]->text);
        width = cells > width && cells <= 40 ? cells : width;
    }
    PT_AUTO(pt_buf_done) pt_buf literal = PT_BUF(1 << 20);
    pt_buf_put_safe(&literal, f->at->place.file);
    pt_buf_printf(&literal, ":%u:%u  ", f->at->place.row, f->at->place.column);
    pt_mark_write(&literal, f->at);
    indent(b, level);
    put_hanging(b, t, pt_buf_str(&literal), 2 * level);
    for (size_t i = 0; i < n; i++) {
        PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1 << 20);
        pt_mark_write(&text, &(pt_mark){.written = values[i]->text});
        indent(b, level + 1);
        pt_paint_padded(b, t, PT_ROLE_QUIET, pt_buf_str(&text), width);
        pt_buf_putz(b, "  ");
        put_hanging(b, t, values[i]->shown, 2 * (level + 1) + width + 2);
    }
}

// -- a test ---------------------------------------------------------------------------------------

static void put_case_name(pt_buf *b, const pt_test_case *c) {
    for (size_t i = 0; i < c->n; i++) {
        pt_buf_putz(b, i ? " / " : "");
        pt_buf_put_safe(b, c->name[i]);
    }
}

static void put_cases(pt_buf *b, const pt_terminal *t, const pt_test_result *r,
                      const pt_test_why *why, bool all) {
    for (size_t i = 0; i < r->cases.n; i++) {
        const pt_test_case *c = &r->cases.v[i];
        if (!c->failed && !all)
            continue;
        indent(b, 2);
        put_sign(b, t, c->failed ? PT_TEST_FAILED : PT_TEST_PASSED);
        put_case_name(b, c);
        pt_buf_putc(b, '\n');
        if (c->failed && i < why->failing.n)
            put_failing(b, t, &why->failing.v[i], 3);
    }
}

static void put_lines(pt_buf *b, pt_str text, size_t level) {
    pt_str rest = text;
    pt_str line;
    while (pt_str_split(&rest, '\n', &line)) {
        if (!line.n && !rest.n)
            break;
        indent(b, level);
        pt_buf_put_safe(b, line);
        pt_buf_putc(b, '\n');
    }
}

static void put_head(pt_buf *b, const pt_terminal *t, const pt_test_rule *r,
                     const pt_test_result *result) {
    indent(b, 1);
    put_sign(b, t, result->outcome);
    PT_AUTO(pt_buf_done) pt_buf name = PT_BUF(1 << 20);
    PT_AUTO(pt_buf_done) pt_buf place = PT_BUF(1 << 20);
    PT_AUTO(pt_buf_done) pt_buf took = PT_BUF(64);
    pt_buf_put_safe(&name, r->package);
    pt_buf_putc(&name, '.');
    pt_buf_put_safe(&name, r->name);
    pt_buf_put_safe(&place, r->place.file);
    pt_buf_printf(&place, ":%u", r->place.row);
    if (result->outcome != PT_TEST_SKIPPED)
        put_time(&took, result->ns);
    pt_buf_put(b, pt_buf_str(&name));
    size_t cells =
        8 + pt_terminal_cells(pt_buf_str(&name)) + pt_terminal_cells(pt_buf_str(&place)) + took.n;
    if (t->width && cells > t->width) {
        pt_buf_putc(b, '\n');
        indent(b, 2);
    } else
        pt_buf_putz(b, "  ");
    pt_buf_put(b, pt_buf_str(&place));
    pt_buf_putz(b, took.n ? "  " : "");
    pt_paint(b, t, PT_ROLE_QUIET, pt_buf_str(&took));
    pt_buf_putc(b, '\n');
}

static void put_error(pt_buf *b, const pt_eval_error *e) {
    indent(b, 2);
    if (e->place.file.n) {
        pt_buf_put_safe(b, e->place.file);
        pt_buf_printf(b, ":%u: ", e->place.row);
    }
    pt_buf_printf(b, "%s: ", e->code);
    pt_buf_put_safe(b, e->message);
    pt_buf_putc(b, '\n');
}

static void put_test(pt_buf *b, const pt_terminal *t, const pt_tested *all, size_t i) {
    const pt_test_result *r = &all->results[i];
    const pt_test_why *why = &all->whys[i];
    bool verbose = pt_args_flag(all->args, "verbose");
    if (r->outcome == PT_TEST_PASSED && !verbose)
        return;
    put_head(b, t, &all->rules.v[i], r);
    if (r->outcome == PT_TEST_ERROR)
        put_error(b, &r->error);
    if (r->value.n) {
        indent(b, 2);
        pt_buf_putz(b, "its value is ");
        pt_buf_put_safe(b, r->value);
        pt_buf_putz(b, ", not true\n");
    }
    if (r->cases.n)
        put_cases(b, t, r, why, verbose);
    else if (why->failing.n)
        put_failing(b, t, &why->failing.v[0], 2);
    if (why->other) {
        indent(b, 2);
        pt_buf_putz(b, "It could not be run again to see why.\n");
    }
    put_lines(b, r->output, 2);
    if (why->explain.lines.n || why->explain.cut) {
        PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(b->max);
        pt_explain_write(&text, &why->explain);
        put_lines(b, pt_buf_str(&text), 2);
        b->full = b->full || text.full;
    }
}

// -- coverage -------------------------------------------------------------------------------------

static void put_span(pt_buf *b, int64_t first, int64_t last, bool more) {
    pt_buf_printf(b, "%s%lld", more ? ", " : "", (long long)first);
    if (last > first)
        pt_buf_printf(b, "-%lld", (long long)last);
}

// Rows that follow one another are one span.
static void put_rows(pt_buf *b, pt_value ranges) {
    int64_t seen = 0;
    int64_t begin = 0; // of the span that is not written yet
    bool more = false;
    for (size_t i = 0; i < pt_len(ranges); i++) {
        int64_t first = 0;
        int64_t last = 0;
        if (!pt_to_int(pt_getz(pt_getz(pt_at(ranges, i), "start"), "row"), &first) ||
            !pt_to_int(pt_getz(pt_getz(pt_at(ranges, i), "end"), "row"), &last) || last <= seen)
            continue;
        if (begin && first > seen + 1) {
            put_span(b, begin, seen, more);
            more = true;
        }
        begin = begin && first <= seen + 1 ? begin : first;
        seen = last;
    }
    if (begin)
        put_span(b, begin, seen, more);
}

static double number_of(pt_value v) {
    char room[PT_NUMBER_ROOM];
    pt_str text = pt_number_text(v, room);
    char copy[64] = "";
    memcpy(copy, text.p, text.n < sizeof copy ? text.n : sizeof copy - 1);
    return strtod(copy, NULL);
}

static void put_coverage(pt_buf *b, const pt_terminal *t, const pt_tested *all) {
    pt_value files = pt_getz(all->coverage, "files");
    size_t width = 5;
    for (size_t i = 0; i < pt_len(files); i++) {
        size_t cells = pt_terminal_cells(pt_text(pt_key_at(files, i)));
        width = cells > width ? cells : width;
    }
    pt_buf_putz(b, b->n ? "\n" : "");
    pt_paint(b, t, PT_ROLE_HEAD, PT_STR("Coverage"));
    pt_buf_putc(b, '\n');
    for (size_t i = 0; i < pt_len(files); i++) {
        PT_AUTO(pt_buf_done) pt_buf name = PT_BUF(1 << 20);
        pt_value f = pt_val_at(files, i);
        pt_value missed = pt_getz(f, "not_covered");
        pt_buf_put_safe(&name, pt_text(pt_key_at(files, i)));
        indent(b, 1);
        pt_paint_padded(b, t, PT_ROLE_PLAIN, pt_buf_str(&name), width);
        pt_buf_printf(b, "  %5.1f %%", number_of(pt_getz(f, "coverage")));
        if (pt_len(missed)) {
            pt_buf_putz(b, "  not covered: ");
            put_rows(b, missed);
        }
        pt_buf_putc(b, '\n');
    }
    indent(b, 1);
    pt_paint_padded(b, t, PT_ROLE_PLAIN, PT_STR("total"), width);
    pt_buf_printf(b, "  %5.1f %%\n", all->percent);
}

// -- text -----------------------------------------------------------------------------------------

bool pt_tests_as_json(const pt_args *args) {
    const char *format = pt_args_get(args, "format");
    return pt_args_flag(args, "json") || (format && strcmp(format, "json") == 0);
}

bool pt_tests_none(const pt_tested *t) {
    return t->count[PT_TEST_PASSED] == 0 && t->count[PT_TEST_FAILED] == 0 &&
           t->count[PT_TEST_ERROR] == 0 && !pt_args_flag(t->args, "allow-empty");
}

static void put_exit(pt_buf *b, const pt_tested *t) {
    size_t wrong = t->count[PT_TEST_FAILED] + t->count[PT_TEST_ERROR];
    if (wrong)
        pt_buf_printf(b, "Exit 1   %zu of %zu tests did not pass\n", wrong,
                      wrong + t->count[PT_TEST_PASSED]);
    else if (pt_tests_none(t))
        pt_buf_putz(b, "Exit 1   no test was run (--allow-empty)\n");
    else if (t->below)
        pt_buf_printf(b, "Exit 1   %.2f %% are covered (--threshold %g)\n",
                      floor(t->percent * 100) / 100, t->threshold);
}

static void put_summary(pt_buf *b, const pt_tested *t) {
    pt_buf_printf(b, "%zu passed, %zu failed, ", t->count[PT_TEST_PASSED],
                  t->count[PT_TEST_FAILED]);
    if (t->count[PT_TEST_ERROR])
        pt_buf_printf(b, "%zu not judged, ", t->count[PT_TEST_ERROR]);
    pt_buf_printf(b, "%zu skipped, ", t->count[PT_TEST_SKIPPED]);
    if (t->runs > 1)
        pt_buf_printf(b, "run %lld, ", (long long)t->runs);
    put_time(b, t->ns);
    pt_buf_putc(b, '\n');
}

void pt_tests_put_text(pt_buf *b, const pt_tested *t) {
    pt_terminal screen = pt_screen(t->args);
    if (t->lines)
        pt_buf_put(b, pt_buf_str(t->lines));
    for (size_t i = 0; i < t->rules.n && !screen.quiet; i++)
        put_test(b, &screen, t, t->order[i]);
    if (pt_defined(t->coverage) && !screen.quiet)
        put_coverage(b, &screen, t);
    pt_buf_putz(b, b->n ? "\n" : "");
    put_exit(b, t);
    put_summary(b, t);
}

// -- JSON -----------------------------------------------------------------------------------------

static pt_value text_value(pt_arena *a, const pt_buf *b) {
    pt_str s = pt_arena_str(a, pt_buf_str(b));
    return s.p && !b->full ? pt_string(s) : pt_undefined();
}

static pt_value failing_value(pt_arena *a, const pt_failing *f) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1 << 20);
    pt_list values = {.a = a};
    for (size_t i = 0; i < f->n_values; i++) {
        pt_obj v = {.a = a};
        pt_obj_set(&v, "text", pt_string(f->values[i].text));
        pt_obj_set(&v, "value", pt_string(f->values[i].shown));
        pt_list_add(&values, pt_obj_end(&v));
    }
    pt_mark_write(&text, f->at);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "location", pt_location_value(a, &f->at->place));
    pt_obj_set(&o, "text", text_value(a, &text));
    pt_obj_set(&o, "values", pt_list_end(&values));
    return pt_obj_end(&o);
}

// {"NAME": {"name": "NAME", "fail": true, "sub_results": {…}}}: cases that begin with the first
// `depth` parts of case *i.
// NOLINTBEGIN(misc-no-recursion): as deep as names are long
static pt_value cases_value(pt_arena *a, const pt_test_result *r, const pt_test_why *why, size_t *i,
                            size_t depth) {
    const pt_test_case *first = &r->cases.v[*i];
    PT_VEC(pt_value) pairs = {0};
    while (*i < r->cases.n) {
        const pt_test_case *c = &r->cases.v[*i];
        for (size_t k = 0; k < depth; k++)
            if (c->n <= depth || !pt_str_eq(c->name[k], first->name[k]))
                goto end;
        pt_obj o = {.a = a};
        pt_obj_set(&o, "name", pt_string(c->name[depth]));
        bool leaf = c->n == depth + 1;
        bool failed = c->failed;
        if (leaf && failed && *i < why->failing.n && why->failing.v[*i].at)
            pt_obj_set(&o, "failed_at", failing_value(a, &why->failing.v[*i]));
        if (leaf)
            (*i)++;
        else {
            size_t from = *i;
            pt_obj_set(&o, "sub_results", cases_value(a, r, why, i, depth + 1));
            for (size_t k = from; k < *i; k++)
                failed = failed || r->cases.v[k].failed;
        }
        if (failed)
            pt_obj_set(&o, "fail", pt_bool(true));
        pt_value *key = PT_PUSH(a, &pairs);
        if (key)
            *key = pt_string(c->name[depth]);
        pt_value *v = key ? PT_PUSH(a, &pairs) : NULL;
        if (!v)
            return pt_undefined();
        *v = pt_obj_end(&o);
    }
end:
    return pt_object_of(a, pairs.v, pairs.n / 2, NULL);
}
// NOLINTEND(misc-no-recursion)

static pt_value error_value(pt_arena *a, const pt_eval_error *e) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "code", pt_stringz(e->code));
    pt_obj_set(&o, "message", pt_string(e->message));
    if (e->place.row)
        pt_obj_set(&o, "location", pt_location_value(a, &e->place));
    return pt_obj_end(&o);
}

// As opa test --bench has it, but for allocations, which nobody counts here.
static pt_value bench_value(pt_arena *a, const pt_test_bench *m) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "N", pt_int((int64_t)m->n));
    pt_obj_set(&o, "T", pt_int(m->ns));
    pt_obj_set(&o, "MemBytes", pt_int((int64_t)m->bytes));
    return pt_obj_end(&o);
}

static pt_value test_value(pt_arena *a, const pt_tested *t, size_t i) {
    const pt_test_rule *rule = &t->rules.v[i];
    const pt_test_result *r = &t->results[i];
    const pt_test_why *why = &t->whys[i];
    pt_obj o = {.a = a};
    pt_obj_set(&o, "location", pt_location_value(a, &rule->place));
    pt_obj_set(&o, "package", pt_string(rule->package));
    pt_obj_set(&o, "name", pt_string(rule->name));
    pt_obj_set(&o, "duration", pt_int(r->ns));
    if (r->value.n)
        pt_obj_set(&o, "value", pt_string(r->value));
    if (r->outcome == PT_TEST_FAILED)
        pt_obj_set(&o, "fail", pt_bool(true));
    if (r->outcome == PT_TEST_SKIPPED)
        pt_obj_set(&o, "skip", pt_bool(true));
    if (r->outcome == PT_TEST_ERROR)
        pt_obj_set(&o, "error", error_value(a, &r->error));
    if (r->output.n) {
        PT_AUTO(pt_buf_done) pt_buf text = PT_BUF((size_t)4 << 20);
        pt_base64_put(&text, r->output);
        pt_obj_set(&o, "output", text_value(a, &text));
    }
    if (t->benches && t->benches[i].n)
        pt_obj_set(&o, "benchmark_result", bench_value(a, &t->benches[i]));
    size_t at = 0;
    if (r->cases.n)
        pt_obj_set(&o, "sub_results", cases_value(a, r, why, &at, 0));
    else if (why->failing.n && why->failing.v[0].at)
        pt_obj_set(&o, "failed_at", failing_value(a, &why->failing.v[0]));
    if (why->explain.lines.n)
        pt_obj_set(&o, "trace", pt_explain_value(a, &why->explain));
    return pt_obj_end(&o);
}

// As `opa test --format json`: a list of results; with --coverage its report, and they in it.
void pt_tests_put_json(pt_buf *b, pt_arena *a, const pt_tested *t) {
    pt_list results = {.a = a};
    for (size_t i = 0; i < t->rules.n; i++)
        pt_list_add(&results, test_value(a, t, t->order[i]));
    pt_value all = pt_list_end(&results);
    if (pt_defined(t->coverage)) {
        pt_obj o = {.a = a};
        for (size_t i = 0; i < pt_len(t->coverage); i++)
            pt_obj_set(&o, pt_text(pt_key_at(t->coverage, i)).p, pt_val_at(t->coverage, i));
        pt_obj_set(&o, "tests", all);
        all = pt_obj_end(&o);
    }
    pt_json_opts opts = {.html_safe = true, .pretty = true};
    if (!pt_defined(all) || pt_json_write(b, all, &opts, NULL))
        b->full = true;
    pt_buf_putc(b, '\n');
}
