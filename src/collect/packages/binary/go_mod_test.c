#include "base/testing.h"
#include "collect/packages/binary/binary.h"
#include "collect/packages/testing_read.h"

// "name version relationship", "name version relationship > depends …"
static pt_str listed(pt_reader *fn, const pt_read *as, const char *text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_read r = *as;
    r.packages.a = r.faults.a = r.a;
    assert_int_equal(fn(&r, pt_str_of(text), NULL), PT_OK);
    for (size_t i = 0; i < r.packages.items.n; i++) {
        pt_value p = r.packages.items.v[i];
        pt_value depends = pt_getz(p, "depends");
        pt_str name = pt_text(pt_getz(p, "name"));
        pt_str version = pt_text(pt_getz(p, "version"));
        pt_str relation = pt_text(pt_getz(p, "relationship"));
        pt_buf_printf(&b, "%.*s %.*s %.*s", PT_PRI(name), PT_PRI(version), PT_PRI(relation));
        for (size_t k = 0; k < pt_len(depends); k++) {
            pt_str id = pt_text(pt_at(depends, k));
            pt_buf_printf(&b, "%s %.*s", k ? "" : " >", PT_PRI(id));
        }
        pt_buf_putc(&b, '\n');
    }
    for (size_t i = 0; i < r.faults.items.n; i++) {
        pt_str fault = pt_text(r.faults.items.v[i]);
        pt_buf_printf(&b, "! %.*s\n", PT_PRI(fault));
    }
    return pt_arena_str(r.a, pt_buf_str(&b));
}

#define assert_lists(fn, text, want)                              \
    do {                                                          \
        PT_AUTO(pt_arena_done) pt_arena a_ = {0};                 \
        assert_str(listed(fn, &(pt_read){.a = &a_}, text), want); \
    } while (0)

static void test_go_mod_lists_what_it_requires(void **state) {
    (void)state;
    assert_lists(
        pt_read_go_mod,
        "// a comment\nmodule example.org/shop // here, too\n\ngo 1.20\n"
        "require example.org/a v1.0.0\nrequire (\n\t\"example.org/b\" v2.0.0+incompatible\n"
        "\texample.org/c v0.1.0 // indirect\n\texample.org/d v0.1.0 // indirect; why\n"
        "\texample.org/e v0.1.0 // indirectly\n)\n"
        "exclude example.org/x v1.0.0\nretract [v1.0.0, v1.1.0]\ntool example.org/t\n",
        "example.org/a v1.0.0 direct\nexample.org/b v2.0.0+incompatible direct\n"
        "example.org/c v0.1.0 indirect\nexample.org/d v0.1.0 indirect\n"
        "example.org/e v0.1.0 direct\n"
        "example.org/shop  root > example.org/a@v1.0.0 "
        "example.org/b@v2.0.0+incompatible example.org/e@v0.1.0\n");
    assert_lists(pt_read_go_mod, "", "");
}

static void test_go_mod_is_replaced(void **state) {
    (void)state;
    assert_lists(pt_read_go_mod,
                 "go 1.17\nrequire (\n a v1.0.0\n b v1.0.0\n c v1.0.0\n d v1.0.0\n)\n"
                 "replace a => example.org/a v1.1.0\n"
                 "replace (\n b v1.0.0 => b v1.0.1\n b => b v3.0.0\n c v9.9.9 => c v1.0.1\n"
                 " d => ../d\n)\n",
                 "example.org/a v1.1.0 direct\nb v1.0.1 direct\nc v1.0.0 direct\n");
}

static void test_go_mod_names_its_library(void **state) {
    (void)state;
    assert_lists(pt_read_go_mod, "go 1.22.0\ntoolchain go1.22.5\n", "stdlib v1.22.5 direct\n");
    assert_lists(pt_read_go_mod, "go 1.22.0\ntoolchain go1.22.5-own\n", "stdlib v1.22.5 direct\n");
    assert_lists(pt_read_go_mod, "go 1.21\n", "stdlib v1.21.0 direct\n");
    assert_lists(pt_read_go_mod, "go 1.21.3\n", "stdlib v1.21.3 direct\n");
    assert_lists(pt_read_go_mod, "go 1.22rc1\n", "stdlib v1.22rc1 direct\n");
    assert_lists(pt_read_go_mod, "go 1.20\n", "");
    assert_lists(pt_read_go_mod, "go x\n", "");
}

static void test_go_mod_tells_what_is_broken(void **state) {
    (void)state;
    assert_lists(pt_read_go_mod,
                 "go 1.18\nrequire a\nreplace b v1\nreplace c v1 v2\nrequire \"\" v1\n"
                 "replace d => \"\" v1\nrequire (\nd v1.0.0\n",
                 "d v1.0.0 direct\n! line 2: a requirement without a name and version\n"
                 "! line 3: a replacement without what replaces\n"
                 "! line 4: a replacement without what replaces\n"
                 "! line 5: a requirement without a name and version\n"
                 "! line 6: a replacement without what replaces\n"
                 "! line 1: a block without its end\n");
}

static const char SUMS[] = "a v1.0.0 h1:x=\na v1.0.0/go.mod h1:x=\n"
                           "b v0.9.0/go.mod h1:x=\nb v1.0.0 h1:x=\nb v1.0.0/go.mod h1:x=\n"
                           "c v0.0.1/go.mod h1:x=\n";

static pt_str sums_beside(const pt_read *r, pt_str name) {
    (void)r;
    return pt_str_eqz(name, "go.sum") ? pt_str_of(SUMS) : PT_STR("module x\n");
}

static void test_go_sum_lists_last_versions(void **state) {
    (void)state;
    assert_lists(pt_read_go_sum, SUMS, "a v1.0.0 \nb v1.0.0 \nc v0.0.1 \n");
    assert_lists(pt_read_go_sum, "a\n", "! line 1: a module without a version\n");
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a, .beside = sums_beside};
    assert_str(listed(pt_read_go_sum, &r, SUMS), ""); // go.mod's reader looks at it
}

static void test_older_go_mods_need_their_sums(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a, .beside = sums_beside};
    assert_str(
        listed(pt_read_go_mod, &r, "go 1.16\nrequire a v1.0.0\nrequire c v1.0.0 // indirect\n"),
        "a v1.0.0 direct\nb v1.0.0 indirect\nc v0.0.1 indirect\n");
    assert_str(listed(pt_read_go_mod, &r, "go 1.17\nrequire a v1.0.0\n"), "a v1.0.0 direct\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_go_mod_lists_what_it_requires),
        cmocka_unit_test(test_go_mod_is_replaced),
        cmocka_unit_test(test_go_mod_names_its_library),
        cmocka_unit_test(test_go_mod_tells_what_is_broken),
        cmocka_unit_test(test_go_sum_lists_last_versions),
        cmocka_unit_test(test_older_go_mods_need_their_sums),
    };
    return cmocka_run_group_tests_name("go_mod", tests, NULL, NULL);
}
