// An io that fails, tears or dies at its nth call and keeps account of what a disk would hold, and
// a run through everything that writes. Tests only.
#pragma once

#include <errno.h>

#include "record/ledger/testing_ledger.h"

typedef enum fault_kind {
    FAULT_NONE,
    FAULT_ERROR, // the call does nothing and fails with `sys`
    FAULT_DIE,   // neither this call nor any behind it reaches the disk
    FAULT_SHORT, // only writes count: it takes half, and the next call fails with `sys`
    FAULT_TORN,  // only writes count: half of it, and nothing behind it, reaches the disk
} fault_kind;

// What a disk is bound to keep: each file up to its last flush, each new name once its folder was
// flushed. Inodes may be used again: the first
// write to an empty file forgets what was known of its number.
typedef struct disk {
    struct {
        ino_t inode;
        off_t size;
    } file[1024];
    struct {
        char name[64];  // below the ledger's folder; of a folder when one was made
        char aside[32]; // what bore the name before, below disk_folder; empty: nothing
        ino_t folder;   // 0: flushed
    } renamed[1024];
    unsigned files, renames;
} disk;

typedef struct fault_io {
    pt_ledger_io io; // first: the functions cast back
    fault_kind kind;
    int sys;
    int64_t left;    // calls until it happens; negative: it did
    bool again;      // every later call fails too: the disk stays full
    disk *disk;      // NULL: no model
    int disk_folder; // keeps what renames replaced
} fault_io;

// Is it this call's turn?
static inline bool fault_due(fault_io *f) {
    if (f->kind == FAULT_NONE)
        return false;
    bool due = f->left == 0 || (f->left < 0 && f->again);
    f->left--;
    if (due && f->kind == FAULT_DIE) {
        f->kind = FAULT_ERROR;
        f->again = true;
    }
    return due;
}

// The model's entry for the file; a new one knows of no flush.
static inline off_t *disk_flushed(disk *d, ino_t inode) {
    unsigned i = 0;
    while (i < d->files && d->file[i].inode != inode)
        i++;
    if (i == sizeof d->file / sizeof d->file[0])
        abort();
    if (i == d->files)
        d->file[d->files++].inode = inode;
    return &d->file[i].size;
}

static inline void disk_note_write(disk *d, int fd) {
    struct stat st;
    if (d && fstat(fd, &st) == 0 && st.st_size == 0)
        *disk_flushed(d, st.st_ino) = 0;
}

static inline void disk_note_sync(disk *d, int fd) {
    struct stat st;
    if (!d || fstat(fd, &st) != 0)
        return;
    if (S_ISREG(st.st_mode))
        *disk_flushed(d, st.st_ino) = st.st_size;
    for (unsigned i = 0; S_ISDIR(st.st_mode) && i < d->renames; i++)
        if (d->renamed[i].folder == st.st_ino)
            d->renamed[i].folder = 0;
}

// A new name `to` in the folder that its last slash ends; `aside` is what bore it.
static inline void disk_note_name(const fault_io *f, int dir, const char *to, size_t n, bool file) {
    disk *d = f->disk;
    if (d->renames == sizeof d->renamed / sizeof d->renamed[0])
        abort();
    unsigned i = d->renames++;
    char *name = d->renamed[i].name;
    snprintf(name, sizeof d->renamed[i].name, "%.*s", (int)n, to);
    snprintf(d->renamed[i].aside, sizeof d->renamed[i].aside, "%u", i);
    if (!file || linkat(dir, name, f->disk_folder, d->renamed[i].aside, 0) != 0)
        d->renamed[i].aside[0] = '\0';
    char folder[64];
    const char *slash = strrchr(name, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - name) : 1, slash ? name : ".");
    struct stat st;
    if (fstatat(dir, folder, &st, 0) != 0)
        abort();
    d->renamed[i].folder = st.st_ino;
}

