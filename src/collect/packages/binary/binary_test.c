#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/subprocess.h"
#include "base/testing.h"
#include "collect/packages/binary/binary.h"
#include "collect/packages/binary/code.h"
#include "collect/packages/binary/elf.h"
#include "collect/packages/binary/go_version.h"
#include "collect/packages/binary/testing_elf.h"
#include "collect/packages/testing_read.h"

static const elf_form LITTLE = {true, false};

// "name version" of each package, and faults.
static pt_str read_parts(pt_reader *fn, const pt_read *as, elf_form f, const elf_part *parts,
                         size_t n) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    put_elf(&b, f, parts, n);
    return read_file_by(fn, as, pt_arena_str(as->a, pt_buf_str(&b)));
}

static pt_str read_section(pt_reader *fn, pt_arena *a, const char *name, pt_str bytes) {
    return read_parts(fn, &(pt_read){.a = a}, LITTLE, &(elf_part){.name = name, .bytes = bytes}, 1);
}

// -- Go -------------------------------------------------------------------------------------------

#define MARK "0123456789abcdef"

static const char MODULES[] = MARK "path\texample.org/shop/cmd\n"
                                   "mod\texample.org/shop\t(devel)\t\n"
                                   "dep\texample.org/a\tv1.2.3\th1:x=\n"
                                   "dep\texample.org/old\tv1.0.0\n"
                                   "=>\texample.org/new\tv1.1.0\th1:y=\n"
                                   "dep\texample.org/here\tv0.1.0\n"
                                   "=>\t./here\t(devel)\t\n"
                                   "dep\texample.org/b\tv2.0.0+incompatible\th1:z=\n"
                                   "build\t-compiler=gc\n"
                                   "build\t-ldflags=\"-s -w -X 'main.version=1.4.0'\"\n"
                                   "build\tvcs.revision=0123456789abcdef0123\n"
                                   "build\tvcs.time=2024-01-02T03:04:05Z\n" MARK;

static void put_inline(pt_buf *b, const char *version, pt_str modules) {
    pt_buf_putz(b, "\xff Go buildinf:");
    pt_buf_putc(b, 8);
    pt_buf_putc(b, 2);
    pt_buf_fill(b, '\0', 16);
    pt_buf_putc(b, (char)strlen(version));
    pt_buf_putz(b, version);
    pt_buf_putc(b, (char)(unsigned char)(0x80 | (modules.n & 0x7f)));
    pt_buf_putc(b, (char)(modules.n >> 7));
    pt_buf_put(b, modules);
}

static const char *const WANTED = "stdlib v1.22.5   \nexample.org/a v1.2.3   \n"
                                  "example.org/new v1.1.0   \nexample.org/here    \n"
                                  "example.org/b v2.0.0+incompatible   \n"
                                  "example.org/shop v1.4.0   \n";

static void test_go_modules_are_read_inline(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_buf_fill(&b, 'x', 48); // it need not stand first
    put_inline(&b, "go1.22.5", (pt_str){MODULES, sizeof MODULES - 1});
    pt_str build = pt_buf_str(&b);
    assert_str(read_section(pt_read_go_program, &a, ".go.buildinfo", build), WANTED);
    // Without the section: in the first segment that can be written.
    const elf_part parts[] = {{.name = ".text", .bytes = PT_STR("code"), .type = 1, .flags = 5},
                              {.name = ".data", .bytes = build, .type = 1, .flags = 6}};
    assert_str(read_parts(pt_read_go_program, &(pt_read){.a = &a}, LITTLE, parts, 2), WANTED);
    assert_str(read_section(pt_read_go_program, &a, ".go.buildinfo", pt_str_sub(build, 48, 400)),
               "! line 0: a program of Go whose modules cannot be found\n");
    assert_str(read_section(pt_read_go_program, &a, ".go.buildinfo", pt_str_sub(build, 0, 60)), "");
    assert_reads(pt_read_go_program, "#!/bin/sh\n", "");
}

