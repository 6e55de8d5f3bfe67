// An artifact to a registry (OCI distribution-spec 1.1, "Push"): blobs, then the manifest that
// names them.
#include <stdio.h>

#include "collect/image/digest.h"
#include "collect/registry/limits.h"
#include "collect/registry/registry_impl.h"
#include "value/json.h"

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define EMPTY_TYPE    "application/vnd.oci.empty.v1+json"

enum {
    HEADER_BYTES_MAX = 128,
};

typedef struct upload {
    pt_session *s;
    uint64_t chunk_bytes;
    pt_str bytes, digest; // of the blob
    pt_str at;            // where it goes next
} upload;

static pt_code full(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static void drop(pt_http_answer *answer) {
    pt_buf_done(&answer->head);
    pt_buf_done(&answer->body);
}

// What the registry says that it got; it need not say.
static pt_code compare(const pt_http_answer *answer, pt_str digest, pt_err *e) {
    pt_str said = pt_head_value(pt_buf_str(&answer->head), "docker-content-digest", 0);
    return !said.n || pt_str_eq(said, digest)
               ? PT_OK
               : pt_err_set(e, PT_E_CORRUPT, "the registry got something else than was sent");
}

// -- blobs ----------------------------------------------------------------------------------------

static pt_code is_there(upload *u, bool *ret, pt_err *e) {
    pt_http_answer answer = {0};
    pt_err why = {0};
    const pt_session_ask g = {.method = "HEAD",
                              .url = pt_arena_printf(u->s->a, "/v2/%.*s/blobs/%.*s",
                                                     PT_PRI(u->s->r->ref.repository),
                                                     PT_PRI(u->digest))};
    pt_code code = g.url.p ? pt_session_send(u->s, &g, &answer, &why) : full(&why);
    *ret = code == PT_OK;
    if (!code)
        drop(&answer);
    // Whoever may write, but not look, is told by what comes next.
    if (!code || code == PT_E_ABSENT || code == PT_E_DENIED)
        return PT_OK;
    *e = why;
    return code;
}

// Where an answer says that the upload goes on.
static pt_code follow(upload *u, const pt_http_answer *answer, pt_err *e) {
    pt_str location = pt_head_value(pt_buf_str(&answer->head), "location", 0);
    if (!location.n)
        return pt_err_set(e, PT_E_FORMAT, "the registry does not say where to upload to");
    u->at = pt_url_joined(u->s->a, u->at, location);
    return u->at.p ? PT_OK : full(e);
}

// The registry may not take pieces that are smaller than it says.
static void heed_least(upload *u, const pt_http_answer *answer) {
    int64_t least = 0;
    pt_str said = pt_head_value(pt_buf_str(&answer->head), "oci-chunk-min-length", 0);
    if (u->chunk_bytes && pt_str_int(said, 10, &least) && least > (int64_t)u->chunk_bytes)
        u->chunk_bytes = (uint64_t)least;
}

static pt_code begin(upload *u, pt_err *e) {
    pt_http_answer answer = {0};
    u->at = pt_arena_printf(u->s->a, "%.*s/v2/%.*s/blobs/uploads/",
                            PT_PRI(u->s->web.origins[0].url), PT_PRI(u->s->r->ref.repository));
    const pt_session_ask g = {.method = "POST", .url = u->at};
    pt_code code = u->at.p ? pt_session_send(u->s, &g, &answer, e) : full(e);
    if (code)
        return code;
    heed_least(u, &answer);
    code = follow(u, &answer, e);
    drop(&answer);
    return code;
}

static pt_code send_piece(upload *u, uint64_t from, uint64_t to, pt_err *e) {
    char range[HEADER_BYTES_MAX];
    const char *headers[] = {"Content-Type: application/octet-stream", range};
    pt_http_answer answer = {0};
    snprintf(range, sizeof range, "Content-Range: %llu-%llu", (unsigned long long)from,
             (unsigned long long)to - 1);
    const pt_session_ask g = {.method = "PATCH",
                              .url = u->at,
                              .headers = headers,
                              .n_headers = PT_COUNT(headers),
                              .body = pt_str_sub(u->bytes, from, to)};
    pt_code code = pt_session_send(u->s, &g, &answer, e);
    if (code)
        return code;
    code = follow(u, &answer, e);
    drop(&answer);
    return code;
}

// The rest, and that this was all.
static pt_code finish(upload *u, pt_str rest, pt_err *e) {
    static const char *const headers[] = {"Content-Type: application/octet-stream"};
    pt_http_answer answer = {0};
    bool query = pt_str_find(u->at, '?') < u->at.n;
    const pt_session_ask g = {.method = "PUT",
                              .url = pt_arena_printf(u->s->a, "%.*s%sdigest=%.*s", PT_PRI(u->at),
                                                     query ? "&" : "?", PT_PRI(u->digest)),
                              .headers = headers,
                              .n_headers = PT_COUNT(headers),
                              .body = rest};
    pt_code code = g.url.p ? pt_session_send(u->s, &g, &answer, e) : full(e);
    if (code)
        return code;
    code = compare(&answer, u->digest, e);
    drop(&answer);
    return code;
}

static pt_code put_blob(upload *u, pt_err *e) {
    bool there = false;
    pt_code code = is_there(u, &there, e);
    if (code || there)
        return code;
    code = begin(u, e);
    uint64_t sent = 0;
    bool pieces = u->chunk_bytes && u->bytes.n > u->chunk_bytes;
    while (!code && pieces && sent < u->bytes.n) {
        uint64_t left = u->bytes.n - sent;
        uint64_t to = sent + (left < u->chunk_bytes ? left : u->chunk_bytes);
        code = send_piece(u, sent, to, e);
        sent = to;
    }
    return code ? code : finish(u, pt_str_sub(u->bytes, sent, u->bytes.n), e);
}

static pt_code put_bytes(pt_session *s, pt_str bytes, uint64_t chunk_bytes, pt_str *ret_digest,
                         pt_err *e) {
    pt_hash256 hash = pt_sha256(&bytes, 1);
    upload u = {
        .s = s, .bytes = bytes, .chunk_bytes = chunk_bytes, .digest = pt_digest_text(s->a, &hash)};
    pt_code code = u.digest.p ? put_blob(&u, e) : full(e);
    *ret_digest = u.digest;
    return code;
}

// -- the manifest ---------------------------------------------------------------------------------

static pt_value descriptor(pt_arena *a, pt_str type, pt_str digest, size_t size) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "mediaType", pt_string(type));
    pt_obj_set(&o, "digest", pt_string(digest));
    pt_obj_set(&o, "size", pt_int((int64_t)size));
    return pt_obj_end(&o);
}

