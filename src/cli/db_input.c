#include "cli/db_input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/walk.h"

// -- sources --------------------------------------------------------------------------------------

// A source is what lies in one folder below an operand ("advisories/npm"), or an archive. Names
// hold no more of the path, so that the index is the same wherever the feeds lie.
static pt_str source_name(pt_db_input *in, const char *path, bool alone) {
    pt_str below = pt_str_sub(pt_str_of(path), in->operand.n, pt_str_of(path).n);
    while (pt_str_starts(below, PT_STR("/")))
        below = pt_str_sub(below, 1, below.n);
    size_t slash = pt_str_find(below, '/');
    if (!below.n || (slash == below.n && !alone))
        return in->name;
    return pt_arena_printf(&in->a, "%.*s/%.*s", PT_PRI(in->name),
                           PT_PRI(alone ? below : pt_str_sub(below, 0, slash)));
}

// One number for each kind, one behind the other.
static pt_code add_sources(pt_db_input *in, pt_str name, uint32_t *ret, pt_err *e) {
    pt_code code = PT_OK;
    for (unsigned kind = 0; !code && kind < PT_FEED_KINDS; kind++) {
        uint32_t number = 0;
        code = pt_index_build_source(in->build, name,
                                     pt_str_of(pt_feed_kind_name((pt_feed_kind)kind)), &number, e);
        if (kind == 0)
            *ret = number;
    }
    return code;
}

static pt_code source_of(pt_db_input *in, pt_str name, uint32_t *ret, pt_err *e) {
    for (size_t i = in->folders.n; i-- > 0;) // the newest first: files come by folder
        if (pt_str_eq(in->folders.v[i], name)) {
            *ret = (uint32_t)(i * PT_FEED_KINDS);
            return PT_OK;
        }
    pt_str *to = PT_PUSH(&in->a, &in->folders);
    if (!to || !name.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *to = name;
    return add_sources(in, name, ret, e);
}

// -- files ----------------------------------------------------------------------------------------

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code add_piece(pt_db_input *in, const pt_zip_entry *member, pt_err *e) {
    pt_db_piece *to = PT_PUSH(&in->a, &in->pieces);
    if (!to)
        return no_memory(e);
    *to = (pt_db_piece){.file = (uint32_t)in->files.n - 1, .is_member = member != NULL};
    if (member)
        to->member = *member;
    return PT_OK;
}

// The archive itself is a piece, too: its bytes are hashed.
static pt_code add_archive(pt_db_input *in, pt_err *e) {
    pt_db_file *f = &in->files.v[in->files.n - 1];
    pt_zip_entry m;
    bool end = false;
    pt_code code = pt_zip_open(&f->zip, f->mapped, e);
    while (!code && !end) {
        code = pt_zip_next(&f->zip, &m, &end, e);
        if (!code && !end && !pt_str_ends(m.name, PT_STR("/")))
            code = add_piece(in, &m, e);
    }
    return code;
}

static pt_code map_file(int fd, size_t n, pt_str *ret, pt_err *e) {
    const char *map = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return pt_err_sys(e, errno, "cannot be mapped: %s", pt_errno_text(errno));
    *ret = (pt_str){map, n};
    return PT_OK;
}

static void unmap(pt_str mapped) {
    union { // munmap does not write there
        const char *from;
        void *to;
    } map = {mapped.p};
    if (mapped.n)
        munmap(map.to, mapped.n);
}

// POSIX's and GNU's: "ustar" at 257 of the first header.
static bool is_tar_head(pt_str head) {
    return head.n >= 512 && pt_str_starts(pt_str_sub(head, 257, head.n), PT_STR("ustar"));
}

// Does a tar come out of it? Of what cannot be unpacked, too, it is said: who reads it tells why.
static bool is_packed_tar(pt_str bytes) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf head = PT_BUF(1 << 20);
    pt_unpack u = {0};
    pt_str piece = {0};
    pt_code code = pt_unpack_open(&u, &a, bytes, UINT64_MAX, NULL);
    while (!code && head.n < 512 && !(code = u.flow.next(&u.flow, &piece, NULL)) && piece.n)
        pt_buf_put(&head, piece);
    pt_unpack_done(&u);
    return code || is_tar_head(pt_buf_str(&head));
}

