#include "collect/image/sums.h"

#include <stdlib.h>
#include <string.h>

// How each is written (fact/file.h): of SHA-256 also what apk writes, if SHA-1 is asked for, too.
static const struct {
    const char *name;
    uint64_t flag;
    size_t hex; // digits
} kinds[PT_DIGEST_KINDS] = {
    [PT_DIGEST_MD5] = {"md5:", PT_LAYER_MD5, 32},
    [PT_DIGEST_SHA1] = {"sha1:", PT_LAYER_SHA1, 40},
    [PT_DIGEST_SHA256] = {"sha256:", PT_LAYER_SHA256, 64},
};
static const char cut_name[] = "sha256-160:";
enum {
    CUT_HEX = 40,
};

static void put(pt_tap *tap, pt_str bytes) {
    struct pt_sums *s = (struct pt_sums *)tap;
    for (size_t k = 0; k < PT_DIGEST_KINDS; k++)
        if (s->on[k])
            pt_digest_add(s->runs[k], bytes);
}

static bool cuts(const pt_walk *w) {
    return (w->flags & PT_LAYER_SHA1) && (w->flags & PT_LAYER_SHA256);
}

static pt_code make(pt_walk *w, pt_err *e) {
    struct pt_sums *s = calloc(1, sizeof *s);
    w->sums = s;
    if (!s)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    s->tap.put = put;
    for (size_t k = 0; k < PT_DIGEST_KINDS; k++)
        s->runs[k] = w->flags & kinds[k].flag ? pt_digest_new() : NULL;
    return PT_OK;
}

pt_code pt_walk_sums_begin(pt_walk *w, const pt_tar_entry *t, pt_err *e) {
    if (!(w->flags & PT_LAYER_SUMS))
        return PT_OK;
    pt_code code = w->sums ? PT_OK : make(w, e);
    if (code)
        return code;
    bool local = !(w->flags & PT_LAYER_LOCAL_SUMS) && pt_path_is_local(t->path);
    bool wanted = !t->sparse && !local;
    bool any = false;
    w->sums->n = 0;
    for (size_t k = 0; k < PT_DIGEST_KINDS; k++) {
        w->sums->on[k] =
            wanted && w->sums->runs[k] && pt_digest_start(w->sums->runs[k], (pt_digest_kind)k);
        any = any || w->sums->on[k];
    }
    w->tar.tap = any ? &w->sums->tap : NULL;
    return PT_OK;
}

void pt_walk_sums_room(pt_walk *w, size_t *ret_n) {
    size_t n = 0;
    for (size_t k = 0; w->sums && w->tar.tap && k < PT_DIGEST_KINDS; k++)
        n += w->sums->on[k] ? (n ? 1 : 0) + strlen(kinds[k].name) + kinds[k].hex : 0;
    if (n && cuts(w) && w->sums->on[PT_DIGEST_SHA256])
        n += 1 + strlen(cut_name) + CUT_HEX;
    *ret_n = n;
}

static void put_sum(pt_buf *b, const char *name, pt_str digest) {
    pt_buf_putz(b, b->n ? " " : "");
    pt_buf_putz(b, name);
    pt_hex_put(b, digest);
}

pt_code pt_walk_sums_end(pt_walk *w, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(512);
    struct pt_sums *s = w->sums;
    uint8_t digest[PT_DIGEST_BYTES_MAX];
    if (!s || !w->tar.tap || !s->n)
        return PT_OK;
    pt_code code = pt_tar_pass(&w->tar, w->tar.left, e);
    for (size_t k = 0; !code && k < PT_DIGEST_KINDS; k++) {
        size_t n = s->on[k] ? pt_digest_end(s->runs[k], digest) : 0;
        if (n)
            put_sum(&b, kinds[k].name, (pt_str){(const char *)digest, n});
        if (n && k == PT_DIGEST_SHA256 && cuts(w))
            put_sum(&b, cut_name, (pt_str){(const char *)digest, CUT_HEX / 2});
    }
    w->tar.tap = NULL;
    if (code)
        return code;
    if (b.full)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_assert(b.n == s->n && s->at <= w->told.n && s->n <= w->told.n - s->at);
    memcpy(w->told.p + s->at, b.p, b.n);
    return PT_OK;
}

void pt_sums_free(struct pt_sums *s) {
    for (size_t k = 0; s && k < PT_DIGEST_KINDS; k++)
        pt_digest_free(s->runs[k]);
    free(s);
}
