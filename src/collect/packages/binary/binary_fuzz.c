// The first byte chooses the reader and the name of the file, the rest is the file.
#include "collect/packages/binary/binary.h"

static pt_str beside(const pt_read *r, pt_str name) {
    const pt_str *text = r->beside_of; // go.sum beside go.mod is the same text
    return pt_str_eqz(name, "go.sum") ? *text : (pt_str){0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static pt_reader *const readers[] = {
        pt_read_go_program, pt_read_rust_program, pt_read_package_note, pt_read_known_program,
        pt_read_go_mod,     pt_read_go_sum,       pt_read_bitnami};
    static const char *const names[] = {"openssl", "redis-server", "libpython3.11.so", "sqlite3",
                                        "mariadbd"};
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    if (size < 1)
        return 0;
    pt_str text = {(const char *)data + 1, size - 1};
    pt_read r = {.a = &a,
                 .path = pt_str_of(names[data[0] / PT_COUNT(readers) % PT_COUNT(names)]),
                 .beside = beside,
                 .beside_of = &text,
                 .packages = {.a = &a},
                 .faults = {.a = &a}};
    if (readers[data[0] % PT_COUNT(readers)](&r, text, NULL))
        return 0;
    for (size_t i = 0; i < r.packages.items.n; i++)
        pt_assert(pt_text(pt_getz(r.packages.items.v[i], "name")).n);
    pt_assert(!r.packages.full && !r.faults.full);
    return 0;
}
