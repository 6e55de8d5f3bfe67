// What does one object cost under all policies of a folder, on one core, the engine alone?
//   bench_gatekeeper FOLDER OBJECT [SECONDS [ROUNDS]]
// FOLDER is walked for ConstraintTemplates and constraints (suites and samples beside them are not
// taken). Each review makes its AdmissionRequest anew, as an admission does.
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "judge/gatekeeper/gatekeeper.h"
#include "value/yaml.h"

enum {
    ROUNDS_MAX = 100,
    FILE_BYTES_MAX = 16 << 20,
};

static pt_arena policies; // of the set; nftw passes nothing on
static pt_gk_set *set;
static size_t constraints;

static void need(bool ok, const char *what) {
    if (!ok) {
        fprintf(stderr, "bench_gatekeeper: %s\n", what);
        exit(1);
    }
}

static pt_str read_file(pt_arena *a, const char *path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(FILE_BYTES_MAX);
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    need(fd >= 0 && !pt_fd_read_all(fd, &b, NULL), path);
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_value read_object(pt_arena *a, const char *path) {
    pt_yaml_stream s = {.bytes = read_file(a, path), .dialect = PT_YAML_KUBERNETES};
    pt_yaml_doc doc = {0};
    pt_err e = {0};
    need(!pt_yaml_next(&s, a, &doc, &e), e.what);
    pt_yaml_stream_done(&s);
    return doc.value;
}

static bool is_policy(pt_value v) {
    pt_str api = pt_text(pt_getz(v, "apiVersion"));
    return pt_str_starts(api, PT_STR("templates.gatekeeper.sh/")) ||
           pt_str_starts(api, PT_STR("constraints.gatekeeper.sh/"));
}

// Samples of one policy have one name: each gets one of its own here.
static pt_value renamed(pt_arena *a, pt_value v, size_t number) {
    pt_value meta = pt_getz(v, "metadata");
    pt_obj names = {.a = a};
    pt_obj o = {.a = a};
    pt_obj_set(
        &names, "name",
        pt_string(pt_arena_printf(a, "%.*s-%zu", PT_PRI(pt_text(pt_getz(meta, "name"))), number)));
    pt_obj_set(&o, "apiVersion", pt_getz(v, "apiVersion"));
    pt_obj_set(&o, "kind", pt_getz(v, "kind"));
    pt_obj_set(&o, "metadata", pt_obj_end(&names));
    pt_obj_maybe(&o, "spec", pt_getz(v, "spec"));
    return pt_obj_end(&o);
}

static int take(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)st, (void)at;
    pt_gk_taken taken;
    pt_err e = {0};
    if (kind != FTW_F || !pt_str_ends(pt_str_of(path), PT_STR(".yaml")))
        return 0;
    pt_value v = read_object(&policies, path);
    if (pt_str_starts(pt_text(pt_getz(v, "apiVersion")), PT_STR("constraints.")))
        v = renamed(&policies, v, ++constraints);
    if (is_policy(v))
        need(!pt_gk_add(set, v, (pt_place){.file = pt_str_of(path)}, &taken, &e), e.what);
    return 0;
}

static void tell_set(double ms) {
    size_t n;
    const pt_gk_fault *faults = pt_gk_faults(set, &n);
    for (size_t i = 0; i < n; i++)
        printf("not evaluated: %.*s %.*s: %.*s\n", PT_PRI(faults[i].kind), PT_PRI(faults[i].name),
               PT_PRI(faults[i].message));
    pt_gk_counts c = pt_gk_counts_of(set);
    printf("%zu templates, %zu constraints, compiled in %.1f ms, %s\n", c.templates, c.constraints,
           ms, pt_gk_digest(set).p);
}

static pt_value request_of(pt_arena *a, pt_value object) {
    pt_obj kind = {.a = a}, o = {.a = a};
    pt_obj_set(&kind, "group", pt_stringz(""));
    pt_obj_set(&kind, "version", pt_stringz("v1"));
    pt_obj_set(&kind, "kind", pt_getz(object, "kind"));
    pt_obj_set(&o, "uid", pt_stringz("c5bfac2b-9c0d-4ee7-b1a6-1f1d8c8f3f2a"));
    pt_obj_set(&o, "kind", pt_obj_end(&kind));
    pt_obj_set(&o, "operation", pt_stringz("CREATE"));
    pt_obj_set(&o, "namespace", pt_getz(pt_getz(object, "metadata"), "namespace"));
    pt_obj_set(&o, "object", object);
    return pt_obj_end(&o);
}

static pt_gk_verdict review(pt_gk_judge *j, pt_arena *a, pt_value object) {
    pt_gk_verdict v;
    pt_err e = {0};
    pt_gk_review r = {.request = request_of(a, object), .now_ns = 1};
    need(!pt_gk_judge_review(j, a, &r, &v, &e), e.what);
    return v;
}

// What this process has had of a processor: on a busy machine less than what passed.
static int64_t used_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int by_size(const void *x, const void *y) {
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static void run(pt_value object, double seconds, long rounds) {
    double us[ROUNDS_MAX];
    pt_arena a = {0};
    pt_gk_judge *j = pt_gk_judge_new(set);
    need(j != NULL, "no memory");
    pt_gk_verdict first = review(j, &a, object);
    printf("%zu constraints match, %zu violations\n", first.judged.n, first.violations.n);
    for (long i = 0; i < rounds; i++) {
        int64_t start = pt_monotonic_ns(), now = start, n = 0, used = used_ns();
        for (; (double)(now - start) < seconds * 1e9; now = pt_monotonic_ns(), n++) {
            pt_arena_clear(&a);
            review(j, &a, object);
        }
        us[i] = (double)(used_ns() - used) / 1e3 / (double)n;
        printf("round %ld: %.1f us of a processor a review, %.1f us passed\n", i + 1, us[i],
               (double)(now - start) / 1e3 / (double)n);
    }
    qsort(us, (size_t)rounds, sizeof *us, by_size);
    printf("median: %.1f us of a processor a review\n", us[rounds / 2]);
    pt_gk_judge_free(j);
    pt_arena_done(&a);
}

int main(int argc, char **argv) {
    pt_err e = {0};
    pt_arena a = {0};
    double seconds = argc > 3 ? strtod(argv[3], NULL) : 1;
    long rounds = argc > 4 ? strtol(argv[4], NULL, 10) : 5;
    need(argc > 2 && rounds > 0 && rounds <= ROUNDS_MAX, "FOLDER OBJECT [SECONDS [ROUNDS]]");
    set = pt_gk_new(&policies);
    need(set && nftw(argv[1], take, 16, FTW_PHYS) == 0, argv[1]);
    int64_t start = pt_monotonic_ns();
    need(!pt_gk_end(set, &e), e.what);
    tell_set((double)(pt_monotonic_ns() - start) / 1e6);
    run(read_object(&a, argv[2]), seconds, rounds);
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf("peak memory: %ld KiB\n", use.ru_maxrss);
    pt_arena_done(&a);
    pt_arena_done(&policies);
    return 0;
}
