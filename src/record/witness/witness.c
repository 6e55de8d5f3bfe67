#include "record/witness/witness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "crypto/note.h"
#include "crypto/timestamp.h"
#include "value/json.h"

enum {
    FILE_BYTES_MAX = 1 << 20
};

static const char *const words[PT_WITNESS_KIND_COUNT] = {"cosigned", "stamped", "copied"};

const char *pt_witness_word(pt_witness_kind k) {
    return words[k];
}

static pt_str folder_of(pt_arena *a, const char *ledger) {
    return pt_arena_printf(a, "%s/witness", ledger);
}

// -- writing --------------------------------------------------------------------------------------

// "00000000000000001285-1795500004-cosigned-5f1c9a02.json": sorted by size, then time. The digest
// keeps two witnesses apart.
static pt_str name_of(pt_arena *a, const pt_witnessed *w) {
    pt_hash256 h = pt_sha256(&w->by, 1);
    return pt_arena_printf(a, "%020" PRIu64 "-%012" PRId64 "-%s-%02x%02x%02x%02x.json", w->size,
                           w->time / PT_SECOND_NS, words[w->kind], h.b[0], h.b[1], h.b[2], h.b[3]);
}

static pt_code write_one(const pt_witnessed *w, pt_arena *a, pt_buf *b, pt_err *e) {
    char room[PT_RFC3339_BYTES];
    PT_AUTO(pt_buf_done) pt_buf token = PT_BUF(2 * PT_TIMESTAMP_BYTES_MAX);
    pt_base64_put(&token, w->token);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kind", pt_stringz(words[w->kind]));
    pt_obj_set(&o, "by", pt_string(w->by));
    pt_obj_set(&o, "time", pt_string(pt_time_rfc3339(w->time, room)));
    pt_obj_set(&o, "size", pt_int((int64_t)w->size));
    pt_obj_set(&o, "checkpoint", pt_string(w->note));
    if (token.n)
        pt_obj_set(&o, "token", pt_string(pt_buf_str(&token)));
    pt_code code = pt_json_write(b, pt_obj_end(&o), &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(b, '\n');
    return code;
}

pt_code pt_witness_keep(const char *ledger, const pt_witnessed *w, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(FILE_BYTES_MAX);
    pt_str dir = folder_of(&a, ledger);
    pt_str path = pt_arena_printf(&a, "%.*s/%.*s", PT_PRI(dir), PT_PRI(name_of(&a, w)));
    if (!path.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (mkdir(dir.p, 0700) != 0 && errno != EEXIST)
        return pt_err_sys(e, errno, "what a witness said cannot be kept: %s", pt_errno_text(errno));
    pt_code code = write_one(w, &a, &b, e);
    if (!code)
        code = pt_file_replace(path.p, pt_buf_str(&b), 0600, e);
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(path));
    return code;
}

// -- reading --------------------------------------------------------------------------------------

static pt_code foreign(const char *what, pt_err *e) {
    return pt_err_set(e, PT_E_CORRUPT, "this was not kept by a witness: %s", what);
}

static pt_code read_value(pt_value v, pt_arena *a, pt_witnessed *ret, pt_err *e) {
    pt_str kind = pt_text(pt_getz(v, "kind"));
    unsigned k = 0;
    while (k < PT_WITNESS_KIND_COUNT && !pt_str_eqz(kind, words[k]))
        k++;
    int64_t size = 0;
    if (k == PT_WITNESS_KIND_COUNT)
        return foreign("its kind is unknown", e);
    if (!pt_to_int(pt_getz(v, "size"), &size) || size < 0)
        return foreign("it has no size", e);
    if (!pt_time_parse(pt_text(pt_getz(v, "time")), &ret->time))
        return foreign("it has no time", e);
    ret->kind = (pt_witness_kind)k;
    ret->size = (uint64_t)size;
    ret->by = pt_arena_str(a, pt_text(pt_getz(v, "by")));
    ret->note = pt_arena_str(a, pt_text(pt_getz(v, "checkpoint")));
    ret->token = pt_base64_decode(a, pt_text(pt_getz(v, "token")));
    return ret->note.n ? PT_OK : foreign("it has no checkpoint", e);
}

static pt_code read_one(int dir, const char *name, pt_arena *a, pt_witnessed *ret, pt_err *e) {
    PT_AUTO(pt_fd_close)
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(FILE_BYTES_MAX);
    pt_value v = pt_undefined();
    *ret = (pt_witnessed){0};
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "what a witness said cannot be read: %s",
                                       pt_errno_text(errno))
                          : pt_fd_read_all(fd, &b, e);
    if (!code)
        code = pt_json_parse(a, pt_arena_str(a, pt_buf_str(&b)),
                             &(pt_json_opts){.dup_refuse = true}, &v, e);
    if (code == PT_E_FORMAT)
        code = foreign("no JSON", e);
    if (!code)
        code = read_value(v, a, ret, e);
    if (code)
        pt_err_at(e, "witness/%s", name);
    return code;
}

static int ours(const struct dirent *d) {
    return d->d_name[0] >= '0' && d->d_name[0] <= '9' &&
           pt_str_ends(pt_str_of(d->d_name), PT_STR(".json"));
}

typedef struct names {
    int dir;
    struct dirent **v;
    int n;
} names;

static void names_done(names *d) {
    for (int i = 0; i < d->n; i++)
        free(d->v[i]);
    free((void *)d->v);
    pt_fd_close(&d->dir);
}

// The files, in the order of their names. None if the folder is not there.
static pt_code list_names(const char *ledger, names *ret, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str path = folder_of(&a, ledger);
    *ret = (names){.dir = open(path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
    if (ret->dir < 0 && errno == ENOENT)
        return PT_OK;
    int n = ret->dir < 0 ? -1 : scandirat(ret->dir, ".", &ret->v, ours, alphasort);
    if (n < 0) {
        pt_code code =
            pt_err_sys(e, errno, "what witnesses said cannot be read: %s", pt_errno_text(errno));
        pt_err_at(e, "%.*s", PT_PRI(path));
        return code;
    }
    ret->n = n;
    return PT_OK;
}

pt_code pt_witness_list(const char *ledger, pt_arena *a, pt_witnesses *ret, pt_err *e) {
    PT_AUTO(names_done) names files = {.dir = -1};
    pt_code code = list_names(ledger, &files, e);
    if (!code && files.n > (int)PT_WITNESSED_MAX)
        code = pt_err_set(e, PT_E_LIMIT, "more than %u files of witnesses", PT_WITNESSED_MAX);
    for (int i = 0; i < files.n && !code; i++) {
        pt_witnessed *w = PT_PUSH(a, ret);
        code = w ? read_one(files.dir, files.v[i]->d_name, a, w, e)
                 : pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    return code;
}

bool pt_witness_last(const char *ledger, pt_arena *a, pt_witnessed *ret) {
    PT_AUTO(names_done) names files = {.dir = -1};
    return list_names(ledger, &files, NULL) == PT_OK && files.n > 0 &&
           read_one(files.dir, files.v[files.n - 1]->d_name, a, ret, NULL) == PT_OK;
}
