#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/image/copy.h"
#include "collect/image/jobs.h"
#include "collect/image/limits.h"
#include "collect/image/write_impl.h"
#include "value/json.h"

enum {
    TAR_END = 1024, // two blocks of zeros
};

pt_code pt_image_end(const pt_image_ask *ask, const pt_image_inside *in, pt_value doc, pt_err *e) {
    const pt_image_open o = {.files = in->files, .doc = doc, .a = in->a, .in = in};
    pt_code code = PT_OK;
    if (ask->then && !in->chosen->config.n)
        return pt_err_set(e, PT_E_USAGE, "it is no image, but a folder of files");
    if (ask->then)
        code = ask->then->run(ask->then->of, &o, e);
    if (!code && ask->files)
        *ask->files = *in->files;
    return code;
}

// -- the configuration ----------------------------------------------------------------------------

// Its member: by its digest in a layout, by its name in what docker save wrote.
static pt_code find_config(const pt_image_open *o, pt_part *ret, pt_err *e) {
    pt_str digest = o->in->chosen->config;
    size_t colon = pt_str_find(digest, ':');
    pt_str hex = pt_str_sub(digest, colon + 1, digest.n);
    pt_str blob = pt_arena_printf(o->a, "blobs/%.*s/%.*s", (int)colon, digest.p, PT_PRI(hex));
    pt_str file = pt_arena_printf(o->a, "%.*s.json", PT_PRI(hex));
    pt_err first = {0};
    if (pt_source_find(o->in->source, blob, ret, &first) == PT_OK)
        return PT_OK;
    return pt_source_find(o->in->source, file, ret, e);
}

pt_code pt_image_config(const pt_image_open *o, pt_value *ret, pt_err *e) {
    pt_part part = {.fd = -1};
    pt_value v = pt_undefined();
    pt_code code = find_config(o, &part, e);
    if (code)
        return code;
    const pt_question q = {
        .kind = PT_JOB_DOCUMENT, .flags = PT_DOCUMENT_WHOLE, .words = {o->in->chosen->config}};
    code = pt_job_send(o->in->worker, &q, &part, e);
    if (!code)
        code = pt_job_receive(o->in->worker, o->a, PT_DOCUMENT_RESULT_MAX, &v, NULL, e);
    pt_part_done(o->in->source, &part);
    if (!code)
        *ret = pt_getz(v, "whole");
    if (code)
        pt_err_at(e, "the image's configuration");
    return code;
}

// -- the plan -------------------------------------------------------------------------------------

typedef struct row {
    uint32_t layer;
    uint64_t entry;
    const pt_file *file;
    const pt_file *other; // it becomes a hard link to this one; NULL: none
} row;

typedef struct plan {
    const pt_image_open *o;
    const pt_write_ask *ask;
    row *rows;
    size_t n;
} plan;

static int compare(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

// Names of one file stand together, the one that has the content first.
static int by_data(const void *a, const void *b) {
    const pt_file *x = ((const row *)a)->file;
    const pt_file *y = ((const row *)b)->file;
    int order = compare(x->data_layer, y->data_layer);
    if (!order)
        order = compare(x->data_entry, y->data_entry);
    if (!order)
        order = compare(x->hard, y->hard);
    return order ? order : pt_str_cmp(x->path, y->path);
}

static int by_entry(const void *a, const void *b) {
    const row *x = a;
    const row *y = b;
    int order = compare(x->layer, y->layer);
    return order ? order : compare(x->entry, y->entry);
}

static bool same_data(const pt_file *a, const pt_file *b) {
    return a->data_layer == b->data_layer && a->data_entry == b->data_entry;
}

// Of names of one file the first that is kept has the content, wherever that came from.
static pt_code make_plan(plan *p, pt_err *e) {
    const pt_files *files = p->o->files;
    const pt_file *first = NULL;
    p->rows = PT_NEW(p->o->a, row, files->all.n + 1);
    if (!p->rows)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; i < files->all.n; i++)
        if (p->ask->keep[i])
            p->rows[p->n++].file = &files->all.v[i];
    qsort(p->rows, p->n, sizeof(row), by_data);
    for (size_t i = 0; i < p->n; i++) {
        row *r = &p->rows[i];
        bool again = first && same_data(first, r->file);
        first = again ? first : r->file;
        r->other = again ? first : NULL;
        r->layer = again ? r->file->layer : r->file->data_layer;
        r->entry = again ? r->file->entry : r->file->data_entry;
    }
    qsort(p->rows, p->n, sizeof(row), by_entry);
    return PT_OK;
}

// Those that can be written anew without some of their packages.
static bool is_list(pt_str path) {
    return pt_str_eqz(path, "var/lib/dpkg/status") || pt_str_eqz(path, "lib/apk/db/installed") ||
           pt_str_eqz(path, "usr/lib/apk/db/installed");
}

static void put_row(pt_buf *b, const row *r, pt_str lose) {
    pt_str link = r->other ? r->other->path : (pt_str){0};
    lose = is_list(r->file->path) && !r->other ? lose : (pt_str){0};
    const pt_copy_row c = {.entry = r->entry,
                           .path_n = (uint32_t)r->file->path.n,
                           .link_n = (uint32_t)link.n,
                           .lose_n = (uint32_t)lose.n,
                           .hard = r->other != NULL};
    pt_buf_put(b, (pt_str){(const char *)&c, sizeof c});
    pt_buf_put(b, r->file->path);
    pt_buf_put(b, link);
    pt_buf_put(b, lose);
}

// -- what the worker gives ------------------------------------------------------------------------

typedef struct pour {
    int out;
    pt_sha256_run *hash;
    uint64_t bytes;
    char size[4];
    size_t size_n;
    uint32_t left; // of a piece
    bool ended;    // the rest is the object
    pt_buf object;
} pour;

