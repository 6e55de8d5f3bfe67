#include <string.h>

#include "base/testing.h"
#include "judge/image/waste.h"
#include "judge/image/waste_impl.h"
#include "value/json.h"

static pt_value document(pt_arena *a) {
    pt_value v = pt_undefined();
    static const char text[] =
        "{\"kind\":\"image\",\"layers\":[{\"layer\":1,\"step\":\"ADD file:1 in /\"},"
        "{\"layer\":2,\"step\":\"COPY . /src # buildkit\"},{\"layer\":3,\"step\":\"RUN make\"},"
        "{\"layer\":4,\"step\":\"RUN npm ci\"}],\"image\":{\"history\":["
        "{\"step\":\"ADD file:1 in /\",\"layer\":1},{\"step\":\"ENV A=\"},"
        "{\"step\":\"COPY . /src # buildkit\",\"layer\":2},{\"step\":\"RUN make\",\"layer\":3},"
        "{\"step\":\"RUN npm ci\",\"layer\":4}]}}";
    assert_int_equal(pt_json_parse(a, pt_str_of(text), NULL, &v, NULL), PT_OK);
    return v;
}

#define FILE_OF(PATH, LAYER, SIZE, ...) \
    {.path = PT_STR(PATH), .layer = (LAYER), .size = (SIZE), .mode = S_IFREG | 0644, __VA_ARGS__}

static int64_t number(pt_value v, const char *key) {
    int64_t n = -1;
    assert_true(pt_to_int(pt_getz(v, key), &n));
    return n;
}

static pt_value waste_of(pt_arena *a, const pt_files *files, const pt_waste_limit *limit) {
    pt_value v = pt_undefined();
    assert_int_equal(pt_waste(files, document(a), limit, a, &v, NULL), PT_OK);
    return v;
}