// Before Go 1.18 texts stood behind addresses.
static void test_go_modules_are_read_through_addresses(void **state) {
    (void)state;
    static const elf_form forms[] = {{true, false}, {true, true}, {false, false}, {false, true}};
    for (size_t i = 0; i < PT_COUNT(forms); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
        PT_AUTO(pt_buf_done) pt_buf texts = PT_BUF(1 << 16);
        elf_form f = forms[i];
        pt_buf_putz(&b, "\xff Go buildinf:");
        pt_buf_putc(&b, f.wide ? 8 : 4);
        pt_buf_putc(&b, f.big ? 1 : 0);
        elf_word(&b, f, 0x4000);
        elf_word(&b, f, 0x4020);
        pt_buf_fill(&b, '\0', 32 - b.n % 32);
        elf_word(&texts, f, 0x4040);
        elf_word(&texts, f, 8);
        pt_buf_fill(&texts, '\0', 0x20 - texts.n);
        elf_word(&texts, f, 0x4050);
        elf_word(&texts, f, sizeof MODULES - 1);
        pt_buf_fill(&texts, '\0', 0x40 - texts.n);
        pt_buf_putz(&texts, "go1.22.5");
        pt_buf_fill(&texts, '\0', 8);
        pt_buf_put(&texts, (pt_str){MODULES, sizeof MODULES - 1});
        elf_part parts[] = {
            {.name = ".go.buildinfo", .bytes = pt_buf_str(&b), .type = 1, .flags = 6, .address = 1},
            {.name = ".rodata", .bytes = pt_buf_str(&texts), .type = 1, .address = 0x4000}};
        pt_read r = {.a = &a};
        assert_str(read_parts(pt_read_go_program, &r, f, parts, 2), WANTED);
        parts[1].address = 0x5000;
        assert_str(read_parts(pt_read_go_program, &r, f, parts, 2),
                   "! line 0: a program of Go whose modules cannot be found\n");
    }
}

// Programs that were made without modules have none that is the main one, but a path.
static void test_go_programs_without_modules_have_a_path(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char *const builds[][2] = {
        {MARK "path\texample.org/x/y/cmd/z\nbuild\t-ldflags=\"-X "
              "example.org/x/y/v.Version=2.0.1\"\n" MARK,
         "stdlib v1.19.8   \nexample.org/x/y v2.0.1   \n"},
        {MARK "path\texample.org/x/y/cmd/z\nbuild\t-compiler=gc\n" MARK, "stdlib v1.19.8   \n"},
        {MARK "path\tcommand-line-arguments\nbuild\t-ldflags=\"-X main.version=2.0.1\"\n" MARK,
         "stdlib v1.19.8   \n"}};
    for (size_t i = 0; i < PT_COUNT(builds); i++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
        put_inline(&b, "go1.19.8", pt_str_of(builds[i][0]));
        assert_str(read_section(pt_read_go_program, &a, ".go.buildinfo", pt_buf_str(&b)),
                   builds[i][1]);
    }
}

static void test_go_versions_of_the_toolchain(void **state) {
    (void)state;
    static const char *const versions[][2] = {{"go1.21.13", "v1.21.13"},
                                              {"go1.21.13 X:boringcrypto", "v1.21.13"},
                                              {"go1.22.1-X:loopvar", "v1.22.1"},
                                              {"go1.21.13 (Red Hat 1.21.13-2.el9_4)", "v1.21.13"},
                                              {"go1.23rc1", "v1.23rc1"},
                                              {"devel go1.23-0123 Tue Jan 2", ""},
                                              {"go", ""}};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(versions); i++)
        assert_str(pt_go_toolchain_version(&a, pt_str_of(versions[i][0])), versions[i][1]);
}

