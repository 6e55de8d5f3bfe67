// What the worker answers of a layer, and how it lays upon another: tars of our own making.
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/image/digest.h"
#include "collect/image/image.h"
#include "collect/image/jobs.h"
#include "collect/image/layers.h"
#include "collect/image/testing_tar.h"
#include "collect/packages/binary/testing_elf.h"
#include "value/json.h"

#define STANZA(name) "Package: " name "\nStatus: install ok installed\nVersion: 1\n\n"
#define LEFT(name) \
    "Package: " name "\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n\n"
#define INFO     "var/lib/dpkg/info/"
#define NPM      "{\"name\":\"lodash\",\"version\":\"1\"}"
#define COMPOSER "{\"name\":\"lodash\",\"version\":\"1\",\"packages\":[]}"
#define STATUS   "var/lib/dpkg/status"

typedef struct entry {
    const char *path;
    char type;        // of tar
    const char *text; // or a link's target
} entry;

static void put(pt_buf *b, const entry *e) {
    char block[TAR_BLOCK];
    bool link = e->type == '1' || e->type == '2';
    tar_head(block, e->path, e->type, link || !e->text ? 0 : strlen(e->text));
    if (link)
        memcpy(block + 157, e->text, strlen(e->text));
    tar_put(b, block, link ? (pt_str){0} : pt_str_of(e->text));
}

// The answer's object and what stands behind it, of a layer of entries up to the one without a
// path.
static pt_value answer_of(pt_arena *a, const entry *entries, uint64_t flags, pt_layer_found *ret) {
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(1 << 22);
    PT_AUTO(pt_fd_close) int fd = memfd_create("layer", MFD_CLOEXEC);
    pt_answer got = {.o = {.a = a}};
    pt_err e = {0};
    for (; entries->path; entries++)
        put(&tar, entries);
    tar_end(&tar);
    pt_job j = {.size = tar.n, .flags = flags};
    assert_int_equal(pt_fd_write_all(fd, pt_buf_str(&tar), NULL), PT_OK);
    if (pt_job_layer(&j, fd, &got, &e))
        fail_msg("%s", e.what);
    pt_str events = pt_arena_str(a, pt_buf_str(&got.parts[0]));
    *ret = (pt_layer_found){.words = pt_arena_str(a, pt_buf_str(&got.parts[1])),
                            .owned = pt_arena_str(a, pt_buf_str(&got.parts[2])),
                            .told = pt_arena_str(a, pt_buf_str(&got.parts[3])),
                            .claims = pt_arena_str(a, pt_buf_str(&got.parts[4]))};
    assert_int_equal(pt_json_parse(a, events, NULL, &ret->events, NULL), PT_OK);
    for (size_t i = 0; i < PT_COUNT(got.parts); i++)
        pt_buf_done(&got.parts[i]);
    return pt_obj_end(&got.o);
}

// "name@layer …" and "? problem" of layers of entries; each layer ends with an entry without a
// path, the last one with one more.
static pt_str scanned(pt_arena *a, const entry *entries) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_layers l;
    pt_layers_init(&l, a);
    for (uint32_t n = 1; entries->path; n++) {
        pt_layer_found found;
        pt_value o = answer_of(a, entries, n == 1 ? PT_LAYER_LOWEST : 0, &found);
        pt_value problems = pt_getz(o, "problems");
        for (size_t i = 0; i < pt_len(problems); i++)
            pt_layers_problem(&l, "fail", pt_text(pt_getz(pt_at(problems, i), "what")), (pt_str){0},
                              n);
        assert_int_equal(pt_layers_add(&l, n, &found, NULL), PT_OK);
        while (entries->path)
            entries++;
        entries++;
    }
    assert_int_equal(pt_layers_end(&l, PT_IN_IMAGE, NULL), PT_OK);
    for (size_t i = 0; i < l.packages.items.n; i++) {
        int64_t layer = 0;
        pt_value p = l.packages.items.v[i];
        assert_true(pt_to_int(pt_getz(p, "layer"), &layer));
        bool opkg = pt_str_eqz(pt_text(pt_getz(p, "type")), "opkg");
        pt_buf_printf(&b, "%s%.*s%s@%lld", b.n ? " " : "", PT_PRI(pt_text(pt_getz(p, "name"))),
                      opkg ? ":opkg" : "", (long long)layer);
    }
    for (size_t i = 0; i < l.problems.items.n; i++)
        pt_buf_printf(&b, "%s? %.*s", b.n ? " " : "",
                      PT_PRI(pt_text(pt_getz(l.problems.items.v[i], "what"))));
    return pt_arena_str(a, pt_buf_str(&b));
}

