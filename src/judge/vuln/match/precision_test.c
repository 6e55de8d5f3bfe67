// Pairs of a package and an advisory that were judged by hand (tests/precision/pairs.tsv), against
// an index of the advisories themselves: files in OSV's format below the folder that PT_OSV names.
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "judge/vuln/index/build.h"
#include "judge/vuln/match/match.h"
#include "value/json.h"
#include "value/yaml.h"

static pt_index_shard *shard; // nftw has no word for its caller
static uint32_t source;
static size_t added;

static void read_file(const char *path, pt_buf *b) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pt_fd_read_all(fd, b, NULL), PT_OK);
}

static int add_file(const char *path, const struct stat *st, int kind, struct FTW *at) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64 << 20);
    pt_str name = pt_str_of(path);
    pt_value doc = pt_undefined();
    (void)st;
    (void)at;
    bool yaml = pt_str_ends(name, PT_STR(".yaml"));
    if (kind != FTW_F || (!yaml && !pt_str_ends(name, PT_STR(".json"))))
        return 0;
    read_file(path, &b);
    pt_yaml_stream s = {.bytes = pt_buf_str(&b), .dialect = PT_YAML_CORE};
    pt_yaml_doc one = {.value = pt_undefined()};
    pt_code code = yaml ? pt_yaml_next(&s, &a, &one, NULL)
                        : pt_json_parse(&a, pt_buf_str(&b), NULL, &doc, NULL);
    if (!code && !pt_index_add(shard, source, yaml ? one.value : doc, NULL))
        added++;
    pt_yaml_stream_done(&s);
    return 0;
}

static pt_index *build(const char *folder, char *path) {
    pt_err e = {0};
    pt_index *x = NULL;
    pt_index_build *b = pt_index_build_new();
    assert_non_null(b);
    assert_int_equal(pt_index_build_source(b, PT_STR("test"), PT_STR("osv"), &source, &e), PT_OK);
    shard = pt_index_build_shard(b);
    assert_non_null(shard);
    assert_int_equal(nftw(folder, add_file, 16, FTW_PHYS), 0);
    pt_index_build_told(b, source, PT_STR("sha256:00"), 0, 0);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(pt_index_build_write(b, path, &e), PT_OK);
    assert_int_equal(pt_index_open(path, &x, &e), PT_OK);
    pt_index_build_free(b);
    unlink(path); // it is mapped
    return x;
}

// -- a pair ---------------------------------------------------------------------------------------

enum {
    PACKAGE,
    VERSION,
    ECOSYSTEM,
    ADVISORY,
    EXPECTED,
    REASONING,
    ADDRESS,
    FIELDS
};

static const struct {
    const char *ecosystem, *type, *os;
} types[] = {
    {"Debian", "deb", "debian"},     {"Ubuntu", "deb", "ubuntu"},
    {"Alpine", "apk", "alpine"},     {"AlmaLinux", "rpm", "almalinux"},
    {"Rocky Linux", "rpm", "rocky"}, {"Maven", "maven", NULL},
    {"Go", "golang", NULL},          {"crates", "cargo", NULL},
    {"PyPI", "pypi", NULL},          {"RubyGems", "gem", NULL},
    {"NuGet", "nuget", NULL},        {"SwiftURL", "swift", NULL},
    {"Bitnami", "bitnami", NULL},    {"npm", "npm", NULL},
};

static size_t type_of(pt_str ecosystem) {
    pt_str base = pt_str_sub(ecosystem, 0, pt_str_find(ecosystem, ':'));
    size_t i = 0;
    while (i < PT_COUNT(types) && !pt_str_eqz(base, types[i].ecosystem))
        i++;
    assert_true(i < PT_COUNT(types));
    return i;
}

// "22.04" of "Ubuntu:22.04:LTS", "3.10" of "Alpine:v3.10".
static pt_value os_of(pt_arena *a, const char *id, pt_str ecosystem) {
    pt_obj o = {.a = a};
    pt_str release = pt_str_sub(ecosystem, pt_str_find(ecosystem, ':') + 1, ecosystem.n);
    release = pt_str_sub(release, release.n && release.p[0] == 'v', pt_str_find(release, ':'));
    pt_obj_set(&o, "id", pt_stringz(id));
    pt_obj_set(&o, "version", pt_string(release));
    return pt_obj_end(&o);
}

