#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/testing.h"
#include "collect/packages/claims.h"
#include "collect/packages/os/os.h"
#include "collect/packages/os/rpm.h"
#include "collect/packages/testing_read.h"

// -- SQLite ---------------------------------------------------------------------------------------

typedef struct rpm_entry {
    uint32_t tag, type;
    const char *text; // of a string
    uint32_t number;  // of an int32
} rpm_entry;

static void put32(pt_buf *b, uint32_t n) {
    for (int shift = 24; shift >= 0; shift -= 8)
        pt_buf_putc(b, (char)(unsigned char)(n >> shift & 0xff));
}

// A header of these entries, up to the one without a tag.
static void put_rpm_header(pt_buf *b, const rpm_entry *e) {
    PT_AUTO(pt_buf_done) pt_buf entries = PT_BUF(4096);
    PT_AUTO(pt_buf_done) pt_buf data = PT_BUF(4096);
    for (; e->tag; e++) {
        while (e->type == 4 && data.n % 4)
            pt_buf_putc(&data, '\0');
        put32(&entries, e->tag);
        put32(&entries, e->type);
        put32(&entries, (uint32_t)data.n);
        put32(&entries, 1);
        if (e->type == 4)
            put32(&data, e->number);
        else {
            pt_buf_putz(&data, e->text);
            pt_buf_putc(&data, '\0');
        }
    }
    put32(b, (uint32_t)(entries.n / 16));
    put32(b, (uint32_t)data.n);
    pt_buf_put(b, pt_buf_str(&entries));
    pt_buf_put(b, pt_buf_str(&data));
}

// A database of these blobs, in `b`. `sql` makes its table.
static void put_rpm_db(pt_buf *b, const char *sql, const pt_str *blobs, size_t n) {
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    sqlite3_int64 bytes = 0;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(
            sqlite3_prepare_v2(db, "INSERT INTO Packages (blob) VALUES (?)", -1, &s, NULL),
            SQLITE_OK);
        sqlite3_bind_blob(s, 1, blobs[i].p, (int)blobs[i].n, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(s), SQLITE_DONE);
        sqlite3_finalize(s);
    }
    unsigned char *p = sqlite3_serialize(db, "main", &bytes, 0);
    assert_non_null(p);
    pt_buf_put(b, (pt_str){(const char *)p, (size_t)bytes});
    sqlite3_free(p);
    sqlite3_close(db);
}

#define RPM_TABLE "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)"

static void test_rpm_lists_what_is_there(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf db = PT_BUF(1 << 20);
    PT_AUTO(pt_buf_done) pt_buf one = PT_BUF(4096);
    PT_AUTO(pt_buf_done) pt_buf two = PT_BUF(4096);
    PT_AUTO(pt_buf_done) pt_buf key = PT_BUF(4096);
    PT_AUTO(pt_buf_done) pt_buf none = PT_BUF(4096);
    put_rpm_header(&one, (const rpm_entry[]){{1000, 6, "libuuid", 0},
                                             {1001, 6, "1", 0},
                                             {1002, 6, "42.el8", 0},
                                             {1022, 6, "x86_64", 0},
                                             {1044, 6, "util-linux-2.32.1-42.el8.src.rpm", 0},
                                             {1001, 6, "2.32.1", 0}, // the later one counts
                                             {0}});
    put_rpm_header(&two, (const rpm_entry[]){{1000, 6, "perl", 0},
                                             {1001, 6, "5.26", 0},
                                             {1002, 6, "3", 0},
                                             {1003, 4, NULL, 4},
                                             {1044, 6, "odd", 0},
                                             {0}});
    put_rpm_header(
        &key,
        (const rpm_entry[]){{1000, 6, "gpg-pubkey", 0}, {1001, 6, "1", 0}, {1002, 6, "2", 0}, {0}});
    put_rpm_header(&none, (const rpm_entry[]){{1000, 6, "x", 0}, {1001, 4, NULL, 1}, {0}});
    const pt_str blobs[] = {pt_buf_str(&one), pt_buf_str(&two),
                            pt_buf_str(&key), pt_buf_str(&none),
                            PT_STR("short"),  PT_STR("\0\0\0\x01\xff\xff\xff\xff")};
    put_rpm_db(&db, RPM_TABLE, blobs, PT_COUNT(blobs));
    db.p[18] = db.p[19] = 2; // as if a log stood beside it
    assert_str(read_by(pt_read_rpm_sqlite, &a, pt_buf_str(&db)),
               "libuuid 2.32.1-42.el8 x86_64 util-linux 2.32.1-42.el8\nperl 4:5.26-3   \n"
               "! row 4: a package without a name or version\n! row 5: not a package's header\n"
               "! row 6: not a package's header\n");
}

