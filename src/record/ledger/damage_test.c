// What is changed, cut, taken away or put back must be noticed and named.
#include "record/ledger/journal.h"
#include "record/ledger/testing_ledger.h"

static pt_code open_fails(const char *dir, pt_err *e) {
    pt_ledger *l = NULL;
    *e = (pt_err){0};
    pt_code code = pt_ledger_open(&l, dir, &(pt_ledger_opts){.origin = ORIGIN}, NULL, e);
    pt_ledger_free(l);
    return code;
}

static void remove_file(const char *dir, const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(unlink(path), 0);
}

static void test_damage_torn_tail_is_cut_at_every_byte(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    append_some(l, "a", 0, 2);
    pt_buf two = read_whole(t.ledger, "journal");
    append_some(l, "a", 2, 3);
    pt_ledger_free(l);
    pt_buf three = read_whole(t.ledger, "journal");
    for (size_t n = two.n; n < three.n; n++) {
        write_whole(t.ledger, "journal", (pt_str){three.p, n});
        pt_ledger_recovery found;
        assert_ok(pt_ledger_open(&l, t.ledger, &(pt_ledger_opts){.origin = ORIGIN}, &found, why));
        assert_int_equal(pt_ledger_size(l), 2);
        assert_int_equal(found.torn_bytes, n - two.n);
        assert_int_equal(found.replayed, 2);
        append_some(l, "b", 2, 3);
        pt_ledger_free(l);
        pt_ledger_audit audit;
        assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
        assert_int_equal(audit.size, 3);
        assert_int_equal(audit.torn_bytes, 0);
    }
    pt_buf_done(&two);
    pt_buf_done(&three);
    remove_tree(t.top);
}

static void test_damage_torn_tail_under_an_open_handle_is_cut_by_the_next_writer(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    append_some(l, "a", 0, 2);
    pt_buf whole = read_whole(t.ledger, "journal");
    char path[128];
    snprintf(path, sizeof path, "%s/journal", t.ledger);
    for (size_t n = 1; n < 60; n += 7) { // as if another process had died within its write
        int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        assert_int_equal(write(fd, whole.p, n), n);
        close(fd);
        append_some(l, "a", pt_ledger_size(l), pt_ledger_size(l) + 1);
    }
    uint64_t size = pt_ledger_size(l);
    pt_ledger_free(l);
    pt_ledger_audit audit;
    assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
    assert_int_equal(audit.size, size);
    assert_int_equal(audit.torn_bytes, 0);
    pt_buf_done(&whole);
    remove_tree(t.top);
}

static void test_damage_before_the_end_stops_and_writes_nothing(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    append_some(l, "a", 0, 2);
    pt_buf two = read_whole(t.ledger, "journal");
    append_some(l, "a", 2, 3);
    pt_ledger_free(l);
    pt_buf three = read_whole(t.ledger, "journal");
    for (size_t i = 0; i < two.n; i++) {
        three.p[i] = (char)(three.p[i] ^ 0x10);
        write_whole(t.ledger, "journal", pt_buf_str(&three));
        pt_err e;
        assert_int_equal(open_fails(t.ledger, &e), PT_E_CORRUPT);
        assert_non_null(strstr(e.where, "journal"));
        assert_true(e.remedy[0] != '\0');
        pt_buf now = read_whole(t.ledger, "journal");
        assert_true(pt_str_eq(pt_buf_str(&now), pt_buf_str(&three)));
        pt_buf_done(&now);
        three.p[i] = (char)(three.p[i] ^ 0x10);
    }
    pt_buf_done(&two);
    pt_buf_done(&three);
    remove_tree(t.top);
}

// Flip bytes of one file, every `step`th; verify must refuse each, and say where.
static void flip(const char *dir, const char *name, size_t from, size_t step) {
    pt_buf b = read_whole(dir, name);
    assert_true(b.n > 0);
    for (size_t i = from; i < b.n; i += step) {
        char was = b.p[i];
        b.p[i] = (char)(was ^ (char)(1 << i % 7));
        write_whole(dir, name, pt_buf_str(&b));
        pt_err e = {0};
        pt_ledger_audit audit;
        pt_code code = pt_ledger_verify(dir, NULL, &audit, &e);
        if (code != PT_E_CORRUPT)
            fail_msg("%s, byte %zu: %d %s", name, i, code, e.what);
        bool named =
            strstr(e.where, name) || strstr(e.what, "entry") || strstr(e.where, "checkpoint");
        if (!named)
            fail_msg("%s, byte %zu: %s (%s)", name, i, e.what, e.where);
        b.p[i] = was;
    }
    write_whole(dir, name, pt_buf_str(&b));
    pt_buf_done(&b);
}

