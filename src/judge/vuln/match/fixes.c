// What removes the flaws: upgrades, each with all that it removes, and the layers that brought
// them.
#include <stdlib.h>

#include "judge/vuln/match/match_impl.h"

// A flaw by what removes it: packages of one source, from one version.
typedef struct removed {
    pt_str type, source, version;
    const pt_flaw *flaw;
} removed;

typedef struct upgrade {
    const removed *of;
    size_t n;
    size_t removes; // vulnerabilities
    size_t by_label[PT_LABELS];
    double rank; // the sum
    bool exploited;
    pt_str to;
} upgrade;

static removed removed_of(const pt_flaw *f) {
    pt_str source = PT_GET_TEXT(f->package, "source");
    return (removed){.type = PT_GET_TEXT(f->package, "type"),
                     .source = source.n ? source : PT_GET_TEXT(f->package, "name"),
                     .version = PT_GET_TEXT(f->package, "version"),
                     .flaw = f};
}

static pt_str fix_of(const pt_flaw *f) {
    return f->fixed_n ? f->fixed[f->fixed_n - 1] : (pt_str){0};
}

static int by_upgrade(const removed *x, const removed *y) {
    int c = pt_str_cmp(x->type, y->type);
    if (!c)
        c = pt_str_cmp(x->source, y->source);
    return c ? c : pt_str_cmp(x->version, y->version);
}

static int by_upgrade_and_id(const void *a, const void *b) {
    const removed *x = a;
    const removed *y = b;
    int c = by_upgrade(x, y);
    if (!c)
        c = pt_str_cmp(x->flaw->id, y->flaw->id);
    return c ? c : (x->flaw->at > y->flaw->at) - (x->flaw->at < y->flaw->at);
}

// A vulnerability in three binary packages of one source is one that the upgrade removes.
static void count_up(upgrade *u) {
    for (size_t i = 0; i < u->n; i++) {
        const pt_flaw *f = u->of[i].flaw;
        pt_version_scheme scheme = f->said[0].s.scheme;
        if (!u->to.n || pt_version_order(scheme, u->to, fix_of(f)) < 0)
            u->to = fix_of(f);
        if (i && pt_str_eq(f->id, u->of[i - 1].flaw->id))
            continue;
        u->removes++;
        u->by_label[f->weight.label]++;
        u->rank += f->weight.rank;
        u->exploited = u->exploited || pt_defined(f->weight.kev);
    }
}

static int by_weight(const void *a, const void *b) {
    const upgrade *x = a;
    const upgrade *y = b;
    if (x->exploited != y->exploited)
        return x->exploited ? -1 : 1;
    for (size_t i = 0; i < PT_LABELS; i++)
        if (x->by_label[i] != y->by_label[i])
            return x->by_label[i] > y->by_label[i] ? -1 : 1;
    if (x->rank > y->rank || x->rank < y->rank)
        return x->rank > y->rank ? -1 : 1;
    return by_upgrade_and_id(x->of, y->of);
}

// -- as the document has them ---------------------------------------------------------------------

// `work` holds what grows while one upgrade is written: of two hundred thousand of them it would
// be more than the document.
typedef struct writer {
    pt_arena *a, *work;
} writer;

// The values at `key` of the packages, each once, in order: there are few, whatever the flaws.
static pt_value distinct(const writer *w, const upgrade *u, pt_str key) {
    PT_VEC(pt_value) all = {0};
    for (size_t i = 0; i < u->n; i++) {
        pt_value one = pt_get(u->of[i].flaw->package, key);
        size_t at = all.n;
        int order = 1;
        while (at && (order = pt_cmp(all.v[at - 1], one)) > 0)
            at--;
        if (!pt_defined(one) || (at && order == 0))
            continue;
        if (!PT_PUSH(w->work, &all))
            return pt_undefined();
        for (size_t k = all.n - 1; k > at; k--)
            all.v[k] = all.v[k - 1];
        all.v[at] = one;
    }
    return pt_array_of(w->a, all.v, all.n);
}

static pt_value ids_of(const writer *w, const upgrade *u) {
    pt_list l = {.a = w->work};
    for (size_t i = 0; i < u->n; i++)
        if (!i || !pt_str_eq(u->of[i].flaw->id, u->of[i - 1].flaw->id))
            pt_list_add(&l, pt_string(u->of[i].flaw->id));
    return l.full ? pt_undefined() : pt_array_of(w->a, l.items.v, l.items.n);
}

