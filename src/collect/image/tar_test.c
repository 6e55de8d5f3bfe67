#include <sys/stat.h>

#include "base/testing.h"
#include "collect/image/tar.h"
#include "collect/image/testing_tar.h"

// What a tar gives, one line an entry: "f path size", "l path -> link"; "!" and the error at its
// end. Read in pieces of 1, 7, 512 and all bytes, which must make no difference.
static pt_str listed(pt_arena *a, pt_str bytes, size_t piece) {
    static const char letters[] = "fhldx?";
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    memory_flow m = memory_flow_of(bytes, piece);
    pt_tar t = {.flow = &m.flow};
    pt_tar_entry entry;
    pt_err e = {0};
    bool end = false;
    pt_code code = PT_OK;
    while (!(code = pt_tar_next(&t, &entry, &end, &e)) && !end) {
        pt_buf_printf(&b, "%c %.*s %llu%s%s", letters[entry.type], PT_PRI(entry.path),
                      (unsigned long long)entry.size, entry.sparse ? " sparse" : "",
                      entry.climbs ? " climbs" : "");
        if (entry.link.n)
            pt_buf_printf(&b, " -> %.*s", PT_PRI(entry.link));
        pt_buf_putc(&b, '\n');
    }
    if (code)
        pt_buf_printf(&b, "! %s\n", e.what);
    pt_tar_done(&t);
    return pt_arena_str(a, pt_buf_str(&b));
}

static void assert_lists(pt_buf *tar, const char *want) {
    static const size_t pieces[] = {1, 7, 512, 1 << 20};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    assert_false(tar->full);
    for (size_t i = 0; i < PT_COUNT(pieces); i++)
        assert_str(listed(&a, pt_buf_str(tar), pieces[i]), want);
    pt_buf_done(tar);
}

static void test_plain_entries_are_listed(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1 << 20);
    char block[TAR_BLOCK];
    tar_file(&b, "./etc//os-release", '0', PT_STR("ID=x\n"));
    tar_head(block, "/lib", '2', 0);
    memcpy(block + 157, "usr/lib", 8);
    tar_put(&b, block, (pt_str){0});
    tar_file(&b, "usr/", '5', (pt_str){0});
    tar_file(&b, "old/", '\0', (pt_str){0});
    tar_file(&b, "contiguous", '7', PT_STR("12"));
    tar_file(&b, "null", '3', (pt_str){0});
    tar_file(&b, "volume", 'V', (pt_str){0});
    tar_file(&b, "./", '5', (pt_str){0});
    tar_end(&b);
    pt_buf_putz(&b, "what stands behind the end is nobody's business");
    assert_lists(&b, "f etc/os-release 5\nl lib 0 -> usr/lib\nd usr 0\nd old 0\nf contiguous 2\n"
                     "x null 0\n? volume 0\nd  0\n");
}

static void test_long_names_of_every_kind_are_whole(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1 << 20);
    char block[TAR_BLOCK];
    tar_head(block, "name", '0', 0);
    memcpy(block + 345, "a/prefix", 8);
    tar_put(&b, block, (pt_str){0});
    tar_file(&b, "././@LongLink", 'L', PT_STR("a/gnu/name\0"));
    tar_file(&b, "././@LongLink", 'K', PT_STR("its/target\0"));
    tar_file(&b, "short", '2', (pt_str){0});
    tar_file(&b, "PaxHeaders/x", 'x',
             PT_STR("20 path=a/pax/name\n\n20 linkpath=target\n"
                    "14 path=a/pax\n"));
    tar_end(&b);
    assert_lists(&b, "f a/prefix/name 0\nl a/gnu/name 0 -> its/target\n"
                     "! not a sound tar archive: a PAX record is none\n");
}

static void test_pax_records_count_before_the_header(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1 << 20);
    char block[TAR_BLOCK];
    tar_file(&b, "g", 'g', PT_STR("16 path=global\n\n"));
    tar_file(&b, "x", 'x', PT_STR("19 path=a/pax/name\n9 size=3\n21 linkpath=a/target\n"));
    tar_head(block, "short", '0', 999); // a lie: three bytes follow
    tar_put(&b, block, PT_STR("abc"));
    tar_file(&b, "x", 'x', PT_STR("8 path=\n"));
    tar_file(&b, "kept", '0', (pt_str){0});
    tar_file(&b, "x", 'x',
             PT_STR("26 GNU.sparse.name=a/real\n22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"));
    tar_file(&b, "GNUSparseFile.1/real", '0', PT_STR("map"));
    tar_end(&b);
    assert_lists(&b, "f a/pax/name 3 -> a/target\nf kept 0\nf a/real 3 sparse\n");
}

