// Checksums of files, however they are read, and what packages say of them.
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/image/jobs.h"
#include "collect/image/layers.h"
#include "collect/image/system.h"
#include "collect/image/testing_tar.h"
#include "collect/packages/binary/testing_elf.h"
#include "crypto/crypto.h"
#include "value/json.h"

#define INFO         "var/lib/dpkg/info/"
#define STATUS       "var/lib/dpkg/status"
#define STANZA(name) "Package: " name "\nStatus: install ok installed\nVersion: 1\n\n"
#define MD5_A        "0cc175b9c0f1b6a831c399e269772661" // of "a"
#define MD5_B        "92eb5ffee6ae2fec3ad71c777531578f"

static pt_str hex_of(pt_arena *a, const char *name, pt_digest_kind kind, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(256);
    uint8_t digest[PT_DIGEST_BYTES_MAX];
    pt_digest_run *r = pt_digest_new();
    assert_true(pt_digest_start(r, kind));
    pt_digest_add(r, text);
    size_t n = pt_digest_end(r, digest);
    pt_digest_free(r);
    pt_buf_putz(&b, name);
    pt_hex_put(&b, (pt_str){(const char *)digest, n});
    return pt_arena_str(a, pt_buf_str(&b));
}

static int file_of(pt_str bytes) {
    int fd = memfd_create("job", MFD_CLOEXEC);
    assert_int_equal(pt_fd_write_all(fd, bytes, NULL), PT_OK);
    return fd;
}

// The layer of `tar` upon those before it.
static void lay(pt_layers *l, uint32_t n, pt_buf *tar, uint64_t flags) {
    tar_end(tar);
    PT_AUTO(pt_fd_close) int fd = file_of(pt_buf_str(tar));
    pt_answer got = {.o = {.a = l->a}};
    pt_layer_found found = {.events = pt_undefined()};
    pt_job j = {.size = tar->n, .flags = flags | (n == 1 ? PT_LAYER_LOWEST : 0)};
    pt_err e = {0};
    if (pt_job_layer(&j, fd, &got, &e))
        fail_msg("%s", e.what);
    pt_str *const parts[] = {&found.words, &found.owned, &found.told, &found.claims};
    pt_str events = pt_arena_str(l->a, pt_buf_str(&got.parts[0]));
    for (size_t i = 0; i < PT_COUNT(parts); i++)
        *parts[i] = pt_arena_str(l->a, pt_buf_str(&got.parts[i + 1]));
    assert_int_equal(pt_json_parse(l->a, events, NULL, &found.events, NULL), PT_OK);
    for (size_t i = 0; i < PT_COUNT(got.parts); i++)
        pt_buf_done(&got.parts[i]);
    assert_int_equal(pt_layers_add(l, n, &found, NULL), PT_OK);
    pt_buf_clear(tar);
}

static void use_rules(void) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const pt_str rules = PT_STR("[[rules]]\nid = \"p\"\nregex = '''pass=([a-z]+)'''\n");
    PT_AUTO(pt_fd_close) int fd = file_of(rules);
    pt_answer its = {.o = {.a = &a}};
    pt_job j = {.size = rules.n};
    assert_int_equal(pt_job_rules(&j, fd, &its, NULL), PT_OK);
}

// A program whose second segment is code that is passed.
static pt_str program(pt_arena *a) {
    PT_AUTO(pt_buf_done) pt_buf elf = PT_BUF(2 << 20);
    PT_AUTO(pt_buf_done) pt_buf code = PT_BUF(1 << 20);
    for (uint32_t i = 0; i < (1 << 18); i++)
        pt_buf_put(&code, (pt_str){(const char *)&i, sizeof i});
    const elf_part parts[] = {
        {.name = ".rodata", .bytes = pt_str_sub(pt_buf_str(&code), 0, 8192), .type = 1, .flags = 4},
        {.name = ".text", .bytes = pt_buf_str(&code), .type = 1, .flags = 5},
        {.name = ".data", .bytes = PT_STR("x"), .type = 1, .flags = 6}};
    put_elf(&elf, (elf_form){.wide = true}, parts, PT_COUNT(parts));
    return pt_arena_str(a, pt_buf_str(&elf));
}

