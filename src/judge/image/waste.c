#include "judge/image/waste.h"

#include <stdlib.h>

#include "base/map.h"
#include "judge/image/waste_impl.h"

typedef enum how {
    DELETED,
    REPLACED,
    RIGHTS, // replaced by the same content: only its owner, its mode or its time is another one
} how;

static const char *const words[] = {
    [DELETED] = "deleted", [REPLACED] = "replaced", [RIGHTS] = "same content"};

// A file that costs its bytes and is not there.
typedef struct lost {
    const pt_file *file;
    how how;
} lost;

typedef struct tally {  // of a layer
    size_t files, gone; // that it brought; of these, that are not there any more
    uint64_t bytes, wasted;
} tally;

typedef struct reckoning {
    const pt_files *files;
    pt_value doc;
    pt_arena *a;
    pt_map at;     // of path and layer -> pt_file *
    pt_map linked; // what a hard link of the same layer still needs -> pt_file *, the link
    PT_VEC(lost) lost;
    tally *layers;
    size_t n; // of them
    uint64_t written, wasted;
    bool full;
} reckoning;

// -- what the parts share -------------------------------------------------------------------------

bool pt_waste_has_content(const pt_file *f) {
    return S_ISREG(f->mode) && !f->hard;
}

uint64_t pt_waste_sum(uint64_t a, uint64_t b) {
    uint64_t most = INT64_MAX;
    return b > most || a > most - b ? most : a + b;
}

