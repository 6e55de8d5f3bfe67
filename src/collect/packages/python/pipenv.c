// Pipfile.lock: JSON with "default", "develop" and other groups, objects of names to
// {"version": "==1.2"}, or to where it is from: {"git": URL}, {"file": URL}, {"path": "."}.
#include "collect/packages/document.h"
#include "collect/packages/python/python.h"

// What it is told to be fetched from; empty: an index.
static pt_str from_of(pt_arena *a, pt_value v) {
    static const char *const places[] = {"git", "file", "path", "hg", "svn", "bzr"};
    pt_str from = {0};
    for (size_t i = 0; !from.n && i < PT_COUNT(places); i++)
        from = pt_text(pt_getz(v, places[i]));
    return pt_python_without_login(a, from);
}

static pt_code put_one(pt_read *r, const pt_json_lines *l, pt_value key, pt_value v, bool develop,
                       pt_err *e) {
    pt_str version = pt_text(pt_getz(v, "version"));
    pt_str from = from_of(r->a, v);
    pt_package p = {.name = pt_text(key), .dev = develop};
    pt_obj more = {.a = r->a};
    pt_python_requirement file;
    pt_json_put_member(l, key, &p);
    if (pt_str_starts(version, PT_STR("==")))
        p.version = pt_str_trim(
            pt_str_sub(version, pt_str_starts(version, PT_STR("===")) ? 3 : 2, version.n));
    else if (pt_python_archive(from, &file))
        p.version = file.version;
    if (!p.name.n || (!p.version.n && !from.n)) {
        pt_fault_add(r, p.line, "a package of no single version");
        return PT_OK;
    }
    if (from.n)
        pt_obj_set(&more, "from", pt_string(from));
    p.more = from.n ? pt_obj_end(&more) : pt_undefined();
    return pt_package_add(r, &p, e);
}

static bool is_first(pt_value document, pt_str group, pt_value name) {
    static const char *const before[] = {"default", "develop"};
    for (size_t i = 0; i < PT_COUNT(before) && !pt_str_eqz(group, before[i]); i++)
        if (pt_defined(pt_get_value(pt_getz(document, before[i]), name)))
            return false;
    return true;
}

// The packages of a group that no group before it has.
static pt_code put_group(pt_read *r, const pt_json_lines *l, pt_value document, pt_value group,
                         pt_err *e) {
    pt_value all = pt_get_value(document, group);
    bool develop = !pt_str_eqz(pt_text(group), "default");
    pt_code code = PT_OK;
    for (size_t i = 0; !code && pt_tag_of(all) == PT_OBJECT && i < pt_len(all); i++) {
        pt_value key = pt_key_at(all, i);
        if (is_first(document, pt_text(group), key))
            code = put_one(r, l, key, pt_val_at(all, i), develop, e);
    }
    return code;
}

pt_code pt_read_pipfile_lock(pt_read *r, pt_str text, pt_err *e) {
    pt_value v;
    pt_json_lines l = {0};
    pt_code code = pt_read_json(r, &text, &v, e);
    code = code ? code : pt_json_lines_of(r->a, text, &l, e);
    if (!code && pt_defined(v) && pt_tag_of(pt_getz(v, "default")) != PT_OBJECT)
        pt_fault_add(r, 1, "no object of packages");
    pt_format_check(r, pt_getz(pt_getz(v, "_meta"), "pipfile-spec"), 1, 6);
    for (size_t i = 0; !code && pt_tag_of(v) == PT_OBJECT && i < pt_len(v); i++)
        if (!pt_str_eqz(pt_text(pt_key_at(v, i)), "_meta"))
            code = put_group(r, &l, v, pt_key_at(v, i), e);
    return code;
}
