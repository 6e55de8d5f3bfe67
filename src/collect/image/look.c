#include "collect/image/look.h"

#include "collect/image/image.h"
#include "collect/image/limits.h"
#include "collect/image/look_left_out.h"
#include "collect/image/look_rows.h"
#include "collect/image/sums.h"
#include "value/json.h"

const pt_look pt_looks[] = {
    {PT_LAYER_CLAIMS, pt_left_out_wants, pt_left_out_see},
    {PT_LOOK_HARDENING, pt_wants_elf, pt_see_elf},
    {PT_LOOK_HARDENING, pt_wants_settings, pt_see_settings},
    {PT_LOOK_NEEDS, pt_wants_needs, pt_see_needs},
    {0},
};

// What the looks that were asked for see in a regular file.
static pt_code see(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e) {
    pt_code code = PT_OK;
    for (const pt_look *l = pt_looks; !code && l->flag; l++) {
        bool asked = (w->flags & l->flag) != 0;
        if (asked && !t->sparse && l->wants(w, t))
            code = t->size > PT_LOOK_BYTES_MAX ? PT_OK : pt_tar_read(&w->tar, &w->content, e);
        if (asked && !code)
            code = l->see(w, t, seen, e);
    }
    return code;
}

// The checksum's room (texts[SUM]) is filled when the file was read.
enum {
    SUM = 3,
    TEXTS = 5,
};
static const char no_sum[256];

static void put(pt_walk *w, const pt_file_record *r, const pt_str texts[TEXTS]) {
    pt_buf *b = &w->told;
    pt_buf_put(b, (pt_str){(const char *)r, sizeof *r});
    for (size_t i = 0; i < TEXTS; i++) {
        if (i == SUM && texts[i].n) {
            w->sums->at = b->n;
            w->sums->n = texts[i].n;
        }
        pt_buf_put(b, texts[i]);
    }
}

pt_code pt_walk_look(pt_walk *w, const pt_tar_entry *t, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf json = PT_BUF(PT_LOOK_BYTES_MAX);
    pt_obj seen = {.a = &w->scratch};
    if (!(w->flags & PT_LAYER_FILES) || w->told_cut)
        return PT_OK;
    pt_code code = t->type == PT_TAR_FILE ? see(w, t, &seen, e) : PT_OK;
    pt_value v = pt_obj_end(&seen);
    if (!code && pt_len(v))
        code = pt_json_write(&json, v, NULL, e);
    bool link = t->type == PT_TAR_SYMLINK || t->type == PT_TAR_HARD_LINK;
    pt_str sum = {.p = no_sum};
    pt_walk_sums_room(w, &sum.n);
    pt_assert(sum.n <= sizeof no_sum);
    const pt_str texts[TEXTS] = {t->path, link ? t->link : (pt_str){0}, t->capability, sum,
                                 pt_buf_str(&json)};
    const pt_file_record r = {.size = t->size,
                              .mtime = t->mtime,
                              .entry = w->entry,
                              .mode = t->mode,
                              .uid = t->uid,
                              .gid = t->gid,
                              .path_n = (uint32_t)texts[0].n,
                              .link_n = (uint32_t)texts[1].n,
                              .capability_n = (uint32_t)texts[2].n,
                              .sum_n = (uint32_t)texts[SUM].n,
                              .seen_n = (uint32_t)texts[4].n,
                              .hard = t->type == PT_TAR_HARD_LINK};
    if (code)
        return code;
    put(w, &r, texts);
    if (w->told.n > PT_LAYER_TOLD_MAX) {
        w->told_cut = true;
        pt_walk_problem(w, "not evaluated", "More files than can be told one by one", t->path);
    }
    return w->told.full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}
