// data.inventory of objects.
#include <stdlib.h>

#include "judge/gatekeeper/gatekeeper.h"

enum {
    DEPTH = 4, // keys below "namespace"; one less below "cluster"
};

typedef struct entry {
    pt_str keys[DEPTH]; // namespace (empty: cluster-scoped), GV, kind, name
    pt_value object;
    size_t order;
} entry;

static entry entry_of(pt_value object, size_t order) {
    pt_value meta = pt_getz(object, "metadata");
    return (entry){.keys = {pt_text(pt_getz(meta, "namespace")),
                            pt_text(pt_getz(object, "apiVersion")),
                            pt_text(pt_getz(object, "kind")), pt_text(pt_getz(meta, "name"))},
                   .object = object,
                   .order = order};
}

static int compare(const void *x, const void *y) {
    const entry *a = x;
    const entry *b = y;
    for (size_t i = 0; i < DEPTH; i++) {
        int c = pt_str_cmp(a->keys[i], b->keys[i]);
        if (c != 0)
            return c;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

// What is needed only while it is made.
typedef struct making {
    pt_arena *a, scratch;
} making;

// The tree of what is alike in its first `level` keys. Of two of one name the last one counts.
// NOLINTNEXTLINE(misc-no-recursion): DEPTH
static pt_value tree(making *m, const entry *v, size_t n, size_t level) {
    size_t pairs_n = 0;
    pt_value *pairs = level < DEPTH ? PT_NEW(&m->scratch, pt_value, 2 * n) : NULL;
    if (level == DEPTH)
        return v[n - 1].object;
    for (size_t i = 0, k; pairs && i < n; i = k) {
        for (k = i + 1; k < n && pt_str_eq(v[k].keys[level], v[i].keys[level]);)
            k++;
        pairs[pairs_n++] = pt_string(v[i].keys[level]);
        pairs[pairs_n] = tree(m, v + i, k - i, level + 1);
        if (!pt_defined(pairs[pairs_n++]))
            return pt_undefined();
    }
    return pairs ? pt_object_of(m->a, pairs, pairs_n / 2, NULL) : pt_undefined();
}

static pt_value inventory(making *m, const pt_value *objects, size_t n) {
    entry *all = PT_NEW(&m->scratch, entry, n);
    size_t cluster = 0;
    pt_obj o = {.a = m->a};
    if (!all)
        return pt_undefined();
    for (size_t i = 0; i < n; i++)
        all[i] = entry_of(objects[i], i);
    if (n > 0)
        qsort(all, n, sizeof *all, compare);
    while (cluster < n && !all[cluster].keys[0].n)
        cluster++;
    if (cluster > 0)
        pt_obj_set(&o, "cluster", tree(m, all, cluster, 1));
    if (cluster < n)
        pt_obj_set(&o, "namespace", tree(m, all + cluster, n - cluster, 0));
    return pt_obj_end(&o);
}

pt_value pt_gk_inventory(pt_arena *a, const pt_value *objects, size_t n) {
    making m = {a, {.bytes_max = a->bytes_max, .stop = a->stop}};
    pt_value v = inventory(&m, objects, n);
    pt_arena_done(&m.scratch);
    return v;
}