// What an engine calls a file is what we call it; where readers differ, it is no archive.
static void test_names_are_those_that_engines_see(void **state) {
    (void)state;
    static const char refused[] =
        "! not a sound tar archive: readers do not agree on what describes an entry\n";
    static const struct {
        const char *first, *second; // headers before the entry: type, and the text
        const char *want;
    } cases[] = {
        {"x14 path=opt/h\n", "x11 mtime=1\n", refused},
        {"x14 path=opt/h\n", "g13 comment=a\n", refused},
        {"Lopt/h", "g13 comment=a\n", refused},
        {"Kopt/h", "g13 comment=a\n", refused},
        {"g13 comment=a\n", "x14 path=opt/h\n", "f opt/h 0\n"},
        {"Lopt/h", "x14 path=opt/i\n", "f opt/h 0\n"},
        {"Lopt/g", "Lopt/h", "f opt/h 0\n"},
        // a name of a sparse file counts only in a form that is known
        {"x25 GNU.sparse.name=opt/h\n", NULL, "f a 0 sparse\n"},
        {"x25 GNU.sparse.name=opt/h\n22 GNU.sparse.major=2\n22 GNU.sparse.minor=0\n", NULL,
         "f a 0 sparse\n"},
        {"x25 GNU.sparse.name=opt/h\n22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n", NULL,
         "f opt/h 0 sparse\n"},
        {"x25 GNU.sparse.name=opt/h\n22 GNU.sparse.map=0,1\n", NULL, "f opt/h 0 sparse\n"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_buf b = PT_BUF(1 << 20);
        const char *before[] = {cases[i].first, cases[i].second};
        for (size_t k = 0; k < PT_COUNT(before) && before[k]; k++)
            tar_file(&b, "head", before[k][0], pt_str_of(before[k] + 1));
        tar_file(&b, "a", '0', (pt_str){0});
        tar_end(&b);
        assert_lists(&b, cases[i].want);
    }
}

static void test_an_old_writers_prefix_is_one(void **state) {
    (void)state;
    static const struct {
        const char *prefix, *want;
    } cases[] = {{"usr/bin", "f usr/bin/prog 0\n"},
                 {"00000000001", "f prog 0\n"},
                 {"", "f prog 0\n"},
                 {"usr/b\xc3\xa4n", "f prog 0\n"}};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_buf b = PT_BUF(1 << 20);
        char block[TAR_BLOCK];
        tar_head(block, "prog", '0', 0);
        memcpy(block + 257, "ustar  ", 8);
        memcpy(block + 345, cases[i].prefix, strlen(cases[i].prefix));
        tar_put(&b, block, (pt_str){0});
        tar_end(&b);
        assert_lists(&b, cases[i].want);
    }
}

static void test_rights_are_the_headers_or_those_of_pax(void **state) {
    (void)state;
    static const struct {
        char type;
        const char *pax;
        uint32_t mode, uid, gid;
        int64_t mtime;
        size_t capability;
    } cases[] = {
        {'0', NULL, S_IFREG | 04755, 7, 8, 9, 0},
        {'5', NULL, S_IFDIR | 04755, 7, 8, 9, 0},
        {'2', NULL, S_IFLNK | 04755, 7, 8, 9, 0},
        {'3', NULL, S_IFCHR | 04755, 7, 8, 9, 0},
        {'4', NULL, S_IFBLK | 04755, 7, 8, 9, 0},
        {'6', NULL, S_IFIFO | 04755, 7, 8, 9, 0},
        {'0', "15 uid=3000000\n", S_IFREG | 04755, 3000000, 8, 9, 0},
        {'0', "12 gid=1234\n13 mtime=1.5\n", S_IFREG | 04755, 7, 1234, 1, 0},
        {'0', "14 mtime=none\n", S_IFREG | 04755, 7, 8, -1, 0},
        {'0', "40 SCHILY.xattr.security.capability=\1\2\3\n", S_IFREG | 04755, 7, 8, 9, 3},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
        char block[TAR_BLOCK];
        pt_tar_entry got;
        bool end = false;
        if (cases[i].pax)
            tar_file(&b, "x", 'x', pt_str_of(cases[i].pax));
        tar_head(block, "a", cases[i].type, 0);
        memcpy(block + 100, "0004755", 7);
        memcpy(block + 108, "0000007", 7);
        memcpy(block + 116, "0000010", 7);
        memcpy(block + 136, "00000000011", 12);
        tar_put(&b, block, (pt_str){0});
        tar_end(&b);
        memory_flow m = memory_flow_of(pt_buf_str(&b), 100);
        pt_tar t = {.flow = &m.flow};
        assert_int_equal(pt_tar_next(&t, &got, &end, NULL), PT_OK);
        assert_int_equal(got.mode, cases[i].mode);
        assert_int_equal(got.uid, cases[i].uid);
        assert_int_equal(got.gid, cases[i].gid);
        assert_int_equal(got.mtime, cases[i].mtime);
        assert_int_equal(got.capability.n, cases[i].capability);
        pt_tar_done(&t);
    }
}

