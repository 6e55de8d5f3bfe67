#include "collect/image/choose.h"

#include <string.h>

#include "collect/image/digest.h"
#include "collect/image/jobs.h"
#include "collect/image/limits.h"
#include "collect/image/platform.h"

typedef struct chooser {
    const pt_source *s;
    const pt_asker *by;
    const pt_image_ask *ask;
    pt_chosen *c;
    unsigned documents;     // read until now
    bool named;             // ask->name has led here: it chooses among images no more
    bool loaded_otherwise;  // an index beside what was chosen: what is not there is nobody's
    PT_VEC(pt_value) found; // candidates: descriptors of an index, or images of manifest.json
} chooser;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static void against(chooser *c, pt_str what, pt_str path) {
    pt_obj o = {.a = c->s->a};
    pt_obj_set(&o, "what", pt_string(what));
    pt_obj_set(&o, "path", pt_string(path));
    pt_list_add(&c->c->against, pt_obj_end(&o));
}

static void look_for_twice(chooser *c, pt_value doc, pt_str name) {
    pt_str key = text_of(doc, "twice");
    if (pt_defined(pt_getz(doc, "twice")))
        against(c,
                pt_arena_printf(c->s->a,
                                "It contradicts itself: the key \"%.*s\" comes twice, letters' "
                                "case aside",
                                PT_PRI(pt_str_sub(key, 0, 80))),
                name);
}

// The document that stands at `name`; its digest must be `digest` unless that is empty.
static pt_code read_document(chooser *c, pt_str name, pt_str digest, const char *kind,
                             pt_value *ret, pt_err *e) {
    pt_part p = {.fd = -1};
    if (++c->documents > PT_DOCUMENTS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u indexes and manifests", PT_DOCUMENTS_MAX);
    pt_code code = pt_source_find(c->s, name, &p, e);
    if (code)
        return code;
    code = pt_ask_file(c->by, &(pt_question){.kind = PT_JOB_DOCUMENT, .words = {digest}}, &p,
                       c->s->a, ret, e);
    if (!code && kind && !pt_str_eqz(text_of(*ret, "kind"), kind))
        code = pt_err_set(e, PT_E_FORMAT, "it should be the %s of an image, and is none", kind);
    pt_part_done(c->s, &p);
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(name));
    else
        look_for_twice(c, *ret, name);
    return code;
}

