// composer.lock has "packages" and "packages-dev"; vendor/composer/installed.json is a list of the
// same (composer 1), or an object with "packages" and "dev-package-names" (composer 2). Names are
// without regard to case (getcomposer.org/doc/04-schema.md).
#include "collect/packages/lock/lock.h"
#include "collect/packages/php/php.h"

typedef struct composer {
    pt_lock lock;
    pt_value ids; // by name, in lower case
    const pt_json_lines *lines;
} composer;

static pt_value lower(const composer *c, pt_value name) {
    return pt_string(pt_arena_lower(c->lock.r->a, pt_text(name)));
}

static pt_str id_of(const composer *c, pt_value entry) {
    pt_str name = pt_text(pt_getz(entry, "name"));
    pt_str version = pt_text(pt_getz(entry, "version"));
    return pt_arena_printf(c->lock.r->a, "%.*s%s%.*s", PT_PRI(name), version.n ? "@" : "",
                           PT_PRI(version));
}

static bool index_names(composer *c, const pt_value *lists, size_t n) {
    pt_arena *a = c->lock.r->a;
    PT_VEC(pt_value) pairs = {0};
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < pt_len(lists[k]); i++) {
            pt_value entry = pt_at(lists[k], i);
            pt_value *name = PT_PUSH(a, &pairs);
            if (name)
                *name = lower(c, pt_getz(entry, "name"));
            pt_value *id = name ? PT_PUSH(a, &pairs) : NULL;
            if (!id)
                return false;
            *id = pt_string(id_of(c, entry));
        }
    c->ids = pt_object_of(a, pairs.v, pairs.n / 2, NULL);
    return pt_defined(c->ids);
}

// What `asked` names of what there is: not PHP itself, its extensions, or what others provide.
static pt_value ids_of(const composer *c, pt_value asked) {
    pt_list ids = {.a = c->lock.r->a};
    for (size_t i = 0; pt_tag_of(asked) == PT_OBJECT && i < pt_len(asked); i++) {
        pt_value id = pt_get_value(c->ids, lower(c, pt_key_at(asked, i)));
        if (pt_defined(id))
            pt_list_add(&ids, id);
    }
    return pt_list_end(&ids);
}

static pt_value licences_of(pt_arena *a, pt_value entry) {
    pt_value v = pt_getz(entry, "license");
    pt_list l = {.a = a};
    if (pt_text(v).n)
        pt_list_add(&l, v);
    for (size_t i = 0; pt_tag_of(v) == PT_ARRAY && i < pt_len(v); i++)
        if (pt_text(pt_at(v, i)).n)
            pt_list_add(&l, pt_at(v, i));
    return l.items.n ? pt_list_end(&l) : pt_undefined();
}

static pt_code put_entry(composer *c, pt_value entry, bool dev, pt_err *e) {
    pt_package p = {.name = pt_text(pt_getz(entry, "name")),
                    .version = pt_text(pt_getz(entry, "version")),
                    .dev = dev,
                    .licences = licences_of(c->lock.r->a, entry),
                    .depends = ids_of(c, pt_getz(entry, "require"))};
    pt_str sha1 = pt_text(pt_getz(pt_getz(entry, "dist"), "shasum"));
    if (sha1.n == 40)
        p.digest = pt_arena_printf(c->lock.r->a, "sha1:%.*s", PT_PRI(sha1));
    pt_json_lines_find(c->lines, entry, &p.line, &p.line_end);
    if (p.name.n && p.version.n)
        return pt_lock_put(&c->lock, &p, e);
    pt_fault_add(c->lock.r, p.line,
                 p.name.n ? "a package without a version" : "a package without a name");
    return PT_OK;
}

// Read the file; *ret undefined: it is nothing that can be read on.
static pt_code begin(composer *c, pt_str text, pt_value *ret, pt_err *e) {
    pt_code code = pt_read_json(c->lock.r, &text, ret, e);
    c->lock.dev_told = true;
    if (!code && pt_defined(*ret))
        c->lines = pt_json_lines_new(c->lock.r->a, text);
    return code;
}

static pt_code put_roots(composer *c, pt_err *e) {
    static const char *const asks[] = {"require", "require-dev"};
    pt_value project = pt_lock_beside(c->lock.r, PT_STR("composer.json"), true);
    pt_code code = PT_OK;
    c->lock.rooted = pt_tag_of(project) == PT_OBJECT;
    for (size_t k = 0; k < PT_COUNT(asks); k++) {
        pt_value ids = ids_of(c, pt_getz(project, asks[k]));
        for (size_t i = 0; !code && i < pt_len(ids); i++)
            code = pt_lock_root(&c->lock, pt_text(pt_at(ids, i)), k == 1, e);
    }
    return code;
}

pt_code pt_read_composer_lock(pt_read *r, pt_str text, pt_err *e) {
    composer c = {.lock = {.r = r}};
    pt_value doc;
    pt_code code = begin(&c, text, &doc, e);
    const pt_value lists[] = {pt_getz(doc, "packages"), pt_getz(doc, "packages-dev")};
    if (code || !pt_defined(doc))
        return code;
    if (!index_names(&c, lists, PT_COUNT(lists)))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t k = 0; k < PT_COUNT(lists); k++)
        for (size_t i = 0; !code && i < pt_len(lists[k]); i++)
            code = put_entry(&c, pt_at(lists[k], i), k == 1, e);
    if (!code)
        code = put_roots(&c, e);
    return code ? code : pt_lock_end(&c.lock, e);
}

pt_code pt_read_composer_installed(pt_read *r, pt_str text, pt_err *e) {
    composer c = {.lock = {.r = r}};
    pt_value doc;
    pt_code code = begin(&c, text, &doc, e);
    if (code || !pt_defined(doc))
        return code;
    pt_value list = pt_tag_of(doc) == PT_OBJECT ? pt_getz(doc, "packages") : doc;
    pt_value names = pt_getz(doc, "dev-package-names");
    pt_value dev = pt_set_of(r->a, pt_len(names) ? pt_vals(names) : NULL, pt_len(names));
    if (!pt_defined(dev) || !index_names(&c, &list, 1))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && i < pt_len(list); i++) {
        pt_value entry = pt_at(list, i);
        code = put_entry(&c, entry, pt_set_has(dev, pt_getz(entry, "name")), e);
    }
    return code ? code : pt_lock_end(&c.lock, e);
}