// "how layer by files bytes: advice", a line each.
static pt_str removed(pt_arena *a, pt_value waste) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_value l = pt_getz(waste, "removed");
    for (size_t i = 0; i < pt_len(l); i++) {
        pt_value g = pt_at(l, i);
        pt_buf_printf(&b, "%.*s %lld %lld %lld %lld: %.*s\n", PT_PRI(pt_text(pt_getz(g, "how"))),
                      (long long)number(g, "layer"), (long long)number(g, "by"),
                      (long long)number(g, "files"), (long long)number(g, "bytes"),
                      PT_PRI(pt_text(pt_getz(g, "advice"))));
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_what_went_is_told_by_steps(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static pt_file there[] = {
        FILE_OF("a", 3, 10, .sum = PT_STR("sha256:1")),
        FILE_OF("b", 3, 7, .sum = PT_STR("sha256:2")),
        FILE_OF("kept", 1, 1000),
        FILE_OF("link", 3, 50, .hard = true, .link = PT_STR("target")),
    };
    static pt_file gone[] = {
        FILE_OF("a", 2, 10, .gone_by = 3, .sum = PT_STR("sha256:1")), // chown
        FILE_OF("b", 2, 5, .gone_by = 3, .sum = PT_STR("sha256:0")),
        FILE_OF("base", 1, 100, .gone_by = 2),
        FILE_OF("c", 3, 20, .gone_by = 4),
        FILE_OF("d", 3, 30, .gone_by = 4),
        FILE_OF("e", 2, 3, .gone_by = 4),
        FILE_OF("target", 3, 50, .gone_by = 4), // "link" needs its bytes
        FILE_OF("link2", 3, 50, .gone_by = 4, .hard = true, .link = PT_STR("target")),
        {.path = PT_STR("folder"), .layer = 1, .mode = S_IFDIR, .size = 9, .gone_by = 2},
    };
    const pt_files files = {.all = {.v = there, .n = PT_COUNT(there)},
                            .gone = {.v = gone, .n = PT_COUNT(gone)}};
    pt_value v = waste_of(&a, &files, &(pt_waste_limit){0});
    assert_str(removed(&a, v),
               "deleted 1 2 1 100: it is of the lowest layer: begin with an image that lacks it\n"
               "deleted 3 4 2 50: delete it in the step that writes it: one RUN for both\n"
               "same content 2 3 1 10: set owner and mode as it is copied: COPY --chown --chmod\n"
               "replaced 2 3 1 5: write it once: only the later step's stays\n"
               "deleted 2 4 1 3: do not copy it: name it in .dockerignore\n");
    assert_int_equal(number(v, "wasted"), 168);
    assert_int_equal(number(v, "written"), 168 + 1017 + 50);
    char room[PT_NUMBER_ROOM];
    assert_str(pt_number_text(pt_getz(v, "efficiency"), room), "86.4");
    assert_int_equal(number(pt_at(pt_getz(v, "layers"), 2), "wasted"), 50);
    assert_false(pt_defined(pt_getz(v, "over")));
}

static void test_the_limit_is_bytes_or_a_share(void **state) {
    (void)state;
    static pt_file there[] = {FILE_OF("kept", 1, 900)};
    static pt_file gone[] = {FILE_OF("a", 1, 100, .gone_by = 2)};
    const pt_files files = {.all = {.v = there, .n = 1}, .gone = {.v = gone, .n = 1}};
    static const struct {
        pt_waste_limit limit;
        bool over;
    } cases[] = {
        {{true, false, 100}, false},
        {{true, false, 99}, true},
        {{true, true, 100}, false},
        {{true, true, 99}, true},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_value v = waste_of(&a, &files, &cases[i].limit);
        assert_int_equal(pt_true(pt_getz(v, "over")), cases[i].over);
    }
}

// What an archive claims to hold is no reason to overflow.
static void test_claimed_sizes_have_an_end(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static pt_file there[] = {FILE_OF("a", 1, UINT64_MAX, .sum = PT_STR("s")),
                              FILE_OF("b", 1, UINT64_MAX, .sum = PT_STR("s")), FILE_OF("c", 77, 5)};
    static pt_file gone[] = {FILE_OF("c", 1, UINT64_MAX, .gone_by = 2)};
    const pt_files files = {.all = {.v = there, .n = PT_COUNT(there)}, .gone = {.v = gone, .n = 1}};
    pt_value v = waste_of(&a, &files, &(pt_waste_limit){.asked = true, .permille = true});
    assert_true(number(v, "written") == INT64_MAX);
    assert_true(pt_true(pt_getz(v, "over")));
}

static void test_copies_caches_and_folders(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static pt_file there[] = {
        FILE_OF("opt/a/b/c/d/one", 2, 60, .sum = PT_STR("sha256:1")),
        FILE_OF("opt/a/b/c/two", 3, 60, .sum = PT_STR("sha256:1")),
        FILE_OF("opt/x", 3, 0, .sum = PT_STR("sha256:e")),
        FILE_OF("opt/y", 3, 0, .sum = PT_STR("sha256:e")),
        FILE_OF("root/.npm/x", 4, 30),
        FILE_OF("var/cache/apt/archives/x.deb", 3, 40),
        FILE_OF("var/lib/apt/lists/x", 3, 50),
        FILE_OF("var/lib/dpkg/status", 1, 50),
    };
    const pt_files files = {.all = {.v = there, .n = PT_COUNT(there)}};
    pt_value v = waste_of(&a, &files, &(pt_waste_limit){0});
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_value l = pt_getz(v, "duplicates");
    assert_int_equal(pt_len(l), 1);
    assert_int_equal(number(pt_at(l, 0), "wasted"), 60);
    assert_int_equal(number(v, "duplicate_bytes"), 60);
    l = pt_getz(v, "caches");
    for (size_t i = 0; i < pt_len(l); i++)
        pt_buf_printf(&b, "%.*s %lld %lld\n", PT_PRI(pt_text(pt_getz(pt_at(l, i), "folder"))),
                      (long long)number(pt_at(l, i), "layer"),
                      (long long)number(pt_at(l, i), "bytes"));
    assert_str(pt_buf_str(&b), "var/lib/apt/lists/ 3 50\nvar/cache/apt/ 3 40\nroot/.npm/ 4 30\n");
    assert_int_equal(number(v, "cache_bytes"), 120);
    pt_buf_clear(&b);
    l = pt_getz(v, "folders");
    for (size_t i = 0; i < pt_len(l); i++)
        pt_buf_printf(&b, "%.*s %lld\n", PT_PRI(pt_text(pt_getz(pt_at(l, i), "path"))),
                      (long long)number(pt_at(l, i), "bytes"));
    assert_str(pt_buf_str(&b), "var/ 140\nopt/a/b/c/ 120\nvar/lib/ 100\nvar/lib/apt/lists/ 50\n"
                               "var/lib/dpkg/ 50\nvar/cache/apt/archives/ 40\nroot/.npm/ 30\n");
}

static pt_str order_of(pt_arena *a, const char *history, size_t files) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_value v = pt_undefined();
    const size_t of[4] = {files, files, files, files};
    static const uint64_t bytes[4] = {1, 2, 4, 8};
    pt_str text = pt_arena_printf(a, "{\"image\":{\"history\":%s}}", history);
    assert_int_equal(pt_json_parse(a, text, NULL, &v, NULL), PT_OK);
    v = pt_waste_order(v, of, bytes, 4, a);
    for (size_t i = 0; i < pt_len(v); i++)
        pt_buf_printf(&b, "%lld: %zu, %lld\n", (long long)number(pt_at(v, i), "layer"),
                      pt_len(pt_getz(pt_at(v, i), "repeats")),
                      (long long)number(pt_at(v, i), "bytes"));
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_installing_behind_sources_is_told(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const struct {
        const char *history;
        size_t files;
        const char *want;
    } cases[] = {
        {"[{\"step\":\"COPY . /src # buildkit\",\"layer\":1},{\"step\":\"WORKDIR /src\"},"
         "{\"step\":\"RUN /bin/sh -c apt-get install -y x\",\"layer\":2},"
         "{\"step\":\"RUN /bin/sh -c npm ci\",\"layer\":3}]",
         3, "1: 2, 6\n"},
        // what is installed needs these
        {"[{\"step\":\"COPY package.json package-lock.json ./\",\"layer\":1},"
         "{\"step\":\"RUN npm ci\",\"layer\":2},{\"step\":\"COPY . .\",\"layer\":3}]",
         2, ""},
        // a folder, as of old
        {"[{\"step\":\"/bin/sh -c #(nop) COPY dir:1 in /src \",\"layer\":1},"
         "{\"step\":\"/bin/sh -c apk add x\",\"layer\":2}]",
         40, "1: 1, 2\n"},
        // the base, whatever it holds
        {"[{\"step\":\"/bin/sh -c #(nop) ADD file:1 in / \",\"layer\":1},"
         "{\"step\":\"/bin/sh -c apk add x\",\"layer\":2}]",
         4000, ""},
        // the nearest one; a layer that is not there
        {"[{\"step\":\"COPY . /a\",\"layer\":1},{\"step\":\"COPY . /b\",\"layer\":2},"
         "{\"step\":\"RUN apk add x\",\"layer\":3},{\"step\":\"RUN apk add y\",\"layer\":9}]",
         3, "2: 1, 4\n"},
        {"[{\"step\":\"COPY . /a\",\"layer\":1},{\"step\":\"COPY apk add\",\"layer\":2}]", 3, ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_str(order_of(&a, cases[i].history, cases[i].files), cases[i].want);
}

static void test_memory_has_an_end(void **state) {
    (void)state;
    static pt_file there[] = {FILE_OF("a/b", 1, 1, .sum = PT_STR("s"))};
    static pt_file gone[] = {FILE_OF("c", 1, 1, .gone_by = 2)};
    const pt_files files = {.all = {.v = there, .n = 1}, .gone = {.v = gone, .n = 1}};
    PT_AUTO(pt_arena_done) pt_arena of = {0};
    pt_value doc = document(&of);
    pt_code code = PT_E_NOMEM;
    for (size_t room = 64; code && room < (size_t)4 << 20; room *= 2) {
        PT_AUTO(pt_arena_done) pt_arena a;
        pt_arena_init(&a, room);
        pt_value v = pt_undefined();
        code = pt_waste(&files, doc, &(pt_waste_limit){0}, &a, &v, NULL);
        assert_true(code == PT_OK || code == PT_E_NOMEM);
    }
    assert_int_equal(code, PT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_went_is_told_by_steps),
        cmocka_unit_test(test_the_limit_is_bytes_or_a_share),
        cmocka_unit_test(test_claimed_sizes_have_an_end),
        cmocka_unit_test(test_copies_caches_and_folders),
        cmocka_unit_test(test_installing_behind_sources_is_told),
        cmocka_unit_test(test_memory_has_an_end),
    };
    return cmocka_run_group_tests_name("waste", tests, NULL, NULL);
}
