#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/testing.h"
#include "judge/policy/inspect.h"
#include "judge/policy/load_impl.h"
#include "value/json.h"

// -- a folder of files, and what loads them -------------------------------------------------------

typedef struct fixture {
    char dir[64];
    pt_arena a;
    pt_symbols symbols;
    pt_diagnostics d;
    pt_load l;
    pt_err e;
} fixture;

static void begin(fixture *f) {
    *f = (fixture){.dir = "/tmp/pt-load-XXXXXX"};
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(chdir(f->dir), 0);
}

static void renew(fixture *f, size_t bytes_max) {
    pt_arena_done(&f->a);
    f->a.bytes_max = bytes_max;
    f->symbols = (pt_symbols){.arena = &f->a};
    f->d = (pt_diagnostics){.arena = &f->a};
    f->l = (pt_load){.arena = &f->a, .symbols = &f->symbols, .diagnostics = &f->d};
    f->e = (pt_err){0};
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *w) {
    (void)st, (void)type, (void)w;
    return remove(path);
}

static void end(fixture *f) {
    pt_arena_done(&f->a);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void put(const char *path, const void *bytes, size_t n) {
    char folder[256];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *c = folder; *c; c++)
        if (*c == '/') {
            *c = '\0';
            mkdir(folder, 0755);
            *c = '/';
        }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static void put_text(const char *path, const char *text) {
    put(path, text, strlen(text));
}

// Load paths ("-b PATH" is a bundle) up to NULL; PT_OK or the first error.
static pt_code load(fixture *f, const char *const *paths) {
    renew(f, 0);
    for (; *paths; paths++) {
        bool bundle = strncmp(*paths, "-b ", 3) == 0;
        pt_code code =
            bundle ? pt_load_bundle(&f->l, *paths + 3, &f->e) : pt_load_path(&f->l, *paths, &f->e);
        if (code)
            return code;
    }
    return pt_load_end(&f->l, &f->e);
}
#define LOAD(f, ...) load((f), (const char *const[]){__VA_ARGS__, NULL})

static void assert_data(fixture *f, const char *json) {
    pt_value want;
    assert_int_equal(pt_json_parse(&f->a, pt_str_of(json), NULL, &want, NULL), PT_OK);
    if (pt_eq(want, f->l.data))
        return;
    pt_buf b = PT_BUF(1 << 16);
    assert_int_equal(pt_json_write(&b, f->l.data, NULL, NULL), PT_OK);
    print_error("%.*s is not %s\n", PT_PRI(pt_buf_str(&b)), json);
    pt_buf_done(&b);
    fail();
}

static void assert_says(fixture *f, const char *part) {
    if (!strstr(f->e.what, part)) {
        print_error("\"%s\" does not say \"%s\"\n", f->e.what, part);
        fail();
    }
}

// -- names ----------------------------------------------------------------------------------------

static void test_clean_gives_the_shortest_path(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"", "."},
        {".", "."},
        {"./a", "a"},
        {"a//b/", "a/b"},
        {"a/./b", "a/b"},
        {"a/../b", "b"},
        {"../a", "../a"},
        {"a/../..", ".."},
        {"/../a", "/a"},
        {"/", "/"},
        {"/a/../..", "/"},
        {"../../a", "../../a"},
        {"a/b/../../c", "c"},
        {"..a/b", "..a/b"},
    };
    pt_arena a = {0};
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        assert_str(pt_load_clean(&a, pt_str_of(rows[i][0])), rows[i][1]);
    pt_arena_done(&a);
}

// -- files and folders ----------------------------------------------------------------------------

static void test_folder_names_are_keys_and_documents_merge(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    put_text("d/top.json", "{\"a\": {\"x\": 1}}");
    put_text("d/a/deep.yaml", "y: [1, two]\n3: z\n");
    put_text("d/a/.hidden.json", "{\"h\": null}");
    put_text("d/a/README", "not read");
    put_text("d/p.rego", "package p\nq := 1\n");
    assert_int_equal(LOAD(&f, "d"), PT_OK);
    assert_data(&f, "{\"a\": {\"x\": 1, \"y\": [1, \"two\"], \"3\": \"z\", \"h\": null}}");
    assert_int_equal(f.l.n_modules, 1);
    assert_str(f.l.modules[0]->source->file, "d/p.rego");
    assert_int_equal(LOAD(&f, "m.n:d/top.json", "file://d/d/a/deep.yaml"),
                     PT_E_IO); // d is the URL's host
    assert_int_equal(LOAD(&f, "m.n:d/top.json", "d/top.json", "./d/top.json"), PT_OK);
    assert_data(&f, "{\"a\": {\"x\": 1}, \"m\": {\"n\": {\"a\": {\"x\": 1}}}}");
    end(&f);
}

