// The first byte says which way it is packed, so that every way is reached.
#include "base/buf.h"
#include "collect/pack/pack_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const pt_unpack_way *const ways[] = {&pt_unpack_gzip, &pt_unpack_zstd, &pt_unpack_bzip2};
    const uint64_t max = 4 << 20;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    if (size < 1)
        return 0;
    pt_buf_put(&b, ways[data[0] % PT_COUNT(ways)]->magic);
    pt_buf_put(&b, (pt_str){(const char *)data + 1, size - 1});
    pt_unpack u = {0};
    pt_str piece = {0};
    uint64_t all = 0;
    pt_code code = pt_unpack_open(&u, &a, pt_buf_str(&b), max, NULL);
    while (!code && !(code = u.flow.next(&u.flow, &piece, NULL)) && piece.n)
        all += piece.n;
    pt_assert(all <= max);
    pt_unpack_done(&u);
    return 0;
}
