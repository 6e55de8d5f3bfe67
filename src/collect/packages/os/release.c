// What names a system that has no os-release (Red Hat 6, SUSE 11, old Debians, small images): a
// file with one line.
#include "collect/packages/os/os.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static pt_str first_line(pt_str text) {
    pt_str line = {0};
    return pt_line_next(&text, &line) ? pt_str_trim(line) : line;
}

static pt_code put_system(pt_read *r, const char *id, pt_str version, pt_str name, pt_err *e) {
    pt_obj o = {.a = r->a};
    if (!version.n)
        pt_fault_add(r, 1, "nothing that names a system and its version");
    if (version.n) {
        pt_obj_set(&o, "id", pt_stringz(id));
        pt_obj_set(&o, "version", pt_string(version));
    }
    if (version.n && name.n)
        pt_obj_set(&o, "name", pt_string(name));
    r->os = pt_obj_end(&o);
    return pt_defined(r->os) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_read_debian_version(pt_read *r, pt_str text, pt_err *e) {
    return put_system(r, "debian", first_line(text), (pt_str){0}, e);
}

pt_code pt_read_alpine_release(pt_read *r, pt_str text, pt_err *e) {
    return put_system(r, "alpine", first_line(text), (pt_str){0}, e);
}

// "CentOS Linux release 7.6.1810 (Core)", "VMware Photon Linux 1.0": the first number.
static pt_str version_in(pt_str line) {
    pt_str word;
    while (pt_str_word(&line, &word)) {
        size_t n = 0;
        while (n < word.n && (is_digit(word.p[n]) || word.p[n] == '.'))
            n++;
        if (n && is_digit(word.p[0]))
            return pt_str_sub(word, 0, n);
    }
    return (pt_str){0};
}

// "PATCHLEVEL = 3" of SuSE-release: the version is "11.3".
static pt_str with_patch_level(pt_arena *a, pt_str version, pt_str text) {
    pt_str line;
    while (pt_line_next(&text, &line)) {
        size_t equals = pt_str_find(line, '=');
        pt_str level = pt_str_trim(pt_str_sub(line, equals + 1, line.n));
        if (pt_str_eqz(pt_str_trim(pt_str_sub(line, 0, equals)), "PATCHLEVEL") && level.n &&
            !pt_str_eqz(level, "0") && version.n)
            return pt_arena_printf(a, "%.*s.%.*s", PT_PRI(version), PT_PRI(level));
    }
    return version;
}

pt_code pt_read_release(pt_read *r, pt_str text, pt_err *e) {
    static const struct {
        const char *begins, *id;
    } names[] = {{"CentOS", "centos"},
                 {"AlmaLinux", "almalinux"},
                 {"Rocky", "rocky"},
                 {"Oracle", "ol"},
                 {"Fedora", "fedora"},
                 {"Amazon", "amzn"},
                 {"SUSE Linux Enterprise", "sles"},
                 {"openSUSE", "opensuse"},
                 {"VMware Photon", "photon"},
                 {"CBL-Mariner", "mariner"},
                 {"Microsoft Azure Linux", "azurelinux"},
                 {"Azure Linux", "azurelinux"},
                 {"Scientific", "scientific"},
                 {"Red Hat", "rhel"}};
    pt_str line = first_line(text);
    const char *id = "rhel"; // what names itself in this way is a rebuild of it
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_starts(line, pt_str_of(names[i].begins))) {
            id = names[i].id;
            break;
        }
    return put_system(r, id, with_patch_level(r->a, version_in(line), text), line, e);
}