static void test_what_is_wrong_is_said_and_the_rest_is_loaded(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    put_text("d/a.rego", "package a\np :=\n");
    put_text("d/b.json", "{");
    put_text("d/c.json", "[1]");
    put_text("d/e.rego", "package e\nq := 1\n");
    renew(&f, 0);
    assert_int_equal(pt_load_path(&f.l, "d", &f.e), PT_E_FORMAT);
    assert_true(f.d.v.n > 0);
    assert_int_equal(f.l.faults.n, 2);
    assert_str(f.l.faults.v[1].message, "d/c.json: document must be of type object");
    assert_int_equal(pt_load_end(&f.l, &f.e), PT_OK);
    assert_int_equal(f.l.n_modules, 1);
    assert_int_equal(LOAD(&f, "nope"), PT_E_IO);
    assert_says(&f, "stat nope: no such file or directory");
    assert_int_equal(LOAD(&f, "https://example.org/x"), PT_E_UNSUPPORTED);
    end(&f);
}

static void test_two_values_for_one_place_are_refused(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    put_text("1.json", "{\"a\": {\"b-c\": 1}}");
    put_text("2.json", "{\"a\": {\"b-c\": 1, \"d\": 2}}");
    assert_int_equal(LOAD(&f, "1.json", "2.json"), PT_E_FORMAT);
    assert_says(
        &f, "2.json: merge error: conflicting values at data.a[\"b-c\"], also defined in 1.json");
    end(&f);
}

static void test_a_file_of_an_unknown_name_is_what_it_is(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    put_text("module", "package m\np := 1\n");
    put_text("json", "{\"j\": 1}");
    put_text("yaml", "y: 1\n");
    put_text("neither", "a: b: c");
    assert_int_equal(LOAD(&f, "module", "json", "yaml"), PT_OK);
    assert_data(&f, "{\"j\": 1, \"y\": 1}");
    assert_int_equal(f.l.n_modules, 1);
    assert_int_equal(f.d.v.n, 0);
    assert_int_equal(LOAD(&f, "neither"), PT_E_FORMAT);
    assert_says(&f, "neither: can't recognize file type");
    end(&f);
}

static void test_many_documents_merge_in_linear_memory(void **state) {
    (void)state;
    pt_arena a = {0};
    enum {
        N = 20000
    };
    pt_load_document *docs = PT_NEW(&a, pt_load_document, N);
    for (size_t i = 0; i < N; i++) {
        pt_str keys[] = {PT_STR("all"), pt_arena_printf(&a, "k%zu", i)};
        docs[i] = (pt_load_document){pt_load_mount(&a, keys, 2, pt_int(1)), {0}};
    }
    size_t before = a.bytes;
    pt_load_clash clash = {0};
    pt_value v = pt_load_merge(&a, docs, N, &clash);
    assert_int_equal(pt_len(pt_getz(v, "all")), N);
    assert_true(a.bytes - before < (size_t)N * 256);
    pt_arena_done(&a);
}

// -- bundles --------------------------------------------------------------------------------------

