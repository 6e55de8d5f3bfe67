#include "judge/image/rights.h"

bool pt_file_takes_rights(const pt_file *f) {
    bool runs = f->mode & (S_IXUSR | S_IXGRP | S_IXOTH);
    bool set = f->mode & S_ISUID || (f->mode & S_ISGID && f->mode & S_IXGRP);
    return S_ISREG(f->mode) && ((runs && set) || f->capability.n);
}

static uint64_t key_of(pt_str type, pt_str name) {
    return pt_hash(pt_string(name), pt_hash(pt_string(type), 0));
}

// From 1; 0: nobody knows. Of several architectures the last one.
static uint32_t layer_of(const pt_rights *r, const pt_file *f) {
    const uint32_t *layer =
        f->owner.n ? pt_map_get(&r->layers, key_of(f->owner_type, f->owner)) : NULL;
    return layer ? *layer : 0;
}

static void find_layers(pt_rights *r, pt_value doc, pt_arena *a) {
    pt_value all = pt_getz(doc, "packages");
    for (size_t i = 0; i < pt_len(all); i++) {
        pt_value v = pt_at(all, i);
        int64_t layer = 0;
        pt_str type = pt_text(pt_getz(v, "type"));
        if (!pt_str_in_list(type, PT_STR("deb rpm apk"), ' ') ||
            !pt_to_int(pt_getz(v, "layer"), &layer) || layer <= 0 || layer > UINT32_MAX)
            continue;
        uint64_t key = key_of(type, pt_text(pt_getz(v, "name")));
        uint32_t *known = pt_map_get(&r->layers, key);
        uint32_t *its = known ? known : PT_NEW(a, uint32_t, 1);
        if (its && *its < layer)
            *its = (uint32_t)layer;
        r->full = !its || (!known && !pt_map_put(&r->layers, key, its)) || r->full;
    }
}

void pt_rights_find(pt_rights *r, const pt_files *files, pt_value doc, pt_arena *a) {
    *r = (pt_rights){.layers = {.a = a}, .own = {.a = a}};
    find_layers(r, doc, a);
    for (size_t i = 0; i < files->gone.n; i++) { // as they went: the last one of the package stays
        pt_file *was = &files->gone.v[i];
        const pt_file *f = pt_files_at(files, was->path);
        if (f && pt_file_takes_rights(f) && was->layer <= layer_of(r, f))
            r->full = !pt_map_put(&r->own, pt_hash(pt_string(f->path), 0), was) || r->full;
    }
}

bool pt_rights_added(const pt_rights *r, const pt_file *f, const pt_file **ret_was) {
    uint32_t layer = pt_file_takes_rights(f) ? layer_of(r, f) : 0;
    if (!layer || f->layer <= layer)
        return false;
    const pt_file *was = pt_map_get(&r->own, pt_hash(pt_string(f->path), 0));
    *ret_was = was && pt_str_eq(was->path, f->path) ? was : NULL;
    return !*ret_was || !pt_file_takes_rights(*ret_was);
}
