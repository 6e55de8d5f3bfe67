// Most of a large program is code, and what says how it was made is not: what builders write into
// it are constants, data and notes. Where a linker keeps these apart from code (all do by now), the
// code need not be held in memory.
#include "collect/packages/binary/code.h"

#include "collect/packages/binary/binary.h"
#include "collect/packages/binary/elf.h"

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
