// What the ledger's tests share: a folder of their own, entries, and reading a file whole.
// assert_ok(pt_…(…, why)) fails with the error's words.
// Tests only.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "record/ledger/ledger.h"

#define ORIGIN PT_STR("paratia.invalid/test")

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        pt_err assert_e_ = {0};                                                                    \
        pt_err *why = &assert_e_;                                                                  \
        if (call)                                                                                  \
            fail_msg("%s: %s (%s; %s)", #call, assert_e_.what, assert_e_.where, assert_e_.remedy); \
    } while (0)

typedef struct temp_dir {
    char top[64];    // removed with all below
    char ledger[80]; // made by the test
} temp_dir;

static inline temp_dir make_temp(void) {
    temp_dir t;
    const char *base = getenv("TMPDIR");
    snprintf(t.top, sizeof t.top, "%.40s/pt-ledger-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(t.top));
    snprintf(t.ledger, sizeof t.ledger, "%s/ledger", t.top);
    return t;
}

static inline int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static inline void remove_tree(const char *path) {
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline pt_ledger *opened(const char *dir) {
    pt_ledger *l = NULL;
    assert_ok(pt_ledger_open(&l, dir, &(pt_ledger_opts){.origin = ORIGIN}, NULL, why));
    return l;
}

// Entries of this and that length, told apart by `tag` and `i`.
static inline pt_str entry_text(char out[128], const char *tag, uint64_t i) {
    int n =
        snprintf(out, 128, "{\"i\":%llu,\"tag\":\"%s\",\"pad\":\"%.*s\"}", (unsigned long long)i,
                 tag, (int)(i * 7 % 40), "0123456789012345678901234567890123456789");
    return (pt_str){out, (size_t)n};
}

static inline void append_some(pt_ledger *l, const char *tag, uint64_t from, uint64_t to) {
    for (uint64_t i = from; i < to; i++) {
        char text[128];
        uint64_t at = 0;
        pt_str entry = entry_text(text, tag, i);
        assert_ok(pt_ledger_append(l, &entry, 1, &at, why));
    }
}

static inline pt_buf read_whole(const char *dir, const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    pt_buf b = PT_BUF((size_t)1 << 26);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail_msg("no file %s", path);
    assert_ok(pt_fd_read_all(fd, &b, why));
    close(fd);
    return b;
}

static inline void write_whole(const char *dir, const char *name, pt_str bytes) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        fail_msg("cannot write %s", path);
    assert_ok(pt_fd_write_all(fd, bytes, why));
    close(fd);
}

static inline void assert_sha256(pt_str bytes, const char *want) {
    pt_hash256 h = pt_sha256(&bytes, 1);
    pt_buf hex = PT_BUF(64);
    pt_hex_put(&hex, (pt_str){(const char *)h.b, sizeof h.b});
    assert_str(pt_buf_str(&hex), want);
    pt_buf_done(&hex);
}
