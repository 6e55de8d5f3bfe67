// What a registry holds: manifests, and blobs.
#include <stdio.h>

#include "collect/image/digest.h"
#include "collect/registry/limits.h"
#include "collect/registry/registry_impl.h"
#include "value/json.h"

static pt_code full(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- manifests ------------------------------------------------------------------------------------

static pt_code take_document(pt_session *s, const pt_http_answer *answer, pt_str digest,
                             pt_document *ret, pt_err *e) {
    pt_document d = {.bytes = pt_arena_str(s->a, pt_buf_str(&answer->body))};
    pt_hash256 hash = pt_sha256(&d.bytes, 1);
    pt_str type = pt_head_value(pt_buf_str(&answer->head), "content-type", 0);
    d.digest = pt_digest_text(s->a, &hash);
    if (!d.bytes.p || !d.digest.p)
        return full(e);
    if (digest.n && !pt_str_eq(digest, d.digest))
        return pt_err_set(e, PT_E_CORRUPT, "the manifest is not the one of its digest");
    pt_code code = pt_json_parse(s->a, d.bytes, NULL, &d.v, e);
    if (code) {
        pt_err_at(e, "its manifest");
        return code;
    }
    pt_str own = pt_text(pt_getz(d.v, "mediaType"));
    type = pt_str_trim(pt_str_sub(type, 0, pt_str_find(type, ';')));
    d.type = own.n ? own : pt_arena_str(s->a, type);
    *ret = d;
    return PT_OK;
}

pt_code pt_document_fetch(pt_session *s, pt_str reference, pt_str digest, pt_document *ret,
                          pt_err *e) {
    static const char *const accept[] = {
        "Accept: application/vnd.oci.image.index.v1+json, "
        "application/vnd.oci.image.manifest.v1+json, "
        "application/vnd.docker.distribution.manifest.list.v2+json, "
        "application/vnd.docker.distribution.manifest.v2+json"};
    pt_http_answer answer = {0};
    const pt_session_ask g = {.url =
                                  pt_arena_printf(s->a, "%.*s/%.*s/manifests/%.*s%.*s",
                                                  PT_PRI(s->r->path), PT_PRI(s->r->ref.repository),
                                                  PT_PRI(reference), PT_PRI(s->r->query)),
                              .headers = accept,
                              .n_headers = PT_COUNT(accept)};
    pt_code code = g.url.p ? pt_session_send(s, &g, &answer, e) : full(e);
    if (code)
        return code;
    code = take_document(s, &answer, digest, ret, e);
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    return code;
}

// -- blobs ----------------------------------------------------------------------------------------

static bool take_piece(void *context, pt_str piece) {
    pt_blob *b = context;
    pt_layout *l = b->to;
    bool whole = b->fresh && pt_http_status(b->session->now) == 200;
    b->fresh = false;
    if (whole && b->came) { // though a range was asked for
        b->came = 0;
        if (pt_layout_back(l, b->start, &b->why))
            return false;
    }
    if (piece.n > b->size - b->came) {
        pt_err_set(&b->why, PT_E_CORRUPT, "a blob is larger than the manifest says");
        return false;
    }
    b->came += piece.n;
    return pt_layout_write(l, piece, &b->why) == PT_OK;
}

// Is this the range that was asked for?
static bool continues(const pt_http_answer *answer, uint64_t from) {
    char want[48];
    pt_str range = pt_head_value(pt_buf_str(&answer->head), "content-range", 0);
    snprintf(want, sizeof want, "bytes %llu-", (unsigned long long)from);
    return answer->status == 200 || (from && pt_str_starts(range, pt_str_of(want)));
}

static pt_code ask_once(pt_blob *b, pt_err *e) {
    char range[64];
    const pt_registry *r = b->session->r;
    uint64_t from = b->came;
    snprintf(range, sizeof range, "Range: bytes=%llu-", (unsigned long long)from);
    pt_http_answer answer = {0};
    const pt_session_ask g = {.url = pt_arena_printf(b->session->a, "%.*s/%.*s/blobs/%.*s%.*s",
                                                     PT_PRI(r->path), PT_PRI(r->ref.repository),
                                                     PT_PRI(b->digest), PT_PRI(r->query)),
                              .headers = (const char *const[]){range},
                              .n_headers = from ? 1 : 0,
                              .take = take_piece,
                              .context = b};
    b->fresh = true;
    pt_code code = g.url.p ? pt_session_send(b->session, &g, &answer, e) : full(e);
    if (code && b->why.code) {
        *e = b->why;
        return b->why.code;
    }
    if (code)
        return code;
    bool right = continues(&answer, from);
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    if (!right)
        return pt_err_set(e, PT_E_CORRUPT, "the registry answers another range than was asked for");
    return b->came == b->size
               ? PT_OK
               : pt_err_set(e, PT_E_CORRUPT, "a blob is smaller than the manifest says");
}

// What was cut off goes on where it was.
pt_code pt_blob_fetch(pt_blob *b, pt_err *e) {
    pt_code code = PT_OK;
    b->start = b->to->bytes;
    for (unsigned i = 0; i <= PT_RESUMES_MAX; i++) {
        uint64_t before = b->came;
        *e = (pt_err){0};
        code = ask_once(b, e);
        bool cut = code == PT_E_IO || code == PT_E_TIMEOUT;
        if (!cut || b->came == before)
            break;
    }
    return code;
}
