// Whatever comes: a head is read within its bytes and gives one framing; chunks give the same body
// at once and byte by byte.
#include <stdlib.h>
#include <string.h>

#include "http/server_impl.h"

static void check_head(pt_str text) {
    char *room = malloc(text.n + 1);
    pt_assert(room != NULL);
    memcpy(room, text.p, text.n);
    room[text.n] = '\0';
    pt_http_head h;
    if (pt_http_head_read(room, text.n, &h) == 0) {
        pt_assert(h.target.n > 0 && h.method[0] != '\0');
        pt_assert(!h.chunked || (h.length == 0 && !pt_http_head_get(&h, "Content-Length")));
        for (size_t i = 0; i < h.n; i++)
            pt_assert(strlen(h.headers[i].name) + strlen(h.headers[i].value) < text.n);
    }
    free(room);
}

static void check_chunks(pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf whole = PT_BUF(4096);
    PT_AUTO(pt_buf_done) pt_buf parts = PT_BUF(4096);
    pt_http_chunks a = {0};
    pt_http_chunks b = {0};
    int status_a;
    int status_b = 0;
    size_t taken = pt_http_chunks_take(&a, text, &whole, &status_a);
    pt_assert(taken <= text.n);
    size_t from = 0;
    for (size_t to = 1; to <= text.n && !status_b && b.at != PT_CHUNK_DONE; to++)
        from += pt_http_chunks_take(&b, pt_str_sub(text, from, to), &parts, &status_b);
    pt_assert(status_a == status_b && a.at == b.at);
    pt_assert(status_a || (taken == from && pt_str_eq(pt_buf_str(&whole), pt_buf_str(&parts))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_str text = {(const char *)data, size};
    check_head(text);
    check_chunks(text);
    return 0;
}
