// What is seen in files and in a configuration, for who judges how an image is defended.
#include "base/testing.h"
#include "collect/image/look_rows.h"
#include "collect/image/settings.h"
#include "collect/packages/binary/testing_elf.h"
#include "value/json.h"

static const elf_form FORMS[] = {{true, false}, {false, false}, {true, true}, {false, true}};

enum {
    LOAD = 1,
    DYNAMIC = 2,
    INTERP = 3,
    STACK = 0x6474e551,
    RELRO = 0x6474e552,
    PROPERTY = 0x6474e553,
};

// What is seen in a file's bytes as a program.
static pt_value seen_in(pt_arena *a, pt_str bytes) {
    pt_walk w = {.a = a, .content = PT_BUF(1 << 22)};
    pt_tar_entry t = {.type = PT_TAR_FILE, .path = PT_STR("bin/x"), .size = bytes.n};
    pt_obj seen = {.a = a};
    pt_buf_put(&w.content, bytes);
    assert_int_equal(pt_see_elf(&w, &t, &seen, NULL), PT_OK);
    pt_value v = pt_clone(a, pt_getz(pt_obj_end(&seen), "elf"));
    pt_buf_done(&w.content);
    return v;
}

static pt_str json_of(pt_arena *a, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    if (pt_defined(v))
        assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    return pt_arena_str(a, pt_buf_str(&b));
}

static void put_word(pt_buf *b, elf_form f, uint64_t tag, uint64_t v) {
    elf_word(b, f, tag);
    elf_word(b, f, v);
}

// A row of a table of symbols: only the name and where it is defined matter.
static void put_symbol(pt_buf *b, elf_form f, uint32_t name, unsigned defined) {
    size_t at = b->n;
    elf_number(b, f, name, 4);
    pt_buf_fill(b, '\0', f.wide ? 2 : 10);
    elf_number(b, f, defined, 2);
    pt_buf_fill(b, '\0', (f.wide ? 24 : 16) - (b->n - at));
}

// A program with these segments, that needs these functions ("a b"), whose table says `tags`.
static pt_str facts(pt_arena *a, elf_form f, const elf_part *more, size_t n, const char *names,
                    const uint64_t tags[][2]) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    PT_AUTO(pt_buf_done) pt_buf table = PT_BUF(4096);
    PT_AUTO(pt_buf_done) pt_buf symbols = PT_BUF(4096);
    PT_AUTO(pt_buf_done) pt_buf texts = PT_BUF(4096);
    pt_str rest = pt_str_of(names);
    pt_str word;
    pt_buf_putc(&texts, '\0');
    put_symbol(&symbols, f, 0, 0);
    while (pt_str_word(&rest, &word)) {
        put_symbol(&symbols, f, (uint32_t)texts.n, 0);
        pt_buf_put(&texts, word);
        pt_buf_putc(&texts, '\0');
    }
    for (size_t i = 0; tags && tags[i][0]; i++)
        put_word(&table, f, tags[i][0], tags[i][1]);
    put_word(&table, f, 0, 0);
    elf_part parts[12] = {{".dynstr", pt_buf_str(&texts), LOAD, 4, 0x1000},
                          {".dynsym", pt_buf_str(&symbols), 0, 0, 0}};
    size_t k = 2;
    if (tags)
        parts[k++] = (elf_part){".dynamic", pt_buf_str(&table), DYNAMIC, 6, 0};
    for (size_t i = 0; i < n; i++)
        parts[k++] = more[i];
    put_elf(&b, f, parts, k);
    b.p[f.big ? 17 : 16] = tags ? 3 : 2;
    return json_of(a, seen_in(a, pt_buf_str(&b)));
}

static void test_elf_facts_of_a_hardened_program_say_so(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const elf_part parts[] = {{".interp", PT_STR("/lib64/ld-linux-x86-64.so.2"), INTERP, 4, 0},
                              {"stack", {0}, STACK, 6, 0},
                              {"relro", {0}, RELRO, 4, 0}};
    const uint64_t tags[][2] = {{5, 0x1000}, {0x6ffffffb, 0x08000001}, {0, 0}};
    for (size_t i = 0; i < PT_COUNT(FORMS); i++) {
        pt_str got = facts(&a, FORMS[i], parts, 3, "__stack_chk_fail __printf_chk memcpy", tags);
        assert_str(got, "{\"branch\":false,\"buffers\":true,\"canary\":true,\"fortified\":1,"
                        "\"kind\":\"pie\",\"linked\":\"dynamic\",\"plain\":0,"
                        "\"relro\":\"full\",\"shadow\":false}");
    }
}