static void test_go_versions_of_the_flags(void **state) {
    (void)state;
    static const char *const flags[][2] = {
        {"-X main.version=v1.4.0", "v1.4.0"},
        {"\"-X main.Version=1.4.0 -X main.date=2024.1.1\"", "v1.4.0"},
        {"-s -X=example.org/shop/internal.version=1.2.3", "v1.2.3"},
        {"-X example.org/shop/v.Version=1.2.3 -X k8s.io/version.Version=v0.28.1", "v1.2.3"},
        {"-X k8s.io/version.Version=v0.28.1 -X x.Version=v0.28.2", ""}, // which one?
        {"-X k8s.io/version.Version=v0.28.1 -X x.Version=v0.28.1", "v0.28.1"},
        {"\"-X \\\"main.version=1.2.3-rc.1+b\\\"\"", "v1.2.3-rc.1+b"},
        {"-X main.version=unknown", ""},
        {"-X main.version=2024", ""},
        {"-X main.conversion=1.2", ""},
        {"-X", ""},
        {"", ""}};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(flags); i++)
        assert_str(pt_go_flags_version(&a, pt_str_of(flags[i][0]), PT_STR("example.org/shop")),
                   flags[i][1]);
    assert_str(pt_go_pseudo_version(&a, PT_STR("2024-01-02T03:04:05Z"), PT_STR("0123456789abcdef")),
               "v0.0.0-20240102030405-0123456789ab");
    assert_str(pt_go_pseudo_version(&a, PT_STR("2024"), PT_STR("0123456789abcdef")), "");
    assert_str(pt_go_pseudo_version(&a, PT_STR("2024-01-02T03:04:05Z"), PT_STR("01")), "");
}

static void test_packed_programs_are_said_to_be(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    put_elf(&b, LITTLE, &(elf_part){.name = "x", .bytes = PT_STR("....UPX!....")}, 1);
    memset(b.p + 60, 0, 4); // no sections
    assert_str(read_by(pt_read_go_program, &a, pt_buf_str(&b)),
               "! line 0: a program that UPX has packed: what is in it cannot be read\n");
}

// -- against go itself ----------------------------------------------------------------------------

// The path of go; NULL: it is not here.
static const char *go_path(void) {
    static const char *const places[] = {"/usr/local/go/bin/go", "/usr/bin/go"};
    for (size_t i = 0; i < PT_COUNT(places); i++)
        if (access(places[i], X_OK) == 0)
            return places[i];
    return NULL;
}

// What a command prints; false: it failed.
static bool run(pt_arena *a, const char *const *argv, pt_str *ret) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4 << 20);
    pt_subprocess p = {.argv = argv, .output_bytes_max = 4 << 20, .timeout_ms = 120000};
    pt_subprocess_end end = {0};
    bool ran = pt_subprocess_run(&p, &b, &end, NULL) == PT_OK && end.exit == 0;
    *ret = pt_arena_str(a, pt_buf_str(&b));
    return ran;
}

static void write_file(pt_arena *a, const char *folder, const char *name, const char *text) {
    FILE *f = fopen(pt_arena_printf(a, "%s/%s", folder, name).p, "we");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static pt_str disk_file(pt_arena *a, const char *path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)256 << 20);
    FILE *f = fopen(path, "re");
    size_t n = 1;
    while (f && n) {
        char *room = pt_buf_room(&b, 1 << 20);
        n = room ? fread(room, 1, 1 << 20, f) : 0;
        pt_buf_took(&b, n);
    }
    if (f)
        assert_int_equal(fclose(f), 0);
    return pt_arena_str(a, pt_buf_str(&b));
}

static bool lists(const pt_read *r, pt_str name, pt_str version) {
    for (size_t i = 0; i < r->packages.items.n; i++)
        if (pt_str_eq(pt_text(pt_getz(r->packages.items.v[i], "name")), name) &&
            pt_str_eq(pt_text(pt_getz(r->packages.items.v[i], "version")), version))
            return true;
    return false;
}

// The modules that go tells of a program are those that are read of it.
static void compare_with_go(const char *path) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = (size_t)1 << 30};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    pt_str said = {0};
    assert_true(run(&a, (const char *const[]){go_path(), "version", "-m", path, NULL}, &said));
    assert_int_equal(pt_read_go_program(&r, disk_file(&a, path), NULL), PT_OK);
    assert_int_equal(r.faults.items.n, 0);
    size_t wanted = 1; // the library
    pt_str line;
    while (pt_line_next(&said, &line)) {
        pt_str field[5] = {0};
        for (size_t n = 0; n < 5 && pt_str_split(&line, '\t', &field[n]);)
            n++;
        bool dep = pt_str_eqz(field[1], "dep");
        bool replaced = pt_str_starts(said, PT_STR("\t=>\t"));
        wanted += dep || pt_str_eqz(field[1], "mod");
        if (dep)
            assert_true(lists(&r, field[2], replaced ? PT_STR("") : field[3]) || replaced);
    }
    // One more, where there are no modules: what the program's path and flags say.
    assert_in_range(r.packages.items.n, wanted, wanted + (wanted == 1));
    print_message("%s: %zu modules\n", path, wanted);
}

