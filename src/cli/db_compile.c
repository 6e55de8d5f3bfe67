// Feeds, on all processors, to one index.
#include "cli/db_compile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/progress.h"
#include "base/threads.h"
#include "cli/db.h"
#include "cli/db_input.h"

enum {
    THREADS_MAX = 16,
    PIECES_AT_ONCE = 16,
    TOLD_MAX = 20,             // problems, and files that are no feed
    TAR_MEMBERS_MAX = 4 << 20, // of one archive
};

#define TAR_BYTES_MAX ((uint64_t)1 << 38) // unpacked, of one archive

typedef struct told {
    pt_str place;
    pt_str what;
} told;
typedef PT_VEC(told) told_list;

// The tar that is read: unpacking is one thread's work at a time, members are everybody's.
typedef struct tar_reading {
    pthread_mutex_t lock;
    size_t file, members;
    bool open;
    pt_arena a;
    pt_unpack unpack;
    pt_tar tar;
} tar_reading;

// What all threads share.
typedef struct work {
    pt_db_input in;
    atomic_size_t next;
    atomic_bool stopped; // by a failure that is no problem of a feed
    tar_reading tars;
    pthread_mutex_t lock;
    // under the lock
    pt_arena a;
    told_list problems, others;  // others: files that are no feed
    PT_VEC(pt_db_piece) members; // of tars
    pt_err e;
    // when all have ended
    size_t unordered; // ranges
} work;

typedef struct worker {
    work *w;
    pt_index_shard *shard;
    pt_arena a;
    pt_buf file, member;
    pt_unzip *unzip;
    pt_db_piece *piece;    // that is read
    pt_db_piece own;       // a member of a tar
    pt_feed feed;          // how
    pt_progress *progress; // of the first of them; NULL
} worker;

// -- telling --------------------------------------------------------------------------------------

static void note(work *w, told_list *to, pt_str place, const char *what) {
    pthread_mutex_lock(&w->lock);
    told *one = PT_PUSH(&w->a, to);
    if (one)
        *one = (told){pt_arena_str(&w->a, place), pt_arena_str(&w->a, pt_str_of(what))};
    pthread_mutex_unlock(&w->lock);
}

// "feeds/all.zip, GHSA-1.json, affected[0], line 3".
static pt_str place_of(worker *v, const char *place, const pt_err *e, pt_buf *b) {
    pt_str parts[] = {pt_str_of(v->w->in.files.v[v->piece->file].path), v->piece->member.name,
                      pt_str_of(place), pt_str_of(e ? e->where : "")};
    for (size_t i = 0; i < PT_COUNT(parts); i++) {
        if (parts[i].n)
            pt_buf_putz(b, b->n ? ", " : "");
        pt_buf_put_safe(b, parts[i]);
    }
    if (e && e->line)
        pt_buf_printf(b, ", line %u", e->line);
    return pt_buf_str(b);
}

static void problem(void *ctx, const char *place, const pt_err *e) {
    worker *v = ctx;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    v->piece->problems++;
    note(v->w, &v->w->problems, place_of(v, place, e, &b), e->what);
}

static int by_place(const void *a, const void *b) {
    const told *x = a;
    const told *y = b;
    int order = pt_str_cmp(x->place, y->place);
    return order ? order : pt_str_cmp(x->what, y->what);
}

static void put_told(told_list *l, const char *head) {
    if (!l->n)
        return;
    qsort(l->v, l->n, sizeof *l->v, by_place);
    fprintf(stderr, "%s: %zu\n", head, l->n);
    for (size_t i = 0; i < l->n && i < TOLD_MAX; i++)
        fprintf(stderr, "  %.*s%s%.*s\n", PT_PRI(l->v[i].place), l->v[i].what.n ? ": " : "",
                PT_PRI(l->v[i].what));
    if (l->n > TOLD_MAX)
        fprintf(stderr, "  and %zu more\n", l->n - TOLD_MAX);
}

// -- reading --------------------------------------------------------------------------------------

static pt_code add_document(void *ctx, pt_value doc, pt_err *e) {
    worker *v = ctx;
    uint32_t source = v->w->in.files.v[v->piece->file].source + (uint32_t)v->feed.kind;
    return pt_index_add(v->shard, source, doc, e);
}

static pt_code read_file(worker *v, const char *path, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    pt_buf_clear(&v->file);
    if (fd < 0)
        return pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    return pt_fd_read_all(fd, &v->file, e);
}

