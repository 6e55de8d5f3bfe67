// Most of a large program is code, and what says how it was made is not: what builders write into
// it are constants, data and notes. Where a linker keeps these apart from code (all do by now), the
// code need not be held in memory.
#include "collect/packages/binary/code.h"

#include <string.h>

#include "collect/packages/binary/binary.h"
#include "collect/packages/binary/elf.h"

enum {
    INTERPRETER = 3, // types of segments
    DYNAMIC = 2,
    TAIL = 64 << 10,        // before the sections' table, where a linker puts their names
    SECTIONS_MAX = 1 << 16, // rows of that table
};
#define PROPERTY UINT32_C(0x6474e553)

static bool is_code(const pt_elf_part *s) {
    return s->type == PT_ELF_LOAD && (s->flags & PT_ELF_CODE) && !(s->flags & PT_ELF_WRITABLE);
}

bool pt_program_code(pt_str path, pt_str front, uint64_t *from, uint64_t *to) {
    pt_elf f;
    pt_elf_part s;
    bool apart = false; // what is only read has a segment of its own, which the file begins with
    if (pt_known_program_name(path) || !pt_elf_open(&f, front))
        return false;
    for (uint32_t i = 0; pt_elf_segment(&f, i, &s); i++) {
        apart |= s.type == PT_ELF_LOAD && !(s.flags & PT_ELF_CODE) && s.at == 0;
        if (apart && is_code(&s) && s.at >= front.n && !__builtin_add_overflow(s.at, s.size, to)) {
            *from = s.at;
            return true;
        }
    }
    return false;
}

// -- parts ----------------------------------------------------------------------------------------

// Hold [from, to), too, as far as the file goes.
static void hold(pt_program_parts *p, uint64_t from, uint64_t to) {
    size_t at = 0;
    to = to < p->size ? to : p->size;
    if (from >= to)
        return;
    while (at < p->n && p->v[at].to < from)
        at++;
    size_t end = at; // of those that it touches
    if (at < p->n && p->v[at].from <= from && to <= p->v[at].to)
        return;
    p->more = true;
    for (; end < p->n && p->v[end].from <= to; end++) {
        from = from < p->v[end].from ? from : p->v[end].from;
        to = to > p->v[end].to ? to : p->v[end].to;
    }
    if (at == end && p->n == PT_PROGRAM_PARTS_MAX) {
        p->all = true;
        return;
    }
    memmove(&p->v[at + 1], &p->v[end], (p->n - end) * sizeof p->v[0]);
    p->v[at] = (struct pt_program_part){from, to};
    p->n = p->n - end + at + 1;
}

void pt_program_hold_text(pt_program_parts *p, pt_str text, pt_str part) {
    if (part.n)
        hold(p, (uint64_t)(part.p - text.p), (uint64_t)(part.p - text.p) + part.n);
}

static uint64_t behind(uint64_t from, uint64_t n) {
    return n < UINT64_MAX - from ? from + n : UINT64_MAX;
}

// Notes, what is data of the program from its start, and the sections' table.
void pt_program_begin(pt_str path, pt_str front, uint64_t size, pt_program_parts *ret) {
    pt_elf f;
    pt_elf_part s;
    bool written = false;
    *ret = (pt_program_parts){.size = size};
    ret->all = pt_known_program_is_searched(path) || !pt_elf_open(&f, front);
    if (ret->all)
        return;
    hold(ret, 0, front.n);
    for (uint32_t i = 0; pt_elf_segment(&f, i, &s); i++) {
        bool data = s.type == PT_ELF_LOAD && (s.flags & PT_ELF_WRITABLE) && !written;
        written |= data;
        if (data || s.type == PT_ELF_NOTE || s.type == DYNAMIC || s.type == INTERPRETER ||
            s.type == PROPERTY)
            hold(ret, s.at, behind(s.at, s.size));
    }
    if (f.sections_at)
        hold(ret, f.sections_at > TAIL ? f.sections_at - TAIL : 0,
             behind(f.sections_at, (uint64_t)SECTIONS_MAX * f.section_bytes));
}

void pt_program_go_on(pt_str path, pt_str text, pt_program_parts *p) {
    pt_elf f;
    p->more = false;
    if (!pt_elf_open(&f, text)) {
        p->all = true;
        return;
    }
    pt_program_hold_text(p, text, f.names);
    if (p->more)
        return; // until then no section has a name
    pt_program_hold_text(p, text, pt_elf_section_named(&f, ".go.buildinfo"));
    pt_program_hold_text(p, text, pt_elf_section_named(&f, ".dep-v0"));
    if (pt_known_program_name(path))
        pt_program_hold_text(p, text, pt_elf_section_named(&f, ".rodata"));
    p->all |= !p->more && pt_go_build_is_apart(&f);
}