static void test_damage_every_flipped_byte_is_found(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    append_some(l, "a", 0, 3);
    assert_ok(pt_ledger_checkpoint(l, why));
    flip(t.ledger, "tile/0/000.p/3", 0, 1);
    flip(t.ledger, "tile/entries/000.p/3", 0, 1);
    flip(t.ledger, "checkpoint", 0, 1);
    flip(t.ledger, "pub", 0, 1);
    flip(t.ledger, "journal", 0, 1); // it holds the last signed entry
    pt_ledger_audit audit;
    assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
    append_some(l, "a", 3, 257);
    assert_ok(pt_ledger_checkpoint(l, why));
    pt_ledger_free(l);
    flip(t.ledger, "tile/0/000", 3, 61);
    flip(t.ledger, "tile/0/001.p/1", 0, 3);
    flip(t.ledger, "tile/1/000.p/1", 0, 3);
    flip(t.ledger, "tile/entries/000", 0, 151);
    flip(t.ledger, "tile/entries/001.p/1", 0, 7);
    assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
    remove_tree(t.top);
}

static void test_damage_is_named(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    append_some(l, "a", 0, 3);
    assert_ok(pt_ledger_checkpoint(l, why));
    pt_ledger_free(l);
    pt_err e = {0};
    pt_ledger_audit audit;
    pt_buf b = read_whole(t.ledger, "tile/entries/000.p/3");
    size_t at = pt_str_find_str(pt_buf_str(&b), PT_STR("\"i\":1"));
    assert_true(at < b.n);
    b.p[at + 4] = '7';
    write_whole(t.ledger, "tile/entries/000.p/3", pt_buf_str(&b));
    assert_int_equal(pt_ledger_verify(t.ledger, NULL, &audit, &e), PT_E_CORRUPT);
    assert_string_equal(e.what, "the ledger's entry 1 was changed");
    assert_non_null(strstr(e.where, "tile/entries/000.p/3"));
    // A changed entry must not be carried on by the next checkpoint.
    l = opened(t.ledger);
    append_some(l, "a", 3, 4);
    assert_int_equal(pt_ledger_checkpoint(l, &e), PT_E_CORRUPT);
    pt_ledger_free(l);
    b.p[at + 4] = '1';
    write_whole(t.ledger, "tile/entries/000.p/3", pt_buf_str(&b));
    pt_buf_done(&b);
    b = read_whole(t.ledger, "tile/0/000.p/3");
    b.p[70] = (char)(b.p[70] ^ 1);
    write_whole(t.ledger, "tile/0/000.p/3", pt_buf_str(&b));
    assert_int_equal(pt_ledger_verify(t.ledger, NULL, &audit, &e), PT_E_CORRUPT);
    assert_string_equal(e.what, "the ledger's tile/0/000.p/3 was changed: its hash 2 is wrong");
    assert_int_equal(open_fails(t.ledger, &e), PT_E_CORRUPT); // no signing on top of it
    assert_non_null(strstr(e.what, "contradict each other"));
    pt_buf_done(&b);
    remove_tree(t.top);
}

static void test_damage_torn_bytes_behind_a_signed_journal_are_cut(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    append_some(l, "a", 0, 3);
    assert_ok(pt_ledger_checkpoint(l, why));
    pt_ledger_free(l);
    pt_buf b = read_whole(t.ledger, "journal");
    pt_buf_fill(&b, '\0', 100);
    write_whole(t.ledger, "journal", pt_buf_str(&b));
    pt_ledger_audit audit;
    assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why)); // tells, does not mend
    assert_int_equal(audit.torn_bytes, 100);
    pt_ledger_free(opened(t.ledger));
    assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
    assert_int_equal(audit.torn_bytes, 0);
    assert_int_equal(audit.size, 3);
    pt_buf_done(&b);
    remove_tree(t.top);
}

typedef struct kept {
    pt_buf checkpoint, journal, tile, bundle;
} kept;

static kept keep(const char *dir, unsigned n) {
    char tile[64];
    char bundle[64];
    snprintf(tile, sizeof tile, "tile/0/000.p/%u", n);
    snprintf(bundle, sizeof bundle, "tile/entries/000.p/%u", n);
    return (kept){read_whole(dir, "checkpoint"), read_whole(dir, "journal"), read_whole(dir, tile),
                  read_whole(dir, bundle)};
}