// The bytes of a piece; of an archive none, for its members are pieces.
static pt_code bytes_of(worker *v, pt_str *ret, pt_err *e) {
    const pt_db_file *f = &v->w->in.files.v[v->piece->file];
    pt_code code = PT_OK;
    if (v->piece->is_member) {
        pt_buf_clear(&v->member);
        return pt_zip_read(&f->zip, &v->piece->member, v->unzip, &v->member, ret, e);
    }
    if (!f->mapped.n)
        code = read_file(v, f->path, e);
    pt_str bytes = f->mapped.n ? f->mapped : pt_buf_str(&v->file);
    v->piece->digest = pt_sha256(&bytes, 1);
    v->piece->hashed = !code;
    if (!f->mapped.n)
        *ret = bytes;
    return code;
}

static pt_code read_bytes(worker *v, pt_str bytes, pt_err *e) {
    const pt_db_file *f = &v->w->in.files.v[v->piece->file];
    pt_feed *feed = &v->feed;
    *feed = (pt_feed){.a = &v->a, .ctx = v, .document = add_document, .problem = problem};
    pt_code code = pt_feed_read(feed, bytes, e);
    v->piece->kind = feed->kind;
    v->piece->date = feed->date ? feed->date : f->changed;
    bool is_archive = f->mapped.n && !v->piece->is_member;
    if (!code && feed->kind == PT_FEED_NONE && !is_archive) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
        note(v->w, &v->w->others, place_of(v, "", NULL, &b), "");
    }
    return code;
}

static pt_code read_piece(worker *v, pt_err *e) {
    pt_str bytes = {0};
    pt_arena_clear(&v->a);
    pt_code code = bytes_of(v, &bytes, e);
    return code ? code : read_bytes(v, bytes, e);
}

// One piece that is broken is told; the others are read.
static void ended(worker *v, pt_code code, const pt_err *e) {
    work *w = v->w;
    if (code == PT_E_NOMEM) {
        pthread_mutex_lock(&w->lock);
        w->e = *e;
        pthread_mutex_unlock(&w->lock);
        atomic_store(&w->stopped, true);
    } else if (code)
        problem(v, "", e);
}

static void read_pieces(worker *v) {
    work *w = v->w;
    for (;;) {
        size_t from = atomic_fetch_add(&w->next, PIECES_AT_ONCE);
        for (size_t i = from; i < from + PIECES_AT_ONCE && i < w->in.pieces.n; i++) {
            pt_err e = {0};
            v->piece = &w->in.pieces.v[i];
            if (v->progress)
                pt_progress_say(v->progress, "Compiling %s  %zu of %zu",
                                w->in.files.v[v->piece->file].path, i, w->in.pieces.n);
            if (!atomic_load(&w->stopped))
                ended(v, read_piece(v, &e), &e);
        }
        if (from + PIECES_AT_ONCE >= w->in.pieces.n)
            return;
    }
}

// -- tars -----------------------------------------------------------------------------------------

// What came of a member.
static void add_member(worker *v) {
    work *w = v->w;
    pthread_mutex_lock(&w->lock);
    pt_db_piece *to = PT_PUSH(&w->a, &w->members);
    if (to)
        *to = v->own;
    pthread_mutex_unlock(&w->lock);
    if (!to)
        atomic_store(&w->stopped, true);
}

static pt_code open_tar(tar_reading *t, const pt_db_file *f, pt_err *e) {
    pt_code code = pt_unpack_open(&t->unpack, &t->a, f->mapped, TAR_BYTES_MAX, e);
    t->tar = (pt_tar){.flow = &t->unpack.flow};
    t->members = 0;
    t->open = !code;
    return code;
}

static void close_tar(tar_reading *t) {
    if (t->open)
        pt_tar_done(&t->tar);
    pt_unpack_done(&t->unpack);
    pt_arena_clear(&t->a);
    t->open = false;
    t->file++;
}

// The next member that is a file, to v->member. *ret_end: the archive has no more.
static pt_code next_of_tar(worker *v, tar_reading *t, bool *ret_end, pt_err *e) {
    pt_tar_entry entry = {0};
    pt_code code = PT_OK;
    do {
        code = pt_tar_next(&t->tar, &entry, ret_end, e);
        if (code || *ret_end)
            return code;
        if (t->members++ == TAR_MEMBERS_MAX)
            return pt_err_set(e, PT_E_LIMIT, "more than %d files in one archive", TAR_MEMBERS_MAX);
    } while (entry.type != PT_TAR_FILE || entry.sparse);
    pt_arena_clear(&v->a);
    pt_buf_clear(&v->member);
    v->own.member.name = pt_arena_str(&v->a, entry.path);
    return pt_tar_read(&t->tar, &v->member, e);
}