#define LAYERS_MAX 12
static const struct {
    entry entries[LAYERS_MAX];
    const char *want;
} cases[] = {
    {{{STATUS, '0', STANZA("a")}, {0}}, "a@1"},
    // hard links to what has a name that says nothing
    {{{"data/x", '0', STANZA("a")}, {STATUS, '1', "data/x"}, {0}}, "a@1"},
    {{{"data/x", '0', STANZA("a")}, {STATUS, '1', "./data//x"}, {0}}, "a@1"},
    {{{"data/x", '0', STANZA("a")},
      {"var/lib/dpkg/status.d/x", '1', "data/x"},
      {STATUS, '1', "data/x"},
      {0}},
     "a@1 a@1"},
    {{{"data/x", '0', STANZA("a")}, {STATUS, '1', "data/x"}, {STATUS, '0', STANZA("b")}, {0}},
     "b@1"},
    {{{"data/x", '0', STANZA("a")},
      {STATUS, '1', "data/x"},
      {0},
      {"data/x", '0', STANZA("c")},
      {0}},
     "a@1"},
    {{{STATUS, '1', "data/x"}, {0}}, "? A link leads to data/x, which is not read"},
    // in one layer: the later one counts, and what stands in a folder's place takes it away
    {{{STATUS, '0', STANZA("a")}, {"var/lib/dpkg", '0', "no folder"}, {0}},
     "? The list of 1 packages was deleted, their files may be there"},
    {{{STATUS, '0', STANZA("a")},
      {"var/lib/dpkg", '0', "no folder"},
      {"var/lib/dpkg/", '5', NULL},
      {STATUS, '0', STANZA("b")},
      {0}},
     "b@1"},
    {{{STATUS, '0', STANZA("a")}, {STATUS, '5', NULL}, {0}},
     "? The list of 1 packages was deleted, their files may be there"},
    // of the layers below
    {{{STATUS, '0', STANZA("a")}, {0}, {"var/.wh.lib", '0', NULL}, {STATUS, '0', STANZA("b")}, {0}},
     "b@2"},
    {{{STATUS, '0', STANZA("a")}, {0}, {"var/lib", '0', "no folder"}, {0}},
     "? The list of 1 packages was deleted, their files may be there"},
    {{{STATUS, '0', STANZA("a")}, {0}, {"var/lib", '3', NULL}, {0}},
     "? The list of 1 packages was deleted, their files may be there"},
    {{{STATUS, '0', STANZA("a")}, {0}, {"var/lib", '5', NULL}, {0}}, "a@1"},
    {{{"var/lib/dpkg/status.d/x", '0', STANZA("a")},
      {"var/lib/dpkg/status.d/y", '0', STANZA("b")},
      {0},
      {"var/lib/dpkg/status.d/.wh..wh..opq", '0', NULL},
      {"var/lib/dpkg/status.d/y", '0', STANZA("b")},
      {0}},
     "b@2 ? The list of 1 packages was deleted, their files may be there"},
    {{{"lib", '2', "usr/lib"},
      {"usr/lib/apk/db/installed", '0', "P:a\nV:1\n"},
      {0},
      {"lib/apk/db/.wh.installed", '0', NULL},
      {"lib/apk/db/installed", '0', "P:b\nV:1\n"},
      {0}},
     "b@2"},
    // written through a link of the same layer, or of one below
    {{{"l", '2', "srv/app/node_modules"}, {"l/lodash/package.json", '0', NPM}, {0}}, "lodash@1"},
    {{{"a", '2', "b"}, {"b", '2', "srv/node_modules"}, {"a/x/package.json", '0', NPM}, {0}},
     "lodash@1"},
    {{{STATUS, '0', STANZA("a")}, {"m", '2', "var/lib/dpkg"}, {"m/status", '0', STANZA("b")}, {0}},
     "b@1"},
    {{{STATUS, '0', STANZA("a")},
      {"m", '2', "var/lib/dpkg"},
      {0},
      {"m/status", '0', STANZA("b")},
      {0}},
     "b@2"},
    {{{STATUS, '0', STANZA("a")},
      {"m", '2', "var/lib/dpkg"},
      {0},
      {"m", '5', NULL},
      {"m/status", '0', STANZA("b")},
      {0}},
     "a@1"},
    {{{"l", '2', "srv/node_modules"},
      {0},
      {"l/x/package.json", '1', "blob"},
      {"blob", '0', NPM},
      {0}},
     "lodash@2"},
    {{{"l", '2', "srv/node_modules"},
      {0},
      {"blob", '0', NPM},
      {"l/x/package.json", '1', "blob"},
      {0}},
     "lodash@2"},
    {{{"m", '2', "var/lib/dpkg/status.d"}, {0}, {"m/x", '0', STANZA("a")}, {0}},
     "? A link leads to var/lib/dpkg/status.d, which is not read"},
    // of another kind with the same names
    {{{"m", '2', "var/lib/opkg"}, {0}, {"m/status", '0', STANZA("a")}, {0}}, "a:opkg@2"},
    {{{"var/lib/opkg", '2', "/m"}, {"m/status", '0', STANZA("a")}, {0}},
     "a:opkg@1 ? A link leads to m, which is not read"},
    {{{"var/lib/opkg/status", '2', "/m/status"}, {"m/status", '0', STANZA("a")}, {0}}, "a:opkg@1"},
    {{{"var/lib/dpkg", '2', "/m"}, {"m/status", '0', STANZA("a")}, {0}},
     "a@1 ? A link leads to m, which is not read"},
    // a folder that is a link
    {{{"store/x/package.json", '0', NPM}, {"node_modules/lodash", '2', "../store/x"}, {0}},
     "lodash@1"},
    {{{"store/x/package.json", '0', NPM}, {0}, {"node_modules", '2', "store"}, {0}}, "lodash@1"},
    {{{"x/package.json", '0', NPM}, {"s/l", '2', "/x"}, {"node_modules", '2', "s"}, {0}},
     "lodash@1"},
    {{{"store/x/package.json", '0', NPM}, {"node_modules/b", '2', "../store/y"}, {0}}, ""},
    {{{"x/package.json", '2', "/blob"}, {"blob", '0', NPM}, {"node_modules", '2', "."}, {0}},
     "? A link leads to blob, which is not read as npm"},
    {{{"opt/meta/x.json", '0', "{}"}, {"opt/conda-meta", '2', "meta"}, {0}},
     "? A link leads to opt/meta, which is not read"},
    // a list of packages elsewhere is none, wherever it goes
    {{{"x/status", '0', STANZA("a")}, {0}, {"x/.wh.status", '0', NULL}, {0}}, ""},
    // a link to what is read as something else
    {{{"vendor/composer/installed.json", '0', COMPOSER},
      {"node_modules/a/package.json", '2', "/vendor/composer/installed.json"},
      {0}},
     "? A link leads to vendor/composer/installed.json, which is not read as npm"},
    {{{"vendor/composer/installed.json", '0', COMPOSER},
      {"node_modules/a/package.json", '1', "vendor/composer/installed.json"},
      {0}},
     "lodash@1"},
    {{{"vendor/composer/installed.json", '0', COMPOSER},
      {0},
      {"node_modules/a/package.json", '1', "vendor/composer/installed.json"},
      {0}},
     "? A link gives it this name, by which it is not read as npm"},
    {{{"etc/debian_version", '0', "12.1\n" STANZA("a")}, {STATUS, '2', "/etc/debian_version"}, {0}},
     "? A link leads to etc/debian_version, which is not read as deb ? A system, but no list of "
     "its packages"},
    // a list that is emptied, or that a package was cut out of
    {{{STATUS, '0', STANZA("a")}, {0}, {STATUS, '0', ""}, {0}},
     "? The list of 1 packages was deleted, their files may be there"},
    {{{STATUS, '0', STANZA("a")}, {0}, {STATUS, '0', ""}, {0}, {STATUS, '0', STANZA("a")}, {0}},
     "a@3"},
    {{{"lib/apk/db/installed", '0', "P:a\nV:1\n"}, {0}, {"lib/apk/db/installed", '0', ""}, {0}},
     "? The list of 1 packages was deleted, their files may be there"},
    {{{STATUS, '0', STANZA("a")},
      {INFO "a.list", '0', "/x\n"},
      {INFO "b.list", '0', "/usr/lib/b\n"},
      {INFO "c:amd64.list", '0', "/usr/lib/c\n"},
      {0}},
     "a@1 ? dpkg's status does not list 2 packages whose files it keeps a list of"},
    {{{STATUS, '0', STANZA("a") LEFT("b") LEFT("c")},
      {INFO "a:amd64.list", '0', "/x\n"},
      {INFO "b.list", '0', "/etc/b\n"},
      {INFO "c:amd64.list", '0', "/etc/c\n"},
      {0}},
     "a@1"},
    {{{"var/lib/dpkg/status.d/a", '0', STANZA("a")}, {INFO "b.list", '0', "/etc/b\n"}, {0}}, "a@1"},
    // two names that are no text stay two
    {{{"var/lib/dpkg/status.d/\xff", '0', STANZA("a")},
      {"var/lib/dpkg/status.d/\xfe", '0', STANZA("b")},
      {0}},
     "a@1 b@1"},
};

