#include <string.h>

#include "base/testing.h"
#include "collect/feeds/feeds.h"

static const pt_feeds_item *find(const pt_feeds_list *l, const char *name) {
    for (size_t i = 0; i < l->n; i++)
        if (pt_str_eqz(l->v[i].name, name))
            return &l->v[i];
    fail_msg("no %s", name);
    return NULL;
}

static void test_feeds_the_shipped_table_is_read(void **s) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_feeds_list l = {0};
    pt_err e = {0};
    (void)s;
    assert_int_equal(pt_feeds_read(&a, pt_feeds_shipped, &l, &e), PT_OK);
    for (size_t i = 0; i < l.n; i++)
        assert_true(pt_str_starts(l.v[i].url, PT_STR("https://")));
    const pt_feeds_item *i = find(&l, "osv/Rocky-Linux");
    assert_str(i->file, "osv/Rocky-Linux.zip");
    assert_true(pt_str_ends(i->url, PT_STR("/Rocky%20Linux/all.zip")));
    i = find(&l, "alpine/v3.20-main");
    assert_true(pt_str_ends(i->url, PT_STR("/v3.20/main.json")));
    assert_str(i->file, "alpine/v3.20-main.json");
    i = find(&l, "redhat");
    assert_true(i->latest);
    assert_str(i->file, "redhat/vex.tar.zst");
    assert_str(find(&l, "epss")->file, "epss/epss_scores-current.csv.gz");
}

static void test_feeds_a_mirror_has_the_same_files(void **s) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_feeds_list l = {0};
    pt_err e = {0};
    (void)s;
    assert_int_equal(pt_feeds_read(&a, pt_feeds_shipped, &l, &e), PT_OK);
    assert_int_equal(pt_feeds_mirror(&a, PT_STR("https://m.example/feeds//"), &l, &e), PT_OK);
    assert_str(find(&l, "redhat")->url, "https://m.example/feeds/redhat/vex.tar.zst");
    assert_false(find(&l, "redhat")->latest);
    assert_int_equal(pt_feeds_mirror(&a, PT_STR("m.example"), &l, &e), PT_E_USAGE);
}

static void test_feeds_names_are_whole_or_first_parts(void **s) {
    static const char *const words[] = {"OSV", "alpine/edge-main"};
    (void)s;
    assert_true(pt_feeds_named(&(pt_feeds_item){.name = PT_STR("osv/npm")}, words, 2));
    assert_true(pt_feeds_named(&(pt_feeds_item){.name = PT_STR("alpine/edge-main")}, words, 2));
    assert_false(pt_feeds_named(&(pt_feeds_item){.name = PT_STR("alpine/v3.20-main")}, words, 2));
    assert_false(pt_feeds_named(&(pt_feeds_item){.name = PT_STR("osvx")}, words, 2));
}

// A text, and what is said of it.
static void test_feeds_what_is_off_is_told(void **s) {
    static const struct {
        const char *toml, *what, *where;
    } cases[] = {
        {"", "it holds no [[feed]]", ""},
        {"x = 1\n[[feed]]\nname='a'\nurl='https://h/f'", "something else beside", ""},
        {"[[feed]]\nurl='https://h/f'", "no name of a folder", "feed 1 \"\", name"},
        {"[[feed]]\nname='../x'\nurl='https://h/f'", "no name of a folder",
         "feed 1 \"../x\", name"},
        {"[[feed]]\nname='a'\nurl='ftp://h/f'", "no http or https URL", "feed 1 \"a\", url"},
        {"[[feed]]\nname='a'", "there is none", "feed 1 \"a\", url"},
        {"[[feed]]\nname='a'\nurl='https://h/f'\nlatest='https://h/g'", "beside it", "url"},
        {"[[feed]]\nname='a'\nlatest='https://h/g'", "ends with none", "file"},
        {"[[feed]]\nname='a'\nurl='https://h/'", "ends with none", "file"},
        {"[[feed]]\nname='a'\nurl='https://h/f'\nfile='b/c'", "no name of a file", "file"},
        {"[[feed]]\nname='a'\nurl='https://h/f'\nfile='..'", "no name of a file", "file"},
        {"[[feed]]\nname='a'\nurl='https://h/f'\nmib_max=0", "no number of MiB", "mib_max"},
        {"[[feed]]\nname='a'\nurl='https://h/f'\neach=['x']", "do not both hold", "each"},
        {"[[feed]]\nname='a'\nurl='https://h/{}'\neach=[]", "no list of words", "each"},
        {"[[feed]]\nname='a'\nurl='https://h/{}'\neach=[1]", "no text", "each"},
        {"[[feed]]\nname='a'\nurl=1", "it is no text", "url"},
        {"[[feed]]\nname='a'\nurl='https://h/f'\nsha='1'", "no feed has \"sha\"", "feed 1"},
        {"[[feed]]\nname='a'\nurl='https://h/f'\n[[feed]]\nname='a'\nurl='https://i/f'",
         "by the same name", "feed 2 \"a\", file"},
    };
    (void)s;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_feeds_list l = {0};
        pt_err e = {0};
        assert_int_equal(pt_feeds_read(&a, pt_str_of(cases[i].toml), &l, &e), PT_E_FORMAT);
        if (!strstr(e.what, cases[i].what) || !strstr(e.where, cases[i].where))
            fail_msg("%s\nis: %s, at %s", cases[i].toml, e.what, e.where);
        assert_int_equal(l.n, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feeds_the_shipped_table_is_read),
        cmocka_unit_test(test_feeds_a_mirror_has_the_same_files),
        cmocka_unit_test(test_feeds_names_are_whole_or_first_parts),
        cmocka_unit_test(test_feeds_what_is_off_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
