#include "cli/guard_k8s_live_write.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "value/json.h"

#define DEFINITIONS "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"

enum {
    BODY_BYTES_MAX = 4 << 20,
    SAID_BYTES_MAX = 256,
    AGAIN_S = 30,
    NOTED_BYTES_MAX = 16 << 20,
};

typedef struct writing {
    pt_live_writer *w;
    pt_cluster *c;
    const pt_cluster_kind *templates;
    pt_arena a; // of one template
} writing;

static pt_live_written *written(pt_live_writer *w, pt_str template) {
    for (size_t i = 0; i < w->all.n; i++)
        if (pt_str_eq(w->all.v[i].name, template))
            return &w->all.v[i];
    return NULL;
}

// What is not noted is written once more: that changes nothing.
static void note(pt_live_writer *w, pt_str template, const pt_hash256 *print) {
    pt_live_written *slot = written(w, template);
    if (!slot) {
        pt_str name = pt_arena_str(&w->a, template);
        slot = name.p ? PT_PUSH(&w->a, &w->all) : NULL;
        if (slot)
            *slot = (pt_live_written){.name = name};
    }
    if (slot)
        slot->print = *print;
    if (w->a.bytes > NOTED_BYTES_MAX) { // of templates that are no more
        pt_arena_done(&w->a);
        w->all.v = NULL;
        w->all.n = w->all.cap = 0;
    }
}

void pt_live_unwritten(pt_live_writer *w, pt_str template) {
    pt_live_written *slot = written(w, template);
    if (slot)
        *slot = w->all.v[--w->all.n];
}

static pt_code refused(const pt_cluster_call *call, const pt_cluster_result *r, const char *right,
                       pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf said = PT_BUF((size_t)4 * SAID_BYTES_MAX);
    pt_code code = r->status == 409                       ? PT_E_CONFLICT
                   : r->status == 401 || r->status == 403 ? PT_E_DENIED
                   : r->status == 422 || r->status == 400 ? PT_E_FORMAT
                                                          : PT_E_IO;
    pt_buf_put_safe(&said, pt_str_sub(pt_text(pt_getz(r->value, "message")), 0, SAID_BYTES_MAX));
    pt_err_set(e, code, "the API server refuses it: %d %.*s", r->status, PT_PRI(pt_buf_str(&said)));
    pt_err_at(e, "%s", call->path);
    if (code == PT_E_DENIED)
        pt_err_remedy(e, "a ClusterRole with %s", right);
    if (code == PT_E_CONFLICT)
        pt_err_remedy(e, "who else writes it? leave out --write-crds where Gatekeeper runs");
    return code;
}

// Server-side apply, without force: what another has set stays.
static pt_code put_definition(writing *x, pt_str name, pt_str body, pt_err *e) {
    pt_str path = pt_arena_printf(
        &x->a, DEFINITIONS "%.*s.constraints.gatekeeper.sh?fieldManager=paratia", PT_PRI(name));
    pt_cluster_call call = {
        .method = "PATCH", .path = path.p, .type = "application/apply-patch+yaml", .body = body};
    pt_cluster_result r = {0};
    if (!path.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_cluster_send(x->c, &x->a, &call, &r, e);
    if (code || r.status == 200 || r.status == 201)
        return code;
    return refused(&call, &r, "create and patch of customresourcedefinitions", e);
}

// `kubectl wait` may ask for it, and so do tools made for Gatekeeper.
static pt_code put_status(writing *x, pt_str name, pt_err *e) {
    pt_str path = pt_arena_printf(&x->a, "/apis/%.*s/%.*s/%.*s/%.*s/status",
                                  PT_PRI(x->templates->group), PT_PRI(x->templates->version),
                                  PT_PRI(x->templates->resource), PT_PRI(name));
    pt_cluster_call call = {.method = "PATCH",
                            .path = path.p,
                            .type = "application/merge-patch+json",
                            .body = PT_STR("{\"status\":{\"created\":true}}")};
    pt_cluster_result r = {0};
    if (!path.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_cluster_send(x->c, &x->a, &call, &r, e);
    if (code || r.status == 200 || r.status == 404) // it may have gone
        return code;
    return refused(&call, &r, "patch of constrainttemplates/status", e);
}

// What is wrong with the template itself the set says.
static pt_code write_one(writing *x, pt_value template, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf body = PT_BUF(BODY_BYTES_MAX);
    pt_str name = pt_text(pt_getz(pt_getz(template, "metadata"), "name"));
    pt_value crd;
    pt_err unsound = {0};
    pt_code code = pt_gk_crd(&x->a, template, &crd, &unsound);
    if (code)
        return code == PT_E_NOMEM ? pt_err_set(e, code, "%s", unsound.what) : PT_OK;
    code = pt_json_write(&body, crd, NULL, e);
    if (code)
        return code;
    pt_str text = pt_buf_str(&body);
    pt_hash256 print = pt_sha256(&text, 1);
    const pt_live_written *before = written(x->w, name);
    if (before && memcmp(&before->print, &print, sizeof print) == 0)
        return PT_OK;
    code = put_definition(x, name, text, e);
    if (!code)
        code = put_status(x, name, e);
    // Another's, or one that no server takes: it is not tried again before it changes.
    bool settled = !code || code == PT_E_CONFLICT || code == PT_E_FORMAT;
    if (settled)
        note(x->w, name, &print);
    if (!code)
        fprintf(stderr, "note: the API server takes constraints of the template %.*s\n",
                PT_PRI(name));
    return code;
}

// The same complaint once.
static void complain(pt_live_writer *w, const pt_err *e) {
    if (strcmp(e->what, w->told.what) == 0)
        return;
    pt_say_error(e);
    w->told = *e;
}

void pt_live_write(pt_live_writer *w, pt_cluster *c, const pt_cluster_kind *templates,
                   const pt_live_docs *docs) {
    writing x = {.w = w, .c = c, .templates = templates};
    if (pt_monotonic_ns() < w->again_ns)
        return; // it was refused a moment ago
    w->again_ns = 0;
    for (size_t i = 0; i < docs->v.n; i++) {
        pt_value doc = docs->v.v[i].doc;
        pt_err e = {0};
        if (!pt_str_eqz(pt_text(pt_getz(doc, "kind")), "ConstraintTemplate"))
            continue;
        pt_arena_clear(&x.a);
        pt_code code = write_one(&x, doc, &e);
        if (!code)
            continue;
        complain(w, &e);
        if (code != PT_E_CONFLICT && code != PT_E_FORMAT)
            w->again_ns = pt_monotonic_ns() + AGAIN_S * PT_SECOND_NS;
        if (code == PT_E_IO || code == PT_E_TIMEOUT)
            break; // the others would wait as long
    }
    pt_arena_done(&x.a);
}

void pt_live_writer_done(pt_live_writer *w) {
    pt_arena_done(&w->a);
    *w = (pt_live_writer){0};
}
