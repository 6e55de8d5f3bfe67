#include <stdlib.h>
#include <string.h>

#include "base/testing.h"
#include "judge/catalogue/catalogue.h"
#include "judge/catalogue/coverage.h"

static size_t columns(const char *z) {
    size_t n = 0;
    for (; *z; z++)
        n += (*z & 0xc0) != 0x80;
    return n;
}

static size_t misfits(const pt_check *c) {
    const struct {
        const char *what, *text;
        size_t max;
    } texts[] = {
        {"id", c->id, 20},
        {"title", c->title, 48},
        {"good", c->good, 48},
        {"act", c->act, 60},
        {"consequence", c->consequence, 90},
        {"interrupts", c->interrupts, 70},
        {"why", c->why, 400},
        {"remedy", c->remedy, 600},
        {"standards", c->standards, 200},
    };
    size_t bad = 0;
    for (size_t i = 0; i < PT_COUNT(texts); i++) {
        bool fits = texts[i].text && *texts[i].text && columns(texts[i].text) <= texts[i].max;
        if (!fits)
            print_error("%s: %s is missing or longer than %zu columns\n", c->id, texts[i].what,
                        texts[i].max);
        bad += !fits;
    }
    return bad;
}

static void test_catalogue_texts_are_there_and_fit(void **state) {
    (void)state;
    const pt_check *c;
    size_t bad = 0;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++) {
        bad += misfits(c);
        assert_true(c->kind < PT_KIND_COUNT && c->severity < PT_SEVERITY_COUNT);
        assert_int_equal(c->remedy[strlen(c->remedy) - 1], '\n');
    }
    assert_int_equal(bad, 0);
    assert_non_null(pt_catalogue_at(90));
}

static void test_catalogue_ids_are_unique_and_found(void **state) {
    (void)state;
    const pt_check *c;
    const pt_check *d;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++) {
        assert_ptr_equal(pt_catalogue_find(pt_str_of(c->id)), c);
        assert_memory_equal(c->id, "PT-", 3);
        for (size_t k = i + 1; (d = pt_catalogue_at(k)) != NULL; k++)
            assert_string_not_equal(c->id, d->id);
    }
    assert_non_null(pt_catalogue_find(PT_STR("pt-ctr-socket")));
    assert_null(pt_catalogue_find(PT_STR("PT-CTR-SOCKE")));
}

// An imperative takes the subject at most once: nothing else may look like a format.
static void test_catalogue_acts_hold_one_subject(void **state) {
    (void)state;
    const pt_check *c;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++) {
        const char *percent = strchr(c->act, '%');
        if (percent) {
            assert_memory_equal(percent, "%s", 2);
            assert_null(strchr(percent + 1, '%'));
        }
    }
}

static void test_catalogue_selection_takes_areas_and_starts_of_ids(void **state) {
    (void)state;
    const pt_check *c = pt_catalogue_find(PT_STR("PT-CTR-SOCKET"));
    static const struct {
        const char *words;
        bool selected;
    } cases[] = {
        {"", true},       {"containers", true},    {"host,containers", true},
        {"PT-CTR", true}, {"PT-CTR-*", true},      {"*", false},
        {"host", false},  {"PT-CTR-SOCKET", true}, {"container", false},
        {",", false},     {"PT-DKR,", false},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_int_equal(pt_check_selected(c, pt_str_of(cases[i].words)), cases[i].selected);
}

// "1.1.10" as one number, in the order of the benchmark.
static long rank(const char *id) {
    long n = 0;
    for (int part = 0; part < 3; part++) {
        char *end;
        n = n * 1000 + strtol(id, &end, 10);
        id = *end == '.' ? end + 1 : end;
    }
    return n;
}

// Does the check's text of standards name this control? Ids stand after the benchmark's name,
// separated by commas, up to a semicolon.
static bool supports(const pt_check *c, pt_str id) {
    static const pt_str name = {"CIS Docker 1.6: ", 16};
    pt_str all = pt_str_of(c->standards);
    size_t at = pt_str_find_str(all, name);
    pt_str ids = pt_str_sub(all, at + name.n, all.n);
    ids = pt_str_sub(ids, 0, pt_str_find(ids, ';'));
    pt_str one;
    while (at < all.n && pt_str_split(&ids, ',', &one))
        if (pt_str_eq(pt_str_trim(one), id))
            return true;
    return false;
}

static const pt_control *control_of(pt_str id) {
    const pt_control *c;
    for (size_t i = 0; (c = pt_control_at(i)) != NULL; i++)
        if (pt_str_eqz(id, c->id))
            return c;
    return NULL;
}

static void test_coverage_names_every_control_once_and_who_decides_it(void **state) {
    (void)state;
    const pt_control *c;
    long before = 0;
    size_t n = 0;
    for (; (c = pt_control_at(n)) != NULL; n++) {
        assert_true(rank(c->id) > before);
        before = rank(c->id);
        assert_true(c->coverage < PT_COVERAGE_COUNT && c->by && *c->by);
        if (c->coverage != PT_DECIDED)
            continue;
        const pt_check *check = pt_catalogue_find(pt_str_of(c->by));
        assert_non_null(check);
        if (!supports(check, pt_str_of(c->id)))
            print_error("%s does not name %s\n", c->by, c->id);
        assert_true(supports(check, pt_str_of(c->id)));
    }
    assert_int_equal(n, 117); // 18 + 2, 18, 24, 12, 32, 2, 9
}

static void test_coverage_has_every_control_that_a_check_names(void **state) {
    (void)state;
    const pt_check *c;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++) {
        pt_str all = pt_str_of(c->standards);
        size_t at = pt_str_find_str(all, PT_STR("CIS Docker 1.6: "));
        pt_str ids = pt_str_sub(all, at + 16, all.n);
        ids = pt_str_sub(ids, 0, pt_str_find(ids, ';'));
        pt_str id;
        while (at < all.n && pt_str_split(&ids, ',', &id)) {
            const pt_control *control = control_of(pt_str_trim(id));
            if (!control || control->coverage != PT_DECIDED)
                print_error("%s names %.*s, which is not decided\n", c->id, PT_PRI(id));
            assert_true(control && control->coverage == PT_DECIDED);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_texts_are_there_and_fit),
        cmocka_unit_test(test_catalogue_ids_are_unique_and_found),
        cmocka_unit_test(test_catalogue_acts_hold_one_subject),
        cmocka_unit_test(test_catalogue_selection_takes_areas_and_starts_of_ids),
        cmocka_unit_test(test_coverage_names_every_control_once_and_who_decides_it),
        cmocka_unit_test(test_coverage_has_every_control_that_a_check_names),
    };
    return cmocka_run_group_tests_name("judge_catalogue", tests, NULL, NULL);
}
