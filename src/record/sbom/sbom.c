#include "record/sbom/sbom.h"

#include <stdlib.h>

#include "crypto/crypto.h"
#include "fact/purl.h"
#include "record/sbom/impl.h"

bool pt_sbom_format_of(pt_str name, pt_sbom_format *ret) {
    static const char *const names[] = {
        [PT_SBOM_CYCLONEDX] = "cyclonedx",
        [PT_SBOM_SPDX] = "spdx",
    };
    static_assert(PT_COUNT(names) == PT_SBOM_FORMATS, "each format has a name");
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eqz(name, names[i])) {
            *ret = (pt_sbom_format)i;
            return true;
        }
    return false;
}

pt_str pt_sbom_text(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

int64_t pt_sbom_whole(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it has none
    return n;
}

void pt_sbom_put(pt_obj *o, const char *key, pt_str s) {
    pt_obj_maybe(o, key, s.n ? pt_string(s) : pt_undefined());
}

bool pt_sbom_hash_of(pt_str digest, pt_sbom_hash *ret) {
    static const struct {
        const char *name, *cyclonedx, *spdx;
        size_t digits;
    } known[] = {
        {"md5", "MD5", "MD5", 32},
        {"sha1", "SHA-1", "SHA1", 40},
        {"sha256", "SHA-256", "SHA256", 64},
        {"sha384", "SHA-384", "SHA384", 96},
        {"sha512", "SHA-512", "SHA512", 128},
    };
    size_t colon = pt_str_find(digest, ':');
    pt_str hex = pt_str_sub(digest, colon + 1, digest.n);
    for (size_t i = 0; i < hex.n; i++)
        if (!((hex.p[i] >= '0' && hex.p[i] <= '9') || (hex.p[i] >= 'a' && hex.p[i] <= 'f')))
            return false;
    for (size_t i = 0; i < PT_COUNT(known); i++)
        if (pt_str_eqz(pt_str_sub(digest, 0, colon), known[i].name) && hex.n == known[i].digits) {
            *ret = (pt_sbom_hash){known[i].cyclonedx, known[i].spdx, hex};
            return true;
        }
    return false;
}

static pt_str problem_text(pt_arena *a, pt_value problem) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_str path = pt_sbom_text(problem, "path");
    int64_t layer = pt_sbom_whole(problem, "layer");
    pt_buf_put(&b, pt_sbom_text(problem, "verdict"));
    pt_buf_putz(&b, ": ");
    pt_buf_put(&b, pt_sbom_text(problem, "what"));
    pt_buf_putz(&b, path.n || layer ? " (" : "");
    pt_buf_put(&b, path);
    if (layer)
        pt_buf_printf(&b, "%slayer %lld", path.n ? ", " : "", (long long)layer);
    pt_buf_putz(&b, path.n || layer ? ")" : "");
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_value problems_of(const pt_sbom *s) {
    pt_value list = pt_getz(s->doc, "problems");
    pt_list l = {.a = s->a};
    for (size_t i = 0; i < pt_len(list); i++)
        pt_list_add(&l, pt_string(problem_text(s->a, pt_at(list, i))));
    return pt_set_of(s->a, l.items.v, l.items.n);
}

// "paratia:" before the name.
static void tell_one(pt_arena *a, pt_str name, pt_str value, pt_sbom_tell *tell, void *to) {
    value = pt_str_sub(value, 0, pt_str_find(value, '\n'));
    pt_str whole = pt_arena_printf(a, "paratia:%.*s", PT_PRI(name));
    if (value.n && whole.n)
        tell(to, whole, value);
}

void pt_sbom_package_facts(pt_arena *a, pt_value package, pt_sbom_tell *tell, void *to) {
    pt_value owner = pt_getz(package, "owner");
    pt_value more = pt_getz(package, "more");
    pt_str name = pt_sbom_text(owner, "name");
    if (name.n)
        tell_one(a, PT_STR("owner"),
                 pt_arena_printf(a, "%.*s/%.*s", PT_PRI(pt_sbom_text(owner, "type")), PT_PRI(name)),
                 tell, to);
    tell_one(a, PT_STR("owner:content"), pt_sbom_text(owner, "content"), tell, to);
    for (size_t i = 0; pt_tag_of(more) == PT_OBJECT && i < pt_len(more); i++) {
        pt_str key = pt_arena_printf(a, "more:%.*s", PT_PRI(pt_text(pt_key_at(more, i))));
        if (pt_str_find(key, ' ') == key.n && pt_str_find(key, '\n') == key.n)
            tell_one(a, key, pt_text(pt_val_at(more, i)), tell, to);
    }
}

void pt_sbom_system_facts(pt_arena *a, pt_value os, pt_sbom_tell *tell, void *to) {
    static const char *const keys[] = {"id_like", "distribution", "codename"};
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        tell_one(a, pt_arena_printf(a, "os:%s", keys[i]), pt_sbom_text(os, keys[i]), tell, to);
}

pt_sbom_subject pt_sbom_subject_of(const pt_sbom *s) {
    pt_str kind = pt_sbom_text(s->doc, "kind");
    if (pt_str_eqz(kind, "root"))
        return PT_SBOM_SYSTEM;
    return pt_defined(s->image) ? PT_SBOM_IMAGE : PT_SBOM_SOURCES;
}

// -- the image ------------------------------------------------------------------------------------

// "ghcr.io/acme/shop:1@sha256:…" without its tag and digest; *ret_tag is the tag.
static pt_str repository_of(pt_str name, pt_str *ret_tag) {
    name = pt_str_sub(name, 0, pt_str_find(name, '@'));
    size_t slash = pt_str_rfind(name, '/');
    size_t colon = pt_str_rfind(name, ':');
    bool tagged = colon < name.n && (slash == name.n || colon > slash);
    *ret_tag = tagged ? pt_str_sub(name, colon + 1, name.n) : (pt_str){0};
    return tagged ? pt_str_sub(name, 0, colon) : name;
}

// Of the registry's digest only: that of a configuration names it nowhere.
static pt_str image_purl(pt_arena *a, pt_value image) {
    pt_str tag = {0};
    pt_str whole = repository_of(pt_text(pt_at(pt_getz(image, "names"), 0)), &tag);
    size_t slash = pt_str_rfind(whole, '/');
    pt_obj o = {.a = a};
    pt_sbom_put(&o, "arch", pt_sbom_text(image, "architecture"));
    pt_sbom_put(&o, "repository_url", slash < whole.n ? whole : (pt_str){0});
    pt_sbom_put(&o, "tag", tag);
    pt_purl p = {.type = PT_STR("oci"),
                 .name = slash < whole.n ? pt_str_sub(whole, slash + 1, whole.n) : whole,
                 .version = pt_sbom_text(image, "manifest"),
                 .qualifiers = pt_obj_end(&o)};
    return p.name.n && p.version.n ? pt_purl_text(a, &p) : (pt_str){0};
}

static void name_subject(pt_sbom *s, pt_str fallback) {
    pt_str digest = pt_sbom_text(s->image, "manifest");
    if (!digest.n)
        digest = pt_sbom_text(s->image, "config");
    s->name = pt_text(pt_at(pt_getz(s->image, "names"), 0));
    s->name = s->name.n ? s->name : pt_sbom_text(pt_getz(s->doc, "bill"), "name");
    s->name = s->name.n ? s->name : fallback.n ? fallback : PT_STR("unnamed");
    s->purl = image_purl(s->a, s->image);
    s->ref = pt_arena_printf(s->a, "subject:%.*s", PT_PRI(digest.n ? digest : s->name));
    s->os_ref = pt_arena_printf(s->a, "os:%.*s@%.*s", PT_PRI(pt_sbom_text(s->os, "id")),
                                PT_PRI(pt_sbom_text(s->os, "version")));
}

static void date(pt_sbom *s, int64_t seconds) {
    char out[PT_RFC3339_BYTES];
    pt_time_ns t = 0;
    if (seconds >= 0 && seconds < INT64_MAX / PT_SECOND_NS)
        t = seconds * PT_SECOND_NS;
    else if (!pt_time_parse(pt_sbom_text(s->image, "created"), &t) || t < 0)
        t = 0;
    s->time = pt_arena_str(s->a, pt_time_rfc3339(t, out));
}

// -- packages -------------------------------------------------------------------------------------

static bool of_system(pt_value package) {
    static const char *const types[] = {"deb", "apk", "rpm", "alpm", "opkg"};
    for (size_t i = 0; i < PT_COUNT(types); i++)
        if (pt_str_eqz(pt_sbom_text(package, "type"), types[i]))
            return true;
    return false;
}

// What it is called as long as it is the only one of this name: always a package URL's characters.
static pt_str base_ref(pt_arena *a, const pt_sbom_item *i) {
    pt_purl p = {.type = PT_STR("generic"),
                 .name = pt_sbom_text(i->package, "name"),
                 .version = pt_sbom_text(i->package, "version"),
                 .qualifiers = pt_undefined()};
    return i->purl.n ? i->purl : pt_purl_text(a, &p);
}

static int by_ref(const void *x, const void *y) {
    const pt_sbom_item *a = x;
    const pt_sbom_item *b = y;
    int d = pt_str_cmp(a->ref, b->ref);
    return d != 0 ? d : pt_cmp(a->package, b->package);
}

// The second of the same name in another place is "NAME|2": no package URL holds a bar.
static void tell_apart(pt_sbom *s) {
    size_t first = 0;
    for (size_t i = 1; i < s->n; i++) {
        if (pt_str_eq(s->items[i].ref, s->items[first].ref))
            s->items[i].ref =
                pt_arena_printf(s->a, "%.*s|%zu", PT_PRI(s->items[first].ref), i - first + 1);
        else
            first = i;
    }
}

static bool put_items(pt_sbom *s) {
    pt_value packages = pt_getz(s->doc, "packages");
    s->n = pt_len(packages);
    s->items = PT_NEW(s->a, pt_sbom_item, s->n);
    for (size_t i = 0; s->items && i < s->n; i++) {
        pt_sbom_item *it = &s->items[i];
        pt_str known = pt_sbom_text(pt_at(packages, i), "purl");
        it->package = pt_at(packages, i);
        it->needs = pt_undefined();
        it->of_system = of_system(it->package);
        it->purl = known.n ? known : pt_purl_of_package(s->a, it->package, s->os);
        it->ref = base_ref(s->a, it);
    }
    if (!s->items || s->a->full)
        return false;
    qsort(s->items, s->n, sizeof *s->items, by_ref);
    tell_apart(s);
    return !s->a->full;
}

// -- what needs what ------------------------------------------------------------------------------

// Ids are of one file; those of a bill that was read are of all of it.
static pt_str key_of(const pt_sbom *s, pt_value package, pt_str id) {
    bool bill = pt_defined(pt_getz(s->doc, "bill"));
    pt_str file = !bill ? pt_sbom_text(package, "file") : (pt_str){0};
    return pt_arena_printf(s->a, "%.*s%c%.*s", PT_PRI(file), '\0', PT_PRI(id));
}

static pt_str id_of(pt_arena *a, pt_value package) {
    pt_str id = pt_sbom_text(package, "id");
    if (id.n)
        return id;
    return pt_arena_printf(a, "%.*s@%.*s", PT_PRI(pt_sbom_text(package, "name")),
                           PT_PRI(pt_sbom_text(package, "version")));
}

static pt_value by_id(const pt_sbom *s) {
    pt_value *pairs = PT_NEW(s->a, pt_value, 2 * s->n);
    for (size_t i = 0; pairs && i < s->n; i++) {
        pt_value p = s->items[i].package;
        pairs[2 * i] = pt_string(key_of(s, p, id_of(s->a, p)));
        pairs[2 * i + 1] = pt_int((int64_t)i);
    }
    return pairs ? pt_object_of(s->a, pairs, s->n, NULL) : pt_undefined();
}

static bool put_needs(pt_sbom *s) {
    pt_value index = by_id(s);
    for (size_t i = 0; i < s->n; i++) {
        pt_value ids = pt_getz(s->items[i].package, "depends");
        pt_list l = {.a = s->a};
        for (size_t k = 0; k < pt_len(ids); k++) {
            pt_str key = key_of(s, s->items[i].package, pt_text(pt_at(ids, k)));
            pt_value at = pt_get(index, key);
            int64_t n = 0;
            if (!pt_to_int(at, &n) || (size_t)n == i)
                continue;
            pt_list_add(&l, at);
            s->items[n].needed = true;
        }
        pt_value list = pt_list_end(&l);
        if (pt_tag_of(ids) == PT_ARRAY && pt_len(list))
            s->items[i].needs = pt_set_of(s->a, pt_vals(list), pt_len(list));
        else if (pt_tag_of(ids) == PT_ARRAY)
            s->items[i].needs = list;
    }
    return pt_defined(index) && !s->a->full;
}

// -- the bill -------------------------------------------------------------------------------------

// An RFC 9562 version 8 UUID of what the bill says and of who wrote it.
static bool put_uuid(pt_sbom *s) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64);
    pt_sha256_run *run = pt_sha256_begin();
    if (!run)
        return false;
    pt_sha256_add(run, PT_STR(PT_VERSION "\n"));
    pt_sha256_add(run, s->ref);
    for (size_t i = 0; i < s->n; i++) {
        pt_sha256_add(run, PT_STR("\n"));
        pt_sha256_add(run, s->items[i].ref);
    }
    for (size_t i = 0; i < pt_len(s->problems); i++)
        pt_sha256_add(run, pt_text(pt_at(s->problems, i)));
    pt_hash256 h = pt_sha256_end(run);
    h.b[6] = (uint8_t)(0x80 | (h.b[6] & 0x0f));
    h.b[8] = (uint8_t)(0x80 | (h.b[8] & 0x3f));
    for (size_t i = 0; i < 16; i++)
        pt_buf_printf(&b, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", h.b[i]);
    s->uuid = pt_arena_str(s->a, pt_buf_str(&b));
    return true;
}

pt_code pt_sbom_make(pt_arena *a, pt_value doc, const pt_sbom_ask *ask, pt_value *ret, pt_err *e) {
    pt_sbom s = {.a = a, .doc = doc, .image = pt_getz(doc, "image"), .os = pt_getz(doc, "os")};
    s.problems = problems_of(&s);
    name_subject(&s, ask->name);
    date(&s, ask->seconds);
    bool made = pt_defined(s.problems) && put_items(&s) && put_needs(&s) && put_uuid(&s);
    pt_value bill = !made                              ? pt_undefined()
                    : ask->format == PT_SBOM_CYCLONEDX ? pt_sbom_cyclonedx(&s)
                                                       : pt_sbom_spdx(&s);
    if (!pt_defined(bill))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = bill;
    return PT_OK;
}