static void test_go_programs_of_this_machine(void **state) {
    (void)state;
    static const char *const programs[] = {"/usr/bin/containerd", "/usr/sbin/runc",
                                           "/usr/sbin/dockerd"};
    if (!go_path())
        skip_because("no go");
    const char *named = getenv("PT_GO_PROGRAM"); // another one, for a look at it
    if (named)
        compare_with_go(named);
    for (size_t i = 0; i < PT_COUNT(programs); i++) {
        FILE *f = fopen(programs[i], "re");
        if (f) {
            assert_int_equal(fclose(f), 0);
            compare_with_go(programs[i]);
        }
    }
}

// A program of our own with a module of this machine, of which go itself tells.
static void test_go_programs_that_go_makes(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = (size_t)1 << 30};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    char folder[] = "/tmp/pt-go-XXXXXX";
    pt_str said = {0};
    if (!go_path() || !getenv("HOME"))
        skip_because("no go");
    assert_non_null(mkdtemp(folder));
    pt_str lib = pt_arena_printf(&a, "%s/lib", folder);
    assert_int_equal(mkdir(lib.p, 0700), 0);
    write_file(&a, lib.p, "lib.go", "package lib\nvar X int\n");
    write_file(&a, lib.p, "go.mod", "module example.org/lib\n");
    write_file(&a, folder, "go.mod",
               "module example.org/shop\nrequire example.org/lib v1.2.3\n"
               "replace example.org/lib => ./lib\n");
    write_file(&a, folder, "main.go",
               "package main\nimport \"example.org/lib\"\nvar version string\n"
               "func main() { println(lib.X, version) }\n");
    const char *const make[] = {"/usr/bin/env",
                                pt_arena_printf(&a, "HOME=%s", getenv("HOME")).p,
                                "GOTOOLCHAIN=local",
                                "GOPROXY=off",
                                go_path(),
                                "-C",
                                folder,
                                "build",
                                "-ldflags",
                                "-s -w -X main.version=1.4.0",
                                "-o",
                                "shop",
                                ".",
                                NULL};
    bool made = run(&a, make, &said);
    pt_str text = disk_file(&a, pt_arena_printf(&a, "%s/shop", folder).p);
    assert_true(run(&a, (const char *const[]){"/bin/rm", "-rf", folder, NULL}, &said));
    if (!made)
        skip_because("go does not build without a network");
    assert_int_equal(pt_read_go_program(&r, text, NULL), PT_OK);
    assert_int_equal(r.packages.items.n, 3);
    assert_true(lists(&r, PT_STR("example.org/shop"), PT_STR("v1.4.0")));
    assert_true(lists(&r, PT_STR("example.org/lib"), PT_STR("")));
    assert_str(pt_text(pt_getz(r.packages.items.v[0], "name")), "stdlib");
}

// -- Rust -----------------------------------------------------------------------------------------

static pt_str read_rust(pt_arena *a, const char *json) {
    unsigned char packed[4096];
    uLongf n = sizeof packed;
    assert_int_equal(compress(packed, &n, (const Bytef *)json, strlen(json)), Z_OK);
    return read_section(pt_read_rust_program, a, ".dep-v0",
                        pt_arena_str(a, (pt_str){(const char *)packed, n}));
}

static void test_rust_lists_what_is_in_it(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const char *const unsound = "! line 0: a program of Rust whose list of packages is not "
                                       "sound\n";
    assert_str(read_rust(&a, "{\"packages\":["
                             "{\"name\":\"cc\",\"version\":\"1.0.83\",\"source\":\"registry\","
                             "\"kind\":\"build\"},"
                             "{\"name\":\"ring\",\"version\":\"0.17.5\",\"source\":\"registry\","
                             "\"dependencies\":[0]},"
                             "{\"name\":\"app\",\"version\":\"0.1.0\",\"source\":\"local\","
                             "\"dependencies\":[1,0],\"root\":true}]}"),
               "ring 0.17.5   \napp 0.1.0   \n");
    assert_str(read_rust(&a, "{\"packages\":["
                             "{\"name\":\"a\",\"version\":\"1\",\"dependencies\":[1]},"
                             "{\"name\":\"b\",\"version\":\"1\",\"dependencies\":[0]}]}"),
               unsound);
    assert_str(read_rust(&a, "{\"packages\":["
                             "{\"name\":\"a\",\"version\":\"1\",\"root\":true},"
                             "{\"name\":\"b\",\"version\":\"1\",\"root\":true}]}"),
               unsound);
    assert_str(read_rust(&a, "{\"packages\":[{\"name\":\"a\",\"version\":\"1\","
                             "\"dependencies\":[1]}]}"),
               unsound);
    assert_str(read_rust(&a, "{}"), unsound);
    assert_str(read_section(pt_read_rust_program, &a, ".dep-v0", PT_STR("no zlib")), unsound);
    assert_str(read_section(pt_read_rust_program, &a, ".other", PT_STR("x")), "");
}