// The file's name, and those of the folders on the way that were not seen before.
static inline void disk_note_rename(const fault_io *f, int dir, const char *to) {
    for (size_t n = 1; f->disk && to[n]; n++) {
        bool known = to[n] != '/';
        for (unsigned i = 0; !known && i < f->disk->renames; i++)
            known = strlen(f->disk->renamed[i].name) == n &&
                    memcmp(f->disk->renamed[i].name, to, n) == 0;
        if (!known)
            disk_note_name(f, dir, to, n, false);
    }
    if (f->disk)
        disk_note_name(f, dir, to, strlen(to), true);
}

static inline int64_t fault_write(pt_ledger_io *io, int fd, const void *p, size_t n) {
    fault_io *f = (fault_io *)io;
    disk_note_write(f->disk, fd);
    if (!fault_due(f))
        return write(fd, p, n);
    if ((f->kind == FAULT_SHORT || f->kind == FAULT_TORN) && n > 1) {
        f->again = f->kind == FAULT_TORN;
        f->kind = FAULT_ERROR;
        f->left = 0;
        return write(fd, p, n / 2);
    }
    errno = f->sys;
    return -1;
}

// A call that is no write.
static inline bool fault_other(fault_io *f) {
    if (f->kind == FAULT_SHORT || f->kind == FAULT_TORN || !fault_due(f))
        return false;
    errno = f->sys;
    return true;
}

static inline int fault_sync(pt_ledger_io *io, int fd) {
    fault_io *f = (fault_io *)io;
    if (fault_other(f))
        return -1;
    disk_note_sync(f->disk, fd);
    return 0; // the page cache is as good as a disk to a test; only real machines lose it
}

static inline int fault_rename(pt_ledger_io *io, int dir, const char *from, const char *to) {
    fault_io *f = (fault_io *)io;
    if (fault_other(f))
        return -1;
    disk_note_rename(f, dir, to);
    return renameat(dir, from, dir, to);
}

static inline int fault_truncate(pt_ledger_io *io, int fd, uint64_t size) {
    fault_io *f = (fault_io *)io;
    return fault_other(f) ? -1 : ftruncate(fd, (off_t)size);
}

static inline fault_io fault_make(fault_kind kind, int sys, int64_t left) {
    return (fault_io){.io = {fault_write, fault_sync, fault_rename, fault_truncate},
                      .kind = kind,
                      .sys = sys,
                      .left = left};
}

enum {
    POINTS_MAX = 1000,
};

// What the caller was told.
typedef struct told {
    uint64_t acknowledged, signed_size;
    bool sign; // the process that goes on signs too
    disk disk;
} told;

static inline pt_code append_n(pt_ledger *l, uint64_t n, uint64_t *acknowledged, pt_err *e) {
    char text[64][128];
    pt_str entries[64];
    for (uint64_t i = 0; i < n; i++)
        entries[i] = entry_text(text[i], "fault", *acknowledged + i);
    uint64_t first = 0;
    pt_code code = pt_ledger_append(l, entries, n, &first, e);
    if (code == PT_OK && first != *acknowledged)
        abort();
    if (code == PT_OK)
        *acknowledged += n;
    return code;
}

static inline pt_code sign(pt_ledger *l, told *t, pt_err *e) {
    pt_code code = pt_ledger_checkpoint(l, e);
    if (code == PT_OK)
        t->signed_size = pt_ledger_signed_size(l);
    return code;
}

// Another process wrote and died before its flush: nobody was told, but a checkpoint that covers
// the entry must not be more durable than it.
static inline pt_code append_unflushed(const char *dir, const fault_io *io, told *t, pt_err *e) {
    fault_io own = fault_make(FAULT_NONE, EIO, 0);
    own.disk = io->disk;
    own.disk_folder = io->disk_folder;
    pt_ledger *l = NULL;
    pt_code code =
        pt_ledger_open(&l, dir, &(pt_ledger_opts){.origin = ORIGIN, .io = &own.io}, NULL, e);
    own.kind = FAULT_ERROR;
    own.left = 1;
    uint64_t untold = t->acknowledged;
    if (code == PT_OK && append_n(l, 1, &untold, NULL) != PT_E_IO)
        abort();
    pt_ledger_free(l);
    return code;
}

