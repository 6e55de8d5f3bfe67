// What Go's linker writes into a program (debug/buildinfo): 16-aligned in the section
// .go.buildinfo, or in the first segment that can be written,
//   0 "\xff Go buildinf:" · 14 bytes of a pointer · 15 flags: 1 big-endian, 2 inline
//   inline (Go 1.18 and later): 32 varint length and version, then varint length and modules
//   else: 16 address of the version's {address, length} · then the modules'
// The modules stand between two marks of 16 bytes; each is a line of fields between tabs:
//   path P · mod P V SUM · dep P V SUM · => P V SUM (instead of the one before) · build KEY=VALUE
#include "collect/packages/binary/binary.h"
#include "collect/packages/binary/elf.h"
#include "collect/packages/binary/go_version.h"

enum {
    HEAD_BYTES = 32,
    STEP_BYTES = 16,
    MARK_BYTES = 16,
    INLINE = 2,
    BIG = 1,
    PACKED_WITHIN = 1024, // a packer's mark stands behind the segments
};

#define MAGIC PT_STR("\xff Go buildinf:")

// -- where it is ----------------------------------------------------------------------------------

static pt_str find_magic(pt_str s) {
    for (size_t at = 0; at + HEAD_BYTES <= s.n; at += STEP_BYTES)
        if (s.p[at] == '\xff' && pt_str_starts(pt_str_sub(s, at, s.n), MAGIC))
            return pt_str_sub(s, at, s.n);
    return (pt_str){0};
}

static pt_str find_build(const pt_elf *f) {
    pt_str found = find_magic(pt_elf_section_named(f, ".go.buildinfo"));
    pt_elf_part s;
    for (uint32_t i = 0; !found.n && pt_elf_segment(f, i, &s); i++)
        if (s.type == PT_ELF_LOAD && (s.flags & PT_ELF_WRITABLE)) {
            found = find_magic(s.bytes);
            break;
        }
    return found;
}

bool pt_go_build_is_apart(const pt_elf *f) {
    pt_str build = find_build(f);
    return build.n && !((unsigned char)build.p[15] & INLINE);
}

static bool take_text(pt_str *rest, pt_str *ret) {
    uint64_t n = 0;
    unsigned shift = 0;
    size_t at = 0;
    bool more = true;
    for (; more && at < rest->n && shift < 63; shift += 7) {
        unsigned char c = (unsigned char)rest->p[at++];
        n |= (uint64_t)(c & 0x7f) << shift;
        more = c & 0x80;
    }
    if (more || n > rest->n - at)
        return false;
    *ret = pt_str_sub(*rest, at, at + (size_t)n);
    *rest = pt_str_sub(*rest, at + (size_t)n, rest->n);
    return true;
}

// The text behind an address of {address, length}.
static bool text_at(const pt_elf *f, uint64_t address, pt_str *ret) {
    pt_str head = pt_elf_at(f, address);
    size_t word = f->wide ? 8 : 4;
    uint64_t n = pt_elf_word(f, head, word);
    pt_str text = pt_elf_at(f, pt_elf_word(f, head, 0));
    if (head.n < 2 * word || n > text.n)
        return false;
    *ret = pt_str_sub(text, 0, (size_t)n);
    return true;
}

static bool read_build(const pt_elf *f, pt_str build, pt_str *ret_version, pt_str *ret_modules) {
    unsigned flags = (unsigned char)build.p[15];
    unsigned word = (unsigned char)build.p[14];
    pt_str rest = pt_str_sub(build, HEAD_BYTES, build.n);
    if (flags & INLINE)
        return take_text(&rest, ret_version) && take_text(&rest, ret_modules);
    if (word != (f->wide ? 8 : 4) || f->big != ((flags & BIG) != 0))
        return false;
    if (!text_at(f, pt_elf_word(f, build, 16), ret_version))
        return false;
    if (!text_at(f, pt_elf_word(f, build, 16 + (size_t)word), ret_modules))
        *ret_modules = (pt_str){0};
    return true;
}

// -- modules --------------------------------------------------------------------------------------

typedef struct module {
    pt_str path, version;
    pt_str by; // what it was replaced by, of this machine: its version is unknown
} module;

typedef struct program {
    pt_read *r;
    module main, last; // last: not yet put, as it may be replaced
    pt_str path, flags, revision, time;
} program;

static pt_value text_object(pt_arena *a, const char *key, pt_str value) {
    pt_obj o = {.a = a};
    if (!value.n)
        return pt_undefined();
    pt_obj_set(&o, key, pt_string(value));
    return pt_obj_end(&o);
}

static pt_code put_last(program *p, pt_err *e) {
    module m = p->last;
    p->last = (module){0};
    if (!m.path.n)
        return PT_OK;
    pt_package package = {.name = m.path, .more = text_object(p->r->a, "replaced_by", m.by)};
    if (!m.by.n && !pt_str_eqz(m.version, "(devel)"))
        package.version = m.version;
    return pt_package_add(p->r, &package, e);
}

