// The first byte chooses the reader, the rest is its database. Behind a line "%%" is what every
// file beside it has.
#include "collect/packages/node/node.h"
#include "collect/packages/os/os.h"
#include "collect/packages/php/php.h"
#include "collect/packages/ruby/ruby.h"

static pt_str beside(const pt_read *r, pt_str name) {
    (void)name;
    return *(const pt_str *)r->beside_of;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static pt_reader *const readers[] = {pt_read_os_release,
                                         pt_read_dpkg,
                                         pt_read_apk,
                                         pt_read_rpm_sqlite,
                                         pt_read_npm,
                                         pt_read_yarn,
                                         pt_read_pnpm,
                                         pt_read_bun,
                                         pt_read_package_json,
                                         pt_read_composer_lock,
                                         pt_read_composer_installed,
                                         pt_read_gemfile_lock,
                                         pt_read_gemspec};
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    if (size < 1)
        return 0;
    pt_str text = {(const char *)data + 1, size - 1};
    size_t mark = pt_str_find_str(text, PT_STR("\n%%\n"));
    pt_str other = pt_str_sub(text, mark + 4, text.n);
    if (mark < text.n) {
        r.beside = beside;
        r.beside_of = &other;
        text = pt_str_sub(text, 0, mark);
    }
    if (readers[data[0] % PT_COUNT(readers)](&r, text, NULL))
        return 0;
    for (size_t i = 0; i < r.packages.items.n; i++) {
        pt_value p = r.packages.items.v[i];
        pt_assert(pt_text(pt_getz(p, "name")).n);
    }
    pt_assert(!r.packages.full && !r.faults.full);
    return 0;
}
