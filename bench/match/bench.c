// How long 1,000 packages take against an index of 300,000 advisories: bench_match [ADVISORIES]
// [PACKAGES] [EVERY]. All are generated: three ecosystems, several advisories a package, one in
// EVERY of which speaks of the version that is installed.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/instant.h"
#include "judge/vuln/index/build.h"
#include "judge/vuln/match/match.h"
#include "value/json.h"

enum {
    ADVISORIES = 300000,
    PACKAGES = 1000,
    EACH = 12,  // advisories of a package
    EVERY = 32, // one of so many holds
    RUNS = 101,
};

static const struct {
    const char *ecosystem, *type;
} kinds[] = {{"Debian:12", "deb"}, {"npm", "npm"}, {"PyPI", "pypi"}};

static pt_value document(pt_arena *a, size_t i, size_t every) {
    size_t package = i / EACH;
    pt_str text = pt_arena_printf(
        a,
        "{\"id\": \"TEST-%zu\", \"modified\": \"2026-01-01T00:00:00Z\", \"aliases\": "
        "[\"CVE-2026-%zu\"], "
        "\"summary\": \"A flaw of a package\", \"severity\": [{\"type\": \"CVSS_V3\", \"score\": "
        "\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N\"}], \"affected\": [{\"package\": "
        "{\"ecosystem\": \"%s\", \"name\": \"package-%zu\"}, \"ranges\": [{\"type\": "
        "\"ECOSYSTEM\", "
        "\"events\": [{\"introduced\": \"0\"}, {\"fixed\": \"%zu.%zu.0\"}]}]}]}",
        i, i, kinds[package % PT_COUNT(kinds)].ecosystem, package, i % every ? 1 + i % 5 : 9,
        i % 7);
    pt_value v = pt_undefined();
    pt_assert(!pt_json_parse(a, text, NULL, &v, NULL));
    return v;
}

static pt_index *build(size_t advisories, size_t every, char *path) {
    pt_index *x = NULL;
    uint32_t source;
    pt_index_build *b = pt_index_build_new();
    pt_assert(b && !pt_index_build_source(b, PT_STR("bench"), PT_STR("osv"), &source, NULL));
    pt_index_shard *s = pt_index_build_shard(b);
    pt_arena a = {0};
    for (size_t i = 0; i < advisories; i++) {
        pt_assert(!pt_index_add(s, source, document(&a, i, every), NULL));
        pt_arena_clear(&a);
    }
    pt_index_build_told(b, source, PT_STR("sha256:00"), 0, 0);
    pt_assert(!pt_index_build_write(b, path, NULL) && !pt_index_open(path, &x, NULL));
    pt_index_build_free(b);
    pt_arena_done(&a);
    return x;
}

static pt_value scan(pt_arena *a, size_t packages, size_t advisories) {
    pt_buf b = PT_BUF(256 << 20);
    pt_value v = pt_undefined();
    pt_buf_putz(&b, "{\"os\": {\"id\": \"debian\", \"version\": \"12\"}, \"packages\": [");
    for (size_t i = 0; i < packages; i++) {
        size_t one = i * 7 % (advisories / EACH + 1);
        pt_buf_printf(&b,
                      "%s{\"type\": \"%s\", \"name\": \"package-%zu\", \"version\": \"6.0.0\", "
                      "\"layer\": 1, \"file\": \"x\"}",
                      i ? "," : "", kinds[one % PT_COUNT(kinds)].type, one);
    }
    pt_buf_putz(&b, "]}");
    pt_assert(!b.full && !pt_json_parse(a, pt_arena_str(a, pt_buf_str(&b)), NULL, &v, NULL));
    pt_buf_done(&b);
    return v;
}

static int by_time(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    size_t advisories = argc > 1 ? strtoul(argv[1], NULL, 10) : ADVISORIES;
    size_t packages = argc > 2 ? strtoul(argv[2], NULL, 10) : PACKAGES;
    size_t every = argc > 3 ? strtoul(argv[3], NULL, 10) : EVERY;
    char path[] = "/tmp/bench-match-XXXXXX";
    int64_t took[RUNS];
    size_t found = 0;
    pt_arena input = {0};
    int fd = mkstemp(path);
    pt_assert(fd >= 0 && advisories && packages && every);
    close(fd);
    pt_index *x = build(advisories, every, path);
    const pt_match_ask ask = {.index = x, .scan = scan(&input, packages, advisories)};
    for (size_t i = 0; i < RUNS; i++) {
        pt_arena a = {0};
        pt_value ret;
        int64_t from = pt_monotonic_ns();
        pt_assert(!pt_match(&ask, &a, &ret, NULL));
        took[i] = pt_monotonic_ns() - from;
        found = pt_len(pt_getz(ret, "vulnerabilities"));
        pt_arena_done(&a);
    }
    qsort(took, RUNS, sizeof *took, by_time);
    printf(
        "%zu packages, %zu advisories, %zu findings: %.2f ms (median of %d), %.2f ms (fastest)\n",
        packages, advisories, found, (double)took[RUNS / 2] / 1e6, RUNS, (double)took[0] / 1e6);
    pt_index_close(x);
    unlink(path);
    pt_arena_done(&input);
}
