// An index, a manifest or a configuration (OCI image-spec 1.1; Docker's schema 2 and
// manifest.json), its digest verified, reduced to what is asked of it:
//   {"kind": "index",    "manifests": [descriptor, …]}
//   {"kind": "manifest", "config": descriptor, "layers": [descriptor, …]}
//   {"kind": "archive",  "images": [{"config", "names", "layers"}, …]}     (manifest.json)
//   {"kind": "config",   "os", "architecture", "variant", "created", "diff_ids", "history",
//    "settings" (settings.h), "secrets" (secrets.h; if they are asked for)}
// "twice" is said of any kind: a key that comes twice in one object of it, or, as other readers
// have it, that is another one but for its letters' case: they would see another image than we.
// descriptor: {"type", "digest", "size", "os", "architecture", "variant", "name", "attests",
// "foreign"}. What is not there, or of another kind, is left out.
#include "collect/image/digest.h"
#include "collect/image/jobs.h"
#include "collect/image/limits.h"
#include "collect/image/platform.h"
#include "collect/image/secrets.h"
#include "collect/image/settings.h"
#include "value/json.h"

// A field if it is a string (number); else undefined.
static pt_value text_in(pt_value v, const char *key) {
    pt_value f = pt_getz(v, key);
    return pt_tag_of(f) == PT_STRING && pt_text(f).n ? f : pt_undefined();
}

static pt_value whole_in(pt_value v, const char *key) {
    int64_t n = 0;
    return pt_to_int(pt_getz(v, key), &n) && n >= 0 ? pt_int(n) : pt_undefined();
}

static pt_value strings_of(pt_arena *a, pt_value v) {
    pt_list l = {.a = a};
    for (size_t i = 0; pt_tag_of(v) == PT_ARRAY && i < pt_len(v); i++)
        pt_list_add(&l, pt_tag_of(pt_at(v, i)) == PT_STRING ? pt_at(v, i) : pt_stringz(""));
    return pt_list_end(&l);
}

static pt_value descriptor(pt_arena *a, pt_value d) {
    pt_value p = pt_getz(d, "platform");
    pt_value notes = pt_getz(d, "annotations");
    pt_value name = text_in(notes, "io.containerd.image.name");
    pt_obj o = {.a = a};
    pt_obj_maybe(&o, "type", text_in(d, "mediaType"));
    pt_obj_maybe(&o, "digest", text_in(d, "digest"));
    pt_obj_maybe(&o, "size", whole_in(d, "size"));
    pt_obj_maybe(&o, "os", text_in(p, "os"));
    pt_obj_maybe(&o, "architecture", text_in(p, "architecture"));
    pt_obj_maybe(&o, "variant", text_in(p, "variant"));
    pt_obj_maybe(&o, "name",
                 pt_defined(name) ? name : text_in(notes, "org.opencontainers.image.ref.name"));
    pt_obj_set(&o, "attests", pt_bool(pt_platform_attests(d)));
    pt_obj_set(&o, "foreign", pt_bool(pt_len(pt_getz(d, "urls")) > 0));
    return pt_obj_end(&o);
}

static pt_value descriptors(pt_arena *a, pt_value v) {
    pt_list l = {.a = a};
    for (size_t i = 0; pt_tag_of(v) == PT_ARRAY && i < pt_len(v); i++)
        pt_list_add(&l, descriptor(a, pt_at(v, i)));
    return pt_list_end(&l);
}

static void put_archive(pt_obj *o, pt_value v) {
    pt_list l = {.a = o->a};
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_obj one = {.a = o->a};
        pt_obj_maybe(&one, "config", text_in(pt_at(v, i), "Config"));
        pt_obj_set(&one, "names", strings_of(o->a, pt_getz(pt_at(v, i), "RepoTags")));
        pt_obj_set(&one, "layers", strings_of(o->a, pt_getz(pt_at(v, i), "Layers")));
        pt_list_add(&l, pt_obj_end(&one));
    }
    pt_obj_set(o, "kind", pt_stringz("archive"));
    pt_obj_set(o, "images", pt_list_end(&l));
}

