// Which package a program is of, as its builder wrote it into a note (systemd: "Package Metadata
// for Executable Files"): 0 bytes of the name u32 · 4 bytes of the content u32 · 8 type u32
// 0xcafe1a7e · 12 "FDO\0" · 16 JSON {"type", "name", "version", "architecture", "os", …}
#include "collect/packages/binary/binary.h"
#include "collect/packages/binary/elf.h"
#include "value/json.h"

enum {
    HEAD_BYTES = 12,
    NOTES_MAX = 64,
};
#define TYPE UINT32_C(0xcafe1a7e)

static size_t padded(uint64_t n) {
    return (size_t)((n + 3) & ~UINT64_C(3));
}

// Take the next note of a segment: its content, if it is ours.
static bool next_note(const pt_elf *f, pt_str *rest, pt_str *ret) {
    uint64_t name = pt_elf_number(f, *rest, 0, 4);
    uint64_t content = pt_elf_number(f, *rest, 4, 4);
    if (rest->n < HEAD_BYTES || padded(name) > rest->n - HEAD_BYTES ||
        content > rest->n - HEAD_BYTES - padded(name))
        return false;
    size_t at = HEAD_BYTES + padded(name);
    bool ours = pt_elf_number(f, *rest, 8, 4) == TYPE &&
                pt_str_starts(pt_str_sub(*rest, HEAD_BYTES, rest->n), PT_STR("FDO\0"));
    *ret = ours ? pt_str_sub(*rest, at, at + (size_t)content) : (pt_str){0};
    *rest = pt_str_sub(*rest, at + padded(content), rest->n);
    return true;
}

static pt_str find_note(const pt_elf *f) {
    pt_elf_part s;
    pt_str note = {0};
    for (uint32_t i = 0; !note.n && pt_elf_segment(f, i, &s); i++)
        for (unsigned n = 0; s.type == PT_ELF_NOTE && !note.n && n < NOTES_MAX; n++)
            if (!next_note(f, &s.bytes, &note))
                break;
    return pt_str_sub(note, 0, pt_str_find(note, '\0'));
}

pt_code pt_read_package_note(pt_read *r, pt_str text, pt_err *e) {
    pt_value v = pt_undefined();
    pt_elf f;
    pt_str note = pt_elf_open(&f, text) ? find_note(&f) : (pt_str){0};
    if (!note.n)
        return PT_OK;
    pt_code code = pt_json_parse(r->a, note, &(pt_json_opts){.depth_max = 8}, &v, NULL);
    if (code == PT_E_NOMEM)
        return pt_err_set(e, code, "out of memory");
    pt_package p = {.type = pt_text(pt_getz(v, "type")),
                    .name = pt_text(pt_getz(v, "name")),
                    .version = pt_text(pt_getz(v, "version")),
                    .architecture = pt_text(pt_getz(v, "architecture")),
                    .more = pt_undefined()};
    if (pt_text(pt_getz(v, "os")).n) {
        pt_obj o = {.a = r->a};
        pt_obj_set(&o, "os", pt_getz(v, "os"));
        pt_obj_maybe(&o, "os_version", pt_getz(v, "osVersion"));
        p.more = pt_obj_end(&o);
    }
    if (!code && p.name.n && p.version.n)
        return pt_package_add(r, &p, e);
    pt_fault_add(r, 0, "a note about its package without a name and version");
    return PT_OK;
}
