#include "collect/packages/binary/elf.h"

#include <string.h>

enum {
    NO_BITS = 8, // a section's type: it has no bytes in the file
};

// Where a field stands: {32 bits, 64 bits}, and its bytes.
typedef struct field {
    uint8_t at[2], bytes[2];
} field;

static const field SEGMENTS_AT = {{28, 32}, {4, 8}};
static const field SECTIONS_AT = {{32, 40}, {4, 8}};
static const field SEGMENT_BYTES = {{42, 54}, {2, 2}};
static const field SEGMENTS_N = {{44, 56}, {2, 2}};
static const field SECTION_BYTES = {{46, 58}, {2, 2}};
static const field SECTIONS_N = {{48, 60}, {2, 2}};
static const field NAMES = {{50, 62}, {2, 2}};
// of a segment
static const field P_TYPE = {{0, 0}, {4, 4}};
static const field P_FLAGS = {{24, 4}, {4, 4}};
static const field P_OFFSET = {{4, 8}, {4, 8}};
static const field P_ADDRESS = {{8, 16}, {4, 8}};
static const field P_BYTES = {{16, 32}, {4, 8}};
// of a section
static const field S_NAME = {{0, 0}, {4, 4}};
static const field S_TYPE = {{4, 4}, {4, 4}};
static const field S_ADDRESS = {{12, 16}, {4, 8}};
static const field S_OFFSET = {{16, 24}, {4, 8}};
static const field S_BYTES = {{20, 32}, {4, 8}};

uint64_t pt_elf_number(const pt_elf *f, pt_str s, size_t at, unsigned bytes) {
    uint64_t n = 0;
    if (at > s.n || bytes > s.n - at)
        return 0;
    for (unsigned i = 0; i < bytes; i++)
        n = n << 8 | (unsigned char)s.p[at + (f->big ? i : bytes - 1 - i)];
    return n;
}

uint64_t pt_elf_word(const pt_elf *f, pt_str s, size_t at) {
    return pt_elf_number(f, s, at, f->wide ? 8 : 4);
}

static uint64_t get(const pt_elf *f, pt_str s, const field *what) {
    return pt_elf_number(f, s, what->at[f->wide], what->bytes[f->wide]);
}

static pt_str slice(pt_str s, uint64_t at, uint64_t n) {
    if (at >= s.n)
        return (pt_str){0};
    return pt_str_sub(s, (size_t)at, (size_t)(n < s.n - at ? at + n : s.n));
}

static bool table_lies_in(pt_str text, uint64_t at, uint64_t n, uint64_t bytes) {
    return at <= text.n && n * bytes <= text.n - at;
}

// The i-th section; false behind the last one.
static bool section_at(const pt_elf *f, uint32_t i, pt_elf_part *ret) {
    if (i >= f->sections_n)
        return false;
    pt_str row = slice(f->text, f->sections_at + (uint64_t)i * f->section_bytes, f->section_bytes);
    pt_str name = slice(f->names, get(f, row, &S_NAME), f->names.n);
    *ret = (pt_elf_part){.name = pt_str_sub(name, 0, pt_str_find(name, '\0')),
                         .address = get(f, row, &S_ADDRESS)};
    if (get(f, row, &S_TYPE) != NO_BITS)
        ret->bytes = slice(f->text, get(f, row, &S_OFFSET), get(f, row, &S_BYTES));
    return true;
}

bool pt_elf_open(pt_elf *f, pt_str text) {
    *f = (pt_elf){.text = text};
    if (text.n < 64 ||
        memcmp(text.p,
               "\x7f"
               "ELF",
               4) != 0 ||
        text.p[4] < 1 || text.p[4] > 2)
        return false;
    f->wide = text.p[4] == 2;
    f->big = text.p[5] == 2;
    f->segments_at = get(f, text, &SEGMENTS_AT);
    f->sections_at = get(f, text, &SECTIONS_AT);
    f->segments_n = (uint32_t)get(f, text, &SEGMENTS_N);
    f->sections_n = (uint32_t)get(f, text, &SECTIONS_N);
    f->segment_bytes = (uint32_t)get(f, text, &SEGMENT_BYTES);
    f->section_bytes = (uint32_t)get(f, text, &SECTION_BYTES);
    if (!table_lies_in(text, f->segments_at, f->segments_n, f->segment_bytes))
        return false;
    if (!table_lies_in(text, f->sections_at, f->sections_n, f->section_bytes))
        f->sections_n = 0; // stripped of them by a packer, or the end is missing
    pt_elf_part names;
    if (section_at(f, (uint32_t)get(f, text, &NAMES), &names))
        f->names = names.bytes;
    return true;
}

bool pt_elf_segment(const pt_elf *f, uint32_t i, pt_elf_part *ret) {
    if (i >= f->segments_n)
        return false;
    pt_str row = slice(f->text, f->segments_at + (uint64_t)i * f->segment_bytes, f->segment_bytes);
    *ret = (pt_elf_part){.type = (uint32_t)get(f, row, &P_TYPE),
                         .flags = (uint32_t)get(f, row, &P_FLAGS),
                         .address = get(f, row, &P_ADDRESS),
                         .at = get(f, row, &P_OFFSET),
                         .size = get(f, row, &P_BYTES)};
    ret->bytes = slice(f->text, ret->at, ret->size);
    return true;
}

pt_str pt_elf_section_named(const pt_elf *f, const char *name) {
    pt_elf_part s;
    for (uint32_t i = 0; section_at(f, i, &s); i++)
        if (pt_str_eqz(s.name, name))
            return s.bytes;
    return (pt_str){0};
}

pt_str pt_elf_at(const pt_elf *f, uint64_t address) {
    pt_elf_part s;
    for (uint32_t i = 0; pt_elf_segment(f, i, &s); i++)
        if (s.type == PT_ELF_LOAD && address >= s.address && address - s.address < s.bytes.n)
            return pt_str_sub(s.bytes, (size_t)(address - s.address), s.bytes.n);
    return (pt_str){0};
}
