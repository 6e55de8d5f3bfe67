// What an image needs, on files and configurations of our own making: one test for each kind of
// hop.
#include <string.h>

#include "base/testing.h"
#include "judge/image/closure.h"
#include "value/json.h"

typedef struct given {
    const char *path;
    uint32_t mode;
    const char *link, *owner, *needs; // `needs`: JSON
} given;

#define RUNS   (S_IFREG | 0755)
#define FOLDER (S_IFDIR | 0755)
#define LINK   (S_IFLNK | 0777)

static pt_value json(pt_arena *a, const char *text) {
    pt_value v = pt_undefined();
    pt_err e = {0};
    if (pt_json_parse(a, pt_str_of(text), NULL, &v, &e))
        fail_msg("%s: %s", e.what, text);
    return v;
}

static pt_files files_of(pt_arena *a, const given *g) {
    pt_files files = {0};
    for (; g->path; g++) {
        pt_file *f = PT_PUSH(a, &files.all);
        assert_non_null(f);
        *f = (pt_file){.path = pt_str_of(g->path),
                       .link = pt_str_of(g->link),
                       .mode = g->mode ? g->mode : S_IFREG | 0644,
                       .size = 10,
                       .layer = 1,
                       .owner_type = pt_str_of(g->owner ? "deb" : NULL),
                       .owner = pt_str_of(g->owner)};
        if (g->needs)
            f->seen = json(a, pt_arena_printf(a, "{\"needs\": %s}", g->needs).p);
    }
    pt_files_sort(&files);
    return files;
}

typedef struct image {
    pt_arena a;
    pt_files files;
    pt_closure c;
    pt_err e;
    pt_code code;
} image;

static void end(image *m) {
    pt_arena_done(&m->a);
}

static void close_over(image *m, const given *g, const char *config, pt_closure_ask ask) {
    m->files = files_of(&m->a, g);
    ask.files = &m->files;
    ask.config = json(&m->a, config);
    m->code = pt_closure_make(&ask, &m->a, &m->c, &m->e);
}

static pt_need need_of(const image *m, const char *path) {
    const pt_file *f = pt_files_at(&m->files, pt_str_of(path));
    if (!f)
        fail_msg("no %s", path);
    return m->c.of[f - m->files.all.v].need;
}

#define assert_need(M, PATH, NEED)                                                   \
    do {                                                                             \
        pt_need its = need_of(M, PATH);                                              \
        if (its != (NEED))                                                           \
            fail_msg("%s: %s, not %s", PATH, pt_need_word(its), pt_need_word(NEED)); \
    } while (0)

static const char starts_app[] = "{\"Entrypoint\": [\"/usr/bin/app\"]}";

static void test_loader_and_libraries_are_found_through_links(void **state) {
    PT_AUTO(end) image m = {0};
    const given g[] = {
        {"lib", LINK, "usr/lib", NULL, NULL},
        {"lib64", LINK, "usr/lib64", NULL, NULL},
        {"usr/lib64/ld-linux-x86-64.so.2", LINK, "/lib/x86_64-linux-gnu/ld.so", NULL, NULL},
        {"usr/lib/x86_64-linux-gnu", FOLDER, NULL, NULL, NULL},
        {"usr/lib/x86_64-linux-gnu/ld.so", RUNS, NULL, NULL, "{}"},
        {"usr/lib/x86_64-linux-gnu/liba.so.1", LINK, "liba.so.1.2", NULL, NULL},
        {"usr/lib/x86_64-linux-gnu/liba.so.1.2", 0, NULL, NULL, "{\"libraries\": [\"libb.so\"]}"},
        {"usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libb.so", 0, NULL, NULL, "{}"},
        {"usr/lib/x86_64-linux-gnu/libb.so", 0, NULL, NULL, "{}"},
        {"opt/copy/libb.so", 0, NULL, NULL, "{}"},
        {"usr/lib/x86_64-linux-gnu/libother.so", 0, NULL, NULL, "{}"},
        {"usr/bin/app", RUNS, NULL, NULL,
         "{\"interpreter\": \"/lib64/ld-linux-x86-64.so.2\", \"libraries\": [\"liba.so.1\", "
         "\"libgone.so\"]}"},
        {"usr/bin/other", RUNS, NULL, NULL, "{}"},
        {0}};
    (void)state;
    close_over(&m, g, starts_app, (pt_closure_ask){0});
    assert_int_equal(m.code, PT_OK);
    assert_need(&m, "usr/bin/app", PT_NEED_STARTED);
    assert_need(&m, "usr/lib64/ld-linux-x86-64.so.2", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/x86_64-linux-gnu/ld.so", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/x86_64-linux-gnu/liba.so.1", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/x86_64-linux-gnu/liba.so.1.2", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/x86_64-linux-gnu/libb.so", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libb.so", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/x86_64-linux-gnu/libother.so", PT_NEED_NONE);
    assert_need(&m, "usr/bin/other", PT_NEED_NONE);
    assert_need(&m, "opt/copy/libb.so", PT_NEED_OWN);
    pt_value missing = pt_list_end(&m.c.missing);
    assert_int_equal(pt_len(missing), 1);
    assert_true(pt_str_eqz(pt_text(pt_getz(pt_at(missing, 0), "name")), "libgone.so"));
}

