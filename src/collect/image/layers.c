#include "collect/image/layers.h"

#include <string.h>

#include "base/buf.h"
#include "collect/image/files.h"
#include "collect/image/layers_impl.h"
#include "collect/image/limits.h"

pt_code pt_layers_full(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

void pt_layers_init(pt_layers *l, pt_arena *a) {
    *l = (pt_layers){.a = a, .problems = {.a = a}, .packages = {.a = a}};
    pt_tree_init(&l->tree, a);
}

void pt_layers_problem(pt_layers *l, const char *verdict, pt_str what, pt_str path,
                       uint32_t layer) {
    pt_obj o = {.a = l->a};
    pt_obj_set(&o, "verdict", pt_stringz(verdict));
    pt_obj_set(&o, "what", pt_string(what));
    if (path.n)
        pt_obj_set(&o, "path", pt_string(path));
    if (layer && !l->one)
        pt_obj_set(&o, "layer", pt_int(layer));
    pt_list_add(&l->problems, pt_obj_end(&o));
}

const char *pt_layers_verdict(const pt_layers *l) {
    const pt_list *problems = &l->problems;
    for (size_t i = 0; i < problems->items.n; i++)
        if (pt_str_eqz(pt_text(pt_getz(problems->items.v[i], "verdict")), "fail"))
            return "fail";
    return problems->items.n ? "not evaluated" : "pass";
}

// -- taking away ----------------------------------------------------------------------------------

// A list of the system's packages that vanishes is remembered: nothing may be lost without a word.
typedef struct taking {
    pt_layers *l;
    uint32_t layer;
} taking;

static void mourn(pt_node *n, void *arg) {
    const taking *by = arg;
    size_t packages = pt_len(pt_getz(n->event, "packages"));
    pt_layers_untell(by->l, n, by->layer);
    if (n->holder && n->holder->layer < by->layer) { // its secrets are in the image nevertheless
        n->holder->gone_by = by->layer;
        n->holder = NULL;
    }
    if (!packages || !pt_true(pt_getz(n->event, "system")) ||
        (pt_true(pt_getz(n->event, "maybe")) && !pt_reader_of(n->path)))
        return;
    n->gone = packages;
    n->gone_by = by->layer;
}

static void cut(pt_layers *l, pt_node *n, bool whole, uint32_t layer) {
    taking by = {l, layer};
    pt_tree_cut(n, whole, mourn, &by);
}

// -- words ----------------------------------------------------------------------------------------

static uint64_t word_at(pt_str words, size_t i) {
    uint64_t w = 0;
    memcpy(&w, words.p + i * sizeof w, sizeof w);
    return w;
}

// The names by which what lies behind links can be called, too: a layer may write through them.
static pt_code find_aliases(pt_layers *l, pt_map *aliases, pt_err *e) {
    pt_tree_lead_links(&l->tree);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    for (size_t i = 0; i <= l->tree.nodes.n; i++) {
        pt_node *top = i < l->tree.nodes.n ? l->tree.nodes.v[i] : &l->tree.root;
        for (const pt_node *link = top->links; link; link = link->next_link)
            for (pt_node *n = top->below; n; n = pt_tree_next(top, n)) {
                if (aliases->n >= PT_ALIASES_MAX) {
                    l->aliases_cut = true;
                    return PT_OK;
                }
                pt_buf_clear(&b);
                pt_buf_put(&b, link->path);
                pt_buf_putz(&b, top->path.n ? "" : "/");
                pt_buf_put(&b, pt_str_sub(n->path, top->path.n, n->path.n));
                if (!b.full && !pt_map_put(aliases, pt_path_hash(pt_buf_str(&b)), n))
                    return pt_layers_full(e);
            }
    }
    return PT_OK;
}

static bool is_file(const pt_node *n) {
    return pt_defined(n->event) || n->holder || (n->file && !S_ISDIR(n->file->mode));
}

static void take_word(pt_layers *l, pt_node *n, uint64_t word, uint32_t layer) {
    switch (word & 3) {
    case PT_WORD_TAKES:
        cut(l, n, true, layer);
        break;
    case PT_WORD_FOLDER:
        if (is_file(n))
            cut(l, n, true, layer);
        break;
    default:
        cut(l, n, false, layer);
        break;
    }
}

// All of it concerns lower layers only, so it comes before what the layer itself brings.
static pt_code take_words(pt_layers *l, uint32_t layer, pt_str words, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_map aliases = {.a = &a};
    size_t n = words.n / sizeof(uint64_t);
    pt_code code = n && l->tree.nodes.n ? find_aliases(l, &aliases, e) : PT_OK;
    for (size_t i = 0; !code && i < n; i++) {
        uint64_t word = word_at(words, i);
        uint64_t hash = word & ~UINT64_C(3);
        pt_node *at =
            hash == pt_path_hash((pt_str){0}) ? &l->tree.root : pt_map_get(&l->tree.map, hash);
        if (at && at->in_place)
            take_word(l, at, word, layer);
        at = pt_map_get(&aliases, hash);
        if (at && at->in_place)
            take_word(l, at, word, layer);
    }
    return code;
}

// -- packages -------------------------------------------------------------------------------------

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// What makes two packages the same one.
pt_str pt_layers_key(pt_arena *a, pt_value p) {
    pt_str name = text_of(p, "name");
    pt_str architecture = text_of(p, "architecture");
    pt_str version = text_of(p, "version");
    return pt_arena_printf(a, "%.*s %.*s %.*s", PT_PRI(name), PT_PRI(architecture),
                           PT_PRI(version));
}

// {key: layer}: a package that the file listed before came with the layer that it came with.
static pt_value since(pt_layers *l, pt_value packages, uint32_t layer, pt_value before) {
    PT_VEC(pt_value) pairs = {0};
    for (size_t i = 0; i < pt_len(packages); i++) {
        pt_str key = pt_layers_key(l->a, pt_at(packages, i));
        pt_value was = pt_get(before, key);
        pt_value *k = PT_PUSH(l->a, &pairs);
        if (k)
            *k = pt_string(key);
        pt_value *v = PT_PUSH(l->a, &pairs);
        if (!k || !v)
            return pt_undefined();
        *v = pt_defined(was) ? was : pt_int(layer);
    }
    return pt_object_of(l->a, pairs.v, pairs.n / 2, NULL);
}

// -- events ---------------------------------------------------------------------------------------

// The event's part of what the layer says in items of `size` bytes; empty: it has none, or one that
// cannot be.
static pt_str part_of(pt_value event, const char *key, pt_str all, size_t size) {
    int64_t from = 0;
    int64_t n = 0;
    pt_value v = pt_getz(event, key);
    uint64_t most = all.n / size;
    if (!pt_to_int(pt_at(v, 0), &from) || !pt_to_int(pt_at(v, 1), &n) || from < 0 || n < 0 ||
        (uint64_t)from > most || (uint64_t)n > most - (uint64_t)from)
        return (pt_str){0};
    return pt_str_sub(all, (size_t)from * size, (size_t)(from + n) * size);
}

static pt_code put_file(pt_layers *l, pt_node *n, pt_value event, uint32_t layer, pt_err *e) {
    pt_value packages = pt_getz(event, "packages");
    pt_value before = n->since;
    cut(l, n, true, layer);
    n->event = event;
    n->layer = layer;
    if (pt_len(packages))
        n->gone = 0;
    if (pt_tag_of(packages) == PT_ARRAY) {
        n->since = since(l, packages, layer, before);
        if (!pt_defined(n->since))
            return pt_layers_full(e);
    }
    return PT_OK;
}

// A hard link is the file that its target is now; replacing that later leaves the link.
static void put_hard(pt_layers *l, pt_node *n, pt_value event, uint32_t layer) {
    pt_str to = pt_tree_resolve(&l->tree, l->a, text_of(event, "to"), false);
    pt_node *target = pt_tree_at(&l->tree, to);
    pt_node its = {.event = event};
    if (target == n)
        return;
    if (target && pt_node_is(target, "file")) {
        its = *target; // which may stand below what the link takes the place of
        its.same = target->same ? target->same : target;
    }
    cut(l, n, true, layer);
    n->layer = layer;
    n->event = its.event;
    n->since = its.since;
    n->owned = its.owned;
    n->claims = its.claims;
    n->same = its.same;
}

static pt_code put_holder(pt_layers *l, uint32_t layer, pt_value event, pt_err *e) {
    pt_str path = pt_tree_resolve(&l->tree, l->a, text_of(event, "path"), false);
    pt_node *n = NULL;
    pt_holder *h = PT_NEW(l->a, pt_holder, 1);
    pt_holder **at = h ? PT_PUSH(l->a, &l->holders) : NULL;
    if (!at)
        return pt_layers_full(e);
    *h = (pt_holder){.event = event, .layer = layer};
    *at = h;
    if (!path.n) // its links lead in a circle: nobody will see it go
        return PT_OK;
    pt_code code = pt_tree_make(&l->tree, path, &n, e);
    if (!code) {
        n->holder = h;
        h->node = n;
    }
    return code;
}

static void take_parts(pt_layers *l, pt_node *n, const pt_layer_found *found) {
    int64_t sums = 0;
    n->owned = part_of(n->event, "owned", found->owned, sizeof(pt_owned));
    n->claims = part_of(n->event, "claims", found->claims, 1);
    if (pt_to_int(pt_getz(n->event, "sums"), &sums))
        l->sums |= sums;
}

static pt_code apply(pt_layers *l, uint32_t layer, pt_value event, const pt_layer_found *found,
                     pt_err *e) {
    pt_str what = text_of(event, "do");
    pt_str said = text_of(event, "path");
    pt_str path = pt_tree_resolve(&l->tree, l->a, said, false);
    pt_node *n = pt_tree_at(&l->tree, path);
    bool folder = pt_str_eqz(what, "folder");
    if (pt_str_eqz(what, "secret"))
        return put_holder(l, layer, event, e);
    if (!path.p) {
        pt_layers_problem(l, "not evaluated", PT_STR("Links lead in a circle"), said, layer);
        return PT_OK;
    }
    if (!path.n || (folder && (!n || !pt_defined(n->event))))
        return PT_OK; // a folder upon a folder merges, upon anything else takes its place
    pt_code code = pt_tree_make(&l->tree, path, &n, e);
    if (code)
        return code;
    if (pt_str_eqz(what, "file")) {
        code = put_file(l, n, event, layer, e);
        take_parts(l, n, found);
        return code;
    }
    if (pt_str_eqz(what, "hard")) {
        put_hard(l, n, event, layer);
        return PT_OK;
    }
    cut(l, n, true, layer);
    if (!folder) {
        n->event = event;
        n->layer = layer;
    }
    return PT_OK;
}

pt_code pt_layers_add(pt_layers *l, uint32_t layer, const pt_layer_found *found, pt_err *e) {
    pt_code code = take_words(l, layer, found->words, e);
    for (size_t i = 0; !code && i < pt_len(found->events); i++)
        code = apply(l, layer, pt_at(found->events, i), found, e);
    return code ? code : pt_layers_tell(l, layer, found->told, e);
}
