// What stands in a jar, behind the checksums that keep a fuzzer out of it: the first byte chooses.
#include "collect/packages/java/jar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 16 << 20};
    if (size < 1)
        return 0;
    pt_str text = {(const char *)data + 1, size - 1};
    pt_gav named = pt_jar_name(pt_str_sub(text, 0, 64));
    pt_assert(named.artifact.n + named.version.n <= 64);
    if (data[0] % 2 == 0)
        (void)pt_jar_manifest(&a, text, &named);
    else
        (void)pt_jar_properties(&a, text);
    return 0;
}
