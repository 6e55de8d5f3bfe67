#include "collect/image/tree.h"

#include "base/buf.h"
#include "collect/image/limits.h"
#include "collect/packages/read.h"

void pt_tree_init(pt_tree *t, pt_arena *a) {
    *t = (pt_tree){.a = a, .map = {.a = a}, .root = {.in_place = true, .path = {"", 0}}};
}

bool pt_node_is(const pt_node *n, const char *what) {
    return pt_str_eqz(pt_text(pt_getz(n->event, "do")), what);
}

static pt_node *known(const pt_tree *t, pt_str path) {
    pt_node *n = pt_map_get(&t->map, pt_path_hash(path));
    return n && pt_str_eq(n->path, path) ? n : NULL;
}

pt_node *pt_tree_at(const pt_tree *t, pt_str path) {
    pt_node *n = known(t, path);
    return n && n->in_place ? n : NULL;
}

static pt_code make_one(pt_tree *t, pt_str path, pt_node **ret, pt_err *e) {
    if (t->nodes.n == PT_NODES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u files and links that matter", PT_NODES_MAX);
    pt_node *n = PT_NEW(t->a, pt_node, 1);
    pt_node **at = PT_PUSH(t->a, &t->nodes);
    if (!n || !at || !pt_map_put(&t->map, pt_path_hash(path), n))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    n->path = path;
    *at = *ret = n;
    return PT_OK;
}

pt_code pt_tree_make(pt_tree *t, pt_str path, pt_node **ret, pt_err *e) {
    pt_node *lower = NULL; // the one that was placed last: its folder is looked for
    pt_str at = path;
    for (;;) {
        pt_node *n = &t->root;
        if (at.n)
            n = known(t, at);
        pt_code code = at.n && !n ? make_one(t, at, &n, e) : PT_OK;
        if (code)
            return code;
        bool was = n->in_place;
        if (lower) {
            lower->up = n;
            lower->next = n->below;
            n->below = lower;
        } else
            *ret = n;
        if (was)
            return PT_OK;
        n->in_place = true;
        lower = n;
        size_t cut = pt_str_rfind(at, '/');
        at = pt_str_sub(at, 0, cut < at.n ? cut : 0);
    }
}

static void forget(pt_node *n, void (*gone)(pt_node *n, void *arg), void *arg) {
    if (pt_defined(n->event) || n->holder || n->file)
        gone(n, arg);
    if (!pt_defined(n->event))
        return;
    n->event = n->since = pt_undefined();
    n->owned = n->claims = (pt_str){0};
    n->same = NULL;
    n->layer = 0;
}

void pt_tree_cut(pt_node *n, bool whole, void (*gone)(pt_node *n, void *arg), void *arg) {
    pt_node *waiting = n->below;
    n->below = NULL;
    if (whole)
        forget(n, gone, arg);
    while (waiting) {
        pt_node *one = waiting;
        pt_node **last = &waiting;
        waiting = one->next;
        if (one->below) {
            pt_node *rest = waiting;
            waiting = one->below;
            while (*last)
                last = &(*last)->next;
            *last = rest;
        }
        one->below = one->next = one->up = NULL;
        one->in_place = false;
        forget(one, gone, arg);
    }
}

pt_node *pt_tree_next(const pt_node *top, const pt_node *n) {
    if (n->below)
        return n->below;
    while (n != top && !n->next)
        n = n->up;
    return n == top ? NULL : n->next;
}

// -- links ----------------------------------------------------------------------------------------

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

pt_str pt_tree_resolve(const pt_tree *t, pt_arena *a, pt_str path, bool leaf) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    unsigned hops = 0;
    unsigned parts = 0;
    pt_str rest = path;
    pt_str part;
    while (pt_str_split(&rest, '/', &part)) {
        size_t before = b.n;
        if (++parts > PT_PATH_PARTS_MAX)
            return (pt_str){0};
        push(&b, part);
        const pt_node *n = rest.n || leaf ? pt_tree_at(t, pt_buf_str(&b)) : NULL;
        if (!n || !pt_node_is(n, "link"))
            continue;
        pt_str to = pt_text(pt_getz(n->event, "to"));
        b.n = pt_str_starts(to, PT_STR("/")) ? 0 : before;
        rest = rest.n ? pt_arena_printf(a, "%.*s/%.*s", PT_PRI(to), PT_PRI(rest)) : to;
        if (++hops > PT_LINKS_MAX || b.full)
            return (pt_str){0};
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

void pt_tree_lead_links(pt_tree *t) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    t->root.links = NULL;
    for (size_t i = 0; i < t->nodes.n; i++)
        t->nodes.v[i]->links = NULL;
    for (size_t i = 0; i < t->nodes.n; i++) {
        pt_node *n = t->nodes.v[i];
        if (!pt_node_is(n, "link"))
            continue;
        pt_arena_clear(&a);
        pt_str to = pt_tree_resolve(t, &a, n->path, true);
        pt_node *folder = to.n ? pt_tree_at(t, to) : to.p ? &t->root : NULL;
        if (!folder || !folder->below)
            continue;
        n->next_link = folder->links;
        folder->links = n;
    }
}
