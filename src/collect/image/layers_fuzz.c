// What a worker that was taken over could answer: JSON, an array with the events of each layer; its
// own bytes are the words and what is owned.
#include "collect/image/layers.h"
#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    pt_layers l;
    pt_value v = pt_undefined();
    pt_str all = {(const char *)data, size};
    pt_layers_init(&l, &a);
    pt_code code = pt_json_parse(&a, all, &(pt_json_opts){.depth_max = 100}, &v, NULL);
    if (code || pt_tag_of(v) != PT_ARRAY)
        return 0;
    for (uint32_t i = 0; !code && i < pt_len(v); i++) {
        PT_AUTO(pt_buf_done) pt_buf words = PT_BUF(1 << 16);
        pt_value layer = pt_at(v, i);
        pt_value paths = pt_getz(layer, "words");
        for (size_t k = 0; k < pt_len(paths); k++) {
            uint64_t u = pt_path_hash(pt_text(pt_at(paths, k))) | (k & 3);
            pt_buf_put(&words, (pt_str){(const char *)&u, sizeof u});
        }
        const pt_layer_found found = {.events = pt_getz(layer, "events"),
                                      .words = pt_buf_str(&words),
                                      .owned = all,
                                      .claims = pt_text(pt_getz(layer, "claims")),
                                      .told = pt_text(pt_getz(layer, "told"))};
        code = pt_layers_add(&l, i + 1, &found, NULL);
    }
    if (!code)
        code = pt_layers_end(&l, PT_IN_IMAGE, NULL);
    pt_assert(code || !l.packages.full);
    return 0;
}