static void test_rpm_runs_nothing_of_the_database(void **state) {
    (void)state;
    static const char *const schemas[] = {
        "CREATE TABLE t (blob); CREATE VIEW Packages AS SELECT randomblob(1000000000) AS blob",
        "CREATE TABLE Packages (a)", "CREATE TABLE other (blob)"};
    for (size_t i = 0; i < PT_COUNT(schemas); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        PT_AUTO(pt_buf_done) pt_buf db = PT_BUF(1 << 20);
        put_rpm_db(&db, schemas[i], NULL, 0);
        assert_str(read_by(pt_read_rpm_sqlite, &a, pt_buf_str(&db)),
                   "! row 0: behind it the file is not a sound SQLite database of rpm\n");
    }
    assert_reads(pt_read_rpm_sqlite, "not a database",
                 "! row 0: behind it the file is not a sound SQLite database of rpm\n");
}

// -- rpm's own database ---------------------------------------------------------------------------

static void put_number(pt_buf *b, uint32_t n, unsigned bytes, bool big) {
    for (unsigned i = 0; i < bytes; i++)
        pt_buf_putc(b, (char)(unsigned char)(n >> 8 * (big ? bytes - 1 - i : i) & 0xff));
}

static void pad_to(pt_buf *b, size_t n) {
    assert_true(b->n <= n);
    pt_buf_fill(b, '\0', n - b->n);
}

static void poke32(pt_buf *b, size_t at, uint32_t n, bool big) {
    for (unsigned i = 0; i < 4; i++)
        b->p[at + i] = (char)(unsigned char)(n >> 8 * (big ? 3 - i : i) & 0xff);
}

static void put_ndb(pt_buf *b, const pt_str *blobs, size_t n) {
    pt_buf_putz(b, "RpmP");
    put_number(b, 0, 4, false);
    put_number(b, 1, 4, false);
    put_number(b, 1, 4, false); // pages of slots
    pad_to(b, 32);
    size_t at = 4096;
    for (size_t i = 0; i < n; i++) {
        size_t whole = (16 + blobs[i].n + 12 + 15) / 16 * 16;
        pt_buf_putz(b, "Slot");
        put_number(b, (uint32_t)i + 1, 4, false);
        put_number(b, (uint32_t)(at / 16), 4, false);
        put_number(b, (uint32_t)(whole / 16), 4, false);
        at += whole;
    }
    for (size_t i = n; i < 254; i++) {
        pt_buf_putz(b, "Slot");
        pt_buf_fill(b, '\0', 12);
    }
    for (size_t i = 0; i < n; i++) {
        size_t end = b->n + (16 + blobs[i].n + 12 + 15) / 16 * 16;
        pt_buf_putz(b, "BlbS");
        put_number(b, (uint32_t)i + 1, 4, false);
        put_number(b, 1, 4, false);
        put_number(b, (uint32_t)blobs[i].n, 4, false);
        pt_buf_put(b, blobs[i]);
        pad_to(b, end - 8);
        put_number(b, (uint32_t)blobs[i].n, 4, false);
        pt_buf_putz(b, "BlbE");
    }
}

