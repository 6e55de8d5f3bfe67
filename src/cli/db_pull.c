// paratia db pull: an index from a registry, in the place of the one that is here.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rights.h"
#include "cli/db.h"
#include "cli/db_artifact.h"
#include "cli/db_verbs.h"
#include "cli/image_fetch.h"
#include "collect/pack/pack.h"
#include "crypto/note.h"

#define PACKED_BYTES_MAX ((uint64_t)4 << 30)
#define INDEX_BYTES_MAX  ((uint64_t)32 << 30)

typedef struct pulling {
    const pt_args *args;
    pt_arena a;
    pt_registry r;
    pt_str path, fresh;
    pt_artifact t;
    pt_index *x; // that came
    bool same;   // it is here already
} pulling;

// -- unpacking ------------------------------------------------------------------------------------

static pt_str said(const pulling *p, const char *key) {
    return pt_text(pt_getz(p->t.notes, key));
}

static pt_code write_all(pt_unpack *u, int fd, pt_err *e) {
    pt_str piece = {0};
    pt_code code = PT_OK;
    while (!(code = u->flow.next(&u->flow, &piece, e)) && piece.n) {
        code = pt_fd_write_all(fd, piece, e);
        if (code)
            return code;
    }
    if (!code && fsync(fd) != 0)
        code = pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
    return code;
}

// The bound is what the annotation says, if it is within ours.
static uint64_t bytes_max_of(const pulling *p) {
    int64_t n = 0;
    bool known = pt_str_int(said(p, PT_DB_NOTE_BYTES), 10, &n) && n > 0;
    return known && (uint64_t)n < INDEX_BYTES_MAX ? (uint64_t)n : INDEX_BYTES_MAX;
}

static pt_code unpack_to(pulling *p, pt_str packed, int fd, pt_err *e) {
    pt_unpack u = {0};
    pt_code code = pt_unpack_open(&u, &p->a, packed, bytes_max_of(p), e);
    if (!code)
        code = write_all(&u, fd, e);
    pt_unpack_done(&u);
    return code;
}