static void test_a_bundle_keeps_to_its_roots(void **state) {
    (void)state;
    static const struct {
        const char *roots, *package, *data, *says; // says NULL: it is taken
    } rows[] = {
        {"[\"a\"]", "a.b", "{\"a\": {\"x\": 1}}", NULL},
        {"[\"a/b\", \"c\"]", "a.b.d", "{\"a\": {\"b\": 1}, \"c\": {}}", NULL},
        {"[\"\"]", "z", "{\"q\": 1}", NULL},
        {"[\"a\"]", "ab", "{}", "do not permit 'package ab' in module"},
        {"[\"a\"]", "a", "{\"ab\": 1}", "do not permit data at path '/ab'"},
        {"[\"a/b\"]", "a.b", "{\"a\": {\"c\": 1}}", "do not permit data at path '/a/c'"},
        {"[\"a/b\"]", "a.b", "{\"a\": 1}", "do not permit data at path '/a'"},
        {"[\"a\", \"/a/b/\"]", "a", "{}", "overlapped roots: 'a' and 'a/b'"},
        {"[\"a/b\", \"a.b\"]", "a.b", "{}", NULL},
        {"[\"a/b\"]", "a[\"b/c\"]", "{}", "do not permit"},
        {"[1]", "a", "{}",
         "cannot unmarshal number into Go struct field Manifest.roots of type string"},
    };
    fixture f;
    char text[256];
    begin(&f);
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        snprintf(text, sizeof text, "{\"roots\": %s}", rows[i].roots);
        put_text("b/.manifest", text);
        snprintf(text, sizeof text, "package %s\np := 1\n", rows[i].package);
        put_text("b/m.rego", text);
        put_text("b/data.json", rows[i].data);
        assert_int_equal(LOAD(&f, "-b b"), rows[i].says ? PT_E_FORMAT : PT_OK);
        if (rows[i].says)
            assert_says(&f, rows[i].says);
    }
    end(&f);
}

static void test_bundles_do_not_share_a_root(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    put_text("x/.manifest", "{\"roots\": [\"a\"]}");
    put_text("x/a/data.json", "{\"v\": 1}");
    put_text("y/.manifest", "{\"roots\": [\"a/b\"]}");
    put_text("z/.manifest", "{\"roots\": [\"ab\"], \"rego_version\": 0}");
    put_text("z/old.rego", "package ab\np { true }\n");
    put_text("z/other.json", "{\"not\": \"read\"}");
    put_text("base.json", "{\"a\": {\"gone\": 1}, \"stays\": 1}");
    assert_int_equal(LOAD(&f, "-b x", "-b y"), PT_E_FORMAT);
    assert_says(&f, "[x, y] (a overlaps a/b)");
    assert_int_equal(LOAD(&f, "base.json", "-b x", "-b z", "-b x"), PT_OK);
    assert_data(&f, "{\"a\": {\"v\": 1}, \"stays\": 1}");
    assert_int_equal(f.l.n_modules, 1);
    end(&f);
}

// -- archives -------------------------------------------------------------------------------------

typedef struct tar {
    char bytes[1 << 16];
    size_t n;
} tar;

// A header with its checksum, and the content; `size` is what the header says.
static void add(tar *t, const char *name, char type, const char *content, unsigned long long size) {
    char *block = t->bytes + t->n;
    memset(block, 0, 512);
    memcpy(block, name, strlen(name));
    snprintf(block + 100, 8, "%07o", 0644);
    snprintf(block + 124, 12, "%011llo", size);
    block[156] = type;
    memcpy(block + 257, "ustar\00000", 8);
    unsigned sum = 8 * ' ';
    for (size_t i = 0; i < 512; i++)
        sum += i >= 148 && i < 156 ? 0 : (unsigned char)block[i];
    snprintf(block + 148, 8, "%06o", sum);
    t->n += 512;
    size_t n = strlen(content);
    memset(t->bytes + t->n, 0, (n + 511) / 512 * 512);
    memcpy(t->bytes + t->n, content, n);
    t->n += (n + 511) / 512 * 512;
}

static void add_file(tar *t, const char *name, const char *content) {
    add(t, name, '0', content, strlen(content));
}

static size_t put_gzip(const char *path, tar *t, bool with_end) {
    enum {
        ROOM = 1 << 16
    };
    unsigned char *out = malloc(ROOM);
    if (with_end) {
        memset(t->bytes + t->n, 0, 1024);
        t->n += 1024;
    }
    z_stream z = {.next_in = (unsigned char *)t->bytes,
                  .avail_in = (unsigned)t->n,
                  .next_out = out,
                  .avail_out = ROOM};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    put(path, out, z.total_out);
    deflateEnd(&z);
    free(out);
    return z.total_out;
}

