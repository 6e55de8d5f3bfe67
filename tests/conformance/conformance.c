// conformance SUITE DIR: run a suite over any directory of its format.
// Exit: 0 all passed, 1 some failed, 2 usage, 3 the directory cannot be read or holds no case.
#include "conformance.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX (256 << 20)

// The name of its function and its own.
// clang-format off
#define SUITES(X) \
    X(audit, "audit") \
    X(cvss, "cvss") \
    X(falco, "falco") \
    X(gatekeeper, "gatekeeper") \
    X(json, "json") \
    X(osv, "osv") \
    X(packages, "packages") \
    X(pod_security, "pod-security") \
    X(rego, "rego") \
    X(sbom, "sbom") \
    X(secrets, "secrets") \
    X(versions, "versions") \
    X(yaml, "yaml")
// clang-format on

#define DECLARE(fn, name) pt_suite_run pt_suite_##fn;
SUITES(DECLARE)

static const struct {
    const char *name;
    pt_suite_run *run;
} suites[] = {
#define ROW(fn, name) {name, pt_suite_##fn},
    SUITES(ROW)};

void pt_case_passed(pt_tally *t) {
    t->passed++;
}

void pt_case_failed(pt_tally *t, const char *name, const char *fmt, ...) {
    t->failed++;
    va_list ap;
    va_start(ap, fmt);
    printf("FAIL %s: ", name);
    vprintf(fmt, ap);
    printf("\n");
    va_end(ap);
}

pt_str pt_suite_file(pt_arena *a, const char *path) {
    struct stat st;
    FILE *f = fopen(path, "re");
    if (!f)
        return (pt_str){0};
    bool fits = fstat(fileno(f), &st) == 0 && st.st_size <= FILE_BYTES_MAX;
    size_t n = fits ? (size_t)st.st_size : 0;
    char *p = fits ? pt_arena_take(a, n) : NULL;
    if (p && fread(p, 1, n, f) != n)
        p = NULL;
    PT_IGNORE(fclose(f)); // it was only read
    return (pt_str){p, p ? n : 0};
}

bool pt_each_file(const char *dir, const char *suffix, pt_case_run *fn, pt_tally *t) {
    struct dirent **entries;
    int n = scandir(dir, &entries, NULL, alphasort);
    if (n < 0)
        return false;
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (pt_str_ends(pt_str_of(name), pt_str_of(suffix))) {
            pt_arena a = {0};
            pt_str bytes = pt_suite_file(&a, pt_arena_printf(&a, "%s/%s", dir, name).p);
            if (bytes.p)
                fn(t, name, bytes);
            else
                pt_case_failed(t, name, "cannot be read");
            pt_arena_done(&a);
        }
        free(entries[i]);
    }
    free((void *)entries);
    return true;
}

static int usage(void) {
    fprintf(stderr, "usage: conformance SUITE DIR\nsuites:");
    for (size_t i = 0; i < PT_COUNT(suites); i++)
        fprintf(stderr, " %s", suites[i].name);
    fprintf(stderr, "\n");
    return 2;
}

static int report(const char *dir, bool read, const pt_tally *t) {
    if (!read) {
        fprintf(stderr, "conformance: %s: %s\n", dir, strerrordesc_np(errno));
        return 3;
    }
    if (t->passed + t->failed == 0) {
        fprintf(stderr, "conformance: %s holds no case of this suite\n", dir);
        return 3;
    }
    printf("%zu passed, %zu failed\n", t->passed, t->failed);
    return t->failed ? 1 : 0;
}

int main(int argc, char **argv) {
    for (size_t i = 0; argc == 3 && i < PT_COUNT(suites); i++)
        if (strcmp(argv[1], suites[i].name) == 0) {
            pt_tally t = {0};
            bool read = suites[i].run(argv[2], &t);
            return report(argv[2], read, &t);
        }
    return usage();
}