static void test_elf_facts_of_a_weak_program_say_what_it_lacks(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const elf_part parts[] = {{".interp", PT_STR("/lib/ld-musl-x86_64.so.1"), INTERP, 4, 0},
                              {"stack", {0}, STACK, 7, 0},
                              {"code", PT_STR("x"), LOAD, 7, 0x5000}};
    const uint64_t tags[][2] = {{5, 0x1000}, {29, 1}, {22, 0}, {0, 0}};
    pt_str got = facts(&a, FORMS[0], parts, 3, "relative/lib sprintf", tags);
    assert_str(got, "{\"branch\":false,\"buffers\":true,\"canary\":false,\"fortified\":0,"
                    "\"kind\":\"pie\",\"linked\":\"dynamic\",\"musl\":true,\"plain\":1,"
                    "\"relro\":\"none\",\"rpath\":\"relative/lib\",\"rwx\":true,"
                    "\"shadow\":false,\"stack\":true,\"textrel\":true}");
}

static void test_elf_facts_tell_library_fixed_and_partial(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const elf_part relro[] = {{"stack", {0}, STACK, 6, 0}, {"relro", {0}, RELRO, 4, 0}};
    const uint64_t tags[][2] = {{5, 0x1000}, {0, 0}};
    pt_str library = facts(&a, FORMS[0], relro, 2, "x", tags);
    pt_str fixed = facts(&a, FORMS[0], relro, 1, "x", NULL);
    assert_true(pt_str_has(library, PT_STR("\"kind\":\"library\"")));
    assert_true(pt_str_has(library, PT_STR("\"relro\":\"partial\"")));
    assert_true(pt_str_has(fixed, PT_STR("\"kind\":\"fixed\"")));
    assert_true(pt_str_has(fixed, PT_STR("\"linked\":\"static\"")));
    assert_false(pt_str_has(fixed, PT_STR("relro")));
}

