// What a worker that was taken over could answer: JSON, an array with the events of each layer.
#include "collect/image/layers.h"
#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    pt_layers l = {.a = &a, .problems = {.a = &a}};
    pt_value v = pt_undefined();
    pt_code code = pt_json_parse(&a, (pt_str){(const char *)data, size},
                                 &(pt_json_opts){.depth_max = 100}, &v, NULL);
    if (code || pt_tag_of(v) != PT_ARRAY)
        return 0;
    for (uint32_t i = 0; !code && i < pt_len(v); i++)
        code = pt_layers_add(&l, i + 1, pt_at(v, i), NULL);
    if (!code)
        code = pt_layers_end(&l, NULL);
    pt_assert(code || !l.packages.full);
    return 0;
}