static bool is_local(pt_str path) {
    return pt_str_starts(path, PT_STR(".")) || pt_str_starts(path, PT_STR("/"));
}

static void take_setting(program *p, pt_str setting) {
    size_t equals = pt_str_find(setting, '=');
    pt_str key = pt_str_sub(setting, 0, equals);
    pt_str value = pt_str_sub(setting, equals + 1, setting.n);
    if (pt_str_eqz(key, "-ldflags"))
        p->flags = value;
    else if (pt_str_eqz(key, "vcs.revision"))
        p->revision = value;
    else if (pt_str_eqz(key, "vcs.time"))
        p->time = value;
}

static pt_code take_line(program *p, pt_str line, pt_err *e) {
    pt_str field[3] = {0};
    for (size_t i = 0; i < PT_COUNT(field) && pt_str_split(&line, '\t', &field[i]); i++)
        if (i == 1 && pt_str_eqz(field[0], "build")) { // its value may have tabs
            field[1] = line.n ? (pt_str){field[1].p, field[1].n + 1 + line.n} : field[1];
            break;
        }
    if (pt_str_eqz(field[0], "mod"))
        p->main = (module){.path = field[1], .version = field[2]};
    else if (pt_str_eqz(field[0], "path"))
        p->path = field[1];
    else if (pt_str_eqz(field[0], "build"))
        take_setting(p, field[1]);
    else if (pt_str_eqz(field[0], "dep")) {
        pt_code code = put_last(p, e);
        p->last = (module){.path = field[1], .version = field[2]};
        return code;
    } else if (pt_str_eqz(field[0], "=>")) {
        module *m = p->last.path.n ? &p->last : &p->main;
        if (is_local(field[1]))
            m->by = field[1];
        else
            *m = (module){.path = field[1], .version = field[2]};
    }
    return PT_OK;
}

// Made without modules, a program names its package only: "example.org/x/cmd/y" is taken to be of
// example.org/x, if the flags say of which version.
static pt_code put_path(program *p, pt_err *e) {
    size_t cut = pt_str_find_str(p->path, PT_STR("/cmd/"));
    pt_str host = pt_str_sub(p->path, 0, pt_str_find(p->path, '/'));
    pt_package package = {.name = pt_str_sub(p->path, 0, cut),
                          .relationship = PT_STR("root"),
                          .more = text_object(p->r->a, "path", p->path)};
    package.version = pt_go_flags_version(p->r->a, p->flags, package.name);
    bool is_told = pt_str_find(host, '.') < host.n && package.version.n;
    return is_told ? pt_package_add(p->r, &package, e) : PT_OK;
}

static pt_code put_main(program *p, pt_err *e) {
    pt_str version = p->main.version;
    if (!p->main.path.n)
        return put_path(p, e);
    if (!version.n || pt_str_eqz(version, "(devel)"))
        version = pt_go_flags_version(p->r->a, p->flags, p->main.path);
    if (!version.n)
        version = pt_go_pseudo_version(p->r->a, p->time, p->revision);
    pt_package package = {.name = p->main.path,
                          .version = version,
                          .relationship = PT_STR("root"),
                          .more = text_object(p->r->a, "revision", p->revision)};
    return pt_package_add(p->r, &package, e);
}

static pt_code put_toolchain(pt_read *r, pt_str version, pt_err *e) {
    pt_str plain = pt_go_toolchain_version(r->a, version);
    bool whole = plain.n && plain.n + 1 == version.n; // "go1.2" and "v1.2"
    pt_package package = {.name = PT_STR("stdlib"),
                          .version = plain,
                          .more = whole ? pt_undefined() : text_object(r->a, "toolchain", version)};
    return pt_package_add(r, &package, e);
}

pt_code pt_read_go_program(pt_read *r, pt_str text, pt_err *e) {
    pt_elf f;
    program p = {.r = r};
    pt_str version = {0};
    pt_str modules = {0};
    r->unit = "line";
    if (!pt_elf_open(&f, text))
        return PT_OK;
    if (!f.sections_n && pt_str_has(pt_str_sub(text, 0, PACKED_WITHIN), PT_STR("UPX!")))
        pt_fault_add(r, 0, "a program that UPX has packed: what is in it cannot be read");
    pt_str build = find_build(&f);
    if (!build.n)
        return PT_OK;
    if (!read_build(&f, build, &version, &modules)) {
        pt_fault_add(r, 0, "a program of Go whose modules cannot be found");
        return PT_OK;
    }
    pt_code code = put_toolchain(r, version, e);
    if (modules.n > (size_t)2 * MARK_BYTES && modules.p[modules.n - MARK_BYTES - 1] == '\n')
        modules = pt_str_sub(modules, MARK_BYTES, modules.n - MARK_BYTES);
    else
        modules.n = 0;
    pt_str line;
    while (!code && pt_line_next(&modules, &line))
        code = take_line(&p, line, e);
    if (!code)
        code = put_last(&p, e);
    return code ? code : put_main(&p, e);
}