static pt_str package_blob(pt_arena *a, const char *name, const char *vendor) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(8192);
    put_rpm_header(&b, (const rpm_entry[]){{1000, 6, name, 0},
                                           {1001, 6, "1", 0},
                                           {1002, 6, "2", 0},
                                           {1011, 6, vendor, 0},
                                           {1014, 6, "MIT", 0},
                                           {1047, 8, name, 0},
                                           {5096, 6, "m:1", 0},
                                           {0}});
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_ndb_lists_what_is_there(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_str one = package_blob(&a, "one", "v");
    const pt_str blobs[] = {one, package_blob(&a, "two", "v")};
    put_ndb(&b, blobs, 2);
    assert_str(read_by(pt_read_rpm_ndb, &a, pt_buf_str(&b)), "one 1-2   \ntwo 1-2   \n");
    poke32(&b, 32 + 4, 9, false); // the slot of another package
    assert_str(read_by(pt_read_rpm_ndb, &a, pt_buf_str(&b)),
               "two 1-2   \n! package 1: not a slot with a package's header\n");
    poke32(&b, 32 + 4, 0, false); // it was removed
    assert_str(read_by(pt_read_rpm_ndb, &a, pt_buf_str(&b)), "two 1-2   \n");
    poke32(&b, 48 + 12, 0xfffffff, false);
    assert_str(read_by(pt_read_rpm_ndb, &a, pt_buf_str(&b)),
               "! package 1: not a slot with a package's header\n");
    poke32(&b, 12, 2049, false);
    assert_str(read_by(pt_read_rpm_ndb, &a, pt_buf_str(&b)),
               "! package 0: not a database of rpm (ndb)\n");
    assert_reads(pt_read_rpm_ndb, "RpmP", "! package 0: not a database of rpm (ndb)\n");
}

// Blobs that lie in one another: no database has more of them than bytes.
static void test_ndb_reads_no_byte_twice(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    char vendor[2000];
    memset(vendor, 'v', sizeof vendor - 1);
    vendor[sizeof vendor - 1] = '\0';
    pt_str one = package_blob(&a, "one", vendor);
    put_ndb(&b, &one, 1);
    for (size_t i = 1; i < 254; i++)
        memcpy(b.p + 32 + 16 * i, b.p + 32, 16);
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    assert_int_equal(pt_read_rpm_ndb(&r, pt_buf_str(&b), NULL), PT_OK);
    assert_true(r.packages.items.n <= b.n / one.n && r.packages.items.n > 0);
    assert_true(r.faults.items.n > 0);
}

// -- Berkeley DB ----------------------------------------------------------------------------------

enum {
    PAGE = 512,
};

static void put_page_head(pt_buf *b, uint32_t number, uint32_t next, uint32_t entries,
                          uint32_t bytes, char type, bool big) {
    pt_buf_fill(b, '\0', 8);
    put_number(b, number, 4, big);
    put_number(b, 0, 4, big);
    put_number(b, next, 4, big);
    put_number(b, entries, 2, big);
    put_number(b, bytes, 2, big);
    pt_buf_putc(b, '\0');
    pt_buf_putc(b, type);
}

// A bucket with the counter, one inline header and one on the pages that follow.
static void put_bdb(pt_buf *b, pt_str small, pt_str large, bool big) {
    uint32_t chain = (uint32_t)((large.n + PAGE - 27) / (PAGE - 26));
    pt_buf_fill(b, '\0', 12);
    put_number(b, 0x061561, 4, big);
    put_number(b, 9, 4, big);
    put_number(b, PAGE, 4, big);
    pt_buf_putc(b, '\0');
    pt_buf_putc(b, 8);
    pad_to(b, 32);
    put_number(b, 1 + chain, 4, big);
    pad_to(b, PAGE);
    const size_t sizes[] = {5, 5, 5, 1 + small.n, 5, 12};
    put_page_head(b, 1, 0, 6, 0, 13, big);
    size_t at = PAGE;
    for (size_t i = 0; i < 6; i++)
        put_number(b, (uint32_t)(at -= sizes[i]), 2, big);
    pad_to(b, PAGE + at);
    pt_buf_put(b, PT_STR("\x03\0\0\0")); // the last entry stands first
    put_number(b, 2, 4, big);
    put_number(b, (uint32_t)large.n, 4, big);
    pt_buf_putc(b, 1);
    put_number(b, 7, 4, big);
    pt_buf_putc(b, 1);
    pt_buf_put(b, small);
    pt_buf_putc(b, 1);
    put_number(b, 5, 4, big);
    pt_buf_putc(b, 1);
    put_number(b, 8, 4, big);
    pt_buf_putc(b, 1);
    put_number(b, 0, 4, big);
    assert_int_equal(b->n, (size_t)2 * PAGE);
    for (uint32_t i = 0; i < chain; i++) {
        pt_str part = pt_str_sub(large, (size_t)i * (PAGE - 26), ((size_t)i + 1) * (PAGE - 26));
        put_page_head(b, 2 + i, i + 1 < chain ? 3 + i : 0, 1, (uint32_t)part.n, 7, big);
        pt_buf_put(b, part);
        pad_to(b, PAGE * ((size_t)3 + i));
    }
}