static pt_value manifest_of(pt_arena *a, const pt_artifact *t, pt_str empty, pt_str layer) {
    pt_obj o = {.a = a};
    pt_value one = descriptor(a, t->media, layer, t->bytes.n);
    pt_obj_set(&o, "schemaVersion", pt_int(2));
    pt_obj_set(&o, "mediaType", pt_stringz(MANIFEST_TYPE));
    pt_obj_set(&o, "artifactType", pt_string(t->type));
    pt_obj_set(&o, "config", descriptor(a, PT_STR(EMPTY_TYPE), empty, 2));
    pt_obj_set(&o, "layers", pt_array_of(a, &one, 1));
    pt_obj_set(&o, "annotations", t->notes);
    return pt_obj_end(&o);
}

static pt_code put_manifest(pt_session *s, pt_artifact *t, pt_str bytes, pt_err *e) {
    static const char *const headers[] = {"Content-Type: " MANIFEST_TYPE};
    pt_hash256 hash = pt_sha256(&bytes, 1);
    pt_http_answer answer = {0};
    const pt_session_ask g = {.method = "PUT",
                              .url = pt_arena_printf(s->a, "/v2/%.*s/manifests/%.*s",
                                                     PT_PRI(s->r->ref.repository),
                                                     PT_PRI(s->r->ref.tag)),
                              .headers = headers,
                              .n_headers = PT_COUNT(headers),
                              .body = bytes};
    t->digest = pt_digest_text(s->a, &hash);
    pt_code code = g.url.p && t->digest.p ? pt_session_send(s, &g, &answer, e) : full(e);
    if (code)
        return code;
    code = compare(&answer, t->digest, e);
    drop(&answer);
    return code;
}

static pt_code push(pt_session *s, pt_artifact *t, uint64_t chunk_bytes, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_MANIFEST_BYTES_MAX);
    pt_str empty = {0};
    pt_str layer = {0};
    pt_code code = put_bytes(s, PT_STR("{}"), 0, &empty, e);
    if (!code)
        code = put_bytes(s, t->bytes, chunk_bytes, &layer, e);
    pt_value v = code ? pt_undefined() : manifest_of(s->a, t, empty, layer);
    if (!code)
        code = pt_defined(v) ? pt_json_write(&b, v, NULL, e) : full(e);
    return code ? code : put_manifest(s, t, pt_buf_str(&b), e);
}

pt_code pt_registry_push(const pt_registry *r, pt_arena *a, pt_artifact *t, uint64_t chunk_bytes,
                         pt_err *e) {
    pt_session s = {.thing = "repository", .push = true};
    if (r->ref.digest.n) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "nothing can be pushed to a digest");
        pt_err_remedy(e, "name a tag: HOST/REPOSITORY:TAG");
        return code;
    }
    pt_code code = pt_session_open(&s, a, r, e);
    if (!code)
        code = push(&s, t, chunk_bytes, e);
    pt_session_done(&s);
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(r->ref.shown));
    return code;
}