static pt_code unpack(pulling *p, pt_str packed, pt_err *e) {
    PT_AUTO(pt_fd_close)
    int fd = open(p->fresh.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    pt_code code = fd >= 0 ? unpack_to(p, packed, fd, e)
                           : pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
    if (code)
        pt_err_at(e, "%s", p->fresh.p);
    return code;
}

// The layer lies in a file without a name, in the index's folder.
static pt_code fetch(pulling *p, pt_err *e) {
    size_t slash = pt_str_rfind(p->path, '/');
    struct stat st;
    pt_str folder =
        slash < p->path.n ? pt_arena_str(&p->a, pt_str_sub(p->path, 0, slash + 1)) : PT_STR(".");
    if (!folder.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    PT_AUTO(pt_fd_close) int fd = open(folder.p, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        pt_code code = pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
        pt_err_at(e, "%s", folder.p);
        return code;
    }
    pt_code code = pt_registry_pull_artifact(&p->r, &p->a, &p->t, fd, PACKED_BYTES_MAX, e);
    if (!code && fstat(fd, &st) != 0)
        code = pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    if (code)
        return code;
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return pt_err_sys(e, errno, "cannot be mapped: %s", pt_errno_text(errno));
    code = unpack(p, (pt_str){map, (size_t)st.st_size}, e);
    munmap(map, (size_t)st.st_size);
    return code;
}

// -- what came ------------------------------------------------------------------------------------

static pt_code put_signature(pulling *p, pt_err *e) {
    pt_str text = said(p, PT_DB_NOTE_SIGNATURE);
    pt_str sig = pt_arena_printf(&p->a, "%.*s.sig", PT_PRI(p->fresh));
    if (!sig.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (text.n > PT_NOTE_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "its signature is too long");
    return text.n ? pt_file_replace(sig.p, text, 0644, e) : PT_OK;
}

// Sound, the one that was announced, and signed if that is asked for.
static pt_code check(pulling *p, pt_err *e) {
    const char *key = pt_args_get(p->args, "db-key");
    pt_str digest = said(p, PT_DB_NOTE_DIGEST);
    pt_code code = pt_index_open(p->fresh.p, &p->x, e);
    if (!code)
        code = pt_index_verify(p->x, e);
    if (!code && digest.n &&
        !pt_str_eq(digest, pt_text(pt_getz(pt_index_about(p->x, &p->a), "digest"))))
        code = pt_err_set(e, PT_E_CORRUPT, "it is not the index that its annotations name");
    if (!code && pt_db_age_s(p->x) < 0) {
        code = pt_err_set(e, PT_E_CORRUPT, "it says that it was made in the future, at %.*s",
                          PT_PRI(pt_text(pt_getz(pt_index_about(p->x, &p->a), "made"))));
        pt_err_remedy(e,
                      "is this machine's clock right? else have it made anew: db update, db push");
    }
    if (!code)
        code = put_signature(p, e);
    if (!code && key && !said(p, PT_DB_NOTE_SIGNATURE).n) {
        code = pt_err_set(e, PT_E_CORRUPT, "nobody signed it");
        pt_err_remedy(e, "paratia db update --sign KEY, then push it again");
    } else if (!code && key)
        code = pt_db_check_signature(p->x, p->fresh, key, e);
    return code;
}

// -- the journey ----------------------------------------------------------------------------------

static void sweep(const pulling *p) {
    char sig[4096];
    int n = p->fresh.p ? snprintf(sig, sizeof sig, "%s.sig", p->fresh.p) : -1;
    if (n > 0 && (size_t)n < sizeof sig) {
        unlink(p->fresh.p);
        unlink(sig);
    }
}

static pt_code say(const pulling *p, int64_t from_ns, pt_err *e) {
    printf("%s %.*s@%.*s\n", p->same ? "here already:" : "pulled", PT_PRI(p->r.ref.shown),
           PT_PRI(p->t.digest));
    fflush(stdout);
    return pt_db_say(p->x, p->path, pt_monotonic_ns() - from_ns, 0, e);
}

static pt_code pull(pulling *p, pt_err *e) {
    int64_t from = pt_monotonic_ns();
    pt_code code = pt_fetch_registry(p->args, &p->a, p->args->operands[1], &p->r, e);
    if (!code)
        code = pt_rights_drop(&(pt_rights){.read_all = true, .internet = true}, e);
    if (!code)
        code = pt_db_place(p->args, &p->a, &p->path, e);
    if (code)
        return code;
    pt_str fresh = pt_arena_printf(&p->a, "%.*s.%ld.new", PT_PRI(p->path), (long)getpid());
    if (!fresh.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    p->fresh = fresh;
    code = fetch(p, e);
    if (!code)
        code = check(p, e);
    if (!code)
        code = pt_db_compare(p->x, p->path, pt_args_flag(p->args, "older"), &p->same, e);
    if (!code && !p->same)
        code = pt_db_swap(&p->a, p->fresh, p->path, e);
    return code ? code : say(p, from, e);
}

int pt_db_pull(const pt_args *args) {
    pulling p = {.args = args,
                 .t = {.type = PT_STR(PT_DB_ARTIFACT_TYPE), .media = PT_STR(PT_DB_ARTIFACT_MEDIA)}};
    pt_err e = {0};
    pt_code code = PT_OK;
    if (args->operands_n != 2) {
        code = pt_err_set(&e, PT_E_USAGE, "db pull needs the name of one repository");
        pt_err_remedy(&e, "paratia db pull HOST/REPOSITORY:TAG");
    }
    if (!code)
        code = pull(&p, &e);
    if (code)
        pt_say_error(&e);
    sweep(&p);
    pt_index_close(p.x);
    pt_registry_done(&p.r);
    pt_arena_done(&p.a);
    return pt_db_exit(code);
}
