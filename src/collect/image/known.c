#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/image/digest.h"
#include "collect/image/jobs.h"
#include "collect/image/known_impl.h"
#include "collect/image/limits.h"

enum {
    CHUNK_BYTES = 256 << 10,
};

// Times of files are coarse: of one that changed later than this before we looked, the next change
// may look like none. (FAT has steps of two seconds.)
#define SETTLED_NS (3 * PT_SECOND_NS)

// What of a file says that it is the same. No padding: it is hashed as it stands. The mount is one
// of this boot: a file system that was made elsewhere (a stick, a disk's image) can say anything of
// its files, and be mounted in the place of another one.
typedef struct place {
    uint64_t device, mount, inode, size, offset, bytes;
    int64_t changed_s, changed_ns, state_s, state_ns;
} place;

static bool on(const pt_known *k) {
    return k && k->cache && k->cache->fd >= 0;
}

static bool same(const pt_hash256 *a, const pt_hash256 *b) {
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

// Under what an answer of this kind about `what` stands. (Kinds are of one length.)
static pt_hash256 key_of(const pt_known *k, const char kind[8], pt_str what, pt_str more) {
    uint64_t n = what.n;
    const pt_str parts[] = {{kind, 8},
                            {(const char *)k->by.b, sizeof k->by.b},
                            {(const char *)&n, sizeof n},
                            what,
                            more};
    return pt_sha256(parts, PT_COUNT(parts));
}

static bool find(pt_known *k, const pt_hash256 *key, pt_arena *a, pt_str *ret) {
    return !k->fresh && pt_cache_get(k->cache, key, a, ret);
}

// -- files ----------------------------------------------------------------------------------------

#define STATX_MOUNT 0x4000u // STATX_MNT_ID_UNIQUE: never given twice (Linux 6.8)

// *ret_ours: nobody but us and root can write to it. (The group of a user alone is the user.)
static bool place_of(const pt_part *part, place *ret, bool *ret_ours) {
    struct statx st;
    if (statx(part->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID | STATX_MOUNT, &st) ||
        !S_ISREG(st.stx_mode))
        return false;
    *ret = (place){.device = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor,
                   .mount = st.stx_mnt_id,
                   .inode = st.stx_ino,
                   .size = st.stx_size,
                   .offset = part->offset,
                   .bytes = part->size,
                   .changed_s = st.stx_mtime.tv_sec,
                   .changed_ns = st.stx_mtime.tv_nsec,
                   .state_s = st.stx_ctime.tv_sec,
                   .state_ns = st.stx_ctime.tv_nsec};
    *ret_ours = (st.stx_uid == geteuid() || st.stx_uid == 0) && !(st.stx_mode & S_IWOTH) &&
                (!(st.stx_mode & S_IWGRP) || st.stx_gid == getegid());
    return true;
}

static pt_time_ns instant(int64_t s, int64_t ns) {
    return s > INT64_MAX / PT_SECOND_NS - 1 || s < 0 ? INT64_MAX : s * PT_SECOND_NS + ns;
}

static bool is_settled(const pt_known *k, const place *p) {
    pt_time_ns last = k->now - SETTLED_NS;
    return instant(p->changed_s, p->changed_ns) < last && instant(p->state_s, p->state_ns) < last;
}

static pt_hash256 key_of_place(const pt_known *k, const char kind[8], const place *p) {
    return key_of(k, kind, (pt_str){(const char *)p, sizeof *p},
                  (pt_str){(const char *)k->boot.b, sizeof k->boot.b});
}

static bool hash_part(const pt_part *part, pt_hash256 *ret) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    char *chunk = pt_arena_take(&a, CHUNK_BYTES);
    pt_sha256_run *run = pt_sha256_begin();
    uint64_t done = 0;
    while (chunk && done < part->size) {
        size_t want = part->size - done < CHUNK_BYTES ? (size_t)(part->size - done) : CHUNK_BYTES;
        ssize_t n = pread(part->fd, chunk, want, (off_t)(part->offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        pt_sha256_add(run, (pt_str){chunk, (size_t)n});
        done += (uint64_t)n;
    }
    *ret = pt_sha256_end(run);
    return chunk && done == part->size;
}

// Its digest, by this process: now, or earlier if it is the same file. *ret_kept: an answer for it
// may be kept.
static bool digest_of(pt_known *k, const pt_part *part, pt_arena *a, pt_hash256 *ret,
                      bool *ret_kept) {
    place before;
    place after;
    pt_str was = {0};
    if (!place_of(part, &before, ret_kept))
        return false;
    bool settled = *ret_kept && is_settled(k, &before);
    pt_hash256 key = key_of_place(k, "place  ", &before);
    if (settled && find(k, &key, a, &was) && was.n == sizeof ret->b) {
        memcpy(ret->b, was.p, sizeof ret->b);
        return true;
    }
    if (!hash_part(part, ret) || !place_of(part, &after, ret_kept) ||
        memcmp(&before, &after, sizeof before) != 0)
        return false;
    if (settled)
        pt_cache_put(k->cache, &key, (pt_str){(const char *)ret->b, sizeof ret->b});
    return true;
}

// -- the whole ------------------------------------------------------------------------------------

// Where it cannot be told, each run is one.
static pt_hash256 this_boot(void) {
    char id[64];
    PT_AUTO(pt_fd_close)
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = fd < 0 ? -1 : read(fd, id, sizeof id);
    if (n <= 0)
        pt_random(id, sizeof id);
    const pt_str s = {id, n > 0 ? (size_t)n : sizeof id};
    return pt_sha256(&s, 1);
}

// All of its bytes: nobody has to remember to count a version on.
pt_code pt_known_init(pt_known *k, pt_cache *cache, const char *program, pt_str rules, pt_err *e) {
    struct stat st;
    pt_hash256 hash;
    PT_AUTO(pt_fd_close) int fd = open(program, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    bool ok = fd >= 0 && fstat(fd, &st) == 0 &&
              hash_part(&(pt_part){.fd = fd, .size = (uint64_t)st.st_size}, &hash);
    if (!ok) {
        pt_code code = pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
        pt_err_at(e, "%s", program);
        return code;
    }
    const pt_str parts[] = {
        PT_STR("paratia-known/1"), {(const char *)hash.b, sizeof hash.b}, rules};
    *k = (pt_known){.cache = cache,
                    .by = pt_sha256(parts, PT_COUNT(parts)),
                    .boot = this_boot(),
                    .now = pt_now()};
    return PT_OK;
}

// -- layers ---------------------------------------------------------------------------------------

// Of a layer whose image says no digest, docker save's: it stands there as it is, uncompressed.
static pt_str said_of(const pt_known_layer *l) {
    return l->digest.n ? l->digest : l->diff_id;
}

static pt_hash256 key_of_layer(const pt_known *k, const pt_known_layer *l) {
    return key_of(k, "layer  ", said_of(l), (pt_str){(const char *)&l->flags, sizeof l->flags});
}

bool pt_known_layer_taken(const pt_known *k, const pt_known_layer *l, pt_str *ret) {
    if (!on(k) || !k->taken.n)
        return false;
    pt_hash256 key = key_of_layer(k, l);
    for (size_t i = 0; i < k->taken.n; i++)
        if (same(&k->taken.v[i].key, &key)) {
            *ret = k->taken.v[i].answer;
            return true;
        }
    return false;
}

bool pt_known_layer_find(pt_known *k, const pt_known_layer *l, const pt_part *part, pt_arena *a,
                         pt_str *ret) {
    pt_hash256 hash;
    bool kept = false;
    if (!on(k) || k->fresh || !pt_digest_is(said_of(l)))
        return false;
    pt_hash256 key = key_of_layer(k, l);
    return pt_cache_has(k->cache, &key) && digest_of(k, part, a, &hash, &kept) &&
           pt_str_eq(pt_digest_text(a, &hash), said_of(l)) && find(k, &key, a, ret);
}

bool pt_known_take(pt_known *k, pt_str digest, uint64_t flags, pt_arena *a) {
    const pt_known_layer l = {.digest = digest, .flags = flags};
    pt_str answer = {0};
    if (!on(k) || !pt_digest_is(digest))
        return false;
    if (pt_known_layer_taken(k, &l, &answer))
        return true;
    pt_hash256 key = key_of_layer(k, &l);
    pt_known_taken *t = find(k, &key, a, &answer) ? PT_PUSH(a, &k->taken) : NULL;
    if (t)
        *t = (pt_known_taken){key, answer};
    return t != NULL;
}

void pt_known_untake(pt_known *k) {
    if (k)
        k->taken.n = 0;
}

bool pt_known_layer_stamp(pt_known *k, const pt_part *part, pt_hash256 *ret) {
    place at;
    bool ours = false;
    if (!on(k) || !place_of(part, &at, &ours) || !ours)
        return false;
    *ret = key_of_place(k, "stamp  ", &at);
    return true;
}

pt_str pt_known_layer_hash(pt_known *k, const pt_part *part, pt_arena *a) {
    pt_hash256 hash;
    bool kept = false;
    return on(k) && digest_of(k, part, a, &hash, &kept) && kept ? pt_digest_text(a, &hash)
                                                                : (pt_str){0};
}

void pt_known_layer_keep(pt_known *k, const pt_known_layer *l, pt_str hash, pt_value result,
                         pt_str answer) {
    pt_str digest = pt_text(pt_getz(result, "digest"));
    pt_str diff_id = pt_text(pt_getz(result, "diff_id"));
    if (!on(k) || !hash.n || !pt_str_eq(hash, said_of(l)) || !pt_str_eq(hash, digest) ||
        (l->diff_id.n && !pt_str_eq(diff_id, l->diff_id)))
        return;
    pt_hash256 key = key_of_layer(k, l);
    pt_cache_put(k->cache, &key, answer);
}

// -- documents, lists of members ------------------------------------------------------------------

// *ret_kept: an answer may be kept.
static bool key_of_file(const pt_known *k, const pt_known_file *f, pt_hash256 *ret,
                        bool *ret_kept) {
    place at;
    pt_hash256 hash;
    if (!place_of(f->part, &at, ret_kept))
        return false;
    if (f->kind == PT_KNOWN_MEMBERS) {
        *ret = key_of_place(k, "members", &at);
        return *ret_kept && is_settled(k, &at);
    }
    if (f->part->size > PT_DOCUMENT_BYTES_MAX || !hash_part(f->part, &hash))
        return false;
    *ret = key_of(k, "text   ", (pt_str){(const char *)hash.b, sizeof hash.b}, f->digest);
    return true;
}

bool pt_known_file_find(pt_known *k, const pt_known_file *f, pt_arena *a, pt_hash256 *ret_key,
                        pt_str *ret) {
    bool kept = false;
    *ret_key = (pt_hash256){0};
    return on(k) && key_of_file(k, f, ret_key, &kept) && find(k, ret_key, a, ret);
}

void pt_known_file_keep(pt_known *k, const pt_known_file *f, const pt_hash256 *key, pt_str answer) {
    pt_hash256 now;
    bool kept = false;
    if (on(k) && key_of_file(k, f, &now, &kept) && kept && same(key, &now))
        pt_cache_put(k->cache, key, answer);
}

bool pt_known_find(pt_known *k, pt_str id, pt_str more, pt_arena *a, pt_str *ret) {
    if (!on(k) || !id.n)
        return false;
    pt_hash256 key = key_of(k, "word   ", id, more);
    return find(k, &key, a, ret);
}

void pt_known_keep(pt_known *k, pt_str id, pt_str more, pt_str what) {
    if (!on(k) || !id.n)
        return;
    pt_hash256 key = key_of(k, "word   ", id, more);
    pt_cache_put(k->cache, &key, what);
}