static void test_links_have_no_content_whatever_they_say(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1 << 20);
    char block[TAR_BLOCK];
    tar_head(block, "hard", '1', 512); // a reader that skips 512 bytes misses what follows
    memcpy(block + 157, "target", 6);
    tar_put(&b, block, (pt_str){0});
    tar_file(&b, "etc/os-release", '0', (pt_str){0});
    tar_end(&b);
    assert_lists(&b, "h hard 0 -> target\nf etc/os-release 0\n");
}

static void test_numbers_in_base_256(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1 << 20);
    char block[TAR_BLOCK];
    tar_head(block, "three", '0', 0);
    memcpy(block + 124, "\x80\0\0\0\0\0\0\0\0\0\0\x03", 12);
    tar_put(&b, block, PT_STR("abc"));
    tar_head(block, "negative", '0', 0);
    memset(block + 124, '\xff', 12);
    tar_put(&b, block, (pt_str){0});
    assert_lists(&b, "f three 3\n! not a sound tar archive: a size is no number\n");
}

static void test_old_sparse_files_are_passed(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1 << 20);
    char block[TAR_BLOCK];
    tar_head(block, "sparse", 'S', 3);
    block[482] = 1; // the map goes on
    tar_checksum(block);
    pt_buf_put(&b, (pt_str){block, TAR_BLOCK});
    memset(block, 0, TAR_BLOCK);
    block[504] = 1;
    pt_buf_put(&b, (pt_str){block, TAR_BLOCK});
    block[504] = 0;
    pt_buf_put(&b, (pt_str){block, TAR_BLOCK});
    pt_buf_putz(&b, "abc");
    pt_buf_fill(&b, '\0', 509);
    tar_file(&b, "next", '0', (pt_str){0});
    tar_end(&b);
    assert_lists(&b, "f sparse 3 sparse\nf next 0\n");
}

static void test_names_that_lead_out_are_told(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1 << 20);
    tar_file(&b, "../../etc/passwd", '0', (pt_str){0});
    tar_file(&b, "a/../etc/os-release", '0', (pt_str){0});
    tar_file(&b, "a/..b/c..", '0', (pt_str){0});
    tar_end(&b);
    assert_lists(&b,
                 "f ../../etc/passwd 0 climbs\nf a/../etc/os-release 0 climbs\nf a/..b/c.. 0\n");
}

static void test_what_is_cut_off_is_no_end(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1 << 20);
    tar_file(&b, "a", '0', PT_STR("12345"));
    tar_file(&b, "b", '0', PT_STR("12345"));
    b.n -= 510; // in the middle of the last content
    assert_lists(&b, "f a 5\nf b 5\n! not a sound tar archive: it is cut off\n");
    b = PT_BUF(1 << 20);
    tar_file(&b, "a", '0', PT_STR("12345"));
    pt_buf_putz(&b, "half a header");
    assert_lists(&b, "f a 5\n! not a sound tar archive: it is cut off in a header\n");
    b = PT_BUF(1 << 20); // no blocks of zeros: some writers leave them away
    tar_file(&b, "a", '0', PT_STR("12345"));
    assert_lists(&b, "f a 5\n");
    b = PT_BUF(1 << 20);
    assert_lists(&b, "");
}

static void test_broken_headers_are_refused(void **state) {
    (void)state;
    char block[TAR_BLOCK];
    pt_buf b = PT_BUF(1 << 20);
    tar_file(&b, "a", '0', (pt_str){0});
    b.p[3] ^= 1;
    assert_lists(&b, "! not a sound tar archive: a header's checksum is wrong\n");
    b = PT_BUF(1 << 20); // one block of zeros, then more: what some readers read and others do not
    pt_buf_fill(&b, '\0', TAR_BLOCK);
    tar_file(&b, "hidden", '0', (pt_str){0});
    assert_lists(&b, "! not a sound tar archive: something stands behind a block of zeros\n");
    b = PT_BUF(1 << 20);
    tar_file(&b, "x", 'x', PT_STR("15 path=a\0b/cd\n"));
    tar_file(&b, "y", '0', (pt_str){0});
    assert_lists(&b, "! not a sound tar archive: a PAX record is none\n");
    b = PT_BUF(1 << 20);
    tar_file(&b, "x", 'x', PT_STR("99 path=a\n"));
    assert_lists(&b, "! not a sound tar archive: a PAX record is none\n");
    b = PT_BUF(1 << 20);
    tar_head(block, "x", 'L', (size_t)1 << 30);
    tar_put(&b, block, (pt_str){0});
    assert_lists(&b, "! a tar header of more than 1048576 bytes\n");
}

