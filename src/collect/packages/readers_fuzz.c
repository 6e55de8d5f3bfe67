// The first byte chooses the reader, the rest is its database.
#include "collect/packages/os/os.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
                                         pt_read_rpm_sqlite, pt_read_dpkg_list};
    static pt_reader *const readers[] = {
        pt_read_os_release,       pt_read_dpkg,         pt_read_apk,         pt_read_rpm_sqlite,
        pt_read_rpm_ndb,          pt_read_rpm_bdb,      pt_read_lsb_release, pt_read_release,
        pt_read_content_manifest, pt_read_build_recipe, pt_read_ubuntu_pro,  pt_read_pacman,
        pt_read_portage,          pt_read_chisel,       pt_read_bitnami};
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    pt_read r = {.a = &a, .path = PT_STR("a/b.list"), .packages = {.a = &a}, .faults = {.a = &a}};
    if (size < 1)
        return 0;
    pt_str text = {(const char *)data + 1, size - 1};
    if (readers[data[0] % PT_COUNT(readers)](&r, text, NULL))
        return 0;
    for (size_t i = 0; i < r.packages.items.n; i++) {
        pt_value p = r.packages.items.v[i];
        pt_assert(pt_text(pt_getz(p, "name")).n && pt_text(pt_getz(p, "version")).n);
    }
    for (size_t i = 0; i < r.owned.n; i++)
        pt_assert(r.owned.v[i].owner < r.owners.items.n);
    pt_assert(!r.packages.full && !r.faults.full);
    return 0;
}
