// Pipfile.lock: JSON with "default" and "develop", both objects of names to {"version": "==1.2"}.
#include "collect/packages/document.h"
#include "collect/packages/python/python.h"

static pt_code put_one(pt_read *r, const pt_json_lines *l, pt_value key, pt_value v, bool develop,
                       pt_err *e) {
    pt_str version = pt_text(pt_getz(v, "version"));
    pt_package p = {.name = pt_text(key), .dev = develop};
    pt_json_put_member(l, key, &p);
    if (pt_str_starts(version, PT_STR("==")))
        p.version = pt_str_trim(pt_str_sub(version, 2, version.n));
    if (p.name.n && p.version.n)
        return pt_package_add(r, &p, e);
    pt_fault_add(r, p.line, "a package of no single version");
    return PT_OK;
}

pt_code pt_read_pipfile_lock(pt_read *r, pt_str text, pt_err *e) {
    static const char *const sections[] = {"default", "develop"};
    pt_value v;
    pt_json_lines l = {0};
    pt_code code = pt_read_json(r, &text, &v, e);
    code = code ? code : pt_json_lines_of(r->a, text, &l, e);
    if (!code && pt_defined(v) && pt_tag_of(pt_getz(v, "default")) != PT_OBJECT)
        pt_fault_add(r, 1, "no object of packages");
    pt_format_check(r, pt_getz(pt_getz(v, "_meta"), "pipfile-spec"), 1, 6);
    for (size_t s = 0; s < PT_COUNT(sections); s++) {
        pt_value all = pt_getz(v, sections[s]);
        for (size_t i = 0; !code && pt_tag_of(all) == PT_OBJECT && i < pt_len(all); i++) {
            pt_value key = pt_key_at(all, i);
            bool again = s > 0 && pt_defined(pt_get_value(pt_getz(v, sections[0]), key));
            if (!again)
                code = put_one(r, &l, key, pt_val_at(all, i), s > 0, e);
        }
    }
    return code;
}
