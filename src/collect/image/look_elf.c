// How a program, a shared library was built, as far as that makes an attack harder: from its ELF
// file (System V ABI; the GNU extensions as glibc's elf.h names them).
// "elf" of what is seen has these members; what cannot be told, or does not apply, is not there:
//   "kind"       "fixed" (it stands at one address), "pie", "library"; "core": a dump, alone
//   "linked"     "dynamic", "static"
//   "relro"      "full", "partial", "none"; of a program without a dynamic table nothing
//   "stack"      true: its stack is executable
//   "rwx"        true: memory that can be written and executed
//   "textrel"    true: its code is written to when it starts
//   "rpath"      where it looks for libraries, as it is written
//   "canary"     its functions watch their return addresses, or not
//   "nameless"   true: it takes functions of others, but has no table of sections that names them
//   "buffers"    true: it calls functions that fill buffers
//   "fortified"  number of functions that check the sizes of buffers
//   "plain"      number of those that could, and do not
//   "musl"       true: its library has no functions that do
//   "from"       "go", "rust"
//   "branch"     indirect jumps are guarded (IBT, BTI), or not, where the processor can
//   "shadow"     returns likewise (SHSTK, PAC)
//   "packed"     true, alone: by UPX; nothing of the above is its own
//   "unread"     true, alone: its tables do not lie in it
#include <string.h>

#include "collect/image/limits.h"
#include "collect/image/look_rows.h"
#include "collect/packages/binary/elf.h"

enum {
    ELF_HEAD = 64,
    TYPE_FIXED = 2, // e_type
    TYPE_SHARED = 3,
    TYPE_CORE = 4,
    MACHINE_X86 = 62, // e_machine: those of 64 bits that can guard jumps
    MACHINE_ARM = 183,
    PACKER_WITHIN = 1024, // bytes of the file in which UPX leaves its mark
    NAME_BYTES_MAX = 64,  // of a symbol that is known here
    RPATH_BYTES_MAX = 1024,
};

enum { // of segments
    SEG_DYNAMIC = 2,
    SEG_INTERPRETER = 3,
    SEG_PROPERTY = 0x6474e553,
    SEG_STACK = 0x6474e551,
    SEG_RELRO = 0x6474e552,
};

enum { // of the dynamic table
    DYN_NEEDED = 1,
    DYN_STRINGS = 5,
    DYN_SYMBOLS = 6,
    DYN_RPATH = 15,
    DYN_TEXTREL = 22,
    DYN_BIND_NOW = 24,
    DYN_RUNPATH = 29,
    DYN_FLAGS = 30,
    DYN_FLAGS_1 = 0x6ffffffb,
    FLAG_TEXTREL = 4, // of DYN_FLAGS
    FLAG_BIND_NOW = 8,
    FLAG_1_NOW = 1, // of DYN_FLAGS_1
    FLAG_1_PIE = 0x08000000,
};

enum { // notes of GNU
    NOTE_PROPERTY = 5,
    PROPERTY_X86 = 0x0002, // behind 0xc000
    PROPERTY_ARM = 0x0000,
};

typedef struct program {
    pt_elf elf;
    unsigned type;
    bool dynamic, interpreter, relro, stack_said, stack_runs, rwx;
    bool now, pie, textrel, musl, has_rpath;
    uint64_t strings, rpath; // an address; an offset in it
    unsigned guards;         // 1: jumps, 2: returns
    bool needs, has_table;   // other libraries; symbols, as the loader finds them
    bool imports;            // symbols, as the table of sections finds them
    bool symbols, canary;    // are names known? Is the canary's among them?
    bool buffers;            // it calls functions that fill buffers
    uint32_t fortified, plain;
} program;

// -- segments -------------------------------------------------------------------------------------

static void take_flags(program *p, uint64_t tag, uint64_t v) {
    p->now |= tag == DYN_BIND_NOW || (tag == DYN_FLAGS && v & FLAG_BIND_NOW) ||
              (tag == DYN_FLAGS_1 && v & FLAG_1_NOW);
    p->textrel |= tag == DYN_TEXTREL || (tag == DYN_FLAGS && v & FLAG_TEXTREL);
    p->pie |= tag == DYN_FLAGS_1 && v & FLAG_1_PIE;
}