// Under its lock. An archive that is broken is told, and the next one is read. False: no more.
static bool next_member(worker *v, tar_reading *t) {
    const pt_db_input *in = &v->w->in;
    while (t->file < in->files.n && !atomic_load(&v->w->stopped)) {
        const pt_db_file *f = &in->files.v[t->file];
        pt_err e = {0};
        bool end = !f->tar;
        v->own = (pt_db_piece){.file = (uint32_t)t->file, .is_member = true};
        v->piece = &v->own;
        pt_code code = end || t->open ? PT_OK : open_tar(t, f, &e);
        if (!code && !end)
            code = next_of_tar(v, t, &end, &e);
        if (!code && !end)
            return true;
        v->own.member.name = (pt_str){0};
        ended(v, code, &e);
        if (code)
            add_member(v);
        close_tar(t);
    }
    return false;
}

static void read_tars(worker *v) {
    tar_reading *t = &v->w->tars;
    for (;;) {
        pt_err e = {0};
        pthread_mutex_lock(&t->lock);
        bool any = next_member(v, t);
        pthread_mutex_unlock(&t->lock);
        if (!any)
            return;
        if (v->progress)
            pt_progress_say(v->progress, "Compiling %s  %.*s", v->w->in.files.v[v->own.file].path,
                            PT_PRI(v->own.member.name));
        ended(v, read_bytes(v, pt_buf_str(&v->member), &e), &e);
        add_member(v);
    }
}

static void *run_worker(void *item) {
    read_pieces(item);
    read_tars(item);
    return NULL;
}

static pt_code read_all(work *w, pt_err *e) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (size_t)cores;
    worker workers[THREADS_MAX];
    pt_progress progress = {0};
    for (size_t i = 0; i < n; i++) {
        workers[i] = (worker){.w = w,
                              .shard = pt_index_build_shard(w->in.build),
                              .file = PT_BUF(PT_FEED_BYTES_MAX),
                              .member = PT_BUF(PT_DB_MEMBER_BYTES_MAX),
                              .progress = i ? NULL : &progress};
        pt_arena_init(&workers[i].a, (size_t)8 << 30);
        workers[i].unzip = pt_unzip_new(&w->a);
        if (!workers[i].shard || !workers[i].unzip)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    pt_threads_run(workers, n, sizeof *workers, run_worker);
    for (size_t i = 0; i < n; i++) {
        w->unordered += pt_index_unordered(workers[i].shard);
        pt_buf_done(&workers[i].file);
        pt_buf_done(&workers[i].member);
        pt_arena_done(&workers[i].a);
    }
    pt_progress_clear(&progress);
    pt_arena_done(&w->tars.a);
    if (atomic_load(&w->stopped) && !w->e.code)
        PT_IGNORE(
            pt_err_set(&w->e, PT_E_NOMEM, "out of memory")); // of what a thread could not tell
    if (atomic_load(&w->stopped))
        *e = w->e;
    return atomic_load(&w->stopped) ? w->e.code : PT_OK;
}

// -- sources --------------------------------------------------------------------------------------

// What came of all pieces of one source.
typedef struct sum {
    PT_VEC(pt_hash256) digests;
    pt_hash256 archive;
    bool is_archive, any;
    size_t problems;
    pt_time_ns date;
} sum;

static int by_digest(const void *a, const void *b) {
    return memcmp(a, b, sizeof(pt_hash256));
}

// Of an archive its digest; of files that of their digests, sorted, so that names do not count.
static pt_hash256 digest_of(sum *s) {
    if (s->is_archive)
        return s->archive;
    qsort(s->digests.v, s->digests.n, sizeof *s->digests.v, by_digest);
    pt_str all = {(const char *)s->digests.v, s->digests.n * sizeof *s->digests.v};
    return pt_sha256(&all, 1);
}

static bool add_piece(work *w, sum *sums, const pt_db_piece *p) {
    const pt_db_file *f = &w->in.files.v[p->file];
    sum *s = &sums[f->source + (uint32_t)p->kind];
    if (f->mapped.n && !p->is_member) // for each kind that its members are
        for (unsigned k = 0; k < PT_FEED_KINDS; k++) {
            sums[f->source + k].archive = p->digest;
            sums[f->source + k].is_archive = true;
        }
    s->problems += p->problems;
    if (p->kind == PT_FEED_NONE)
        return true;
    s->any = true;
    s->date = p->date > s->date ? p->date : s->date;
    pt_hash256 *to = p->hashed ? PT_PUSH(&w->a, &s->digests) : NULL;
    if (to)
        *to = p->digest;
    return to || !p->hashed;
}

