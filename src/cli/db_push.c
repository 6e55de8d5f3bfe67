// paratia db push: the index to a registry.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rights.h"
#include "cli/db.h"
#include "cli/db_artifact.h"
#include "cli/db_verbs.h"
#include "cli/image_fetch.h"
#include "cli/input.h"
#include "collect/pack/pack.h"

enum {
    CHUNK_BYTES = 64 << 20,
    SOURCES_BYTES_MAX = 32 << 10,
};

static pt_code read_chunk(const pt_args *args, uint64_t *ret, pt_err *e) {
    const char *given = pt_args_get(args, "chunk");
    int64_t n = CHUNK_BYTES;
    if (given && (!pt_str_int(pt_str_of(given), 10, &n) || n < 0)) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--chunk %s is no number of bytes", given);
        pt_err_remedy(e, "--chunk 16777216; 0: all at once");
        return code;
    }
    *ret = (uint64_t)n;
    return PT_OK;
}

// -- what it is -----------------------------------------------------------------------------------

static pt_value names_of(pt_arena *a, pt_value sources) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(SOURCES_BYTES_MAX);
    for (size_t i = 0; i < pt_len(sources); i++) {
        pt_buf_putz(&b, b.n ? " " : "");
        pt_buf_put_safe(&b, pt_text(pt_getz(pt_at(sources, i), "name")));
    }
    if (b.full) { // it is for people to read
        pt_buf_clear(&b);
        b.full = false;
        pt_buf_printf(&b, "%zu sources", pt_len(sources));
    }
    return pt_string(pt_arena_str(a, pt_buf_str(&b)));
}

// Its annotations. A signature that is none of this index is not sent on.
static pt_code note(pt_arena *a, const pt_index *x, pt_str path, pt_value *ret, pt_err *e) {
    pt_str sig = pt_arena_printf(a, "%.*s.sig", PT_PRI(path));
    pt_value about = pt_index_about(x, a);
    pt_str text = {0};
    int64_t bytes = 0;
    pt_obj o = {.a = a};
    pt_code code = sig.p && access(sig.p, F_OK) == 0 ? pt_input_text(a, sig.p, &text, e) : PT_OK;
    if (code)
        return code;
    PT_IGNORE(pt_to_int(pt_getz(about, "bytes"), &bytes)); // it is a number
    pt_obj_set(&o, PT_DB_NOTE_DIGEST, pt_getz(about, "digest"));
    pt_obj_set(&o, PT_DB_NOTE_BYTES, pt_string(pt_arena_printf(a, "%lld", (long long)bytes)));
    pt_obj_set(&o, PT_DB_NOTE_SOURCES, names_of(a, pt_getz(about, "sources")));
    pt_obj_set(&o, PT_DB_NOTE_MADE, pt_getz(about, "made"));
    if (text.n)
        pt_obj_set(&o, PT_DB_NOTE_SIGNATURE, pt_string(text));
    *ret = pt_obj_end(&o);
    return pt_defined(*ret) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- pushing --------------------------------------------------------------------------------------

static pt_code pack_to(const pt_index *x, int fd, pt_str *ret, pt_err *e) {
    struct stat st;
    pt_code code = pt_pack_zstd(pt_index_bytes(x), fd, e);
    if (code)
        return code;
    if (fstat(fd, &st) != 0)
        return pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return pt_err_sys(e, errno, "cannot be mapped: %s", pt_errno_text(errno));
    *ret = (pt_str){map, (size_t)st.st_size};
    return PT_OK;
}

// The index packed, in a file without a name.
static pt_code pack(const pt_index *x, pt_str *ret, pt_err *e) {
    const char *tmp = getenv("TMPDIR");
    const char *dir = tmp && tmp[0] == '/' ? tmp : "/var/tmp";
    PT_AUTO(pt_fd_close) int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    pt_code code = fd >= 0 ? pack_to(x, fd, ret, e)
                           : pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
    if (code)
        pt_err_at(e, "%s", dir);
    return code;
}

static pt_code open_index(const pt_args *args, pt_arena *a, pt_str *ret_path, pt_index **ret,
                          pt_err *e) {
    const char *key = pt_args_get(args, "db-key");
    pt_code code = pt_db_path(args, a, false, ret_path, e);
    if (!code)
        code = pt_index_open(ret_path->p, ret, e);
    if (!code)
        code = pt_index_verify(*ret, e);
    return code || !key ? code : pt_db_check_signature(*ret, *ret_path, key, e);
}

static pt_code push(const pt_args *args, pt_arena *a, const pt_registry *r, const pt_index *x,
                    pt_str path, pt_err *e) {
    uint64_t chunk = 0;
    pt_artifact t = {.type = PT_STR(PT_DB_ARTIFACT_TYPE), .media = PT_STR(PT_DB_ARTIFACT_MEDIA)};
    pt_code code = read_chunk(args, &chunk, e);
    if (!code)
        code = note(a, x, path, &t.notes, e);
    if (!code)
        code = pack(x, &t.bytes, e); // mapped until the process ends
    if (!code)
        code = pt_registry_push(r, a, &t, chunk, e);
    if (code)
        return code;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    pt_buf_printf(&b, "pushed %.*s@%.*s: %.1f MiB, of %.1f MiB\n", PT_PRI(r->ref.shown),
                  PT_PRI(t.digest), (double)t.bytes.n / 1048576,
                  (double)pt_index_bytes(x).n / 1048576);
    return pt_put_stdout(pt_buf_str(&b), e);
}

int pt_db_push(const pt_args *args) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_registry r = {0};
    pt_index *x = NULL;
    pt_str path = {0};
    pt_err e = {0};
    pt_code code = PT_OK;
    if (args->operands_n != 2) {
        code = pt_err_set(&e, PT_E_USAGE, "db push needs the name of one repository");
        pt_err_remedy(&e, "paratia db push HOST/REPOSITORY:TAG");
    }
    if (!code)
        code = pt_fetch_registry(args, &a, args->operands[1], &r, &e);
    if (!code)
        code = pt_rights_drop(&(pt_rights){.read_all = true, .internet = true}, &e);
    if (!code)
        code = open_index(args, &a, &path, &x, &e);
    if (!code)
        code = push(args, &a, &r, x, path, &e);
    pt_index_close(x);
    pt_registry_done(&r);
    if (code)
        pt_say_error(&e);
    return pt_db_exit(code);
}