static pt_code blob_name(const chooser *c, pt_str digest, pt_str *ret, pt_err *e) {
    if (!pt_digest_is(digest))
        return pt_err_set(e, PT_E_UNSUPPORTED, "a digest that is not of SHA-256: \"%.*s\"",
                          PT_PRI(pt_str_sub(digest, 0, 80)));
    pt_str hex = pt_str_sub(digest, 7, digest.n);
    *ret = pt_arena_printf(c->s->a, "blobs/sha256/%.*s", PT_PRI(hex));
    return ret->p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code read_blob(chooser *c, pt_str digest, const char *kind, pt_value *ret, pt_err *e) {
    pt_str name = {0};
    pt_code code = blob_name(c, digest, &name, e);
    return code ? code : read_document(c, name, digest, kind, ret, e);
}

// -- which one ------------------------------------------------------------------------------------

// A name without a tag means :latest; docker.io/library/ may be left out.
static bool is_name(pt_str have, pt_str want) {
    static const char *const hidden[] = {"docker.io/library/", "docker.io/"};
    for (size_t i = 0; i < PT_COUNT(hidden); i++)
        if (pt_str_starts(have, pt_str_of(hidden[i])) &&
            !pt_str_starts(want, pt_str_of("docker.io/")))
            have = pt_str_sub(have, strlen(hidden[i]), have.n);
    pt_str rest = pt_str_starts(have, want) ? pt_str_sub(have, want.n, have.n) : PT_STR("-");
    return !rest.n || pt_str_eqz(rest, ":latest");
}

static bool is_called(pt_value d, pt_str want) {
    pt_value names = pt_getz(d, "names");
    bool called = pt_str_eq(text_of(d, "digest"), want) || is_name(text_of(d, "name"), want);
    for (size_t i = 0; !called && i < pt_len(names); i++)
        called = is_name(pt_text(pt_at(names, i)), want);
    return called;
}

// Keep the candidates that fit.
static void keep(chooser *c, bool (*fits)(pt_value d, pt_str want), pt_str want) {
    size_t n = 0;
    for (size_t i = 0; i < c->found.n; i++)
        if (fits(c->found.v[i], want))
            c->found.v[n++] = c->found.v[i];
    c->found.n = n;
}

static bool any_fits(const chooser *c, bool (*fits)(pt_value d, pt_str want), pt_str want) {
    for (size_t i = 0; i < c->found.n; i++)
        if (fits(c->found.v[i], want))
            return true;
    return false;
}

static void keep_platform(chooser *c, pt_str want) {
    c->found.n = pt_platform_keep(c->found.v, c->found.n, NULL, want);
}

static void put_choice(pt_buf *b, pt_value d) {
    pt_value names = pt_getz(d, "names");
    pt_str name = pt_len(names) ? pt_text(pt_at(names, 0)) : text_of(d, "name");
    pt_buf_putz(b, b->n ? ", " : "");
    pt_buf_put_safe(b, name.n ? name : text_of(d, "digest"));
    if (text_of(d, "os").n)
        pt_buf_printf(b, " (%.*s/%.*s)", PT_PRI(text_of(d, "os")),
                      PT_PRI(text_of(d, "architecture")));
}

// Exactly one must be left: which is never guessed.
static pt_code only_one(const chooser *c, size_t before, const pt_value *all, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(180);
    if (c->found.n == 1)
        return PT_OK;
    for (size_t i = 0; i < before && i < 6; i++)
        put_choice(&b, all[i]);
    pt_code code = c->found.n
                       ? pt_err_set(e, PT_E_USAGE, "it holds %zu images that fit", c->found.n)
                       : pt_err_set(e, PT_E_USAGE, "no image in it fits");
    if (!before)
        code = pt_err_set(e, PT_E_FORMAT, "there is no image in it");
    else
        pt_err_remedy(e, "--image NAME or --platform OS/ARCH; there are: %.*s",
                      PT_PRI(pt_buf_str(&b)));
    return code;
}

static pt_code narrow(chooser *c, pt_err *e) {
    size_t before = c->found.n;
    pt_str own = pt_platform_own(c->s->a);
    pt_value *all = pt_arena_take(c->s->a, (before + 1) * sizeof *all);
    if (!all)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (before)
        memcpy(all, c->found.v, before * sizeof *all);
    if (c->ask->name && !c->named)
        keep(c, is_called, pt_str_of(c->ask->name));
    if (c->ask->platform)
        keep_platform(c, pt_str_of(c->ask->platform));
    else if (c->found.n > 1 && any_fits(c, pt_platform_is, own))
        keep_platform(c, own);
    return only_one(c, before, all, e);
}

// -- manifest.json of docker save -----------------------------------------------------------------

// "HEX.json" or "blobs/sha256/HEX": what a name says of its content. Empty: nothing.
static pt_str digest_in(pt_arena *a, pt_str name) {
    size_t cut = pt_str_rfind(name, '/');
    pt_str hex = cut < name.n ? pt_str_sub(name, cut + 1, name.n) : name;
    if (pt_str_ends(hex, PT_STR(".json")) || pt_str_ends(hex, PT_STR(".tar")))
        hex = pt_str_sub(hex, 0, pt_str_rfind(hex, '.'));
    pt_str digest = pt_arena_printf(a, "sha256:%.*s", PT_PRI(hex));
    if (!pt_digest_is(digest))
        digest.n = 0;
    return digest;
}

static pt_code add_layer(chooser *c, pt_chosen_layer layer, pt_err *e) {
    if (c->c->layers.n == PT_LAYERS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u layers", PT_LAYERS_MAX);
    pt_chosen_layer *l = PT_PUSH(c->s->a, &c->c->layers);
    if (!l)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *l = layer;
    return PT_OK;
}

static pt_code from_archive(chooser *c, pt_value doc, pt_err *e) {
    pt_value images = pt_getz(doc, "images");
    for (size_t i = 0; i < pt_len(images); i++) {
        pt_value *v = PT_PUSH(c->s->a, &c->found);
        if (!v)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        *v = pt_at(images, i);
    }
    pt_code code = narrow(c, e);
    if (code)
        return code;
    pt_assert(c->found.v && c->found.n == 1);
    pt_value one = c->found.v[0];
    pt_str config = text_of(one, "config");
    c->c->names = pt_getz(one, "names");
    code = read_document(c, config, digest_in(c->s->a, config), "config", &c->c->settings, e);
    if (!code)
        c->c->config = text_of(c->c->settings, "digest");
    pt_value layers = pt_getz(one, "layers");
    for (size_t i = 0; !code && i < pt_len(layers); i++) {
        pt_str name = pt_text(pt_at(layers, i));
        code =
            add_layer(c, (pt_chosen_layer){.member = name, .digest = digest_in(c->s->a, name)}, e);
    }
    return code;
}

// -- index.json -----------------------------------------------------------------------------------

static bool is_index(pt_value d) {
    pt_str type = text_of(d, "type");
    return pt_str_has(type, PT_STR(".index.")) || pt_str_has(type, PT_STR(".manifest.list."));
}

// The images of an index, those of indexes in it too. (Recursion: PT_INDEX_DEPTH_MAX.)
// NOLINTNEXTLINE(misc-no-recursion)
static pt_code collect(chooser *c, pt_value index, pt_str name, unsigned depth, pt_err *e) {
    pt_value list = pt_getz(index, "manifests");
    if (depth > PT_INDEX_DEPTH_MAX)
        return pt_err_set(e, PT_E_LIMIT, "indexes within indexes, more than %u",
                          PT_INDEX_DEPTH_MAX);
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_value d = pt_at(list, i);
        pt_value inner = pt_undefined();
        // What an index calls its parts is its maker's word; who listed the index said more.
        pt_str own = name.n ? name : text_of(d, "name");
        if (pt_true(pt_getz(d, "attests")))
            continue; // a bill of materials or where it came from: no image
        if (is_index(d)) {
            pt_code code = read_blob(c, text_of(d, "digest"), "index", &inner, e);
            if (code == PT_E_ABSENT && c->loaded_otherwise) {
                *e = (pt_err){0};
                continue;
            }
            if (!code)
                code = collect(c, inner, own, depth + 1, e);
            if (code)
                return code;
            continue;
        }
        pt_obj o = {.a = c->s->a};
        static const char *const keys[] = {"digest", "os", "architecture", "variant"};
        for (size_t k = 0; k < PT_COUNT(keys); k++)
            pt_obj_maybe(&o, keys[k], pt_getz(d, keys[k]));
        pt_obj_set(&o, "name", pt_string(own));
        pt_value *v = c->found.n < PT_LAYERS_MAX ? PT_PUSH(c->s->a, &c->found) : NULL;
        if (!v)
            return pt_err_set(e, PT_E_LIMIT, "too many images in it");
        *v = pt_obj_end(&o);
    }
    return PT_OK;
}

static pt_code from_manifest(chooser *c, pt_err *e) {
    pt_assert(c->found.v && c->found.n == 1);
    pt_value one = c->found.v[0];
    pt_value doc = pt_undefined();
    c->c->manifest = text_of(one, "digest");
    pt_value name = pt_getz(one, "name");
    c->c->names = pt_array_of(c->s->a, &name, pt_text(name).n ? 1 : 0);
    pt_code code = read_blob(c, c->c->manifest, "manifest", &doc, e);
    if (!code)
        c->c->config = text_of(pt_getz(doc, "config"), "digest");
    if (!code)
        code = read_blob(c, c->c->config, "config", &c->c->settings, e);
    pt_value layers = pt_getz(doc, "layers");
    for (size_t i = 0; !code && i < pt_len(layers); i++) {
        pt_value d = pt_at(layers, i);
        pt_chosen_layer l = {.digest = text_of(d, "digest"),
                             .foreign = pt_true(pt_getz(d, "foreign"))};
        code = blob_name(c, l.digest, &l.member, e);
        if (!code)
            code = add_layer(c, l, e);
    }
    return code;
}

// -- both of them ---------------------------------------------------------------------------------

static bool is_there(chooser *c, pt_value d) {
    pt_part p = {.fd = -1};
    pt_str name = {0};
    bool there = blob_name(c, text_of(d, "digest"), &name, NULL) == PT_OK &&
                 pt_source_find(c->s, name, &p, NULL) != PT_E_ABSENT;
    pt_part_done(c->s, &p);
    return there;
}

static bool is_called_or_nameless(pt_value d, pt_str want) {
    return !text_of(d, "name").n || is_called(d, want);
}

// Of the index: what its readers would take. Other platforms' images are often named and not there.
static void keep_rivals(chooser *c) {
    pt_str own = pt_platform_own(c->s->a);
    pt_str name = c->ask->name ? pt_str_of(c->ask->name) : (pt_str){0};
    pt_str platform = pt_arena_printf(c->s->a, "%.*s/%.*s", PT_PRI(text_of(c->c->settings, "os")),
                                      PT_PRI(text_of(c->c->settings, "architecture")));
    size_t n = 0;
    for (size_t i = 0; i < c->found.n; i++)
        if (is_there(c, c->found.v[i]))
            c->found.v[n++] = c->found.v[i];
    c->found.n = n;
    if (name.n && any_fits(c, is_called_or_nameless, name))
        keep(c, is_called_or_nameless, name);
    if (any_fits(c, pt_platform_is, own))
        keep_platform(c, own);
    else if (any_fits(c, pt_platform_is, platform))
        keep_platform(c, platform);
}

// Are these the layers that were chosen? A name may say the digest of what a layer is unpacked.
static bool same_layers(const pt_chosen *chosen, pt_value layers) {
    pt_value diff_ids = pt_getz(chosen->settings, "diff_ids");
    bool same = pt_len(layers) == chosen->layers.n;
    for (size_t i = 0; same && i < chosen->layers.n; i++) {
        pt_str digest = chosen->layers.v[i].digest;
        same = !digest.n || pt_str_eq(digest, text_of(pt_at(layers, i), "digest")) ||
               pt_str_eq(digest, pt_text(pt_at(diff_ids, i)));
    }
    return same;
}

// Some engines read index.json where both are: it must lead to the same image.
static pt_code compare_index(chooser *c, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_code code = read_document(c, PT_STR("index.json"), (pt_str){0}, "index", &doc, e);
    if (code == PT_E_ABSENT) {
        *e = (pt_err){0};
        return PT_OK;
    }
    c->found.n = 0;
    c->loaded_otherwise = true;
    if (!code)
        code = collect(c, doc, (pt_str){0}, 0, e);
    if (!code)
        keep_rivals(c);
    for (size_t i = 0; !code && i < c->found.n; i++) {
        code = read_blob(c, text_of(c->found.v[i], "digest"), "manifest", &doc, e);
        if (code || (pt_str_eq(text_of(pt_getz(doc, "config"), "digest"), c->c->config) &&
                     same_layers(c->c, pt_getz(doc, "layers"))))
            continue;
        against(c, PT_STR("It contradicts itself: manifest.json and index.json hold two images"),
                text_of(c->found.v[i], "digest"));
        break;
    }
    return code;
}

// -- a content store ------------------------------------------------------------------------------

// "sha256:…" or the first digits of it.
static bool is_digits(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < '0' || s.p[i] > '9') && (s.p[i] < 'a' || s.p[i] > 'f'))
            return false;
    return s.n >= PT_DIGITS_MIN && s.n <= 64;
}

