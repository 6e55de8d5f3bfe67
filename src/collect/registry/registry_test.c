// Names, challenges, logins, tars.
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

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef struct fixture {
    char root[64];
    pt_arena a;
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->root, sizeof f->root, "/tmp/pt-registry-XXXXXX");
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
    pt_arena_done(&f->a);
    nftw(f->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

// -- names ----------------------------------------------------------------------------------------

static void test_registry_references_are_read_as_docker_does(void **state) {
    fixture *f = *state;
    static const struct {
        const char *text, *shown; // NULL: none
    } cases[] = {
        {"nginx", "docker.io/library/nginx:latest"},
        {"nginx:1.27", "docker.io/library/nginx:1.27"},
        {"shop/web", "docker.io/shop/web:latest"},
        {"docker.io/nginx", "docker.io/library/nginx:latest"},
        {"index.docker.io/shop/web:1", "docker.io/shop/web:1"},
        {"ghcr.io/shop/web:v1.2-rc_3", "ghcr.io/shop/web:v1.2-rc_3"},
        {"localhost/web", "localhost/web:latest"},
        {"localhost:5000/web", "localhost:5000/web:latest"},
        {"[::1]:5000/a/b/c:1", "[::1]:5000/a/b/c:1"},
        {"10.0.0.5:5000/web@sha256:" HEX, "10.0.0.5:5000/web@sha256:" HEX},
        {"r.example/web:1@sha256:" HEX, "r.example/web:1@sha256:" HEX},
        {"r.example/a__b/c-d.e", "r.example/a__b/c-d.e:latest"},
        {"", NULL},
        {"r.example/", NULL},
        {"r.example/Web", NULL},
        {"r.example/web:", NULL},
        {"r.example/web:-x", NULL},
        {"r.example/web:a/b", NULL},
        {"r.example/../web", NULL},
        {"r.example/a..b", NULL},
        {"r.example/a//b", NULL},
        {"r.example/web?x", NULL},
        {"r.example/web%2f", NULL},
        {"r.example/web@sha256:12", NULL},
        {"r.example/web@md5:" HEX, NULL},
        {"r.example:0/web", NULL},
        {"r.example:70000/web", NULL},
        {"r.exa mple/web", NULL},
        {"a@b.example/web", NULL},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_registry_ref r = {0};
        pt_err e = {0};
        pt_code code = pt_registry_ref_parse(&f->a, pt_str_of(cases[i].text), &r, &e);
        if (code != (cases[i].shown ? PT_OK : PT_E_USAGE) ||
            !pt_str_eqz(r.shown, cases[i].shown ? cases[i].shown : ""))
            fail_msg("%s: %.*s", cases[i].text, PT_PRI(r.shown));
        assert_true(code == PT_OK || e.remedy[0]);
    }
}

// -- challenges -----------------------------------------------------------------------------------

static void test_registry_challenges_are_read_in_every_form(void **state) {
    fixture *f = *state;
    static const struct {
        const char *head;
        pt_challenge_kind kind;
        const char *realm, *service, *scope;
    } cases[] = {
        {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer "
         "realm=\"https://a/t\",service=\"r\",scope=\"repository:x:pull,push\"\r\n\r\n",
         PT_CHALLENGE_BEARER, "https://a/t", "r", "repository:x:pull,push"},
        {"www-authenticate:basic realm=x\n", PT_CHALLENGE_BASIC, "x", "", ""},
        {"WWW-Authenticate: Basic realm=\"x\"\nWWW-Authenticate: Bearer realm=\"https://b\"\n",
         PT_CHALLENGE_BEARER, "https://b", "", ""},
        {"WWW-Authenticate: Negotiate abc==, Basic realm=\"x\", BEARER realm = \"https://c\" , "
         "service=s\n",
         PT_CHALLENGE_BEARER, "https://c", "s", ""},
        {"WWW-Authenticate: Bearer service=\"s\", Basic realm=\"x\"\n", PT_CHALLENGE_BASIC, "x", "",
         ""},
        {"WWW-Authenticate: Bearer realm=\"a\\\"b\"\n", PT_CHALLENGE_BEARER, "a\"b", "", ""},
        {"WWW-Authenticate: Bearer realm=\"open\n", PT_CHALLENGE_BEARER, "open", "", ""},
        {"WWW-Authenticate: Digest realm=\"x\"\n", PT_CHALLENGE_NONE, "", "", ""},
        {"WWW-Authenticate: ,,=,\"\x01\n", PT_CHALLENGE_NONE, "", "", ""},
        {"HTTP/1.1 401\n", PT_CHALLENGE_NONE, "", "", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_challenge c = pt_challenge_of(&f->a, pt_str_of(cases[i].head));
        if (c.kind != cases[i].kind)
            fail_msg("%s", cases[i].head);
        assert_str(c.realm, cases[i].realm);
        assert_str(c.service, cases[i].service);
        assert_str(c.scope, cases[i].scope);
    }
}

// -- logins ---------------------------------------------------------------------------------------

static const char *put(fixture *f, const char *name, const char *content, mode_t mode) {
    const char *path = pt_arena_printf(&f->a, "%s/%s", f->root, name).p;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
    return path;
}

static pt_code login(fixture *f, const char *image, pt_registry_login *ret, pt_err *e) {
    pt_registry_ref ref;
    const pt_registry_homes homes = {.docker = f->root, .path = f->root};
    *e = (pt_err){0};
    *ret = (pt_registry_login){0};
    assert_int_equal(pt_registry_ref_parse(&f->a, pt_str_of(image), &ref, e), PT_OK);
    return pt_registry_login_find(&f->a, &homes, &ref, ret, e);
}

static void test_registry_logins_come_from_the_entry_that_fits_best(void **state) {
    fixture *f = *state;
    static const struct {
        const char *image, *user, *secret;
    } cases[] = {
        {"r.example/web", "a", "b:c"},          {"r.example/shop/web", "shop", "x"},
        {"r.example/shopping/web", "a", "b:c"}, {"nginx", "hub", "x"},
        {"r.example:5000/web", "", ""},         {"t.example/web", "", "long"},
    };
    pt_registry_login l;
    pt_err e;
    assert_int_equal(login(f, "nginx", &l, &e), PT_OK); // no file
    assert_int_equal(l.secret.n, 0);
    put(f, "config.json",
        "{\"auths\":{\"https://r.example/v1/\":{\"auth\":\"YTpiOmM=\"},"
        "\"r.example/shop\":{\"auth\":\"c2hvcDp4\"},"
        "\"https://index.docker.io/v1/\":{\"auth\":\"aHViOngA\"},"
        "\"t.example\":{\"auth\":\"\",\"identitytoken\":\"long\"}}}",
        0600);
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        assert_int_equal(login(f, cases[i].image, &l, &e), PT_OK);
        assert_str(l.user, cases[i].user);
        assert_str(l.secret, cases[i].secret);
        assert_int_equal(l.token, strcmp(cases[i].secret, "long") == 0);
    }
    put(f, "config.json", "{\"auths\":{\"r.example\":{\"auth\":\"none\"}}}", 0600);
    assert_int_equal(login(f, "r.example/web", &l, &e), PT_E_FORMAT);
    put(f, "config.json", "{", 0600);
    assert_int_equal(login(f, "r.example/web", &l, &e), PT_E_FORMAT);
    assert_true(strstr(e.where, "config.json") != NULL);
}

static void test_registry_helpers_are_asked_without_a_shell(void **state) {
    fixture *f = *state;
    pt_registry_login l;
    pt_err e;
    put(f, "docker-credential-good",
        "#!/bin/sh\n[ \"$1\" = get ] && [ $# = 1 ] && read -r host\n"
        "printf '{\"ServerURL\":\"%s\",\"Username\":\"u\",\"Secret\":\"of %s\"}' \"$host\" "
        "\"$host\"\n",
        0755);
    put(f, "docker-credential-none",
        "#!/bin/sh\necho credentials not found in native keychain; exit 1\n", 0755);
    put(f, "docker-credential-bad", "#!/bin/sh\necho no key >&2; exit 1\n", 0755);
    put(f, "docker-credential-odd", "#!/bin/sh\necho hello\n", 0755);
    put(f, "docker-credential-token",
        "#!/bin/sh\necho '{\"Username\":\"<token>\",\"Secret\":\"t\"}'\n", 0755);
    put(f, "config.json",
        "{\"credsStore\":\"good\",\"credHelpers\":{\"none.example\":\"none\","
        "\"bad.example\":\"bad\",\"odd.example\":\"odd\",\"token.example\":\"token\","
        "\"away.example\":\"away\",\"evil.example\":\"../x\"}}",
        0600);
    assert_int_equal(login(f, "r.example:5000/web", &l, &e), PT_OK);
    assert_str(l.secret, "of r.example:5000");
    assert_int_equal(login(f, "nginx", &l, &e), PT_OK);
    assert_str(l.secret, "of https://index.docker.io/v1/");
    assert_int_equal(login(f, "none.example/web", &l, &e), PT_OK);
    assert_int_equal(l.secret.n, 0);
    assert_int_equal(login(f, "token.example/web", &l, &e), PT_OK);
    assert_true(l.token);
    assert_int_equal(login(f, "bad.example/web", &l, &e), PT_E_IO);
    assert_true(strstr(e.what, "no key") != NULL);
    assert_int_equal(login(f, "odd.example/web", &l, &e), PT_E_IO);
    assert_int_equal(login(f, "away.example/web", &l, &e), PT_E_ABSENT);
    assert_int_equal(login(f, "evil.example/web", &l, &e), PT_E_FORMAT);
}

// -- tars -----------------------------------------------------------------------------------------

static void test_registry_layout_is_a_tar_and_can_go_back(void **state) {
    fixture *f = *state;
    char b[4096] = {0};
    const char *path = put(f, "tar", "", 0600);
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDWR | O_CLOEXEC);
    pt_layout l = {.fd = fd, .bytes_max = 4096};
    assert_int_equal(pt_layout_begin(&l, PT_STR("oci-layout"), 3, NULL), PT_OK);
    assert_int_equal(pt_layout_write(&l, PT_STR("wrong"), NULL), PT_OK);
    assert_int_equal(pt_layout_back(&l, 512, NULL), PT_OK);
    assert_int_equal(pt_layout_write(&l, PT_STR("abc"), NULL), PT_OK);
    assert_int_equal(pt_layout_fill(&l, NULL), PT_OK);
    assert_int_equal(pt_layout_fill(&l, NULL), PT_OK);
    assert_int_equal(pt_layout_begin(&l, PT_STR("big"), (uint64_t)9 << 30, NULL), PT_OK);
    assert_int_equal(pt_layout_end(&l, NULL), PT_OK);
    assert_int_equal(pread(fd, b, sizeof b, 0), 1024 + 512 + 1024);
    assert_memory_equal(b + 124, "00000000003", 12);
    assert_memory_equal(b + 257, "ustar\00000", 8);
    assert_memory_equal(b + 512, "abc\0\0", 5);
    assert_memory_equal(b + 1024 + 124, "\x80\0\0\0\0\0\0\x02\x40\0\0\0", 12);
    assert_int_equal(pt_layout_write(&l, (pt_str){b, 2000}, NULL), PT_E_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_registry_references_are_read_as_docker_does, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_registry_challenges_are_read_in_every_form, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_registry_logins_come_from_the_entry_that_fits_best,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_registry_helpers_are_asked_without_a_shell, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_registry_layout_is_a_tar_and_can_go_back, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("collect_registry", tests, NULL, NULL);
}