static void forget(kept *k) {
    pt_buf_done(&k->checkpoint);
    pt_buf_done(&k->journal);
    pt_buf_done(&k->tile);
    pt_buf_done(&k->bundle);
}

static void assert_refused(const char *dir, const char *word) {
    pt_err e;
    pt_ledger_audit audit;
    if (open_fails(dir, &e) != PT_E_CORRUPT || !strstr(e.what, word))
        fail_msg("open says: %s, not %s", e.what, word);
    assert_true(e.remedy[0] != '\0');
    e = (pt_err){0};
    if (pt_ledger_verify(dir, NULL, &audit, &e) != PT_E_CORRUPT)
        fail_msg("verify says: %s, not %s", e.what, word);
}

static void test_damage_rollback_is_refused(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    append_some(l, "a", 0, 3);
    assert_ok(pt_ledger_checkpoint(l, why));
    kept old = keep(t.ledger, 3);
    append_some(l, "a", 3, 4); // by one only: the nearest rollback
    assert_ok(pt_ledger_checkpoint(l, why));
    kept new = keep(t.ledger, 4);
    pt_ledger_free(l);

    write_whole(t.ledger, "checkpoint", pt_buf_str(&old.checkpoint));
    assert_refused(t.ledger, "rolled back");
    write_whole(t.ledger, "journal", pt_buf_str(&old.journal));
    assert_refused(t.ledger, "rolled back");
    write_whole(t.ledger, "checkpoint", pt_buf_str(&new.checkpoint));
    assert_refused(t.ledger, "rolled back"); // only the journal is old
    write_whole(t.ledger, "journal", pt_buf_str(&new.journal));
    pt_ledger_free(opened(t.ledger));

    remove_file(t.ledger, "tile/0/000.p/4"); // tiles put back to before the checkpoint
    write_whole(t.ledger, "tile/0/000.p/3", pt_buf_str(&old.tile));
    assert_refused(t.ledger, "missing");
    write_whole(t.ledger, "tile/0/000.p/4", pt_buf_str(&new.tile));
    pt_ledger_free(opened(t.ledger));

    static const char *const gone[] = {"journal", "checkpoint"};
    for (size_t i = 0; i < PT_COUNT(gone); i++) {
        pt_buf b = read_whole(t.ledger, gone[i]);
        remove_file(t.ledger, gone[i]);
        assert_refused(t.ledger, i ? "rolled back" : "gone");
        write_whole(t.ledger, gone[i], (pt_str){0});
        pt_err e;
        assert_int_equal(open_fails(t.ledger, &e), PT_E_CORRUPT);
        write_whole(t.ledger, gone[i], pt_buf_str(&b));
        pt_buf_done(&b);
    }
    pt_ledger_free(opened(t.ledger));
    forget(&old);
    forget(&new);
    remove_tree(t.top);
}

static void test_damage_rollback_under_an_open_handle_is_refused(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    append_some(l, "a", 0, 3);
    assert_ok(pt_ledger_checkpoint(l, why));
    kept old = keep(t.ledger, 3);
    append_some(l, "a", 3, 6);
    assert_ok(pt_ledger_checkpoint(l, why));
    write_whole(t.ledger, "journal", pt_buf_str(&old.journal)); // truncates the open file
    uint64_t at;
    pt_err e = {0};
    assert_int_equal(pt_ledger_append(l, &PT_STR("x"), 1, &at, &e), PT_E_CORRUPT);
    assert_int_equal(pt_ledger_append(l, &PT_STR("x"), 1, &at, &e), PT_E_IO); // and stays refused
    pt_ledger_free(l);
    forget(&old);
    remove_tree(t.top);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damage_torn_tail_is_cut_at_every_byte),
        cmocka_unit_test(test_damage_torn_tail_under_an_open_handle_is_cut_by_the_next_writer),
        cmocka_unit_test(test_damage_before_the_end_stops_and_writes_nothing),
        cmocka_unit_test(test_damage_every_flipped_byte_is_found),
        cmocka_unit_test(test_damage_is_named),
        cmocka_unit_test(test_damage_torn_bytes_behind_a_signed_journal_are_cut),
        cmocka_unit_test(test_damage_rollback_is_refused),
        cmocka_unit_test(test_damage_rollback_under_an_open_handle_is_refused),
    };
    return cmocka_run_group_tests_name("damage", tests, NULL, NULL);
}