// Read by a reader, passed but for its head, read for a look, in windows for secrets, not at all.
static void every_way(void) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(64 << 20);
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(16 << 20);
    pt_layers l;
    pt_layers_init(&l, &a);
    pt_buf_fill(&text, 't', 9 << 20);
    const struct {
        const char *path;
        pt_str content;
        bool none;
    } files[] = {{"etc/os-release", PT_STR("ID=debian\n"), false},
                 {"usr/bin/program", program(&a), false},
                 {"usr/bin/text", pt_buf_str(&text), false},
                 {"usr/bin/zeros", PT_STR("\0\0\0\0"), false},
                 {"etc/dpkg/dpkg.cfg.d/slim", PT_STR("path-exclude=/usr/share/doc/*\n"), false},
                 {"usr/share/x", PT_STR("neither read nor asked for"), false},
                 {"usr/share/empty", {0}, false},
                 {STATUS, PT_STR(STANZA("a")), false},
                 {"usr/local/bin/own", PT_STR("a"), true}};
    for (size_t i = 0; i < PT_COUNT(files); i++)
        tar_file(&tar, files[i].path, '0', files[i].content);
    lay(&l, 1, &tar, PT_LAYER_FILES | PT_LAYER_CLAIMS | PT_LAYER_MD5);
    assert_int_equal(pt_layers_end(&l, PT_IN_IMAGE, NULL), PT_OK);
    for (size_t i = 0; i < PT_COUNT(files); i++) {
        const pt_file *f = pt_files_at(&l.files, pt_str_of(files[i].path));
        assert_non_null(f);
        pt_str want = hex_of(&a, "md5:", PT_DIGEST_MD5, files[i].content);
        assert_true(pt_str_eq(f->sum, files[i].none ? (pt_str){0} : want));
        assert_int_equal(f->size, files[i].content.n);
    }
    const pt_file *f = pt_files_at(&l.files, PT_STR("etc/dpkg/dpkg.cfg.d/slim"));
    assert_str(pt_text(pt_at(pt_getz(f->seen, "left_out"), 0)), "usr/share/doc/*");
}

static void test_sums_are_of_all_bytes_however_they_are_read(void **state) {
    (void)state;
    every_way();
    use_rules();
    every_way();
}

static void test_sums_are_of_the_kinds_that_are_asked_for(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(1 << 20);
    pt_str one = hex_of(&a, "sha1:", PT_DIGEST_SHA1, PT_STR("a"));
    pt_str two = hex_of(&a, "sha256:", PT_DIGEST_SHA256, PT_STR("a"));
    const struct {
        uint64_t flags;
        pt_str want;
    } cases[] = {
        {PT_LAYER_SHA1, one},
        {PT_LAYER_SHA256, two},
        {PT_LAYER_SHA1 | PT_LAYER_SHA256,
         pt_arena_printf(&a, "%.*s %.*s sha256-160:%.*s", PT_PRI(one), PT_PRI(two),
                         PT_PRI(pt_str_sub(two, 7, 47)))},
        {0, {0}},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_layers l;
        pt_layers_init(&l, &a);
        tar_file(&tar, "usr/a", '0', PT_STR("a"));
        tar_file(&tar, "usr/b", '1', (pt_str){0});
        lay(&l, 1, &tar, PT_LAYER_FILES | cases[i].flags);
        assert_int_equal(pt_layers_end(&l, PT_IN_IMAGE, NULL), PT_OK);
        assert_true(pt_str_eq(pt_files_at(&l.files, PT_STR("usr/a"))->sum, cases[i].want));
    }
}

// -- what packages say ----------------------------------------------------------------------------

typedef struct entry {
    const char *path;
    char type;
    const char *text; // or a link's target
} entry;

static void put(pt_buf *tar, const entry *e) {
    char block[TAR_BLOCK];
    bool link = e->type == '1' || e->type == '2';
    tar_head(block, e->path, e->type, link || !e->text ? 0 : strlen(e->text));
    if (link)
        memcpy(block + 157, e->text, strlen(e->text));
    tar_put(tar, block, link ? (pt_str){0} : pt_str_of(e->text));
}