static void test_runpath_is_looked_in_from_where_the_file_stands(void **state) {
    PT_AUTO(end) image m = {0};
    const given g[] = {
        {"opt/app/bin/app", RUNS, NULL, NULL,
         "{\"libraries\": [\"libp.so\", \"libe.so\"], \"paths\": \"$ORIGIN/../lib\"}"},
        {"usr/lib/p/libp.so", 0, NULL, NULL, "{}"},
        {"opt/app/lib/libp.so", LINK, "/usr/lib/p/libp.so", NULL, NULL},
        {"usr/lib/elsewhere/libe.so", 0, NULL, NULL, "{}"},
        {"usr/lib/conf/libq.so", 0, NULL, NULL, "{}"},
        {"usr/lib/elsewhere/libq.so", 0, NULL, NULL, "{}"},
        {"etc/ld.so.conf.d/x.conf", 0, NULL, NULL, "{\"folders\": [\"/usr/lib/conf\"]}"},
        {"usr/lib/p/plug.so", 0, NULL, NULL, "{}"},
        {0}};
    (void)state;
    close_over(&m, g, "{\"Entrypoint\": [\"app\"], \"Env\": [\"PATH=/x:/opt/app/bin\"]}",
               (pt_closure_ask){0});
    assert_int_equal(m.code, PT_OK);
    assert_need(&m, "opt/app/lib/libp.so", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/p/libp.so", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/elsewhere/libe.so",
                PT_NEED_STARTED); // nowhere else: in doubt it stays
    assert_need(&m, "usr/lib/conf/libq.so", PT_NEED_NONE);
    assert_need(&m, "usr/lib/p/plug.so", PT_NEED_NONE);
}

