#include "collect/image/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/image/digest.h"
#include "collect/image/image.h"
#include "collect/image/jobs.h"
#include "collect/image/known_impl.h"
#include "collect/image/limits.h"
#include "value/json.h"

enum {
    DIGEST_BYTES = 72, // "sha256:", 64 digits, NUL
};

// -- the worker -----------------------------------------------------------------------------------

pt_code pt_job_send(pt_worker *w, const pt_question *q, const pt_part *p, pt_err *e) {
    static const uint32_t seconds[PT_JOB_COUNT] = {
        [PT_JOB_MEMBERS] = PT_MEMBERS_SECONDS, [PT_JOB_DOCUMENT] = PT_DOCUMENT_SECONDS,
        [PT_JOB_LAYER] = PT_LAYER_SECONDS,     [PT_JOB_RULES] = PT_DOCUMENT_SECONDS,
        [PT_JOB_SYSTEM] = PT_DOCUMENT_SECONDS, [PT_JOB_PLAN] = PT_DOCUMENT_SECONDS,
        [PT_JOB_COPY] = PT_LAYER_SECONDS};
    pt_job j = {.kind = q->kind,
                .seconds = seconds[q->kind],
                .offset = p->offset,
                .size = p->size,
                .flags = q->flags};
    for (size_t i = 0; i < PT_COUNT(q->words); i++)
        if (!pt_job_word(&j, i, q->words[i]))
            return pt_err_set(e, PT_E_FORMAT, "a digest that is none");
    return pt_worker_send(w, &j, p->fd, e);
}