static void test_berkeley_lists_what_is_there_in_both_orders(void **state) {
    (void)state;
    for (int big = 0; big < 2; big++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
        char vendor[1500];
        memset(vendor, 'v', sizeof vendor - 1);
        vendor[sizeof vendor - 1] = '\0';
        put_bdb(&b, package_blob(&a, "small", "v"), package_blob(&a, "large", vendor), big);
        pt_str text = pt_buf_str(&b);
        assert_str(read_by(pt_read_rpm_bdb, &a, text), "small 1-2   \nlarge 1-2   \n");
        assert_str(read_by(pt_read_rpm_bdb, &a, pt_str_sub(text, 0, text.n - 1)),
                   "small 1-2   \n! package 2: a package whose header cannot be found\n"
                   "! package 2: behind it the file is cut\n");
        poke32(&b, 2 * PAGE + 16, 2, big); // a chain that bites its tail
        assert_str(read_by(pt_read_rpm_bdb, &a, text),
                   "small 1-2   \n! package 2: a package whose header cannot be found\n");
        poke32(&b, 2 * PAGE + 16, 1, big); // … that runs into a bucket
        assert_str(read_by(pt_read_rpm_bdb, &a, text),
                   "small 1-2   \n! package 2: a package whose header cannot be found\n");
        b.p[PAGE + 20] = b.p[PAGE + 21] = -1;
        assert_str(read_by(pt_read_rpm_bdb, &a, text),
                   "! package 1: more entries than their page has room for\n");
        poke32(&b, 20, 600, big);
        assert_str(read_by(pt_read_rpm_bdb, &a, text),
                   "! package 0: not a database of rpm (Berkeley DB)\n");
    }
}

// -- headers --------------------------------------------------------------------------------------

static void test_rpm_header_gives_more_than_its_name(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(4096);
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    pt_rpm w = {.r = &r};
    assert_int_equal(pt_rpm_put(&w, package_blob(&a, "x", "Example"), NULL), PT_OK);
    assert_int_equal(pt_rpm_end(&w, NULL), PT_OK);
    assert_int_equal(pt_json_write(&out, r.packages.items.v[0], NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&out),
               "{\"licences\":[\"MIT\"],\"more\":{\"module\":\"m:1\",\"provides\":[\"x\"],"
               "\"vendor\":\"Example\"},\"name\":\"x\",\"version\":\"1-2\"}");
}

// A package that provides one thing and requires one.
static pt_str needing_blob(pt_arena *a, const char *name, const char *requires_) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(8192);
    put_rpm_header(&b, (const rpm_entry[]){{1000, 6, name, 0},
                                           {1001, 6, "1", 0},
                                           {1002, 6, "2", 0},
                                           {1047, 8, name, 0},
                                           {1049, 8, requires_, 0},
                                           {0}});
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_rpm_packages_need_what_others_provide(void **state) {
    (void)state;
    static const char *const needs[][2] = {
        {"c", "a"}, {"a", "b"}, {"b", "/bin/sh"}, {"d", "d"}, {"e", "nobody's"}};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    pt_rpm w = {.r = &r};
    for (size_t i = 0; i < PT_COUNT(needs); i++)
        assert_int_equal(pt_rpm_put(&w, needing_blob(&a, needs[i][0], needs[i][1]), NULL), PT_OK);
    assert_int_equal(pt_rpm_end(&w, NULL), PT_OK);
    assert_int_equal(r.packages.items.n, 5);
    for (size_t i = 0; i < 5; i++) {
        pt_value depends = pt_getz(r.packages.items.v[i], "depends");
        assert_int_equal(pt_len(depends), i < 2);
        assert_str(pt_text(pt_at(depends, 0)), i == 0 ? "a@1-2" : i == 1 ? "b@1-2" : "");
    }
}

// A region of `covered` entries before a name that stands inside it and one behind it.
static pt_str region_blob(pt_arena *a, uint32_t covered) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    put32(&b, 5);
    put32(&b, 16 + 14);
    const uint32_t entries[][4] = {
        {63, 7, 0, 16}, {1000, 6, 16, 1}, {1001, 6, 20, 1}, {1002, 6, 22, 1}, {1000, 6, 24, 1}};
    for (size_t i = 0; i < PT_COUNT(entries); i++)
        for (size_t k = 0; k < 4; k++)
            put32(&b, entries[i][k]);
    put32(&b, 63);
    put32(&b, 7);
    put32(&b, 0 - 16 * covered);
    put32(&b, 16);
    pt_buf_put(&b, PT_STR("old\0\x31\0\x32\0newer\0"));
    return pt_arena_str(a, pt_buf_str(&b));
}

