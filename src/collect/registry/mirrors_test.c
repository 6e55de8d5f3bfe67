// Who is asked in the place of a registry.
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/registry/registry_impl.h"

#define HEX "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef struct fixture {
    char root[64];
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->root, sizeof f->root, "/tmp/pt-mirrors-XXXXXX");
    assert_non_null(mkdtemp(f->root));
    *state = f;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int tear_down(void **state) {
    fixture *f = *state;
    nftw(f->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static void put(const fixture *f, const char *folder, const char *name, const char *text) {
    char path[256];
    pt_err e = {0};
    snprintf(path, sizeof path, "%s/%s", f->root, folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%s/%s", f->root, folder, name);
    assert_int_equal(pt_file_replace(path, pt_str_of(text), 0600, &e), PT_OK);
}

// "HOST+PATH REPOSITORY QUERY; …", "!" behind it: the registry itself is not asked; or the error.
static pt_str found(const fixture *f, pt_arena *a, const char *name) {
    const pt_registry_homes homes = {.containerd = pt_arena_printf(a, "%s/certs.d", f->root).p,
                                     .registries =
                                         pt_arena_printf(a, "%s/etc/registries.conf", f->root).p,
                                     .daemon = pt_arena_printf(a, "%s/etc/daemon.json", f->root).p};
    pt_registry r = {.names = -1};
    pt_err e = {0};
    pt_str s = PT_STR("");
    assert_int_equal(pt_registry_ref_parse(a, pt_str_of(name), &r.ref, &e), PT_OK);
    if (pt_registry_mirrors_find(a, &homes, &r, &e))
        return pt_arena_str(a, pt_str_of(e.what));
    for (size_t i = 0; i < r.n_mirrors; i++) {
        const pt_registry *m = &r.mirrors[i];
        assert_true(m->said_by.n > 0);
        assert_true(pt_str_eq(m->ref.shown, r.ref.shown));
        s = pt_arena_printf(a, "%.*s%s%.*s+%.*s %.*s%.*s", PT_PRI(s), i ? "; " : "",
                            PT_PRI(m->ref.host), PT_PRI(m->path), PT_PRI(m->ref.repository),
                            PT_PRI(m->query));
    }
    return r.instead ? pt_arena_printf(a, "%.*s!", PT_PRI(s)) : s;
}

typedef struct mirrors_case {
    const char *name, *text, *found;
} mirrors_case;

static void check(const fixture *f, const char *folder, const char *file, const mirrors_case *c) {
    pt_arena a = {0};
    put(f, folder, file, c->text);
    pt_str s = found(f, &a, c->name);
    if (!pt_str_eqz(s, c->found))
        fail_msg("%s\n%s\n%.*s", c->name, c->text, PT_PRI(s));
    pt_arena_done(&a);
}

static void test_mirrors_of_containerd_come_in_the_order_of_the_file(void **state) {
    static const mirrors_case cases[] = {
        {"r.example/web",
         "[host.\"https://z.example\"]\n[host.\"http://a.example:5000/x/\"]\n[host.'b.example']\n",
         "z.example+/v2 web?ns=r.example; a.example:5000+/x/v2 web?ns=r.example; b.example+/v2 "
         "web?ns=r.example"},
        {"r.example/web",
         "server = "
         "\"https://z.example/v2\"\n[host.\"https://z.example\"]\ncapabilities=[\"push\"]\n"
         "[host.\"https://a.example\"]\n",
         "a.example+/v2 web?ns=r.example; z.example+/v2 web?ns=r.example!"},
        {"r.example/web", "server = \"https://r.example\"\n", ""},
        {"nginx", "server = \"https://registry-1.docker.io\"\n", ""},
        {"nginx", "[host.\"https://m.example/v2/hub\"]\noverride_path = true\n",
         "m.example+/v2/hub library/nginx?ns=docker.io"},
        {"r.example/web", "[host.\"https://m.example\"]\ncapabilities = [\"pull\"]\n", ""},
        {"r.example/web" HEX, "[host.\"https://m.example\"]\ncapabilities = [\"pull\"]\n",
         "m.example+/v2 web?ns=r.example"},
        {"r.example/web", "[host.\"https://m.example/a?b\"]\n",
         "no address of a mirror: \"https://m.example/a?b\""},
        {"r.example/web", "[host.\"https://m.example/../x\"]\n",
         "no address of a mirror: \"https://m.example/../x\""},
        {"r.example/web", "[host.\"https://user:secret@m.example\"]\n",
         "no address of a mirror: \"https://user:secret@m.example\""},
    };
    char path[256];
    snprintf(path, sizeof path, "%s/certs.d", ((fixture *)*state)->root);
    mkdir(path, 0700);
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        check(*state, "certs.d/_default", "hosts.toml", &cases[i]);
    // The most exact folder decides, and a certificate may stand beside its file.
    put(*state, "certs.d/r.example_5000_", "hosts.toml", "[host.\"https://p.example\"]\n");
    check(*state, "certs.d/r.example", "hosts.toml",
          &(mirrors_case){"r.example:5000/web", "[host.\"https://n.example\"]\n",
                          "p.example+/v2 web?ns=r.example:5000"});
    put(*state, "certs.d/r.example", "own.pem", "PEM");
    check(*state, "certs.d/r.example", "hosts.toml",
          &(mirrors_case){"r.example/web", "[host.\"https://n.example\"]\nca = [\"own.pem\"]\n",
                          "n.example+/v2 web?ns=r.example"});
}

static void test_mirrors_of_podman_follow_the_longest_prefix(void **state) {
#define MIRROR(at) "[[registry.mirror]]\nlocation = \"" at "\"\n"
    static const mirrors_case cases[] = {
        {"r.example/shop/web",
         "[[registry]]\nlocation = \"r.example\"\n" MIRROR(
             "a.example") "[[registry]]\nprefix = "
                          "\"r.example/shop\"\nlocation = \"r.example/shop\"\n" MIRROR(
                              "b.example/x/y"),
         "b.example+/v2 x/y/web"},
        {"r.example/shopping", "[[registry]]\nlocation = \"r.example/shop\"\n" MIRROR("a.example"),
         ""},
        {"r.example/shop/web",
         "[[registry]]\nprefix = \"r.example\"\nlocation = \"in.example/r\"\n",
         "in.example+/v2 r/shop/web!"},
        {"a.r.example/web", "[[registry]]\nprefix = \"*.r.example\"\n" MIRROR("m.example"),
         "m.example+/v2 web"},
        {"nginx", "[[registry]]\nlocation = \"docker.io\"\n" MIRROR("m.example:5000/hub"),
         "m.example:5000+/v2 hub/library/nginx"},
        {"r.example/web",
         "[[registry]]\nlocation = \"r.example\"\nmirror-by-digest-only = true\n" MIRROR(
             "m.example"),
         ""},
        {"r.example/web" HEX,
         "[[registry]]\nlocation = \"r.example\"\n" MIRROR(
             "a.example") "pull-from-mirror = "
                          "\"tag-only\"\n" MIRROR(
                              "b.example") "pull-from-mirror = \"digest-only\"\n",
         "b.example+/v2 web"},
        {"r.example/web", "[[registry]]\nlocation = \"r.example\"\nblocked = true\n",
         "this registry is blocked here"},
        {"r.example/web", "unqualified-search-registries = [\"x.example\"]\n", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        check(*state, "etc", "registries.conf", &cases[i]);
}

static void test_mirrors_of_dockerd_are_of_the_hub(void **state) {
    static const mirrors_case cases[] = {
        {"nginx", "{\"registry-mirrors\": [\"https://a.example/\", \"http://b.example:5000\"]}",
         "a.example+/v2 library/nginx; b.example:5000+/v2 library/nginx"},
        {"r.example/nginx", "{\"registry-mirrors\": [\"https://a.example/\"]}", ""},
        {"nginx", "{}", ""},
        {"nginx", "", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        check(*state, "etc", "daemon.json", &cases[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_mirrors_of_containerd_come_in_the_order_of_the_file,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mirrors_of_podman_follow_the_longest_prefix, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_mirrors_of_dockerd_are_of_the_hub, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("collect_registry_mirrors", tests, NULL, NULL);
}
