// Members one after another, whichever way they are packed.
#include "collect/pack/pack_impl.h"

enum {
    STALLS_MAX = 16, // steps that neither read nor wrote
};

static const pt_unpack_way *const ways[] = {&pt_unpack_gzip, &pt_unpack_zstd, &pt_unpack_bzip2};

static const pt_unpack_way *way_of(pt_str bytes) {
    for (size_t i = 0; i < PT_COUNT(ways); i++)
        if (pt_str_starts(bytes, ways[i]->magic))
            return ways[i];
    return NULL;
}

bool pt_unpack_is(pt_str bytes) {
    return way_of(bytes) != NULL;
}

// A step that does nothing is followed by one that does, or the bytes are broken.
static pt_code step(pt_unpack *u, size_t *ret, pt_err *e) {
    size_t before = u->rest.n;
    pt_code code = u->way->step(u, ret, e);
    u->stalls = *ret || u->rest.n != before ? 0 : u->stalls + 1;
    if (!code && u->stalls > STALLS_MAX)
        return pt_err_set(e, PT_E_FORMAT, "what is packed is broken");
    return code;
}

static pt_code next(pt_flow *f, pt_str *ret, pt_err *e) {
    pt_unpack *u = (pt_unpack *)f;
    size_t n = 0;
    while (!n) {
        if (!u->rest.n && u->between) {
            *ret = (pt_str){0};
            return PT_OK;
        }
        size_t before = u->rest.n;
        pt_code code = step(u, &n, e);
        if (code)
            return code;
        if (!n && !before && !u->between)
            return pt_err_set(e, PT_E_FORMAT, "what is packed is cut off");
    }
    if (n > u->left)
        return pt_err_set(e, PT_E_LIMIT, "unpacked, it is larger than it may be");
    u->left -= n;
    *ret = (pt_str){u->room, n};
    return PT_OK;
}

static pt_code next_plain(pt_flow *f, pt_str *ret, pt_err *e) {
    pt_unpack *u = (pt_unpack *)f;
    if (u->rest.n > u->left)
        return pt_err_set(e, PT_E_LIMIT, "it is larger than it may be");
    *ret = u->rest;
    u->rest = (pt_str){0};
    return PT_OK;
}

pt_code pt_unpack_open(pt_unpack *u, pt_arena *a, pt_str bytes, uint64_t bytes_max, pt_err *e) {
    *u = (pt_unpack){.way = way_of(bytes), .rest = bytes, .left = bytes_max};
    if (!u->way) {
        u->flow.next = next_plain;
        return PT_OK;
    }
    u->flow.next = next;
    u->room = PT_NEW(a, char, PT_UNPACK_ROOM_BYTES);
    pt_code code = u->room ? u->way->open(u, a, e) : pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (code)
        u->way = NULL;
    return code;
}

void pt_unpack_done(pt_unpack *u) {
    if (u->way)
        u->way->done(u);
    u->way = NULL;
}
