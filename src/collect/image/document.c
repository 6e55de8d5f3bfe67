// An index, a manifest or a configuration (OCI image-spec 1.1; Docker's schema 2 and
// manifest.json), its digest verified, reduced to what is asked of it:
//   {"kind": "index",    "manifests": [descriptor, …]}
//   {"kind": "manifest", "config": descriptor, "layers": [descriptor, …]}
//   {"kind": "archive",  "images": [{"config", "names", "layers"}, …]}     (manifest.json)
//   {"kind": "config",   "os", "architecture", "variant", "created", "diff_ids", "history",
//    "secrets" (secrets.h; if they are asked for)}
// descriptor: {"type", "digest", "size", "os", "architecture", "variant", "name", "attests",
// "foreign"}. What is not there, or of another kind, is left out.
#include "collect/image/digest.h"
#include "collect/image/jobs.h"
#include "collect/image/limits.h"
#include "collect/image/secrets.h"
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

static bool attests(pt_value d) {
    pt_value p = pt_getz(d, "platform");
    return pt_defined(pt_getz(pt_getz(d, "annotations"), "vnd.docker.reference.type")) ||
           (pt_str_eqz(pt_text(pt_getz(p, "os")), "unknown") &&
            pt_str_eqz(pt_text(pt_getz(p, "architecture")), "unknown"));
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
    pt_obj_set(&o, "attests", pt_bool(attests(d)));
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
    return code ? code : put_kind(o, v, e);
}