static pt_value labels_of(const writer *w, const size_t by_label[PT_LABELS]) {
    pt_obj o = {.a = w->work};
    for (size_t i = 0; i < PT_LABELS; i++)
        if (by_label[i])
            pt_obj_set(&o, pt_label_name((pt_label)i), pt_int((int64_t)by_label[i]));
    return o.full ? pt_undefined() : pt_object_of(w->a, o.pairs.v, o.pairs.n / 2, NULL);
}

static pt_value upgrade_of(const writer *w, const upgrade *u) {
    pt_arena *a = w->a;
    const pt_flaw *f = u->of[0].flaw;
    const pt_lookup *l = f->said[0].lookup;
    pt_members m = {.n = 0};
    pt_members_put(&m, "exploited", pt_bool(u->exploited));
    pt_members_put(&m, "files", distinct(w, u, PT_STR("file")));
    pt_members_put(&m, "from", PT_GET(f->package, "version"));
    pt_members_put(&m, "ids", ids_of(w, u));
    pt_members_put(&m, "layers", distinct(w, u, PT_STR("layer")));
    pt_members_put(&m, "names", distinct(w, u, PT_STR("name")));
    pt_members_put(&m, "rank", pt_match_tenths(a, u->rank));
    pt_members_put(&m, "removes", pt_int((int64_t)u->removes));
    pt_members_put(&m, "severities", labels_of(w, u->by_label));
    // Its binary packages may have another version.
    pt_members_put(&m, "source", l->source ? pt_string(l->name) : pt_undefined());
    pt_members_put(&m, "to", pt_string(u->to));
    pt_members_put(&m, "type", PT_GET(f->package, "type"));
    return pt_members_end(&m, a);
}

static pt_value upgrades_of(pt_arena *a, const pt_flaws *flaws) {
    PT_AUTO(pt_arena_done) pt_arena kept = {0};
    PT_AUTO(pt_arena_done) pt_arena work = {0};
    const writer w = {a, &work};
    removed *of = PT_NEW(&kept, removed, flaws->of.n);
    PT_VEC(upgrade) all = {0};
    pt_list l = {.a = a};
    size_t n = 0;
    if (!of)
        return pt_undefined();
    for (size_t i = 0; i < flaws->of.n; i++)
        if (!flaws->of.v[i]->aside && flaws->of.v[i]->fixed_n)
            of[n++] = removed_of(flaws->of.v[i]);
    qsort(of, n, sizeof *of, by_upgrade_and_id);
    for (size_t i = 0; i < n; i += all.v[all.n - 1].n) {
        upgrade *u = PT_PUSH(&kept, &all);
        if (!u)
            return pt_undefined();
        *u = (upgrade){.of = of + i, .n = 1};
        while (i + u->n < n && by_upgrade(&of[i], &of[i + u->n]) == 0)
            u->n++;
        count_up(u);
    }
    if (all.n)
        qsort(all.v, all.n, sizeof *all.v, by_weight);
    for (size_t i = 0; i < all.n; i++) {
        pt_list_add(&l, upgrade_of(&w, &all.v[i]));
        a->full = a->full || work.full; // what could not be written is missing
        pt_arena_clear(&work);
    }
    return pt_list_end(&l);
}

// -- layers ---------------------------------------------------------------------------------------

// Findings by the layer that brought the package: what a newer base image may remove.
static pt_value layers_of(pt_arena *a, const pt_flaws *flaws) {
    enum {
        LAYERS_MAX = 1024
    };
    size_t(*n)[2] = pt_arena_zero(a, sizeof *n, LAYERS_MAX);
    pt_list l = {.a = a};
    if (!n)
        return pt_undefined();
    for (size_t i = 0; i < flaws->of.n; i++) {
        int64_t layer = 0;
        const pt_flaw *f = flaws->of.v[i];
        if (f->aside || !pt_to_int(PT_GET(f->package, "layer"), &layer) || layer < 1 ||
            layer >= LAYERS_MAX)
            continue;
        n[layer][0]++;
        n[layer][1] += f->fixed_n > 0;
    }
    for (int64_t i = 1; i < LAYERS_MAX; i++) {
        pt_obj o = {.a = a};
        if (!n[i][0])
            continue;
        pt_obj_set(&o, "layer", pt_int(i));
        pt_obj_set(&o, "findings", pt_int((int64_t)n[i][0]));
        pt_obj_set(&o, "fixable", pt_int((int64_t)n[i][1]));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

pt_value pt_match_fixes(pt_arena *a, const pt_flaws *flaws) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "upgrades", upgrades_of(a, flaws));
    pt_obj_set(&o, "layers", layers_of(a, flaws));
    return pt_obj_end(&o);
}
