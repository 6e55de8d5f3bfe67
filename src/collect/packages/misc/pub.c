// pubspec.lock (dart.dev/tools/pub/glossary#lockfile): names to {dependency, description, version}.
// "direct dev" says that the project asks for it itself to develop; something that it runs with may
// need it as well, so that nothing is said to be for development only.
#include <string.h>

#include "collect/packages/document.h"
#include "collect/packages/ids.h"
#include "collect/packages/misc/misc.h"
#include "value/path.h"
#include "value/yaml.h"

static uint32_t line_of(const pt_yaml_places *places, pt_str name) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    uint32_t line = 0;
    uint32_t column = 0;
    pt_path_key(&b, PT_STR("packages"));
    pt_path_key(&b, name);
    if (places && !b.full)
        pt_yaml_places_find(places, pt_buf_str(&b), &line, &column);
    return line;
}

// The lowest version of "^3.3.0", ">=2.18.0 <3.0.0", "3.0.0"; empty: there is none.
static pt_str lowest_of(pt_str range) {
    static const char *const before[] = {"^", ">="};
    for (size_t i = 0; i < PT_COUNT(before); i++)
        if (pt_str_starts(range, pt_str_of(before[i])))
            range = pt_str_sub(range, strlen(before[i]), range.n);
    range = pt_str_sub(range, 0, pt_str_find(range, ' '));
    return range.n && range.p[0] >= '0' && range.p[0] <= '9' ? range : (pt_str){0};
}

// A package of an SDK has the SDK's version, of which the lock file only says the range: its own is
// "0.0.0".
static pt_value sdk_of(pt_read *r, pt_value v, pt_value sdks) {
    pt_obj o = {.a = r->a};
    pt_str sdk = pt_text(pt_getz(v, "description"));
    pt_str lowest = lowest_of(pt_text(pt_get(sdks, sdk)));
    if (!pt_str_eqz(pt_text(pt_getz(v, "source")), "sdk") || !sdk.n)
        return pt_undefined();
    pt_obj_set(&o, "sdk", pt_string(sdk));
    if (lowest.n)
        pt_obj_set(&o, "version_min", pt_string(lowest));
    return pt_obj_end(&o);
}

// Where pub keeps what it fetched, if that is in the project (PUB_CACHE), each package says what it
// needs: ".pub-cache/hosted/pub.dev/NAME-VERSION/pubspec.yaml".
static pt_str cached(const pt_read *r, pt_str name, pt_value v) {
    pt_str host = pt_text(pt_getz(pt_getz(v, "description"), "url"));
    size_t scheme = pt_str_find_str(host, PT_STR("://"));
    host = pt_str_sub(host, scheme + 3, host.n);
    host = pt_str_sub(host, 0, pt_str_find(host, '/'));
    pt_str version = pt_text(pt_getz(v, "version"));
    bool hosted = pt_str_eqz(pt_text(pt_getz(v, "source")), "hosted");
    bool plain = pt_str_find(name, '/') == name.n && pt_str_find(version, '/') == version.n;
    if (!r->beside || !host.n || !hosted || !plain) // "a/../b" would read one file many times
        return (pt_str){0};
    return r->beside(r, pt_arena_printf(r->a, ".pub-cache/hosted/%.*s/%.*s-%.*s/pubspec.yaml",
                                        PT_PRI(host), PT_PRI(name), PT_PRI(version)));
}

// The ids of what a package needs, as far as the lock file has it. Undefined: it is not known.
static pt_value needs_of(pt_read *r, pt_str name, pt_value v, pt_value all) {
    PT_AUTO(pt_arena_done) pt_arena own = {0};
    pt_read in = {.a = &own,
                  .faults = {.a = &own}}; // what is wrong with it is not the lock's fault
    pt_str text = cached(r, name, v);
    pt_list ids = {.a = r->a};
    pt_value spec = pt_undefined();
    pt_yaml_places *places = NULL;
    if (!text.n || pt_document_yaml(&in, text, &spec, &places, NULL))
        return pt_undefined();
    pt_value needs = pt_getz(spec, "dependencies");
    for (size_t i = 0; pt_tag_of(needs) == PT_OBJECT && i < pt_len(needs); i++) {
        pt_str needed = pt_text(pt_key_at(needs, i));
        pt_str version = pt_text(pt_getz(pt_get(all, needed), "version"));
        if (version.n)
            pt_list_add(&ids, pt_string(pt_arena_printf(r->a, "%.*s@%.*s", PT_PRI(needed),
                                                        PT_PRI(version))));
    }
    pt_yaml_places_free(places);
    return pt_ids_sorted(&ids);
}

static pt_code put(pt_read *r, pt_str name, pt_value doc, uint32_t line, pt_err *e) {
    pt_value all = pt_getz(doc, "packages");
    pt_value v = pt_get(all, name);
    pt_str asked = pt_text(pt_getz(v, "dependency"));
    pt_str sha256 = pt_text(pt_getz(pt_getz(v, "description"), "sha256"));
    pt_package p = {.name = name,
                    .version = pt_text(pt_getz(v, "version")),
                    .more = sdk_of(r, v, pt_getz(doc, "sdks")),
                    .line = line};
    if (pt_str_starts(asked, PT_STR("direct")))
        p.relationship = PT_STR("direct");
    else if (pt_str_eqz(asked, "transitive"))
        p.relationship = PT_STR("indirect");
    if (sha256.n)
        p.digest = pt_arena_printf(r->a, "sha256:%.*s", PT_PRI(sha256));
    if (p.name.n && p.version.n) {
        p.depends = needs_of(r, name, v, all);
        return pt_package_add(r, &p, e);
    }
    pt_fault_add(r, line, p.name.n ? "a package without a version" : "a package without a name");
    return PT_OK;
}

pt_code pt_read_pub_lock(pt_read *r, pt_str text, pt_err *e) {
    pt_value v;
    pt_yaml_places *places;
    pt_code code = pt_document_yaml(r, text, &v, &places, e);
    pt_value all = pt_getz(v, "packages");
    if (!code && pt_defined(v) && pt_tag_of(all) != PT_OBJECT && pt_tag_of(all) != PT_NULL)
        pt_fault_add(r, 1, "no packages");
    for (size_t i = 0; !code && pt_tag_of(all) == PT_OBJECT && i < pt_len(all); i++) {
        pt_str name = pt_text(pt_key_at(all, i));
        code = put(r, name, v, line_of(places, name), e);
    }
    pt_yaml_places_free(places);
    return code;
}
