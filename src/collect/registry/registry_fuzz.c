// The words of a registry before anything of it is trusted: heads of answers; and an operator's
// name.
#include "collect/registry/registry_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    pt_err e = {0};
    pt_str text = {(const char *)data, size};
    pt_registry_ref ref;
    pt_challenge c = pt_challenge_of(&a, text);
    pt_assert(c.kind != PT_CHALLENGE_BEARER || c.realm.n);
    if (pt_registry_ref_parse(&a, text, &ref, &e) == PT_OK) {
        pt_assert(ref.host.n && ref.repository.n && (ref.tag.n || ref.digest.n));
        for (size_t i = 0; i < ref.shown.n; i++) // it goes into URLs
            pt_assert(ref.shown.p[i] > ' ' && ref.shown.p[i] < 0x7f);
        pt_assert(!pt_str_has(ref.repository, PT_STR("..")) && ref.repository.p[0] != '/');
    }
    pt_arena_done(&a);
    return 0;
}
