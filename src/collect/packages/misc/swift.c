// Package.resolved of the Swift package manager: "pins", in version 1 within "object". A package is
// named by the place of its repository.
#include "collect/packages/document.h"
#include "collect/packages/misc/misc.h"

// "https://github.com/a/b.git" and "git@github.com:a/b.git" are "github.com/a/b".
static pt_str name_of(pt_arena *a, pt_str place) {
    size_t scheme = pt_str_find_str(place, PT_STR("://"));
    bool url = scheme < place.n;
    pt_str s = pt_str_sub(place, url ? scheme + 3 : 0, place.n);
    size_t slash = pt_str_find(s, '/');
    size_t at = pt_str_find(s, '@');
    s = pt_str_sub(s, at < slash ? at + 1 : 0, s.n);
    if (pt_str_ends(s, PT_STR(".git")))
        s = pt_str_sub(s, 0, s.n - 4);
    size_t colon = pt_str_find(s, ':');
    if (url || colon == s.n)
        return s;
    return pt_arena_printf(a, "%.*s/%.*s", PT_PRI(pt_str_sub(s, 0, colon)),
                           PT_PRI(pt_str_sub(s, colon + 1, s.n)));
}

static pt_str first_of(pt_value v, const char *const *keys) {
    pt_str s = {0};
    for (; *keys && !s.n; keys++)
        s = pt_text(pt_getz(v, *keys));
    return s;
}

static pt_code put_pin(pt_read *r, pt_value pin, pt_package *p, pt_err *e) {
    static const char *const places[] = {"repositoryURL", "location", "identity", NULL};
    static const char *const versions[] = {"version", "branch", "revision", NULL};
    p->name = name_of(r->a, first_of(pin, places));
    p->version = first_of(pt_getz(pin, "state"), versions);
    if (p->name.n && p->version.n)
        return pt_package_add(r, p, e);
    pt_fault_add(r, p->line, p->name.n ? "a pin without a version" : "a pin without a place");
    return PT_OK;
}

// Where the array of pins is; false: there is none whose place is known.
static bool span_of(const pt_json_lines *l, pt_value around, pt_json_span *ret) {
    for (size_t i = 0; pt_tag_of(around) == PT_OBJECT && i < pt_len(around); i++)
        if (pt_str_eqz(pt_text(pt_key_at(around, i)), "pins"))
            return pt_json_member(l, pt_key_at(around, i), ret);
    return false;
}

pt_code pt_read_swift_resolved(pt_read *r, pt_str text, pt_err *e) {
    pt_value v;
    pt_json_lines l = {0};
    pt_json_span rest = {0};
    pt_code code = pt_read_json(r, &text, &v, e);
    code = code ? code : pt_json_lines_of(r->a, text, &l, e);
    pt_value around = pt_defined(pt_getz(v, "object")) ? pt_getz(v, "object") : v;
    pt_value pins = pt_getz(around, "pins");
    bool placed = span_of(&l, around, &rest);
    if (!code && pt_defined(v) && pt_tag_of(pins) != PT_ARRAY && pt_tag_of(pins) != PT_NULL)
        pt_fault_add(r, 1, "no pins");
    pt_format_check(r, pt_getz(v, "version"), 1, 3);
    for (size_t i = 0; !code && i < pt_len(pins); i++) {
        pt_package p = {0};
        pt_json_span item;
        if (placed && pt_json_item(&l, &rest, &item))
            pt_json_put_lines(&l, item, &p);
        code = put_pin(r, pt_at(pins, i), &p, e);
    }
    return code;
}
