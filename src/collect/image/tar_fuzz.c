// Every header's checksum is repaired, so that what stands behind it is reached.
#include "collect/image/tar.h"
#include "collect/image/testing_tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    if (size < 1)
        return 0;
    pt_buf_put(&b, (pt_str){(const char *)data + 1, size - 1});
    for (size_t at = 0; !b.full && at + TAR_BLOCK <= b.n; at += TAR_BLOCK)
        if (b.p[at] != '\0')
            tar_checksum(b.p + at);
    memory_flow m = memory_flow_of(pt_buf_str(&b), data[0] + 1u);
    pt_tar t = {.flow = &m.flow};
    pt_tar_entry entry;
    bool end = false;
    size_t entries = 0;
    while (!pt_tar_next(&t, &entry, &end, NULL) && !end) {
        pt_assert(++entries <= b.n / TAR_BLOCK);
        pt_assert(entry.climbs || !entry.path.n || entry.path.p[0] != '/');
        pt_assert(entry.type == PT_TAR_FILE || entry.type == PT_TAR_OTHER || entry.size == 0);
        PT_AUTO(pt_buf_done) pt_buf content = PT_BUF(1 << 16);
        if (entries % 2 && !pt_tar_read(&t, &content, NULL))
            pt_assert(content.n == entry.size);
    }
    pt_tar_done(&t);
    return 0;
}