static void test_an_archive_is_read_and_links_are_not(void **state) {
    (void)state;
    fixture f;
    tar *t = calloc(1, sizeof *t);
    begin(&f);
    add(t, "./", '5', "", 0);
    add_file(t, "/a/data.json", "{\"x\": 1}");
    add(t, "././@LongLink", 'L', "b/data.yaml", 12);
    add_file(t, "short", "y: 2\n");
    add(t, "pax", 'x', "20 path=c/data.json\n", 20);
    add_file(t, "short", "{\"z\": 3}");
    add(t, "data.json", '2', "", 0); // a symbolic link
    add(t, "d/data.json", '1', "", 0);
    add_file(t, "other.json", "{");
    add_file(t, "m.rego", "package m\np := 1\n");
    put_gzip("b.tar.gz", t, true);
    assert_int_equal(LOAD(&f, "-b b.tar.gz"), PT_OK);
    assert_data(&f, "{\"a\": {\"x\": 1}, \"b\": {\"y\": 2}, \"c\": {\"z\": 3}}");
    assert_int_equal(f.l.n_modules, 1);
    assert_str(f.l.modules[0]->source->file, "m.rego");
    assert_int_equal(LOAD(&f, "k:b.tar.gz"), PT_OK);
    assert_int_equal(pt_to_int(pt_getz(pt_getz(pt_getz(f.l.data, "k"), "a"), "x"), &(int64_t){0}),
                     true);
    free(t);
    end(&f);
}

static void test_an_archive_that_leads_elsewhere_is_refused(void **state) {
    (void)state;
    static const char *const names[] = {"../data.json", "a/../../data.json", "a\\..\\data.json", "",
                                        "\xff/data.json"};
    fixture f;
    begin(&f);
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        tar *t = calloc(1, sizeof *t);
        add_file(t, names[i], "{}");
        put_gzip("b.tar.gz", t, true);
        assert_int_equal(LOAD(&f, "-b b.tar.gz"), PT_E_FORMAT);
        assert_says(&f, "leads elsewhere");
        free(t);
    }
    end(&f);
}

static void test_a_broken_archive_is_refused(void **state) {
    (void)state;
    static const struct {
        char type;
        const char *content;
        unsigned long long size;
        pt_code code;
    } rows[] = {
        {'0', "{}", 1ull << 32, PT_E_LIMIT},   // larger than a file may be
        {'0', "{}", 2000, PT_E_FORMAT},        // larger than the archive
        {'x', "99 path=x\n", 10, PT_E_FORMAT}, // a record behind the header
        {'x', "9 size=-\n", 9, PT_E_FORMAT},   //
        {'x', "1\n", 2, PT_E_FORMAT},          //
        {'L', "x", 1 << 20, PT_E_FORMAT},      // a name behind the end
        {'S', "", 0, PT_E_FORMAT},             // sparse
    };
    fixture f;
    begin(&f);
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        tar *t = calloc(1, sizeof *t);
        add(t, "data.json", rows[i].type, rows[i].content, rows[i].size);
        put_gzip("b.tar.gz", t, false);
        assert_int_equal(LOAD(&f, "-b b.tar.gz"), rows[i].code);
        free(t);
    }
    tar *t = calloc(1, sizeof *t);
    add_file(t, "data.json", "{}");
    t->bytes[0] ^= 1; // the checksum does not hold any more
    put_gzip("b.tar.gz", t, true);
    assert_int_equal(LOAD(&f, "-b b.tar.gz"), PT_E_FORMAT);
    assert_says(&f, "a header is broken");
    free(t);
    end(&f);
}

static void test_an_archive_cut_anywhere_is_refused(void **state) {
    (void)state;
    fixture f;
    char bytes[4096];
    tar *t = calloc(1, sizeof *t);
    begin(&f);
    add_file(t, "a/data.json", "{\"x\": 1}");
    size_t n = put_gzip("b.tar.gz", t, true);
    FILE *file = fopen("b.tar.gz", "r");
    assert_int_equal(fread(bytes, 1, n, file), n);
    fclose(file);
    for (size_t i = 0; i < n; i++) {
        put("cut.tar.gz", bytes, i);
        if (LOAD(&f, "-b cut.tar.gz") != PT_E_FORMAT) {
            print_error("cut after %zu bytes\n", i);
            fail();
        }
        bytes[i] ^= 0x40;
        put("bent.tar.gz", bytes, n);
        PT_IGNORE(LOAD(&f, "-b bent.tar.gz")); // bits of the gzip header may bend
        bytes[i] ^= 0x40;
    }
    free(t);
    end(&f);
}