// "PATH:OWNER=SUM" of files that a package speaks of, "-PATH:OWNER@GONE_BY" of those that are not
// there; layers end with an entry without a path, the last one with one more.
static pt_str said(pt_arena *a, const entry *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(1 << 20);
    pt_layers l;
    pt_layers_init(&l, a);
    for (uint32_t n = 1; e->path; n++, e++) {
        for (; e->path; e++)
            put(&tar, e);
        lay(&l, n, &tar, PT_LAYER_FILES | PT_LAYER_CLAIMS | PT_LAYER_MD5);
    }
    assert_int_equal(pt_layers_end(&l, PT_IN_IMAGE, NULL), PT_OK);
    for (size_t i = 0; i < l.files.all.n; i++)
        for (const pt_claim *c = l.files.all.v[i].said; c; c = c->other)
            pt_buf_printf(&b, "%s%.*s:%.*s=%.*s", b.n ? " " : "", PT_PRI(l.files.all.v[i].path),
                          PT_PRI(c->owner), PT_PRI(pt_str_sub(c->sum, 4, 8)));
    for (size_t i = 0; i < l.files.missing.n; i++)
        pt_buf_printf(&b, "%s-%.*s:%.*s@%u", b.n ? " " : "", PT_PRI(l.files.missing.v[i]->path),
                      PT_PRI(l.files.missing.v[i]->owner), l.files.missing.v[i]->gone_by);
    for (size_t i = 0; i < l.problems.items.n; i++)
        pt_buf_printf(&b, " ? %.*s", PT_PRI(pt_text(pt_getz(l.problems.items.v[i], "what"))));
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_files_know_what_packages_say_of_them(void **state) {
    (void)state;
    static const struct {
        entry entries[12];
        const char *want;
    } of[] = {
        {{{STATUS, '0', STANZA("p")},
          {INFO "p.md5sums", '0', MD5_A "  usr/x\n" MD5_B "  usr/none\n"},
          {"usr/x", '0', "a"},
          {0}},
         "usr/x:p=0cc1 -usr/none:p@0"},
        // as of binary files; and a name that begins so
        {{{STATUS, '0', STANZA("p")},
          {INFO "p.md5sums", '0', MD5_A " *usr/x\n" MD5_B "  *y\n"},
          {"usr/x", '0', "a"},
          {"*y", '0', "b"},
          {0}},
         "*y:p=92eb usr/x:p=0cc1"},
        // a later layer has its own word, and its own file
        {{{STATUS, '0', STANZA("p")},
          {INFO "p.md5sums", '0', MD5_A "  usr/x\n"},
          {"usr/x", '0', "a"},
          {0},
          {INFO "p.md5sums", '0', MD5_B "  usr/x\n"},
          {0},
          {"usr/.wh.x", '0', NULL},
          {0}},
         "-usr/x:p@3"},
        // through links to folders
        {{{STATUS, '0', STANZA("p")},
          {INFO "p:amd64.md5sums", '0', MD5_A "  lib/x\n"},
          {"lib", '2', "usr/lib"},
          {"usr/lib/x", '0', "a"},
          {0}},
         "usr/lib/x:p=0cc1"},
        // put aside for another package's: the other one's is where it is
        {{{STATUS, '0', STANZA("p")},
          {INFO "p.md5sums", '0', MD5_A "  bin/x\n"},
          {INFO "q.md5sums", '0', MD5_B "  bin/x\n"},
          {"var/lib/dpkg/diversions", '0', "/bin/x\n/bin/x.p\nq\n"},
          {"bin/x", '0', "b"},
          {"bin/x.p", '0', "a"},
          {0}},
         "bin/x:q=92eb bin/x.p:p=0cc1"},
        // of several packages that say the same
        {{{STATUS, '0', STANZA("p")},
          {INFO "p:amd64.md5sums", '0', MD5_A "  usr/x\n"},
          {INFO "p:i386.md5sums", '0', MD5_A "  usr/x\n"},
          {"usr/x", '0', "a"},
          {0}},
         "usr/x:p=0cc1 usr/x:p=0cc1"},
        // nobody's list: the place is not the system's
        {{{STATUS, '0', STANZA("p")},
          {"opt/p.md5sums", '0', MD5_A "  usr/x\n"},
          {"usr/x", '0', "a"},
          {0}},
         ""},
        // it lists no package: a system without a list is no less one for it
        {{{"etc/os-release", '0', "ID=x\nVERSION_ID=1\n"},
          {"var/lib/dpkg/diversions", '0', "/bin/x\n/bin/x.p\nq\n"},
          {INFO "p.md5sums", '0', ""},
          {0}},
         " ? A system, but no list of its packages"},
    };
    for (size_t i = 0; i < PT_COUNT(of); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        assert_str(said(&a, of[i].entries), of[i].want);
    }
}

// Whoever says that a path is diverted does not own by that what stands there.
static void test_what_stands_in_a_diverted_place_is_nobodys(void **state) {
    (void)state;
    static const struct {
        const char *diversions, *sums, *path, *owner;
    } rows[] = {
        {"", "", "usr/bin/x", "p"},
        {"/usr/bin/x\n/usr/bin/x.d\n:\n", "", "usr/bin/x", ""},
        {"/usr/bin/x\n/opt/x\nnone\n", "", "usr/bin/x", ""},
        {"/usr/bin/x\n/opt/x\np\n", "", "usr/bin/x", "p"},
        {"/usr/bin/x\n/opt/x\nq\n", MD5_A "  usr/bin/x\n", "usr/bin/x", "q"},
        {"/bin/x\n/opt/x\n:\n", "", "usr/bin/x", "p"}, // p says usr/bin/x
        {"/bin/y\n/opt/y\n:\n", "", "usr/bin/y", ""},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(1 << 20);
        pt_layers l;
        const entry of[] = {
            {STATUS, '0', STANZA("p") STANZA("q")},
            {INFO "p.list", '0', "/usr/bin/x\n/bin/y\n"},
            {INFO "p.md5sums", '0', MD5_A "  usr/bin/x\n" MD5_B "  bin/y\n"},
            {INFO "q.md5sums", '0', rows[i].sums},
            {"bin", '2', "usr/bin"},
            {"usr/bin/x", '0', "a"},
            {"usr/bin/y", '0', "b"},
            {"var/lib/dpkg/diversions", '0', rows[i].diversions},
        };
        pt_layers_init(&l, &a);
        for (size_t k = 0; k < PT_COUNT(of); k++)
            put(&tar, &of[k]);
        lay(&l, 1, &tar, PT_LAYER_FILES | PT_LAYER_CLAIMS | PT_LAYER_MD5);
        assert_int_equal(pt_layers_end(&l, PT_IN_IMAGE, NULL), PT_OK);
        const pt_file *f = pt_files_at(&l.files, pt_str_of(rows[i].path));
        assert_non_null(f);
        assert_str(f->owner, rows[i].owner);
        assert_true(f->diverted == !*rows[i].owner);
    }
}

static void test_a_system_is_known_by_its_first_names(void **state) {
    (void)state;
    static const struct {
        const char *path;
        uint64_t want;
    } cases[] = {{"etc/debian_version", PT_LAYER_MD5},
                 {"etc/dpkg/origins/debian", PT_LAYER_MD5},
                 {"etc/dpkgs", 0},
                 {"etc/apk/world", PT_LAYER_SHA1 | PT_LAYER_SHA256},
                 {"var/lib/rpm", PT_LAYER_SHA256},
                 {"opt/etc/apk", 0}};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(1 << 16);
        pt_answer its = {.o = {.a = &a}};
        int64_t sums = -1;
        assert_true(pt_system_sums(pt_str_of(cases[i].path)) == cases[i].want);
        tar_file(&tar, "bin/x", '0', PT_STR("a"));
        tar_file(&tar, cases[i].path, '0', PT_STR("a"));
        tar_end(&tar);
        PT_AUTO(pt_fd_close) int fd = file_of(pt_buf_str(&tar));
        pt_job j = {.size = tar.n};
        assert_int_equal(pt_job_system(&j, fd, &its, NULL), PT_OK);
        assert_true(pt_to_int(pt_getz(pt_obj_end(&its.o), "sums"), &sums));
        assert_true((uint64_t)sums == cases[i].want);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums_are_of_the_kinds_that_are_asked_for),
        cmocka_unit_test(test_sums_are_of_all_bytes_however_they_are_read),
        cmocka_unit_test(test_files_know_what_packages_say_of_them),
        cmocka_unit_test(test_what_stands_in_a_diverted_place_is_nobodys),
        cmocka_unit_test(test_a_system_is_known_by_its_first_names),
    };
    return cmocka_run_group_tests_name("sums", tests, NULL, NULL);
}
