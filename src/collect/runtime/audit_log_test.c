// The cases are in testdata/audit_log.cases: logs, and what reading them gives. Each is read in
// pieces of several sizes, which must make no difference.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "collect/runtime/audit_log.h"

enum {
    CASES_BYTES_MAX = 1 << 16,
};

static const char *const refusal_names[PT_AUDIT_REFUSALS] = {
    [PT_AUDIT_NOT_JSON] = "not_json",
    [PT_AUDIT_NOT_EVENT] = "not_event",
    [PT_AUDIT_NO_ID] = "no_id",
    [PT_AUDIT_NO_TIME] = "no_time",
    [PT_AUDIT_EVENT_LARGE] = "event_large",
    [PT_AUDIT_DOCUMENT_LARGE] = "document_large",
};

typedef struct memory {
    pt_str rest;
    size_t step;
    bool pauses, broken;
} memory;

static long take(void *ctx, void *to, size_t n) {
    memory *m = ctx;
    if (m->broken || m->pauses) {
        errno = m->broken ? EIO : EAGAIN;
        m->pauses = false;
        return -1;
    }
    m->pauses = m->step == 7;
    if (n > m->step)
        n = m->step;
    if (n > m->rest.n)
        n = m->rest.n;
    if (n)
        memcpy(to, m->rest.p, n);
    m->rest = pt_str_sub(m->rest, n, m->rest.n);
    return (long)n;
}

// -- cases ----------------------------------------------------------------------------------------

typedef struct one {
    pt_str title, events;
    pt_buf log;
    uint64_t truncated, refused[PT_AUDIT_REFUSALS];
} one;

static void put_line(pt_buf *log, pt_str line) {
    while (line.n) {
        size_t open = pt_str_find(line, '<');
        size_t close = pt_str_find(line, '>');
        pt_buf_put(log, pt_str_sub(line, 0, open));
        if (open < line.n)
            pt_buf_printf(log,
                          "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\","
                          "\"auditID\":\"%.*s\",\"stageTimestamp\":\"2026-11-30T10:00:00Z\"}",
                          PT_PRI(pt_str_sub(line, open + 1, close)));
        line = pt_str_sub(line, close + 1, line.n);
    }
    pt_buf_putc(log, '\n');
}

static void read_line(one *c, pt_str line) {
    pt_str rest = line;
    pt_str word = {0};
    pt_str name;
    pt_str number;
    int64_t n = 0;
    if (!pt_str_starts(line, PT_STR("@"))) {
        put_line(&c->log, line);
        return;
    }
    assert_true(pt_str_word(&rest, &word));
    if (pt_str_eqz(word, "@events")) {
        c->events = pt_str_trim(rest);
    } else if (pt_str_eqz(word, "@truncated")) {
        assert_true(pt_str_int(pt_str_trim(rest), 10, &n));
        c->truncated = (uint64_t)n;
    } else if (pt_str_eqz(word, "@large")) {
        assert_true(pt_str_int(pt_str_trim(rest), 10, &n));
        pt_buf_putz(&c->log, "  {\"x\":\"");
        pt_buf_fill(&c->log, '.', (size_t)n);
        pt_buf_putz(&c->log, "\"}\n");
    } else {
        assert_str(word, "@refused");
        assert_true(pt_str_word(&rest, &name) && pt_str_word(&rest, &number));
        size_t i = 0;
        while (i < PT_AUDIT_REFUSALS && !pt_str_eqz(name, refusal_names[i]))
            i++;
        assert_true(i < PT_AUDIT_REFUSALS && pt_str_int(number, 10, &n));
        c->refused[i] = (uint64_t)n;
    }
}

