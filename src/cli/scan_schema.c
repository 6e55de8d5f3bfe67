#include "cli/scan_schema.h"

#include "cli/verb.h"
#include "value/json.h"

enum {
    NAMES_MAX = 200, // of one object
};

// Made when the rules have been asked: none of them sees it.
static bool is_later(pt_str member) {
    return pt_str_eqz(member, "policy") || pt_str_eqz(member, "against");
}

static void add(pt_list *pairs, pt_value of, size_t i) {
    pt_list_add(pairs, pt_key_at(of, i));
    pt_list_add(pairs, pt_val_at(of, i));
}

// The members of `more` in place of those of `of` that are called the same.
static pt_value over(pt_arena *a, pt_value of, pt_value more) {
    pt_list pairs = {.a = a};
    for (size_t i = 0; i < pt_len(of); i++) {
        pt_str key = pt_text(pt_key_at(of, i));
        if (!is_later(key) && !pt_defined(pt_get(more, key)))
            add(&pairs, of, i);
    }
    for (size_t i = 0; i < pt_len(more); i++)
        add(&pairs, more, i);
    return pairs.full ? pt_undefined() : pt_object_of(a, pairs.items.v, pairs.items.n / 2, NULL);
}

pt_code pt_scan_schema(pt_arena *a, pt_value *ret, pt_err *e) {
    static const char *const joined[] = {"properties", "definitions"};
    pt_value document;
    pt_value flaws;
    pt_obj o = {.a = a};
    pt_code code = pt_json_parse(a, pt_scan_schema_document, NULL, &document, e);
    if (!code)
        code = pt_json_parse(a, pt_scan_schema_vulnerabilities, NULL, &flaws, e);
    if (code)
        return code;
    pt_obj_set(&o, "type", pt_stringz("object"));
    for (size_t i = 0; i < PT_COUNT(joined); i++)
        pt_obj_set(&o, joined[i], over(a, pt_getz(document, joined[i]), pt_getz(flaws, joined[i])));
    *ret = pt_obj_end(&o);
    return pt_defined(*ret) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_value pt_scan_document(pt_value written) {
    const pt_value of[] = {written, pt_getz(written, "scan")};
    for (size_t i = 0; i < PT_COUNT(of); i++)
        if (pt_str_eqz(pt_text(pt_getz(of[i], "format")), "paratia-scan/1"))
            return of[i];
    return pt_undefined();
}

// What stands behind `word` in its line, one of `details`; empty: nothing does.
static pt_str behind(pt_str details, const char *word) {
    pt_str line;
    while (pt_str_split(&details, '\n', &line)) {
        line = pt_str_trim(line);
        if (pt_str_starts(line, pt_str_of(word)))
            return pt_str_sub(line, pt_str_of(word).n, line.n);
    }
    return (pt_str){0};
}

// have: "pakages"
// want (one of): ["image" "packages" …]
pt_str pt_scan_schema_nearest(pt_arena *a, pt_str details) {
    const char *names[NAMES_MAX];
    size_t n = 0;
    pt_str have = behind(details, "have: ");
    pt_str want = behind(details, "want (one of): [");
    pt_str one;
    while (n < NAMES_MAX && pt_str_split(&want, ' ', &one)) {
        pt_str name = pt_str_sub(one, 1, pt_str_find(pt_str_sub(one, 1, one.n), '"') + 1);
        names[n] = pt_arena_str(a, name).p;
        n += names[n] != NULL;
    }
    const char *near = have.n > 2 ? pt_nearest(pt_str_sub(have, 1, have.n - 1), names, n) : NULL;
    return pt_str_of(near);
}