// The loader takes symbols by the dynamic table: sections may be cut off, or empty ones forged.
static void test_elf_facts_of_a_program_without_sections_say_that_it_hides_names(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const elf_part parts[] = {{".interp", PT_STR("/lib64/ld-linux-x86-64.so.2"), INTERP, 4, 0}};
    const uint64_t table[][2] = {{5, 0x1000}, {6, 0x1000}, {0, 0}};
    const uint64_t needs[][2] = {{5, 0x1000}, {1, 1}, {0, 0}};
    static const pt_str hidden = PT_STR("\"nameless\":true");
    for (size_t i = 0; i < PT_COUNT(FORMS); i++) {
        assert_false(pt_str_has(facts(&a, FORMS[i], parts, 1, "sprintf", table), hidden));
        assert_false(pt_str_has(facts(&a, FORMS[i], parts, 1, "", table), hidden));
        assert_true(pt_str_has(facts(&a, FORMS[i], parts, 1, "", needs), hidden));
    }
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    const elf_part bare[] = {{".interp", PT_STR("/lib64/ld-linux-x86-64.so.2"), INTERP, 4, 0},
                             {".dynamic",
                              PT_STR("\x06\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0"
                                     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                              DYNAMIC, 6, 0}};
    put_elf(&b, FORMS[0], bare, PT_COUNT(bare));
    assert_true(pt_str_has(json_of(&a, seen_in(&a, pt_buf_str(&b))), hidden));
    memset(b.p + 40, 0, 8); // e_shoff
    memset(b.p + 60, 0, 2); // e_shnum
    assert_true(pt_str_has(json_of(&a, seen_in(&a, pt_buf_str(&b))), hidden));
}

static void test_elf_facts_know_go_rust_guards_and_packers(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const uint64_t tags[][2] = {{5, 0x1000}, {0, 0}};
    const elf_part go[] = {{".go.buildinfo", PT_STR("\xff Go buildinf:"), 0, 0, 0}};
    const elf_part rust[] = {{".rodata", PT_STR("/rustc/abc/library"), 0, 0, 0}};
    const elf_part guards[] = {
        {"note",
         PT_STR("\x04\0\0\0\x10\0\0\0\x05\0\0\0GNU\0\x02\0\0\xc0\x04\0\0\0\x03\0\0\0\0\0\0\0"),
         PROPERTY, 4, 0}};
    const elf_part upx[] = {{"upx", PT_STR("UPX!"), 0, 0, 0}};
    assert_true(pt_str_has(facts(&a, FORMS[0], go, 1, "x", tags), PT_STR("\"from\":\"go\"")));
    assert_false(pt_str_has(facts(&a, FORMS[0], go, 1, "x", tags), PT_STR("canary")));
    assert_true(pt_str_has(facts(&a, FORMS[0], rust, 1, "x", tags), PT_STR("\"from\":\"rust\"")));
    pt_str guarded = facts(&a, FORMS[0], guards, 1, "x", tags);
    assert_true(pt_str_has(guarded, PT_STR("\"branch\":true")));
    assert_true(pt_str_has(guarded, PT_STR("\"shadow\":true")));
    assert_str(facts(&a, FORMS[0], upx, 1, "x", tags), "{\"packed\":true}");
}

static void test_elf_facts_of_no_program_are_none_and_of_a_cut_one_unread(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    char head[80] = "\x7f"
                    "ELF\x02\x01\x01";
    assert_false(pt_defined(seen_in(&a, PT_STR("#!/bin/sh\n"))));
    head[16] = 1; // an object file
    assert_false(pt_defined(seen_in(&a, (pt_str){head, sizeof head})));
    head[16] = 2;
    head[32] = 127; // its segments stand behind its end
    head[56] = 9;
    head[54] = 56;
    assert_str(json_of(&a, seen_in(&a, (pt_str){head, sizeof head})), "{\"unread\":true}");
    head[16] = 4;
    assert_str(json_of(&a, seen_in(&a, (pt_str){head, sizeof head})), "{\"kind\":\"core\"}");
}

// -- files of settings ----------------------------------------------------------------------------

static pt_str said(pt_arena *a, const char *path, const char *text) {
    pt_walk w = {.a = a, .content = PT_BUF(1 << 22)};
    pt_tar_entry t = {.type = PT_TAR_FILE, .path = pt_str_of(path), .size = strlen(text)};
    pt_obj seen = {.a = a};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_buf_putz(&w.content, text);
    assert_int_equal(pt_see_settings(&w, &t, &seen, NULL), PT_OK);
    pt_buf_done(&w.content);
    pt_value told = pt_getz(pt_getz(pt_obj_end(&seen), "settings"), "told");
    for (size_t i = 0; i < pt_len(told); i++) {
        int64_t line = 0;
        assert_true(pt_to_int(pt_getz(pt_at(told, i), "line"), &line));
        pt_buf_printf(&b, "%s%lld:%.*s", i ? ", " : "", (long long)line,
                      PT_PRI(pt_text(pt_getz(pt_at(told, i), "what"))));
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_settings_say_what_weakens(void **state) {
    (void)state;
    static const struct {
        const char *path, *text, *said;
    } cases[] = {
        {"etc/passwd", "root:x:0:0::/:/bin/sh\napp::7:7::/:/bin/sh\ntoor:x:0:0::/:\nb:x:7:7::/:\n",
         "2:empty password, 3:second root, 4:id twice"},
        {"etc/passwd", "broken\n:x:0:0\nx:y:z:0\nn:x:-1:0\n", ""},
        {"etc/shadow", "root:$y$j9T$abc:1:\na:!:1:\nb:*:1:\nc::1:\nd:!$6$x:1:\n",
         "1:password, 4:empty password"},
        {"etc/group", "a:x:5:\nb:x:5:\nc:x:6:\n", "2:id twice"},
        {"etc/sudoers", "# x ALL=NOPASSWD: ALL\n%wheel ALL=(ALL) NOPASSWD: ALL\n",
         "2:no password asked"},
        {"etc/sudoers.d/app", "app ALL=(ALL) NOPASSWD:ALL\n", "1:no password asked"},
        {"etc/sudoers", "a ALL=(ALL) NOPASS\\ \nWD:ALL\n# x \\\n#7 ALL=NOPASSWD: ALL\n",
         "1:no password asked, 4:no password asked"},
        {"etc/sudoers", "#7 ALL=(ALL) NOPASS\\\nWD:ALL\nDefaults exempt_group=a\n",
         "1:no password asked, 3:no password asked"},
        {"etc/sudoers", "a ALL=\\#x, NOPASS\\\nWD:ALL\n", "1:no password asked"},
        {"etc/doas.conf", "deny a # \\\npermit nopass b\n#7 \\\npermit nopass b\n",
         "2:no password asked, 4:no password asked"},
        {"etc/sudoers", "Defaults:a env_reset, ! authenticate\nDefaults authenticate\n",
         "1:no password asked"},
        {"usr/etc/sudoers", "a ALL=(ALL) NOPASSWD:ALL\n", "1:no password asked"},
        {"etc/doas.conf", "# permit nopass a\npermit nopass root\npermit persist \\\nnopass a\n",
         "3:no password asked"},
        {"var/lib/extrausers/shadow", "a::1\n", "1:empty password"},
        {"etc/ssh/sshd_config", "\"PermitRootLogin\" \"Yes\" # x\n", "1:root may log in"},
        {"etc/sudoers.d/a/b", "app ALL=(ALL) NOPASSWD:ALL\n", ""},
        {"etc/ssh/sshd_config", "#PermitRootLogin yes\nPermitRootLogin=no\nPermitRootLogin yes\n",
         ""},
        {"etc/ssh/sshd_config", "permitrootlogin no\nMatch User x\nPermitRootLogin yes\n",
         "3:root may log in"},
        {"etc/ssh/sshd_config.d/a.conf", "PermitEmptyPasswords yes\n", "1:empty passwords log in"},
        {"etc/apt/sources.list.d/x.list", "deb [trusted=yes] http://x y z\n",
         "1:packages are not verified"},
        {"etc/apt/sources.list.d/x.sources", "Types: deb\nTrusted: yes\n",
         "2:packages are not verified"},
        {"etc/apt/apt.conf.d/99", "APT::Get::AllowUnauthenticated \"true\";\n",
         "1:packages are not verified"},
        {"etc/apt/apt.conf.d/99", "APT::Get::AllowUnauthenticated \"false\";\n", ""},
        {"etc/yum.repos.d/x.repo", "[x]\ngpgcheck=0\nsslverify = False\n",
         "2:packages are not verified, 3:servers are not verified"},
        {"etc/ld.so.preload", "# none\n/usr/lib/x.so\n", "2:preload"},
        {"etc/ssl/openssl.cnf", "CipherString = DEFAULT@SECLEVEL=1\nMinProtocol = TLSv1.2\n",
         "1:weak keys are taken"},
        {"etc/pip.conf", "trusted-host = x\nindex-url = https://u:p@x/simple\n",
         "1:servers are not verified, 2:credential"},
        {"etc/pip.conf", "index-url = https://x/simple\n", ""},
        {"root/.npmrc", "//r/:_authToken=${TOKEN}\nstrict-ssl=false\n//r/:_authToken=abc\n",
         "2:servers are not verified, 3:credential"},
        {"root/.netrc", "machine x login y password z\n", "1:credential"},
        {"root/.docker/config.json", "{\"auths\":{\"x\":{\"auth\":\"dXNlcjpw\"}}}\n",
         "1:credential"},
        {"root/.docker/config.json", "{\"auths\":{\"x\":{}}}\n", ""},
        {".git-credentials", "https://u:p@x\n", "1:credential"},
        {"app/passwd", "app::7:7::/:\n", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_str got = said(&a, cases[i].path, cases[i].text);
        if (!pt_str_eqz(got, cases[i].said))
            print_error("%s: %.*s\n", cases[i].path, PT_PRI(got));
        assert_str(got, cases[i].said);
    }
}

static pt_value settings_in(pt_arena *a, const char *path, const char *text) {
    pt_walk w = {.a = a, .content = PT_BUF(1 << 22)};
    pt_tar_entry t = {.type = PT_TAR_FILE, .path = pt_str_of(path), .size = strlen(text)};
    pt_obj seen = {.a = a};
    pt_buf_putz(&w.content, text);
    assert_int_equal(pt_see_settings(&w, &t, &seen, NULL), PT_OK);
    pt_buf_done(&w.content);
    return pt_getz(pt_obj_end(&seen), "settings");
}

// Whoever judges has to know what was not read.
static void test_settings_say_what_they_include(void **state) {
    (void)state;
    static const struct {
        const char *path, *text, *includes; // NULL: it is unread
    } cases[] = {
        {"etc/sudoers", "@include /opt/a\n#includedir /etc/sudoers.d\n# include /x\n",
         "[\"/opt/a\",\"/etc/sudoers.d\"]"},
        {"etc/sudoers", "a ALL=ALL # \\\n@include /x\n", "[\"/x\"]"},
        {"etc/sudoers", "@include \"b c\" # x\n", "[\"/etc/b c\"]"},
        {"etc/sudoers", "@include /opt/%h\n", NULL},
        {"etc/sudoers", "@include /opt/\xff\n", NULL},
        {"etc/ssh/sshd_config", "Include /opt/*.cf Own.d/*\n",
         "[\"/opt/*.cf\",\"/etc/ssh/Own.d/*\"]"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_value v = settings_in(&a, cases[i].path, cases[i].text);
        assert_int_equal(pt_true(pt_getz(v, "unread")), !cases[i].includes);
        if (cases[i].includes)
            assert_str(json_of(&a, pt_getz(v, "includes")), cases[i].includes);
    }
}

static void test_settings_that_are_too_large_are_unread(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_walk w = {.a = &a};
    pt_tar_entry t = {.type = PT_TAR_FILE, .path = PT_STR("etc/shadow"), .size = 2 << 20};
    pt_obj seen = {.a = &a};
    assert_false(pt_wants_settings(&w, &t));
    assert_int_equal(pt_see_settings(&w, &t, &seen, NULL), PT_OK);
    assert_str(json_of(&a, pt_obj_end(&seen)),
               "{\"settings\":{\"as\":\"shadow\",\"told\":[],\"unread\":true}}");
}

// -- the configuration ----------------------------------------------------------------------------

static void test_image_settings_tell_no_values_that_may_be_secret(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value v = pt_undefined();
    static const pt_str text = PT_STR(
        "{\"User\":\"app\",\"Env\":[\"PATH=/bin\",\"DB_PASSWORD=hunter2\",\"T=/run/t\"],"
        "\"Entrypoint\":[\"/app\",\"--key=hunter2\"],\"Cmd\":[\"/bin/sh\",\"-c\",\"hunter2\"],"
        "\"Healthcheck\":{\"Test\":[\"NONE\"]},\"ExposedPorts\":{\"22/tcp\":{}},"
        "\"Labels\":{\"key\":\"hunter2\"},\"OnBuild\":[\"RUN hunter2\"]}");
    assert_int_equal(pt_json_parse(&a, text, NULL, &v, NULL), PT_OK);
    pt_str got = json_of(&a, pt_image_settings(&a, v));
    assert_str(got,
               "{\"cmd\":{\"arguments\":2,\"bytes\":9,\"program\":\"/bin/sh\",\"shell\":true},"
               "\"entrypoint\":{\"arguments\":1,\"bytes\":13,\"program\":\"/app\",\"shell\":false},"
               "\"env\":[{\"bytes\":4,\"name\":\"PATH\",\"shape\":\"path\",\"value\":\"/bin\"},"
               "{\"bytes\":7,\"name\":\"DB_PASSWORD\",\"shape\":\"text\"},"
               "{\"bytes\":6,\"name\":\"T\",\"shape\":\"path\"}],"
               "\"healthcheck\":false,\"labels\":[\"key\"],\"onbuild\":1,\"ports\":[\"22/tcp\"],"
               "\"user\":\"app\",\"volumes\":[]}");
}

static void test_image_step_loses_the_values_of_variables(void **state) {
    (void)state;
    static const struct {
        const char *step, *shown;
    } cases[] = {
        {"ENV A=hunter2 B=\"x hunter2\"", "ENV A=\u2026 B=\u2026"},
        {"ENV PASSWORD hunter2", "ENV PASSWORD"},
        {"/bin/sh -c #(nop)  ENV A=hunter2", "ENV A=\u2026"},
        {"ARG TOKEN", "ARG TOKEN"},
        {"RUN |2 A=hunter2 TOKEN=hunter2 /bin/sh -c make # buildkit",
         "RUN A=\u2026 TOKEN=\u2026 /bin/sh -c make # buildkit"},
        {"|1 TOKEN=hunter2 /bin/sh -c make", "RUN TOKEN=\u2026 /bin/sh -c make"},
        {"/bin/sh -c a | b", "/bin/sh -c a | b"},
        {"COPY . / # buildkit", "COPY . / # buildkit"},
        {"", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        assert_str(pt_image_step(&a, pt_str_of(cases[i].step)), cases[i].shown);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elf_facts_of_a_hardened_program_say_so),
        cmocka_unit_test(test_elf_facts_of_a_weak_program_say_what_it_lacks),
        cmocka_unit_test(test_elf_facts_tell_library_fixed_and_partial),
        cmocka_unit_test(test_elf_facts_of_a_program_without_sections_say_that_it_hides_names),
        cmocka_unit_test(test_elf_facts_know_go_rust_guards_and_packers),
        cmocka_unit_test(test_elf_facts_of_no_program_are_none_and_of_a_cut_one_unread),
        cmocka_unit_test(test_settings_say_what_weakens),
        cmocka_unit_test(test_settings_say_what_they_include),
        cmocka_unit_test(test_settings_that_are_too_large_are_unread),
        cmocka_unit_test(test_image_settings_tell_no_values_that_may_be_secret),
        cmocka_unit_test(test_image_step_loses_the_values_of_variables),
    };
    return cmocka_run_group_tests_name("image_looks", tests, NULL, NULL);
}
