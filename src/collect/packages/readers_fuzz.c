// The first line is a path, by which the reader is chosen ("elf" and a digit: the one of programs);
// the rest is its file.
#include "collect/packages/readers.h"

// The nth row of programs.
static const pt_reader_row *elf_row(unsigned n) {
    for (size_t t = 0; pt_reader_tables[t]; t++)
        for (const pt_reader_row *r = pt_reader_tables[t]; r->kind; r++)
            if (r->elf && n-- == 0)
                return r;
    return NULL;
}

static const pt_reader_row *row_of(pt_str path) {
    bool elf = path.n == 4 && pt_str_starts(path, PT_STR("elf"));
    return elf ? elf_row((unsigned char)path.p[3] - '0') : pt_reader_of(path);
}

// Every file beside it is the file itself.
static pt_str beside(const pt_read *r, pt_str name) {
    (void)name;
    return *(const pt_str *)r->beside_of;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_str text = {(const char *)data, size};
    pt_str path;
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    if (!size || !pt_str_split(&text, '\n', &path) || !text.p)
        return 0;
    const pt_reader_row *row = row_of(path);
    if (!row || !row->read)
        return 0;
    pt_read r = {.a = &a,
                 .path = path,
                 .beside = beside,
                 .beside_of = &text,
                 .packages = {.a = &a},
                 .faults = {.a = &a}};
    if (row->read(&r, text, NULL))
        return 0;
    for (size_t i = 0; i < r.packages.items.n; i++)
        pt_assert(pt_text(pt_getz(r.packages.items.v[i], "name")).n);
    for (size_t i = 0; i < r.owned.n; i++)
        pt_assert(r.owned.v[i].owner < r.owners.items.n);
    pt_assert(!r.packages.full && !r.faults.full);
    return 0;
}