static pt_code take_manifest(chooser *c, pt_str digest, pt_err *e) {
    pt_obj o = {.a = c->s->a};
    pt_obj_set(&o, "digest", pt_string(digest));
    pt_value *v = PT_PUSH(c->s->a, &c->found);
    if (!v)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *v = pt_obj_end(&o);
    return PT_OK;
}

// Of containerd: blobs, and no index. What is meant is named by its digest.
static pt_code from_store(chooser *c, pt_err *e) {
    static const pt_str prefix = PT_STR("sha256:");
    pt_str digits = pt_str_of(c->ask->name);
    pt_str digest = {0};
    pt_value doc = pt_undefined();
    if (pt_str_starts(digits, prefix))
        digits = pt_str_sub(digits, prefix.n, digits.n);
    if (!is_digits(digits)) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "no digest of an image");
        pt_err_remedy(e, "sha256:… or its first digits: ctr -n NAMESPACE images ls says them");
        return code;
    }
    pt_code code = pt_source_blob(c->s, digits, &digest, e);
    if (!code)
        code = read_blob(c, digest, NULL, &doc, e);
    c->named = true;
    if (!code && pt_str_eqz(text_of(doc, "kind"), "index"))
        code = collect(c, doc, (pt_str){0}, 0, e);
    else if (!code)
        code = take_manifest(c, digest, e);
    if (!code)
        code = narrow(c, e);
    return code ? code : from_manifest(c, e);
}