static void take_dynamic(program *p, pt_str table) {
    size_t word = p->elf.wide ? 8 : 4;
    p->dynamic = true;
    for (size_t at = 0; at + 2 * word <= table.n; at += 2 * word) {
        uint64_t tag = pt_elf_word(&p->elf, table, at);
        uint64_t v = pt_elf_word(&p->elf, table, at + word);
        if (!tag)
            return;
        take_flags(p, tag, v);
        p->needs |= tag == DYN_NEEDED;
        p->has_table |= tag == DYN_SYMBOLS;
        if (tag == DYN_STRINGS)
            p->strings = v;
        if (tag == DYN_RPATH || tag == DYN_RUNPATH) {
            p->has_rpath = true;
            p->rpath = v;
        }
    }
}

// {name's bytes, bytes, type}, "GNU\0", then properties {type, bytes, …}, each a multiple of a
// word.
static void take_property(program *p, pt_str note) {
    size_t word = p->elf.wide ? 8 : 4;
    uint64_t end = 16 + pt_elf_number(&p->elf, note, 4, 4);
    if (pt_elf_number(&p->elf, note, 8, 4) != NOTE_PROPERTY || end > note.n)
        return;
    for (size_t at = 16; at + 12 <= end;) {
        uint64_t type = pt_elf_number(&p->elf, note, at, 4);
        uint64_t n = pt_elf_number(&p->elf, note, at + 4, 4);
        if (type >> 16 == 0xc000 &&
            ((type & 0xffff) == PROPERTY_X86 || (type & 0xffff) == PROPERTY_ARM))
            p->guards |= (unsigned)pt_elf_number(&p->elf, note, at + 8, 4) & 3;
        if (n > end - at)
            return;
        at += 8 + ((size_t)n + word - 1) / word * word;
    }
}

static void take_segment(program *p, const pt_elf_part *s) {
    const unsigned both = PT_ELF_CODE | PT_ELF_WRITABLE;
    switch (s->type) {
    case PT_ELF_LOAD:
        p->rwx |= (s->flags & both) == both;
        break;
    case SEG_DYNAMIC:
        take_dynamic(p, s->bytes);
        break;
    case SEG_INTERPRETER:
        p->interpreter = true;
        p->musl |= pt_str_has(s->bytes, PT_STR("ld-musl"));
        break;
    case SEG_PROPERTY:
        take_property(p, s->bytes);
        break;
    case SEG_STACK:
        p->stack_said = true;
        p->stack_runs = s->flags & PT_ELF_CODE;
        break;
    case SEG_RELRO:
        p->relro = true;
        break;
    default:
        break;
    }
}

// -- symbols --------------------------------------------------------------------------------------

static bool in_list(pt_str name, const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(name, names[i]))
            return true;
    return false;
}

static bool fills_buffer(pt_str name) {
    static const char *const names[] = {"memcpy", "memmove", "memset", "strcpy", "strncpy",
                                        "strcat", "strncat", "read",   "recv",   "recvfrom",
                                        "fgets",  "fread",   "getcwd", "stpcpy"};
    return in_list(name, names, PT_COUNT(names));
}

// Functions of which the compiler, asked to, takes another one that checks: it leaves none of these
// behind unless their format needs no check.
static bool could_check(pt_str name) {
    static const char *const names[] = {"printf",   "fprintf",   "vprintf",  "vfprintf",
                                        "sprintf",  "snprintf",  "vsprintf", "vsnprintf",
                                        "asprintf", "vasprintf", "dprintf",  "syslog",
                                        "vsyslog",  "gets",      "realpath"};
    return in_list(name, names, PT_COUNT(names));
}

static void take_symbol(program *p, pt_str name, bool imported) {
    if (pt_str_starts(name, PT_STR("__stack_chk_fail")) ||
        pt_str_eqz(name, "__intel_security_cookie")) {
        p->canary = true;
        return;
    }
    if (!imported)
        return;
    bool checks = pt_str_starts(name, PT_STR("__")) && pt_str_ends(name, PT_STR("_chk"));
    bool could = !checks && could_check(name);
    p->fortified += checks;
    p->plain += could;
    p->buffers |= checks || could || fills_buffer(name);
}

