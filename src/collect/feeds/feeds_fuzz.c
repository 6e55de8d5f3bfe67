// A table of feeds: what comes of any text is safe as a path and as a URL.
#include "collect/feeds/feeds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_feeds_list l = {0};
    if (pt_feeds_read(&a, (pt_str){(const char *)data, size}, &l, NULL))
        return 0;
    for (size_t i = 0; i < l.n; i++) {
        const pt_feeds_item *item = &l.v[i];
        size_t slash = pt_str_find(item->file, '/');
        pt_assert(slash > 0 && slash + 1 < item->file.n && item->name.n && item->url.n);
        pt_assert(item->file.p[0] != '.' && item->file.p[slash + 1] != '.');
        pt_assert(pt_str_rfind(item->file, '/') == slash);
        pt_assert(item->bytes_max > 0);
    }
    return 0;
}