pt_code pt_choose(const pt_source *s, const pt_asker *by, const pt_image_ask *ask, pt_chosen *ret,
                  pt_err *e) {
    chooser c = {.s = s, .by = by, .ask = ask, .c = ret};
    pt_value doc = pt_undefined();
    *ret = (pt_chosen){.against = {.a = s->a}};
    pt_code code = read_document(&c, PT_STR("manifest.json"), (pt_str){0}, "archive", &doc, e);
    if (!code) {
        code = from_archive(&c, doc, e);
        return code ? code : compare_index(&c, e);
    }
    if (code != PT_E_ABSENT)
        return code;
    *e = (pt_err){0};
    code = read_document(&c, PT_STR("index.json"), (pt_str){0}, "index", &doc, e);
    if (code == PT_E_ABSENT && s->folder && ask->name) {
        *e = (pt_err){0};
        return from_store(&c, e);
    }
    if (code == PT_E_ABSENT) {
        *e = (pt_err){0};
        code = pt_err_set(e, PT_E_FORMAT,
                          "not an image: neither manifest.json nor index.json is in it");
        pt_err_remedy(e, "docker save NAME -o FILE makes one; skopeo copy … oci:DIR, too; "
                         "of a content store: --image DIGEST");
        return code;
    }
    if (!code)
        code = collect(&c, doc, (pt_str){0}, 0, e);
    if (!code)
        code = narrow(&c, e);
    return code ? code : from_manifest(&c, e);
}
