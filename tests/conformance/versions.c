// Suite "versions": SCHEME.tsv, one case a line: "scheme a op b" between tabs. Op '<', '=' or '>':
// the order of a against b, asked with its sides swapped too. Where one of them is no version of
// the scheme the order that continues over all texts is asked, and how often is printed. Op "in" or
// "notin" (schemes named "SCHEME-range"): does version a lie in range b? Schemes that are not known
// are skipped, and counted.
#include <stdio.h>

#include "conformance.h"
#include "judge/vuln/version.h"

typedef struct counts {
    size_t cases, unknown, tolerated;
} counts;

static char op_of(int order) {
    return (char)(order < 0 ? '<' : order > 0 ? '>' : '=');
}

static int order_of(counts *n, pt_version_scheme scheme, pt_str a, pt_str b) {
    int order = 0;
    if (pt_version_compare(scheme, a, b, &order, NULL) == PT_OK)
        return order;
    n->tolerated++;
    return pt_version_order(scheme, a, b);
}

static void run_order(pt_tally *t, counts *n, pt_version_scheme scheme, const pt_str field[4]) {
    char op = field[2].n == 1 ? field[2].p[0] : '?';
    char got = op_of(order_of(n, scheme, field[1], field[3]));
    char swapped = op_of(-pt_version_order(scheme, field[3], field[1]));
    if (got == op && swapped == op)
        pt_case_passed(t);
    else
        pt_case_failed(t, "versions", "%.*s %.*s %.*s %.*s: %c, swapped %c", PT_PRI(field[0]),
                       PT_PRI(field[1]), PT_PRI(field[2]), PT_PRI(field[3]), got, swapped);
}

static void run_range(pt_tally *t, pt_version_scheme scheme, const pt_str field[4]) {
    bool in = false;
    pt_err e = {0};
    pt_code code = pt_version_in(scheme, field[1], field[3], &in, &e);
    if (!code && in == pt_str_eqz(field[2], "in"))
        pt_case_passed(t);
    else
        pt_case_failed(t, "versions", "%.*s %.*s %.*s %.*s: %s", PT_PRI(field[0]), PT_PRI(field[1]),
                       PT_PRI(field[2]), PT_PRI(field[3]),
                       code ? e.what
                       : in ? "in"
                            : "notin");
}

static void run_line(pt_tally *t, counts *n, pt_str line) {
    pt_str field[4] = {{0}, {0}, {0}, {0}};
    pt_str rest = line;
    for (size_t i = 0; i < PT_COUNT(field) && pt_str_split(&rest, '\t', &field[i]);)
        i++;
    pt_str name = pt_str_sub(field[0], 0, pt_str_find_str(field[0], PT_STR("-range")));
    pt_version_scheme scheme;
    n->cases++;
    if (!pt_version_scheme_of(name, &scheme))
        n->unknown++;
    else if (pt_str_eqz(field[2], "in") || pt_str_eqz(field[2], "notin"))
        run_range(t, scheme, field);
    else
        run_order(t, n, scheme, field);
}

static void run_file(pt_tally *t, const char *name, pt_str bytes) {
    counts n = {0};
    pt_str line;
    while (pt_str_split(&bytes, '\n', &line))
        if (line.n)
            run_line(t, &n, line);
    if (n.unknown)
        printf("skipped %s: its order is not known here (%zu cases)\n", name, n.unknown);
    printf("%s: %zu cases, in %zu a text that is no version\n", name, n.cases, n.tolerated);
}

pt_suite_run pt_suite_versions; // SUITES in conformance.c declares it too
bool pt_suite_versions(const char *dir, pt_tally *t) {
    return pt_each_file(dir, ".tsv", run_file, t);
}
