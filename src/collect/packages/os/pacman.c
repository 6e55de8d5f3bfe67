// A package of pacman's local database, NAME-VERSION/desc (libalpm: be_local.c): "%KEY%", then its
// values, a line each, to an empty line. Beside it `files` has "%FILES%" and their paths.
#include "collect/packages/os/os.h"

typedef struct desc {
    pt_package p;
    pt_list licences;
} desc;

static void put_value(desc *d, pt_str key, pt_str value) {
    const struct {
        const char *key;
        pt_str *to;
    } texts[] = {{"%NAME%", &d->p.name},
                 {"%VERSION%", &d->p.version},
                 {"%BASE%", &d->p.source},
                 {"%ARCH%", &d->p.architecture}};
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        if (pt_str_eqz(key, texts[i].key))
            *texts[i].to = value;
    if (pt_str_eqz(key, "%LICENSE%"))
        pt_list_add(&d->licences, pt_string(value));
}

static pt_code put_files(pt_read *r, pt_str package, pt_err *e) {
    pt_code code = PT_OK;
    pt_str text = r->beside ? r->beside(r, PT_STR("files")) : (pt_str){0};
    bool inside = false;
    pt_str line;
    while (!code && pt_line_next(&text, &line)) {
        if (!line.n || line.p[0] == '%')
            inside = pt_str_eqz(line, "%FILES%");
        else if (inside)
            code = pt_owns(r, package, (pt_str){0}, line, e);
    }
    return code;
}

pt_code pt_read_pacman(pt_read *r, pt_str text, pt_err *e) {
    desc d = {.licences = {.a = r->a}};
    pt_str key = {0};
    pt_str line;
    while (pt_line_next(&text, &line)) {
        line = pt_str_trim(line);
        if (!line.n || !key.n)
            key = line;
        else
            put_value(&d, key, line);
    }
    if (!d.p.name.n || !d.p.version.n) {
        pt_fault_add(r, 1, d.p.name.n ? "a package without a version" : "a package without a name");
        return PT_OK;
    }
    if (!d.p.source.n)
        d.p.source = d.p.name;
    d.p.source_version = d.p.version;
    d.p.licences = d.licences.items.n ? pt_list_end(&d.licences) : pt_undefined();
    pt_code code = pt_package_add(r, &d.p, e);
    return code ? code : put_files(r, d.p.name, e);
}
