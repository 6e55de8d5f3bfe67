#include "collect/image/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"

// A file:
//   0 "ptc1"  4 zero[4]  8 bytes of the value[8]  16 SHA-256 of key and value[32]  48 the value
// Numbers as this machine has them: it is nobody else's.
enum {
    HEAD_BYTES = 48,
    NAME_BYTES = 2 * PT_SHA256_BYTES,
    FRESH_NAME_BYTES = 4 + 2 * 8, // "new." and 64 random bits
    TOUCH_SECONDS = 3600,         // one that was used is marked no more often
    LEFT_SECONDS = 3600,          // nobody writes this long
    KEEP_OF_TEN = 9,              // so that not every scan throws away
};

static const char magic[8] = "ptc1";

typedef struct head {
    char magic[8];
    uint64_t size;
    pt_hash256 sum;
} head;

static_assert(sizeof(head) == HEAD_BYTES, "as drawn");

static void note(pt_cache *c, const pt_err *why) {
    if (!c->note.code)
        c->note = *why;
}

static void note_unkept(pt_cache *c, int sys) {
    pt_err e = {0};
    pt_err_sys(&e, sys, "nothing can be kept in it: %s", pt_errno_text(sys));
    note(c, &e);
}

static void name_of(const pt_hash256 *key, char ret[NAME_BYTES + 1]) {
    for (size_t i = 0; i < PT_SHA256_BYTES; i++)
        snprintf(ret + 2 * i, 3, "%02x", key->b[i]);
}

// -- the folder -----------------------------------------------------------------------------------

static pt_code check_folder(int fd, pt_err *e) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return pt_err_sys(e, errno, "cannot look at it: %s", pt_errno_text(errno));
    pt_code code = PT_OK;
    if (st.st_uid != geteuid())
        code = pt_err_set(e, PT_E_DENIED, "the cache is somebody else's folder");
    else if (st.st_mode & (S_IWGRP | S_IWOTH))
        code = pt_err_set(e, PT_E_DENIED, "others may write to the cache's folder");
    if (code)
        pt_err_remedy(e, "--cache DIR names one of yours (chmod 700); --no-cache does without");
    return code;
}

pt_code pt_cache_open(pt_cache *c, const char *path, uint64_t bytes_max, pt_err *e) {
    *c = (pt_cache){.fd = -1, .bytes_max = bytes_max};
    if (mkdir(path, 0700) != 0 && errno != EEXIST && errno != EROFS)
        return pt_err_sys(e, errno, "the cache's folder cannot be made: %s", pt_errno_text(errno));
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return pt_err_sys(e, errno, "the cache's folder cannot be opened: %s",
                          pt_errno_text(errno));
    pt_code code = check_folder(fd, e);
    if (!code)
        c->fd = pt_fd_take(&fd);
    return code;
}

// -- reading --------------------------------------------------------------------------------------