static void test_configured_folder_goes_before_others(void **state) {
    PT_AUTO(end) image m = {0};
    const given g[] = {
        {"usr/bin/app", RUNS, NULL, NULL, "{\"libraries\": [\"libq.so\"]}"},
        {"usr/lib/conf/libq.so", 0, NULL, NULL, "{}"},
        {"usr/lib/elsewhere/libq.so", 0, NULL, NULL, "{}"},
        {"etc/ld.so.conf.d/x.conf", 0, NULL, NULL, "{\"folders\": [\"/usr/lib/conf\"]}"},
        {0}};
    (void)state;
    close_over(&m, g, starts_app, (pt_closure_ask){0});
    assert_need(&m, "usr/lib/conf/libq.so", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/elsewhere/libq.so", PT_NEED_NONE);
    assert_need(&m, "etc/ld.so.conf.d/x.conf", PT_NEED_DATA);
}

static void test_script_needs_its_interpreter_and_names_programs(void **state) {
    PT_AUTO(end) image m = {0};
    const given g[] = {{"app/run.sh", RUNS, NULL, NULL,
                        "{\"script\": \"/usr/bin/env -S bash -e\", \"words\": [\"exec\", \"sed\", "
                        "\"/usr/share/x\", \"/usr/lib/x/data\"]}"},
                       {"usr/bin/env", RUNS, NULL, NULL, "{}"},
                       {"usr/bin/bash", RUNS, NULL, NULL, "{}"},
                       {"usr/bin/sed", LINK, "busybox", NULL, NULL},
                       {"usr/bin/busybox", RUNS, NULL, NULL, "{}"},
                       {"usr/bin/awk", LINK, "busybox", NULL, NULL},
                       {"usr/share/x", FOLDER, NULL, NULL, NULL},
                       {"usr/share/x/y/z", 0, NULL, NULL, NULL},
                       {"usr/lib/x/data", FOLDER, NULL, NULL, NULL},
                       {"usr/lib/x/data/z", 0, NULL, NULL, NULL},
                       {"usr/lib/x/data-2", 0, NULL, NULL, NULL},
                       {0}};
    (void)state;
    close_over(&m, g, "{\"Cmd\": [\"/app/run.sh\"]}", (pt_closure_ask){0});
    assert_int_equal(m.code, PT_OK);
    assert_need(&m, "usr/bin/env", PT_NEED_STARTED);
    assert_need(&m, "usr/bin/bash", PT_NEED_STARTED);
    assert_need(&m, "usr/bin/sed", PT_NEED_MENTIONED);
    assert_need(&m, "usr/bin/busybox", PT_NEED_MENTIONED);
    assert_need(&m, "usr/bin/awk", PT_NEED_NONE);
    assert_need(&m, "usr/share/x/y/z", PT_NEED_MENTIONED);
    assert_need(&m, "usr/lib/x/data/z", PT_NEED_MENTIONED);
    assert_need(&m, "usr/lib/x/data-2", PT_NEED_NONE);
}

static void test_shell_stays_only_for_who_runs_one(void **state) {
    static const struct {
        const char *needs, *config;
        pt_closure_ask ask;
        pt_need want;
    } rows[] = {
        {"{\"libraries\": [\"libc.so.6\"]}", starts_app, {0}, PT_NEED_NONE},
        {"{\"libraries\": [\"libc.so.6\"], \"shell\": true}", starts_app, {0}, PT_NEED_MENTIONED},
        {"{\"mentions\": [\"/bin/sh\"]}", starts_app, {0}, PT_NEED_MENTIONED},
        {"{}", starts_app, {.shell = true}, PT_NEED_ASKED},
        {"{}", "{\"Cmd\": [\"/bin/sh\", \"-c\", \"exec app\"]}", {0}, PT_NEED_STARTED},
        {"{}",
         "{\"Cmd\": [\"app\"], \"Healthcheck\": {\"Test\": [\"CMD-SHELL\", \"app\"]}}",
         {0},
         PT_NEED_STARTED},
    };
    (void)state;
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        PT_AUTO(end) image m = {0};
        const given g[] = {{"usr/bin/app", RUNS, NULL, NULL, rows[i].needs},
                           {"bin/sh", RUNS, NULL, NULL, "{}"},
                           {"lib/libc.so.6", 0, NULL, NULL, "{\"mentions\": [\"/bin/sh\"]}"},
                           {0}};
        close_over(&m, g, rows[i].config, rows[i].ask);
        assert_int_equal(m.code, PT_OK);
        assert_need(&m, "usr/bin/app", PT_NEED_STARTED);
        assert_need(&m, "bin/sh", rows[i].want);
    }
}

static void test_interpreter_comes_whole(void **state) {
    PT_AUTO(end) image m = {0};
    const given g[] = {
        {"usr/bin/python3", LINK, "python3.11", NULL, NULL},
        {"usr/bin/python3.11", RUNS, NULL, NULL, "{}"},
        {"usr/lib/python3.11/os.py", 0, NULL, NULL, NULL},
        {"usr/lib/python3/dist-packages/m.so", 0, NULL, NULL, "{\"libraries\": [\"libm.so\"]}"},
        {"usr/lib/libm.so", 0, NULL, NULL, "{}"},
        {"usr/lib/ruby/x.rb", 0, NULL, NULL, NULL},
        {0}};
    (void)state;
    close_over(&m, g, "{\"Entrypoint\": [\"python3\", \"-m\", \"x\"]}", (pt_closure_ask){0});
    assert_need(&m, "usr/lib/python3.11/os.py", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/python3/dist-packages/m.so", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/libm.so", PT_NEED_STARTED);
    assert_need(&m, "usr/lib/ruby/x.rb", PT_NEED_NONE);
}

