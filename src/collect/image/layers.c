#include "collect/image/layers.h"

#include <stdlib.h>

#include "base/buf.h"
#include "collect/image/limits.h"
#include "collect/packages/readers.h"

static pt_code full(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

void pt_layers_problem(pt_layers *l, const char *verdict, pt_str what, pt_str path,
                       uint32_t layer) {
    pt_obj o = {.a = l->a};
    pt_obj_set(&o, "verdict", pt_stringz(verdict));
    pt_obj_set(&o, "what", pt_string(what));
    if (path.n)
        pt_obj_set(&o, "path", pt_string(path));
    if (layer)
        pt_obj_set(&o, "layer", pt_int(layer));
    pt_list_add(&l->problems, pt_obj_end(&o));
}

// -- the tree -------------------------------------------------------------------------------------

static pt_node *node_at(const pt_layers *l, pt_str path) {
    for (size_t i = 0; i < l->nodes.n; i++)
        if (pt_str_eq(l->nodes.v[i].path, path))
            return &l->nodes.v[i];
    return NULL;
}

static bool is(const pt_node *n, const char *what) {
    return pt_str_eqz(pt_text(pt_getz(n->event, "do")), what);
}

static bool is_below(pt_str path, pt_str folder) {
    return !folder.n ||
           (pt_str_starts(path, folder) && path.n > folder.n && path.p[folder.n] == '/');
}

// Remember a database that vanishes: nothing may be lost without a word.
static void mourn(pt_layers *l, const pt_node *n, uint32_t layer) {
    if (!pt_len(pt_getz(n->event, "packages")))
        return;
    pt_node *g = PT_PUSH(l->a, &l->gone);
    if (g)
        *g = *n;
    if (g)
        g->layer = layer;
}

// Take away what lies below `path`, and `path` itself if `whole`, of layers before `before`.
static void remove_at(pt_layers *l, pt_str path, bool whole, uint32_t before, uint32_t by) {
    size_t kept = 0;
    for (size_t i = 0; i < l->nodes.n; i++) {
        pt_node *n = &l->nodes.v[i];
        bool hit = (whole && pt_str_eq(n->path, path)) || is_below(n->path, path);
        if (hit && n->layer < before)
            mourn(l, n, by);
        else
            l->nodes.v[kept++] = *n;
    }
    l->nodes.n = kept;
}

static void pop(pt_buf *b) {
    size_t cut = pt_str_rfind(pt_buf_str(b), '/');
    b->n = cut < b->n ? cut : 0;
}

// Go on with one part of a path.
static void push(pt_buf *b, pt_str part) {
    if (pt_str_eqz(part, ".."))
        pop(b);
    if (!part.n || pt_str_eqz(part, ".") || pt_str_eqz(part, ".."))
        return;
    if (b->n)
        pt_buf_putc(b, '/');
    pt_buf_put(b, part);
}

// The path with the links on its way followed (the last part's only if `leaf`), never out of the
// image. p == NULL: they lead in a circle, or memory is out.
static pt_str resolve(const pt_layers *l, pt_str path, bool leaf) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    unsigned hops = 0;
    pt_str rest = path;
    pt_str part;
    while (pt_str_split(&rest, '/', &part)) {
        size_t before = b.n;
        push(&b, part);
        const pt_node *n = rest.n || leaf ? node_at(l, pt_buf_str(&b)) : NULL;
        if (!n || !is(n, "link"))
            continue;
        pt_str to = pt_text(pt_getz(n->event, "to"));
        b.n = pt_str_starts(to, PT_STR("/")) ? 0 : before;
        rest = rest.n ? pt_arena_printf(l->a, "%.*s/%.*s", PT_PRI(to), PT_PRI(rest)) : to;
        if (++hops > PT_LINKS_MAX || b.full)
            return (pt_str){0};
    }
    return pt_arena_str(l->a, pt_buf_str(&b));
}

// -- packages -------------------------------------------------------------------------------------

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// What makes two packages the same one.
static pt_str key_of(pt_arena *a, pt_value p) {
    pt_str name = text_of(p, "name");
    pt_str architecture = text_of(p, "architecture");
    pt_str version = text_of(p, "version");
    return pt_arena_printf(a, "%.*s %.*s %.*s", PT_PRI(name), PT_PRI(architecture),
                           PT_PRI(version));
}