static void test_content_is_read_within_its_limit(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(5);
    tar_file(&b, "a", '0', PT_STR("12345"));
    tar_file(&b, "b", '0', PT_STR("123456"));
    memory_flow m = memory_flow_of(pt_buf_str(&b), 3);
    pt_tar t = {.flow = &m.flow};
    pt_tar_entry entry;
    bool end = false;
    pt_err e = {0};
    assert_int_equal(pt_tar_next(&t, &entry, &end, &e), PT_OK);
    assert_int_equal(entry.offset, 512);
    assert_int_equal(pt_tar_read(&t, &out, &e), PT_OK);
    assert_str(pt_buf_str(&out), "12345");
    pt_buf_clear(&out);
    assert_int_equal(pt_tar_next(&t, &entry, &end, &e), PT_OK);
    assert_int_equal(entry.offset, 1536);
    assert_int_equal(pt_tar_read(&t, &out, &e), PT_E_LIMIT);
    pt_tar_done(&t);
}

// -- who listens ----------------------------------------------------------------------------------

typedef struct heard {
    pt_tap tap;
    pt_buf all;
} heard;

static void hear(pt_tap *tap, pt_str bytes) {
    pt_buf_put(&((heard *)tap)->all, bytes);
}

static pt_code no_skip(pt_flow *f, uint64_t n, pt_err *e) {
    pt_str got;
    for (uint64_t left = n; left; left -= got.n)
        if (f->next(f, &got, e) || !got.n || got.n > left)
            return pt_err_set(e, PT_E_FORMAT, "it is cut off");
    return PT_OK;
}

// However an entry is consumed, each of its bytes is heard once; a flow that can skip must read.
static void test_a_tap_hears_every_byte_once(void **state) {
    (void)state;
    static const size_t pieces[] = {1, 7, 512, 1 << 20};
    for (size_t i = 0; i < PT_COUNT(pieces) * 5; i++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
        PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(64);
        heard h = {.tap = {hear}, .all = PT_BUF(64)};
        pt_tar_entry entry;
        bool end = false;
        tar_file(&b, "heard", '0', PT_STR("0123456789"));
        tar_file(&b, "not", '0', PT_STR("abc"));
        tar_end(&b);
        memory_flow m = memory_flow_of(pt_buf_str(&b), pieces[i / 5]);
        m.flow.skip = pieces[i / 5] == 1 ? no_skip : NULL;
        pt_tar t = {.flow = &m.flow};
        assert_int_equal(pt_tar_next(&t, &entry, &end, NULL), PT_OK);
        t.tap = &h.tap;
        if (i % 5 == 1 || i % 5 == 3)
            assert_int_equal(pt_tar_read_some(&t, &out, 4, NULL), PT_OK);
        if (i % 5 == 2 || i % 5 == 3)
            assert_int_equal(pt_tar_pass(&t, 3, NULL), PT_OK);
        if (i % 5 == 4)
            assert_int_equal(pt_tar_read(&t, &out, NULL), PT_OK);
        assert_int_equal(pt_tar_next(&t, &entry, &end, NULL), PT_OK);
        assert_str(pt_buf_str(&h.all), "0123456789");
        assert_null(t.tap);
        assert_str(entry.path, "not");
        pt_buf_done(&h.all);
        pt_tar_done(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_entries_are_listed),
        cmocka_unit_test(test_long_names_of_every_kind_are_whole),
        cmocka_unit_test(test_pax_records_count_before_the_header),
        cmocka_unit_test(test_names_are_those_that_engines_see),
        cmocka_unit_test(test_an_old_writers_prefix_is_one),
        cmocka_unit_test(test_rights_are_the_headers_or_those_of_pax),
        cmocka_unit_test(test_links_have_no_content_whatever_they_say),
        cmocka_unit_test(test_numbers_in_base_256),
        cmocka_unit_test(test_old_sparse_files_are_passed),
        cmocka_unit_test(test_names_that_lead_out_are_told),
        cmocka_unit_test(test_what_is_cut_off_is_no_end),
        cmocka_unit_test(test_broken_headers_are_refused),
        cmocka_unit_test(test_content_is_read_within_its_limit),
        cmocka_unit_test(test_a_tap_hears_every_byte_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