pt_value pt_waste_int(uint64_t n) {
    return pt_int(n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

// -- what went ------------------------------------------------------------------------------------

static uint64_t key_of(pt_str path, uint32_t layer) {
    return pt_hash(pt_string(path), layer);
}

// Two paths with one key are possible, so who asks compares them.
static const pt_file *at(const reckoning *r, pt_str path, uint32_t layer) {
    const pt_file *f = pt_map_get(&r->at, key_of(path, layer));
    return f && f->layer == layer && pt_str_eq(f->path, path) ? f : NULL;
}

static void note(reckoning *r, pt_file *f) {
    if (!S_ISDIR(f->mode))
        r->full |= !pt_map_put(&r->at, key_of(f->path, f->layer), f);
}

static bool is_needed(const reckoning *r, const pt_file *f) {
    const pt_file *link = pt_map_get(&r->linked, key_of(f->path, f->layer));
    return link && link->layer == f->layer && pt_str_eq(link->link, f->path);
}

static how how_of(const reckoning *r, const pt_file *f) {
    const pt_file *now = at(r, f->path, f->gone_by);
    bool same = now && S_ISREG(now->mode) && f->sum.n && pt_str_eq(f->sum, now->sum);
    return !now ? DELETED : same ? RIGHTS : REPLACED;
}

static void bring(reckoning *r, const pt_file *f) {
    if (!pt_waste_has_content(f) || !f->layer || f->layer > r->n)
        return;
    tally *l = &r->layers[f->layer - 1];
    l->files++;
    l->bytes = pt_waste_sum(l->bytes, f->size);
    r->written = pt_waste_sum(r->written, f->size);
}

static void lose(reckoning *r, const pt_file *f) {
    bring(r, f);
    if (!pt_waste_has_content(f) || !f->layer || f->layer > r->n || is_needed(r, f))
        return;
    tally *l = &r->layers[f->layer - 1];
    l->gone++;
    l->wasted = pt_waste_sum(l->wasted, f->size);
    r->wasted = pt_waste_sum(r->wasted, f->size);
    lost *x = PT_PUSH(r->a, &r->lost);
    r->full |= !x;
    if (x)
        *x = (lost){f, how_of(r, f)};
}

static void reckon(reckoning *r) {
    const pt_files *files = r->files;
    for (size_t i = 0; i < files->all.n; i++) {
        pt_file *f = &files->all.v[i];
        note(r, f);
        if (f->hard && f->link.n)
            r->full |= !pt_map_put(&r->linked, key_of(f->link, f->layer), f);
    }
    for (size_t i = 0; i < files->gone.n; i++)
        note(r, &files->gone.v[i]);
    for (size_t i = 0; i < files->all.n; i++)
        bring(r, &files->all.v[i]);
    for (size_t i = 0; i < files->gone.n; i++)
        lose(r, &files->gone.v[i]);
}

// -- which step wrote it and which took it away ---------------------------------------------------

static int compare_numbers(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

static int by_steps(const lost *x, const lost *y) {
    int order = compare_numbers(x->file->layer, y->file->layer);
    if (!order)
        order = compare_numbers(x->file->gone_by, y->file->gone_by);
    return order ? order : compare_numbers(x->how, y->how);
}

static int by_steps_and_size(const void *a, const void *b) {
    const lost *x = a;
    const lost *y = b;
    int order = by_steps(x, y);
    if (!order)
        order = compare_numbers(y->file->size, x->file->size);
    return order ? order : pt_str_cmp(x->file->path, y->file->path);
}

typedef struct group {
    const lost *first;
    size_t n;
    uint64_t bytes;
} group;

static int by_bytes(const void *a, const void *b) {
    const group *x = a;
    const group *y = b;
    int order = compare_numbers(y->bytes, x->bytes);
    return order ? order : by_steps(x->first, y->first);
}

// The step that made a layer, as the document has it; empty: nobody says.
static pt_str step_of(pt_value doc, uint32_t layer) {
    return layer ? pt_text(pt_getz(pt_at(pt_getz(doc, "layers"), layer - 1), "step")) : (pt_str){0};
}

static bool copies(pt_str step) {
    return pt_str_starts(step, PT_STR("COPY")) || pt_str_starts(step, PT_STR("ADD"));
}

// What its builder can do about it.
static const char *advice(const reckoning *r, const lost *x) {
    bool copied = copies(step_of(r->doc, x->file->layer));
    if (x->file->layer == 1)
        return "it is of the lowest layer: begin with an image that lacks it";
    if (x->how == RIGHTS)
        return copied ? "set owner and mode as it is copied: COPY --chown --chmod"
                      : "set owner and mode in the step that writes it";
    if (x->how == REPLACED)
        return "write it once: only the later step's stays";
    return copied ? "do not copy it: name it in .dockerignore"
                  : "delete it in the step that writes it: one RUN for both";
}

static pt_value group_value(const reckoning *r, const group *g) {
    const pt_file *f = g->first->file;
    pt_list paths = {.a = r->a};
    pt_obj o = {.a = r->a};
    for (size_t i = 0; i < g->n && i < PT_WASTE_PATHS_MAX; i++) {
        pt_obj p = {.a = r->a};
        pt_obj_set(&p, "path", pt_string(g->first[i].file->path));
        pt_obj_set(&p, "bytes", pt_waste_int(g->first[i].file->size));
        pt_list_add(&paths, pt_obj_end(&p));
    }
    pt_obj_set(&o, "how", pt_stringz(words[g->first->how]));
    pt_obj_set(&o, "layer", pt_int(f->layer));
    pt_obj_set(&o, "by", pt_int(f->gone_by));
    pt_obj_set(&o, "files", pt_int((int64_t)g->n));
    pt_obj_set(&o, "bytes", pt_waste_int(g->bytes));
    pt_obj_set(&o, "largest", pt_list_end(&paths));
    pt_obj_set(&o, "advice", pt_stringz(advice(r, g->first)));
    return pt_obj_end(&o);
}

// *ret_n: how many there are, told or not.
static pt_value groups(reckoning *r, size_t *ret_n) {
    PT_VEC(group) all = {0};
    pt_list l = {.a = r->a};
    if (r->lost.n)
        qsort(r->lost.v, r->lost.n, sizeof(lost), by_steps_and_size);
    for (size_t i = 0; i < r->lost.n; i++) {
        bool same = i && by_steps(&r->lost.v[i - 1], &r->lost.v[i]) == 0;
        group *g = same ? &all.v[all.n - 1] : PT_PUSH(r->a, &all);
        if (!g) {
            r->full = true;
            return pt_undefined();
        }
        if (!same)
            *g = (group){.first = &r->lost.v[i]};
        g->n++;
        g->bytes = pt_waste_sum(g->bytes, r->lost.v[i].file->size);
    }
    if (all.n)
        qsort(all.v, all.n, sizeof(group), by_bytes);
    for (size_t i = 0; i < all.n && i < PT_WASTE_GROUPS_MAX; i++)
        pt_list_add(&l, group_value(r, &all.v[i]));
    *ret_n = all.n;
    return pt_list_end(&l);
}

// -- all of it ------------------------------------------------------------------------------------

static pt_value layers_value(const reckoning *r) {
    pt_list l = {.a = r->a};
    for (size_t i = 0; i < r->n; i++) {
        const tally *x = &r->layers[i];
        pt_obj o = {.a = r->a};
        pt_obj_set(&o, "layer", pt_int((int64_t)i + 1));
        pt_obj_set(&o, "files", pt_int((int64_t)x->files));
        pt_obj_set(&o, "bytes", pt_waste_int(x->bytes));
        pt_obj_set(&o, "gone", pt_int((int64_t)x->gone));
        pt_obj_set(&o, "wasted", pt_waste_int(x->wasted));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

static pt_value order(const reckoning *r) {
    size_t *files = PT_NEW(r->a, size_t, r->n + 1);
    uint64_t *bytes = PT_NEW(r->a, uint64_t, r->n + 1);
    if (!files || !bytes)
        return pt_undefined();
    for (size_t i = 0; i < r->n; i++) {
        files[i] = r->layers[i].files;
        bytes[i] = r->layers[i].bytes;
    }
    return pt_waste_order(r->doc, files, bytes, r->n, r->a);
}

// Of 1,000: no product of claimed sizes is too large.
static uint64_t permille_of(uint64_t part, uint64_t whole) {
    if (whole > UINT64_MAX / 1000) {
        part /= 1000;
        whole /= 1000;
    }
    return whole ? part * 1000 / whole : 0;
}

static bool is_over(const reckoning *r, const pt_waste_limit *limit) {
    if (!limit->permille)
        return r->wasted > limit->most;
    return permille_of(r->wasted, r->written) > limit->most;
}

static pt_value value_of(reckoning *r, const pt_waste_limit *limit) {
    pt_obj o = {.a = r->a};
    size_t n = 0;
    uint64_t twice = 0;
    uint64_t cached = 0;
    uint64_t kept = 1000 - permille_of(r->wasted, r->written);
    pt_str percent = pt_arena_printf(r->a, "%llu.%llu", (unsigned long long)(kept / 10),
                                     (unsigned long long)(kept % 10));
    pt_value removed = groups(r, &n);
    pt_value duplicates = pt_waste_duplicates(r->files, r->a, &twice);
    pt_value caches = pt_waste_caches(r->files, r->n, r->a, &cached);
    pt_obj_set(&o, "written", pt_waste_int(r->written));
    pt_obj_set(&o, "wasted", pt_waste_int(r->wasted));
    pt_obj_set(&o, "efficiency", pt_number(percent));
    pt_obj_set(&o, "layers", layers_value(r));
    pt_obj_set(&o, "removed", removed);
    pt_obj_set(&o, "removed_n", pt_int((int64_t)n));
    pt_obj_set(&o, "duplicates", duplicates);
    pt_obj_set(&o, "duplicate_bytes", pt_waste_int(twice));
    pt_obj_set(&o, "caches", caches);
    pt_obj_set(&o, "cache_bytes", pt_waste_int(cached));
    pt_obj_set(&o, "folders", pt_waste_folders(r->files, r->a));
    pt_obj_set(&o, "order", order(r));
    if (limit->asked)
        pt_obj_set(&o, "over", pt_bool(is_over(r, limit)));
    if (r->files->cut)
        pt_obj_set(&o, "cut", pt_bool(true));
    return pt_obj_end(&o);
}

pt_code pt_waste(const pt_files *files, pt_value doc, const pt_waste_limit *limit, pt_arena *a,
                 pt_value *ret, pt_err *e) {
    reckoning r = {.files = files, .doc = doc, .a = a, .at = {.a = a}, .linked = {.a = a}};
    r.n = pt_len(pt_getz(doc, "layers"));
    r.layers = PT_NEW(a, tally, r.n + 1);
    if (!r.layers)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    reckon(&r);
    pt_value v = value_of(&r, limit);
    if (r.full || a->full || !pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = v;
    return PT_OK;
}