static void test_layers_of_tars_lie_upon_one_another(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        assert_str(scanned(&a, cases[i].entries), cases[i].want);
    }
}

static void test_a_layer_says_whose_files_are(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const entry entries[] = {
        {"var/lib/dpkg/info/x:amd64.list", '0', "/.\n/usr\n/usr/bin/x\n"},
        {"lib/apk/db/installed", '0', "P:y\nV:1\nF:usr/bin\nR:y\n"},
        {0}};
    pt_layer_found found;
    pt_value o = answer_of(&a, entries, PT_LAYER_LOWEST, &found);
    int64_t n = 0;
    assert_true(pt_to_int(pt_getz(o, "owned"), &n) && n == 3);
    assert_int_equal(found.owned.n, 3 * sizeof(pt_owned));
    assert_int_equal(found.words.n, 0); // nothing lies below
    pt_owned last;
    memcpy(&last, found.owned.p + 2 * sizeof last, sizeof last);
    assert_true(last.path == pt_path_hash(PT_STR("usr/bin/y")) && last.owner == 0);
    assert_str(pt_text(pt_at(pt_getz(pt_at(found.events, 0), "owners"), 0)), "x");
    assert_int_equal(pt_len(pt_at(found.events, 0)), 6); // it lists no packages
}

#define EMPTY_MD5 "d41d8cd98f00b204e9800998ecf8427e"
#define NPM_MD5   "879047b57f1c6d16c9eeeed21f132ee9"