static pt_code put_bytes(pour *p, pt_str s, pt_err *e) {
    if (p->bytes > PT_LAYER_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "it is larger than a layer may be");
    p->bytes += s.n;
    pt_sha256_add(p->hash, s);
    return pt_fd_write_all(p->out, s, e);
}

// Four bytes that say how long the next piece is.
static pt_str take_size(pour *p, pt_str s) {
    size_t n = sizeof p->size - p->size_n;
    n = n < s.n ? n : s.n;
    memcpy(p->size + p->size_n, s.p, n);
    p->size_n += n;
    if (p->size_n == sizeof p->size) {
        memcpy(&p->left, p->size, sizeof p->left);
        p->size_n = 0;
        p->ended = p->left == 0;
    }
    return pt_str_sub(s, n, s.n);
}

static pt_code take(void *of, pt_str s, pt_err *e) {
    pour *p = of;
    pt_code code = PT_OK;
    while (!code && s.n && !p->ended) {
        if (!p->left) {
            s = take_size(p, s);
            continue;
        }
        pt_str part = pt_str_sub(s, 0, p->left);
        code = put_bytes(p, part, e);
        p->left -= (uint32_t)part.n;
        s = pt_str_sub(s, part.n, s.n);
    }
    pt_buf_put(&p->object, s);
    return !code && p->object.full
               ? pt_err_set(e, PT_E_CORRUPT, "its reader answered what no reader answers")
               : code;
}

// -- layers ---------------------------------------------------------------------------------------

// Through a pipe, which the worker reads while it is written to.
static pt_code send_plan(const plan *p, pt_str rows, pt_err *e) {
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pt_err_sys(e, errno, "cannot make a pipe: %s", pt_errno_text(errno));
    PT_AUTO(pt_fd_close) int from = ends[0];
    PT_AUTO(pt_fd_close) int to = ends[1];
    const pt_part part = {.fd = from};
    pt_code code = pt_job_send(p->o->in->worker, &(pt_question){.kind = PT_JOB_PLAN}, &part, e);
    pt_fd_close(&from);
    return code ? code : pt_fd_write_all(to, rows, e);
}

static pt_code give_plan(const plan *p, const row *r, size_t n, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_PLAN_BYTES_MAX);
    pt_value v = pt_undefined();
    for (size_t i = 0; i < n; i++)
        put_row(&b, &r[i], p->ask->lose);
    if (b.full)
        return pt_err_set(e, PT_E_LIMIT, "more is to be copied than can be told");
    pt_code code = send_plan(p, pt_buf_str(&b), e);
    return code ? code
                : pt_job_receive(p->o->in->worker, p->o->a, PT_DOCUMENT_RESULT_MAX, &v, NULL, e);
}

// What the copy of this layer says of itself.
static pt_code understand(const plan *p, const pour *to, size_t n, pt_err *e) {
    pt_value v = pt_undefined();
    int64_t rows = -1;
    pt_str text = pt_arena_str(p->o->a, pt_buf_str(&to->object));
    pt_code code = pt_job_understand(text, p->o->a, &v, NULL, e);
    if (code)
        return code;
    bool whole = to->ended && pt_to_int(pt_getz(v, "rows"), &rows) && rows == (int64_t)n;
    return whole ? PT_OK
                 : pt_err_set(e, PT_E_CORRUPT, "its reader answered what no reader answers");
}

static pt_code copy_layer(const plan *p, const row *r, size_t n, pour *to, pt_err *e) {
    size_t at = r->layer - 1;
    const pt_chosen_layer *l = &p->o->in->chosen->layers.v[at];
    pt_str diff_id = pt_text(pt_at(pt_getz(p->o->in->chosen->settings, "diff_ids"), at));
    const pt_question q = {.kind = PT_JOB_COPY, .words = {l->digest, diff_id}};
    pt_part part = {.fd = -1};
    pt_code code = give_plan(p, r, n, e);
    if (!code)
        code = pt_source_find(p->o->in->source, l->member, &part, e);
    if (code)
        return code;
    to->left = 0;
    to->size_n = 0;
    to->ended = false;
    pt_buf_clear(&to->object);
    code = pt_job_send(p->o->in->worker, &q, &part, e);
    if (!code)
        code = pt_worker_pour(p->o->in->worker, &(pt_worker_sink){take, to}, e);
    pt_part_done(p->o->in->source, &part);
    if (!code)
        code = understand(p, to, n, e);
    if (code)
        pt_err_at(e, "layer %u", r->layer);
    return code;
}

static pt_code copy_layers(const plan *p, pour *to, pt_err *e) {
    static const char zeros[TAR_END];
    pt_code code = PT_OK;
    size_t n = 0;
    for (size_t i = 0; !code && i < p->n; i += n) {
        for (n = 1; i + n < p->n && p->rows[i + n].layer == p->rows[i].layer;)
            n++;
        code = copy_layer(p, &p->rows[i], n, to, e);
    }
    return code ? code : put_bytes(to, (pt_str){zeros, sizeof zeros}, e);
}

pt_code pt_image_write(const pt_image_open *o, const pt_write_ask *ask, pt_written *ret,
                       pt_err *e) {
    plan p = {.o = o, .ask = ask};
    pour to = {.out = ask->out, .object = PT_BUF(1 << 16)};
    pt_code code = make_plan(&p, e);
    if (code)
        return code;
    to.hash = pt_sha256_begin();
    code = copy_layers(&p, &to, e);
    pt_hash256 digest = pt_sha256_end(to.hash);
    pt_buf_done(&to.object);
    if (code)
        return code;
    *ret = (pt_written){.bytes = to.bytes, .entries = p.n, .digest = digest};
    return PT_OK;
}
