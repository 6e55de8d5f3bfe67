// ELF files for tests, of 32 or 64 bits and either byte order.
#pragma once

#include <string.h>

#include "base/buf.h"
#include "base/testing.h"

typedef struct elf_part {
    const char *name; // of a section
    pt_str bytes;
    uint32_t type, flags; // of a segment; 0: it has none
    uint64_t address;
} elf_part;

typedef struct elf_form {
    bool wide, big;
} elf_form;

static inline void elf_number(pt_buf *b, elf_form f, uint64_t n, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        pt_buf_putc(b, (char)(unsigned char)(n >> 8 * (f.big ? bytes - 1 - i : i) & 0xff));
}

static inline void elf_word(pt_buf *b, elf_form f, uint64_t n) {
    elf_number(b, f, n, f.wide ? 8 : 4);
}

static inline void elf_segment(pt_buf *b, elf_form f, const elf_part *p, uint64_t at) {
    elf_number(b, f, p->type, 4);
    if (f.wide)
        elf_number(b, f, p->flags, 4);
    elf_word(b, f, at);
    elf_word(b, f, p->address);
    elf_word(b, f, p->address);
    elf_word(b, f, p->bytes.n);
    elf_word(b, f, p->bytes.n);
    if (!f.wide)
        elf_number(b, f, p->flags, 4);
    elf_word(b, f, 16);
}

static inline void elf_section(pt_buf *b, elf_form f, uint32_t name, const elf_part *p,
                               uint64_t at) {
    elf_number(b, f, name, 4);
    elf_number(b, f, 1, 4);
    elf_word(b, f, 0);
    elf_word(b, f, p->address);
    elf_word(b, f, at);
    elf_word(b, f, p->bytes.n);
    elf_number(b, f, 0, 8);
    elf_word(b, f, 1);
    elf_word(b, f, 0);
}

// The head, segments, sections (the last has their names), then the parts, each at a multiple
// of 16.
static inline void put_elf(pt_buf *b, elf_form f, const elf_part *parts, size_t n) {
    PT_AUTO(pt_buf_done) pt_buf names = PT_BUF(4096);
    size_t head = f.wide ? 64 : 52;
    size_t segment = f.wide ? 56 : 32;
    size_t section = f.wide ? 64 : 40;
    size_t at = (head + n * segment + (n + 1) * section + 15) / 16 * 16;
    size_t first = at;
    pt_buf_put(b, PT_STR("\x7f"
                         "ELF"));
    pt_buf_putc(b, f.wide ? 2 : 1);
    pt_buf_putc(b, f.big ? 2 : 1);
    pt_buf_putc(b, 1);
    pt_buf_fill(b, '\0', 9);
    elf_number(b, f, 2, 2);
    elf_number(b, f, 62, 2);
    elf_number(b, f, 1, 4);
    elf_word(b, f, 0);
    elf_word(b, f, head);
    elf_word(b, f, head + n * segment);
    elf_number(b, f, 0, 4);
    elf_number(b, f, head, 2);
    elf_number(b, f, segment, 2);
    elf_number(b, f, n, 2);
    elf_number(b, f, section, 2);
    elf_number(b, f, n + 1, 2);
    elf_number(b, f, n, 2);
    for (size_t i = 0; i < n; i++) {
        elf_segment(b, f, &parts[i], at);
        at += (parts[i].bytes.n + 15) / 16 * 16;
    }
    size_t names_at = at;
    at = first;
    for (size_t i = 0; i < n; i++) {
        elf_section(b, f, (uint32_t)names.n, &parts[i], at);
        pt_buf_putz(&names, parts[i].name);
        pt_buf_putc(&names, '\0');
        at += (parts[i].bytes.n + 15) / 16 * 16;
    }
    elf_section(b, f, 0, &(elf_part){.bytes = pt_buf_str(&names)}, names_at);
    pt_buf_fill(b, '\0', first - b->n);
    for (size_t i = 0; i < n; i++) {
        pt_buf_put(b, parts[i].bytes);
        pt_buf_fill(b, '\0', (16 - b->n % 16) % 16);
    }
    pt_buf_put(b, pt_buf_str(&names));
}
