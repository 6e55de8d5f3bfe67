// From a reference to a file: manifest, its platform, and the blobs that it names.
#include <stdio.h>

#include "collect/image/digest.h"
#include "collect/image/limits.h"
#include "collect/image/platform.h"
#include "collect/registry/limits.h"
#include "collect/registry/registry_impl.h"
#include "value/json.h"

typedef struct pull {
    pt_arena *a;
    const pt_registry *r;
    const pt_registry_ask *ask;
    pt_session session;
    pt_layout layout;
    pt_value platform; // of the chosen one; undefined: there was no choice
    PT_VEC(pt_str) done;
} pull;

typedef PT_VEC(pt_value) descriptors;

static pt_code full(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- which platform -------------------------------------------------------------------------------

// Its platform; of one that says none its digest.
static void put_candidate(pt_buf *b, pt_value d) {
    static const char *const keys[] = {"os", "architecture", "variant"};
    pt_value platform = pt_getz(d, "platform");
    pt_buf_putz(b, b->n ? ", " : "");
    if (!pt_text(pt_getz(platform, "os")).n)
        pt_buf_put_safe(b, pt_str_sub(pt_text(pt_getz(d, "digest")), 0, 71));
    for (size_t i = 0; i < PT_COUNT(keys); i++) {
        pt_str part = pt_text(pt_getz(platform, keys[i]));
        pt_buf_putz(b, i && part.n ? "/" : "");
        pt_buf_put_safe(b, pt_str_sub(part, 0, 32));
    }
}

// What else than attestations is in an index, and what there is to choose from.
static pt_code candidates(pull *p, pt_value list, descriptors *ret, pt_buf *names, pt_err *e) {
    if (pt_len(list) > PT_DOCUMENTS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u images", PT_DOCUMENTS_MAX);
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_value d = pt_at(list, i);
        if (pt_platform_attests(d))
            continue;
        pt_value *own = PT_PUSH(p->a, ret);
        if (!own)
            return full(e);
        *own = d;
        put_candidate(names, d);
    }
    return PT_OK;
}

// Exactly one must be left, or the choice is the operator's.
static pt_code choose(pull *p, const pt_document *index, pt_value *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf names = PT_BUF(160);
    descriptors all = {0};
    pt_str want = p->ask->platform ? pt_str_of(p->ask->platform) : pt_platform_own(p->a);
    pt_code code = candidates(p, pt_getz(index->v, "manifests"), &all, &names, e);
    if (code)
        return code;
    bool only = all.n == 1 && !p->ask->platform;
    size_t fit = only ? 1 : pt_platform_keep(all.v, all.n, "platform", want);
    if (fit == 1 && all.v) {
        *ret = all.v[0];
        return PT_OK;
    }
    code =
        fit ? pt_err_set(e, PT_E_USAGE, "it has %zu images that may be for %.*s", fit, PT_PRI(want))
            : pt_err_set(e, PT_E_USAGE, "it has no image for %.*s", PT_PRI(want));
    pt_err_remedy(e, "%s; there are: %.*s",
                  fit ? "REPOSITORY@DIGEST names one" : "--platform OS/ARCH",
                  PT_PRI(pt_buf_str(&names)));
    return code;
}

// Down to a manifest.
static pt_code find_manifest(pull *p, pt_document *ret, pt_err *e) {
    const pt_registry_ref *ref = &p->r->ref;
    pt_code code =
        pt_document_fetch(&p->session, ref->digest.n ? ref->digest : ref->tag, ref->digest, ret, e);
    for (unsigned depth = 0; !code && pt_tag_of(pt_getz(ret->v, "manifests")) == PT_ARRAY;
         depth++) {
        pt_value d = pt_undefined();
        if (depth == PT_INDEX_DEPTH_MAX)
            return pt_err_set(e, PT_E_LIMIT, "indexes within indexes, more than %u", depth);
        code = choose(p, ret, &d, e);
        pt_str digest = pt_text(pt_getz(d, "digest"));
        if (!code && !pt_digest_is(digest))
            code = pt_err_set(e, PT_E_UNSUPPORTED, "a digest that is not of SHA-256");
        if (!code)
            p->platform = pt_getz(d, "platform");
        if (!code)
            code = pt_document_fetch(&p->session, digest, digest, ret, e);
    }
    if (!code && pt_tag_of(pt_getz(ret->v, "layers")) != PT_ARRAY) {
        code = pt_err_set(e, PT_E_UNSUPPORTED, "it is no image in a form of today");
        pt_err_remedy(e, "pushed again, it is: docker pull, docker push");
    }
    return code;
}

// -- blobs ----------------------------------------------------------------------------------------

static pt_code begin_member(pull *p, pt_str digest, uint64_t size, pt_err *e) {
    pt_str name =
        pt_arena_printf(p->a, "blobs/sha256/%.*s", PT_PRI(pt_str_sub(digest, 7, digest.n)));
    pt_str *slot = PT_PUSH(p->a, &p->done);
    if (!name.p || !slot)
        return full(e);
    *slot = digest;
    return pt_layout_begin(&p->layout, name, size, e);
}

static bool is_done(const pull *p, pt_str digest) {
    for (size_t i = 0; i < p->done.n; i++)
        if (pt_str_eq(p->done.v[i], digest))
            return true;
    return false;
}

static bool is_elsewhere(pt_value d) {
    pt_str type = pt_text(pt_getz(d, "mediaType"));
    return pt_str_has(type, PT_STR(".foreign.")) || pt_str_has(type, PT_STR(".nondistributable."));
}

// What a descriptor names; what is elsewhere by its word stays there.
static pt_code put_blob(pull *p, pt_value d, uint64_t bytes_max, pt_err *e) {
    int64_t size = -1;
    pt_blob b = {.session = &p->session, .to = &p->layout, .digest = pt_text(pt_getz(d, "digest"))};
    if (!pt_digest_is(b.digest))
        return pt_err_set(e, PT_E_UNSUPPORTED, "a digest that is not of SHA-256");
    if (!pt_to_int(pt_getz(d, "size"), &size) || size < 0)
        return pt_err_set(e, PT_E_FORMAT, "the manifest says no size of a blob");
    if ((uint64_t)size > bytes_max)
        return pt_err_set(e, PT_E_LIMIT, "a blob of %lld bytes", (long long)size);
    if (is_done(p, b.digest) || is_elsewhere(d))
        return PT_OK;
    b.size = (uint64_t)size;
    pt_code code = begin_member(p, b.digest, b.size, e);
    if (!code && b.size)
        code = pt_blob_fetch(&b, e);
    if (!code)
        code = pt_layout_fill(&p->layout, e);
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(b.digest));
    return code;
}

