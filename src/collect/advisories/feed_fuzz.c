// Any bytes as a feed, or as an archive whose members are feeds.
#include "collect/advisories/feed.h"
#include "collect/packages/zip.h"

static pt_code document(void *ctx, pt_value doc, pt_err *e) {
    (void)ctx;
    return pt_text(pt_getz(doc, "id")).n ? PT_OK : pt_err_set(e, PT_E_FORMAT, "no id");
}

static void problem(void *ctx, const char *place, const pt_err *e) {
    (void)ctx;
    pt_assert(place && e->what[0]);
}

static void read_feed(pt_str bytes) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 256 << 20};
    pt_feed f = {.a = &a, .document = document, .problem = problem};
    pt_code code = pt_feed_read(&f, bytes, NULL);
    pt_assert(code || f.kind < PT_FEED_KINDS);
}

static void read_archive(pt_str bytes) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_unzip *u = pt_unzip_new(&a);
    pt_zip z;
    pt_zip_entry m;
    bool end = false;
    if (!u || pt_zip_open(&z, bytes, NULL))
        return;
    while (pt_zip_next(&z, &m, &end, NULL) == PT_OK && !end) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
        pt_str text = {0};
        if (pt_zip_read(&z, &m, u, &b, &text, NULL) == PT_OK)
            read_feed(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_str bytes = {(const char *)data, size};
    if (pt_zip_is(bytes))
        read_archive(bytes);
    else
        read_feed(bytes);
    return 0;
}