// What a process does that finds a ledger as another left it.
static inline pt_code go_on(const char *dir, fault_io *io, told *t, pt_err *e) {
    pt_ledger *l = NULL;
    pt_code code =
        pt_ledger_open(&l, dir, &(pt_ledger_opts){.origin = ORIGIN, .io = &io->io}, NULL, e);
    if (code == PT_OK) {
        t->acknowledged = pt_ledger_size(l); // opening made it durable
        code = append_n(l, 1, &t->acknowledged, e);
    }
    if (code == PT_OK && t->sign)
        code = sign(l, t, e);
    pt_ledger_free(l);
    return code;
}

// Everything that writes: making, appending, signing over a tile border, opening again with entries
// that no checkpoint covers.
static inline pt_code scenario(const char *dir, fault_io *io, told *t, pt_err *e) {
    pt_ledger_opts opts = {.origin = ORIGIN, .io = &io->io};
    static const uint64_t batches[] = {1, 2, 0, 64, 64, 64, 63, 0, 3, 0, 5};
    pt_ledger *l = NULL;
    pt_code code = pt_ledger_open(&l, dir, &opts, NULL, e);
    for (size_t i = 0; code == PT_OK && i < PT_COUNT(batches); i++)
        code = batches[i] ? append_n(l, batches[i], &t->acknowledged, e) : sign(l, t, e);
    if (code == PT_OK) {
        pt_ledger_free(l);
        l = NULL;
        code = pt_ledger_open(&l, dir, &opts, NULL, e);
    }
    if (code == PT_OK)
        code = append_n(l, 1, &t->acknowledged, e);
    if (code == PT_OK)
        code = sign(l, t, e);
    if (code == PT_OK)
        code = append_unflushed(dir, io, t, e);
    if (code == PT_OK)
        code = sign(l, t, e);
    if (code && l) { // final: the handle takes nothing more
        uint64_t first;
        if (pt_ledger_append(l, &PT_STR("x"), 1, &first, NULL) != PT_E_IO)
            abort();
    }
    pt_ledger_free(l);
    return code;
}

// Nothing that was told is missing; the ledger is whole, and goes on.
static inline void assert_recovered(const char *dir, const told *t, int64_t point) {
    fault_io io = fault_make(FAULT_NONE, 0, 0);
    pt_ledger *l = NULL;
    assert_ok(
        pt_ledger_open(&l, dir, &(pt_ledger_opts){.origin = ORIGIN, .io = &io.io}, NULL, why));
    if (pt_ledger_size(l) < t->acknowledged || pt_ledger_signed_size(l) < t->signed_size)
        fail_msg("point %lld: %llu entries of %llu", (long long)point,
                 (unsigned long long)pt_ledger_size(l), (unsigned long long)t->acknowledged);
    pt_arena a = {0};
    uint64_t size = pt_ledger_size(l);
    for (uint64_t i = 0; i < size; i += i + 8 < size ? 7 : 1) { // verify reads them all below
        char text[128];
        pt_str want = entry_text(text, "fault", i);
        pt_str got = {0};
        assert_ok(pt_ledger_entry(l, &a, i, &got, why));
        assert_true(pt_str_eq(got, want));
    }
    pt_arena_done(&a);
    assert_ok(append_n(l, 2, &size, why));
    assert_ok(pt_ledger_checkpoint(l, why));
    pt_ledger_audit audit;
    assert_ok(pt_ledger_verify(dir, NULL, &audit, why));
    assert_int_equal(audit.signed_size, size);
    pt_ledger_free(l);
}