// A line in a list of files is a package's word only with the sum of what is there.
static void test_owners_say_what_a_file_holds(void **state) {
    (void)state;
    static const struct {
        const char *sums, *want;
    } rows[] = {{NPM_MD5 "  usr/lib/node_modules/lodash/package.json\n", "same"},
                {EMPTY_MD5 "  usr/lib/node_modules/lodash/package.json\n", "other"},
                {NPM_MD5 "  usr/lib/other\n", ""},
                {"x  usr/lib/node_modules/lodash/package.json\n", ""},
                {"", ""}};
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        const entry entries[] = {
            {INFO "x.list", '0', "/usr/lib/node_modules/lodash/package.json\n"},
            {INFO "x.md5sums", '0', rows[i].sums},
            {"usr/lib/node_modules/lodash/package.json", '0', NPM},
            {0}};
        pt_layer_found found;
        pt_layers l;
        (void)answer_of(&a, entries, PT_LAYER_LOWEST, &found);
        pt_layers_init(&l, &a);
        assert_int_equal(pt_layers_add(&l, 1, &found, NULL), PT_OK);
        assert_int_equal(pt_layers_end(&l, PT_IN_IMAGE, NULL), PT_OK);
        assert_int_equal(l.packages.items.n, 1);
        assert_int_equal(l.databases, 0);
        pt_value owner = pt_getz(l.packages.items.v[0], "owner");
        assert_str(pt_text(pt_getz(owner, "name")), "x");
        assert_str(pt_text(pt_getz(owner, "content")), rows[i].want);
    }
}

