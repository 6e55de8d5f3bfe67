// The first byte chooses the reader, the rest is its database; behind "\0beside\0" stands what
// every file beside it is.
#include "collect/packages/misc/misc.h"
#include "collect/packages/os/os.h"
#include "collect/packages/python/python.h"
#include "collect/packages/rust/rust.h"

static pt_str beside(const pt_read *r, pt_str name) {
    return name.n ? *(const pt_str *)r->beside_of : (pt_str){0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static pt_reader *const readers[] = {pt_read_os_release,
                                         pt_read_dpkg,
                                         pt_read_apk,
                                         pt_read_rpm_sqlite,
                                         pt_read_python_metadata,
                                         pt_read_requirements,
                                         pt_read_pipfile_lock,
                                         pt_read_poetry_lock,
                                         pt_read_uv_lock,
                                         pt_read_pdm_lock,
                                         pt_read_pylock,
                                         pt_read_conda_meta,
                                         pt_read_conda_environment,
                                         pt_read_cargo_lock,
                                         pt_read_pub_lock,
                                         pt_read_swift_resolved,
                                         pt_read_podfile_lock,
                                         pt_read_mix_lock,
                                         pt_read_julia_manifest,
                                         pt_read_conan_lock};
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    if (size < 1)
        return 0;
    pt_str text = {(const char *)data + 1, size - 1};
    const pt_str mark = PT_STR("\0beside\0");
    size_t cut = pt_str_find_str(text, mark);
    pt_str other = pt_str_sub(text, cut + mark.n, text.n);
    text = pt_str_sub(text, 0, cut);
    r.beside = beside;
    r.beside_of = &other;
    if (readers[data[0] % PT_COUNT(readers)](&r, text, NULL))
        return 0;
    for (size_t i = 0; i < r.packages.items.n; i++) {
        pt_value p = r.packages.items.v[i];
        pt_assert(pt_text(pt_getz(p, "name")).n);
    }
    pt_assert(!r.packages.full && !r.faults.full);
    return 0;
}