// -- notes ----------------------------------------------------------------------------------------

static void test_notes_name_their_package(void **state) {
    (void)state;
    static const elf_form forms[] = {{true, false}, {false, true}};
    for (size_t i = 0; i < PT_COUNT(forms); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
        static const char json[] = "{\"type\":\"rpm\",\"name\":\"hello\",\"version\":\"0-1\","
                                   "\"architecture\":\"x86_64\",\"os\":\"fedora\"}";
        const char *const names[] = {"GNU", "FDO"};
        for (size_t k = 0; k < 2; k++) {
            elf_number(&b, forms[i], 4, 4);
            elf_number(&b, forms[i], sizeof json, 4);
            elf_number(&b, forms[i], 0xcafe1a7e, 4);
            pt_buf_put(&b, (pt_str){names[k], 4});
            pt_buf_put(&b, (pt_str){json, sizeof json});
            pt_buf_fill(&b, '\0', (4 - b.n % 4) % 4);
        }
        elf_part part = {.name = ".note.package", .bytes = pt_buf_str(&b), .type = 4};
        pt_read r = {.a = &a};
        assert_str(read_parts(pt_read_package_note, &r, forms[i], &part, 1),
                   "hello 0-1 x86_64  \n");
        part.bytes.n -= 40;
        assert_str(read_parts(pt_read_package_note, &r, forms[i], &part, 1), "");
        b.p[b.n - (sizeof json + 3) / 4 * 4] = '!';
        part.bytes = pt_buf_str(&b);
        assert_str(read_parts(pt_read_package_note, &r, forms[i], &part, 1),
                   "! line 0: a note about its package without a name and version\n");
    }
}

// -- software that is known -----------------------------------------------------------------------