static void test_rpm_dribbles_override_their_region(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    const pt_str blobs[] = {region_blob(&a, 4), region_blob(&a, 6), region_blob(&a, 0)};
    put_ndb(&b, blobs, 3);
    assert_str(read_by(pt_read_rpm_ndb, &a, pt_buf_str(&b)),
               "newer 1-2   \n! package 2: not a package's header\n"
               "! package 3: not a package's header\n");
}

// Four files in two folders; the third is another package's now.
static void test_rpm_files_are_its_packages(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    pt_rpm w = {.r = &r};
    const pt_str data = PT_STR("\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\2" // folders of the files
                               "\0\3\1\0"                         // states
                               "a\0b\0c\0d\0"
                               "/usr/bin/\0/etc/\0"
                               "name\0v\0r\0");
    const uint32_t entries[][4] = {{1000, 6, 44, 1}, {1001, 6, 49, 1}, {1002, 6, 51, 1},
                                   {1029, 1, 16, 4}, {1116, 4, 0, 4},  {1117, 8, 20, 4},
                                   {1118, 8, 28, 2}};
    put32(&b, PT_COUNT(entries));
    put32(&b, (uint32_t)data.n);
    for (size_t i = 0; i < PT_COUNT(entries); i++)
        for (size_t k = 0; k < 4; k++)
            put32(&b, entries[i][k]);
    pt_buf_put(&b, data);
    assert_int_equal(pt_rpm_put(&w, pt_buf_str(&b), NULL), PT_OK);
    assert_int_equal(r.owned.n, 2); // the fourth one's folder there is not
    assert_true(says_owned(&r, "name", "usr/bin/a"));
    assert_true(says_owned(&r, "name", "etc/b"));
}

// What rpm says of files: a program, a configuration file, a link, one that nobody packed, a
// folder.
static void test_rpm_says_what_files_are(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(8192);
    PT_AUTO(pt_buf_done) pt_buf data = PT_BUF(4096);
    PT_AUTO(pt_buf_done) pt_buf got = PT_BUF(4096);
    pt_claims claims = {.out = PT_BUF(4096)};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}, .claims = &claims};
    pt_rpm w = {.r = &r};
#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    const struct {
        uint32_t tag, type, count;
        pt_str bytes;
    } of[] = {{1037, 4, 5, PT_STR("\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0\100\0\0\0\0")},
              {1045, 4, 5,
               PT_STR("\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377"
                      "\377\377\377\277")},
              {1116, 4, 5, PT_STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")},
              {1030, 3, 5, PT_STR("\211\355\201\244\241\377\201\244\101\355")},
              {1117, 8, 5, PT_STR("prog\0conf\0link\0ghost\0dir\0")},
              {1118, 8, 1, PT_STR("/usr/\0")},
              {1035, 8, 5, PT_STR(SHA "\0" SHA "\0\0" SHA "\0\0")},
              {1036, 8, 5, PT_STR("\0\0to\0\0\0")},
              {1039, 8, 5, PT_STR("root\0app\0root\0root\0root\0")},
              {1040, 8, 5, PT_STR("root\0root\0root\0root\0app\0")},
              {1000, 6, 1, PT_STR("p\0")},
              {1001, 6, 1, PT_STR("1\0")},
              {1002, 6, 1, PT_STR("1\0")}};
    put32(&b, PT_COUNT(of));
    for (size_t i = 0; i < PT_COUNT(of); i++)
        pt_buf_put(&data, of[i].bytes);
    put32(&b, (uint32_t)data.n);
    for (size_t i = 0, at = 0; i < PT_COUNT(of); at += of[i].bytes.n, i++) {
        put32(&b, of[i].tag);
        put32(&b, of[i].type);
        put32(&b, (uint32_t)at);
        put32(&b, of[i].count);
    }
    pt_buf_put(&b, pt_buf_str(&data));
    pt_claims_begin(&claims);
    assert_int_equal(pt_rpm_put(&w, pt_buf_str(&b), NULL), PT_OK);
    pt_str rest = pt_buf_str(&claims.out);
    pt_claim_last last = {.n = 0};
    pt_claim c;
    uint32_t owner = 0;
    while (pt_claim_next(&rest, &last, &c, &owner))
        pt_buf_printf(&got, "%.*s %.*s %o %u\n", PT_PRI(c.path), PT_PRI(c.sum), c.mode, c.flags);
    assert_str(pt_buf_str(&got), "usr/prog sha256:" SHA " 104755 26\n"
                                 "usr/conf sha256:" SHA " 100644 17\n"
                                 "usr/link link:to 120777 24\n"
                                 "usr/dir  40000 136\n");
    assert_int_equal(claims.sums, PT_CLAIM_SHA256);
    pt_buf_done(&claims.out);
}

