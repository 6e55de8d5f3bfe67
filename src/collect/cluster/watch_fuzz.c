// Whatever comes of a watch: the same events and the same end, at once and in small pieces.
#include "collect/cluster/cluster_impl.h"
#include "value/json.h"

static pt_code on_event(void *ctx, pt_cluster_event what, pt_value object, pt_err *e) {
    pt_buf *seen = ctx;
    pt_assert(pt_tag_of(object) == PT_OBJECT);
    pt_assert(pt_defined(pt_getz(object, "kind")) && pt_defined(pt_getz(object, "apiVersion")));
    pt_buf_putc(seen, "AMDB"[what]);
    return pt_json_write(seen, object, NULL, e);
}

static pt_code read_in(pt_str text, size_t step, pt_buf *seen) {
    static const pt_cluster_kind kind = {
        .group = PT_STR("g"), .version = PT_STR("v1"), .kind = PT_STR("Kind")};
    const pt_cluster_watch w = {.event = on_event, .ctx = seen};
    pt_watch_reader r;
    bool going = true;
    pt_watch_reader_init(&r, NULL, &kind, &w);
    for (size_t i = 0; i < text.n && going; i += step)
        going = pt_watch_reader_feed(&r, pt_str_sub(text, i, i + step));
    pt_assert(going == (r.e.code == PT_OK));
    pt_code code = r.e.code;
    pt_watch_reader_done(&r);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_str text = {(const char *)data, size};
    PT_AUTO(pt_buf_done) pt_buf whole = PT_BUF((size_t)16 << 20);
    PT_AUTO(pt_buf_done) pt_buf parts = PT_BUF((size_t)16 << 20);
    pt_code code = read_in(text, size ? size : 1, &whole);
    pt_assert(read_in(text, size ? 1 + data[0] % 16 : 1, &parts) == code);
    pt_assert(pt_str_eq(pt_buf_str(&whole), pt_buf_str(&parts)));
    return 0;
}