static pt_code put_history(pt_obj *o, pt_value v, pt_err *e) {
    pt_list l = {.a = o->a};
    pt_code code = PT_OK;
    for (size_t i = 0; !code && pt_tag_of(v) == PT_ARRAY && i < pt_len(v); i++) {
        pt_obj one = {.a = o->a};
        pt_value step = text_in(pt_at(v, i), "created_by");
        pt_str shown = pt_text(step);
        if (pt_secrets_asked() && shown.n)
            code = pt_secrets_hide(shown, o->a, &shown, e);
        pt_obj_maybe(&one, "step", shown.n ? pt_string(shown) : step);
        if (shown.n)
            pt_obj_set(&one, "shown", pt_string(pt_image_step(o->a, shown)));
        pt_obj_set(&one, "empty", pt_bool(pt_true(pt_getz(pt_at(v, i), "empty_layer"))));
        pt_list_add(&l, pt_obj_end(&one));
    }
    pt_obj_set(o, "history", pt_list_end(&l));
    return code;
}

static pt_code put_config(pt_obj *o, pt_value v, pt_err *e) {
    static const char *const texts[] = {"os", "architecture", "variant", "created"};
    pt_obj_set(o, "kind", pt_stringz("config"));
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        pt_obj_maybe(o, texts[i], text_in(v, texts[i]));
    pt_obj_set(o, "diff_ids", strings_of(o->a, pt_getz(pt_getz(v, "rootfs"), "diff_ids")));
    pt_obj_set(o, "settings", pt_image_settings(o->a, pt_getz(v, "config")));
    pt_value secrets = pt_undefined();
    pt_code code = put_history(o, pt_getz(v, "history"), e);
    if (!code && pt_secrets_asked())
        code = pt_secrets_settings(v, o->a, &secrets, e);
    pt_obj_maybe(o, "secrets", secrets);
    return code;
}

static pt_code put_kind(pt_obj *o, pt_value v, pt_err *e) {
    if (pt_tag_of(v) == PT_ARRAY)
        put_archive(o, v);
    else if (pt_tag_of(pt_getz(v, "manifests")) == PT_ARRAY) {
        pt_obj_set(o, "kind", pt_stringz("index"));
        pt_obj_set(o, "manifests", descriptors(o->a, pt_getz(v, "manifests")));
    } else if (pt_tag_of(pt_getz(v, "config")) == PT_OBJECT &&
               pt_tag_of(pt_getz(v, "layers")) == PT_ARRAY) {
        pt_obj_set(o, "kind", pt_stringz("manifest"));
        pt_obj_set(o, "config", descriptor(o->a, pt_getz(v, "config")));
        pt_obj_set(o, "layers", descriptors(o->a, pt_getz(v, "layers")));
    } else if (pt_tag_of(pt_getz(v, "rootfs")) == PT_OBJECT)
        return put_config(o, v, e);
    else
        return pt_err_set(e, PT_E_FORMAT,
                          "neither an index, nor a manifest, nor an image's configuration");
    return PT_OK;
}

// -- keys that come twice -------------------------------------------------------------------------

typedef struct visit {
    pt_value v;
    bool names; // its keys are its maker's names, no fields
} visit;
typedef PT_VEC(visit) visit_list;

// As Go's encoding/json finds a field: without the letters' case, by Unicode's simple folding,
// which has two letters more than ASCII.
static pt_str folded(pt_arena *a, pt_str key) {
    static const struct {
        pt_str from;
        char to;
    } letters[] = {{PT_STR("\xc5\xbf"), 's'}, {PT_STR("\xe2\x84\xaa"), 'k'}};
    pt_str whole = pt_arena_lower(a, key);
    char *to = pt_arena_take(a, whole.n + 1);
    size_t n = 0;
    for (size_t i = 0; to && i < whole.n;) {
        pt_str rest = pt_str_sub(whole, i, whole.n);
        size_t k = 0;
        while (k < PT_COUNT(letters) && !pt_str_starts(rest, letters[k].from))
            k++;
        to[n++] = (char)(k < PT_COUNT(letters) ? letters[k].to : rest.p[0]);
        i += k < PT_COUNT(letters) ? letters[k].from.n : 1;
    }
    return (pt_str){to, n};
}