static int open_entry(const pt_cache *c, const char *name, int how) {
    return openat(c->fd, name, how | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

static bool read_at(int fd, void *to, size_t n, size_t offset) {
    char *p = to;
    while (n) {
        ssize_t got = pread(fd, p, n, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        offset += (size_t)got;
        n -= (size_t)got;
    }
    return true;
}

static pt_hash256 sum_of(const pt_hash256 *key, pt_str value) {
    const pt_str parts[] = {{(const char *)key->b, sizeof key->b}, value};
    return pt_sha256(parts, PT_COUNT(parts));
}

static bool read_entry(int fd, const pt_hash256 *key, pt_arena *a, pt_str *ret) {
    head h;
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !read_at(fd, &h, sizeof h, 0) ||
        memcmp(h.magic, magic, sizeof magic) != 0 || h.size > PT_CACHE_VALUE_MAX ||
        (uint64_t)st.st_size != HEAD_BYTES + h.size)
        return false;
    char *p = pt_arena_take(a, (size_t)h.size + 1);
    if (!p || !read_at(fd, p, (size_t)h.size, HEAD_BYTES))
        return false;
    pt_hash256 sum = sum_of(key, (pt_str){p, (size_t)h.size});
    if (memcmp(sum.b, h.sum.b, sizeof sum.b) != 0)
        return false;
    *ret = (pt_str){p, (size_t)h.size};
    return true;
}

// Its time says when it was used. Writing what stands there already sets it, and takes no right but
// that to write.
static void touch(const pt_cache *c, const char *name, int fd) {
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_mtime > pt_now() / PT_SECOND_NS - TOUCH_SECONDS)
        return;
    PT_AUTO(pt_fd_close) int to = open_entry(c, name, O_WRONLY);
    if (to >= 0)
        PT_IGNORE(pwrite(to, magic, sizeof magic, 0)); // in a folder of which we may only read
}

bool pt_cache_get(pt_cache *c, const pt_hash256 *key, pt_arena *a, pt_str *ret) {
    char name[NAME_BYTES + 1];
    name_of(key, name);
    PT_AUTO(pt_fd_close) int fd = c->fd < 0 ? -1 : open_entry(c, name, O_RDONLY);
    if (fd < 0)
        return false;
    if (read_entry(fd, key, a, ret)) {
        touch(c, name, fd);
        return true;
    }
    pt_err e = {0};
    pt_err_set(&e, PT_E_CORRUPT, "a damaged entry was found, and is made anew");
    pt_err_at(&e, "%s", name);
    note(c, &e);
    PT_IGNORE(unlinkat(c->fd, name, 0)); // in a folder of which we may only read
    return false;
}

bool pt_cache_has(const pt_cache *c, const pt_hash256 *key) {
    char name[NAME_BYTES + 1];
    name_of(key, name);
    return c->fd >= 0 && faccessat(c->fd, name, R_OK, 0) == 0;
}

// -- writing --------------------------------------------------------------------------------------

static int make_fresh(const pt_cache *c, char name[FRESH_NAME_BYTES + 1]) {
    uint64_t bits = 0;
    pt_random(&bits, sizeof bits);
    snprintf(name, FRESH_NAME_BYTES + 1, "new.%016llx", (unsigned long long)bits);
    return openat(c->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
}

// Into its place; `flags` of renameat2.
static bool write_file(pt_cache *c, const char *name, const pt_str *parts, size_t n,
                       unsigned flags) {
    char fresh[FRESH_NAME_BYTES + 1];
    pt_err e = {0};
    pt_code code = PT_OK;
    PT_AUTO(pt_fd_close) int fd = make_fresh(c, fresh);
    if (fd < 0) {
        note_unkept(c, errno);
        return false;
    }
    for (size_t i = 0; !code && i < n; i++)
        code = pt_fd_write_all(fd, parts[i], &e);
    if (code)
        note_unkept(c, e.sys);
    bool ok = !code && renameat2(c->fd, fresh, c->fd, name, flags) == 0;
    if (!ok)
        PT_IGNORE(unlinkat(c->fd, fresh, 0)); // else it is swept up some day
    return ok;
}

void pt_cache_put(pt_cache *c, const pt_hash256 *key, pt_str value) {
    char name[NAME_BYTES + 1];
    head h = {.size = value.n, .sum = sum_of(key, value)};
    if (c->fd < 0 || value.n > PT_CACHE_VALUE_MAX)
        return;
    memcpy(h.magic, magic, sizeof magic);
    name_of(key, name);
    const pt_str parts[] = {{(const char *)&h, sizeof h}, value};
    c->wrote |= write_file(c, name, parts, PT_COUNT(parts), 0);
}

// -- the secret -----------------------------------------------------------------------------------

static bool read_secret(const pt_cache *c, uint8_t ret[PT_SHA256_BYTES]) {
    struct stat st;
    PT_AUTO(pt_fd_close) int fd = open_entry(c, "key", O_RDONLY);
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == PT_SHA256_BYTES &&
           !(st.st_mode & (S_IRWXG | S_IRWXO)) && read_at(fd, ret, PT_SHA256_BYTES, 0);
}

void pt_cache_secret(pt_cache *c, uint8_t ret[PT_SHA256_BYTES]) {
    uint8_t mine[PT_SHA256_BYTES];
    if (c->fd >= 0 && read_secret(c, ret))
        return;
    pt_random(mine, sizeof mine);
    // Of several who make it at once the first one's stays; one that cannot be read does not.
    const pt_str part = {(const char *)mine, sizeof mine};
    bool kept = c->fd >= 0 && write_file(c, "key", &part, 1, RENAME_NOREPLACE);
    if (c->fd >= 0 && !kept && !read_secret(c, ret))
        PT_IGNORE(write_file(c, "key", &part, 1, 0));
    if (c->fd < 0 || !read_secret(c, ret))
        memcpy(ret, mine, sizeof mine);
    pt_wipe(mine, sizeof mine);
}

// -- throwing away --------------------------------------------------------------------------------

typedef struct entry {
    uint64_t used_ns, bytes;
    char name[NAME_BYTES + 1];
} entry;

typedef struct entries {
    PT_VEC(entry) v;
    pt_arena a;
    uint64_t bytes;
} entries;

static bool is_hex(const char *s, size_t n) {
    return strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

// Nothing is touched but what has a name that is given here.
static void look_at(const pt_cache *c, const char *name, entries *found) {
    struct stat st;
    bool left = strncmp(name, "new.", 4) == 0 && is_hex(name + 4, FRESH_NAME_BYTES - 4);
    if ((!left && !is_hex(name, NAME_BYTES)) ||
        fstatat(c->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return;
    if (left && st.st_mtime < pt_now() / PT_SECOND_NS - LEFT_SECONDS)
        PT_IGNORE(unlinkat(c->fd, name, 0)); // somebody else did it
    entry *e = left ? NULL : PT_PUSH(&found->a, &found->v);
    if (!e)
        return;
    memcpy(e->name, name, NAME_BYTES + 1);
    e->used_ns =
        (uint64_t)st.st_mtim.tv_sec * (uint64_t)PT_SECOND_NS + (uint64_t)st.st_mtim.tv_nsec;
    e->bytes = (uint64_t)st.st_blocks * 512;
    found->bytes += e->bytes;
}

static int by_use(const void *a, const void *b) {
    const entry *x = a;
    const entry *y = b;
    return (x->used_ns > y->used_ns) - (x->used_ns < y->used_ns);
}

// Whoever reads one of them at this moment has it open.
static void throw_away(const pt_cache *c, entries *found) {
    uint64_t most = c->bytes_max ? c->bytes_max : PT_CACHE_BYTES_DEFAULT;
    size_t n = found->v.n;
    if (found->bytes <= most && n <= PT_CACHE_ENTRIES_MAX)
        return;
    qsort(found->v.v, n, sizeof(entry), by_use);
    for (size_t i = 0; i < n; i++) {
        const entry *e = &found->v.v[i];
        if (found->bytes <= most / 10 * KEEP_OF_TEN &&
            n - i <= PT_CACHE_ENTRIES_MAX / 10 * KEEP_OF_TEN)
            break;
        PT_IGNORE(unlinkat(c->fd, e->name, 0)); // somebody else did it
        found->bytes -= e->bytes;
    }
}

static void sweep(const pt_cache *c) {
    entries found = {0};
    int fd = openat(c->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        pt_fd_close(&fd);
        return;
    }
    for (const struct dirent *one; (one = readdir(d));)
        look_at(c, one->d_name, &found);
    closedir(d);
    throw_away(c, &found);
    pt_arena_done(&found.a);
}

void pt_cache_close(pt_cache *c) {
    if (c->fd >= 0 && c->wrote)
        sweep(c);
    pt_fd_close(&c->fd);
}