// The first allocation fails, then the second …
static void test_every_allocation_may_fail(void **state) {
    (void)state;
    fixture f;
    tar *t = calloc(1, sizeof *t);
    begin(&f);
    put_text("d/a/x.json", "{\"x\": {\"y\": [1, 2, 3]}}");
    put_text("d/a.yaml", "a: {z: 1}");
    put_text("d/p.rego", "package p\nq := data.a.z\n");
    add_file(t, "b/data.json", "{\"x\": 1}");
    add_file(t, ".manifest", "{\"roots\": [\"b\"]}");
    put_gzip("b.tar.gz", t, true);
    pt_code code = PT_E_NOMEM;
    for (size_t max = 4096; code; max += 4096) {
        renew(&f, max);
        code = pt_load_path(&f.l, "d", &f.e);
        if (!code)
            code = pt_load_bundle(&f.l, "b.tar.gz", &f.e);
        if (!code)
            code = pt_load_end(&f.l, &f.e);
        assert_true(code == PT_OK || code == PT_E_NOMEM);
    }
    assert_data(&f, "{\"a\": {\"x\": {\"y\": [1, 2, 3]}, \"z\": 1}, \"b\": {\"x\": 1}}");
    free(t);
    end(&f);
}

// -- archives that are written --------------------------------------------------------------------

static void test_what_is_written_is_read_whatever_the_names(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    renew(&f, 0);
    static const size_t lengths[] = {1, 99, 100, 101, 155, 156, 200, 255, 256, 257, 990, 4000};
    pt_load_files files = {0};
    assert_non_null(pt_load_state_of(&f.l));
    for (size_t i = 0; i < 2 * PT_COUNT(lengths); i++) {
        size_t n = lengths[i / 2];
        char name[4096];
        memset(name, 'n', n);
        for (size_t k = 30; i % 2 && k + 1 < n; k += 30)
            name[k] = '/';
        pt_load_entry *e = PT_PUSH(&f.a, &files.v);
        *e = (pt_load_entry){pt_arena_printf(&f.a, "/%.*s.rego", (int)n, name),
                             pt_arena_printf(&f.a, "%*s", (int)(i * 100), "")};
    }
    pt_buf b = PT_BUF(1 << 20);
    assert_true(pt_load_tar(&files.v, &b));
    put("t.tar.gz", b.p, b.n);
    pt_load_files back = {0};
    assert_int_equal(pt_load_files_of(&f.l, PT_STR("t.tar.gz"), true, &back), PT_OK);
    assert_int_equal(back.v.n, files.v.n);
    for (size_t i = 0; i < back.v.n; i++) {
        assert_true(pt_str_eq(back.v.v[i].path, files.v.v[i].path));
        assert_true(pt_str_eq(back.v.v[i].bytes, files.v.v[i].bytes));
    }
    pt_buf little = PT_BUF(100);
    assert_false(pt_load_tar(&files.v, &little));
    pt_buf_done(&little);
    pt_buf_done(&b);
    end(&f);
}

// -- bundles that are made ------------------------------------------------------------------------

static pt_code make(fixture *f, const pt_load_signer *by, const pt_load_trust *trust) {
    pt_load_contents c;
    pt_str text;
    pt_buf b = PT_BUF(1 << 20);
    f->l.trust = trust;
    pt_code code = pt_load_bundle(&f->l, "n.tar.gz", &f->e);
    if (!code)
        code = pt_load_end(&f->l, &f->e);
    f->l.trust = NULL;
    if (!code)
        code = pt_load_delta(&f->l, "d", &f->e);
    if (!code)
        code = pt_load_pack(&f->l, "3", by, &b, &f->e);
    pt_buf_done(&b);
    if (!code)
        code = pt_load_sign(&f->l, (const char *const[]){"b", "n.tar.gz"}, 2, by, &text, &f->e);
    return code ? code : pt_load_inspect(&f->l, "b", &c, &f->e);
}