static void test_links_beyond_the_limit_are_one_problem(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(256 << 20);
    PT_AUTO(pt_fd_close) int fd = memfd_create("layer", MFD_CLOEXEC);
    pt_answer got = {.o = {.a = &a}};
    for (unsigned i = 0; i < 200010; i++) {
        const entry one = {pt_arena_printf(&a, "l%u", i).p, '2', "x"};
        put(&tar, &one);
    }
    tar_end(&tar);
    pt_job j = {.size = tar.n};
    assert_int_equal(pt_fd_write_all(fd, pt_buf_str(&tar), NULL), PT_OK);
    assert_int_equal(pt_job_layer(&j, fd, &got, NULL), PT_OK);
    pt_value o = pt_obj_end(&got.o);
    int64_t words = 0;
    assert_int_equal(pt_len(pt_getz(o, "problems")), 1);
    assert_true(pt_to_int(pt_getz(o, "words"), &words) && words == 10);
    for (size_t i = 0; i < PT_COUNT(got.parts); i++)
        pt_buf_done(&got.parts[i]);
}

// A program of Go whose build information stands amid its second segment, which may be code.
static void put_go_program(pt_buf *tar, const char *path, uint32_t flags) {
    PT_AUTO(pt_buf_done) pt_buf elf = PT_BUF(2 << 20);
    PT_AUTO(pt_buf_done) pt_buf second = PT_BUF(1 << 20);
    char block[TAR_BLOCK];
    pt_buf_fill(&second, 'x', 1 << 19);
    pt_buf_put(&second, PT_STR("\xff Go buildinf:\x08\x02"));
    pt_buf_fill(&second, '\0', 16);
    pt_buf_put(&second, PT_STR("\x08go1.22.5\0"));
    pt_buf_fill(&second, 'x', (1 << 20) - second.n);
    const elf_part parts[] = {
        {.name = ".rodata",
         .bytes = pt_str_sub(pt_buf_str(&second), 0, 8192),
         .type = 1,
         .flags = 4},
        {.name = ".text", .bytes = pt_buf_str(&second), .type = 1, .flags = flags},
        {.name = ".data", .bytes = PT_STR("x"), .type = 1, .flags = 6}};
    put_elf(&elf, (elf_form){.wide = true}, parts, PT_COUNT(parts));
    char *segment = elf.p + 64;
    uint64_t at = 0;
    memset(segment + 8, 0, sizeof at); // the first one begins where the file does
    memcpy(&at, segment + 56 + 8, sizeof at);
    at += 1 << 19; // what can be written is part of the second one
    memcpy(segment + 2 * 56 + 8, &at, sizeof at);
    segment[2 * 56 + 32] = 64; // of that many bytes
    tar_head(block, path, '0', elf.n);
    tar_put(tar, block, pt_buf_str(&elf));
}

// What is not held of a file is nothing of the file before it either.
static void test_code_of_programs_is_passed(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(8 << 20);
    PT_AUTO(pt_fd_close) int fd = memfd_create("layer", MFD_CLOEXEC);
    pt_answer got = {.o = {.a = &a}};
    pt_value events = pt_undefined();
    put_go_program(&tar, "opt/a", 4);
    put_go_program(&tar, "opt/b", 5);
    put_go_program(&tar, "opt/c", 4);
    tar_end(&tar);
    pt_job j = {.size = tar.n};
    assert_int_equal(pt_fd_write_all(fd, pt_buf_str(&tar), NULL), PT_OK);
    assert_int_equal(pt_job_layer(&j, fd, &got, NULL), PT_OK);
    assert_int_equal(pt_json_parse(&a, pt_buf_str(&got.parts[0]), NULL, &events, NULL), PT_OK);
    assert_int_equal(pt_len(events), 2);
    assert_str(pt_text(pt_getz(pt_at(events, 0), "path")), "opt/a");
    assert_str(pt_text(pt_getz(pt_at(events, 1), "path")), "opt/c");
    for (size_t i = 0; i < PT_COUNT(got.parts); i++)
        pt_buf_done(&got.parts[i]);
}

// A large program of Go whose build information, and whose sections' names, stand where the first
// reading holds nothing.
static void put_large_program(pt_buf *tar, const char *path) {
    PT_AUTO(pt_buf_done) pt_buf elf = PT_BUF(32 << 20);
    PT_AUTO(pt_buf_done) pt_buf much = PT_BUF(9 << 20);
    PT_AUTO(pt_buf_done) pt_buf build = PT_BUF(64);
    char block[TAR_BLOCK];
    pt_buf_fill(&much, 'x', 9 << 20);
    pt_buf_put(&build, PT_STR("\xff Go buildinf:\x08\x02"));
    pt_buf_fill(&build, '\0', 16);
    pt_buf_put(&build, PT_STR("\x08go1.22.5\0"));
    const elf_part parts[] = {
        {.name = ".data", .bytes = PT_STR("x"), .type = 1, .flags = 6},
        {.name = ".rodata", .bytes = pt_buf_str(&much), .type = 1, .flags = 4},
        {.name = ".go.buildinfo", .bytes = pt_buf_str(&build), .type = 1, .flags = 4},
        {.name = ".text", .bytes = pt_buf_str(&much), .type = 1, .flags = 5}};
    put_elf(&elf, (elf_form){.wide = true}, parts, PT_COUNT(parts));
    tar_head(block, path, '0', elf.n);
    tar_put(tar, block, pt_buf_str(&elf));
}