static pt_value package_of(pt_arena *a, const pt_str f[FIELDS], const char *type) {
    pt_obj o = {.a = a};
    pt_obj more = {.a = a};
    pt_str rest = f[PACKAGE];
    pt_str word;
    assert_true(pt_str_word(&rest, &word));
    pt_obj_set(&o, "type", pt_stringz(type));
    pt_obj_set(&o, "name", pt_string(word));
    pt_obj_set(&o, "version", pt_string(f[VERSION]));
    while (pt_str_word(&rest, &word)) {
        size_t cut = pt_str_find(word, '=');
        pt_str key = pt_str_sub(word, 0, cut);
        pt_str value = pt_str_sub(word, cut + 1, word.n);
        size_t slash = pt_str_find(value, '/');
        if (pt_str_eqz(key, "source")) {
            pt_obj_set(&o, "source", pt_string(pt_str_sub(value, 0, slash)));
            pt_obj_set(&o, "source_version", pt_string(pt_str_sub(value, slash + 1, value.n)));
        } else
            pt_obj_set(&more, pt_arena_str(a, key).p, pt_string(value));
    }
    pt_obj_set(&o, "more", pt_obj_end(&more));
    return pt_obj_end(&o);
}

static bool names_it(pt_value finding, pt_str id) {
    pt_value lists[] = {pt_getz(finding, "aliases"), pt_getz(finding, "matched")};
    if (pt_str_eq(pt_text(pt_getz(finding, "id")), id))
        return true;
    for (size_t k = 0; k < PT_COUNT(lists); k++)
        for (size_t i = 0; i < pt_len(lists[k]); i++) {
            pt_value one = pt_at(lists[k], i);
            if (pt_str_eq(k ? pt_text(pt_getz(one, "advisory")) : pt_text(one), id))
                return true;
        }
    return false;
}

static const char *verdict(pt_value ret, pt_str id) {
    pt_value found = pt_getz(ret, "vulnerabilities");
    pt_value coverage = pt_getz(ret, "coverage");
    for (size_t i = 0; i < pt_len(found); i++)
        if (names_it(pt_at(found, i), id))
            return "affected";
    bool unknown = pt_len(pt_getz(ret, "unmatched")) > 0;
    for (size_t i = 0; i < pt_len(coverage); i++)
        unknown = unknown || !pt_true(pt_getz(pt_at(coverage, i), "known"));
    return unknown ? "unknown" : "not affected";
}

static bool judge(const pt_index *x, const pt_str f[FIELDS], size_t line) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    size_t type = type_of(f[ECOSYSTEM]);
    pt_obj o = {.a = &a};
    pt_err e = {0};
    pt_value ret;
    pt_value package = package_of(&a, f, types[type].type);
    if (types[type].os)
        pt_obj_set(&o, "os", os_of(&a, types[type].os, f[ECOSYSTEM]));
    pt_obj_set(&o, "packages", pt_array_of(&a, &package, 1));
    const pt_match_ask ask = {.index = x, .scan = pt_obj_end(&o)};
    assert_int_equal(pt_match(&ask, &a, &ret, &e), PT_OK);
    const char *got = verdict(ret, f[ADVISORY]);
    if (pt_str_eqz(f[EXPECTED], got))
        return true;
    print_error("pairs.tsv:%zu: %.*s %.*s, %.*s: %s, and not %.*s: %.*s\n", line,
                PT_PRI(f[PACKAGE]), PT_PRI(f[VERSION]), PT_PRI(f[ADVISORY]), got,
                PT_PRI(f[EXPECTED]), PT_PRI(f[REASONING]));
    return false;
}

static void test_pairs_judged_by_hand(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    char name[256];
    char path[] = "/tmp/precision-XXXXXX";
    const char *folder = getenv("PT_OSV");
    const char *data = getenv("PT_TESTDATA");
    size_t n = 0;
    size_t wrong = 0;
    size_t line = 0;
    pt_str text;
    if (!folder || !data)
        skip_because("PT_OSV names no folder of advisories");
    snprintf(name, sizeof name, "%s/../tests/precision/pairs.tsv", data);
    read_file(name, &b);
    pt_index *x = build(folder, path);
    pt_str rest = pt_buf_str(&b);
    while (pt_str_split(&rest, '\n', &text)) {
        pt_str f[FIELDS] = {0};
        size_t k = 0;
        line++;
        if (!text.n || text.p[0] == '#')
            continue;
        while (k < FIELDS && pt_str_split(&text, '\t', &f[k]))
            k++;
        assert_int_equal(k, FIELDS);
        n++;
        wrong += !judge(x, f, line);
    }
    print_message("# %zu pairs, %zu advisories, %zu wrong\n", n, added, wrong);
    pt_index_close(x);
    assert_true(n > 0);
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_judged_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
