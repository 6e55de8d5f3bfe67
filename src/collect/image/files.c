#include "collect/image/files.h"

#include <string.h>

#include "collect/image/layers_impl.h"
#include "collect/image/limits.h"
#include "collect/image/look.h"
#include "value/json.h"

// The next record, and the texts behind it.
static bool next(pt_str *rest, pt_file_record *ret, pt_str texts[5]) {
    if (rest->n < sizeof *ret)
        return false;
    memcpy(ret, rest->p, sizeof *ret);
    *rest = pt_str_sub(*rest, sizeof *ret, rest->n);
    const uint32_t sizes[5] = {ret->path_n, ret->link_n, ret->capability_n, ret->sum_n,
                               ret->seen_n};
    for (size_t i = 0; i < 5; i++) {
        if (sizes[i] > rest->n)
            return false;
        texts[i] = pt_str_sub(*rest, 0, sizes[i]);
        *rest = pt_str_sub(*rest, sizes[i], rest->n);
    }
    return true;
}

static pt_code corrupt(pt_err *e) {
    return pt_err_set(e, PT_E_CORRUPT, "its reader tells of files what no reader tells");
}

static pt_code parse(pt_layers *l, pt_str json, pt_value *ret, pt_err *e) {
    *ret = pt_undefined();
    return json.n && pt_json_parse(l->a, json, NULL, ret, NULL) ? corrupt(e) : PT_OK;
}

void pt_layers_untell(pt_layers *l, pt_node *n, uint32_t layer) {
    if (!n->file)
        return;
    n->file->gone_by = layer;
    pt_file *at = PT_PUSH(l->a, &l->files.gone);
    if (at)
        *at = *n->file;
    n->file = NULL;
}

// A hard link is what its target is now.
static void take_after(pt_layers *l, pt_file *f) {
    const pt_node *n = pt_tree_at(&l->tree, pt_tree_resolve(&l->tree, l->a, f->link, false));
    const pt_file *to = n ? n->file : NULL;
    if (!to)
        return;
    f->mode = to->mode;
    f->uid = to->uid;
    f->gid = to->gid;
    f->size = to->size;
    f->mtime = to->mtime;
    f->data_layer = to->data_layer;
    f->data_entry = to->data_entry;
    f->capability = to->capability;
    f->sum = to->sum;
    f->seen = to->seen;
}

static pt_code put(pt_layers *l, pt_file f, pt_err *e) {
    pt_str path = pt_tree_resolve(&l->tree, l->a, f.path, false);
    pt_node *n = NULL;
    pt_file *kept = PT_NEW(l->a, pt_file, 1);
    if (!kept)
        return pt_layers_full(e);
    if (!path.n) // the root itself, or links in a circle: those are told by their event
        return PT_OK;
    pt_code code = pt_tree_make(&l->tree, path, &n, e);
    if (code)
        return code;
    f.path = n->path;
    if (f.hard)
        take_after(l, &f);
    if (!S_ISDIR(f.mode) || (n->file && !S_ISDIR(n->file->mode)))
        pt_layers_untell(l, n, f.layer);
    *kept = f;
    n->file = kept;
    return PT_OK;
}

static bool has_room(pt_layers *l, uint32_t layer) {
    if (l->tree.nodes.n < PT_FILES_MAX)
        return true;
    if (!l->files.cut)
        pt_layers_problem(l, "not evaluated", PT_STR("More files than can be told one by one"),
                          (pt_str){0}, layer);
    l->files.cut = true;
    return false;
}

pt_code pt_layers_tell(pt_layers *l, uint32_t layer, pt_str told, pt_err *e) {
    pt_code code = PT_OK;
    pt_file_record r = {0};
    pt_str texts[5];
    while (!code && told.n && has_room(l, layer)) {
        pt_value seen = pt_undefined();
        code = next(&told, &r, texts) ? parse(l, texts[4], &seen, e) : corrupt(e);
        if (!code)
            code = put(l,
                       (pt_file){.path = texts[0],
                                 .link = texts[1],
                                 .capability = texts[2],
                                 .sum = texts[3],
                                 .seen = seen,
                                 .mode = r.mode,
                                 .hard = r.hard == 1,
                                 .uid = r.uid,
                                 .gid = r.gid,
                                 .size = r.size,
                                 .mtime = r.mtime,
                                 .layer = layer,
                                 .entry = r.entry,
                                 .data_layer = layer,
                                 .data_entry = r.entry},
                       e);
    }
    return code;
}
