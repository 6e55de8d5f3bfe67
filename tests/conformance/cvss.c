// Suite "cvss": NAME2.txt, NAME3.txt, NAME31.txt and NAME4.txt, one case a line: "VECTOR - (BASE,
// TEMPORAL, ENVIRONMENTAL)", where None stands for a group of which the vector has no metric, or
// "VECTOR - SCORE" (version 4: the score of all that is in the vector). Each vector is also written
// canonically, whose scores must be the same; without its first metric, or with it twice, it must
// be refused.
#include "judge/vuln/cvss.h"

#include <stdio.h>
#include <string.h>

#include "conformance.h"

// "9.8", "5", "None" (-1); -2: none of these.
static int tenths_of(pt_str s) {
    int64_t whole;
    int64_t tenth = 0;
    size_t dot = pt_str_find(s, '.');
    if (pt_str_eqz(s, "None"))
        return -1;
    if (!pt_str_int(pt_str_sub(s, 0, dot), 10, &whole) || whole < 0 || whole > 10 ||
        (dot < s.n && (s.n != dot + 2 || !pt_str_int(pt_str_sub(s, dot + 1, s.n), 10, &tenth))))
        return -2;
    return (int)(10 * whole + tenth);
}

static bool is_refused(const char *what, pt_str head, pt_str middle, pt_str tail) {
    char buf[2 * PT_CVSS_BYTES_MAX];
    int n = snprintf(buf, sizeof buf, "%.*s%.*s%.*s", PT_PRI(head), PT_PRI(middle), PT_PRI(tail));
    pt_cvss c;
    bool refused = n > 0 && (size_t)n < sizeof buf &&
                   pt_cvss_parse((pt_str){buf, (size_t)n}, &c, NULL) != PT_OK;
    if (!refused)
        printf("  accepted %s: %s\n", what, buf);
    return refused;
}

// The vector's first metric left out, and given twice.
static bool refuses_broken(pt_str vector) {
    size_t from = pt_str_starts(vector, PT_STR("CVSS:")) ? pt_str_find(vector, '/') + 1 : 0;
    pt_str head = pt_str_sub(vector, 0, from);
    pt_str rest = pt_str_sub(vector, from, vector.n);
    size_t slash = pt_str_find(rest, '/');
    pt_str first = pt_str_sub(rest, 0, slash + 1);
    return is_refused("without a metric", head, pt_str_sub(rest, slash + 1, rest.n), (pt_str){0}) &&
           is_refused("with a metric twice", head, first, rest);
}

static bool same_when_written(const pt_cvss *c, pt_cvss_scores want) {
    char buf[PT_CVSS_BYTES_MAX];
    pt_cvss again;
    if (pt_cvss_parse(pt_cvss_write(c, buf), &again, NULL) || !again.in_order)
        return false;
    pt_cvss_scores got = pt_cvss_score(&again);
    return got.base == want.base && got.temporal == want.temporal &&
           got.environmental == want.environmental;
}

// The scores of the line against ours, each as "None" where the vector says nothing of it.
static bool agrees(const pt_cvss *c, pt_cvss_scores s, pt_str scores) {
    bool old = c->version == PT_CVSS_2;
    int have[3] = {c->version == PT_CVSS_40 ? s.overall : s.base,
                   old && !s.has_temporal ? -1 : s.temporal,
                   old && !s.has_environmental ? -1 : s.environmental};
    pt_str rest = pt_str_trim(scores);
    if (pt_str_starts(rest, PT_STR("(")))
        rest = pt_str_sub(rest, 1, pt_str_find(rest, ')'));
    pt_str one;
    size_t n = 0;
    for (; pt_str_split(&rest, ',', &one) && pt_str_trim(one).n; n++)
        if (n >= PT_COUNT(have) || tenths_of(pt_str_trim(one)) != have[n])
            return false;
    return n > 0;
}

static void run_line(pt_tally *t, const char *name, pt_str line) {
    size_t at = pt_str_find_str(line, PT_STR(" - "));
    pt_str vector = pt_str_sub(line, 0, at);
    pt_cvss c;
    pt_err e = {0};
    if (pt_cvss_parse(vector, &c, &e)) {
        pt_case_failed(t, name, "%.*s: %s", PT_PRI(line), e.what);
        return;
    }
    pt_cvss_scores s = pt_cvss_score(&c);
    if (!agrees(&c, s, pt_str_sub(line, at + 3, line.n)))
        pt_case_failed(t, name, "%.*s: base %d, temporal %d, environmental %d tenths", PT_PRI(line),
                       s.base, s.temporal, s.environmental);
    else if (!same_when_written(&c, s) || !refuses_broken(vector))
        pt_case_failed(t, name, "%.*s: written or broken, it is not what it should be",
                       PT_PRI(line));
    else
        pt_case_passed(t);
}

static void run_file(pt_tally *t, const char *name, pt_str bytes) {
    pt_str line;
    while (pt_str_split(&bytes, '\n', &line))
        if (pt_str_trim(line).n)
            run_line(t, name, pt_str_trim(line));
}

pt_suite_run pt_suite_cvss; // SUITES in conformance.c declares it too
bool pt_suite_cvss(const char *dir, pt_tally *t) {
    return pt_each_file(dir, ".txt", run_file, t);
}