// -- SQLite's log ---------------------------------------------------------------------------------

static pt_str file_at(pt_arena *a, const char *path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 22);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    char *room = pt_buf_room(&b, 1 << 20);
    pt_buf_took(&b, fread(room, 1, 1 << 20, f));
    assert_int_equal(fclose(f), 0);
    return pt_arena_str(a, pt_buf_str(&b));
}

static void insert_blob(sqlite3 *db, pt_str blob) {
    sqlite3_stmt *s = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO Packages (blob) VALUES (?)", -1, &s, NULL),
                     SQLITE_OK);
    sqlite3_bind_blob(s, 1, blob.p, (int)blob.n, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    sqlite3_finalize(s);
}

static pt_str log_beside(const pt_read *r, pt_str name) {
    const pt_str *logs = r->beside_of; // the log, the database
    return logs[pt_str_ends(name, PT_STR("-wal")) ? 0 : 1];
}

static void test_rows_of_the_log_are_read(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    char path[] = "/tmp/pt-rpm-XXXXXX";
    sqlite3 *db = NULL;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "PRAGMA journal_mode=WAL; " RPM_TABLE "; PRAGMA wal_checkpoint(TRUNCATE)",
                     NULL, NULL, NULL),
        SQLITE_OK);
    insert_blob(db, package_blob(&a, "first", "v"));
    insert_blob(db, package_blob(&a, "second", "v"));
    pt_str log = pt_arena_printf(&a, "%s-wal", path);
    pt_str files[] = {file_at(&a, log.p), file_at(&a, path)};
    sqlite3_close(db);
    assert_int_equal(unlink(path), 0);
    pt_read r = {.a = &a, .beside = log_beside, .beside_of = files};
    assert_str(read_by(pt_read_rpm_sqlite, &a, files[1]), "");
    assert_str(read_file_by(pt_read_rpm_sqlite, &r, files[1]), "first 1-2   \nsecond 1-2   \n");
    assert_str(read_file_by(pt_read_rpm_wal, &r, files[0]), "");
    assert_str(read_by(pt_read_rpm_wal, &a, PT_STR("")), "");
    assert_true(pt_str_has(read_by(pt_read_rpm_wal, &a, files[0]), PT_STR("are not read")));
    assert_reads(pt_read_rpm_wal, "rows",
                 "! byte 0: not a log of a SQLite database, where rpm's is\n");
    files[0].n -= 100; // the last transaction is not whole
    assert_str(read_file_by(pt_read_rpm_sqlite, &r, files[1]), "first 1-2   \n");
    files[0].n = 40;
    assert_str(read_file_by(pt_read_rpm_sqlite, &r, files[1]), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rpm_lists_what_is_there),
        cmocka_unit_test(test_rpm_runs_nothing_of_the_database),
        cmocka_unit_test(test_ndb_lists_what_is_there),
        cmocka_unit_test(test_ndb_reads_no_byte_twice),
        cmocka_unit_test(test_berkeley_lists_what_is_there_in_both_orders),
        cmocka_unit_test(test_rpm_header_gives_more_than_its_name),
        cmocka_unit_test(test_rpm_packages_need_what_others_provide),
        cmocka_unit_test(test_rpm_dribbles_override_their_region),
        cmocka_unit_test(test_rpm_files_are_its_packages),
        cmocka_unit_test(test_rpm_says_what_files_are),
        cmocka_unit_test(test_rows_of_the_log_are_read),
    };
    return cmocka_run_group_tests_name("rpm", tests, NULL, NULL);
}
