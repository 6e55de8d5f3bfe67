#include <sys/mman.h>

#include "record/ledger/journal.h"
#include "record/ledger/testing_ledger.h"

static int file_of(pt_str bytes) {
    int fd = memfd_create("journal", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
    return fd;
}

// The records that a cursor gives of these bytes; its final state in *ret_torn.
static pt_code walked(pt_str bytes, uint64_t want, uint64_t *ret_n, uint64_t *ret_torn) {
    pt_cursor c = {0};
    int fd = file_of(bytes);
    pt_cursor_start(&c, fd, 0, bytes.n, want);
    pt_record r;
    bool more = true;
    pt_code code = PT_OK;
    for (*ret_n = 0; code == PT_OK && more; *ret_n += code == PT_OK && more)
        code = pt_cursor_next(&c, &r, &more, NULL);
    *ret_torn = c.end - c.at;
    close(fd);
    pt_cursor_done(&c);
    return code;
}

static void test_journal_crc32c_is_castagnoli(void **state) {
    (void)state;
    static const char zeros[32] = {0};
    pt_str parts[] = {PT_STR("1234"), PT_STR("56789")};
    assert_int_equal(pt_crc32c(parts, 2), 0xe3069283);
    assert_int_equal(pt_crc32c(&(pt_str){zeros, sizeof zeros}, 1), 0x8a9136aa); // RFC 3720, B.4
    char up[32];
    for (size_t i = 0; i < sizeof up; i++)
        up[i] = (char)i;
    assert_int_equal(pt_crc32c(&(pt_str){up, sizeof up}, 1), 0x46dd794e);
}

static void test_journal_record_is_laid_out_as_drawn(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1000);
    pt_record_put(&b, 0x0102, 0x0100, PT_STR("hi"));
    static const uint8_t head[] = {2, 0, 2, 0};
    static const uint8_t sequence[] = {2, 1, 0, 0, 0, 0, 0, 0};
    assert_int_equal(b.n, 18);
    assert_memory_equal(b.p, head, sizeof head);
    assert_memory_equal(b.p + 8, sequence, sizeof sequence);
    pt_record r;
    assert_true(pt_record_get(pt_buf_str(&b), &r));
    assert_int_equal(r.sequence, 0x102);
    assert_int_equal(r.durable, 0x100);
    assert_str(r.entry, "hi");
    assert_int_equal(r.bytes, 18);
    for (size_t bit = 0; bit < b.n * 8; bit++) {
        b.p[bit / 8] = (char)((uint8_t)b.p[bit / 8] ^ 1u << bit % 8);
        assert_false(pt_record_get(pt_buf_str(&b), &r));
        b.p[bit / 8] = (char)((uint8_t)b.p[bit / 8] ^ 1u << bit % 8);
    }
    for (size_t n = 0; n < b.n; n++)
        assert_false(pt_record_get((pt_str){b.p, n}, &r));
    static const char zeros[64] = {0};
    assert_false(pt_record_get((pt_str){zeros, sizeof zeros}, &r));
    pt_buf_clear(&b);
    pt_record_put(&b, 1000000, 0, PT_STR("")); // too far back to say: nothing is known
    assert_true(pt_record_get(pt_buf_str(&b), &r));
    assert_int_equal(r.durable, 0);
    pt_buf_done(&b);
}

static void test_journal_many_large_records_slide_through_the_window(void **state) {
    (void)state;
    pt_buf b = PT_BUF((size_t)1 << 24);
    pt_buf entry = PT_BUF(PT_LEDGER_ENTRY_BYTES_MAX);
    pt_buf_fill(&entry, 'x', PT_LEDGER_ENTRY_BYTES_MAX);
    for (uint64_t i = 0; i < 40; i++)
        pt_record_put(&b, i, i, pt_str_sub(pt_buf_str(&entry), 0, i % 3 ? 65535 - i * 17 : i));
    uint64_t n;
    uint64_t torn;
    assert_int_equal(walked(pt_buf_str(&b), 0, &n, &torn), PT_OK);
    assert_int_equal(n, 40);
    assert_int_equal(torn, 0);
    assert_int_equal(walked(pt_str_sub(pt_buf_str(&b), 0, b.n - 1), 0, &n, &torn), PT_OK);
    assert_int_equal(n, 39);
    pt_buf_done(&b);
    pt_buf_done(&entry);
}

// Four records; the last two are a batch that was never flushed as far as anyone knew.
static void test_journal_bad_record_is_damage_only_if_it_was_durable(void **state) {
    (void)state;
    pt_buf b = PT_BUF(1000);
    size_t at[5] = {0};
    static const uint64_t durable[] = {0, 1, 2, 2};
    for (uint64_t i = 0; i < 4; i++) {
        pt_record_put(&b, i, durable[i], PT_STR("entry"));
        at[i + 1] = b.n;
    }
    for (size_t byte = 0; byte < b.n; byte++) {
        size_t record = byte / at[1];
        b.p[byte] = (char)(b.p[byte] ^ 0x40);
        uint64_t n;
        uint64_t torn;
        pt_code code = walked(pt_buf_str(&b), 0, &n, &torn);
        assert_int_equal(code, record < 2 ? PT_E_CORRUPT : PT_OK);
        assert_int_equal(n, record);
        assert_int_equal(torn, b.n - at[record]);
        b.p[byte] = (char)(b.p[byte] ^ 0x40);
    }
    pt_buf_done(&b);
}

static void test_journal_gaps_and_repeats_end_it(void **state) {
    (void)state;
    static const struct {
        uint64_t sequence[3], durable[3], want, n;
        pt_code code;
    } cases[] = {
        {{0, 1, 2}, {0}, 0, 3, PT_OK},
        {{0, 1, 1}, {0}, 0, 2, PT_OK},              // an old one again: not ours
        {{0, 1, 3}, {0, 0, 3}, 0, 2, PT_E_CORRUPT}, // 2 was durable, and is gone
        {{0, 2, 3}, {0, 0, 0}, 0, 1, PT_OK},        // 1 was not
        {{7, 8, 9}, {0}, PT_SEQUENCE_ANY, 3, PT_OK},
        {{7, 8, 9}, {7, 8, 9}, 0, 0, PT_E_CORRUPT},
        {{PT_SEQUENCE_MAX + 1, 0, 1}, {0}, 0, 0, PT_OK},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_buf b = PT_BUF(1000);
        for (size_t k = 0; k < 3; k++)
            pt_record_put(&b, cases[i].sequence[k], cases[i].durable[k], PT_STR("e"));
        uint64_t n;
        uint64_t torn;
        assert_int_equal(walked(pt_buf_str(&b), cases[i].want, &n, &torn), cases[i].code);
        assert_int_equal(n, cases[i].n);
        pt_buf_done(&b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journal_crc32c_is_castagnoli),
        cmocka_unit_test(test_journal_record_is_laid_out_as_drawn),
        cmocka_unit_test(test_journal_many_large_records_slide_through_the_window),
        cmocka_unit_test(test_journal_bad_record_is_damage_only_if_it_was_durable),
        cmocka_unit_test(test_journal_gaps_and_repeats_end_it),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