static void test_large_programs_are_read_where_they_say(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(64 << 20);
    PT_AUTO(pt_fd_close) int fd = memfd_create("layer", MFD_CLOEXEC);
    pt_answer got = {.o = {.a = &a}};
    pt_value events = pt_undefined();
    put_large_program(&tar, "opt/a");
    put(&tar, &(entry){STATUS, '0', STANZA("a")});
    put_large_program(&tar, "opt/b");
    tar_end(&tar);
    pt_job j = {.size = tar.n, .flags = PT_LAYER_SUMS | PT_LOOK_HARDENING};
    pt_str bytes = pt_buf_str(&tar);
    pt_hash256 digest = pt_sha256(&bytes, 1);
    assert_int_equal(pt_fd_write_all(fd, bytes, NULL), PT_OK);
    assert_int_equal(pt_job_layer(&j, fd, &got, NULL), PT_OK);
    assert_int_equal(pt_json_parse(&a, pt_buf_str(&got.parts[0]), NULL, &events, NULL), PT_OK);
    assert_int_equal(pt_len(events), 3);
    assert_str(pt_text(pt_getz(pt_at(events, 0), "path")), "opt/a");
    assert_str(pt_text(pt_getz(pt_at(events, 0), "kind")), "golang");
    assert_str(pt_text(pt_getz(pt_at(events, 1), "path")), STATUS);
    assert_str(pt_text(pt_getz(pt_at(events, 2), "path")), "opt/b");
    assert_str(pt_text(pt_getz(pt_obj_end(&got.o), "diff_id")), pt_digest_text(&a, &digest).p);
    for (size_t i = 0; i < PT_COUNT(got.parts); i++)
        pt_buf_done(&got.parts[i]);
}