static bool is_known(const pull *p, pt_value d, bool lowest) {
    const pt_registry_ask *ask = p->ask;
    return ask->known && !is_elsewhere(d) &&
           ask->known(ask->of, pt_text(pt_getz(d, "digest")), lowest);
}

// -- the layout -----------------------------------------------------------------------------------

static pt_code put_text(pull *p, pt_str name, pt_str text, pt_err *e) {
    pt_code code = pt_layout_begin(&p->layout, name, text.n, e);
    if (!code)
        code = pt_layout_write(&p->layout, text, e);
    return code ? code : pt_layout_fill(&p->layout, e);
}

static pt_code put_index(pull *p, const pt_document *m, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_obj notes = {.a = p->a};
    pt_obj d = {.a = p->a};
    pt_obj index = {.a = p->a};
    pt_obj_set(&notes, "io.containerd.image.name", pt_string(p->r->ref.shown));
    pt_obj_set(&d, "mediaType", pt_string(m->type));
    pt_obj_set(&d, "digest", pt_string(m->digest));
    pt_obj_set(&d, "size", pt_int((int64_t)m->bytes.n));
    pt_obj_maybe(&d, "platform", p->platform);
    pt_obj_set(&d, "annotations", pt_obj_end(&notes));
    pt_value one = pt_obj_end(&d);
    pt_obj_set(&index, "schemaVersion", pt_int(2));
    pt_obj_set(&index, "manifests", pt_array_of(p->a, &one, 1));
    pt_value v = pt_obj_end(&index);
    pt_code code = pt_defined(v) ? pt_json_write(&b, v, NULL, e) : full(e);
    return code ? code : put_text(p, PT_STR("index.json"), pt_buf_str(&b), e);
}