static void test_known_software_is_told_by_its_texts(void **state) {
    (void)state;
    static const struct {
        const char *path;
        pt_str text;
        const char *want;
    } cases[] = {
        {"usr/local/bin/openssl", PT_STR("x\0OpenSSL 1.1.1w  11 Sep 2023\0"), "openssl 1.1.1w"},
        {"opt/libcrypto.so.3", PT_STR("x\0OpenSSL 3.0.13 30 Jan 2024\0"), "openssl 3.0.13"},
        {"opt/libcrypto.so.1", PT_STR("\0OpenSSL 1.1.1 (compatible; BoringSSL)\0"), NULL},
        {"usr/local/nginx/sbin/nginx", PT_STR("nginx version: nginx/1.25.3\0"), "nginx 1.25.3"},
        {"usr/local/bin/redis-server", PT_STR("7.2.3buildkitsandbox-1700000000\0"), "redis 7.2.3"},
        {"usr/local/bin/redis-server",
         PT_STR("valkey\0"
                "7.2.3buildkitsandbox-17\0"),
         NULL},
        {"bin/busybox", PT_STR("BusyBox v1.36.1 (2023)"), "busybox 1.36.1"},
        {"usr/local/bin/node", PT_STR("node.js/v20.10.0\0"), "node 20.10.0"},
        {"usr/local/lib/libpython3.12.so.1.0",
         PT_STR("\0"
                "2.8.0\0\0"
                "3.12.1\0"),
         "python 3.12.1"},
        {"usr/local/bin/python3.12",
         PT_STR("\0"
                "3.12.1\0x\0"
                "3.12.2\0"),
         NULL},
        {"usr/local/bin/python3",
         PT_STR("\0"
                "3.12.1\0"),
         NULL},
        {"usr/local/bin/ruby", PT_STR("ruby 3.2.2p53 (2023-03-30"), "ruby 3.2.2"},
        {"usr/sbin/mariadbd",
         PT_STR("\0"
                "10.11.6-MariaDB-1\0"),
         "mariadb 10.11.6"},
        {"usr/sbin/mysqld", PT_STR("/x/mysql-8.0.35/y"), "mysql 8.0.35"},
        {"usr/local/sbin/haproxy", PT_STR("version 2.9.0-fb, x\0version 2.9.1, released\0"),
         "haproxy 2.9.1"},
        {"bin/bash", PT_STR("@(#)Bash version 5.2.15(1) release\0"), "bash 5.2.15"},
        {"usr/lib/libsqlite3.so.0",
         PT_STR("SQLite format 3\0"
                "3.44.2\0"),
         "sqlite 3.44.2"},
        {"usr/bin/curl", PT_STR("curl/8.5.0\0"), "curl 8.5.0"},
        {"usr/bin/other", PT_STR("curl/8.5.0\0"), NULL},
        {"usr/bin/curlew", PT_STR("curl/8.5.0\0"), NULL},
        {"usr/bin/curl", PT_STR("curl/%s\0curl/8\0curl/."), NULL},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_read r = {.a = &a, .path = pt_str_of(cases[i].path)};
        elf_part part = {.name = ".rodata", .bytes = cases[i].text};
        pt_str got = read_parts(pt_read_known_program, &r, LITTLE, &part, 1);
        pt_str want = cases[i].want ? pt_arena_printf(&a, "%s   \n", cases[i].want) : PT_STR("");
        if (!pt_str_eq(got, want))
            print_error("%s\n", cases[i].path);
        assert_str(got, want.p);
    }
}

// -- Bitnami ------------------------------------------------------------------------------------

static void test_bitnami_lists_its_documents(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    pt_str doc = PT_STR(
        "{\"packages\":[{\"name\":\"redis\",\"versionInfo\":\"7.0.4-2\",\"licenseConcluded\":"
        "\"BSD-3-Clause\",\"externalRefs\":[{\"referenceLocator\":\"cpe:x\"},"
        "{\"referenceLocator\":\"pkg:bitnami/redis@7.0.4-2\"}]},{\"name\":\"x\"}]}");
    assert_int_equal(pt_read_bitnami(&r, doc, NULL), PT_OK);
    assert_int_equal(r.packages.items.n, 1);
    assert_str(pt_text(pt_getz(r.packages.items.v[0], "type")), "bitnami");
    assert_str(read_by(pt_read_bitnami, &a, doc),
               "redis 7.0.4-2   \n! package 2: a package without a name or version\n");
    assert_reads(pt_read_bitnami, "[]", "! line 1: not an SPDX document with packages\n");
    assert_reads(pt_read_bitnami, "", "! line 1: not an SPDX document with packages\n");
}

// -- ELF ------------------------------------------------------------------------------------------

static void test_elf_stays_within_its_file(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    const elf_part parts[] = {{.name = ".a", .bytes = PT_STR("abc"), .type = 1, .address = 0x1000}};
    put_elf(&b, LITTLE, parts, 1);
    pt_elf f;
    assert_true(pt_elf_open(&f, pt_buf_str(&b)));
    assert_str(pt_elf_section_named(&f, ".a"), "abc");
    assert_str(pt_elf_at(&f, 0x1001), "bc");
    assert_int_equal(pt_elf_at(&f, 0x1003).n, 0);
    assert_int_equal(pt_elf_at(&f, 0xfff).n, 0);
    for (size_t n = 0; n < b.n; n++) { // cut anywhere
        pt_str cut = pt_str_sub(pt_buf_str(&b), 0, n);
        if (pt_elf_open(&f, cut))
            PT_IGNORE(pt_elf_section_named(&f, ".a").n);
    }
    memset(b.p + 32, 0xff, 16); // tables far away
    assert_false(pt_elf_open(&f, pt_buf_str(&b)));
}