static bool holds_names(pt_str key) {
    static const pt_str names[] = {PT_STR("annotations"), PT_STR("exposedports"), PT_STR("labels"),
                                   PT_STR("volumes")};
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eq_nocase(key, names[i]))
            return true;
    return false;
}

// Of one object's keys: the first that is another one, folded.
static pt_code folds_twice(pt_arena *a, pt_value object, pt_value *ret, pt_err *e) {
    PT_VEC(pt_value) pairs = {0};
    pt_value dup = pt_undefined();
    for (size_t i = 0; i < pt_len(object); i++) {
        pt_value key = pt_key_at(object, i);
        const pt_value pair[] = {pt_string(folded(a, pt_text(key))), key};
        for (size_t k = 0; k < PT_COUNT(pair); k++) {
            pt_value *v = PT_PUSH(a, &pairs);
            if (!v)
                return pt_err_set(e, PT_E_NOMEM, "out of memory");
            *v = pair[k];
        }
    }
    pt_value all = pt_object_of(a, pairs.v, pairs.n / 2, &dup);
    if (pt_defined(dup))
        *ret = pt_get_value(all, dup); // the last of them
    return pt_defined(all) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code visit_later(pt_arena *a, visit_list *waiting, visit of, pt_err *e) {
    if (pt_tag_of(of.v) != PT_ARRAY && pt_tag_of(of.v) != PT_OBJECT)
        return PT_OK;
    visit *v = PT_PUSH(a, waiting);
    if (!v)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *v = of;
    return PT_OK;
}

// Of any object within `v`.
static pt_code any_folds_twice(pt_arena *a, pt_value v, pt_value *ret, pt_err *e) {
    visit_list waiting = {0};
    pt_code code = visit_later(a, &waiting, (visit){.v = v}, e);
    while (!code && waiting.n && !pt_defined(*ret)) {
        visit one = waiting.v[--waiting.n];
        bool object = pt_tag_of(one.v) == PT_OBJECT;
        if (object && !one.names)
            code = folds_twice(a, one.v, ret, e);
        for (size_t i = 0; !code && i < pt_len(one.v); i++) {
            visit inner = {.v = object ? pt_val_at(one.v, i) : pt_at(one.v, i)};
            inner.names = object && !one.names && holds_names(pt_text(pt_key_at(one.v, i)));
            code = visit_later(a, &waiting, inner, e);
        }
    }
    return code;
}

static pt_code put_twice(pt_obj *o, pt_str bytes, pt_value v, pt_err *e) {
    pt_json_stream again = {.bytes = bytes};
    pt_json_event event = {.dup = pt_undefined()};
    pt_code code = pt_json_next(&again, o->a, &event, e);
    pt_value twice = event.dup;
    if (!code && !pt_defined(twice))
        code = any_folds_twice(o->a, v, &twice, e);
    pt_obj_maybe(o, "twice", twice);
    return code;
}

pt_code pt_job_document(const pt_job *j, int in, pt_answer *ret, pt_err *e) {
    pt_obj *o = &ret->o;
    pt_str bytes = {0};
    pt_value v = pt_undefined();
    pt_code code = pt_job_load(j, in, o->a, &bytes, e);
    if (code)
        return code;
    pt_hash256 h = pt_sha256(&bytes, 1);
    pt_str digest = pt_digest_text(o->a, &h);
    pt_str want = pt_str_of(j->words[0]);
    pt_obj_set(o, "digest", pt_string(digest));
    if (want.n && !pt_str_eq(want, digest))
        return pt_err_set(e, PT_E_CORRUPT, "its content is not what its digest says");
    code = pt_json_parse(o->a, bytes, NULL, &v, e);
    if (!code)
        code = put_kind(o, v, e);
    if (!code && j->flags & PT_DOCUMENT_WHOLE)
        pt_obj_set(o, "whole", v);
    return code ? code : put_twice(o, bytes, v, e);
}
