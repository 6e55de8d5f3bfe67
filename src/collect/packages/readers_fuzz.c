// The first byte chooses the reader, the rest is its database.
#include "collect/packages/dotnet/dotnet.h"
#include "collect/packages/java/java.h"
#include "collect/packages/os/os.h"

// Whatever is asked for beside it: the text itself.
static pt_str beside(const pt_read *r, pt_str name) {
    (void)name;
    return *(const pt_str *)r->beside_of;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static pt_reader *const readers[] = {
        pt_read_os_release, pt_read_dpkg,       pt_read_apk,          pt_read_rpm_sqlite,
        pt_read_jar,        pt_read_pom,        pt_read_gradle,       pt_read_sbt,
        pt_read_deps_json,  pt_read_nuget_lock, pt_read_nuget_config, pt_read_nuget_props};
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    if (size < 1)
        return 0;
    pt_str text = {(const char *)data + 1, size - 1};
    r.beside = beside;
    r.beside_of = &text;
    if (readers[data[0] % PT_COUNT(readers)](&r, text, NULL))
        return 0;
    for (size_t i = 0; i < r.packages.items.n; i++) {
        pt_value p = r.packages.items.v[i];
        pt_assert(pt_text(pt_getz(p, "name")).n);
    }
    pt_assert(!r.packages.full && !r.faults.full);
    return 0;
}
