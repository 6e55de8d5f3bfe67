// What was compiled, as one number: the same set gives the same, whatever order it was read in.
#include <stdlib.h>

#include "crypto/crypto.h"
#include "judge/gatekeeper/gatekeeper_impl.h"
#include "value/json.h"

enum {
    BYTES_MAX = 1 << 30,
};

static void put(pt_buf *b, pt_str s) {
    pt_buf_printf(b, "%zu:", s.n); // no two lists of texts are one
    pt_buf_put(b, s);
}

static void put_value(pt_buf *b, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(BYTES_MAX);
    b->full = pt_json_write(&text, v, NULL, NULL) || b->full;
    put(b, pt_buf_str(&text));
}

static void put_template(pt_buf *b, const pt_gk_template *t) {
    put(b, t->kind);
    put(b, t->version == PT_REGO_V1 ? PT_STR("v1") : PT_STR("v0"));
    put(b, t->rego);
    put_value(b, t->libs);
    put_value(b, t->operations);
}

static void put_rule(pt_buf *b, const pt_gk_rule *r) {
    put(b, r->kind);
    put(b, r->name);
    put_value(b, r->match);
    put_value(b, r->parameters);
    for (size_t i = 0; i < PT_GK_POINTS; i++)
        pt_buf_putc(b, (char)('0' + r->does[i]));
    if (r->open_on_error)
        pt_buf_putz(b, "open");
    if (r->problem.message.p) {
        pt_buf_putz(b, "broken");
        put(b, r->problem.message);
    }
}

static int by_value(const void *x, const void *y) {
    return pt_cmp(*(const pt_value *)x, *(const pt_value *)y);
}

static void put_exemptions(pt_buf *b, const pt_gk_set *g) {
    if (g->exemptions.n)
        qsort(g->exemptions.v, g->exemptions.n, sizeof *g->exemptions.v, by_value);
    for (size_t i = 0; i < g->exemptions.n; i++)
        put_value(b, g->exemptions.v[i]);
}

pt_str pt_gk_digest_of(pt_arena *a, const pt_gk_set *g) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(BYTES_MAX);
    for (size_t i = 0; i < g->templates.n; i++)
        put_template(&b, &g->templates.v[i]);
    for (size_t i = 0; i < g->rules.n; i++)
        put_rule(&b, &g->rules.v[i]);
    put_exemptions(&b, g);
    if (b.full)
        return (pt_str){NULL, 0};
    pt_str text = pt_buf_str(&b);
    pt_hash256 hash = pt_sha256(&text, 1);
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
    pt_buf_putz(&hex, "sha256:");
    for (size_t i = 0; i < sizeof hash.b; i++)
        pt_buf_printf(&hex, "%02x", hash.b[i]);
    return pt_arena_str(a, pt_buf_str(&hex));
}
