// Suite "versions": ECOSYSTEM.tsv, one case a line: "ecosystem a op b" between tabs; op is '<', '='
// or '>'. Each case is also asked with its sides swapped. Ecosystems whose order is not known here
// are skipped, and counted.
#include <stdio.h>

#include "base/debversion.h"
#include "conformance.h"

static const struct {
    const char *ecosystem;
    int (*cmp)(pt_str a, pt_str b);
} orders[] = {
    {"deb", pt_debversion_cmp},
};

static char op_of(int order) {
    return (char)(order < 0 ? '<' : order > 0 ? '>' : '=');
}

static void run_line(pt_tally *t, pt_str line, int (*cmp)(pt_str a, pt_str b)) {
    pt_str field[4] = {{0}};
    pt_str rest = line;
    for (size_t i = 0; i < PT_COUNT(field) && pt_str_split(&rest, '\t', &field[i]);)
        i++;
    char op = field[2].n == 1 ? field[2].p[0] : '?';
    char got = op_of(cmp(field[1], field[3]));
    char swapped = op_of(-cmp(field[3], field[1]));
    if (got == op && swapped == op)
        pt_case_passed(t);
    else
        pt_case_failed(t, "versions", "%.*s: %c, swapped %c", PT_PRI(line), got, swapped);
}

static void run_file(pt_tally *t, const char *name, pt_str bytes) {
    int (*cmp)(pt_str a, pt_str b) = NULL;
    pt_str ecosystem = pt_str_sub(pt_str_of(name), 0, pt_str_find(pt_str_of(name), '.'));
    for (size_t i = 0; i < PT_COUNT(orders); i++)
        if (pt_str_eqz(ecosystem, orders[i].ecosystem))
            cmp = orders[i].cmp;
    size_t n = 0;
    pt_str line;
    while (pt_str_split(&bytes, '\n', &line)) {
        if (!line.n)
            continue;
        if (cmp)
            run_line(t, line, cmp);
        n++;
    }
    if (!cmp)
        printf("skipped %s: its order is not known here (%zu cases)\n", name, n);
}

pt_suite_run pt_suite_versions; // SUITES in conformance.c declares it too
bool pt_suite_versions(const char *dir, pt_tally *t) {
    return pt_each_file(dir, ".tsv", run_file, t);
}
