// An ELF file (System V ABI, chapters 4 and 5), of 32 or 64 bits and either byte order, as far as
// looking things up in it needs. Every slice lies in the text that was opened.
#pragma once

#include "base/str.h"

typedef struct pt_elf {
    pt_str text;
    bool wide; // 64 bits
    bool big;  // big-endian
    // private
    uint64_t sections_at, segments_at;
    uint32_t sections_n, segments_n;
    uint32_t section_bytes, segment_bytes; // of one of the table's rows
    pt_str names;                          // of sections
} pt_elf;

#define PT_ELF_LOAD     1u // a segment's types
#define PT_ELF_NOTE     4u
#define PT_ELF_CODE     1u // of its flags
#define PT_ELF_WRITABLE 2u

typedef struct pt_elf_part {
    pt_str name;    // of a section
    uint32_t type;  // of a segment
    uint32_t flags; // of a segment
    uint64_t address;
    uint64_t at, size; // of a segment: where it says that it stands in the file
    pt_str bytes;      // those that are in the file; less than it says where the file is cut
} pt_elf_part;

// False: not an ELF file, or its tables do not lie in it.
bool pt_elf_open(pt_elf *f, pt_str text);

// The i-th segment; false behind the last one.
bool pt_elf_segment(const pt_elf *f, uint32_t i, pt_elf_part *ret);

// The bytes of the first section of this name; empty: there is none.
pt_str pt_elf_section_named(const pt_elf *f, const char *name);

// What is loaded at an address, to the end of its segment; empty: nothing of the file.
pt_str pt_elf_at(const pt_elf *f, uint64_t address);

// A number of 2, 4 or 8 bytes in the file's order; 0 where `s` is too short.
uint64_t pt_elf_number(const pt_elf *f, pt_str s, size_t at, unsigned bytes);
// … of an address' size.
uint64_t pt_elf_word(const pt_elf *f, pt_str s, size_t at);
