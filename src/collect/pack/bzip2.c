// bzip2, by libbz2.
#include <bzlib.h>
#include <limits.h>

#include "collect/pack/pack_impl.h"
#include "http/library.h"

// The functions that are used.
#define FUNCTIONS(X)                \
    X(init, BZ2_bzDecompressInit)   \
    X(decompress, BZ2_bzDecompress) \
    X(end, BZ2_bzDecompressEnd)

typedef struct state {
#define MEMBER(here, there) __typeof__(there) *here;
    FUNCTIONS(MEMBER)
#undef MEMBER
    bz_stream z;
    bool live;
} state;

static pt_code load(state *s, pt_err *e) {
    void *library = dlopen("libbz2.so.1.0", RTLD_NOW | RTLD_LOCAL); // stays until the process ends
    bool ok = library != NULL;
#define FIND(here, there) \
    ok = ok && pt_library_find(library, #there, (void *)&s->here, sizeof s->here);
    FUNCTIONS(FIND)
#undef FIND
    if (ok)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_UNSUPPORTED, "libbz2 cannot be loaded");
    pt_err_remedy(e, "apt install libbz2-1.0");
    return code;
}

static bool begin(state *s) {
    s->z = (bz_stream){0};
    s->live = s->init(&s->z, 0, 0) == BZ_OK;
    return s->live;
}

static pt_code bzip2_open(pt_unpack *u, pt_arena *a, pt_err *e) {
    state *s = PT_NEW(a, state, 1);
    if (!s)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = load(s, e);
    if (!code && !begin(s))
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    u->state = s;
    return code;
}

static pt_code bzip2_step(pt_unpack *u, size_t *ret, pt_err *e) {
    state *s = u->state;
    pt_pack_in in = {.from = u->rest.p};
    size_t some = u->rest.n < INT_MAX ? u->rest.n : INT_MAX;
    if (!s->live && !begin(s))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    s->z.next_in = in.to;
    s->z.avail_in = (unsigned)some;
    s->z.next_out = u->room;
    s->z.avail_out = PT_UNPACK_ROOM_BYTES;
    // cppcheck-suppress AssignmentAddressToInteger // it does not know __typeof__
    int code = s->decompress(&s->z);
    u->rest = pt_str_sub(u->rest, some - s->z.avail_in, u->rest.n);
    u->between = code == BZ_STREAM_END;
    *ret = PT_UNPACK_ROOM_BYTES - s->z.avail_out;
    if (u->between) { // the next member begins with a state of its own
        s->end(&s->z);
        s->live = false;
    }
    if (code == BZ_MEM_ERROR)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    return code == BZ_OK || code == BZ_STREAM_END
               ? PT_OK
               : pt_err_set(e, PT_E_FORMAT, "bzip2: invalid data");
}

static void bzip2_done(pt_unpack *u) {
    state *s = u->state;
    if (s->live)
        s->end(&s->z);
}

const pt_unpack_way pt_unpack_bzip2 = {
    .magic = PT_STR("BZh"), .open = bzip2_open, .step = bzip2_step, .done = bzip2_done};