// "PATH@LAYER:OWNER" of files that are there, "-PATH@GONE_BY" of those that are not.
static pt_str told(pt_arena *a, const entry *entries) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_layers l;
    pt_layers_init(&l, a);
    for (uint32_t n = 1; entries->path; n++) {
        pt_layer_found found;
        uint64_t lowest = n == 1 ? PT_LAYER_LOWEST : 0;
        (void)answer_of(a, entries, PT_LAYER_FILES | lowest, &found);
        assert_int_equal(pt_layers_add(&l, n, &found, NULL), PT_OK);
        while (entries->path)
            entries++;
        entries++;
    }
    assert_int_equal(pt_layers_end(&l, PT_IN_IMAGE, NULL), PT_OK);
    for (size_t i = 0; i < l.files.all.n; i++) {
        const pt_file *f = &l.files.all.v[i];
        pt_buf_printf(&b, "%s%.*s%s@%u", b.n ? " " : "", PT_PRI(f->path),
                      S_ISDIR(f->mode) ? "/" : "", f->layer);
        if (f->owner.n)
            pt_buf_printf(&b, ":%.*s", PT_PRI(f->owner));
        if (f->hard)
            pt_buf_printf(&b, "=%llu", (unsigned long long)f->size);
    }
    for (size_t i = 0; i < l.files.gone.n; i++)
        pt_buf_printf(&b, "%s-%.*s@%u", b.n ? " " : "", PT_PRI(l.files.gone.v[i].path),
                      l.files.gone.v[i].gone_by);
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_files_are_told_one_by_one(void **state) {
    (void)state;
    static const struct {
        entry entries[LAYERS_MAX];
        const char *want;
    } of[] = {
        {{{"etc/", '5', NULL}, {"etc/x", '0', "1"}, {"etc/y", '2', "x"}, {0}},
         "etc/@1 etc/x@1 etc/y@1"},
        // replaced, deleted, emptied; a folder upon a folder is the same one
        {{{"a", '0', "1"}, {0}, {"a", '0', "2"}, {0}}, "a@2 -a@2"},
        {{{"a", '0', "1"}, {"b", '0', "1"}, {0}, {".wh.a", '0', NULL}, {0}}, "b@1 -a@2"},
        {{{"d/", '5', NULL}, {"d/a", '0', "1"}, {0}, {"d/", '5', NULL}, {0}}, "d/@2 d/a@1"},
        {{{"d/a", '0', "1"}, {0}, {"d/b", '0', "1"}, {"d/.wh..wh..opq", '0', NULL}, {0}},
         "d/b@2 -d/a@2"},
        {{{"d/a", '0', "1"}, {0}, {"d", '0', "no folder"}, {0}}, "d@2 -d/a@2"},
        {{{"d", '0', "1"}, {0}, {"d/", '5', NULL}, {"d/a", '0', "1"}, {0}}, "d/@2 d/a@2 -d@2"},
        // through a link of a lower layer
        {{{"lib", '2', "usr/lib"}, {0}, {"lib/a", '0', "1"}, {0}}, "lib@1 usr/lib/a@2"},
        {{{"lib", '2', "usr/lib"}, {"usr/lib/a", '0', "1"}, {0}, {"lib/.wh.a", '0', NULL}, {0}},
         "lib@1 -usr/lib/a@2"},
        // a hard link is what its target is
        {{{"a", '0', "four"}, {"b", '1', "a"}, {0}, {".wh.a", '0', NULL}, {0}}, "b@1=4 -a@2"},
        // whose they are, also by another name
        {{{STATUS, '0', STANZA("p")},
          {INFO "p.list", '0', "/.\n/lib/x\n"},
          {"lib", '2', "usr/lib"},
          {"usr/lib/x", '0', "1"},
          {0}},
         "lib@1 usr/lib/x@1:p " INFO "p.list@1 " STATUS "@1"},
    };
    for (size_t i = 0; i < PT_COUNT(of); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        assert_str(told(&a, of[i].entries), of[i].want);
    }
}

static void test_what_is_no_record_is_refused(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    const entry entries[] = {{"a", '0', "1"}, {0}, {0}};
    pt_layer_found found;
    (void)answer_of(&a, entries, PT_LAYER_FILES | PT_LAYER_LOWEST, &found);
    for (size_t n = 1; n < found.told.n; n++) {
        pt_layer_found cut = found;
        pt_layers l;
        pt_err e = {0};
        pt_layers_init(&l, &a);
        cut.told = pt_str_sub(found.told, 0, n);
        assert_int_equal(pt_layers_add(&l, 1, &cut, &e), PT_E_CORRUPT);
    }
}

static void test_workspaces_of_a_tree_are_looked_for(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const entry tree[] = {
        {"w/package.json", '0', "{\"name\":\"w\",\"workspaces\":[\"p/*\"]}"},
        {"w/yarn.lock", '0', "a@1:\n  version \"1.0\"\n"},
        {"w/p/b/package.json", '0', "{\"name\":\"b\",\"dependencies\":{\"a\":\"1\"}}"},
        {"p/c/package.json", '0', "{\"name\":\"c\"}"},
        {0}};
    pt_layer_found found;
    (void)answer_of(&a, tree, PT_LAYER_TREE, &found);
    assert_int_equal(pt_len(found.events), 1);
    pt_value all = pt_getz(pt_at(found.events, 0), "packages");
    assert_int_equal(pt_len(all), 3);
    assert_str(pt_text(pt_getz(pt_at(all, 0), "relationship")), "direct");
    assert_str(pt_text(pt_getz(pt_at(all, 1), "name")), "b");
    assert_str(pt_text(pt_getz(pt_at(all, 1), "relationship")), "workspace");
}