static void test_packages_go_with_all_that_is_theirs(void **state) {
    PT_AUTO(end) image m = {0};
    const given g[] = {{"usr/bin/app", RUNS, NULL, "app", "{}"},
                       {"usr/share/doc/app/copyright", 0, NULL, "app", NULL},
                       {"usr/share/doc/app/changelog", 0, NULL, "app", NULL},
                       {"etc/app.conf", 0, NULL, "app", NULL},
                       {"var/lib/dpkg/info/app:amd64.list", 0, NULL, NULL, NULL},
                       {"usr/bin/old", RUNS, NULL, "old", "{}"},
                       {"usr/share/doc/old/copyright", 0, NULL, "old", NULL},
                       {"etc/old.conf", 0, NULL, "old", NULL},
                       {"var/lib/dpkg/info/old.list", 0, NULL, NULL, NULL},
                       {"var/lib/dpkg/status", 0, NULL, NULL, NULL},
                       {"etc/passwd", 0, NULL, NULL, NULL},
                       {"etc/mine.conf", 0, NULL, NULL, NULL},
                       {"srv", FOLDER, NULL, NULL, NULL},
                       {"srv/data", 0, NULL, NULL, NULL},
                       {"var/cache/x", FOLDER, NULL, NULL, NULL},
                       {"var/cache/x/y", 0, NULL, NULL, NULL},
                       {"var/spool", FOLDER, NULL, NULL, NULL},
                       {0}};
    (void)state;
    close_over(&m, g, starts_app, (pt_closure_ask){0});
    assert_need(&m, "usr/share/doc/app/copyright", PT_NEED_OF_KEPT);
    assert_need(&m, "usr/share/doc/app/changelog", PT_NEED_NONE);
    assert_need(&m, "etc/app.conf", PT_NEED_OF_KEPT);
    assert_need(&m, "var/lib/dpkg/info/app:amd64.list", PT_NEED_OF_KEPT);
    assert_need(&m, "usr/share/doc/old/copyright", PT_NEED_NONE);
    assert_need(&m, "etc/old.conf", PT_NEED_NONE);
    assert_need(&m, "var/lib/dpkg/info/old.list", PT_NEED_NONE);
    assert_need(&m, "var/lib/dpkg/status", PT_NEED_OF_KEPT);
    assert_need(&m, "etc/passwd", PT_NEED_DATA);
    assert_need(&m, "etc/mine.conf", PT_NEED_OWN);
    assert_need(&m, "srv/data", PT_NEED_OWN);
    assert_need(&m, "srv", PT_NEED_FOLDER);
    assert_need(&m, "var/cache/x", PT_NEED_NONE);
    assert_need(&m, "var/cache/x/y", PT_NEED_NONE);
    assert_need(&m, "var/spool", PT_NEED_FOLDER);
    assert_int_equal(pt_len(m.c.dropped), 1);
    assert_true(pt_str_eqz(pt_text(pt_getz(pt_at(m.c.dropped, 0), "name")), "old"));
}

static void test_what_is_asked_for_or_traced_stays(void **state) {
    PT_AUTO(end) image m = {0};
    const given g[] = {
        {"usr/bin/app", RUNS, NULL, NULL, "{}"}, {"usr/share/a/1", 0, NULL, NULL, NULL},
        {"usr/share/b/2", 0, NULL, NULL, NULL},  {"usr/share/b/3", LINK, "../a/4", NULL, NULL},
        {"usr/share/a/4", 0, NULL, NULL, NULL},  {0}};
    const char *const keep[] = {"/usr/share/b", "/usr/*/a/1"};
    const char *const wrong[] = {"/usr/share/z"};
    (void)state;
    close_over(
        &m, g, starts_app,
        (pt_closure_ask){.keep = keep, .keep_n = 2, .trace = PT_STR("/usr/share/a/4\n/none\n")});
    assert_int_equal(m.code, PT_OK);
    assert_need(&m, "usr/share/a/1", PT_NEED_ASKED);
    assert_need(&m, "usr/share/b/2", PT_NEED_ASKED);
    assert_need(&m, "usr/share/b/3", PT_NEED_ASKED);
    assert_need(&m, "usr/share/a/4", PT_NEED_ASKED);
    close_over(&m, g, starts_app, (pt_closure_ask){.trace = PT_STR("/usr/share/b/3\n")});
    assert_need(&m, "usr/share/a/4", PT_NEED_TRACED);
    close_over(&m, g, starts_app, (pt_closure_ask){.keep = wrong, .keep_n = 1});
    assert_int_equal(m.code, PT_E_USAGE);
}

