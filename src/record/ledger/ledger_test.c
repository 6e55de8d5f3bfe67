#include <errno.h>
#include <sys/file.h>

#include "record/ledger/testing_ledger.h"

static bool exists(const char *dir, const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

static void assert_entries(pt_ledger *l, const char *tag, uint64_t from, uint64_t to) {
    pt_arena a = {0};
    for (uint64_t i = from; i < to; i++) {
        char text[128];
        pt_str want = entry_text(text, tag, i);
        pt_str got = {0};
        assert_ok(pt_ledger_entry(l, &a, i, &got, why));
        assert_true(pt_str_eq(got, want));
    }
    pt_arena_done(&a);
}

static void test_ledger_is_made_with_private_files(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    assert_int_equal(pt_ledger_size(l), 0);
    assert_str(pt_ledger_key(l)->name, "paratia.invalid/test");
    assert_int_equal(pt_ledger_checkpoint_text(l).n, 0);
    struct stat st;
    assert_int_equal(stat(t.ledger, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    static const char *const files[] = {"key", "pub", "journal", "lock"};
    for (size_t i = 0; i < PT_COUNT(files); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", t.ledger, files[i]);
        assert_int_equal(lstat(path, &st), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0600);
    }
    pt_ledger_free(l);
    pt_ledger_audit audit;
    assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
    assert_int_equal(audit.size, 0);
    remove_tree(t.top);
}

static void test_ledger_entries_survive_reopening(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    append_some(l, "a", 0, 5);
    assert_entries(l, "a", 0, 5);
    pt_ledger_free(l);
    pt_ledger_recovery found;
    assert_ok(
        pt_ledger_open(&l, t.ledger, &(pt_ledger_opts){.origin = PT_STR("ignored")}, &found, why));
    assert_int_equal(found.replayed, 5);
    assert_int_equal(found.torn_bytes, 0);
    assert_str(pt_ledger_key(l)->name, "paratia.invalid/test");
    assert_entries(l, "a", 0, 5);
    assert_ok(pt_ledger_checkpoint(l, why));
    assert_int_equal(pt_ledger_signed_size(l), 5);
    append_some(l, "a", 5, 7);
    assert_entries(l, "a", 0, 7);
    pt_arena a = {0};
    pt_str none;
    assert_int_equal(pt_ledger_entry(l, &a, 7, &none, NULL), PT_E_ABSENT);
    pt_arena_done(&a);
    pt_ledger_free(l);
    assert_ok(pt_ledger_open(&l, t.ledger, &(pt_ledger_opts){.read_only = true}, &found, why));
    assert_int_equal(found.replayed, 2);
    assert_entries(l, "a", 0, 7);
    pt_err e = {0};
    uint64_t at;
    assert_int_equal(pt_ledger_append(l, &PT_STR("x"), 1, &at, &e), PT_E_USAGE);
    assert_int_equal(pt_ledger_checkpoint(l, &e), PT_E_USAGE);
    pt_ledger_free(l);
    remove_tree(t.top);
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): macros branch
static void test_ledger_vector_a_checkpoint(void **state) {
    (void)state;
    temp_dir t = make_temp();
    assert_int_equal(mkdir(t.ledger, 0700), 0);
    pt_hash256 seed = pt_sha256(&PT_STR("paratia test log key 1"), 1);
    write_whole(t.ledger, "key", (pt_str){(const char *)seed.b, sizeof seed.b});
    char path[128];
    snprintf(path, sizeof path, "%s/key", t.ledger);
    assert_int_equal(chmod(path, 0600), 0);
    pt_ledger *l = NULL;
    pt_ledger_opts opts = {.origin = PT_STR("paratia.example/host-a")};
    assert_ok(pt_ledger_open(&l, t.ledger, &opts, NULL, why));
    for (unsigned i = 0; i < 5; i++) {
        char text[64];
        int n = snprintf(text, sizeof text, "{\"n\":%u,\"verb\":\"audit\"}", i);
        uint64_t at;
        assert_ok(pt_ledger_append(l, &(pt_str){text, (size_t)n}, 1, &at, why));
        assert_int_equal(at, i);
    }
    assert_ok(pt_ledger_checkpoint(l, why));
    assert_str(
        pt_ledger_checkpoint_text(l),
        "paratia.example/host-a\n5\nzqZeveOUNkXrYi0pP2rb18WAljc7Y2u6XLKrz+5e9nE=\n\n"
        "\xe2\x80\x94 paratia.example/host-a a8ufG+YzycMf1mbTvwQWovxqYfEW7huQGxXIcuKJnkpkbH0nG"
        "VHOobJOWlWLao+WSElZAmmYHOJgy4UCymvZPxItpQc=\n");
    pt_buf pub = read_whole(t.ledger, "pub");
    assert_str(pt_buf_str(&pub),
               "paratia.example/host-a+6bcb9f1b+ARkic/vRl/Lo7b9bSibNU6jdH7gPe1r11iIPgRvoXfdZ\n");
    pt_buf_done(&pub);
    pt_ledger_free(l);
    remove_tree(t.top);
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): macros branch
static void test_ledger_vector_b_tiles_and_proofs(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    char bytes[300][4];
    pt_str entries[300];
    for (unsigned i = 0; i < 300; i++) {
        memcpy(bytes[i], (char[]){0, 0, (char)(i >> 8), (char)(i & 255)}, 4);
        entries[i] = (pt_str){bytes[i], 4};
    }
    uint64_t at;
    assert_ok(pt_ledger_append(l, entries, 300, &at, why));
    assert_int_equal(at, 0);
    assert_ok(pt_ledger_checkpoint(l, why));
    static const struct {
        const char *file, *sha256;
    } files[] = {
        {"tile/0/000", "2c715dd97e9cb86edffcc77e807fbe36a81de413e8d2f482ef4ac5bccb57b1ce"},
        {"tile/0/001.p/44", "6bd1c006f6a07ff272853a8cdc91c8c14f253ce94f40617a1cfc06ecb54bd39e"},
        {"tile/entries/000", "d2435ece87c7506b8a69b3a58e3479b82fa58ffdc858b71b58c152259a20583f"},
    };
    for (size_t i = 0; i < PT_COUNT(files); i++) {
        pt_buf b = read_whole(t.ledger, files[i].file);
        assert_sha256(pt_buf_str(&b), files[i].sha256);
        pt_buf_done(&b);
    }
    pt_buf one = read_whole(t.ledger, "tile/1/000.p/1");
    pt_buf hex = PT_BUF(128);
    pt_hex_put(&hex, pt_buf_str(&one));
    assert_str(pt_buf_str(&hex),
               "78cd7db3bbfa785ffefa21e1c0aa7d4806c6e22ad65472710377ecb7e5a5a54e");
    pt_buf_done(&hex);
    pt_buf_done(&one);
    pt_proof p;
    assert_ok(pt_ledger_consistency(l, 256, 300, &p, why));
    assert_int_equal(p.n, 1);
    assert_ok(pt_ledger_inclusion(l, 299, 300, &p, why));
    assert_int_equal(p.n, 5);
    pt_ledger_audit audit;
    assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
    pt_buf hexroot = PT_BUF(128);
    pt_hex_put(&hexroot, (pt_str){(const char *)audit.root.b, sizeof audit.root.b});
    assert_str(pt_buf_str(&hexroot),
               "7cb38a3a7211231d902f423fcd3f43cf9ac6da0aa1f31de0876c9927451ee3c5");
    pt_buf_done(&hexroot);
    pt_ledger_free(l);
    remove_tree(t.top);
}

// Every size from 1 to 600 is signed once; partial tiles of the sizes before are gone.
static void test_ledger_grows_over_tile_borders(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    pt_merkle_edge edge = {0};
    static const uint64_t stops[] = {1, 2, 3, 44, 255, 256, 257, 300, 511, 512, 513, 600};
    uint64_t size = 0;
    for (size_t i = 0; i < PT_COUNT(stops); i++) {
        static pt_str entries[300];
        static char text[300][128];
        size_t n = 0;
        for (; size < stops[i]; size++, n++) {
            entries[n] = entry_text(text[n], "grow", size);
            pt_hash256 leaf = pt_merkle_leaf(entries[n]);
            pt_merkle_append(&edge, &leaf);
        }
        uint64_t at;
        assert_ok(pt_ledger_append(l, entries, n, &at, why));
        assert_ok(pt_ledger_checkpoint(l, why));
        pt_ledger_audit audit;
        assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
        pt_hash256 root = pt_merkle_root(&edge);
        assert_int_equal(audit.signed_size, size);
        assert_memory_equal(audit.root.b, root.b, sizeof root.b);
        if (i % 3 == 0) {
            pt_ledger_free(l);
            l = opened(t.ledger);
        }
    }
    assert_entries(l, "grow", 0, size);
    assert_false(exists(t.ledger, "tile/0/000.p"));
    assert_false(exists(t.ledger, "tile/entries/001.p"));
    assert_false(exists(t.ledger, "tile/0/002.p/1"));
    assert_true(exists(t.ledger, "tile/0/002.p/88"));
    assert_true(exists(t.ledger, "tile/1/000.p/2"));
    assert_false(exists(t.ledger, "tile/1/000.p/1"));
    pt_ledger_free(l);
    remove_tree(t.top);
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): macros branch
static void test_ledger_every_proof_of_a_tree_verifies(void **state) {
    (void)state;
    enum {
        N = 300
    };
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    static pt_hash256 leaves[N];
    static pt_hash256 roots[N + 1];
    static char text[N][128];
    static pt_str entries[N];
    pt_merkle_edge edge = {0};
    for (size_t i = 0; i < N; i++) {
        entries[i] = entry_text(text[i], "proof", i);
        leaves[i] = pt_merkle_leaf(entries[i]);
        roots[i] = pt_merkle_root(&edge);
        pt_merkle_append(&edge, &leaves[i]);
    }
    roots[N] = pt_merkle_root(&edge);
    uint64_t at;
    assert_ok(pt_ledger_append(l, entries, N, &at, why));
    pt_proof p;
    assert_int_equal(pt_ledger_inclusion(l, 0, N, &p, NULL), PT_E_ABSENT); // not signed yet
    assert_ok(pt_ledger_checkpoint(l, why));
    for (uint64_t size = 1; size <= N; size += size < 20 ? 1 : 35)
        for (uint64_t i = 0; i < size; i += size < 20 ? 1 : 13) {
            assert_ok(pt_ledger_inclusion(l, i, size, &p, why));
            assert_true(pt_inclusion_verify(&leaves[i], i, size, &p, &roots[size]));
            assert_ok(pt_ledger_consistency(l, i, size, &p, why));
            assert_true(pt_consistency_verify(i, &roots[i], size, &roots[size], &p));
        }
    assert_ok(pt_ledger_consistency(l, N, N, &p, why));
    assert_int_equal(p.n, 0);
    assert_int_equal(pt_ledger_inclusion(l, 5, 5, &p, NULL), PT_E_ABSENT);
    assert_int_equal(pt_ledger_consistency(l, 6, 5, &p, NULL), PT_E_ABSENT);
    pt_ledger_free(l);
    remove_tree(t.top);
}

static void test_ledger_limits_are_kept(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    char *big = calloc(1, PT_LEDGER_ENTRY_BYTES_MAX + 1);
    uint64_t at;
    pt_err e = {0};
    pt_str entries[3] = {{0}, {big, PT_LEDGER_ENTRY_BYTES_MAX}, {big, 1}};
    assert_ok(pt_ledger_append(l, entries, 3, &at, why));
    assert_ok(pt_ledger_checkpoint(l, why));
    entries[1].n++;
    assert_int_equal(pt_ledger_append(l, entries, 2, &at, &e), PT_E_LIMIT);
    assert_int_equal(pt_ledger_append(l, entries, 0, &at, &e), PT_E_LIMIT);
    assert_int_equal(pt_ledger_append(l, entries, PT_LEDGER_BATCH_MAX + 1, &at, &e), PT_E_LIMIT);
    append_some(l, "goes on", 3, 4); // a refused batch is not final
    pt_ledger_audit audit;
    assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
    assert_int_equal(audit.size, 4);
    free(big);
    pt_ledger_free(l);
    remove_tree(t.top);
}

static void test_ledger_absent_refused_and_wrong_names(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = NULL;
    pt_err e = {0};
    pt_ledger_opts reading = {.read_only = true};
    pt_ledger_audit audit;
    assert_int_equal(pt_ledger_open(&l, t.ledger, &reading, NULL, &e), PT_E_ABSENT);
    assert_int_equal(pt_ledger_verify(t.ledger, NULL, &audit, &e), PT_E_ABSENT);
    assert_int_equal(pt_ledger_open(&l, t.top, &reading, NULL, &e), PT_E_ABSENT);
    assert_false(exists(t.ledger, ""));
    pt_ledger_opts bad = {.origin = PT_STR("two words")};
    assert_int_equal(pt_ledger_open(&l, t.ledger, &bad, NULL, &e), PT_E_USAGE);
    assert_false(exists(t.ledger, "key"));
    char path[128];
    snprintf(path, sizeof path, "%s/none/ledger", t.top);
    assert_int_equal(pt_ledger_open(&l, path, &(pt_ledger_opts){.origin = ORIGIN}, NULL, &e),
                     PT_E_IO);
    assert_int_equal(e.sys, ENOENT);
    assert_null(l);
    remove_tree(t.top);
}

static void test_ledger_open_key_and_open_folder_are_refused(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger_free(opened(t.ledger));
    char path[128];
    pt_ledger *l = NULL;
    pt_err e = {0};
    pt_ledger_opts opts = {.origin = ORIGIN};
    snprintf(path, sizeof path, "%s/key", t.ledger);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(pt_ledger_open(&l, t.ledger, &opts, NULL, &e), PT_E_DENIED);
    assert_non_null(strstr(e.what, "0640"));
    assert_non_null(strstr(e.remedy, "chmod 600"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chmod(t.ledger, 0770), 0);
    assert_int_equal(pt_ledger_open(&l, t.ledger, &opts, NULL, &e), PT_E_DENIED);
    assert_int_equal(chmod(t.ledger, 0700), 0);
    pt_ledger_free(opened(t.ledger));
    remove_tree(t.top);
}

static void test_ledger_another_key_is_refused(void **state) {
    (void)state;
    temp_dir t = make_temp();
    temp_dir u = make_temp();
    pt_ledger *l = opened(t.ledger);
    append_some(l, "a", 0, 2);
    assert_ok(pt_ledger_checkpoint(l, why));
    pt_ledger *other = opened(u.ledger);
    pt_err e = {0};
    pt_ledger_audit audit;
    assert_int_equal(pt_ledger_verify(t.ledger, pt_ledger_key(other), &audit, &e), PT_E_CORRUPT);
    assert_ok(pt_ledger_verify(t.ledger, pt_ledger_key(l), &audit, why));
    pt_ledger_free(other);
    pt_ledger_free(l);
    pt_buf key = read_whole(u.ledger, "key");
    write_whole(t.ledger, "key", pt_buf_str(&key));
    pt_buf_done(&key);
    l = NULL;
    pt_ledger_opts opts = {.origin = ORIGIN};
    assert_int_equal(pt_ledger_open(&l, t.ledger, &opts, NULL, &e), PT_E_CORRUPT);
    assert_non_null(strstr(e.what, "do not belong together"));
    remove_tree(t.top);
    remove_tree(u.top);
}

static void test_ledger_pub_taken_away_is_not_replaced(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    append_some(l, "a", 0, 1);
    pt_ledger_free(l);
    char path[128];
    snprintf(path, sizeof path, "%s/pub", t.ledger);
    assert_int_equal(unlink(path), 0);
    pt_err e = {0};
    l = NULL;
    assert_int_equal(pt_ledger_open(&l, t.ledger, &(pt_ledger_opts){.origin = ORIGIN}, NULL, &e),
                     PT_E_CORRUPT);
    assert_false(exists(t.ledger, "pub"));
    remove_tree(t.top);
}

static void test_ledger_lock_times_out_and_says_so(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = NULL;
    pt_ledger_opts opts = {.origin = ORIGIN, .lock_timeout_ms = 20};
    assert_ok(pt_ledger_open(&l, t.ledger, &opts, NULL, why));
    char path[128];
    snprintf(path, sizeof path, "%s/lock", t.ledger);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    uint64_t at;
    pt_err e = {0};
    assert_int_equal(pt_ledger_append(l, &PT_STR("x"), 1, &at, &e), PT_E_TIMEOUT);
    assert_non_null(strstr(e.where, "/lock"));
    close(fd);
    assert_ok(pt_ledger_append(l, &PT_STR("x"), 1, &at, why)); // a timeout is not final
    pt_ledger_free(l);
    remove_tree(t.top);
}

static void test_ledger_two_handles_see_each_other(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *a = opened(t.ledger);
    pt_ledger *b = opened(t.ledger);
    append_some(a, "x", 0, 3);
    append_some(b, "x", 3, 5);
    append_some(a, "x", 5, 6);
    assert_int_equal(pt_ledger_size(b), 5);
    assert_ok(pt_ledger_checkpoint(b, why)); // covers what a wrote, and replaces the journal
    assert_int_equal(pt_ledger_signed_size(b), 6);
    append_some(a, "x", 6, 8);
    assert_int_equal(pt_ledger_signed_size(a), 6);
    append_some(b, "x", 8, 9);
    assert_ok(pt_ledger_checkpoint(a, why));
    assert_ok(pt_ledger_checkpoint(b, why)); // nothing to do, but b has seen a's
    assert_int_equal(pt_ledger_signed_size(b), 9);
    assert_entries(a, "x", 0, 9);
    assert_entries(b, "x", 0, 9);
    pt_ledger_free(a);
    pt_ledger_free(b);
    pt_ledger_audit audit;
    assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
    assert_int_equal(audit.size, 9);
    remove_tree(t.top);
}

static void test_ledger_extends_only_its_own_past(void **state) {
    (void)state;
    temp_dir t = make_temp();
    pt_ledger *l = opened(t.ledger);
    pt_buf saved = PT_BUF(PT_NOTE_BYTES_MAX);
    append_some(l, "a", 0, 3);
    assert_ok(pt_ledger_checkpoint(l, why));
    pt_buf_put(&saved, pt_ledger_checkpoint_text(l));
    pt_ledger_audit audit;
    append_some(l, "a", 3, 9);
    assert_ok(pt_ledger_checkpoint(l, why));
    assert_ok(pt_ledger_extends(t.ledger, NULL, pt_buf_str(&saved), why));
    assert_ok(pt_ledger_extends(t.ledger, pt_ledger_key(l), pt_ledger_checkpoint_text(l), why));
    pt_err e = {0};
    assert_int_equal(pt_ledger_extends(t.ledger, NULL, PT_STR("x"), &e), PT_E_FORMAT);
    // The owner of the key rewrites the log: valid in itself, but not an extension.
    pt_buf key = read_whole(t.ledger, "key");
    pt_ledger_free(l);
    remove_tree(t.ledger);
    assert_int_equal(mkdir(t.ledger, 0700), 0);
    write_whole(t.ledger, "key", pt_buf_str(&key));
    char path[128];
    snprintf(path, sizeof path, "%s/key", t.ledger);
    assert_int_equal(chmod(path, 0600), 0);
    l = opened(t.ledger);
    append_some(l, "b", 0, 2);
    assert_ok(pt_ledger_checkpoint(l, why));
    assert_int_equal(pt_ledger_extends(t.ledger, NULL, pt_buf_str(&saved), &e), PT_E_CORRUPT);
    assert_non_null(strstr(e.what, "rolled back"));
    append_some(l, "b", 2, 9);
    assert_ok(pt_ledger_checkpoint(l, why));
    assert_ok(pt_ledger_verify(t.ledger, NULL, &audit, why));
    assert_int_equal(pt_ledger_extends(t.ledger, NULL, pt_buf_str(&saved), &e), PT_E_CORRUPT);
    assert_non_null(strstr(e.what, "rewritten"));
    pt_buf_done(&key);
    pt_buf_done(&saved);
    pt_ledger_free(l);
    remove_tree(t.top);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ledger_is_made_with_private_files),
        cmocka_unit_test(test_ledger_entries_survive_reopening),
        cmocka_unit_test(test_ledger_vector_a_checkpoint),
        cmocka_unit_test(test_ledger_vector_b_tiles_and_proofs),
        cmocka_unit_test(test_ledger_grows_over_tile_borders),
        cmocka_unit_test(test_ledger_every_proof_of_a_tree_verifies),
        cmocka_unit_test(test_ledger_limits_are_kept),
        cmocka_unit_test(test_ledger_absent_refused_and_wrong_names),
        cmocka_unit_test(test_ledger_open_key_and_open_folder_are_refused),
        cmocka_unit_test(test_ledger_another_key_is_refused),
        cmocka_unit_test(test_ledger_pub_taken_away_is_not_replaced),
        cmocka_unit_test(test_ledger_lock_times_out_and_says_so),
        cmocka_unit_test(test_ledger_two_handles_see_each_other),
        cmocka_unit_test(test_ledger_extends_only_its_own_past),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