// What is only asked for leaves room for what is read.
static void test_texts_aside_cut_off_no_lock_file(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf tar = PT_BUF(256 << 20);
    PT_AUTO(pt_fd_close) int fd = memfd_create("layer", MFD_CLOEXEC);
    pt_answer got = {.o = {.a = &a}};
    char *text = pt_arena_take(&a, 1 << 20);
    memset(text, 'x', (1 << 20) - 1);
    text[(1 << 20) - 1] = '\0';
    for (unsigned i = 0; i < 100; i++)
        put(&tar, &(entry){pt_arena_printf(&a, "data/%u.txt", i).p, '0', text});
    put(&tar, &(entry){"requirements.txt", '0', "a==1\n-r data/1.txt\n-r data/99.txt\n"});
    tar_end(&tar);
    pt_job j = {.size = tar.n, .flags = PT_LAYER_TREE};
    assert_int_equal(pt_fd_write_all(fd, pt_buf_str(&tar), NULL), PT_OK);
    assert_int_equal(pt_job_layer(&j, fd, &got, NULL), PT_OK);
    assert_non_null(strstr(pt_arena_str(&a, pt_buf_str(&got.parts[0])).p, "\"a\""));
    pt_value problems = pt_getz(pt_obj_end(&got.o), "problems");
    assert_int_equal(pt_len(problems), 1);
    assert_str(pt_text(pt_getz(pt_at(problems, 0), "path")), "data/99.txt");
    for (size_t i = 0; i < PT_COUNT(got.parts); i++)
        pt_buf_done(&got.parts[i]);
}

static void test_requirements_of_unusual_names_are_included(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    static const entry tree[] = {
        {"web/requirements.txt", '0', "-r my-own.in\nb\n-c ../pins/of_all.txt"},
        {"web/my-own.in", '0', "a==1\n"},
        {"pins/of_all.txt", '0', "b==2\n"},
        {0}};
    pt_layer_found found;
    (void)answer_of(&a, tree, PT_LAYER_TREE, &found);
    pt_value all = pt_getz(pt_at(found.events, 0), "packages");
    assert_int_equal(pt_len(found.events), 1);
    assert_int_equal(pt_len(all), 2);
    assert_str(pt_text(pt_getz(pt_at(all, 0), "version")), "2");
    assert_str(pt_text(pt_getz(pt_at(all, 1), "name")), "a");
}

static void test_licences_are_read_where_the_job_asks_for_it(void **state) {
    (void)state;
    static const entry entries[] = {
        {"usr/share/doc/a/copyright", '0', "Format: x\n\nFiles: *\nLicense: GPL-2+\n"},
        {"usr/share/doc/b/copyright", '0', "nothing"},
        {"usr/share/doc/c/copyright", '1', "usr/share/doc/a/copyright"},
        {"app/LICENSE", '0', "Licensed under the Apache License, Version 2.0\n"},
        {"app/license.py", '0', "Licensed under the Apache License, Version 2.0\n"},
        {NULL},
    };
    static const char *const says[][2] = {{"usr/share/doc/a/copyright", "GPL-2.0-or-later"},
                                          {"usr/share/doc/b/copyright", ""},
                                          {"usr/share/doc/c/copyright", NULL}, // a hard link
                                          {"app/LICENSE", "Apache-2.0"}};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_layer_found found;
    (void)answer_of(&a, entries, PT_LAYER_LOWEST, &found);
    assert_int_equal(pt_len(found.events), 0);
    (void)answer_of(&a, entries, PT_LAYER_LOWEST | PT_LAYER_LICENCES, &found);
    assert_int_equal(pt_len(found.events), PT_COUNT(says));
    for (size_t i = 0; i < PT_COUNT(says); i++) {
        pt_value event = pt_at(found.events, i);
        assert_str(pt_text(pt_getz(event, "path")), says[i][0]);
        if (says[i][1])
            assert_str(pt_text(pt_getz(event, "says")), says[i][1]);
        else
            assert_str(pt_text(pt_getz(event, "do")), "hard");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_licences_are_read_where_the_job_asks_for_it),
        cmocka_unit_test(test_layers_of_tars_lie_upon_one_another),
        cmocka_unit_test(test_a_layer_says_whose_files_are),
        cmocka_unit_test(test_owners_say_what_a_file_holds),
        cmocka_unit_test(test_links_beyond_the_limit_are_one_problem),
        cmocka_unit_test(test_code_of_programs_is_passed),
        cmocka_unit_test(test_large_programs_are_read_where_they_say),
        cmocka_unit_test(test_files_are_told_one_by_one),
        cmocka_unit_test(test_what_is_no_record_is_refused),
        cmocka_unit_test(test_workspaces_of_a_tree_are_looked_for),
        cmocka_unit_test(test_texts_aside_cut_off_no_lock_file),
        cmocka_unit_test(test_requirements_of_unusual_names_are_included),
    };
    return cmocka_run_group_tests_name("layer", tests, NULL, NULL);
}