static pt_code put_all(pull *p, const pt_document *m, pt_err *e) {
    pt_value layers = pt_getz(m->v, "layers");
    if (pt_len(layers) > PT_LAYERS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u layers", PT_LAYERS_MAX);
    pt_code code =
        put_text(p, PT_STR("oci-layout"), PT_STR("{\"imageLayoutVersion\":\"1.0.0\"}"), e);
    if (!code)
        code = put_index(p, m, e);
    if (!code)
        code = begin_member(p, m->digest, m->bytes.n, e);
    if (!code)
        code = pt_layout_write(&p->layout, m->bytes, e);
    if (!code)
        code = pt_layout_fill(&p->layout, e);
    if (!code)
        code = put_blob(p, pt_getz(m->v, "config"), PT_DOCUMENT_BYTES_MAX, e);
    for (size_t i = 0; !code && i < pt_len(layers); i++)
        if (!is_known(p, pt_at(layers, i), i == 0))
            code = put_blob(p, pt_at(layers, i), p->ask->bytes_max, e);
    return code ? code : pt_layout_end(&p->layout, e);
}

static pt_code pull_from(const pt_registry *r, pt_arena *a, const pt_registry_ask *ask,
                         bool *ret_chosen, pt_err *e) {
    pt_document m = {.v = pt_undefined()};
    pull p = {.a = a,
              .r = r,
              .ask = ask,
              .session = {.thing = "image"},
              .layout = {.fd = ask->to, .bytes_max = ask->bytes_max},
              .platform = pt_undefined()};
    pt_code code = pt_session_open(&p.session, a, r, e);
    if (!code)
        code = find_manifest(&p, &m, e);
    if (!code)
        code = put_all(&p, &m, e);
    pt_session_done(&p.session);
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(r->ref.host));
    else
        *ret_chosen = pt_defined(p.platform);
    return code;
}

// What is wrong with a mirror alone: the next one may do better.
static bool is_of_mirror(pt_code code) {
    static const pt_code codes[] = {PT_E_ABSENT, PT_E_DENIED,      PT_E_IO,     PT_E_TIMEOUT,
                                    PT_E_FORMAT, PT_E_UNSUPPORTED, PT_E_CORRUPT};
    for (size_t i = 0; i < PT_COUNT(codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}

static pt_code pass_over(pt_registry_pulled *p, pt_arena *a, const pt_registry *r,
                         const pt_registry_ask *ask, const pt_err *why, pt_err *e) {
    pt_layout l = {.fd = ask->to, .bytes_max = ask->bytes_max};
    pt_str *slot = PT_PUSH(a, &p->passed_over);
    pt_str text = pt_arena_printf(a, "%.*s: %s", PT_PRI(r->ref.host), why->what);
    if (!slot || !text.p)
        return full(e);
    *slot = text;
    return pt_layout_back(&l, 0, e);
}

pt_code pt_registry_pull(const pt_registry *r, pt_arena *a, const pt_registry_ask *ask,
                         pt_registry_pulled *ret, pt_err *e) {
    pt_registry_pulled *p = ret;
    *p = (pt_registry_pulled){0};
    size_t n = r->n_mirrors + !r->instead;
    for (size_t i = 0; i < n; i++) {
        p->from = i < r->n_mirrors ? &r->mirrors[i] : r;
        pt_err why = {0};
        pt_code code = pull_from(p->from, a, ask, &p->chosen, &why);
        if (!code)
            return PT_OK;
        if (i + 1 == n || !is_of_mirror(code)) {
            *e = why;
            return code;
        }
        code = pass_over(p, a, p->from, ask, &why, e);
        if (code)
            return code;
    }
    return pt_err_set(e, PT_E_ABSENT, "there is nobody to ask");
}