static void test_what_cannot_be_followed_keeps_everything(void **state) {
    PT_AUTO(end) image m = {0};
    const given g[] = {{"usr/bin/app", RUNS, NULL, NULL, "{\"unread\": true}"},
                       {"usr/bin/other", RUNS, NULL, NULL, "{}"},
                       {0}};
    (void)state;
    close_over(&m, g, starts_app, (pt_closure_ask){0});
    assert_true(m.c.all);
    assert_need(&m, "usr/bin/other", PT_NEED_MENTIONED);
    assert_int_equal(m.c.doubts.items.n, 1);
}

static void test_image_that_starts_nothing_is_refused(void **state) {
    static const char *const configs[] = {"{}", "{\"Entrypoint\": [\"/usr/bin/none\"]}"};
    const given g[] = {{"usr/bin/app", RUNS, NULL, NULL, "{}"}, {0}};
    const char *const keep[] = {"/usr/bin/app"};
    (void)state;
    for (size_t i = 0; i < PT_COUNT(configs); i++) {
        PT_AUTO(end) image m = {0};
        close_over(&m, g, configs[i], (pt_closure_ask){0});
        assert_int_equal(m.code, PT_E_ABSENT);
        close_over(&m, g, configs[i], (pt_closure_ask){.keep = keep, .keep_n = 1});
        assert_int_equal(m.code, PT_OK);
    }
}

static void test_own_files_are_followed_from_settings_to_what_they_name(void **state) {
    PT_AUTO(end) image m = {0};
    const given g[] = {
        {"usr/bin/app", RUNS, NULL, "app", "{\"mentions\": [\"/etc/app/app.conf\"]}"},
        {"etc/app/app.conf", 0, NULL, "app", "{\"mentions\": [\"/usr/share/app/html/\"]}"},
        {"usr/share/app/html", FOLDER, NULL, "app", NULL},
        {"usr/share/app/html/index.html", 0, NULL, "app", NULL},
        {"opt/plugin.node", 0, NULL, NULL, "{\"libraries\": [\"libp.so\"]}"},
        {"usr/lib/libp.so", 0, NULL, "p", "{}"},
        {"data.json", 0, NULL, NULL, NULL},
        {0}};
    (void)state;
    close_over(&m, g, starts_app, (pt_closure_ask){0});
    assert_need(&m, "usr/share/app/html/index.html", PT_NEED_MENTIONED);
    assert_need(&m, "opt/plugin.node", PT_NEED_OWN);
    assert_need(&m, "usr/lib/libp.so", PT_NEED_MENTIONED);
    assert_need(&m, "data.json", PT_NEED_OWN);
}

static void test_links_in_a_circle_end(void **state) {
    PT_AUTO(end) image m = {0};
    const given g[] = {
        {"usr/bin/app", RUNS, NULL, NULL,
         "{\"libraries\": [\"liba.so\"], \"mentions\": [\"/usr/x/../y/./a\", \"/l/l/l\"]}"},
        {"lib/liba.so", LINK, "libb.so", NULL, NULL},
        {"lib/libb.so", LINK, "liba.so", NULL, NULL},
        {"usr/y/a", 0, NULL, NULL, NULL},
        {"l", LINK, "l/l", NULL, NULL},
        {0}};
    (void)state;
    close_over(&m, g, starts_app, (pt_closure_ask){0});
    assert_int_equal(m.code, PT_OK);
    assert_need(&m, "usr/y/a", PT_NEED_MENTIONED);
    assert_need(&m, "lib/liba.so", PT_NEED_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loader_and_libraries_are_found_through_links),
        cmocka_unit_test(test_runpath_is_looked_in_from_where_the_file_stands),
        cmocka_unit_test(test_configured_folder_goes_before_others),
        cmocka_unit_test(test_script_needs_its_interpreter_and_names_programs),
        cmocka_unit_test(test_shell_stays_only_for_who_runs_one),
        cmocka_unit_test(test_interpreter_comes_whole),
        cmocka_unit_test(test_packages_go_with_all_that_is_theirs),
        cmocka_unit_test(test_what_is_asked_for_or_traced_stays),
        cmocka_unit_test(test_what_cannot_be_followed_keeps_everything),
        cmocka_unit_test(test_image_that_starts_nothing_is_refused),
        cmocka_unit_test(test_own_files_are_followed_from_settings_to_what_they_name),
        cmocka_unit_test(test_links_in_a_circle_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
