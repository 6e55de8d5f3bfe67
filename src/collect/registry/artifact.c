// An artifact from a registry: one layer, to a file.
#include <errno.h>
#include <sys/mman.h>

#include "collect/image/digest.h"
#include "collect/registry/registry_impl.h"

static pt_code another(pt_err *e, const char *what) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "it is no such artifact: %s", what);
    pt_err_remedy(e, "check repository and tag");
    return code;
}

// Its one layer, if all is as it should be.
static pt_code find_layer(const pt_artifact *t, const pt_document *m, uint64_t bytes_max,
                          pt_blob *ret, pt_err *e) {
    pt_value layers = pt_getz(m->v, "layers");
    pt_value layer = pt_at(layers, 0);
    int64_t size = -1;
    if (!pt_str_eq(pt_text(pt_getz(m->v, "artifactType")), t->type))
        return another(e, "its artifactType is another");
    if (pt_len(layers) != 1 || !pt_str_eq(pt_text(pt_getz(layer, "mediaType")), t->media))
        return another(e, "it has not the one layer that it should have");
    ret->digest = pt_text(pt_getz(layer, "digest"));
    if (!pt_digest_is(ret->digest))
        return pt_err_set(e, PT_E_UNSUPPORTED, "a digest that is not of SHA-256");
    if (!pt_to_int(pt_getz(layer, "size"), &size) || size < 1)
        return pt_err_set(e, PT_E_FORMAT, "the manifest says no size of its layer");
    if ((uint64_t)size > bytes_max)
        return pt_err_set(e, PT_E_LIMIT, "a layer of %lld bytes", (long long)size);
    ret->size = (uint64_t)size;
    return PT_OK;
}

static pt_code verify(pt_arena *a, int fd, const pt_blob *b, pt_err *e) {
    void *map = mmap(NULL, b->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return pt_err_sys(e, errno, "cannot be mapped: %s", pt_errno_text(errno));
    pt_str bytes = {map, b->size};
    pt_hash256 hash = pt_sha256(&bytes, 1);
    pt_str digest = pt_digest_text(a, &hash);
    munmap(map, b->size);
    return pt_str_eq(digest, b->digest)
               ? PT_OK
               : pt_err_set(e, PT_E_CORRUPT, "the layer is not the one of its digest");
}

static pt_code fetch(pt_session *s, pt_artifact *t, int to, uint64_t bytes_max, pt_err *e) {
    const pt_registry_ref *ref = &s->r->ref;
    pt_layout file = {.fd = to, .bytes_max = bytes_max};
    pt_document m = {.v = pt_undefined()};
    pt_blob b = {.session = s, .to = &file};
    pt_code code = pt_document_fetch(s, ref->digest.n ? ref->digest : ref->tag, ref->digest, &m, e);
    if (!code)
        code = find_layer(t, &m, bytes_max, &b, e);
    if (!code)
        code = pt_blob_fetch(&b, e);
    if (!code)
        code = verify(s->a, to, &b, e);
    if (!code) {
        t->notes = pt_getz(m.v, "annotations");
        t->digest = m.digest;
    }
    return code;
}

pt_code pt_registry_pull_artifact(const pt_registry *r, pt_arena *a, pt_artifact *t, int to,
                                  uint64_t bytes_max, pt_err *e) {
    pt_session s = {.thing = "artifact"};
    pt_code code = pt_session_open(&s, a, r, e);
    if (!code)
        code = fetch(&s, t, to, bytes_max, e);
    pt_session_done(&s);
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(r->ref.shown));
    return code;
}