// What is so broken that nobody can tell what it is belongs to what else lies there.
static void share_problems(sum *sums, size_t n) {
    for (size_t folder = 0; folder < n; folder += PT_FEED_KINDS) {
        unsigned kind = PT_FEED_NONE + 1;
        while (kind < PT_FEED_KINDS && !sums[folder + kind].any)
            kind++;
        if (kind < PT_FEED_KINDS)
            sums[folder + kind].problems += sums[folder].problems;
    }
}

static pt_code tell_sources(work *w, pt_err *e) {
    size_t n = w->in.folders.n * PT_FEED_KINDS;
    sum *sums = PT_NEW(&w->a, sum, n);
    bool ok = sums != NULL;
    for (size_t i = 0; ok && i < w->in.pieces.n; i++)
        ok = add_piece(w, sums, &w->in.pieces.v[i]);
    if (!ok)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    share_problems(sums, n);
    for (size_t i = 0; i < n; i++) {
        if (!sums[i].any)
            continue;
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(256);
        pt_hash256 digest = digest_of(&sums[i]);
        pt_buf_putz(&b, "sha256:");
        pt_hex_put(&b, (pt_str){(const char *)digest.b, sizeof digest.b});
        pt_index_build_told(w->in.build, (uint32_t)i, pt_buf_str(&b), sums[i].problems,
                            sums[i].date);
    }
    return PT_OK;
}

// -- the index ------------------------------------------------------------------------------------

static pt_code check_problems(work *w, bool keep_going, pt_err *e) {
    size_t n = w->problems.n + w->in.failed;
    put_told(&w->others, "no feed of advisories");
    put_told(&w->problems, "cannot be read");
    if (w->unordered)
        fprintf(stderr,
                "note: %zu ranges have no order here (no versions by their ecosystem's rules, or\n"
                "  nobody knows those): they speak of the versions alone that they name\n",
                w->unordered);
    if (w->in.failed)
        pt_say_error(&w->in.e);
    if (!n || keep_going)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_FORMAT, "%zu things cannot be read, so no index is made", n);
    pt_err_remedy(e, "mend them, or build without them: --keep-going");
    return code;
}

static bool found_any(const work *w) {
    for (size_t i = 0; i < w->in.pieces.n; i++)
        if (w->in.pieces.v[i].kind != PT_FEED_NONE)
            return true;
    return false;
}

static pt_code join_members(work *w, pt_err *e) {
    for (size_t i = 0; i < w->members.n; i++) {
        pt_db_piece *to = PT_PUSH(&w->in.a, &w->in.pieces);
        if (!to)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        *to = w->members.v[i];
    }
    return PT_OK;
}

static pt_code compile(work *w, const pt_db_order *o, pt_err *e) {
    w->in.without = o->without;
    w->in.without_n = o->without_n;
    pt_code code = pt_db_input_read(&w->in, o->paths, o->paths_n, e);
    if (!code)
        code = read_all(w, e);
    if (!code)
        code = check_problems(w, o->keep_going, e);
    if (!code)
        code = join_members(w, e);
    if (!code && !found_any(w)) {
        code = pt_err_set(e, PT_E_ABSENT, "no advisories are there, so no index is made");
        pt_err_remedy(e, "name folders of OSV dumps, secdb or tracker files");
    }
    if (!code)
        code = tell_sources(w, e);
    if (code)
        return code;
    pt_index_build_until(w->in.build, pt_now() + PT_DB_AHEAD_S * PT_SECOND_NS);
    return pt_index_build_write(w->in.build, o->out, e);
}

pt_code pt_db_compile(const pt_db_order *o, size_t *ret_problems, pt_err *e) {
    work w = {.lock = PTHREAD_MUTEX_INITIALIZER, .tars = {.lock = PTHREAD_MUTEX_INITIALIZER}};
    pt_arena_init(&w.a, (size_t)8 << 30);
    pt_code code = compile(&w, o, e);
    if (!code)
        *ret_problems = w.problems.n + w.in.failed;
    pt_db_input_done(&w.in);
    pt_arena_done(&w.a);
    return code;
}