// With less memory than it takes, nothing else is said than that.
static void assert_memory_only(fixture *f, const pt_load_signer *by, const pt_load_trust *trust) {
    put_text("d/patch.json", "{\"data\": [{\"op\": \"replace\", \"path\": \"/a/n/m\"}]}");
    pt_code code = PT_E_NOMEM;
    size_t max = 1 << 12;
    for (; code == PT_E_NOMEM && max < 1 << 24; max += 1 << 10) {
        renew(f, max);
        code = make(f, by, trust);
    }
    assert_int_equal(code, PT_OK);
    assert_true(max > 1 << 14);
}

static void test_what_is_packed_and_signed_is_what_was_loaded(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    put_text("b/a/data.json", "{\"x\": 1.0, \"l\": [1]}");
    put_text("b/a/p.rego", "# METADATA\n# title: T\npackage   a.p\nq:=data.a.x\n");
    put_text("b/.manifest", "{\"roots\": [\"a\"], \"revision\": \"1\"}");
    put_text("d/patch.json", "{\"data\": [{\"op\": \"upsert\", \"path\": \"/a/n/m\", \"value\": 2},"
                             "{\"op\": \"remove\", \"path\": \"a/l/0\"}]}");
    put_text("d/.manifest", "{\"roots\": [\"a\"], \"revision\": \"2\"}");
    const pt_load_signer by = {{PT_STR("k"), PT_STR("HS256"), PT_STR("of this test")}, {0}};
    const pt_load_trust trust = {.keys = &by.key, .n_keys = 1};
    assert_int_equal(LOAD(&f, "-b b"), PT_OK);
    assert_int_equal(pt_load_delta(&f.l, "d", &f.e), PT_OK);
    assert_data(&f, "{\"a\": {\"x\": 1.0, \"l\": [], \"n\": {\"m\": 2}}}");
    pt_buf b = PT_BUF(1 << 20);
    assert_int_equal(pt_load_pack(&f.l, NULL, &by, &b, &f.e), PT_OK);
    put("n.tar.gz", b.p, b.n);
    pt_buf_done(&b);
    for (size_t pass = 0; pass < 2; pass++) { // the archive, then the folder, signed
        const char *path = pass ? "b" : "n.tar.gz";
        renew(&f, 0);
        f.l.trust = &trust;
        assert_int_equal(pt_load_bundle(&f.l, path, &f.e), PT_OK);
        assert_int_equal(pt_load_end(&f.l, &f.e), PT_OK);
        assert_int_equal(f.l.n_modules, 1);
        pt_load_contents c;
        pt_str text;
        renew(&f, 0);
        assert_int_equal(pt_load_inspect(&f.l, path, &c, &f.e), PT_OK);
        assert_str(pt_text(pt_getz(c.manifest, "revision")), pass ? "1" : "2");
        assert_int_equal(pt_len(c.namespaces), 2);
        assert_int_equal(c.notes.n, 1);
        assert_str(pt_text(pt_getz(c.notes.v[0].says, "title")), "T");
        assert_str(pt_text(pt_getz(pt_load_signature_says(&f.l, c.signatures), "kid")), "k");
        if (!pass) {
            assert_int_equal(pt_load_sign(&f.l, (const char *const[]){"b"}, 1, &by, &text, &f.e),
                             PT_OK);
            put("b/.signatures.json", text.p, text.n);
        }
    }
    assert_memory_only(&f, &by, &trust);
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_gives_the_shortest_path),
        cmocka_unit_test(test_folder_names_are_keys_and_documents_merge),
        cmocka_unit_test(test_what_is_wrong_is_said_and_the_rest_is_loaded),
        cmocka_unit_test(test_two_values_for_one_place_are_refused),
        cmocka_unit_test(test_a_file_of_an_unknown_name_is_what_it_is),
        cmocka_unit_test(test_many_documents_merge_in_linear_memory),
        cmocka_unit_test(test_a_bundle_keeps_to_its_roots),
        cmocka_unit_test(test_bundles_do_not_share_a_root),
        cmocka_unit_test(test_an_archive_is_read_and_links_are_not),
        cmocka_unit_test(test_an_archive_that_leads_elsewhere_is_refused),
        cmocka_unit_test(test_a_broken_archive_is_refused),
        cmocka_unit_test(test_an_archive_cut_anywhere_is_refused),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_what_is_written_is_read_whatever_the_names),
        cmocka_unit_test(test_what_is_packed_and_signed_is_what_was_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