// Archives are mapped; what is none is read when its turn comes.
static pt_code map_archive(int fd, size_t n, pt_db_file *f, pt_err *e) {
    char bytes[512];
    ssize_t got = pread(fd, bytes, sizeof bytes, 0);
    pt_str head = {bytes, got > 0 ? (size_t)got : 0};
    bool packed = pt_unpack_is(head);
    bool zip = head.n >= 4 && pt_zip_is(head);
    f->tar = is_tar_head(head);
    if (!zip && !packed && !f->tar)
        return PT_OK;
    pt_code code = map_file(fd, n, &f->mapped, e);
    if (code || !packed)
        return code;
    f->tar = is_packed_tar(f->mapped);
    if (!f->tar) {
        unmap(f->mapped);
        f->mapped = (pt_str){0};
    }
    return PT_OK;
}

static pt_code add_open_file(pt_db_input *in, const char *path, int fd, pt_err *e) {
    struct stat st;
    pt_db_file f = {.path = pt_arena_str(&in->a, pt_str_of(path)).p};
    if (fstat(fd, &st) != 0)
        return pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    if (!S_ISREG(st.st_mode))
        return PT_OK;
    f.changed = st.st_mtim.tv_sec * PT_SECOND_NS;
    pt_code code = map_archive(fd, (size_t)st.st_size, &f, e);
    if (!code)
        code = source_of(in, source_name(in, path, f.mapped.n != 0), &f.source, e);
    pt_db_file *to = code ? NULL : PT_PUSH(&in->a, &in->files);
    if (code || !to || !f.path)
        return code ? code : no_memory(e);
    *to = f;
    code = add_piece(in, NULL, e);
    return code || !f.mapped.n || f.tar ? code : add_archive(in, e);
}

static void failed(void *ctx, const char *path, pt_err *e) {
    pt_db_input *in = ctx;
    pt_err_at(e, "%s", path);
    if (in->failed++ == 0)
        in->e = *e;
}

static bool is_left_out(const pt_db_input *in, const char *path) {
    for (size_t i = 0; i < in->without_n; i++)
        if (strcmp(in->without[i], path) == 0)
            return true;
    return false;
}

static void add_file(void *ctx, const char *path) {
    pt_err e = {0};
    if (is_left_out(ctx, path))
        return;
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    pt_code code = fd < 0 ? pt_err_sys(&e, errno, "cannot be read: %s", pt_errno_text(errno))
                          : add_open_file(ctx, path, fd, &e);
    if (code)
        failed(ctx, path, &e);
}

// -- operands -------------------------------------------------------------------------------------

static pt_str base_name(pt_str path) {
    while (path.n > 1 && pt_str_ends(path, PT_STR("/")))
        path = pt_str_sub(path, 0, path.n - 1);
    size_t slash = pt_str_rfind(path, '/');
    return slash < path.n ? pt_str_sub(path, slash + 1, path.n) : path;
}

static pt_code read_operand(pt_db_input *in, const char *path, pt_err *e) {
    const pt_walk walk = {.ctx = in, .deep = true, .file = add_file, .failed = failed};
    struct stat st;
    if (stat(path, &st) != 0) {
        pt_code code = pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
        pt_err_at(e, "%s", path);
        return code;
    }
    in->operand = pt_str_of(path);
    in->name = base_name(in->operand);
    if (S_ISDIR(st.st_mode))
        pt_walk_folder(&walk, path);
    else
        add_file(in, path);
    return PT_OK;
}

pt_code pt_db_input_read(pt_db_input *in, const char *const *paths, size_t n, pt_err *e) {
    pt_arena_init(&in->a, (size_t)8 << 30);
    in->build = pt_index_build_new();
    if (!in->build)
        return no_memory(e);
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < n; i++)
        code = read_operand(in, paths[i], e);
    return code;
}

void pt_db_input_done(pt_db_input *in) {
    for (size_t i = 0; i < in->files.n; i++)
        unmap(in->files.v[i].mapped);
    pt_index_build_free(in->build);
    pt_arena_done(&in->a);
}