// A symbol's name is its first four bytes; where it is defined stands behind (0: elsewhere).
static void take_symbols(program *p, const char *table, const char *names) {
    pt_str rows = pt_elf_section_named(&p->elf, table);
    pt_str texts = pt_elf_section_named(&p->elf, names);
    size_t row = p->elf.wide ? 24 : 16;
    size_t defined_at = p->elf.wide ? 6 : 14;
    p->symbols = rows.n >= 2 * row && texts.n;
    for (size_t at = row; p->symbols && at + row <= rows.n; at += row) {
        uint64_t from = pt_elf_number(&p->elf, rows, at, 4);
        if (from >= texts.n)
            continue;
        pt_str name = pt_str_sub(texts, (size_t)from, (size_t)from + NAME_BYTES_MAX);
        name = pt_str_sub(name, 0, pt_str_find(name, '\0'));
        take_symbol(p, name, pt_elf_number(&p->elf, rows, at + defined_at, 2) == 0);
    }
}

// The sections of its symbols, and of their names.
static const char *const *names_of(const program *p) {
    static const char *const names[2][2] = {{".symtab", ".strtab"}, {".dynsym", ".dynstr"}};
    return names[pt_elf_section_named(&p->elf, ".dynsym").n > 0];
}

// -- what it was written in -----------------------------------------------------------------------

static bool is_go(const program *p) {
    return pt_elf_section_named(&p->elf, ".go.buildinfo").n ||
           pt_elf_section_named(&p->elf, ".note.go.buildid").n ||
           pt_elf_section_named(&p->elf, ".gopclntab").n;
}

// Rust's library names its own sources in what it says when a program panics.
static bool is_rust(const program *p) {
    return pt_elf_section_named(&p->elf, ".dep-v0").n ||
           pt_str_has(pt_elf_section_named(&p->elf, ".rodata"), PT_STR("/rustc/"));
}

// -- the whole ------------------------------------------------------------------------------------

static void put_flag(pt_obj *o, const char *key, bool set) {
    if (set)
        pt_obj_set(o, key, pt_bool(true));
}

static void put_rpath(const program *p, pt_obj *o) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF((size_t)4 * RPATH_BYTES_MAX);
    pt_str texts = pt_elf_at(&p->elf, p->strings);
    if (!p->strings || p->rpath >= texts.n)
        return;
    pt_str path = pt_str_sub(texts, (size_t)p->rpath, (size_t)p->rpath + RPATH_BYTES_MAX);
    pt_buf_put_safe(&safe, pt_str_sub(path, 0, pt_str_find(path, '\0')));
    pt_obj_set(o, "rpath", pt_string(pt_arena_str(o->a, pt_buf_str(&safe))));
}

// Nobody can tell of a program without names, and of one that is not of C.
static void put_compiled(const program *p, const char *from, pt_obj *o) {
    bool of_c = !from && p->symbols;
    if (from)
        pt_obj_set(o, "from", pt_stringz(from));
    if (p->canary || of_c)
        pt_obj_set(o, "canary", pt_bool(p->canary));
    // The loader needs no sections: a program runs without them, or with forged ones.
    put_flag(o, "nameless",
             !from && p->dynamic && ((p->has_table && !p->imports) || (p->needs && !p->symbols)));
    if (!of_c || !p->dynamic)
        return;
    pt_obj_set(o, "fortified", pt_int(p->fortified));
    pt_obj_set(o, "plain", pt_int(p->plain));
    put_flag(o, "buffers", p->buffers);
}

static void put_all(const program *p, pt_obj *o) {
    bool pie = p->type == TYPE_SHARED && (p->pie || p->interpreter);
    bool linked = p->interpreter || (p->dynamic && !p->pie);
    bool guessed = !p->stack_said && linked; // then the loader takes one that runs
    uint64_t machine = pt_elf_number(&p->elf, p->elf.text, 18, 2);
    const char *from = is_go(p) ? "go" : !p->canary && is_rust(p) ? "rust" : NULL;
    pt_obj_set(o, "kind", pt_stringz(p->type == TYPE_FIXED ? "fixed" : pie ? "pie" : "library"));
    pt_obj_set(o, "linked", pt_stringz(linked ? "dynamic" : "static"));
    if (p->dynamic)
        pt_obj_set(o, "relro", pt_stringz(!p->relro ? "none" : p->now ? "full" : "partial"));
    put_flag(o, "stack", p->stack_runs || guessed);
    put_flag(o, "rwx", p->rwx);
    put_flag(o, "textrel", p->textrel);
    put_flag(o, "musl", p->musl);
    if (machine == MACHINE_X86 || machine == MACHINE_ARM) {
        pt_obj_set(o, "branch", pt_bool(p->guards & 1));
        pt_obj_set(o, "shadow", pt_bool(p->guards & 2));
    }
    put_compiled(p, from, o);
    if (p->has_rpath)
        put_rpath(p, o);
}

