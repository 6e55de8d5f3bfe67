// zstd, by libzstd.
#include <zstd.h>

#include "base/fd.h"
#include "collect/pack/pack_impl.h"
#include "http/library.h"

enum {
    WINDOW_LOG_MAX = 27, // 128 MiB of memory, as zstd's own program takes
    LEVEL = 12,
};

// The functions that are used.
#define FUNCTIONS(X)                            \
    X(is_error, ZSTD_isError)                   \
    X(new_out, ZSTD_createDCtx)                 \
    X(free_out, ZSTD_freeDCtx)                  \
    X(set_out, ZSTD_DCtx_setParameter)          \
    X(decompress, ZSTD_decompressStream)        \
    X(new_in, ZSTD_createCCtx)                  \
    X(free_in, ZSTD_freeCCtx)                   \
    X(set_in, ZSTD_CCtx_setParameter)           \
    X(set_in_size, ZSTD_CCtx_setPledgedSrcSize) \
    X(compress, ZSTD_compressStream2)

typedef struct library {
#define MEMBER(here, there) __typeof__(there) *here;
    FUNCTIONS(MEMBER)
#undef MEMBER
} library;

typedef struct state {
    library lib;
    ZSTD_DCtx *z;
} state;

static pt_code load(library *l, pt_err *e) {
    void *from = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL); // stays until the process ends
    bool ok = from != NULL;
#define FIND(here, there) \
    ok = ok && pt_library_find(from, #there, (void *)&l->here, sizeof l->here);
    FUNCTIONS(FIND)
#undef FIND
    if (ok)
        return PT_OK;
    pt_err_set(e, PT_E_UNSUPPORTED, "libzstd cannot be loaded");
    pt_err_remedy(e, "apt install libzstd1");
    return PT_E_UNSUPPORTED;
}

static pt_code zstd_open(pt_unpack *u, pt_arena *a, pt_err *e) {
    state *s = PT_NEW(a, state, 1);
    if (!s)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = load(&s->lib, e);
    if (code)
        return code;
    s->z = s->lib.new_out();
    u->state = s;
    if (s->z && !s->lib.is_error(s->lib.set_out(s->z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
        return PT_OK;
    s->lib.free_out(s->z);
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code zstd_step(pt_unpack *u, size_t *ret, pt_err *e) {
    const state *s = u->state;
    ZSTD_inBuffer in = {u->rest.p, u->rest.n, 0};
    ZSTD_outBuffer out = {u->room, PT_UNPACK_ROOM_BYTES, 0};
    size_t code = s->lib.decompress(s->z, &out, &in);
    if (s->lib.is_error(code))
        return pt_err_set(e, PT_E_FORMAT, "zstd: invalid data");
    u->rest = pt_str_sub(u->rest, in.pos, u->rest.n);
    u->between = code == 0;
    *ret = out.pos;
    return PT_OK;
}

static void zstd_done(pt_unpack *u) {
    state *s = u->state;
    s->lib.free_out(s->z);
}

const pt_unpack_way pt_unpack_zstd = {
    .magic = PT_STR("\x28\xb5\x2f\xfd"), .open = zstd_open, .step = zstd_step, .done = zstd_done};

// -- packing --------------------------------------------------------------------------------------

static pt_code pack(const library *l, ZSTD_CCtx *z, pt_str bytes, int fd, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf room = PT_BUF(PT_UNPACK_ROOM_BYTES);
    ZSTD_inBuffer in = {bytes.p, bytes.n, 0};
    char *to = pt_buf_room(&room, PT_UNPACK_ROOM_BYTES);
    bool ok = to && !l->is_error(l->set_in(z, ZSTD_c_compressionLevel, LEVEL)) &&
              !l->is_error(l->set_in(z, ZSTD_c_checksumFlag, 1)) &&
              !l->is_error(l->set_in_size(z, bytes.n));
    for (size_t left = 1; ok && left;) {
        ZSTD_outBuffer out = {to, PT_UNPACK_ROOM_BYTES, 0};
        left = l->compress(z, &out, &in, ZSTD_e_end);
        ok = !l->is_error(left);
        pt_code code = ok ? pt_fd_write_all(fd, (pt_str){to, out.pos}, e) : PT_OK;
        if (code)
            return code;
    }
    return ok ? PT_OK : pt_err_set(e, PT_E_NOMEM, "it cannot be packed: out of memory");
}

pt_code pt_pack_zstd(pt_str bytes, int fd, pt_err *e) {
    library l = {0};
    pt_code code = load(&l, e);
    if (code)
        return code;
    ZSTD_CCtx *z = l.new_in();
    code = z ? pack(&l, z, bytes, fd, e) : pt_err_set(e, PT_E_NOMEM, "out of memory");
    l.free_in(z);
    return code;
}