// {key: layer}: a package that the database listed before came with the layer that it came with.
static pt_value since(pt_layers *l, pt_value packages, uint32_t layer, pt_value before) {
    PT_VEC(pt_value) pairs = {0};
    for (size_t i = 0; i < pt_len(packages); i++) {
        pt_str key = key_of(l->a, pt_at(packages, i));
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

static pt_code put(pt_layers *l, const pt_node *n, pt_err *e) {
    if (l->nodes.n == PT_NODES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u files of package databases", PT_NODES_MAX);
    pt_node *at = PT_PUSH(l->a, &l->nodes);
    if (!at)
        return full(e);
    *at = *n;
    return PT_OK;
}

static pt_code put_file(pt_layers *l, pt_node n, pt_err *e) {
    const pt_node *old = node_at(l, n.path);
    pt_value packages = pt_getz(n.event, "packages");
    pt_value before = old ? old->since : pt_undefined();
    if (pt_tag_of(packages) == PT_ARRAY) {
        n.since = since(l, packages, n.layer, before);
        if (!pt_defined(n.since))
            return full(e);
    }
    remove_at(l, n.path, true, UINT32_MAX, n.layer);
    return put(l, &n, e);
}

// A hard link is the file that its target is now; replacing that later leaves the link.
static pt_code put_hard(pt_layers *l, pt_node n, pt_err *e) {
    pt_str to = resolve(l, pt_text(pt_getz(n.event, "to")), false);
    const pt_node *target = node_at(l, to);
    if (target) {
        n.event = target->event;
        n.since = target->since;
    }
    remove_at(l, n.path, true, UINT32_MAX, n.layer);
    return put(l, &n, e);
}

static pt_code apply(pt_layers *l, uint32_t layer, pt_value event, pt_err *e) {
    pt_str what = pt_text(pt_getz(event, "do"));
    pt_node n = {.layer = layer, .event = event};
    n.path = resolve(l, pt_text(pt_getz(event, "path")), pt_str_eqz(what, "opaque"));
    if (!n.path.p) {
        pt_layers_problem(l, "not evaluated", PT_STR("Links lead in a circle"),
                          pt_text(pt_getz(event, "path")), layer);
        return PT_OK;
    }
    if (pt_str_eqz(what, "file"))
        return put_file(l, n, e);
    if (pt_str_eqz(what, "hard"))
        return put_hard(l, n, e);
    if (pt_str_eqz(what, "hide"))
        remove_at(l, n.path, true, layer, layer);
    else if (pt_str_eqz(what, "opaque"))
        remove_at(l, n.path, false, layer, layer);
    else if (pt_str_eqz(what, "folder")) {
        if (node_at(l, n.path)) // a folder upon a folder merges, upon anything else takes its place
            remove_at(l, n.path, true, UINT32_MAX, layer);
    } else {
        remove_at(l, n.path, true, UINT32_MAX, layer);
        return put(l, &n, e);
    }
    return PT_OK;
}

pt_code pt_layers_add(pt_layers *l, uint32_t layer, pt_value events, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(events); i++)
        code = apply(l, layer, pt_at(events, i), e);
    return code;
}

// -- the end --------------------------------------------------------------------------------------

static void put_package(pt_layers *l, const pt_node *n, pt_value p) {
    static const char *const texts[] = {"name", "version", "architecture", "source",
                                        "source_version"};
    pt_obj o = {.a = l->a};
    pt_obj_set(&o, "type", pt_getz(n->event, "kind"));
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        pt_obj_maybe(&o, texts[i], pt_getz(p, texts[i]));
    pt_obj_set(&o, "layer", pt_get(n->since, key_of(l->a, p)));
    pt_obj_set(&o, "file", pt_string(n->path));
    pt_list_add(&l->packages, pt_obj_end(&o));
}

static void use_file(pt_layers *l, pt_node *n) {
    static const char *const texts[] = {"id",      "id_like",  "distribution",
                                        "version", "codename", "name"};
    pt_value os = pt_getz(n->event, "os");
    pt_value packages = pt_getz(n->event, "packages");
    pt_value faults = pt_getz(n->event, "faults");
    n->used = true;
    l->databases += !pt_defined(os);
    if (pt_defined(os) && pt_defined(l->os))
        return;
    for (size_t i = 0; i < pt_len(faults); i++)
        pt_layers_problem(l, "not evaluated",
                          pt_arena_printf(l->a, "Part of a file is not readable: %.*s",
                                          PT_PRI(pt_text(pt_at(faults, i)))),
                          n->path, n->layer);
    if (pt_true(pt_getz(n->event, "unread")))
        pt_layers_problem(l, "not evaluated",
                          pt_arena_printf(l->a, "This file of %.*s lists packages, and is not read",
                                          PT_PRI(pt_text(pt_getz(n->event, "kind")))),
                          n->path, n->layer);
    if (pt_defined(os)) {
        pt_obj o = {.a = l->a};
        for (size_t i = 0; i < PT_COUNT(texts); i++)
            pt_obj_maybe(&o, texts[i], pt_getz(os, texts[i]));
        pt_obj_set(&o, "file", pt_string(n->path));
        pt_obj_set(&o, "layer", pt_int(n->layer));
        l->os = pt_obj_end(&o);
    }
    for (size_t i = 0; i < pt_len(packages); i++)
        put_package(l, n, pt_at(packages, i));
}

static void use_node(pt_layers *l, pt_node *n, pt_str path) {
    if (n->used)
        return;
    if (is(n, "file")) {
        use_file(l, n);
        return;
    }
    n->used = true;
    pt_layers_problem(l, "not evaluated",
                      is(n, "hard")
                          ? pt_arena_printf(l->a, "A link leads to %.*s, which is not read",
                                            PT_PRI(pt_text(pt_getz(n->event, "to"))))
                          : PT_STR("No regular file, where a package database belongs"),
                      path, n->layer);
}

// The file that `path` is, or the files of the folder that it is.
static void use_row(pt_layers *l, pt_str path) {
    bool folder = pt_str_ends(path, PT_STR("/"));
    pt_str plain = folder ? pt_str_sub(path, 0, path.n - 1) : path;
    pt_str real = resolve(l, plain, true);
    pt_node *n = real.p ? node_at(l, real) : NULL;
    if (n && !folder)
        use_node(l, n, plain);
    for (size_t i = 0; real.p && folder && i < l->nodes.n; i++) {
        pt_str at = l->nodes.v[i].path;
        bool inside = is_below(at, real) && pt_str_rfind(at, '/') == real.n;
        if (inside && (is(&l->nodes.v[i], "file") || is(&l->nodes.v[i], "hard")))
            use_node(l, &l->nodes.v[i], at);
    }
}

// What lies behind a link out of the paths that are known was not looked at.
static void tell_links(pt_layers *l) {
    for (size_t i = 0; i < l->nodes.n; i++) {
        const pt_node *n = &l->nodes.v[i];
        pt_str real = {0};
        if (is(n, "link"))
            real = resolve(l, n->path, true);
        pt_str to = real.p ? real : PT_STR("itself");
        if (is(n, "link") && !(real.p && pt_reader_leads(real)))
            pt_layers_problem(
                l, "not evaluated",
                pt_arena_printf(l->a, "A link leads to %.*s, which is not read", PT_PRI(to)),
                n->path, n->layer);
    }
}

// A database that was deleted and not written anew: its packages' files may well be there still.
static void tell_gone(pt_layers *l) {
    for (size_t i = 0; i < l->gone.n; i++) {
        const pt_node *g = &l->gone.v[i];
        bool again = node_at(l, g->path) != NULL;
        for (size_t k = i + 1; k < l->gone.n; k++)
            again |= pt_str_eq(l->gone.v[k].path, g->path);
        if (!again)
            pt_layers_problem(
                l, "not evaluated",
                pt_arena_printf(l->a,
                                "The list of %zu packages was deleted, their files may be there",
                                pt_len(pt_getz(g->event, "packages"))),
                g->path, g->layer);
    }
}

// A system without a list of its packages is one whose list is not where it belongs.
static void tell_none(pt_layers *l) {
    if (pt_defined(l->os) && !l->databases && !l->gone.n)
        pt_layers_problem(l, "not evaluated", PT_STR("A system, but no list of its packages"),
                          text_of(l->os, "file"), 0);
}

static int by_name(const void *a, const void *b) {
    static const char *const keys[] = {"name", "architecture", "version", "file"};
    int order = 0;
    for (size_t i = 0; !order && i < PT_COUNT(keys); i++)
        order =
            pt_cmp(pt_getz(*(const pt_value *)a, keys[i]), pt_getz(*(const pt_value *)b, keys[i]));
    return order;
}

pt_code pt_layers_end(pt_layers *l, pt_err *e) {
    l->packages = (pt_list){.a = l->a};
    for (size_t t = 0; pt_reader_tables[t]; t++)
        for (const pt_reader_row *r = pt_reader_tables[t]; r->kind; r++)
            if (r->path && !pt_str_has(pt_str_of(r->path), PT_STR("*")))
                use_row(l, pt_str_of(r->path));
    for (size_t i = 0; i < l->nodes.n; i++) // what rows of any folder name
        if (is(&l->nodes.v[i], "file") && !l->nodes.v[i].used)
            use_file(l, &l->nodes.v[i]);
    tell_links(l);
    tell_gone(l);
    tell_none(l);
    if (l->packages.full || l->problems.full || l->a->full)
        return full(e);
    if (l->packages.items.n)
        qsort(l->packages.items.v, l->packages.items.n, sizeof(pt_value), by_name);
    return PT_OK;
}