static void test_code_of_programs_need_not_be_held(void **state) {
    (void)state;
    static char zeros[8192];
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    const elf_part parts[] = {
        {.name = ".rodata", .bytes = {zeros, 5000}, .type = PT_ELF_LOAD, .flags = 4},
        {.name = ".text", .bytes = {zeros, 8192}, .type = PT_ELF_LOAD, .flags = 5},
        {.name = ".data", .bytes = {zeros, 16}, .type = PT_ELF_LOAD, .flags = 6}};
    put_elf(&b, LITTLE, parts, PT_COUNT(parts));
    pt_str front = pt_str_sub(pt_buf_str(&b), 0, 4096);
    uint64_t from = 0;
    uint64_t to = 0;
    assert_false(pt_program_code(PT_STR("opt/x"), front, &from, &to)); // code may be with the rest
    memset(b.p + 64 + 8, 0, 8); // the first segment begins where the file does
    assert_true(pt_program_code(PT_STR("opt/x"), front, &from, &to));
    assert_int_equal(to - from, 8192);
    pt_elf f;
    pt_elf_part text;
    assert_true(pt_elf_open(&f, pt_buf_str(&b)) && pt_elf_segment(&f, 1, &text));
    assert_int_equal(from, text.at);
    assert_false(pt_program_code(PT_STR("bin/curl"), front, &from, &to)); // all is searched
    assert_false(pt_program_code(PT_STR("opt/x"), pt_str_sub(front, 0, 100), &from, &to));
    b.p[64 + 56 + 4] = 7; // can be written
    assert_false(pt_program_code(PT_STR("opt/x"), front, &from, &to));
}

static pt_str parts_text(const pt_program_parts *p, pt_buf *b) {
    pt_buf_clear(b);
    for (size_t i = 0; i < p->n; i++)
        pt_buf_printf(b, "%llu-%llu ", (unsigned long long)p->v[i].from,
                      (unsigned long long)p->v[i].to);
    pt_buf_putc(b, '\0');
    return pt_buf_str(b);
}

static void hold(pt_program_parts *p, size_t from, size_t to) {
    static const char bytes[1000];
    const pt_str text = {bytes, sizeof bytes};
    pt_program_hold_text(p, text, pt_str_sub(text, from, to));
}

static void test_parts_that_are_held_are_joined(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    pt_program_parts p = {.size = 1000};
    hold(&p, 100, 200);
    hold(&p, 400, SIZE_MAX);
    hold(&p, 0, 10);
    assert_string_equal(parts_text(&p, &b).p, "0-10 100-200 400-1000 ");
    p.more = false;
    hold(&p, 120, 200);
    hold(&p, 1000, 2000);
    hold(&p, 30, 20);
    assert_false(p.more);
    hold(&p, 10, 20);
    hold(&p, 150, 300);
    assert_true(p.more);
    assert_string_equal(parts_text(&p, &b).p, "0-20 100-300 400-1000 ");
    hold(&p, 90, 500);
    assert_string_equal(parts_text(&p, &b).p, "0-20 90-1000 ");
    p = (pt_program_parts){.size = 1000};
    for (size_t i = 0; i < PT_PROGRAM_PARTS_MAX; i++)
        hold(&p, 10 * i, 10 * i + 5);
    assert_false(p.all);
    hold(&p, 900, 905);
    assert_true(p.all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_go_modules_are_read_inline),
        cmocka_unit_test(test_go_modules_are_read_through_addresses),
        cmocka_unit_test(test_go_programs_without_modules_have_a_path),
        cmocka_unit_test(test_go_versions_of_the_toolchain),
        cmocka_unit_test(test_go_versions_of_the_flags),
        cmocka_unit_test(test_packed_programs_are_said_to_be),
        cmocka_unit_test(test_go_programs_of_this_machine),
        cmocka_unit_test(test_go_programs_that_go_makes),
        cmocka_unit_test(test_rust_lists_what_is_in_it),
        cmocka_unit_test(test_notes_name_their_package),
        cmocka_unit_test(test_known_software_is_told_by_its_texts),
        cmocka_unit_test(test_bitnami_lists_its_documents),
        cmocka_unit_test(test_elf_stays_within_its_file),
        cmocka_unit_test(test_code_of_programs_need_not_be_held),
        cmocka_unit_test(test_parts_that_are_held_are_joined),
    };
    return cmocka_run_group_tests_name("binary", tests, NULL, NULL);
}
