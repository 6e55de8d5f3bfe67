// apk-tools' installed database (v2): stanzas of "X:value", the letter's case matters. P name,
// V version, A architecture, o origin (the source package), F a folder, R a file in it.
#include "collect/packages/os/os.h"

static pt_code put_stanza(pt_read *r, pt_package p, uint32_t from, pt_err *e) {
    if (!from)
        return PT_OK;
    if (!p.name.n || !p.version.n) {
        pt_fault_add(r, from,
                     p.name.n ? "a package without a version" : "a package without a name");
        return PT_OK;
    }
    if (!p.source.n)
        p.source = p.name;
    p.source_version = p.version;
    return pt_package_add(r, &p, e);
}

static void put_field(pt_package *p, char key, pt_str value) {
    switch (key) {
    case 'P':
        p->name = value;
        break;
    case 'V':
        p->version = value;
        break;
    case 'A':
        p->architecture = value;
        break;
    case 'o':
        p->source = value;
        break;
    default: // checksum, size, dependencies, …
        break;
    }
}

// A file, which stands behind its folder and its package's name.
static pt_code put_file(pt_read *r, const pt_package *p, char key, pt_str value, pt_str *folder,
                        pt_err *e) {
    if (key == 'F')
        *folder = value;
    return key == 'R' && p->name.n ? pt_owns(r, p->name, *folder, value, e) : PT_OK;
}

pt_code pt_read_apk(pt_read *r, pt_str text, pt_err *e) {
    pt_code code = PT_OK;
    pt_package p = {0};
    pt_str folder = {0};
    uint32_t from = 0; // the stanza's first line
    pt_str line;
    for (uint32_t n = 1; !code && pt_line_next(&text, &line); n++) {
        if (!line.n) {
            code = put_stanza(r, p, from, e);
            p = (pt_package){0};
            from = 0;
        } else if (line.n >= 2 && line.p[1] == ':') {
            from = from ? from : n;
            put_field(&p, line.p[0], pt_str_sub(line, 2, line.n));
            code = put_file(r, &p, line.p[0], pt_str_sub(line, 2, line.n), &folder, e);
        } else
            pt_fault_add(r, n, "not a letter and its value");
    }
    return code ? code : put_stanza(r, p, from, e);
}