static void run_case(const one *c, size_t step) {
    memory m = {.rest = pt_buf_str(&c->log), .step = step};
    const pt_recording_source from = {take, &m};
    const pt_audit_limits limits = {.event_bytes = 400, .document_bytes = 2000};
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(CASES_BYTES_MAX);
    pt_audit_log *l = NULL;
    pt_err e = {0};
    bool end = false;
    assert_int_equal(pt_audit_log_new(&from, &limits, &l, &e), PT_OK);
    while (!end) {
        const pt_event *ev = NULL;
        assert_int_equal(pt_audit_log_next(l, &ev, &end, &e), PT_OK);
        if (ev) {
            pt_buf_putz(&got, got.n ? " " : "");
            pt_buf_put(&got, pt_text(pt_getz(ev->doc, "auditID")));
        }
    }
    pt_audit_counts counts = pt_audit_log_counted(l);
    bool same = pt_str_eq(pt_buf_str(&got), c->events) && counts.truncated == c->truncated;
    for (size_t i = 0; i < PT_AUDIT_REFUSALS; i++) {
        same = same && counts.refused[i] == c->refused[i];
        if (counts.refused[i] != c->refused[i])
            print_error("%s: %d\n", refusal_names[i], (int)counts.refused[i]);
    }
    if (!same) {
        print_error("%.*s, in pieces of %zu: %.*s, %d truncated\n", PT_PRI(c->title), step,
                    PT_PRI(pt_buf_str(&got)), (int)counts.truncated);
        fail();
    }
    pt_audit_log_free(l);
}

static void test_audit_log_cases(void **state) {
    (void)state;
    static const size_t steps[] = {1, 7, 100, 100000};
    static char bytes[CASES_BYTES_MAX];
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    const char *path =
        pt_arena_printf(&a, "%s/collect/runtime/testdata/audit_log.cases", getenv("PT_TESTDATA")).p;
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    pt_str rest = {bytes, fread(bytes, 1, sizeof bytes, f)};
    PT_IGNORE(fclose(f)); // it was only read
    rest = pt_str_sub(rest, pt_str_find_str(rest, PT_STR("@case ")), rest.n);
    assert_true(rest.n);
    while (rest.n) {
        one c = {.log = PT_BUF(CASES_BYTES_MAX)};
        pt_str line;
        assert_true(pt_str_split(&rest, '\n', &line));
        c.title = pt_str_sub(line, strlen("@case "), line.n);
        while (rest.n && !pt_str_starts(rest, PT_STR("@case ")) && pt_str_split(&rest, '\n', &line))
            read_line(&c, line);
        for (size_t i = 0; i < PT_COUNT(steps); i++)
            run_case(&c, steps[i]);
        pt_buf_done(&c.log);
    }
}

// -- the rest -------------------------------------------------------------------------------------

static void test_audit_log_event_is_of_its_source_and_time(void **state) {
    (void)state;
    memory m = {.rest = PT_STR("{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":"
                               "\"a\",\"stageTimestamp\":\"2026-11-30T10:00:00.5Z\"}"),
                .step = 1000};
    const pt_recording_source from = {take, &m};
    pt_audit_log *l = NULL;
    const pt_event *ev = NULL;
    bool end = false;
    pt_err e = {0};
    assert_int_equal(pt_audit_log_new(&from, NULL, &l, &e), PT_OK);
    assert_int_equal(pt_audit_log_next(l, &ev, &end, &e), PT_OK);
    assert_non_null(ev);
    assert_false(end);
    assert_str(ev->source, "k8s_audit");
    assert_int_equal(ev->type, PT_EVENT_PLUGIN);
    assert_int_equal(ev->number, 1);
    assert_int_equal(ev->time_ns, UINT64_C(1796032800500000000));
    assert_int_equal(pt_audit_log_next(l, &ev, &end, &e), PT_OK);
    assert_null(ev);
    assert_true(end);
    assert_int_equal(pt_audit_log_next(l, &ev, &end, &e), PT_OK); // it stays over
    assert_true(end);
    pt_audit_log_free(l);
}

static void test_audit_log_source_that_fails_is_an_error(void **state) {
    (void)state;
    memory m = {.broken = true};
    const pt_recording_source from = {take, &m};
    pt_audit_log *l = NULL;
    const pt_event *ev = NULL;
    bool end = false;
    pt_err e = {0};
    assert_int_equal(pt_audit_log_new(&from, NULL, &l, &e), PT_OK);
    assert_int_equal(pt_audit_log_next(l, &ev, &end, &e), PT_E_IO);
    assert_int_equal(e.sys, EIO);
    pt_audit_log_free(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit_log_cases),
        cmocka_unit_test(test_audit_log_event_is_of_its_source_and_time),
        cmocka_unit_test(test_audit_log_source_that_fails_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