// Undefined: neither a program nor a library.
static pt_code facts(pt_arena *a, pt_str text, pt_value *ret, pt_err *e) {
    program p = {0};
    pt_obj o = {.a = a};
    pt_elf_part s;
    *ret = pt_undefined();
    bool whole = pt_elf_open(&p.elf, text);
    p.elf.big = text.n > 5 && text.p[5] == 2;
    p.type = (unsigned)pt_elf_number(&p.elf, text, 16, 2);
    if (p.type != TYPE_FIXED && p.type != TYPE_SHARED && p.type != TYPE_CORE)
        return PT_OK;
    if (p.type == TYPE_CORE)
        pt_obj_set(&o, "kind", pt_stringz("core"));
    else if (pt_str_has(pt_str_sub(text, 0, PACKER_WITHIN), PT_STR("UPX!")))
        pt_obj_set(&o, "packed", pt_bool(true));
    else if (!whole)
        pt_obj_set(&o, "unread", pt_bool(true));
    else {
        for (uint32_t i = 0; pt_elf_segment(&p.elf, i, &s); i++)
            take_segment(&p, &s);
        const char *const *names = names_of(&p);
        p.imports = pt_elf_section_named(&p.elf, ".dynsym").n;
        take_symbols(&p, names[0], names[1]);
        put_all(&p, &o);
    }
    *ret = pt_obj_end(&o);
    return pt_defined(*ret) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- the look -------------------------------------------------------------------------------------

static bool is_elf(const pt_walk *w) {
    return w->content.n >= 20 && memcmp(w->content.p,
                                        "\x7f"
                                        "ELF",
                                        4) == 0;
}

// A dump is told by its head.
void pt_see_elf_parts(pt_str text, pt_program_parts *ret) {
    program p = {0};
    pt_elf_part s;
    if (!pt_elf_open(&p.elf, text))
        return;
    for (uint32_t i = 0; pt_elf_segment(&p.elf, i, &s); i++)
        if (s.type == SEG_DYNAMIC)
            take_dynamic(&p, s.bytes);
    pt_str texts = p.has_rpath ? pt_elf_at(&p.elf, p.strings) : (pt_str){0};
    if (p.rpath < texts.n)
        pt_program_hold_text(ret, text,
                             pt_str_sub(texts, (size_t)p.rpath, (size_t)p.rpath + RPATH_BYTES_MAX));
    const char *const *names = names_of(&p);
    pt_program_hold_text(ret, text, pt_elf_section_named(&p.elf, names[0]));
    pt_program_hold_text(ret, text, pt_elf_section_named(&p.elf, names[1]));
    if (!is_go(&p))
        pt_program_hold_text(ret, text, pt_elf_section_named(&p.elf, ".rodata"));
}

bool pt_wants_elf(const pt_walk *w, const pt_tar_entry *t) {
    const pt_elf head = {.big = is_elf(w) && w->content.p[5] == 2};
    return is_elf(w) && pt_elf_number(&head, pt_buf_str(&w->content), 16, 2) != TYPE_CORE &&
           t->size >= ELF_HEAD && !pt_str_starts(t->path, PT_STR("usr/lib/debug/"));
}

// Nobody reads what is sparse, or larger than any program: of what may be run that is told.
static bool passed_over(const pt_walk *w, const pt_tar_entry *t) {
    return w->content.n < t->size && (t->mode & 0111) && (t->sparse || t->size > PT_FILE_BYTES_MAX);
}

pt_code pt_see_elf(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e) {
    pt_value v = pt_undefined();
    pt_code code = PT_OK;
    if (passed_over(w, t)) {
        pt_obj o = {.a = seen->a};
        pt_obj_set(&o, "unread", pt_bool(true));
        v = pt_obj_end(&o);
    } else if (is_elf(w) && !pt_str_starts(t->path, PT_STR("usr/lib/debug/")))
        code = facts(seen->a, pt_buf_str(&w->content), &v, e);
    pt_obj_maybe(seen, "elf", v);
    return code;
}