pt_code pt_job_hear(pt_worker *w, pt_arena *a, size_t bytes_max, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(bytes_max);
    pt_code died = pt_worker_receive(w, &b, e);
    if (died)
        return died;
    *ret = pt_arena_str(a, pt_buf_str(&b));
    return ret->p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_job_understand(pt_str answer, pt_arena *a, pt_value *ret, pt_str *ret_rest, pt_err *e) {
    pt_value v = pt_undefined();
    int64_t code = 0;
    size_t end = pt_str_find(answer, '\n');
    if (ret_rest)
        *ret_rest = pt_str_sub(answer, end + 1, answer.n);
    if (pt_json_parse(a, pt_str_sub(answer, 0, end), NULL, &v, NULL) || pt_tag_of(v) != PT_OBJECT)
        return pt_err_set(e, PT_E_CORRUPT, "its reader answered what no reader answers");
    pt_str error = pt_text(pt_getz(v, "error"));
    if (!error.n) {
        *ret = v;
        return PT_OK;
    }
    bool known = pt_to_int(pt_getz(v, "code"), &code) && code > PT_OK && code <= PT_E_CONFLICT;
    pt_err_set(e, known ? (pt_code)code : PT_E_CORRUPT, "%.*s", PT_PRI(error));
    if (pt_text(pt_getz(v, "where")).n)
        pt_err_at(e, "%.*s", PT_PRI(pt_text(pt_getz(v, "where"))));
    return known ? (pt_code)code : PT_E_CORRUPT;
}

pt_code pt_job_receive(pt_worker *w, pt_arena *a, size_t bytes_max, pt_value *ret, pt_str *ret_rest,
                       pt_err *e) {
    pt_str answer = {0};
    pt_code code = pt_job_hear(w, a, bytes_max, &answer, e);
    return code ? code : pt_job_understand(answer, a, ret, ret_rest, e);
}

pt_code pt_ask_file(const pt_asker *by, const pt_question *q, const pt_part *p, pt_arena *a,
                    pt_value *ret, pt_err *e) {
    const bool members = q->kind == PT_JOB_MEMBERS;
    const pt_known_file file = {
        .kind = members ? PT_KNOWN_MEMBERS : PT_KNOWN_DOCUMENT, .part = p, .digest = q->words[0]};
    pt_hash256 key;
    pt_str answer = {0};
    if (pt_known_file_find(by->known, &file, a, &key, &answer))
        return pt_job_understand(answer, a, ret, NULL, e);
    pt_code code = by->ready(by->of, e);
    if (!code)
        code = pt_job_send(by->worker, q, p, e);
    if (!code)
        code = pt_job_hear(by->worker, a, PT_DOCUMENT_RESULT_MAX * (members ? 2 : 1), &answer, e);
    if (!code)
        code = pt_job_understand(answer, a, ret, NULL, e);
    if (!code)
        pt_known_file_keep(by->known, &file, &key, answer);
    return code;
}

// -- opening --------------------------------------------------------------------------------------

static pt_code cannot(pt_err *e, const char *what) {
    int sys = errno;
    if (sys == ENOENT || sys == ENOTDIR)
        return pt_err_set(e, PT_E_ABSENT, "there is no such file or folder");
    return pt_err_sys(e, sys, "cannot %s it: %s", what, pt_errno_text(sys));
}

pt_code pt_image_spool(int from, const char *spool, uint64_t *ret_size, int *ret, pt_err *e) {
    char chunk[8192];
    uint64_t size = 0;
    PT_AUTO(pt_fd_close) int to = open(spool, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (to < 0)
        return pt_err_sys(e, errno, "cannot keep what comes through the pipe in %s: %s", spool,
                          pt_errno_text(errno));
    for (;;) {
        ssize_t n = read(from, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cannot(e, "read");
        if (n == 0)
            break;
        pt_code code = pt_fd_write_all(to, (pt_str){chunk, (size_t)n}, e);
        if (code)
            return code;
        size += (uint64_t)n;
        if (size > PT_SPOOL_BYTES_MAX)
            return pt_err_set(e, PT_E_LIMIT, "more than %llu GiB come through the pipe",
                              (unsigned long long)(PT_SPOOL_BYTES_MAX >> 30));
    }
    *ret_size = size;
    *ret = pt_fd_take(&to);
    return PT_OK;
}

pt_code pt_source_open(pt_source *s, pt_arena *a, const char *target, const char *spool,
                       pt_err *e) {
    struct stat st;
    *s = (pt_source){.a = a, .fd = -1};
    bool standard = strcmp(target, "-") == 0;
    PT_AUTO(pt_fd_close)
    int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                      : open(target, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) != 0)
        return cannot(e, "open");
    s->folder = S_ISDIR(st.st_mode);
    if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
        return pt_image_spool(fd, spool, &s->size, &s->fd, e);
    if (!s->folder && !S_ISREG(st.st_mode))
        return pt_err_set(e, PT_E_USAGE, "neither a folder nor a file");
    s->size = s->folder ? 0 : (uint64_t)st.st_size;
    s->fd = pt_fd_take(&fd);
    return PT_OK;
}

void pt_source_done(pt_source *s) {
    if (s->a)
        pt_fd_close(&s->fd);
}

pt_code pt_source_members(pt_source *s, const pt_asker *by, pt_value *ret_twice, pt_err *e) {
    PT_VEC(pt_value) pairs = {0};
    pt_value v = pt_undefined();
    const pt_part whole = {.fd = s->fd, .size = s->size};
    pt_code code = pt_ask_file(by, &(pt_question){.kind = PT_JOB_MEMBERS}, &whole, s->a, &v, e);
    if (code == PT_E_UNSUPPORTED)
        pt_err_remedy(e, "gzip -dc FILE | paratia scan -, or zstd -dc");
    pt_value list = pt_getz(v, "members");
    for (size_t i = 0; !code && i < pt_len(list); i++) {
        pt_value *name = PT_PUSH(s->a, &pairs);
        if (name)
            *name = pt_getz(pt_at(list, i), "name");
        pt_value *member = PT_PUSH(s->a, &pairs);
        if (!name || !member)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        *member = pt_at(list, i);
    }
    if (!code)
        s->members = pt_object_of(s->a, pairs.v, pairs.n / 2, ret_twice);
    return code || pt_defined(s->members) ? code : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- finding --------------------------------------------------------------------------------------

// Below the folder, never through a link: a layout of somebody's making must not show us files of
// ours.
static pt_code find_file(const pt_source *s, pt_str name, pt_part *ret, pt_err *e) {
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                           .resolve =
                               RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    struct stat st;
    pt_str path = pt_arena_str(s->a, name);
    PT_AUTO(pt_fd_close)
    int fd = path.p ? (int)syscall(SYS_openat2, s->fd, path.p, &how, sizeof how) : -1;
    if (fd < 0 && (errno == ELOOP || errno == EXDEV))
        return pt_err_set(e, PT_E_FORMAT, "it is a link, which is not followed");
    if (fd < 0)
        return cannot(e, "open");
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return pt_err_set(e, PT_E_FORMAT, "it is not a regular file");
    *ret = (pt_part){.size = (uint64_t)st.st_size, .fd = pt_fd_take(&fd)};
    return PT_OK;
}

static bool is_digest_of(const char *name, pt_str digits, char room[DIGEST_BYTES]) {
    snprintf(room, DIGEST_BYTES, "sha256:%.64s", name);
    return pt_str_starts(pt_str_of(name), digits) && pt_digest_is(pt_str_of(room));
}

pt_code pt_source_blob(const pt_source *s, pt_str digits, pt_str *ret, pt_err *e) {
    int fd = s->folder
                 ? openat(s->fd, "blobs/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                 : -1;
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    char found[DIGEST_BYTES];
    char room[DIGEST_BYTES];
    size_t n = 0;
    if (!d) {
        pt_fd_close(&fd);
        return pt_err_set(e, PT_E_ABSENT, "there is no folder blobs/sha256 in it");
    }
    for (const struct dirent *f = readdir(d); f; f = readdir(d))
        if (is_digest_of(f->d_name, digits, room)) {
            memcpy(found, room, sizeof found);
            n++;
        }
    closedir(d);
    if (!n)
        return pt_err_set(e, PT_E_ABSENT, "it holds no blob %.*s", PT_PRI(digits));
    if (n > 1)
        return pt_err_set(e, PT_E_USAGE, "it holds %zu blobs that begin with %.*s", n,
                          PT_PRI(digits));
    *ret = pt_arena_str(s->a, pt_str_of(found));
    return ret->p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// Where a link leads: a hard link's target is a name, a symbolic one's begins at its folder (as
// docker save writes them: ../ID/layer.tar).
static pt_str target_of(const pt_source *s, pt_str name, pt_value member) {
    pt_str rest = pt_text(pt_getz(member, "link"));
    pt_str part;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(8192);
    if (!pt_true(pt_getz(member, "hard")) && !pt_str_starts(rest, PT_STR("/"))) {
        size_t cut = pt_str_rfind(name, '/');
        pt_buf_put(&b, pt_str_sub(name, 0, cut < name.n ? cut : 0));
    }
    while (pt_str_split(&rest, '/', &part)) {
        if (!part.n || pt_str_eqz(part, "."))
            continue;
        if (pt_str_eqz(part, "..")) {
            size_t cut = pt_str_rfind(pt_buf_str(&b), '/');
            b.n = cut < b.n ? cut : 0;
            continue;
        }
        if (b.n)
            pt_buf_putc(&b, '/');
        pt_buf_put(&b, part);
    }
    return pt_arena_str(s->a, pt_buf_str(&b));
}

static pt_code find_member(const pt_source *s, pt_str name, pt_part *ret, pt_err *e) {
    int64_t offset = 0;
    int64_t size = 0;
    for (unsigned hops = 0; hops < PT_LINKS_MAX; hops++) {
        pt_value m = pt_get(s->members, name);
        if (!pt_defined(m))
            return pt_err_set(e, PT_E_ABSENT, "there is no such file in the archive");
        if (pt_to_int(pt_getz(m, "offset"), &offset) && pt_to_int(pt_getz(m, "size"), &size) &&
            offset >= 0 && size >= 0) {
            *ret = (pt_part){.fd = s->fd, .offset = (uint64_t)offset, .size = (uint64_t)size};
            return PT_OK;
        }
        name = target_of(s, name, m);
    }
    return pt_err_set(e, PT_E_FORMAT, "its links lead in a circle");
}

pt_code pt_source_find(const pt_source *s, pt_str name, pt_part *ret, pt_err *e) {
    pt_code code = s->folder ? find_file(s, name, ret, e) : find_member(s, name, ret, e);
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(name));
    return code;
}

void pt_part_done(const pt_source *s, pt_part *p) {
    if (p->fd != s->fd)
        pt_fd_close(&p->fd);
}
