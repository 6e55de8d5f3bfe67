// A document of any of the three formats is read or refused, and then asked: what suppresses is
// fixed, or not affected.
#include "judge/vex/vex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    pt_vex *v = pt_vex_new(&a);
    pt_purl package;
    pt_purl image;
    const pt_str ids[] = {PT_STR("CVE-1"), PT_STR("GHSA-1")};
    pt_vex_ask ask = {.ids = ids, .ids_n = 2, .package = &package, .images = &image, .images_n = 1};
    if (!v || pt_purl_parse(&a, PT_STR("pkg:npm/a@1"), &package, NULL) ||
        pt_purl_parse(&a, PT_STR("pkg:oci/i@sha256%3A1"), &image, NULL))
        return 0;
    pt_code code = pt_vex_read(v, (pt_str){(const char *)data, size}, PT_STR("x"), false, NULL);
    pt_assert(!code || code == PT_E_FORMAT || code == PT_E_LIMIT || code == PT_E_NOMEM);
    pt_vex_said said = pt_vex_ask_about(v, &ask);
    pt_assert(!code || said.status == PT_VEX_NOTHING);
    pt_assert(!said.suppresses || said.status == PT_VEX_FIXED ||
              said.status == PT_VEX_NOT_AFFECTED);
    return 0;
}
